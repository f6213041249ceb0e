"""Objects of the process by every idiom, and what bounds the collections on them."""

CODE = "LK103"

FLAGGED = [
    """
class Directory:
    _instance = None

    def __new__(cls):
        if cls._instance is None:
            cls._instance = super().__new__(cls)
            cls._instance.people = {}
        return cls._instance

    def meet(self, person):
        self.people[person.name] = person  # LK103
""",
    """
class Singleton(type):
    _instances = {}

    def __call__(cls, *args):
        if cls not in cls._instances:
            cls._instances[cls] = super().__call__(*args)
        return cls._instances[cls]


class Ledger(metaclass=Singleton):
    def __init__(self):
        self.entries = []

    def book(self, amount):
        self.entries.append(amount)  # LK103


def on_payment(amount):
    Ledger().book(amount)
""",
    """
class Geocoder:
    def __init__(self):
        self.found = {}

    def locate(self, address):
        if address not in self.found:
            self.found[address] = len(address)  # LK103
        return self.found[address]


class Order:
    geocoder = Geocoder()

    def place(self, address):
        return self.geocoder.locate(address)
""",
    """
# settings.MIDDLEWARE names it; Django makes one for the life of the process.
class VisitorMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response
        self.visitors = set()

    def __call__(self, request):
        self.visitors.add(request.META["REMOTE_ADDR"])  # LK103
        return self.get_response(request)
""",
    """
from aiohttp import web


async def join(request):
    request.app["members"][request.match_info["name"]] = request.remote  # LK103
    return web.Response()


def build():
    app = web.Application()
    app["members"] = {}
    app.router.add_post("/join/{name}", join)
    return app
""",
    """
import pb2_grpc


class Greeter(pb2_grpc.GreeterServicer):
    def __init__(self):
        self.greeted = []

    def SayHello(self, request, context):
        self.greeted.append(request.name)  # LK103
        return request.name
""",
    """
# A default argument is made once and stays.
class Names:
    def __init__(self):
        self.used = set()

    def unique(self, name):
        while name in self.used:
            name += "_"
        self.used.add(name)  # LK103
        return name


def variable(name, names=Names()):
    return names.unique(name)
""",
    """
# The class bears the name of a cache that expires, and only replaces what is asked for again.
class LRUCache:
    def __init__(self):
        self.data = {}
        self.order = []

    def put(self, key, value):
        self.data[key] = value  # LK103
        if key in self.order:
            self.order.remove(key)
        self.order.insert(0, key)  # LK103


pages = LRUCache()
""",
    """
from dataclasses import dataclass, field


@dataclass
class Statistics:
    errors: list[str] = field(default_factory=list)

    def failed(self, error):
        self.errors.append(repr(error))  # LK103


STATISTICS = Statistics()
""",
]

CLEAN = [
    """
from cachetools import LRUCache


class Quotes:
    def __init__(self, market, size=256):
        self.market = market
        self.latest = LRUCache(maxsize=size)

    def quote(self, symbol):
        self.latest[symbol] = self.market.price(symbol)
        return self.latest[symbol]


quotes = Quotes(market=None)
""",
    """
import asyncio


class Supervisor:
    def __init__(self):
        self.tasks = set()
        self.waiting = {}

    def spawn(self, job):
        task = asyncio.create_task(job())
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def ask(self, number, connection):
        future = asyncio.get_running_loop().create_future()
        self.waiting[number] = future
        try:
            return await connection.send(number, future)
        finally:
            del self.waiting[number]


supervisor = Supervisor()
""",
    """
from enum import Enum


class Level(Enum):
    LOW = 1
    HIGH = 2


class Gauges:
    def __init__(self):
        self.by_level = {}
        self.by_type = {}
        self.flags = {}

    def observe(self, level: Level, value):
        self.by_level[level] = value
        self.by_type[type(value)] = value
        self.flags["last"] = value


gauges = Gauges()
""",
    """
class Schema:
    def __init__(self, database):
        self.database = database
        self._tables = {}

    def table(self, name):
        if not self._tables:
            for row in self.database.tables():
                self._tables[row.name] = row
        return self._tables[name]


schema = Schema(database=None)
""",
    """
import weakref


class Signal:
    def __init__(self):
        self.receivers = []

    def connect(self, receiver):
        self.receivers.append(weakref.ref(receiver, self._drop))

    def _drop(self, reference):
        self.receivers.remove(reference)


changed = Signal()
""",
    """
# Replaced at every turn of the loop that fills it.
class Poller:
    def __init__(self, source):
        self.source = source
        self.errors = []

    async def serve(self):
        while True:
            self.errors = []
            async for reading in self.source.readings():
                if reading.failed:
                    self.errors.append(reading)


poller = Poller(source=None)
""",
    """
class Limiter:
    def __init__(self, limit):
        self.limit = limit
        self.callers = set()

    def enter(self, caller):
        if len(self.callers) >= self.limit:
            return False
        self.callers.add(caller)
        return True

    def leave(self, caller):
        self.callers.discard(caller)


limiter = Limiter(50)
""",
    """
from collections import OrderedDict


class Recent(OrderedDict):
    limit = 100

    def __setitem__(self, key, value):
        super().__setitem__(key, value)
        if len(self) > self.limit:
            self.popitem(last=False)


class Pages:
    def __init__(self):
        self.rendered = Recent()

    def show(self, path, template):
        self.rendered[path] = template.render()
        return self.rendered[path]


pages = Pages()
""",
]
