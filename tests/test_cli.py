"""The command line, as its users and other programs rely on it."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import STORE, Run

from leaklint.cli import main

Command = Callable[..., Run]

STORE_LINE = "shop/store.py:6:5: LK101 "
WEB_LINE = "shop/web.py:9:1: LK001 "


def concise(run: Run) -> list[str]:
    return [line.split(" ", 2)[0] + " " + line.split(" ", 2)[1] + " " for line in run.out.splitlines()]


class TestCheck:
    def test_findings_make_exit_1(self, project: Path, leaklint: Command) -> None:
        run = leaklint("check", "--output-format", "concise")
        assert (concise(run), run.err, run.code) == ([STORE_LINE, WEB_LINE], "", 1)

    def test_no_findings_make_exit_0(self, project: Path, leaklint: Command) -> None:
        (project / "shop/store.py").write_text(STORE.replace("PROFILES[user_id] = profile", "return"))
        run = leaklint("check")
        assert (run.out, run.code) == ("No findings in 3 files.\n", 0)

    def test_exit_zero(self, project: Path, leaklint: Command) -> None:
        assert leaklint("check", "--exit-zero").code == 0

    def test_notes_alone_do_not_fail(self, project: Path, leaklint: Command) -> None:
        assert leaklint("check", "--fail-on", "note").code == 1
        (project / "shop/store.py").write_text(STORE.replace("= profile\n", "= profile  # noqa: LK101\n", 1))
        assert leaklint("check", "--fail-on", "note").code == 0

    def test_full_output_names_the_line_the_reasons_and_the_endpoint(self, project: Path, leaklint: Command) -> None:
        out = leaklint("check").out
        assert "    PROFILES[user_id] = profile\n" in out
        assert "shop.store.PROFILES" in out
        assert "GET /users/<user_id>: shop.web.get_user → shop.store.remember" in out

    def test_json_output_is_one_object(self, project: Path, leaklint: Command) -> None:
        document = json.loads(leaklint("check", "--output-format", "json").out)
        leak = document["findings"][0]
        assert (leak["code"], leak["symbol"], leak["filename"]) == ("LK101", "shop.store.PROFILES", "shop/store.py")
        assert leak["declared"] == {"filename": "shop/store.py", "row": 1}
        assert leak["growth"] == [{"filename": "shop/store.py", "row": 6, "function": "shop.store.remember"}]
        assert leak["endpoints"][0]["chain"] == ["shop.web.get_user", "shop.store.remember"]
        assert document["summary"]["files"] == 3
        assert document["summary"]["endpoints"] == 1

    @pytest.mark.parametrize("name", ["full", "concise", "json", "sarif", "github", "gitlab", "junit", "rdjson"])
    def test_every_format_says_the_same(self, name: str, project: Path, leaklint: Command) -> None:
        run = leaklint("check", "--output-format", name)
        assert run.code == 1
        assert "LK101" in run.out

    def test_standard_output_may_be_any_text_stream(self, project: Path) -> None:
        stream = io.StringIO()
        with contextlib.redirect_stdout(stream):
            code = main(["check", str(project), "--root", str(project), "--output-format", "concise"])
        assert (code, "LK101" in stream.getvalue()) == (1, True)

    def test_output_file(self, project: Path, leaklint: Command) -> None:
        run = leaklint("check", "--output-format", "concise", "--output-file", "report.txt")
        assert run.out == ""
        assert (project / "report.txt").read_text().startswith(STORE_LINE)

    def test_statistics(self, project: Path, leaklint: Command) -> None:
        assert leaklint("check", "--statistics").out == (
            "     1  LK001  endpoint-reaches-leak\n     1  LK101  growing-module-collection\n"
        )


class TestPaths:
    def test_one_file_and_the_whole_project_get_the_same_answer(self, project: Path, leaklint: Command) -> None:
        def findings(*paths: str) -> list[dict[str, Any]]:
            found: list[dict[str, Any]] = json.loads(leaklint("check", *paths, "--output-format", "json").out)[
                "findings"
            ]
            return [each for each in found if each["filename"] == "shop/store.py"]

        assert findings("shop/store.py") == findings(".") == findings("shop")

    def test_findings_elsewhere_are_counted_on_stderr(self, project: Path, leaklint: Command) -> None:
        run = leaklint("check", "shop/__init__.py")
        assert run.code == 0
        assert run.err == "leaklint: 1 more finding in files that were not asked for; `leaklint check .` shows all\n"
        assert leaklint("check", "shop/__init__.py", "-q").err == ""

    def test_a_hook_that_sees_only_the_endpoint_fails_on_it(self, project: Path, leaklint: Command) -> None:
        run = leaklint("check", "shop/web.py", "--output-format", "concise")
        assert (concise(run), run.code) == ([WEB_LINE], 1)

    def test_from_another_folder(self, project: Path, leaklint: Command, monkeypatch: pytest.MonkeyPatch) -> None:
        (project / "leaklint.toml").write_text("")
        monkeypatch.chdir(project / "shop")
        assert leaklint("check", "store.py", "--output-format", "concise").out.startswith("store.py:6:5: LK101 ")

    def test_a_root_of_ones_own(self, project: Path, leaklint: Command, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(project.parent)
        run = leaklint("check", "project/shop", "--root", "project", "--output-format", "concise")
        assert run.out.startswith("project/shop/store.py:6:5: LK101 ")

    def test_where_nothing_tells_the_root_only_what_was_named_is_read(
        self, project: Path, leaklint: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        (tmp_path / "elsewhere").mkdir()
        monkeypatch.chdir(tmp_path / "elsewhere")
        document = json.loads(leaklint("check", str(project / "shop"), "--output-format", "json", "--no-cache").out)
        assert document["summary"]["files"] == 3
        assert document["findings"][0]["symbol"] == "shop.store.PROFILES"

    def test_standard_input_stands_for_a_file(
        self, project: Path, leaklint: Command, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        buffer = STORE.replace("\n\n\n", "\n\n\n\n", 1).encode()
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(buffer)))
        run = leaklint("check", "-", "--stdin-filename", "shop/store.py", "--output-format", "concise")
        assert concise(run) == ["shop/store.py:7:5: LK101 "]

    def test_show_files(self, project: Path, leaklint: Command) -> None:
        assert leaklint("check", "shop/web.py", "--show-files").out == f"{project}/shop/web.py\n"

    def test_force_exclude(self, project: Path, leaklint: Command) -> None:
        (project / "leaklint.toml").write_text('exclude = ["store.py"]\n')
        assert concise(leaklint("check", "shop/store.py", "--output-format", "concise")) == [STORE_LINE]
        assert leaklint("check", "shop/store.py", "--force-exclude", "--output-format", "concise").out == ""


class TestChoice:
    def test_select_and_ignore(self, project: Path, leaklint: Command) -> None:
        assert concise(leaklint("check", "--select", "LK0", "--output-format", "concise")) == []
        assert concise(leaklint("check", "--ignore", "LK001", "--output-format", "concise")) == [STORE_LINE]
        assert concise(leaklint("check", "--select=LK101,LK001", "--output-format", "concise")) == [
            STORE_LINE,
            WEB_LINE,
        ]

    def test_the_command_line_comes_before_the_configuration(self, project: Path, leaklint: Command) -> None:
        (project / "leaklint.toml").write_text('ignore = ["LK101"]\n')
        assert concise(leaklint("check", "--output-format", "concise")) == []
        assert concise(leaklint("check", "--ignore", "LK2", "--output-format", "concise")) == [STORE_LINE, WEB_LINE]
        assert concise(leaklint("check", "--isolated", "--output-format", "concise")) == [STORE_LINE, WEB_LINE]

    def test_another_configuration(self, project: Path, leaklint: Command) -> None:
        (project / "other.toml").write_text('select = ["LK2"]\n')
        assert leaklint("check", "--config", "other.toml").code == 0

    def test_show_settings(self, project: Path, leaklint: Command) -> None:
        out = leaklint("check", "--show-settings", "--select", "LK1").out
        assert "select = ('LK1',)\n" in out
        assert "min-confidence = 'medium'\n" in out

    def test_a_folder_of_rules_of_ones_own(self, project: Path, leaklint: Command, tmp_path: Path) -> None:
        folder = tmp_path / "my_rules"
        folder.mkdir()
        (folder / "too_many.py").write_text(
            '"""Too many files."""\n'
            "from leaklint.rule import Finding, Location, Rule\n\n\n"
            "def judge(project):\n"
            "    place = Location(1)\n"
            "    return [Finding('LK999', 'too-many-files', 'too many', 'shop/web.py', place, place, 'shop')]\n\n\n"
            "RULE = Rule('LK999', 'too-many-files', judge)\n"
        )
        run = leaklint("check", "--rules", str(folder), "--select", "LK999", "--output-format", "concise")
        assert run.out == "shop/web.py:1:1: LK999 too many\n"
        assert "Too many files." in leaklint("rule", "LK999", "--rules", str(folder)).out


class TestMistakes:
    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (("check", "missing.py"), "no such file or folder: missing.py"),
            (("check", "--root", "missing"), "no such file or folder: missing"),
            (("check", "--select", "LK1O1"), "unknown code 'LK1O1' in select; did you mean 'LK101'?"),
            (("check", "--config", "missing.toml"), "missing.toml: No such file or directory"),
            (("check", "--baseline", "missing.json"), "missing.json: No such file or directory"),
            (("check", "--rules", "missing"), "no such folder of rules"),
            (("check", "..", "--root", "shop"), "does not lie below the root"),
            (("rule", "LK9999"), "unknown code 'LK9999'"),
            (("graph", "--from", "nowhere"), "nothing is called 'nowhere'"),
            (("check", "--output-file", "missing/report"), "No such file or directory"),
            (("check", "--fix", "--stdin-filename", "shop/store.py"), "--fix mends files"),
            (("check", "--statistics", "--output-format", "sarif"), "--statistics is text"),
        ],
    )
    def test_one_line_and_exit_2(self, arguments: tuple[str, ...], said: str, project: Path, leaklint: Command) -> None:
        run = leaklint(*arguments)
        assert (run.code, run.out) == (2, "")
        assert run.err.startswith("leaklint: ")
        assert said in run.err
        assert run.err.count("\n") == 1

    @pytest.mark.parametrize(
        "arguments",
        [(), ("chekc",), ("check", "--no-such-option"), ("check", "--jobs", "many"), ("check", "--jobs=-1")],
    )
    def test_usage(self, arguments: tuple[str, ...], leaklint: Command) -> None:
        assert leaklint(*arguments).code == 2

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ('sellect = ["LK1"]', "unknown key 'sellect'; did you mean 'select'?"),
            ("preview = 'yes'", "preview must be true or false"),
            ("min-confidence = 3", "min-confidence must be high, medium or low, not 3"),
            ("min-confidence = 'hgh'", "did you mean 'high'?"),
            ("select = [", "leaklint.toml: "),
            ('select = ["E501"]', "unknown code 'E501' in select"),
            (
                '[[entry-points]]\ncalls = ["shop.on"]\nrythm = "request"',
                "unknown key 'rythm' in entry-points[0]; did you",
            ),
            ('[[entry-points]]\ncalls = ["shop.on"]\nrhythm = "daily"', "Invalid enum value 'daily'"),
            ('[containers."shop.Table"]\nkindd = "dict"', "unknown key 'kindd' in containers.shop.Table; did you"),
            ('[containers."shop.Table"]\nkind = 1', "Expected `str`"),
        ],
    )
    def test_a_broken_configuration(self, text: str, said: str, project: Path, leaklint: Command) -> None:
        (project / "leaklint.toml").write_text(text)
        run = leaklint("check")
        assert (run.code, run.err.count("\n")) == (2, 1)
        assert said in run.err

    def test_a_fault_of_leaklints_own_is_one_line_too(
        self, project: Path, leaklint: Command, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(*given: object, **named: object) -> None:
            raise ZeroDivisionError("oh")

        monkeypatch.setattr("leaklint.pipeline.judge", broken)
        run = leaklint("check")
        assert run.code == 2
        assert run.err.startswith("leaklint: internal error: ZeroDivisionError: oh (test_cli.py:")


class TestOtherCommands:
    def test_rule_lists_and_explains(self, leaklint: Command) -> None:
        listed = leaklint("rule")
        assert listed.code == 0
        assert "LK101  growing-module-collection" in listed.out
        page = leaklint("rule", "lk101").out
        assert page.startswith("LK101 growing-module-collection\n")
        assert "Flagged:" in page
        assert "Clean:" in page

    def test_rule_as_json(self, leaklint: Command) -> None:
        [rule] = json.loads(leaklint("rule", "LK101", "--output-format", "json").out)["rules"]
        assert (rule["code"], rule["name"], rule["default"]) == ("LK101", "growing-module-collection", True)

    def test_endpoints(self, project: Path, leaklint: Command) -> None:
        [endpoint] = json.loads(leaklint("endpoints", "--output-format", "json").out)["endpoints"]
        assert endpoint["methods"] == ["GET"]
        assert endpoint["path"] == "/users/<user_id>"
        assert (endpoint["function"], endpoint["filename"], endpoint["row"]) == ("shop.web.get_user", "shop/web.py", 9)
        assert (endpoint["kind"], endpoint["rhythm"], endpoint["framework"]) == ("route", "request", "flask")
        assert "shop.web.get_user" in leaklint("endpoints").out
        assert json.loads(leaklint("endpoints", "shop/store.py", "--output-format", "json").out)["endpoints"] == []

    def test_inventory(self, project: Path, leaklint: Command) -> None:
        containers = json.loads(leaklint("inventory", "--output-format", "json").out)["containers"]
        verdicts = {each["symbol"]: each["verdict"] for each in containers}
        assert verdicts["shop.store.PROFILES"] == "grows"
        assert verdicts["shop.store.LIMITED"] in ("bounded", "evicted")
        assert "shop.store.PROFILES: grows" in leaklint("inventory").out

    def test_graph(self, project: Path, leaklint: Command) -> None:
        graph = json.loads(leaklint("graph", "--output-format", "json").out)
        assert "shop.store.remember" in graph["shop.web.get_user"]
        dot = leaklint("graph", "--output-format", "dot").out
        assert dot.startswith("digraph calls {")
        assert '  "shop.web.get_user" -> "shop.store.remember";' in dot
        assert "<graphml" in leaklint("graph", "--output-format", "graphml").out

    def test_the_graph_of_a_file(self, project: Path, leaklint: Command) -> None:
        graph = json.loads(leaklint("graph", "shop/web.py").out)
        assert graph["shop.web.get_user"] == ["shop.store.remember"]
        assert "shop.store.limited" not in graph
        assert graph["shop.store.remember"] == []
        assert json.loads(leaklint("graph", "shop").out) == json.loads(leaklint("graph").out)

    def test_the_part_of_the_graph_that_reaches_a_container(self, project: Path, leaklint: Command) -> None:
        graph = json.loads(leaklint("graph", "--reaching", "shop.store.PROFILES").out)
        assert graph["shop.web.get_user"] == ["shop.store.remember"]
        assert "shop.store.limited" not in graph

    def test_the_part_of_the_graph_that_an_endpoint_reaches(self, project: Path, leaklint: Command) -> None:
        for name in ("GET /users/<user_id>", "/users/<user_id>", "get_user", "shop.web.get_user"):
            assert "shop.store.remember" in json.loads(leaklint("graph", "--from", name).out)

    def test_version(self, leaklint: Command) -> None:
        assert leaklint("--version").out.startswith("leaklint ")


class TestBaseline:
    def test_what_is_known_is_not_reported_and_what_is_new_is(self, project: Path, leaklint: Command) -> None:
        assert leaklint("baseline").code == 0
        known = [".leaklint-baseline.json", "--output-format", "concise"]
        assert leaklint("check", "--baseline", *known).out == ""
        with (project / "shop/store.py").open("a") as file:
            file.write("\n\nNEW = {}\n\n\ndef more(user_id):\n    NEW[user_id] = 1\n")
        assert concise(leaklint("check", "--baseline", *known)) == ["shop/store.py:19:5: LK101 "]

    def test_it_holds_no_line_numbers_and_one_line_for_each(self, project: Path, leaklint: Command) -> None:
        leaklint("baseline")
        before = (project / ".leaklint-baseline.json").read_text()
        (project / "shop/store.py").write_text("# moved\n" * 10 + STORE)
        leaklint("baseline")
        assert (project / ".leaklint-baseline.json").read_text() == before
        assert '"what": "LK101 shop.store.PROFILES"' in before
        assert len(json.loads(before)["findings"]) == 2 == sum("fingerprint" in line for line in before.splitlines())

    def test_what_is_gone_leaves_and_what_is_new_waits_for_update(self, project: Path, leaklint: Command) -> None:
        leaklint("baseline")
        text = STORE.replace("PROFILES[user_id] = profile", "NEW.append(user_id)").replace("PROFILES = {}", "NEW = []")
        (project / "shop/store.py").write_text(text)
        run = leaklint("baseline")
        assert "1 new one not added" in run.err
        assert [each["what"] for each in self.entries(project)] == ["LK001 shop.web.get_user"]
        leaklint("baseline", "--update")
        assert len(self.entries(project)) == 2

    def test_what_was_not_judged_stays(self, project: Path, leaklint: Command) -> None:
        leaklint("baseline")
        for options in ([], ["--update"]):
            assert "2 kept, 0 removed" in leaklint("baseline", "--select", "LK2", *options).err
        assert len(self.entries(project)) == 2

    def test_it_may_be_written_elsewhere(self, project: Path, leaklint: Command) -> None:
        assert leaklint("baseline", "--output-file", "known.json").out == ""
        assert not (project / ".leaklint-baseline.json").exists()
        assert leaklint("check", "--baseline", "known.json").code == 0

    def entries(self, project: Path) -> list[dict[str, str]]:
        found: list[dict[str, str]] = json.loads((project / ".leaklint-baseline.json").read_text())["findings"]
        return found


class TestCache:
    def test_a_warm_run_says_the_same(self, project: Path, leaklint: Command) -> None:
        first = leaklint("check", "--output-format", "concise")
        assert (project / ".leaklint_cache").is_dir()
        assert leaklint("check", "--output-format", "concise").out == first.out
        assert leaklint("check", "--output-format", "concise", "--no-cache").out == first.out

    def test_a_change_is_seen(self, project: Path, leaklint: Command) -> None:
        leaklint("check")
        (project / "shop/store.py").write_text("\n" + STORE)
        assert leaklint("check", "--output-format", "concise").out.startswith("shop/store.py:7:5: LK101 ")

    def test_no_cache_writes_nothing(self, project: Path, leaklint: Command) -> None:
        leaklint("check", "--no-cache")
        assert not (project / ".leaklint_cache").exists()

    def test_another_folder(self, project: Path, leaklint: Command, monkeypatch: pytest.MonkeyPatch) -> None:
        leaklint("check", "--cache-dir", "kept")
        assert (project / "kept/CACHEDIR.TAG").exists()
        monkeypatch.setenv("LEAKLINT_CACHE_DIR", str(project / "other"))
        leaklint("check")
        assert (project / "other/CACHEDIR.TAG").exists()
        assert not (project / ".leaklint_cache").exists()

    @pytest.mark.slow
    def test_a_warm_run_imports_neither_parser_nor_graph_library(self, project: Path, leaklint: Command) -> None:
        leaklint("check")
        code = (
            "import sys; from leaklint.cli import main; code = main(['check', '-q', '--exit-zero'])\n"
            "heavy = {'libcst', 'networkx', 'multiprocessing', 'leaklint.project', 'filelock'}\n"
            "sys.exit(', '.join(heavy & set(sys.modules)) or code)"
        )
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.slow
class TestAsAProgram:
    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        given = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)} | environment
        command = [sys.executable, "-m", "leaklint", *arguments]
        return subprocess.run(command, capture_output=True, text=True, env=given, check=False)

    def test_a_pipe_gets_neither_colour_nor_progress(self, project: Path) -> None:
        done = self.run("check")
        assert (done.returncode, done.stderr) == (1, "")
        assert "\033" not in done.stdout

    def test_colour_where_it_is_asked_for(self, project: Path) -> None:
        assert "\033[" in self.run("check", FORCE_COLOR="1").stdout
        assert "\033[" in self.run("check", "--color", "always").stdout
        assert "\033[" not in self.run("check", "--color", "never", FORCE_COLOR="1").stdout

    def test_the_hash_seed_changes_nothing(self, project: Path) -> None:
        said = {
            self.run("check", "--no-cache", "--output-format", "sarif", PYTHONHASHSEED=seed).stdout for seed in "123"
        }
        assert len(said) == 1

    def test_a_reader_that_stops_reading_is_no_error(self, project: Path) -> None:
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
        command = f"{sys.executable} -m leaklint rule LK101 | head -1"
        done = subprocess.run(command, shell=True, capture_output=True, text=True, env=environment, check=False)
        assert (done.stdout, done.stderr) == ("LK101 growing-module-collection\n", "")
