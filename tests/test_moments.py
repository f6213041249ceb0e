"""What lasts only a moment, or is taken away again: each case beside its twin that is shown.

Each case is written with the part that matters between `{}`; with the first filling its growth is not shown, with
the second it is.
"""

from __future__ import annotations

import pytest

from leaklint.loader import load
from leaklint.testing import mismatches

CASES: dict[str, tuple[str, str | tuple[str, str], str | tuple[str, str]]] = {
    "a protocol whose transport is closed where it was opened": (
        """
import asyncio


class Search(asyncio.DatagramProtocol):
    def __init__(self):
        self.found = set()

    def datagram_received(self, data, addr):
        self.found.add(addr)  # MARK


async def search(loop):
    transport, protocol = await loop.create_datagram_endpoint(lambda: Search(), local_addr=("0.0.0.0", 0))
    await asyncio.sleep(5)
    {}.close()
    return len(protocol.found)
""",
        "transport",
        "loop",
    ),
    "an object that takes the place of a network": (
        """
class {0}:
    listeners = {{}}

    def listen(self, port, session):
        self.listeners[session] = port  # MARK


{0}().listen
""",
        "NullModem",
        "Modem",
    ),
    "a method of the object's own that something else calls back": (
        """
class Recurring:
    def __init__(self, work):
        self.work = work

    def tick(self):
        self.work()


class BrowserPool:
    def __init__(self):
        self.idle = []
        self.task = Recurring({})

    def retire(self, browser):
        self.idle.append(browser)  # MARK

    def _close_idle(self):
        for browser in list(self.idle):
            browser.close()
            self.idle.remove(browser)


POOL = BrowserPool()


def on_tick():
    POOL.task.tick()
""",
        "self._close_idle",
        "print",
    ),
    "what the end of a block takes away": (
        """
class Blocks:
    def __init__(self):
        self.open = []

    def push(self, element):
        self.open.append(element)  # MARK

    def pop(self):
        self.open.pop()


BLOCKS = Blocks()


class Element:
    def __enter__(self):
        BLOCKS.push(self)

    def {}(self, *error):
        BLOCKS.pop()
""",
        "__exit__",
        "__del__",
    ),
    "an object of the module only where that is the program": (
        """
class Letter:
    def __init__(self):
        self.lines = []

    def add(self, line):
        self.lines.append(line)  # MARK


{}
    LETTER = Letter()
""",
        'if __name__ == "__main__":',
        "if Letter:",
    ),
    "a count of those that hold something": (
        """
import threading


class Pool:
    def __init__(self):
        self.task = threading.Thread()
        self.holders = {{}}

    def take(self, request_id):
        self.holders[request_id] = self.holders.get(request_id, 0) + 1  # MARK

    def give(self, request_id):
        count = self.holders.get(request_id, 0) - 1
        if count > 0:
            self.holders[request_id] = count
            return False
        {}
        return True

    def start(self):
        print(self.task)

    def stop(self):
        print(self.task)
""",
        "self.holders.pop(request_id, None)",
        "print(request_id)",
    ),
    "a loop that waits for the end": (
        """
class Batch:
    def __init__(self, websocket):
        self.websocket = websocket
        self.failed = {{}}

    async def {}(self):
        async for message in self.websocket:
            self.failed[message.id] = message  # MARK
""",
        "_shutdown",
        "_receive",
    ),
    "an attribute that is deleted while the process serves": (
        """
class TrackedRequest:
    def __init__(self):
        self.spans = []

    def add(self, span):
        self.spans.append(span)  # MARK


class Context:
    def start(self, request):
        self.request = TrackedRequest()
        self.request.add(request)

    def finish(self, request):
        {}


CONTEXT = Context()
""",
        "del self.request",
        "print(self.request)",
    ),
    "waiters of a connection, which an error leaves": (
        """
import asyncio


class Handler:
    def __init__(self, websocket):
        self.websocket = websocket
        self.waiting = {{}}

    async def read(self):
        async for message in self.websocket:
            await self.handle(message)

    async def handle(self, message):
        waiter = asyncio.Future()
        key = {}
        self.waiting[key] = waiter  # MARK
        await waiter
        del self.waiting[key]
""",
        "message.packet_id",
        "object()",
    ),
    "an object that a call puts away again": (
        """
class Buffer:
    def __init__(self):
        self.parts = []

    def write(self, text):
        self.parts.append(text)  # MARK


class Rewriter:
    out = None

    def rewrite(self, request):
        {}
        self.out.write(request)
        done = "".join(self.out.parts)
        {}
        return done


REWRITER = Rewriter()
""",
        ("self.out = Buffer()", "self.out = None"),
        ("self.out = self.out or Buffer()", "print(done)"),
    ),
    "what a thread is given that ends with the call": (
        """
import threading


class State:
    def __init__(self):
        self.hosts = {{}}

    def resolve(self, host):
        self.hosts[host] = len(host)  # MARK


def fetch(host):
    state = State()
    stop = threading.Event()

    def watch():
        while not stop.wait(1):
            state.resolve(next_host())

    threading.Thread(target=watch).start()
    state.resolve(host)
    {}


def next_host():
    return input()
""",
        "stop.set()",
        "print(host)",
    ),
    "what a function fills before it gives it back": (
        """
class View:
    def __init__(self):
        self.fields = {{}}


VIEW = View()


def from_request(request):
    view = {}
    for field in request.fields:
        view.fields[request.token, field] = True  # MARK
    return view
""",
        "View()",
        "VIEW",
    ),
    "a set that is rebound before something is put in": (
        """
class Lights:
    def __init__(self):
        self.names = set()

    def animate(self, request, names=None):
        if request:
            names = {}
            names.update(request.names)  # MARK
        else:
            names = self.names
        return names


LIGHTS = Lights()
""",
        "set(names or [])",
        "self.names",
    ),
    "a timer that takes itself out, of a collection whose name speaks of time": (
        """
import threading
import time


class Timeouts:
    def __init__(self):
        self.pending_timeouts = {{}}

    def start(self, request, work):
        name = request.name

        def run():
            work()
            if {}:
                del self.pending_timeouts[name]

        self.pending_timeouts[name] = threading.Timer(60, run)  # MARK
        self.pending_timeouts[name].start()


TIMEOUTS = Timeouts()
""",
        "name in self.pending_timeouts",
        "self.pending_timeouts[name].end < time.monotonic()",
    ),
    "what a new object is given of an old one": (
        """
class Renderer:
    def __init__(self):
        self.args = []

    def with_args(self, request):
        other = {}
        other.args = self.args + [request]  # MARK
        return other


RENDERER = Renderer()
""",
        "Renderer()",
        "self",
    ),
    "a scanner that each scan makes anew": (
        """
class Scanner:
    def __init__(self):
        self.errors = []

    def on_request(self, request):
        self.errors.append(request)  # MARK


class Daemon:
    def __init__(self):
        self.scanner = None

    def _scan(self):
        {}
            self.scanner = Scanner()
        return self.scanner

    def start(self):
        return self._scan()

    def stop(self):
        print("ends")


DAEMON = Daemon()
""",
        "if DAEMON:",
        "if self.scanner is None:",
    ),
    "a copy of all that an object holds": (
        """
from copy import {}


class Prompt:
    def __init__(self):
        self.words = {{}}

    def with_answer(self, question, answer):
        other = {}(self)
        other.words[question] = answer  # MARK
        return other


PROMPT = Prompt()
""",
        ("deepcopy", "deepcopy"),
        ("copy", "copy"),
    ),
    "keywords that calls are written with": (
        """
WORDS = {{}}


def note({}):
    WORDS.update(words)  # MARK


def on_request(request):
    {}
""",
        ("**words", "note(user=request.user)"),
        ("words", "note(request.words)"),
    ),
    "a metaclass that a function makes a class with": (
        """
CIPHERS = {{}}


class Register(type):
    def __new__(cls, name, bases, members):
        made = super().__new__(cls, name, (), members)
        CIPHERS[name] = made
        return made


def with_metaclass(meta, *bases):
    class metaclass(meta):
        def __new__(cls, name, these_bases, members):
            return meta(name, bases, members)

    return type.__new__(metaclass, "made", (), {{}})


class Cipher(with_metaclass(Register, object)):
    pass


USERS = {{}}


class User:
    def __new__(cls, name, {}, members):
        USERS[name] = members  # MARK
        return super().__new__(cls)
""",
        "bases",
        "groups",
    ),
    "a field of a model, of which each object has its own": (
        """
from {} import BaseModel


class Links:
    def __init__(self):
        self.found = []

    def add(self, request):
        self.found.append(request)  # MARK


class Wallet(BaseModel):
    links: Links = Links()


def on_request(request):
    return Wallet.get(request.token).links.add(request)
""",
        "pydantic",
        "shop",
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
