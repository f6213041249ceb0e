"""How long the instances of a class live, and why.

Process-long is what a module variable, a class attribute, a closure or a cached factory holds, what a
framework keeps (the models say so), and what such an object holds in its own attributes. Beyond
that, a class that plainly runs for long - it owns a loop, a thread, a task, a lock, a server or a
connection, or has a start/stop pair - outlives the calls that reach it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from functools import cached_property

import msgspec

from leaklint.facts import NOWHERE, Op, Scope, Use
from leaklint.project.linker.program import ExternalInstance, InstanceValue, Module, Program
from leaklint.project.storage.calls import Calls
from leaklint.project.storage.dialled import is_hung_up
from leaklint.project.storage.driven import looping, made_apart, runs_once
from leaklint.project.storage.endings import endings
from leaklint.project.storage.guards import path
from leaklint.project.storage.holders import Holders
from leaklint.project.storage.kept import Keeper, keepers, kept_by_applications
from leaklint.project.storage.lazies import made_later
from leaklint.project.storage.lifetime_names import (
    CALLED_BACK,
    GUARD,
    HOST_BASE,
    HOSTED_NAME,
    LASTING_NAME,
    RUNNING,
    SHORT_NAME,
    SPANNING_NAME,
    STOPPING,
    pair,
)
from leaklint.project.storage.phases import Phases
from leaklint.project.storage.replaced import replaced
from leaklint.project.storage.singletons import (
    copies_what_it_declares,
    has_singleton_metaclass,
    is_cached,
    is_made_beside,
    is_made_elsewhere,
)

PROCESS, LONG, CONNECTION, REQUEST, UNKNOWN = "process", "long", "connection", "request", "unknown"
"""`long` is a proof by structure: it outlives calls, though nothing says that it lives as long as the process."""

LASTING = frozenset({PROCESS, LONG, CONNECTION})
"""The spans in which something can pile up: an object of one connection outlives its messages."""

HELD, ANSWERS, ELEMENT, STRUCTURE, PARTS = "held", "answers", "element", "structure", "parts"
"""Proofs: something lasting holds it, an endpoint keeps it, it is an element of a collection, its own shape tells, or
only what it owns: objects of a single use may have a lock or an event too."""

DEALS, KEPT, WITHIN, SAMPLE, SERVED = "deals", "kept", "within", "sample", "served"
"""Proofs: what it deals with (what its own loop takes, what it refers to weakly), a framework keeps it, what one keeps
holds it, a module's variable or a default holds one of many, it is an application that a server calls."""

_SOLID = frozenset({HELD, ANSWERS, KEPT, WITHIN, SAMPLE, SERVED})


class Lifetime(msgspec.Struct, frozen=True):
    """How long instances live, the place and words of the proof, and its kind.

    `loop` is the function whose loop proves it, for what grows there.
    """

    span: str
    reason: str = ""
    filename: str = ""
    row: int = 0
    proof: str = HELD
    loop: int = NOWHERE


NO_PROOF = Lifetime(UNKNOWN)

_KEEPS = "keeps it among its elements"

_GIVEN = 3
"""What is given to more initialisers than that is nobody's part."""

_PER_INSTANCE = re.compile(r"\b(default_)?factory\s*=")
"""What a field of a class is declared with when each instance gets a value of its own."""


class Lifetimes:
    """The lifetime of each class's instances, proved on demand."""

    def __init__(
        self,
        program: Program,
        holders: Holders,
        phases: Phases,
        framework: Callable[[int], str | None],
        endpoints: Collection[int] = (),
        endless: Collection[int] = (),
    ) -> None:
        """`framework` gives what the models know of a class: process, connection, request or None.

        `endpoints` are the functions that somebody outside calls again and again, `endless` those with a loop that
        does not end.
        """
        self.program = program
        self.holders = holders
        self.phases = phases
        self._framework = framework
        self.endpoints = endpoints
        self._endless = endless
        self._calls = Calls(program, holders, phases)
        self._known: dict[int, Lifetime] = {}

    def of(self, cls: int) -> Lifetime:
        """How long instances of a class live: the longest proof of the class and its subclasses."""
        known = self._known.get(cls)
        if known is None:
            self._known[cls] = NO_PROOF  # cycles of ownership prove nothing by themselves
            known = self._known[cls] = self._prove(cls)
        return known

    def _prove(self, cls: int) -> Lifetime:
        scope, module = self.program.scope(cls), self.program.module_of(cls)
        spoken = self._framework(cls)
        if spoken == PROCESS:
            words = f"{scope.name} is kept by its framework for the life of the process"
            return Lifetime(PROCESS, words, module.path, scope.row, KEPT)
        held = self._held.get(cls)
        if held is not None:
            return held
        if cls in self.phases.metaclasses:
            return Lifetime(PROCESS, f"the classes that {scope.name} makes last", module.path, scope.row)
        if self._is_served(cls):
            proof = SERVED if cls in self.phases.applications else HELD
            words = f"{scope.name} is made once, for the life of its server"
            return Lifetime(PROCESS, words, module.path, scope.row, proof)
        if spoken == CONNECTION and is_hung_up(self.program, self.phases, cls):
            return NO_PROOF
        if spoken is not None:
            return Lifetime(spoken, f"the framework makes a {scope.name} per {spoken}", module.path, scope.row)
        inherited = self._held_below(cls)
        if inherited is not None:
            return inherited
        owner = self._owner(cls)
        if owner is not None:
            return owner
        kept = self._kept(cls) or self._answers(cls) or self._shared(cls)
        if kept is not None:
            return kept
        reason, proof = self.runs_long(cls)
        if reason and not self._calls.is_made_in(cls):
            return Lifetime(LONG, reason, module.path, scope.row, proof)
        return next(self.loops(cls), NO_PROOF)

    def _held_below(self, cls: int) -> Lifetime | None:
        """The proof of a subclass, where at least half of them have one: one kept button does not keep all widgets."""
        below = [each for each in sorted(self.program.subclasses(cls)) if each != cls]
        held = [each for each in below if each in self._held]
        return self._held[held[0]] if held and 2 * len(held) >= len(below) else None

    def _is_served(self, cls: int) -> bool:
        """Applications and middleware by the shape of their calls, and generated servicers."""
        if any(isinstance(base, str) and base.endswith("Servicer") for base in self.program.mro(cls)):
            return True
        if cls in self.phases.applications:
            return True
        methods = {scope.name: scope for scope in self._methods(cls)}
        if "__init__" not in methods or "__call__" not in methods:
            return False
        return any(param.name in ("get_response", "call_next") for param in methods["__init__"].params)

    def _owner(self, cls: int) -> Lifetime | None:
        """The lifetime of the object whose attribute holds the instance."""
        best: Lifetime | None = None
        for owner, name, row, given in self._fields.get(cls, ()):
            if owner == cls:
                continue
            outer = self.of(owner)
            if outer.span not in LASTING:
                continue
            if given and (outer.span == CONNECTION or outer.proof not in _SOLID):
                continue  # it is somebody else's as well
            held = self.program.scope(owner).name
            reason = f"{held}.{name} holds it; {outer.reason}"
            beside = outer.span == PROCESS and not given and is_made_beside(self.program, self.phases, cls, owner)
            proof = SAMPLE if beside else WITHIN if outer.proof == KEPT else outer.proof
            candidate = Lifetime(outer.span, reason, self.program.module_of(owner).path, row, proof)
            if outer.span == PROCESS:
                return candidate
            best = candidate if best is None or best.span == CONNECTION else best
        return best

    def _kept(self, cls: int) -> Lifetime | None:
        """The lifetime of the owner of a collection that the instance is put into and never taken from."""
        if SHORT_NAME.match(self.program.scope(cls).name):
            return None
        for keeper in self._keepers.get(cls, ()):
            if keeper.owner is None:
                return Lifetime(LONG, f"{keeper.name} {_KEEPS}", keeper.filename, keeper.row, ELEMENT)
            outer = NO_PROOF if keeper.owner == cls else self.of(keeper.owner)
            if outer.span in (PROCESS, LONG) and outer.proof != ELEMENT:  # no trees of nodes
                holder = f"{self.program.scope(keeper.owner).name}.{keeper.name}"
                reason = f"{holder} {_KEEPS}; {outer.reason}"
                return Lifetime(LONG, reason, keeper.filename, keeper.row, ELEMENT)
        return None

    def _answers(self, cls: int) -> Lifetime | None:
        """The proof by an endpoint: a method of an instance, or a function beside it that reads the instance."""
        sites = [edge for edge in self.program.construction_sites(cls) if not self.phases.quiet(edge.caller)]
        methods = self._endpoint_methods.get(cls, []) if not sites else []
        for gid in methods:
            scope = self.program.scope(gid)
            if scope.name in self.phases.handed_on:
                words = f"{self.program.name_of(gid)} answers again and again and keeps its object"
                return Lifetime(LONG, words, self.program.module_of(gid).path, scope.row, ANSWERS)
        for edge in sites if not self._calls.is_made_in(cls) else ():
            method = next((each for each in self._endpoint_methods.get(cls, ())), self.hosts.get(edge.caller))
            if method is None or edge.caller in self.endpoints:
                continue
            if cls in self._endpoint_methods or self._calls.made_by(edge) & self._calls.captured(edge.caller):
                name = self.program.scope(cls).name
                words = f"{self.program.name_of(method)} answers again and again and keeps the {name}"
                return Lifetime(LONG, words, self.program.module_of(edge.caller).path, edge.row, ANSWERS)
        return None

    def loops(self, cls: int) -> Iterator[Lifetime]:
        """The proofs by loops of the object's own, each good for what grows there."""
        for gid, connected in looping(self.program, cls, self._endless):
            if connected or not self._calls.is_made_in(cls):
                scope, span = self.program.scope(gid), CONNECTION if connected else LONG
                words = f"{self.program.scope(cls).name} lives as long as the loop in {scope.name}()"
                yield Lifetime(span, words, self.program.module_of(gid).path, scope.row, DEALS, gid)

    def _shared(self, cls: int) -> Lifetime | None:
        """The proof by connections that are each given the same object."""
        for owner, attribute, row, given in self._fields.get(cls, ()):
            if given and self._framework(owner) == CONNECTION and made_apart(self.program, cls, owner):
                name, held = self.program.scope(cls).name, self.program.scope(owner).name
                words = f"each connection's {held}.{attribute} is given the same {name}"
                return Lifetime(LONG, words, self.program.module_of(owner).path, row, STRUCTURE)
        return None

    @cached_property
    def _endpoint_methods(self) -> dict[int, list[int]]:
        """The endpoints that are methods, by their class."""
        out: dict[int, list[int]] = {}
        for gid in sorted(self.endpoints):
            cls = self.program.class_of(gid)
            if cls is not None and not runs_once(self.program, gid):
                out.setdefault(cls, []).append(gid)
        return out

    @cached_property
    def hosts(self) -> dict[int, int]:
        """The functions in which endpoints are defined, each with the first of them."""
        out: dict[int, int] = {}
        for gid in sorted(self.endpoints):
            base, parent = self.program.module_of(gid).scope_base, self.program.scope(gid).parent
            if parent != NOWHERE and self.program.scope(base + parent).kind == "function":
                out.setdefault(base + parent, gid)
        return out

    @cached_property
    def _keepers(self) -> dict[int, list[Keeper]]:
        return keepers(self.program, self.holders, self.phases)

    # Held by something that lasts.

    @cached_property
    def _held(self) -> dict[int, Lifetime]:
        """Classes with an instance that a module, class, closure, function attribute or cached factory holds."""
        out: dict[int, Lifetime] = {}
        program = self.program
        for slot, scope, name in self.holders.lasting:
            if self.phases.quiet(scope) or not self._made_for(slot):
                continue
            kind = program.scope(scope).kind
            if kind == "class" and copies_what_it_declares(program, scope):
                continue
            if (scope, name) in self._replaced:
                continue
            for value in program.values(slot):
                if isinstance(value, InstanceValue) and value.cls not in out:
                    module = program.module_of(scope)
                    where = "module variable" if kind == "module" else "class attribute"
                    row = self._bind_row(slot, module.index)
                    words = f"{where} {program.name_of(scope)}.{name} holds an instance"
                    many = kind == "module" and is_made_elsewhere(self.holders, self.phases, value.cls, slot)
                    out[value.cls] = Lifetime(PROCESS, words, module.path, row, SAMPLE if many else HELD)
        found = (*self._singletons(), *self._defaults(), *self._of_applications())
        out.update({cls: life for cls, life in found if cls not in out})
        return out

    def _of_applications(self) -> Iterator[tuple[int, Lifetime]]:
        kept = kept_by_applications(self.program, self.holders, self.phases)
        for cls, keeper in (*kept, *made_later(self.program, self.phases)):
            yield cls, Lifetime(PROCESS, f"{keeper.name} holds an instance", keeper.filename, keeper.row)

    def _defaults(self) -> Iterator[tuple[int, Lifetime]]:
        """Instances that a parameter's default holds."""
        for module in self.program.modules:
            if module.role == "test":
                continue
            for scope in module.facts.scopes:
                for param in scope.params:
                    if param.default == NOWHERE or not param.default_text.endswith(")"):
                        continue
                    slot = param.default + module.slot_base
                    for value in self.program.values(slot) if slot not in self.program.provided else ():
                        if isinstance(value, InstanceValue):
                            words = f"the default of {scope.name}({param.name}) is made once"
                            proof = SAMPLE if is_made_elsewhere(self.holders, self.phases, value.cls) else HELD
                            yield value.cls, Lifetime(PROCESS, words, module.path, scope.row, proof)

    def _made_for(self, slot: int) -> bool:
        """Whether some assignment gives the variable what a call made, and not just another name for it."""
        return slot in self._decorated or any(
            "(" in use.value and not _PER_INSTANCE.search(use.value) and not self._is_of_script(slot, use)
            for use in self.holders.local_binds.get(slot, ())
        )

    def _is_of_script(self, slot: int, use: Use) -> bool:
        """Whether an assignment runs only where its module is the program that was started."""
        module = self.program.module_of(self.holders.variable_at[slot][0])
        return any("__main__" in block.test for block in path(module, use.block) if block.kind == "if")

    def _is_per_instance(self, slot: int) -> bool:
        """Whether a class declares a field by what makes its value, for each instance anew."""
        return any(_PER_INSTANCE.search(use.value) for use in self.holders.local_binds.get(slot, ()))

    @cached_property
    def _decorated(self) -> frozenset[int]:
        """The names of decorated functions and classes: they hold what the decorator returned."""
        return frozenset(
            scope.self_slot + module.slot_base
            for module in self.program.modules
            for scope in module.facts.scopes
            if scope.decorators
        )

    def _bind_row(self, slot: int, index: int) -> int:
        return self._binding_rows.get(slot, self.program.modules[index].facts.scopes[0].row)

    @cached_property
    def _binding_rows(self) -> dict[int, int]:
        out: dict[int, int] = {}
        for module in self.program.modules:
            for use in module.facts.uses:
                if use.kind == "bind" and not use.attr:
                    out.setdefault(module.slot_base + use.base, use.row)
        return out

    def _singletons(self) -> Iterator[tuple[int, Lifetime]]:
        """Instances that a class attribute bound by a method, a function attribute or a cached factory holds."""
        program = self.program
        for module in program.modules:
            if module.role == "test":
                continue
            for number, scope in enumerate(module.facts.scopes):
                gid = module.scope_base + number
                if scope.kind == "class":
                    yield from self._class_slots(gid, module.path)
                elif scope.kind == "function" and is_cached(program, scope, module.slot_base):
                    yield from self._returned(gid, scope, module.path)
                if scope.kind == "class" and has_singleton_metaclass(program, gid):
                    words = f"{scope.name} is a singleton by its metaclass"
                    yield gid, Lifetime(PROCESS, words, module.path, scope.row)

    def _class_slots(self, cls: int, path: str) -> Iterator[tuple[int, Lifetime]]:
        program = self.program
        own = self.program.members(cls)
        kept = (name for name in self.holders.class_names.get(cls, ()) if (cls, name) not in self._replaced)
        for name, held in program.held_by_class(cls, sorted(kept)):
            if not self._is_per_instance(own.get(name, NOWHERE)) and not copies_what_it_declares(program, cls):
                words = f"class attribute {program.name_of(cls)}.{name} holds an instance"
                yield held, Lifetime(PROCESS, words, path, program.scope(cls).row)

    def _returned(self, gid: int, scope: Scope, path: str) -> Iterator[tuple[int, Lifetime]]:
        base = self.program.module_of(gid).slot_base
        for instruction in scope.code:
            if instruction[0] != int(Op.RETURN):
                continue
            for value in self.program.values(instruction[1] + base):
                if isinstance(value, InstanceValue):
                    words = f"the cached factory {self.program.name_of(gid)} keeps what it returns"
                    yield value.cls, Lifetime(PROCESS, words, path, scope.row)

    @cached_property
    def _fields(self) -> dict[int, list[tuple[int, str, int, bool]]]:
        """For each class, the attributes of others that hold an instance: class, name, row, made by somebody else."""
        out: dict[int, list[tuple[int, str, int, bool]]] = {}
        for owner, _, use, cls, given in self._made:
            if (owner, use.attr) not in self._replaced:
                out.setdefault(cls, []).append((owner, use.attr, use.row, given))
        return out

    @cached_property
    def _made(self) -> list[tuple[int, Module, Use, int, bool]]:
        """The assignments of instances to attributes, in the order of the files."""
        out = []
        program = self.program
        for module in program.modules:
            if self.phases.quiet_file(module):
                continue
            for use in module.facts.uses:
                if use.kind != "bind" or not use.attr or use.value_slot == NOWHERE:
                    continue
                owner = program.class_of(use.scope + module.scope_base)
                given = self._is_given(use, module)
                if owner is None or not (given or "(" in use.value):
                    continue
                for value in program.values(use.value_slot + module.slot_base):
                    if isinstance(value, InstanceValue) and (given or self._constructs(use, module, value.cls)):
                        out.append((owner, module, use, value.cls, given))
        return out

    @cached_property
    def _replaced(self) -> set[tuple[int, str]]:
        sites = ((owner, module, use) for owner, module, use, _, _ in self._made)
        return replaced(self.program, self.phases, self.endpoints, self.holders.class_names, sites)

    def _is_given(self, use: Use, module: Module) -> bool:
        """Whether an initialiser keeps what it is given, one of a few objects: `self.store = store`."""
        scope = module.facts.scopes[use.scope]
        if scope.name != "__init__" or not any(param.name == use.value for param in scope.params):
            return False
        values = self.program.values(use.value_slot + module.slot_base)
        return 0 < len(values) <= _GIVEN and all(isinstance(value, InstanceValue) for value in values)

    def owners(self, cls: int) -> frozenset[int]:
        """The classes whose methods make an instance of a class for an attribute of theirs."""
        return frozenset(owner for owner, _, _, given in self._fields.get(cls, ()) if not given)

    def _constructs(self, use: Use, module: Module, cls: int) -> bool:
        """Whether a binding's expression calls the class, or one that derives from it, by its name or an alias."""
        classes = {cls, *self.program.subclasses(cls)}
        names = {self.program.scope(each).name for each in classes}
        if any(re.search(rf"\b{re.escape(name)}\b\s*\(", use.value) for name in names):
            return True
        edges = self.program.edges_from(use.scope + module.scope_base)
        return any(edge.callee in classes and edge.row == use.row for edge in edges)

    # Runs for long by its structure.

    def runs_long(self, cls: int) -> tuple[str, str]:
        """Why a class plainly outlives calls and the kind of that proof, '' where its structure does not say so."""
        program = self.program
        bases = [base for base in program.mro(cls) if isinstance(base, int)]
        methods = {scope.name: scope for base in reversed(bases) for scope in self._methods(base)}
        name = program.scope(cls).name
        if SHORT_NAME.match(name):
            return "", STRUCTURE
        owned, ending = self._owned(bases, 1), endings(methods)
        ends = pair(frozenset(methods))
        if owned and (ending or LASTING_NAME.match(name)):
            runs = ends is not None or (RUNNING.search(owned) and not GUARD.search(owned))
            return f"{name} owns a {owned} and outlives the calls that reach it", STRUCTURE if runs else PARTS
        if ending and LASTING_NAME.match(name):
            return f"{name} lives until {ending[0]}()", STRUCTURE
        if ends is not None:
            return f"{name} lives from {ends[0]}() to {ends[1]}()", STRUCTURE
        stopping = next((each for each in ending if STOPPING.fullmatch(each)), "")
        if stopping:
            return f"{name} runs until {stopping}()", STRUCTURE
        if SPANNING_NAME.match(name) and self._calls.is_left_to_users(cls):
            return f"{name} is of use only over many calls", STRUCTURE
        base = next((each for each in program.mro(cls) if isinstance(each, str) and HOST_BASE.search(each)), "")
        if base and (HOSTED_NAME.match(name) or CALLED_BACK.search(base)):
            return f"{name} is handed to the host of {base}, which keeps it", STRUCTURE
        return "", STRUCTURE

    def ends_with_call(self, cls: int) -> bool:
        """Whether instances live in the local names of a call that serves."""
        return self._calls.is_made_in(cls)

    def ending(self, cls: int) -> str:
        """The method that ends an object of a class, '' where it has none."""
        bases = [base for base in self.program.mro(cls) if isinstance(base, int)]
        methods = {scope.name: scope for base in reversed(bases) for scope in self._methods(base)}
        return next(iter(endings(methods)), "") if not SHORT_NAME.match(self.program.scope(cls).name) else ""

    def _methods(self, cls: int) -> list[Scope]:
        return self._methods_of.get(cls, [])

    @cached_property
    def _methods_of(self) -> dict[int, list[Scope]]:
        out: dict[int, list[Scope]] = {}
        for module in self.program.modules:
            for number, scope in enumerate(module.facts.scopes):
                cls = self.program.class_of(module.scope_base + number) if scope.kind == "function" else None
                if cls is not None:
                    out.setdefault(cls, []).append(scope)
        return out

    def _owned(self, bases: list[int], depth: int) -> str:
        """The name of a lock, thread, task or connection that `self` owns."""
        program = self.program
        for base in bases:
            for name in sorted(self.holders.self_names.get(base, ())):
                for value in program.field_values(InstanceValue(base), name):
                    if isinstance(value, ExternalInstance) and RUNNING.search(value.dotted):
                        return value.dotted.rpartition(".")[2]
                    if isinstance(value, InstanceValue) and depth and self._owned([value.cls], depth - 1):
                        return program.scope(value.cls).name
        return ""
