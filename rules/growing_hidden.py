"""A collection in a closure, on a function or in a default argument that is used as a memo without a bound.

A default value is made once, when `def` runs. An attribute of a function and a cell of a decorator's closure live as
long as the function, that is as long as the module, and what an application's handlers close over as long as they. A
hand-written memo in one of these places keeps an entry for each distinct argument: `N` different arguments, `N`
entries, for ever, and no name by which anybody could clear it.

How to mend: `functools.lru_cache(maxsize=256)` keeps what is used and drops the rest. For a default argument write
`None` and make the collection in the body.

Not flagged, on purpose:

- a default that the body only reads;
- a closure whose function is made and dropped in a call, and the table of a factory that runs at import;
- memos whose arguments are finite: types, enum members, `bool`, `Literal`, functions;
- a memo that removes, or is guarded by its size.

Found in released code: playwright 1.27.1 (the default `visited=Map()` of `ImplToApiMapping`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from leaklint.rule import Finding, Rule

if TYPE_CHECKING:
    from leaklint.project import Project

FLAGGED = [
    """
import functools


def memoize(function):
    known = {}

    @functools.wraps(function)
    def wrapper(*args):
        if args not in known:
            known[args] = function(*args)  # LK104
        return known[args]

    return wrapper


@memoize
def distance(start, end):
    return abs(start - end)
""",
    """
# file: memo.py
def remember(function):
    results = {}

    def inner(key):
        return results.setdefault(key, function(key))  # LK104

    return inner

# file: users.py
from memo import remember


def find(user_id):
    return {"id": user_id}


find_once = remember(find)


def profile(request):
    return find_once(request.user_id)
""",
    """
class memoized:
    def __init__(self, function):
        self.function = function
        self.known = {}

    def __call__(self, *args):
        if args not in self.known:
            self.known[args] = self.function(*args)  # LK103
        return self.known[args]


@memoized
def area(width, height):
    return width * height
""",
    """
def fibonacci(number, known={}):
    if number < 2:
        return number
    if number not in known:
        known[number] = fibonacci(number - 1) + fibonacci(number - 2)  # LK104
    return known[number]
""",
    """
def log(line, lines=[]):
    lines.append(line)  # LK104
    return len(lines)
""",
    """
def on_address(address, *, seen=set()):
    if address in seen:
        return False
    seen.add(address)  # LK104
    return True
""",
    """
def lookup(name, database):
    if name not in lookup.cache:
        lookup.cache[name] = database.get(name)  # LK104
    return lookup.cache[name]


lookup.cache = {}
""",
    """
def count(path):
    if not hasattr(count, "paths"):
        count.paths = []
    count.paths.append(path)  # LK104
    return len(count.paths)
""",
    """
def make_counter():
    seen = set()

    def is_new(address):
        if address in seen:
            return False
        seen.add(address)  # LK104
        return True

    return is_new


is_new_visitor = make_counter()
""",
    """
# What the handlers of an application close over.
from fastapi import FastAPI


def create_app(root):
    app = FastAPI()
    sessions = {}

    @app.post("/sessions")
    async def start(session_id: str):
        sessions[session_id] = root  # LK104
        return session_id

    return app


def serve(root):
    while True:
        start_server(create_app(root))


def start_server(app):
    app.start()
""",
    """
# The state of a closure that is bound anew and keeps all of the old.
def collector():
    lines = ()

    def collect(line):
        nonlocal lines
        lines = lines + (line,)  # LK104
        return lines

    return collect


collect = collector()
""",
]

CLEAN = [
    """
from fastapi import FastAPI


def create_app(root):
    app = FastAPI()
    sessions = {}

    @app.post("/sessions")
    async def start(session_id: str):
        if len(sessions) > 1000:
            sessions.clear()
        sessions[session_id] = root
        return session_id

    return app
""",
    """
from functools import lru_cache


@lru_cache(maxsize=256)
def distance(start, end):
    return abs(start - end)
""",
    """
def memoize(function):
    known = {}

    def wrapper(*args):
        if len(known) > 1000:
            known.clear()
        if args not in known:
            known[args] = function(*args)
        return known[args]

    return wrapper


@memoize
def distance(start, end):
    return abs(start - end)
""",
    """
from collections import OrderedDict


def memoize(limit):
    def decorate(function):
        known = OrderedDict()

        def wrapper(key):
            if key not in known:
                known[key] = function(key)
                if len(known) > limit:
                    known.popitem(last=False)
            return known[key]

        return wrapper

    return decorate


@memoize(100)
def square(number):
    return number * number
""",
    """
def render(template, options={}, tags=[]):
    words = [template]
    for name in sorted(options):
        words.append(name)
    return words + tags
""",
    """
def log(line, lines=None):
    if lines is None:
        lines = []
    lines.append(line)
    return lines
""",
    """
def log(line, lines=[]):
    lines = list(lines)
    lines.append(line)
    return lines
""",
    """
# Made and dropped in one call.
def unique(rows):
    seen = set()

    def is_new(row):
        if row in seen:
            return False
        seen.add(row)
        return True

    return [row for row in rows if is_new(row)]
""",
    """
def schema(model: type, known={}):
    if model not in known:
        known[model] = sorted(vars(model))
    return known[model]
""",
    """
import functools


def once_per_flag(function):
    known = {}

    @functools.wraps(function)
    def wrapper(flag: bool):
        if flag not in known:
            known[flag] = function(flag)
        return known[flag]

    return wrapper


@once_per_flag
def table(flag: bool):
    return [flag]
""",
    """
def settings():
    if not hasattr(settings, "values"):
        settings.values = {}
        for name in ("debug", "port"):
            settings.values[name] = None
    return settings.values
""",
    """
def make_registry():
    checks = []

    def check(function):
        checks.append(function)
        return function

    return check, checks


check, CHECKS = make_registry()


@check
def is_named(row):
    return bool(row.name)
""",
    """
def debounce():
    waiting = {}

    def call(key, function):
        waiting[key] = function
        try:
            return function()
        finally:
            waiting.pop(key, None)

    return call


call = debounce()
""",
]


def judge(project: Project) -> Iterable[Finding]:
    """The closure cells, function attributes and default arguments that grow, each at its first growth."""
    return project.findings("LK104")


RULE = Rule("LK104", "growing-hidden-collection", judge, cwe=(770, 400))
