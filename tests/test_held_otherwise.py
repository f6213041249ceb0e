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
    "what super() takes away": (
        """
class Recent(dict):
    def store(self, user_id, value):
        self[user_id] = value  # MARK
        if len(value) > 100:
            @@


RECENT = Recent()


def on_request(request):
    RECENT.store(request.user_id, request.body)
""",
        "super().pop(next(iter(self)))",
        "super().get(next(iter(self)))",
        "LK101",
    ),
    "a property that is asked once": (
        """
from functools import cached_property

from cachetools import LRUCache


class Registry:
    @cached_property
    def entries(self):
        return @@


registry = Registry()


def on_request(request):
    registry.entries[request.user_id] = 1  # MARK
""",
        "LRUCache(100)",
        "{}",
        "LK103",
    ),
    "a namespace of a module": (
        """
from collections import deque
from types import SimpleNamespace

STATE = SimpleNamespace(users=@@, count=0)


def on_request(request):
    STATE.users.append(request.user_id)  # MARK
""",
        "deque(maxlen=100)",
        "[]",
        "LK101",
    ),
    "a loop over a parameter that bears the name of an attribute": (
        """
class Visits:
    def __init__(self):
        self.users = set()

    def note(self, users):
        for user_id in @@:
            self.users.add(user_id)  # MARK


visits = Visits()


def on_request(request):
    visits.note(request.users)
""",
        "list(self.users)",
        "users",
        "LK103",
    ),
    "a stream whose other end is waited for in a block with a time limit": (
        """
import anyio


class Session:
    def __init__(self, transport):
        self.transport = transport
        self.last = 0
        self.streams = {}

    async def ask(self, question):
        number = self.last
        self.last = number + 1
        send, receive = anyio.create_memory_object_stream(1)
        self.streams[number] = send  # MARK
        try:
            with anyio.fail_after(10):
                return await receive.receive()
        finally:
            @@

    async def on_answer(self, number, answer):
        stream = self.streams.pop(number, None)
        if stream is not None:
            await stream.send(answer)


session = Session(transport=None)
""",
        "self.streams.pop(number, None)",
        "print(number)",
        "LK304",
    ),
    "a cache that each object has for itself": (
        """
from @@ import lru_cache


class Sweeps:
    def __init__(self, path):
        self.path = path

    @lru_cache(maxsize=None)  # MARK
    def values(self, number):
        return self.path, number


def on_request(request):
    return Sweeps(request.path).values(request.number)
""",
        "methodtools",
        "functools",
        "LK202",
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
