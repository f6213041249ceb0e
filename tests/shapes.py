"""Predicates over the trees of small programs, and changes of one function."""

from __future__ import annotations

import ast

BY_KEY = frozenset({"pop", "discard", "remove"})
REMOVALS = BY_KEY | {"popitem", "clear", "popleft", "get_nowait", "add_done_callback", "callback", "finalize"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def registers(node: Function) -> bool:
    """Whether a function gives back the function that it takes, or makes one that does."""
    inner = [part for part in ast.walk(node) if isinstance(part, Function) and part.args.args]
    return any(
        isinstance(part, ast.Return) and isinstance(part.value, ast.Name) and part.value.id == each.args.args[0].arg
        for each in inner
        for part in ast.walk(each)
    )


def own_collections(function: Function, classes: set[str]) -> list[ast.Assign]:
    """The statements by which a function binds a name to a new object or collection that it only adds to."""
    parts = list(ast.walk(function))
    if any(isinstance(part, (Function, ast.Lambda)) for part in parts[1:]) or any(map(is_kept_small, parts)):
        return []
    given = {part.arg for part in parts if isinstance(part, ast.arg)}
    used = {root(part.func) for part in parts if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute)}
    stored = {root(part) for part in parts if is_store(part)}
    found = [part for part in parts if isinstance(part, ast.Assign) and is_made(part.value, classes)]
    return [each for each in found if last_name(each.targets[0]) in (used | stored) - given]


def is_kept_small(node: ast.AST) -> bool:
    """Whether a node removes, compares a size, or may bind a shared name."""
    return is_removal(node) or is_length(node) or isinstance(node, (ast.Global, ast.Await, ast.ListComp))


def is_made(value: ast.expr, classes: set[str]) -> bool:
    """`[]`, `{}`, `set()`, `Report()` of one of the classes."""
    if isinstance(value, (ast.List, ast.Dict)):
        return is_empty(value)
    is_bare = isinstance(value, ast.Call) and not value.args and not value.keywords
    return is_bare and root(getattr(value, "func", value)) in {*classes, "set", "deque"}


def leave_out(function: Function, statement: ast.stmt) -> bool:
    """Takes a statement out of a function, wherever in it the statement stands."""
    for part in ast.walk(function):
        body = getattr(part, "body", None)
        if isinstance(body, list) and statement in body:
            body[body.index(statement)] = ast.Pass()
            return True
    return False


def open_to_callers(function: Function, names: set[str]) -> ast.AST:
    """The function with the parameters of these names bare and called `user_id`, a name that promises nothing."""
    for part in ast.walk(function):
        if isinstance(part, ast.arg) and part.arg in names:
            part.arg, part.annotation = "user_id", None
        elif isinstance(part, ast.Name) and part.id in names:
            part.id = "user_id"
    return function


def is_finite(annotation: ast.expr | None) -> bool:
    return annotation is not None and root(annotation) not in ("str", "")


def is_emptiness(test: ast.expr) -> bool:
    """`not X`, `X is None`."""
    negated = isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)
    absent = isinstance(test, ast.Compare) and isinstance(test.comparators[0], ast.Constant)
    return negated or (isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.Is) and absent)


def is_store(node: ast.AST) -> bool:
    return isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store)


def is_removal(node: ast.AST) -> bool:
    if isinstance(node, ast.Delete):
        return any(isinstance(target, ast.Subscript) for target in node.targets)
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in REMOVALS


def removes(node: ast.AST) -> bool:
    """Whether a node removes, takes from a queue, or puts an empty collection in the place of a full one."""
    if isinstance(node, ast.Assign) and not isinstance(node.targets[0], ast.Name):
        return any(isinstance(each, (ast.List, ast.Dict)) and is_empty(each) for each in flat(node.value))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get":
        return not node.args
    return is_removal(node)


def is_empty(node: ast.List | ast.Dict) -> bool:
    return not (node.elts if isinstance(node, ast.List) else node.values)


def grows(node: ast.AST) -> bool:
    added = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("append", "add")
    return added or is_store(node)


def is_length(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "len"


def is_name(node: ast.AST) -> bool:
    return isinstance(node, (ast.Name, ast.Attribute))


def last_name(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def root(node: ast.AST) -> str:
    """`a` in `a.b[c]`."""
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def flat(node: ast.expr) -> list[ast.expr]:
    return node.elts if isinstance(node, ast.Tuple) else [node]


def flat_items(node: ast.expr) -> list[ast.expr]:
    return [each for each in flat(node) if isinstance(each, ast.Subscript)]


def is_constant_name(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id.isupper()
