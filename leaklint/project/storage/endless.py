"""Functions that go on until somebody stops them, and what stands in their loops."""

from __future__ import annotations

import re
from functools import cached_property

from leaklint.facts import Op
from leaklint.project.linker.program import Edge, Program
from leaklint.project.storage.guards import path

FOREVER = frozenset({"True", "1"})
"""Tests of `while` that always hold."""

_STOPPED = re.compile(
    r"\bnot [\w.]*(stop|clos|shut_?down|exit|quit|terminat|finish|end)\w*(\(\)|\.(is_set|done)\(\))?$"
    r"|[\w.]*\b_*((is|keep|should)_)?(running|run|started|alive|serving)(\.is_set\(\))?$"
)
"""The head of a loop that ends with the service that it is."""

_PAUSES = re.compile(r"_*(sleep|wait|pause)(_|$)")
"""Methods by which a thread waits."""

_ATTR = int(Op.ATTR)


class Endless:
    """Recognises the functions of a program that a service consists of."""

    def __init__(self, program: Program) -> None:
        self.program = program

    def goes_on(self, gid: int) -> bool:
        """Whether a function loops for ever, or until somebody tells it to stop."""
        return gid in self._forever or gid in self._until_stopped

    def is_endless(self, gid: int) -> bool:
        """Whether a function loops until something stops it."""
        return gid in self._forever

    def turns(self, gid: int, block: int) -> bool:
        """Whether a place, by its block in the file's facts, stands in a `while` of a function."""
        if self.program.scope(gid).kind != "function":
            return False
        return any(arm.kind == "while" for arm in path(self.program.module_of(gid), block))

    def repeats(self, edge: Edge) -> bool:
        """Whether a call stands in the loop of a function that goes on."""
        block = self.program.module_of(edge.caller).own_block(edge.block)
        return self.goes_on(edge.caller) and self.turns(edge.caller, block)

    @cached_property
    def _forever(self) -> frozenset[int]:
        """Functions with a `while True`."""
        return frozenset(
            module.scope_base + block.scope
            for module in self.program.modules
            for block in module.facts.blocks
            if block.kind == "while" and block.test in FOREVER
        )

    @cached_property
    def _until_stopped(self) -> frozenset[int]:
        """Functions that wait and work in turn until somebody tells them to stop."""
        waiting = {
            module.scope_base + way.scope
            for module in self.program.modules
            for way in module.facts.exits
            if way.kind == "await"
        }
        for module in self.program.modules:
            for number, steps in module.code(_ATTR).items():
                if any(_PAUSES.match(step[3]) for step in steps):
                    waiting.add(module.scope_base + number)
        return frozenset(
            module.scope_base + block.scope
            for module in self.program.modules
            for block in module.facts.blocks
            if block.kind == "while" and _STOPPED.search(block.test) and module.scope_base + block.scope in waiting
        )
