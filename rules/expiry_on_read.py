"""An expired entry leaves only when the same key is asked for again.

Each entry carries its time, and a read that finds it too old replaces or deletes it. That keeps the answers fresh, not
the collection small: a key that is never asked for again is never looked at again, and its entry stays. With one-off
keys, such as tokens, search texts or addresses, that is nearly all of them.

How to mend: drop what has expired when something is added, or in a periodic task; `cachetools.TTLCache` does it and
has a size limit besides.

Not flagged, on purpose:

- keys of a finite domain: then at most one entry per key is old;
- maps with a size guard or with a sweep over all entries that runs while serving; a method that empties all and that
  the project never calls is none.

Found in released code: open-webui 0.12.4 (`throttle`, an entry per user).
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

from flask import Flask

app = Flask(__name__)
ANSWERS = {}


@app.get("/answer/<question>")
def answer(question):
    known = ANSWERS.get(question)
    if known is None or known[1] < time.time():
        ANSWERS[question] = (len(question), time.time() + 60)  # LK303
    return str(ANSWERS[question][0])
""",
    """
import time


class Tokens:
    def __init__(self):
        self.tokens = {}

    def issue(self, token, user):
        self.tokens[token] = (user, time.monotonic() + 600)  # LK303

    def user(self, token):
        if token not in self.tokens:
            return None
        user, end = self.tokens[token]
        if end < time.monotonic():
            del self.tokens[token]
            return None
        return user


tokens = Tokens()
""",
    """
import time

CACHE = {}


def fetch(address, client):
    if address in CACHE:
        body, stamp = CACHE[address]
        if time.time() - stamp < 300:
            return body
        CACHE.pop(address)
    body = client.get(address)
    CACHE[address] = body, time.time()  # LK303
    return body
""",
    """
# Users may empty it. That is for other occasions: what has expired stays until they do.
import time


class Store:
    def get(self, key):
        raise NotImplementedError

    def clear(self):
        raise NotImplementedError


class Memory(Store):
    _entries = {}

    def get(self, key):
        entry = self._entries.get(key)
        if entry and entry[1] < time.time():
            del self._entries[key]
            return None
        return entry and entry[0]

    def put(self, key, value, seconds):
        self._entries[key] = (value, time.time() + seconds)  # LK303

    def clear(self):
        self._entries.clear()


class Caches:
    store: Store = Memory()

    def clear(self):
        self.store.clear()
""",
]

CLEAN = [
    """
import time

ANSWERS = {}


def answer(question):
    now = time.time()
    for old in [key for key, (_, end) in ANSWERS.items() if end < now]:
        del ANSWERS[old]
    if question not in ANSWERS:
        ANSWERS[question] = (len(question), now + 60)
    return ANSWERS[question][0]
""",
    """
from cachetools import TTLCache

TOKENS = TTLCache(maxsize=10_000, ttl=600)


def issue(token, user):
    TOKENS[token] = user
""",
    """
import time

KEYS = {}


def keys(client):
    known = KEYS.get("keys")
    if known is None or known[1] < time.time():
        KEYS["keys"] = (client.keys(), time.time() + 60)
    return KEYS["keys"][0]
""",
    """
import time

TOKENS = {}


def issue(token, user):
    if len(TOKENS) >= 1000:
        raise OverflowError("too many sessions")
    TOKENS[token] = (user, time.time() + 600)


def user(token):
    user, end = TOKENS[token]
    if end < time.time():
        del TOKENS[token]
    return user
""",
    """
import time


class Memory:
    _entries = {}

    def get(self, token):
        entry = self._entries.get(token)
        if entry and entry[1] < time.time():
            del self._entries[token]
            return None
        return entry and entry[0]

    def put(self, token, value, seconds):
        self._entries[token] = (value, time.time() + seconds)

    def clear(self):
        self._entries.clear()


def watch(client):
    while True:
        client.wait()
        Memory().clear()
""",
]


def weigh(project: Project, suspect: Suspect) -> str | None:
    """Looks at the comparison of a time: the entry that was asked for goes or is made anew, no other."""
    from leaklint.project.concrete import expiry  # only a suspect needs a tree

    tree = project.tree((suspect.removals or (suspect.growth,))[0].function)
    if tree is None:
        return None
    if suspect.removals:
        return expiry.only_when_asked_for(tree, suspect)
    return expiry.compared(tree, suspect)


def judge(project: Project) -> Iterable[Finding]:
    """The collections whose old entries leave only by a read of the same key, each at its first growth."""
    return project.findings("LK303")


RULE = Rule("LK303", "expiry-checked-on-read", judge, weigh, cwe=(401, 770))
