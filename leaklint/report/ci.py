"""Findings for GitLab's code quality report, for JUnit readers and for reviewdog."""

from __future__ import annotations

from itertools import groupby
from typing import Any
from xml.etree import ElementTree

from leaklint import __version__
from leaklint.pipeline import Outcome
from leaklint.report.objects import dumps
from leaklint.report.view import View
from leaklint.rule import Finding, shortened

_GITLAB = {"error": "critical", "warning": "major", "note": "info"}
_RDJSON = {"error": "ERROR", "warning": "WARNING", "note": "INFO"}


def gitlab(outcome: Outcome, view: View) -> str:
    """A list of issues."""
    return dumps([_issue(finding, view) for finding in outcome.findings])


def junit(outcome: Outcome, view: View) -> str:
    """A test suite for each file with findings, a failed case for each finding."""
    count = str(len(outcome.findings))
    suites = ElementTree.Element("testsuites", name="leaklint", tests=count, failures=count, errors="0")
    for name, findings in groupby(outcome.findings, key=lambda finding: finding.filename):
        group = list(findings)
        size = str(len(group))
        suite = ElementTree.SubElement(suites, "testsuite", name=view.name(name), tests=size, failures=size, errors="0")
        for finding in group:
            case = ElementTree.SubElement(
                suite, "testcase", name=f"{finding.code} {finding.name}", classname=view.name(name)
            )
            case.set("line", str(finding.location.row))
            failure = ElementTree.SubElement(case, "failure", message=shortened(finding.message), type=finding.severity)
            failure.text = f"{view.name(name)}:{finding.location.row}:{finding.location.column}: {finding.message}"
    ElementTree.indent(suites)
    return ElementTree.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def rdjson(outcome: Outcome, view: View) -> str:
    """Reviewdog's diagnostic format."""
    return dumps(
        {"source": {"name": "leaklint"}, "diagnostics": [_diagnostic(finding, view) for finding in outcome.findings]}
    )


def _issue(finding: Finding, view: View) -> dict[str, Any]:
    return {
        "check_name": finding.code,
        "description": f"{finding.code} {shortened(finding.message)}",
        "severity": _GITLAB[finding.severity],
        "fingerprint": finding.fingerprint,
        "location": {"path": view.name(finding.filename), "lines": {"begin": finding.location.row}},
    }


def _diagnostic(finding: Finding, view: View) -> dict[str, Any]:
    start, end = finding.location, finding.end_location
    place = {
        "path": view.name(finding.filename),
        "range": {
            "start": {"line": start.row, "column": start.column},
            "end": {"line": end.row, "column": end.column},
        },
    }
    return {
        "message": shortened(finding.message),
        "location": place,
        "severity": _RDJSON[finding.severity],
        "code": {"value": finding.code},
        "original_output": f"leaklint {__version__}: {finding.message}",
    }
