"""Objects that outlive what they deal with, each beside its bounded twin.

Each case is written with the part that matters as PART; the first filling is silent, the second is reported.
"""

from __future__ import annotations

import pytest

from leaklint.loader import load
from leaklint.testing import mismatches

CASES = {
    "what a loop over a socket of one's own takes": (
        """
from collections import deque


class Peer:
    def __init__(self, socket):
        self.socket = socket
        self.frames = PART

    async def run(self):
        async for raw in self.socket:
            await self.take(raw)

    async def take(self, raw):
        self.frames.append(raw)  # MARK
""",
        "deque(maxlen=10)",
        "[]",
        "LK103",
    ),
    "what a thread's own loop takes": (
        """
import threading
from collections import deque


class Worker(threading.Thread):
    def __init__(self, jobs):
        super().__init__()
        self.jobs = jobs
        self.results = PART

    def run(self):
        while True:
            job = self.jobs.get()
            self.results.append(job())  # MARK
""",
        "deque(maxlen=10)",
        "[]",
        "LK103",
    ),
    "what is put in before the loop begins": (
        """
import asyncio


class Worker:
    def __init__(self, sockets):
        self.sockets = sockets
        self.served = []

    async def run(self):
        PART
        while True:
            await asyncio.sleep(1)
            self.report()

    def accept(self, peer):
        self.served.append(peer.address)  # MARK

    def report(self):
        print(len(self.served))
""",
        "self.accept(self.sockets.first())",
        "while True:\n            self.accept(await self.sockets.accept())",
        "LK103",
    ),
    "an object that each connection is given": (
        """
import asyncio


class Server:
    def __init__(self):
        self.peers = {}

    async def listen(self, loop):
        await loop.create_server(lambda: Link(self), "", 80)


class Link(asyncio.Protocol):
    def __init__(self, server):
        self.server = server

    def connection_made(self, transport):
        self.address = transport.get_extra_info("peername")
        self.server.peers[self.address] = self  # MARK

    def connection_lost(self, error):
        PART
""",
        "self.server.peers.pop(self.address, None)",
        "self.address = None",
        "LK103",
    ),
    "weak references that nobody takes out": (
        """
import weakref


class Table:
    def __init__(self, rows):
        self.rows = rows
        self.views = []

    def view(self, key):
        view = View(self, key)
        self.views.append(weakref.ref(viewPART))  # MARK
        return view

    def forget(self, reference):
        print(reference)


class View:
    def __init__(self, table, key):
        self.table = table
        self.key = key
""",
        ", self.forget",
        "",
        "LK103",
    ),
    "names that an object makes up until it is closed": (
        """
class Tunnel:
    def __init__(self, socket):
        self.socket = socket
        self.streams = {}
        self.last = 0

    def open(self, peer):
        self.last += 2
        self.streams[self.last] = peer  # MARK

    def on_frame(self, frame):
        if frame.is_last:
            self.streams.PART(frame.number)

    def close(self):
        self.socket.close()
""",
        "pop",
        "get",
        "LK103",
    ),
    "an object with nothing but shutdown()": (
        """
import subprocess


class Starter:
    def __init__(self):
        self.children = {}

    def launch(self, job_id, command):
        self.children[job_id] = subprocess.Popen(command)  # MARK

    def reap(self):
        for job_id, child in list(self.children.items()):
            if child.poll() is not None:
                PART

    def shutdown(self):
        print(len(self.children))
""",
        "del self.children[job_id]",
        "print(job_id)",
        "LK103",
    ),
    "a factory of Twisted's that its protocols know": (
        """
from twisted.internet.protocol import Factory, Protocol


class Chat(Protocol):
    def connectionMade(self):
        self.factory.clients.append(self)  # MARK

    def connectionLost(self, reason):
        PART


class ChatFactory(Factory):
    protocol = Chat

    def __init__(self):
        self.clients = []
""",
        "self.factory.clients.remove(self)",
        "print(reason)",
        "LK103",
    ),
    "a server that its handlers know": (
        """
from http.server import BaseHTTPRequestHandler, HTTPServer


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.seen[self.path] = 1  # MARK
        PART


class Server(HTTPServer):
    def __init__(self, address):
        super().__init__(address, Handler)
        self.seen = {}
""",
        "if len(self.server.seen) > 100:\n            self.server.seen.clear()",
        "print(self.path)",
        "LK103",
    ),
    "an application that its handlers know": (
        """
import tornado.web


class Main(tornado.web.RequestHandler):
    def get(self, key):
        self.application.hits[key] = 1  # MARK
        PART


class Shop(tornado.web.Application):
    def __init__(self):
        self.hits = {}
        super().__init__([(r"/(.*)", Main)])
""",
        "if len(self.application.hits) > 100:\n            self.application.hits.clear()",
        "print(key)",
        "LK103",
    ),
    "a connection that puts itself in": (
        """
import tornado.websocket


class Feed(tornado.websocket.WebSocketHandler):
    clients = set()

    def open(self):
        Feed.clients.add(self)  # MARK

    def on_close(self):
        PART
""",
        "Feed.clients.discard(self)",
        "print(self)",
        "LK102",
    ),
    "a method cached for whoever derives from the class": (
        """
import abc
from functools import lru_cache

from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return ""


class Backend(abc.ABC):
    @abc.abstractmethod
    def send(self, path):
        ...

    @PART  # MARK
    def resolve(self, path=""):
        return self.send(path)
""",
        "property",
        "lru_cache(maxsize=None)",
        "LK202",
    ),
    "the id() of one of few, as its name says": (
        """
PARSED = {}


def parse(schema):
    key = PART
    if key not in PARSED:
        PARSED[key] = list(schema)  # MARK
    return PARSED[key]
""",
        "schema",
        "id(schema)",
        "LK101",
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
