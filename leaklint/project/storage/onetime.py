"""Calls that are made once in the life of a process: a function fills an empty variable.

`if _instance is None: _instance = Settings()` makes one object, however many requests come by.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import lru_cache

from leaklint.facts import NOWHERE, Block, Use
from leaklint.project.linker.program import Edge, Module, Program

_MISSING = re.compile(r"(?:(\w+) or )?(?:not ((?:cls\.)?\w+)|((?:cls\.)?\w+) is None)(?: .*)?$")
_THERE = re.compile(r"((?:cls\.)?\w+)(?: (?:is not|!=) None)?$")
_IS_MADE = re.compile(r"([A-Z]\w*\.\w+)(?: (?:is not|!=) None)?$")
"""What says that a class has its one object already."""
_LEAVES = {"return": _THERE, "raise": _IS_MADE}
_CACHES = frozenset({"functools.cache", "functools.lru_cache"})
_NOTHING = frozenset({"None", "False", "0", "''", '""', "[]", "{}"})


class OneTime:
    """Recognises one-time calls among the edges of a program."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._filled = lru_cache(maxsize=None)(self._filled_uncached)
        self._binds = lru_cache(maxsize=None)(self._binds_uncached)

    def is_once(self, edge: Edge) -> bool:
        """Whether a call stands where a variable of the module is empty, which its function then fills for good."""
        caller = self.program.written(edge.caller)
        module = self.program.module_of(caller)
        scope = caller - module.scope_base
        names = self._filled(module.index, scope)
        return bool(names) and not names.isdisjoint(self._missing(module, scope, edge))

    def is_kept(self, function: int) -> bool:
        """Whether a function that needs to be told nothing runs once, since its result is kept: `@cache`."""
        scope, base = self.program.scope(function), self.program.module_of(function).slot_base
        if scope.params:
            return False
        values = [value for each in scope.decorators for value in self.program.values(each.slot + base)]
        return any(str(getattr(value, "dotted", "")) in _CACHES for value in values)

    def _missing(self, module: Module, scope: int, edge: Edge) -> set[str]:
        """The names that are nothing where a call stands: by the arms around it, and what returned before."""
        blocks = module.facts.blocks
        out, block = set[str](), module.own_block(edge.block)
        asked = {param.name for param in module.facts.scopes[scope].params if param.default_text == "False"}
        while block != NOWHERE:
            out.update(_names(blocks[block], asked))
            block = blocks[block].parent
        for leave in module.facts.exits:
            if leave.scope == scope and leave.kind in _LEAVES and leave.row < edge.row and leave.block != NOWHERE:
                arm, there = blocks[leave.block], _LEAVES[leave.kind]
                found = there.match(arm.test) if arm.kind == "if" and arm.parent == NOWHERE else None
                out.update([found[1]] if found else [])
        return out

    def _filled_uncached(self, index: int, scope: int) -> frozenset[str]:
        """The variables of the module or class that a function gives a value, and that nothing empties again."""
        filled, emptied = self._binds(index)
        decorators = self.program.modules[index].facts.scopes[scope].decorators
        is_of_class = any(each.text == "classmethod" for each in decorators)
        names = filled.get(scope, set()) - emptied
        return frozenset(name for name in names if is_of_class or not name.startswith("cls."))

    def _binds_uncached(self, index: int) -> tuple[dict[int, set[str]], set[str]]:
        """The variables of a module and of its classes: those that each scope fills, and those that some empties."""
        facts = self.program.modules[index].facts
        slots = {each.slot: each.name for each in facts.variables if each.scope == 0}
        filled, emptied = defaultdict[int, set[str]](set), set[str]()
        for use in facts.uses:
            if use.kind == "bind" and (use.attr or use.base in slots):
                names = {f"cls.{use.attr}"} if use.attr else {slots[use.base]}
                if use.attr and use.base in slots:
                    names.add(f"{slots[use.base]}.{use.attr}")
                if not _empties(use):
                    filled[use.scope].update(names)
                elif use.scope != 0:
                    emptied.update(names)
        return filled, emptied


def _empties(use: Use) -> bool:
    return use.op == "del" or use.value in _NOTHING


def _names(block: Block, asked: set[str]) -> list[str]:
    """The variable that an arm is about where it is nothing; `asked` are parameters that ask for a new one."""
    if block.kind == "else":
        there = _THERE.match(block.test)
        return [there[1]] if there else []
    found = _MISSING.match(block.test) if block.kind == "if" else None
    if found is None or (found[1] and found[1] not in asked):
        return []
    return [found[2] or found[3]]
