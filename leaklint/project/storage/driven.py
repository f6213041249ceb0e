"""Objects that outlive what they deal with: they run a loop of their own, or each connection is given them.

What an object keeps weak references to comes and goes as well while the object stays; that is told by its containers.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

from leaklint.facts import NOWHERE
from leaklint.project.linker.program import Module, Program
from leaklint.project.storage.containers import Container, Event
from leaklint.project.storage.guards import path
from leaklint.project.storage.lifetime_names import STREAM_NAME
from leaklint.project.storage.phases import SHUTDOWN_NAME

_MOST = 500
"""So many functions that a loop leads to are looked at."""

_OWN = re.compile(r"\bin self\.(?:\w+\.)*?(\w+)(\.\w+\([^()]*\))?$")
"""A loop over an attribute of one's own, or over what one of its methods gives."""

_FINITE = frozenset({"stream", "reader"})
"""Streams that may be those of one answer."""

_REFERENCE = re.compile(r"(weakref\.)?(ref|WeakMethod)\(([^,()]|\([^()]*\))*\)")
"""A weak reference that tells nobody when its object is gone."""


def looping(program: Program, cls: int, endless: Collection[int]) -> Iterator[tuple[int, bool]]:
    """The methods of a class that loop without end, and whether it is for as long as a connection lasts."""
    for base in program.mro(cls):
        if not isinstance(base, int):
            continue
        module = program.module_of(base)
        for number, scope in enumerate(module.facts.scopes):
            gid = module.scope_base + number
            if scope.kind != "function" or scope.parent + module.scope_base != base or SHUTDOWN_NAME.match(scope.name):
                continue
            if gid in endless:
                yield gid, False
            elif scope.is_async and any(
                block.scope == number and block.kind == "for" and _goes_on(block.test) for block in module.facts.blocks
            ):
                yield gid, True


def runs_once(program: Program, gid: int) -> bool:
    """Whether a method is what the thread or process that its object is does: once for each object."""
    cls = program.class_of(gid) if program.scope(gid).name == "run" else None
    return cls is not None and any(
        isinstance(base, str) and base.startswith(("threading.", "multiprocessing.")) for base in program.mro(cls)
    )


def fed_by(program: Program, loop: int, container: Container) -> bool:
    """Whether a container grows in a loop of a function, or in what is called from there."""
    called = _called_in_loops(program, loop)
    return any(
        event.scope in called or (event.scope == loop and _is_in_loop(event.module, event.use.scope, event.use.block))
        for event in container.grows
    )


def _called_in_loops(program: Program, loop: int) -> set[int]:
    module = program.module_of(loop)
    seen: set[int] = set()
    waiting = [
        edge
        for edge in program.edges_from(loop)
        if edge.block != NOWHERE and _is_in_loop(module, loop - module.scope_base, edge.block - module.block_base)
    ]
    while waiting and len(seen) < _MOST:
        edge = waiting.pop()
        if isinstance(edge.callee, int) and edge.how != "name" and edge.callee not in seen:
            seen.add(edge.callee)
            waiting.extend(program.edges_from(edge.callee))
    return seen


def _is_in_loop(module: Module, scope: int, block: int) -> bool:
    """Whether a line of a function with a loop lies within that: in `while`, where there is one."""
    kinds = {arm.kind for arm in module.facts.blocks if arm.scope == scope}
    return any(arm.kind == ("while" if "while" in kinds else "for") for arm in path(module, block))


def _goes_on(test: str) -> bool:
    """Whether a loop's head goes over what lasts as long as somebody is at the other end."""
    found = _OWN.search(test)
    return found is not None and bool(STREAM_NAME.match(found[1])) and found[1].rpartition("_")[2] not in _FINITE


def made_apart(program: Program, one: int, other: int) -> bool:
    """Whether no function makes instances of both classes: one of the two is there before the other."""
    first = {edge.caller for edge in program.construction_sites(one)}
    return first.isdisjoint(edge.caller for edge in program.construction_sites(other))


def holds_references(container: Container) -> Event | None:
    """The growth that adds a weak reference to an object's collection; nothing is told when its object is gone."""
    for event in container.grows:
        if event.ref.depth == 0 and any(_REFERENCE.fullmatch(text) for text in _texts(event)):
            return event
    return None


def _texts(event: Event) -> Iterable[str]:
    """What is added, as it is written, and the only value of the local name that it is."""
    value, facts = event.use.value, event.module.facts
    slots = {each.slot for each in facts.variables if each.name == value and each.scope == event.use.scope}
    binds = [use.value for use in facts.uses if use.kind == "bind" and not use.attr and use.base in slots]
    return (value, *binds) if len(binds) == 1 else (value,)
