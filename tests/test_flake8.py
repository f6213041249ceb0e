"""The flake8 plugin, in real runs of flake8."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from conftest import STORE

from leaklint.cli import main

pytestmark = pytest.mark.slow

COUNTING = """
import os, leaklint.pipeline as pipeline
link = pipeline.link
def counting(*given):
    with open(os.environ["PASSES"], "a") as file:
        file.write("x")
    return link(*given)
pipeline.link = counting
"""

STORE_LINE = "./shop/store.py:6:5: LK101"
WEB_LINE = "./shop/web.py:9:1: LK001"


class Flake8:
    """Runs flake8 with the plugin, and counts how often the project was linked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self._passes = folder / "passes"
        (folder / "sitecustomize.py").write_text(COUNTING)
        try:
            distribution("flake8-leaklint")
        except PackageNotFoundError:  # an uninstalled checkout
            info = folder / "flake8_leaklint-0.dist-info"
            info.mkdir()
            (info / "METADATA").write_text("Metadata-Version: 2.1\nName: flake8-leaklint\nVersion: 0\n")
            (info / "entry_points.txt").write_text("[flake8.extension]\nLK = leaklint.flake8:Plugin\n")

    def __call__(self, *arguments: str, start: str = "fork", text: str | None = None) -> list[str]:
        self._passes.write_text("")
        code = (
            f"import multiprocessing as m; m.set_start_method({start!r})\n"
            f"import sys; sys.argv = ['flake8', *{arguments!r}]\n"
            "from flake8.main.cli import main; sys.exit(main())"
        )
        done = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            input=text,
            env=self.environment(),
            check=False,
        )
        self.code, self.out, self.err = done.returncode, done.stdout, done.stderr
        return [" ".join(line.split(" ")[:2]) for line in sorted(done.stdout.splitlines())]

    @property
    def passes(self) -> int:
        """How often the project was linked in the last run, in all processes."""
        return len(self._passes.read_text())

    def environment(self) -> dict[str, str]:
        return os.environ | {
            "PYTHONPATH": os.pathsep.join([str(self.folder), *sys.path]),
            "PASSES": str(self._passes),
        }


@pytest.fixture
def flake8(tmp_path: Path) -> Flake8:
    return Flake8(tmp_path / "flake8")


def test_it_prints_the_line_that_the_command_prints(
    project: Path, flake8: Flake8, capsys: pytest.CaptureFixture[str]
) -> None:
    flake8("--select", "LK", ".")
    environment = flake8.environment()
    done = subprocess.run(
        [sys.executable, "-m", "flake8", "--select", "LK", "."],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    main(["check", "--output-format", "concise"])
    assert done.stdout == capsys.readouterr().out.replace("shop/", "./shop/")
    assert done.stderr == ""


@pytest.mark.parametrize("start", ["fork", "spawn", "forkserver"])
def test_the_project_is_worked_out_once_for_all_processes(start: str, project: Path, flake8: Flake8) -> None:
    assert flake8("--jobs", "2", "--select", "LK", ".", start=start) == [STORE_LINE, WEB_LINE]
    assert flake8.passes == 1
    assert flake8("--jobs", "2", "--select", "LK", ".", start=start) == [STORE_LINE, WEB_LINE]
    assert flake8.passes == 0


def test_it_works_without_a_cache_that_can_be_written(project: Path, flake8: Flake8) -> None:
    (project / ".leaklint_cache").write_text("a file where the folder should be")
    assert flake8("--jobs", "2", "--select", "LK", ".") == [STORE_LINE, WEB_LINE]
    assert flake8.passes == 1


def test_it_does_nothing_where_no_code_of_its_own_is_selected(project: Path, flake8: Flake8) -> None:
    for arguments in (("--select", "F"), ("--ignore", "LK"), ("--extend-ignore", "LK")):
        assert not [line for line in flake8(*arguments, ".") if " LK" in line]
        assert flake8.passes == 0


def test_a_single_code(project: Path, flake8: Flake8) -> None:
    assert flake8("--select", "LK101", ".") == [STORE_LINE]
    assert flake8("--select", "LK", "--ignore", "LK001", ".") == [STORE_LINE]


def test_some_files_are_reported_on_and_the_whole_project_is_read(project: Path, flake8: Flake8) -> None:
    assert flake8("--select", "LK", "shop/web.py") == ["shop/web.py:9:1: LK001"]
    assert flake8("--select", "LK", "shop/store.py", "shop/web.py") == [line[2:] for line in (STORE_LINE, WEB_LINE)]


def test_files_that_flake8_excludes_are_not_reported_on(project: Path, flake8: Flake8) -> None:
    assert flake8("--select", "LK", "--exclude", "store.py", ".") == [WEB_LINE]


def test_standard_input_stands_for_its_display_name(project: Path, flake8: Flake8) -> None:
    (project / "shop/store.py").write_text("")
    arguments = ("--select", "LK", "--stdin-display-name", "shop/store.py", "-")
    assert flake8(*arguments, text="\n" + STORE) == ["shop/store.py:7:5: LK101"]


def test_standard_input_without_a_name(project: Path, flake8: Flake8) -> None:
    assert flake8("--select", "LK", "-", text=STORE) == ["stdin:6:5: LK101"]


def test_noqa_and_disable_noqa(project: Path, flake8: Flake8) -> None:
    (project / "shop/store.py").write_text(STORE.replace("= profile\n", "= profile  # noqa: LK101\n", 1))
    assert flake8("--select", "LK", ".") == []
    assert flake8("--select", "LK", "--disable-noqa", ".") == [STORE_LINE, WEB_LINE]


def test_a_broken_file_elsewhere_breaks_nothing(project: Path, flake8: Flake8) -> None:
    (project / "broken.py").write_bytes(b"def f(:\n\xff")
    (project / "deep.py").write_text("(" * 5000)
    assert flake8("--select", "LK", "shop") == [line[2:] for line in (STORE_LINE, WEB_LINE)]


def test_leaklints_own_configuration_holds(project: Path, flake8: Flake8) -> None:
    (project / "leaklint.toml").write_text('ignore = ["LK001"]\n')
    assert flake8("--select", "LK", ".") == [STORE_LINE]
    (project / "other.toml").write_text('ignore = ["LK101"]\n')
    assert flake8("--select", "LK", "--leaklint-config", "other.toml", ".") == []
    (project / ".flake8").write_text("[flake8]\nselect = LK\nleaklint-config = other.toml\n")
    assert flake8(".") == []


def test_a_mistake_in_the_configuration_is_told(project: Path, flake8: Flake8) -> None:
    (project / "leaklint.toml").write_text('sellect = ["LK"]\n')
    flake8("--select", "LK", ".")
    assert flake8.code == 1
    assert "unknown key 'sellect'; did you mean 'select'?" in flake8.out
    assert "Traceback" not in flake8.err


def test_beside_flake8s_own_findings(project: Path, flake8: Flake8) -> None:
    (project / "shop/web.py").write_text("import os\n" + (project / "shop/web.py").read_text())
    assert flake8("--select", "F,LK", ".") == [STORE_LINE, "./shop/web.py:10:1: LK001", "./shop/web.py:1:1: F401"]
