"""What gives the slots of a scope their values, and what the elements of displays are that a loop walks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property

from leaklint.facts import NOWHERE, Instruction, Op

_COPY, _LOAD_ITEM, _ITER = map(int, (Op.COPY, Op.LOAD_ITEM, Op.ITER))
_ELEM, _NEW, _STORE_ITEM = map(int, (Op.ELEM, Op.NEW, Op.STORE_ITEM))

_DEFINING = frozenset(
    map(int, (Op.COPY, Op.ATTR, Op.LOAD_ITEM, Op.ITER, Op.CALL, Op.NEW, Op.AWAIT, Op.ENTER, Op.FROM, Op.CONST, Op.FUNC))
)


class Definitions:
    """For one scope: the instructions that give each slot its value, and their place in the code."""

    def __init__(self, code: Sequence[Instruction], base: int) -> None:
        self.of: dict[int, list[Instruction]] = {}
        self.elements: dict[int, list[tuple[object, int]]] = {}
        self._code, self._base = code, base
        of, keep = self.of, _DEFINING
        for instruction in code:
            op = instruction[0]
            if op in keep:
                slot = instruction[1] + base
                if slot in of:
                    of[slot].append(instruction)
                else:
                    of[slot] = [instruction]
            elif op == _ELEM or (op == _STORE_ITEM and isinstance(instruction[2], int)):
                source, key = (instruction[2], None) if op == _ELEM else (instruction[3], instruction[2])
                if source != NOWHERE:
                    self.elements.setdefault(instruction[1] + base, []).append((key, source + base))

    @cached_property
    def steps(self) -> dict[int, list[int]]:
        """The places in the code of the instructions that define each slot."""
        out: dict[int, list[int]] = defaultdict(list)
        for step, instruction in enumerate(self._code):
            if instruction[0] in _DEFINING:
                out[instruction[1] + self._base].append(step)
        return out


def displayed(definitions: Definitions, step: Instruction, base: int) -> Iterator[int]:
    """The slots of what a step takes from a display: `for each in (a, b)`, `for each, flag in ((a, 1), (b, 0))`."""
    source = step[2] + base
    yield from (element for _, element in _written(definitions, source, base))
    made = definitions.of.get(source, ())
    if step[0] == _LOAD_ITEM and len(made) == 1 and made[0][0] == _ITER:
        for _, row in _written(definitions, made[0][2] + base, base):
            for key, element in _written(definitions, row, base):
                if key in (None, step[3]):
                    yield element


def _written(definitions: Definitions, slot: int, base: int) -> list[tuple[object, int]]:
    """The elements of a display that a slot holds, each with its place where that is known."""
    made = definitions.of.get(slot, ())
    if len(made) == 1 and made[0][0] == _COPY and made[0][2] != NOWHERE:
        slot = made[0][2] + base
    is_display = any(step[0] == _NEW for step in definitions.of.get(slot, ()))
    return definitions.elements.get(slot, []) if is_display else []
