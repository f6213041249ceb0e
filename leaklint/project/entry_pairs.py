"""Tuples that route a path to a class: `("/users/(.*)", UserHandler)`."""

from __future__ import annotations

from collections.abc import Iterator

from leaklint.facts import Op
from leaklint.project.entry_scan import QUIET_ROLES
from leaklint.project.program import ClassValue, Const, Program

_STORE_ITEM = int(Op.STORE_ITEM)


def pairs(program: Program, bases: frozenset[str]) -> Iterator[tuple[tuple[str, ...], int]]:
    """Every tuple of a string and a class with one of the bases: the strings and the class."""
    for module in program.modules:
        if module.role in QUIET_ROLES:
            continue
        for scope in module.facts.scopes:
            first: dict[int, int] = {}
            for i in scope.code:
                if i[0] != _STORE_ITEM:
                    continue
                if i[2] == 0:
                    first[i[1]] = i[3]
                elif i[2] == 1 and i[1] in first:
                    classes = [
                        value.gid for value in program.values(i[3] + module.slot_base) if isinstance(value, ClassValue)
                    ]
                    classes = [cls for cls in classes if not bases.isdisjoint(program.mro(cls))]
                    if classes:
                        texts = [
                            value.value
                            for value in program.values(first[i[1]] + module.slot_base)
                            if isinstance(value, Const)
                        ]
                        for cls in classes:
                            yield tuple(text for text in texts if isinstance(text, str)) or ("",), cls
