"""Parameters that a function looks up before it goes on: what is not in a collection of the program leaves it."""

from __future__ import annotations

import ast

from leaklint.facts import NOWHERE
from leaklint.project.linker.program import Program
from leaklint.project.sources import expression


def is_looked_up(program: Program, function: int, name: str) -> bool:
    """Whether a function leaves, by `if NAME not in COLLECTION: raise`, unless a parameter is known to the program.

    There are then as many as the collection has, whoever sends the name.
    """
    module = program.module_of(function)
    blocks, scope = module.facts.blocks, function - module.scope_base
    for way in module.facts.exits:
        if way.scope != scope or way.kind not in ("raise", "return") or way.block == NOWHERE:
            continue
        arm = blocks[way.block]
        if arm.kind == "if" and arm.parent == NOWHERE and f"{name} not in " in arm.test and _misses(arm.test, name):
            return True
    return False


def _misses(test: str, name: str) -> bool:
    """Whether a condition holds wherever the name is not in some collection."""
    tree = expression(test)
    parts = tree.values if isinstance(tree, ast.BoolOp) and isinstance(tree.op, ast.Or) else [tree]
    return any(
        isinstance(part, ast.Compare)
        and isinstance(part.ops[0], ast.NotIn)
        and isinstance(part.left, ast.Name)
        and part.left.id == name
        for part in parts
    )
