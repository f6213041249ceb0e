"""Weak maps whose key never dies: what is held under such a key is held for ever.

A weak map ends with its keys. A key that a module keeps by name lives as long as the process, and what is added to
the collection behind it stays as long.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from leaklint.facts import NOWHERE, Op
from leaklint.project.linker.program import InstanceValue
from leaklint.project.storage.containers import Container, Event
from leaklint.project.storage.holders import Holders
from leaklint.project.verdict.growth import Growing

_ATTR, _CALL, _LOAD_ITEM = int(Op.ATTR), int(Op.CALL), int(Op.LOAD_ITEM)
_BY_KEY = frozenset({"setdefault", "get", "__getitem__"})


def under_lasting_keys(container: Container, growing: Iterable[Growing], holders: Holders) -> list[Growing]:
    """The growths of elements of a weak map that stand under an object which a module keeps by name."""
    if not any(made.dotted.endswith("WeakKeyDictionary") for made in container.made):
        return []
    return [each for each in growing if each.axis == 1 and any(_lasts(slot, holders) for slot in _keys(each, holders))]


def _keys(growing: Growing, holders: Holders) -> Iterator[int]:
    """The slots of the keys under which the element that grows is reached: `C[key].append(x)`."""
    event: Event = growing.event
    base, definitions = event.module.slot_base, holders.definitions(event.scope)
    for step in definitions.of.get(event.use.base + base, ()):
        if step[0] == _LOAD_ITEM and step[6] != NOWHERE:
            yield step[6] + base
        elif step[0] == _CALL and step[3] and isinstance(step[3][0], int):
            called = definitions.of.get(step[2] + base, ())
            if any(each[0] == _ATTR and each[3] in _BY_KEY for each in called):
                yield step[3][0] + base


def _lasts(slot: int, holders: Holders) -> bool:
    owner = holders.variable_at.get(slot, (NOWHERE, ""))[0]
    if owner == NOWHERE or holders.program.scope(owner).kind != "module":
        return False
    values = holders.program.values(slot)
    return bool(values) and all(isinstance(value, InstanceValue) for value in values)
