"""A client, engine, channel or session is made on every call, and neither closed nor kept.

Each holds sockets, a TLS context, a pool or threads. CPython frees what nothing refers to, but clients are full of
cycles and wait for the cyclic collector; until then `R` requests a second hold `R` times so many file descriptors, and
some (gRPC channels, instrumented sessions, `boto3` sessions with 3 MB each) stay much longer. This is churn of
resources, and a leak where something else refers to the client.

How to mend: make it once, at start-up or in a cached factory, and share it; or `with` it.

Not flagged, on purpose:

- clients in a `with`, closed in the same file, returned, stored, or handed to another call;
- engines with a `poolclass`, which is `NullPool` where it matters;
- functions that no entry point reaches, and those that only a thread or an endless loop reaches;
- `requests.get()` and its relatives, which close what they make.

Found in released code: litellm 1.109.1 (`FocusS3Destination._upload`, a client of S3 for each upload).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from leaklint.project.percall.external_calls import external_calls
from leaklint.project.percall.resources import load_resources, per_call
from leaklint.rule import Finding, Rule

if TYPE_CHECKING:
    from leaklint.project import Project

FLAGGED = [
    """
import aiohttp
from fastapi import FastAPI
from sqlalchemy import create_engine

app = FastAPI()


@app.get("/weather")
async def weather(town: str):
    session = aiohttp.ClientSession()  # LK601
    response = await session.get(f"https://weather.example/{town}")
    return await response.json()


def rows(table):
    engine = create_engine("sqlite://")  # LK601
    with engine.connect() as connection:
        return list(connection.execute(table))


@app.get("/tables/{name}")
def table(name: str):
    return rows(name)
""",
    """
# What was asked for goes out, the client stays behind.
import redis
from fastapi import FastAPI

app = FastAPI()


@app.get("/names/{number}")
def name(number: int):
    store = redis.Redis()  # LK601
    return store.get(f"name:{number}")
""",
]

CLEAN = [
    """
from functools import lru_cache

import aiohttp
import httpx
from fastapi import FastAPI
from sqlalchemy import create_engine

app = FastAPI()
engine = create_engine("sqlite://")


@lru_cache
def client():
    return httpx.Client()


@app.get("/weather")
async def weather(town: str):
    async with aiohttp.ClientSession() as session:
        response = await session.get(f"https://weather.example/{town}")
        return await response.json()


@app.get("/tables/{name}")
def table(name: str):
    with engine.connect() as connection:
        return list(connection.execute(name)), client().get("/")
""",
    """
# What is handed on, kept by what it made, or belongs to a thread.
import asyncio
import threading

import boto3
import httpx
from fastapi import FastAPI
from openai import OpenAI
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

app = FastAPI()
_shared = None


def bucket(key):
    session = boto3.Session(aws_access_key_id=key)
    return session.client("s3")


def model(key):
    transport = httpx.Client(timeout=5)
    return OpenAI(api_key=key, http_client=transport)


def shared():
    global _shared
    _shared = _shared or httpx.Client()
    return _shared.get("/")


def serve():
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.run_forever()


threading.Thread(target=serve).start()


@app.get("/{key}")
def view(key: str):
    engine = create_engine("sqlite://", poolclass=NullPool)
    with engine.connect() as connection:
        return bucket(key), model(key), shared(), list(connection.execute(key))
""",
    """
# A part of a client keeps it.
from fastapi import FastAPI, Request
from pymongo import MongoClient

app = FastAPI()


def shop(address):
    return MongoClient(address)["shop"]


@app.post("/connect")
def connect(request: Request, address: str):
    if not hasattr(request.app.state, "shop"):
        request.app.state.shop = shop(address)
    return {}
""",
]


def judge(project: Project) -> Iterator[Finding]:
    """The clients that code behind an entry point makes on every call and nobody closes."""
    for call, kind in per_call(project, load_resources().clients):
        function = project.program.scope(call.scope).name
        message = f"{function}() makes a {kind.kind} on every call ({call.dotted}) and neither closes nor keeps it"
        yield external_calls(project).finding(call, "LK601", "client-per-call", message, cwe=(772,))


RULE = Rule("LK601", "client-per-call", judge, cwe=(772,), preview=True)
