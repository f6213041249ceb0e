"""The key of a removal beside that of the growth, on the tree. Importing this module loads libcst."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from leaklint.project.concrete import syntax
from leaklint.rule import Suspect

if TYPE_CHECKING:
    from leaklint.trees import Tree


def mismatched(added: Tree, taken: Tree, suspect: Suspect) -> str | None:
    """How the two keys differ; '' where they may be equal: a name that is bound anew, an alternative, a call."""
    given = _assigned(added, suspect.growth.row, _key_at(added, suspect.growth.row, suspect.name))
    wanted = _key_at(taken, suspect.removals[0].row, suspect.name)
    if given is None or wanted is None:
        return None
    if (name := _name_given(added, suspect, wanted)) is not None:
        same = name.deep_equals(given) or not isinstance(name, (cst.FormattedString, cst.SimpleString))
        return "" if same else f"added under {added.code(given)}, removed under a name, {added.code(name)}"
    if given.deep_equals(wanted):
        return ""
    if _is_put_into(added, suspect, wanted):
        return f"added under {added.code(given)}, removed under {taken.code(wanted)}, which is added to what lies there"
    if _is_marked(given, wanted):
        return f"added under {added.code(given)}, removed under {taken.code(wanted)}"
    if not isinstance(wanted, (cst.Attribute, cst.Tuple)):
        return ""
    root = next((node for node in taken.nodes(wanted) if isinstance(node, cst.Name)), None)
    function = syntax.function_at(taken, suspect.removals[0].row)
    if root is None or function is None or _is_bound_anew(taken, function, root.value, added):
        return ""
    return f"added under {added.code(given)}, removed under {taken.code(wanted)}"


def _is_marked(given: cst.BaseExpression, wanted: cst.BaseExpression) -> bool:
    """Whether a key is a text with a mark around what is taken: `f"user:{id}"`, `"user:" + id`."""
    if isinstance(given, cst.FormattedString):
        named = [each.expression for each in given.parts if isinstance(each, cst.FormattedStringExpression)]
        marked = any(isinstance(each, cst.FormattedStringText) for each in given.parts)
    elif isinstance(given, cst.BinaryOperation) and isinstance(given.operator, (cst.Add, cst.Modulo)):
        sides = (given.left, given.right)
        named = [each for each in sides if not isinstance(each, cst.SimpleString)]
        marked = any(isinstance(each, cst.SimpleString) for each in sides)
    else:
        return False
    return marked and len(named) == 1 and named[0].deep_equals(wanted)


def _is_put_into(tree: Tree, suspect: Suspect, wanted: cst.BaseExpression) -> bool:
    """Whether the function that adds puts an expression into the collection under the key."""
    function = syntax.function_at(tree, suspect.growth.row)
    for call in syntax.within(tree, function, cst.Call) if function is not None else ():
        if not isinstance(call.func, cst.Attribute) or not call.args or not call.args[0].value.deep_equals(wanted):
            continue
        inner = call.func.value
        if isinstance(inner, cst.Subscript) and syntax.last_name(inner.value) == suspect.name:
            return True
    return False


def _name_given(tree: Tree, suspect: Suspect, wanted: cst.BaseExpression) -> cst.BaseExpression | None:
    """The name that the task or thread stored is made with, where the removal asks one for its name."""
    function = syntax.function_at(tree, suspect.growth.row)
    if not isinstance(wanted, cst.Call) or syntax.last_name(wanted) not in ("get_name", "getName") or function is None:
        return None
    made = [each.value for each in syntax.bound_alone(tree, function, suspect.growth.value)]
    if len(made) != 1 or not isinstance(made[0], cst.Call):
        return None
    return next((each.value for each in made[0].args if each.keyword and each.keyword.value == "name"), None)


def _assigned(tree: Tree, row: int, key: cst.BaseExpression | None) -> cst.BaseExpression | None:
    """What the function gives the local name that a key is, where it does so once; any other key itself."""
    function = syntax.function_at(tree, row)
    if not isinstance(key, cst.Name) or function is None:
        return key
    found = list(syntax.bound_alone(tree, function, key.value))
    return found[0].value if len(found) == 1 else key


def _key_at(tree: Tree, row: int, name: str) -> cst.BaseExpression | None:
    """The key of the container's subscript, or of the call of its method, in the statement on a row."""
    statement = syntax.statement_at(tree, row)
    if statement is None:
        return None
    for node in tree.nodes(statement):
        if isinstance(node, cst.Subscript) and syntax.last_name(node.value) == name:
            element = node.slice[0].slice
            if len(node.slice) > 1:  # `pairs[a, b]` is written without the brackets of a tuple
                values = [each.slice.value for each in node.slice if isinstance(each.slice, cst.Index)]
                return cst.Tuple([cst.Element(value) for value in values])
            return element.value if isinstance(element, cst.Index) else None
        if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute) and node.args:
            if syntax.last_name(node.func.value) == name:
                return node.args[0].value
    return None


def _is_bound_anew(tree: Tree, function: cst.FunctionDef, name: str, added: Tree) -> bool:
    """Whether the function gives the object of the key another value before, in a loop over the container say."""
    if tree is added:
        return False
    for node in syntax.within(tree, function, (cst.For, cst.Assign, cst.NamedExpr)):
        targets = [node.target] if isinstance(node, (cst.For, cst.NamedExpr)) else []
        targets += [each.target for each in node.targets] if isinstance(node, cst.Assign) else []
        parts = (part for target in targets for part in tree.nodes(target))
        if any(isinstance(part, cst.Name) and part.value == name for part in parts):
            return True
    return False
