"""Attributes that are bound anew for each piece of work: the response that is being read, the tree of a compilation.

What such an attribute holds does not last as long as its owner: the next one takes its place.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from leaklint.facts import Use
from leaklint.project.linker.program import Module, Program
from leaklint.project.storage.containers import INITIALISERS
from leaklint.project.storage.guards import conjuncts, guards, is_emptiness
from leaklint.project.storage.phases import SHUTDOWN_NAME, STARTING_OVER, Phases


def replaced(
    program: Program,
    phases: Phases,
    endpoints: Collection[int],
    class_names: Mapping[int, Collection[str]],
    sites: Iterable[tuple[int, Module, Use]],
) -> set[tuple[int, str]]:
    """The attributes, by class and name, whose objects do not last as long as their owner.

    `sites` are the assignments of new objects, each with the class whose method makes it; what a class's body binds
    is there from the beginning.
    """
    made = defaultdict[tuple[int, str], list[tuple[Module, Use]]](list)
    for owner, module, use in sites:
        made[owner, use.attr].append((module, use))
    empty = begins_empty(program)
    out = deleted(program, phases)
    for (owner, name), found in made.items():
        begins = (owner, name) in empty or name in class_names.get(owner, ())
        if is_replaced(found, phases, endpoints, begins) or is_put_away(found):
            out.add((owner, name))
    return out


def is_replaced(
    sites: Iterable[tuple[Module, Use]], phases: Phases, endpoints: Collection[int], begins_empty: bool
) -> bool:
    """Whether an attribute is given a new object, or none, when its owner is made, and again while it serves.

    `sites` are the assignments of new objects to it. What a public method binds anew is a setting, but for those that
    somebody outside calls again and again, which are the `endpoints`.
    """
    first, again = begins_empty, False
    for module, use in sites:
        if module.facts.scopes[use.scope].name in INITIALISERS:
            first = True
        else:
            again = again or _replaces(module, use, phases, endpoints)
    return first and again


def begins_empty(program: Program) -> set[tuple[int, str]]:
    """The attributes to which initialisers give None: the class of the method that does it, and the name."""
    out: set[tuple[int, str]] = set()
    for module in program.modules:
        for use in module.facts.uses:
            if use.kind == "bind" and use.attr and use.value == "None":
                if module.facts.scopes[use.scope].name in INITIALISERS:
                    owner = program.class_of(module.scope_base + use.scope)
                    out.update([(owner, use.attr)] if owner is not None else [])
    return out


def deleted(program: Program, phases: Phases) -> set[tuple[int, str]]:
    """The attributes that are deleted while the process serves: the class of the method that does it, and the name."""
    out: set[tuple[int, str]] = set()
    for module in program.modules:
        for use in module.facts.uses if not phases.quiet_file(module) else ():
            if use.kind != "bind" or use.op != "del" or not use.attr:
                continue
            gid = module.scope_base + use.scope
            owner = program.class_of(gid)
            scope = module.facts.scopes[use.scope]
            told = any(param.is_required for param in scope.params[1:])
            if owner is not None and phases.runs(gid) and (told or not SHUTDOWN_NAME.match(scope.name)):
                out.add((owner, use.attr))
    return out


def is_put_away(sites: Collection[tuple[Module, Use]]) -> bool:
    """Whether every function that gives an attribute a new object takes it away again further down: `self.out = None`.

    What the attribute holds then lasts as long as a call of that function.
    """
    return bool(sites) and all(
        any(
            each.kind == "bind" and each.attr == use.attr and each.scope == use.scope and each.base == use.base
            and each.step > use.step and (each.op == "del" or each.value == "None")
            for each in module.facts.uses
        )
        for module, use in sites
    )  # fmt: skip


def _replaces(module: Module, use: Use, phases: Phases, endpoints: Collection[int]) -> bool:
    gid, name = module.scope_base + use.scope, module.facts.scopes[use.scope].name
    if not phases.runs(gid):
        return False
    if SHUTDOWN_NAME.match(name):
        if not STARTING_OVER.match(name) or phases.exclusively(gid, SHUTDOWN_NAME):
            return False
    elif not name.startswith("_") and gid not in endpoints and not _asks_if_it_runs(module, use):
        return False
    known = (each for guard in guards(module, use) for each in conjuncts(guard))
    return not any(is_emptiness(tree, holds, use.attr) for tree, holds in known)


def _asks_if_it_runs(module: Module, use: Use) -> bool:
    """Whether a function asks, before it binds an attribute anew, whether what it holds is at its end."""
    asked = re.compile(rf"\b{re.escape(use.attr)}\.(is_alive|done|poll)\(\)")
    return any(block.scope == use.scope and asked.search(block.test) for block in module.facts.blocks)
