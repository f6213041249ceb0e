"""What is installed: the engine, the rules inside it, the models, and nothing else."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from leaklint import __version__
from leaklint.catalogue import catalogue, own_folder
from leaklint.loader import load

HERE = Path(__file__).parents[1]
PARTS = ("leaklint", "rules", "pyproject.toml", "README.md", "LICENSE")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel of this checkout, built from a copy: a build leaves files behind that a later one would ship."""
    folder = tmp_path_factory.mktemp("package")
    for part in PARTS:
        subprocess.run(["cp", "-r", HERE / part, folder / part], check=True)
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "-q",
        "--no-deps",
        "--wheel-dir",
        str(folder / "dist"),
        str(folder),
    ]
    subprocess.run(command, check=True)
    [path] = (folder / "dist").glob("*.whl")
    return zipfile.ZipFile(path)


def files(folder: Path, *suffixes: str) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.suffix in suffixes}


@pytest.mark.slow
def test_the_wheel_holds_all_of_it_and_no_top_level_rules(wheel: zipfile.ZipFile) -> None:
    names = {name for name in wheel.namelist() if ".dist-info/" not in name}
    expected = {f"leaklint/{name}" for name in files(HERE / "leaklint", ".py", ".toml", ".typed")}
    expected |= {"leaklint/py.typed"} | {f"leaklint/rules/{name}" for name in files(HERE / "rules", ".py")}
    assert names == expected


@pytest.mark.slow
def test_the_wheel_says_what_it_brings(wheel: zipfile.ZipFile) -> None:
    info = f"flake8_leaklint-{__version__}.dist-info"
    points = wheel.read(f"{info}/entry_points.txt").decode()
    assert "[console_scripts]\nleaklint = leaklint.cli:entry" in points
    assert "[flake8.extension]\nLK = leaklint.flake8:Plugin" in points
    metadata = wheel.read(f"{info}/METADATA").decode()
    assert "License-Expression: MIT" in metadata
    assert "Requires-Python: >=3.10" in metadata


def test_a_checkout_finds_its_rules_beside_it() -> None:
    assert own_folder().is_dir()
    assert {path.stem for path in own_folder().glob("[!_]*.py")} == {
        path.stem for path in (HERE / "rules").glob("[!_]*.py")
    }


def test_what_is_read_of_a_rule_without_running_it_is_what_it_is() -> None:
    loaded = {rule.code: rule for rule in load()}
    for info in catalogue():
        if info.code in loaded:
            rule = loaded[info.code]
            assert (info.name, info.preview, info.default) == (rule.name, rule.preview, rule.default)
            assert info.summary == rule.summary
    assert set(loaded) <= {info.code for info in catalogue()}


def test_the_version_is_in_the_changelog() -> None:
    assert f"\n## {__version__} " in (HERE / "CHANGELOG.md").read_text()
