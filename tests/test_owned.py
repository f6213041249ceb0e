"""What somebody owns or sets up: there are as many as they have. Each case beside its twin that is shown."""

from __future__ import annotations

import pytest

from leaklint.testing import check

ANSWER = """
from flask import Flask

app = Flask(__name__)
KNOWN = {{}}


@app.post("/")
def refresh():
    for {0} in ask():
        KNOWN[{1}] = 1


def ask():
    return open("answer").readlines()
"""

LOGS = """
import logging


def activate(log):
    logging.getLogger().addHandler(logging.FileHandler(log.path))
"""


@pytest.mark.parametrize(
    ("each", "key", "shown"),
    [
        ("device", 'device["id"]', False),
        ("device", 'device["message_id"]', True),
        ("camera", "camera.address", False),
        ("letter", "letter.address", True),
        ("location_id", "location_id", False),
        ("person_id", "person_id", True),
        ("room_id", "room_id", False),
        ("venv_path", "venv_path", False),
        ("letter", "letter.fd", False),
    ],
)
def test_keys(each: str, key: str, shown: bool) -> None:
    found = check({"app.py": ANSWER.format(each, key)})
    assert any(leak.confidence != "low" for leak in found if leak.symbol == "app.KNOWN") == shown


@pytest.mark.parametrize(
    ("name", "key", "shown"),
    [
        ("device_locks", "letter.address", False),
        ("session_locks", "letter.address", True),
        ("device_locks", "user.address", True),
        ("devices_seen", "letter.address", True),
        ("state_by_camera", "letter.address", False),
    ],
)
def test_collections_by_their_names(name: str, key: str, shown: bool) -> None:
    source = ANSWER.replace("KNOWN", name).format(key.partition(".")[0], key)
    found = check({"app.py": source})
    assert any(leak.confidence != "low" for leak in found if leak.symbol == f"app.{name}") == shown


LOOKED_UP = """
from flask import Flask

app = Flask(__name__)
PAGES = load()
VISITS = {{}}


@app.get("/<page>")
def show(page):
    if {}:
        raise LookupError(page)
    visit(page)


def visit(page):
    VISITS[page] = object()
"""


@pytest.mark.parametrize(
    ("test", "shown"),
    [
        ("page not in PAGES", False),
        ("not page or page not in PAGES", False),
        ("page in PAGES", True),
        ("not page and page not in PAGES", True),
    ],
)
def test_what_is_looked_up_before_it_is_kept(test: str, shown: bool) -> None:
    found = check({"app.py": LOOKED_UP.format(test)})
    assert any(leak.severity == "error" for leak in found if leak.symbol == "app.VISITS") == shown


@pytest.mark.parametrize(("path", "shown"), [("configuration.py", []), ("jobs.py", ["LK401"])])
def test_modules_that_configure_a_program_add_few_handlers(path: str, shown: list[str]) -> None:
    assert [each.code for each in check({path: LOGS}) if each.confidence != "low"] == shown
