"""Every rule's examples, its documentation and its place among the others."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any

import every_example
import pytest

from leaklint.catalogue import ENGINE_RULES, catalogue, own_folder, rule_files
from leaklint.loader import load
from leaklint.rule import Rule
from leaklint.settle import resource
from leaklint.testing import examples, mismatches

PARAGRAPHS = ("How to mend:", "Not flagged, on purpose:")
LINE = 120


@cache
def rules() -> tuple[Rule, ...]:
    return tuple(load())


def cases(examples_of: Callable[[Rule], list[str]]) -> list[object]:
    """Each example of each rule, numbered from 1 within its rule."""
    return [
        pytest.param(text, id=f"{rule.code}-{number}")
        for rule in rules()
        for number, text in enumerate(examples_of(rule), 1)
    ]


@pytest.mark.parametrize("example", cases(every_example.flagged))
def test_flagged(example: str) -> None:
    """Each marked line gets its code, no other line gets any, under all rules."""
    assert [str(each) for each in mismatches(example, rules())] == []


@pytest.mark.parametrize("example", cases(every_example.clean))
def test_clean(example: str) -> None:
    """No rule speaks of a clean example."""
    assert [str(each) for each in mismatches(example, rules())] == []


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.code)
class TestDescription:
    def test_has_examples(self, rule: Rule) -> None:
        assert examples(rule.flagged)
        assert examples(rule.clean)

    def test_flagged_examples_are_marked_with_the_code(self, rule: Rule) -> None:
        assert any(f"# {rule.code}" in text for text in examples(rule.flagged))

    def test_clean_examples_promise_nothing(self, rule: Rule) -> None:
        assert not re.search(r"# LK\d{3}\s*$", rule.clean, re.MULTILINE)

    def test_docstring_is_complete(self, rule: Rule) -> None:
        summary, empty, why = rule.doc.split("\n", 2)
        assert summary.endswith(".")
        assert len(summary) <= LINE
        assert not empty
        assert why.strip()
        for paragraph in PARAGRAPHS:
            assert f"\n\n{paragraph}" in rule.doc, f"no paragraph {paragraph!r}"

    def test_examples_are_python(self, rule: Rule) -> None:
        for text in (*every_example.flagged(rule), *every_example.clean(rule)):
            compile(text, rule.code, "exec")

    def test_shape(self, rule: Rule) -> None:
        assert re.fullmatch(r"LK[1-8]\d\d", rule.code)
        assert re.fullmatch(r"[a-z]+(-[a-z]+)+", rule.name)
        assert rule.cwe
        assert set(rule.cwe) <= {400, 401, 459, 770, 772}
        assert resource(rule.code) != rule.code


def test_codes_and_names_are_unique() -> None:
    infos = catalogue()
    assert len({info.code for info in infos}) == len(infos)
    assert len({info.name for info in infos}) == len(infos)


def test_catalogue_reads_what_the_loader_runs() -> None:
    """The list that is read without running a rule file agrees with the rules themselves."""
    read = {info.code: info for info in catalogue()}
    assert set(read) == {rule.code for rule in rules()} | {info.code for info in ENGINE_RULES}
    for rule in rules():
        info = read[rule.code]
        assert (info.name, info.preview, info.default) == (rule.name, rule.preview, rule.default)
        assert info.summary == rule.summary
        assert len(info.flagged) == len(examples(rule.flagged))


def test_files_have_two_words() -> None:
    """A one-word file would shadow a module of its name for whoever runs tools in the folder."""
    assert all("_" in path.stem for path in rule_files())
    assert not (own_folder() / "__init__.py").exists()


def test_pages_are_current() -> None:
    """The pages that findings link to are what `python docs/generate.py` makes of the rule files."""
    folder = own_folder().parent / "docs"
    if not folder.exists():
        pytest.skip("leaklint is installed without its documentation")
    source = (folder / "generate.py").read_text("utf-8")
    space: dict[str, Any] = {"__name__": "generate"}
    exec(compile(source, "generate.py", "exec"), space)
    pages = space["pages"]
    for name, text in pages().items():
        assert (folder / "rules" / name).read_text("utf-8") == text, f"docs/rules/{name} is out of date"
