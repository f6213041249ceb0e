"""Entries go in under one key and are removed under another.

`waiting[message.id]` is filled, `waiting.pop(message.sequence, None)` is emptied. The default `None` hides that nothing
is ever found. Every entry stays, though the code has a removal for each.

How to mend: remove by the key that was used for adding; take it into a local name that both lines use. Leave the
default out of `pop`, so that a wrong key raises.

Not flagged, on purpose:

- keys that are equal under another name: a parameter, a local, an attribute that was assigned from the first;
- removals in loops over the map itself (`for key in list(waiting): del waiting[key]`), which need no key.

Found in released code: local-deep-research 1.3.0 (`SocketIOService.__socket_subscriptions`, filled by the research
that a client watches and emptied by the client that leaves).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from leaklint.rule import Finding, Rule, Suspect

if TYPE_CHECKING:
    from leaklint.project import Project

FLAGGED = [
    """
WAITING = {}


async def send(message, connection):
    WAITING[message.id] = message  # LK305
    try:
        await connection.send(message)
    finally:
        WAITING.pop(message.sequence, None)
""",
    """
class Sessions:
    def __init__(self):
        self.active = {}

    def on_connect(self, session, transport):
        self.active[session.id] = session  # LK305

    def on_disconnect(self, session, transport):
        self.active.pop(transport.id, None)


sessions = Sessions()
""",
    """
LISTENERS = {}


def listen(topic, client):
    LISTENERS[topic, client.id] = client  # LK305


def leave(topic, client):
    LISTENERS.pop((client.id, topic), None)
""",
    """
WAITING = {}


async def send(connection, message):
    WAITING[message.id] = message  # LK305
    await connection.write(message)


def on_reply(message):
    WAITING.pop(message.seq, None)
""",
    """
# The mark is only where it is added.
WAITING = {}


def send(user_id, text):
    WAITING[f"user:{user_id}"] = text  # LK305


def on_reply(user_id):
    WAITING.pop(user_id, None)
""",
    """
# What leaves is one of those that lie under the key.
class Rooms:
    def __init__(self):
        self.members = {}

    def on_join(self, room, client):
        if room not in self.members:
            self.members[room] = set()  # LK305
        self.members[room].add(client)

    def on_leave(self, client):
        if client in self.members:
            del self.members[client]


rooms = Rooms()
""",
    """
# A task has another name than the key that it is kept under.
import asyncio


class Worker:
    def __init__(self, store):
        self.store = store
        self.tasks = {}
        self.active = set()

    async def run(self):
        while True:
            job = await self.store.get()
            task = asyncio.create_task(job.run(), name=f"job {job.key}")
            self.active.add(task)
            self.tasks[job.key] = task  # LK305
            self.sweep()

    def sweep(self):
        for task in [each for each in self.active if each.done()]:
            self.active.discard(task)
            self.tasks.pop(task.get_name(), None)


worker = Worker(None)
""",
]

CLEAN = [
    """
WAITING = {}


def send(user_id, text):
    WAITING[f"user:{user_id}"] = text


def on_reply(user_id):
    WAITING.pop(f"user:{user_id}", None)
""",
    """
# A room goes as a whole.
class Rooms:
    def __init__(self):
        self.members = {}

    def on_join(self, room, client):
        if room not in self.members:
            self.members[room] = set()
        self.members[room].add(client)

    def on_close(self, room):
        if room in self.members:
            del self.members[room]


rooms = Rooms()
""",
    """
# The name of the task is the key.
import asyncio


class Worker:
    def __init__(self, store):
        self.store = store
        self.tasks = {}
        self.active = set()

    async def run(self):
        while True:
            job = await self.store.get()
            task = asyncio.create_task(job.run(), name=job.key)
            self.active.add(task)
            self.tasks[job.key] = task
            self.sweep()

    def sweep(self):
        for task in [each for each in self.active if each.done()]:
            self.active.discard(task)
            self.tasks.pop(task.get_name(), None)


worker = Worker(None)
""",
    """
WAITING = {}


async def send(message, connection):
    number = message.id
    WAITING[number] = message
    try:
        await connection.send(message)
    finally:
        WAITING.pop(message.id, None)
""",
    """
class Sessions:
    def __init__(self):
        self.active = {}

    def on_connect(self, session):
        self.active[session.id] = session

    def on_disconnect(self, session_id):
        self.active.pop(session_id, None)


sessions = Sessions()
""",
    """
LISTENERS = {}


def listen(topic, client):
    key = (topic, client.id)
    LISTENERS[key] = client


def leave(topic, client):
    LISTENERS.pop((topic, client.id), None)
""",
    """
WAITING = {}


def send(message):
    WAITING[message.id] = message


def on_tick(now):
    for key in list(WAITING):
        if WAITING[key].end < now:
            del WAITING[key]
""",
    """
WAITING = {}


def send(connection, message):
    WAITING[message.id] = message
    connection.write(message)


def on_reply(message):
    WAITING.pop(message.id, None)
""",
    """
# What adds itself there is what is handed on here.
CALLS = {}


class Call:
    def __init__(self, number):
        self.number = number

    def begin(self):
        CALLS[self.number] = self


class Reader:
    def on_end(self, call):
        CALLS.pop(call.number, None)
""",
]


def weigh(project: Project, suspect: Suspect) -> str | None:
    """Compares the key of the removal with that of the growth, each as its function gives it."""
    from leaklint.project.concrete import keys  # only a suspect needs a tree

    added = project.tree(suspect.growth.function)
    taken = project.tree(suspect.removals[0].function)
    if added is None or taken is None:
        return None
    return keys.mismatched(added, taken, suspect)


def judge(project: Project) -> Iterable[Finding]:
    """The collections that are emptied under other keys than they are filled, each at its first growth."""
    return project.findings("LK305")


RULE = Rule("LK305", "removal-by-another-key", judge, weigh, cwe=(401, 772))
