"""Attributes: what `object.name` holds, for every kind of object.

Each pair of object and name has one node, shared by all places that read it. Reading a class member
through an instance binds it: functions become bound methods, properties are called, and so on.
"""

from __future__ import annotations

from collections import defaultdict

from leaklint.facts import NOWHERE
from leaklint.project.linker.externals import MEMBERS
from leaklint.project.linker.imports import Imports
from leaklint.project.linker.mro import Base, Classes
from leaklint.project.linker.objects import Module
from leaklint.project.linker.solve import (
    BOUND,
    CLASS,
    CONTAINER,
    DOTS,
    EXT_INSTANCE,
    EXTERNAL,
    FINAL,
    FUNCTION,
    INSTANCE,
    MODULE,
    PARTIAL,
    SUPER,
    Solver,
)  # fmt: skip

PROPERTIES = frozenset(
    {"property", "cached_property", "reify", "hybrid_property", "classproperty", "lazyproperty", "lazy_property",
     "abstractproperty", "cached_classproperty", "lazy", "declared_attr", "locked_cached_property"}
)  # fmt: skip
"""Last names of external decorators whose result calls the function when it is read."""

TASK_METHODS = frozenset(
    {"delay", "apply_async", "send", "send_with_options", "apply", "s", "si", "enqueue", "defer", "defer_async", "kiq",
     "schedule", "map", "starmap", "submit", "spawn", "remote"}
)  # fmt: skip
"""Attributes of a decorated function that call it, now or in another process."""


_NONE: dict[Base, int] = {}


def last_name(dotted: str) -> str:
    """`c` of `a.b.c`."""
    return dotted.rpartition(".")[2]


class Attributes(Solver):
    """Reads and writes of attributes."""

    __slots__ = (
        "_own_names", "_places", "_reads", "_super_reads", "_unstored", "bodies", "class_fields", "field_names",
        "fields", "getters", "instance_fields", "self_stored", "setters", "stored",
    )  # fmt: skip

    def __init__(self, modules: list[Module], imports: Imports, classes: Classes, slots: int) -> None:
        super().__init__(modules, imports, classes, slots)
        self.stored: set[str] = set()
        self.self_stored: dict[int, set[str]] = defaultdict(set)
        self.fields: dict[tuple[int, str], int] = {}
        self.field_names: dict[int, list[str]] = defaultdict(list)
        self.instance_fields: dict[str, dict[Base, int]] = defaultdict(dict)
        """For a name, the classes on whose instances it is stored, with the nodes; likewise for classes below."""
        self.class_fields: dict[str, dict[Base, int]] = defaultdict(dict)
        self.bodies: dict[str, set[int]] = defaultdict(set)
        """For a stored name, the classes whose bodies bind it."""
        self._places: dict[tuple[int, str], int] = {}
        self._own_names: dict[int, frozenset[str]] = {}
        self._unstored: dict[tuple[int, str], int] = {}
        """Reads of attributes of objects that nothing has stored so far."""
        self._super_reads: dict[str, list[tuple[int, int, Base]]] = defaultdict(list)
        """For a name, what reads it by `super()`: the node, the receiver, where the name is found first."""
        self._reads: dict[tuple[int, str], int] = {}
        self.getters: dict[int, dict[int, str]] = {}
        """For the node of a property: the functions that reading it calls, and the kind of the edge."""
        self.setters: dict[tuple[int, str], set[int]] = {}
        """For a receiver and a property's name: the functions that storing it calls."""

    def invoke(self, gid: int, receiver: int, target: int) -> None:
        """Call a function with a receiver alone; what it returns flows to a node."""
        raise NotImplementedError

    # Where attributes are kept.

    def field(self, number: int, name: str) -> int:
        """The node of an attribute that is stored on an object itself."""
        node = self._places.get((number, name))
        return self._make_field(number, name) if node is None else node

    def _make_field(self, number: int, name: str) -> int:
        """Fields are made when something is stored; whoever read the attribute before is connected then."""
        kind, first, key = self.kinds[number], self.first[number], (number, name)
        names: dict[str, int] = {}
        if kind == MODULE:
            names = self.imports.names[first]
        elif kind == CLASS:
            names = self.imports.scope_names.get(first, names)
        if name in names:
            node = self._places[key] = names[name]
            return node
        node = self._places[key] = self.fields[key] = self.node()
        self.field_names[number].append(name)
        if name not in self.stored:
            return node
        if kind == INSTANCE:
            self.instance_fields[name][first] = node
            for cls in self.classes.family(first):
                self._connect_instance(node, cls, name)
        elif kind == CLASS:
            self.class_fields[name][first] = node
            for cls in self.classes.family(first):
                self._connect_class(node, cls, name, first)
            for reader, receiver, where in self._super_reads.get(name, ()):
                if where != first and first in self.classes.mro(self.first[receiver]):
                    self.subscribe(node, self._instance_member, (reader, receiver))
        elif key in self._unstored:
            self.edge(node, self._unstored[key])
        return node

    def _reader(self, kind: int, cls: int, name: str) -> tuple[int, int]:
        """The node that reads an attribute of a class or its instances, and the object; NOWHERE where none does."""
        number = self._objects.get((kind, cls, NOWHERE), NOWHERE)
        return self._reads.get((number, name), NOWHERE), number

    def _connect_instance(self, node: int, cls: int, name: str) -> None:
        reader, _ = self._reader(INSTANCE, cls, name)
        if reader != NOWHERE and name != "__class__":
            self.edge(node, reader)

    def _connect_class(self, node: int, cls: int, name: str, base: int) -> None:
        """A field of a class comes into sight of a class below it, and of its instances."""
        if self.classes.lookup(cls, name)[1] == base:
            return
        reader, number = self._reader(INSTANCE, cls, name)
        if reader != NOWHERE and name != "__class__":
            self.subscribe(node, self._instance_member, (reader, number))
        reader, _ = self._reader(CLASS, cls, name)
        if reader != NOWHERE:
            self.edge(node, reader)

    def _class_level(self, mro: tuple[Base, ...], name: str, where: Base) -> list[int]:
        """The nodes of a stored name in the classes of an MRO, other than the one where it is found first."""
        bodies, fields = self.bodies.get(name, ()), self.class_fields.get(name, _NONE)
        if not bodies and not fields:
            return []
        known = self.imports.scope_names
        out = []
        for base in mro:
            if base != where and isinstance(base, int):
                if base in bodies:
                    out.append(known[base][name])
                elif base in fields:
                    out.append(fields[base])
        return out

    def attribute(self, number: int, name: str) -> int:
        """The node of what reading an attribute of an object gives."""
        key = (number, name)
        node = self._reads.get(key)
        if node is None:
            node = self._reads[key] = self.node()
            kind = self.kinds[number]
            if name == "__class__" and kind == INSTANCE:
                self.put(node, self.obj(CLASS, self.first[number]))
                return node
            _READERS.get(kind, Attributes._read_own)(self, node, number, name)
            if kind in _CLOSED and name not in self.stored:
                self.successors[node] = self.subscribers[node] = FINAL
        return node

    def own_names(self, gid: int) -> frozenset[str]:
        """The names that methods of a class or its ancestors store on `self`."""
        known = self._own_names.get(gid)
        if known is None:
            stored = self.self_stored
            bases = [base for base in self.classes.mro(gid) if isinstance(base, int) and base in stored]
            known = self._own_names[gid] = frozenset().union(*[stored[base] for base in bases])
        return known

    # Reading.

    def _read_own(self, node: int, number: int, name: str) -> None:
        if name in self.stored:
            key = (number, name)
            if key in self._places:
                self.edge(self._places[key], node)
            else:
                self._unstored[key] = node

    def _read_module(self, node: int, number: int, name: str) -> None:
        index = self.first[number]
        found = self.imports.lookup(index, name)
        if isinstance(found, int):
            self.edge(found, node)
            return
        if found is not None:
            self.put(node, self.obj(EXTERNAL, found))
            return
        below = self.imports.by_name.get(f"{self.modules[index].name}.{name}")
        if below is not None:
            self.put(node, self.obj(MODULE, below))
        self._read_own(node, number, name)

    def _read_class(self, node: int, number: int, name: str) -> None:
        gid = self.first[number]
        slot, where = self.classes.lookup(gid, name)
        if slot != NOWHERE:
            self.subscribe(slot, self._class_member, (node, number))
        elif isinstance(where, str) and where:
            self.put(node, self.obj(BOUND, number, self.obj(EXTERNAL, f"{where}.{name}")))
        if name in self.stored:
            for each in self._class_level(self.classes.mro(gid), name, where):
                self.edge(each, node)
        if slot == NOWHERE:
            self._read_metaclass(node, number, gid, name)

    def _read_metaclass(self, node: int, number: int, gid: int, name: str) -> None:
        for base in self.classes.mro(gid):
            meta = self.metaclass(base) if isinstance(base, int) else None
            if meta is not None:
                slot, _ = self.classes.lookup(meta, name)
                if slot != NOWHERE:
                    self.subscribe(slot, self._instance_member, (node, number))
                return

    def metaclass(self, gid: int) -> int | None:
        """The project class named by `metaclass=` in a class statement."""
        module = self.modules[self.scope_module[gid]]
        scope = self.scopes[gid]
        for keyword, slot in scope.keywords:
            if keyword == "metaclass" and slot != NOWHERE:
                found = self.classes.static(module, scope.parent, slot, 20)
                return found if isinstance(found, int) else None
        return None

    def _read_instance(self, node: int, number: int, name: str) -> None:
        gid = self.first[number]
        own = False
        if name in self.stored:
            own = name in self.own_names(gid)
            fields = self.instance_fields.get(name)
            if fields:
                for base in self.classes.mro(gid):
                    if base in fields:
                        self.edge(fields[base], node)
        self._read_member(node, number, gid, name, NOWHERE, own)

    def _read_member(self, node: int, number: int, gid: int, name: str, after: int, own: bool) -> None:
        """A member of the class, seen through an instance. `own`: instances have it in their own right."""
        slot, where = self.classes.lookup(gid, name, after)
        if slot != NOWHERE:
            self.subscribe(slot, self._instance_member, (node, number))
        elif isinstance(where, str) and where and not own:
            self.put(node, self.obj(BOUND, number, self.obj(EXTERNAL, f"{where}.{name}")))
        if name in self.stored:
            if after != NOWHERE:
                self._super_reads[name].append((node, number, where))
            for each in self._class_level(self.classes.mro(gid), name, where):
                self.subscribe(each, self._instance_member, (node, number))
        if slot == NOWHERE and not own and not name.startswith("__"):
            fallback, _ = self.classes.lookup(gid, "__getattr__")
            if fallback != NOWHERE:
                self.subscribe(fallback, self._dynamic_member, (node, number))

    def _read_super(self, node: int, number: int, name: str) -> None:
        after, receiver = self.first[number], self.second[number]
        kind = self.kinds[receiver]
        gid = self.first[receiver]
        if kind == INSTANCE:
            self._read_member(node, receiver, gid, name, after, False)
            return
        slot, where = self.classes.lookup(gid, name, after)
        if slot != NOWHERE:
            self.subscribe(slot, self._class_member, (node, receiver))
        else:
            external = where if isinstance(where, str) and where else "builtins.object"
            self.put(node, self.obj(BOUND, receiver, self.obj(EXTERNAL, f"{external}.{name}")))

    def _read_external(self, node: int, number: int, name: str) -> None:
        dotted = self.first[number]
        if self.imports.is_prefix(dotted):
            index = self.imports.find(f"{dotted}.{name}")
            if index is not None:
                self.put(node, self.obj(MODULE, index))
                return
        if dotted.count(".") < DOTS:
            self.put(node, self.obj(EXTERNAL, f"{dotted}.{name}"))
        self._read_own(node, number, name)

    def _read_external_instance(self, node: int, number: int, name: str) -> None:
        dotted = self.first[number]
        members = MEMBERS.get(dotted)
        if members is not None and name not in members:
            self._read_own(node, number, name)
            return
        if dotted.count(".") < DOTS:
            self.put(node, self.obj(BOUND, number, self.obj(EXTERNAL, f"{dotted}.{name}")))
        self._read_own(node, number, name)

    def _read_container(self, node: int, number: int, name: str) -> None:
        members = MEMBERS.get(f"builtins.{self.first[number]}")
        if members is not None and name not in members:
            return
        self.put(node, self.obj(BOUND, number, self.obj(EXTERNAL, f"builtins.{self.first[number]}.{name}")))

    def _read_function(self, node: int, number: int, name: str) -> None:
        self._read_own(node, number, name)
        if name in TASK_METHODS and name not in self.stored:
            self.put(node, self.obj(BOUND, number, self.obj(EXTERNAL, f"task.{name}")))
        elif name in ("register", "dispatch"):
            self.put(node, self.obj(BOUND, number, self.obj(EXTERNAL, f"functools.singledispatch.{name}")))

    def _read_bound(self, node: int, number: int, name: str) -> None:
        receiver, function = self.first[number], self.second[number]
        if name == "__self__":
            self.put(node, receiver)
        elif self.kinds[function] == FUNCTION:
            self.edge(self.attribute(function, name), node)
        elif self.kinds[function] == EXTERNAL and self.first[function].count(".") < DOTS:
            self._read_own(node, number, name)
            if self.kinds[receiver] == CONTAINER or self.first[receiver] in MEMBERS:
                return
            self.put(node, self.obj(BOUND, receiver, self.obj(EXTERNAL, f"{self.first[function]}.{name}")))

    # What a member of a class becomes when it is read.

    def _class_member(self, data: tuple[int, int], member: int) -> None:
        node, receiver = data
        if member < 0 or self.kinds[member] != EXT_INSTANCE:
            self.put(node, member)
            return
        name = last_name(self.first[member])
        if name == "classmethod":
            self.subscribe(self.field(member, "__func__"), self._bind, (node, receiver))
        elif name == "staticmethod":
            self.edge(self.field(member, "__func__"), node)
        elif name in ("classproperty", "cached_classproperty", "declared_attr"):
            self.subscribe(self.field(member, "fget"), self._get, (node, receiver))
        else:
            self.put(node, member)

    def _instance_member(self, data: tuple[int, int], member: int) -> None:
        node, receiver = data
        kind = self.kinds[member] if member >= 0 else NOWHERE
        if kind == FUNCTION:
            name = self.scopes[self.first[member]].name
            self.put(node, member if name == "__new__" else self.obj(BOUND, receiver, member))
        elif kind == EXT_INSTANCE:
            self._descriptor(node, receiver, member)
        elif kind == INSTANCE:
            slot, _ = self.classes.lookup(self.first[member], "__get__")
            if slot != NOWHERE:
                self.subscribe(slot, self._get, (node, member))
            else:
                self.put(node, member)
        else:
            self.put(node, member)

    def _descriptor(self, node: int, receiver: int, member: int) -> None:
        name = last_name(self.first[member])
        if name in PROPERTIES:
            self.subscribe(self.field(member, "fget"), self._get, (node, receiver))
        elif name == "classmethod":
            cls = self.obj(CLASS, self.first[receiver]) if self.kinds[receiver] == INSTANCE else receiver
            self.subscribe(self.field(member, "__func__"), self._bind, (node, cls))
        elif name == "staticmethod":
            self.edge(self.field(member, "__func__"), node)
        else:
            self.put(node, member)

    def _bind(self, data: tuple[int, int], function: int) -> None:
        node, receiver = data
        if function >= 0:
            self.put(node, self.obj(BOUND, receiver, function) if self.kinds[function] == FUNCTION else function)

    def _get(self, data: tuple[int, int], function: int) -> None:
        self._getter(data, function, "property")

    def _dynamic_member(self, data: tuple[int, int], function: int) -> None:
        self._getter(data, function, "dunder")

    def _getter(self, data: tuple[int, int], function: int, kind: str) -> None:
        node, receiver = data
        if function >= 0 and self.kinds[function] == FUNCTION:
            gid = self.first[function]
            self.getters.setdefault(node, {})[gid] = kind
            self.invoke(gid, receiver, node)

    # Writing.

    def store(self, number: int, name: str, source: int) -> None:
        """What a node holds is stored under an attribute of an object."""
        kind = self.kinds[number]
        if kind == SUPER or (kind == BOUND and self.kinds[self.second[number]] != EXTERNAL):
            return
        self.edge(source, self.field(number, name))
        if kind == INSTANCE:
            slot, _ = self.classes.lookup(self.first[number], name)
            if slot != NOWHERE:
                self.subscribe(slot, self._set, (number, source))

    def _set(self, data: tuple[int, int], member: int) -> None:
        """A property's setter takes what is stored."""
        if member >= 0 and self.kinds[member] == EXT_INSTANCE and last_name(self.first[member]) in PROPERTIES:
            self.subscribe(self.field(member, "fset"), self._call_setter, data)

    def _call_setter(self, data: tuple[int, int], function: int) -> None:
        receiver, source = data
        if function < 0 or self.kinds[function] != FUNCTION:
            return
        gid = self.first[function]
        params = self.scopes[gid].params
        self.invoke(gid, receiver, self.returned(gid))
        self.setters.setdefault((receiver, self.scopes[gid].name), set()).add(gid)
        if len(params) > 1:
            self.edge(source, self.parameter(gid, 1))

    def parameter(self, gid: int, position: int) -> int:
        """The node of a function's parameter, by its position."""
        raise NotImplementedError


_CLOSED = frozenset({EXTERNAL, EXT_INSTANCE, CONTAINER, FUNCTION, BOUND, PARTIAL})
"""Kinds of objects whose attributes hold all that they ever will, where nothing is stored under the name."""

_READERS = {
    MODULE: Attributes._read_module, CLASS: Attributes._read_class, INSTANCE: Attributes._read_instance,
    SUPER: Attributes._read_super, EXTERNAL: Attributes._read_external,
    EXT_INSTANCE: Attributes._read_external_instance, CONTAINER: Attributes._read_container,
    FUNCTION: Attributes._read_function, BOUND: Attributes._read_bound,
}  # fmt: skip
