"""For people who write rules: a rule's examples are run through the whole pipeline and compared line by line.

An example is the text of one file, or of several split at lines `# file: name.py`. A line on which a finding
is expected ends in its code: `# LK101`. What the rule is known to miss is marked `# LK101 missing: why`, what
it is known to report wrongly `# LK101 spurious: why`. A file `leaklint.toml` configures the example.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from leaklint.catalogue import ENGINE_RULES
from leaklint.config import Settings, read_table
from leaklint.discover import describe
from leaklint.facts import ModuleFacts
from leaklint.index import index_source
from leaklint.index.reader import decode
from leaklint.loader import SEPARATOR, load, load_file
from leaklint.pipeline import findings_of, judged_of, link
from leaklint.rule import Finding, Rule
from leaklint.settle import settle
from leaklint.workers import serialized

__all__ = ["Mismatch", "check", "examples", "load", "load_file", "mismatches", "split"]

_FILE = re.compile(r"^# file: *(\S+) *\n", re.MULTILINE)
_MARK = re.compile(r"#\s*(?P<codes>LK\d{3}(?:[,\s]+LK\d{3})*)(?:\s+(?P<known>missing|spurious):.*)?\s*$")


class Mismatch(msgspec.Struct, frozen=True, order=True):
    """A line where the findings are not those that the example marks. `what` is missing, unexpected or mended."""

    filename: str
    row: int
    code: str
    what: str

    def __str__(self) -> str:
        return f"{self.filename}:{self.row}: {self.code} {self.what}"


def examples(text: str) -> list[str]:
    """A rule's `flagged` or `clean` as a list of projects."""
    return [each for each in text.split(SEPARATOR) if each.strip()]


def split(example: str) -> dict[str, str]:
    """The files of an example; text before the first `# file:` line is `example.py`."""
    pieces = _FILE.split(example.lstrip("\n"))
    files = {"example.py": pieces[0]} if pieces[0].strip() else {}
    return files | dict(zip(pieces[1::2], pieces[2::2], strict=True))


def check(files: Mapping[str, str], rules: Sequence[Rule] | None = None) -> tuple[Finding, ...]:
    """What the rules (all of leaklint's where None is given) report on a project that is held in memory."""
    config = files.get("leaklint.toml")
    settings = Settings(root=Path("/example"), preview=True, **(read_table(config) if config else {}))
    sources = {name: text.encode() for name, text in files.items() if name.endswith((".py", ".pyi"))}
    chosen = load() if rules is None else rules
    described = describe(sources, settings.test_paths)
    facts = {name: _round_trip(index_source(source)) for name, source in sources.items()}
    project = link(described, facts, settings, lambda path: decode(sources[path]), chosen)
    codes = {rule.code for rule in chosen} | {info.code for info in ENGINE_RULES if info.default}
    known = codes | {info.code for info in ENGINE_RULES}
    findings = findings_of(project, chosen)
    judged = judged_of(described, facts, findings, tuple(sorted(codes)), known=tuple(sorted(known)))
    return settle(judged, settings, lambda name: True).findings


def mismatches(example: str, rules: Sequence[Rule] | None = None) -> list[Mismatch]:
    """Where the findings differ from the marks; empty where the example holds.

    LK001 is compared only in examples that mark one.
    """
    files = split(example)
    expected, known_missing = _marks(files)
    found = Counter((each.filename, each.location.row, each.code) for each in check(files, rules))
    if not any(code == "LK001" for _, _, code in (*expected, *known_missing)):
        found = Counter({key: count for key, count in found.items() if key[2] != "LK001"})
    out = [Mismatch(*key, "missing") for key in expected - found]
    out += [
        Mismatch(*key, "mended") if key in known_missing else Mismatch(*key, "unexpected") for key in found - expected
    ]
    return sorted(out)


def _marks(files: Mapping[str, str]) -> tuple[Counter[tuple[str, int, str]], set[tuple[str, int, str]]]:
    """The findings that the lines promise, and those that are known not to be found."""
    expected: Counter[tuple[str, int, str]] = Counter()
    missing: set[tuple[str, int, str]] = set()
    for name, row, line in _lines(files):
        mark = _MARK.search(line)
        if mark is None:
            continue
        keys = [(name, row, code) for code in re.findall(r"LK\d{3}", mark["codes"])]
        if mark["known"] == "missing":
            missing.update(keys)
        else:
            expected.update(keys)
    return expected, missing


def _lines(files: Mapping[str, str]) -> Iterable[tuple[str, int, str]]:
    for name, text in files.items():
        for row, line in enumerate(text.split("\n"), 1):
            yield name, row, line


def _round_trip(facts: ModuleFacts) -> ModuleFacts:
    """The facts as they come out of the cache: whatever works here works warm too."""
    return msgspec.msgpack.decode(serialized(facts), type=ModuleFacts)
