"""Local collections that grow inside a loop that never ends."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import takewhile

from leaklint.facts import NOWHERE, Instruction, Op, Use
from leaklint.project.entries.loops import waits
from leaklint.project.linker.program import Module, Program
from leaklint.project.storage.containers import Container, Event
from leaklint.project.storage.endless import FOREVER
from leaklint.project.storage.holders import Holder, Holders, Ref
from leaklint.project.storage.phases import Phases
from leaklint.project.storage.types import Operations, Types

_UNTIL_STOPPED = re.compile(
    r"(not (\w+\.)*\w*(stop|shutdown|exit|quit|cancel|terminat|kill)\w*((\.is_set)?\(\))?"
    r"|self\.(\w+\.)*_*(is_|keep_)?(running|alive|active|going)(\(\))?)( or .*)?"
)
"""Conditions that hold until the worker is told to stop."""

_IS_SET = ".is_set()"

_CALL = int(Op.CALL)

_SOURCE = {
    int(Op.COPY): 2, int(Op.ATTR): 2, int(Op.RETURN): 1, int(Op.YIELD): 1, int(Op.SET_ATTR): 3, int(Op.ELEM): 2,
    int(Op.STORE_ITEM): 3, int(Op.LOAD_ITEM): 2, int(Op.SLICE): 2,
}  # fmt: skip
"""Where the instructions that hand a value on have its slot."""

_OF_THE_PROCESS = re.compile(
    r"(\w+\.)*(KeyboardInterrupt|SystemExit|CancelledError|GeneratorExit|Exception|BaseException)"
)
"""What ends a worker from outside, or by a fault; anything else that is caught says that there is no more."""


class Loops:
    """Finds locals that grow in `while True` and that nothing in the loop takes from or binds anew."""

    def __init__(
        self, program: Program, holders: Holders, phases: Phases, types: Types, operations: Mapping[str, Operations]
    ) -> None:
        self.program = program
        self.holders = holders
        self.phases = phases
        self.types = types
        self.operations = operations

    def containers(self) -> Iterator[Container]:
        """Each such local, with its growths and its binding."""
        for module in self.program.modules:
            endless = [number for number, block in enumerate(module.facts.blocks) if self._is_endless(module, number)]
            if not endless or self.phases.quiet_file(module):
                continue
            for number in endless:
                yield from self._in_loop(module, number)

    def _is_endless(self, module: Module, number: int) -> bool:
        block = module.facts.blocks[number]
        if block.kind != "while" or not (block.test in FOREVER or self._is_until_stopped(module, number)):
            return False
        if self._ends_by_exception(module, number):
            return False
        return not any(
            self._inside(module, way.block, number)
            and (way.kind == "return" or (way.kind == "break" and self._innermost(module, way.block) == number))
            for way in module.facts.exits
        )

    @staticmethod
    def _innermost(module: Module, block: int) -> int:
        """The loop that a `break` in a block leaves."""
        blocks = module.facts.blocks
        while block != NOWHERE and blocks[block].kind not in ("while", "for"):
            block = blocks[block].parent
        return block

    def _is_until_stopped(self, module: Module, number: int) -> bool:
        """Whether a loop goes on until another thread tells it to stop, or waits in each turn until it is told."""
        block = module.facts.blocks[number]
        if not _UNTIL_STOPPED.fullmatch(block.test) or not (_IS_SET in block.test or waits(module, number)):
            return False
        root = re.search(r"\w+", block.test.removeprefix("not "))
        slots = {each.slot for each in module.facts.variables if root and each.name == root[0]}
        return not any(
            use.kind == "bind" and use.base in slots and not use.attr and self._inside(module, use.block, number)
            for use in module.facts.uses
        )

    @staticmethod
    def _ends_by_exception(module: Module, loop: int) -> bool:
        """Whether the function catches around the loop what says that there is no more, or anything without a word."""
        blocks = module.facts.blocks
        code = module.facts.scopes[blocks[loop].scope].code
        speaking = {step[7] for step in code if step[0] == _CALL}
        outer = blocks[loop].parent
        while outer != NOWHERE:
            if blocks[outer].kind == "try":
                after = (each for each in range(outer + 1, len(blocks)) if blocks[each].parent == blocks[outer].parent)
                for arm in takewhile(lambda each: blocks[each].kind != "try", after):
                    if blocks[arm].kind == "except":
                        if arm not in speaking or not _all_of_the_process(blocks[arm].test):
                            return True
            outer = blocks[outer].parent
        return False

    def _inside(self, module: Module, block: int, outer: int) -> bool:
        while block != NOWHERE:
            if block == outer:
                return True
            block = module.facts.blocks[block].parent
        return False

    def _in_loop(self, module: Module, loop: int) -> Iterator[Container]:
        scope = module.facts.blocks[loop].scope
        gid = module.scope_base + scope
        if self.program.scope(gid).kind not in ("function", "module"):
            return
        uses = [use for use in module.facts.uses if use.scope == scope]
        for slot in sorted({use.base for use in uses if use.kind == "grow" and self._inside(module, use.block, loop)}):
            owner, name = self.holders.variable_at.get(slot + module.slot_base, (NOWHERE, ""))
            if owner != gid or self.program.scope(gid).kind == "module":
                continue
            if self._is_taken_from_within(module, slot, scope) or self._is_wanted_after(module, loop, slot):
                continue
            container = self._local(module, loop, slot, uses, Holder("local", self.program.name_of(gid), name, gid))
            if container is not None:
                yield container

    def _is_taken_from_within(self, module: Module, slot: int, scope: int) -> bool:
        """Whether a function inside, the callback of a task say, takes from a local of the function around it."""
        takers = {use.scope for use in module.facts.uses if use.base == slot and use.kind == "shrink"} - {scope}
        return any(
            module.facts.scopes[each].name in self.phases.handed_on or self.program.edges_to(each + module.scope_base)
            for each in takers
        ) or any(self._takes(*given) for given in self._given_to(module, slot, scope))

    def _given_to(self, module: Module, slot: int, scope: int) -> Iterator[tuple[int, int | str]]:
        """The functions of the project that a local is passed to, each with the argument's place or name."""
        for edge in self.program.edges_from(scope + module.scope_base):
            found = self.holders.call_step(edge) if isinstance(edge.callee, int) and edge.kind == "call" else None
            if found is None or not isinstance(edge.callee, int):
                continue
            step = found[1]
            for place in (
                *(n for n, each in enumerate(step[3]) if each == slot),
                *(n for n, s in step[4] if s == slot),
            ):
                if place is not None:
                    yield edge.callee, place

    def _takes(self, function: int, place: int | str) -> bool:
        """Whether a function takes from what it is given at a place, `self` not counted."""
        module, scope = self.program.module_of(function), self.program.scope(function)
        params = [param for param in scope.params if param.name not in ("self", "cls")]
        named = [param for n, param in enumerate(params) if place in (n, param.name)]
        slots = {param.slot for param in named}
        return any(use.base in slots and use.kind == "shrink" for use in module.facts.uses)

    def _is_wanted_after(self, module: Module, loop: int, slot: int) -> bool:
        """Whether the function goes on with a local when its loop was stopped, other than by going through it."""
        block = module.facts.blocks[loop]
        if block.test in FOREVER:
            return False
        code = module.facts.scopes[block.scope].code
        last = max(
            (number for number, step in enumerate(code) if step[0] == _CALL and self._inside(module, step[7], loop)),
            default=0,
        )
        uses = [use for use in module.facts.uses if use.scope == block.scope and use.base == slot]
        ended = max([last, *(use.step for use in uses if self._inside(module, use.block, loop))])
        return any(_hands_on(step, slot) for step in code[ended + 1 :])

    def _local(self, module: Module, loop: int, slot: int, uses: list[Use], holder: Holder) -> Container | None:
        mine = [use for use in uses if use.base == slot and not use.attr]
        inside = [use for use in mine if self._inside(module, use.block, loop)]
        if any(use.kind == "shrink" or use.kind == "bind" or use.op in ("[:]=", "get") for use in inside):
            return None
        binds = [use for use in mine if use.kind == "bind"]
        made = frozenset(
            each
            for use in binds
            for each in self.types.of_slot(
                use.value_slot + module.slot_base if use.value_slot != NOWHERE else NOWHERE, use.value
            )
        )
        kinds = {each.kind for each in made}
        grows = [use for use in inside if use.kind == "grow" and any(use.op in self.operations[k].grow for k in kinds)]
        if not grows or not made:
            return None
        ref = Ref(holder, 0, (holder.scope,))
        container = Container(holder, made)
        container.binds = [Event(use, module, ref) for use in binds]
        container.grows = [Event(use, module, ref) for use in grows]
        return container


def _hands_on(step: Instruction, slot: int) -> bool:
    """Whether an instruction returns a value, stores it, calls one of its methods or passes it on."""
    if step[0] == _CALL:
        return slot in step[3] or any(slot == given for _, given in step[4])
    return step[0] in _SOURCE and step[_SOURCE[step[0]]] == slot


def _all_of_the_process(test: str) -> bool:
    """Whether an arm catches nothing but what ends a worker: `(KeyboardInterrupt, SystemExit)`, or everything."""
    return all(_OF_THE_PROCESS.fullmatch(part.strip()) for part in test.strip("()").split(",") if part.strip())
