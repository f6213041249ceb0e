"""All examples of a rule: those of its own file and the further ones in `tests/examples/`, in a file of the same name.

A rule's file shows what its page needs; what else was ever asked of it stands here, in the same form.
"""

from __future__ import annotations

import runpy
from functools import cache
from pathlib import Path

from leaklint.rule import Rule
from leaklint.testing import examples

FOLDER = Path(__file__).with_name("examples")


@cache
def further() -> dict[str, dict[str, list[str]]]:
    """By rule code, the FLAGGED and CLEAN lists of the files in `tests/examples/`."""
    found = [runpy.run_path(str(path)) for path in sorted(FOLDER.glob("*.py"))]
    codes = sorted({space["CODE"] for space in found})
    return {code: _joined([space for space in found if space["CODE"] == code]) for code in codes}


def _joined(spaces: list[dict[str, list[str]]]) -> dict[str, list[str]]:
    return {name: [text for space in spaces for text in space[name]] for name in ("FLAGGED", "CLEAN")}


def flagged(rule: Rule) -> list[str]:
    """The programs of which the rule speaks."""
    return examples(rule.flagged) + further().get(rule.code, {}).get("FLAGGED", [])


def clean(rule: Rule) -> list[str]:
    """The programs of which no rule speaks."""
    return examples(rule.clean) + further().get(rule.code, {}).get("CLEAN", [])
