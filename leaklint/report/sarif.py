"""Findings as SARIF 2.1.0, for code scanning services."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from leaklint import __version__
from leaklint.catalogue import RuleInfo, catalogue
from leaklint.pipeline import Outcome
from leaklint.report.objects import dumps
from leaklint.report.view import View
from leaklint.rule import Finding, Reach

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
MOST_RESULTS = 25_000
MOST_FLOWS = 25
_PRECISION = {"high": "high", "medium": "medium", "low": "low"}


def as_sarif(outcome: Outcome, view: View) -> str:
    """One run; paths are relative to the root, chains are code flows, growths and evidence related locations."""
    found = {finding.code: finding for finding in outcome.findings}
    infos = {info.code: info for info in catalogue(outcome.rules)}
    codes = sorted(found)
    run = {
        "tool": {
            "driver": {
                "name": "leaklint",
                "version": __version__,
                "rules": [_rule(infos[code], found[code]) for code in codes],
            }
        },
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"SRCROOT": {"uri": outcome.root.as_uri().rstrip("/") + "/"}},
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": _notifications(outcome)}],
        "results": [_result(finding, codes) for finding in outcome.findings[:MOST_RESULTS]],
    }
    return dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(info: RuleInfo, example: Finding) -> dict[str, Any]:
    return {
        "id": info.code,
        "name": "".join(word.capitalize() for word in info.name.split("-")),
        "shortDescription": {"text": info.summary or info.name},
        "fullDescription": {"text": info.doc.strip() or info.name},
        "properties": {
            "tags": ["memory-leak", *(f"external/cwe/cwe-{number}" for number in example.cwe)],
            "precision": _PRECISION[example.confidence],
        },
    }


def _result(finding: Finding, codes: Sequence[str]) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": codes.index(finding.code),
        "level": finding.severity,
        "message": {"text": finding.message},
        "locations": [_location(finding)],
        "partialFingerprints": {"leaklint/v1": finding.fingerprint},
        "properties": {"confidence": finding.confidence, "also": list(finding.also)},
    }
    related = _related(finding)
    if related:
        result["relatedLocations"] = related
    flows = [_flow(reach, finding) for reach in finding.endpoints[:MOST_FLOWS] if reach.filename]
    if flows:
        result["codeFlows"] = flows
    return result


def _location(finding: Finding) -> dict[str, Any]:
    start, end = finding.location, finding.end_location
    region = {"startLine": start.row, "startColumn": start.column}
    if (end.row, end.column) > (start.row, start.column):
        region |= {"endLine": end.row, "endColumn": end.column}
    place: dict[str, Any] = {"physicalLocation": {"artifactLocation": _artifact(finding.filename), "region": region}}
    if finding.symbol:
        place["logicalLocations"] = [{"fullyQualifiedName": finding.symbol}]
    return place


def _related(finding: Finding) -> list[dict[str, Any]]:
    said = [(reason.filename, reason.row, f"{reason.kind}: {reason.text}") for reason in finding.evidence]
    if finding.declared:
        said.insert(0, (finding.declared.filename, finding.declared.row, f"{finding.symbol} is declared here"))
    places = [(name, row, text) for name, row, text in dict.fromkeys(said) if name and row > 0]
    return [{"id": at, **_place(name, row, text)} for at, (name, row, text) in enumerate(places[:100], 1)]


def _flow(reach: Reach, finding: Finding) -> dict[str, Any]:
    start = _place(reach.filename, reach.row, f"{reach.name} ({reach.rhythm})")
    steps = [{"location": start, "importance": "essential"}]
    steps += [{"location": {"message": {"text": f"calls {name}"}}} for name in reach.chain[1:]]
    steps.append({"location": {**_location(finding), "message": {"text": finding.message}}, "importance": "essential"})
    return {"threadFlows": [{"locations": steps}]}


def _place(name: str, row: int, text: str) -> dict[str, Any]:
    physical = {"artifactLocation": _artifact(name), "region": {"startLine": max(row, 1)}}
    return {"physicalLocation": physical, "message": {"text": text}}


def _artifact(name: str) -> dict[str, str]:
    return {"uri": quote(os.fsencode(Path(name).as_posix())), "uriBaseId": "SRCROOT"}


def _notifications(outcome: Outcome) -> list[dict[str, Any]]:
    return [
        {
            "level": "error",
            "message": {"text": message},
            "locations": [{"physicalLocation": {"artifactLocation": _artifact(name)}}],
        }
        for name, message in outcome.errors
    ]
