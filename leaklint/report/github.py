"""Findings as workflow commands, which GitHub shows beside the lines of a pull request."""

from __future__ import annotations

from leaklint.pipeline import Outcome
from leaklint.report.view import View
from leaklint.rule import SEVERITIES, Finding, shortened

SHOWN_PER_LEVEL = 10
"""GitHub shows no more of a level for one step; what is cut off is at least the least severe."""

_LEVELS = {"error": "error", "warning": "warning", "note": "notice"}


def commands(outcome: Outcome, view: View) -> str:
    """One command a finding, the severest first, and a notice where GitHub will cut some off."""
    ordered = sorted(outcome.findings, key=lambda each: -SEVERITIES.index(each.severity))
    lines = [_command(finding, view) for finding in ordered]
    for level in SEVERITIES:
        hidden = sum(finding.severity == level for finding in ordered) - SHOWN_PER_LEVEL
        if hidden > 0:
            lines.append(
                f"::notice title=leaklint::GitHub shows {SHOWN_PER_LEVEL} of {hidden + SHOWN_PER_LEVEL} {level}s"
            )
    return "".join(line + "\n" for line in lines)


def _command(finding: Finding, view: View) -> str:
    name = view.name(finding.filename)
    start, end = finding.location, finding.end_location
    properties = {
        "title": f"leaklint ({finding.code})",
        "file": name,
        "line": str(start.row),
        "col": str(start.column),
        "endLine": str(end.row),
    }
    if start.row == end.row:
        properties["endColumn"] = str(end.column)
    given = ",".join(f"{key}={_escaped(value, ':,')}" for key, value in properties.items())
    text = f"{name}:{start.row}:{start.column}: {finding.code} {shortened(finding.message)}"
    return f"::{_LEVELS[finding.severity]} {given}::{_escaped(text)}"


def _escaped(text: str, more: str = "") -> str:
    for character in "%\r\n" + more:
        text = text.replace(character, f"%{ord(character):02X}")
    return text
