"""A function's cache has no bound, and its arguments have no finite domain.

`functools.cache`, `lru_cache(maxsize=None)` and their relatives keep the arguments and the result of every call that
differs from the ones before. `N` different arguments are `N` entries for as long as the process lives; each holds its
arguments, its result and about 200 bytes for itself. A million search texts with results of 1 kB are 1.2 GB.

How to mend: `lru_cache(maxsize=256)`, with the number of entries that are in use at a time. A bare `@lru_cache` keeps
128. Where results age, `cachetools.TTLCache` behind `cachetools.cached`.

Not flagged, on purpose:

- functions without arguments, or whose arguments are never passed: they have one entry;
- arguments of a finite domain, by annotation (`bool`, enum, `Literal`, `type[...]`) or because each call in the project
  passes literals, types or settings;
- functions that only run while modules are imported or the program starts;
- caches whose `cache_clear()` is called while the process serves;
- caches that are made per call or per instance and die with it;
- a bare `@lru_cache` and every other finite size below ten million;
- functions that log a message and give nothing back are of low confidence, where no client gives the message: they are
  cached to say it once, and the messages of a program are few;
- files and folders as arguments are of low confidence, where no client names them: a program has few of its own.

Found in released code: distributed 2026.8.0 (`url_escape`, which keeps the key of every task that a page showed).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from leaklint.project.caches.judge import caches_of
from leaklint.project.domains.domain import Domain
from leaklint.rule import Finding, Rule

if TYPE_CHECKING:
    from leaklint.project import Project

FLAGGED = [
    """
import logging
from functools import cache

from fastapi import FastAPI

app = FastAPI()


@cache  # LK201
def render(text):
    return f"<p>{text}</p>"


@cache  # LK201
def say_once(message):
    logging.warning("Shown: %s", message)


@app.get("/render")
def show(text: str):
    say_once(text)
    return render(text)
""",
    """
import functools


@functools.lru_cache(maxsize=None)  # LK201
def parse(source: str):
    return source.split()


@functools.lru_cache(None)  # LK201
def words(source: str):
    return len(source.split())


@functools.lru_cache(maxsize=10**9)  # LK201
def letters(source: str):
    return len(source)


def on_message(message):
    return parse(message.text), words(message.text), letters(message.text)
""",
    """
import sys
from functools import lru_cache as memoize
from math import inf

SIZE = None


@memoize(maxsize=SIZE)  # LK201
def parse(source):
    return source.split()


@memoize(typed=True, maxsize=sys.maxsize)  # LK201
def count(source):
    return len(source)


@memoize(maxsize=inf)  # LK201
def first(source):
    return source[0]


def on_message(message):
    return parse(message.text), count(message.text), first(message.text)
""",
    """
# file: caching.py
from functools import lru_cache, partial

forever = lru_cache(maxsize=None)
memo = partial(lru_cache, maxsize=None)

# file: texts.py
from caching import forever, memo


@forever  # LK201
def parse(source):
    return source.split()


@memo()  # LK201
def count(source):
    return len(source)


def on_message(message):
    return parse(message.text), count(message.text)
""",
    """
import functools


def distance(start, end):
    return abs(start - end)


cached_distance = functools.lru_cache(None)(distance)  # LK201


def on_trip(trip):
    return cached_distance(trip.start, trip.end)
""",
    """
from async_lru import alru_cache


@alru_cache(maxsize=None)  # LK201
async def profile(user_id):
    return {"id": user_id}


async def on_request(request):
    return await profile(request.user_id)
""",
    """
from cachetools.func import lru_cache, ttl_cache


@lru_cache(maxsize=None)  # LK201
def profile(user_id):
    return {"id": user_id}


@ttl_cache(maxsize=None, ttl=60)  # LK201
def rights(user_id):
    return [user_id]


def on_request(request):
    return profile(request.user_id), rights(request.user_id)
""",
    """
from functools import cache


class Search:
    @staticmethod
    @cache  # LK201
    def tokens(text):
        return text.split()

    @classmethod
    @cache  # LK201
    def stems(cls, text):
        return [word[:5] for word in cls.tokens(text)]


def on_query(query):
    return Search.stems(query.text)
""",
    """
# Only tests clear it.
# file: prices.py
from functools import cache


@cache  # LK201
def price(symbol):
    return len(symbol)


def on_quote(quote):
    return price(quote.symbol)

# file: tests/test_prices.py
from prices import price


def test_price():
    price.cache_clear()
    assert price("ABC") == 3
""",
    """
# One of two arguments is enough.
from functools import cache
from typing import Literal


@cache  # LK201
def label(kind: Literal["user", "group"], text: str):
    return f"{kind}:{text}"


def on_event(event):
    return label("user", event.text)
""",
    """
# A decorator of the project's own that adds an unbounded cache.
from functools import cache, wraps


def remembered(function):
    @cache  # LK201
    def call(*args):
        return function(*args)

    @wraps(function)
    def wrapper(*args):
        return call(*args)

    return wrapper


@remembered
def parse(source):
    return source.split()


def on_message(message):
    return parse(message.text)
""",
]

CLEAN = [
    """
# Said once: the messages of a program are few.
import logging
from functools import cache


@cache
def say_once(message):
    logging.warning("Not traced: %s", message)


def on_call(call):
    try:
        call.run()
    except ValueError as error:
        say_once(str(error))
""",
    """
# A decorator of the project's own that holds the instance weakly and bounds the cache.
import functools
import weakref


def cached_method(maxsize=64):
    def decorate(method):
        @functools.lru_cache(maxsize)
        def call(reference, *args):
            return method(reference(), *args)

        @functools.wraps(method)
        def wrapper(self, *args):
            return call(weakref.ref(self), *args)

        return wrapper

    return decorate


class Document:
    def __init__(self, text):
        self.text = text

    @cached_method()
    def count(self, word):
        return self.text.count(word)


def on_message(message):
    return Document(message.text).count(message.word)
""",
    """
from functools import cache, lru_cache


@cache
def settings():
    return {"debug": False}


@lru_cache(maxsize=None)
def connection(timeout=10, *, retries=3):
    return timeout, retries


def on_request(request):
    return settings(), connection()
""",
    """
from functools import lru_cache


@lru_cache
def parse(source):
    return source.split()


@lru_cache(maxsize=4096)
def first(source):
    return source[0]


@lru_cache(100, typed=True)
def last(source):
    return source[-1]


def on_message(message):
    return parse(message.text), first(message.text), last(message.text)
""",
    """
import enum
from functools import cache
from typing import Literal


class Color(enum.Enum):
    RED = 1
    GREEN = 2


@cache
def paint(color: Color, dark: bool):
    return color.value, dark


@cache
def shade(name: Literal["low", "high"], model: type):
    return name, model.__name__


def on_request(request):
    return paint(request.color, request.dark), shade(request.shade, type(request))
""",
    """
from functools import cache


@cache
def template(name):
    return open(name).read()


@cache
def fields(model):
    return sorted(vars(model))


class User:
    pass


def on_request(request):
    return template("index.html"), template("user.html"), fields(User)
""",
    """
from functools import cache


@cache
def price(symbol):
    return len(symbol)


def on_quote(quote):
    return price(quote.symbol)


def on_market_close(market):
    price.cache_clear()
""",
    """
# Made for each call and for each instance.
from functools import cache, lru_cache


def solve(board):
    @cache
    def best(row, column):
        return max(board[row][column], 0)

    return best(0, 0)


class Parser:
    def __init__(self, source):
        self.line = lru_cache(maxsize=None)(self._line)

    def _line(self, number):
        return number * 2


def on_message(message):
    return solve(message.board), Parser(message.text).line(message.number)
""",
    """
# Only called while modules are imported.
from functools import cache


@cache
def field(name):
    return name.upper()


TABLE = [field(name) for name in ("name", "age", "town")]
""",
    """
from functools import lru_cache

SIZE = 1024


def bounded(size=256):
    return lru_cache(maxsize=size)


@lru_cache(maxsize=2 * SIZE)
def parse(source):
    return source.split()


@bounded()
def first(source):
    return source[0]


def on_message(message):
    return parse(message.text), first(message.text)
""",
    """
# Another library's decorator of the same name is not taken for the standard library's.
from toolbox import cache


@cache
def on_message(message):
    return message.text.split()
""",
]


def judge(project: Project) -> Iterator[Finding]:
    """The functions whose cache has no bound while their arguments have no finite domain."""
    judge = caches_of(project)
    for cache in judge.caches:
        if cache.kind.rule != "LK201" or cache.bound:
            continue
        # A method's cache has a fault of its own: LK202.
        if judge.keeps_instances(cache) or judge.is_cleared(cache):
            continue
        drive = judge.drive(cache)
        if drive.domain == Domain.FINITE:
            continue
        function = project.program.scope(cache.function).name
        yield judge.finding(
            cache,
            "LK201",
            "unbounded-function-cache",
            f"{function}() keeps every different call's result ({cache.spelling}); {judge.driven_by(cache, drive)}",
            "error" if drive.domain == Domain.CLIENT else "warning",
            judge.certainty(cache, drive),
            drive,
        )


RULE = Rule("LK201", "unbounded-function-cache", judge, cwe=(770, 400))
