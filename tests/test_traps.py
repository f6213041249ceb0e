"""What looks like a bound and is none, each beside its twin that is one: the examples are in the rule files.

A row tells a trap, the rule whose FLAGGED shows it and the rule whose CLEAN shows the twin, each with a piece of the
example. A shape that is only counted as known to be missed does not count.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import pytest

from leaklint.loader import load
from leaklint.rule import Rule
from leaklint.testing import examples


class Trap(NamedTuple):
    what: str
    flagged: tuple[str, str]
    clean: tuple[str, str]


TRAPS = (
    Trap("only tests clear it", ("LK301", "locks.reset_for_tests()"), ("LK301", "prices.clear_cache()")),
    Trap(
        "nothing calls what evicts", ("LK301", "def _evict_idle(self)"), ("LK301", "begin(token, user):\n    _expire()")
    ),
    Trap("removed under another key", ("LK305", "pop(message.seq, None)"), ("LK305", "pop(message.id, None)")),
    Trap("removed on one exception only", ("LK304", "except asyncio.TimeoutError"), ("LK304", "except BaseException")),
    Trap(
        "removed on success only", ("LK304", "answer = await future"), ("LK304", "finally:\n            self.pending")
    ),
    Trap(
        "evicted in a mode that is off", ("LK304", "self.trimming and len"), ("LK304", "len(self.samples) > self.limit")
    ),
    Trap("taken from a copy", ("LK101", "recent = dict(SEEN)"), ("LK101", "for key in list(SEEN)")),
    Trap(
        "cleared at shutdown only", ("LK302", "yield\n    RESULTS.clear()"), ("LK302", "on_deploy(message):\n    cache")
    ),
    Trap("the inner list is pruned", ("LK107", "HITS[address] = [hit for hit"), ("LK107", "del HITS[address]")),
    Trap("expiry is looked at on read", ("LK303", "self.tokens[token]"), ("LK303", "for old in [key for key")),
    Trap("the size is only logged", ("LK307", "logging.warning"), ("LK307", "CACHE.clear()")),
    Trap(
        "bound anew without global", ("LK101", "on_minute():\n    SEEN = {}"), ("LK101", "global SEEN\n    SEEN = {}")
    ),
    Trap("a strong list behind a weak key", ("LK101", "setdefault(LOBBY, [])"), ("LK101", "setdefault(room, [])")),
    Trap("left to the client", ("LK308", "async def end_session"), ("LK308", "for old in [key for key, begun")),
    Trap("two registries, one emptied", ("LK306", "self.names[key] = name"), ("LK306", "self.names.pop(key, None)")),
    Trap(
        "read again after the removal", ("LK105", "return SCORES[game_id]"), ("LK105", "return SCORES.pop(game_id, 0)")
    ),
    Trap("asked for before it is added", ("LK101", "not in ADDRESSES"), ("LK101", "level not in SEEN_LEVELS")),
    Trap("a cache by its name only", ("LK101", "def get(self, key, default"), ("LK101", "while len(self) > 100")),
    Trap("a limit that is None", ("LK108", "def __init__(self, size=None)"), ("LK108", "Monitor(size=100)")),
    Trap("a subclass that evicts", ("LK101", "class LRUCache(dict)"), ("LK101", "class LRUCache(dict)")),
    Trap("a public removal of a library", ("LK301", "def _trim()"), ("LK301", "def unsubscribe(self, listener)")),
    Trap("flushed by atexit", ("LK302", "@atexit.register"), ("LK302", "if len(BUFFER) > 100:\n        flush()")),
    Trap("weak here, strong there", ("LK101", "OPENED.append(found)"), ("LK106", "LOCKS = WeakValueDictionary()")),
    Trap("cancelled past the handler", ("LK304", "except Exception:"), ("LK304", "except BaseException:")),
    Trap("two clocks", ("LK101", "stamp > time.time()"), ("LK101", "stamp < time.monotonic() - 60")),
    Trap("a counter that starts anew", ("LK101", "    calls = 0"), ("LK101", "global calls")),
    Trap("a condition on another map", ("LK101", "if number in OPEN"), ("LK101", "if number in NAMES")),
    Trap(
        "a lock that is dropped in use",
        ("LK106", "LOCKS[account] = threading.Lock()"),
        ("LK106", "self.users[key] -= 1"),
    ),
    Trap("emptied, but not removed", ("LK101", "CHATS[user] = []"), ("LK101", "del CHATS[user]")),
    Trap("removed where it is imported", ("LK301", "import locks"), ("LK101", "state.MEMBERS.pop")),
    Trap(
        "a removal that is handed on", ("LK404", "TASKS.append(asyncio"), ("LK404", "add_done_callback(TASKS.discard)")
    ),
    Trap(
        "removed by what it keeps alive", ("LK101", "TRANSFERS[id(self)] = self"), ("LK101", "SIZES[id(self)] = path")
    ),
)
RULES: dict[str, Rule] = {rule.code: rule for rule in load()}


@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: trap.what)
def test_the_trap_is_shown(trap: Trap) -> None:
    code, piece = trap.flagged
    shown = [text for text in examples(RULES[code].flagged) if piece in text]
    assert shown
    assert any(re.search(rf"# {code}$", text, re.MULTILINE) for text in shown), "it is marked as missed"


@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: trap.what)
def test_its_twin_is_shown(trap: Trap) -> None:
    code, piece = trap.clean
    assert any(piece in text for text in examples(RULES[code].clean))


def test_all_are_there() -> None:
    assert len({trap.what for trap in TRAPS}) == 32
