"""Loops over what goes on without end, and functions set as attributes of a library's objects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from leaklint.facts import NOWHERE, Op
from leaklint.models import Rule
from leaklint.project.entries.loops import ends, finds, left
from leaklint.project.entries.scan import QUIET_ROLES, Scanner
from leaklint.project.linker.program import Module, Value

_ITER, _SET_ATTR = int(Op.ITER), int(Op.SET_ATTR)


def streams(scanner: Scanner, rules: Iterable[Rule]) -> Iterator[tuple[Rule, int]]:
    """The functions with a loop over what `iterates` names, and the rule."""
    wanted = [rule for rule in rules if rule.iterates]
    for module in scanner.program.modules:
        if module.role in QUIET_ROLES or module.role == "example":
            continue
        for number, loops in module.code(_ITER).items():
            if module.facts.scopes[number].kind != "function":
                continue
            for i in loops:
                owners = scanner.owners(i[2] + module.slot_base) if i[2] != NOWHERE else ()
                found = next((rule for rule in wanted if _named(rule.iterates, owners)), None)
                if found is not None and _goes_on(module, number, i[3]):
                    yield found, number + module.scope_base


def _goes_on(module: Module, gid: int, row: int) -> bool:
    """Whether a `for` begins at a line that nothing within ends."""
    numbers = [
        number
        for number, block in enumerate(module.facts.blocks)
        if block.scope == gid and block.kind == "for" and block.row == row
    ]
    return any(
        not ends(module, gid, each) and not finds(module, gid, each) and not left(module, gid, each) for each in numbers
    )


def assigned(scanner: Scanner, rules: Iterable[Rule]) -> Iterator[tuple[Rule, Value]]:
    """What is set as an attribute that `assigned` names, `client.on_message = f`, and the rule."""
    wanted = [rule for rule in rules if rule.assigned]
    names = {name for rule in wanted for name in rule.assigned}
    for module in scanner.program.modules:
        for i in module.instructions(_SET_ATTR) if module.role not in QUIET_ROLES else ():
            if i[2] not in names or i[1] == NOWHERE or i[3] == NOWHERE:
                continue
            owners = scanner.owners(i[1] + module.slot_base)
            for rule in wanted:
                if i[2] in rule.assigned and _named(rule.on, owners):
                    yield from ((rule, value) for value in scanner.program.values(i[3] + module.slot_base))


def _named(patterns: Iterable[str], owners: Iterable[str]) -> bool:
    return any(fnmatchcase(owner, pattern) for pattern in patterns for owner in owners)
