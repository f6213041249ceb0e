"""Entries that are collections of their own and are kept small, on the tree. Importing this module loads libcst."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from leaklint.project.concrete import syntax
from leaklint.rule import Suspect

if TYPE_CHECKING:
    from leaklint.trees import Tree

_MADE = frozenset({"list", "set", "deque", "dict", "defaultdict", "OrderedDict", "Counter", "bytearray", "sorted"})
_DISPLAYS = (cst.List, cst.Set, cst.ListComp, cst.SetComp, cst.DictComp, cst.GeneratorExp)


def is_collection_kept(tree: Tree, suspect: Suspect) -> bool | None:
    """Whether what is stored under the key is a collection, not a record or an object; None without a statement.

    Where the statement stores nothing, the facts' word stands.
    """
    statement = syntax.statement_at(tree, suspect.growth.row)
    if statement is None:
        return None
    stored = _stored(tree, statement, suspect.name)
    return stored is None or _is_collection(tree, _assigned(tree, suspect.growth.row, stored), suspect.name)


def _stored(tree: Tree, statement: cst.CSTNode, name: str) -> cst.BaseExpression | None:
    """What a statement stores under a key of the container: `C[k] = value`, `C.setdefault(k, value)`."""
    for node in tree.nodes(statement):
        if isinstance(node, cst.Assign) and any(_is_item(each.target, name) for each in node.targets):
            return node.value
        if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute) and len(node.args) == 2:
            if node.func.attr.value == "setdefault" and syntax.last_name(node.func.value) == name:
                return node.args[1].value
    return None


def _is_item(target: cst.BaseExpression, name: str) -> bool:
    return isinstance(target, cst.Subscript) and syntax.last_name(target.value) == name


def _assigned(tree: Tree, row: int, value: cst.BaseExpression) -> cst.BaseExpression:
    """What the function gives a local name, the last time before a row; any other expression itself."""
    function = syntax.function_at(tree, row)
    if not isinstance(value, cst.Name) or function is None:
        return value
    found = [each for each in syntax.bound_alone(tree, function, value.value) if tree.row(each) <= row]
    return found[-1].value if found else value


def _is_collection(tree: Tree, value: cst.BaseExpression, name: str) -> bool:
    """Whether an expression makes a collection, or is made of what was there; a dict with keys is a record."""
    if isinstance(value, cst.Dict):
        return not value.elements
    if isinstance(value, cst.BooleanOperation):
        return _is_collection(tree, value.right, name)
    if isinstance(value, cst.Call) and syntax.last_name(value.func) in _MADE:
        return True
    if isinstance(value, cst.Subscript) and len(value.slice) == 1 and isinstance(value.slice[0].slice, cst.Slice):
        return True
    return isinstance(value, _DISPLAYS) or any(
        isinstance(node, cst.Subscript) and _is_item(node, name) for node in tree.nodes(value)
    )
