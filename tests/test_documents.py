"""What README, CONTRIBUTING, CHANGELOG and docs/ show is what there is: options, words, files, examples."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from call_features import FEATURES
from conftest import Run

from leaklint.catalogue import catalogue
from leaklint.config import Settings, check_codes, read_table
from leaklint.models import load_models
from leaklint.report import FORMATS
from leaklint.suppress import directives

ROOT = Path(__file__).parents[1]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "benchmarks").glob("*.md"))]
README = (ROOT / "README.md").read_text("utf-8")


def blocks(text: str, language: str) -> list[str]:
    """The fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", path.read_text("utf-8")):
        assert target.startswith("http") or (path.parent / target).exists(), target


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_files_that_are_named_exist(path: Path) -> None:
    named = re.findall(r"`((?:tests|docs|rules|benchmarks|leaklint/\w+|\.ci)/[\w./-]*)`", path.read_text("utf-8"))
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_configuration_is_valid() -> None:
    shown = [text for text in blocks(README, "toml") if "[tool.leaklint" in text]
    assert shown
    for text in shown:
        settings = Settings(root=ROOT, **read_table(text, Path("pyproject.toml")))
        check_codes(settings, [info.code for info in catalogue()])


def test_entry_points_of_ones_own_are_valid() -> None:
    page = (ROOT / "docs/entry-points.md").read_text("utf-8")
    for text in blocks(page, "toml"):
        tables = read_table(text, Path("pyproject.toml"))["entry_points"]
        assert len(load_models(tables).rules) == len(load_models().rules) + len(tables)


def test_suppressions_are_understood() -> None:
    [shown] = [text for text in blocks(README, "python") if "noqa" in text]
    found = directives(shown)
    assert [each.kind for each in found] == ["noqa", "ignore", "bounded", "disable", "enable", "file-ignore"]


def test_every_command_is_in_the_table(leaklint: Callable[..., Run]) -> None:
    table = set(re.findall(r"^\| `leaklint (\w+)", README, re.MULTILINE))
    assert table == set(re.findall(r"^    ([a-z]\w+)", leaklint("--help").out, re.MULTILINE))


def test_every_format_is_named() -> None:
    [sentence] = re.findall(r"`--output-format` is one of ([^.]*)\.", README)
    assert tuple(re.findall(r"`([\w-]+)`", sentence)) == FORMATS


@pytest.mark.parametrize("option", sorted(set(re.findall(r"`(--[a-z][a-z-]+)`", README))))
def test_options_exist(option: str, leaklint: Callable[..., Run]) -> None:
    if option.startswith("--leaklint-"):
        assert f'"{option}"' in (ROOT / "leaklint/flake8.py").read_text("utf-8")
        return
    assert any(option in leaklint(command, "--help").out for command in ("check", "graph"))


def test_hooks_exist() -> None:
    [shown] = [text for text in blocks(README, "yaml") if "hooks:" in text]
    hooks = (ROOT / ".pre-commit-hooks.yaml").read_text("utf-8")
    assert set(re.findall(r"- id: ([\w-]+)", shown)) == set(re.findall(r"- id: ([\w-]+)", hooks))


def test_the_example_of_contributing_holds() -> None:
    [example] = blocks((ROOT / "CONTRIBUTING.md").read_text("utf-8"), "python")
    exec(compile(example, "CONTRIBUTING.md", "exec"), {})


def test_the_changelog_says_which_rules_are_previews() -> None:
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    [sentence] = re.findall(r"; ([^;]*) as previews", text.replace("\n", " "))
    assert set(re.findall(r"LK\d{3}", sentence)) == {info.code for info in catalogue() if info.preview}


def test_the_number_of_features_is_right() -> None:
    page = (ROOT / "docs/callgraph.md").read_text("utf-8")
    assert f"Each of the {len(FEATURES)} features" in page
