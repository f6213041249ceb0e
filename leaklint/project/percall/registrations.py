"""Registrations that outlive the call that makes them (`models/registrations.toml`)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from typing import TYPE_CHECKING

import msgspec

from leaklint.facts import NOWHERE, Op
from leaklint.models import shipped
from leaklint.project.caches.judge import caches_of
from leaklint.project.domains.domain import DEPTH, Domain
from leaklint.project.linker.program import BoundValue, Module, PartialValue
from leaklint.project.percall.external_calls import ONCE_KINDS, ExternalCall, external_calls
from leaklint.project.percall.registrars import own_registrations
from leaklint.project.percall.repeats import ONCE_NAME, repeats
from leaklint.project.storage.containers import INITIALISERS
from leaklint.project.storage.endless import FOREVER
from leaklint.project.storage.guards import path
from leaklint.rule import Finding

if TYPE_CHECKING:
    from leaklint.project.facade import Project

_ATTR, _FROM, _SET_ATTR = map(int, (Op.ATTR, Op.FROM, Op.SET_ATTR))
_RETURN, _YIELD = map(int, (Op.RETURN, Op.YIELD))
_CONFIGURES = re.compile(r"_*(config|configuration|settings|conf|log|logger|logging|log_?config|logging_?config)")
_WEAK = re.compile(r"(weakref\.)?(WeakMethod|ref|proxy)\(")


class Decides(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An argument and the value that makes a registration hold on."""

    keyword: str
    value: bool = False
    position: int = NOWHERE
    values: tuple[str, ...] = ()


class RegistrationType(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is known of a registering call; the model file says what the fields mean."""

    undo: tuple[str, ...] = ()
    callback: int = NOWHERE
    target: int = NOWHERE
    only: Decides | None = None
    unless: tuple[str, ...] = ()
    registry: str = ""
    same: int = NOWHERE
    shared: bool = False
    reached: bool = False
    arguments: bool = False
    what: str = "callback"


class HandleType(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A call whose result ends what it began; `once` where that ends by itself."""

    once: bool = False


class RegistrationModel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All that is known of registrations, by the dotted name of the call."""

    calls: dict[str, RegistrationType]
    handles: dict[str, HandleType]


@cache
def load_registrations() -> RegistrationModel:
    """The shipped model."""
    return shipped("registrations.toml", RegistrationModel)


class Registration:
    """A registering call of a project."""

    def __init__(self, project: Project, call: ExternalCall, kind: RegistrationType) -> None:
        self.project = project
        self.call = call
        self.kind = kind

    @property
    def function(self) -> str:
        """The bare name of the function that registers, for a constructor that of its class."""
        scope = self.project.program.scope(self.call.scope)
        owner = self.project.program.class_of(self.call.scope)
        if scope.name == "__init__" and owner is not None:
            return self.project.program.scope(owner).name
        return scope.name

    @property
    def what(self) -> str:
        """What is added, in a word or two."""
        return self.kind.what

    def holds_on(self) -> bool:
        """Whether the registration is made again and again, holds what it is given, and is never taken back."""
        calls = external_calls(self.project)
        if not calls.is_repeated(self.call) or not self._is_strong() or self._is_taken_back() or self._is_set_up():
            return False
        if (self.kind.reached and not self._is_reached_often()) or self._stays():
            return False
        if (
            self._is_on_itself()
            or self._asks_first()
            or (self.kind.shared and not self._is_shared())
            or (self.kind.target != NOWHERE and not self._target_lasts())
        ):
            return False
        owner = self.project.program.class_of(self.call.scope)
        is_made_once = owner is not None and caches_of(self.project).has_few_instances(
            owner, startup=self.project.phases.is_application
        )
        if owner is not None and self.project.program.scope(self.call.scope).name in INITIALISERS:
            return not is_made_once
        return not self._is_given() and not self._is_the_same(is_made_once) and self._holds_something_new(is_made_once)

    def _stays(self) -> bool:
        """Whether the function then loops for ever: what it registers goes with it."""
        looping = any(
            arm.kind == "while" and arm.test in FOREVER for arm in path(self.call.module, self.call.instruction[7])
        )
        return self.project.phases.endless.is_endless(self.call.scope) and not looping

    def _is_shared(self) -> bool:
        """Whether the object that is called is a variable of a module."""
        node = external_calls(self.project).node(self.call)
        return node is not None and isinstance(node.func, ast.Attribute) and self._is_of_module(node.func.value)

    def _is_on_itself(self) -> bool:
        """Whether an object registers with itself, as a subclass of a logger does: the registry dies with it."""
        node = external_calls(self.project).node(self.call)
        base = node.func.value if node is not None and isinstance(node.func, ast.Attribute) else None
        if isinstance(base, ast.Call):
            base = base.func
        return isinstance(base, ast.Name) and base.id in ("self", "super")

    def _asks_first(self) -> bool:
        """Whether an object that was just made of the registry says that it is missing: `reader = Reader(log)`."""
        node = external_calls(self.project).node(self.call)
        base = node.func.value if node is not None and isinstance(node.func, ast.Attribute) else None
        if not isinstance(base, ast.Name):
            return False
        arms = path(self.call.module, self.call.instruction[7])
        asked = {name for arm in arms if arm.kind == "if" for name in re.findall(r"(?<![\w.])(\w+)\.\w", arm.test)}
        return any(self._is_made_of(name, base.id) for name in sorted(asked - {base.id}))

    def _is_made_of(self, name: str, other: str) -> bool:
        found = self.project.domains.variable(name, self.call.scope)
        binds = self.project.domains.binds.get(found[0], ()) if found is not None else ()
        return any(re.match(rf"[\w.]+\((.*[^\w.])?{re.escape(other)}\b", use.value) for use in binds)

    def _is_set_up(self) -> bool:
        """Whether the function bears a name of what a program calls once, and nothing is seen to call it often."""
        name = self.project.program.scope(self.call.scope).name
        return bool(ONCE_NAME.match(name)) and not repeats(self.project).of(self.call.scope)

    def _is_reached_often(self) -> bool:
        entries = self.project.reaches.entries_of(self.call.scope)
        return any(entry.kind not in ONCE_KINDS for entry in entries)

    def _is_given(self) -> bool:
        """Whether what is registered is a parameter: whoever calls the function registers it, but for a framework."""
        if repeats(self.project).is_driven(self.call.scope):
            return False
        node = external_calls(self.project).node(self.call)
        first = node.args[0] if node is not None and node.args else None
        params = {param.name for param in self.project.program.scope(self.call.scope).params}
        return isinstance(first, ast.Name) and first.id in params and self.kind.target == NOWHERE

    def _is_the_same(self, is_made_once: bool) -> bool:
        """Whether the registry takes an object once, and is given one of a module or of the only instance again."""
        node = external_calls(self.project).argument(self.call, "", self.kind.same)
        if self.kind.same == NOWHERE or node is None:
            return False
        if isinstance(node, ast.Attribute):
            return is_made_once and isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")
        found = self.project.domains.variable(node.id, self.call.scope) if isinstance(node, ast.Name) else None
        return found is not None and self.project.program.scope(found[1]).kind == "module"

    def _target_lasts(self) -> bool:
        """Whether what is listened to is a variable of a module; a listener of a parameter dies with its object."""
        node = external_calls(self.project).argument(self.call, "target", self.kind.target)
        return node is not None and self._is_of_module(node)

    def _is_of_module(self, node: ast.expr) -> bool:
        while isinstance(node, ast.Attribute):
            node = node.value
        if not isinstance(node, ast.Name):
            return False
        found = self.project.domains.variable(node.id, self.call.scope)
        return found is not None and self.project.program.scope(found[1]).kind == "module"

    def _holds_something_new(self, is_made_once: bool) -> bool:
        """A plain function that is registered twice is held once more, but keeps nothing else alive."""
        if self.kind.callback == NOWHERE:
            return True
        node = external_calls(self.project).argument(self.call, "func", self.kind.callback)
        if isinstance(node, (ast.Lambda, ast.Call)) or (self.kind.arguments and self._holds_arguments()):
            return True
        args = self.call.instruction[3]
        slot = args[self.kind.callback] if self.kind.callback < len(args) else NOWHERE
        if not isinstance(slot, int) or slot == NOWHERE:
            return False
        values = self.project.program.values(slot + self.call.module.slot_base)
        if any(isinstance(value, PartialValue) for value in values):
            return True
        return not is_made_once and any(isinstance(value, BoundValue) for value in values)

    def _holds_arguments(self) -> bool:
        """Whether what the callback will be given is held as well, and is not written there."""
        node = external_calls(self.project).node(self.call)
        given = [*node.args[self.kind.callback + 1 :], *(word.value for word in node.keywords)] if node else []
        drives = [self.project.domains.of(each, self.call.scope, DEPTH) for each in given]
        return any(drive.domain >= Domain.UNKNOWN for drive in drives)

    def _is_strong(self) -> bool:
        calls = external_calls(self.project)
        if any(calls.argument(self.call, keyword) is not None for keyword in self.kind.unless) or self._is_weak():
            return False
        only = self.kind.only
        if only is None:
            return True
        node = calls.argument(self.call, only.keyword, only.position)
        return isinstance(node, ast.Constant) and (
            node.value in only.values if only.values else node.value is only.value
        )

    def _is_weak(self) -> bool:
        """Whether the callback reaches its object through a weak reference made just before."""
        node = external_calls(self.project).node(self.call)
        names = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)} if node is not None else set()
        return any(self._is_weak_name(name, self.call.scope) for name in sorted(names | self._within(names)))

    def _is_weak_name(self, name: str, scope: int) -> bool:
        found = self.project.domains.variable(name, scope)
        return found is not None and any(_WEAK.match(use.value) for use in self.project.domains.binds.get(found[0], ()))

    def _within(self, names: set[str]) -> set[str]:
        """The names that functions read which are defined in the function that registers them."""
        module, local = self.call.module, self.call.scope - self.call.module.scope_base
        out: set[str] = set()
        for scope in module.facts.scopes:
            if scope.parent == local and scope.name in names:
                lines = self.project.sources.lines(module.path)[scope.row - 1 : scope.end_row]
                out |= set(re.findall(r"[^\W\d]\w*", "\n".join(lines)))
        return set() if "self" in out else out

    def _is_taken_back(self) -> bool:
        """Whether the file takes it back, or where the function returns what it registers, a file that calls it."""
        program, scope = self.project.program, self.call.scope
        modules = {self.call.module.path: self.call.module}
        if self._is_returned():
            modules |= {
                each.path: each for each in (program.module_of(edge.caller) for edge in program.edges_to(scope))
            }
        return any(self._is_taken_back_in(modules[path]) for path in sorted(modules))

    def _is_returned(self) -> bool:
        args = self.call.instruction[3]
        first = args[0] if args and isinstance(args[0], int) else NOWHERE
        code = self.project.program.scope(self.call.scope).code
        return first != NOWHERE and any(each[0] in (_RETURN, _YIELD) and each[1] == first for each in code)

    def _is_taken_back_in(self, module: Module) -> bool:
        """Whether a file has the counterpart of the call, or takes something out of the registry itself."""
        kind = self.kind
        if any(each[3] in kind.undo for each in module.instructions(_ATTR)):
            return True
        if any(each[4] in kind.undo for each in module.instructions(_FROM)):
            return True
        if any(each[2] == kind.registry for each in module.instructions(_SET_ATTR)):
            return True
        registries = {each[1] for each in module.instructions(_ATTR) if each[3] == kind.registry}
        return any(use.kind == "shrink" and use.base in registries for use in module.facts.uses)

    def finding(self, code: str, name: str, message: str) -> Finding:
        """The finding about this registration: of low confidence where only set-up code is seen to lead to it.

        So is what a module adds that is there to configure a program, unless an entry point leads to it.
        """
        startup = not repeats(self.project).of(self.call.scope)
        if any(_CONFIGURES.fullmatch(part) for part in self.call.module.name.split(".")):
            startup = startup or not self._is_reached_often()
        return external_calls(self.project).finding(
            self.call, code, name, message, confidence="low" if startup else "medium", cwe=(401, 770)
        )


class Registrations:
    """The registering calls of a project."""

    def __init__(self, project: Project) -> None:
        self.project = project

    def lasting(self) -> Iterator[Registration]:
        """Those that pile up, in order of file and line."""
        model = load_registrations()
        for call in external_calls(self.project).named(*model.calls):
            kind = next(kind for name, kind in model.calls.items() if fnmatchcase(call.dotted, name))
            registration = Registration(self.project, call, kind)
            if registration.holds_on():
                yield registration
        for call in own_registrations(self.project):
            yield Registration(self.project, call, RegistrationType())


def registrations(project: Project) -> Registrations:
    """The registrations of a project."""
    return Registrations(project)
