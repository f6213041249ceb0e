"""Mending files: what hides nothing goes, and the rest of the file stays as it was, byte for byte."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import STORE, Run

from leaklint.fix import apply
from leaklint.rule import Edit, Location


def edit(row: int, start: int, end: int, content: str = "") -> Edit:
    return Edit("a.py", Location(row, start), Location(row, end), content)


def test_a_comment_goes_with_the_blanks_before_it() -> None:
    assert apply(b"x = 1  # noqa: LK101\ny = 2\n", [edit(1, 8, 21)]) == b"x = 1\ny = 2\n"


def test_a_line_on_which_nothing_else_stands_goes() -> None:
    assert apply(b"x = 1\n  # leaklint: ignore[LK101]\ny = 2\n", [edit(2, 3, 29)]) == b"x = 1\ny = 2\n"


def test_another_comment_stays() -> None:
    assert apply(b"    # noqa: LK101  # why\n", [edit(1, 5, 18)]) == b"    # why\n"
    assert apply(b"x = 1  # noqa: LK101  # why\n", [edit(1, 8, 21)]) == b"x = 1  # why\n"


@pytest.mark.parametrize("end", [b"\r\n", b"\r", b"\n"])
def test_line_ends_and_the_missing_last_one_stay(end: bytes) -> None:
    assert apply(end.join([b"x = 1  # noqa: LK1", b"y"]), [edit(1, 8, 19)]) == end.join([b"x = 1", b"y"])


@pytest.mark.parametrize(("start", "encoding"), [("\ufeff", "utf-8"), ("# -*- coding: latin-1 -*-\n", "latin-1")])
def test_the_encoding_stays(start: str, encoding: str) -> None:
    before = f"{start}x = 'é'  # noqa: LK1\n".encode(encoding)
    row = start.count("\n") + 1
    assert apply(before, [edit(row, 10, 21)]) == f"{start}x = 'é'\n".encode(encoding)


def test_edits_that_overlap_are_made_once() -> None:
    assert apply(b"x = 1  # noqa: LK1\n", [edit(1, 8, 19), edit(1, 8, 19), edit(1, 6, 12, "y")]) == b"x = 1\n"


def test_fix_and_diff(project: Path, leaklint: Callable[..., Run]) -> None:
    path = project / "shop/store.py"
    text = STORE.replace("LIMITED = {}", "LIMITED = {}  # leaklint: bounded[a hundred]")
    text = text.replace("LIMITED.clear()", "LIMITED.clear()  # noqa: LK101,E501")
    text = text.replace("] = profile\n", "] = profile  # leaklint: ignore[LK101, LK201] old users stay\n", 1)
    path.write_text(text)
    run = leaklint("check", "--select", "LK002", "--diff")
    assert run.code == 1
    assert "-LIMITED = {}  # leaklint: bounded[a hundred]\n+LIMITED = {}\n" in run.out
    assert path.read_text() == text
    run = leaklint("check", "--fix", "--select", "LK0,LK1,LK2")
    assert (run.code, run.err) == (0, "leaklint: 1 file mended\n")
    mended = path.read_text()
    assert "LIMITED = {}\n" in mended
    assert "LIMITED.clear()  # noqa: E501\n" in mended
    assert "] = profile  # leaklint: ignore[LK101] old users stay\n" in mended
    assert leaklint("check", "--diff").out == ""
