"""Reading a missing key of a long-lived `defaultdict` inserts it.

`counts[name]` on a `defaultdict` stores the default for every name that was only asked for. A scanner that asks for
100,000 names that do not exist leaves 100,000 entries. A read after the removal brings the entry back, so that an
eviction that works looks as if it did not. `.get()`, `in` and `len()` insert nothing, and reads of a `Counter`
don't either.

How to mend: `counts.get(name, 0)` or `if name in counts`. Where a lookup is to make what it does not find, bound
the keys.

Not flagged, on purpose:

- keys that something else bounds: finite domains, a guard `if name in counts`, an iteration over the keys themselves;
- `defaultdict`s that live for a call or a request;
- subscripts that add to the value (`groups[key].append(row)`): what grows there is meant to, which is `LK101` to
  `LK103`, `LK106` or `LK107`.

Found in released code: opsdroid 0.31.0 (`MatrixEventCreator.message_events`, by the type that a peer sends).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from leaklint.rule import Finding, Rule

if TYPE_CHECKING:
    from leaklint.project import Project

FLAGGED = [
    """
from collections import defaultdict

from fastapi import FastAPI

app = FastAPI()
SCORES = defaultdict(int)


@app.get("/scores/{player}")
def score(player: str):
    return SCORES[player]  # LK105
""",
    """
import collections

SUBSCRIBERS = collections.defaultdict(set)


def publish(topic, message):
    for subscriber in SUBSCRIBERS[topic]:  # LK105
        subscriber.send(message)
""",
    """
# What pop() removes, the look at the room brings back.
from collections import defaultdict


class Rooms:
    def __init__(self):
        self.members = defaultdict(list)

    def dismiss(self, room):
        for member in self.members.pop(room):
            member.leave()
        return len(self.members[room])  # LK105


rooms = Rooms()
""",
    """
from collections import defaultdict


class Limits:
    strikes = defaultdict(lambda: 0)

    def allowed(self, address):
        return self.strikes[address] < 3  # LK105
""",
    """
# Reading after the removal puts the key back.
from collections import defaultdict

SCORES = defaultdict(int)


def finish(game_id):
    SCORES.pop(game_id, None)
    return SCORES[game_id]  # LK105
""",
]

CLEAN = [
    """
from collections import defaultdict

SCORES = defaultdict(int)


def score(player):
    return SCORES.get(player, 0)


def is_known(player):
    return player in SCORES and SCORES[player] > 0
""",
    """
from collections import Counter

SCORES = Counter()


def score(player):
    return SCORES[player]
""",
    """
from collections import defaultdict


def group(rows):
    groups = defaultdict(list)
    for row in rows:
        groups[row.name].append(row)
    return groups["all"]
""",
    """
from collections import defaultdict

TOTALS = defaultdict(int)


def total():
    return TOTALS["orders"] + TOTALS["refunds"]


def largest():
    return max(TOTALS[name] for name in TOTALS)
""",
    """
from collections import defaultdict

SUBSCRIBERS = defaultdict(set)


def publish(topic, message):
    for subscriber in SUBSCRIBERS[topic]:
        subscriber.send(message)
    if not SUBSCRIBERS[topic]:
        del SUBSCRIBERS[topic]
""",
    """
from collections import defaultdict

WAITING = defaultdict(list)


async def wait(key, future):
    WAITING[key].append(future)
    try:
        return await future
    finally:
        WAITING.pop(key, None)
""",
    """
from collections import defaultdict

METHODS = defaultdict(list)


def methods(model: type):
    return METHODS[model]
""",
    """
# What is popped is returned.
from collections import defaultdict

SCORES = defaultdict(int)


def finish(game_id):
    SCORES[game_id] += 1
    return SCORES.pop(game_id, 0)
""",
]


def judge(project: Project) -> Iterable[Finding]:
    """The long-lived defaultdicts that reads fill, each at the first such read."""
    return project.findings("LK105")


RULE = Rule("LK105", "defaultdict-grows-on-read", judge, cwe=(770, 400))
