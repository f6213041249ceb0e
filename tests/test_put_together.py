"""What a program may be put together from: each case beside its twin that is shown.

Each case is written with the part that matters between `{}`; with the first filling its growth is not shown, with
the second it is.
"""

from __future__ import annotations

import pytest

from leaklint.loader import load
from leaklint.testing import check, mismatches

CASES: dict[str, tuple[str, str, str]] = {
    "in a library, an object in a module's variable of a class of which others are made": (
        """
class Files:
    def __init__(self):
        self.files = {{}}

    def add(self, user_id):
        self.files[user_id] = 1  # MARK


EMPTY = Files()


def ask():
    return {}
""",
        "Files()",
        "EMPTY",
    ),
    "what an object of a framework holds, and the framework does not drive": (
        """
import logging


class Rules:
    def __init__(self):
        self.rules = {{}}

    def add(self, user_id, rule):
        self.rules[user_id] = rule  # MARK


class Chat(logging.Handler):
    def __init__(self):
        super().__init__()
        self.rules = Rules()

    def emit(self, record):
        {}
""",
        "print(record)",
        "self.rules.add(record.user_id, record)",
    ),
    "what only the start of an application empties, and no entry point fills": (
        """
from flask import Flask, request

app = Flask(__name__)
CALLS = []


def add(call):
    CALLS.append(call)  # MARK


def setup():
    CALLS.clear()


@app.route("/")
def index():
    {}
    return ""
""",
        "print(request)",
        "add(request.args)",
    ),
    "a function that its caller gives, wrapped": (
        """
READERS = {{}}


def wrap(fn):
    def read():
        return fn()

    return read


def set_reader(input_id, fn, value):
    READERS[input_id] = {}  # MARK
""",
        "wrap(fn)",
        "wrap(value)",
    ),
    "one of the keyword arguments, by a word that tells of few": (
        """
from flask import Flask

app = Flask(__name__)
PATHS = {{}}


@app.route("/")
def index():
    return str(PATHS)


def add(**words):
    place = words.get("{}")
    PATHS[place] = 1  # MARK
""",
        "callback_name",
        "user_id",
    ),
    "the parts of a program, by what tells them apart": (
        """
CALLS = {{}}


def insert({0}):
    CALLS[{0}] = 1  # MARK
""",
        "callback_id",
        "user_id",
    ),
    "the fields of a message": (
        """
from flask import Flask

app = Flask(__name__)
STATE = {{}}


@app.route("/")
def index():
    return str(STATE)


def receive({0}):
    STATE.update({0})  # MARK
""",
        "message",
        "sessions",
    ),
    "what a process does when it begins as a fork of another": (
        """
import os

OLD = []
POOLS = {{}}


def forget():
    OLD.extend(POOLS.values())  # MARK


def begin():
    {}


begin()
""",
        "os.register_at_fork(after_in_child=forget)",
        "print(POOLS)",
    ),
    "the modules of a program": (
        """
import sys

from flask import Flask

app = Flask(__name__)
MODULES = {{}}


@app.route("/")
def index():
    return str(MODULES)


def load(session, path):
    module = compile(session, path, "exec")
    {}[path] = module  # MARK
    return module
""",
        "sys.modules",
        "MODULES",
    ),
    "the routes of an application that a server calls": (
        """
class App:
    def __init__(self):
        self.routes = {{}}

    def __call__(self, environ, start_response):
        {}
        return []

    def put(self, user_id):
        self.routes[user_id] = 1  # MARK
""",
        "print(environ)",
        "self.put(environ['user_id'])",
    ),
    "what an application shares with what it is put together of": (
        """
class Routes:
    def __init__(self):
        self.folders = {{}}

    def {}(self, address, folder):
        self.folders[address] = folder  # MARK


class App(Routes):
    def __call__(self, environ, start_response):
        return self.folders


class Blueprint(Routes):
    def {}(self, address, folder):
        return super().{}(address, folder)


APP, USERS = App(), Blueprint()
""",
        "static",
        "remember",
    ),
    "in a library, an object in a module's variable of a class from which others derive": (
        """
class Tasks:
    def __init__(self):
        self.tasks = {{}}

    def note(self, user_id):
        self.tasks[user_id] = 1  # MARK


BUILTIN = Tasks()


class App({}):
    pass
""",
        "Tasks",
        "object",
    ),
    "in a library, an object that is a default, of a class of which others are made": (
        """
class Tasks:
    def __init__(self):
        self.tasks = {{}}

    def note(self, user_id):
        self.tasks[user_id] = 1  # MARK


def run(tasks=Tasks()):
    tasks.note(input())


def begin():
    run({})
""",
        "Tasks()",
        "",
    ),
    "what the function that fills it makes anew": (
        """
class Parts:
    def __init__(self):
        self.parts = []

    def _fill(self, data):
        {}
        for each in data:
            self.parts.append(each)  # MARK


PARTS = Parts()
""",
        "self.parts = []",
        "print(self.parts)",
    ),
    "collections that are emptied one by one from a list": (
        """
import threading


class Session:
    def __init__(self):
        self.thread = threading.Thread()
        self.calls = {{}}
        self.answers = {{}}

    def call(self, request_id):
        self.calls[request_id] = 1  # MARK

    def begin(self):
        every = [self.calls, self.answers]
        for each in every:
            {}

    def start(self):
        print(self.calls)

    def stop(self):
        print(self.calls)
""",
        "each.clear()",
        "print(each)",
    ),
    "what somebody runs, whatever it is told by": (
        """
import threading


class Sessions:
    def __init__(self):
        self.thread = threading.Thread()
        self.sessions = {{}}

    def open(self, {0}):
        self.sessions[{0}] = 1  # MARK

    def send(self, request):
        self.open(request.url)

    def start(self):
        print(self.sessions)

    def stop(self):
        self.sessions.clear()
""",
        "proxy_url",
        "place",
    ),
    "the streams of a process": (
        """
from functools import cache


@cache  # MARK
def width({0}):
    return len({0})
""",
        "stream",
        "text",
    ),
    "in a library, one of the objects that others make too": (
        """
class Context:
    def __init__(self):
        self.parts = {{}}

    def note(self, user_id):
        self.parts[user_id] = 1  # MARK


class Task:
    def __init__(self):
        self.context = Context()


TASK = Task()


def trace():
    return {}()
""",
        "Context",
        "dict",
    ),
    "what a name tells of few, and what is only the result of something": (
        """
import datetime

from flask import Flask

app = Flask(__name__)
TIMES = {{}}


@app.route("/")
def index():
    return str(TIMES)


def at(timestamp):
    {0} = datetime.datetime.fromtimestamp(timestamp)
    TIMES[({0}, repr({0}.tzinfo))] = 1  # MARK
""",
        "reason",
        "result",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_silent(name: str) -> None:
    source, silent, _ = CASES[name]
    assert mismatches(source.format(silent, silent, silent).replace("  # MARK", ""), load()) == []


@pytest.mark.parametrize("name", CASES)
def test_its_twin_is_shown(name: str) -> None:
    source, _, shown = CASES[name]
    found = [str(each) for each in mismatches(source.format(shown, shown, shown).replace("  # MARK", ""), load())]
    row = source.split("# MARK")[0].count("\n")
    assert [each.partition(": ")[0] for each in found] == [f"example.py:{row}"], found


MAKER = """
from functools import cache


class Client:
    @cache
    def names(self):
        return []


def client():
    return Client()


def session():
    return {}()
"""


@pytest.mark.parametrize(("called", "confidence"), [("client", "high"), ("list", "medium")])
def test_who_makes_instances_tells_how_sure_a_cached_method_is(called: str, confidence: str) -> None:
    found = check({"example.py": MAKER.format(called)}, load())
    assert [(each.code, each.confidence) for each in found] == [("LK202", confidence)]
