"""`# leaklint: bounded[...]` is believed about the size, and reported once the container does not grow any more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from leaklint.config import Settings
from leaklint.discover import describe
from leaklint.index import index_source
from leaklint.pipeline import link
from leaklint.testing import check

GROWING = """
REGIONS = {}  # leaklint: bounded[500] regions


def on_region(request):
    REGIONS[request.region_id] = request
"""
FINITE = GROWING.replace("request.region_id", '"last"')


def inventory(source: str) -> list[dict[str, Any]]:
    files = {"shop.py": source}
    facts = {name: index_source(text.encode()) for name, text in files.items()}
    return link(describe(files, ()), facts, Settings(root=Path("/shop")), lambda path: files[path]).inventory()


def test_the_promise_is_believed() -> None:
    assert check({"shop.py": GROWING}) == ()


def test_the_inventory_tells_of_it() -> None:
    [row] = inventory(GROWING)
    assert (row["verdict"], row["reason"]) == ("bounded", "declared in a comment: 500")
    assert row["growth"]


def test_nothing_is_promised_without_the_comment() -> None:
    [row] = inventory(GROWING.partition("#")[0] + GROWING.partition("regions")[2])
    assert row["verdict"] == "grows"


READ_ONLY = GROWING.replace("    REGIONS[request.region_id] = request", "    print(REGIONS, request)")


@pytest.mark.parametrize("source", [FINITE, READ_ONLY])
def test_what_does_not_grow_any_more_needs_no_promise(source: str) -> None:
    [found] = check({"shop.py": source})
    assert (found.code, found.location.row) == ("LK002", 2)
    assert "any more" in found.message
