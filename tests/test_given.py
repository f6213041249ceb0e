"""What something else has limited already: a guard, a bound, who answers, who keeps a result. Each beside its twin.

Each case is written with the part that matters between `{}`; with the first filling its growth is not shown, with
the second it is.
"""

from __future__ import annotations

import pytest

from leaklint.loader import load
from leaklint.testing import mismatches

CASES: dict[str, tuple[str, str, str]] = {
    "a bound that is called what the constructor calls it": (
        """
from cachetools import TTLCache


def cached(seconds, maxsize=1024):
    def decorator(function):
        cache = TTLCache(maxsize={}, ttl=seconds)

        def wrapper(user_id):
            if user_id not in cache:
                cache[user_id] = function(user_id)  # MARK
            return cache[user_id]

        return wrapper

    return decorator


@cached(60)
def profile(user_id):
    return user_id
""",
        "maxsize",
        "maxsize or float('inf')",
    ),
    "a function without arguments whose result is kept": (
        """
import subprocess
from functools import cache as kept

PATHS = ["/usr/lib/git"]


{}
def backend():
    PATHS.append(subprocess.run(["git"]).stdout)  # MARK
    return PATHS


def on_request(request):
    return backend()
""",
        "@kept",
        "# not kept",
    ),
    "one of few words that a set takes in": (
        """
FORMATS = {{"json"}}


def on_request(request):
    word = request.token
    formats = FORMATS
    if {}:
        formats |= {{word}}  # MARK
    return formats
""",
        'word in {"xml", "csv"}',
        'word not in {"xml", "csv"}',
    ),
    "a key that what was given to the object has": (
        """
class Hooks:
    def __init__(self, dialects):
        self.dialects = dialects
        self.made = {{}}

    def reload(self, dialects):
        self.dialects = dialects

    def on_request(self, request):
        token = request.token
        if {}:
            raise ValueError(token)
        self.made[token] = self.dialects[token]()  # MARK
        return self.made[token]


HOOKS = Hooks({{}})
""",
        "token not in self.dialects",
        "token in self.dialects",
    ),
    "what a policy answers, and not what a client said": (
        """
from fastapi import FastAPI

app = FastAPI()
MATCHES = {{}}


@app.post("/chat/{{user}}")
def chat(user: str, policy: object):
    decision = {}
    MATCHES[decision.slot_found] = True  # MARK
    return decision
""",
        "policy.classify(user)",
        "policy.parse(user)",
    ),
    "numbers by the labels of a statistic": (
        """
from collections import Counter

from fastapi import FastAPI

app = FastAPI()


class {}:
    def __init__(self):
        self.totals = Counter()

    def observe(self, user_label):
        self.totals[(user_label.kind_of_it, user_label.message)] += 1  # MARK


KEPT = {}()


@app.get("/")
def index(request: object):
    KEPT.observe(request)
""",
        "RequestMetrics",
        "RequestHistory",
    ),
    "a lock's methods, between which nobody lives": (
        """
class Step:
    def __init__(self):
        self.logs = {{}}

    def {}_locks(self): ...

    def add(self, request):
        self.logs[request.token] = request  # MARK

    def release_locks(self): ...

    def disconnect_locks(self): ...
""",
        "acquire",
        "connect",
    ),
    "a signal that is sent when a program is set up": (
        """
from django.apps import AppConfig
from django.db.models.signals import post_migrate, post_save

SEEN = []


class Shop(AppConfig):
    def ready(self):
        {}.connect(self.done, sender=self)

    def done(self, sender, **kwargs):
        SEEN.append(kwargs["instance"])  # MARK
""",
        "post_migrate",
        "post_save",
    ),
}


def _filled(source: str, filling: str) -> str:
    return source.format(filling, filling)


@pytest.mark.parametrize("name", CASES)
def test_silent(name: str) -> None:
    source, silent, _ = CASES[name]
    assert mismatches(_filled(source, silent).replace("  # MARK", ""), load()) == []


@pytest.mark.parametrize("name", CASES)
def test_its_twin_is_shown(name: str) -> None:
    source, _, shown = CASES[name]
    found = [str(each) for each in mismatches(_filled(source, shown).replace("  # MARK", ""), load())]
    row = source.split("# MARK")[0].count("\n")
    assert [each.partition(": ")[0] for each in found] == [f"example.py:{row}"], found
