"""A finished run to text. Each format is a function of the outcome and a view, and returns the whole text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leaklint.pipeline import Outcome
    from leaklint.report.view import View

    Writer = Callable[[Outcome, View], str]

_FORMATS: Mapping[str, tuple[str, str]] = {
    "full": ("text", "full"),
    "concise": ("text", "concise"),
    "json": ("objects", "as_json"),
    "json-lines": ("objects", "as_json_lines"),
    "sarif": ("sarif", "as_sarif"),
    "github": ("github", "commands"),
    "gitlab": ("ci", "gitlab"),
    "junit": ("ci", "junit"),
    "rdjson": ("ci", "rdjson"),
}

FORMATS = tuple(_FORMATS)
"""The names of the formats that `check` offers."""


def write(name: str, outcome: Outcome, view: View) -> str:
    """The outcome in a format; only that format's module is imported."""
    module, function = _FORMATS[name]
    writer: Writer = getattr(import_module(f"leaklint.report.{module}"), function)
    return writer(outcome, view)
