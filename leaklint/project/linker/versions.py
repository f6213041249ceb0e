"""Strong updates: a name that is bound again in straight-line code no longer holds what it held.

Within a scope, a binding outside every branch and loop starts a new version of its variable: what
follows in the scope reads and writes the new one. The variable's own slot takes all versions and
is what other scopes see.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from leaklint.facts import NOWHERE, Instruction, ModuleFacts, Op

_COPY, _CALL, _DUNDER, _FROM, _IMPORT = map(int, (Op.COPY, Op.CALL, Op.DUNDER, Op.FROM, Op.IMPORT))
_LOAD_ITEM, _STORE_ITEM, _SLICE, _NEW, _ATTR = map(int, (Op.LOAD_ITEM, Op.STORE_ITEM, Op.SLICE, Op.NEW, Op.ATTR))
_QUIET = frozenset(map(int, (Op.COPY, Op.CONST, Op.FUNC, Op.BUILTIN, Op.ANNOTATE)))
"""Instructions that read no element of a container."""

_BINDING = frozenset({_COPY, _FROM, _IMPORT})

_READS: dict[int, tuple[int, ...]] = {
    int(Op.COPY): (2,), int(Op.ELEM): (1, 2), int(Op.STORE_ITEM): (1, 3, 4), int(Op.LOAD_ITEM): (2, 6),
    int(Op.ATTR): (2,), int(Op.SET_ATTR): (1, 3), int(Op.CALL): (2,), int(Op.RETURN): (1,), int(Op.YIELD): (1,),
    int(Op.RAISE): (1,), int(Op.ITER): (2,), int(Op.AWAIT): (2,), int(Op.ENTER): (2,), int(Op.DUNDER): (2,),
    int(Op.ANNOTATE_ATTR): (1,), int(Op.MERGE_KEYS): (1, 2), _SLICE: (2,),
}  # fmt: skip
"""For each opcode, the operands that are slots it reads, other than the arguments of calls."""

_NAMES: dict[int, tuple[int, ...]] = {**_READS, _COPY: (1, 2), _FROM: (1,), _IMPORT: (1,)}
"""The same with the names that statements bind."""


def strong_bindings(facts: ModuleFacts) -> dict[int, dict[int, int]]:
    """For each scope: the steps of unconditional bindings of names, with the slot that is bound."""
    out: dict[int, dict[int, int]] = {}
    for use in facts.uses:
        if use.kind == "bind" and use.block == NOWHERE and not use.attr and use.op in ("=", "unpack"):
            out.setdefault(use.scope, {})[use.step - 1] = use.base
    return out


def item_stores(facts: ModuleFacts) -> dict[int, set[int]]:
    """For each scope: the steps of unconditional `x[key] = value` and `x.update(...)`."""
    out: dict[int, set[int]] = {}
    for use in facts.uses:
        if use.kind == "grow" and use.block == NOWHERE and use.op in ("[]=", "update"):
            out.setdefault(use.scope, set()).add(use.step)
    return out


def without_overwritten(code: tuple[Instruction, ...], stores: set[int]) -> tuple[Instruction, ...]:
    """Drop what a display puts under a key that is stored again before anything could have read it.

    An instruction takes the place of a dropped one, so that the steps stay what they are.
    """
    inside: dict[int, dict[object, int]] = {}
    called: dict[int, int] = {}
    dropped: list[int] = []
    for step, i in enumerate(code):
        op = i[0]
        if op == _NEW:
            inside[i[1]] = {}
        elif op == _COPY and i[2] in inside:
            inside[i[1]] = inside[i[2]]
        elif op == _STORE_ITEM:
            items = inside.get(i[1])
            if items is not None and step in stores and i[2] in items:
                dropped.append(items[i[2]])
            if items is not None and i[2] is not None:
                items[i[2]] = step
        elif op == _LOAD_ITEM and i[2] in inside:
            source = code[inside[i[2]].get(i[3], step)][3]
            if isinstance(source, int) and source in inside:
                inside[i[1]] = inside[source]
        elif (op, i[3:4]) == (_ATTR, ("update",)) and i[2] in inside:
            called[i[1]] = i[2]
        elif op == _CALL and i[2] in called and step in stores and len(i[3]) == 1 and i[3][0] in inside:
            items, new = inside[called[i[2]]], inside[i[3][0]]
            dropped.extend(items[key] for key in new if key in items)
        elif op not in _QUIET:
            inside.clear()
            called.clear()
    if not dropped:
        return code
    nothing = (_COPY, NOWHERE, NOWHERE)
    gone = set(dropped)
    return tuple(nothing if step in gone else i for step, i in enumerate(code))


class Versions:
    """Rewrites the code of scopes that bind a name more than once. `fresh` makes a slot of the module."""

    def __init__(self, facts: ModuleFacts, first_free: int) -> None:
        self.facts = facts
        self.next = first_free
        self.strong = strong_bindings(facts)
        self.stores = item_stores(facts)
        self.aliases: dict[int, int] = {}
        """Parameters that are bound again: the slot that takes the arguments."""
        self.originals: dict[int, int] = {}
        """For each version, the variable."""

    def code(self, number: int) -> tuple[Instruction, ...]:
        """The code of a scope, with versions where they help."""
        scope = self.facts.scopes[number]
        code = scope.code
        stores = self.stores.get(number)
        if stores:
            code = without_overwritten(code, stores)
        strong = self.strong.get(number)
        if not strong:
            return code
        bound = [i[1] for i in code if i[0] in _BINDING]
        params = {param.slot for param in scope.params}
        if len(set(bound)) == len(bound) and params.isdisjoint(bound):
            return code
        writes: Counter[int] = Counter(bound)
        writes.update(params)
        split = {slot for step, slot in strong.items() if writes[slot] > 1 and self._is_copy(code, step, slot)}
        return self._rewrite(code, strong, split, params) if split else code

    @staticmethod
    def _is_copy(code: tuple[Instruction, ...], step: int, slot: int) -> bool:
        return 0 <= step < len(code) and code[step][0] == _COPY and code[step][1] == slot

    def _fresh(self, slot: int) -> int:
        self.originals[self.next] = slot
        self.next += 1
        return self.next - 1

    def _rewrite(
        self, code: tuple[Instruction, ...], strong: dict[int, int], split: set[int], params: set[int]
    ) -> tuple[Instruction, ...]:
        current: dict[int, int] = {}
        out: list[Instruction] = []
        for slot in sorted(split):
            current[slot] = self._fresh(slot)
            out.append((_COPY, slot, current[slot]))
            if slot in params:
                self.aliases[slot] = current[slot]
        for step, instruction in enumerate(code):
            if strong.get(step) in split and self._is_copy(code, step, strong[step]):
                slot = strong[step]
                source = current.get(instruction[2], instruction[2])
                current[slot] = self._fresh(slot)
                out.append((_COPY, current[slot], source))
                out.append((_COPY, slot, current[slot]))
            else:
                out.append(self._renamed(instruction, current))
        return tuple(out)

    @staticmethod
    def _renamed(instruction: Instruction, current: dict[int, int]) -> Instruction:
        op = instruction[0]
        changed: list[Any] | None = None
        for position in _NAMES.get(op, ()):
            if position < len(instruction) and instruction[position] in current:
                changed = changed or list(instruction)
                changed[position] = current[instruction[position]]
        if op in (_CALL, _DUNDER):
            changed = changed or list(instruction)
            where = 3 if op == _CALL else 4
            changed[where] = tuple([
                current.get(arg, arg) if type(arg) is int else ("*", current.get(arg[1], arg[1]))
                for arg in instruction[where]
            ])  # fmt: skip
            if op == _CALL and instruction[4]:
                changed[4] = tuple([(name, current.get(slot, slot)) for name, slot in instruction[4]])
        return instruction if changed is None else tuple(changed)
