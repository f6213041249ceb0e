"""Every clean example is clean because of what bounds it: take that away or weaken it, and some rule speaks.

The mutants are generated: an operator is applied to all places of an example at which it can be. What else
keeps a mutant clean is listed with the reason.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator

import pytest

from leaklint.loader import load
from leaklint.rule import Rule
from leaklint.testing import check, examples, split

BY_KEY = frozenset({"pop", "discard", "remove"})
REMOVALS = BY_KEY | {"popitem", "clear", "popleft", "get_nowait", "add_done_callback", "callback", "finalize"}


class Operator(ast.NodeTransformer):
    """Weakens a program; `changes` counts where."""

    def __init__(self, files: dict[str, ast.Module]) -> None:
        self.changes = 0
        self.sweepers = frozenset(
            node.name
            for tree in files.values()
            for node in ast.walk(tree)
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
            and any(map(is_removal, ast.walk(node)))
            and node.name.startswith("_")
            and not node.name.endswith("__")
        )

    def changed(self, old: ast.stmt, *new: ast.stmt) -> list[ast.stmt]:
        self.changes += 1
        return list(new) or [ast.copy_location(ast.Pass(), old)]


class DropRemovals(Operator):
    """`C.pop(k)` and `del C[k]` as statements become `pass`."""

    def visit_Expr(self, node: ast.Expr) -> ast.AST | list[ast.stmt]:
        call = node.value.value if isinstance(node.value, ast.Await) else node.value
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in REMOVALS:
            return self.changed(node)
        return self.generic_visit(node)

    def visit_Delete(self, node: ast.Delete) -> ast.AST | list[ast.stmt]:
        return self.changed(node) if is_removal(node) else node


class DropFinally(Operator):
    """`try: ... finally: C.pop(k)` becomes `...` and `C.pop(k)`."""

    def visit_Try(self, node: ast.Try) -> ast.AST | list[ast.stmt]:
        if not any(is_removal(part) for statement in node.finalbody for part in ast.walk(statement)):
            return self.generic_visit(node)
        if node.handlers:
            return self.changed(node, ast.Try(node.body, node.handlers, node.orelse, []), *node.finalbody)
        last = node.body[-1]
        if not isinstance(last, ast.Return) or last.value is None:
            return self.changed(node, *node.body, *node.finalbody)
        kept = ast.Assign([ast.Name("result_", ast.Store())], last.value, lineno=last.lineno)
        back = ast.Return(ast.Name("result_", ast.Load()))
        return self.changed(node, *node.body[:-1], kept, *node.finalbody, back)


class ChangeKey(Operator):
    """`C.pop(message.id)` becomes `C.pop(message.other)`."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if isinstance(node.func, ast.Attribute) and node.func.attr == "pop" and node.args:
            node.args[0] = self.other(node.args[0])
        return self.generic_visit(node)

    def visit_Delete(self, node: ast.Delete) -> ast.AST:
        for target in node.targets:
            if isinstance(target, ast.Subscript):
                target.slice = self.other(target.slice)
        return node

    def other(self, key: ast.expr) -> ast.expr:
        if not isinstance(key, ast.Attribute):
            return key
        self.changes += 1
        return ast.copy_location(ast.Attribute(key.value, f"other_{key.attr}", key.ctx), key)


class DropSweeperCalls(Operator):
    """The statements that call or start a function which removes become `pass`."""

    def visit_Expr(self, node: ast.Expr) -> ast.AST | list[ast.stmt]:
        return self.changed(node) if self.starts(node) else self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> ast.AST | list[ast.stmt]:
        if not self.starts(node):
            return node
        return self.changed(node, ast.Assign(node.targets, ast.Constant(None), lineno=node.lineno))

    def starts(self, node: ast.Expr | ast.Assign) -> bool:
        names = {last_name(part) for part in ast.walk(node.value) if isinstance(part, (ast.Name, ast.Attribute))}
        return isinstance(node.value, (ast.Call, ast.Await)) and bool(names & self.sweepers)


class DropLimit(Operator):
    """`maxlen=100` becomes `maxlen=None`."""

    def visit_keyword(self, node: ast.keyword) -> ast.AST:
        if node.arg in ("maxlen", "maxsize") and isinstance(node.value, ast.Constant) and node.value.value:
            self.changes += 1
            return ast.copy_location(ast.keyword(node.arg, ast.Constant(None)), node)
        return self.generic_visit(node)


class DropSizeGuard(Operator):
    """`if len(C) > 100: ...` becomes `pass`, `while` as well."""

    def visit_If(self, node: ast.If) -> ast.AST | list[ast.stmt]:
        if isinstance(node.test, ast.Compare) and any(map(is_length, ast.walk(node.test))) and not node.orelse:
            return self.changed(node)
        return self.generic_visit(node)

    def visit_While(self, node: ast.While) -> ast.AST | list[ast.stmt]:
        return self.changed(node) if any(map(is_length, ast.walk(node.test))) else self.generic_visit(node)


def is_removal(node: ast.AST) -> bool:
    if isinstance(node, ast.Delete):
        return any(isinstance(target, ast.Subscript) for target in node.targets)
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in REMOVALS


def is_length(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "len"


def last_name(node: ast.Name | ast.Attribute) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr


OPERATORS: tuple[type[Operator], ...] = (
    DropRemovals, DropFinally, ChangeKey, DropSweeperCalls, DropLimit, DropSizeGuard,
)  # fmt: skip

LEFT = "a guard on the size is left"
PUBLIC = "a public function that removes is left, for users to call"
STILL_CLEAN: dict[tuple[type[Operator], str], str] = {
    (DropRemovals, "self.limit"): LEFT,
    (DropRemovals, "raise OverflowError"): LEFT,
    (DropRemovals, "abort(429)"): LEFT,
    (DropRemovals, "listener"): "who registers a listener is asked to take it back, not the registry",
    (DropSizeGuard, "def leave(self, caller)"): PUBLIC,
    (DropSizeGuard, "def sweep(now)"): PUBLIC,
    (DropSizeGuard, "def flush("): PUBLIC,
    (DropSizeGuard, "def make_room("): PUBLIC,
    (DropSweeperCalls, "weakref.ref(receiver, self._drop)"): "the growth is in the same statement",
    (DropFinally, "return reply.wait(5)"): "the wait returns when the time is over, and then the entry is removed",
    (DropFinally, "return function()"): "what a plain call may raise is not followed",
    (ChangeKey, "while True"): "of a local collection any removal counts",
}
"""Parts of the examples whose mutants stay clean, and why."""


def mutant(example: str, operator: type[Operator]) -> dict[str, str] | None:
    """The example's files, weakened; None where the operator finds nothing."""
    files = {name: ast.parse(text) for name, text in split(example).items() if name.endswith(".py")}
    weaken = operator(files)
    out = {name: ast.unparse(ast.fix_missing_locations(weaken.visit(copy.deepcopy(t)))) for name, t in files.items()}
    return out if weaken.changes else None


def cases() -> Iterator[object]:
    for rule in RULES:
        if not rule.code.startswith(("LK1", "LK3", "LK404")):
            continue
        for number, text in enumerate(examples(rule.clean), 1):
            for operator in OPERATORS:
                if any(operator is known and part in text for known, part in STILL_CLEAN):
                    continue
                files = mutant(text, operator)
                if files is not None:
                    yield pytest.param(files, id=f"{rule.code}-{number}-{operator.__name__}")


RULES: list[Rule] = load()
CASES = list(cases())


@pytest.mark.parametrize("files", CASES)
def test_speaks_without_the_bound(files: dict[str, str]) -> None:
    assert [each for each in check(files, RULES) if each.code != "LK001"]


@pytest.mark.parametrize("operator", OPERATORS)
def test_operators_find_something_to_weaken(operator: type[Operator]) -> None:
    assert sum(f"-{operator.__name__}" in getattr(case, "id", "") for case in CASES) > 2


def test_exceptions_are_few() -> None:
    assert len(STILL_CLEAN) * 8 < len(CASES)
    assert all(any(part in text for rule in RULES for text in examples(rule.clean)) for _, part in STILL_CLEAN)
