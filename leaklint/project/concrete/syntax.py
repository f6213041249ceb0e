"""What rules ask of a concrete tree: where a statement stands, what protects it, under which conditions it runs.

Importing this module loads libcst: a rule does so when it has a suspect.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, TypeVar

import libcst as cst
import msgspec

if TYPE_CHECKING:
    from leaklint.trees import Tree

FUNCTIONS = (cst.FunctionDef, cst.Lambda)
LEAVES = (cst.Return, cst.Raise, cst.Continue, cst.Break)

_Node = TypeVar("_Node", bound=cst.CSTNode)

EVERYTHING = frozenset({"", "BaseException", "Exception"})
"""The arms that see any error."""

CANCELLED = frozenset({"", "BaseException", "CancelledError"})
"""The arms that see a cancellation."""

WAITED = EVERYTHING | {"TimeoutError", "Timeout", "CancelledError"}
"""The arms that see the end of a wait."""


class Condition(msgspec.Struct, frozen=True):
    """A test that is true (`holds`) or false where a statement runs, and its row."""

    test: cst.BaseExpression
    holds: bool
    row: int


def function_at(tree: Tree, row: int) -> cst.FunctionDef | None:
    """The innermost function that a row lies in."""
    found = [node for node in tree.nodes() if isinstance(node, cst.FunctionDef) and row in tree.rows(node)]
    return max(found, key=tree.row, default=None)


def statement_at(tree: Tree, row: int) -> cst.CSTNode | None:
    """The innermost statement that begins on a row or, where none does, contains it."""
    kinds = (cst.SimpleStatementLine, cst.BaseCompoundStatement, cst.SimpleStatementSuite)
    around = [node for node in tree.nodes() if isinstance(node, kinds) and row in tree.rows(node)]
    return max(around, key=lambda node: (tree.row(node), -len(tree.rows(node))), default=None)


def within(tree: Tree, function: cst.CSTNode, kinds: type[_Node] | tuple[type[_Node], ...]) -> Iterator[_Node]:
    """The nodes of a function of some kinds, in the order of the text, those of nested functions left out."""
    for node in tree.nodes(function):
        if isinstance(node, kinds) and owner(tree, node) is function:
            yield node


def bound_alone(tree: Tree, function: cst.CSTNode, name: str) -> Iterator[cst.Assign]:
    """The assignments of a function with a name as their only target."""
    for each in within(tree, function, cst.Assign):
        target = each.targets[0].target
        if len(each.targets) == 1 and isinstance(target, cst.Name) and target.value == name:
            yield each


def owner(tree: Tree, node: cst.CSTNode) -> cst.CSTNode | None:
    """The function or lambda that a node belongs to."""
    return next((each for each in tree.around(node) if isinstance(each, FUNCTIONS)), None)


def rows_in(tree: Tree, node: cst.CSTNode, rows: Collection[int]) -> bool:
    """Whether any of the rows lies in a node."""
    span = tree.rows(node)
    return any(row in span for row in rows)


def caught(handler: cst.ExceptHandler) -> frozenset[str]:
    """The last names of the exceptions that an arm catches; '' for all."""
    kind = handler.type
    if kind is None:
        return frozenset({""})
    parts = [each.value for each in kind.elements] if isinstance(kind, cst.Tuple) else [kind]
    return frozenset(last_name(part) for part in parts)


def last_name(node: cst.BaseExpression) -> str:
    """`c` for `a.b.c` and for a call of it, '' where there is no name."""
    if isinstance(node, cst.Call):
        return last_name(node.func)
    if isinstance(node, cst.Attribute):
        return node.attr.value
    return node.value if isinstance(node, cst.Name) else ""


def guarded(tree: Tree, node: cst.CSTNode, cleaning: Collection[int], kinds: Collection[str]) -> bool:
    """Whether an error of one of the kinds at a node passes code on a cleaning row: a `finally`, or an arm for it."""
    inner = node
    for each in tree.around(node):
        if isinstance(each, FUNCTIONS):
            return False
        if isinstance(each, cst.Try):
            if each.finalbody is not None and inner is not each.finalbody and rows_in(tree, each.finalbody, cleaning):
                return True
            if inner is each.body and any(
                rows_in(tree, handler.body, cleaning) for handler in each.handlers if caught(handler) & set(kinds)
            ):
                return True
        inner = each
    return False


def cleaned_before(tree: Tree, node: cst.CSTNode, after: int, cleaning: Collection[int]) -> bool:
    """Whether a cleaning row after `after` always runs before a node does: in the same arm or one around it."""
    row = tree.row(node)
    for arm in tree.around(node):
        if isinstance(arm, FUNCTIONS):
            return False
        for statement in _statements(arm):
            rows = tree.rows(statement)
            if rows.start > after and rows.stop <= row and _plainly(tree, statement, cleaning):
                return True
    return False


def _plainly(tree: Tree, statement: cst.CSTNode, cleaning: Collection[int]) -> bool:
    """Whether a statement cleans whenever it runs; `if key in C: del C[key]` does."""
    if isinstance(statement, (cst.SimpleStatementLine, cst.With)):
        return rows_in(tree, statement, cleaning)
    if isinstance(statement, cst.If) and _is_membership(statement.test):
        return rows_in(tree, statement.body, cleaning)
    return False


def _is_membership(test: cst.BaseExpression) -> bool:
    if not isinstance(test, cst.Comparison) or len(test.comparisons) != 1:
        return False
    return isinstance(test.comparisons[0].operator, cst.In)


def exclusive(tree: Tree, first: cst.CSTNode, second: cst.CSTNode) -> bool:
    """Whether two nodes lie in different arms of one `if`, so that no run sees both without a loop."""
    outer = list(tree.around(first))
    arms: list[cst.CSTNode] = [first, *outer]
    inner = second
    for each in tree.around(second):
        if isinstance(each, cst.If) and each in outer:
            return arms[outer.index(each)] is not inner
        if each in outer:
            return False
        inner = each
    return False


def _statements(arm: cst.CSTNode) -> Sequence[cst.CSTNode]:
    return arm.body if isinstance(arm, cst.IndentedBlock) else ()


def conditions(tree: Tree, node: cst.CSTNode) -> Iterator[Condition]:
    """What is known to hold where a node runs: the arms around it, and arms before it that leave, in its function."""
    inner = node
    for each in tree.around(node):
        if isinstance(each, FUNCTIONS):
            return
        if isinstance(each, cst.If):
            yield from split(each.test, inner is each.body, tree.row(each))
        elif isinstance(each, cst.While) and inner is each.body:
            yield from split(each.test, True, tree.row(each))
        elif isinstance(each, cst.IfExp) and inner is not each.test:
            yield from split(each.test, inner is each.body, tree.row(each))
        for statement in _statements(each):
            if statement is inner:
                break
            if isinstance(statement, cst.If) and _leaves(statement.body):
                yield from split(statement.test, False, tree.row(statement))
        inner = each


def _leaves(body: cst.BaseSuite) -> bool:
    last = body.body[-1] if body.body else None
    if isinstance(last, cst.SimpleStatementLine):
        last = last.body[-1]
    return last is not None and isinstance(last, LEAVES)


def split(test: cst.BaseExpression, holds: bool, row: int) -> Iterator[Condition]:
    """The parts of a condition that hold by themselves: those of an `and` that is true, of an `or` that is false."""
    if isinstance(test, cst.UnaryOperation) and isinstance(test.operator, cst.Not):
        yield from split(test.expression, not holds, row)
    elif isinstance(test, cst.BooleanOperation) and isinstance(test.operator, cst.And if holds else cst.Or):
        yield from split(test.left, holds, row)
        yield from split(test.right, holds, row)
    else:
        yield Condition(test, holds, row)
