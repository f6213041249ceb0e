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
SEEN = set()


def on_message(message):
    if message.id in SEEN:
        return None
    SEEN.add(message.id)  # LK101
    return message.body
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
    STAMPS[address] = time.monotonic()  # LK101
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
    HISTORY.setdefault(LOBBY, []).append(text)  # LK101
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
    """
# The key goes with the one who has left.
import weakref


class Room:
    def __init__(self, name):
        self.name = name


HISTORY = weakref.WeakKeyDictionary()


def say(name, texts):
    room = Room(name)
    for text in texts:
        HISTORY.setdefault(room, []).append(text)
    return room
""",
    """
# What the registry keeps is not the object, so that its end comes.
SIZES = {}


class Transfer:
    def __init__(self, path):
        SIZES[id(self)] = path

    def __del__(self):
        SIZES.pop(id(self), None)


def on_upload(path):
    return Transfer(path)
""",
    """
# Asking whether it is there already, of things that there are only four of.
import enum


class Level(enum.Enum):
    DEBUG = 1
    INFO = 2
    WARNING = 3
    ERROR = 4


SEEN_LEVELS = []


def on_record(level: Level):
    if level not in SEEN_LEVELS:
        SEEN_LEVELS.append(level)
""",
]


def judge(project: Project) -> Iterable[Finding]:
    """The module-level collections that grow while the process serves, each at its first growth."""
    return project.findings("LK101")


RULE = Rule("LK101", "growing-module-collection", judge, cwe=(770, 400))
