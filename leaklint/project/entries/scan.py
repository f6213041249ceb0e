"""Finds the calls and decorators that the models speak of, in the facts of all files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

import msgspec

from leaklint.discover import Role
from leaklint.facts import NOWHERE, Op
from leaklint.models import EntryRule, Models
from leaklint.project.linker.program import (
    BoundValue,
    ClassValue,
    External,
    ExternalInstance,
    FunctionValue,
    InstanceValue,
    Module,
    ModuleValue,
    Program,
    Value,
)  # fmt: skip

_CALL, _ATTR = int(Op.CALL), int(Op.ATTR)

UNSERVED_ROLES: frozenset[Role] = frozenset({"test", "stub", "vendored"})
"""Files whose declarations serve nobody."""

_VERBS = ("get", "post", "put", "patch", "delete", "head", "options")

GUESSED = (
    *(
        EntryRule(
            framework="unknown", calls=(name,), on=("?",), path=(0,), methods=("methods",), verbs=verbs, client="all"
        )
        for name, verbs in (("route", ("GET",)), *((verb, ("<name>",)) for verb in _VERBS))
    ),
    EntryRule(
        framework="unknown",
        calls=("websocket",),
        on=("?",),
        path=(0,),
        kind="websocket",
        rhythm="connection",
        client="all",
    ),
)
"""Decorators on an object that nothing is known of, with a path for their first argument."""

GUESSED_MOUNT = EntryRule(
    framework="unknown", calls=("include_router",), on=("?",), kind="mount", handler=(0,), prefix=("prefix",)
)


class Match(msgspec.Struct, frozen=True):
    """A call or bare decorator that a rule speaks of.

    `place` is that of the call, `outer` that of the call of its result, as in `route("/x")(f)`.
    """

    rule: EntryRule
    module: Module
    scope: int
    name: str
    row: int
    place: tuple[int, int, int, int] | None = None
    receiver: int = NOWHERE
    decorated: int = NOWHERE
    outer: tuple[int, int, int, int] | None = None


class Scanner:
    """Matches rules with calls."""

    def __init__(self, program: Program, models: Models) -> None:
        self.program = program
        self.methods: dict[str, list[tuple[str, EntryRule]]] = defaultdict(list)
        self.functions: dict[str, list[EntryRule]] = defaultdict(list)
        for rule in models.rules:
            for router in rule.routers:
                self.functions[router].append(rule)
            for call in rule.calls:
                prefix, _, name = call.rpartition(".")
                for owner in rule.on:
                    self.methods[name].append((f"{owner}.{prefix}" if prefix else owner, rule))
                if not rule.on:
                    self.functions[call].append(rule)
        self._last = {dotted.rpartition(".")[2] for dotted in self.functions}
        self._guessed = {rule.calls[0]: rule for rule in GUESSED}
        self._known: dict[str, list[EntryRule]] = {}
        self._owners: dict[int, tuple[str, ...]] = {}
        self._given = dict(self._parameters(models))
        self._own = self._inside()
        self._declared: dict[int, list[EntryRule]] = {}
        """The rules that declared a function."""
        self._variables: dict[int, int] = {}
        """The functions among them by the slots of their names."""

    def _inside(self) -> dict[Value, str]:
        """The functions, classes and modules that the project itself defines and the models speak of.

        A project may also bring a library along, as a module of its own packages.
        """
        tops = {module.name.partition(".")[0] for module in self.program.modules}
        brought: dict[str, list[str]] = defaultdict(list)
        for module in self.program.modules:
            above, _, last = module.name.rpartition(".")
            brought[last].append(above)
        owners = {owner for pairs in self.methods.values() for owner, _ in pairs}
        modules = {dotted.rpartition(".")[0] for dotted in self.functions}
        out: dict[Value, str] = {}
        for dotted in sorted(owners | modules | self.functions.keys()):
            top = dotted.partition(".")[0]
            if top in tops:
                value = self.program.resolve(dotted)
                if isinstance(value, (FunctionValue, ClassValue, ModuleValue)):
                    out.setdefault(value, dotted)
                continue
            for above in brought.get(top, ()) if "*" not in dotted else ():
                value = self.program.resolve(f"{above}.{dotted}")
                if isinstance(value, (FunctionValue, ClassValue)):
                    out.setdefault(value, dotted)
        return out

    def _parameters(self, models: Models) -> Iterator[tuple[int, str]]:
        """The slots of parameters whose class the models know, for functions found by name."""
        used = {name for module in self.program.modules for name in module.packages}
        rules = [rule for rule in models.rules if any(each.partition(".")[0] in used for each in rule.gives.values())]
        for module in self.program.modules:
            for scope in module.facts.scopes:
                if scope.kind == "function":
                    for rule in rules:
                        if any(fnmatchcase(scope.name, pattern) for pattern in rule.functions):
                            for param in scope.params:
                                if param.name in rule.gives:
                                    yield param.slot + module.slot_base, rule.gives[param.name]

    def matches(self) -> Iterator[Match]:
        """Every match, in the order of files and lines."""
        for module in self.program.modules:
            if module.role in UNSERVED_ROLES:
                continue
            decorators: dict[int, list[tuple[int, int]]] = defaultdict(list)
            for number, scope in enumerate(module.facts.scopes):
                for each in scope.decorators:
                    decorators[scope.parent].append((each.slot, number + module.scope_base))
            for number in sorted(module.code(_CALL).keys() | decorators.keys()):
                yield from self._in_scope(module, number, decorators.get(number, []))

    def _in_scope(self, module: Module, number: int, bare: list[tuple[int, int]]) -> Iterator[Match]:
        decorators = dict(bare)
        attributes = {i[1]: (i[2], i[3], i[4]) for i in module.code(_ATTR).get(number, ())}
        calls = [i for i in module.code(_CALL).get(number, ()) if i[8] != "decorator"]
        called = {i[2]: (i[5], i[6], i[9], i[10]) for i in calls}
        gid = number + module.scope_base
        for i in calls:
            decorated = decorators.get(i[1], NOWHERE)
            attribute = attributes.get(i[2])
            if attribute is not None and decorated == NOWHERE and not self._is_spoken_of(attribute[1]):
                continue
            found = list(self._rules(module, i[2], attributes, decorated, i[3]))
            if not found and decorated != NOWHERE:
                found = [*self._behind(i[1] + module.slot_base), *self._below(module, attribute)]
            if decorated != NOWHERE and found:
                self._declared.setdefault(decorated, []).extend(rule for rule, _, _ in found)
                self._variables[self._variable(decorated)] = decorated
            place = i[5], i[6], i[9], i[10]
            for rule, name, receiver in found:
                yield Match(rule, module, gid, name, i[5], place, receiver, decorated, called.get(i[1]))
        done = {i[1] for i in calls}
        for slot, decorated in bare:
            if slot not in done:
                for rule, name, receiver in self._rules(module, slot, attributes, NOWHERE, ()):
                    row = attributes[slot][2] if slot in attributes else self.program.scope(decorated).row
                    yield Match(rule, module, gid, name, row, None, receiver, decorated)

    def _rules(
        self,
        module: Module,
        callee: int,
        attributes: dict[int, tuple[int, str, int]],
        decorated: int,
        args: tuple[object, ...],
    ) -> Iterator[tuple[EntryRule, str, int]]:
        if callee == NOWHERE:
            return
        if callee not in attributes:
            values = self.program.values(callee + module.slot_base)
            given = self._given.get(callee + module.slot_base)
            for dotted in self._dotted(values) or ([given] if given else []):
                for rule in self._of_function(dotted):
                    yield rule, dotted.rpartition(".")[2], NOWHERE
            yield from self._constructed(values)
            return
        base, name, _ = attributes[callee]
        if name[:1].isupper():
            yield from self._constructed(self.program.values(callee + module.slot_base))
        if base == NOWHERE or not self._is_method_spoken_of(name):
            return
        slot = base + module.slot_base
        owners = self.owners(slot)
        found: list[EntryRule] = []
        for owner in owners:
            found += [rule for rule in self._of_function(f"{owner}.{name}") if rule not in found]
        yield from ((rule, name, slot) for rule in found)
        if found or (
            any(not owner.startswith("builtins.") for owner in owners if "." in owner) and decorated == NOWHERE
        ):
            return
        if decorated != NOWHERE and name in self._guessed and self._is_path(module, args):
            yield self._guessed[name], name, slot
        elif name == "include_router":
            yield GUESSED_MOUNT, name, slot

    def _is_spoken_of(self, name: str) -> bool:
        """Whether rules may speak of what is called by an attribute's name: a method of theirs, or some class."""
        return self._is_method_spoken_of(name) or name[:1].isupper()

    def _is_method_spoken_of(self, name: str) -> bool:
        return name in self.methods or name in self._last or name == "include_router"

    def _behind(self, slot: int) -> Iterator[tuple[EntryRule, str, int]]:
        """Rules about the decorator that a function of the project's own makes and returns."""
        for value in self.program.values(slot):
            if isinstance(value, ExternalInstance):
                for rule in self._of_function(value.dotted):
                    if rule.decorates or not (rule.handler or rule.routers):
                        yield rule, value.dotted.rpartition(".")[2], NOWHERE

    def _below(self, module: Module, attribute: tuple[int, str, int] | None) -> Iterator[tuple[EntryRule, str, int]]:
        """Rules about a function that was declared itself, as a group of commands, and declares others."""
        if attribute is None or attribute[0] == NOWHERE:
            return
        slot, name = attribute[0] + module.slot_base, attribute[1]
        functions = [each.function if isinstance(each, BoundValue) else each for each in self.program.values(slot)]
        gids = [each.gid for each in functions if isinstance(each, FunctionValue)]
        gids += [self._variables[slot]] if slot in self._variables else []
        for rule in dict.fromkeys(rule for gid in gids for rule in self._declared.get(gid, ())):
            if name in {call.rpartition(".")[2] for call in rule.calls}:
                yield rule, name, NOWHERE

    def _variable(self, gid: int) -> int:
        """The slot of the variable that a decorated function is bound to."""
        slot = self.program.scope(gid).self_slot
        return NOWHERE if slot == NOWHERE else slot + self.program.module_of(gid).slot_base

    def _constructed(self, values: Iterable[Value]) -> Iterator[tuple[EntryRule, str, int]]:
        """Constructors of the project's own classes of routers."""
        for value in values:
            if isinstance(value, ClassValue):
                rules = [rule for base in self.names(value) for rule in self._of_function(base)]
                yield from (
                    (rule, "", NOWHERE) for rule in dict.fromkeys(rules) if rule.routers or rule.handler or rule.items
                )

    def _of_function(self, dotted: str) -> list[EntryRule]:
        """The rules about a function; the members of a module may be spoken of as methods of it."""
        known = self._known.get(dotted)
        if known is None:
            owner, _, name = dotted.rpartition(".")
            known = [*self.functions.get(dotted, ()), *self._of_method(owner, name)]
            self._known[dotted] = known = list(dict.fromkeys(known))
        return known

    def forwards(self, gid: int) -> bool:
        """Whether code lies in a method whose calls the rules speak of: those declare something, it hands it on."""
        while gid != NOWHERE and self.program.scope(gid).kind in ("function", "lambda"):
            cls, name = self.program.class_of(gid), self.program.scope(gid).name
            if cls is not None:
                bases = [base for base in self.program.mro(cls) if isinstance(base, str)]
                return name in self.methods and any(self._of_method(base, name) for base in bases)
            scope, module = self.program.scope(gid), self.program.module_of(gid)
            gid = scope.parent + module.scope_base if scope.parent != NOWHERE else NOWHERE
        return False

    def _of_method(self, owner: str, name: str) -> list[EntryRule]:
        return [
            rule
            for pattern, rule in self.methods.get(name, ())
            if pattern == owner or ("*" in pattern and fnmatchcase(owner, pattern))
        ]

    def _dotted(self, values: Iterable[Value]) -> list[str]:
        out = []
        for value in values:
            if isinstance(value, BoundValue) and isinstance(value.function, External):
                value = value.function
            if isinstance(value, External):
                out.append(value.dotted)
            elif isinstance(value, FunctionValue) and value in self._own:
                out.append(self._own[value])
        return out

    def owners(self, slot: int) -> tuple[str, ...]:
        """The external classes, modules and attributes that a receiver may be, by their dotted names."""
        known = self._owners.get(slot)
        if known is None:
            known = tuple(dict.fromkeys(name for value in self.program.values(slot) for name in self.names(value)))
            if not known and slot in self._given:
                known = (self._given[slot],)
            self._owners[slot] = known
        return known

    def names(self, value: Value) -> list[str]:
        """The dotted names under which the models may speak of an object."""
        if isinstance(value, BoundValue) and isinstance(value.function, External):
            return [value.function.dotted]
        if isinstance(value, (External, ExternalInstance)):
            return [value.dotted]
        if isinstance(value, (InstanceValue, ClassValue)):
            cls = value.cls if isinstance(value, InstanceValue) else value.gid
            names = [
                base if isinstance(base, str) else self._own.get(ClassValue(base), "") for base in self.program.mro(cls)
            ]
            return [name for name in names if name and name != "builtins.object"]
        return [self._own[value]] if isinstance(value, ModuleValue) and value in self._own else []

    def _is_path(self, module: Module, args: tuple[object, ...]) -> bool:
        if not args or not isinstance(args[0], int):
            return False
        values = self.program.values(args[0] + module.slot_base)
        texts = [getattr(value, "value", None) for value in values]
        return any(isinstance(text, str) and (not text or text.startswith("/")) for text in texts)
