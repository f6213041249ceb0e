"""How a run is shown: what files are called for the reader, their lines, and colour."""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

_CODES = {"bold": "1", "dim": "2", "red": "31", "yellow": "33", "cyan": "36", "green": "32"}


class View:
    """The reader's side of a report."""

    def __init__(self, root: Path, cwd: Path, colour: bool = False, sources: dict[str, bytes] | None = None) -> None:
        """`sources` holds files whose text is not that on disk, by path relative to the root."""
        self.root = root
        self.cwd = cwd
        self.colour = colour
        self._sources = sources or {}
        self.lines = lru_cache(maxsize=64)(self._lines)

    def name(self, path: str) -> str:
        """A path below the root as the reader writes it: relative to the working directory where it lies below that."""
        whole = self.root / path
        shown = whole.relative_to(self.cwd) if whole.is_relative_to(self.cwd) else whole
        return os.fsencode(shown.as_posix()).decode("utf-8", "backslashreplace")  # a name need not be text

    def line(self, path: str, row: int) -> str:
        """A line of a file without its end, '' where there is none."""
        lines = self.lines(path)
        return lines[row - 1] if 0 < row <= len(lines) else ""

    def paint(self, text: str, *styles: str) -> str:
        """The text in a colour or weight, as it is where there is no colour."""
        if not self.colour or not styles:
            return text
        return f"\033[{';'.join(_CODES[style] for style in styles)}m{text}\033[0m"

    def _lines(self, path: str) -> list[str]:
        from leaklint.index.reader import UnreadableError, decode

        try:
            source = self._sources[path] if path in self._sources else (self.root / path).read_bytes()
            return decode(source).split("\n")
        except (OSError, UnreadableError):
            return []


def plural(count: int, thing: str) -> str:
    """`1 file`, `2 files`."""
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def table(rows: Iterable[tuple[str, ...]]) -> list[str]:
    """Rows as lines of aligned columns."""
    cells = list(rows)
    widths = [max(len(row[at]) for row in cells) for at in range(len(cells[0]))] if cells else []
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in cells]
