"""The call graph of a solved program, in the form that is handed out."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import chain
from operator import attrgetter

from leaklint.facts import NOWHERE, Op
from leaklint.project.linker.calls import LATE
from leaklint.project.linker.externals import COMMON_NAMES
from leaklint.project.linker.flow import Flow
from leaklint.project.linker.objects import Edge
from leaklint.project.linker.solve import BOUND, FUNCTION

_ATTR, _SET_ATTR, _STORE_ITEM = int(Op.ATTR), int(Op.SET_ATTR), int(Op.STORE_ITEM)

Call = tuple[int, int, int, int | str, str, str, int, int, int]
"""What an edge is made from."""

NAMESAKES = 5
"""A method name that more classes define than these tells nothing about an unknown receiver."""


class Edges:
    """All calls. `seen` gives the modules that a module imports, directly or not, as bits."""

    def __init__(self, flow: Flow, seen: Callable[[int], int]) -> None:
        self.flow = flow
        self.seen = seen
        self.unresolved = 0
        self._given: dict[Edge, dict[str, tuple[int, ...]]] = {}
        self._receivers: dict[int, dict[int, list[int]]] = {}
        self._origins = {derived: site for (site, _), derived in flow._derived.items()}
        self._reasons = {derived: why for (_, why), derived in flow._derived.items() if isinstance(why, tuple)}
        self._unknown: list[int] = []
        """Sites of the source that nothing is known to be called at."""
        self.outgoing: dict[int, list[Edge]] = defaultdict(list)
        self.incoming: dict[int, list[Edge]] = defaultdict(list)
        self.apart: dict[int, list[Edge]] = defaultdict(list) if flow.origins_of else self.incoming
        """The calls of functions and classes, copies told apart."""
        self._gather()
        place = attrgetter("row", "col")
        for edges in self.outgoing.values():
            edges.sort(key=place)
        self.all = [edge for _, edges in sorted(self.outgoing.items()) for edge in edges]
        for edge in self.all:
            callee = edge.callee
            if type(callee) is int:
                self.incoming[callee].append(edge)

    def _gather(self) -> None:
        """Note the calls between the scopes that are written, one of each kind at a place."""
        known: set[tuple[int, int, int, int | str, str]] = set()
        origins, apart, outgoing = self.flow.origins_of, self.apart, self.outgoing
        for call in chain(self._calls(), self._properties(), self._escapes(), self._by_name()):
            caller, row, col, callee, kind, how, block, site, offset = call
            edge = None
            if origins:
                if type(callee) is int:
                    edge = Edge(*call)
                    apart[callee].append(edge)
                    if callee in origins:
                        callee, edge = origins[callee], None
                if caller in origins:
                    caller, edge = origins[caller], None
            key = (caller, row, col, callee, kind)
            if key not in known:
                known.add(key)
                outgoing[caller].append(edge or Edge(caller, row, col, callee, kind, how, block, site, offset))

    @cached_property
    def fans(self) -> Counter[tuple[int, int, int, str, int]]:
        """The number of functions that each call may run, copies told apart; in `a().b()` two begin at one place."""
        scopes = self.flow.scopes
        return Counter(
            (edge.caller, edge.row, edge.col, edge.kind, self.origin(edge.site))
            for callee, edges in self.apart.items()
            if scopes[callee].kind != "class"
            for edge in edges
        )

    def origin(self, site: int) -> int:
        """The site that a derived one was made from."""
        while site in self._origins:
            site = self._origins[site]
        return site

    def argument_called(self, site: int) -> int:
        """The node of the argument that something external calls at a site."""
        why = self._reasons.get(site)
        return int(why[1]) if why is not None and why[0] == "callback" else NOWHERE

    def _calls(self) -> Iterator[Call]:
        callees_of = self.flow.callees
        for site, (caller, row, col, block, kind, _, _, _, node) in enumerate(self.flow.sites):
            callees = callees_of.get(site)
            if callees is None:
                if node != NOWHERE:
                    self._unknown.append(site)
                continue
            how = "exact" if len(callees) == 1 else "points-to"
            external = kind in ("call", "decorator")
            for callee, offset in callees.items():
                if external or type(callee) is int:
                    found, offset = ("annotation", offset - LATE) if offset >= LATE else (how, offset)
                    yield caller, row, col, callee, kind, found, block, site, offset

    def _escapes(self) -> Iterator[Call]:
        """Functions handed to something unknown."""
        flow = self.flow
        for site in sorted(flow.escaping):
            caller, row, col, block, _, args, keywords, _, _ = flow.sites[site]
            nodes = [arg for arg in args if not isinstance(arg, tuple)] + [node for _, node in keywords]
            for number in sorted({number for node in nodes if node != NOWHERE for number in flow.points[node] or ()}):
                inner = flow.second[number] if number >= 0 and flow.kinds[number] == BOUND else number
                if inner >= 0 and flow.kinds[inner] == FUNCTION:
                    yield caller, row, col, flow.first[inner], "callback", "name", block, site, 0

    # Properties.

    def _properties(self) -> Iterator[Call]:
        flow = self.flow
        getters: dict[str, dict[int, dict[int, str]]] = defaultdict(dict)
        for (number, name), node in flow._reads.items():
            if node in flow.getters:
                getters[name][number] = flow.getters[node]
        written = {name for _, name in flow.setters}
        for gid, base, i in flow.instructions(_ATTR):
            known = getters.get(i[3])
            if known is not None and i[2] != NOWHERE:
                held = flow.points[i[2] + base]
                if held is not None and not known.keys().isdisjoint(held):
                    yield from self._reads(known, gid, i[4], i[5], i[2] + base)
        for gid, base, i in flow.instructions(_SET_ATTR):
            if i[2] in written and i[1] != NOWHERE:
                yield from self._writes(gid, i[4], i[5], i[1] + base, i[2])
        for caller, row, col, node, name in flow.reads:
            if name in getters:
                yield from self._reads(getters[name], caller, row, col, node)

    def _reads(self, getters: dict[int, dict[int, str]], gid: int, row: int, col: int, node: int) -> Iterator[Call]:
        """The calls of the getters of one name that the objects of a node have."""
        found: dict[int, str] = {}
        for number in sorted(getters.keys() & (self.flow.points[node] or ())):
            found.update(getters[number])
        how = "exact" if len(found) == 1 else "points-to"
        for callee, kind in sorted(found.items()):
            yield gid, row, col, callee, kind, how, NOWHERE, NOWHERE, 1

    def _writes(self, gid: int, row: int, col: int, node: int, name: str) -> Iterator[Call]:
        found: set[int] = set()
        for number in self.flow.points[node] or ():
            found |= self.flow.setters.get((number, name), set())
        for callee in sorted(found):
            yield gid, row, col, callee, "property", "points-to", NOWHERE, NOWHERE, 1

    # Unknown receivers.

    @cached_property
    def _methods(self) -> dict[str, list[int]]:
        flow = self.flow
        out: dict[str, list[int]] = defaultdict(list)
        for gid, scope in enumerate(flow.scopes):
            if gid < flow.written and scope.kind == "function" and flow.scopes[flow.parent(gid)].kind == "class":
                out[scope.name].append(gid)
        return out

    def _by_name(self) -> Iterator[Call]:
        """Calls of a method on something unknown: the few methods of that name that the caller's imports reach."""
        flow = self.flow
        called = {self.origin(site) for site in self._origins if site in flow.callees}
        copied = set(flow.origins_of.values())
        attributes: dict[int, dict[int, str]] = {}
        for site in self._unknown:
            caller, row, col, block, _, _, _, _, callee = flow.sites[site]
            if site in called or site in self._origins or caller in copied:
                continue
            self.unresolved += 1
            names = attributes.get(caller)
            if names is None:
                names = attributes[caller] = self._attribute_names(caller)
            name = names.get(callee, "")
            if not name or name in COMMON_NAMES or name.startswith("__"):
                continue
            methods = self._methods.get(name, ())
            if 0 < len(methods) <= NAMESAKES:
                visible = self.seen(flow.scope_module[caller])
                for gid in methods:
                    if visible >> flow.scope_module[gid] & 1:
                        yield caller, row, col, gid, "name", "name", block, site, 1

    def _attribute_names(self, gid: int) -> dict[int, str]:
        base = self.flow.modules[self.flow.scope_module[gid]].slot_base
        return {i[1] + base: i[3] for i in self.flow.scopes[gid].code if i[0] == _ATTR}

    # Arguments.

    def arguments(self, edge: Edge) -> dict[str, tuple[int, ...]]:
        """The slots that a call gives for each parameter of its callee."""
        known = self._given.get(edge)
        if known is None:
            known = self._given[edge] = self._arguments(edge)
        return known

    def _arguments(self, edge: Edge) -> dict[str, tuple[int, ...]]:
        flow = self.flow
        if edge.site == NOWHERE or isinstance(edge.callee, str):
            return {}
        gid = self._initialiser(edge.callee) if flow.scopes[edge.callee].kind == "class" else edge.callee
        if gid is None:
            return self._generated(edge.callee, edge.site)
        out: dict[str, list[int]] = {}
        params = flow.scopes[gid].params
        positional = [each for each in params if each.kind in ("positional", "positional-only")]
        rest = next((each.name for each in params if each.kind == "vararg"), "")
        named = {each.name for each in params if each.kind in ("positional", "keyword-only")}
        others = next((each.name for each in params if each.kind == "kwarg"), "")
        keywords = flow.sites[edge.site][6]
        if edge.offset and positional:
            self._receiver(edge, positional[0].name, out)
        for position, arg in enumerate(self._spread(edge.site), edge.offset):
            if isinstance(arg, tuple):
                break
            name = positional[position].name if position < len(positional) else rest
            self._give(out, name, arg)
        for word, node in keywords:
            if word is not None:
                self._give(out, word if word in named else others, node)
        return {name: tuple(slots) for name, slots in out.items()}

    def _generated(self, cls: int, site: int) -> dict[str, tuple[int, ...]]:
        """The slots that a call gives for the annotated fields of a class with a generated initialiser."""
        names = self.flow.annotated_fields(cls)
        args, keywords = self.flow.sites[site][5:7]
        out: dict[str, list[int]] = {}
        for name, arg in zip(names, args):
            if isinstance(arg, tuple):
                break
            self._give(out, name, arg)
        for word, node in keywords:
            if word is not None and word in names:
                self._give(out, word, node)
        return {name: tuple(slots) for name, slots in out.items()}

    def _spread(self, site: int) -> Iterator[int | tuple[str, int]]:
        """The positional arguments of a site, a display written there spread: `Thread(target=f, args=(a, b))`."""
        caller, args = self.flow.sites[site][0], self.flow.sites[site][5]
        for arg in args:
            if isinstance(arg, tuple):
                yield from self._displayed(caller, arg[1])
            yield arg

    def _displayed(self, caller: int, node: int) -> Iterator[int]:
        """The slots of the elements of a tuple or list that a scope writes, as far as their places are known."""
        base = self.flow.modules[self.flow.scope_module[caller]].slot_base
        elements = {i[2]: i[3] for i in self.flow.scopes[caller].code if i[0] == _STORE_ITEM and i[1] + base == node}
        for number in range(max((key for key in elements if isinstance(key, int)), default=-1) + 1):
            yield elements[number] + base if number in elements else NOWHERE

    def _give(self, out: dict[str, list[int]], name: str, node: int) -> None:
        node = self.flow.originals.get(node, node)
        if name and 0 <= node < self.flow.slots:
            out.setdefault(name, []).append(node)

    def _initialiser(self, cls: int) -> int | None:
        slot, _ = self.flow.classes.lookup(cls, "__init__")
        for number in sorted(self.flow.points[slot] or ()) if slot != NOWHERE else ():
            if number >= 0 and self.flow.kinds[number] == FUNCTION:
                return int(self.flow.first[number])
        return None

    def _receiver(self, edge: Edge, name: str, out: dict[str, list[int]]) -> None:
        """The slot before the dot of a method call."""
        caller, callee = self.flow.sites[edge.site][0], self.flow.sites[edge.site][8]
        if edge.kind not in ("call", "name") or callee == NOWHERE:
            return
        receivers = self._receivers.get(caller)
        if receivers is None:
            base = self.flow.modules[self.flow.scope_module[caller]].slot_base
            receivers = self._receivers[caller] = {}
            for i in self.flow.scopes[caller].code:
                if i[0] == _ATTR and i[2] != NOWHERE:
                    receivers.setdefault(i[1] + base, []).append(i[2] + base)
        for receiver in receivers.get(callee, ()):
            self._give(out, name, receiver)
