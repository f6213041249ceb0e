"""Containers that something takes from under another name, each beside its twin where that is another container.

Each case is written with the part that matters as `{}`; the first filling is silent, the second is reported.
"""

from __future__ import annotations

import pytest

from leaklint.loader import load
from leaklint.testing import mismatches

CASES = {
    "drained under the name of a field": (
        """
from collections import deque
from dataclasses import dataclass
from fastapi import FastAPI

app = FastAPI()


@dataclass
class Pool:
    name: str
    queue: deque


class Server:
    def __init__(self):
        self.waiting = deque()
        self.pools = [Pool("decode", {})]

    def add(self, prompt):
        self.waiting.append(prompt)  # MARK

    def drain(self):
        for pool in self.pools:
            while pool.queue:
                print(pool.queue.popleft())


server = Server()


@app.post("/prompts")
def prompts(prompt: str):
    server.add(prompt)
    server.drain()
""",
        "self.waiting",
        "deque()",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_silent(name: str) -> None:
    text, silent, _ = CASES[name]
    assert [str(each) for each in mismatches(text.replace("{}", silent), load())] == []


@pytest.mark.parametrize("name", CASES)
def test_reported(name: str) -> None:
    text, _, reported = CASES[name]
    example = text.replace("{}", reported).replace("MARK", "LK108")
    assert [str(each) for each in mismatches(example, load())] == []
