"""Objects that others call back: add-ons by what their hooks take, and methods that are registered and taken back."""

from __future__ import annotations

import pytest
from test_entry_models import found, lifetime

from leaklint.loader import load
from leaklint.testing import mismatches


def test_add_ons_that_derive_from_nothing() -> None:
    """What a hook is given tells of its class; another class with a method of that name is nobody's add-on."""
    text = """
from mitmproxy import http

class Save:
    def request(self, flow: http.HTTPFlow):
        print(flow)

class Client:
    def request(self, address: str):
        return address

def response(flow):
    print(flow)
"""
    assert sorted(found(text)) == ["Save.request", "response"]
    assert (lifetime(text, "Save"), lifetime(text, "Client")) == ("process", None)


SUGGESTIONS = """
class Suggestions:
    def connect(self, buffer):
        buffer.on_insert.add_handler(self.reset)
        {added}

    def disconnect(self, buffer):
        buffer.on_insert.remove_handler(self.reset)
        {removed}
"""

WHOLE = {
    "both are taken back": ("buffer.on_move.add_handler(self.dismiss)", "buffer.on_move.remove_handler(self.dismiss)"),
    "the other is one's own": ("self.on_move.add_handler(self.dismiss)", ""),
    "the other is something else's": ("buffer.window.view.on_move.add_handler(self.dismiss)", ""),
    "there is one alone": ("buffer.on_move.clear()", ""),
}


@pytest.mark.parametrize("name", WHOLE)
def test_what_is_taken_back_is_silent(name: str) -> None:
    added, removed = WHOLE[name]
    assert mismatches(SUGGESTIONS.format(added=added, removed=removed), load()) == []


def test_the_half_that_stays_is_reported() -> None:
    added = "buffer.on_move.add_handler(self.dismiss)  # LK401"
    assert mismatches(SUGGESTIONS.format(added=added, removed=""), load()) == []
