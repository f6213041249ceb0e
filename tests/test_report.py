"""What a finished run looks like in each format."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hosts import evident, finding, outcome

from leaklint.report import FORMATS, write
from leaklint.report.view import View
from leaklint.rule import Location
from leaklint.settle import Settled

SOURCE = "import x\n\nPROFILES = {}\n" + "\n" * 8 + "    PROFILES[user] = load(user)\n"


@pytest.fixture
def view(tmp_path: Path) -> View:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop/cache.py").write_text(SOURCE)
    return View(tmp_path, tmp_path)


def test_concise_is_flake8s_line(view: View) -> None:
    text = write("concise", outcome(evident()), view)
    assert text == "shop/cache.py:12:5: LK101 PROFILES grows in put(); nothing removes entries\n"


def test_concise_keeps_to_one_line_of_160_characters(view: View) -> None:
    text = write("concise", outcome(finding(message="a\nb " + "x" * 300)), view)
    assert len(text.removeprefix("shop/cache.py:12:5: LK101 ")) == 161
    assert text.endswith("…\n")


def test_full_shows_the_line_the_reasons_and_the_chain(view: View) -> None:
    assert write("full", outcome(evident(also=("LK103",))), view) == (
        "shop/cache.py:12:5: LK101 PROFILES grows in put(); nothing removes entries\n"
        "  12 |     PROFILES[user] = load(user)\n"
        "     |     ^^^^^^^^^^^^^^^^^^^^^^^^^^\n"
        "  = growing-module-collection · error · high confidence · shop.cache.PROFILES · stands for LK103\n"
        "  lifetime: module variable  shop/cache.py:3\n"
        "  growth: []= in shop.cache.put  shop/cache.py:12\n"
        "  request: GET /users/{id}: shop.web.get_user → shop.cache.put\n"
        "\n"
        "1 finding in 3 files.\n"
    )


def test_full_says_what_is_not_shown(view: View) -> None:
    run = outcome()
    text = write("full", run.__class__((), Settled((), 2, 3, 4), run.judged, run.root, 0.1), view)
    assert text == "No findings in 3 files, 2 suppressed, 3 in the baseline.\n"


def test_colour_is_only_added(view: View) -> None:
    plain = write("full", outcome(evident()), view)
    painted = write("full", outcome(evident()), View(view.root, view.cwd, colour=True))
    assert painted != plain
    import re

    assert re.sub(r"\033\[[\d;]*m", "", painted) == plain


def test_json_is_the_contract(view: View) -> None:
    run = outcome(evident(), unreadable=(("shop/bad.py", 1, 1, "cannot be parsed"),))
    document = json.loads(write("json", run, view))
    assert set(document) == {"version", "findings", "errors", "summary"}
    assert document["version"] == 1
    assert document["errors"] == [{"filename": "shop/bad.py", "message": "cannot be parsed"}]
    assert document["summary"] == {
        "files": 3, "findings": 1, "suppressed": 0, "baselined": 0, "elsewhere": 0, "endpoints": 2, "seconds": 0.5,
    }  # fmt: skip
    [said] = document["findings"]
    assert said == {
        "code": "LK101",
        "name": "growing-module-collection",
        "message": "PROFILES grows in put(); nothing removes entries",
        "filename": "shop/cache.py",
        "location": {"row": 12, "column": 5},
        "end_location": {"row": 12, "column": 31},
        "symbol": "shop.cache.PROFILES",
        "severity": "error",
        "confidence": "high",
        "declared": {"filename": "shop/cache.py", "row": 3},
        "growth": [{"filename": "shop/cache.py", "row": 12, "function": "shop.cache.put"}],
        "also": [],
        "cwe": [770, 400],
        "evidence": [
            {"kind": "lifetime", "filename": "shop/cache.py", "row": 3, "text": "module variable"},
            {"kind": "growth", "filename": "shop/cache.py", "row": 12, "text": "[]= in shop.cache.put"},
        ],
        "endpoints": [
            {
                "name": "GET /users/{id}",
                "function": "shop.web.get_user",
                "filename": "shop/web.py",
                "row": 20,
                "rhythm": "request",
                "chain": ["shop.web.get_user", "shop.cache.put"],
            }
        ],
        "fix": None,
        "fingerprint": "",
        "url": "",
    }


def test_file_names_are_relative_to_the_working_directory_where_they_lie_below_it(tmp_path: Path) -> None:
    root = tmp_path / "project"
    assert View(root, tmp_path).name("shop/web.py") == "project/shop/web.py"
    assert View(root, root / "shop").name("shop/web.py") == "web.py"
    assert View(root, root / "other").name("shop/web.py") == (root / "shop/web.py").as_posix()


def test_json_lines(view: View) -> None:
    lines = write("json-lines", outcome(evident(), finding("LK201")), view).splitlines()
    assert [json.loads(line)["code"] for line in lines] == ["LK101", "LK201"]


def test_github_shows_the_severest_first_and_escapes(view: View) -> None:
    note = finding("LK001", severity="note", message="100 % sure")
    text = write("github", outcome(note, evident()), view).splitlines()
    assert text == [
        "::error title=leaklint (LK101),file=shop/cache.py,line=12,col=5,endLine=12,endColumn=31::"
        "shop/cache.py:12:5: LK101 PROFILES grows in put(); nothing removes entries",
        "::notice title=leaklint (LK001),file=shop/cache.py,line=12,col=5,endLine=12,endColumn=31::"
        "shop/cache.py:12:5: LK001 100 %25 sure",
    ]


def test_github_says_where_it_will_cut_off(view: View) -> None:
    text = write("github", outcome(*(finding(row=row) for row in range(1, 13))), view)
    assert text.endswith("::notice title=leaklint::GitHub shows 10 of 12 warnings\n")


def test_gitlab(view: View) -> None:
    [issue] = json.loads(write("gitlab", outcome(evident(fingerprint="abc")), view))
    assert issue == {
        "check_name": "LK101",
        "description": "LK101 PROFILES grows in put(); nothing removes entries",
        "severity": "critical",
        "fingerprint": "abc",
        "location": {"path": "shop/cache.py", "lines": {"begin": 12}},
    }


def test_junit(view: View) -> None:
    suites = ElementTree.fromstring(
        write("junit", outcome(evident(), finding("LK001", filename="shop/<web>.py")), view)
    )
    assert suites.attrib == {"name": "leaklint", "tests": "2", "failures": "2", "errors": "0"}
    assert [suite.attrib["name"] for suite in suites] == ["shop/cache.py", "shop/<web>.py"]


def test_rdjson(view: View) -> None:
    [diagnostic] = json.loads(write("rdjson", outcome(evident()), view))["diagnostics"]
    assert diagnostic["location"]["range"] == {"start": {"line": 12, "column": 5}, "end": {"line": 12, "column": 31}}
    assert (diagnostic["severity"], diagnostic["code"]) == ("ERROR", {"value": "LK101"})


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_takes_every_run(name: str, view: View) -> None:
    odd = finding(
        filename="mißt/naïve\n.py", message="", location=Location(999), end_location=Location(1), declared=None
    )
    write(name, outcome(), view)
    write(name, outcome(odd, unreadable=(("x", 1, 1, "y"),)), view)
