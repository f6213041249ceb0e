"""Two registries are filled together, and only one of them is emptied.

`connect()` writes `sockets[key]` and `names[key]`, `disconnect()` removes from `sockets`. The second map keeps an entry
for each connection there ever was. It often looks small beside the first, as a time or a lock per key does, and is the
one that grows.

How to mend: remove from both in the same place, or keep one map whose values hold both things.

Not flagged, on purpose:

- a second map with a bound of its own, with finite keys, or with weak references;
- a second collection that counts or records on purpose and is trimmed elsewhere.

Found in released code: gradio 6.24.0 (`Queue.event_analytics`), reflex 0.10.1
(`StateManagerRedis._cached_states_locks`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from leaklint.rule import Finding, Rule, Suspect

if TYPE_CHECKING:
    from leaklint.project import Project

FLAGGED = [
    """
class Hub:
    def __init__(self):
        self.sockets = {}
        self.names = {}

    def on_connect(self, key, socket, name):
        self.sockets[key] = socket
        self.names[key] = name  # LK306

    def on_disconnect(self, key):
        self.sockets.pop(key, None)


hub = Hub()
""",
    """
import time

JOBS = {}
STARTED = {}


def submit(number, job):
    JOBS[number] = job
    STARTED[number] = time.time()  # LK306


def finish(number):
    job = JOBS.pop(number)
    return job, time.time() - STARTED[number]
""",
    """
import asyncio

SESSIONS = {}
LOCKS = {}


async def enter(token, user):
    async with LOCKS.setdefault(token, asyncio.Lock()):  # LK306
        SESSIONS[token] = user


async def leave(token):
    async with LOCKS[token]:
        del SESSIONS[token]
""",
]

CLEAN = [
    """
class Hub:
    def __init__(self):
        self.sockets = {}
        self.names = {}

    def on_connect(self, key, socket, name):
        self.sockets[key] = socket
        self.names[key] = name

    def on_disconnect(self, key):
        self.sockets.pop(key, None)
        self.names.pop(key, None)


hub = Hub()
""",
    """
JOBS = {}
BY_KIND = {"mail": 0, "report": 0}


def submit(number, job):
    JOBS[number] = job
    BY_KIND["mail" if job.is_mail else "report"] += 1


def finish(number):
    return JOBS.pop(number)
""",
    """
from collections import deque

SESSIONS = {}
RECENT = deque(maxlen=100)


def enter(token, user):
    SESSIONS[token] = user
    RECENT.append(token)


def leave(token):
    SESSIONS.pop(token, None)
""",
]


def weigh(project: Project, suspect: Suspect) -> str | None:
    """Both registries are filled together where no run of the function fills one and not the other."""
    growth, other = suspect.growth, suspect.removals[0]
    words = f"filled beside another registry in line {other.row}, which alone is emptied"
    if growth.arm == other.arm:
        return words
    from leaklint.project.concrete import syntax  # only different arms need a tree

    tree = project.tree(growth.function)
    if tree is None:
        return None
    first = syntax.statement_at(tree, growth.row)
    second = syntax.statement_at(tree, other.row)
    if first is None or second is None:
        return None
    return "" if first is not second and syntax.exclusive(tree, first, second) else words


def judge(project: Project) -> Iterable[Finding]:
    """The collections whose sister is emptied without them, each at its first growth."""
    return project.findings("LK306")


RULE = Rule("LK306", "second-registry-not-cleaned", judge, weigh, cwe=(401, 772))
