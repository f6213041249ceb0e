"""Instructions to edges and subscriptions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from leaklint.facts import NOWHERE, Instruction, Op
from leaklint.project.linker.attributes import last_name
from leaklint.project.linker.calls import IMPLICIT_FAN
from leaklint.project.linker.effects import Effects
from leaklint.project.linker.externals import DICTS
from leaklint.project.linker.imports import Imports
from leaklint.project.linker.methods import shifted
from leaklint.project.linker.mro import Classes
from leaklint.project.linker.objects import Module
from leaklint.project.linker.solve import (
    BOUND,
    CLASS,
    CONSTANTS,
    CONTAINER,
    EXT_INSTANCE,
    EXTERNAL,
    FUNCTION,
    INSTANCE,
    MODULE,
    Key,
)  # fmt: skip

_CALL = int(Op.CALL)

_CONCATENATIONS = frozenset({"__add__", "__or__", "__sub__", "__and__", "__xor__"})


class Flow(Effects):
    """Reads the code of every scope into the solver."""

    __slots__ = ("_call_again", "_read_again", "block_base", "called", "code", "defined", "implied", "module")

    implied: dict[tuple[tuple[int, int, int], str, tuple[int, ...], int], int]
    """The site of an operator or subscript, shared by all objects it is applied to."""
    block_base: int
    module: Module

    def __init__(self, modules: list[Module], imports: Imports, classes: Classes, slots: int) -> None:
        super().__init__(modules, imports, classes, slots)
        self.implied = {}
        self._call_again, self._read_again = self.call, self.read_attribute

    def read(self, module: Module, number: int, code: tuple[Instruction, ...]) -> None:
        """Take in the instructions of a scope."""
        self.module, self.gid = module, module.scope_base + number
        self.base, self.block_base = module.slot_base, module.block_base
        self.defined: dict[int, int] = {}
        self.code = code
        self.called: set[int] | None = None
        table = _TABLE
        for instruction in code:
            table[instruction[0]](self, instruction)

    # Values.

    def _copy(self, i: Instruction) -> None:
        if i[2] != NOWHERE:
            self.edge(i[2] + self.base, i[1] + self.base)

    def _func(self, i: Instruction) -> None:
        gid = i[2] + self.module.scope_base
        self.defined[i[1]] = gid
        self.fix(i[1] + self.base, self.obj(FUNCTION, gid))

    def _class(self, i: Instruction) -> None:
        gid = i[2] + self.module.scope_base
        self.defined[i[1]] = gid
        number = self.obj(CLASS, gid)
        self.put(i[1] + self.base, number)
        scope = self.scopes[gid]
        for base in self.classes.mro(gid)[1:]:
            slot = self.imports.scope_names.get(base, {}).get("__init_subclass__") if isinstance(base, int) else None
            if slot is not None:
                words = self._words(scope.keywords)
                site = self.site(self.gid, scope.row, scope.col, NOWHERE, "dunder", (), words, NOWHERE)
                self.subscribe(slot, self._on_class, (site, number))
                break
        for name, slot in self.imports.scope_names.get(gid, {}).items():
            self.subscribe(slot, self._named_member, (self.gid, scope.row, scope.col, number, name))

    def _words(self, keywords: tuple[tuple[str, int], ...]) -> tuple[tuple[str | None, int], ...]:
        return tuple((name, slot + self.base) for name, slot in keywords if slot != NOWHERE and name != "metaclass")

    def _on_class(self, data: tuple[int, int], function: int) -> None:
        site, receiver = data
        if function >= 0 and self.kinds[function] == EXT_INSTANCE:
            self.subscribe(self.field(function, "__func__"), self._on_class, data)
        elif function >= 0 and self.kinds[function] == FUNCTION:
            self._call_function(site, self.first[function], 1, receiver)

    def _named_member(self, data: tuple[int, int, int, int, str], member: int) -> None:
        """`__set_name__` of a descriptor in a class body."""
        if member >= 0 and self.kinds[member] == INSTANCE:
            if self.classes.lookup(self.first[member], "__set_name__")[0] != NOWHERE:
                caller, row, col, owner, _ = data
                node = self.node()
                self.put(node, owner)
                site = self.site(caller, row, col, NOWHERE, "dunder", (node,), (), NOWHERE)
                self.subscribe(self.attribute(member, "__set_name__"), self.call, site)

    def _const(self, i: Instruction) -> None:
        self.fix(i[1] + self.base, self.constant(i[2]))

    def _display(self, i: Instruction) -> None:
        self.fix(i[1] + self.base, self.obj(CONTAINER, i[2], self.made_at(i[3], i[1])))

    def _builtin(self, i: Instruction) -> None:
        name = i[2]
        found = self.imports.lookup(self.module.index, name) if self.imports.has_star(self.module.index) else None
        if isinstance(found, int):
            self.edge(found, i[1] + self.base)
        elif name == "__name__":
            self.put(i[1] + self.base, self.constant(self.module.name))
        else:
            self.put(i[1] + self.base, self.obj(EXTERNAL, found or f"builtins.{name}"))

    # Imports.

    def _import(self, i: Instruction) -> None:
        self._put_module(self.imports.absolute(self.module, i[2], i[3]), i[1] + self.base)

    def _put_module(self, dotted: str, node: int) -> None:
        index = self.imports.find(dotted)
        self.put(node, self.obj(EXTERNAL, dotted) if index is None else self.obj(MODULE, index))

    def _from(self, i: Instruction) -> None:
        dotted = self.imports.absolute(self.module, i[2], i[3])
        index = self.imports.find(dotted)
        node, name = i[1] + self.base, i[4]
        if index is None:
            self.origins[node] = (dotted, name)
            self._put_module(f"{dotted}.{name}", node)
            return
        found = self.imports.lookup(index, name) if index != self.module.index else None
        below = self.imports.by_name.get(f"{self.modules[index].name}.{name}")
        if found is not None and found != node:
            self.origins[node] = (self.modules[index].scope_base, name)
        if isinstance(found, int):
            self.edge(found, node)
        elif isinstance(found, str):
            self.put(node, self.obj(EXTERNAL, found))
        elif below is None:
            self.edge(self.attribute(self.obj(MODULE, index), name), node)
        if below is not None:
            self.put(node, self.obj(MODULE, below))

    def _star(self, i: Instruction) -> None:
        """Names that come in by a star are looked up where they are read."""

    # Attributes.

    def _attr(self, i: Instruction) -> None:
        if i[2] == NOWHERE:
            return
        base = i[2] + self.base
        self.subscribe(base, self._read_again, (i[3], i[1] + self.base))

    def _set_attr(self, i: Instruction) -> None:
        if i[1] != NOWHERE and i[3] != NOWHERE:
            self.subscribe(i[1] + self.base, self.write_attribute, (i[2], i[3] + self.base))

    # Items.

    def _elem(self, i: Instruction) -> None:
        if i[1] != NOWHERE and i[2] != NOWHERE:
            self.subscribe(i[1] + self.base, self._put_element, i[2] + self.base)

    def _put_element(self, source: int, number: int) -> None:
        if self.is_container(number):
            self.edge(source, self.cell(number, None))

    def _merge_keys(self, i: Instruction) -> None:
        if i[1] != NOWHERE and i[2] != NOWHERE:
            self.subscribe(i[1] + self.base, self._merge_into, i[2] + self.base)

    def _merge_into(self, source: int, number: int) -> None:
        if self.is_container(number):
            self.subscribe(source, self.merge, number)

    def _place(self, row: int, col: int, kind: str, args: tuple[Any, ...], target: int) -> int:
        return self.site(self.gid, row, col, NOWHERE, kind, args, (), target)

    def _store_item(self, i: Instruction) -> None:
        base, key, source = i[1], i[2], i[3]
        if base == NOWHERE or source == NOWHERE:
            return
        key_node = i[4] + self.base if len(i) > 4 and i[4] != NOWHERE else NOWHERE
        self.subscribe(base + self.base, self._stored, (key, key_node, source + self.base, self.gid))

    def _stored(self, data: tuple[Key | None, int, int, int], number: int) -> None:
        key, key_node, source, gid = data
        if not self.is_container(number):
            return
        if self.kinds[number] == INSTANCE:
            slot, _ = self.classes.lookup(self.first[number], "__setitem__")
            if slot != NOWHERE:
                self._dunder_call(number, "__setitem__", (gid, 0, 0), (key_node, source), NOWHERE)
                return
        if key is not None:
            self.edge(source, self.cell(number, key))
        else:
            self.store_computed(number, key_node, source)

    def store_computed(self, number: int, key_node: int, source: int) -> None:
        """A value enters a container under the keys that a node holds; under no known one where it holds none."""
        if key_node == NOWHERE:
            self.edge(source, self.cell(number, None))
            return
        self.subscribe(key_node, self._store_constant, (number, source))
        self.computed.append((key_node, self._store_unknown, (number, source)))

    def _store_constant(self, data: tuple[int, int], key: int) -> None:
        if key < 0:
            self.edge(data[1], self.cell(data[0], self.constants[-key - 1]))

    def _store_unknown(self, data: tuple[int, int]) -> None:
        self.edge(data[1], self.cell(data[0], None))

    def _load_item(self, i: Instruction) -> None:
        target, base, key, row, col = i[1:6]
        if base == NOWHERE:
            return
        key_node = i[6] + self.base if len(i) > 6 and i[6] != NOWHERE else NOWHERE
        data = (target + self.base, key, key_node, self.gid, row, col)
        self.subscribe(base + self.base, self._loaded, data)

    def _loaded(self, data: tuple[int, Key | None, int, int, int, int], number: int) -> None:
        target, key, key_node, gid, row, col = data
        if number < 0:
            return
        kind = self.kinds[number]
        if kind == INSTANCE:
            if self.classes.lookup(self.first[number], "__getitem__")[0] != NOWHERE:
                self._dunder_call(number, "__getitem__", (gid, row, col), (key_node,), target)
                return
        elif kind == CLASS:
            slot, _ = self.classes.lookup(self.first[number], "__class_getitem__")
            if slot != NOWHERE:
                site = self.site(gid, row, col, NOWHERE, "dunder", (key_node,), (), target)
                self.subscribe(slot, self._on_class, (site, number))
            self.put(target, number)
            return
        elif kind == EXTERNAL:
            self.put(target, number)
            return
        if not self.is_container(number):
            return
        if key is not None or key_node == NOWHERE:
            self.load(number, key, target)
        else:
            self.load_computed(number, key_node, target)

    def load_computed(self, number: int, key_node: int, target: int) -> None:
        """What a container holds under the keys that a node holds; everything where it holds none."""
        self.edge(self.cell(number, None), target)
        self.subscribe(key_node, self._load_constant, (number, target))
        self.computed.append((key_node, self._load_unknown, (number, target)))

    def _load_constant(self, data: tuple[int, int], key: int) -> None:
        if key < 0:
            self.load(data[0], self.constants[-key - 1], data[1])

    def _load_unknown(self, data: tuple[int, int]) -> None:
        self.load(data[0], None, data[1])

    def settle_keys(self) -> None:
        """Keys that turned out not to be known constants stand for any key."""
        computed, self.computed = self.computed, []
        for node, action, data in computed:
            points = self.points[node]
            constants = sum(number < 0 for number in points) if points else 0
            if not 0 < constants < CONSTANTS or constants < len(points or ()):
                action(data)

    def _slice(self, i: Instruction) -> None:
        _, target, base, lower, upper, row = i
        if base == NOWHERE:
            return
        number = self.obj(CONTAINER, "list", self.made_at(row, target))
        self.subscribe(base + self.base, self._sliced, (number, target + self.base, lower, upper))

    def _sliced(self, data: tuple[int, int, int | None, int | None], source: int) -> None:
        number, target, lower, upper = data
        if source < 0 or not self.is_container(source):
            return
        if self.kinds[source] == INSTANCE or (self.kinds[source] == CONTAINER and self.first[source] == "bytes"):
            self.put(target, source)
            return
        self.put(target, number)
        self.watch(source, self._shift, (number, -1 if lower is None else lower, upper))

    def _shift(self, data: tuple[int, int, int | None], key: Key | None, node: int) -> None:
        shifted(self, data, key, node)

    # Calls and control.

    def _call(self, i: Instruction) -> None:
        base = self.base
        if i[2] == NOWHERE:
            return
        args, keywords = i[3], i[4]
        if args:
            args = tuple([
                (slot if slot == NOWHERE else slot + base)
                if type(slot) is int
                else ("*", slot[1] if slot[1] == NOWHERE else slot[1] + base)
                for slot in args
            ])  # fmt: skip
        if keywords:
            keywords = tuple([(name, slot if slot == NOWHERE else slot + base) for name, slot in keywords])
        block = i[7] if i[7] == NOWHERE else i[7] + self.block_base
        callee, target = i[2] + base, i[1] + base
        if i[8] == "decorator":
            target = self._decorator(i, target)
        site = len(self.sites)
        self.sites.append((self.gid, i[5], i[6], block, i[8], args, keywords, target, callee))
        self.ends[site] = i
        self.subscribe(callee, self._call_again, site)

    def _decorator(self, i: Instruction, target: int) -> int:
        """The node that takes a decorator's result; what is plausible of it flows on to the target."""
        own = self.defined.get(i[3][0])
        if own is None:
            return target
        self.defined[i[1]] = own
        site = len(self.sites)
        if self.called is None:
            self.called = {each[1] for each in self.code if each[0] == _CALL}
        if i[2] in self.called:
            self.decorated.add(site)
        result = self.node()
        self.subscribe(result, self.decorate, (site, target, own))
        return result

    def _return(self, i: Instruction) -> None:
        if i[1] != NOWHERE:
            self.edge(i[1] + self.base, self.returned(self.gid))

    def _yield(self, i: Instruction) -> None:
        if i[1] != NOWHERE:
            self.edge(i[1] + self.base, self.cell(self.generator(self.gid), None))

    def _raise(self, i: Instruction) -> None:
        if i[1] != NOWHERE:
            block = i[4] if i[4] == NOWHERE else i[4] + self.block_base
            site = self.site(self.gid, i[2], i[3], block, "call", (), (), NOWHERE)
            self.subscribe(i[1] + self.base, self._raised, site)

    def _raised(self, site: int, number: int) -> None:
        """`raise Error` makes an instance of the class."""
        if number >= 0 and self.kinds[number] == CLASS:
            self.call(site, number)

    def _iter(self, i: Instruction) -> None:
        if i[2] != NOWHERE:
            self.subscribe(i[2] + self.base, self._iterated, (i[1] + self.base, self.gid, i[3], i[4]))

    def iterate(self, source: int, target: int, site: int) -> None:
        """The elements of what a node holds flow to another."""
        caller, row, col = self.sites[site][:3]
        self.subscribe(source, self._iterated, (target, caller, row, col))

    def _iterated(self, data: tuple[int, int, int, int], number: int) -> None:
        target = data[0]
        if number < 0:
            return
        kind = self.kinds[number]
        if kind in (CONTAINER, EXT_INSTANCE):
            if last_name(self.first[number]) not in DICTS:
                self.edge(self.elements(number), target)
        elif kind == INSTANCE:
            self._iterated_instance(data, number)
        elif kind == FUNCTION and self.scopes[self.first[number]].is_generator:
            self.edge(self.elements(self.generator(self.first[number])), target)

    def _iterated_instance(self, data: tuple[int, int, int, int], number: int) -> None:
        target, gid, row, col = data
        for name in ("__iter__", "__aiter__"):
            if self.classes.lookup(self.first[number], name)[0] != NOWHERE:
                self.subscribe(self._asked(number, name, (gid, row, col)), self._advanced, data)
                return
        if self.classes.lookup(self.first[number], "__getitem__")[0] != NOWHERE:
            self._dunder_call(number, "__getitem__", (gid, row, col), (), target)
        else:
            self.edge(self.elements(number), target)

    def _advanced(self, data: tuple[int, int, int, int], number: int) -> None:
        """What `__iter__` returned is asked for its next element."""
        target, gid, row, col = data
        if number < 0:
            return
        if self.kinds[number] != INSTANCE:
            self._iterated(data, number)
            return
        for name in ("__next__", "__anext__"):
            if self.classes.lookup(self.first[number], name)[0] != NOWHERE:
                self.edge(self._asked(number, name, (gid, row, col)), target)
                return
        self.edge(self.elements(number), target)

    def _asked(self, number: int, name: str, place: tuple[int, int, int]) -> int:
        """The node of what a method of iteration gives at a place: one, or iterators that make iterators never end."""
        key = (place, name, (number,), NOWHERE)
        site = self.implied.get(key)
        if site is None:
            node = self.node()
            site = self.implied[key] = self.site(*place, NOWHERE, "iteration", (), (), node)
            self.subscribe(self.attribute(number, name), self.call, site)
        return self.sites[site][7]

    def _await(self, i: Instruction) -> None:
        if i[2] != NOWHERE:
            self.edge(i[2] + self.base, i[1] + self.base)
            self.subscribe(i[2] + self.base, self._awaited, (i[1] + self.base, self.gid))

    def _awaited(self, data: tuple[int, int], number: int) -> None:
        if number >= 0 and self.kinds[number] == INSTANCE:
            if self.classes.lookup(self.first[number], "__await__")[0] != NOWHERE:
                self._dunder_call(number, "__await__", (data[1], 0, 0), (), NOWHERE)

    def _enter(self, i: Instruction) -> None:
        if i[2] != NOWHERE:
            self.subscribe(i[2] + self.base, self._entered, (i[1] + self.base, self.gid, i[3], i[4], i[5]))

    def _entered(self, data: tuple[int, int, int, int, bool], number: int) -> None:
        target, gid, row, col, is_async = data
        if number < 0:
            return
        kind = self.kinds[number]
        if kind == CONTAINER:
            self.edge(self.elements(number), target)
        elif kind == EXT_INSTANCE:
            self.put(target, number)
        elif kind == INSTANCE:
            enter, leave = ("__aenter__", "__aexit__") if is_async else ("__enter__", "__exit__")
            for name, result in ((enter, target), (leave, NOWHERE)):
                slot, external = self.classes.lookup(self.first[number], name)
                if slot != NOWHERE:
                    site = self.site(gid, row, col, NOWHERE, "with", (), (), result)
                    self.subscribe(self.attribute(number, name), self.call, site)
                elif result != NOWHERE and external:
                    self.put(target, number)

    # Operators.

    def _dunder(self, i: Instruction) -> None:
        if i[2] == NOWHERE:
            return
        args = tuple(slot if slot == NOWHERE else slot + self.base for slot in i[4])
        data = (i[1] + self.base, i[3], args, self.gid, i[5], i[6])
        self.subscribe(i[2] + self.base, self._operated, data)

    def _operated(self, data: tuple[int, str, tuple[int, ...], int, int, int], number: int) -> None:
        target, name, args, gid, row, col = data
        if number < 0:
            return
        kind = self.kinds[number]
        if kind == INSTANCE:
            for each in _FALLBACKS.get(name, (name,)):
                if self.classes.lookup(self.first[number], each)[0] != NOWHERE:
                    self._dunder_call(number, each, (gid, row, col), args, target)
                    return
        elif kind in (CONTAINER, EXT_INSTANCE):
            if name == "__mul__":
                self.put(target, number)
            elif name in _CONCATENATIONS:
                self._concatenate(target, number, args, gid, row)

    def _concatenate(self, target: int, number: int, args: tuple[int, ...], gid: int, row: int) -> None:
        name = last_name(self.first[number])
        if name not in ("list", "tuple", "dict", "set", "frozenset"):
            return
        made = self.obj(CONTAINER, name, (gid, row, target))
        self.put(target, made)
        self.merge(made, number)
        for arg in args:
            if arg != NOWHERE:
                self.subscribe(arg, self.merge, made)

    def _dunder_call(
        self, number: int, name: str, place: tuple[int, int, int], args: tuple[int, ...], target: int
    ) -> None:
        key = (place, name, args, target)
        site = self.implied.get(key)
        if site is None:
            site = self.implied[key] = self.site(*place, NOWHERE, "dunder", args, (), target)
        if len(self.callees.get(site, ())) < IMPLICIT_FAN:
            self.subscribe(self.attribute(number, name), self.call, site)

    def _annotate(self, i: Instruction) -> None:
        """Annotations are weak hints: they are looked at once the values are known."""


_FALLBACKS = {"__str__": ("__str__", "__format__", "__repr__"), "__ne__": ("__ne__", "__eq__")}

_TABLE: list[Callable[[Flow, Instruction], None]] = [
    Flow._copy, Flow._func, Flow._class, Flow._const, Flow._display, Flow._elem, Flow._store_item, Flow._load_item,
    Flow._attr, Flow._set_attr, Flow._call, Flow._return, Flow._yield, Flow._raise, Flow._iter, Flow._await,
    Flow._enter, Flow._dunder, Flow._import, Flow._from, Flow._star, Flow._builtin, Flow._annotate, Flow._annotate,
    Flow._merge_keys, Flow._slice,
]  # fmt: skip

__all__ = ["BOUND", "MODULE", "Flow"]
