"""Loops over what goes on without end, and functions set as attributes of a library's objects."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from functools import lru_cache

from leaklint.facts import NOWHERE, Block, Op
from leaklint.models import EntryRule
from leaklint.project.entries.loops import ends, finds, left
from leaklint.project.entries.scan import UNSERVED_ROLES, Scanner
from leaklint.project.linker.program import Module, Value

_ITER, _SET_ATTR = int(Op.ITER), int(Op.SET_ATTR)

_NAME = re.compile(r"[^\W\d]\w*")


def streams(scanner: Scanner, rules: Iterable[EntryRule]) -> Iterator[tuple[EntryRule, int, tuple[str, ...]]]:
    """The functions with a loop over what `iterates` names, the rule, and the names that the loop takes things by."""
    wanted = [rule for rule in rules if rule.iterates]
    rule_of = lru_cache(maxsize=None)(
        lambda owners: next((rule for rule in wanted if _named(rule.iterates, owners)), None)
    )
    for module in scanner.program.modules:
        if module.role in UNSERVED_ROLES or module.role == "example":
            continue
        for number, loops in module.code(_ITER).items():
            if module.facts.scopes[number].kind != "function":
                continue
            for i in loops:
                owners = scanner.owners(i[2] + module.slot_base) if i[2] != NOWHERE else ()
                found = rule_of(owners)
                block = _goes_on(module, number, i[3]) if found is not None else None
                if found is not None and block is not None:
                    yield found, number + module.scope_base, tuple(_NAME.findall(block.test.partition(" in ")[0]))


def _goes_on(module: Module, gid: int, row: int) -> Block | None:
    """The `for` that begins at a line and that nothing within ends."""
    for number, block in enumerate(module.facts.blocks):
        if block.scope != gid or block.kind != "for" or block.row != row:
            continue
        if not ends(module, gid, number) and not finds(module, gid, number) and not left(module, gid, number):
            return block
    return None


def assigned(scanner: Scanner, rules: Iterable[EntryRule]) -> Iterator[tuple[EntryRule, Value]]:
    """What is set as an attribute that `assigned` names, `client.on_message = f`, and the rule."""
    wanted = [rule for rule in rules if rule.assigned]
    names = {name for rule in wanted for name in rule.assigned}
    for module in scanner.program.modules:
        for i in module.instructions(_SET_ATTR) if module.role not in UNSERVED_ROLES else ():
            if i[2] not in names or i[1] == NOWHERE or i[3] == NOWHERE:
                continue
            owners = scanner.owners(i[1] + module.slot_base)
            for rule in wanted:
                if i[2] in rule.assigned and _named(rule.on, owners):
                    yield from ((rule, value) for value in scanner.program.values(i[3] + module.slot_base))


def _named(patterns: Iterable[str], owners: Iterable[str]) -> bool:
    return any(fnmatchcase(owner, pattern) for pattern in patterns for owner in owners)
