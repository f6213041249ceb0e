"""The collection is emptied only when the process ends.

`close()`, `shutdown()`, an `atexit` function or the end of a lifespan clears it. By then the process gives back all of
its memory anyway. While it serves, nothing is removed, and the collection has an entry for each key since the start.

When a function runs is told by the facts: its name, who calls it, what registers it and the `yield` of a lifespan that
comes before. The removal itself is what it should be, so that no tree is looked at.

How to mend: remove entries while serving. Remove each one where the thing it stands for ends, or bound the size.

Not flagged, on purpose:

- `close()` or `reset()` of an object that is closed while the process serves, such as one per connection or job;
- a `clear()` or `reset()` that running code calls: per batch, per tick, from a handler.

Found in released code: aioredlock 0.7.2 (`Aioredlock._locks`), prometheus-client 0.26.0 (`MultiProcessValue`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from leaklint.rule import Finding, Rule

if TYPE_CHECKING:
    from leaklint.project import Project

FLAGGED = [
    """
from contextlib import asynccontextmanager

from fastapi import FastAPI

RESULTS = {}


@asynccontextmanager
async def lifespan(app):
    yield
    RESULTS.clear()


app = FastAPI(lifespan=lifespan)


@app.get("/results/{key}")
async def result(key: str):
    RESULTS[key] = len(key)  # LK302
    return RESULTS[key]
""",
    """
import atexit

BUFFER = []


def on_metric(value):
    BUFFER.append(value)  # LK302


@atexit.register
def flush():
    for value in BUFFER:
        print(value)
    BUFFER.clear()
""",
    """
import threading


class Pool:
    def __init__(self):
        self.lock = threading.Lock()
        self.connections = {}

    def connection(self, address):
        with self.lock:
            self.connections[address] = object()  # LK302
            return self.connections[address]

    def shutdown(self):
        while self.connections:
            self.connections.popitem()


pool = Pool()
""",
    """
from aiohttp import web

PEERS = {}


async def hello(request):
    PEERS[request.match_info["name"]] = request.remote  # LK302
    return web.Response()


async def on_shutdown(app):
    for name in list(PEERS):
        del PEERS[name]


app = web.Application()
app.router.add_get("/hello/{name}", hello)
app.on_shutdown.append(on_shutdown)
""",
]

CLEAN = [
    """
BUFFER = []


def on_metric(value):
    BUFFER.append(value)
    if len(BUFFER) > 100:
        flush()


def flush():
    for value in BUFFER:
        print(value)
    BUFFER.clear()
""",
    """
# One for each connection, closed with it.
from fastapi import FastAPI, WebSocket

app = FastAPI()
SUBSCRIPTIONS = {}


class Subscriber:
    def __init__(self, socket):
        self.socket = socket

    def subscribe(self, topic):
        SUBSCRIPTIONS[self.socket] = topic

    def close(self):
        SUBSCRIPTIONS.pop(self.socket, None)


@app.websocket("/feed")
async def feed(socket: WebSocket):
    await socket.accept()
    subscriber = Subscriber(socket)
    try:
        async for topic in socket.iter_text():
            subscriber.subscribe(topic)
    finally:
        subscriber.close()
""",
    """
class Cache:
    def __init__(self):
        self.entries = {}

    def put(self, key, value):
        self.entries[key] = value

    def clear(self):
        self.entries.clear()


cache = Cache()


def on_save(key, value):
    cache.put(key, value)


def on_deploy(message):
    cache.clear()
""",
]


def judge(project: Project) -> Iterable[Finding]:
    """The collections whose only removals run at the end of the process, each at its first growth."""
    return project.findings("LK302")


RULE = Rule("LK302", "eviction-only-at-shutdown", judge, cwe=(401, 770))
