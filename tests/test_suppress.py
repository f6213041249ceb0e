"""Comments that speak to leaklint: which there are, and which lines they cover."""

from __future__ import annotations

import argparse
import ast
import io

import pytest
from flake8.processor import FileProcessor
from flake8.violation import Violation
from hypothesis import example, given, settings
from hypothesis import strategies as st

from leaklint.facts import Directive
from leaklint.suppress import directives


def covered(source: str, kind: str) -> list[tuple[tuple[str, ...], int, int]]:
    return [(each.codes, each.first_row, each.last_row) for each in directives(source) if each.kind == kind]


def test_text_without_a_directive_has_none() -> None:
    assert directives("") == ()
    assert directives("x = 1  # a comment\n") == ()


def test_noqa_covers_its_line() -> None:
    assert covered("x = 1\ny = 2  # noqa: LK101\n", "noqa") == [(("LK101",), 2, 2)]


def test_noqa_without_codes_covers_every_code() -> None:
    assert covered("x = 1  # noqa\n", "noqa") == [((), 1, 1)]
    assert covered("x = 1  # NoQA\n", "noqa") == [((), 1, 1)]


def test_a_name_in_a_noqa_makes_it_cover_every_code_as_in_flake8() -> None:
    assert covered("x = 1  # noqa: growing-module-collection\n", "noqa") == [((), 1, 1)]


def test_noqa_in_a_multiline_string_covers_all_its_lines() -> None:
    assert covered('x = """\na  # noqa: LK101\n"""\n', "noqa") == [(("LK101",), 1, 3)]


def test_noqa_behind_a_backslash_covers_both_lines() -> None:
    assert covered("x = 1 + \\\n    2  # noqa: LK101\n", "noqa") == [(("LK101",), 1, 2)]


def test_noqa_in_brackets_covers_its_line_alone() -> None:
    assert covered("f(\n    1,\n)  # noqa: LK101\n", "noqa") == [(("LK101",), 3, 3)]


def test_flake8_noqa_covers_the_file() -> None:
    assert covered("x = 1\n# flake8: noqa\ny = 2\n", "flake8-noqa") == [((), 1, 3)]
    assert covered("x = 1\n# flake8: noqa: LK101\n", "flake8-noqa") == [((), 1, 2)]


def test_flake8_noqa_behind_code_covers_nothing_beyond_its_line() -> None:
    assert covered("x = 1  # flake8: noqa\n", "flake8-noqa") == []


def test_ignore_covers_the_whole_statement() -> None:
    source = "f(\n    1,  # leaklint: ignore[LK101] one per tenant\n)\n"
    [directive] = directives(source)
    assert directive == Directive(
        "ignore", ("LK101",), "one per tenant", 2, 9, 1, 3, "# leaklint: ignore[LK101] one per tenant"
    )


def test_ignore_on_a_line_of_its_own_covers_the_next_statement() -> None:
    assert covered("# leaklint: ignore[LK101]\n\n# why\nf(\n    1,\n)\ng()\n", "ignore") == [(("LK101",), 4, 6)]


def test_ignore_behind_a_header_covers_the_header_and_its_decorators() -> None:
    source = "@cache\n@other(\n)\ndef f(\n    x,\n):  # leaklint: ignore[LK201]\n    return x\n"
    assert covered(source, "ignore") == [(("LK201",), 1, 6)]


def test_ignore_without_codes_covers_every_code() -> None:
    assert covered("x()  # leaklint: ignore\n", "ignore") == [((), 1, 1)]


def test_several_codes_and_a_comment_behind() -> None:
    [directive] = directives("x()  # leaklint: ignore[LK101, LK1] because  # another remark\n")
    assert (directive.codes, directive.text) == (("LK101", "LK1"), "because")


def test_ignore_beside_a_noqa() -> None:
    kinds = [each.kind for each in directives("x()  # noqa: F401  # leaklint: ignore[LK101]\n")]
    assert kinds == ["noqa", "ignore"]


def test_a_string_is_no_comment_of_leaklint() -> None:
    assert directives('x = "# leaklint: ignore[LK101]"\n') == ()


def test_file_ignore_covers_the_file() -> None:
    assert covered("x = 1\n# leaklint: file-ignore[LK2] generated\n", "file-ignore") == [(("LK2",), 1, 3)]


def test_disable_covers_up_to_enable() -> None:
    source = "a()\n# leaklint: disable[LK101]\nb()\n# leaklint: enable[LK101]\nc()\n"
    assert covered(source, "disable") == [(("LK101",), 2, 4)]


def test_disable_without_enable_covers_the_rest() -> None:
    assert covered("a()\n# leaklint: disable[LK101]\nb()\n", "disable") == [(("LK101",), 2, 4)]


def test_enable_of_another_code_ends_nothing() -> None:
    source = "# leaklint: disable[LK101]\n# leaklint: enable[LK102]\nb()\n"
    assert covered(source, "disable") == [(("LK101",), 1, 4)]


def test_enable_without_codes_ends_all() -> None:
    source = "# leaklint: disable[LK101]\n# leaklint: disable[LK2]\n# leaklint: enable\nb()\n"
    assert covered(source, "disable") == [(("LK101",), 1, 3), (("LK2",), 2, 3)]


def test_bounded_keeps_its_reason() -> None:
    [directive] = directives("X = {  # leaklint: bounded[one per tenant]\n}\n")
    assert (directive.kind, directive.codes, directive.text, directive.last_row) == ("bounded", (), "one per tenant", 2)


def test_a_misspelt_directive_is_invalid() -> None:
    [directive] = directives("x = 1  # leaklint: ingore[LK101]\n")
    assert (directive.kind, directive.text) == ("invalid", "ingore")


@pytest.mark.parametrize(
    "source", ["x = (  # leaklint: ignore[LK101]\n", "'''# noqa\n", "\\", "x = '\n# noqa", "\f# noqa"]
)
def test_text_that_is_not_python_is_read_as_far_as_it_goes(source: str) -> None:
    directives(source)


PIECES = (
    "x = 1", "  # noqa", "  # noqa: LK101", "# noqa:LK101,F401", "# noqa : LK101", "# NOQA: lk101", '"""', "'''",
    "\\\n", "\n", "\r\n", "f(", ")", "# flake8: noqa", "# flake8: noqa: F401", "'# noqa'", 'f"{x}"', "# noqa: LK1 F4",
    "\f", "#", "    ", "if x:", "\x0c\n", "é", "# noqa:LK101 - F401",
)  # fmt: skip


@pytest.mark.filterwarnings("ignore::SyntaxWarning")
@settings(max_examples=2_000, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
@example('x = """\n# noqa\n""" \\\n  + f"""\n{x}# noqa"""\n')
@example("\\\n  # noqa")
@example("\\\nx = 1\\\n  # noqa\\\n")
def test_noqa_means_what_it_means_to_flake8(source: str) -> None:
    """Of text that is no Python nothing but LK000 is reported, so nobody asks what is said there."""
    try:
        ast.parse(source)
    except (SyntaxError, ValueError):
        return
    text = source.replace("\r\n", "\n")
    lines = io.StringIO(text).readlines()
    processor = FileProcessor("x.py", argparse.Namespace(hang_closing=False, max_line_length=79, max_doc_length=None,
                              verbose=0, indent_size=4, disable_noqa=False), lines=lines)  # fmt: skip
    said = directives(source)
    assert processor.should_ignore_file() == any(each.kind == "flake8-noqa" for each in said)
    for row, line in enumerate(lines, 1):
        physical = processor.noqa_line_for(row)
        if physical is None:  # flake8 then looks at the line on disk
            physical = line
        for code in ("LK101", "F401", "LK201"):
            expected = Violation(code, "x.py", row, 1, "", physical).is_inline_ignored(False)
            covering = [each for each in said if each.kind == "noqa" and each.first_row <= row <= each.last_row]
            actual = any(not each.codes or code.startswith(each.codes) for each in covering)
            assert actual == expected, (row, code, source)
