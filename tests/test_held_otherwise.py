"""Collections that are grown, made or held in a way that hides them, each beside a twin that is none or bounded.

Each case is written with the part that matters as `@@`; the first filling is silent, the second is reported.
"""

from __future__ import annotations

import pytest

from leaklint.loader import load
from leaklint.testing import mismatches

CASES = {
    "a method that is called by a name of its own": (
        """
SEEN = []
note = @@


def on_request(user_id):
    note(user_id)  # MARK
""",
        "print",
        "SEEN.append",
        "LK101",
    ),
    "a method that is bound to a local name": (
        """
class Visits:
    def __init__(self):
        self.users = set()

    def note(self, users):
        @@
        for user_id in users:
            add(user_id)  # MARK


visits = Visits()


def on_request(request):
    visits.note(request.users)
""",
        "add = set().add",
        "add = self.users.add",
        "LK103",
    ),
    "a slice from the end on": (
        """
SEEN = []


def on_request(user_id):
    SEEN[@@:] = [user_id]  # MARK
""",
        "10",
        "len(SEEN)",
        "LK101",
    ),
    "what a pattern has taken from a request": (
        """
from flask import Flask, request

app = Flask(__name__)
ORDERS = {}


@app.post("/orders")
def order():
    match @@:
        case {"name": name, **rest}:
            ORDERS[name] = rest  # MARK
""",
        'dict(name="order")',
        "request.json",
        "LK101",
    ),
    "getattr() with a name that is written": (
        """
class Log:
    def note(self, user_id):
        seen = getattr(self, "_seen", None)
        if seen is None:
            seen = @@
        seen[user_id] = 1  # MARK


log = Log()


def on_request(request):
    log.note(request.user_id)
""",
        "{}",
        "self._seen = {}",
        "LK103",
    ),
    "what an initialiser is given": (
        """
from cachetools import LRUCache


class Registry:
    def __init__(self, entries):
        self.entries = entries


registry = Registry(@@)


def on_request(user_id):
    registry.entries[user_id] = 1  # MARK
""",
        "LRUCache(100)",
        "{}",
        "LK103",
    ),
    "what a field is given": (
        """
from collections import deque
from dataclasses import dataclass


@dataclass
class Registry:
    entries: deque


registry = Registry(deque(@@))


def on_request(user_id):
    registry.entries.append(user_id)  # MARK
""",
        "maxlen=100",
        "",
        "LK108",
    ),
    "a library's class that keeps what it holds in an attribute": (
        """
from collections import UserDict


class Sizes(UserDict):
    def of(self, user_id):
        if user_id not in self.data:
            @@
            self.data[user_id] = len(user_id)  # MARK
        return self.data[user_id]


SIZES = Sizes()


def on_request(request):
    return SIZES.of(request.user_id)
""",
        "self.data.clear()",
        "pass",
        "LK103",
    ),
    "an attribute of what a decorator makes": (
        """
def memoize(function):
    def wrapper(key):
        if key not in wrapper.known:
            @@
            wrapper.known[key] = function(key)  # MARK
        return wrapper.known[key]

    wrapper.known = {}
    return wrapper


@memoize
def size(user_id):
    return len(user_id)


def on_request(request):
    return size(request.user_id)
""",
        "wrapper.known.clear()",
        "pass",
        "LK104",
    ),
    "an attribute that is counted on": (
        """
class Jobs:
    def __init__(self):
        self.last = 0
        self.jobs = {}

    def put(self, job):
        number = self.last
        self.last = @@
        self.jobs[number] = job  # MARK
        return number


jobs = Jobs()


def on_request(request):
    jobs.put(request.job)
""",
        "1 - number",
        "number + 1",
        "LK103",
    ),
    "a flag that chooses how an object works": (
        """
class Jobs:
    def __init__(self):
        self.@@ = False
        self.jobs = {}

    def start(self):
        self.@@ = True

    def put(self, user_id):
        if self.@@:
            return
        self.jobs[user_id] = 1  # MARK


jobs = Jobs()


def on_request(request):
    jobs.put(request.user_id)
""",
        "started",
        "use_broker",
        "LK103",
    ),
    "elements that are thinned where all are walked": (
        """
import time

FILES = {}


def keep(language, path, tree):
    if len(FILES) > 10:
        for key, files in FILES.items():
            FILES[key] = {name: each for name, each in files.items() @@}
    FILES.setdefault(language, {})[path] = tree  # MARK


def on_request(request):
    keep("python", request.path, time.time())
""",
        "if each > time.time() - 600",
        "",
        "LK101",
    ),
    "what is called at exit with what a call has made": (
        """
import atexit
import shutil
import tempfile


def on_request(request):
    folder = tempfile.mkdtemp()
    atexit.register(@@)  # MARK
    return folder
""",
        "shutil.rmtree, '/tmp/shop'",
        "shutil.rmtree, folder",
        "LK401",
    ),
}


@pytest.mark.parametrize("number", [0, 1], ids=["silent", "reported"])
@pytest.mark.parametrize("case", CASES)
def test_case(case: str, number: int) -> None:
    text, *fillings, code = CASES[case]
    placed = text.replace("@@", fillings[number])
    assert mismatches(placed.replace("  # MARK", f"  # {code}" if number else ""), load()) == []
