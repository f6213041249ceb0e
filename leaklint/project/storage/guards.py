"""Under which conditions a use happens: its branch path and the exits taken before it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import msgspec

from leaklint.facts import NOWHERE, Block, Use
from leaklint.project.linker.program import Module
from leaklint.project.sources import expression


class Guard(msgspec.Struct, frozen=True):
    """A condition that holds where a use happens: `test` is its source, `holds` whether it is true there."""

    test: str
    holds: bool
    row: int


def path(module: Module, block: int) -> list[Block]:
    """The arms around a place, from the innermost out."""
    out = []
    while block != NOWHERE:
        out.append(module.facts.blocks[block])
        block = out[-1].parent
    return out


def arms(module: Module, use: Use) -> tuple[str, ...]:
    """The kinds of the arms around a use, from the innermost out."""
    return tuple(block.kind for block in path(module, use.block))


def guards(module: Module, use: Use) -> Iterator[Guard]:
    """Every condition known at a use: the arms around it, and the arms before it that leave the scope or loop."""
    around = set()
    block = use.block
    while block != NOWHERE:
        each = module.facts.blocks[block]
        around.add(block)
        if each.kind in ("if", "while", "and", "ifexp", "case"):
            yield Guard(each.test, True, each.row)
        elif each.kind == "else":
            yield Guard(each.test, False, each.row)
        block = each.parent
    around.add(NOWHERE)
    for way in module.facts.exits:
        if way.scope != use.scope or way.step > use.step or way.kind not in ("return", "raise", "continue", "break"):
            continue
        if way.block == NOWHERE or way.block in around:
            continue
        arm = module.facts.blocks[way.block]
        if arm.parent in around and arm.kind in ("if", "else"):
            yield Guard(arm.test, arm.kind == "else", arm.row)


def conjuncts(guard: Guard) -> Iterator[tuple[ast.expr, bool]]:
    """The parts of a condition that hold by themselves, each with its truth."""
    tree = expression(guard.test)
    if tree is not None:
        yield from _split(tree, guard.holds)


def _split(tree: ast.expr, holds: bool) -> Iterator[tuple[ast.expr, bool]]:
    if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.Not):
        yield from _split(tree.operand, not holds)
    elif isinstance(tree, ast.BoolOp) and isinstance(tree.op, ast.And) == holds:
        for part in tree.values:
            yield from _split(part, holds)
    else:
        yield tree, holds


def mentions_length(tree: ast.expr, name: str) -> ast.Compare | None:
    """The comparison of `len(NAME)` in a condition, NAME being the last part of the container's name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            for part in ast.walk(node):
                if isinstance(part, ast.Call) and _is_length(part, name):
                    return node
    return None


def _is_length(call: ast.Call, name: str) -> bool:
    func, args = call.func, call.args
    if isinstance(func, ast.Name) and func.id == "len" and args:
        return ends_with(args[0], name)
    if isinstance(func, ast.Attribute) and func.attr in ("__len__", "qsize", "full", "tell"):
        return ends_with(func.value, name)
    return False


def ends_with(tree: ast.expr, name: str) -> bool:
    """Whether an expression is a name or attribute of that name."""
    if isinstance(tree, ast.Name):
        return tree.id == name
    return isinstance(tree, ast.Attribute) and tree.attr == name


def limits_growth(compare: ast.Compare, holds: bool, name: str) -> bool:
    """Whether a comparison of the length, true or false as given, keeps the length below something."""
    if len(compare.ops) != 1:
        return True
    left_is_length = any(isinstance(part, ast.Call) and _is_length(part, name) for part in ast.walk(compare.left))
    op = compare.ops[0]
    below = isinstance(op, (ast.Lt, ast.LtE)) if left_is_length else isinstance(op, (ast.Gt, ast.GtE))
    above = isinstance(op, (ast.Gt, ast.GtE)) if left_is_length else isinstance(op, (ast.Lt, ast.LtE))
    if isinstance(op, ast.Eq):
        above = True
    return below if holds else above


def is_emptiness(tree: ast.expr, holds: bool, name: str) -> bool:
    """Whether a condition says that NAME is empty, absent or None: `not X`, `X is None`, `len(X) == 0`."""
    if ends_with(tree, name):
        return not holds
    if isinstance(tree, ast.Compare) and len(tree.ops) == 1:
        op, right = tree.ops[0], tree.comparators[0]
        nothing = (isinstance(right, ast.Constant) and right.value in (None, 0)) or _empty_display(right)
        if nothing and (ends_with(tree.left, name) or mentions_length(tree, name) is tree):
            return isinstance(op, (ast.Is, ast.Eq)) == holds
    if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and tree.func.id == "hasattr":
        return not holds and len(tree.args) == 2 and ast.unparse(tree.args[1]).strip("'\"") == name
    return False


def read_as(module: Module, use: Use, name: str) -> list[str]:
    """The locals that stand for NAME where it is used: `seen = getattr(self, "NAME", None)`, `seen = self.NAME`."""
    slots = {each.slot: each.name for each in module.facts.variables if each.scope == use.scope}
    asked = re.compile(rf"getattr\([\w.]+, ['\"]{re.escape(name)}['\"](, None)?\)|[\w.]+\.{re.escape(name)}")
    return [
        slots[each.base]
        for each in module.facts.uses
        if each.kind == "bind" and each.scope == use.scope and each.step < use.step and not each.attr
        and each.base in slots and asked.fullmatch(each.value)
    ]  # fmt: skip


def accumulates(text: str, name: str) -> bool:
    """Whether a value holds all that NAME held: `C`, `C or {}`, `list(C)`, and whatever adds to it."""
    tree = expression(text) if name in text else None
    if tree is None or adds_to(text, name):
        return tree is not None
    if isinstance(tree, ast.BoolOp):
        return any(ends_with(part, name) for part in tree.values)
    if isinstance(tree, ast.IfExp):
        return ends_with(tree.body, name) or ends_with(tree.orelse, name)
    if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and tree.func.id in ("dict", "list", "set"):
        return bool(tree.args) and ends_with(tree.args[0], name)
    return ends_with(tree, name)


_SUM = re.compile(r"[+|*]|\bunion\b|\bdict\b")
"""What stands in every value that is a container and more."""


def adds_to(text: str, name: str) -> bool:
    """Whether a value is NAME and more: `C + [x]`, `{**C, k: v}`, `[*C, x]`, `dict(C, k=v)`, `C.union(x)`."""
    tree = expression(text) if name in text and _SUM.search(text) else None
    if isinstance(tree, ast.BinOp):
        return any(ends_with(part, name) for part in _operands(tree))
    if isinstance(tree, ast.Dict):
        return any(key is None and ends_with(value, name) for key, value in zip(tree.keys, tree.values))
    if isinstance(tree, (ast.List, ast.Tuple, ast.Set)):
        return any(isinstance(each, ast.Starred) and ends_with(each.value, name) for each in tree.elts)
    if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Attribute) and tree.func.attr == "union":
        return ends_with(tree.func.value, name)
    if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and tree.func.id == "dict":
        return bool(tree.args) and ends_with(tree.args[0], name) and bool(tree.keywords)
    return False


def _operands(tree: ast.BinOp) -> list[ast.expr]:
    if not isinstance(tree.op, (ast.Add, ast.BitOr)):
        return []
    inner = tree.left
    return [tree.right, *(_operands(inner) if isinstance(inner, ast.BinOp) else [inner])]


def only_replaces(tree: ast.expr, holds: bool, key: str, name: str) -> bool:
    """Whether a condition says that the key is in the container NAME already."""
    return (
        isinstance(tree, ast.Compare)
        and len(tree.ops) == 1
        and ends_with(tree.comparators[0], name)
        and isinstance(tree.ops[0], ast.In if holds else ast.NotIn)
        and ast.unparse(tree.left) == key
    )


def _empty_display(tree: ast.expr) -> bool:
    return isinstance(tree, (ast.Dict, ast.List, ast.Tuple)) and ast.unparse(tree) in ("{}", "[]", "()")


def excludes(tree: ast.expr, holds: bool, key: str, name: str) -> bool:
    """Whether a condition says that the key is not in the container NAME yet."""
    return (
        isinstance(tree, ast.Compare)
        and len(tree.ops) == 1
        and ends_with(tree.comparators[0], name)
        and isinstance(tree.ops[0], ast.NotIn if holds else ast.In)
        and (not key or ast.unparse(tree.left) == key)
    )


_FLAG = re.compile(
    r"(.*_)?(initiali[sz]ed|inited|finali[sz]ed|loaded|done|ready|configured|registered|installed|populated|started)s?"
    r"|_*(setup|set_up|called|frozen|sealed|built|prepared)s?"
)
_OWN = frozenset({"self", "cls", "mcs"})


def is_run_once(tree: ast.expr, holds: bool) -> bool:
    """Whether a condition is a flag of one's own that says that something was not done yet."""
    if isinstance(tree, ast.Attribute) and isinstance(tree.value, ast.Name):
        name = tree.attr if tree.value.id in _OWN or tree.value.id[:1].isupper() else ""
    else:
        name = tree.id if isinstance(tree, ast.Name) else ""
    return not holds and bool(_FLAG.fullmatch(name))
