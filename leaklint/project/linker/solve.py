"""The solver's core: sets of objects that flow along edges until nothing changes.

Nodes are numbers: first every slot of every module, then a node for what each scope returns, then
whatever is made on the way (attributes, elements). Objects are numbers as well: constants below
zero, everything else from zero. A node holds a set of objects, passes what is new to its successors
and hands each new object to its subscribers, which may add edges.

Every set has at most CAP objects, CONSTANTS of them constants; from DATA objects on it takes only
functions and classes (bound ones up to METHODS), from WEAK objects on nothing external, for that
says little. Every container has at most KEYS known keys. Where more than CROWD objects for each
slot have gone into sets beyond WEAK, such sets take only functions and classes from then on, up to
DATA. So the work is bounded by the number of instructions times these limits.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator
from typing import Any

from leaklint.facts import NOWHERE, Instruction
from leaklint.project.linker.externals import TYPES
from leaklint.project.linker.imports import Imports
from leaklint.project.linker.mro import Classes
from leaklint.project.linker.objects import (
    BoundValue,
    ClassValue,
    Const,
    ContainerValue,
    External,
    ExternalInstance,
    FunctionValue,
    InstanceValue,
    Module,
    ModuleValue,
    PartialValue,
    SuperValue,
    Value,
)  # fmt: skip

CAP = 64
METHODS = 40
DATA = 12
WEAK = 12
CROWD = 1
CONSTANTS = 8
KEYS = 32
DOTS = 7
RECENT = 16
"""How far back an edge is looked for before it is taken for a new one."""
_NOTHING: frozenset[int] = frozenset()
FINAL: list[Any] = []
"""In place of the successors and subscribers of a node that holds all it ever will: they need not be kept."""

FUNCTION, CLASS, MODULE, EXTERNAL, EXT_INSTANCE, INSTANCE, CONTAINER, BOUND, PARTIAL, SUPER = range(10)

_LIMITS = [CAP, CAP, CAP, WEAK, 0, DATA, DATA, 0, CAP, CAP]
"""By kind, how many objects a set may hold for another to come in; 0 where it depends on the object."""

Key = str | int
Site = tuple[int, int, int, int, str, tuple[Any, ...], tuple[tuple[str | None, int], ...], int, int]
"""Caller, row, column, block, kind, arguments, keywords, destination and callee node of a call."""


class Solver:
    """Nodes, objects and their propagation."""

    # An object of more than 30 attributes has them in a dict of its own: CPython 3.11 looks there for each method too.
    __slots__ = (
        "_constants", "_crowded", "_joined", "_objects", "_singles", "_values", "_watchers", "cells", "classes",
        "constants", "first", "former", "imports", "kinds", "limits", "modules", "origins_of", "pending", "points",
        "queue", "results_of", "scope_module", "scopes", "second", "site_origins", "sites", "slot_copies", "slots",
        "stats", "subscribers", "successors", "volume", "written",
    )  # fmt: skip

    def __init__(self, modules: list[Module], imports: Imports, classes: Classes, slots: int) -> None:
        self.modules = modules
        self.imports = imports
        self.classes = classes
        self.slots = slots
        self.scopes = [scope for module in modules for scope in module.facts.scopes]
        self.scope_module = [module.index for module in modules for _ in module.facts.scopes]
        self.written = len(self.scopes)
        """How many scopes there are in the files; what follows are copies."""
        self.origins_of: dict[int, int] = {}
        """For a copy of a scope, the scope that is written."""
        self.results_of: dict[int, int] = {}
        """For a copy of a scope, the node of what it returns."""
        self.slot_copies: dict[int, list[int]] = {}
        """For a slot, the nodes that stand for it in copies of its scope."""
        self.former: dict[int, int] = {}
        """For a node of a copy, the slot as the module numbers it."""
        self.site_origins: dict[int, int] = {}
        """For a site in a copy, the site of the scope that is written."""
        count = self.slots + len(self.scopes)
        self.points: list[frozenset[int] | None] = [None] * count
        """What each node holds; nodes that hold the same share it."""
        self.pending: list[frozenset[int] | None] = [None] * count
        self.successors: list[list[int] | None] = [None] * count
        self.subscribers: list[list[Any] | None] = [None] * count
        """For each node, handlers and their data in turn: a tuple for each would be 200,000 more objects."""
        self.queue: deque[int] = deque()
        self.kinds: list[int] = []
        self.first: list[Any] = []
        self.second: list[Any] = []
        self.limits: list[int] = []
        self._objects: dict[tuple[int, Any, Any], int] = {}
        self._singles: dict[int, frozenset[int]] = {}
        self.constants: list[Key] = []
        self._constants: dict[tuple[type, Key], int] = {}
        self._values: dict[int, Value] = {}
        self.sites: list[Site] = []
        self.cells: dict[int, dict[Key | None, int]] = {}
        self._joined: dict[int, int] = {}
        self._watchers: dict[int, list[tuple[Callable[[Any, Key | None, int], None], Any]]] = {}
        self._crowded: set[int] = set()
        self.volume = 0
        """How many objects were added to sets that had WEAK of them already."""
        self.stats: Counter[str] = Counter()

    # Objects.

    def obj(self, kind: int, first: Any, second: Any = NOWHERE) -> int:
        """The object of a kind with these parts, made where it does not exist yet."""
        key = (kind, first, second)
        number = self._objects.get(key)
        return self._new_object(key) if number is None else number

    def _new_object(self, key: tuple[int, Any, Any]) -> int:
        kind, first, second = key
        number = self._objects[key] = len(self.kinds)
        self.kinds.append(kind)
        self.first.append(first)
        self.second.append(second)
        self.limits.append(_LIMITS[kind] or self._limit(kind, first, second))
        return number

    def _limit(self, kind: int, first: Any, second: Any) -> int:
        """How many objects a set may hold for another of this kind to come in."""
        if kind == EXT_INSTANCE:
            return DATA if first in TYPES else WEAK
        if self.kinds[second] == FUNCTION:
            return METHODS
        return DATA if self.kinds[first] == CONTAINER else WEAK

    def constant(self, value: Key) -> int:
        """The object of a literal; its number is negative."""
        key = (type(value), value)
        number = self._constants.get(key)
        if number is None:
            self.constants.append(value)
            number = self._constants[key] = -len(self.constants)
        return number

    def value(self, number: int) -> Value:
        """The public form of an object."""
        known = self._values.get(number)
        if known is None:
            known = self._values[number] = self._make(number)
        return known

    def _make(self, number: int) -> Value:
        if number < 0:
            return Const(self.constants[-number - 1])
        kind, first, second = self.kinds[number], self.first[number], self.second[number]
        if kind == FUNCTION:
            return FunctionValue(self.origin(first))
        if kind == BOUND:
            return BoundValue(self.value(first), self.value(second))
        if kind == PARTIAL:
            return PartialValue(self.value(first), second)
        if kind == SUPER:
            return SuperValue(first, self.value(second))
        if kind == EXT_INSTANCE:
            caller, row, col = self.sites[second][:3]
            caller, written = self.origin(caller), self.site_origins.get(int(second), int(second))
            return ExternalInstance(first, self.scope_module[caller], row, col, caller, written)
        if kind == CONTAINER:
            scope, row, place = second
            if scope >= self.written:
                scope, place = self.origin(scope), self.written_place(scope, place)
            return ContainerValue(first, self.scope_module[scope], row, 1, scope, place)
        return _SIMPLE[kind](first)

    def written_place(self, scope: int, place: int) -> int:
        """What tells a container made in a copy of a scope apart: the slot in the scope itself."""
        if place == -2 - scope:
            return -2 - self.origin(scope)
        base = self.modules[self.scope_module[scope]].slot_base
        return self.former.get(place + base, place)

    def find(self, value: Value) -> int | None:
        """The object of a value, None where the program never met it."""
        kind = _KINDS.get(type(value))
        if kind is not None:
            return self._objects.get((kind, getattr(value, value.__struct_fields__[0]), NOWHERE))
        if isinstance(value, Const):
            return self._constants.get((type(value.value), value.value))
        if isinstance(value, BoundValue):
            receiver, function = self.find(value.receiver), self.find(value.function)
            return self._objects.get((BOUND, receiver, function))
        if isinstance(value, ExternalInstance):
            return self._objects.get((EXT_INSTANCE, value.dotted, value.number))
        if isinstance(value, ContainerValue):
            return self._objects.get((CONTAINER, value.kind, (value.scope, value.row, value.number)))
        if isinstance(value, PartialValue):
            return self._objects.get((PARTIAL, self.find(value.function), value.number))
        if isinstance(value, SuperValue):
            return self._objects.get((SUPER, value.cls, self.find(value.receiver)))
        return None

    def instructions(self, op: int) -> Iterator[tuple[int, int, Instruction]]:
        """All instructions of one kind, each with its scope and the base of its slots; those of copies come last."""
        for module in self.modules:
            for number, found in module.code(op).items():
                for instruction in found:
                    yield module.scope_base + number, module.slot_base, instruction
        for gid in range(self.written, len(self.scopes)):
            base = self.modules[self.scope_module[gid]].slot_base
            for instruction in self.scopes[gid].code:
                if instruction[0] == op:
                    yield gid, base, instruction

    # Nodes.

    def node(self) -> int:
        """A new, empty node."""
        self.points.append(None)
        self.pending.append(None)
        self.successors.append(None)
        self.subscribers.append(None)
        return len(self.points) - 1

    def nodes(self, count: int) -> range:
        """So many new nodes at once."""
        first = len(self.points)
        for each in (self.points, self.pending, self.successors, self.subscribers):
            each.extend([None] * count)
        return range(first, first + count)

    def returned(self, gid: int) -> int:
        """The node of what a function returns."""
        return self.slots + gid if gid < self.written else self.results_of[gid]

    def origin(self, gid: int) -> int:
        """The scope that is written, of which another is a copy."""
        return gid if gid < self.written else self.origins_of[gid]

    def single(self, number: int) -> frozenset[int]:
        """The set of one object, shared by all who hold it alone."""
        known = self._singles.get(number)
        if known is None:
            known = self._singles[number] = frozenset((number,))
        return known

    def add(self, node: int, new: frozenset[int]) -> None:
        """Let a node hold these objects too."""
        points = self.points[node]
        if points is None:
            if len(new) > CONSTANTS:
                new = self._admitted(node, _NOTHING, new)
            self.points[node] = new
        else:
            new = new - points
            if not new:
                return
            if len(points) + len(new) > CONSTANTS:
                new = self._admitted(node, points, new)
                if not new:
                    return
            self.points[node] = points | new
        if self.successors[node] is None and self.subscribers[node] is None:
            return  # whoever comes later is given all that is there
        waiting = self.pending[node]
        if waiting is None:
            self.pending[node] = new
            self.queue.append(node)
        else:
            self.pending[node] = waiting | new

    def fix(self, node: int, number: int) -> None:
        """Give a node that nothing has touched the one object that it will ever hold."""
        self.points[node] = self._singles.get(number) or self.single(number)
        if self.successors[node] is None and self.subscribers[node] is None:
            self.successors[node] = self.subscribers[node] = FINAL

    def put(self, node: int, number: int) -> None:
        """Let a node hold one more object."""
        points = self.points[node]
        if points is None or number not in points:
            self.add(node, self._singles.get(number) or self.single(number))

    def _admitted(self, node: int, points: frozenset[int], new: frozenset[int]) -> frozenset[int]:
        """Those of the objects that the limits of a node let in."""
        size = len(points) + len(new)
        if min(new) < 0:
            new = self._without_constants(node, points, new)
        return self._limited(points, new) if size > WEAK else new

    def _without_constants(self, node: int, points: frozenset[int], new: frozenset[int]) -> frozenset[int]:
        others = frozenset(each for each in new if each >= 0)
        if node in self._crowded:
            return others
        room = CONSTANTS - sum(each < 0 for each in points)
        constants = sorted((each for each in new if each < 0), reverse=True)
        if room <= len(constants):
            self._crowded.add(node)
        return others.union(constants[: max(room, 0)])

    def _limited(self, points: frozenset[int], new: frozenset[int]) -> frozenset[int]:
        """The objects for which there is room, those with the highest limits first."""
        limits, size = self.limits, len(points)
        if self.volume > self.slots * CROWD:
            self.stats["crowded"] += 1
            if size >= DATA:
                return _NOTHING
            new = frozenset([each for each in new if each >= 0 and limits[each] == CAP])
        room = [each for each in new if each >= 0 and limits[each] > size] if size < CAP else []
        if len(room) < len(new):
            self.stats["capped"] += 1
        if not room or size + len(room) <= WEAK:
            return frozenset(room)
        room.sort(key=lambda each: (-limits[each], each))
        out = frozenset([each for number, each in enumerate(room, size) if number < limits[each]])
        self.volume += len(out)
        return out

    def edge(self, source: int, target: int) -> None:
        """Let all that a node holds flow to another."""
        if source == target:
            return
        successors = self.successors[source]
        if successors is None:
            self.successors[source] = [target]
        elif successors is not FINAL:
            if target in (successors if len(successors) <= RECENT else successors[-RECENT:]):
                return
            successors.append(target)
        points = self.points[source]
        if points is not None:
            known = self.points[target]
            if known is not points and (known is None or not points <= known):
                self.add(target, points)

    def subscribe(self, node: int, handler: Callable[[Any, int], None], data: Any) -> None:
        """Have `handler(data, object)` called once for every object that the node holds or will hold."""
        subscribers = self.subscribers[node]
        if subscribers is None:
            self.subscribers[node] = [handler, data]
        elif subscribers is not FINAL:
            subscribers += handler, data
        points = self.points[node]
        if points is None:
            return
        waiting = self.pending[node]
        if waiting is not None:
            points = points - waiting
        for number in points if len(points) < 2 else sorted(points):
            handler(data, number)

    def solve(self) -> None:
        """Propagate until nothing changes."""
        queue, pending, points = self.queue, self.pending, self.points
        successors, subscribers, add = self.successors, self.subscribers, self.add
        steps = 0
        while queue:
            node = queue.popleft()
            new = pending[node]
            pending[node] = None
            if new is None:
                continue
            steps += 1
            targets = successors[node]
            if targets is not None:
                for target in targets:
                    known = points[target]
                    if known is None or (known is not new and not new <= known):
                        add(target, new)
            handlers = subscribers[node]
            if handlers is not None:
                ordered = new if len(new) < 2 else sorted(new)
                flat = iter(handlers[:])
                for handler, data in zip(flat, flat):
                    for number in ordered:
                        handler(data, number)
        self.stats["steps"] += steps

    # Elements of containers.

    def cell(self, number: int, key: Key | None) -> int:
        """The node of what a container holds under a key, None for keys that are not known."""
        cells = self.cells.get(number)
        if cells is None:
            cells = self.cells[number] = {}
        node = cells.get(key)
        if node is None:
            if key is not None and len(cells) > KEYS:
                self.stats["keys"] += 1
                return self.cell(number, None)
            node = cells[key] = self.node()
            joined = self._joined.get(number)
            if joined is not None:
                self.edge(node, joined)
            for handler, data in self._watchers.get(number, ()):
                handler(data, key, node)
        return node

    def elements(self, number: int) -> int:
        """The node of everything that a container holds."""
        joined = self._joined.get(number)
        if joined is None:
            joined = self._joined[number] = self.node()
            for node in self.cells.get(number, {}).values():
                self.edge(node, joined)
        return joined

    def watch(self, number: int, handler: Callable[[Any, Key | None, int], None], data: Any) -> None:
        """Have `handler(data, key, node)` called for every key that a container has or will have."""
        self._watchers.setdefault(number, []).append((handler, data))
        for key, node in list(self.cells.get(number, {}).items()):
            handler(data, key, node)

    def load(self, number: int, key: Key | None, target: int) -> None:
        """What a container gives for a key flows to a node."""
        if key is None:
            self.edge(self.elements(number), target)
            return
        self.edge(self.cell(number, key), target)
        self.edge(self.cell(number, None), target)


_SIMPLE: dict[int, Callable[[Any], Value]] = {
    CLASS: ClassValue, MODULE: ModuleValue, EXTERNAL: External, INSTANCE: InstanceValue,
}  # fmt: skip
_KINDS: dict[type[Value], int] = {
    FunctionValue: FUNCTION, ClassValue: CLASS, ModuleValue: MODULE, External: EXTERNAL, InstanceValue: INSTANCE,
}  # fmt: skip
