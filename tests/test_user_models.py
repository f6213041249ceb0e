"""What a user tells of the project's own containers and caches."""

from __future__ import annotations

from pathlib import Path

import pytest

from leaklint.config import ConfigError, Settings
from leaklint.pipeline import check_models
from leaklint.testing import check

RING = """
class Ring:
    def __init__(self):
        self.items = []

    def push(self, item):
        self.items.append(item)


class Wider(Ring):
    pass
"""

APP = """
from flask import Flask, request
from shop.ring import {name}

app = Flask(__name__)
SEEN = {name}()


@app.route("/hit")
def hit():
    SEEN.push(request.args["word"])
    return ""
"""


def codes(files: dict[str, str], config: str = "") -> list[tuple[str, str]]:
    found = check({**files, "leaklint.toml": config} if config else files)
    return [(each.filename, each.code) for each in found if each.code != "LK001"]


@pytest.mark.parametrize("name", ["Ring", "Wider"])
def test_a_class_that_is_said_to_be_bounded(name: str) -> None:
    files = {"shop/__init__.py": "", "shop/ring.py": RING, "shop/web.py": APP.format(name=name)}
    assert codes(files) == [("shop/ring.py", "LK103")]
    assert codes(files, 'bounded-types = ["shop.ring.Ring"]') == []
    assert codes(files, 'bounded-types = ["shop.ring.Other"]') == [("shop/ring.py", "LK103")]


LIBRARY = """
from bins import Bin
from flask import Flask, request

app = Flask(__name__)
SEEN = Bin()


@app.route("/hit")
def hit():
    SEEN.add(request.args["word"])
    return ""
"""


def test_a_library_s_container() -> None:
    known = '[containers."bins.Bin"]\nkind = "set"\nbound = { keyword = "size", position = 0 }\n'
    assert codes({"web.py": LIBRARY}) == []
    assert codes({"web.py": LIBRARY}, known) == [("web.py", "LK101")]
    assert codes({"web.py": LIBRARY.replace("Bin()", "Bin(size=9)")}, known) == []
    assert codes({"web.py": LIBRARY}, f'bounded-types = ["bins.Bin"]\n{known}') == []


NATIVE = """
from store import native


class Table:
    def __init__(self, size=None):
        self.rows = native.table(size)

    def add(self, row):
        self.rows.put(row)
"""


def test_a_container_of_the_project() -> None:
    known = '[containers."bins.Table"]\nkind = "set"\nbound = { keyword = "size", position = 0 }\n'
    web = LIBRARY.replace("Bin", "Table")
    assert codes({"bins.py": NATIVE, "web.py": web}) == []
    assert codes({"bins.py": NATIVE, "web.py": web}, known) == [("web.py", "LK101")]
    assert codes({"bins.py": NATIVE, "web.py": web.replace("Table()", "Table(9)")}, known) == []


MEMO = """
from flask import Flask, request
from memos import memo

app = Flask(__name__)


@memo{call}
def price(word):
    return word * 2


@app.route("/price")
def show():
    return price(request.args["word"])
"""
OWN = """
from store import native


def memo(function=None, size=None):
    return native.wrap(function, size)
"""


@pytest.mark.parametrize("library", [{}, {"memos.py": OWN}], ids=["library", "project"])
@pytest.mark.parametrize("section", ["caches", "caches.decorators"])
def test_a_cache_that_is_put_on_a_function(library: dict[str, str], section: str) -> None:
    known = f'[{section}."memos.memo"]\nrule = "LK201"\nbounds = [{{ keyword = "size" }}]\n'
    bare = {"web.py": MEMO.format(call=""), **library}
    assert codes(bare) == []
    assert codes(bare, known) == [("web.py", "LK201")]
    assert codes({"web.py": MEMO.format(call="(size=None)"), **library}, known) == [("web.py", "LK201")]
    assert codes({"web.py": MEMO.format(call="(size=90)"), **library}, known) == []


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"containers": {"shop.Table": {"kind": "dictionary"}}}, "unknown kind 'dictionary' in containers.shop.Table"),
        ({"containers": {"shop.Table": {"kynd": "dict"}}}, "unknown key 'kynd'"),
        ({"containers": {"shop.Table": {"kind": 1}}}, "containers.shop.Table: Expected `str`"),
        ({"caches": {"shop.memo": {"rool": "LK201"}}}, "caches.shop.memo: .*rool"),
        ({"caches": {"shop.memo": {"rule": "LK101"}}}, "caches.shop.memo: Invalid enum value 'LK101'"),
        ({"caches": {"decorator": {"shop.memo": {}}}}, "caches.decorator: .*shop.memo"),
        ({"caches": {"objects": {"shop.memo": 3}}}, "caches.objects.shop.memo: "),
    ],
)
def test_words_that_there_are_not(given: dict[str, dict[str, dict[str, str]]], message: str) -> None:
    settings = Settings(root=Path("/example"), **given)  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match=message):
        check_models(settings)
