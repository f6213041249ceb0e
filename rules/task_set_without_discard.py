"""Tasks, futures or threads are kept in a collection and never taken out when they are done.

The event loop holds tasks weakly, so the advice is to keep a reference. `TASKS.append(create_task(...))` follows
half of it: the finished task stays with its result, its exception and the frames of its traceback. One task a second
is 86,400 a day, at 1 kB and more each.

How to mend: `task.add_done_callback(TASKS.discard)` on a set, or an `asyncio.TaskGroup`. For threads, drop those that
are not alive any more before a new one is added.

Not flagged, on purpose:

- collections from which a done callback, a `finally` or a sweep removes;
- one task for a key, where the function looks first what there is under it: other rules speak of such collections;
- local lists that are gathered or waited for, and task groups, which drop what is done.

Found in released code: gradio 6.11.0 (`Queue._asyncio_tasks`, a task per event; shown as LK302, because its end
empties it).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from leaklint.rule import Finding, Rule

if TYPE_CHECKING:
    from leaklint.project import Project

FLAGGED = [
    """
import asyncio

from fastapi import FastAPI

app = FastAPI()
TASKS = []


async def mail(address):
    await asyncio.sleep(1)


@app.post("/invite")
async def invite(address: str):
    TASKS.append(asyncio.create_task(mail(address)))  # LK404
""",
    """
import asyncio


class Supervisor:
    def __init__(self):
        self.tasks = set()

    def spawn(self, job):
        task = asyncio.create_task(job())
        self.tasks.add(task)  # LK404
        return task


supervisor = Supervisor()
""",
    """
from concurrent.futures import ThreadPoolExecutor

POOL = ThreadPoolExecutor(4)
RESULTS = {}


def submit(number, job):
    RESULTS[number] = POOL.submit(job)  # LK404


def result(number):
    return RESULTS[number].result()
""",
    """
import threading

THREADS = []


def handle(connection):
    thread = threading.Thread(target=connection.serve)
    thread.start()
    THREADS.append(thread)  # LK404
""",
]

CLEAN = [
    """
# One monitor for each of two kinds, looked for before it is made.
import asyncio

MONITORS = {}


def watch(kind: bool, monitor):
    if kind not in MONITORS:
        MONITORS[kind] = asyncio.create_task(monitor(kind))
""",
    """
import asyncio

TASKS = set()


def spawn(job):
    task = asyncio.create_task(job())
    TASKS.add(task)
    task.add_done_callback(TASKS.discard)
    return task
""",
    """
import asyncio

TASKS = {}


def spawn(key, job):
    task = asyncio.create_task(job())
    TASKS[key] = task
    task.add_done_callback(lambda done: TASKS.pop(key, None))
    return task
""",
    """
import asyncio


async def fetch_all(addresses, fetch):
    tasks = []
    for address in addresses:
        tasks.append(asyncio.create_task(fetch(address)))
    return await asyncio.gather(*tasks)
""",
    """
import threading

THREADS = []


def handle(connection):
    THREADS[:] = [thread for thread in THREADS if thread.is_alive()]
    thread = threading.Thread(target=connection.serve)
    thread.start()
    THREADS.append(thread)
""",
    """
from concurrent.futures import ThreadPoolExecutor

POOL = ThreadPoolExecutor(4)
RUNNING = set()


def submit(job):
    future = POOL.submit(job)
    RUNNING.add(future)
    future.add_done_callback(RUNNING.remove)
    return future
""",
]


def judge(project: Project) -> Iterable[Finding]:
    """The long-lived collections of tasks that keep what is done, each at its first growth."""
    return project.findings("LK404")


RULE = Rule("LK404", "task-set-without-discard", judge, cwe=(770, 401), preview=True)
