"""Objects of which a library or a framework keeps hold, each beside its twin that ends with a call.

Each case is written with the part that matters between `{}`; the first filling is silent, the second is reported.
"""

from __future__ import annotations

import pytest

from leaklint.loader import load
from leaklint.testing import mismatches

CASES = {
    "a class of no use within one call, which the library itself makes for one": (
        """
class VisitLimiter:
    def __init__(self, rate):
        self.rate = rate
        self.visits = {{}}

    def admit(self, user_id):
        count = self.visits.get(user_id, 0) + 1
        self.visits[user_id] = count  # MARK
        return count <= self.rate


def count(rows):
    {}
    return [row for row in rows if limiter.admit(row.user_id)]
""",
        "limiter = VisitLimiter(10)",
        "limiter = rows.limiter",
    ),
    "a class that only its name tells to be of use over many calls": (
        """
class {}:
    def __init__(self, rate):
        self.rate = rate
        self.visits = {{}}

    def admit(self, user_id):
        count = self.visits.get(user_id, 0) + 1
        self.visits[user_id] = count  # MARK
        return count <= self.rate
""",
        "VisitCounts",
        "VisitLimiter",
    ),
    "an object that an endpoint beside it reads": (
        """
from starlette.applications import Starlette
from starlette.routing import Route


class Inbox:
    def __init__(self):
        self.writers = {{}}

    def open(self, session):
        self.writers[session] = object()  # MARK


def make_app():
    inbox = Inbox()

    async def stream(request):
        {}
        inbox.open(request.query_params["id"])

    return Starlette(routes=[Route("/", endpoint=stream)])
""",
        "inbox = Inbox()",
        "print(request)",
    ),
    "an object whose method is an endpoint": (
        """
from starlette.applications import Starlette
from starlette.routing import Route


class Inbox:
    def __init__(self):
        self.letters = {{}}

    async def post(self, request):
        self.letters[request.query_params["id"]] = request  # MARK


def make_app():
    {}
    return Starlette(routes=[Route("/", endpoint=post)])
""",
        "post = print",
        "post = Inbox().post",
    ),
    "a start and a stop": (
        """
class Output:
    def __init__(self):
        self.sessions = {{}}

    def start(self):
        print("on")

    def {}(self):
        print("off")

    def write(self, event):
        self.sessions[event["session_id"]] = event  # MARK
""",
        "render",
        "stop",
    ),
    "listeners that come and go": (
        """
class Wire:
    def __init__(self):
        self.sent = {{}}
        self.heard = ()

    def add_listener(self, listener):
        self.heard = (listener,)

    def {}(self):
        self.heard = ()

    def send(self, message):
        self.sent[message.id] = message  # MARK
""",
        "listened",
        "remove_listener",
    ),
    "a method that is read to be called later": (
        """
class Wire:
    def __init__(self):
        self.waiting = []

    def start(self):
        print("on")

    def stop(self):
        self.work_off()

    def call_soon(self, message):
        self.waiting.append(message)  # MARK

    def work_off(self):
        self.waiting.clear()


def loop(obj):
    work_off = obj.{}
    while True:
        work_off()
""",
        "work_off",
        "sleep",
    ),
    "what is called with a class": (
        """
class Cached(type):
    def __init__(cls, *args):
        super().__init__(*args)
        cls.made = {{}}

    def __call__(cls, *args):
        made = type.__call__(cls, *args)
        cls.made[{}] = made  # MARK
        return made


class Files(metaclass=Cached):
    pass
""",
        "cls.__name__",
        "args",
    ),
    "a loader that a program calls once": (
        """
PLUGINS = {{}}


def load_plugin({}):
    PLUGINS[{}] = object()  # MARK
""".replace("[{}]", "[{0}]").replace("({})", "({0})"),
        "name",
        "user_id",
    ),
    "a method that its own class calls with constants": (
        """
import threading
from collections import defaultdict


class Emitter:
    def __init__(self):
        self.lock = threading.Lock()
        self.heard = defaultdict(list)

    def on(self, listener):
        print(listener)

    def off(self, listener):
        {}emit("off", listener)

    def {}emit(self, event, *args):
        for each in self.heard[event]:  # MARK
            each(*args)
""".replace("{}", "self.{0}", 1).replace("def {}", "def {0}"),
        "_",
        "",
    ),
    "what a server calls back": (
        """
import asyncio


class Chat:
    def __init__(self):
        self.talks = []

    async def handle(self, reader, writer):
        self.talks.append(asyncio.create_task(reader.read()))  # MARK

    async def serve(self):
        await asyncio.start_server({}, "0.0.0.0", 80)
""",
        "print",
        "self.handle",
    ),
    "what a library calls back": (
        """
from spans.processing import {}


class Seen({}):
    def __init__(self):
        self.runs = dict()

    def begin(self, span, run_id):
        self.runs[run_id] = span  # MARK
""".replace("{}", "{0}"),
        "Spans",
        "BaseSpanProcessor",
    ),
    "a loader that gives back what it was asked for": (
        """
PAGES = {{}}


def load_page({}):
    PAGES[{}] = object()  # MARK
    return PAGES[{}]
""".replace("{}", "{0}").replace("{{0}}", "{{}}"),
        "name",
        "path",
    ),
    "a publisher that is closed": (
        """
class Publisher:
    def __init__(self, wire):
        self.wire = wire
        self.unacked = {{}}

    def publish(self, message_id, body):
        self.unacked[message_id] = body  # MARK

    def {}(self):
        self.wire.close()
""",
        "render",
        "close",
    ),
    "what begins an object fills its collections": (
        """
class Server:
    def __init__(self, message):
        self.message = message
        self.sockets = {{}}

    def {}(self):
        self.sockets[self.message.id] = self.message  # MARK

    def stop(self):
        print("off")
""",
        "start",
        "receive",
    ),
    "what begins an object makes its collections": (
        """
class Output:
    def {}(self):
        self.sessions = {{}}

    def start(self):
        print("on")

    def stop(self):
        print("off")

    def write(self, event):
        self.sessions[event["session_id"]] = event  # MARK
""",
        "flush",
        "setup",
    ),
    "what an object of one use may own": (
        """
import threading


class ReportLoader:
    def __init__(self):
        {}
        self.pages = {{}}

    def load(self, user_id):
        self.pages[user_id] = object()  # MARK
""",
        "self.ready = threading.Event()",
        "self.ready = threading.Thread()",
    ),
    "what an object is made to collect": (
        """
class ReportSession:
    def __init__(self):
        self.pages = []

    def render(self, page):
        self.pages.append(page)  # MARK

    def close(self):
        print(self.pages)


{}
""",
        "",
        "SESSION = ReportSession()",
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
