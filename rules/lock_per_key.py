"""Locks, semaphores, events or clients are made per key, kept, and never dropped.

A lock for each user keeps two requests of one user apart. The entry is of use for the critical section only, and
stays for ever: one entry per user, document, URL or session that was ever seen. A lock is 100 to 500 bytes with its
key, so a million users are some hundred megabytes; an HTTP client per key holds sockets, a TLS context and threads.

How to mend: for locks, stripe them (`LOCKS[hash(key) % 64]`), keep them in a `WeakValueDictionary` while a local
name holds the lock in use, or count users and drop the lock when the last one leaves. Dropping a lock that somebody
still waits for makes a second lock for the same key. For clients, an LRU that closes what it evicts.

Not flagged, on purpose:

- keys of a finite domain: settings, the databases of a configuration, literals, types, remainders;
- weak maps, striped locks, and maps from which the entry is removed on the way out;
- locks on objects that live for a request.

Found in released code: CherryPy 3.2.0 (`MemcachedSession.locks`), huggingface-hub 2.4.0
(`_XET_CONNECTION_INFO_KEY_LOCKS`).
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
from collections import defaultdict

LOCKS = defaultdict(asyncio.Lock)


async def save(document_id, text, store):
    async with LOCKS[document_id]:  # LK106
        await store.save(document_id, text)
""",
    """
import threading

LOCKS = {}


def lock_of(account):
    if account not in LOCKS:
        LOCKS[account] = threading.Lock()  # LK106
    return LOCKS[account]


def withdraw(account, amount):
    with lock_of(account.number):
        account.balance -= amount
""",
    """
import asyncio

from fastapi import FastAPI

app = FastAPI()


class Refresher:
    def __init__(self):
        self._locks = {}

    async def refresh(self, session_id):
        lock = self._locks.setdefault(session_id, asyncio.Lock())  # LK106
        async with lock:
            return session_id


refresher = Refresher()


@app.post("/sessions/{session_id}")
async def refresh(session_id: str):
    return await refresher.refresh(session_id)
""",
    """
from asyncio import Semaphore


class Crawler:
    limits: dict[str, Semaphore] = {}

    async def fetch(self, host, path):
        if host not in self.limits:
            self.limits[host] = Semaphore(4)  # LK106
        async with self.limits[host]:
            return host, path
""",
    """
import threading

READY = {}


def wait_for(job_id):
    event = READY.get(job_id)
    if event is None:
        event = threading.Event()
        READY[job_id] = event  # LK106
    return event.wait(10)
""",
    """
import httpx

CLIENTS = {}


def client_of(tenant):
    client = CLIENTS.get(tenant.url)
    if client is None:
        client = CLIENTS[tenant.url] = httpx.AsyncClient(base_url=tenant.url)  # LK106
    return client


async def forward(tenant, path):
    return await client_of(tenant).get(path)
""",
    """
import asyncio
from collections import defaultdict


class Names:
    def __init__(self):
        self.locks = defaultdict(lambda: asyncio.Lock())

    async def take(self, name):
        async with self.locks[name]:  # LK106
            return name


names = Names()
""",
]

CLEAN = [
    """
import asyncio
from weakref import WeakValueDictionary

LOCKS = WeakValueDictionary()


async def save(document_id, text, store):
    lock = LOCKS.get(document_id)
    if lock is None:
        lock = LOCKS[document_id] = asyncio.Lock()
    async with lock:
        await store.save(document_id, text)
""",
    """
import threading

LOCKS = [threading.Lock() for _ in range(64)]


def withdraw(account, amount):
    with LOCKS[hash(account.number) % 64]:
        account.balance -= amount
""",
    """
import threading

LOCKS = {}


def withdraw(account, amount):
    with LOCKS.setdefault(hash(account.number) % 64, threading.Lock()):
        account.balance -= amount
""",
    """
import asyncio
from contextlib import asynccontextmanager


class Locks:
    def __init__(self):
        self.locks = {}
        self.users = {}

    @asynccontextmanager
    async def held(self, key):
        lock = self.locks.setdefault(key, asyncio.Lock())
        self.users[key] = self.users.get(key, 0) + 1
        try:
            async with lock:
                yield
        finally:
            self.users[key] -= 1
            if not self.users[key]:
                del self.users[key]
                del self.locks[key]


locks = Locks()
""",
    """
import threading

from django.conf import settings

LOCKS = {}


def lock():
    return LOCKS.setdefault(settings.SITE_ID, threading.Lock())


def index_lock():
    return LOCKS.setdefault("index", threading.Lock())
""",
    """
from collections import OrderedDict

import httpx

CLIENTS = OrderedDict()


def client_of(tenant):
    if tenant.url in CLIENTS:
        CLIENTS.move_to_end(tenant.url)
        return CLIENTS[tenant.url]
    if len(CLIENTS) >= 20:
        _, oldest = CLIENTS.popitem(last=False)
        oldest.close()
    CLIENTS[tenant.url] = httpx.Client(base_url=tenant.url)
    return CLIENTS[tenant.url]
""",
    """
# The locks go with the parser, and the parser goes with the call.
import threading


class Parser:
    def __init__(self):
        self.locks = {}

    def lock(self, name):
        return self.locks.setdefault(name, threading.Lock())


def parse(text):
    parser = Parser()
    for name in text.split():
        with parser.lock(name):
            print(name)
""",
]


def judge(project: Project) -> Iterable[Finding]:
    """The long-lived maps from keys to locks or clients, each at its first growth."""
    return project.findings("LK106")


RULE = Rule("LK106", "lock-per-key", judge, cwe=(770, 772))
