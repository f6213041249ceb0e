"""Paths to the project's files: which there are, what their modules are called, and what part each plays.

The project is everything below its root. Paths that a user names only filter what is reported, so that one
file and the whole project get the same answer.
"""

from __future__ import annotations

import os
import re
import stat
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

Role = Literal["code", "test", "example", "vendored", "generated", "stub", "script"]

_SKIPPED = {"__pycache__", "node_modules", "__pypackages__"}
_TESTS = {"tests", "test", "testing", "_tests", "_testing", "unit_tests", "integration_tests", "fixtures", "testdata"}
_TEST_FILE = re.compile(r"(test_.*|.*_test|.*_tests|tests|_?testing|conftest|_?mocks?(_.*)?|_?fakes?|.*_mocks?)\.pyi?")
_EXAMPLES = {"examples", "example", "samples", "sample", "demo", "demos", "tutorial", "tutorials", "cookbook"}
_OUTSIDE_PACKAGES = {"docs", "doc", "documentation", "benchmarks", "benchmark", "bench", "notebooks", "templates"}
_SCRIPTS = {"scripts", "bin", "ci", "hack", "packaging"}
_SCRIPT_FILES = {"setup.py", "noxfile.py", "tasks.py", "fabfile.py", "versioneer.py", "dodo.py", "hatch_build.py"}
_VENDORED = {"_vendor", "vendor", "_vendored", "vendored", "third_party", "thirdparty", "3rdparty", "site-packages"}
_REVISIONS = "/alembic/versions/"
_GENERATED_FILE = re.compile(r".*_pb2(_grpc)?\.pyi?")


class SourceFile(msgspec.Struct, frozen=True):
    """A Python file of the project.

    `path` is relative to the root, with slashes. `name` is the dotted module name as it follows from the
    packages around the file; `aliases` are the longer names under which a namespace package or another root
    on the path would import it. Only `code` grows and shrinks containers: a test neither leaks nor evicts.
    """

    path: str
    name: str
    is_package: bool
    role: Role
    aliases: tuple[str, ...] = ()


class Listing(msgspec.Struct, frozen=True):
    """What was found below a root, and the folders that could not be read, each with the reason."""

    files: tuple[SourceFile, ...]
    unreadable: tuple[tuple[str, str], ...] = ()


def find_root(paths: Sequence[Path], cwd: Path, is_configured: Callable[[Path], bool]) -> tuple[Path, bool]:
    """The project's root for paths that were named: the nearest configuration, git's top, or the working directory.

    `is_configured` tells whether a folder holds a configuration. Where none of these holds the paths, the root is
    guessed (and the second value False): the folder around their outermost package.
    """
    common = Path(os.path.commonpath([_folder(path) for path in paths])) if paths else cwd
    above = [common, *common.parents]
    for folder in above:
        if is_configured(folder):
            return folder, True
    for folder in above:
        if (folder / ".git").exists():
            return folder, True
    if cwd in above:
        return cwd, True
    return next(each for each in above if not (each / "__init__.py").exists() or each == each.parent), False


def resolved(path: Path) -> Path:
    """The path without links in its folders; a file that is itself a link keeps its name."""
    return path.resolve() if path.is_dir() else path.parent.resolve() / path.name


def discover(
    root: Path,
    exclude: Sequence[str] = (),
    test_paths: Sequence[str] = (),
    named: Sequence[str] = (),
    within: Sequence[str] = (),
) -> Listing:
    """Every Python file below the root that git knows, or else that no .gitignore hides.

    `named` are files and folders, relative to the root, that belong to the project even where git or `exclude` hides
    them; `within` are the only ones that are looked into, where there are any.
    """
    unreadable: list[tuple[str, str]] = []
    names = [] if within else _listed_by_git(root) or [*_walk(root, "", unreadable)]
    if exclude:
        spec = _spec(exclude)
        names = [name for name in names if not spec.match_file(name)]
    for name in (*named, *within):
        names += _below(root, name, names, unreadable)
    asked = set(named) | set(within)
    present = sorted({name for name in names if (_is_python(name) or name in asked) and _is_plain(str(root), name)})
    outer = root.name if "__init__.py" in present else ""
    return Listing(describe(present, test_paths, outer), tuple(sorted(set(unreadable))))


def _below(root: Path, name: str, known: Iterable[str], unreadable: list[tuple[str, str]]) -> list[str]:
    """The files of a path that was named, where the listing has none of it."""
    prefix = "" if name == "." else f"{name}/"
    if not (root / name).is_dir():
        return [name]
    return [] if any(each.startswith(prefix) for each in known) else [*_walk(root, prefix, unreadable)]


def describe(names: Iterable[str], test_paths: Sequence[str] = (), outer: str = "") -> tuple[SourceFile, ...]:
    """The records of files by their paths below the root; a pure function of these.

    `outer` is the root's own name where the root is itself a package. A stub beside its module is left out.
    Files of several roots may share a name; `named_by_imports` tells them apart.
    """
    present = set(names)
    packages = {name.rpartition("/")[0] for name in present if name.rpartition("/")[2] == "__init__.py"}
    tests = _spec(test_paths) if test_paths else None
    return tuple(
        _file(name, packages, tests, outer)
        for name in sorted(present)
        if not name.endswith(".pyi") or name[:-1] not in present
    )


def _folder(path: Path) -> Path:
    return path if path.is_dir() else path.parent


def _is_python(name: str) -> bool:
    return name.endswith((".py", ".pyi"))


def _is_plain(root: str, name: str) -> bool:
    """Whether the file is there; a link to another file of the project would only say the same twice."""
    path = os.path.join(root, name)
    try:
        mode = os.lstat(path).st_mode
        if not stat.S_ISLNK(mode):
            return stat.S_ISREG(mode)
        target = Path(path).resolve(strict=True)
    except (OSError, RuntimeError):
        return False
    return target.is_file() and not target.is_relative_to(root)


def _spec(lines: Iterable[str]) -> GitIgnoreSpec:
    from pathspec import GitIgnoreSpec  # only where there is something to match

    return GitIgnoreSpec.from_lines(lines)


def _listed_by_git(root: Path) -> list[str]:
    """The names that git lists below the root; empty where there is no git, or git ignores the whole of it."""
    if not any((folder / ".git").exists() for folder in (root, *root.parents)):
        return []
    import subprocess  # slow to import

    # A repository's own configuration may name programs to run; no hook of the project's is to run here.
    command = ["git", "-c", "core.fsmonitor=false", "ls-files", "-z", "-co", "--exclude-standard"]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    try:
        done = subprocess.run(command, cwd=root, env=environment, capture_output=True, check=False)
    except OSError:
        return []
    if done.returncode != 0:
        return []
    names: list[str] = []
    for name in os.fsdecode(done.stdout).split("\0"):
        if _is_python(name):
            names.append(name)
        elif name and (root / name).is_dir() and not (root / name).is_symlink():  # another repository inside
            names += _walk(root, name.rstrip("/") + "/", [])
    return [name for name in names if not _in_skipped_folder(name)]


def _in_skipped_folder(name: str) -> bool:
    return not _SKIPPED.isdisjoint(name.split("/")[:-1])


def _walk(root: Path, prefix: str, unreadable: list[tuple[str, str]]) -> Iterator[str]:
    """The Python files below a folder that no .gitignore on the way hides; links to folders are not followed."""
    pending: list[tuple[str, tuple[tuple[str, GitIgnoreSpec], ...]]] = [(prefix, ())]
    while pending:
        folder, specs = pending.pop()
        try:
            with os.scandir(os.path.join(root, folder)) as found:
                entries = list(found)
        except OSError as error:
            unreadable.append((folder.rstrip("/"), error.strerror or str(error)))
            continue
        here = {entry.name for entry in entries}
        if "pyvenv.cfg" in here and folder:
            continue
        if ".gitignore" in here:
            specs = (*specs, (folder, _read_spec(root / folder / ".gitignore")))
        for entry in entries:
            name = folder + entry.name
            is_folder = entry.is_dir(follow_symlinks=False)
            if not (is_folder or _is_python(name)) or _ignored(name + "/" * is_folder, specs):
                continue
            if not is_folder:
                yield name
            elif not entry.name.startswith(".") and entry.name not in _SKIPPED:
                pending.append((name + "/", specs))


def _read_spec(path: Path) -> GitIgnoreSpec:
    try:
        return _spec(path.read_text(encoding="utf-8", errors="replace").splitlines())
    except (OSError, ValueError):
        return _spec(())


def _ignored(name: str, specs: Sequence[tuple[str, GitIgnoreSpec]]) -> bool:
    """Whether the nearest .gitignore that says anything about the name hides it."""
    for folder, spec in reversed(specs):
        verdict = spec.check_file(name.removeprefix(folder)).include
        if verdict is not None:
            return verdict
    return False


def _file(path: str, packages: set[str], tests: GitIgnoreSpec | None, outer: str) -> SourceFile:
    folders = path.split("/")[:-1]
    stem = path.rpartition("/")[2].rpartition(".")[0] or path.rpartition("/")[2]
    is_package = stem == "__init__"
    parts = folders if is_package else [*folders, stem]
    if not path.isascii():
        parts = [os.fsencode(part).decode("utf-8", "backslashreplace") for part in parts]  # a name need not be text
    first = len(folders)
    while first and "/".join(folders[:first]) in packages:
        first -= 1
    names = [".".join(parts[start:]) for start in range(first, -1, -1) if parts[start:]]
    if not names and not outer:
        names = [stem]  # the root is a package whose name nobody has told
    if outer:
        whole = ".".join((outer, *parts))
        names = [*names, whole] if first else [whole, *names]
    role: Role = "test" if tests and tests.match_file(path) else _role(path, packages)
    return SourceFile(path, names[0], is_package, role, tuple(names[1:]))


def _role(path: str, packages: set[str]) -> Role:
    *folders, name = path.split("/")
    here = set(folders)
    if here & _VENDORED:
        return "vendored"
    if here & _TESTS or _TEST_FILE.fullmatch(name):
        return "test"
    if here & _EXAMPLES:
        return "example"
    odd = here & (_OUTSIDE_PACKAGES | _SCRIPTS)
    loose = {each for at, each in enumerate(folders) if each in odd and "/".join(folders[: at + 1]) not in packages}
    if loose & _OUTSIDE_PACKAGES:
        return "example"
    if "migrations" in here or _REVISIONS in f"/{path}" or loose or (not folders and name in _SCRIPT_FILES):
        return "script"
    if _GENERATED_FILE.fullmatch(name):
        return "generated"
    return "stub" if name.endswith(".pyi") else "code"


def _told_apart(files: list[SourceFile]) -> tuple[SourceFile, ...]:
    """The files with names that no two share: where several would, each takes the next longer one."""
    taken: dict[str, list[SourceFile]] = {}
    for file in files:
        taken.setdefault(file.name, []).append(file)
    told = [_renamed(file, taken) if len(taken[file.name]) > 1 else file for file in files]
    seen: set[str] = set()
    unique = []
    for file in sorted(told, key=lambda each: (each.name, not each.is_package, each.path)):
        name = file.name
        while name in seen:  # `x.py` beside the package `x`, which hides it
            name += ".py"
        seen.add(name)
        unique.append(file if name == file.name else msgspec.structs.replace(file, name=name))
    return tuple(sorted(unique, key=lambda each: each.path))


def _renamed(file: SourceFile, taken: Mapping[str, list[SourceFile]]) -> SourceFile:
    for alias in file.aliases:
        if alias not in taken and all(other is file or alias not in other.aliases for other in taken[file.name]):
            aliases = (file.name, *(each for each in file.aliases if each != alias))
            return msgspec.structs.replace(file, name=alias, aliases=aliases)
    return file


def named_by_imports(
    files: Sequence[SourceFile], spoken: Iterable[str], climbs: Mapping[str, int] | None = None
) -> tuple[SourceFile, ...]:
    """The files under the names by which the project's own imports speak of them.

    `spoken` are the dotted names in its absolute imports. The modules and packages of a folder that is no
    package share what is put before them: the spelling that most imports use, else nothing. A package that no import
    names, while its own modules are imported without it, is a folder that programs are run in. `climbs` says how many
    dots the farthest relative import of a file has. No two files keep the same name.
    """
    heard: Counter[str] = Counter()
    for name in spoken:
        parts = name.split(".")
        heard.update({".".join(parts[:end]) for end in range(1, len(parts) + 1)})
    votes: dict[str, Counter[int]] = defaultdict(Counter)
    tops: set[tuple[str, ...]] = set()
    for file in files:
        folder, names = _tops(file)
        if _is_open(file) and names not in tops:
            tops.add(names)
            votes[folder].update({length: heard[name] for length, name in enumerate(names)})
    chosen = {folder: max(count, key=lambda length: (count[length], -length)) for folder, count in votes.items()}
    renamed = []
    for file in files:
        names = (file.name, *file.aliases)
        at = chosen.get(_tops(file)[0], 0) if _is_open(file) else 0
        others = tuple(name for place, name in enumerate(names) if place != at)
        renamed.append(msgspec.structs.replace(file, name=names[at], aliases=others))
    return _told_apart(_without_working_folders(renamed, heard, climbs or {}))


def _without_working_folders(
    files: list[SourceFile], heard: Mapping[str, int], climbs: Mapping[str, int]
) -> list[SourceFile]:
    """The files with names that leave out a package which only marks the folder that programs are run in."""
    groups: dict[str, list[SourceFile]] = defaultdict(list)
    for file in files:
        groups[file.name.split(".")[0]].append(file)
    folders = {
        file.name
        for file in files
        if file.is_package and file.name in groups and _is_working_folder(file.name, groups[file.name], heard, climbs)
    }
    return [_inside(file) if file.name.split(".")[0] in folders and "." in file.name else file for file in files]


def _is_working_folder(
    top: str, files: Sequence[SourceFile], heard: Mapping[str, int], climbs: Mapping[str, int]
) -> bool:
    if heard.get(top):
        return False
    for file in files:
        depth = file.name.count(".") + file.is_package  # the packages around the file, `top` included
        if climbs.get(file.path, 0) >= depth > 0:
            return False
    inner = {file.name.split(".")[1] for file in files if "." in file.name} - sys.stdlib_module_names
    return any(heard.get(name) for name in inner)


def _inside(file: SourceFile) -> SourceFile:
    name = file.name.split(".", 1)[1]
    aliases = (file.name, *(alias for alias in file.aliases if alias != name))
    return msgspec.structs.replace(file, name=name, aliases=aliases)


def _is_open(file: SourceFile) -> bool:
    """Whether the name is to be chosen: longer ones would do as well."""
    return bool(file.aliases) and len(file.aliases[0]) > len(file.name)


def _tops(file: SourceFile) -> tuple[str, tuple[str, ...]]:
    """The folder around a file's outermost package, and the names that package may go by, shortest first."""
    inner = file.name.count(".")
    names = tuple(name.rsplit(".", inner)[0] if inner else name for name in (file.name, *file.aliases))
    depth = names[-1].count(".")
    return "/".join(file.path.split("/")[:depth]), names
