"""Input that nobody would write on purpose: no crash, LK000 where something can't be read, and the rest is checked."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import STORE, Run

Command = Callable[..., Run]


@pytest.fixture
def check(project: Path, leaklint: Command) -> Callable[[], list[tuple[str, int, str]]]:
    """The findings of a run as file, row and code, without those of the project itself, which have to be there."""

    def run() -> list[tuple[str, int, str]]:
        done = leaklint("check", "--output-format", "json", "--select", "LK000,LK101")
        assert done.code == 1, done.err
        assert leaklint("check", "--output-format", "sarif").code == 1  # the second run finds a result kept
        document: dict[str, Any] = json.loads(done.out)
        found = [(each["filename"], each["location"]["row"], each["code"]) for each in document["findings"]]
        found.remove(("shop/store.py", 6, "LK101"))
        assert {each["filename"] for each in document["errors"]} == {name for name, _, code in found if code == "LK000"}
        return found

    return run


Check = Callable[[], list[tuple[str, int, str]]]


@pytest.mark.parametrize(
    ("source", "row"),
    [
        (b"x = 1\ndef f(:\n    pass\n", 2),
        (b"x = 1\ny = '\xff\xfe'\n", 2),
        (b"x = 1\ny = '\0'\n", 2),
        (b"# -*- coding: nonsense -*-\n", 1),
        (b"# -*- coding: rot13 -*-\n", 1),
        (b"\xff\xfex\0=\0001\0", 1),
        (b"print 'hello'\n", 1),
        (b"if x:\n\ty\n        z\n", 3),
        (b"\x7fELF\x02\x01\x01" + bytes(range(256)), 1),
    ],
)
def test_what_cannot_be_read_is_told_at_its_line(source: bytes, row: int, project: Path, check: Check) -> None:
    (project / "bad.py").write_bytes(source)
    assert check() == [("bad.py", row, "LK000")]


def test_a_project_of_which_nothing_can_be_read(project: Path, leaklint: Command) -> None:
    for path in project.glob("**/*.py"):
        path.unlink()
    (project / "last.py").write_bytes(b"def f(:\n")
    for command in ("check", "endpoints", "inventory", "graph"):
        done = leaklint(command, "--output-format", "json")
        assert done.code == (1 if command == "check" else 0), done.err
    found = json.loads(leaklint("check", "--output-format", "json").out)["findings"]
    assert [(each["filename"], each["code"]) for each in found] == [("last.py", "LK000")]


@pytest.mark.parametrize(
    "source",
    [
        b"",
        b"\n\n\n",
        b"\xef\xbb\xbfx = 1\n",
        b"# -*- coding: latin-1 -*-\nx = '\xe9'\n",
        b"x = 1\r\ny = 2\r\n",
        b"x = 1\ry = 2\r",
        b"x = 1",
        b"\x0cx = 1\n",
        "ünïcode = 'ß'  # noqa: LK2\n".encode(),
        b"match x:\n    case 1:\n        pass\n",
        b"x = {'\\ud800': '\\udcff'}\nx['\\ud800'] = getattr(x, '\\ud800')\n",
        b"X = {}\ndef f(k):\n    X['\\ud800' + k] = '\\ud800'  # noqa: LK\n",
        b"x = 10 ** 100000\n",
        b"from functools import lru_cache\n@lru_cache(maxsize=1" + b"0" * 400 + b")  # noqa: LK\ndef f(k): return k\n",
        b"x = '" + b"a" * 1_000_000 + b"'\n",
    ],
)
def test_what_is_only_odd_is_read(source: bytes, project: Path, check: Check) -> None:
    (project / "odd.py").write_bytes(source)
    assert [each for each in check() if each[2] == "LK000"] == []


@pytest.mark.parametrize("start", [b"\xef\xbb\xbf", b"\r\n", b"# -*- coding: latin-1 -*-\n# \xe9\n", b"\x0c"])
def test_rows_are_right_whatever_a_file_begins_with(start: bytes, project: Path, check: Check) -> None:
    (project / "odd.py").write_bytes(start + STORE.replace("\n", "\r\n").encode())
    rows = (start.replace(b"\r\n", b"\n")).count(b"\n")
    assert check() == [("odd.py", 6 + rows, "LK101")]


@pytest.mark.parametrize(
    "source",
    [
        "(" * 100_000,
        "x = " + "[" * 3_000 + "]" * 3_000,
        "x = " + "-" * 50_000 + "1",
        "x = " + "not " * 20_000 + "1",
        "x = " + " + ".join("1" * 20_000),
        "x = a" + ".b" * 20_000,
        "x = a" + "()" * 20_000,
        "x = " + "lambda: " * 5_000 + "1",
        "\n".join(" " * depth + "if x:" for depth in range(150)) + "\n" + " " * 150 + "pass\n",
        "if x:\n    pass\n" + "elif x:\n    pass\n" * 5_000,
        "def f():\n" + "    x = {}\n" * 50_000,
        "x = f'" + "{" * 200 + "}" * 200 + "'",
    ],
    ids=lambda text: text[:12],
)
def test_deep_and_long_files(source: str, project: Path, check: Check) -> None:
    (project / "deep.py").write_text(source)
    assert [each for each in check() if each[2] != "LK000"] == []


def test_a_file_of_fifty_megabytes(project: Path, check: Check) -> None:
    (project / "huge.py").write_text("x = 1\n" * 9_000_000)
    assert check() == [("huge.py", 1, "LK000")]


def test_names_outside_ascii(project: Path, check: Check) -> None:
    folder = project / "mağaza"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "стор e.py").write_text(STORE)
    assert check() == [("mağaza/стор e.py", 6, "LK101")]


def test_a_name_that_is_no_text(project: Path, check: Check) -> None:
    name = os.fsdecode(b"\xff\xfe.py")
    (project / name).write_text(STORE)
    assert [code for _, _, code in check()] == ["LK101"]


def test_links_in_circles_and_into_nowhere(project: Path, check: Check) -> None:
    os.symlink(project, project / "again")
    os.symlink("loop.py", project / "loop.py")
    os.symlink("/nonexistent/x.py", project / "gone.py")
    assert check() == []


def test_a_folder_called_like_a_module(project: Path, check: Check) -> None:
    (project / "folder.py").mkdir()
    (project / "folder.py" / "__init__.py").write_text("")
    assert check() == []


def test_a_pipe_called_like_a_module(project: Path, check: Check) -> None:
    os.mkfifo(project / "pipe.py")
    assert check() == []


def test_an_unreadable_folder_is_told(project: Path, check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "locked").mkdir()
    (project / "locked/a.py").write_text("")
    scandir = os.scandir

    def refusing(path: Path) -> object:
        if str(path).rstrip("/").endswith("locked"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    assert check() == [("locked", 1, "LK000")]


def test_a_file_that_is_gone_by_the_time_it_is_read(
    project: Path, check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "gone.py").write_text("")
    stat = os.stat

    def vanished(path: Any, **given: Any) -> Any:
        if str(path).endswith("gone.py"):
            raise FileNotFoundError(2, "No such file or directory")
        return stat(path, **given)

    monkeypatch.setattr("leaklint.cache.os.stat", vanished)
    assert [each[2] for each in check()] in ([], ["LK000"])


def test_a_module_beside_its_package_and_two_of_a_name(project: Path, check: Check) -> None:
    for name in ("x.py", "x/__init__.py", "one/same.py", "two/same.py"):
        (project / name).parent.mkdir(exist_ok=True)
        (project / name).write_text(STORE if name != "x/__init__.py" else "")
    assert sorted(check()) == [("one/same.py", 6, "LK101"), ("two/same.py", 6, "LK101"), ("x.py", 6, "LK101")]


def test_modules_that_import_each_other_and_themselves(project: Path, check: Check) -> None:
    (project / "a.py").write_text(
        "from b import *\nfrom a import a\nimport a.b.c\nfrom . import x\nfrom ..... import y\n"
    )
    (project / "b.py").write_text(
        "from a import *\nfrom b import *\nclass A(A): pass\nclass B(C): pass\nclass C(B): pass\n"
    )
    assert check() == []


def test_nothing_of_the_project_is_ever_run(project: Path, check: Check) -> None:
    bomb = f"open({str(project / 'ran')!r}, 'w')\n"
    for name in (
        "conftest.py",
        "setup.py",
        "sitecustomize.py",
        "shop/__init__.py",
        "libcst.py",
        "leaklint.py",
        "ast.py",
    ):
        (project / name).write_text(bomb)
    (project / "rules").mkdir()
    (project / "rules/evil_rule.py").write_text(bomb)
    assert check() == []
    assert not (project / "ran").exists()


@pytest.mark.slow
def test_an_index_of_git_that_is_broken(project: Path, check: Check) -> None:
    subprocess.run(["git", "init", "-q", project], check=True)
    (project / ".git/index").write_bytes(b"nonsense")
    assert check() == []


def test_a_callback_that_is_bound_into_itself(project: Path, check: Check) -> None:
    (project / "again.py").write_text(
        "import asyncio, functools\n\n\ndef go(loop, f):\n"
        "    once = functools.partial(loop.call_soon_threadsafe, f)\n"
        "    again = functools.partial(loop.call_soon_threadsafe, once)\n"
        "    once = again\n    f = once\n    loop.call_soon(once)\n    go(loop, once)\n\n\n"
        "go(asyncio.get_event_loop(), print)\n"
    )
    assert check() == []


@pytest.mark.parametrize(
    "path",
    ["'/x'.lower('y')", "'/x'.removesuffix()", "'/x'.strip(*a)", "'/%s' % ()", "''.join()", "f'{x!r:>{x}}'", "'/' / 1"],
)
def test_routes_whose_paths_are_no_strings(path: str, project: Path, check: Check) -> None:
    (project / "odd.py").write_text(
        f"from flask import Flask\n\n\napp = Flask(__name__)\n\n\n@app.get({path})\ndef f():\n    return ''\n"
    )
    assert check() == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("from pyramid.view import view_config\n\n\n@view_config(route_name=None)\n", "pyramid route odd.f"),
        ("from celery import shared_task\n\n\n@shared_task(name=None)\n", "TASK odd.f"),
        ("from fastapi import FastAPI\n\napp = FastAPI()\n\n\n@app.get(path=None)\n", "GET odd.f"),
        ("from fastapi import FastAPI\n\napp = FastAPI()\n\n\n@app.get('/\\ud800')\n", "GET /\\ud800"),
    ],
)
def test_words_that_are_none_or_no_text(text: str, name: str, project: Path, leaklint: Command) -> None:
    (project / "odd.py").write_text(f"{text}def f(key):\n    return key\n")
    done = leaklint("endpoints", "odd.py", "--output-format", "json")
    assert [each["name"] for each in json.loads(done.out)["endpoints"]] == [name]
