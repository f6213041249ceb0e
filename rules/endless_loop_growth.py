"""A local collection that grows inside a loop that never ends.

A local name usually ends with its function. The function of a worker, a consumer or a poller does not end, and what
the loop adds to a local list stays: one entry per message or per tick. At ten messages a second of 1 kB that is
860 MB a day.

How to mend: make the collection inside the loop, clear it at the end of each turn, or bound it (`deque(maxlen=...)`).

Not flagged, on purpose:

- loops with a way out (`break`, `return`, an exception that the function catches to say that there is no more, as
  `StopIteration` does), and loops over finite things;
- what a loop that is told to stop (`while not self.stopping`) collects for what comes after it;
- collections that the loop itself empties, rebinds, trims or checks the size of;
- keys of a finite domain.

Found in released code: parsl 2026.10.26 (`DatabaseManager.start`, the id of each task and each try), clearml 2.1.12
(`AutoScaler.supervisor`, the name of each worker that was ever started).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from leaklint.rule import Finding, Rule

if TYPE_CHECKING:
    from leaklint.project import Project

FLAGGED = [
    """
def consume(connection):
    received = []
    while True:
        message = connection.receive()
        received.append(message)  # LK109
        message.acknowledge()
""",
    """
import asyncio


async def poll(source):
    seen = set()
    while True:
        for item in await source.items():
            if item.id not in seen:
                seen.add(item.id)  # LK109
                print(item)
        await asyncio.sleep(10)
""",
    """
import time


def watch(read):
    history = {}
    previous = None
    while True:
        value = read()
        if value != previous:
            history[time.time()] = value  # LK109
        previous = value
        time.sleep(1)
""",
    """
async def serve(queue):
    errors = []
    while 1:
        job = await queue.get()
        try:
            await job.run()
        except Exception as error:
            errors.append(str(error))  # LK109
""",
    """
# Until it is told to stop; the break is that of the inner loop.
import threading
import time


class Scaler:
    def __init__(self, cloud):
        self.cloud = cloud
        self.told = threading.Event()

    def is_running(self):
        return not self.told.is_set()

    def supervise(self):
        known = set()
        while self.is_running():
            for worker in self.cloud.workers():
                if worker.is_last:
                    break
                if worker.id not in known:
                    known.add(worker.id)  # LK109
                    print(worker)
            time.sleep(60)
""",
    """
# They are waited for at the end, and all are kept until then.
import threading


class Server:
    def __init__(self, socket):
        self.socket = socket
        self.stop = threading.Event()

    def serve(self):
        threads = []
        while not self.stop.is_set():
            connection, _ = self.socket.accept()
            thread = threading.Thread(target=connection.answer)
            thread.start()
            threads.append(thread)  # LK109
        for thread in threads:
            thread.join()
""",
    """
# What is caught ends the program.
def consume(connection):
    received = []
    try:
        while True:
            received.append(connection.receive())  # LK109
    except KeyboardInterrupt:
        print("stopped")
""",
]

CLEAN = [
    """
# The callback of each task takes it out.
import asyncio


async def consume(connection, work):
    running = {}
    while True:
        message = await connection.receive()
        running[message.id] = task = asyncio.create_task(work(message))

        def forget(done, key=message.id):
            running.pop(key, None)

        task.add_done_callback(forget)
""",
    """
def consume(connection):
    while True:
        received = []
        for message in connection.receive():
            received.append(message)
        connection.acknowledge(received)
""",
    """
# What it collects is wanted when it was stopped.
class Recorder:
    def __init__(self, microphone):
        self.microphone = microphone
        self.stopped = False

    def record(self):
        frames = []
        while not self.stopped:
            frames.append(self.microphone.recv(1024))
        return b"".join(frames)
""",
    """
# A function that is given it takes out what is done.
import asyncio


async def work(name, waiting):
    await waiting[name].get()
    del waiting[name]


async def route(messages):
    waiting = {}
    while True:
        message = await messages.get()
        if message.name not in waiting:
            waiting[message.name] = asyncio.Queue()
            asyncio.create_task(work(message.name, waiting=waiting))
        waiting[message.name].put_nowait(message)
""",
    """
# The loop finds its end itself.
def read_all(connection):
    frames = []
    stop = False
    while not stop:
        frame = connection.recv(1024)
        stop = not frame
        frames.append(frame)
    print(len(frames))
""",
    """
def consume(connection, store):
    batch = []
    while True:
        batch.append(connection.receive())
        if len(batch) >= 100:
            store(batch)
            batch = []
""",
    """
def read_all(connection):
    chunks = []
    while True:
        chunk = connection.read(4096)
        if not chunk:
            break
        chunks.append(chunk)
    return b"".join(chunks)
""",
    """
def read_all(connection):
    chunks = []
    while True:
        chunk = connection.read(4096)
        if not chunk:
            return b"".join(chunks)
        chunks.append(chunk)
""",
    """
from collections import deque


def watch(read):
    history = deque(maxlen=60)
    latest = {}
    while True:
        value = read()
        history.append(value)
        latest["value"] = value
""",
    """
import asyncio


async def accept(server):
    tasks = set()
    while True:
        connection = await server.accept()
        task = asyncio.create_task(connection.serve())
        tasks.add(task)
        task.add_done_callback(tasks.discard)
""",
    """
import time


def watch(read):
    window = []
    while True:
        now = time.time()
        window = [stamp for stamp in window if stamp > now - 60]
        window.append(now)
        read(len(window))
""",
    """
def consume(connection):
    waiting = {}
    while True:
        message = connection.receive()
        if message.is_question:
            waiting[message.id] = message
        else:
            waiting.pop(message.id, None)
""",
    """
# What is caught says that there is no more.
def read_all(rows):
    found = []
    try:
        while True:
            found.append(next(rows))
    except StopIteration:
        return found
""",
    """
# The error is the end.
def read_all(table):
    found = []
    try:
        while True:
            found.append(table[len(found)])
    except Exception:
        pass
    return found
""",
]


def judge(project: Project) -> Iterable[Finding]:
    """The local collections that grow in endless loops, each at its first growth."""
    return project.findings("LK109")


RULE = Rule("LK109", "growing-in-endless-loop", judge, cwe=(770,))
