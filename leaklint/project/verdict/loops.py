"""Local collections that grow inside a loop that never ends."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import takewhile

from leaklint.facts import NOWHERE, Op, Use
from leaklint.project.linker.program import Module, Program
from leaklint.project.storage.containers import Container, Event
from leaklint.project.storage.holders import Holder, Holders, Ref
from leaklint.project.storage.phases import Phases
from leaklint.project.storage.types import Operations, Types

ENDLESS = frozenset({"True", "1", "not self._stop", "not self.stopped"})

_CALL = int(Op.CALL)

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
        if block.kind != "while" or block.test not in ENDLESS:
            return False
        if self._ends_by_exception(module, number):
            return False
        return not any(
            way.kind in ("break", "return") and self._inside(module, way.block, number) for way in module.facts.exits
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
            if self._is_taken_from_within(module, slot, scope):
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
        )

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


def _all_of_the_process(test: str) -> bool:
    """Whether an arm catches nothing but what ends a worker: `(KeyboardInterrupt, SystemExit)`, or everything."""
    return all(_OF_THE_PROCESS.fullmatch(part.strip()) for part in test.strip("()").split(",") if part.strip())
