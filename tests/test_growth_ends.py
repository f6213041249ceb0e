"""Growth that is no leak, each beside its twin that is one: the same code but for what ends, bounds or limits it.

Each case is written with the part that matters between `{}`; the first filling is silent, the second is reported.
"""

from __future__ import annotations

import pytest

from leaklint.loader import load
from leaklint.testing import mismatches

CASES = {
    "counting needs the key to be there": (
        """
from collections import defaultdict
from fastapi import FastAPI, Request

app = FastAPI()
CALLS = {}


@app.middleware("http")
async def count(request: Request, call_next):
    CALLS[request.client.host] += 1  # MARK
    return await call_next(request)
""",
        "dict(local=0)",
        "defaultdict(int)",
    ),
    "the instance of each type": (
        """
class Component:
    def __init__(self, system):
        self.system = system
        self.needed = set()

    def require(self, {}):
        inst = self.system.instance({})
        self.needed.add(inst)  # MARK
        return inst

    def start(self):
        pass

    def stop(self):
        pass
""".replace("{}", "{0}"),
        "type",
        "user_id",
    ),
    "whoever runs has a loop": (
        """
import asyncio
import threading


class Loader:
    def __init__(self):
        {}
        self.loaded = {{}}

    def load(self, user_id):
        self.loaded[user_id] = object()  # MARK
""",
        "self.loop = asyncio.get_event_loop()",
        "self.thread = threading.Thread()",
    ),
    "what is added when its object ends": (
        """
import threading


class Publisher:
    def __init__(self):
        self.lock = threading.Lock()
        self.notes = []

    def {}(self, message=None):
        self.notes.append(message)  # MARK

    def tell(self, user_id):
        return len(self.notes)


PUBLISHER = Publisher()
""",
        "shutdown",
        "note",
    ),
    "a folder that is put where it is not yet": (
        """
import sys


def load(plugin_path):
    if {}:
        sys.path.insert(0, plugin_path)  # MARK


def on_request(request):
    load(request.path)
""",
        "plugin_path not in sys.path",
        "plugin_path",
    ),
    "a method that ends something else": (
        """
class TraceSession:
    def __init__(self):
        self.chunks = {{}}

    def record(self, chunk_id, chunk):
        self.chunks[chunk_id] = chunk  # MARK

    def {}:
        self.ended = True
""",
        "close_span(self, span)",
        "close(self)",
    ),
    "what a patched method removes": (
        """
PENDING = {{}}


def instrument(cls):
    def _traced(self, run_id):
        PENDING[run_id] = self  # MARK

    def _finished(self, run_id):
        _forget(run_id)

    cls.start = _traced
    {}


def _forget(run_id):
    PENDING.pop(run_id, None)
""",
        "cls.finish = _finished",
        "cls.finish = None",
    ),
    "what a callback takes that is read, not called": (
        """
import queue
import selectors


class DeferredQueue:
    def __init__(self):
        self.waiting = queue.SimpleQueue()

    def defer(self, job_id):
        self.waiting.put(job_id)  # MARK

    def _run_callbacks(self, _file):
        self.waiting.get_nowait()()

    def start(self):
        print("deferred")

    def stop(self):
        print("deferred")


class Worker:
    def __init__(self, pipe):
        self.deferred = DeferredQueue()
        self.poller = selectors.DefaultSelector()
        self.poller.register(pipe, selectors.EVENT_READ, {})
""",
        "self.deferred._run_callbacks",
        "self.deferred",
    ),
    "a default that objects share": (
        """
class Node:
    def __init__(self, name, children={}):
        self.name = name
        self.children = children

    def add(self, user_id, child):
        self.children[user_id] = child  # MARK
""",
        "None",
        "{}",
    ),
    "a dict that stores what is missing": (
        """
class Table(dict):
    def __missing__(self, key):
        value = object()
        {}
        return value


TABLE = Table()


def find(user_id):
    return TABLE[user_id]  # MARK
""",
        "print(key)",
        "self[key] = value",
    ),
    "the environment and that of a request": (
        """
import os
from collections import Counter

HITS = Counter()


def count(environ):
    HITS[{}["PATH_INFO"]] += 1  # MARK
""",
        "os.environ",
        "environ",
    ),
    "a latch that is never taken back": (
        """
class Buffer:
    def __init__(self):
        self.lines = []
        self.released = False

    def handle(self, line):
        {}
            self.lines.append(line)  # MARK

    def release(self):
        self.released = True


BUFFER = Buffer()
""",
        "if not self.released:",
        "if line:",
    ),
    "a lazy start": (
        """
import threading


class Pool:
    def __init__(self):
        self.runner = None
        self.workers = []

    def submit(self, job):
        {}
            self.runner = threading.Thread(target=print)
            self.workers.append(self.runner)  # MARK


POOL = Pool()
""",
        "if self.runner is None:",
        "if job is None:",
    ),
    "a guard at the only call": (
        """
class Client:
    def __init__(self):
        self.started = False
        self.hooks = []

    def send(self, event):
        {}
            self._prepare(event)
            self.started = True

    def _prepare(self, event):
        self.hooks.append([event])  # MARK


CLIENT = Client()
""",
        "if not self.started:",
        "if event:",
    ),
    "an object that the function has just made": (
        """
class Settings:
    def __init__(self):
        self.headers = []


DEFAULT = Settings()


def request(name):
    settings = {}
    settings.headers.append([name])  # MARK
    return settings
""",
        "Settings()",
        "DEFAULT",
    ),
    "a key that is an attribute with a fixed value": (
        """
SEEN = {{}}


class Reader:
    def __init__(self, source):
        self.tag = {}

    def read(self, data):
        SEEN[self.tag] = data  # MARK


def on_request(request):
    Reader(request.body).read(request)
""",
        '"text"',
        "source",
    ),
    "what a function returns is a constant": (
        """
TOTALS = {{}}


def bucket(size):
    if size > 1000:
        return "large"
    return {}


def on_request(request):
    TOTALS[bucket(request.size)] = request  # MARK
""",
        '"small"',
        "size",
    ),
    "a set that keys are checked against": (
        """
class Groups:
    def __init__(self, allowed):
        self.allowed = frozenset(allowed)
        self.members = {{}}

    def add(self, group, member):
        {}
            self.members[group] = member  # MARK


GROUPS = Groups(["a", "b"])
""",
        "if group in self.allowed:",
        "if group is not member:",
    ),
    "a name that is bound anew before": (
        """
DEFAULTS = {{}}


def build(given):
    merged = DEFAULTS
    if given is not None:
        {}
        for name in given:
            merged[name] = name  # MARK
    return merged
""",
        "merged = {}",
        "print(merged)",
    ),
    "a name that is bound to it only afterwards": (
        """
EMPTY = {{}}


def merge(given):
    merged = {}
    for name in given:
        merged[name] = name  # MARK
    if not merged:
        merged = EMPTY
    return merged
""",
        "{}",
        "EMPTY",
    ),
    "a dict of keyword arguments": (
        """
CHOICES = {{"a": {{}}}}


def draw(name, {}):
    kind["x" + name] = name  # MARK


def on_request(request):
    draw(request.name, kind=CHOICES["a"])
""",
        "**kind",
        "kind",
    ),
    "constants joined into what is kept": (
        """
class View:
    def __init__(self):
        self.shown = {{}}

    def update(self, request):
        new = {{"host": request.host, {}: request.user}}
        self.shown = {{**self.shown, **new}}  # MARK


VIEW = View()
""",
        '"user"',
        "request.path",
    ),
    "an add-on that is taken out again": (
        """
class Recorder:
    def __init__(self):
        self.active = {{}}

    def request(self, flow):
        self.active[flow.id] = flow  # MARK


class Master:
    def __init__(self):
        self.addons = [Recorder()]

    def restart(self):
        {}

    def handle(self, flow):
        for addon in self.addons:
            addon.request(flow)


MASTER = Master()


def on_request(request):
    MASTER.handle(request.flow)
""",
        "self.addons.pop()",
        "print(self.addons)",
    ),
    "the streams of one connection": (
        """
import asyncio


class Stream:
    def __init__(self, number):
        self.number = number


class Streams:
    def __init__(self):
        self.open = {{}}

    def handle(self, number, last):
        self.open[number] = Stream(number)  # MARK
        if last:
            {}


class Wire(asyncio.Protocol):
    def connection_made(self, transport):
        self.streams = Streams()

    def data_received(self, data):
        self.streams.handle(data[0], data[1])
""",
        "self.open.pop(number)",
        "print(number)",
    ),
    "classes that are made for each class": (
        """
from schemas import create_model

MODELS = {{}}


class Generic:
    def __class_getitem__(cls, params):
        made = create_model(cls.__name__, params)
        MODELS[{}] = made  # MARK
        return made
""",
        "cls",
        "cls, params",
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
