"""The size is compared with a limit, and nothing is removed or refused.

`if len(CACHE) > MAX: logger.warning("cache is full")` tells of the leak and lets it go on. The same holds for a limit
that is checked behind a flag that is off, and for a branch that trims a copy.

How to mend: remove something in the branch, or leave the function before the growth.

Not flagged, on purpose:

- branches that remove, rebind, return, raise, or call something that does;
- comparisons that choose an answer (`return len(CACHE) < MAX`) where something else bounds the collection.

Found in released code: not yet. The code of some 700 releases was searched for a size that is compared with a limit
beside a growth; each removed, refused or flushed in the end.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from leaklint.rule import Finding, Rule, Suspect

if TYPE_CHECKING:
    from leaklint.project import Project

FLAGGED = [
    """
import logging

CACHE = {}


def remember(key, value):
    if len(CACHE) > 1000:
        logging.warning("the cache holds %d entries", len(CACHE))
    CACHE[key] = value  # LK307
""",
    """
class Events:
    def __init__(self, limit):
        self.limit = limit
        self.seen = []
        self.full = False

    def on_event(self, event):
        self.seen.append(event)  # LK307
        if len(self.seen) >= self.limit:
            self.full = True


events = Events(100)
""",
    """
# What is trimmed is a copy.
LINES = []


def on_line(line):
    LINES.append(line)  # LK307
    if len(LINES) > 100:
        shown = LINES[:]
        shown.pop(0)
        print(shown)
""",
]

CLEAN = [
    """
import logging

CACHE = {}


def remember(key, value):
    if len(CACHE) > 1000:
        logging.warning("the cache is full")
        CACHE.clear()
    CACHE[key] = value
""",
    """
import logging

CACHE = {}


def remember(key, value):
    if len(CACHE) > 1000:
        logging.warning("the cache is full")
        return
    CACHE[key] = value
""",
    """
CACHE = {}


def remember(key, value):
    if len(CACHE) > 1000:
        make_room()
    CACHE[key] = value


def make_room():
    for key in list(CACHE)[:100]:
        del CACHE[key]
""",
    """
CONNECTIONS = set()


def is_full():
    return len(CONNECTIONS) >= 100


async def serve(connection):
    CONNECTIONS.add(connection)
    try:
        await connection.run()
    finally:
        CONNECTIONS.discard(connection)
""",
    """
# Another list of the same name.
class Site:
    def __init__(self):
        self.pages = {"start": 0}

    def load(self):
        pages = ["start", "end"]
        self.pages.update(dict.fromkeys(pages, 0))
        if len(pages) >= 2:
            pages[-1] = "and " + pages[-1]
        print(*pages)


site = Site()
""",
]


def weigh(project: Project, suspect: Suspect) -> str | None:
    """Looks at what is done where the size is over the limit: it is removed from, refused or only told."""
    from leaklint.project.concrete import sizes  # only a suspect needs a tree

    tree = project.tree(suspect.growth.function)
    return None if tree is None else sizes.without_effect(tree, suspect)


def judge(project: Project) -> Iterable[Finding]:
    """The collections whose limit is looked at and not kept, each at its first growth."""
    return project.findings("LK307")


RULE = Rule("LK307", "limit-without-enforcement", judge, weigh, cwe=(770,))
