"""Elements that grow, and objects that are made when they are first used, each beside a twin that is no leak.

Each case is written with the part that matters between braces; the first filling is silent, the second is reported.
"""

from __future__ import annotations

import pytest

from leaklint.loader import load
from leaklint.testing import mismatches

CASES = {
    "a word that is looked up in an inner defaultdict": (
        """
from collections import defaultdict


class Dictionary:
    def __init__(self):
        self.languages = {{}}

    def read(self, language, lines):
        self.languages[language] = [defaultdict(list), defaultdict(list)]
        for word, meaning in lines:
            self.languages[language][0][word].append(meaning)
            self.languages[language][1][meaning].append(word)

    def meanings(self, text, language):
        {}return self.languages[language][0][text]  # MARK


dictionary = Dictionary()
""",
        "if text not in self.languages[language][0]:\n            return []\n        ",
        "",
    ),
    "what a module makes when it is first used": (
        """
from tools import {0}, memory


class Reader:
    def __init__(self, name):
        self.name = name
        self.words = {{}}

    def look_up(self, text):
        self.words[text] = memory(text)  # MARK


books = {0}("books", Reader)
""",
        "register_reader",
        "LazyLoader",
    ),
    "tasks that are listed by what starts and stops": (
        """
import asyncio


class Dispatcher:
    def __init__(self):
        self.tasks = []

    async def start(self):
        self.is_running = True

    async def stop(self):
        for task in self.tasks:
            task.cancel()

    def dispatch(self, coroutine):
        task = asyncio.create_task(coroutine)
        self.tasks.append(task)  # MARK
        {}
""",
        "task.add_done_callback(self.tasks.remove)",
        "print(task)",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_silent(name: str) -> None:
    source, silent, _ = CASES[name]
    assert mismatches(source.format(silent).replace("  # MARK", ""), load()) == []


@pytest.mark.parametrize("name", CASES)
def test_its_twin_is_reported(name: str) -> None:
    source, _, reported = CASES[name]
    found = [str(each) for each in mismatches(source.format(reported).replace("  # MARK", ""), load())]
    row = source.split("# MARK")[0].count("\n")
    assert [each.partition(": ")[0] for each in found] == [f"example.py:{row}"], found
