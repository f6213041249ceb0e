"""A handler, callback or listener is registered on every call or for every instance, and never taken back.

The registry lives as long as the process: the logger, the signal, `atexit`. Each registration keeps its callback, and a
bound method or closure keeps the object behind it. After `N` calls there are `N` callbacks, all of which run each time:
log lines come out `N` times, and none of the `N` objects is freed. So it is with an object that adds two of its methods
to what it is given and takes back one of them.

How to mend: register once, at module level or behind `if not logger.handlers`. What belongs to an object is taken back
where the object ends (`atexit.unregister`, `removeHandler`, `disconnect`), or is held weakly (`weakref.finalize`,
`weak=True`).

Not flagged, on purpose:

- registrations at import or start-up, behind a flag, or behind a look whether there is one already;
- classes of which the program makes one instance;
- files that also take the registration back, under its name or out of the registry's own list;
- an object of the module that a logger is given again: it takes each once;
- functions whose names say that they set up the program (`set_stream_logger`, `start`), where no request calls them;
- weak receivers, which is what Django's and blinker's `connect` makes by default, and `dispatch_uid`;
- listeners of objects that may die with them (`add_done_callback`, `observe`, psygnal's and a widget's `connect`);
- functions that register what they are given, return it to a caller that takes it back, or whose callers nothing runs
  again and again: each chain of calls goes through one that sets the program up (`_initialize_tracing`);
- functions that register and then loop for ever, as the target of a thread does;
- `signal.signal` and `loop.add_signal_handler`, which replace what was there.

Found in released code: ddtrace 0.48.0 (`Tracer`, by `atexit`), opentelemetry-sdk 1.31.1 (`BatchSpanProcessor`, by
`os.register_at_fork`), streamlink 8.6.3 (`Cache`, one for each plugin object), sentry-sdk 2.60.0
(`SentrySpanProcessor`, a processor of events for each object that is made).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from leaklint.project.percall.halves import half_taken_back
from leaklint.project.percall.registrations import registrations
from leaklint.rule import Finding, Rule

if TYPE_CHECKING:
    from leaklint.project import Project

FLAGGED = [
    """
import logging


class Client:
    def __init__(self, key):
        self.key = key
        logging.getLogger("client").addHandler(logging.NullHandler())  # LK401


def on_request(request):
    return Client(request.key)
""",
    """
import atexit
import os


class Session:
    def __init__(self, connection):
        self.connection = connection
        atexit.register(self.finish)  # LK401

    def finish(self):
        self.connection.send("bye")


def on_request(request):
    return Session(request.connection)


class Worker:
    def __init__(self, queue):
        self.queue = queue
        os.register_at_fork(after_in_child=self.restart)  # LK401

    def restart(self):
        self.queue.clear()


def on_tenant(tenant):
    return Worker(tenant.queue)
""",
    """
import logging

logger = logging.getLogger(__name__)


def handle(job):
    handler = logging.FileHandler(job.log)
    logger.addHandler(handler)  # LK401
    job.run()


class Job:
    def __init__(self, path):
        self.handler = logging.FileHandler(path)

    def run(self):
        logging.getLogger("jobs").addHandler(self.handler)  # LK401


def on_request(request):
    Job(request.path).run()
""",
    """
from django.db.models.signals import post_save


def watch(request):
    def notify(sender, instance, **options):
        request.session["changed"] = instance.pk

    post_save.connect(notify, weak=False)  # LK401
""",
    """
from apscheduler.schedulers.background import BackgroundScheduler
from fastapi import FastAPI
from prometheus_client import Counter
from pyee.base import EventEmitter

app = FastAPI()
scheduler = BackgroundScheduler()
bus = EventEmitter()


@app.post("/jobs/{name}")
def add(name: str):
    scheduler.add_job(print, "interval", seconds=5, args=[name])  # LK401
    bus.on("done", lambda: name)  # LK401
    Counter("views_" + name, "Views").inc()  # LK401
    app.add_api_route(f"/{name}", lambda: name)  # LK401
""",
    """
from django.db.models.signals import post_save
from django.dispatch import receiver
from sqlalchemy import create_engine, event

engine = create_engine("sqlite://")


def view(request):
    @receiver(post_save, weak=False)  # LK401
    def notify(**options):
        print(request)

    @event.listens_for(engine, "connect")  # LK401
    def seen(connection, record):
        print(request)
""",
    """
import codecs
import logging
import sys

import sentry_sdk
from fastapi import FastAPI
from opentelemetry import metrics

app = FastAPI()
logger = logging.getLogger(__name__)


@app.get("/items/{name}")
def item(name: str):
    logger.addFilter(lambda record: name not in record.msg)  # LK401
    sys.addaudithook(lambda event, args: print(name, event))  # LK401
    codecs.register(lambda encoding: None)  # LK401
    sentry_sdk.get_global_scope().add_event_processor(lambda event, hint: event)  # LK401
    metrics.get_meter(name).create_counter("views").add(1)  # LK401
""",
    """
# A function of the project that registers, and an initialiser that hands it a new function each time.
# file: scope.py
PROCESSORS = []


def add_processor(processor):
    PROCESSORS.append(processor)  # LK101
    return processor


# file: tracing.py
from scope import add_processor


class SpanProcessor:
    def __init__(self, spans):
        self.spans = spans

        @add_processor  # LK401
        def link(event):
            return self.spans.get(event)


def inject(carrier):
    return SpanProcessor(carrier.spans)
""",
]

CLEAN = [
    """
# What is registered belongs to the module, is registered once, or is taken back.
PROCESSORS = []


def add_processor(processor):
    PROCESSORS.append(processor)
    return processor


@add_processor
def link(event):
    return event


class Dedupe:
    @staticmethod
    def setup_once():
        @add_processor
        def drop(event):
            return None


LISTENERS = []


def listen(listener):
    LISTENERS.append(listener)


def forget(listener):
    LISTENERS.remove(listener)


def on_request(request):
    def heard(event):
        request.send(event)

    listen(heard)
    request.wait()
    forget(heard)
""",
    """
# Who calls gets the handler, and takes it back.
# file: files.py
import logging

logger = logging.getLogger("runs")


def add_file(path):
    handler = logging.FileHandler(path)
    logger.addHandler(handler)
    return handler


# file: runs.py
import logging

from files import add_file


def on_run(run):
    handler = add_file(run.path)
    try:
        run()
    finally:
        logging.getLogger("runs").removeHandler(handler)
""",
    """
# A thread that registers and then never ends; objects that only set-up code makes.
import atexit
import threading

from fastapi import FastAPI

app = FastAPI()


class Console:
    def __init__(self, path):
        self.path = path
        threading.Thread(target=self.serve).start()

    def serve(self):
        atexit.register(self.path.unlink)
        while True:
            self.path.read()


class Queue:
    def __init__(self):
        atexit.register(self.flush)

    def flush(self):
        print("flushed")


def _initialize_tracing():
    return Queue()


def set_destination():
    _initialize_tracing()


@app.put("/tracing")
def trace():
    set_destination()


@app.post("/consoles")
def console(path: str):
    return Console(path)
""",
    """
# Jobs that run once, are named or taken back; metrics of a module; emitters of one request.
from apscheduler.schedulers.background import BackgroundScheduler
from fastapi import FastAPI
from prometheus_client import CollectorRegistry, Counter
from pyee.base import EventEmitter

app = FastAPI()
scheduler = BackgroundScheduler()
VIEWS = Counter("views", "Views")
app.add_api_route("/health", lambda: "ok")


@app.post("/jobs/{name}")
def add(name: str):
    scheduler.add_job(print, "date", args=[name])
    scheduler.add_job(print, "interval", seconds=5, id=name, replace_existing=True)
    Counter("views_of_one", "Views", registry=CollectorRegistry()).inc()
    bus = EventEmitter()
    bus.on("done", lambda: name)
    bus.emit("done")
""",
    """
import atexit
import logging

logger = logging.getLogger(__name__)
logger.addHandler(logging.NullHandler())


@atexit.register
def farewell():
    logger.info("bye")


class Store:
    def __init__(self):
        atexit.register(self.save)

    def save(self):
        print("saved")


store = Store()
""",
    """
import logging


def get_logger(name):
    logger = logging.getLogger(name)
    if not logger.handlers:
        logger.addHandler(logging.StreamHandler())
    return logger


def handle(job):
    get_logger(job.kind).info("begins")
""",
    """
import atexit


class Session:
    def __init__(self, connection):
        self.connection = connection
        atexit.register(self.finish)

    def finish(self):
        atexit.unregister(self.finish)
        self.connection.send("bye")


def on_request(request):
    return Session(request.connection)
""",
    """
import logging

logger = logging.getLogger(__name__)


def handle(job):
    handler = logging.FileHandler(job.log)
    logger.addHandler(handler)
    try:
        job.run()
    finally:
        logger.removeHandler(handler)
""",
    """
from django.db.models.signals import post_save


def watch(request):
    def notify(sender, instance, **options):
        request.session["changed"] = instance.pk

    post_save.connect(notify)


def remember(sender, **options):
    print(sender)


def view(request):
    post_save.connect(remember, weak=False, dispatch_uid="remember")
""",
    """
# A registry of objects takes each once.
import logging

FILTER = logging.Filter("shop")


def get_logger(name):
    logger = logging.getLogger(name)
    logger.addFilter(FILTER)
    return logger


def handle(job):
    get_logger(job.kind).info("begins")


def set_stream_logger(name, level):
    logging.getLogger(name).addHandler(logging.StreamHandler())
""",
    """
import logging


def log_elsewhere(path):
    root = logging.getLogger()
    old = root.handlers.pop()
    old.close()
    root.addHandler(logging.FileHandler(path))
""",
    """
import os
import weakref


class Batcher:
    def __init__(self, send):
        self.send, self.pending = send, []
        weak_reset = weakref.WeakMethod(self.reset)

        def reset_in_child():
            method = weak_reset()
            if method is not None:
                method()

        os.register_at_fork(after_in_child=reset_in_child)

    def reset(self):
        self.pending = []


def on_tenant(tenant):
    return Batcher(tenant.send)
""",
    """
import atexit
from atexit import unregister


class Meter:
    def __init__(self):
        self.at_exit = atexit.register(self.shutdown)

    def shutdown(self):
        unregister(self.at_exit)


def on_tenant(tenant):
    return Meter()
""",
]


def judge(project: Project) -> Iterator[Finding]:
    """The registrations that are made again and again and never taken back, and forgotten halves of others."""
    for registration in registrations(project).lasting():
        message = f"each call of {registration.function}() adds another {registration.what} that nothing takes back"
        yield registration.finding("LK401", "handler-added-per-call", message)
    yield from half_taken_back(project)


RULE = Rule("LK401", "handler-added-per-call", judge, cwe=(401, 770))
