"""Reading many files on all cores."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from leaklint.facts import ModuleFacts, Unreadable
from leaklint.index import index_source

if TYPE_CHECKING:
    from concurrent.futures import Future
    from multiprocessing.context import BaseContext

SERIAL = 150
"""With fewer files than this, starting processes takes longer than they save."""

WORTH = 16_000_000
"""With less text than these bytes nobody is asked for processes who did not ask for them.

Reading is a fifth of a cold run, and what processes read has to be written, sent and read again: of 6 MB two save
less than a tenth of the time, and cost a tenth more work.
"""

CHUNK = 24

Job = str | bytes
"""The absolute path of a file to read, or what would be read."""

Indexed = tuple[bytes, ModuleFacts | None]
"""Serialized facts, and the facts themselves where this process has read them and nothing was lost on the way."""


def index_all(jobs: Sequence[Job], processes: int, progress: Callable[[str], None]) -> Iterator[Indexed]:
    """The facts of each job, in order. `processes` is how many may run, 0 for as many as pay, at most one per core."""
    count = processes or _cores()
    if count < 2 or len(jobs) < SERIAL or _is_daemon() or not (processes or sum(map(_size, jobs)) >= WORTH):
        for done, job in enumerate(jobs):
            if done % CHUNK == 0:
                progress(f"reading {done} of {len(jobs)} files")
            yield _index_here(job)
        return
    from concurrent.futures import ProcessPoolExecutor  # slow to import

    chunks = [jobs[at : at + CHUNK] for at in range(0, len(jobs), CHUNK)]
    with ProcessPoolExecutor(count, mp_context=_context()) as pool:
        futures = [pool.submit(_index_chunk, chunk) for chunk in chunks]
        for at, (chunk, future) in enumerate(zip(chunks, futures, strict=True)):
            progress(f"reading {at * CHUNK} of {len(jobs)} files")
            yield from ((blob, None) for blob in _result(chunk, future))


def _size(job: Job) -> int:
    if isinstance(job, bytes):
        return len(job)
    try:
        return os.stat(job).st_size
    except OSError:
        return 0


def _is_daemon() -> bool:
    """Whether this is a process that may have none below it; it was then started by `multiprocessing`."""
    running = sys.modules.get("multiprocessing")
    return running is not None and bool(running.current_process().daemon)


def _result(chunk: Sequence[Job], future: Future[list[bytes]]) -> list[bytes]:
    """A chunk's facts; where reading it brought the process down, each file is tried in a process of its own."""
    from concurrent.futures.process import BrokenProcessPool

    try:
        return future.result()
    except BrokenProcessPool:
        return [_index_apart(job) for job in chunk]


def _index_apart(job: Job) -> bytes:
    from concurrent.futures.process import BrokenProcessPool, ProcessPoolExecutor

    try:
        with ProcessPoolExecutor(1, mp_context=_context()) as pool:
            return pool.submit(_index, job).result()
    except BrokenProcessPool:
        return serialized(ModuleFacts(unreadable=Unreadable("brings Python's own parser down")))


def _index_chunk(jobs: Sequence[Job]) -> list[bytes]:
    return [_index(job) for job in jobs]


def _index(job: Job) -> bytes:
    return _index_here(job)[0]


def _index_here(job: Job) -> Indexed:
    try:
        if isinstance(job, bytes):
            facts = index_source(job)
        else:
            with open(job, "rb") as file:
                facts = index_source(file.read())
    except OSError as error:
        facts = ModuleFacts(unreadable=Unreadable(f"can't be read: {error.strerror or error}"))
    except Exception as error:  # one file must not keep the others from being checked
        facts = ModuleFacts(unreadable=Unreadable(f"brings leaklint down: {type(error).__name__}: {error}"))
    try:
        return msgspec.msgpack.encode(facts), facts
    except UnicodeEncodeError:
        return serialized(facts), None


def serialized(facts: ModuleFacts) -> bytes:
    """Facts as they are kept. A lone surrogate, which a literal may hold, is written out as its escape."""
    try:
        return msgspec.msgpack.encode(facts)
    except UnicodeEncodeError:
        return msgspec.msgpack.encode(_without_surrogates(msgspec.to_builtins(facts)))


def _without_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    return [_without_surrogates(each) for each in value] if isinstance(value, (list, tuple)) else value


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def _context() -> BaseContext:
    """Processes made by fork where that is safe, because they start at once; else the platform's safe way."""
    import multiprocessing  # slow to import

    methods = multiprocessing.get_all_start_methods()
    if "fork" in methods and threading.active_count() == 1 and sys.platform != "darwin":
        return multiprocessing.get_context("fork")
    if "forkserver" in methods:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["leaklint.index"])
        return context
    return multiprocessing.get_context("spawn")
