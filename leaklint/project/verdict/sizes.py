"""Sizes that are checked before something grows, also where they were read into a name first."""

from __future__ import annotations

import ast
import copy

from leaklint.project.domains.domain import Domains
from leaklint.project.sources import expression
from leaklint.project.storage.containers import Event
from leaklint.project.storage.guards import limits_growth, mentions_length


def is_limited(tree: ast.expr, holds: bool, name: str, event: Event, domains: Domains) -> bool:
    """Whether a condition, true or false as given, keeps the container `name`, or the element that grows, small.

    `n = len(C); if limit <= n: return` checks as `if limit <= len(C)` does, and where an element grows, `len(C[key])`.
    """
    compare = mentions_length(tree, name)
    if compare is None and any(isinstance(part, ast.Compare) for part in ast.walk(tree)):
        spelt = _Spelling(event, domains).visit(copy.deepcopy(tree))
        compare = mentions_length(spelt, name)
    return compare is not None and limits_growth(compare, holds, name)


class _Spelling(ast.NodeTransformer):
    """Puts what a local name was given in its place where that is a length, and a container in an element's place."""

    def __init__(self, event: Event, domains: Domains) -> None:
        self.event = event
        self.domains = domains

    def visit_Name(self, node: ast.Name) -> ast.expr:
        found = self.domains.variable(node.id, self.event.scope)
        binds = self.domains.binds.get(found[0], ()) if found is not None and found[1] == self.event.scope else ()
        tree = expression(binds[0].value) if len(binds) == 1 and binds[0].value.startswith("len(") else None
        return self.visit(copy.deepcopy(tree)) if isinstance(tree, ast.Call) else node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        if self.event.ref.depth > 0 and isinstance(node.func, ast.Name) and node.func.id == "len" and node.args:
            node.args = [_container(node.args[0]), *node.args[1:]]
        return node


def _container(tree: ast.expr) -> ast.expr:
    """What an element was taken from: `C` of `C[key]` and `C.get(key)`."""
    if isinstance(tree, ast.Subscript):
        return tree.value
    if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Attribute) and tree.func.attr == "get":
        return tree.func.value
    return tree
