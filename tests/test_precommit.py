"""The hooks, in real runs of pre-commit on a repository."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from conftest import STORE

pytestmark = pytest.mark.slow

HERE = Path(__file__).parents[1]
PARTS = ("leaklint", "rules", "pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml")


def git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def hooks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository that holds this checkout as it is, as a tag of it would."""
    folder = tmp_path_factory.mktemp("hooks")
    for part in PARTS:
        subprocess.run(["cp", "-r", HERE / part, folder / part], check=True)
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "all")
    return folder


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pre-commit keeps the environment that it makes, for all tests of this file."""
    return tmp_path_factory.mktemp("home")


def try_repo(hooks: Path, home: Path, hook: str, *arguments: str) -> tuple[int, str]:
    command = [
        sys.executable,
        "-m",
        "pre_commit",
        "try-repo",
        str(hooks),
        hook,
        "--color",
        "never",
        "--verbose",
        *arguments,
    ]
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    environment |= {"PRE_COMMIT_HOME": str(home)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    return done.returncode, done.stdout + done.stderr


def test_both_hooks_say_what_they_need() -> None:
    hooks = {each["id"]: each for each in yaml.safe_load((HERE / ".pre-commit-hooks.yaml").read_text())}
    assert set(hooks) == {"leaklint", "leaklint-project"}
    assert all(hook["require_serial"] and hook["language"] == "python" for hook in hooks.values())
    assert hooks["leaklint-project"]["pass_filenames"] is False


def test_the_hooks_report(project: Path, hooks: Path, home: Path) -> None:
    git(project, "init", "-q")
    git(project, "add", "-A")

    code, said = try_repo(hooks, home, "leaklint", "--all-files")
    assert "shop/store.py:6:5: LK101 " in said
    assert "shop/web.py:9:1: LK001 " in said
    assert code == 1

    code, said = try_repo(hooks, home, "leaklint", "--files", "shop/__init__.py")
    assert "LK101" not in said
    assert "1 more finding in files that were not asked for" in said
    assert code == 0

    code, said = try_repo(hooks, home, "leaklint", "--files", "shop/web.py")
    assert "shop/web.py:9:1: LK001 " in said
    assert code == 1

    code, said = try_repo(hooks, home, "leaklint-project", "--hook-stage", "pre-push", "--files", "shop/__init__.py")
    assert "shop/store.py:6:5: LK101 " in said
    assert code == 1

    (project / "shop/store.py").write_text(STORE.replace("PROFILES[user_id] = profile", "return"))
    git(project, "add", "-A")
    code, said = try_repo(hooks, home, "leaklint", "--all-files")
    assert "Passed" in said
    assert code == 0
