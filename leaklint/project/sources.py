"""Expressions of the project's files, parsed when a suspect needs them."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Callable
from functools import lru_cache

from leaklint.index.reader import UnreadableError

MAX_ROWS = 60
"""Longer assignments are not read."""


@lru_cache(maxsize=20_000)
def expression(text: str) -> ast.expr | None:
    """The tree of an expression as facts keep it; None where it was cut off or is a slice."""
    try:
        return ast.parse(f"({text.strip()})" if "\n" in text else text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


@lru_cache(maxsize=2_000)
def returned(text: str) -> tuple[ast.expr, ...] | None:
    """What a function written as `text` returns or yields itself; None where it can't be told."""
    try:
        body = ast.parse("if 1:\n" + text if text[:1].isspace() else text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    while body and isinstance(body[0], ast.If):
        body = body[0].body
    if len(body) != 1 or not isinstance(body[0], (ast.FunctionDef, ast.AsyncFunctionDef)):
        return None
    out: list[ast.expr] = []
    waiting: list[ast.AST] = list(body[0].body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            continue
        if isinstance(node, (ast.Return, ast.Yield, ast.YieldFrom)) and node.value is not None:
            out.append(node.value)
        waiting.extend(ast.iter_child_nodes(node))
    return tuple(out)


def reads_file(key: str) -> re.Pattern[str]:
    """What finds a line that reads the file which a name names."""
    called = r"(open|send_file|FileResponse|os\.stat|os\.path\.get(mtime|size)|get(mtime|size)|linecache\.getlines)"
    given = rf"(?<![\w.]){called}\(\s*{key}\b(?!\s*,\s*(mode\s*=\s*)?['\"][wax])"
    return re.compile(rf"{given}|(?<![\w.]){key}\.(read_text|read_bytes|stat|open)\((?!\s*(mode\s*=\s*)?['\"][wax])")


class Sources:
    """The text of the project's files, and call expressions by their place."""

    def __init__(self, read: Callable[[str], str]) -> None:
        """`read` takes a path relative to the root and gives the file's text, or raises OSError."""
        self._read = read
        self._lines: dict[str, list[str]] = {}

    def text(self, path: str) -> str:
        """The file's text, '' where it can't be read any more."""
        return "\n".join(self.lines(path))

    def lines(self, path: str) -> list[str]:
        """The file's lines, none where it can't be read any more."""
        known = self._lines.get(path)
        if known is None:
            try:
                known = self._read(path).split("\n")
            except (OSError, UnreadableError):
                known = []
            self._lines[path] = known
        return known

    def call(self, path: str, place: tuple[int, int, int, int]) -> ast.Call | None:
        """The call at (row, column, end row, end column), 1-based and in characters."""
        row, col, end_row, end_col = place
        lines = self.lines(path)[row - 1 : end_row]
        if not lines:
            return None
        lines[-1] = lines[-1][: end_col - 1]
        lines[0] = lines[0][col - 1 :]
        tree = expression("\n".join(lines))
        return tree if isinstance(tree, ast.Call) else None

    def assigned(self, path: str, row: int) -> ast.expr | None:
        """The value of the simple assignment that begins on a row, 1-based; None where there is none."""
        lines = self.lines(path)[row - 1 : row + MAX_ROWS]
        for end in range(1, len(lines) + 1):
            text = textwrap.dedent("\n".join(lines[:end]))
            try:
                body = ast.parse(text).body
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                continue
            first = body[0] if body else None
            return first.value if isinstance(first, (ast.Assign, ast.AnnAssign)) else None
        return None

    def returned(self, path: str, first_row: int, end_row: int) -> tuple[ast.expr, ...] | None:
        """What the function on those rows, 1-based and inclusive, returns or yields; None where it can't be told."""
        return returned("\n".join(self.lines(path)[first_row - 1 : end_row]) + "\n")
