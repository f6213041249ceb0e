"""What keeps a module-level collection small: limits, sweeps, hooks, callbacks, swaps."""

CODE = "LK101"

FLAGGED: list[str] = []

CLEAN = [
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
]
