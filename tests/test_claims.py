"""What the rules' pages claim about CPython, counted: how much is alive afterwards."""

from __future__ import annotations

import atexit
import contextlib
import functools
import gc
import logging
import weakref
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

import pytest

MANY = 100


class Thing:
    """Something to keep alive."""

    def __init__(self, name: str = "") -> None:
        self.name = name

    def method(self) -> str:
        return self.name


def alive(make: Callable[[], Any]) -> int:
    """How many of a hundred objects are alive after nothing but what `make` did refers to them."""
    references = [weakref.ref(make()) for _ in range(MANY)]
    gc.collect()
    return sum(reference() is not None for reference in references)


def test_a_plain_object_dies() -> None:
    assert alive(Thing) == 0


def test_a_cache_on_a_method_keeps_every_instance() -> None:
    class Cached(Thing):
        @functools.cache  # noqa: B019 - that is what is counted
        def words(self) -> list[str]:
            return self.name.split()

    def make() -> Cached:
        each = Cached()
        each.words()
        return each

    assert alive(make) == MANY


def test_a_bounded_cache_on_a_method_keeps_the_last_ones() -> None:
    class Cached(Thing):
        @functools.lru_cache(maxsize=10)  # noqa: B019 - that is what is counted
        def words(self) -> list[str]:
            return self.name.split()

    def make() -> Cached:
        each = Cached()
        each.words()
        return each

    assert alive(make) == 10


def test_a_bare_lru_cache_has_128_entries() -> None:
    @functools.lru_cache
    def double(number: int) -> int:
        return 2 * number

    for number in range(1000):
        double(number)
    assert double.cache_info().currsize == 128


@pytest.mark.parametrize("keep", ["cached_property", "per instance"])
def test_what_is_kept_on_the_instance_dies_with_it(keep: str) -> None:
    class Cached(Thing):
        def __init__(self) -> None:
            super().__init__()
            self.count = functools.lru_cache(maxsize=None)(self._count)

        @functools.cached_property
        def words(self) -> list[str]:
            return self.name.split()

        def _count(self, word: str) -> int:
            return self.name.count(word)

    def make() -> Cached:
        each = Cached()
        _ = each.words if keep == "cached_property" else each.count("a")
        return each

    assert alive(make) == 0


def test_reading_a_defaultdict_inserts_and_reading_a_counter_does_not() -> None:
    table: defaultdict[int, list[int]] = defaultdict(list)
    counter: Counter[int] = Counter()
    for number in range(MANY):
        _ = table[number], counter[number], table.get(-number - 1), -number - 1 in table
    assert (len(table), len(counter)) == (MANY, 0)


def test_a_finalizer_that_is_bound_to_its_object_keeps_it() -> None:
    finalizers: list[weakref.finalize[[], Thing]] = []

    def make(is_bound: bool) -> Thing:
        each = Thing()
        finalizers.append(weakref.finalize(each, each.method if is_bound else str))
        return each

    assert alive(lambda: make(True)) == MANY
    assert alive(lambda: make(False)) == 0
    for finalizer in finalizers:
        finalizer.detach()


def test_a_weak_key_dictionary_keeps_keys_that_values_refer_to() -> None:
    strong: weakref.WeakKeyDictionary[Thing, Any] = weakref.WeakKeyDictionary()
    light: weakref.WeakKeyDictionary[Thing, Any] = weakref.WeakKeyDictionary()

    def make(table: weakref.WeakKeyDictionary[Thing, Any], value: Callable[[Thing], Any]) -> Thing:
        each = Thing()
        table[each] = value(each)
        return each

    assert alive(lambda: make(strong, lambda each: [each])) == MANY
    assert alive(lambda: make(light, lambda each: each.name)) == 0


def test_an_exception_that_is_raised_again_collects_frames() -> None:
    kept = ValueError("kept")

    def inner() -> None:
        raise kept

    def outer() -> None:
        inner()

    for _ in range(50):
        with contextlib.suppress(ValueError):
            outer()
    entries, step = 0, kept.__traceback__
    while step is not None:
        entries, step = entries + 1, step.tb_next
    assert entries >= MANY


def test_atexit_keeps_what_a_method_is_bound_to() -> None:
    registered = []

    def make() -> Thing:
        each = Thing()
        registered.append(atexit.register(each.method))
        return each

    assert alive(make) == MANY
    for method in registered:
        atexit.unregister(method)


def test_handlers_pile_up_and_loggers_stay() -> None:
    logger = logging.getLogger("leaklint.tests.claims")
    for number in range(MANY):
        logger.addHandler(logging.NullHandler())
        logging.getLogger(f"leaklint.tests.claims.{number}")
    names = [name for name in logging.root.manager.loggerDict if name.startswith("leaklint.tests.claims.")]
    assert (len(logger.handlers), len(names)) == (MANY, MANY)
    logger.handlers.clear()
    for name in names:
        del logging.root.manager.loggerDict[name]
