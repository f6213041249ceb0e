"""The entry is removed on one way out of the function, and stays on another.

Between the line that adds and the line that removes something is awaited, sent or parsed, and may fail, time out or be
cancelled. Then the removal is skipped. A removal in `except TimeoutError` alone has it the other way round, and
`except Exception` does not see a cancellation: `CancelledError` is a `BaseException`. With one failure in a hundred and
a hundred requests a second, 86,400 entries a day stay.

The same goes for what somebody else removes, as the reader of a connection does with the answers that it sees: who
waits with a time limit has to take the entry back when the time is over. And a removal that runs only while some
attribute is set leaves what is added while it is not.

How to mend: `try: ... finally: pending.pop(number, None)`, with nothing that can fail between the growth and the `try`.

Not flagged, on purpose:

- removals in `finally`, in a context manager's exit, in a done callback;
- a function that adds for somebody else to remove, as a response handler or a disconnect hook does;
- what no `await`, `yield`, `return` or `raise` between growth and removal interrupts; what plain calls may raise is
  not followed;
- where another sweep or size limit catches what is left.

Found in released code: asyncio-nats-client 0.10.0 (`Client._resp_map`, which stays on a timeout), mcp 1.6.0
(`BaseSession._response_streams`, likewise).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from leaklint.rule import Finding, Rule, Suspect

if TYPE_CHECKING:
    from leaklint.project import Project

FLAGGED = [
    """
import asyncio


class Client:
    def __init__(self, connection):
        self.connection = connection
        self.pending = {}

    async def ask(self, number, question):
        future = asyncio.get_running_loop().create_future()
        self.pending[number] = future  # LK304
        await self.connection.send(question)
        answer = await future
        self.pending.pop(number)
        return answer


client = Client(connection=None)
""",
    """
import asyncio

WAITING = {}


async def wait_for(number, future):
    WAITING[number] = future  # LK304
    try:
        return await asyncio.wait_for(future, 10)
    except asyncio.TimeoutError:
        WAITING.pop(number, None)
        raise
""",
    """
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()
SOCKETS = []


@app.websocket("/feed")
async def feed(socket: WebSocket):
    await socket.accept()
    SOCKETS.append(socket)  # LK304
    try:
        while True:
            await socket.receive_text()
    except WebSocketDisconnect:
        SOCKETS.remove(socket)
""",
    """
# A cancelled request passes `except Exception` by.
RUNNING = {}


async def run(job):
    RUNNING[job.id] = job  # LK304
    try:
        result = await job.execute()
    except Exception:
        RUNNING.pop(job.id)
        raise
    RUNNING.pop(job.id)
    return result
""",
    """
# Without a try around the yield, an error in the block skips the removal.
from contextlib import contextmanager

ACTIVE = set()


@contextmanager
def active(name):
    ACTIVE.add(name)  # LK304
    yield
    ACTIVE.discard(name)


def serve(name, work):
    with active(name):
        work()
""",
    """
# The early return leaves the entry behind.
BUSY = {}


def process(order):
    BUSY[order.number] = order  # LK304
    if order.is_empty:
        return None
    del BUSY[order.number]
    return order.total
""",
    """
# Trimmed only in a mode that is off.
class Metrics:
    def __init__(self, trimming=False):
        self.trimming = trimming
        self.samples = {}

    def record(self, request_id, value):
        self.samples[request_id] = value  # LK304
        if self.trimming and len(self.samples) > 1000:
            self.samples.pop(next(iter(self.samples)))


metrics = Metrics()
""",
    """
# The same with a stream, whose other end is waited for in a block with a time limit.
import anyio


class Session:
    def __init__(self, transport):
        self.transport = transport
        self.last = 0
        self.streams = {}

    async def ask(self, question):
        number = self.last
        self.last = number + 1
        send, receive = anyio.create_memory_object_stream(1)
        self.streams[number] = send  # LK304
        await self.transport.send(number, question)
        with anyio.fail_after(10):
            return await receive.receive()

    async def on_answer(self, number, answer):
        stream = self.streams.pop(number, None)
        if stream is not None:
            await stream.send(answer)


session = Session(transport=None)
""",
    """
# The wait has an end, and nobody takes the question back then.
import asyncio


class Connection:
    def __init__(self, transport):
        self.transport = transport
        self.answers = {}

    async def ask(self, number, question):
        future = asyncio.get_running_loop().create_future()
        self.answers[number] = future  # LK304
        await self.transport.send(number, question)
        return await asyncio.wait_for(future, 10)

    def on_answer(self, number, answer):
        future = self.answers.pop(number, None)
        if future is not None:
            future.set_result(answer)


connection = Connection(transport=None)
""",
    """
# The same with a thread's event.
import threading

REPLIES = {}


def ask(number, send):
    reply = threading.Event()
    REPLIES[number] = reply  # LK304
    send(number)
    if not reply.wait(5):
        raise TimeoutError(number)


def on_reply(number):
    REPLIES.pop(number).set()
""",
    """
# Stored again after the call in which the first may have been answered.
SENT = {}


def send(transport, number, question):
    SENT[number] = question  # LK304
    transport.send(number)
    SENT[number] = question


def on_answer(number):
    return SENT.pop(number)
""",
    """
# What has no parent stays, though it was added.
NODES = set()


class Node:
    def __init__(self, parent=None):
        self.parent = parent
        NODES.add(self)  # LK304

    def drop(self):
        if self.parent is not None:
            NODES.discard(self)


def on_message(message):
    return Node(message.parent)
""",
]

CLEAN = [
    """
# What adds and what removes are arms for different messages.
PARTS = {}


def on_message(message):
    if message.is_part:
        PARTS.setdefault(message.sender, []).append(message.text)
        return None
    if message.is_end:
        return "".join(PARTS.pop(message.sender, []))
    return message.text
""",
    """
import asyncio


class Client:
    def __init__(self, connection):
        self.connection = connection
        self.pending = {}

    async def ask(self, number, question):
        future = asyncio.get_running_loop().create_future()
        self.pending[number] = future
        try:
            await self.connection.send(question)
            return await asyncio.wait_for(future, 10)
        finally:
            self.pending.pop(number, None)


client = Client(connection=None)
""",
    """
from contextlib import contextmanager

ACTIVE = set()


@contextmanager
def active(name):
    ACTIVE.add(name)
    try:
        yield
    finally:
        ACTIVE.discard(name)


def serve(name, work):
    with active(name):
        work()
""",
    """
RUNNING = {}


async def run(job):
    RUNNING[job.id] = job
    try:
        return await job.execute()
    except BaseException:
        job.failed()
        raise
    finally:
        del RUNNING[job.id]
""",
    """
# Nothing between the two lines can fail.
STACK = []


def describe(node):
    STACK.append(node)
    depth = len(STACK)
    STACK.pop()
    return depth
""",
    """
class Active:
    numbers = set()

    def __init__(self, number):
        self.number = number

    def __enter__(self):
        self.numbers.add(self.number)
        return self

    def __exit__(self, *error):
        self.numbers.discard(self.number)


def serve(number, work):
    with Active(number):
        work()
""",
    """
# The reader of the connection removes what the writer added.
class Client:
    def __init__(self, connection):
        self.connection = connection
        self.pending = {}

    def ask(self, number, question, callback):
        self.pending[number] = callback
        self.connection.send(number, question)

    def on_answer(self, number, answer):
        callback = self.pending.pop(number, None)
        if callback is not None:
            callback(answer)


client = Client(connection=None)
""",
    """
# The limit holds for all.
class Metrics:
    def __init__(self, limit=1000):
        self.limit = limit
        self.samples = {}

    def record(self, request_id, value):
        self.samples[request_id] = value
        if len(self.samples) > self.limit:
            self.samples.pop(next(iter(self.samples)))


metrics = Metrics()
""",
    """
# Whoever waits takes the question back in the end.
import asyncio


class Connection:
    def __init__(self, transport):
        self.transport = transport
        self.answers = {}

    async def ask(self, number, question):
        future = asyncio.get_running_loop().create_future()
        self.answers[number] = future
        await self.transport.send(number, question)
        try:
            return await asyncio.wait_for(future, 10)
        except asyncio.TimeoutError:
            self.answers.pop(number, None)
            raise

    def on_answer(self, number, answer):
        future = self.answers.pop(number, None)
        if future is not None:
            future.set_result(answer)


connection = Connection(transport=None)
""",
    """
# The end of the wait is the caller's business, which removes.
import threading

REPLIES = {}


def begin(number, send):
    reply = threading.Event()
    REPLIES[number] = reply
    send(number)
    return reply.wait(5)


def ask(number, send):
    try:
        return begin(number, send)
    finally:
        REPLIES.pop(number, None)


def on_reply(number):
    REPLIES[number].set()
""",
    """
# Added and removed under the same condition.
class Recorder:
    def __init__(self, stream=None):
        self.stream = stream
        self.flows = set()

    def begin(self, flow):
        if self.stream is not None:
            self.flows.add(flow)

    def end(self, flow):
        if self.stream is not None:
            self.stream.write(flow)
            self.flows.discard(flow)


recorder = Recorder()
""",
]


def weigh(project: Project, suspect: Suspect) -> str | None:
    """Looks at the exits of the function that adds, or at the conditions of the lines that remove."""
    from leaklint.project.concrete import exits  # only a suspect needs a tree

    tree = project.tree(suspect.growth.function)
    if tree is None:
        return None
    if suspect.cause == "wait":
        return exits.left_by_a_wait(tree, suspect)
    if suspect.cause == "again":
        return exits.put_back(tree, suspect)
    if suspect.cause == "mode":
        return exits.only_in_a_mode(project, tree, suspect)
    if suspect.cause == "on_failure_only":
        return exits.on_failure_only(tree, suspect)
    return exits.passed_by(tree, suspect)


def judge(project: Project) -> Iterable[Finding]:
    """The collections that a way out of the growing function leaves filled, each at its first growth."""
    return project.findings("LK304")


RULE = Rule("LK304", "removal-not-on-every-exit", judge, weigh, cwe=(401, 772))
