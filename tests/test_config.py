"""What may be configured, and what is said of mistakes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from leaklint.config import ConfigError, Settings, check_codes, chosen, config_in, read_config, read_table

KNOWN = ("LK000", "LK001", "LK101", "LK102", "LK201")


def settings(**given: Any) -> Settings:
    return Settings(root=Path("/project"), **given)


class TestFiles:
    def test_the_table_in_pyproject(self, tmp_path: Path) -> None:
        path = tmp_path / "pyproject.toml"
        path.write_text('[project]\nname = "x"\n[tool.leaklint]\nselect = ["LK1"]\nmin-confidence = "high"\n')
        assert config_in(tmp_path) == path
        assert read_config(path) == {"select": ("LK1",), "min_confidence": "high"}

    def test_a_pyproject_without_the_table_configures_nothing(self, tmp_path: Path) -> None:
        (tmp_path / "pyproject.toml").write_text('[tool.other]\nsaid = "tool.leaklint"\n')
        assert config_in(tmp_path) is None

    def test_a_file_of_its_own_comes_before_pyproject(self, tmp_path: Path) -> None:
        (tmp_path / "pyproject.toml").write_text("[tool.leaklint]\n")
        (tmp_path / "leaklint.toml").write_text("preview = true\n")
        assert config_in(tmp_path) == tmp_path / "leaklint.toml"
        assert read_config(tmp_path / "leaklint.toml") == {"preview": True}

    def test_an_array_of_tables_alone_is_a_configuration(self, tmp_path: Path) -> None:
        (tmp_path / "pyproject.toml").write_text('[[tool.leaklint.entry-points]]\nname = "x"\n')
        assert config_in(tmp_path) is not None

    def test_everything_that_may_be_said(self) -> None:
        text = """
            select = ["LK1"]
            ignore = ["LK101"]
            extend-select = ["LK003"]
            exclude = ["old/"]
            test-paths = ["checks/"]
            min-confidence = "low"
            fail-on = "error"
            preview = true
            baseline = "known.json"
            containers = ["shop.Table"]
            bounded-types = ["shop.Ring"]
            [per-file-ignores]
            "legacy/**" = ["LK1"]
            [caches."shop.memo"]
            bound = "size"
            [[entry-points]]
            framework = "shop"
        """
        given = read_table(text, Path("/project/leaklint.toml"))
        assert Settings(root=Path("/project"), **given) == settings(
            select=("LK1",),
            ignore=("LK101",),
            extend_select=("LK003",),
            exclude=("old/",),
            test_paths=("checks/",),
            min_confidence="low",
            fail_on="error",
            preview=True,
            baseline=Path("/project/known.json"),
            containers={"shop.Table": {}},
            bounded_types=("shop.Ring",),
            per_file_ignores={"legacy/**": ("LK1",)},
            caches={"shop.memo": {"bound": "size"}},
            entry_points=({"framework": "shop"},),
        )

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ('sellect = ["LK1"]', "unknown key 'sellect'; did you mean 'select'?"),
            ("select = 'LK1'", "select must be a list of strings, not 'LK1'"),
            ('min-confidence = "hihg"', "min-confidence must be high, medium or low, not 'hihg'; did you mean 'high'?"),
            ("preview = 1", "preview must be true or false, not 1"),
            ("per-file-ignores = ['x']", "per-file-ignores must be a table of lists of codes"),
            ("entry-points = [1]", "entry-points must be a list of tables"),
            ("select = [", "leaklint.toml: "),
            ("rules = ['evil']", "unknown key 'rules'"),
        ],
    )
    def test_a_mistake_is_told_in_one_line(self, text: str, said: str) -> None:
        with pytest.raises(ConfigError) as caught:
            read_table(text)
        assert said in str(caught.value)
        assert "\n" not in str(caught.value)

    def test_a_file_that_is_no_text(self, tmp_path: Path) -> None:
        (tmp_path / "leaklint.toml").write_bytes(b"\xff\xfe\x00")
        with pytest.raises(ConfigError, match="not UTF-8"):
            read_config(tmp_path / "leaklint.toml")


class TestChoice:
    def test_every_rule_that_is_on_by_default(self) -> None:
        assert chosen("LK101", settings())

    def test_select_leaves_the_others_out(self) -> None:
        assert chosen("LK101", settings(select=("LK1",)))
        assert not chosen("LK201", settings(select=("LK1",)))

    def test_extend_select_adds(self) -> None:
        assert chosen("LK201", settings(select=("LK1",), extend_select=("LK2",)))

    def test_the_longer_prefix_decides_and_ignore_where_they_tie(self) -> None:
        assert not chosen("LK101", settings(ignore=("LK1",)))
        assert chosen("LK101", settings(select=("LK101",), ignore=("LK1",)))
        assert not chosen("LK101", settings(select=("LK1",), ignore=("LK1",)))

    def test_what_is_off_by_default_needs_its_whole_code(self) -> None:
        assert not chosen("LK003", settings(), default=False)
        assert not chosen("LK003", settings(select=("LK",)), default=False)
        assert chosen("LK003", settings(extend_select=("LK003",)), default=False)

    def test_what_is_in_preview_needs_preview_or_its_whole_code(self) -> None:
        assert not chosen("LK401", settings(), preview=True)
        assert chosen("LK401", settings(preview=True), preview=True)
        assert chosen("LK401", settings(extend_select=("LK401",)), preview=True)

    def test_an_unknown_code_is_told_with_the_nearest(self) -> None:
        check_codes(settings(select=("LK", "LK1"), ignore=("LK201",)), KNOWN)
        with pytest.raises(ConfigError, match=r"unknown code 'LK2O1' in ignore; did you mean 'LK201'\?"):
            check_codes(settings(ignore=("LK2O1",)), KNOWN)
        with pytest.raises(ConfigError, match=r"per-file-ignores of .a\.py."):
            check_codes(settings(per_file_ignores={"a.py": ("E501",)}), KNOWN)
