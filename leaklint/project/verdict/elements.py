"""Growth of the elements of a container: reads that insert, and what fills an element that was put in just before."""

from __future__ import annotations

import ast
import re

from leaklint.project.linker.program import ExternalInstance, Program
from leaklint.project.storage.containers import Container, Event
from leaklint.project.storage.guards import conjuncts, guards, path

_FRESH = re.compile(r"[\[{(]|(dict|list|set|(collections\.)?(defaultdict|deque|OrderedDict|Counter))\(")
_DEFAULTDICT = "collections.defaultdict"


def inserts(program: Program, container: Container, event: Event) -> bool:
    """Whether a read under a key makes an entry where there is none."""
    if event.ref.depth == 0:
        return "defaultdict" in container.kinds
    values = program.values(event.use.base + event.module.slot_base)
    fills = all(isinstance(each, ExternalInstance) and each.dotted == _DEFAULTDICT for each in values)
    return bool(values) and fills and not _is_known(event)


def _is_known(event: Event) -> bool:
    """Whether it was asked before whether the key is in some container."""
    for guard in guards(event.module, event.use):
        for tree, holds in conjuncts(guard):
            if isinstance(tree, ast.Compare) and isinstance(tree.ops[0], ast.In if holds else ast.NotIn):
                if ast.unparse(tree.left) == event.use.key:
                    return True
    return False


def fills_new(container: Container, event: Event) -> bool:
    """Whether an element grows that the same function has put in on the way there: `D[k] = []; D[k].append(x)`."""
    around = path(event.module, event.use.block)
    for other in container.grows if event.ref.depth > 0 else ():
        use = other.use
        if other.scope == event.scope and use.op == "[]=" and other.ref.depth == 0 and use.step < event.use.step:
            arm = path(other.module, use.block)[:1]
            if _FRESH.match(use.value) and (not arm or any(arm[0] is each for each in around)):
                return True
    return False
