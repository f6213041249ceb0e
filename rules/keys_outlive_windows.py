"""What is inside an entry is pruned, the key of the entry stays.

A rate limiter keeps the times of the last minute for each address and drops the older ones. Its author sees lists
that stay short. But the dict has an entry for each address that ever came: `N` addresses, `N` lists, most of them
empty. An attacker with a /64 network of IPv6 addresses has 18 quintillion of them, at about 200 bytes each.

How to mend: delete the key when its list becomes empty, and sweep now and then, because the keys that never come back
are never looked at: `for key in [key for key, times in HITS.items() if not times]: del HITS[key]`. Or take a library
that expires keys.

Not flagged, on purpose:

- entries that are records or objects: nothing inside them is pruned, which is `LK101` to `LK103`;
- outer keys that are removed somewhere while serving, also by a sweep in another module;
- keys of a finite domain, and maps with a size limit (`TTLCache`, a guard on `len`).

Found in released code: chainlit 2.12.0 (`chat_contexts`: messages are removed, sessions stay).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from leaklint.rule import Finding, Rule, Suspect

if TYPE_CHECKING:
    from leaklint.project import Project

FLAGGED = [
    """
import time
from collections import defaultdict

from fastapi import FastAPI, HTTPException, Request

app = FastAPI()
HITS = defaultdict(list)


@app.middleware("http")
async def limit(request: Request, call_next):
    address = request.client.host
    now = time.time()
    HITS[address] = [hit for hit in HITS[address] if hit > now - 60]  # LK107
    if len(HITS[address]) > 100:
        raise HTTPException(429)
    HITS[address].append(now)
    return await call_next(request)
""",
    """
import time

WINDOWS = {}


def allow(user_id):
    now = time.monotonic()
    window = WINDOWS.setdefault(user_id, [])  # LK107
    while window and window[0] < now - 60:
        window.pop(0)
    window.append(now)
    return len(window) < 20
""",
    """
import time
from collections import defaultdict, deque


class Limiter:
    def __init__(self, limit):
        self.limit = limit
        self.calls = defaultdict(deque)

    def allow(self, key):
        calls = self.calls[key]  # LK107
        while calls and calls[0] < time.monotonic() - 60:
            calls.popleft()
        if len(calls) >= self.limit:
            return False
        calls.append(time.monotonic())
        return True


limiter = Limiter(20)
""",
    """
class Chats:
    def __init__(self):
        self.messages = {}

    def say(self, room, text):
        if room not in self.messages:
            self.messages[room] = []  # LK107
        self.messages[room].append(text)
        self.messages[room] = self.messages[room][-50:]


chats = Chats()
""",
    """
from collections import defaultdict, deque

# Each queue holds a hundred, and there is one for each sensor that ever reported.
READINGS = defaultdict(lambda: deque(maxlen=100))


def on_reading(sensor, value):
    READINGS[sensor].append(value)  # LK107
""",
    """
SUBSCRIBERS = {}


def subscribe(topic, connection):
    SUBSCRIBERS.setdefault(topic, set()).add(connection)  # LK107


def unsubscribe(topic, connection):
    SUBSCRIBERS[topic].discard(connection)
""",
    """
# The entry is a record, in which nothing is pruned.
PROFILES = {}


def profile(user_id, database):
    if user_id not in PROFILES:
        PROFILES[user_id] = {"name": database.name(user_id), "photo": None}  # LK101
    return PROFILES[user_id]


def drop_photo(user_id):
    PROFILES[user_id].pop("photo", None)
""",
]

CLEAN = [
    """
import time

WINDOWS = {}


def allow(user_id):
    now = time.monotonic()
    window = [hit for hit in WINDOWS.get(user_id, ()) if hit > now - 60]
    if window:
        WINDOWS[user_id] = window
    else:
        WINDOWS.pop(user_id, None)
    return len(window) < 20
""",
    """
import time
from collections import defaultdict

HITS = defaultdict(list)


def allow(address):
    now = time.time()
    if len(HITS) > 10_000:
        sweep(now)
    HITS[address] = [hit for hit in HITS[address] if hit > now - 60]
    HITS[address].append(now)
    return len(HITS[address]) < 100


def sweep(now):
    for address in list(HITS):
        if HITS[address][-1] < now - 60:
            del HITS[address]
""",
    """
SUBSCRIBERS = {}


def subscribe(topic, connection):
    SUBSCRIBERS.setdefault(topic, set()).add(connection)


def unsubscribe(topic, connection):
    connections = SUBSCRIBERS[topic]
    connections.discard(connection)
    if not connections:
        del SUBSCRIBERS[topic]
""",
    """
from cachetools import TTLCache

WINDOWS = TTLCache(maxsize=10_000, ttl=60)


def allow(address, now):
    window = WINDOWS.setdefault(address, [])
    window.append(now)
    return len(window) < 100
""",
    """
from collections import deque

LATEST = {"cpu": deque(maxlen=100), "memory": deque(maxlen=100)}


def on_reading(cpu, memory):
    LATEST["cpu"].append(cpu)
    LATEST["memory"].append(memory)
""",
    """
import time

WINDOW = []


def allow():
    now = time.time()
    while WINDOW and WINDOW[0] < now - 60:
        WINDOW.pop(0)
    WINDOW.append(now)
    return len(WINDOW) < 100
""",
]


def weigh(project: Project, suspect: Suspect) -> str | None:
    """Looks at what is stored under the key: a collection, of which something takes elements.

    A read that inserts, as of a `defaultdict`, tells nothing of the value: there the facts' word stands.
    """
    if suspect.growth.op != "[]":
        from leaklint.project.concrete import windows  # only a suspect needs a tree

        tree = project.tree(suspect.growth.function)
        kept = None if tree is None else windows.is_collection_kept(tree, suspect)
        if not kept:
            return None if kept is None else ""
    rows = [removal.row for removal in suspect.removals] or [suspect.growth.row]
    return f"line {rows[0]} prunes what is under a key, the key stays"


def judge(project: Project) -> Iterable[Finding]:
    """The long-lived maps whose values are kept small while their keys pile up, each at its first growth."""
    return project.findings("LK107")


RULE = Rule("LK107", "keys-outlive-windows", judge, weigh, cwe=(770, 400))
