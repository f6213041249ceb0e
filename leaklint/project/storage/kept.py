"""Objects that a collection or an application keeps: an add-on in a list, a metric in a registry.

What is among the elements of a collection that nothing is ever taken from lives as long as the
collection's owner. Of a collection that something is taken from nothing is said: its elements may be
there for one request only.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from leaklint.facts import NOWHERE, Op
from leaklint.project.linker.program import ContainerValue, InstanceValue, Program, Value
from leaklint.project.storage.holders import Holders
from leaklint.project.storage.phases import Phases

_ATTR = int(Op.ATTR)

_COLLECTIONS = frozenset(
    {"builtins.list", "builtins.dict", "builtins.set", "collections.defaultdict", "collections.OrderedDict",
     "collections.deque"}
)  # fmt: skip
"""What keeps its elements, besides displays and comprehensions."""


class Keeper(msgspec.Struct, frozen=True):
    """Who keeps an instance among the elements of `name`: a class by an attribute, or a module (`owner` None)."""

    owner: int | None
    name: str
    filename: str
    row: int


def kept_by_applications(program: Program, holders: Holders, phases: Phases) -> Iterator[tuple[int, Keeper]]:
    """Classes with an instance that is stored on an application: `app.state.index = Index()`."""
    for module in program.modules:
        for use in module.facts.uses if not phases.quiet_file(module) else ():
            stored = holders.apps.stored(use, module) if use.value_slot != NOWHERE else None
            for value in program.values(use.value_slot + module.slot_base) if stored is not None else ():
                if stored is not None and isinstance(value, InstanceValue):
                    yield value.cls, Keeper(None, ".".join(stored), module.path, use.row)


def keepers(program: Program, holders: Holders, phases: Phases) -> dict[int, list[Keeper]]:
    """For each class, the collections with an instance of it among their elements, in a fixed order."""
    out: dict[int, list[Keeper]] = {}
    shrunk = _shrunk(program, holders, phases)
    for slot, scope, name in holders.lasting:
        if program.scope(scope).kind == "module" and name not in shrunk and not phases.quiet(scope):
            for cls in dict.fromkeys(_elements(program, program.values(slot))):
                row = min((use.row for use in holders.local_binds.get(slot, ())), default=1)
                keeper = Keeper(None, f"{program.name_of(scope)}.{name}", program.module_of(scope).path, row)
                out.setdefault(cls, []).append(keeper)
    for owner in sorted(holders.self_names):
        names = sorted(holders.self_names[owner].keys() - shrunk) if not phases.quiet(owner) else ()
        for name in names:
            for cls in dict.fromkeys(_elements(program, program.field_values(InstanceValue(owner), name))):
                keeper = Keeper(owner, name, program.module_of(owner).path, program.scope(owner).row)
                out.setdefault(cls, []).append(keeper)
    return out


def _elements(program: Program, values: tuple[Value, ...]) -> Iterator[int]:
    for value in values:
        if not isinstance(value, ContainerValue) and getattr(value, "dotted", "") not in _COLLECTIONS:
            continue
        for element in program.cells(value):
            if isinstance(element, InstanceValue):
                yield element.cls


def _shrunk(program: Program, holders: Holders, phases: Phases) -> frozenset[str]:
    """The names of variables and attributes that something is taken from anywhere in the project's own code."""
    out: set[str] = set()
    for module in program.modules:
        if phases.quiet_file(module):
            continue
        for use in module.facts.uses:
            if use.kind != "shrink":
                continue
            slot, scope = use.base + module.slot_base, use.scope + module.scope_base
            variable = holders.variable_at.get(slot)
            if variable is not None:
                out.add(variable[1])
            out.update(step[3] for step in holders.definitions(scope).of.get(slot, ()) if step[0] == _ATTR)
    return frozenset(out)
