"""The tools for people who write rules."""

from __future__ import annotations

from pathlib import Path

import pytest

from leaklint.catalogue import RuleError, catalogue
from leaklint.loader import SEPARATOR, load, load_file
from leaklint.rule import Finding, Location, Rule
from leaklint.testing import Mismatch, check, examples, mismatches, split

RULE_FILE = '''\
"""A file is called bad.

Why it is bad.
"""
from leaklint.rule import Finding, Location, Rule

FLAGGED = ["""
# file: bad.py
x = 1  # LK900
"""]

CLEAN = """
# file: good.py
x = 1
"""


def judge(project):
    place = Location(1)
    for module in project.program.modules:
        if module.path == "bad.py":
            yield Finding("LK900", "bad-name", "a bad name", module.path, place, place, "bad")


RULE = Rule("LK900", "bad-name", judge, preview=True)
'''


@pytest.fixture
def rule_file(tmp_path: Path) -> Path:
    path = tmp_path / "bad_name.py"
    path.write_text(RULE_FILE)
    return path


def flagging(*places: tuple[str, int], code: str = "LK900") -> Rule:
    """A rule that reports these places whatever the project is."""

    def judge(project: object) -> list[Finding]:
        return [
            Finding(code, "n", "m", name, Location(row), Location(row), f"{name}:{row}") for name, row in places
        ]  # fmt: skip

    return Rule(code, "n", judge)


class TestRuleFiles:
    def test_a_file_says_what_its_rule_means_and_shows_it(self, rule_file: Path) -> None:
        rule = load_file(rule_file)
        assert (rule.code, rule.name, rule.preview, rule.summary) == (
            "LK900",
            "bad-name",
            True,
            "A file is called bad.",
        )
        assert examples(rule.flagged) == ["\n# file: bad.py\nx = 1  # LK900\n"]
        assert examples(rule.clean) == ["\n# file: good.py\nx = 1\n"]

    def test_its_examples_are_its_tests(self, rule_file: Path) -> None:
        rule = load_file(rule_file)
        for example in (*examples(rule.flagged), *examples(rule.clean)):
            assert mismatches(example, [rule]) == []

    def test_the_catalogue_reads_the_same_without_running_it(self, rule_file: Path) -> None:
        [info] = [each for each in catalogue([rule_file.parent]) if each.code == "LK900"]
        assert (info.name, info.preview, info.default, info.summary) == (
            "bad-name",
            True,
            True,
            "A file is called bad.",
        )
        assert info.flagged == ("\n# file: bad.py\nx = 1  # LK900\n",)

    def test_rules_are_sorted_by_code(self) -> None:
        codes = [rule.code for rule in load()]
        assert codes == sorted(codes)

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("x = 1\n", "no RULE"),
            ("1 / 0\nRULE = Rule('LK1', 'x')\n", "ZeroDivisionError"),
            ("RULE = 1\n", "no RULE"),
        ],
    )
    def test_a_file_that_is_no_rule_is_told(self, text: str, said: str, tmp_path: Path) -> None:
        (tmp_path / "odd_rule.py").write_text(text)
        with pytest.raises(RuleError, match=said):
            load_file(tmp_path / "odd_rule.py")

    def test_two_rules_cannot_share_a_code(self, rule_file: Path) -> None:
        (rule_file.parent / "other_name.py").write_text(RULE_FILE.replace("bad-name", "other-name"))
        with pytest.raises(RuleError, match="two rules claim LK900"):
            load([rule_file.parent])


class TestExamples:
    def test_one_file(self) -> None:
        assert split("\nx = 1\ny = 2\n") == {"example.py": "x = 1\ny = 2\n"}

    def test_several_files(self) -> None:
        assert split("# file: a/b.py\nx = 1\n\n# file: c.py\ny = 2\n") == {"a/b.py": "x = 1\n\n", "c.py": "y = 2\n"}

    def test_several_projects(self) -> None:
        assert examples(SEPARATOR.join(["a", "b"])) == ["a", "b"]

    def test_rows_are_those_of_each_file(self) -> None:
        text = "# file: a.py\nx = 1\ny = 2  # LK900\n# file: b.py\nz = 3  # LK900\n"
        assert mismatches(text, [flagging(("a.py", 2), ("b.py", 1))]) == []

    def test_what_is_missing_and_what_is_too_much(self) -> None:
        text = "x = 1  # LK900\ny = 2\n"
        assert mismatches(text, [flagging(("example.py", 2))]) == [
            Mismatch("example.py", 1, "LK900", "missing"),
            Mismatch("example.py", 2, "LK900", "unexpected"),
        ]

    def test_known_misses_are_expected_and_told_when_mended(self) -> None:
        text = "x = 1  # LK900 missing: needs types\n"
        assert mismatches(text, [flagging()]) == []
        assert [str(each) for each in mismatches(text, [flagging(("example.py", 1))])] == ["example.py:1: LK900 mended"]

    def test_known_false_findings_are_expected(self) -> None:
        text = "x = 1  # LK900 spurious: the bound is in the database\n"
        assert mismatches(text, [flagging(("example.py", 1))]) == []
        assert [str(each) for each in mismatches(text, [flagging()])] == ["example.py:1: LK900 missing"]

    def test_several_codes_on_a_line(self) -> None:
        rules = [flagging(("example.py", 1)), flagging(("example.py", 1), code="LK901")]
        assert mismatches("x = 1  # LK900, LK901\n", rules) == []

    def test_a_suppression_is_no_mark(self) -> None:
        assert mismatches("x = 1  # noqa: LK900\n", [flagging(("example.py", 1))]) == []

    def test_a_configuration_of_its_own(self) -> None:
        text = '# file: leaklint.toml\nper-file-ignores = { "a.py" = ["LK900"] }\n# file: a.py\nx = 1\n'
        assert mismatches(text, [flagging(("a.py", 1))]) == []

    def test_leaklints_own_rules_are_the_default(self) -> None:
        [finding] = check({"app.py": "SEEN = []\n\n\ndef hit(key):\n    SEEN.append(key)\n"})
        assert (finding.code, finding.symbol) == ("LK101", "app.SEEN")
