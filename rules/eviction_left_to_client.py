"""An entry is removed only when a client asks for it.

`POST /sessions` adds and `DELETE /sessions/{id}` removes. A client that crashes, closes its laptop or means harm never
sends the second request. Nothing else looks at the entry again, so the process keeps one for each client that left
without a word; in practice that is most of them.

How to mend: keep the endpoint, and add an end that needs no client: a time limit with a sweep, or a size limit.

Not flagged, on purpose:

- hooks that the server calls when a connection ends (`on_disconnect`, the `finally` of a websocket handler);
- where a sweep or a limit catches what clients leave.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from leaklint.rule import Finding, Rule

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
ROOMS = {}


@app.put("/rooms/<name>")
def open_room(name):
    if len(ROOMS) >= 100:
        abort(429)
    ROOMS[name] = []
    return "", 204


@app.delete("/rooms/<name>")
def end_room(name):
    ROOMS.pop(name, None)
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
]


def judge(project: Project) -> Iterable[Finding]:
    """The collections from which only requests of clients remove, each at its first growth."""
    return project.findings("LK308")


RULE = Rule("LK308", "eviction-left-to-the-client", judge, cwe=(401, 770))
