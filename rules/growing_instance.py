"""A collection on an object that lives as long as the process, which run-time code grows and nothing bounds.

`self.entries[key] = value` is harmless on an object that is made for a request. On a singleton, a middleware, a
servicer, the application's state or an object that owns a thread or a connection it is a module-level dict by another
name: `K` new keys per second with `B` bytes behind each are `K * B * 86,400` bytes a day. The lifetime is part of the
finding and is proved there: who keeps the object, and in which line.

How to mend: give the collection a limit (`TTLCache(1024, 300)`, `deque(maxlen=1000)`, `popitem` past a size), or
remove the entry in the `finally`, callback or hook where the thing it stands for ends. Where the entries belong to
one request, make the object in the request.

Not flagged, on purpose:

- an object whose lifetime nothing proves: builders, parsers, forms, results, what a request makes and drops;
- what fills while the object is made or the program starts: registries, routes, tables from files;
- framework objects that live for a request only (`g`, `request.state`, Django views, serializers);
- everything that `LK101` takes for a bound or a finite key.

Found in released code: h2 3.0.1 (`H2Connection._closed_streams`, an entry for each stream that ever was).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from leaklint.rule import Finding, Rule

if TYPE_CHECKING:
    from leaklint.project import Project

FLAGGED = [
    """
class Quotes:
    def __init__(self, market):
        self.market = market
        self.latest = {}

    def quote(self, symbol):
        self.latest[symbol] = self.market.price(symbol)  # LK103
        return self.latest[symbol]


quotes = Quotes(market=None)
""",
    """
# file: service.py
class Recommender:
    def __init__(self):
        self.history = []

    def recommend(self, user):
        self.history.append((user.id, user.taste))  # LK103
        return self.history[-1]

# file: web.py
from fastapi import Depends, FastAPI
from functools import lru_cache
from service import Recommender

app = FastAPI()


@lru_cache
def recommender():
    return Recommender()


@app.get("/recommend")
def recommend(user: str, service: Recommender = Depends(recommender)):
    return service.recommend(user)
""",
    """
_tracker = None


def tracker():
    global _tracker
    if _tracker is None:
        _tracker = Tracker()
    return _tracker


class Tracker:
    def __init__(self):
        self.visits = {}

    def visit(self, address, page):
        self.visits.setdefault(address, []).append(page)  # LK103


def on_request(request):
    tracker().visit(request.address, request.path)
""",
    """
from starlette.middleware.base import BaseHTTPMiddleware


class Statistics(BaseHTTPMiddleware):
    def __init__(self, app):
        super().__init__(app)
        self.times = {}

    async def dispatch(self, request, call_next):
        response = await call_next(request)
        self.times[request.url.path] = response.headers.get("x-time")  # LK103
        return response
""",
    """
from fastapi import FastAPI, Request

app = FastAPI()
app.state.carts = {}


@app.post("/carts/{cart_id}")
async def put(cart_id: str, request: Request):
    request.app.state.carts[cart_id] = await request.json()  # LK103
""",
    """
# It owns a thread from start() to stop(), so it outlives the calls that reach it.
import threading


class Downloader:
    def __init__(self):
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.results = {}

    def start(self):
        self.thread.start()

    def stop(self):
        self.thread.join()

    def run(self):
        pass

    def fetch(self, url):
        self.results[url] = len(url)  # LK103
        return self.results[url]
""",
    """
# The cache is an object of its own, kept by an object that a module keeps.
class Cache:
    def __init__(self):
        self.entries = {}

    def put(self, key, value):
        self.entries[key] = value  # LK103


class Store:
    def __init__(self):
        self.cache = Cache()

    def write(self, key, value):
        self.cache.put(key, value)


store = Store()
""",
    """
# Dead references are skipped, and stay in the list.
import weakref


class Signal:
    def __init__(self):
        self.receivers = []

    def connect(self, receiver):
        self.receivers.append(weakref.ref(receiver))  # LK103

    def send(self, value):
        for reference in self.receivers:
            receiver = reference()
            if receiver is not None:
                receiver(value)


changed = Signal()


def on_page(page):
    changed.connect(page.refresh)
""",
    """
# One object for all, made at the first call.
from fastapi import FastAPI

app = FastAPI()
_archive = None


class Archive:
    def __init__(self):
        self.pages = {}

    def add(self, url, page):
        self.pages[url] = page  # LK103


def archive():
    global _archive
    if _archive is None:
        _archive = Archive()
    return _archive


@app.put("/pages")
def put(page: dict):
    archive().add(page["url"], page)
""",
    """
# `__new__` gives the one instance again, whoever calls the class.
from fastapi import FastAPI

app = FastAPI()


class Archive:
    _only = None

    def __new__(cls):
        if cls._only is None:
            cls._only = super().__new__(cls)
            cls._only.pages = {}
        return cls._only

    def add(self, url, page):
        self.pages[url] = page  # LK103


@app.put("/pages")
def put(page: dict):
    Archive().add(page["url"], page)
""",
]

CLEAN = [
    """
# The framework makes one for each request.
from fastapi import Depends, FastAPI

app = FastAPI()


class Basket:
    def __init__(self):
        self.items = {}

    def add(self, key, item):
        self.items[key] = item


def basket():
    return Basket()


@app.put("/items/{key}")
def put(key: str, own=Depends(basket), other: Basket = Depends(Basket)):
    own.add(key, 1)
    other.add(key, 2)
""",
    """
# A new one at each call.
from fastapi import FastAPI

app = FastAPI()


class Archive:
    def __init__(self):
        self.pages = {}

    def add(self, url, page):
        self.pages[url] = page


def archive():
    made = Archive()
    return made


@app.put("/pages")
def put(page: dict):
    archive().add(page["url"], page)
""",
    """
class Report:
    def __init__(self):
        self.lines = []
        self.totals = {}

    def add(self, row):
        self.lines.append(row)
        self.totals[row.name] = row.amount


def report(rows):
    result = Report()
    for row in rows:
        result.add(row)
    return result.lines
""",
    """
# One for each request.
from flask import Flask

app = Flask(__name__)


class Basket:
    def __init__(self):
        self.items = {}

    def put(self, name):
        self.items[name] = 1


@app.post("/basket/<name>")
def basket(name):
    basket = Basket()
    basket.put(name)
    return basket.items
""",
    """
class LRUCache:
    def __init__(self, size):
        self.size = size
        self.data = {}

    def put(self, key, value):
        self.data.pop(key, None)
        self.data[key] = value
        self._shrink()

    def _shrink(self):
        while len(self.data) > self.size:
            del self.data[next(iter(self.data))]


pages = LRUCache(100)
""",
    """
import time


class Tokens:
    def __init__(self):
        self._tokens = {}

    def issue(self, token):
        self._forget_old()
        self._tokens[token] = time.monotonic() + 60

    def _forget_old(self):
        now = time.monotonic()
        old = [token for token, end in self._tokens.items() if end < now]
        for token in old:
            self._tokens.pop(token)


tokens = Tokens()
""",
    """
import threading


class Exporter:
    def __init__(self, send):
        self.send = send
        self.spans = []
        self.lock = threading.Lock()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def record(self, span):
        with self.lock:
            self.spans.append(span)

    def run(self):
        while True:
            with self.lock:
                spans, self.spans = self.spans, []
            self.send(spans)

    def shutdown(self):
        self.thread.join()


exporter = Exporter(print)
""",
    """
class Router:
    def __init__(self):
        self.routes = {}

    def route(self, path):
        def decorate(function):
            self.routes[path] = function
            return function

        return decorate


router = Router()


@router.route("/ping")
def ping():
    return "pong"
""",
    """
# file: hub.py
class Hub:
    def __init__(self):
        self.connections = {}

    def connect(self, connection):
        self.connections[connection.id] = connection

    def disconnect(self, connection):
        self.connections.pop(connection.id, None)


hub = Hub()

# file: web.py
from fastapi import FastAPI, WebSocket
from hub import hub

app = FastAPI()


@app.websocket("/feed")
async def feed(socket: WebSocket):
    await socket.accept()
    hub.connect(socket)
    try:
        async for text in socket.iter_text():
            await socket.send_text(text)
    finally:
        hub.disconnect(socket)
""",
    """
import weakref


class Watchers:
    def __init__(self):
        self.widgets = weakref.WeakSet()
        self.titles = weakref.WeakKeyDictionary()

    def watch(self, widget, page):
        self.widgets.add(widget)
        self.titles[page] = widget.name


watchers = Watchers()
""",
    """
# file: sessions.py
class Sessions:
    def __init__(self):
        self.active = {}


sessions = Sessions()

# file: lifecycle.py
from contextlib import asynccontextmanager

from sessions import sessions


# The removal is in a helper of another module, under the same key.
def leave(key):
    sessions.active.pop(key, None)


@asynccontextmanager
async def session(key):
    sessions.active[key] = object()
    try:
        yield
    finally:
        leave(key)
""",
]


def judge(project: Project) -> Iterable[Finding]:
    """The attributes of objects of the process that grow while it serves, each at its first growth."""
    return project.findings("LK103")


RULE = Rule("LK103", "growing-instance-collection", judge, cwe=(770, 400))
