"""Functions that return closures, copied for each place that calls them.

A decorator's wrapper is written once and stands for many functions. Taken as one object, what it calls is every
function that was ever decorated, and all of them seem to call each other. So a call that makes a closure, at a
decorator, in the body of a module or class, or in such a copy, has a copy of its callee's scopes: own slots, own
results, own functions. What is handed out speaks of the written scopes and slots alone; `origin` leads there.

This is call-site sensitivity for the functions where it matters (Shivers' 1-CFA), bounded by DEPTH, SIZE and SHARE.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import msgspec

from leaklint.facts import NOWHERE, Instruction, ModuleFacts, Op, Param, Scope
from leaklint.project.linker.flow import Flow
from leaklint.project.linker.objects import Module

DEPTH = 3
"""Copies within copies."""

SIZE = 400
"""A function of more instructions, with all that is nested in it, is never copied."""

SHARE = 4
LEAST = 4000
"""All copies together have at most a fourth of the program's instructions, but LEAST in any case."""

_CALL, _DUNDER, _FUNC, _CLASS, _STAR = int(Op.CALL), int(Op.DUNDER), int(Op.FUNC), int(Op.CLASS), int(Op.STAR)

_SLOTS: dict[int, tuple[int, ...]] = {
    **{int(op): (1,) for op in Op},
    **dict.fromkeys(map(int, (Op.COPY, Op.ELEM, Op.ATTR, Op.CALL, Op.ITER, Op.AWAIT, Op.ENTER, Op.DUNDER,
                              Op.MERGE_KEYS, Op.SLICE)), (1, 2)),
    int(Op.STORE_ITEM): (1, 3, 4), int(Op.LOAD_ITEM): (1, 2, 6), int(Op.SET_ATTR): (1, 3), _STAR: (),
}  # fmt: skip
"""For each opcode, the operands that are slots."""

_TARGETS = frozenset(
    map(int, (Op.COPY, Op.FUNC, Op.CLASS, Op.CONST, Op.NEW, Op.LOAD_ITEM, Op.ATTR, Op.CALL, Op.ITER, Op.AWAIT,
              Op.ENTER, Op.DUNDER, Op.IMPORT, Op.FROM, Op.BUILTIN, Op.SLICE))
)  # fmt: skip
"""Opcodes whose first operand is written."""

Code = list[tuple[Instruction, ...]]


class Plan(NamedTuple):
    """What a copy of a function consists of: its scopes, outermost first, and the slots that are theirs."""

    scopes: tuple[int, ...]
    slots: tuple[int, ...]
    size: int


def makers(facts: ModuleFacts) -> Iterator[int]:
    """The functions of a file with functions inside, and no classes."""
    inner: dict[int, set[str]] = {}
    for scope in facts.scopes:
        at = scope.parent
        while at != NOWHERE and facts.scopes[at].kind in ("function", "lambda"):
            inner.setdefault(at, set()).add(scope.kind)
            at = facts.scopes[at].parent
    for number, kinds in sorted(inner.items()):
        if "class" not in kinds and facts.scopes[number].kind == "function":
            yield number


def _owned(scope: Scope, code: Iterable[Instruction]) -> set[int]:
    return {i[1] for i in code if i[0] in _TARGETS and i[1] != NOWHERE} | {param.slot for param in scope.params}


def _read(code: Iterable[Instruction]) -> set[int]:
    out: set[int] = set()
    for i in code:
        out.update(i[position] for position in _SLOTS[i[0]] if position < len(i))
        if i[0] in (_CALL, _DUNDER):
            out.update(arg if isinstance(arg, int) else arg[1] for arg in i[3 if i[0] == _CALL else 4])
            out.update(slot for _, slot in (i[4] if i[0] == _CALL else ()))
    return out


def renumbered(i: Instruction, slots: dict[int, int], scopes: dict[int, int]) -> Instruction:
    """An instruction with other slots and scopes."""
    out: list[Any] = list(i)
    for position in _SLOTS[i[0]]:
        if position < len(out):
            out[position] = slots.get(out[position], out[position])
    if i[0] == _FUNC:
        out[2] = scopes.get(i[2], i[2])
    elif i[0] in (_CALL, _DUNDER):
        where = 3 if i[0] == _CALL else 4
        out[where] = tuple(
            slots.get(arg, arg) if isinstance(arg, int) else ("*", slots.get(arg[1], arg[1])) for arg in i[where]
        )
        if i[0] == _CALL:
            out[4] = tuple((name, slots.get(slot, slot)) for name, slot in i[4])
    return tuple(out)


class Copies(Flow):
    """The flow of a program whose closures are told apart by where they are made."""

    __slots__ = ("_codes", "_copied", "_decorators", "_depth", "_left", "_plans", "_ranges")

    def prepare(self, codes: list[Code]) -> None:
        """Take the code of all modules, as it is read."""
        self._codes = codes
        self._plans: dict[int, Plan | None] = {}
        self._copied: dict[tuple[int, int], int] = {}
        self._depth: dict[int, int] = {}
        self._decorators: set[int] = set()
        self._ranges: dict[int, tuple[int, int]] = {}
        self._left = max(LEAST, sum(len(each) for code in codes for each in code) // SHARE)
        for module in self.modules:
            self.makers.update(module.scope_base + number for number in makers(module.facts))
            for scope in module.facts.scopes:
                self._decorators.update(each.slot + module.slot_base for each in scope.decorators)

    def separate(self, site: int, gid: int) -> int:
        """The copy of a function for a site; the function itself where the site has none of its own."""
        known = self._copied.get((site, gid))
        if known is not None:
            return known
        caller, _, _, _, kind, _, _, target, _ = self.sites[site]
        depth = self._depth.get(caller, 0)
        if depth >= DEPTH:
            return gid
        if not depth and kind != "decorator" and target not in self._decorators:
            if self.scopes[caller].kind not in ("module", "class"):
                return gid
        if gid not in self._plans:
            self._plans[gid] = self._plan(gid)
        how = self._plans[gid]
        if how is None:
            return gid
        if how.size > self._left:
            self.stats["copies"] += 1
            return gid
        self._left -= how.size
        known = self._copied[site, gid] = self._copied_as(how, depth + 1)
        return known

    def read(self, module: Module, number: int, code: tuple[Instruction, ...]) -> None:
        """Take in the instructions of a scope."""
        first = len(self.sites)
        super().read(module, number, code)
        self._ranges[module.scope_base + number] = first, len(self.sites)

    def finish(self) -> None:
        """Find the written site of every copied one."""
        known: dict[int, dict[int, int]] = {}
        for gid, written in sorted(self.origins_of.items()):
            base = self.modules[self.scope_module[gid]].slot_base
            sites = known.get(written)
            if sites is None:
                sites = known[written] = {self.sites[n][7]: n for n in range(*self._ranges[written])}
            for site in range(*self._ranges[gid]):
                if self.sites[site][0] == gid:
                    target = self.former.get(self.sites[site][7], NOWHERE) + base
                    self.site_origins[site] = sites.get(target, site)

    def _plan(self, gid: int) -> Plan | None:
        """How to copy a function; None where it is large, or nothing inside uses what is its own."""
        module = self.modules[self.scope_module[gid]]
        inside, end = [gid], len(self.scopes) if gid >= self.written else module.scope_base + len(module.facts.scopes)
        for each in range(gid + 1, end):
            if self.scope_module[each] == module.index and self.parent(each) in inside:
                inside.append(each)
        codes = [self._code(each) for each in inside]
        size = sum(map(len, codes))
        if size > SIZE:
            return None
        written = {self.origin(each) - module.scope_base for each in inside}
        foreign = {variable.slot for variable in module.facts.variables if variable.scope not in written}
        owned: list[set[int]] = []
        for each, code in zip(inside, codes):
            found = _owned(self.scopes[each], code)
            owned.append({s for s in found if self.former.get(s + module.slot_base, s) not in foreign})
        if not any(_read(code) & owned[0].union(*owned) - own for code, own in zip(codes[1:], owned[1:])):
            return None
        return Plan(tuple(inside), tuple(sorted(owned[0].union(*owned))), size)

    def _code(self, gid: int) -> tuple[Instruction, ...]:
        if gid >= self.written:
            return self.scopes[gid].code
        module = self.modules[self.scope_module[gid]]
        return self._codes[module.index][gid - module.scope_base]

    def _copied_as(self, how: Plan, depth: int) -> int:
        module = self.modules[self.scope_module[how.scopes[0]]]
        base, scope_base = module.slot_base, module.scope_base
        first = len(self.scopes)
        scopes = {gid - scope_base: first + index - scope_base for index, gid in enumerate(how.scopes)}
        slots = {slot: node - base for slot, node in zip(how.slots, self.nodes(len(how.slots)))}
        for slot, new in slots.items():
            written = self.former[new + base] = self.former.get(slot + base, slot)
            self.originals[new + base] = self.originals.get(slot + base, slot + base)
            self.slot_copies.setdefault(written + base, []).append(new + base)
        for gid in how.scopes:
            copy = self._announce(module, gid, slots, scopes)
            self._depth[copy] = depth
            if gid != how.scopes[0] and gid in self.makers:
                self.makers.add(copy)
        reading = self.module, self.gid, self.base, self.block_base, self.defined, self.code, self.called
        for copy in range(first, first + len(how.scopes)):
            self.read(module, copy - scope_base, self.scopes[copy].code)
            self.defaults(copy)
        self.module, self.gid, self.base, self.block_base, self.defined, self.code, self.called = reading
        return first

    def _announce(self, module: Module, gid: int, slots: dict[int, int], scopes: dict[int, int]) -> int:
        """A new scope like a known one, with other slots."""
        base, scope, copy = module.slot_base, self.scopes[gid], len(self.scopes)
        code = tuple(renumbered(i, slots, scopes) for i in self._code(gid))
        params = tuple(self._param(param, slots) for param in scope.params)
        parent = scopes.get(scope.parent, scope.parent)
        self.scopes.append(msgspec.structs.replace(scope, parent=parent, params=params, code=code))
        self.scope_module.append(module.index)
        self.origins_of[copy] = self.origin(gid)
        self.results_of[copy] = self.node()
        for param in scope.params:
            if param.slot + base in self.aliases:
                alias = self.aliases[param.slot + base] - base
                self.aliases[slots[param.slot] + base] = slots.get(alias, alias) + base
        if gid in self.passed:
            self.passed[copy] = frozenset(slots.get(slot - base, slot - base) + base for slot in self.passed[gid])
        return copy

    @staticmethod
    def _param(param: Param, slots: dict[int, int]) -> Param:
        return msgspec.structs.replace(
            param, slot=slots.get(param.slot, param.slot), default=slots.get(param.default, param.default)
        )
