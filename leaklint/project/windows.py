"""Entries that are collections of their own and are kept small, on the tree. Importing this module loads libcst."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst
from libcst import matchers as m

from leaklint.project import syntax
from leaklint.rule import Suspect

if TYPE_CHECKING:
    from leaklint.trees import Tree

_MADE = frozenset({"list", "set", "deque", "dict", "defaultdict", "OrderedDict", "Counter", "bytearray", "sorted"})
_FILTERED = m.ListComp() | m.SetComp() | m.DictComp() | m.GeneratorExp()
_SLICED = m.Subscript(slice=[m.SubscriptElement(slice=m.Slice())])


def pruned(tree: Tree, suspect: Suspect) -> str | None:
    """What is stored under the key is a collection, and the line that prunes it; '' where it is a record or an object.

    A read that inserts, as of a `defaultdict`, tells nothing of the value: there the facts' word stands.
    """
    statement = syntax.statement_at(tree, suspect.growth.row)
    if statement is None:
        return None
    stored = _stored(tree, statement, suspect.name)
    if stored is not None and not _is_collection(_assigned(tree, suspect.growth.row, stored), suspect.name):
        return ""
    rows = [removal.row for removal in suspect.removals] or [tree.row(statement)]
    return f"line {rows[0]} prunes what is under a key, the key stays"


def _stored(tree: Tree, statement: cst.CSTNode, name: str) -> cst.BaseExpression | None:
    """What a statement stores under a key of the container: `C[k] = value`, `C.setdefault(k, value)`."""
    for node in tree.nodes(statement):
        if isinstance(node, cst.Assign) and any(_is_item(each.target, name) for each in node.targets):
            return node.value
        if m.matches(node, m.Call(func=m.Attribute(attr=m.Name("setdefault")), args=[m.Arg(), m.Arg()])):
            assert isinstance(node, cst.Call)
            assert isinstance(node.func, cst.Attribute)
            if syntax.last_name(node.func.value) == name:
                return node.args[1].value
    return None


def _is_item(target: cst.BaseExpression, name: str) -> bool:
    return isinstance(target, cst.Subscript) and syntax.last_name(target.value) == name


def _assigned(tree: Tree, row: int, value: cst.BaseExpression) -> cst.BaseExpression:
    """What the function gives a local name, the last time before a row; any other expression itself."""
    function = syntax.function_at(tree, row)
    if not isinstance(value, cst.Name) or function is None:
        return value
    bound = m.Assign(targets=[m.AssignTarget(target=m.Name(value.value))])
    found = [each for each in syntax.within(tree, function, bound) if tree.row(each) <= row]
    return found[-1].value if found and isinstance(found[-1], cst.Assign) else value


def _is_collection(value: cst.BaseExpression, name: str) -> bool:
    """Whether an expression makes a collection, or is made of what was there; a dict with keys is a record."""
    if isinstance(value, cst.Dict):
        return not value.elements
    if isinstance(value, cst.BooleanOperation):
        return _is_collection(value.right, name)
    if isinstance(value, cst.Call) and syntax.last_name(value.func) in _MADE:
        return True
    return m.matches(value, m.List() | m.Set() | _FILTERED | _SLICED) or any(
        isinstance(node, cst.Subscript) and _is_item(node, name) for node in m.findall(value, m.Subscript())
    )
