"""Findings for people: one line each, or with the source line and the reasons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from leaklint.pipeline import Outcome
from leaklint.report.view import View, plural
from leaklint.rule import Finding, Reach, shortened

_COLOURS = {"error": "red", "warning": "yellow", "note": "cyan"}
_CHAINS = 3


def concise(outcome: Outcome, view: View) -> str:
    """One line a finding, as flake8 prints it."""
    return "".join(line(finding, view) + "\n" for finding in outcome.findings)


def line(finding: Finding, view: View) -> str:
    """`path:row:column: code message`."""
    place = f"{view.name(finding.filename)}:{finding.location.row}:{finding.location.column}:"
    return f"{place} {view.paint(finding.code, _COLOURS[finding.severity], 'bold')} {shortened(finding.message)}"


def full(outcome: Outcome, view: View) -> str:
    """Each finding with its source line, its evidence and the chains from the endpoints; a summary at the end."""
    blocks = ["\n".join(_block(finding, view)) for finding in outcome.findings]
    return "\n\n".join([*blocks, summary(outcome)]) + "\n"


def summary(outcome: Outcome) -> str:
    """The counts of a run in a line, with what was not shown."""
    settled = outcome.settled
    found = plural(len(outcome.findings), "finding") if outcome.findings else "No findings"
    parts = [f"{found} in {plural(outcome.judged.files, 'file')}"]
    parts += [f"{settled.suppressed:,} suppressed"] if settled.suppressed else []
    parts += [f"{settled.baselined:,} in the baseline"] if settled.baselined else []
    return ", ".join(parts) + "."


def statistics(outcome: Outcome) -> str:
    """How many findings there are of each code."""
    counts = Counter((finding.code, finding.name) for finding in outcome.findings)
    return "".join(f"{count:6}  {code}  {name}\n" for (code, name), count in sorted(counts.items()))


def _block(finding: Finding, view: View) -> Iterator[str]:
    place = f"{view.name(finding.filename)}:{finding.location.row}:{finding.location.column}"
    code = view.paint(finding.code, _COLOURS[finding.severity], "bold")
    yield f"{view.paint(place, 'bold')}: {code} {finding.message}"
    yield from _source(finding, view)
    details = [finding.name, finding.severity, f"{finding.confidence} confidence"]
    details += [finding.symbol] if finding.symbol else []
    details += [f"stands for {', '.join(finding.also)}"] if finding.also else []
    yield view.paint(f"  = {' · '.join(details)}", "dim")
    for reason in finding.evidence:
        where = f"{view.name(reason.filename)}:{reason.row}" if reason.filename else ""
        yield f"  {view.paint(reason.kind + ':', 'cyan')} {reason.text}  {view.paint(where, 'dim')}".rstrip()
    for reach in finding.endpoints[:_CHAINS]:
        yield f"  {view.paint(reach.rhythm + ':', 'cyan')} {_chain(reach)}"
    if len(finding.endpoints) > _CHAINS:
        yield f"  … and {plural(len(finding.endpoints) - _CHAINS, 'more endpoint')}"


def _chain(reach: Reach) -> str:
    return f"{reach.name}: {' → '.join(reach.chain)}" if reach.chain else reach.name


def _source(finding: Finding, view: View) -> Iterator[str]:
    row = finding.location.row
    text = view.line(finding.filename, row).expandtabs(1)
    if not text.strip():
        return
    start = min(finding.location.column, len(text) + 1)
    end = finding.end_location.column if finding.end_location.row == row else len(text) + 1
    number = str(row)
    yield f"  {view.paint(number, 'dim')} | {text}"
    marks = "^" * max(1, end - start)
    yield f"  {' ' * len(number)} | {' ' * (start - 1)}{view.paint(marks, _COLOURS[finding.severity])}"
