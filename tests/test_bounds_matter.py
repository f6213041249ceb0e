"""Every clean example is clean because of what bounds it: take that away, and some rule speaks.

Removals become `pass`, limits become None. What else keeps an example clean is listed.
"""

from __future__ import annotations

import ast

import pytest

from leaklint.loader import load
from leaklint.rule import Rule
from leaklint.testing import check, examples, split

REMOVALS = frozenset(
    {"pop", "popitem", "clear", "discard", "remove", "popleft", "get_nowait"}
    | {"add_done_callback", "callback", "finalize"}
)
STILL_CLEAN = {
    "self.limit": "a guard on the size is left",
    "raise OverflowError": "a guard on the size is left",
    "abort(429)": "a guard on the size is left",
    "listener": "who registers a listener is asked to take it back, not the registry",
}


class Weakened(ast.NodeTransformer):
    """A program without its removals and limits; `changes` counts what was taken away."""

    def __init__(self) -> None:
        self.changes = 0

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        call = node.value.value if isinstance(node.value, ast.Await) else node.value
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in REMOVALS:
            self.changes += 1
            return ast.copy_location(ast.Pass(), node)
        return self.generic_visit(node)

    def visit_Delete(self, node: ast.Delete) -> ast.AST:
        if not any(isinstance(target, ast.Subscript) for target in node.targets):
            return node
        self.changes += 1
        return ast.copy_location(ast.Pass(), node)

    def visit_keyword(self, node: ast.keyword) -> ast.AST:
        if node.arg in ("maxlen", "maxsize") and isinstance(node.value, ast.Constant):
            self.changes += 1
            return ast.copy_location(ast.keyword(node.arg, ast.Constant(None)), node)
        return self.generic_visit(node)


def weakened(example: str) -> dict[str, str] | None:
    """The example's files without what bounds them, None where there is nothing to take away."""
    transformer = Weakened()
    files = {
        name: ast.unparse(ast.fix_missing_locations(transformer.visit(ast.parse(text))))
        for name, text in split(example).items()
    }
    return files if transformer.changes else None


RULES: list[Rule] = load()
CASES = [
    pytest.param(files, id=f"{rule.code}-{number}")
    for rule in RULES
    if rule.code.startswith(("LK1", "LK3", "LK404"))
    for number, text in enumerate(examples(rule.clean), 1)
    if not any(part in text for part in STILL_CLEAN) and (files := weakened(text)) is not None
]


@pytest.mark.parametrize("files", CASES)
def test_speaks_without_the_bound(files: dict[str, str]) -> None:
    assert [each for each in check(files, RULES) if each.code != "LK001"]


def test_most_examples_have_something_to_take_away() -> None:
    assert len(CASES) > 60
