"""What comes and goes by the shape of the code: what is taken back, begun, opened, closed over. Each beside its twin.

Each case is written with the part that matters as `<>`; with the first filling its growth is not shown, with the second
it is.
"""

from __future__ import annotations

import pytest

from leaklint.loader import load
from leaklint.testing import mismatches

CASES: dict[str, tuple[str, str | tuple[str, ...], str | tuple[str, ...]]] = {
    "a list from which the counterpart takes out": (
        """
import asyncio


class Client:
    def __init__(self, host):
        self.host = host
        self.topics = []
        self.task = asyncio.ensure_future(self.run())

    async def run(self):
        while True:
            await asyncio.sleep(1)

    def subscribe(self, topic):
        self._note(topic)
        self.send(topic)

    def _note(self, topic):
        self.topics.append(topic)  # MARK

    def unsubscribe(self, topic):
        self.send(topic)
        <>

    def send(self, topic):
        print(self.host, topic)
""",
        "self.topics.remove(topic)",
        "print(self.host)",
    ),
    "a list beside which no counterpart is offered": (
        """
import asyncio


class Client:
    def __init__(self, host):
        self.host = host
        self.topics = []
        self.task = asyncio.ensure_future(self.run())

    async def run(self):
        while True:
            await asyncio.sleep(1)

    def subscribe(self, topic):
        self.topics.append(topic)  # MARK

    def <>(self, topic):
        print(self.host, topic)
""",
        "publish",
        "unsubscribe",
    ),
    "an entry under a name that the counterpart is told of": (
        """
import asyncio


class Client:
    def __init__(self, host):
        self.host = host
        self.handlers = {}
        self.task = asyncio.ensure_future(self.run())

    async def run(self):
        while True:
            await asyncio.sleep(1)

    def watch(self, name, handler):
        self.handlers[name] = handler  # MARK

    def unwatch(self, <>):
        print(self.host, "unwatch")
""",
        "number",
        "name",
    ),
    "a counterpart that is not written yet": (
        """
import asyncio


class Client:
    def __init__(self, host):
        self.host = host
        self.topics = []
        self.task = asyncio.ensure_future(self.run())

    async def run(self):
        while True:
            await asyncio.sleep(1)

    def subscribe(self, topic):
        self.topics.append(topic)  # MARK

    def unsubscribe(self, topic):
        <>
""",
        "raise NotImplementedError(topic)",
        "print(topic)",
    ),
    "a method that each new object registers": (
        """
LISTENERS = {}


def subscribe(event):
    def decorate(function):
        LISTENERS.setdefault(event, []).append(function)  # MARK
        return function

    return decorate


def fire(event):
    for each in LISTENERS.get(event, ()):
        each()


class View:
    def __init__(self, indices):
        self.indices = indices
        <>

    def compute(self):
        return list(self.indices)


class Model:
    def __init__(self, indices):
        self.view = View(indices)


<>
""",
        ("pass", "subscribe('changed')(View([]).compute)"),
        ("subscribe('changed')(self.compute)", ""),
    ),
    "a list of files by their annotation": (
        """
import threading
from sys import stdout
from typing import IO

LOCKS = {}


def lock_of(stored: <>):
    if stored not in LOCKS:
        LOCKS[stored] = threading.Lock()  # MARK
    return LOCKS[stored]


class Printer:
    def __init__(self, stored=None):
        self.stored = stored or stdout
        self.lock = lock_of(self.stored)


class Printers:
    def __init__(self, stored=None):
        self.stored = stored

    def __call__(self):
        return Printer(self.stored)
""",
        "object",
        "IO[str]",
    ),
    "what an application's handlers close over": (
        """
from fastapi import FastAPI


def create_app(root):
    app = FastAPI()
    sessions = {}

    <>
    async def start(session_id: str):
        sessions[session_id] = root  # MARK
        return session_id

    return app


def serve(root):
    while True:
        run(create_app(root))


def run(app):
    app.start()
""",
        "",
        '@app.post("/sessions")',
    ),
    "what a listener of each trigger closes over": (
        """
from fastapi import FastAPI


def attach(app, root):
    seen = {}

    <>
    async def start(session_id: str):
        seen[session_id] = root  # MARK
        return session_id

    app.add_api_route("/sessions", start)
""",
        "",
        '@app.post("/sessions")',
    ),
    "a default that is handed on to a base": (
        """
class Base:
    def __init__(self, name, spans):
        self.name = name
        self.spans = spans

    def record(self, span):
        self.spans.append(span)  # MARK


class Session(Base):
    def __init__(self, name, spans=<>):
        super().__init__(name, spans)
""",
        "()",
        "[]",
    ),
    "a mark in front of the key": (
        """
WAITING = {}


def send(user_id, text):
    WAITING[f"user:{user_id}"] = text  # MARK


def on_reply(user_id):
    WAITING.pop(<>, None)
""",
        'f"user:{user_id}"',
        "user_id",
    ),
    "a mark that both lines add by a local name": (
        """
WAITING = {}


def send(user_id, text):
    key = "user:" + user_id
    WAITING[key] = text  # MARK


def on_reply(user_id):
    <>
    WAITING.pop(user_id, None)
""",
        'user_id = "user:" + user_id',
        "print(user_id)",
    ),
    "a callback under the number of what it waits for": (
        """
WAITING = {}


def send(<>, callback):
    WAITING[<>] = callback  # MARK
""",
        "name",
        "request_id",
    ),
    "a removal that nothing calls, of an object behind a private name": (
        """
import time


class Limiter:
    def __init__(self):
        self.hits = {}

    def hit(self, client_ip):
        self.hits.setdefault(client_ip, []).append(time.time())  # MARK
        return len(self.hits[client_ip])

    def forget(self, client_ip):
        self.hits.pop(client_ip, None)


class Middleware:
    def __init__(self, app):
        self.app = app
        self.<> = Limiter()

    async def __call__(self, scope, receive, send):
        if self.<>.hit(scope["client"][0]) > 10:
            return
        await self.app(scope, receive, send)
""",
        "limiter",
        "_limiter",
    ),
    "a removal of an object behind a private name that is given away": (
        """
import time


class Limiter:
    def __init__(self):
        self.hits = {}

    def hit(self, client_ip):
        self.hits.setdefault(client_ip, []).append(time.time())  # MARK
        return len(self.hits[client_ip])

    def forget(self, client_ip):
        self.hits.pop(client_ip, None)


class Middleware:
    def __init__(self, app):
        self.app = app
        self._limiter = Limiter()

    def limits(self):
        return <>

    async def __call__(self, scope, receive, send):
        if self._limiter.hit(scope["client"][0]) > 10:
            return
        await self.app(scope, receive, send)
""",
        "self._limiter",
        "self.app",
    ),
    "one instance for each of many": (
        """
from functools import lru_cache


class Schema:
    def __init__(self, fields):
        self.fields = fields

    @lru_cache(maxsize=8)  # MARK
    def names(self):
        return sorted(self.fields)


class Nested:
    def __init__(self, fields):
        self.fields = fields
        self._schema = None

    def schema(self):
        if self._schema is None:
            self._schema = Schema(self.fields)
        return self._schema


<>
""",
        "NESTED = Nested([])",
        "",
    ),
}


def _filled(source: str, filling: str | tuple[str, ...]) -> str:
    if isinstance(filling, str):
        return source.replace("<>", filling)
    for each in filling:
        source = source.replace("<>", each, 1)
    return source


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
