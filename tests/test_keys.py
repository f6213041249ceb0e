"""What a finding says of where a key comes from."""

from __future__ import annotations

import textwrap

import pytest

from leaklint.testing import check

PAGE = """
import itertools
import time
import uuid

from flask import Flask

app = Flask(__name__)
SEEN = {}
TABLE = {"a": "b"}
IDS = itertools.count()
count = 0
turn = 0


class Record:
    def __init__(self, kind, made):
        self.__dict__.update(kind=kind, made=made)


def find(word):
    return TABLE[word]


def shown(word):
    return word.lower()
"""

SAID = {
    "what a client sends": ("SEEN[word] = 1", "path parameter word"),
    "through a function": ("SEEN[shown(word)] = 1", "path parameter word"),
    "a new identity": ("SEEN[uuid.uuid4().hex] = 1", "uuid.uuid4()"),
    "a part of an identity": ("new = uuid.uuid4()\n    SEEN[new.hex] = 1", "uuid.uuid4()"),
    "the next number": ("SEEN[next(IDS)] = 1", "next()"),
    "a number that is counted up": ("global count\n    count += 1\n    SEEN[f'page-{count}'] = 1", "the counter count"),
    "a function made here": ("SEEN[lambda: word] = 1", "a new function each time"),
}

NOT_SAID = {
    "a field of a record made now": "record = Record(TABLE['a'], time.time())\n    SEEN[record.kind] = 1",
    "what is stored under a client's word": "SEEN[find(word)] = 1",
    "a number that is counted up and starts over": "global turn\n    turn += 1\n    SEEN[turn] = 1\n    turn = 0",
    "the next of something": "SEEN[next(read(word.kind))] = 1",
    "what a task gives": "SEEN[wait(word)] = 1\n\n\nasync def wait(word):\n    return await loop.run_in_executor(read)",
    "a name beside a function": "name, make = (read(), lambda: 1) if TABLE else (read(), print)\n    SEEN[name] = 1",
}


def messages(body: str) -> list[str]:
    """What is said of `SEEN`."""
    handler = f'\n\n@app.route("/<word>")\ndef page(word):\n    {body}\n    return ""\n'
    read = "\n\ndef read(*words):\n    return open(0)\n"
    return [
        each.message for each in check({"app.py": textwrap.dedent(PAGE) + read + handler}) if "SEEN" in each.message
    ]


@pytest.mark.parametrize("way", SAID)
def test_said(way: str) -> None:
    body, words = SAID[way]
    assert any(f"key ← {words}" in each for each in messages(body)), messages(body)


@pytest.mark.parametrize("way", NOT_SAID)
def test_not_said(way: str) -> None:
    assert not any("←" in each for each in messages(NOT_SAID[way])), messages(NOT_SAID[way])
