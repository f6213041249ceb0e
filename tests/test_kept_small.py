"""Collections that what holds them, fills them or flushes them keeps small, each beside its twin that grows.

Each case is written with the part that matters between `{}`; the first filling is silent, the second is reported.
"""

from __future__ import annotations

import pytest

from leaklint.loader import load
from leaklint.testing import mismatches

CASES = {
    "a field that each instance gets a value of its own for": (
        """
from dataclasses import dataclass, field


class State:
    def __init__(self):
        self.slots = []

    def add(self, request):
        self.slots.append(request)  # MARK


@dataclass
class Result:
    state: State = {}
""",
        "field(default_factory=State)",
        "State()",
    ),
    "elements that are weak": (
        """
from collections import defaultdict
from weakref import WeakSet

LIVE = defaultdict({})


class Tracked:
    def __new__(cls):
        made = object.__new__(cls)
        LIVE[cls].add(made)  # MARK
        return made


def on_request(request):
    return Tracked()
""",
        "WeakSet",
        "set",
    ),
    "a mapping of the project's own that is told when a value is gone": (
        """
import weakref


class Values:
    def __init__(self):
        self._references = {{}}

    def __getitem__(self, key):
        return self._references[key]()

    def __setitem__(self, key, value):
        def forget(reference, references=self._references, key=key):
            {}

        self._references[key] = weakref.ref(value, forget)


PROXIES = Values()


def proxy(request):
    PROXIES[id(request)] = request  # MARK
""",
        "references.pop(key, None)",
        "references.get(key)",
    ),
    "an element that a flush empties": (
        """
class Totals:
    def __init__(self):
        self.by_kind = {{"count": {{}}, "gauge": {{}}}}

    def add(self, kind, request):
        self.by_kind[kind][request.path] = request  # MARK

    def flush(self):
        for kind in self.by_kind:
            taken = self.by_kind[kind]
            {}
            print(taken)


TOTALS = Totals()
""",
        "self.by_kind[kind] = {}",
        "self.by_kind[kind] = taken",
    ),
    "what a nested function fills in one call": (
        """
class Ticket:
    def __init__(self):
        self.extensions = []

    def close(self):
        pass


class TicketStore:
    def __init__(self):
        self.last = Ticket()


STORE = TicketStore()


def each(pull, buffer):
    while buffer:
        pull(buffer.pop())


def receive(buffer):
    ticket = {}

    def pull(value):
        ticket.extensions.append(value)  # MARK

    each(pull, buffer)
    return ticket
""",
        "Ticket()",
        "STORE.last",
    ),
    "numbers up to a size": (
        """
class ShardedClient:
    def __init__(self, shards):
        self.shards = shards
        self.known = {{}}

    def serve(self, {0}):
        self.known[{0}] = object()  # MARK

    def close(self):
        pass
""",
        "shard_id",
        "user_id",
    ),
    "the file that is read": (
        """
PAGES = {{}}


def page(path):
    text = {}(path)
    PAGES[path] = text  # MARK
    return text
""",
        "open",
        "render",
    ),
    "a subclass of a cache with a size": (
        """
from cachetools import TTLCache


class PriceCache({}):
    pass


class Rates:
    def __init__(self):
        self.rates = PriceCache(maxsize=100, ttl=300)

    def rate(self, request):
        self.rates[request.path] = request  # MARK


RATES = Rates()
""",
        "TTLCache",
        "dict",
    ),
    "what is bound anew for each piece of work": (
        """
import asyncio


class Body:
    def __init__(self):
        self.parts = []

    def feed(self, data):
        self.parts.append(data)  # MARK


class Lines(asyncio.Protocol):
    def __init__(self):
        self.body = Body()

    def data_received(self, data):
        self.body.feed(data)
        if data.endswith(b"!"):
            {} = Body()
""",
        "self.body",
        "body",
    ),
    "a cache that is emptied where it grows": (
        """
PATTERNS = {{}}


def pattern(text):
    try:
        return PATTERNS[text]
    except KeyError:
        {}
        PATTERNS[text] = found = object()  # MARK
        return found
""",
        "PATTERNS.clear()",
        "print(text)",
    ),
    "what is raised is swallowed": (
        """
class OffsetClient:
    def __init__(self):
        self.futures = {{}}

    async def fetch(self, request_id, wait):
        self.futures[request_id] = wait  # MARK
        try:
            await wait()
        except {}:
            pass
        del self.futures[request_id]

    def close(self):
        pass
""",
        "BaseException",
        "ValueError",
    ),
    "a class made by a call": (
        """
import abc

Base = {}


class Flow(Base):
    def __init__(cls, *args):
        cls.errors = []

    def failed(cls, error):
        cls.errors.append(error)  # MARK
""",
        'abc.ABCMeta("Base", (object,), {{}})',
        "abc.ABCMeta",
    ),
    "a program that is a command": (
        """
import click

SEEN = {{}}


@{}
def main(request_id):
    SEEN[request_id] = object()  # MARK
""",
        "click.command()",
        "print",
    ),
    "checks that a program is set up with": (
        """
class MultiClient:
    def __init__(self):
        self.known = []

    def add_part(self, {0}):
        self.known.append({0})  # MARK

    def close(self):
        self.known.clear()
""",
        "health_check",
        "user_id",
    ),
    "an event that is set": (
        """
import asyncio


class Connection:
    def __init__(self):
        self.accepted = asyncio.Event()
        self.headers = []

    def send(self, message):
        if not self.accepted.is_set():
            self.headers.append(message)  # MARK
            {}

    def close(self):
        pass


CONNECTION = Connection()
""",
        "self.accepted.set()",
        "print(message)",
    ),
    "an application that is put together": (
        """
class Table:
    def __init__(self):
        self.pages = {{}}

    def keep(self, page):
        self.pages[page.path] = page  # MARK


TABLE = Table()


class Site:
    def __init__(self, pages):
        for page in pages:
            TABLE.keep(page)

    def __call__(self, {}, start_response):
        return TABLE.pages
""",
        "environ",
        "request",
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
