"""What is held weakly is held strongly by the value beside it, or by its own finalizer.

`weakref.finalize(self, self.close)` keeps its function until `self` dies, and the bound method keeps `self`: it never
dies, and `close` runs when the process ends. A `WeakKeyDictionary` whose values refer to their keys keeps every key, as
CPython has no ephemerons: of 100 keys, 100 are alive after collection.

How to mend: give the finalizer the resource, not the object (`weakref.finalize(self, os.close, self.descriptor)`), with
a function of the module or a `staticmethod`. Keep on the object itself what refers to it.

Not flagged, on purpose:

- values that keep the key in an attribute which is bound again later: the old key may go;
- objects that let go of the key in a method of theirs, `self.client = None`;
- values made from attributes of the key (`names[user] = user.name`), which do not refer to it;
- finalizers of one object that are given another;
- weak maps from which entries are also removed;
- values of which only the running program knows what they refer to: a tree's node that leads to the root it is stored
  under, or an object of a class that the project does not define.

Found in released code: redisvl 0.8.0 (`SearchIndex`), adlfs 0.6.3 (`AzureBlobFileSystem`) and langchain-core 1.8.2
(`EvaluatorCallbackHandler`), each by a finalizer that holds its object.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from leaklint.project.percall.external_calls import external_calls
from leaklint.project.sources import expression
from leaklint.project.storage.lifetimes import PROCESS
from leaklint.project.storage.strong import Strong
from leaklint.rule import Evidence, Finding, Growth, Location, Place, Rule, shortened

if TYPE_CHECKING:
    from leaklint.project import Project
    from leaklint.project.storage.containers import Event
    from leaklint.project.verdict.leaks import Leak

FLAGGED = [
    """
import weakref


class Connection:
    def __init__(self, socket):
        self.socket = socket
        weakref.finalize(self, self.finish)  # LK502

    def finish(self):
        self.socket.close()


def on_request(request):
    return Connection(request.socket)
""",
    """
import weakref


def track(upload):
    weakref.finalize(upload, lambda: print("gone", upload.name))  # LK502
""",
    """
# A function over the object is as strong as a lambda.
import weakref


def track(upload):
    def gone():
        print("gone", upload.name)

    weakref.finalize(upload, gone)  # LK502
""",
    """
import weakref

WRAPPERS = weakref.WeakKeyDictionary()


class Wrapper:
    def __init__(self, client):
        self.client = client


def wrapped(client):
    if client not in WRAPPERS:
        WRAPPERS[client] = Wrapper(client)  # LK502
    return WRAPPERS[client]
""",
    """
# The value keeps the key in an attribute, which the initialiser sets.
import weakref


class Bridge:
    _by_loop = weakref.WeakKeyDictionary()

    def __init__(self, loop):
        self.loop = loop
        Bridge._by_loop[loop] = self  # LK502


def bridge(loop):
    return Bridge._by_loop.get(loop) or Bridge(loop)
""",
    """
import weakref

SESSIONS = weakref.WeakKeyDictionary()


class Session:
    def __init__(self, socket):
        self.socket = socket

    def open(self):
        SESSIONS[self.socket] = self  # LK502


def on_connect(socket):
    Session(socket).open()
""",
    """
import weakref


class Registry:
    _all = weakref.WeakKeyDictionary()

    @classmethod
    def join(cls, member):
        entry = {"member": member, "times": 0}
        cls._all[member] = entry  # LK502
""",
]

CLEAN = [
    """
import weakref


class Connection:
    def __init__(self, socket):
        self.socket = socket
        weakref.finalize(self, socket.close)


def track(upload):
    name = upload.name
    weakref.finalize(upload, print, "gone", name)
""",
    """
import weakref

NAMES = weakref.WeakKeyDictionary()
BACK = weakref.WeakKeyDictionary()
OPEN = weakref.WeakKeyDictionary()
RUNNING = weakref.WeakKeyDictionary()


class Handle:
    def __init__(self, client):
        self.client = weakref.ref(client)


def remember(client):
    NAMES[client] = client.name
    BACK[client] = Handle(client)


class Upload:
    def __init__(self, client):
        self.client = client

    def finish(self):
        self.client = None


def upload(client):
    RUNNING[client] = Upload(client)


def opened(client):
    OPEN[client] = [client]


def closed(client):
    del OPEN[client]
""",
    """
import weakref

KINDS = weakref.WeakKeyDictionary()
VIEWS = weakref.WeakKeyDictionary()
SHOWN = weakref.WeakKeyDictionary()


class View:
    def __init__(self, model, page):
        self._model = weakref.ref(model)
        page.model = model
        VIEWS[model] = self

    @property
    def model(self):
        return self._model()

    def show(self, session):
        VIEWS[self.model] = self
        SHOWN[session] = self
        self.session = session
        KINDS[self.__class__] = self.__class__.__name__


def on_request(model, page, session):
    View(model, page).show(session)
""",
]


_WEAK_KEYS = "weakref.WeakKeyDictionary"


def judge(project: Project) -> Iterator[Finding]:
    """The finalizers and the values of weak maps that hold what they wait for."""
    yield from _finalizers(project)
    yield from _weak_maps(project)


def _finalizers(project: Project) -> Iterator[Finding]:
    calls = external_calls(project)
    for call in calls.named("weakref.finalize"):
        node = calls.node(call)
        if node is None or len(node.args) < 2 or not isinstance(node.args[0], ast.Name):
            continue
        name, strong = node.args[0].id, Strong(project, call.scope)
        passed = [*node.args[1:], *(word.value for word in node.keywords)]
        if not any(strong.holds(each, name) for each in passed):
            continue
        message = f"the finalizer of {name} holds {name} itself, which therefore lives as long as the process"
        yield calls.finding(call, "LK502", "weak-reference-defeated", message, confidence="high", cwe=(401,))


def _weak_maps(project: Project) -> Iterator[Finding]:
    for leak in project.leaks:
        container = leak.container
        made = {each.dotted for each in container.made}
        if made != {_WEAK_KEYS} or container.shrinks or leak.lifetime.span != PROCESS:
            continue
        for event in container.grows:
            if project.phases.runs(event.scope) and _refers(project, event):
                yield _finding(project, leak, event)
                break


def _refers(project: Project, event: Event) -> bool:
    """Whether what is stored refers to the key that it is stored under."""
    use = event.use
    key, value = expression(use.key), expression(use.value)
    if use.op not in ("[]=", "setdefault") or event.ref.depth or value is None:
        return False
    strong = Strong(project, event.scope)
    if isinstance(key, ast.Attribute) and isinstance(key.value, ast.Name):
        return strong.lasts(key.attr) and strong.holds(value, key.value.id)
    return isinstance(key, ast.Name) and strong.holds(value, key.id)


def _finding(project: Project, leak: Leak, event: Event) -> Finding:
    declared, use = leak.container.declared, event.use
    where = Place(declared.module.path, declared.use.row) if declared is not None else None
    function = project.program.name_of(event.scope)
    words = (
        f"the value stored under {use.key} refers to {use.key}, so that no entry ever leaves {leak.container.symbol}"
    )
    return Finding(
        code="LK502",
        name="weak-reference-defeated",
        message=shortened(words),
        filename=event.module.path,
        location=Location(use.row, use.col),
        end_location=Location(use.end_row, use.end_col),
        symbol=leak.container.symbol,
        confidence="high",
        declared=where,
        growth=(Growth(event.module.path, use.row, function),),
        cwe=(401,),
        evidence=(
            Evidence("lifetime", leak.lifetime.filename, leak.lifetime.row, leak.lifetime.reason),
            Evidence("key", event.module.path, use.row, f"{use.value} holds {use.key}"),
        ),
        endpoints=project.reach(event.scope),
    )


RULE = Rule("LK502", "weak-reference-defeated", judge, cwe=(401,))
