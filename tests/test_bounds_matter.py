"""Every clean example is clean because of what bounds it: take that away or weaken it, and some rule speaks.

The mutants are generated: each operator is applied to all places of an example at which it can be, and to each place
alone. A mutant that stays clean is listed with the reason, and only for as long as it does.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from typing import NamedTuple

import every_example
import mutants
import pytest

from leaklint.loader import load
from leaklint.rule import Rule
from leaklint.testing import check, split

OPERATORS: tuple[type[mutants.Operator], ...] = (
    mutants.DropRemovals, mutants.DropFinally, mutants.ChangeKey, mutants.DropSweeperCalls, mutants.DropLimit,
    mutants.DropSizeGuard, mutants.Strengthen, mutants.DropReplacement, mutants.DropRefusal, mutants.OpenKey,
    mutants.DropExit, mutants.ReadBySubscript, mutants.Hoist, mutants.ApplyLate,
)  # fmt: skip

LEFT = "another bound is left"
PUBLIC = "a public function that removes is left, for users to call"
LIBRARY = "who registers a listener is asked to take it back, not the registry"

PLAIN = "what a plain call may raise is not followed"
PUT_BACK = "what removes the entry before it is stored anew is no bound, the sweep beside it is"

SURVIVORS: dict[tuple[str, int, str], str] = {
    ("DropRemovals", 0, "    LISTENERS.append(listener)"): LIBRARY,
    ("DropRemovals", 0, "        self._listeners.append(listener)"): LIBRARY,
    ("DropRemovals", 0, "if len(self.callers) >= self.limit"): LEFT,
    ("DropRemovals", 0, "raise OverflowError"): LEFT,
    ("DropRemovals", 0, "abort(429)"): LEFT,
    ("DropRemovals", 1, "pages = LRUCache(100)"): PUT_BACK,
    ("DropRemovals", 1, "connections.discard(connection)"): LEFT,
    ("DropRemovals", 2, "SESSIONS[session_id] = time.time()"): LEFT,
    ("DropRemovals", 0, "waiting = deque([root])"): "the queue ends with the call",
    ("DropRemovals", 0, "callback = self.pending.pop(number, None)"): "by its name a callback is registered for good",
    ("DropRemovals", 1, "        Memory().clear()"): "the loop empties it, whatever is read",
    ("DropRemovals", 2, "def forget(task, tasks=self.tasks)"): PUBLIC,
    ("DropRemovals", 1, "future.add_done_callback(partial(forget, key))"): PUBLIC,
    ("DropSweeperCalls", 0, "self.forget(span.context.span_id)"): "a base from elsewhere may call any public method",
    ("DropSizeGuard", 0, "def leave(self, caller)"): PUBLIC,
    ("DropSizeGuard", 0, "dict.fromkeys(pages, 0)"): "the size is that of another list",
    ("DropFinally", 0, "return reply.wait(5)"): "the wait returns when the time is over, then the entry is removed",
    ("DropFinally", 0, "return function()"): PLAIN,
    ("DropFinally", 0, "def on_plugin(name, module, path)"): PLAIN,
    ("ChangeKey", 0, "CALLS.pop(call.number, None)"): "an object of its own and an argument are not known to be one",
    ("ChangeKey", 0, "waiting.pop(message.id, None)\n"): "of a local collection any removal counts",
    ("DropLimit", 0, "lru_cache(maxsize=64)(self._count)"): "the cache is an attribute and ends with its object",
    ("DropLimit", 1, 'LATEST = {"cpu"'): "the elements of a collection are not told apart",
    ("DropLimit", 2, 'LATEST = {"cpu"'): "the elements of a collection are not told apart",
    ("Hoist", 0, 'latest["value"] = value'): "its only key is a literal",
    ("ApplyLate", 0, "return check, checks"): "a function that gives back what it takes is a decorator, by its shape",
    ("OpenKey", 0, "RING = [None] * 256"): "a list does not grow by an index",
}
"""By operator, place (0 for all) and a part of the example: why a mutant of it stays clean."""


class Mutant(NamedTuple):
    """An example of a rule, weakened at one place (numbered from 1) or at all (0)."""

    example: str
    text: str
    operator: str
    place: int
    files: dict[str, str]

    def __str__(self) -> str:
        return f"{self.example}-{self.operator}-{self.place or 'all'}"


def mutants_of(example: str, text: str) -> Iterator[Mutant]:
    """Each operator at all places, and where it has several at each alone."""
    for operator in OPERATORS:
        files, places = weakened(text, operator, None)
        if not places:
            continue
        yield Mutant(example, text, operator.__name__, 0, files)
        for place in range(1, places + 1) if places > 1 else ():
            yield Mutant(example, text, operator.__name__, place, weakened(text, operator, place)[0])


def weakened(text: str, operator: type[mutants.Operator], place: int | None) -> tuple[dict[str, str], int]:
    """The example's files and the number of places that the operator knows there."""
    files = {name: ast.parse(text) for name, text in split(text).items() if name.endswith(".py")}
    weaken = operator(files, place)
    trees = {name: weaken.visit(copy.deepcopy(tree)) for name, tree in files.items()}
    return {name: ast.unparse(ast.fix_missing_locations(tree)) for name, tree in trees.items()}, weaken.places


def known(mutant: Mutant) -> list[tuple[str, int, str]]:
    """The survivors that a mutant is listed as."""
    return [key for key in SURVIVORS if key[:2] == (mutant.operator, mutant.place) and key[2] in mutant.text]


RULES: list[Rule] = load()
JUDGED = [rule for rule in RULES if rule.code.startswith(("LK1", "LK2", "LK3", "LK404"))]
EXAMPLES = {f"{rule.code}-{n}": text for rule in JUDGED for n, text in enumerate(every_example.clean(rule), 1)}
MUTANTS = [mutant for name, text in EXAMPLES.items() for mutant in mutants_of(name, text)]


@pytest.mark.parametrize("mutant", MUTANTS, ids=str)
def test_speaks_without_the_bound(mutant: Mutant) -> None:
    found = [each for each in check(mutant.files, RULES) if each.code != "LK001"]
    if known(mutant):
        assert not found, f"it is found now: take {known(mutant)[0]} off the list of survivors"
    else:
        assert found, "\n".join(mutant.files.values())


@pytest.mark.parametrize("survivor", SURVIVORS, ids=str)
def test_each_survivor_is_one_mutant(survivor: tuple[str, int, str]) -> None:
    assert len([mutant for mutant in MUTANTS if survivor in known(mutant)]) == 1


@pytest.mark.parametrize("operator", OPERATORS)
def test_operators_find_something_to_weaken(operator: type[mutants.Operator]) -> None:
    assert sum(mutant.operator == operator.__name__ for mutant in MUTANTS) > 1


def test_nearly_all_mutants_are_found() -> None:
    assert len(SURVIVORS) * 10 < len(MUTANTS)


def test_most_examples_have_a_bound_to_weaken() -> None:
    """The others are clean for a reason that no operator takes away: they run once, or end with a call."""
    assert len({mutant.example for mutant in MUTANTS}) * 10 > len(EXAMPLES) * 7
