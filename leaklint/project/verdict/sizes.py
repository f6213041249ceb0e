"""Sizes that are checked before something grows, also where they were read into a name first."""

from __future__ import annotations

import ast
import copy

from leaklint.facts import Op
from leaklint.project.domains.domain import Domain, Domains
from leaklint.project.sources import expression
from leaklint.project.storage.containers import Container, Event
from leaklint.project.storage.guards import limits_growth, mentions_length, path

_ATTR = int(Op.ATTR)


def is_limited(tree: ast.expr, holds: bool, name: str, event: Event, domains: Domains) -> bool:
    """Whether a condition, true or false as given, keeps the container `name`, or the element that grows, small.

    `n = len(C); if limit <= n: return` checks as `if limit <= len(C)` does, and where an element grows, `len(C[key])`.
    """
    if _is_once_for_each(tree, holds, event, domains):
        return True
    compare = mentions_length(tree, name)
    if compare is None and any(isinstance(part, ast.Compare) for part in ast.walk(tree)):
        spelt = _Spelling(event, domains).visit(copy.deepcopy(tree))
        compare = mentions_length(spelt, name)
    return compare is not None and limits_growth(compare, holds, name)


def _is_once_for_each(tree: ast.expr, holds: bool, event: Event, domains: Domains) -> bool:
    """Whether one of few keys is not yet in another collection, into which the same arm puts it: `if K not in SEEN`."""
    if not isinstance(tree, ast.Compare) or len(tree.ops) != 1:
        return False
    if not isinstance(tree.ops[0], ast.NotIn if holds else ast.In):
        return False
    key, other = ast.unparse(tree.left), tree.comparators[0]
    last = other.attr if isinstance(other, ast.Attribute) else other.id if isinstance(other, ast.Name) else ""
    facts = event.module.facts
    slots = {each.slot for each in facts.variables if each.name == last}
    slots |= {step[1] for step in facts.scopes[event.use.scope].code if step[0] == _ATTR and step[3] == last}
    put = any(
        (each.kind, each.scope, each.block) == ("grow", event.use.scope, event.use.block)
        and each.base in slots
        and key in (each.key, each.value)
        for each in facts.uses
    )
    return put and domains.of(tree.left, event.scope, 4).domain == Domain.FINITE


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


def is_counted(tree: ast.expr, holds: bool, container: Container, event: Event) -> bool:
    """Whether a number that is raised beside the growth is still below a limit: `if self.made < self.most: ...`.

    What lowers it again has to take from the container as well, or to stand in an arm for exceptions.
    """
    if not isinstance(tree, ast.Compare) or len(tree.ops) != 1:
        return False
    sides = (tree.left, tree.comparators[0])
    smaller = sides[0] if isinstance(tree.ops[0], (ast.Lt, ast.LtE)) == holds else sides[1]
    if not isinstance(tree.ops[0], (ast.Lt, ast.LtE, ast.Gt, ast.GtE)) or not isinstance(smaller, ast.Attribute):
        return False
    facts = event.module.facts
    slots = {step[1] for scope in facts.scopes for step in scope.code if step[0] == _ATTR and step[3] == smaller.attr}
    steps = [each for each in facts.uses if each.base in slots and each.value.isdigit() and each.op in ("+=", "-=")]
    raised = any(each.op == "+=" and each.scope == event.use.scope for each in steps)
    emptying = {each.use.scope for each in container.shrinks if each.module is event.module}
    return raised and all(
        each.scope in emptying or any(block.kind == "except" for block in path(event.module, each.block))
        for each in steps
        if each.op == "-="
    )
