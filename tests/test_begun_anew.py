"""What begins anew while a program serves, or is one value for each object: each case beside its twin that is shown.

Each case is written with the part that matters between `{}`; with the first filling its growth is not shown, with
the second it is.
"""

from __future__ import annotations

import pytest

from leaklint.loader import load
from leaklint.testing import check, mismatches

CASES: dict[str, tuple[str, str, str]] = {
    "the parts of a store that a session makes anew": (
        """
from flask import Flask, request

app = Flask(__name__)


class Trades:
    def __init__(self):
        self.by_id = {{}}

    def add(self, trade_id, trade):
        self.by_id[trade_id] = trade  # MARK


class Store:
    trades = Trades()

    def reset(self):
        self.trades = {}


store = Store()


@app.post("/session")
def start():
    store.reset()
    store.trades.add(request.form["id"], request)
""",
        "Trades()",
        "self.trades",
    ),
    "a worker that another takes the place of when it is done": (
        """
import threading
import xmlrpc.server


class Scan(threading.Thread):
    def __init__(self):
        super().__init__()
        self.errors = {{}}

    def run(self):
        for path in open("list"):
            self.errors[path] = 1  # MARK


class Daemon:
    def __init__(self):
        self.scan = None

    def start_scan(self):
        if self.scan is not None and self.scan.{}():
            return
        self.scan = Scan()
        self.scan.start()


daemon = Daemon()


def on_message(message):
    daemon.start_scan()
""",
        "is_alive",
        "is_wanted",
    ),
    "what a loop takes out that runs until the program stops": (
        """
import threading


class Devices(threading.Thread):
    def __init__(self):
        super().__init__()
        self.stopped = threading.Event()
        self.casts = {{}}

    def on_event(self, request_id, cast):
        self.casts[request_id] = cast  # MARK

    def main(self):
        while {}:
            self._prune()
            self.wait_stop(1)

    def _prune(self):
        for request_id in list(self.casts):
            if not self.casts[request_id].is_alive():
                self.casts.pop(request_id)

    def stop(self):
        self.stopped.set()


devices = Devices()


def on_message(message):
    devices.on_event(message.request_id, message.cast)
""",
        "not self.should_stop()",
        "self.casts is None",
    ),
    "heaps that a loop over pairs takes from": (
        """
import heapq


class Expiring:
    def __init__(self):
        self.ends = []
        self.parts = []

    def add(self, request_id, now):
        heapq.heappush(self.ends, (now, request_id))  # MARK

    def clean(self, now):
        for heap, is_part in ((self.parts, True), ({}, False)):
            while heap and heap[0][0] < now:
                heapq.heappop(heap)


expiring = Expiring()


def on_message(message):
    expiring.add(message.request_id, message.time)
""",
        "self.ends",
        "self.parts",
    ),
    "a name that an object was given when it was made": (
        """
import asyncio
import secrets


class Deployment:
    def __init__(self):
        self.identity = secrets.token_hex(8)
        self.errors = {{}}
        self.tasks = []

    async def start(self):
        for slot in range(4):
            self.tasks.append(asyncio.create_task(self._work({})))

    async def _work(self, worker_id):
        while True:
            await asyncio.sleep(1)
            self.errors[worker_id] = 0  # MARK

    async def stop(self):
        self.tasks.clear()


deployment = Deployment()


async def on_message(message):
    await deployment.start()
""",
        'f"{self.identity}-{slot}"',
        'f"{secrets.token_hex(8)}-{slot}"',
    ),
    "a mapping whose generations give way by time": (
        """
import time
from collections.abc import MutableMapping


class Expiring(MutableMapping):
    def __init__(self):
        self.old, self.new, self.since = {{}}, {{}}, 0

    def __getitem__(self, key):
        return self.new.get(key) or self.old[key]

    def __setitem__(self, key, value):
        self._turn()
        self.new[key] = value

    def __delitem__(self, key):
        self.new.pop(key)

    def __iter__(self):
        return iter(self.new)

    def __len__(self):
        return len(self.new)

    def _turn(self):
        if self.since + 600 < time.time():
            self.old, self.since = self.new, time.time()
            self.new = {}


class Services:
    waiting = Expiring()

    def register(self, user_id, reply):
        self.waiting[user_id] = reply  # MARK
""",
        "{}",
        "self.new",
    ),
    "a file that a thread reads while the start waits for it": (
        """
import asyncio

UPDATES = {{}}


async def load_updates(folder):
    def _read(folder):
        for path in folder.iterdir():
            UPDATES[path] = folder  # MARK

    await asyncio.get_running_loop().run_in_executor(None, _read, folder)


async def {}(app):
    await load_updates(app)
""",
        "startup",
        "on_message",
    ),
    "what the function that fills it closes at its end": (
        """
import threading


class Search:
    def __init__(self, session):
        self.session = session
        self.scrolls = set()
        self.thread = threading.Thread(target=print)

    def close_scrolls(self):
        self.session.delete(list(self.scrolls))
        self.scrolls = set()

    def retrieve(self, query):
        answer = self.session.post(query)
        self.scrolls.add(query)  # MARK
        self.{}()
        return answer

    def stop(self):
        self.close_scrolls()


search = Search(open(0))


def on_message(message):
    return search.retrieve(message.query)
""",
        "close_scrolls",
        "touch",
    ),
}

MENU = """
from flask import Flask

app = Flask(__name__)


class Tray:
    def __init__(self):
        self.items = []

    def add(self, item):
        self.items.append([item])


tray = Tray()


def first(item):
    tray.add(item)


def second(item):
    first(item)


def third(item):
    second(item)


@app.post("/add/<item>")
def page(item):
    CALLED(object())
"""

PAGE = """
from flask import Flask

app = Flask(__name__)
SEEN = {}


@app.get("/<WORD>")
def page(WORD):
    SEEN[WORD] = 1
"""


TEMPLATE = """
from functools import cache

from django import template

register = template.Library()


@cache
def shown(WORD):
    return WORD.upper()


@register.filter
def show(WORD):
    return shown(WORD)
"""


@pytest.mark.parametrize("name", CASES)
def test_silent(name: str) -> None:
    source, silent, _ = CASES[name]
    assert mismatches(source.format(silent).replace("  # MARK", ""), load()) == []


@pytest.mark.parametrize("name", CASES)
def test_its_twin_is_shown(name: str) -> None:
    source, _, shown = CASES[name]
    found = [str(each) for each in mismatches(source.format(shown).replace("  # MARK", ""), load())]
    row = source.split("# MARK")[0].count("\n")
    assert f"example.py:{row}" in [each.partition(": ")[0] for each in found], found


@pytest.mark.parametrize(("called", "confidence"), [("third", "medium"), ("second", "high")])
def test_a_long_way_to_a_list_is_no_proof(called: str, confidence: str) -> None:
    found = check({"app.py": MENU.replace("CALLED", called)})
    assert [each.confidence for each in found if each.symbol == "app.Tray.items"] == [confidence]


@pytest.mark.parametrize(("word", "confidence"), [("module", "medium"), ("visit", "high")])
def test_a_clients_word_for_few_things_is_no_proof(word: str, confidence: str) -> None:
    source = PAGE.replace("WORD", word)
    assert [each.confidence for each in check({"app.py": source}) if each.symbol == "app.SEEN"] == [confidence]


@pytest.mark.parametrize(("word", "shown"), [("role", []), ("text", ["medium"])])
def test_a_template_is_written_like_code(word: str, shown: list[str]) -> None:
    found = check({"shop/templatetags/tags.py": TEMPLATE.replace("WORD", word)})
    assert [each.confidence for each in found if each.code == "LK201" and each.confidence != "low"] == shown


LISTENING = """
import threading


class Queue:
    def __init__(self):
        self.tasks = []
        self.thread = threading.Thread(target=self.process)

    def process(self):
        while True:
            self.tasks.append(start(self.thread))
        self.close_tasks()

    def close_tasks(self):
        self.tasks = []


queue = Queue()
"""


def test_what_closes_after_an_endless_loop_comes_too_late() -> None:
    found = check({"shop.py": LISTENING})
    assert [each.code for each in found if each.symbol == "shop.Queue.tasks"] == ["LK302"]
