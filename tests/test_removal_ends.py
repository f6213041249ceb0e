"""Removals that remove nothing, each beside its twin that does; the same code but for the part that matters.

Each case is written with that part as `@`; with the first filling it is silent, with the second it is reported.
"""

from __future__ import annotations

import pytest

from leaklint.loader import load
from leaklint.testing import mismatches

CASES = {
    "what a generic dictionary stores when it is read": (
        """
from typing import Dict

BOOKS = {}


class Prices(Dict[str, float]):
    def __missing__(self, isbn):
        price = BOOKS.get(isbn)
        @return price


PRICES = Prices()


def price_of(isbn):
    return PRICES[isbn]  # MARK
""",
        "",
        "self[isbn] = price\n        ",
        "LK105",
    ),
    "an object known by another name where it is made": (
        """
# file: entities.py
class Entities:
    def __init__(self):
        self.known = {}

    def put(self, entity):
        self.known[entity.id] = entity.hash  # MARK

# file: bot.py
from entities import Entities as Known


class Bot:
    def __init__(self):
        self.entities = None

    def on_message(self, message):
        @
        entities.put(message.sender)


bot = Bot()
""",
        "entities = Known()",
        "entities = self.entities = self.entities or Known()",
        "LK103",
    ),
    "the name that a loop binds, seen from a function": (
        """
import asyncio


class Plugins:
    def __init__(self, plugins):
        self.plugins = plugins
        self.fired = []

    async def fire(self, event):
        tasks = []
        for plugin in self.plugins:
            task = asyncio.ensure_future(plugin(event))
            tasks.append(task)

            def done(future):
                self.fired.remove(@)

            task.add_done_callback(done)
        self.fired.extend(tasks)  # MARK

    async def close(self):
        for task in self.fired:
            task.cancel()


PLUGINS = Plugins([])
""",
        "future",
        "task",
        "LK103",
    ),
    "a limit that pops what was added": (
        """
import asyncio


class Client:
    def __init__(self, handler):
        self.handler = handler
        self.lines = []

    async def deliver(self, line):
        self.lines.append(line)  # MARK
        await self.handler.take(line)
        if @:
            self.lines.pop()

    def close(self):
        self.lines.clear()
""",
        "len(self.lines) > 100",
        "line",
        "LK304",
    ),
    "emptied after an error only": (
        """
FACTS = {}


def clear_facts():
    FACTS.clear()


class Manager:
    def __init__(self, modules):
        self.modules = modules

    def clear_cache(self):
        clear_facts()

    def lookup(self, name):
        try:
            return self.modules[name]
        except KeyError:
            self.clear_cache()
            return None

    def replace(self, modules):
        self.modules = modules
        @


def infer(node):
    if node not in FACTS:
        FACTS[node] = list(node.infer())  # MARK
    return FACTS[node]
""",
        "self.clear_cache()",
        "",
        "LK301",
    ),
    "trimmed in the arm that adds": (
        """
FACTS = {}


def infer(node):
    try:
        return FACTS[node]
    except KeyError:
        try:
            result = FACTS[node] = node.infer()  # MARK
        finally:
            @
    return result
""",
        "if len(FACTS) > 64:\n                FACTS.pop(next(iter(FACTS)))",
        "print(len(FACTS))",
        "LK101",
    ),
    "emptied by a function of the method that ends it": (
        """
class Client:
    def __init__(self, handler):
        self.handler = handler
        self.tasks = []

    def deliver(self, message):
        self.tasks.append(self.handler.begin(message))  # MARK

    def on_@(self):
        def cancel_tasks():
            while self.tasks:
                self.tasks.pop().cancel()

        cancel_tasks()

    def close(self):
        self.handler.close()
""",
        "tick",
        "close",
        "LK302",
    ),
    "only if another object still knows the client, which is also told elsewhere that it has left": (
        """
class Server:
    def __init__(self, rooms):
        self.rooms = rooms
        self.environments = {}

    def on_connect(self, client_id, environment):
        self.environments[client_id] = environment  # MARK
        self.admit(client_id)

    def admit(self, client_id):
        self.rooms.join(client_id)
        if not self.rooms.welcome(client_id):
            self.rooms.leave(client_id)@

    def on_disconnect(self, client_id):
        if self.rooms.holds(client_id):
            self.rooms.leave(client_id)
            del self.environments[client_id]


server = Server(rooms=None)
""",
        "\n            del self.environments[client_id]",
        "",
        "LK304",
    ),
    "a sweep that looks only at the entries of whom it is told of": (
        """
class Messages:
    def __init__(self):
        self.entries = {}

    def add(self, message, session):
        self.entries[message.id] = message  # MARK

    def expire(self, session, count):
        for number, message in list(self.entries.items()):
            @
            if message.age(count) > 10:
                del self.entries[number]


messages = Messages()


def on_message(message, session):
    messages.add(message, session)
    messages.expire(session, message.count)
""",
        "print(number)",
        "if message.session != session:\n                continue",
        "LK303",
    ),
    "what grows in a loop until it is told to stop, begun by start()": (
        """
import asyncio


class Cache:
    def __init__(self):
        self.entries = {}

    def put(self, message):
        self.entries[message.id] = message  # MARK


class Runtime:
    def __init__(self, client):
        self.client = client
        self.cache = Cache()
        self.must_stop = asyncio.Event()

    async def start(self):
        await self.loop()

    async def loop(self):
        @
            message = await self.client.next()
            self.cache.put(message)


runtime = Runtime(client=None)
""",
        "if not self.must_stop.is_set():",
        "while not self.must_stop.is_set():",
        "LK103",
    ),
    "what grows in a loop as long as it runs, begun by start()": (
        """
class Cache:
    def __init__(self):
        self.entries = {}

    def put(self, message):
        self.entries[message.id] = message  # MARK


class Runtime:
    def __init__(self, client):
        self.client = client
        self.cache = Cache()
        self._running = True

    async def start(self):
        await self.loop()

    async def loop(self):
        @
            message = await self.client.next()
            self.cache.put(message)


runtime = Runtime(client=None)
""",
        "if self._running:",
        "while self._running:",
        "LK103",
    ),
    "an add-on of a proxy, which removes only while it writes to a file": (
        """
from mitmproxy import http


class Save:
    def __init__(self):
        self.stream = None
        self.flows = set()

    def load(self, loader):
        self.stream = loader.open()

    def request(self, flow: http.HTTPFlow):
        @self.flows.add(flow)  # MARK

    def response(self, flow: http.HTTPFlow):
        if self.stream:
            self.stream.write(flow)
            self.flows.discard(flow)


addons = [Save()]
""",
        "if self.stream:\n            ",
        "",
        "LK304",
    ),
    "what the loop makes when it begins": (
        """
import asyncio


class Server:
    def __init__(self, pool):
        self.pool = pool

    async def run(self):
        self.pending = {}
        async for message in self.pool.messages():
            if message.answers:
                self.answered(message)
            else:
                asyncio.create_task(self.accept(message.id))

    def answered(self, message):
        self.pending.pop(message.id).set_result(message)

    async def accept(self, number):
        future = asyncio.Future()
        self.pending[number] = future  # MARK
        try:
            await asyncio.wait_for(future, 5)
        except asyncio.TimeoutError:
            @
            raise RuntimeError(number) from None


server = Server(pool)
""",
        "self.pending.pop(number)",
        "print(number)",
        "LK304",
    ),
    "a helper that removes": (
        """
class Manager:
    def __init__(self):
        self.connections = {}

    async def connect(self, socket, name):
        self.connections[socket] = name  # MARK
        try:
            while True:
                await socket.receive()
        except @:
            pass
        await self.remove(socket)

    async def remove(self, socket):
        if socket in self.connections:
            del self.connections[socket]

    async def close_all(self):
        for socket in list(self.connections):
            await self.remove(socket)


manager = Manager()
""",
        "BaseException",
        "EOFError",
        "LK304",
    ),
}


def filled(name: str, part: str, code: str) -> str:
    """A case with one of its parts, marked where it is to be reported."""
    return CASES[name][0].replace("@", part).replace("# MARK", f"# {code}" if code else "").replace("  \n", "\n")


@pytest.mark.parametrize("name", CASES)
def test_with_its_end_it_is_silent(name: str) -> None:
    assert mismatches(filled(name, CASES[name][1], ""), load()) == []


@pytest.mark.parametrize("name", CASES)
def test_without_it_is_reported(name: str) -> None:
    assert mismatches(filled(name, CASES[name][2], CASES[name][3]), load()) == []
