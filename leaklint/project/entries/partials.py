"""Arguments that a program gives a function before anybody calls it: `partial(answer, name)`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Set

from leaklint.facts import NOWHERE, Instruction, Op
from leaklint.project.linker.objects import BoundValue, FunctionValue, Value
from leaklint.project.linker.program import Module, Program

_FROM, _ATTR, _CALL = int(Op.FROM), int(Op.ATTR), int(Op.CALL)


def given_before(program: Program) -> Mapping[int, Set[str]]:
    """The parameters of each function that some `functools.partial` fills: no client chooses those."""
    out: dict[int, set[str]] = defaultdict(set)
    for module in program.modules:
        named = any(step[4] == "partial" for step in module.instructions(_FROM))
        if not named and not any(step[3] == "partial" for step in module.instructions(_ATTR)):
            continue
        for step in module.instructions(_CALL):
            if not step[3] or step[2] == NOWHERE or not isinstance(step[3][0], int):
                continue
            if program.external_name(step[2] + module.slot_base) == "functools.partial":
                _fill(program, module, step, out)
    return out


def _fill(program: Program, module: Module, step: Instruction, out: dict[int, set[str]]) -> None:
    for value in program.values(step[3][0] + module.slot_base) if step[3][0] != NOWHERE else ():
        gid = _function(value)
        if gid is None:
            continue
        params = [param.name for param in program.scope(gid).params if param.name not in ("self", "cls")]
        out[gid].update(params[: len(step[3]) - 1])
        out[gid].update(name for name, _ in step[4] if name)


def _function(value: Value) -> int | None:
    if isinstance(value, BoundValue):
        value = value.function
    return value.gid if isinstance(value, FunctionValue) else None
