"""Objects that serve every request, by the ways in which requests reach them, each beside one that is made anew."""

from __future__ import annotations

import pytest

from leaklint.loader import load
from leaklint.testing import check, mismatches

INDEX = """
class Index:
    def __init__(self):
        self.terms = {}

    def add(self, term, page):
        self.terms[term] = page  # MARK

"""

REACHED = {
    "the application's state": """
from fastapi import FastAPI, Request

async def lifespan(app):
    app.state.index = Index()
    yield

app = FastAPI(lifespan=lifespan)

@app.post("/{term}")
async def post(term: str, request: Request):
    request.app.state.index.add(term, 1)
""",
    "a class that a decorator deploys": """
from ray import serve

@serve.deployment(num_replicas=2)
class Answers:
    def __init__(self):
        self.index = Index()

    def __call__(self, request):
        self.index.add(request.query_params["term"], 1)
""",
    "a key of the application": """
from aiohttp import web

async def start(app):
    app["index"] = Index()

async def post(request):
    request.app["index"].add(request.match_info["term"], 1)

app = web.Application()
app.on_startup.append(start)
app.router.add_post("/{term}", post)
""",
    "a dependency": """
from fastapi import Depends, FastAPI

app = FastAPI()
index = Index()

def the_index():
    return index

@app.post("/{term}")
def post(term: str, index=Depends(the_index)):
    index.add(term, 1)
""",
    "a property that makes it once": """
from fastapi import FastAPI

app = FastAPI()

class Services:
    _index = None

    @property
    def index(self):
        if self._index is None:
            self._index = Index()
        return self._index

services = Services()

@app.post("/{term}")
def post(term: str):
    services.index.add(term, 1)
""",
    "what its user is given": """
from fastapi import FastAPI

class Api:
    def __init__(self, index):
        self.index = index

    def post(self, term: str):
        self.index.add(term, 1)

app = FastAPI()
app.add_api_route("/{term}", Api(Index()).post, methods=["POST"])
""",
}

ANEW = {
    "the request's state": """
from fastapi import FastAPI, Request

app = FastAPI()

@app.post("/{term}")
async def post(term: str, request: Request):
    request.state.index = Index()
    request.state.index.add(term, 1)
""",
    "a dependency made for each request": """
from fastapi import Depends, FastAPI

app = FastAPI()

@app.post("/{term}")
def post(term: str, index=Depends(Index)):
    index.add(term, 1)
""",
    "what its user is given for a call": """
from fastapi import FastAPI

class Answer:
    def __init__(self, index):
        self.index = index

    def write(self, term):
        self.index.add(term, 1)

app = FastAPI()

@app.post("/{term}")
def post(term: str):
    Answer(Index()).write(term)
""",
}


@pytest.mark.parametrize("way", REACHED)
def test_one_for_all(way: str) -> None:
    example = (INDEX + REACHED[way]).replace("MARK", "LK103")
    assert [str(each) for each in mismatches(example, load())] == []


@pytest.mark.parametrize("way", REACHED)
def test_the_chain(way: str) -> None:
    found = next(each for each in check({"app.py": INDEX + REACHED[way]}) if each.code == "LK103")
    assert found.endpoints
    assert found.severity == "error"  # whoever calls chooses the key


@pytest.mark.parametrize("way", ANEW)
def test_one_for_each(way: str) -> None:
    assert [str(each) for each in mismatches(INDEX + ANEW[way], load())] == []


KEYS = {
    "flask": ("from flask import request", "", "request.args['q']", "request.method"),
    "a call": ("from flask import request", "", "request.get_json()['q']", "request.endpoint"),
    "a variable": ("from flask import request", "", "request.headers.get('X-Id')", "request.url.scheme"),
    "fastapi": ("from fastapi import Request", "request: Request", "request.client.host", "request.app.title"),
    "another name": ("from starlette.requests import Request", "r: Request", "r.query_params['q']", "r.scope['type']"),
    "tornado": ("from tornado.web import RequestHandler", "self", "self.get_argument('q')", "self.settings['q']"),
}


def _page(imported: str, params: str, key: str) -> str:
    """A page that keeps something under a key; with `self` among the parameters it is a handler's method."""
    head = "class Page(RequestHandler):\n    def get" if params == "self" else "def get"
    return f"{imported}\nSEEN = {{}}\n{head}({params}):\n        SEEN[{key}] = 1\n"


@pytest.mark.parametrize("name", KEYS)
def test_what_comes_from_a_request(name: str) -> None:
    imported, params, sent, other = KEYS[name]
    assert any("key ← " + sent in each.message for each in check({"page.py": _page(imported, params, sent)}))
    assert not any("key ←" in each.message for each in check({"page.py": _page(imported, params, other)}))


def test_a_request_that_is_no_web_frameworks() -> None:
    found = check({"page.py": _page("", "request", "request.args['q']")})
    assert not any("key ←" in each.message for each in found)
