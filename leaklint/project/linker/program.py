"""The linked program: what every slot may hold, and who calls whom.

`link` takes the facts of all files in any order and gives the same program for the same files.
"""

from __future__ import annotations

import gc
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cached_property

from leaklint.facts import NOWHERE, Op, Scope
from leaklint.project.linker.build import solved
from leaklint.project.linker.edges import Edges
from leaklint.project.linker.flow import Flow
from leaklint.project.linker.handed import Handed
from leaklint.project.linker.objects import (
    BoundValue,
    ClassValue,
    Const,
    ContainerValue,
    Edge,
    External,
    ExternalInstance,
    FunctionValue,
    InstanceValue,
    Module,
    ModuleValue,
    PartialValue,
    Source,
    SuperValue,
    Value,
)  # fmt: skip
from leaklint.project.linker.solve import BOUND, CLASS, EXTERNAL, INSTANCE, MODULE, Key


def link(sources: Sequence[Source]) -> Program:
    """Solve the program that the sources make up together. Never raises for any facts."""
    collecting = gc.isenabled()
    gc.disable()  # millions of small objects, all of them alive
    try:
        return Program(solved(sorted(sources, key=lambda source: (source.path, source.name))))
    finally:
        if collecting:
            gc.enable()


_ANNOTATE = int(Op.ANNOTATE)


class Program:
    """Scopes and slots are numbers, unique in the program: a module's base plus the number in its facts."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self.modules: list[Module] = flow.modules
        self._bases = [module.scope_base for module in flow.modules]
        self._edges = Edges(flow, self.modules_seen)
        self._values: dict[int, tuple[Value, ...]] = {}

    # Scopes and modules.

    @cached_property
    def _by_name(self) -> dict[str, Module]:
        return {name: self.modules[index] for name, index in self._flow.imports.by_name.items()}

    def module(self, name: str) -> Module | None:
        """The module that answers to a dotted name."""
        return self._by_name.get(name)

    def scope(self, gid: int) -> Scope:
        """The facts of a scope."""
        return self._flow.scopes[gid]

    def module_of(self, gid: int) -> Module:
        """The module that a scope lies in."""
        return self.modules[self._flow.scope_module[gid]]

    def name_of(self, gid: int) -> str:
        """`pkg.mod.Class.method`; the module's name for its body."""
        scope, name = self._flow.scopes[gid], self.module_of(gid).name
        return f"{name}.{scope.qualname}" if scope.qualname else name

    @cached_property
    def _closures(self) -> list[int]:
        return import_closures(self._flow)

    def modules_seen(self, index: int) -> int:
        """The modules that a module imports, directly or not, as a set of bits; its own is among them."""
        return self._closures[index]

    # Values.

    @property
    def provided(self) -> Collection[int]:
        """The slots of defaults in whose place a framework gives the result of a call, request by request."""
        return self._flow.provided

    def values(self, slot: int) -> tuple[Value, ...]:
        """What a slot may hold, in a fixed order."""
        known = self._values.get(slot)
        if known is None:
            nodes = (slot, *self._flow.slot_copies.get(slot, ())) if 0 <= slot < len(self._flow.points) else ()
            known = self._values[slot] = self._points(nodes)
        return known

    def _points(self, nodes: Iterable[int | None]) -> tuple[Value, ...]:
        found: set[int] = set()
        for node in nodes:
            if node is not None:
                found |= self._flow.points[node] or set()
        if len(found) < 2:
            return tuple(map(self._flow.value, found))
        return tuple(dict.fromkeys(self._flow.value(number) for number in sorted(found)))

    def external_name(self, slot: int) -> str:
        """The dotted name of what a slot may hold of another library, the first of several; '' where there is none."""
        flow, names = self._flow, self._external_names
        points: Collection[int] = flow.points[slot] or ()
        if slot in flow.slot_copies:
            points = [number for node in (slot, *flow.slot_copies[slot]) for number in flow.points[node] or ()]
        elif len(points) == 1:
            return names.get(next(iter(points)), "")
        return min([names[number] for number in points if number in names], default="")

    @cached_property
    def _external_names(self) -> dict[int, str]:
        """The names of the objects of other libraries, and of their methods with what they are methods of."""
        flow, kinds = self._flow, self._flow.kinds
        out = {number: str(flow.first[number]) for number, kind in enumerate(kinds) if kind == EXTERNAL}
        bound = [number for number, kind in enumerate(kinds) if kind == BOUND]
        out.update({number: out[flow.second[number]] for number in bound if flow.second[number] in out})
        return out

    def fields(self, value: Value) -> tuple[str, ...]:
        """The names of the attributes that are stored on a value itself, or bound in its body."""
        number = self._flow.find(value)
        names = set(self._flow.field_names.get(number, ())) if number is not None else set()
        if isinstance(value, ModuleValue):
            names |= self._flow.imports.names[value.index].keys()
        elif isinstance(value, ClassValue):
            names |= self._flow.imports.scope_names.get(value.gid, {}).keys()
        return tuple(sorted(names))

    def field_values(self, value: Value, name: str) -> tuple[Value, ...]:
        """What an attribute of a value may hold, as it is stored: members of classes are not bound."""
        flow = self._flow
        if isinstance(value, (InstanceValue, ClassValue)):
            gid = value.cls if isinstance(value, InstanceValue) else value.gid
            nodes: list[int | None] = []
            for base in flow.classes.mro(gid):
                if isinstance(base, int):
                    nodes.append(flow.imports.scope_names.get(base, {}).get(name))
                    nodes.append(self._stored(ClassValue(base), name))
                    if isinstance(value, InstanceValue):
                        nodes.append(self._stored(InstanceValue(base), name))
            return self._points(nodes)
        if isinstance(value, ModuleValue):
            found = flow.imports.lookup(value.index, name)
            return self._points([found if isinstance(found, int) else None, self._stored(value, name)])
        return self._points([self._stored(value, name)])

    def held_by_class(self, cls: int, names: Iterable[str]) -> Iterator[tuple[str, int]]:
        """For each attribute of a class, the project classes whose instances it may hold."""
        flow = self._flow
        bases = [base for base in flow.classes.mro(cls) if isinstance(base, int)]
        places = [(flow.imports.scope_names.get(base, {}), flow.find(ClassValue(base))) for base in bases]
        for name in names:
            found: set[int] = set()
            for bound, number in places:
                for node in (bound.get(name), flow.fields.get((number, name)) if number is not None else None):
                    found |= (flow.points[node] if node is not None else None) or set()
            for number in sorted(found):
                if number >= 0 and flow.kinds[number] == INSTANCE:
                    yield name, flow.first[number]

    def _stored(self, value: Value, name: str) -> int | None:
        number = self._flow.find(value)
        return None if number is None else self._flow.fields.get((number, name))

    def cells(self, container: Value, key: Key | None = None) -> tuple[Value, ...]:
        """What a container holds: under a constant key with all that has no known key, or everything."""
        number = self._flow.find(container)
        cells = self._flow.cells.get(number, {}) if number is not None else {}
        wanted = [cells.get(key), cells.get(None)] if key is not None else list(cells.values())
        return self._points(wanted)

    def keys(self, container: Value) -> tuple[Key, ...]:
        """The constant keys that a container is known to have, in the order in which they were met."""
        number = self._flow.find(container)
        return tuple(key for key in self._flow.cells.get(number, {}) if key is not None) if number is not None else ()

    # Classes.

    def mro(self, cls: int) -> tuple[int | str, ...]:
        """The class and its ancestors in lookup order, external ones by their dotted names."""
        return self._flow.classes.mro(cls)

    @cached_property
    def _descendants(self) -> dict[int, tuple[int, ...]]:
        out: dict[int, set[int]] = defaultdict(set)
        for cls in self._flow.classes.bases:
            for base in self.mro(cls)[1:]:
                if isinstance(base, int):
                    out[base].add(cls)
        return {cls: tuple(sorted(found)) for cls, found in out.items()}

    def subclasses(self, cls: int) -> tuple[int, ...]:
        """Every class below a class, not the class itself."""
        return self._descendants.get(cls, ())

    def class_of(self, gid: int) -> int | None:
        """The class that a method is written in, None for other functions."""
        parent = self._flow.parent(gid)
        return parent if parent != NOWHERE and self._flow.scopes[parent].kind == "class" else None

    def is_local(self, gid: int) -> bool:
        """Whether a class or function is made anew by a function around it."""
        scope = self._flow.parent(gid)
        while scope != NOWHERE:
            if self._flow.scopes[scope].kind in ("function", "lambda"):
                return True
            scope = self._flow.parent(scope)
        return False

    def members(self, cls: int) -> dict[str, int]:
        """The names that a class body binds, with their slots."""
        return dict(self._flow.imports.scope_names.get(cls, {}))

    # Names.

    def import_origin(self, slot: int) -> tuple[int | str, str] | None:
        """For a name bound by `from ... import`: the module's scope (external: its dotted name) and the name there."""
        return self._flow.origins.get(slot)

    def resolve(self, dotted: str) -> Value | None:
        """The module, class, function or external that a dotted name denotes, through re-exports."""
        parts = dotted.split(".")
        for cut in range(len(parts), 0, -1):
            index = self._flow.imports.by_name.get(".".join(parts[:cut]))
            if index is not None:
                return self._descend(ModuleValue(index), parts[cut:])
        return None

    def _descend(self, value: Value, parts: list[str]) -> Value | None:
        for part in parts:
            found = [each for each in self.field_values(value, part) if not isinstance(each, Const)]
            if not found:
                return None
            value = found[0]
        return value

    def dotted(self, value: Value) -> str:
        """The public name of a value: `pkg.mod.func`; `flask.Flask` for what is external."""
        if isinstance(value, (FunctionValue, ClassValue)):
            return self.name_of(value.gid)
        if isinstance(value, InstanceValue):
            return self.name_of(value.cls)
        if isinstance(value, ModuleValue):
            return self.modules[value.index].name
        if isinstance(value, (External, ExternalInstance)):
            return value.dotted
        if isinstance(value, (BoundValue, PartialValue)):
            return self.dotted(value.function)
        return f"builtins.{value.kind}" if isinstance(value, ContainerValue) else ""

    # Calls.

    @property
    def edges(self) -> Sequence[Edge]:
        """Every call, sorted."""
        return self._edges.all

    def edges_from(self, gid: int) -> Sequence[Edge]:
        """What a scope calls, in the order of the file."""
        return self._edges.outgoing.get(gid, ())

    def edges_to(self, gid: int) -> Sequence[Edge]:
        """The calls of a function or class."""
        return self._edges.incoming.get(gid, ())

    def calls_of(self, copy: int) -> Sequence[Edge]:
        """The calls of a function where copies of it are told apart; callers may be copies."""
        return self._edges.apart.get(copy, ())

    @cached_property
    def handed(self) -> Handed:
        """What is known of functions that are given as arguments and called."""
        return Handed(self._flow, self._edges)

    def fan(self, edge: Edge) -> int:
        """How many functions a call may run."""
        return self._edges.fans[edge.caller, edge.row, edge.col, edge.kind, self._edges.origin(edge.site)]

    def written(self, copy: int) -> int:
        """The scope that a copy of it stands for."""
        return self._flow.origin(copy)

    def copies(self, gid: int) -> tuple[int, ...]:
        """A scope and its copies: closures are told apart by where they are made."""
        return (gid, *self._copies.get(gid, ()))

    @cached_property
    def _copies(self) -> dict[int, list[int]]:
        out: dict[int, list[int]] = defaultdict(list)
        for copy, written in sorted(self._flow.origins_of.items()):
            out[written].append(copy)
        return out

    def construction_sites(self, cls: int) -> Sequence[Edge]:
        """The calls that make instances of a class, whether or not it has an initialiser."""
        return self._edges.incoming.get(cls, ())

    @cached_property
    def classes_with_fields(self) -> tuple[int, ...]:
        """The classes that annotate names in their body and have no initialiser of the project's."""
        return tuple(
            gid
            for gid, scope in enumerate(self._flow.scopes[: self._flow.written])
            if scope.kind == "class"
            and any(step[0] == _ANNOTATE for step in scope.code)
            and self._flow.classes.lookup(gid, "__init__")[0] == NOWHERE
        )

    def arguments(self, edge: Edge) -> dict[str, tuple[int, ...]]:
        """The slots of what a call gives for each parameter of the callee that it gives anything for."""
        return self._edges.arguments(edge)

    def place(self, edge: Edge) -> tuple[int, int, int, int] | None:
        """Where the call expression of an edge begins and ends; None where there is none."""
        call = self._flow.ends.get(self._edges.origin(edge.site))
        return None if call is None or len(call) < 11 else (edge.row, edge.col, call[9], call[10])

    @property
    def stats(self) -> dict[str, int]:
        """What there was to do and which limits were met."""
        flow = self._flow
        counts = Counter(flow.stats)
        counts.update(nodes=len(flow.points), objects=len(flow.kinds), sites=len(flow.sites), edges=len(self.edges))
        counts["unresolved"] = self._edges.unresolved
        return dict(sorted(counts.items()))


def import_closures(flow: Flow) -> list[int]:
    """For each module, the modules it imports, directly or not, as bits of a number."""
    direct = [1 << module.index | flow.imported[module.index] for module in flow.modules]
    closures = list(direct)
    changed = True
    while changed:
        changed = False
        for index in range(len(closures) - 1, -1, -1):
            bits, rest = closures[index], direct[index] & ~(1 << index)
            while rest:
                low = rest & -rest
                bits |= closures[low.bit_length() - 1]
                rest ^= low
            if bits != closures[index]:
                closures[index], changed = bits, True
    return closures


__all__ = [
    "CLASS",
    "EXTERNAL",
    "INSTANCE",
    "MODULE",
    "BoundValue",
    "ClassValue",
    "Const",
    "ContainerValue",
    "Edge",
    "External",
    "ExternalInstance",
    "FunctionValue",
    "InstanceValue",
    "Module",
    "ModuleValue",
    "PartialValue",
    "Program",
    "Source",
    "SuperValue",
    "Value",
    "link",
]  # fmt: skip
