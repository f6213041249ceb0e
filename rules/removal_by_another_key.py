"""Entries go in under one key and are removed under another.

`waiting[message.id]` is filled, `waiting.pop(message.sequence, None)` is emptied. The default `None` hides that nothing
is ever found. Every entry stays, though the code has a removal for each.

How to mend: remove by the key that was used for adding; take it into a local name that both lines use. Leave the
default out of `pop`, so that a wrong key raises.

Not flagged, on purpose:

- keys that are equal under another name: a parameter, a local, an attribute that was assigned from the first;
- removals in loops over the map itself (`for key in list(waiting): del waiting[key]`), which need no key.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from leaklint.rule import Finding, Rule

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
]

CLEAN = [
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
]


def judge(project: Project) -> Iterable[Finding]:
    """The collections that are emptied under other keys than they are filled, each at its first growth."""
    return project.findings("LK305")


RULE = Rule("LK305", "removal-by-another-key", judge, cwe=(401, 772))
