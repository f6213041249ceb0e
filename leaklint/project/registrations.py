"""Registrations that outlive the call that makes them (`models/registrations.toml`)."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from leaklint.facts import NOWHERE, Op
from leaklint.project.cache_judge import OFTEN, caches_of
from leaklint.project.containers import INITIALISERS
from leaklint.project.external_calls import ExternalCall, external_calls
from leaklint.project.program import BoundValue, PartialValue
from leaklint.rule import Finding

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from leaklint.project.facade import Project

_ATTR, _FROM, _SET_ATTR = map(int, (Op.ATTR, Op.FROM, Op.SET_ATTR))
_WEAK = re.compile(r"(weakref\.)?(WeakMethod|ref|proxy)\(")

_ONCE_NAME = re.compile(
    r"(?!__)_*(start|boot|(on_|before_|after_)?(start|init|boot|load|ready)|basic_?config|(set|enable|use|activate|attach|add)_?"
    r"\w*(log|debug|trace|verbos|handler|filter|excepthook|hook))"
)
"""Functions that a program calls once to set itself up; the phases know the rest of such names."""


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
    what: str = "callback"


class HandleType(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A call whose result ends what it began."""


class RegistrationModel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All that is known of registrations, by the dotted name of the call."""

    calls: dict[str, RegistrationType]
    handles: dict[str, HandleType]


@cache
def load_registrations() -> RegistrationModel:
    """The shipped model."""
    path = Path(__file__).parent.parent / "models" / "registrations.toml"
    return msgspec.convert(tomllib.loads(path.read_text("utf-8")), RegistrationModel)


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
        if self.kind.reached and not self._is_reached_often():
            return False
        if (
            self._is_on_itself()
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

    def _is_set_up(self) -> bool:
        """Whether the function bears a name of what a program calls once, and nothing is seen to call it often."""
        name = self.project.program.scope(self.call.scope).name
        return bool(_ONCE_NAME.match(name)) and not self._is_reached_often()

    def _is_reached_often(self) -> bool:
        return any(each.rhythm in OFTEN for each in self.project.reach(self.call.scope))

    def _is_given(self) -> bool:
        """Whether what is registered is a parameter: whoever calls the function registers it."""
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
        if isinstance(node, (ast.Lambda, ast.Call)):
            return True
        args = self.call.instruction[3]
        slot = args[self.kind.callback] if self.kind.callback < len(args) else NOWHERE
        if not isinstance(slot, int) or slot == NOWHERE:
            return False
        values = self.project.program.values(slot + self.call.module.slot_base)
        if any(isinstance(value, PartialValue) for value in values):
            return True
        return not is_made_once and any(isinstance(value, BoundValue) for value in values)

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
        """Whether the file has the counterpart of the call, or takes something out of the registry itself."""
        kind, module = self.kind, self.call.module
        registries = set()
        for scope in module.facts.scopes:
            for each in scope.code:
                if (each[0] == _ATTR and each[3] in kind.undo) or (each[0] == _FROM and each[4] in kind.undo):
                    return True
                if each[0] == _ATTR and each[3] == kind.registry:
                    registries.add(each[1])
                if each[0] == _SET_ATTR and each[2] == kind.registry:
                    return True
        return any(use.kind == "shrink" and use.base in registries for use in module.facts.uses)

    def _runs_per_call(self, scope: int = NOWHERE, depth: int = 3) -> bool:
        """Whether a constructor registers, a function that nobody is seen to call, or one that one of these calls."""
        program, phases = self.project.program, self.project.phases
        scope = self.call.scope if scope == NOWHERE else scope
        if not phases.runs(scope) or _ONCE_NAME.match(program.scope(scope).name):
            return False
        owner = program.class_of(scope)
        if owner is not None and program.scope(scope).name in INITIALISERS:
            return not caches_of(self.project).has_few_instances(owner, startup=phases.is_application)
        callers = {edge.caller for edge in program.edges_to(scope) if not phases.quiet(edge.caller)} - {scope}
        return not callers or (depth > 0 and any(self._runs_per_call(caller, depth - 1) for caller in sorted(callers)))

    def finding(self, code: str, name: str, message: str) -> Finding:
        """The finding about this registration: in an application, what no endpoint reaches is taken for start-up."""
        reached = self.project.reach(self.call.scope)
        startup = not reached and (self.project.phases.is_application or not self._runs_per_call())
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


def registrations(project: Project) -> Registrations:
    """The registrations of a project."""
    return Registrations(project)
