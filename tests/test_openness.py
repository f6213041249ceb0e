"""What is shown and what is kept back: each case beside its twin, the same code but for what tells of an end.

Each case is written with the part that matters between `{}`; with the first filling its growth is not shown, with
the second it is.
"""

from __future__ import annotations

import pytest

from leaklint.loader import load
from leaklint.testing import check, mismatches

APPLICATION = """
from flask import Flask

app = Flask(__name__)


@app.get("/")
def index():
    return "hello"
"""

Filling = str | tuple[str, str]

CASES: dict[str, tuple[str, Filling, Filling]] = {
    "in an application, names that outside calls don't bring": (
        APPLICATION
        + """
STYLES = {{}}


def style({}):
    STYLES[{}] = object()  # MARK
""",
        "dimension",
        "user_id",
    ),
    "names that a module is asked for": (
        """
LOADED = {{}}


def {}(item_id):
    LOADED[item_id] = object()  # MARK
    return LOADED[item_id]
""",
        "__getattr__",
        "find",
    ),
    "in an application, servers that somebody runs": (
        APPLICATION
        + """
LAST_SEEN = {{}}


def heard({0}):
    LAST_SEEN[{0}] = object()  # MARK
""",
        "broker_id",
        "job_id",
    ),
    "in a library, words of settings that its own code passes on": (
        """
POOLS = {{}}


def pool({0}):
    POOLS[{0}] = object()  # MARK
    return POOLS[{0}]


def fetch(holder):
    return pool(holder.given)
""",
        "proxy",
        "user_id",
    ),
    "in a library, what its own code passes on, and what its users bring": (
        """
POOLS = {{}}


def pool(thing):
    POOLS[thing] = object()  # MARK
    return POOLS[thing]


def fetch(given):
    return pool({})


def style():
    return open("style").read()
""",
        "style()",
        "given",
    ),
    "in a library, functions that declare": (
        """
SCHEMES = {{}}


def {}(name, given):
    SCHEMES[name] = given  # MARK
""",
        "register_scheme",
        "keep_scheme",
    ),
    "keys whose windows are pruned": (
        """
class WindowStore:
    def __init__(self):
        self.windows = {{}}

    def add(self, {0}, message):
        self.windows.setdefault({0}, []).append(message)  # MARK

    def prune(self, {0}):
        self.windows[{0}].clear()

    def close(self):
        pass
""",
        "dimension",
        "user_id",
    ),
    "the name of an event": (
        """
class HookClient:
    def __init__(self):
        self.hooks = {{}}

    def dispatch(self, event: {}):
        self.hooks["on_" + event.lower()] = object()  # MARK

    def close(self):
        pass
""",
        "str",
        "bytes",
    ),
    "what is read from a part of the program": (
        """
class RouteManager:
    def __init__(self):
        self.known = {{}}

    def keep(self, {0}):
        self.known[{0}.path] = {0}  # MARK

    def close(self):
        pass
""",
        "route",
        "page",
    ),
    "in an application, one of the arguments, and all of them": (
        APPLICATION
        + """
STYLES = {{}}


def style(*names):
    for name in names:
        STYLES[{}] = object()  # MARK
""",
        "name",
        "names",
    ),
    "in an application, the keys of another collection": (
        APPLICATION
        + """
STRATEGIES = {{}}


def refresh(owner):
    for name, task in {}.items():
        STRATEGIES[name] = task.strategy()  # MARK
""",
        "owner.tasks",
        "found(owner.session)",
    ),
    "a key put together from others": (
        APPLICATION
        + """
PAGES = {{}}


def page(layout, {}):
    key = f"{{layout}}:{{{}}}"
    PAGES[key] = object()  # MARK
""",
        "theme",
        "token",
    ),
    "connections by the address of a server": (
        """
from sqlalchemy import create_engine

ENGINES = {{}}


def engine(url, {}):
    if {} not in ENGINES:
        ENGINES[{}] = create_engine(url)  # MARK
    return ENGINES[{}]
""",
        "url",
        "session_id",
    ),
    "a function that warns of each thing once": (
        """
SEEN = set()


def {}(text):
    if text not in SEEN:
        SEEN.add(text)  # MARK
        print(text)
""",
        "warn_once",
        "show_search",
    ),
    "a mistake in the code that is warned of once": (
        """
import warnings

SEEN = set()


def read(key):
    if key not in SEEN:
        SEEN.add(key)  # MARK
        {}("not known")
""",
        "warnings.warn",
        "print",
    ),
    "a folder that a program is told of": (
        """
LINKS = {{}}


def links({}):
    LINKS[{}] = True  # MARK
""",
        "cache_dir",
        "path",
    ),
    "a stand-in for tests": (
        """
class {}:
    def __init__(self):
        self.requests = []

    def call(self, request):
        self.requests.append(request)  # MARK


CHANNEL = {}()
""",
        "ChannelStub",
        "Channel",
    ),
    "in an application, the object of a type, and of a session": (
        APPLICATION
        + """
class Part:
    pass


class System:
    def __init__(self):
        self.used = set()

    def part(self, word):
        return Part()

    def use(self, {}):
        part = self.part({})
        self.used.add(part)  # MARK


SYSTEM = System()
""",
        "type",
        "session",
    ),
    "the name of a definition": (
        """
FOLDERS = {{}}


def folder(model):
    FOLDERS[model.{}.split(".")[0]] = object()  # MARK
""",
        "__view_module__",
        "text",
    ),
    "a method that gives back the object it is called on": (
        """
class Settings:
    def __init__(self):
        self.headers = []

    def with_header(self, key, value):
        self.headers.append((key, value))  # MARK
        return self


DEFAULTS = Settings()


def create(key, value):
    settings = {}
    settings = settings.with_header("agent", "x")
    settings = settings.with_header(key, value)
    return settings.headers
""",
        "Settings()",
        "DEFAULTS",
    ),
    "an attribute that a call sets up and takes down again": (
        """
import threading


class Session:
    def __init__(self):
        self.lock = threading.Lock()
        self.writes = None

    def write(self, text):
        self.writes.append(text)  # MARK

    def run(self, work):
        if self.writes is not None:
            raise RuntimeError
        self.writes = []
        work(self)
        {}


SESSION = Session()
""",
        "self.writes = None",
        "print(self.writes)",
    ),
    "an object that one call makes and ends": (
        """
import threading


class Submitter:
    def __init__(self, jobs):
        self.jobs = jobs
        self.lock = threading.Semaphore(3)
        self.times = []

    def work(self):
        for job in self.jobs:
            self.times.append(job())  # MARK

    def shutdown(self):
        self.jobs = ()


{}


def evaluate(jobs):
    submitter = {}
    submitter.work()
    submitter.shutdown()
""",
        ("", "Submitter(jobs)"),
        ("SUBMITTER = Submitter(())", "SUBMITTER"),
    ),
    "something that a program is put together from": (
        APPLICATION
        + """
ROUTES = []


def {}(path, name):
    ROUTES.append(dict(path=path, name=name))  # MARK


@app.post("/start")
def start():
    {}("/", "start")
""",
        "append_page",
        "visit",
    ),
    "a callback given to a static method": (
        """
class Span:
    started = []

    @staticmethod
    def watch({}):
        Span.started.append({})  # MARK
""",
        "callback",
        "message",
    ),
    "the keys of a mapping, whatever it maps them to": (
        """
from fastapi import FastAPI

api = FastAPI()
DEFAULTS = {{}}


def store(updates):
    for key, value in updates.items():
        DEFAULTS[key] = value  # MARK


@api.post("/titles")
def change(title: str):
    updates = {{}}
    updates[{}] = title
    store(updates)
""",
        "'title'",
        "title",
    ),
}


def _source(name: str, filling: Filling) -> str:
    template = CASES[name][0]
    parts = filling if isinstance(filling, tuple) else (filling,) * template.count("{}")
    return template.format(*parts).replace("  # MARK", "")


@pytest.mark.parametrize("name", CASES)
def test_not_shown(name: str) -> None:
    assert mismatches(_source(name, CASES[name][1]), load()) == []


@pytest.mark.parametrize("name", CASES)
def test_its_twin_is_shown(name: str) -> None:
    template, _, filling = CASES[name]
    found = [str(each).partition(": ")[0] for each in mismatches(_source(name, filling), load())]
    assert found == [f"example.py:{template.split('# MARK')[0].count(chr(10))}"]


@pytest.mark.parametrize(
    ("key", "confidence", "severity"),
    [("number", "high", "error"), ("TABLE.find_by_path(number).id", "medium", "warning")],
)
def test_what_is_stored_under_a_clients_word_is_not_the_clients(key: str, confidence: str, severity: str) -> None:
    source = f"""{APPLICATION}
import threading
from project import TABLE

LOCKS = {{}}


@app.post("/docs/<number>")
def save(number):
    LOCKS.setdefault({key}, threading.Lock())
"""
    found = [each for each in check({"example.py": source}, load()) if each.code == "LK106"]
    assert [(each.confidence, each.severity) for each in found] == [(confidence, severity)]


def test_what_nothing_from_outside_reaches_is_not_high() -> None:
    source = "import uuid\n\nSEEN = {}\n\n\ndef start():\n    SEEN[uuid.uuid4()] = 1\n\n\ndef visit():\n    start()\n"
    assert [each.confidence for each in check({"example.py": source}, load())] == ["medium"]
