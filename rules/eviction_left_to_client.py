"""An entry is removed only when a client asks for it.

`POST /sessions` adds and `DELETE /sessions/{id}` removes. A client that crashes, closes its laptop or means harm never
sends the second request. Nothing else looks at the entry again, so the process keeps one for each client that left
without a word; in practice that is most of them.

How to mend: keep the endpoint, and add an end that needs no client: a time limit with a sweep, or a size limit.

Not flagged, on purpose:

- hooks that the server calls when a connection ends (`on_disconnect`, the `finally` of a websocket handler);
- where a sweep or a limit catches what clients leave, also one that a request starts: a removal in a loop over the
  collection, under a comparison of times, or in what the growing function calls;
- what an administrator adds and deletes, as users and groups: only entries that stand for a client, such as sessions
  and connections, are left behind when it goes away.

Found in released code: sglang 0.5.23 (`AsyncDictStore._items`: a video stays until a DELETE of its client).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from leaklint.rule import Finding, Rule, Suspect

if TYPE_CHECKING:
    from leaklint.project import Project

FLAGGED = [
    """
import uuid

from fastapi import FastAPI

app = FastAPI()
SESSIONS = {}


@app.post("/sessions")
async def open_session():
    session_id = str(uuid.uuid4())
    SESSIONS[session_id] = []  # LK308
    return session_id


@app.delete("/sessions/{session_id}")
async def end_session(session_id: str):
    SESSIONS.pop(session_id, None)
""",
    """
from flask import Flask, request

app = Flask(__name__)


class Logins:
    def __init__(self):
        self.users = {}

    def enter(self, token, user):
        self.users[token] = user  # LK308

    def leave(self, token):
        self.users.pop(token, None)


logins = Logins()


@app.post("/login")
def login():
    logins.enter(request.form["token"], request.form["user"])
    return "", 204


@app.post("/logout")
def logout():
    logins.leave(request.form["token"])
    return "", 204
""",
]

CLEAN = [
    """
import time
import uuid

from fastapi import FastAPI

app = FastAPI()
SESSIONS = {}


@app.post("/sessions")
async def open_session():
    for old in [key for key, begun in SESSIONS.items() if begun < time.time() - 3600]:
        del SESSIONS[old]
    session_id = str(uuid.uuid4())
    SESSIONS[session_id] = time.time()
    return session_id


@app.delete("/sessions/{session_id}")
async def end_session(session_id: str):
    SESSIONS.pop(session_id, None)
""",
    """
from flask import Flask, abort

app = Flask(__name__)
SESSIONS = {}


@app.put("/sessions/<token>")
def open_session(token):
    if len(SESSIONS) >= 100:
        abort(429)
    SESSIONS[token] = []
    return "", 204


@app.delete("/sessions/<token>")
def end_session(token):
    SESSIONS.pop(token, None)
    return "", 204
""",
    """
import socketio

server = socketio.Server()
MEMBERS = {}


@server.event
def connect(sid, environ):
    MEMBERS[sid] = environ["PATH_INFO"]


@server.event
def disconnect(sid):
    MEMBERS.pop(sid, None)
""",
    """
# Each request for the list drops the sessions that are over.
import time
import uuid

from flask import Flask

app = Flask(__name__)
SESSIONS = {}


@app.post("/sessions")
def open_session():
    session_id = str(uuid.uuid4())
    SESSIONS[session_id] = time.time()
    return session_id


@app.post("/sessions/close")
def close_sessions():
    for session_id in list(SESSIONS):
        if SESSIONS[session_id] < time.time() - 3600:
            SESSIONS.pop(session_id)
    return "", 204
""",
    """
# Groups are there until somebody deletes them.
from flask import Flask, request

app = Flask(__name__)
GROUPS = {}


@app.post("/groups")
def add_group():
    GROUPS[request.form["name"]] = request.form["permissions"]
    return "", 204


@app.delete("/groups/<name>")
def delete_group(name):
    GROUPS.pop(name, None)
    return "", 204
""",
]


def weigh(project: Project, suspect: Suspect) -> str | None:
    """Looks at when each removal runs: for the one entry that a client names, or also without being asked for it."""
    from leaklint.project.concrete import expiry, syntax  # only a suspect needs a tree

    if suspect.cleaning:
        return ""
    for removal in suspect.removals:
        tree = project.tree(removal.function)
        removed = syntax.statement_at(tree, removal.row) if tree is not None else None
        if tree is None or removed is None:
            return None
        if any(expiry.is_loop(each) for each in tree.around(removed)):
            return ""
        if any(expiry.is_timed(tree.code(each.test)) for each in syntax.conditions(tree, removed)):
            return ""
    return f"removed only when a client asks for it, in line {suspect.removals[0].row}"


def judge(project: Project) -> Iterable[Finding]:
    """The collections from which only requests of clients remove, each at its first growth."""
    return project.findings("LK308")


RULE = Rule("LK308", "eviction-left-to-the-client", judge, weigh, cwe=(401, 770))
