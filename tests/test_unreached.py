"""Growths and removals that nothing reaches, or not whenever an entry ends, each beside its bounded twin.

Each case is written with the part that matters as PART; the first filling is silent, the second is reported.
"""

from __future__ import annotations

import pytest

from leaklint.loader import load
from leaklint.testing import mismatches

CASES = {
    "a list of which an application's routes know nothing": (
        """
from fastapi import FastAPI

app = FastAPI()
SEEN = []


def remember(thing):
    SEEN.append(thing)  # MARK


@app.post("/things")
def post(name: str):
    PART(name)
""",
        "print",
        "remember",
        "LK101",
    ),
    "a log that somebody has to clear": (
        """
from fastapi import FastAPI

app = FastAPI()
LINES = []


def log(line):
    LINES.append(line)  # MARK


@app.post("/PART")
def handle():
    LINES.clear()
""",
        "rotate",
        "clear",
        "LK308",
    ),
    "a timer that the initialiser starts": (
        """
class Pool:
    def __init__(self, loop):
        self.loop = loop
        self.idle = []
        self.PART()

    def give_back(self, connection):
        self.idle.append(connection)  # MARK

    def start(self):
        print(self.loop)

    def stop(self):
        print(self.idle)

    def cleanup(self):
        self.idle = []
        self.loop.call_later(1, "cleanup")

    def reset(self):
        self.first = None
""",
        "cleanup",
        "reset",
        "LK301",
    ),
    "a removal that an application never asks for": (
        """
from fastapi import FastAPI, WebSocket

app = FastAPI()


class Members:
    def __init__(self):
        self.active = {}

    def enter(self, name, socket):
        self.active[name] = socket  # MARK

    def leave(self, name):
        self.active.pop(name, None)


members = Members()


@app.websocket("/{name}")
async def talk(socket: WebSocket, name: str):
    members.enter(name, socket)
    try:
        await socket.receive_text()
    finally:
        PART
""",
        "members.leave(name)",
        "print(name)",
        "LK301",
    ),
    "a callback that removes by another key": (
        """
import asyncio
import uuid


class Channel:
    def __init__(self, transport):
        self.transport = transport
        self.futures = {}

    def begin(self):
        future = asyncio.get_event_loop().create_future()
        number = PART
        self.futures[number] = future  # MARK
        future.add_done_callback(self.drop)
        return future

    def drop(self, future):
        self.futures.pop(str(id(future)), None)

    def on_message(self, message):
        future = self.futures.pop(message.number, None)
        if future is not None:
            future.set_result(message.body)

    def close(self):
        self.transport.close()
""",
        "str(id(future))",
        "str(uuid.uuid4())",
        "LK103",
    ),
    "a wait in the function that asked for the entry": (
        """
import asyncio
import itertools


class Link:
    def __init__(self, writer):
        self.writer = writer
        self.numbers = itertools.count()
        self.replies = {}

    def begin(self):
        number = next(self.numbers)
        future = asyncio.get_running_loop().create_future()
        self.replies[number] = future  # MARK
        return number, future

    async def ask(self, question):
        number, future = self.begin()
        await self.writer.send(number, question)
        try:
            return await asyncio.wait_for(future, 10)
        finally:
            PART

    def on_reply(self, number, answer):
        future = self.replies.pop(number, None)
        if future is not None:
            future.set_result(answer)

    async def disconnect(self):
        await self.writer.close()
""",
        "self.replies.pop(number, None)",
        "print(number)",
        "LK304",
    ),
    "what goes only with the connection": (
        """
import asyncio
from collections import deque


class Client:
    def __init__(self, handler):
        self.handler = handler
        self.tasks = deque()

    async def connect(self):
        await self.handler.open()

    async def disconnect(self):
        await self.handler.close()

    async def deliver(self, timeout):
        task = asyncio.ensure_future(self.handler.next_message())
        self.tasks.append(task)  # MARK
        done, _ = await asyncio.wait([task], timeout=timeout)
        if task in done:
            self.tasks.pop()
            return task.result()
        return None

    async def on_PART(self):
        while self.tasks:
            self.tasks.popleft().cancel()
""",
        "tick",
        "disconnected",
        "LK304",
    ),
    "the hook for what failed": (
        """
from langchain_core.callbacks import BaseCallbackHandler


class Tracer(BaseCallbackHandler):
    def __init__(self):
        self.running = {}

    def on_tool_start(self, serialized, text, *, run_id):
        self._begin(run_id, text)

    def on_tool_end(self, output, *, run_id):
        self._end(run_id)

    def on_tool_error(self, error, *, run_id):
        PART

    def _begin(self, run_id, text):
        self.running[run_id] = text  # MARK

    def _end(self, run_id):
        self.running.pop(run_id, None)
""",
        "self._end(run_id)",
        "print(error)",
        "LK304",
    ),
    "what the initialiser has a method make": (
        """
class Manager:
    def __init__(self):
        self.reset()

    def reset(self):
        self.units = {}

    def unit_of(self, session_id):
        if session_id not in self.units:
            self.units[session_id] = object()  # MARK
        return self.units[session_id]

    def finish(self, session_id):
        self.units.PART(session_id)

    def start(self):
        print("begins")

    def stop(self):
        print("ends")
""",
        "pop",
        "get",
        "LK301",
    ),
    "a method of each request's object": (
        """
from flask import Flask

app = Flask(__name__)


class Bus:
    def __init__(self):
        self.listeners = []

    def subscribe(self, listener):
        self.listeners.append(listener)  # MARK

    def unsubscribe(self, listener):
        self.listeners.remove(listener)


bus = Bus()


class Session:
    def __init__(self, user):
        self.user = user
        bus.subscribe(self.on_event)

    def on_event(self, event):
        print(self.user, event)

    def end(self):
        PART


@app.route("/<user>")
def login(user):
    session = Session(user)
    session.end()
    return ""
""",
        "bus.unsubscribe(self.on_event)",
        "self.user = None",
        "LK301",
    ),
}


def filled(name: str, part: str, code: str) -> str:
    """A case with one of its parts, marked where it is to be reported."""
    return CASES[name][0].replace("PART", part).replace("# MARK", f"# {code}" if code else "").replace("  \n", "\n")


@pytest.mark.parametrize("name", CASES)
def test_its_bounded_twin_is_silent(name: str) -> None:
    assert mismatches(filled(name, CASES[name][1], ""), load()) == []


@pytest.mark.parametrize("name", CASES)
def test_it_is_reported(name: str) -> None:
    assert mismatches(filled(name, CASES[name][2], CASES[name][3]), load()) == []
