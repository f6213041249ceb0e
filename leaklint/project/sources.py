"""Expressions of the project's files, parsed when a suspect needs them."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import lru_cache


@lru_cache(maxsize=20_000)
def expression(text: str) -> ast.expr | None:
    """The tree of an expression as facts keep it; None where it was cut off or is a slice."""
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


class Sources:
    """Call expressions by their place in a file."""

    def __init__(self, read: Callable[[str], str]) -> None:
        """`read` takes a path relative to the root and gives the file's text, or raises OSError."""
        self._read = read
        self._calls: dict[str, dict[tuple[int, int, int, int], ast.Call]] = {}
        self._text: dict[str, str] = {}

    def text(self, path: str) -> str:
        """The file's text, '' where it can't be read any more."""
        if path not in self._text:
            try:
                self._text[path] = self._read(path)
            except OSError:
                self._text[path] = ""
        return self._text[path]

    def call(self, path: str, place: tuple[int, int, int, int]) -> ast.Call | None:
        """The call at (row, column, end row, end column), 1-based."""
        calls = self._calls.get(path)
        if calls is None:
            calls = self._calls[path] = self._index(path)
        return calls.get(place)

    def _index(self, path: str) -> dict[tuple[int, int, int, int], ast.Call]:
        out: dict[tuple[int, int, int, int], ast.Call] = {}
        text = self.text(path)
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return out
        lines = [] if text.isascii() else text.split("\n")

        def column(row: int, offset: int) -> int:
            return len(lines[row - 1].encode()[:offset].decode(errors="replace")) + 1 if lines else offset + 1

        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                end_row = node.end_lineno or node.lineno
                start = node.lineno, column(node.lineno, node.col_offset)
                out[(*start, end_row, column(end_row, node.end_col_offset or 0))] = node
        return out
