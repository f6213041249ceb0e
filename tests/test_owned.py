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
    ],
)
def test_keys(each: str, key: str, shown: bool) -> None:
    found = check({"app.py": ANSWER.format(each, key)})
    assert any(leak.confidence != "low" for leak in found if leak.symbol == "app.KNOWN") == shown


@pytest.mark.parametrize(("path", "shown"), [("configuration.py", []), ("jobs.py", ["LK401"])])
def test_modules_that_configure_a_program_add_few_handlers(path: str, shown: list[str]) -> None:
    assert [each.code for each in check({path: LOGS}) if each.confidence != "low"] == shown
