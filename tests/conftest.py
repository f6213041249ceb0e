"""What the tests of the command and of the hosts share: a small project with a leak, and the command itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from leaklint.cli import main

STORE = """\
PROFILES = {}
LIMITED = {}


def remember(user_id, profile):
    PROFILES[user_id] = profile


def limited(user_id, profile):
    if len(LIMITED) > 100:
        LIMITED.clear()
    LIMITED[user_id] = profile
"""

WEB = """\
from flask import Flask, request

from shop import store

app = Flask(__name__)


@app.get("/users/<user_id>")
def get_user(user_id):
    store.remember(user_id, request.headers)
    return "ok"
"""


class Run:
    """A finished command: its exit code and what it printed."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code = code
        self.out = out
        self.err = err


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one leak, `shop.store.PROFILES`, which `GET /users/<user_id>` drives; the working directory."""
    root = tmp_path / "project"
    (root / "shop").mkdir(parents=True)
    (root / "shop/__init__.py").write_text("")
    (root / "shop/store.py").write_text(STORE)
    (root / "shop/web.py").write_text(WEB)
    monkeypatch.chdir(root)
    return root


@pytest.fixture
def leaklint(capsys: pytest.CaptureFixture[str]) -> Callable[..., Run]:
    """Runs the command in this process."""

    def run(*arguments: str) -> Run:
        capsys.readouterr()
        try:
            code = main(arguments)
        except SystemExit as stop:  # argparse
            code = int(stop.code or 0)
        said = capsys.readouterr()
        return Run(code, said.out, said.err)

    return run
