"""Findings and runs made by hand, for tests of what is done with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from leaklint.pipeline import Outcome
from leaklint.rule import Evidence, Finding, Growth, Location, Place, Reach
from leaklint.settle import Judged, Settled

REACH = Reach(
    "GET /users/{id}", "shop.web.get_user", "shop/web.py", 20, "request", ("shop.web.get_user", "shop.cache.put")
)


def finding(code: str = "LK101", row: int = 12, filename: str = "shop/cache.py", **given: Any) -> Finding:
    """A finding of `shop.cache.PROFILES`, declared in row 3."""
    fields: dict[str, Any] = {
        "name": "growing-module-collection",
        "message": "PROFILES grows in put(); nothing removes entries",
        "location": Location(row, 5),
        "end_location": Location(row, 31),
        "symbol": "shop.cache.PROFILES",
        "declared": Place("shop/cache.py", 3),
        "growth": (Growth(filename, row, "shop.cache.put"),),
        "cwe": (770, 400),
    }
    return Finding(code=code, filename=filename, **(fields | given))


def growing_at(*places: tuple[str, int], **given: Any) -> Finding:
    """A finding that grows in several places, the first of which comes first."""
    anchors = tuple((name, Location(row, 5), Location(row, 9)) for name, row in places[1:])
    growth = tuple(Growth(name, row, "f") for name, row in places)
    return finding(row=places[0][1], filename=places[0][0], anchors=anchors, growth=growth, **given)


def outcome(*findings: Finding, **given: Any) -> Outcome:
    """A finished run that reports these findings."""
    judged = Judged(findings, tuple(sorted({each.code for each in findings})), files=3, endpoints=2)
    judged = msgspec.structs.replace(judged, **given)
    return Outcome(findings, Settled(findings), judged, Path("/project"), 0.5)


def evident(**given: Any) -> Finding:
    """A finding with evidence and a chain."""
    evidence = (
        Evidence("lifetime", "shop/cache.py", 3, "module variable"),
        Evidence("growth", "shop/cache.py", 12, "[]= in shop.cache.put"),
    )
    return finding(evidence=evidence, endpoints=(REACH,), severity="error", confidence="high", **given)
