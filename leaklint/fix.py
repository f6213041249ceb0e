"""Edits that mend findings, applied to files."""

from __future__ import annotations

import difflib
import io
import re
import tokenize
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from leaklint.rule import Edit, Finding

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


def edits_of(findings: Iterable[Finding]) -> dict[str, list[Edit]]:
    """The edits of all safe fixes, by file."""
    found: dict[str, list[Edit]] = defaultdict(list)
    for finding in findings:
        for edit in finding.fix.edits if finding.fix is not None and finding.fix.safe else ():
            found[edit.filename].append(edit)
    return dict(sorted(found.items()))


def apply(source: bytes, edits: Iterable[Edit]) -> bytes:
    """A file's bytes after the edits, in its own encoding and with its own line ends.

    A comment that goes takes the blanks before it along, and its line where nothing else stands on it. Edits across
    lines and edits that overlap are left out.
    """
    encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
    lines = _LINE.findall(source.decode(encoding))
    done: dict[int, int] = {}
    for edit in sorted(set(edits), key=lambda each: (each.start.row, each.start.column), reverse=True):
        row, start, end = edit.start.row, edit.start.column - 1, edit.end.column - 1
        if row != edit.end.row or row > len(lines) or end > done.get(row, end):
            continue
        done[row] = start
        line = lines[row - 1]
        body = line.rstrip("\r\n")
        before, after = body[:start], body[end:]
        if not edit.content and before.strip():
            before = before.rstrip()
            after = f"  {after.strip()}".rstrip()
        elif not edit.content:
            after = after.strip()
        mended = before + edit.content + after
        lines[row - 1] = mended + line[len(body) :] if mended.strip() else ""
    return "".join(lines).encode(encoding)


def write(root: Path, edits: Mapping[str, list[Edit]]) -> int:
    """Applies the edits to the files and returns how many files changed."""
    changed = 0
    for name, given in edits.items():
        source = (root / name).read_bytes()
        mended = apply(source, given)
        if mended != source:
            (root / name).write_bytes(mended)
            changed += 1
    return changed


def diff(root: Path, edits: Mapping[str, list[Edit]], sources: Mapping[str, bytes]) -> str:
    """What `write` would change, as a unified diff. `sources` holds the files whose text is not that on disk."""
    out: list[str] = []
    for name, given in edits.items():
        source = sources[name] if name in sources else (root / name).read_bytes()
        before, after = (
            text.decode("utf-8", "replace").splitlines(keepends=True) for text in (source, apply(source, given))
        )
        out += difflib.unified_diff(before, after, f"a/{name}", f"b/{name}")
    return "".join(line if line.endswith("\n") else line + "\n" for line in out)
