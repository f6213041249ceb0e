"""A metric's label, or its name, takes values that a client chooses.

Each combination of label values is a time series of its own, kept by the client library until the process ends and by
the metrics server after that. A label with the path of the request grows with every scanner: 10,000 made-up paths and
a histogram of 15 buckets are 170,000 series, about 100 MB in the process and many times that in the server.

How to mend: use values from a short list: the route's template, the status class, the kind of error. What names a
user, a request or an address belongs into logs or traces.

Not flagged, on purpose:

- values of a finite domain, and values of which nothing is known;
- files that remove labels again (`remove`, `clear`);
- constants of a class, members of enums and names of types;
- OpenTelemetry's instruments, which keep at most 2,000 sets of attributes, and `statsd`, which keeps nothing.

Found in released code: starlette-exporter 0.1.0 and starlette-prometheus 0.3.0 (the raw path as a label),
aiohttp-prometheus-exporter 0.2.4 (the address of the client).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from leaklint.facts import Op
from leaklint.project.domains.domain import Domain, Drive
from leaklint.project.domains.outside import drive_of, load_outside
from leaklint.project.percall.external_calls import ExternalCall, external_calls
from leaklint.rule import Finding, Rule

if TYPE_CHECKING:
    from leaklint.project import Project

FLAGGED = [
    """
from fastapi import FastAPI
from prometheus_client import Counter

app = FastAPI()
VIEWS = Counter("views", "Views of a user's page", ["user"])


@app.get("/users/{user_id}")
def user(user_id: str):
    VIEWS.labels(user=user_id).inc()  # LK701
    return user_id
""",
    """
import uuid

from prometheus_client import Histogram

SECONDS = Histogram("seconds", "Time of a job", ["job"])


def run(job):
    with SECONDS.labels(str(uuid.uuid4())).time():  # LK701
        job()
""",
    """
from prometheus_client import Counter
from starlette.middleware.base import BaseHTTPMiddleware

REQUESTS = Counter("requests", "Requests by path", ("method", "path"))


class Metrics(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        path = request.url.path
        response = await call_next(request)
        REQUESTS.labels(request.method, path).inc()  # LK701
        return response
""",
]

CLEAN = [
    """
from fastapi import FastAPI
from prometheus_client import Counter

app = FastAPI()
VIEWS = Counter("views", "Views of pages", ["page", "method"])


@app.get("/users/{user_id}")
def user(user_id: str):
    VIEWS.labels("user", method="GET").inc()
    return user_id
""",
    """
from fastapi import FastAPI
from prometheus_client import Counter

app = FastAPI()
ONLINE = Counter("online", "Views while somebody is there", ["user"])


@app.websocket("/users/{user_id}")
async def user(websocket, user_id: str):
    ONLINE.labels(user_id).inc()
    try:
        await websocket.receive_text()
    finally:
        ONLINE.remove(user_id)
""",
    """
# One of two words, whatever the client says.
from enum import Enum

from fastapi import FastAPI
from prometheus_client import Counter

app = FastAPI()


class Status(Enum):
    running = "running"
    stopped = "stopped"

    @classmethod
    def of(cls, name):
        return cls.running if name.startswith("job-") else cls.stopped


POLLS = Counter("polls", "Polls by status", ["status"])


@app.get("/jobs/{name}")
def job(name: str):
    POLLS.labels(status=Status.of(name)).inc()
    return name
""",
    """
# Whoever makes the routes gives each its name.
import functools

from prometheus_client import Counter
from starlette.applications import Starlette
from starlette.routing import Route

CALLS = Counter("calls", "Calls by name", ["name"])


async def answer(name, request):
    CALLS.labels(name=name).inc()


def application(methods):
    return Starlette(routes=[Route(each.path, functools.partial(answer, each.name)) for each in methods])
""",
]

_ATTR = int(Op.ATTR)
_OF_CODE = re.compile(r"[A-Z][A-Z0-9_]*|value|__\w+__")
"""Attributes whose values the code fixes: constants of a class, members of an enum, names of types."""


def judge(project: Project) -> Iterator[Finding]:
    """The labels whose values a client, the time or chance chooses."""
    calls = external_calls(project)
    for call in calls.named(*load_outside().labels):
        if not project.phases.runs(call.scope) or _is_removed(call):
            continue
        drive = _drive(project, call)
        if drive.domain < Domain.IDENTITY:
            continue
        yield calls.finding(
            call,
            "LK701",
            "unbounded-metric-label",
            f"every new value of the label is a time series that is never freed; label ← {drive.text}",
            severity="error" if drive.domain == Domain.CLIENT else "warning",
            confidence="high",
            cwe=(770, 400),
        )


def _is_removed(call: ExternalCall) -> bool:
    """Whether the file of the call takes labels out of a metric."""
    return any(each[3] in ("remove", "remove_by_labels", "clear") for each in call.module.instructions(_ATTR))


def _drive(project: Project, call: ExternalCall) -> Drive:
    """The join of the labels' values."""
    node = external_calls(project).node(call)
    if node is None:
        return Drive(Domain.UNKNOWN)
    values = [*node.args, *(word.value for word in node.keywords)]
    return max((_of(project, value, call.scope) for value in values), default=Drive(Domain.FINITE))


def _of(project: Project, value: ast.expr, scope: int) -> Drive:
    """What a value may be; other than a client's, only what is seen near the label is believed."""
    if isinstance(value, ast.Attribute) and _OF_CODE.fullmatch(value.attr):
        return Drive(Domain.FINITE)
    drive = drive_of(project, value, scope)
    if drive.domain == Domain.CLIENT:
        return drive
    given = {param.name for param in project.program.scope(scope).params}
    if isinstance(value, ast.Name) and value.id in given:
        return Drive(Domain.UNKNOWN)
    return project.domains.of(value, scope, 2)


RULE = Rule("LK701", "unbounded-metric-label", judge, cwe=(770, 400))
