"""What the rules' pages claim about CPython, counted: how much is alive afterwards."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import functools
import gc
import logging
import tempfile
import threading
import time
import warnings
import weakref
from collections import Counter, defaultdict, namedtuple
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
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


def test_filters_pile_up_and_the_same_one_is_taken_once() -> None:
    logger = logging.getLogger("leaklint.tests.claims.filters")
    one = logging.Filter()
    for _ in range(MANY):
        logger.addFilter(one)
    assert len(logger.filters) == 1
    for _ in range(MANY):
        logger.addFilter(logging.Filter())
    assert len(logger.filters) == MANY + 1
    logger.filters.clear()


def test_a_finalizer_that_closes_over_its_object_keeps_it() -> None:
    finalizers: list[weakref.finalize[[], Thing]] = []

    def make() -> Thing:
        each = Thing()

        def gone() -> None:
            each.method()

        finalizers.append(weakref.finalize(each, gone))
        return each

    assert alive(make) == MANY
    for finalizer in finalizers:
        finalizer.detach()


def test_a_value_that_stores_its_key_weakly_lets_it_go() -> None:
    table: weakref.WeakKeyDictionary[Thing, Any] = weakref.WeakKeyDictionary()

    def make(value: Callable[[Thing], Any]) -> Thing:
        each = Thing()
        table[each] = value(each)
        return each

    assert alive(lambda: make(lambda each: {"key": each})) == MANY
    table.clear()
    assert alive(lambda: make(weakref.ref)) == 0


def test_done_tasks_stay_where_nothing_discards_them() -> None:
    async def count(discard: bool) -> int:
        tasks: set[asyncio.Task[None]] = set()
        for _ in range(MANY):
            task = asyncio.create_task(asyncio.sleep(0))
            tasks.add(task)
            if discard:
                task.add_done_callback(tasks.discard)
        await asyncio.sleep(0.01)
        return len(tasks)

    assert asyncio.run(count(False)) == MANY
    assert asyncio.run(count(True)) == 0


def test_classes_wait_for_the_cyclic_collector() -> None:
    gc.collect()
    gc.disable()
    try:
        references = [weakref.ref(namedtuple("Pair", "left right")) for _ in range(MANY)]
        assert sum(reference() is not None for reference in references) == MANY
    finally:
        gc.enable()
    gc.collect()
    assert sum(reference() is not None for reference in references) == 0


def test_a_validator_is_freed_at_once_and_a_model_waits() -> None:
    pydantic = pytest.importorskip("pydantic", minversion="2")
    gc.collect()
    gc.disable()
    try:
        validators = [weakref.ref(pydantic.TypeAdapter(dict[str, int])) for _ in range(MANY)]
        models = [weakref.ref(pydantic.create_model("Form", name=(str, ...))) for _ in range(MANY)]
        assert sum(reference() is not None for reference in validators) == 0
        assert sum(reference() is not None for reference in models) == MANY
    finally:
        gc.enable()
    gc.collect()
    assert sum(reference() is not None for reference in models) == 0


def test_pyplot_keeps_figures_and_a_figure_of_ones_own_dies() -> None:
    pyplot = pytest.importorskip("matplotlib.pyplot")
    figure = pytest.importorskip("matplotlib.figure")
    pyplot.switch_backend("agg")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        for _ in range(MANY):
            pyplot.figure()
    assert len(pyplot.get_fignums()) == MANY
    pyplot.close("all")
    assert alive(figure.Figure) == 0


def test_every_value_of_a_label_is_a_series_that_stays() -> None:
    client = pytest.importorskip("prometheus_client")
    views = client.Counter("views", "Views", ["user"], registry=client.CollectorRegistry())
    for number in range(MANY):
        views.labels(str(number)).inc()
    gc.collect()
    assert len({sample.labels["user"] for sample in views.collect()[0].samples}) == MANY


@pytest.mark.parametrize("name", ["httpx.Client", "jinja2.Environment", "requests.Session"])
def test_a_dropped_client_is_churn_and_no_leak(name: str) -> None:
    package, _, kind = name.partition(".")
    make = getattr(pytest.importorskip(package), kind)
    references = [weakref.ref(make()) for _ in range(5)]
    gc.collect()
    assert sum(reference() is not None for reference in references) == 0


def test_a_dict_as_a_librarys_store_keeps_every_result() -> None:
    cachetools = pytest.importorskip("cachetools")
    plain: dict[Any, int] = {}
    bounded = cachetools.LRUCache(10)
    for store in (plain, bounded):
        double = cachetools.cached(store)(lambda number: 2 * number)
        for number in range(MANY):
            double(number)
    assert (len(plain), len(bounded)) == (MANY, 10)


def test_strong_receivers_of_a_signal_stay_and_weak_ones_die() -> None:
    dispatch = pytest.importorskip("django.dispatch")
    signal = dispatch.Signal()

    def make(weak: bool) -> Callable[[], None]:
        def receiver(**options: object) -> None:
            pass

        signal.connect(receiver, weak=weak)
        return receiver

    assert alive(lambda: make(True)) == 0
    assert alive(lambda: make(False)) == MANY


def test_a_dropped_handle_leaves_its_listener_and_a_used_one_takes_it() -> None:
    """LK402."""
    pyee = pytest.importorskip("pyee")
    emitter = pyee.EventEmitter()

    def make(is_taken_back: bool) -> Thing:
        each = Thing()
        listener = emitter.on("event", each.method)
        if is_taken_back:
            emitter.remove_listener("event", listener)
        return each

    assert alive(lambda: make(True)) == 0
    assert alive(lambda: make(False)) == MANY


def test_a_name_is_no_key_and_an_element_is_none() -> None:
    """LK305: `pop` with a default says nothing of what it did not find."""

    async def count() -> int:
        tasks: dict[int, asyncio.Task[None]] = {}
        for number in range(MANY):
            tasks[number] = asyncio.create_task(asyncio.sleep(0), name=f"task {number}")
        for task in list(tasks.values()):
            await task
            tasks.pop(task.get_name(), None)  # type: ignore[call-overload]
        return len(tasks)

    assert asyncio.run(count()) == MANY
    rooms: dict[str, set[int]] = defaultdict(set)
    for client in range(MANY):
        rooms[f"room {client}"].add(client)
        rooms.pop(client, None)  # type: ignore[call-overload]
    assert len(rooms) == MANY


def test_a_lock_for_each_key_stays_and_weakly_held_ones_go() -> None:
    """LK106."""
    strong: dict[int, asyncio.Lock] = {}
    weak: weakref.WeakValueDictionary[int, asyncio.Lock] = weakref.WeakValueDictionary()
    for number in range(MANY):
        assert strong.setdefault(number, asyncio.Lock()) is not weak.setdefault(number, asyncio.Lock())
    gc.collect()
    assert (len(strong), len(weak)) == (MANY, 0)


def test_folders_of_mkdtemp_stay_and_a_temporary_directory_goes(tmp_path: Path) -> None:
    """LK604."""
    for _ in range(MANY):
        tempfile.mkdtemp(dir=tmp_path)
        with tempfile.TemporaryDirectory(dir=tmp_path):
            pass
    assert len(list(tmp_path.iterdir())) == MANY


def test_a_key_lasts_unless_it_is_given_an_end() -> None:
    """LK801."""
    fakeredis = pytest.importorskip("fakeredis")
    store = fakeredis.FakeRedis()
    store.set("plain", 1)
    store.set("ended", 1, ex=60)
    assert (store.ttl("plain"), store.ttl("ended")) == (-1, 60)


def test_a_dropped_subscription_of_redis_gives_its_connection_back() -> None:
    fakeredis = pytest.importorskip("fakeredis")
    store = fakeredis.FakeRedis()

    def make() -> Any:
        each = store.pubsub()
        each.subscribe("news")
        return each

    assert alive(make) == 0


def test_the_threads_of_a_dropped_executor_end() -> None:
    before = threading.active_count()
    for _ in range(5):
        assert ThreadPoolExecutor(1).submit(int).result(5) == 0
    gc.collect()
    end = time.monotonic() + 5
    while threading.active_count() > before and time.monotonic() < end:
        time.sleep(0.01)
    assert threading.active_count() <= before


def test_an_empty_list_under_a_key_keeps_the_key() -> None:
    """LK107."""
    calls: defaultdict[int, list[float]] = defaultdict(list)
    for number in range(MANY):
        calls[number] = [stamp for stamp in [*calls[number], 0.0] if stamp > 1]
    assert len(calls) == MANY
    assert not any(calls.values())


def test_a_loss_that_is_kept_keeps_its_graph() -> None:
    torch = pytest.importorskip("torch", exc_type=ImportError)
    weight = torch.ones(2, requires_grad=True)
    losses, numbers = [], []
    for _ in range(3):
        loss = (weight * 2).sum()
        loss.backward()
        losses.append(loss)
        numbers.append(loss.detach())
    assert all(each.grad_fn is not None for each in losses)
    assert all(each.grad_fn is None for each in numbers)


def test_a_checked_project_is_freed_with_what_was_found_in_it() -> None:
    """A map from projects to their judges would hold every project: LK502 in leaklint itself."""
    from leaklint.project import Project
    from leaklint.testing import check

    check({"shop.py": "import logging\n\n\ndef hit():\n    logging.getLogger('shop')\n"})
    gc.collect()
    assert not [each for each in gc.get_objects() if type(each) is Project]
