"""Findings as JSON: the contract that other programs rely on."""

from __future__ import annotations

from typing import Any

import msgspec

from leaklint.pipeline import Outcome
from leaklint.report.view import View
from leaklint.rule import Finding

VERSION = 1


def as_json(outcome: Outcome, view: View) -> str:
    """One object with findings, errors and a summary."""
    document = {
        "version": VERSION,
        "findings": [finding_object(finding, view) for finding in outcome.findings],
        "errors": [{"filename": view.name(name), "message": message} for name, message in outcome.errors],
        "summary": {
            "files": outcome.judged.files,
            "findings": len(outcome.findings),
            "suppressed": outcome.settled.suppressed,
            "baselined": outcome.settled.baselined,
            "elsewhere": outcome.settled.elsewhere,
            "endpoints": outcome.judged.endpoints,
            "seconds": round(outcome.seconds, 3),
        },
    }
    return dumps(document)


def as_json_lines(outcome: Outcome, view: View) -> str:
    """One object a line, a finding each."""
    lines = (msgspec.json.encode(finding_object(finding, view)).decode() for finding in outcome.findings)
    return "".join(line + "\n" for line in lines)


def finding_object(finding: Finding, view: View) -> dict[str, Any]:
    """A finding in the contract's words, with file names as the reader writes them."""
    said: dict[str, Any] = msgspec.to_builtins(finding)
    del said["anchors"]
    shown: dict[str, Any] = renamed(said, view)
    return shown


def renamed(said: Any, view: View) -> Any:
    """A structure of lists and dicts with every `filename` in it as the reader writes it."""
    if isinstance(said, dict):
        return {
            key: view.name(value) if key == "filename" and isinstance(value, str) else renamed(value, view)
            for key, value in said.items()
        }
    return [renamed(each, view) for each in said] if isinstance(said, (list, tuple)) else said


def dumps(document: object) -> str:
    """JSON text that people can read too."""
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"
