"""Which files are the project's, what their modules are called, and what part each plays."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from leaklint.discover import SourceFile, describe, discover, find_root, named_by_imports


def lay(root: Path, *names: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("", encoding="utf-8")
    return root


def names_of(*paths: str, spoken: tuple[str, ...] = ()) -> dict[str, str]:
    return {file.path: file.name for file in named_by_imports(describe(paths), spoken)}


def roles_of(*paths: str) -> dict[str, str]:
    return {file.path: file.role for file in describe(paths)}


class TestNames:
    def test_a_module_is_named_from_its_outermost_package(self) -> None:
        assert names_of("src/shop/__init__.py", "src/shop/web/__init__.py", "src/shop/web/views.py") == {
            "src/shop/__init__.py": "shop",
            "src/shop/web/__init__.py": "shop.web",
            "src/shop/web/views.py": "shop.web.views",
        }

    def test_a_script_without_a_package_is_named_by_its_file(self) -> None:
        assert names_of("run.py") == {"run.py": "run"}

    def test_a_namespace_package_is_named_as_its_imports_speak_of_it(self) -> None:
        files = ("azure/bus/__init__.py", "azure/bus/client.py", "app.py")
        assert names_of(*files)["azure/bus/client.py"] == "bus.client"
        assert names_of(*files, spoken=("azure.bus.client.Client",))["azure/bus/client.py"] == "azure.bus.client"

    def test_the_other_name_stays_an_alias(self) -> None:
        files = named_by_imports(describe(["azure/bus/__init__.py"]), ["azure.bus"])
        assert files == (SourceFile("azure/bus/__init__.py", "azure.bus", True, "code", ("bus",)),)

    def test_neighbours_in_a_folder_share_what_is_put_before_them(self) -> None:
        names = names_of("app/main.py", "app/db.py", spoken=("app.db.connect",))
        assert names == {"app/main.py": "app.main", "app/db.py": "app.db"}

    def test_modules_of_several_roots_are_told_apart(self) -> None:
        assert names_of("one/app.py", "two/app.py") == {"one/app.py": "one.app", "two/app.py": "two.app"}

    def test_a_module_beside_the_package_that_hides_it_has_a_name_of_its_own(self) -> None:
        names = names_of("x.py", "x/__init__.py")
        assert names["x/__init__.py"] == "x"
        assert names["x.py"] != "x"

    def test_where_the_root_is_a_package_its_name_comes_first(self, tmp_path: Path) -> None:
        root = lay(tmp_path / "plugin", "__init__.py", "nodes.py")
        assert {file.name for file in named_by_imports(discover(root).files, ())} == {"plugin", "plugin.nodes"}

    def test_a_package_that_only_marks_the_folder_programs_are_run_in_is_left_out(self) -> None:
        paths = ("app/__init__.py", "app/main.py", "app/store/__init__.py", "app/store/rows.py")
        files = describe(paths)
        run_inside = {file.path: file.name for file in named_by_imports(files, ["store.rows.Row"], {paths[3]: 1})}
        assert run_inside == dict(zip(paths, ("app", "main", "store", "store.rows"), strict=True))
        for spoken, climbs in (
            (["store.rows.Row", "app.main"], {}),  # somebody names the package
            (["store.rows.Row"], {paths[3]: 2}),  # a relative import needs it
            (["json.loads"], {}),
        ):
            named = named_by_imports(files, spoken, climbs)
            assert [file.name for file in named] == ["app", "app.main", "app.store", "app.store.rows"]

    def test_names_outside_ascii(self) -> None:
        assert names_of("café/__init__.py", "café/thé.py")["café/thé.py"] == "café.thé"

    def test_names_that_are_no_text(self) -> None:
        assert names_of(os.fsdecode(b"\xff.py")) == {os.fsdecode(b"\xff.py"): "\\xff"}

    def test_the_order_of_the_files_does_not_matter(self) -> None:
        files = ["b/app.py", "a/app.py", "x.py", "x/__init__.py", "src/p/__init__.py"]
        assert names_of(*files, spoken=("p",)) == names_of(*reversed(files), spoken=("p",))


class TestRoles:
    @pytest.mark.parametrize(
        ("path", "role"),
        [
            ("shop/web.py", "code"),
            ("tests/test_web.py", "test"),
            ("shop/tests/helpers.py", "test"),
            ("conftest.py", "test"),
            ("shop/web_test.py", "test"),
            ("examples/hello.py", "example"),
            ("docs/conf.py", "example"),
            ("benchmarks/speed.py", "example"),
            ("shop/migrations/0001_initial.py", "script"),
            ("scripts/release.py", "script"),
            ("setup.py", "script"),
            ("shop/_vendor/six.py", "vendored"),
            ("third_party/lib/a.py", "vendored"),
            ("shop/user_pb2.py", "generated"),
            ("shop/user_pb2_grpc.py", "generated"),
            ("shop/_speed.pyi", "stub"),
        ],
    )
    def test_roles(self, path: str, role: str) -> None:
        assert roles_of("shop/__init__.py", path)[path] == role

    def test_a_package_called_docs_inside_a_package_is_code(self) -> None:
        assert roles_of("shop/__init__.py", "shop/docs/__init__.py", "shop/docs/page.py")["shop/docs/page.py"] == "code"

    def test_only_folders_below_the_root_count(self, tmp_path: Path) -> None:
        root = lay(tmp_path / "tests" / "examples", "app.py")
        assert [file.role for file in discover(root).files] == ["code"]

    def test_a_users_own_test_paths(self) -> None:
        [file] = describe(["checks/web.py"], test_paths=["checks/"])
        assert file.role == "test"

    def test_a_stub_beside_its_module_is_left_out(self) -> None:
        assert [file.path for file in describe(["a.py", "a.pyi", "b.pyi"])] == ["a.py", "b.pyi"]


class TestFiles:
    def paths(self, root: Path, **given: object) -> list[str]:
        return [file.path for file in discover(root, **given).files]  # type: ignore[arg-type]

    def test_git_knows_which_files_belong(self, tmp_path: Path) -> None:
        lay(tmp_path, "kept.py", "hidden.py", "new.py", "notes.ipynb", "build/lib/kept.py")
        (tmp_path / ".gitignore").write_text("hidden.py\nbuild/\n")
        subprocess.run(["git", "init", "-q", tmp_path], check=True)
        subprocess.run(["git", "-C", tmp_path, "add", "kept.py"], check=True)
        assert self.paths(tmp_path) == ["kept.py", "new.py"]

    def test_a_file_that_git_tracks_and_that_is_gone_is_not_listed(self, tmp_path: Path) -> None:
        lay(tmp_path, "kept.py", "gone.py")
        subprocess.run(["git", "init", "-q", tmp_path], check=True)
        subprocess.run(["git", "-C", tmp_path, "add", "."], check=True)
        (tmp_path / "gone.py").unlink()
        assert self.paths(tmp_path) == ["kept.py"]

    def test_a_root_that_git_ignores_is_walked(self, tmp_path: Path) -> None:
        root = lay(tmp_path / "unpacked", "a.py")
        (tmp_path / ".gitignore").write_text("unpacked/\n")
        subprocess.run(["git", "init", "-q", tmp_path], check=True)
        assert self.paths(root) == ["a.py"]

    def test_without_git_every_gitignore_on_the_way_counts(self, tmp_path: Path) -> None:
        lay(tmp_path, "a.py", "out/b.py", "deep/c.py", "deep/d.py", "deep/out/e.py")
        (tmp_path / ".gitignore").write_text("out/\n")
        (tmp_path / "deep" / ".gitignore").write_text("/c.py\n!out/\n")
        assert self.paths(tmp_path) == ["a.py", "deep/d.py", "deep/out/e.py"]

    def test_environments_and_caches_are_not_entered(self, tmp_path: Path) -> None:
        lay(tmp_path, "a.py", "env/pyvenv.cfg", "env/lib/b.py", "__pycache__/c.py", ".tox/d.py", "node_modules/e.py")
        assert self.paths(tmp_path) == ["a.py"]

    def test_exclude(self, tmp_path: Path) -> None:
        lay(tmp_path, "a.py", "old/b.py", "deep/old/c.py")
        assert self.paths(tmp_path, exclude=["/old/"]) == ["a.py", "deep/old/c.py"]

    def test_what_is_named_belongs_even_where_it_is_hidden(self, tmp_path: Path) -> None:
        lay(tmp_path, "a.py", "old/b.py", "script")
        assert self.paths(tmp_path, exclude=["old/"], named=["old", "script"]) == ["a.py", "old/b.py", "script"]

    def test_links_that_go_in_circles_end(self, tmp_path: Path) -> None:
        lay(tmp_path, "pkg/a.py")
        os.symlink(tmp_path / "pkg", tmp_path / "pkg" / "again")
        os.symlink("loop.py", tmp_path / "loop.py")
        assert self.paths(tmp_path) == ["pkg/a.py"]

    def test_a_link_to_another_file_of_the_project_is_not_read_twice(self, tmp_path: Path) -> None:
        root = lay(tmp_path / "root", "a.py")
        lay(tmp_path, "outside.py")
        os.symlink(root / "a.py", root / "b.py")
        os.symlink(tmp_path / "outside.py", root / "c.py")
        assert self.paths(root) == ["a.py", "c.py"]

    def test_a_folder_that_cannot_be_read_is_told(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        lay(tmp_path, "a.py", "locked/b.py")
        scandir = os.scandir

        def refusing(path: str) -> object:
            if str(path).rstrip("/").endswith("locked"):
                raise PermissionError(13, "Permission denied")
            return scandir(path)

        monkeypatch.setattr(os, "scandir", refusing)
        listing = discover(tmp_path)
        assert [file.path for file in listing.files] == ["a.py"]
        assert listing.unreadable == (("locked", "Permission denied"),)

    def test_no_program_that_a_repository_names_is_run(self, tmp_path: Path) -> None:
        lay(tmp_path, "a.py")
        subprocess.run(["git", "init", "-q", tmp_path], check=True)
        subprocess.run(["git", "-C", tmp_path, "config", "core.fsmonitor", f"touch {tmp_path}/ran; false"], check=True)
        self.paths(tmp_path)
        assert not (tmp_path / "ran").exists()


class TestRoot:
    @staticmethod
    def has_config(folder: Path) -> bool:
        return (folder / "leaklint.toml").exists()

    def test_the_nearest_configuration_comes_first(self, tmp_path: Path) -> None:
        lay(tmp_path, ".git/HEAD", "service/leaklint.toml", "service/app/a.py")
        assert find_root([tmp_path / "service/app/a.py"], tmp_path, self.has_config) == (tmp_path / "service", True)

    def test_then_the_top_of_git(self, tmp_path: Path) -> None:
        lay(tmp_path, ".git/HEAD", "service/app/a.py")
        for path in ("service/app/a.py", "service", "."):
            assert find_root([tmp_path / path], tmp_path / "service", self.has_config) == (tmp_path, True)

    def test_then_the_working_directory_where_it_holds_the_path(self, tmp_path: Path) -> None:
        lay(tmp_path, "pkg/a.py")
        assert find_root([tmp_path / "pkg"], tmp_path, self.has_config) == (tmp_path, True)

    def test_else_it_is_guessed_to_be_around_the_outermost_package(self, tmp_path: Path) -> None:
        lay(tmp_path, "pkg/__init__.py", "pkg/sub/__init__.py", "elsewhere/x")
        assert find_root([tmp_path / "pkg/sub"], tmp_path / "elsewhere", self.has_config) == (tmp_path, False)

    def test_several_paths_share_a_root(self, tmp_path: Path) -> None:
        lay(tmp_path, ".git/HEAD", "a/x.py", "b/leaklint.toml", "b/y.py")
        assert find_root([tmp_path / "a/x.py", tmp_path / "b/y.py"], tmp_path, self.has_config) == (tmp_path, True)
