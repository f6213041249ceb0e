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
        for number, scope in enumerate(module.facts.scopes):
            if module.role in QUIET_ROLES or module.role == "example" or scope.kind != "function":
                continue
            for i in scope.code:
                if i[0] != _ITER or i[2] == NOWHERE or not _goes_on(module, number, i[3]):
                    continue
                owners = scanner.owners(i[2] + module.slot_base)
                found = [rule for rule in wanted if _named(rule.iterates, owners)]
                yield from ((rule, number + module.scope_base) for rule in found[:1])


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
        for scope in module.facts.scopes if module.role not in QUIET_ROLES else ():
            for i in scope.code:
                if i[0] != _SET_ATTR or i[2] not in names or i[1] == NOWHERE or i[3] == NOWHERE:
                    continue
                owners = scanner.owners(i[1] + module.slot_base)
                for rule in wanted:
                    if i[2] in rule.assigned and _named(rule.on, owners):
                        yield from ((rule, value) for value in scanner.program.values(i[3] + module.slot_base))


def _named(patterns: Iterable[str], owners: Iterable[str]) -> bool:
    return any(fnmatchcase(owner, pattern) for pattern in patterns for owner in owners)
