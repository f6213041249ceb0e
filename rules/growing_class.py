"""A collection on a class that run-time code grows and nothing bounds.

`clients = []` in a class body is made once and shared by every instance, though `self.clients.append(client)` reads
as if each had its own. It ends with the class, that is with the process. With `K` new keys per second and `B` bytes
behind each the process grows by `K * B * 86,400` bytes a day. Where instances enter themselves, each of them lives
for ever with all it refers to, and its `__del__` never runs.

How to mend: where each instance should have its own, make it in `__init__` (or `field(default_factory=list)`). Where
it is meant to be shared, give it a limit, remove the entry when what it stands for ends, or hold instances in a
`weakref.WeakSet`.

Not flagged, on purpose:

- registries that `__init_subclass__`, a metaclass, `__set_name__` or a decorator fills while classes are made;
- a name that `__init__` binds on the instance: that one lives as long as the instance;
- keys that are classes, enum members, literals or settings, and tables that are filled once;
- everything that `LK101` takes for a bound: guards on the size, removals that run while the process serves, weak
  containers, `deque(maxlen=...)`.

Found in released code: python-icat 1.0.0 (`Client.Register`, which keeps every client), opentelemetry-sdk 1.27.0
(`MeterProvider._all_metric_readers`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from leaklint.rule import Finding, Rule

if TYPE_CHECKING:
    from leaklint.project import Project

FLAGGED = [
    """
class Hub:
    clients = []

    def join(self, client):
        self.clients.append(client)  # LK102

    def broadcast(self, text):
        for client in self.clients:
            client.send(text)
""",
    """
class Prices:
    known: dict[str, float] = {}

    @classmethod
    def of(cls, symbol, market):
        if symbol not in cls.known:
            cls.known[symbol] = market.price(symbol)  # LK102
        return cls.known[symbol]
""",
    """
class Visit:
    seen = set()

    def begin(self, address):
        type(self).seen.add(address)  # LK102
""",
    """
# file: metrics.py
class Metrics:
    by_path = {}

# file: web.py
from flask import Flask, request
from metrics import Metrics

app = Flask(__name__)


@app.after_request
def measure(response):
    Metrics.by_path.setdefault(request.path, []).append(response.status_code)  # LK102
    return response
""",
    """
# Each instance enters itself, so that none is ever freed.
class Upload:
    every = []

    def __init__(self, path):
        self.path = path
        Upload.every.append(self)  # LK102


def on_file(path):
    return Upload(path).path
""",
    """
# The end of the instance would remove it, but the registry keeps it from ending.
class Cursor:
    open_cursors = {}

    def __init__(self, query):
        self.query = query
        self.open_cursors[id(self)] = self  # LK102

    def __del__(self):
        self.open_cursors.pop(id(self), None)


def run(query):
    return Cursor(query).query
""",
    """
# One instance per name, for as many names as callers think of.
class Topic:
    _topics = {}

    def __new__(cls, name):
        if name not in cls._topics:
            cls._topics[name] = super().__new__(cls)  # LK102
        return cls._topics[name]


def publish(name, message):
    Topic(name).latest = message
""",
    """
from django.db import models


class Customer(models.Model):
    name = models.CharField(max_length=50)
    _by_name = {}

    @classmethod
    def named(cls, name):
        if name not in cls._by_name:
            cls._by_name[name] = cls.objects.get(name=name)  # LK102
        return cls._by_name[name]
""",
    """
# The collection of the base class is shared by all that derive from it.
class Repository:
    loaded = {}


class Users(Repository):
    def find(self, key, database):
        self.loaded[key] = database.get("user", key)  # LK102
        return self.loaded[key]
""",
    """
# A new list for this instance; the class's own goes on growing through the others.
class Feed:
    lines = []

    def push(self, line):
        Feed.lines.append(line)  # LK102

    def show(self):
        shown = list(Feed.lines)
        shown.clear()
        return shown
""",
    """
class Log:
    text = ""

    @classmethod
    def write(cls, line):
        cls.text += line  # LK102
""",
]

CLEAN = [
    """
class Hub:
    clients = []

    def __init__(self):
        self.clients = []

    def join(self, client):
        self.clients.append(client)


def serve(clients):
    hub = Hub()
    for client in clients:
        hub.join(client)
    return hub.clients
""",
    """
class Hub:
    clients = set()

    async def serve(self, client):
        self.clients.add(client)
        try:
            await client.read_all()
        finally:
            self.clients.discard(client)
""",
    """
from weakref import WeakSet


class Upload:
    every = WeakSet()

    def __init__(self, path):
        self.path = path
        Upload.every.add(self)


def on_file(path):
    return Upload(path).path
""",
    """
class Plugin:
    registry = {}

    def __init_subclass__(cls, **options):
        super().__init_subclass__(**options)
        cls.registry[cls.__name__] = cls


class Csv(Plugin):
    pass
""",
    """
class Registered(type):
    classes = []

    def __new__(mcs, name, bases, namespace):
        cls = super().__new__(mcs, name, bases, namespace)
        mcs.classes.append(cls)
        return cls


class Model(metaclass=Registered):
    pass
""",
    """
class Singleton(type):
    _instances = {}

    def __call__(cls, *args, **kwargs):
        if cls not in cls._instances:
            cls._instances[cls] = super().__call__(*args, **kwargs)
        return cls._instances[cls]


class Settings(metaclass=Singleton):
    pass
""",
    """
class Prices:
    known = {}
    limit = 500

    @classmethod
    def of(cls, symbol, market):
        if symbol not in cls.known:
            if len(cls.known) >= cls.limit:
                cls.known.clear()
            cls.known[symbol] = market.price(symbol)
        return cls.known[symbol]
""",
    """
from collections import deque
from dataclasses import dataclass, field


@dataclass
class Cart:
    items: list[str] = field(default_factory=list)

    def put(self, item):
        self.items.append(item)


class Feed:
    lines = deque(maxlen=200)

    def push(self, line):
        self.lines.append(line)


def shop(names):
    cart = Cart()
    for name in names:
        cart.put(name)
    return cart
""",
    """
class Field:
    _columns = {}

    def columns(self, model: type):
        if model not in self._columns:
            self._columns[model] = sorted(vars(model))
        return self._columns[model]
""",
    """
# file: rooms.py
class Room:
    members = {}

    def enter(self, member):
        self.members[member.id] = member

# file: socket.py
from rooms import Room


def on_disconnect(member):
    Room.members.pop(member.id, None)
""",
    """
class Countries:
    names = {}

    @classmethod
    def name(cls, code, database):
        if not cls.names:
            for row in database.countries():
                cls.names[row.code] = row.name
        return cls.names[code]
""",
    """
class Batch:
    rows = []

    @classmethod
    def add(cls, row, database):
        cls.rows.append(row)
        if len(cls.rows) > 100:
            cls.flush(database)

    @classmethod
    def flush(cls, database):
        rows, cls.rows = cls.rows, []
        database.insert(rows)
""",
    """
# `self.seen = ...` gives the instance its own.
class Walk:
    seen = frozenset()

    def visit(self, node):
        self.seen = self.seen | {node}


def walk(nodes):
    visitor = Walk()
    for node in nodes:
        visitor.visit(node)
""",
]


def judge(project: Project) -> Iterable[Finding]:
    """The class attributes that grow while the process serves, each at its first growth."""
    return project.findings("LK102")


RULE = Rule("LK102", "growing-class-collection", judge, cwe=(770, 400))
