"""What is done where a size is compared with a limit, on the tree. Importing this module loads libcst."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import libcst as cst

from leaklint.project.concrete import syntax
from leaklint.rule import Suspect

if TYPE_CHECKING:
    from leaklint.trees import Tree

_TELLS = frozenset(
    {"debug", "info", "warning", "warn", "error", "exception", "critical", "log", "print", "len", "getsizeof", "inc"}
    | {"set", "observe", "gauge", "increment", "record", "emit", "format", "str", "repr", "time", "monotonic"}
)
"""Calls that tell of a size and leave it as it is."""


def without_effect(tree: Tree, suspect: Suspect) -> str | None:
    """The line that compares the container's size and then only tells of it; '' where every such line acts."""
    function = syntax.function_at(tree, suspect.growth.row)
    if function is None:
        return None
    for each in _compared(tree, function, suspect.name):
        if not any(_acts(tree, arm, suspect) for arm in (each.body, each.orelse) if arm is not None):
            return f"line {tree.row(each)} compares the size and removes nothing"
    return ""


def _compared(tree: Tree, function: cst.FunctionDef, name: str) -> Iterator[cst.If]:
    """The conditions of a function that are about `len(NAME)`."""
    alone = [each.value for each in syntax.bound_alone(tree, function, name)]
    another = bool(alone) and all(syntax.last_name(value) != name for value in alone)
    for each in syntax.within(tree, function, cst.If):
        if any(_is_size(node, name, another) for node in tree.nodes(each.test)):
            yield each


def _is_size(node: cst.CSTNode, name: str, another: bool) -> bool:
    """Whether a node is `len(NAME)`; `another` where a bare name is a local of the function's own."""
    if not isinstance(node, cst.Call) or not isinstance(node.func, cst.Name) or len(node.args) != 1:
        return False
    if another and isinstance(node.args[0].value, cst.Name):
        return False
    return node.func.value == "len" and syntax.last_name(node.args[0].value) == name


def _acts(tree: Tree, arm: cst.CSTNode, suspect: Suspect) -> bool:
    """Whether an arm leaves, removes, or calls something that is not known merely to tell."""
    if syntax.rows_in(tree, arm, suspect.cleaning):
        return True
    targets = (node.target for node in tree.nodes(arm) if isinstance(node, cst.AssignTarget))
    own = {target.value for target in targets if isinstance(target, cst.Name)}
    for node in tree.nodes(arm):
        if isinstance(node, syntax.LEAVES):
            return True
        if isinstance(node, cst.Call) and syntax.last_name(node.func) not in _TELLS:
            is_on_own = isinstance(node.func, cst.Attribute) and syntax.last_name(node.func.value) in own
            if not is_on_own:
                return True
    return False
