"""The words of the models, what clients fill, how long instances live, and frameworks that are not installed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from declared_entries import DECLARED

from leaklint.config import Settings
from leaklint.discover import describe
from leaklint.index import index_source
from leaklint.models import ModelError, load_models
from leaklint.pipeline import link
from leaklint.project.entries.entrypoints import EntryPoint
from leaklint.project.facade import Project

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


def project(files: dict[str, str], words: str = "") -> Project:
    """A project held in memory; `words` are a user's own entry points."""
    extra = tuple(tomllib.loads(words)["entry-points"]) if words else ()
    settings = Settings(root=Path("/example"), entry_points=extra)
    sources = {name: text.encode() for name, text in files.items()}
    facts = {name: index_source(source) for name, source in sources.items()}
    return link(describe(sources, ()), facts, settings, lambda path: files[path])


def found(text: str, words: str = "") -> dict[str, EntryPoint]:
    """The entry points of one file by the name of their function."""
    linked = project({"app.py": text}, words)
    return {linked.program.name_of(each.function).removeprefix("app."): each for each in linked.entry_points}


def lifetime(text: str, name: str) -> str | None:
    linked = project({"app.py": text})
    value: Any = linked.program.resolve(f"app.{name}")
    return linked._entries.instance_lifetime(value.gid)


OWN = """
[[entry-points]]
framework = "house"
calls = ["subscribe"]
on = ["house.Bus"]
kind = "message"
rhythm = "message"
path = [0, "topic"]
handler = [1, "callback"]
client = "all"

[[entry-points]]
framework = "house"
calls = ["house.every"]
kind = "schedule"
rhythm = "tick"

[[entry-points]]
framework = "house"
bases = ["house.Worker"]
hooks = ["on_*", "handle"]
kind = "task"
rhythm = "task"
lifetime = "process"

[[entry-points]]
framework = "house"
functions = ["consume_*"]
parameters = ["event"]
kind = "message"
rhythm = "message"
client = "all"
"""

HOUSE = """
from house import Bus, Worker, every

bus = Bus()


def saved(message):
    pass


bus.subscribe("orders", saved)


@every(10)
def sweep():
    pass


class Mailer(Worker):
    def on_start(self):
        pass

    def handle(self, job):
        pass

    def other(self):
        pass


def consume_orders(event):
    pass


def consume(event):
    pass
"""


def test_a_users_own_words() -> None:
    entries = found(HOUSE, OWN)
    assert {name: (each.kind, each.rhythm) for name, each in entries.items()} == {
        "saved": ("message", "message"),
        "sweep": ("schedule", "tick"),
        "Mailer.on_start": ("task", "task"),
        "Mailer.handle": ("task", "task"),
        "consume_orders": ("message", "message"),
    }
    assert entries["saved"].path == "orders"
    assert entries["saved"].client_params == ("message",)
    assert entries["saved"].framework == "house"


def test_without_the_words_nothing_is_known() -> None:
    assert found(HOUSE) == {}


@pytest.mark.parametrize(
    "words",
    [
        {"calls": ["a.b"], "unknown": 1},
        {"calls": ["a.b"], "rhythm": "sometimes"},
        {"kind": "task"},
        {"calls": ["a.b"], "bases": ["a.C"]},
        {"calls": ["@nobody"]},
    ],
)
def test_words_without_a_meaning(words: dict[str, Any]) -> None:
    with pytest.raises(ModelError):
        load_models([words])


def test_every_model_names_what_it_speaks_of() -> None:
    """No rule is written twice under the same name and kind."""
    seen: dict[tuple[object, ...], str] = {}
    for rule in load_models([]).rules:
        for name in (*(f"{on}.{call}" for call in rule.calls for on in rule.on or ("",)), *rule.bases):
            key = name, rule.kind, rule.rhythm, rule.hooks, rule.provides, rule.handler, rule.items, rule.path
            assert key not in seen, f"{name}: {rule.framework} and {seen[key]}"
            seen[key] = rule.framework


CLIENTS = {
    "flask": (
        """
from flask import Flask
app = Flask(__name__)
@app.get("/u/<name>")
def view(name): ...
""",
        "view",
        ("name",),
    ),
    "fastapi": (
        """
from typing import Annotated
from fastapi import Depends, FastAPI, Response, BackgroundTasks
app = FastAPI()
def db(): ...
@app.get("/u/{name}")
def view(
    name: str, response: Response, tasks: BackgroundTasks, q: str = "",
    one=Depends(db), two: Annotated[int, Depends(db)] = 1,
): ...
""",
        "view",
        ("name", "q"),
    ),
    "celery": (
        """
from celery import shared_task
@shared_task
def work(user_id): ...
""",
        "work",
        ("user_id",),
    ),
    "tornado": (
        """
from tornado.web import RequestHandler
class H(RequestHandler):
    def get(self, name): ...
""",
        "H.get",
        ("name",),
    ),
}


@pytest.mark.parametrize("name", sorted(CLIENTS))
def test_what_a_client_fills(name: str) -> None:
    text, function, params = CLIENTS[name]
    assert found(text)[function].client_params == params


LIFETIMES = {
    ("from starlette.middleware.base import BaseHTTPMiddleware\nclass C(BaseHTTPMiddleware):\n    pass\n", "process"),
    ("from django.views import View\nclass C(View):\n    pass\n", "request"),
    ("from tornado.web import RequestHandler\nclass C(RequestHandler):\n    pass\n", "request"),
    ("from flask.views import MethodView\nclass C(MethodView):\n    pass\n", "request"),
    ("from channels.generic.websocket import WebsocketConsumer\nclass C(WebsocketConsumer):\n    pass\n", "connection"),
    ("import asyncio\nclass C(asyncio.Protocol):\n    pass\n", "connection"),
    ("import logging\nclass C(logging.Handler):\n    pass\n", "process"),
    ("from celery import Task\nclass C(Task):\n    pass\n", "process"),
    ("from http.server import BaseHTTPRequestHandler\nclass C(BaseHTTPRequestHandler):\n    pass\n", "request"),
    ("import falcon\nclass C:\n    def on_get(self, req): ...\nfalcon.App().add_route('/', C())\n", "process"),
    ("from fastapi import FastAPI\nclass C:\n    pass\napp = FastAPI()\napp.add_middleware(C)\n", "process"),
    ("from hello_pb2_grpc import GreeterServicer\nclass C(GreeterServicer):\n    pass\n", "process"),
    ("from discord.ext.commands import Cog\nclass C(Cog):\n    pass\n", "process"),
    ("class C:\n    pass\n", None),
}


@pytest.mark.parametrize(("text", "wanted"), sorted(LIFETIMES, key=str))
def test_how_long_instances_live(text: str, wanted: str | None) -> None:
    assert lifetime(text, "C") == wanted


@pytest.mark.parametrize("declared", DECLARED.strip("\n= ").split("\n=== "), ids=lambda text: text.split()[0])
def test_declarations(declared: str) -> None:
    """One entry point each, of the rhythm and path that stand above it."""
    head, _, text = declared.partition("\n")
    rhythm, path = (*head.split()[1:], "")[:2]
    entries = [each for each in found(text).values() if each.rhythm == rhythm]
    assert len(entries) == 1
    assert not path or entries[0].path == path


QUIET = {
    "startup": "from fastapi import FastAPI\napp = FastAPI()\n@app.on_event('startup')\ndef f(): ...\n",
    "command": "from flask import Flask\napp = Flask('x')\n@app.cli.command()\ndef f(): ...\n",
    "atexit": "import atexit\ndef f(): ...\natexit.register(f)\n",
}


@pytest.mark.parametrize("name", sorted(QUIET))
def test_what_runs_once_is_no_endpoint(name: str) -> None:
    linked = project({"app.py": QUIET[name]})
    assert all(each.rhythm == "once" for each in linked.entry_points)
    assert not [each for each in linked.endpoints() if each["rhythm"] != "once"]


INSIDE = """
class Bus:
    def subscribe(self, topic, callback):
        self.callbacks = {topic: callback}


class Worker:
    def start(self):
        pass


def every(seconds):
    def keep(function):
        return function

    return keep
"""


def test_words_about_the_projects_own_classes() -> None:
    linked = project({"house.py": INSIDE, "app.py": HOUSE}, OWN)
    names = {linked.program.name_of(each.function) for each in linked.entry_points}
    assert names == {"app.saved", "app.sweep", "app.Mailer.on_start", "app.Mailer.handle", "app.consume_orders"}
    mailer: Any = linked.program.resolve("app.Mailer")
    assert linked._entries.instance_lifetime(mailer.gid) == "process"


DECORATED = """
from discord.ext import commands as ext


def command(name=None, **attrs):
    return ext.command(name, **attrs)


def group(name=None, **attrs):
    return ext.group(name, **attrs)


def helper(name=None):
    return str(name)


class Music:
    @command()
    async def play(self, ctx, title): ...

    @group(invoke_without_command=True)
    async def queue(self, ctx): ...

    @queue.command(name="clear")
    async def queue_clear(self, ctx): ...

    @queue.group()
    async def queue_edit(self, ctx): ...

    @queue_edit.command()
    async def queue_edit_move(self, ctx, old: int, new: int): ...

    @helper()
    def skip(self): ...
"""


def test_decorators_of_ones_own_around_a_frameworks() -> None:
    names = {"Music.play", "Music.queue", "Music.queue_clear", "Music.queue_edit", "Music.queue_edit_move"}
    assert found(DECORATED).keys() == names


CORNICE = """
from cornice import Service

users = Service(name="users", path="/users/{id}")


@users.get()
def get_user(request): ...


@users.put(validators=())
def put_user(request): ...
"""


def test_services_of_cornice() -> None:
    assert {each.name for each in found(CORNICE).values()} == {"GET /users/{id}", "PUT /users/{id}"}


def test_a_table_of_objects_made_by_a_decorated_function_costs_little() -> None:
    """What stands before the dot is looked up once, not for every row of the table."""
    rows = "".join(f"        ('/r{n}', Resource(driver.a.b.c, driver.d.e.f)),\n" for n in range(40))
    text = (
        "import functools\nimport falcon\n"
        "def keep(fn):\n    @functools.wraps(fn)\n    def inner(driver):\n        return fn(driver)\n    return inner\n"
        "class Resource:\n    def __init__(self, *args): ...\n    def on_get(self, req, resp): ...\n"
        f"@keep\ndef table(driver):\n    return [\n{rows}    ]\n"
        "class Driver:\n    def __init__(self, app=None):\n        self.app = app or self.make()\n"
        "    def make(self):\n        self.app = falcon.App()\n"
        "        for prefix, routes in [('/v1', table(self)), ('/v2', table(self))]:\n"
        "            for path, resource in routes:\n                self.app.add_route(prefix + path, resource)\n"
    )
    assert len([each for each in project({"app.py": text}).entry_points if each.kind == "route"]) == 80


def test_a_loop_that_looks_for_a_free_key_is_not_endless() -> None:
    text = """
def consume(queue):
    while True:
        print(queue.get(True, 5))

def poll(session, url):
    while True:
        print(session.get(url))

def free(table, key):
    while True:
        if table.get(key) is None:
            break
        print(key)
        key += 1
"""
    assert found(text).keys() == {"consume", "poll"}


def test_every_function_below_a_bare_decorator() -> None:
    text = "from celery import shared_task\n@shared_task\ndef a(): ...\n@shared_task\ndef b(): ...\n"
    assert found(text).keys() == {"a", "b"}


def test_views_of_an_instance() -> None:
    text = (
        "from django.urls import path\nfrom rest_framework.views import APIView\n"
        "class Files(APIView):\n    def get(self, request): ...\n"
        "urlpatterns = [path('files', Files().as_view(suffix='x'))]\n"
    )
    assert found(text)["Files.get"].path == "/files"


STREAMS = """
[[entry-points]]
framework = "house"
iterates = ["house.Bus", "house.*.messages"]
kind = "loop"
rhythm = "item"

[[entry-points]]
framework = "house"
assigned = ["on_order"]
on = ["house.Bus"]
kind = "message"
rhythm = "message"
client = "all"
"""

LISTENER = """
from house import Bus


def ordered(order):
    pass


def listen():
    bus = Bus()
    bus.on_order = ordered
    bus.other = listen
    for message in bus:
        print(message)


async def follow(name):
    bus = Bus()
    async for message in bus.messages:
        print(message)


def first():
    for message in Bus():
        return message


def until(word):
    for message in Bus():
        if message == word:
            break
"""


def test_loops_over_what_goes_on_and_functions_that_are_set() -> None:
    entries = found(LISTENER, STREAMS)
    assert {name: (each.kind, each.rhythm) for name, each in entries.items()} == {
        "listen": ("loop", "item"),
        "follow": ("loop", "item"),
        "ordered": ("message", "message"),
    }
    assert entries["ordered"].client_params == ("order",)


def test_a_library_that_the_project_brings_along() -> None:
    library = "class Bottle:\n    def route(self, path=None, method='GET', callback=None):\n        pass\n"
    files = {
        "shop/__init__.py": "",
        "shop/inner/__init__.py": "",
        "shop/inner/bottle.py": library,
        "shop/web.py": "from shop.inner.bottle import Bottle\n\n\ndef setup(app: Bottle):\n"
        "    app.route('/health', 'GET', health)\n\n\ndef health():\n    return ''\n",
    }
    assert [(each.methods, each.path) for each in project(files).entry_points] == [(("GET",), "/health")]


POLLING = """
import time


def wait_for(job):
    while True:
        found = job.read()
        if found.done:
            return found
        time.sleep(1)


def serve(job):
    while True:
        job.work()
        if job.stopped:
            return
        time.sleep(1)
"""


def test_a_loop_that_returns_what_its_caller_waits_for_is_no_service() -> None:
    assert set(found(POLLING)) == {"serve"}
