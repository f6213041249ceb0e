"""The function that would take entries away is never called outside tests.

`reap()`, `_expire()` or `remove()` is there, is tested, and reads as if the collection were looked after. No code that
runs calls it, so the collection grows as if the function did not exist: an entry per key, for ever.

That nothing calls a function is told by the facts of the whole project, the callbacks among them; how the function
removes does not matter, so that no tree is looked at.

How to mend: call it. A sweep belongs to the function that adds, or to a task that start-up code starts; the removal of
one entry belongs to the `finally` or hook where its life ends. If nobody needs it, delete the function and bound the
collection by its size.

Not flagged, on purpose:

- methods that override or implement what a base class or framework calls (`on_disconnect`, `connectionLost`);
- functions that are handed on: as callback, thread or task target, in a table, by decorator;
- public functions of a library that take one entry out, where the growing side is public, too: its user calls both.
  `clear()` and `reset()` are no end of an entry, so that one that nothing calls is flagged. So is any that nothing
  calls where the library keeps the object itself and another library makes it grow, or has it behind a private name:
  its user has no part in it.

Found in released code: octoprint 1.11.8 (`_file_cache`, whose `_clear_file_cache()` has no caller); lmnr 0.7.46
(`__span_id_to_path`, emptied only at exit and by what nothing calls, mended in 0.7.47).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from leaklint.rule import Finding, Rule

if TYPE_CHECKING:
    from leaklint.project import Project

FLAGGED = [
    """
import time

SESSIONS = {}


def begin(token, user):
    SESSIONS[token] = (user, time.time())  # LK301


def _expire():
    for token, (_, begun) in list(SESSIONS.items()):
        if begun < time.time() - 3600:
            del SESSIONS[token]
""",
    """
# file: app/locks.py
HOLDERS = {}


def acquire(name, owner):
    HOLDERS[name] = owner  # LK301


def reset_for_tests():
    HOLDERS.clear()

# file: tests/test_locks.py
from app import locks


def test_acquire():
    locks.reset_for_tests()
    locks.acquire("door", "me")
    assert locks.HOLDERS == {"door": "me"}
""",
    """
# file: agents.py
class Agents:
    def __init__(self):
        self.by_session = {}

    def of(self, session_id):
        if session_id not in self.by_session:
            self.by_session[session_id] = object()  # LK301
        return self.by_session[session_id]

    def _evict_idle(self):
        while len(self.by_session) > 100:
            self.by_session.popitem()


agents = Agents()

# file: web.py
from flask import Flask
from agents import agents

app = Flask(__name__)


@app.get("/chat/<session_id>")
def chat(session_id):
    return str(agents.of(session_id))
""",
    """
# The loop that takes out is never started.
import asyncio

OUTBOX = asyncio.Queue()


async def send(message):
    OUTBOX.put_nowait(message)  # LK301


async def _deliver(connection):
    while True:
        await connection.send(await OUTBOX.get())
""",
    """
# A chain of functions that nobody enters.
ROWS = []


def on_row(row):
    ROWS.append(row)  # LK301


def _tick():
    _trim()


def _trim():
    del ROWS[:-100]
""",
    """
# It starts over for whoever calls it, and nobody does.
class Prices:
    def __init__(self, market):
        self.market = market
        self.known = {}

    def of(self, symbol):
        if symbol not in self.known:
            self.known[symbol] = self.market.price(symbol)  # LK301
        return self.known[symbol]

    def clear_cache(self):
        self.known.clear()


prices = Prices(market=None)
""",
    """
# The name reads like an end of the program, but nothing calls it at the end either.
import time
from fastapi import FastAPI

app = FastAPI()
TOKENS = {}


def cleanup():
    for token in [token for token, end in TOKENS.items() if end < time.time()]:
        TOKENS.pop(token)


@app.post("/login/{user}")
def login(user: str):
    TOKENS[user] = time.time() + 60  # LK301
""",
    """
# The tracing library calls on_start(); nobody calls what would take an entry out.
import atexit
from opentelemetry.sdk.trace import SpanProcessor


class Paths(SpanProcessor):
    def __init__(self):
        self.of_spans = {}

    def on_start(self, span, parent_context=None):
        self.of_spans[span.context.span_id] = span.name  # LK301

    def forget(self, span_id):
        self.of_spans.pop(span_id, None)


_PATHS = Paths()


def _at_exit(span_id=0):
    _PATHS.forget(span_id)


atexit.register(_at_exit)
""",
]

CLEAN = [
    """
import time

SESSIONS = {}


def begin(token, user):
    _expire()
    SESSIONS[token] = (user, time.time())


def _expire():
    for token, (_, begun) in list(SESSIONS.items()):
        if begun < time.time() - 3600:
            del SESSIONS[token]
""",
    """
import threading
import time

SESSIONS = {}


def begin(token, user):
    SESSIONS[token] = (user, time.time())


def _expire():
    while True:
        time.sleep(60)
        for token, (_, begun) in list(SESSIONS.items()):
            if begun < time.time() - 3600:
                del SESSIONS[token]


threading.Thread(target=_expire, daemon=True).start()
""",
    """
import asyncio


class Protocol(asyncio.Protocol):
    connections = {}

    def connection_made(self, transport):
        self.transport = transport
        self.connections[id(transport)] = self

    def connection_lost(self, error):
        self.connections.pop(id(self.transport), None)
""",
    """
import asyncio

TASKS = {}


def _forget(task):
    TASKS.pop(task.get_name(), None)


def spawn(name, job):
    task = asyncio.create_task(job(), name=name)
    TASKS[name] = task
    task.add_done_callback(_forget)
""",
    """
from apscheduler.schedulers.background import BackgroundScheduler

TOKENS = {}


def issue(token, end):
    TOKENS[token] = end


def _sweep():
    for token in [token for token, end in TOKENS.items() if end.is_over()]:
        TOKENS.pop(token)


def main():
    scheduler = BackgroundScheduler()
    scheduler.add_job(_sweep, "interval", minutes=1)
    scheduler.start()
""",
    """
# A library: who subscribes also unsubscribes.
class Emitter:
    def __init__(self):
        self._listeners = []

    def subscribe(self, listener):
        self._listeners.append(listener)

    def unsubscribe(self, listener):
        self._listeners.remove(listener)


emitter = Emitter()
""",
    """
ACTIONS = {}
WAITING = {}


def submit(number, job):
    WAITING[number] = job


def _finish(number):
    return WAITING.pop(number)


ACTIONS["finish"] = _finish


def on_action(name, number):
    return ACTIONS[name](number)
""",
    """
class Prices:
    def __init__(self, market):
        self.market = market
        self.known = {}

    def of(self, symbol):
        if symbol not in self.known:
            self.known[symbol] = self.market.price(symbol)
        return self.known[symbol]

    def clear_cache(self):
        self.known.clear()


prices = Prices(market=None)


def on_market_closed(event):
    prices.clear_cache()
""",
    """
from opentelemetry.sdk.trace import SpanProcessor


class Paths(SpanProcessor):
    def __init__(self):
        self.of_spans = {}

    def on_start(self, span, parent_context=None):
        self.of_spans[span.context.span_id] = span.name

    def on_end(self, span):
        self.forget(span.context.span_id)

    def forget(self, span_id):
        self.of_spans.pop(span_id, None)


_PATHS = Paths()
""",
    """
# What its user begins, its user ends.
class Paths:
    def __init__(self):
        self.of_spans = {}

    def begin(self, span):
        self.of_spans[span.context.span_id] = span.name

    def forget(self, span_id):
        self.of_spans.pop(span_id, None)


paths = Paths()
""",
]


def judge(project: Project) -> Iterable[Finding]:
    """The collections whose only removals nothing calls, each at its first growth."""
    return project.findings("LK301")


RULE = Rule("LK301", "eviction-never-called", judge, cwe=(401, 770))
