"""Attributes that are bound anew for each piece of work: the response that is being read, the tree of a compilation.

What such an attribute holds does not last as long as its owner: the next one takes its place.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from leaklint.facts import Use
from leaklint.project.linker.program import Module
from leaklint.project.storage.containers import INITIALISERS
from leaklint.project.storage.guards import conjuncts, guards, is_emptiness
from leaklint.project.storage.phases import SHUTDOWN_NAME, Phases


def is_replaced(sites: Iterable[tuple[Module, Use]], phases: Phases, endpoints: Collection[int]) -> bool:
    """Whether an attribute is given a new object when its owner is made, and again while it serves.

    `sites` are the assignments of new objects to it. What a public method binds anew is a setting, but for those that
    somebody outside calls again and again, which are the `endpoints`.
    """
    first = again = False
    for module, use in sites:
        if module.facts.scopes[use.scope].name in INITIALISERS:
            first = True
        else:
            again = again or _replaces(module, use, phases, endpoints)
    return first and again


def _replaces(module: Module, use: Use, phases: Phases, endpoints: Collection[int]) -> bool:
    gid, name = module.scope_base + use.scope, module.facts.scopes[use.scope].name
    if not phases.runs(gid) or SHUTDOWN_NAME.match(name):
        return False
    if not name.startswith("_") and gid not in endpoints:
        return False
    known = (each for guard in guards(module, use) for each in conjuncts(guard))
    return not any(is_emptiness(tree, holds, use.attr) for tree, holds in known)
