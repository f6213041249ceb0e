"""Calls that are made once in the life of a process: those by which a function fills a module's empty variable.

`if _instance is None: _instance = Settings()` makes one object, however many requests come by.
"""

from __future__ import annotations

import re
from functools import lru_cache

from leaklint.facts import NOWHERE, Block, Use
from leaklint.project.linker.program import Edge, Module, Program

_MISSING = re.compile(r"(?:not (\w+)|(\w+) is None)(?: .*)?$")
_THERE = re.compile(r"(\w+)(?: is not None)?$")
_NOTHING = frozenset({"None", "False", "0", "''", '""', "[]", "{}"})


class OneTime:
    """Recognises one-time calls among the edges of a program."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._filled = lru_cache(maxsize=None)(self._filled_uncached)

    def is_once(self, edge: Edge) -> bool:
        """Whether a call stands where a variable of the module is empty, which its function then fills for good."""
        caller = self.program.written(edge.caller)
        module = self.program.module_of(caller)
        scope = caller - module.scope_base
        names = self._filled(module.index, scope)
        return bool(names) and not names.isdisjoint(self._missing(module, scope, edge))

    def _missing(self, module: Module, scope: int, edge: Edge) -> set[str]:
        """The names that are nothing where a call stands: by the arms around it, and what returned before."""
        blocks = module.facts.blocks
        out, block = set[str](), edge.block - module.block_base if edge.block != NOWHERE else NOWHERE
        while block != NOWHERE:
            out.update(_names(blocks[block]))
            block = blocks[block].parent
        for leave in module.facts.exits:
            if leave.scope == scope and leave.kind == "return" and leave.row < edge.row and leave.block != NOWHERE:
                arm = blocks[leave.block]
                found = _THERE.match(arm.test) if arm.kind == "if" and arm.parent == NOWHERE else None
                out.update([found[1]] if found else [])
        return out

    def _filled_uncached(self, index: int, scope: int) -> frozenset[str]:
        """The variables of the module that a function gives a value, and that nothing empties again."""
        module = self.program.modules[index]
        slots = {each.slot: each.name for each in module.facts.variables if each.scope == 0}
        binds = [use for use in module.facts.uses if use.kind == "bind" and not use.attr and use.base in slots]
        filled = {slots[use.base] for use in binds if use.scope == scope and not _empties(use)}
        return frozenset(filled - {slots[use.base] for use in binds if use.scope != 0 and _empties(use)})


def _empties(use: Use) -> bool:
    return use.op == "del" or use.value in _NOTHING


def _names(block: Block) -> list[str]:
    """The variable that an arm is about where it is nothing."""
    if block.kind == "else":
        there = _THERE.match(block.test)
        return [there[1]] if there else []
    found = _MISSING.match(block.test) if block.kind == "if" else None
    return [found[1] or found[2]] if found else []
