"""Functions that are handed on as arguments: which call of a runner gave it the function that it calls.

`run(f)` calls whatever it is given. A chain that came from one function through `run` goes on only to calls of `run`
that may have given that function, along parameters that are handed on in turn.
"""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import NamedTuple

from leaklint.facts import NOWHERE, Op
from leaklint.project.linker.edges import Edges
from leaklint.project.linker.flow import Flow
from leaklint.project.linker.objects import Edge
from leaklint.project.linker.solve import BOUND, CLASS, EXTERNAL, FUNCTION, INSTANCE, MODULE, PARTIAL, SUPER

_ATTR, _COPY, _CALL = int(Op.ATTR), int(Op.COPY), int(Op.CALL)
_TAKES = frozenset({int(Op.LOAD_ITEM), int(Op.ITER)})

NEEDS = 3
"""So many methods of one parameter are asked for, those nearest to the caller."""


class Given(NamedTuple):
    """A parameter, by its function and name, that was given a function, or an object with methods: `needs`.

    A need is a function and the method's name, '' where the parameter itself is called. Where the call has so many
    callees that it `must` be told whose it is, a chain ends where that can't be followed.
    """

    owner: int
    name: str
    needs: tuple[tuple[int, str], ...]
    must: bool = False


class Handed:
    """Parameters that are called, or whose methods are. Scopes are told apart where there are copies."""

    def __init__(self, flow: Flow, edges: Edges) -> None:
        self.flow = flow
        self.edges = edges
        self._has = lru_cache(maxsize=None)(self._has_uncached)
        self._declared = lru_cache(maxsize=None)(self._declared_uncached)
        self._bases: dict[int, dict[int, tuple[int, str]]] = {}
        self._taken: dict[int, frozenset[int]] = {}
        self._sources: dict[int, dict[int, list[int]]] = {}

    def step(self, edge: Edge, given: Given | None, must: bool) -> tuple[bool, Given | None]:
        """Whether a chain that continues at the callee may come from the caller, and what has to hold there.

        `must`: the call has too many callees to be passed without knowing whose it is.
        """
        handed = None
        if given is not None and edge.callee == given.owner:
            is_given, handed = self._give(edge, given)
            if not is_given:
                return False, None
        elif given is not None:
            if self._inside(edge.caller, given.owner):
                return True, given
            if given.must:
                return False, None
        called = self._receives(edge)
        if called is None:
            return not must, handed
        called = called._replace(must=must)
        if handed is None or handed[:2] != called[:2]:
            return True, handed if handed is not None and not must else called
        needs = tuple(dict.fromkeys((*called.needs, *handed.needs)))[:NEEDS]
        return True, Given(called.owner, called.name, needs, called.must or handed.must)

    def _receives(self, edge: Edge) -> Given | None:
        """The parameter that is called here, or whose method is."""
        node = self._called(edge)
        if node == NOWHERE or isinstance(edge.callee, str):
            return None
        base, method = self._bases_of(edge.caller).get(node, (node, ""))
        if self._is_super(base) or (method and not self._is_member(edge.callee, base, method)):
            return None
        return self._parameter(edge, base, ((edge.callee, method),))

    def _is_member(self, function: int, base: int, method: str) -> bool:
        """Whether a function is a method of what a node holds: what objects keep in attributes is one for all."""
        classes = self.flow.classes
        return any(
            self._is(each, function)
            for number in self._at(base)
            if number >= 0 and self.flow.kinds[number] in (INSTANCE, CLASS)
            for each in self._at(classes.lookup(self.flow.first[number], method)[0])
        )

    def _give(self, edge: Edge, given: Given) -> tuple[bool, Given | None]:
        """Whether a call of the parameter's owner gives what is needed, and which parameter that may come from."""
        nodes = self._nodes(edge, given.name)
        if nodes is None:
            return not given.must, None
        nodes = [node for node in nodes if self._holds(node, given.needs)]
        if not nodes:
            return False, None
        found = self._parameter(edge, nodes[0], given.needs)
        return True, None if found is None else found._replace(must=given.must)

    def _called(self, edge: Edge) -> int:
        """The node of what is called: the callee's, or the argument that something external calls."""
        if edge.site == NOWHERE:
            return NOWHERE
        if edge.kind == "callback":
            return self.edges.argument_called(edge.site)
        return int(self.flow.sites[edge.site][8])

    def _bases_of(self, gid: int) -> dict[int, tuple[int, str]]:
        """For each attribute that a scope reads, the node of the object and the attribute's name."""
        known = self._bases.get(gid)
        if known is None:
            base = self.flow.modules[self.flow.scope_module[gid]].slot_base
            code = self.flow.scopes[gid].code
            known = self._bases[gid] = {i[1] + base: (i[2] + base, i[3]) for i in code if i[0] == _ATTR and i[2] >= 0}
        return known

    @cached_property
    def _parameters(self) -> dict[int, tuple[int, str]]:
        flow = self.flow
        out: dict[int, tuple[int, str]] = {}
        for gid, scope in enumerate(flow.scopes):
            base = flow.modules[flow.scope_module[gid]].slot_base
            for param in scope.params:
                if param.kind not in ("vararg", "kwarg"):
                    out[param.slot + base] = gid, param.name
                    alias = flow.aliases.get(param.slot + base)
                    if alias is not None:
                        out[alias] = gid, param.name
        return out

    def _parameter(self, edge: Edge, node: int, needs: tuple[tuple[int, str], ...]) -> Given | None:
        """The parameter that a node is; the first one of a method where it is what `super()` gives."""
        found = next(
            (self._parameters[each] for each in self._origins(edge.caller, node) if each in self._parameters), None
        )
        if found is None and self._is_super(node):
            params = self.flow.scopes[edge.caller].params
            found = (edge.caller, params[0].name) if params else None
        return None if found is None else Given(*found, needs)

    def _origins(self, gid: int, node: int) -> list[int]:
        """A node and those that its value was copied from within a scope, `partial` of them included."""
        sources = self._sources.get(gid)
        if sources is None:
            base = self.flow.modules[self.flow.scope_module[gid]].slot_base
            sources = self._sources[gid] = {}
            for i in self.flow.scopes[gid].code:
                if i[0] == _COPY:
                    sources.setdefault(i[1] + base, []).append(i[2] + base)
                elif i[0] == _CALL and i[3] and isinstance(i[3][0], int) and self._is_partial(i[2] + base):
                    sources.setdefault(i[1] + base, []).append(i[3][0] + base)
        out = [node]
        for each in out:
            out += [source for source in sources.get(each, ()) if source not in out]
        return out

    def _is_partial(self, node: int) -> bool:
        kinds, first = self.flow.kinds, self.flow.first
        return any(
            number >= 0 and kinds[number] == EXTERNAL and str(first[number]).startswith("functools.partial")
            for number in self._at(node)
        )

    def _is_super(self, node: int) -> bool:
        return any(number >= 0 and self.flow.kinds[number] == SUPER for number in self._at(node))

    def _at(self, node: int) -> frozenset[int]:
        return (self.flow.points[node] or frozenset()) if node != NOWHERE else frozenset()

    def is_patched(self, edge: Edge) -> bool:
        """Whether what is called was put into another library: `sys.stdout.write` is somebody's only for a time."""
        node = self._called(edge)
        bases = self._bases_of(edge.caller)
        while node in bases:
            node = bases[node][0]
            if any(number >= 0 and self.flow.kinds[number] == EXTERNAL for number in self._at(node)):
                return True
        return False

    def is_contradicted(self, edge: Edge) -> bool:
        """Whether the annotation of the parameter whose method is called rules the method's class out."""
        base, method = self._bases_of(edge.caller).get(self._called(edge), (NOWHERE, ""))
        if not method or isinstance(edge.callee, str):
            return False
        cls = self.flow.parent(self.flow.origin(edge.callee))
        if cls == NOWHERE or self.flow.scopes[cls].kind != "class":
            return False
        found = [self._parameters[each] for each in self._origins(edge.caller, base) if each in self._parameters]
        return any(fits is not None and cls not in fits for fits in (self._declared(*each) for each in found))

    def _declared_uncached(self, gid: int, name: str) -> frozenset[int] | None:
        """The classes whose methods an object has that a parameter's annotation names; None where it names none."""
        flow = self.flow
        text = next((each.annotation for each in flow.scopes[gid].params if each.name == name), "")
        word = text.strip("\"' ").removeprefix("Optional[").removesuffix("]").removesuffix(" | None")
        at, slot = gid, None
        while word.isidentifier() and at != NOWHERE and slot is None:
            slot = flow.imports.scope_names.get(at, {}).get(word)
            at = flow.parent(at)
        named = [flow.first[each] for each in self._at(slot) if each >= 0] if slot is not None else []
        if len(named) != 1 or flow.kinds[next(iter(self._at(slot or 0)))] != CLASS:
            return None
        waiting, out = [int(named[0])], set[int]()
        for cls in waiting:
            mro = flow.classes.mro(cls)
            if any(isinstance(base, str) and base.endswith("Protocol") for base in mro):
                return None
            out.update(base for base in mro if isinstance(base, int))
            waiting += [each for each in sorted(flow.classes.children.get(cls, ())) if each not in waiting]
        return frozenset(out)

    def _inside(self, gid: int, owner: int) -> bool:
        while gid != NOWHERE:
            if gid == owner:
                return True
            gid = self.flow.parent(gid)
        return False

    def _nodes(self, edge: Edge, name: str) -> list[int] | None:
        """What a call gives for a parameter, its default included; None where that can't be told."""
        if edge.site == NOWHERE or edge.kind not in ("call", "decorator", "callback") or isinstance(edge.callee, str):
            return None
        args, keywords = self.flow.sites[edge.site][5:7]
        params = self.flow.scopes[edge.callee].params
        positional = [each.name for each in params if each.kind in ("positional", "positional-only")]
        if edge.offset and positional[:1] == [name]:
            return self._receiver(edge)
        for position, arg in enumerate(args, edge.offset):
            if isinstance(arg, tuple):
                return None
            if positional[position : position + 1] == [name]:
                return [arg] if arg != NOWHERE else []
        given = [node for word, node in keywords if word == name]
        if given:
            return [node for node in given if node != NOWHERE]
        if edge.kind == "callback" or any(word is None for word, _ in keywords):
            return None
        base = self.flow.modules[self.flow.scope_module[edge.callee]].slot_base
        return [each.default + base for each in params if each.name == name and each.default != NOWHERE]

    def _receiver(self, edge: Edge) -> list[int] | None:
        """The node before the dot; the class where one is called."""
        node = self._called(edge)
        if node == NOWHERE:
            return None
        if any(number >= 0 and self.flow.kinds[number] == CLASS for number in self._at(node)):
            return [node]
        base, _ = self._bases_of(edge.caller).get(node, (NOWHERE, ""))
        return [node if base == NOWHERE else base]

    def _holds(self, node: int, needs: tuple[tuple[int, str], ...]) -> bool:
        return any(
            all(self._has(number, *need) if need[1] else self._is(number, need[0]) for need in needs)
            for number in self._at(node)
            if number >= 0
        )

    def _has_uncached(self, number: int, function: int, method: str) -> bool:
        """Whether a method of an object is the function."""
        flow = self.flow
        kind = flow.kinds[number]
        if kind in (SUPER, BOUND):
            return self._has(flow.second[number] if kind == SUPER else flow.first[number], function, method)
        if any(self._is(each, function) for node in self._stored(number, method) for each in self._at(node)):
            return True
        if kind not in (INSTANCE, CLASS):
            return kind in (MODULE, FUNCTION)
        slot, where = flow.classes.lookup(flow.first[number], method)
        if slot == NOWHERE:
            return bool(where)
        return where == flow.parent(flow.origin(function)) or any(self._is(each, function) for each in self._at(slot))

    def _stored(self, number: int, name: str) -> list[int]:
        """The nodes of an attribute of that name that objects have in their own right."""
        flow = self.flow
        objects = [number]
        if flow.kinds[number] == INSTANCE:
            mro = flow.classes.mro(flow.first[number])
            objects += [flow.obj(INSTANCE, base) for base in mro[1:] if isinstance(base, int)]
        return [flow.fields[each, name] for each in objects if (each, name) in flow.fields]

    def is_dispatch(self, edge: Edge) -> bool:
        """Whether what is called, or whose method is, is taken from a collection: a registry of handlers."""
        node = self._called(edge)
        if node == NOWHERE:
            return False
        base, _ = self._bases_of(edge.caller).get(node, (node, ""))
        return base in self._taken_in(edge.caller)

    def _taken_in(self, gid: int) -> frozenset[int]:
        """The nodes of a scope that hold elements of collections."""
        known = self._taken.get(gid)
        if known is None:
            offset = self.flow.modules[self.flow.scope_module[gid]].slot_base
            taken: set[int] = set()
            for i in self.flow.scopes[gid].code:
                if i[0] in _TAKES or (i[0] == _COPY and i[2] in taken):
                    taken.add(i[1])
            known = self._taken[gid] = frozenset(slot + offset for slot in taken)
        return known

    def _is(self, number: int, function: int) -> bool:
        """Whether a call of an object runs a function."""
        if number < 0:
            return False
        flow = self.flow
        kind, first = flow.kinds[number], flow.first[number]
        if kind == FUNCTION:
            return bool(first == function or flow.origin(function) == first)
        if kind == BOUND:
            return self._is(flow.second[number], function)
        if kind == PARTIAL:
            return self._is(first, function)
        return kind in (CLASS, INSTANCE) and (first == function or flow.parent(function) in flow.classes.mro(first))
