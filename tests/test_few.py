"""What there is little of: each case beside its twin that is shown.

Each case is written with the part that matters between `{}`; with the first filling its growth is not shown, with
the second it is.
"""

from __future__ import annotations

import pytest

from leaklint.loader import load
from leaklint.testing import mismatches

CASES: dict[str, tuple[str, str | tuple[str, str], str | tuple[str, str]]] = {
    "a length that was read into a name before": (
        """
class Marks:
    def __init__(self):
        self.limits = {{}}
        self.marks = {{"start": [], "call": []}}

    def add(self, mark):
        most = self.limits.get(mark.where, 30)
        held = len({})
        if most <= held:
            return
        self.marks[mark.where].append(mark)  # MARK


MARKS = Marks()
""",
        "self.marks[mark.where]",
        "self.limits",
    ),
    "the words of keyword arguments": (
        """
import threading


class Session:
    def __init__(self):
        self.lock = threading.Thread()
        self.values = {{}}

    def set(self, {}users):
        self.values.update(users)  # MARK

    def start(self):
        print(self.values)

    def stop(self):
        print(self.values)
""",
        "**",
        "",
    ),
    "objects that are equal where their contents are": (
        """
import threading


class Part({}):
    pass


class Log:
    def __init__(self):
        self.thread = threading.Thread()
        self.counts = {{}}

    def add(self, part: Part):
        self.counts[part] = 1  # MARK

    def start(self):
        print(self.counts)

    def stop(self):
        print(self.counts)
""",
        "str",
        "",
    ),
    "the address of an object that nothing keeps": (
        """
import threading


class Names:
    def __init__(self):
        self.thread = threading.Thread()
        self.names = {{}}

    def name(self, model, word):
        self.names[id(model)] = {}  # MARK

    def start(self):
        print(self.names)

    def stop(self):
        print(self.names)
""",
        "word",
        "(model, word)",
    ),
    "in a library, the servers that its users talk to": (
        """
import threading


class Pool:
    def __init__(self):
        self.thread = threading.Thread()
        self.uses = {{}}

    def use(self, {0}):
        self.uses[{0}] = 1  # MARK

    def start(self):
        print(self.uses)

    def stop(self):
        print(self.uses)
""",
        "server_address",
        "client_address",
    ),
    "what was logged once": (
        """
import threading


class Hub:
    def __init__(self):
        self.thread = threading.Thread()
        self.{0} = set()

    def child(self, child_id):
        if child_id not in self.{0}:
            self.{0}.add(child_id)  # MARK

    def start(self):
        print(self)

    def stop(self):
        print(self)
""",
        "logged_missing",
        "pending_missing",
    ),
    "what is there for each of few": (
        """
class Config:
    def __init__(self):
        self.routes = []
        self.pages = []

    def show(self, user_page):
        if {} not in self.routes:
            page = object()
            self.pages.append(page)  # MARK
            {}


CONFIG = Config()
""",
        ("'main'", "self.routes.append('main')"),
        ("user_page", "print(user_page)"),
    ),
    "the object of each class": (
        """
class Single({}):
    made = {{}}

    def __call__(self, *args):
        if self not in self.made:
            self.made[self] = object()  # MARK
        return self.made[self]
""",
        "type",
        "",
    ),
    "keyword arguments that are walked": (
        """
import threading


class Points:
    def __init__(self):
        self.task = threading.Thread()
        self.labels = {{}}

    def add(self, {}user_ids):
        for key, word in user_ids.items():
            self.labels[key] = word  # MARK

    def start(self):
        print(self.task)

    def stop(self):
        print(self.task)
""",
        "**",
        "",
    ),
    "an operator that nothing uses": (
        """
class Lookup:
    def __init__(self, mapping):
        self.mapping = mapping

    def __setitem__(self, key, value):
        self.mapping[key] = value


class Serializer:
    fields = {{}}


LOOKUP = Lookup(Serializer.fields)


def find(user_id):
    {}  # MARK
""",
        "print(LOOKUP)",
        "LOOKUP[user_id] = 1",
    ),
    "what is counted while it is made": (
        """
import asyncio


class Pool:
    def __init__(self, most):
        self.free = asyncio.Queue()
        self.all = []
        self.made = 0
        self.most = most

    async def _make(self, connection):
        self.all.append(connection)  # MARK
        return connection

    async def get(self, connection):
        if self.made < self.most:
            {} += 1
            return await self._make(connection)
        return await self.free.get()


POOL = Pool(3)
""",
        "self.made",
        "self.most",
    ),
    "what a function that registers gives back to decorate with": (
        """
COMPONENTS = []


def {}(heading):
    def wrapper(message):
        COMPONENTS.append((heading, message))  # MARK
        return message

    return wrapper
""",
        "register_component",
        "collect_component",
    ),
    "the members of an enumeration": (
        """
from enum import IntEnum
from functools import cache


class Code(IntEnum):
    FOUND = 1
    OTHER = 0

    @classmethod
    def {}(cls, value):
        return cls.OTHER

    @staticmethod
    @cache  # MARK
    def of(value: int):
        return Code(value)
""",
        "other",
        "_missing_",
    ),
    "a handler that is missing, as what was made of the logger says": (
        """
import logging


class Reader:
    def __init__(self, logger):
        self.is_missing = not any(hasattr(each, "read") for each in logger.handlers)


def on_session(session):
    log = logging.getLogger(session.logger)
    reader = Reader({})
    if reader.is_missing:
        log.addHandler(logging.StreamHandler())  # MARK
""",
        "log",
        "session.log",
    ),
    "a size that is looked at where the function that adds is called": (
        """
class Pool:
    browsers = set()
    most = 5

    @classmethod
    def _make(cls):
        browser = object()
        cls.browsers.add(browser)  # MARK
        return browser

    @classmethod
    def on_request(cls, request):
        if {}:
            return cls._make()
        return min(cls.browsers)
""",
        "len(cls.browsers) < cls.most",
        "request.token",
    ),
    "a default in whose place every call gives something": (
        """
def _note(message, history=[]):
    history.append(message.text)  # MARK
    return history


def on_message(message):
    return _note(message{})
""",
        ", []",
        "",
    ),
    "what an object reads that its class makes once": (
        """
class Settings:
    _instance = None
    included = set()

    def __init__(self, session):
        self._read(session)

    def _read(self, session):
        self.included.add(session.token)  # MARK

    @classmethod
    def get(cls, session, again=False):
        if {}:
            cls._instance = Settings(session)
        return cls._instance
""",
        "again or cls._instance is None",
        "again or session.changed",
    ),
    "a key that a property gives": (
        """
class Store:
    def __init__(self):
        self.seen = {{}}

    @property
    def kind(self):
        return {}

    def put(self, request):
        self.seen[self.kind] = request  # MARK


STORE = Store()
""",
        '"read"',
        "object()",
    ),
    "a queue that is emptied by the name of a property": (
        """
import queue
import threading


class Service:
    def __init__(self, commands, answers):
        self._commands, self._answers = commands, answers
        self._bridge = Bridge(self)

    @property
    def commands(self):
        return self._commands

    @property
    def answers(self):
        return self._answers


class Bridge(threading.Thread):
    def __init__(self, service):
        self.service = service

    def run(self):
        while True:
            print(self.service.{}.get())


class Plugin:
    def __init__(self):
        self._queue = queue.Queue()
        self._service = Service(self._queue, None)

    def on_message(self, message):
        self._queue.put(message)  # MARK


PLUGIN = Plugin()
""",
        "commands",
        "answers",
    ),
    "a key written in the call of a method on its class": (
        """
KEPT = {{}}


class Store:
    def _put(self, user_id, order_id):
        KEPT[{}] = object()  # MARK


def save(store, request):
    Store._put(store, request.user_id, "latest")
""",
        "order_id",
        "user_id",
    ),
    "the connection itself under a key that is always the same": (
        """
import asyncio


class Connection(asyncio.Protocol):
    known = {{}}

    def connection_made(self, transport):
        self.known[{}] = self  # MARK


async def main(loop):
    await loop.create_server(Connection, "::", 80)
""",
        '"latest"',
        "transport",
    ),
}


def _filled(source: str, filling: str | tuple[str, str]) -> str:
    return source.format(*([filling] if isinstance(filling, str) else filling))


@pytest.mark.parametrize("name", CASES)
def test_silent(name: str) -> None:
    source, silent, _ = CASES[name]
    assert mismatches(_filled(source, silent).replace("  # MARK", ""), load()) == []


@pytest.mark.parametrize("name", CASES)
def test_its_twin_is_shown(name: str) -> None:
    source, _, shown = CASES[name]
    found = [str(each) for each in mismatches(_filled(source, shown).replace("  # MARK", ""), load())]
    row = source.split("# MARK")[0].count("\n")
    assert [each.partition(": ")[0] for each in found] == [f"example.py:{row}"], found
