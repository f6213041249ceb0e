"""Keys that somebody outside chooses, each beside one that nobody outside does.

A case is a program with KEY in it. The first key is what whoever sends something made up: the finding says so and is
an error of high confidence. The second is none of that: nobody is said to choose it.
"""

from __future__ import annotations

import textwrap

import pytest

from leaklint.rule import Finding
from leaklint.testing import check

FASTAPI = """
from dataclasses import asdict, dataclass
from hashlib import sha256

from fastapi import Depends, FastAPI, Request
from pydantic import BaseModel

app = FastAPI()
SEEN = {}
KINDS = {"a": 1}
"""

CASES = {
    "an item of a dict that is put together here": (
        FASTAPI
        + """
@app.get("/{name}")
def page(name: str):
    order = {"id": name, "kind": "a"}
    order["place"] = name
    SEEN[KEY] = order
""",
        ('order["id"]', 'order.get("place")'),
        ('order["kind"]',),
    ),
    "an item of a dict that another function is handed or gives back": (
        FASTAPI
        + """
def ordered(name):
    return {"id": name, "kind": "a"}


def keep(order):
    SEEN[KEY] = order


@app.get("/{name}")
def page(name: str):
    keep(ordered(name))
""",
        ('order["id"]',),
        ('order["kind"]',),
    ),
    "one of the arguments that a function has no names for": (
        FASTAPI
        + """
def digest(*words):
    return sha256("|".join(words).encode()).hexdigest()


def keep(**words):
    SEEN[KEY] = words


@app.get("/{name}")
def page(name: str):
    keep(name=name, kind="a")
""",
        ('words["name"]', 'digest(words["name"], words["kind"])'),
        ('words["kind"]', 'digest(words["kind"], "b")'),
    ),
    "what a dependency reads from the request": (
        FASTAPI
        + """
def sender(request: Request):
    return request.headers.get("x-sender")


def kind():
    return "a"


@app.get("/")
def page(who=Depends(sender), what=Depends(kind)):
    SEEN[KEY] = 1
""",
        ("who",),
        ("what",),
    ),
    "a field of a model, as a dict": (
        FASTAPI
        + """
class Order(BaseModel):
    name: str


@app.post("/")
def page(order: Order):
    fields = order.model_dump()
    for field in fields:
        SEEN[KEY] = 1
""",
        ('fields["name"]',),
        ("field",),
    ),
    "what the project keeps of a request in a variable of the framework's": (
        """
from flask import Flask, g, request

app = Flask(__name__)
SEEN = {}


@app.before_request
def remember():
    g.sender = request.headers.get("X-Sender")
    g.kind = "a"


@app.route("/")
def page():
    SEEN[KEY] = 1
    return ""
""",
        ("g.sender",),
        ("g.kind",),
    ),
    "what a generator makes of it": (
        FASTAPI
        + """
def parts(names):
    for name in names.split(","):
        yield name.strip()


@app.get("/{names}")
def page(names: str):
    for name in parts(names):
        SEEN[KEY] = 1
""",
        ("name",),
        ('("page", len(SEEN) > 1)',),
    ),
    "a request of http.server": (
        """
from http.server import BaseHTTPRequestHandler, HTTPServer

SEEN = {}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        SEEN[KEY] = 1


HTTPServer(("", 8000), Handler).serve_forever()
""",
        ("self.path", 'self.headers["Host"]'),
        ("self.server_version",),
    ),
    "a plain application": (
        """
from wsgiref.simple_server import make_server

SEEN = {}


def application(environ, start):
    SEEN[KEY] = 1
    start("200 OK", [])
    return []


make_server("", 8000, application).serve_forever()
""",
        ('environ["PATH_INFO"]',),
        ("application.__name__",),
    ),
    "what a connection of asyncio's says": (
        """
import asyncio

SEEN = {}


async def talk(reader, writer):
    line = await reader.readline()
    SEEN[KEY] = 1


async def main():
    server = await asyncio.start_server(talk, "", 8000)
    await server.serve_forever()


asyncio.run(main())
""",
        ("line.decode().strip()",),
        ("bool(line)",),
    ),
    "a message of gRPC": (
        """
import grpc
import shop_pb2_grpc


class Shop(shop_pb2_grpc.ShopServicer):
    def __init__(self):
        self.SEEN = {}

    def Order(self, request, context):
        self.SEEN[KEY] = 1


server = grpc.server(None)
shop_pb2_grpc.add_ShopServicer_to_server(Shop(), server)
server.start()
""",
        ("request.name",),
        ("type(request)",),
    ),
    "a message of a broker": (
        """
import json

from kafka import KafkaConsumer

SEEN = {}


def main():
    for message in KafkaConsumer("orders"):
        SEEN[KEY] = 1


main()
""",
        ("message.key", 'json.loads(message.value)["id"]'),
        ("type(message)",),
    ),
}


def of_seen(program: str, key: str) -> list[Finding]:
    """What is found about the container SEEN."""
    found = check({"app.py": textwrap.dedent(program).replace("KEY", key)})
    return [each for each in found if each.symbol.endswith("SEEN")]


@pytest.mark.parametrize(("case", "key"), [(case, key) for case, (_, keys, _) in CASES.items() for key in keys])
def test_chosen_outside(case: str, key: str) -> None:
    found = of_seen(CASES[case][0], key)
    assert [(each.severity, each.confidence) for each in found] == [("error", "high")]
    assert "key ← " in found[0].message


@pytest.mark.parametrize(("case", "key"), [(case, key) for case, (_, _, keys) in CASES.items() for key in keys])
def test_not_chosen_outside(case: str, key: str) -> None:
    assert not any("←" in each.message for each in of_seen(CASES[case][0], key))
