"""Classes that give the same instance again where they are called."""

from __future__ import annotations

import re
from collections.abc import Iterator

from leaklint.facts import NOWHERE, Op, Scope
from leaklint.project.linker.program import ClassValue, Program
from leaklint.project.storage.holders import Holders
from leaklint.project.storage.phases import Phases

_ATTR, _SET_ATTR, _STORE_ITEM = int(Op.ATTR), int(Op.SET_ATTR), int(Op.STORE_ITEM)

_CACHES = frozenset({"functools.lru_cache", "functools.cache", "cached_property", "functools.cached_property"})


def is_cached(program: Program, scope: Scope, base: int) -> bool:
    """Whether a decorator of a function keeps what it returns; `base` is the first slot of its module."""
    for decorator in scope.decorators:
        for value in program.values(decorator.slot + base):
            if getattr(value, "dotted", "") in _CACHES:
                return True
    return any(re.match(r"(functools\.)?(lru_cache|cache)\b", each.text) for each in scope.decorators)


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


_COPYING = re.compile(
    r"pydantic\b.*\b(BaseModel|BaseSettings|GenericModel)|sqlmodel\b.*\bSQLModel|django\.forms\b.*Form|wtforms\b.*Form"
    r"|flask_wtf\b.*Form|(rest_framework\.serializers|marshmallow|django_filters)\b.*(Serializer|Schema|FilterSet)"
)
"""Classes that give each of their instances a copy of what they declare."""


def copies_what_it_declares(program: Program, cls: int) -> bool:
    """Whether the attributes of a class are the fields of a model or form: each instance has its own."""
    return any(isinstance(base, str) and _COPYING.match(base) for base in program.mro(cls))


def gives_itself_again(program: Program, cls: int) -> bool:
    """Whether a call of a class may give an instance that is kept: by its `__new__`, or by a metaclass."""
    bases = [base for base in program.mro(cls) if isinstance(base, int)]
    return any(
        any(map(_keeps, _methods(program, base, "__new__"))) or has_singleton_metaclass(program, base) for base in bases
    )


def is_made_elsewhere(holders: Holders, phases: Phases, cls: int, slot: int = NOWHERE) -> bool:
    """Whether objects of a class are also made while serving, for others than a variable, or other classes derive.

    `slot` is that of a module's variable, to which a function may assign what it makes when it is first asked.
    """
    program = holders.program
    if any(each != cls and not phases.quiet(each) for each in program.subclasses(cls)):
        return True
    sites = [edge for edge in program.construction_sites(cls) if not phases.quiet(edge.caller)]
    base = program.module_of(holders.variable_at[slot][0]).scope_base if slot != NOWHERE else 0
    binds = holders.local_binds.get(slot, ())
    own = {(base + use.scope, row) for use in binds for row in range(use.row, use.end_row + 1)}
    makers = {edge.callee for scope, row in own for edge in program.edges_from(scope) if edge.row == row}
    others = [edge for edge in sites if (edge.caller, edge.row) not in own and edge.caller not in makers]
    return any(phases.of(edge.caller) != "import" for edge in others)


def is_made_beside(program: Program, phases: Phases, cls: int, owner: int) -> bool:
    """Whether functions that serve make objects of a class, but for the methods of a class that holds one."""
    owners = {base for base in program.mro(owner) if isinstance(base, int)} | set(program.subclasses(owner))
    return any(
        not phases.quiet(edge.caller)
        and phases.of(edge.caller) == "serving"
        and program.scope(edge.caller).name != "__init__"
        and program.class_of(edge.caller) not in owners
        for edge in program.construction_sites(cls)
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
