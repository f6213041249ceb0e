"""A queue, deque or buffer without a bound whose consumer is missing, optional or not running.

A queue with no limit takes whatever is put in. It stays small for as long as somebody takes out at the same pace. With
no consumer it is a list that only grows: `R` puts a second of `B` bytes are `R * B * 86,400` bytes a day. A deque
without `maxlen` from which nothing is popped is the same.

A stream in memory (`io.StringIO()`) that a logging handler writes to and nothing reads is the same too.

Whether something takes from a queue is a matter of who calls what, and of what is handed to whom: facts of the whole
project tell, a tree of the growing function would add nothing.

How to mend: give it a size and decide what happens when it is full: wait (`await queue.put()` on `Queue(maxsize=100)`),
drop the oldest (`deque(maxlen=100)`), or refuse. Start the consumer where the producer starts, and log when it dies.

Not flagged, on purpose:

- a queue from which running code takes: a loop in a thread or task, a drain in a handler;
- bounded queues and deques, also where the bound comes from a setting or parameter;
- a queue per connection that ends with the connection;
- the pace of producer and consumer: which of them is faster no source code tells.

Found in released code: semantic-kernel 1.45.0 (`ProcessActor.external_event_queue`, which takes every message and is
only asked whether it is empty).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from leaklint.project.percall.external_calls import external_calls
from leaklint.project.percall.unread import unread_streams
from leaklint.rule import Finding, Rule

if TYPE_CHECKING:
    from leaklint.project import Project

FLAGGED = [
    """
from collections import deque

RECENT = deque()


def on_request(request):
    RECENT.append(request.path)  # LK108
""",
    """
import queue

JOBS = queue.Queue()


def submit(job):
    JOBS.put(job)  # LK108
""",
    """
import asyncio


class Bus:
    def __init__(self):
        self.events = asyncio.Queue(maxsize=0)

    async def publish(self, event):
        await self.events.put(event)  # LK108


bus = Bus()
""",
    """
from collections import deque


class Monitor:
    samples = deque(maxlen=None)

    def on_sample(self, value):
        self.samples.append(value)  # LK108
        return self.samples[-1]
""",
    """
# task_done() and join() take nothing out.
import queue

WRITES = queue.SimpleQueue()
DONE = queue.Queue()


def write(row):
    WRITES.put(row)
    WRITES.get_nowait()
    DONE.put(row)  # LK108
    DONE.task_done()
""",
    """
# No size is given, and none is the default.
from collections import deque


class Monitor:
    def __init__(self, size=None):
        self.samples = deque(maxlen=size)

    def on_sample(self, value):
        self.samples.append(value)  # LK108


monitor = Monitor()
""",
    """
# The stream is there because the handler wants one.
import logging
from io import StringIO


class Forwarder(logging.StreamHandler):
    def __init__(self, send, stream):
        super().__init__(stream)
        self.send = send

    def emit(self, record):
        super().emit(record)
        self.send(record)


async def forward(logger, send, work):
    stream = StringIO()  # LK108
    forwarder = Forwarder(send, stream)
    logger.addHandler(forwarder)
    try:
        await work()
    finally:
        logger.removeHandler(forwarder)
        stream.close()
""",
]

CLEAN = [
    """
# What was logged is read at the end.
import logging
from io import StringIO


async def run_job(logger, job):
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    logger.addHandler(handler)
    try:
        await job()
    finally:
        logger.removeHandler(handler)
    return stream.getvalue()
""",
    """
import queue
from collections import deque

RECENT = deque(maxlen=100)
JOBS = queue.Queue(1000)


def on_request(request):
    RECENT.append(request.path)
    JOBS.put_nowait(request)
""",
    """
import asyncio

OUTBOX = asyncio.Queue()


async def send(message):
    OUTBOX.put_nowait(message)


async def deliver(connection):
    while True:
        await connection.send(await OUTBOX.get())


def main(connection):
    asyncio.run(deliver(connection))
""",
    """
import queue
import threading


class Writer:
    def __init__(self, file):
        self.file = file
        self.lines = queue.Queue()
        threading.Thread(target=self.work, daemon=True).start()

    def write(self, line):
        self.lines.put(line)

    def work(self):
        while True:
            self.file.write(self.lines.get())


writer = Writer(print)
""",
    """
# What the thread is handed is the queue.
import threading
from collections import deque


def write_all(lines, file):
    while True:
        while lines:
            file.write(lines.popleft())


class Writer:
    def __init__(self, file):
        self.lines = deque()
        threading.Thread(target=write_all, args=(self.lines, file), daemon=True).start()

    def write(self, line):
        self.lines.append(line)


writer = Writer(print)
""",
    """
# The method under a further name.
import queue


class Pool:
    def __init__(self):
        self._jobs = queue.Queue()
        self.take = self._jobs.get

    def put(self, job):
        self._jobs.put(job)


pool = Pool()


def work():
    while True:
        pool.take().run()
""",
    """
from collections import deque

PENDING = deque()


def enqueue(job):
    PENDING.append(job)


def on_tick():
    while PENDING:
        PENDING.popleft().run()
""",
    """
import asyncio

from fastapi import FastAPI, WebSocket

app = FastAPI()
QUEUES = set()


@app.post("/messages")
async def publish(message: str):
    for each in QUEUES:
        each.put_nowait(message)


@app.websocket("/feed")
async def feed(socket: WebSocket):
    own = asyncio.Queue()
    QUEUES.add(own)
    try:
        while True:
            await socket.send_text(await own.get())
    finally:
        QUEUES.discard(own)
""",
    """
from collections import deque


class Samples:
    def __init__(self, size=500):
        self.values = deque(maxlen=size)

    def on_sample(self, value):
        self.values.append(value)


samples = Samples()


class Monitor:
    def __init__(self, size=None):
        self.samples = deque(maxlen=size)

    def on_sample(self, value):
        self.samples.append(value)


monitor = Monitor(size=100)
""",
    """
from collections import deque

STAMPS = deque()


def allow(now):
    while STAMPS and STAMPS[0] < now - 60:
        STAMPS.popleft()
    STAMPS.append(now)
    return len(STAMPS) < 100
""",
    """
# Rebuilt in each call.
from collections import deque


def breadth_first(root):
    waiting = deque([root])
    found = []
    while waiting:
        node = waiting.popleft()
        found.append(node)
        waiting.extend(node.children)
    return found
""",
]


def judge(project: Project) -> Iterator[Finding]:
    """The long-lived queues and deques without a bound that nothing takes from, each at its first growth.

    Streams in memory that only a logging handler writes to are reported where they are made.
    """
    yield from project.findings("LK108")
    for call in unread_streams(project):
        message = "a stream in memory that a logging handler writes to and nothing reads grows with each record"
        yield external_calls(project).finding(call, "LK108", "unbounded-queue", message, cwe=(770, 400))


RULE = Rule("LK108", "unbounded-queue", judge, cwe=(770, 400))
