"""A key with a dynamic name is written to a store outside the process, without an expiry.

Redis keeps what it is given until it is deleted, expires or is evicted, and eviction is off by default. One key per
user, token or request fills the server: a million keys of 1 kB are about 1.1 GB, shared by all who use it.

How to mend: `ex=3600` or `setex`; `expire` on the same key in the same function; for Django, leave `timeout` out, which
means 300 seconds.

Not flagged, on purpose:

- constant keys, and keys of which nothing is known;
- files that expire, trim or delete keys themselves, and `keepttl=True`;
- memcached, which evicts by itself.

Found in released code: hyperkitty 1.3.12 (the votes of each thread, kept without a timeout).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from leaklint.facts import Op
from leaklint.project.domains.domain import Domain
from leaklint.project.domains.outside import drive_of, load_outside
from leaklint.project.percall.external_calls import ExternalCall, external_calls
from leaklint.rule import Finding, Rule

if TYPE_CHECKING:
    from leaklint.project import Project

FLAGGED = [
    """
import redis
from fastapi import FastAPI

app = FastAPI()
store = redis.Redis()


@app.put("/carts/{cart_id}")
def put(cart_id: str, content: str):
    store.set(f"cart:{cart_id}", content)  # LK801


@app.post("/carts/{cart_id}/items")
def add(cart_id: str, item: str):
    store.rpush(f"items:{cart_id}", item)  # LK801
""",
    """
import uuid

from django.core.cache import cache


def issue(user):
    token = str(uuid.uuid4())
    cache.set(f"token:{token}", user.pk, timeout=None)  # LK801
    return token
""",
    """
from django.core.cache import cache


def votes(thread):
    key = "thread:%s:votes" % thread.id
    cache.set(key, thread.count(), None)  # LK801
""",
]

CLEAN = [
    """
import redis
from django.core.cache import cache
from fastapi import FastAPI

app = FastAPI()
store = redis.Redis()


@app.put("/carts/{cart_id}")
def put(cart_id: str, content: str):
    store.set(f"cart:{cart_id}", content, ex=3600)
    store.setex(f"seen:{cart_id}", 60, "1")
    store.set("latest", content)
    cache.set(f"cart:{cart_id}", content)
    cache.set(f"carts:{cart_id}", content, 60)


@app.put("/names/{name}")
def name(name: str):
    store.set(f"name:{name}", "1")
    store.expire(f"name:{name}", 60)
""",
]

_ENDS = frozenset(
    {"expire", "pexpire", "expireat", "pexpireat", "delete", "unlink", "getdel", "ltrim", "hdel", "srem",
     "zrem", "lpop", "rpop", "spop", "blpop", "brpop", "hexpire", "zremrangebyscore", "zremrangebyrank",
     "flushdb", "xtrim"}
)  # fmt: skip
"""Methods that end a key or what is in it."""

_ATTR = int(Op.ATTR)


def judge(project: Project) -> Iterator[Finding]:
    """The writes of keys that a client or chance chooses, where no expiry goes with them."""
    calls, writes = external_calls(project), load_outside().writes
    for call in calls.named(*writes):
        node = calls.node(call)
        if node is None or not node.args or not project.phases.runs(call.scope):
            continue
        if writes[call.dotted].expires(node) or _is_ended(call):
            continue
        drive = drive_of(project, node.args[0], call.scope, records=True)
        if drive.domain < Domain.IDENTITY:
            continue
        yield calls.finding(
            call,
            "LK801",
            "key-without-expiry",
            f"a key per {drive.text} is stored and never expires",
            confidence="high" if drive.domain == Domain.CLIENT else "medium",
            cwe=(770, 400),
        )


def _is_ended(call: ExternalCall) -> bool:
    """Whether the file of the call ends keys, or takes out what is in them."""
    return any(each[3] in _ENDS for each in call.module.instructions(_ATTR))


RULE = Rule("LK801", "key-without-expiry", judge, cwe=(770, 400), preview=True)
