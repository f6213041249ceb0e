"""A module-level collection that run-time code grows and nothing bounds.

A module lives as long as the process, and so does everything its collections hold. With `K` keys that are new per
second and `B` bytes behind each, the process grows by `K * B * 86,400` bytes a day: one new user a second and 2 kB
for each are 170 MB a day in every worker. A list does not even need new keys, it grows with every call. Where a
client chooses the key, the client chooses the size as well.

How to mend: say how large it may get. `cachetools.TTLCache(maxsize=1024, ttl=300)` in place of a dict,
`deque(maxlen=1000)` in place of a list, or remove the oldest entry before a new one goes in. Where an entry belongs
to something that ends, remove it in a `finally`, in the done callback or in the hook for the end. Where it belongs
to an object, keep it on the object or in a `WeakKeyDictionary`.

Not flagged, on purpose:

- a registry that decorators, `register()` calls or plug-ins fill while modules are imported or the program starts;
- keys of a finite domain: literals, enum members, `Literal`, types, functions, settings, members of a constant set,
  remainders (`key % 16`);
- a table that is filled once, behind `if not TABLE:` or a flag;
- a guard on `len()` that removes, rejects or returns before the growth, or a removal that runs while the process
  serves: in `finally`, in a callback (`add_done_callback(TASKS.discard)`), in a sweep, in another module;
- `deque(maxlen=...)`, cachetools' caches, weak containers, and subclasses of `dict` that evict in their own methods;
- growth in tests, examples and scripts.

Found in released code: croniter 6.1.0 (`EXPRESSIONS`, by expression and its time).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from leaklint.rule import Finding, Rule

if TYPE_CHECKING:
    from leaklint.project import Project

FLAGGED = [
    """
from fastapi import FastAPI

app = FastAPI()
PROFILES = {}


async def fetch_profile(user_id):
    return {"id": user_id}


@app.get("/users/{user_id}")
async def get_user(user_id: str):
    if user_id not in PROFILES:
        PROFILES[user_id] = await fetch_profile(user_id)  # LK101
    return PROFILES[user_id]
""",
    """
EVENTS = []


def on_event(event):
    EVENTS.append((event.kind, event.payload))  # LK101
""",
    """
import heapq

DEADLINES = []


def on_order(order):
    heapq.heappush(DEADLINES, (order.due, order.number))  # LK101
""",
    """
AUDIT: list[str] = []


def on_change(user, fields):
    AUDIT.extend(f"{user}:{field}" for field in fields)  # LK101


def on_login(user):
    global AUDIT
    AUDIT.insert(0, user)
    AUDIT += [user]
""",
    """
SEEN = set()


def on_message(message):
    if message.id in SEEN:
        return None
    SEEN.add(message.id)  # LK101
    return message.body
""",
    """
# A guard against doubles is no bound: there are as many entries as there are different names.
UNKNOWN_MODELS = []


def price_of(model, prices):
    if model not in prices:
        if model not in UNKNOWN_MODELS:
            UNKNOWN_MODELS.append(model)  # LK101
        return 0
    return prices[model]
""",
    """
from flask import Flask, request

app = Flask(__name__)
MESSAGES = {}


@app.post("/rooms/<room>")
def post_message(room):
    MESSAGES.setdefault(room, []).append(request.get_json())  # LK101
    return "", 204
""",
    """
from flask import Flask, request

app = Flask(__name__)
OVERRIDES = {"theme": "light"}


@app.post("/settings")
def save_settings():
    OVERRIDES.update(request.get_json())  # LK101
    return OVERRIDES
""",
    """
TRACE = ""


def on_line(line):
    global TRACE
    TRACE += line  # LK101
""",
    """
RECEIVED = bytearray()


def on_data(chunk):
    RECEIVED.extend(chunk)  # LK101
    return len(RECEIVED)
""",
    """
import io

TRANSCRIPT = io.StringIO()


def on_output(text):
    TRANSCRIPT.write(text)  # LK101
""",
    """
# Rebinding to something that holds all of the old is growth.
ROWS = ()
OPTIONS = {}


def on_row(row):
    global ROWS
    ROWS = ROWS + (row,)  # LK101


def on_option(name, value):
    global OPTIONS
    OPTIONS = {**OPTIONS, name: value}  # LK101
""",
    """
# The key is freed and used again, the value stays.
DETAILS = {}


def annotate(node, text):
    DETAILS[id(node)] = text  # LK101
""",
    """
import uuid

from fastapi import BackgroundTasks, FastAPI

app = FastAPI()
JOBS = {}


def work(job_id, numbers):
    JOBS[job_id]["result"] = sum(numbers)


@app.post("/jobs")
def start_job(numbers: list[int], tasks: BackgroundTasks):
    job_id = str(uuid.uuid4())
    JOBS[job_id] = {"status": "running"}  # LK101
    tasks.add_task(work, job_id, numbers)
    return job_id


@app.get("/jobs/{job_id}")
def get_job(job_id: str):
    return JOBS.get(job_id)
""",
    """
from collections import Counter

from flask import Flask, request

app = Flask(__name__)
HITS = Counter()


@app.before_request
def count_hit():
    HITS[request.path] += 1  # LK101
""",
    """
import threading

CURRENT_USER = {}


def authenticate(user):
    CURRENT_USER[threading.current_thread()] = user  # LK101
""",
    """
# The outer key is a constant, the list behind it grows all the same.
METRICS = {"latency": [], "errors": 0}


def on_response(seconds):
    METRICS["latency"].append(seconds)  # LK101
""",
    """
# file: shop/store.py
SESSIONS = {}


def remember(token, user):
    SESSIONS[token] = user  # LK101

# file: shop/web.py
from aiohttp import web
from shop import store

routes = web.RouteTableDef()


@routes.post("/login")
async def login(request):
    form = await request.post()
    store.remember(form["token"], form["user"])
    return web.Response()
""",
    """
# file: registry.py
ROOMS = {}

# file: chat.py
from registry import ROOMS as rooms


def on_join(room, member):
    rooms[room] = member  # LK101
""",
    """
# A helper grows what it is handed.
SEARCHES = {}


def put(table, key, value):
    table[key] = value  # LK101


def search(text, index):
    put(SEARCHES, text, index.find(text))
    return SEARCHES[text]
""",
    """
# What is removed is the entry of a copy, and a name.
SESSIONS = {}


def login(token, user):
    SESSIONS[token] = user  # LK101


def logout(token):
    sessions = SESSIONS.copy()
    sessions.pop(token)


def forget(token):
    entry = SESSIONS[token]
    del entry
""",
    """
# Without `global` this binds a local name and empties nothing.
RESULTS = {}


def on_result(key, value):
    RESULTS[key] = value  # LK101


def start_over():
    RESULTS = {}
    return RESULTS
""",
    """
# Emptying the inner list leaves the key.
HISTORY = {}


def say(session_id, text):
    HISTORY.setdefault(session_id, []).append(text)  # LK101


def restart(session_id):
    HISTORY[session_id] = []
""",
    """
# file: app/memory.py
FACTS = {}


def learn(subject, fact):
    FACTS[subject] = fact  # LK101

# file: tests/test_memory.py
from app import memory


def test_learn():
    memory.learn("sky", "blue")
    assert memory.FACTS.pop("sky") == "blue"
    memory.FACTS.clear()
""",
    """
# The class bears the name of a cache that evicts, and does not evict.
class LRUCache(dict):
    def __getitem__(self, key):
        return super().__getitem__(key.lower())


PAGES = LRUCache()


def render(path, template):
    PAGES[path] = template.render()  # LK101
    return PAGES[path]
""",
    """
# The weak map is in order. The list beside it keeps every value, so that none ever leaves.
import weakref

BY_NAME = weakref.WeakValueDictionary()
ALL = []


class Channel:
    pass


def open_channel(name):
    channel = Channel()
    BY_NAME[name] = channel
    ALL.append(channel)  # LK101
    return channel
""",
    """
# The object's end would remove it, but the registry keeps it from ending.
TRANSFERS = {}


class Transfer:
    def __init__(self, path):
        self.path = path
        TRANSFERS[id(self)] = self  # LK101

    def __del__(self):
        TRANSFERS.pop(id(self), None)


def on_upload(path):
    return Transfer(path)
""",
    """
# Dead references stay as entries: nothing removes the key.
import weakref

WATCHERS = {}


def watch(widget):
    WATCHERS[widget.name] = weakref.ref(widget)  # LK101
""",
    """
# Only the lock's holder is removed from, not the table that grows.
ACTIVE = {}
TOTALS = {}


def begin(job_id):
    ACTIVE[job_id] = True
    try:
        return job_id
    finally:
        ACTIVE.pop(job_id, None)


def account(customer, amount):
    TOTALS[customer] = TOTALS.get(customer, 0) + amount  # LK101
""",
    """
# A decorator applied while serving fills the registry while serving.
HANDLERS = {}


def handles(name):
    def decorate(function):
        HANDLERS[name] = function  # LK101
        return function

    return decorate


def on_subscribe(client, topic):
    @handles(topic)
    def deliver(message):
        client.send(message)

    return deliver
""",
    """
# The set of known names grows as well, so it is no guard.
KNOWN = set()
SCORES = {}


def meet(name):
    KNOWN.add(name)  # LK101


def score(name, points):
    if name in KNOWN:
        SCORES[name] = points  # LK101
""",
    """
# The guard looks at another table.
QUOTES = {}
LIMITS = {}


def quote(symbol, price):
    if len(LIMITS) > 100:
        LIMITS.clear()
    QUOTES[symbol] = price  # LK101
""",
    """
# What is removed from is a copy.
SEEN = {}


def on_message(message):
    SEEN[message.id] = message  # LK101
    recent = dict(SEEN)
    for key in list(recent):
        if recent[key].is_old:
            del recent[key]
    return recent
""",
    """
# `del` of a local name takes nothing out.
SEEN = {}


def on_message(message):
    SEEN[message.id] = message  # LK101
    seen = SEEN
    del seen
""",
    """
# Without `global` a new local is bound.
SEEN = {}


def on_message(message):
    SEEN[message.id] = message  # LK101


def on_minute():
    SEEN = {}
    return SEEN
""",
    """
# Asking whether it is there already keeps it from twins, not from growing.
ADDRESSES = []


def on_request(request):
    if request.address not in ADDRESSES:
        ADDRESSES.append(request.address)  # LK101
""",
    """
# Its name promises a bound, its body keeps none.
class LRUCache(dict):
    def get(self, key, default=None):
        return super().get(key, default)


PAGES = LRUCache()


def page(path, render):
    if path not in PAGES:
        PAGES[path] = render(path)  # LK101
    return PAGES[path]
""",
    """
# What is held weakly here is held strongly there.
import weakref

CHANNELS = weakref.WeakValueDictionary()
OPENED = []


class Channel:
    pass


def channel(name):
    found = CHANNELS.get(name)
    if found is None:
        found = CHANNELS[name] = Channel()
        OPENED.append(found)  # LK101
    return found
""",
    """
# Two clocks are compared.
import time

STAMPS = {}


def on_request(address):
    STAMPS[address] = time.monotonic()  # LK101 missing: clocks are not told apart
    for key, stamp in list(STAMPS.items()):
        if stamp > time.time():
            del STAMPS[key]
""",
    """
# The counter begins at zero in each call.
SEEN = {}


def on_request(request):
    calls = 0
    SEEN[request.id] = request  # LK101
    calls += 1
    if calls % 100 == 0:
        SEEN.clear()
""",
    """
# The condition asks another collection, which is always empty.
OPEN = {}
NAMES = {}


def on_open(number, name):
    NAMES[number] = name  # LK101


def on_close(number):
    if number in OPEN:
        del NAMES[number]
""",
    """
# The entry is emptied, its key stays.
CHATS = {}


def say(user, text):
    if user not in CHATS:
        CHATS[user] = []  # LK101
    CHATS[user].append(text)


def forget(user):
    CHATS[user] = []
""",
    """
# The key lives as long as the process.
import weakref


class Room:
    def __init__(self, name):
        self.name = name


HISTORY = weakref.WeakKeyDictionary()
LOBBY = Room("lobby")


def say(text):
    HISTORY.setdefault(LOBBY, []).append(text)  # LK101 missing: the key outlives all, what it keeps is not judged
""",
]

CLEAN = [
    """
from cachetools import TTLCache

PROFILES = TTLCache(maxsize=1024, ttl=300)


def profile(user_id, database):
    if user_id not in PROFILES:
        PROFILES[user_id] = database.get(user_id)
    return PROFILES[user_id]
""",
    """
MAX = 1000
PROFILES = {}


def profile(user_id, database):
    if len(PROFILES) >= MAX:
        PROFILES.pop(next(iter(PROFILES)))
    PROFILES[user_id] = database.get(user_id)
    return PROFILES[user_id]
""",
    """
from collections import OrderedDict

PAGES = OrderedDict()


def page(path, render):
    if path in PAGES:
        PAGES.move_to_end(path)
        return PAGES[path]
    PAGES[path] = render(path)
    while len(PAGES) > 100:
        PAGES.popitem(last=False)
    return PAGES[path]
""",
    """
from collections import deque

EVENTS = deque(maxlen=1000)
RECENT = deque([], 50)


def on_event(event):
    EVENTS.append(event)
    RECENT.appendleft(event.name)
""",
    """
from fastapi import FastAPI, HTTPException

app = FastAPI()
ROOMS = {}


@app.put("/rooms/{name}")
def open_room(name: str):
    if len(ROOMS) >= 500:
        raise HTTPException(503)
    ROOMS[name] = []
    return name
""",
    """
import time

TOKENS = {}


def _expire():
    now = time.monotonic()
    for token in [token for token, end in TOKENS.items() if end < now]:
        del TOKENS[token]


def issue(token):
    _expire()
    TOKENS[token] = time.monotonic() + 60
""",
    """
import random
import time

TOKENS = {}


def issue(token):
    if random.random() < 0.01:
        drop_old()
    TOKENS[token] = time.time() + 60


def drop_old():
    for token, end in list(TOKENS.items()):
        if end < time.time():
            TOKENS.pop(token, None)
""",
    """
import asyncio
import time
from contextlib import asynccontextmanager

from fastapi import FastAPI

SESSIONS = {}


async def sweep():
    while True:
        await asyncio.sleep(60)
        now = time.time()
        for token in list(SESSIONS):
            if SESSIONS[token]["end"] < now:
                del SESSIONS[token]


@asynccontextmanager
async def lifespan(app):
    task = asyncio.create_task(sweep())
    yield
    task.cancel()


app = FastAPI(lifespan=lifespan)


@app.post("/sessions/{token}")
async def open_session(token: str):
    SESSIONS[token] = {"end": time.time() + 600}
""",
    """
PENDING = {}


async def ask(connection, number, question):
    PENDING[number] = question
    try:
        return await connection.ask(question)
    finally:
        PENDING.pop(number, None)
""",
    """
import asyncio

TASKS = set()


async def notify(user):
    await asyncio.sleep(user.delay)


def on_signup(user):
    task = asyncio.create_task(notify(user))
    TASKS.add(task)
    task.add_done_callback(TASKS.discard)
""",
    """
from functools import partial

RUNNING = {}


def submit(pool, key, work):
    future = pool.submit(work)
    RUNNING[key] = future
    future.add_done_callback(partial(forget, key))


def forget(key, future):
    RUNNING.pop(key, None)
""",
    """
import weakref

CHANNELS = weakref.WeakValueDictionary()


class Channel:
    pass


def channel(name):
    found = CHANNELS.get(name)
    if found is None:
        found = CHANNELS[name] = Channel()
    return found
""",
    """
import weakref

DETAILS = {}
WATCHERS = {}


def annotate(node, text):
    DETAILS[id(node)] = text
    weakref.finalize(node, DETAILS.pop, id(node), None)


def watch(widget):
    name = widget.name
    WATCHERS[name] = weakref.ref(widget, lambda reference: WATCHERS.pop(name, None))
""",
    """
BUFFER = []


def on_row(row, database):
    global BUFFER
    BUFFER.append(row)
    if len(BUFFER) >= 100:
        rows, BUFFER = BUFFER, []
        database.insert(rows)
""",
    """
BUFFER = []


def on_row(row):
    BUFFER.append(row)


def on_tick(database):
    rows = BUFFER[:]
    BUFFER.clear()
    database.insert(rows)
""",
    """
import time

STAMPS = []
LINES = []
ROWS = []


def allow():
    global STAMPS
    now = time.time()
    STAMPS = [stamp for stamp in STAMPS if stamp > now - 60]
    STAMPS.append(now)
    return len(STAMPS) < 100


def on_line(line):
    LINES.append(line)
    del LINES[:-500]


def on_row(row):
    ROWS.append(row)
    ROWS[:] = ROWS[-500:]
""",
    """
# Two generations: what was not asked for during one of them goes.
young, old = {}, {}


def lookup(key, database):
    if key not in young:
        young[key] = old.get(key) or database.get(key)
    return young[key]


def on_minute():
    global young, old
    old, young = young, {}
""",
    """
# file: plugins.py
HANDLERS = {}
CHECKS = []


def handles(name):
    def decorate(function):
        HANDLERS[name] = function
        return function

    return decorate


def check(function):
    CHECKS.append(function)
    return function

# file: builtin.py
from plugins import check, handles


@handles("ping")
def ping(message):
    return "pong"


@check
def has_body(message):
    return bool(message.body)
""",
    """
# file: formats.py
WRITERS = {}


def declare_writer(suffix, writer):
    WRITERS[suffix] = writer

# file: images.py
import formats


def write_png(image):
    return image.tobytes()


formats.declare_writer("png", write_png)
for suffix in ("jpg", "jpeg"):
    formats.declare_writer(suffix, write_png)
""",
    """
STATE = {}
TOTALS = {}


def on_reading(value):
    STATE["last"] = value
    STATE["count"] = STATE.get("count", 0) + 1
    TOTALS[value > 0] = value
""",
    """
import enum
from typing import Literal


class Color(enum.Enum):
    RED = 1
    GREEN = 2


PAINT = {}
LEVELS = {}
COUNTS = {}


def paint(color: Color, amount):
    PAINT[color] = amount


def set_level(name: Literal["low", "high"], value):
    LEVELS[name] = value


def count(number: int):
    COUNTS[number % 16] = number
""",
    """
SCHEMAS = {}
NAMES = {}


def schema_of(instance):
    cls = type(instance)
    if cls not in SCHEMAS:
        SCHEMAS[cls] = [name for name in vars(cls) if not name.startswith("_")]
    return SCHEMAS[cls]


def name_of(model: type) -> str:
    return NAMES.setdefault(model.__qualname__, model.__name__.lower())
""",
    """
REGIONS = {"eu", "us", "asia"}
KINDS = ("order", "refund")
LATEST = {}
TOTALS = {}


def on_reading(region, value):
    if region not in REGIONS:
        raise ValueError(region)
    LATEST[region] = value


def on_booking(kind, amount):
    if kind in KINDS:
        TOTALS[kind] = amount
""",
    """
COUNTRIES = {}
UNITS = {}
_loaded = False


def country(code, database):
    if not COUNTRIES:
        COUNTRIES.update(database.countries())
    return COUNTRIES[code]


def unit(name, database):
    global _loaded
    if not _loaded:
        for row in database.units():
            UNITS[row.name] = row
        _loaded = True
    return UNITS[name]
""",
    """
TABLE = None


def table(database):
    global TABLE
    if TABLE is None:
        TABLE = {}
        for row in database.rows():
            TABLE[row.name] = row
    return TABLE
""",
    """
import os

from django.conf import settings

CLIENTS = {}
FLAGS = {}


def client(connect):
    dsn = settings.SEARCH_DSN
    if dsn not in CLIENTS:
        CLIENTS[dsn] = connect(dsn)
    return CLIENTS[dsn]


def flag():
    FLAGS[os.environ["STAGE"]] = True
    return FLAGS
""",
    """
# file: chat/state.py
MEMBERS = {}

# file: chat/join.py
from chat.state import MEMBERS


def on_connect(connection):
    MEMBERS[connection.id] = connection

# file: chat/leave.py
from chat import state


def on_disconnect(connection):
    state.MEMBERS.pop(connection.id, None)
""",
    """
from fastapi import FastAPI, WebSocket

app = FastAPI()
SOCKETS = set()


@app.websocket("/feed")
async def feed(socket: WebSocket):
    await socket.accept()
    SOCKETS.add(socket)
    try:
        while True:
            await socket.receive_text()
    finally:
        SOCKETS.discard(socket)
""",
    """
class Recent(dict):
    def __setitem__(self, key, value):
        if len(self) >= 100:
            del self[next(iter(self))]
        super().__setitem__(key, value)


PAGES = Recent()


def render(path, template):
    PAGES[path] = template.render()
    return PAGES[path]
""",
    """
# file: eviction.py
def keep_newest(table, limit):
    while len(table) > limit:
        table.pop(next(iter(table)))

# file: search.py
from eviction import keep_newest

RESULTS = {}


def search(text, index):
    RESULTS[text] = index.find(text)
    keep_newest(RESULTS, 100)
    return RESULTS[text]
""",
    """
from contextlib import ExitStack, contextmanager

OPEN = set()
NAMED = {}


@contextmanager
def opened(path):
    OPEN.add(path)
    try:
        yield path
    finally:
        OPEN.discard(path)


def process(path):
    with ExitStack() as stack:
        NAMED[path] = True
        stack.callback(NAMED.pop, path, None)
        with opened(path):
            return path.read_text()
""",
    """
LISTENERS = []


def subscribe(listener):
    LISTENERS.append(listener)

    def unsubscribe():
        LISTENERS.remove(listener)

    return unsubscribe
""",
    """
import threading
import time

OUTBOX = []


def send(message):
    OUTBOX.append(message)


def deliver(connection):
    while True:
        while OUTBOX:
            connection.send(OUTBOX.pop(0))
        time.sleep(1)


def start(connection):
    threading.Thread(target=deliver, args=(connection,), daemon=True).start()
""",
    """
# A ring has its size for ever.
RING = [None] * 256
position = 0


def on_sample(sample):
    global position
    RING[position % 256] = sample
    position += 1
""",
    """
from flask import Flask, g

app = Flask(__name__)


@app.get("/report")
def report():
    if "queries" not in g:
        g.queries = []
    g.queries.append("select 1")
    found = {}
    for query in g.queries:
        found[query] = len(query)
    return found
""",
    """
# file: codes.py
CODES = {}


def _build():
    for number, name in enumerate(("ok", "late", "lost")):
        CODES[name] = number


_build()

# file: tests/test_codes.py
from codes import CODES


def test_codes():
    CODES["new"] = 3
    for number in range(100):
        CODES[f"made {number}"] = number
""",
    """
# A guard that holds for all: who is not in the table of handlers does not get in.
HANDLERS = {"ping": len, "echo": str}
COUNTS = {}


def on_message(kind, body):
    if kind not in HANDLERS:
        return None
    COUNTS[kind] = COUNTS.get(kind, 0) + 1
    return HANDLERS[kind](body)
""",
    """
# Emptied at the beginning of each run.
FINDINGS = []


def check(documents):
    FINDINGS.clear()
    for document in documents:
        if not document.title:
            FINDINGS.append(document)
    return list(FINDINGS)
""",
    """
# The collection itself is walked.
SEEN = {}


def on_message(message):
    SEEN[message.id] = message
    for key in list(SEEN):
        if SEEN[key].is_old:
            del SEEN[key]
""",
    """
# The collection is replaced.
SEEN = {}


def on_message(message):
    SEEN[message.id] = message


def on_minute():
    global SEEN
    SEEN = {}
""",
    """
# Judged by its body.
class LRUCache(dict):
    def __setitem__(self, key, value):
        super().__setitem__(key, value)
        while len(self) > 100:
            self.pop(next(iter(self)))


PAGES = LRUCache()


def page(path, render):
    if path not in PAGES:
        PAGES[path] = render(path)
    return PAGES[path]
""",
    """
# One clock.
import time

STAMPS = {}


def on_request(address):
    STAMPS[address] = time.monotonic()
    for key, stamp in list(STAMPS.items()):
        if stamp < time.monotonic() - 60:
            del STAMPS[key]
""",
    """
# The counter lives on.
SEEN = {}
calls = 0


def on_request(request):
    global calls
    SEEN[request.id] = request
    calls += 1
    if calls % 100 == 0:
        SEEN.clear()
""",
    """
# Asking the collection itself.
NAMES = {}


def on_open(number, name):
    NAMES[number] = name


def on_close(number):
    if number in NAMES:
        del NAMES[number]
""",
    """
# The key goes.
CHATS = {}


def say(user, text):
    if user not in CHATS:
        CHATS[user] = []
    CHATS[user].append(text)


def forget(user):
    del CHATS[user]
""",
]


def judge(project: Project) -> Iterable[Finding]:
    """The module-level collections that grow while the process serves, each at its first growth."""
    return project.findings("LK101")


RULE = Rule("LK101", "growing-module-collection", judge, cwe=(770, 400))
