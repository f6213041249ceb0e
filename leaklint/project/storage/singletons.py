"""Classes that give the same instance again where they are called."""

from __future__ import annotations

from collections.abc import Iterator

from leaklint.facts import Op, Scope
from leaklint.project.linker.program import ClassValue, Program

_ATTR, _SET_ATTR, _STORE_ITEM = int(Op.ATTR), int(Op.SET_ATTR), int(Op.STORE_ITEM)


def has_singleton_metaclass(program: Program, cls: int) -> bool:
    """Whether a class names a metaclass that is called a singleton or keeps what it makes."""
    base = program.module_of(cls).slot_base
    for keyword, slot in program.scope(cls).keywords:
        if keyword != "metaclass":
            continue
        for value in program.values(slot + base):
            name = program.scope(value.gid).name if isinstance(value, ClassValue) else getattr(value, "dotted", "")
            if "singleton" in str(name).lower():
                return True
            if isinstance(value, ClassValue) and any(map(_keeps, _methods(program, value.gid, "__call__"))):
                return True
    return False


def gives_itself_again(program: Program, cls: int) -> bool:
    """Whether a call of a class may give an instance that is kept: by its `__new__`, or by a metaclass."""
    bases = [base for base in program.mro(cls) if isinstance(base, int)]
    return any(
        any(map(_keeps, _methods(program, base, "__new__"))) or has_singleton_metaclass(program, base) for base in bases
    )


def _methods(program: Program, cls: int, name: str) -> Iterator[Scope]:
    module = program.module_of(cls)
    number = cls - module.scope_base
    return (each for each in module.facts.scopes if each.parent == number and each.name == name)


def _keeps(method: Scope) -> bool:
    """Whether a method stores something on its first parameter, or into what an attribute of it holds."""
    if not method.params:
        return False
    first = method.params[0].slot
    held = {step[1] for step in method.code if step[0] == _ATTR and step[2] == first}
    return any(
        (step[0] == _SET_ATTR and step[1] == first) or (step[0] == _STORE_ITEM and step[1] in held)
        for step in method.code
    )
