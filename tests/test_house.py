"""What every file keeps to: it is read in a sitting, each function on a screen, and public names say what they are."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = [
    path for folder in ("leaklint", "rules", "tests", "benchmarks") for path in sorted((ROOT / folder).rglob("*.py"))
]
FILE, FUNCTION = 510, 55

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def definitions(node: ast.AST, public: bool = True) -> Iterator[tuple[Definition, bool]]:
    """Every function and class below a node with whether others may use it; what is local to a function is left out."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Definition):
            is_public = public and not child.name.startswith("_")
            yield child, is_public
            if isinstance(child, ast.ClassDef):
                yield from definitions(child, is_public)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_file(path: Path) -> None:
    source = path.read_text("utf-8")
    tree = ast.parse(source)
    assert source.count("\n") <= FILE
    for each, is_public in definitions(tree):
        place = f"{each.name}, line {each.lineno}"
        assert isinstance(each, ast.ClassDef) or (each.end_lineno or 0) - each.lineno < FUNCTION, f"{place}: too long"
        if is_public and path.is_relative_to(ROOT / "leaklint") and not says_itself(each):
            assert ast.get_docstring(each), f"{place}: no docstring"


def says_itself(node: Definition) -> bool:
    """Whether a name needs no words: a property, a visitor's or an interface's method."""
    names = {ast.unparse(each).rpartition(".")[2] for each in node.decorator_list}
    return bool(names & {"property", "cached_property", "overload"}) or node.name.startswith("visit_")
