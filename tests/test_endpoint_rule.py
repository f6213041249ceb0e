"""LK001: reported once on each endpoint's definition, whatever lies between it and what it makes grow."""

from __future__ import annotations

import pytest

from leaklint.testing import check, mismatches, split

DIRECT = """
from fastapi import FastAPI

app = FastAPI()
SEEN = {}


@app.get("/users/{user_id}")
async def user(user_id: str):  # LK001
    SEEN[user_id] = True  # LK101
"""

THROUGH_CALLS = """
# file: shop/web.py
from flask import Flask
from shop import service

app = Flask(__name__)


@app.get("/users/<user_id>")
def user(user_id):  # LK001
    return service.load(user_id)


@app.get("/groups/<group_id>")
def group(group_id):  # LK001
    return service.load(group_id)


@app.get("/health")
def health():
    return "fine"

# file: shop/service.py
from shop.store import remember


def load(key):
    remember(key, len(key))
    return str(len(key))

# file: shop/store.py
KNOWN = {}


def remember(key, value):
    KNOWN[key] = value  # LK101
"""

TWO_CONTAINERS = """
from fastapi import FastAPI

app = FastAPI()
NAMES = {}
VISITS = []


@app.post("/visits/{name}")
def visit(name: str):  # LK001
    NAMES[name] = len(name)  # LK101
    VISITS.append(name)  # LK101
"""

SUPPRESSED = """
from fastapi import FastAPI

app = FastAPI()
SEEN = {}  # leaklint: bounded[one per tenant] we have nine


@app.get("/tenants/{name}")
async def tenant(name: str):
    SEEN[name] = True  # never: LK001
"""

BOUNDED = """
from cachetools import TTLCache
from fastapi import FastAPI

app = FastAPI()
SEEN = TTLCache(1000, 60)


@app.get("/users/{user_id}")
async def user(user_id: str):
    SEEN[user_id] = True  # never: LK001
"""


@pytest.mark.parametrize("example", [DIRECT, THROUGH_CALLS, TWO_CONTAINERS])
def test_reported_on_the_endpoint(example: str) -> None:
    assert [str(each) for each in mismatches(example)] == []


@pytest.mark.parametrize("example", [SUPPRESSED, BOUNDED])
def test_silent(example: str) -> None:
    assert check(split(example)) == ()


def test_chain_leads_to_the_growth() -> None:
    reached = {each.symbol: each for each in check(split(THROUGH_CALLS)) if each.code == "LK001"}
    assert sorted(reached) == ["shop.web.group", "shop.web.user"]
    assert reached["shop.web.user"].endpoints[0].chain == (
        "shop.web.user",
        "shop.service.load",
        "shop.store.remember",
    )


def test_a_note_where_the_container_is_reported_too() -> None:
    (finding,) = [each for each in check(split(DIRECT)) if each.code == "LK001"]
    assert finding.severity == "note"
    assert "SEEN" in finding.message
