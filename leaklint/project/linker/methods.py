"""What the methods of containers do with their arguments and elements."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from leaklint.facts import NOWHERE
from leaklint.project.linker.attributes import last_name
from leaklint.project.linker.externals import DICTS
from leaklint.project.linker.solve import CONTAINER, Key

if TYPE_CHECKING:
    from leaklint.project.linker.effects import Effects

Method = Callable[["Effects", int, int], None]
"""Takes the solver, the site of the call and the receiver."""


def _add_argument(position: int) -> Method:
    def method(solver: Effects, site: int, receiver: int) -> None:
        node = solver.argument(site, position, "item", "value", "element")
        if node != NOWHERE:
            solver.edge(node, solver.cell(receiver, None))

    return method


def _extend(solver: Effects, site: int, receiver: int) -> None:
    for number in range(len(solver.sites[site][5])):
        node = solver.argument(site, number)
        if node != NOWHERE:
            if is_dict(solver, receiver):
                solver.subscribe(node, solver.merge, receiver)
            else:
                solver.iterate(node, solver.cell(receiver, None), site)
                solver.subscribe(node, solver.merge, receiver)
    for name, node in solver.sites[site][6]:
        if node != NOWHERE and name is not None:
            solver.edge(node, solver.cell(receiver, name))


def is_dict(solver: Effects, number: int) -> bool:
    """Whether an object is a mapping of a known type."""
    return last_name(str(solver.first[number])) in DICTS


def _by_key(solver: Effects, site: int, receiver: int, target: int) -> None:
    """What the receiver holds under the key that the first argument gives flows to a node."""
    if target == NOWHERE:
        return
    node = solver.argument(site, 0, "key")
    if node == NOWHERE:
        solver.load(receiver, None, target)
    else:
        solver.load_computed(receiver, node, target)


def _get(solver: Effects, site: int, receiver: int) -> None:
    target = solver.sites[site][7]
    _by_key(solver, site, receiver, target)
    default = solver.argument(site, 1, "default")
    if default != NOWHERE and target != NOWHERE:
        solver.edge(default, target)


def _set_default(solver: Effects, site: int, receiver: int) -> None:
    _set_item(solver, site, receiver)
    _get(solver, site, receiver)


def _set_item(solver: Effects, site: int, receiver: int) -> None:
    key, node = solver.argument(site, 0), solver.argument(site, 1, "default")
    if node != NOWHERE:
        solver.store_computed(receiver, key, node)


def _any_element(solver: Effects, site: int, receiver: int) -> None:
    target = solver.sites[site][7]
    if target != NOWHERE:
        solver.load(receiver, None, target)


def _pop_item(solver: Effects, site: int, receiver: int) -> None:
    target = solver.sites[site][7]
    if target != NOWHERE:
        pair = _pair(solver, site, receiver)
        solver.put(target, pair)


def _pair(solver: Effects, site: int, receiver: int) -> int:
    caller, row = solver.sites[site][:2]
    pair = solver.obj(CONTAINER, "tuple", (caller, row, -site - 2))
    solver.load(receiver, None, solver.cell(pair, 1))
    return pair


def _values(solver: Effects, site: int, receiver: int) -> None:
    number = solver.made(site, "builtins.iter")
    solver.load(receiver, None, solver.cell(number, None))


def _items(solver: Effects, site: int, receiver: int) -> None:
    number = solver.made(site, "builtins.iter")
    solver.put(solver.cell(number, None), _pair(solver, site, receiver))


def _copy(solver: Effects, site: int, receiver: int) -> None:
    first = str(solver.first[receiver])
    number = solver.made(site, first if "." in first else f"builtins.{first}")
    solver.merge(number, receiver)


def _itself(solver: Effects, site: int, receiver: int) -> None:
    target = solver.sites[site][7]
    if target != NOWHERE:
        solver.put(target, receiver)


def shifted(solver: Effects, data: tuple[int, int, int | None], key: Key | None, node: int) -> None:
    """An element enters the slice that begins at one index and ends before another."""
    number, lower, upper = data
    if not isinstance(key, int):
        solver.edge(node, solver.cell(number, key))
    elif lower < 0 or key < 0:
        solver.edge(node, solver.cell(number, None))
    elif key >= lower and (upper is None or upper < 0 or key < upper):
        solver.edge(node, solver.cell(number, key - lower))


METHODS: dict[str, Method] = {
    **dict.fromkeys(
        ("append", "add", "appendleft", "put", "put_nowait", "push", "send_nowait", "__init__"), _add_argument(0)
    ),
    "insert": _add_argument(1),
    **dict.fromkeys(("extend", "extendleft", "update"), _extend),
    **dict.fromkeys(("get", "pop", "__getitem__", "__missing__"), _get),
    "setdefault": _set_default,
    "__setitem__": _set_item,
    **dict.fromkeys(("popleft", "get_nowait", "popright", "peek", "__next__", "receive"), _any_element),
    **dict.fromkeys(("first", "last"), _any_element),
    "popitem": _pop_item,
    "values": _values,
    "items": _items,
    "copy": _copy,
    "__copy__": _copy,
    "__iter__": _itself,
    "__enter__": _itself,
    "keys": lambda solver, site, receiver: None,
}
METHODS["__init__"] = _extend
