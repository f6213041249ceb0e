"""Comments that speak to leaklint or flake8, read from a file's text.

`# noqa` means exactly what it means to flake8. leaklint's own comments are `# leaklint: ignore[LK101] reason`,
`file-ignore[...]`, `disable[...]` … `enable[...]` and, on a container's declaration, `bounded[reason]`.
"""

from __future__ import annotations

import re
import tokenize
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate

import msgspec

from leaklint.facts import Directive

KINDS = ("ignore", "file-ignore", "disable", "enable", "bounded")

_NOQA = re.compile(r"# noqa(?::[\s]?(?P<codes>([A-Z]+[0-9]+(?:[,\s]+)?)+))?", re.IGNORECASE)
_NOQA_FILE = re.compile(r"\s*# flake8[:=]\s*noqa", re.IGNORECASE)
_OWN = re.compile(r"#\s*leaklint:\s*(?P<kind>[A-Za-z-]*)\s*(?:\[(?P<inner>[^\]\n]*)\])?(?P<reason>[^#\n]*)")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_LITERAL = re.compile(
    r"#[^\n]*"
    r'|"""(?:[^\\]|\\.)*?"""' + r"|'''(?:[^\\]|\\.)*?'''"
    r"|\"(?:[^\"\\\n]|\\.)*\"?" + r"|'(?:[^'\\\n]|\\.)*'?"
    r"|\\\n",
    re.DOTALL,
)
_NOT_CODE = {tokenize.COMMENT, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}


def directives(source: str) -> tuple[Directive, ...]:
    """Every directive of a Python file's text in the order of the lines; text that mentions none costs one search."""
    lowered = source.lower()
    has_noqa, has_own = "noqa" in lowered, "leaklint:" in lowered
    if not has_noqa and not has_own:
        return ()
    text = _universal_newlines(source)
    found = [*_noqa(text)] if has_noqa else []
    found += _own(text) if has_own else []
    return tuple(sorted(found, key=lambda each: (each.row, each.col)))


def split_codes(text: str) -> tuple[str, ...]:
    """The codes of a list separated by commas or blanks."""
    return tuple(code for code in re.split(r"[,\s]+", text) if code)


def _universal_newlines(source: str) -> str:
    source = source.removeprefix("\ufeff")
    return source.replace("\r\n", "\n").replace("\r", "\n") if "\r" in source else source


def _noqa(text: str) -> Iterator[Directive]:
    """The noqa comments: one for each run of physical lines that flake8 reads as one line."""
    lines = _LINE.findall(text)
    rows = [row for row, line in enumerate(lines, 1) if "noqa" in line.lower()]
    yield from (_whole_file(row, lines[row - 1], len(lines)) for row in rows if _NOQA_FILE.match(lines[row - 1]))
    spans = _joined(text, lines, rows)
    for first, last in sorted({spans.get(row, (row, row)) for row in rows}):
        joined = "".join(lines[first - 1 : last])
        match = _NOQA.search(joined)
        if match is None:
            continue
        row = first + joined.count("\n", 0, match.start())
        col = match.start() - (joined.rfind("\n", 0, match.start()) + 1) + 1
        codes = split_codes(match["codes"] or "")
        raw = match[0].strip()
        yield Directive("noqa", codes, raw, row, col, first, last, raw)


def _whole_file(row: int, line: str, last: int) -> Directive:
    return Directive("flake8-noqa", (), line.strip(), row, line.index("#") + 1, 1, max(last, 1))


def _joined(text: str, lines: list[str], rows: list[int]) -> dict[int, tuple[int, int]]:
    """The rows that flake8 joins into one line: those of multi-line strings and backslash continuations.

    They are found by one pattern, at a tenth of what tokenizing costs. Only f-strings, rows of a
    backslash alone and a last row without an end are tokenized: there the pattern can't tell where tokens lie.
    """
    spans: dict[int, tuple[int, int]] = {}
    first, last, wanted, is_odd = 0, 0, set(rows), False
    for begin, end, is_formatted in _multiline(text, lines):
        is_odd = (is_odd and begin <= last) or is_formatted or not lines[begin - 1].strip(" \t\f\\\n")
        first, last = (first if begin <= last else begin), end
        touched = range(first, last + 1)
        is_odd = is_odd or (last == len(lines) and not text.endswith("\n"))
        if is_odd and not wanted.isdisjoint(touched):
            return _tokenized(lines)
        spans.update(dict.fromkeys(touched, (first, last)))
    return spans


def _multiline(text: str, lines: list[str]) -> Iterator[tuple[int, int, bool]]:
    """First and last row of each string or continuation that has several, and whether it may be an f-string."""
    starts = [0, *accumulate(map(len, lines))]
    for match in _LITERAL.finditer(text):
        breaks = match[0].count("\n")
        if breaks:
            row = bisect_right(starts, match.start())
            before = text[max(match.start() - 2, 0) : match.start()].lower()
            yield row, row + breaks, "f" in before or "t" in before


def _tokenized(lines: list[str]) -> dict[int, tuple[int, int]]:
    """For each row, the first and last of those that flake8 joins with it."""
    spans: dict[int, tuple[int, int]] = {}
    first, last = len(lines) + 2, -1
    try:
        for token in tokenize.generate_tokens(iter(lines).__next__):
            if token.type in (tokenize.ENDMARKER, tokenize.DEDENT):
                continue
            first, last = min(first, token.start[0]), max(last, token.end[0])
            if token.type in (tokenize.NL, tokenize.NEWLINE):
                spans.update(dict.fromkeys(range(first, last + 1), (first, last)))
                first, last = len(lines) + 2, -1
    except (tokenize.TokenError, SyntaxError):
        return {}
    return spans


def _own(text: str) -> Iterator[Directive]:
    """leaklint's own comments, with the lines that each covers."""
    comments = [*_comments(text)]
    last_row = text.count("\n") + 1
    opened: list[Directive] = []
    for row, col, comment, (first, last) in comments:
        for match in _OWN.finditer(comment):
            kind = match["kind"] if match["kind"] in KINDS else "invalid"
            inner, reason = (match["inner"] or "").strip(), match["reason"].strip()
            codes = () if kind in ("bounded", "invalid") else split_codes(inner)
            said = {"bounded": inner, "invalid": match["kind"]}.get(kind, reason)
            own = Directive(kind, codes, said, row, col + match.start(), first, last, match[0].rstrip())
            if kind == "file-ignore":
                yield _covering(own, 1, last_row)
            elif kind == "disable":
                opened.append(own)
            elif kind == "enable":
                yield _covering(own, row, row)
                closed = [each for each in opened if not codes or each.codes == codes]
                yield from (_covering(each, each.row, row) for each in closed)
                opened = [each for each in opened if each not in closed]
            else:
                yield own
    yield from (_covering(each, each.row, last_row) for each in opened)


def _covering(directive: Directive, first: int, last: int) -> Directive:
    return msgspec.structs.replace(directive, first_row=first, last_row=last)


def _comments(text: str) -> Iterator[tuple[int, int, str, tuple[int, int]]]:
    """Row, column, text and covered rows of each comment that names leaklint.

    A comment within or behind a statement covers the statement's lines (of a compound statement, its header's with
    the decorators); one on a line of its own covers the next statement.
    """
    waiting: list[tuple[int, int, str]] = []
    first = 0
    row = 1
    decorator = False
    for token in _tokens(_LINE.findall(text)):
        row = token.end[0]
        if token.type == tokenize.COMMENT and "leaklint:" in token.string:
            waiting.append((token.start[0], token.start[1] + 1, token.string))
        elif token.type == tokenize.NEWLINE and decorator:
            decorator = False
        elif token.type == tokenize.NEWLINE:
            yield from ((*each, (first or row, token.start[0])) for each in waiting)
            waiting, first = [], 0
        elif token.type not in _NOT_CODE:
            decorator = decorator or (token.string == "@" and not token.line[: token.start[1]].strip())
            first = first or token.start[0]
    yield from ((*each, (each[0], max(row, each[0]))) for each in waiting)


def _tokens(lines: Iterable[str]) -> Iterator[tokenize.TokenInfo]:
    """The tokens up to the first error, if there is one."""
    try:
        yield from tokenize.generate_tokens(iter(lines).__next__)
    except (tokenize.TokenError, SyntaxError):
        return
