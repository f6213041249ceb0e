"""Tuples that route a path to a class: `("/users/(.*)", UserHandler)`."""

from __future__ import annotations

from collections.abc import Iterator

from leaklint.facts import NOWHERE, Op, Scope
from leaklint.project.entries.scan import UNSERVED_ROLES
from leaklint.project.linker.program import ClassValue, Const, Module, Program

_STORE_ITEM, _CALL = int(Op.STORE_ITEM), int(Op.CALL)


def pairs(program: Program, bases: frozenset[str]) -> Iterator[tuple[Module, tuple[str, ...], int]]:
    """Every tuple of a string and a class with one of the bases: the strings that are constants, and the class."""
    for module in program.modules:
        if module.role in UNSERVED_ROLES:
            continue
        for number, stores in module.code(_STORE_ITEM).items():
            scope, first = module.facts.scopes[number], dict[int, int]()
            for i in stores:
                if i[2] == 0:
                    first[i[1]] = i[3]
                elif i[2] == 1:
                    classes = [
                        value.gid for value in program.values(i[3] + module.slot_base) if isinstance(value, ClassValue)
                    ]
                    classes = [cls for cls in classes if not bases.isdisjoint(program.mro(cls))]
                    if classes:
                        slot = first.get(i[1], NOWHERE)
                        texts = _texts(program, module, slot) or _joined(program, module, scope, slot)
                        for cls in classes:
                            yield module, tuple(texts), cls


def _texts(program: Program, module: Module, slot: int) -> list[str]:
    values = program.values(slot + module.slot_base) if slot != NOWHERE else ()
    return [value.value for value in values if isinstance(value, Const) and isinstance(value.value, str)]


def _joined(program: Program, module: Module, scope: Scope, slot: int) -> list[str]:
    """The end of a path that a call such as `url_path_join(base, "/items")` puts together."""
    for i in scope.code:
        if i[0] == _CALL and slot != NOWHERE and i[1] == slot and i[3] and isinstance(i[3][-1], int):
            return _texts(program, module, i[3][-1])
    return []
