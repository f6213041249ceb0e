"""A cache on a method keeps every instance that the method was called on.

The cache belongs to the class, and `self` is part of its key. An instance whose cached method ran once is held by
the cache with all it refers to: the request, the connection, the model. Without a bound that is every instance ever
(a warning); a bounded cache, as the bare `@lru_cache` with its 128 entries, keeps the last ones alive for as long as
the process lives (a note). 128 objects of 10 MB are 1.3 GB.

How to mend: `functools.cached_property` for what depends on `self` alone. Else make the cache in `__init__`
(`self.parse = lru_cache(maxsize=64)(self._parse)`), where it dies with the instance, or cache a function that is
given the key instead of the object.

Not flagged, on purpose:

- classes of which there is one instance, held by a module or class, and classes that are made at start-up only: there
  the arguments decide, as `LK201` says;
- bounded caches of classes whose instances each take the place of a module's variable (`global`): there is one at a
  time;
- in an application, where no entry point that runs again and again is seen to make the instances: low confidence;
- members of enums, methods of metaclasses, static and class methods: `LK201` judges those;
- `cached_property`, and caches that are made per instance;
- bounded caches of classes that say when two objects are equal (`__eq__`, dataclasses, named tuples), as addresses do:
  a few values weigh little, unless a field is a collection;
- caches that are cleared while the process serves (`self.parse.cache_clear()`).

Found in released code: ipython 9.15.0 (`Pdb._cachable_skip`), crewai 1.14.4 (`Repository.is_git_repo`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from leaklint.project.caches.judge import caches_of
from leaklint.rule import Finding, Rule

if TYPE_CHECKING:
    from leaklint.project import Project

FLAGGED = [
    """
from functools import cache, lru_cache


class Document:
    def __init__(self, text):
        self.text = text

    @cache  # LK202
    def words(self):
        return self.text.split()

    @lru_cache(maxsize=None)  # LK202
    def count(self, word):
        return self.words().count(word)


def on_message(message):
    return Document(message.text).count(message.word)
""",
    """
# 128 documents, or one: a note.
from functools import lru_cache


class Document:
    def __init__(self, text):
        self.text = text

    @lru_cache  # LK202
    def words(self):
        return self.text.split()

    @lru_cache(maxsize=1)  # LK202
    def letters(self):
        return sorted(self.text)

    @property
    @lru_cache()  # LK202
    def lines(self):
        return self.text.splitlines()


def on_message(message):
    document = Document(message.text)
    return document.words(), document.letters(), document.lines
""",
    """
from async_lru import alru_cache


class Account:
    def __init__(self, connection):
        self.connection = connection

    @alru_cache(maxsize=None)  # LK202
    async def rights(self):
        return await self.connection.rights()


async def on_request(request):
    return await Account(request.connection).rights()
""",
    """
from functools import lru_cache


class Shape:
    def __init__(self, points):
        self.points = points

    def _area(self, scale):
        return len(self.points) * scale

    area = lru_cache(None)(_area)  # LK202


def on_drawing(drawing):
    return Shape(drawing.points).area(drawing.scale)
""",
    """
# A class that is made in a handler, and held by a module besides.
from functools import cache

from fastapi import FastAPI

app = FastAPI()


class Query:
    def __init__(self, text):
        self.text = text

    @cache  # LK202
    def tokens(self):
        return self.text.split()


EMPTY = Query("")


@app.get("/search")
def search(text: str):
    return (Query(text) or EMPTY).tokens()
""",
    """
# One is current, and the cache keeps all that were.
from functools import lru_cache

_index = None


class Index:
    def __init__(self, rows):
        self.rows = rows

    @lru_cache(maxsize=None)  # LK202
    def find(self, word):
        return [row for row in self.rows if word in row]


def on_upload(upload):
    global _index
    _index = Index(upload.rows)
    return _index.find(upload.word)
""",
    """
# Equal where its contents are, and as large as these.
from functools import lru_cache
from typing import NamedTuple, Sequence


class Cursor(NamedTuple):
    number: int
    states: Sequence[str]

    @property
    @lru_cache(maxsize=1)  # LK202
    def by_key(self):
        return {state[:8]: state for state in self.states}


def on_tick(tick):
    return Cursor(tick.number, tick.states).by_key
""",
]

CLEAN = [
    """
# An application, and a command of it that no endpoint reaches.
from functools import cache

from fastapi import FastAPI

app = FastAPI()


class Watcher:
    def __init__(self, folders):
        self.folders = folders

    @cache
    def root(self, path):
        return next(folder for folder in self.folders if path.startswith(folder))


def watch(changes, folders):
    watcher = Watcher(folders)
    for change in changes:
        print(watcher.root(change))


@app.get("/")
def index():
    return {}
""",
    """
# One is current; the bounded cache keeps few others.
from functools import lru_cache

_index = None


class Index:
    def __init__(self, rows):
        self.rows = rows

    @lru_cache(maxsize=16)
    def find(self, word):
        return [row for row in self.rows if word in row]


def on_upload(upload):
    global _index
    _index = Index(upload.rows)
    return _index.find(upload.word)
""",
    """
# So does a named tuple.
from functools import lru_cache
from typing import NamedTuple


class Region(NamedTuple):
    x: int
    width: int

    @lru_cache(maxsize=1024)
    def grown(self, by):
        return Region(self.x - by, self.width + 2 * by)


def on_request(request):
    return Region(0, request.width).grown(request.margin)
""",
    """
# The last hundred values, not the last hundred objects.
from functools import lru_cache


class Address:
    def __init__(self, number):
        self.number = number

    def __eq__(self, other):
        return self.number == other.number

    def __hash__(self):
        return hash(self.number)

    @property
    @lru_cache
    def is_private(self):
        return self.number >> 24 == 10


def on_request(request):
    return Address(request.number).is_private
""",
    """
from functools import cached_property, lru_cache


class Document:
    def __init__(self, text):
        self.text = text
        self.count = lru_cache(maxsize=64)(self._count)

    @cached_property
    def words(self):
        return self.text.split()

    def _count(self, word):
        return self.words.count(word)


def on_message(message):
    return Document(message.text).count(message.word)
""",
    """
import enum
from functools import cache


class Color(enum.Enum):
    RED = 1
    GREEN = 2

    @cache
    def shades(self):
        return [self.value, self.value + 1]


def on_paint(name):
    return Color[name].shades()
""",
    """
from functools import cache


class Registry:
    def __init__(self):
        self.models = {}

    @cache
    def all_models(self, with_hidden: bool = False):
        return sorted(self.models)


registry = Registry()


def on_request(request):
    return registry.all_models(with_hidden=request.is_admin)
""",
    """
# Made once, when it is first asked for, and what it owns with it.
from functools import cache


class Index:
    @cache
    def size(self):
        return 1


class Catalogue:
    def __init__(self):
        self.index = Index()

    @cache
    def size(self):
        return self.index.size()


_catalogue = None


def on_request(request):
    global _catalogue
    if _catalogue is None:
        _catalogue = Catalogue()
    return _catalogue.size()
""",
    """
from functools import lru_cache


class Document:
    def __init__(self, text):
        self.text = text

    @staticmethod
    @lru_cache(maxsize=100)
    def stem(word):
        return word[:5]

    @classmethod
    @lru_cache(maxsize=100)
    def parse(cls, text):
        return text.split()


def on_message(message):
    return Document.stem(message.word), Document.parse(message.text)
""",
    """
from functools import lru_cache


class Catalogue:
    @lru_cache(maxsize=None)
    def titles(self, language):
        return [language]

    def on_change(self, event):
        self.titles.cache_clear()


def on_request(request):
    return Catalogue().titles(request.language)
""",
    """
# The metaclass's instances are classes.
from functools import cache


class Meta(type):
    @cache
    def fields(cls):
        return sorted(vars(cls))


class Model(metaclass=Meta):
    pass


def on_request(request):
    return Model.fields()
""",
]


def judge(project: Project) -> Iterator[Finding]:
    """The caches on methods whose class has no end of instances."""
    judge = caches_of(project)
    for cache in judge.caches:
        if cache.kind.rule != "LK201" or not judge.keeps_instances(cache) or judge.is_cleared(cache):
            continue
        owner = project.program.class_of(cache.function)
        name = project.program.scope(owner).name if owner is not None else ""
        kept = f"the last ones ({cache.bound})" if cache.bound else "every one"
        sureness = judge.sureness(cache)
        method = project.program.scope(cache.function).name
        yield judge.finding(
            cache,
            "LK202",
            "cached-method",
            f"the cache of {method}() belongs to the class, has self in its key and so keeps {name} instances: {kept}",
            "note" if cache.bound else "warning",
            sureness,
        )


RULE = Rule("LK202", "cached-method", judge, cwe=(401, 770))
