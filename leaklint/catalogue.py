"""Which rules there are and what they say of themselves, read without running a rule file.

A warm run knows from here what may be selected; nothing is imported but the standard library's parser.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec


class RuleError(Exception):
    """A rule file that can't be loaded; the message says which and why in one line."""


class RuleInfo(msgspec.Struct, frozen=True):
    """What a rule says of itself: its code, name and page, whether it is on, and its examples."""

    code: str
    name: str
    doc: str
    preview: bool = False
    default: bool = True
    flagged: tuple[str, ...] = ()
    clean: tuple[str, ...] = ()

    @property
    def summary(self) -> str:
        """The first line of the rule's docstring."""
        return self.doc.strip().split("\n", 1)[0]


ENGINE_RULES = (
    RuleInfo(
        "LK000",
        "unreadable-file",
        """The file can't be decoded or parsed, so nothing in it was checked.

The other files still are. A file that nobody could read may be the one that empties a container: a finding about
that container may then be wrong. Mend the file, or leave it out with `exclude`.
""",
    ),
    RuleInfo(
        "LK001",
        "endpoint-reaches-leak",
        """An endpoint makes something grow that nothing bounds.

The message names what grows, or what is registered or made anew, and the shortest chain of calls that leads there.
Where the same report holds the container's own finding this one is a note. A hook that is given only the endpoint's
file still fails on it.

Bound what grows, or suppress the container's finding at its declaration: then the endpoint's part goes with it.
""",
    ),
    RuleInfo(
        "LK002",
        "unused-suppression",
        """A suppression hides nothing.

The finding it was written for is gone, its code is wrong, or it stands on another line than the finding. What
is left would hide the next leak there. Remove it.
""",
    ),
    RuleInfo(
        "LK003",
        "suppression-without-reason",
        """A suppression gives no reason.

Off unless its code is selected. The reason stands behind the bracket: `# leaklint: ignore[LK101] one per tenant`.
""",
        default=False,
    ),
    RuleInfo(
        "LK004",
        "suppression-expired",
        """The date of a suppression has passed, or is none.

`# leaklint: ignore[LK101] until=2027-03-01 the queue replaces it` is meant to be looked at again on that day. A day
that does not exist would never come.
""",
    ),
)


def own_folder() -> Path:
    """Where leaklint's rules lie: inside the installed package, beside it in a checkout."""
    installed = Path(__file__).with_name("rules")
    return installed if installed.is_dir() else Path(__file__).parents[1] / "rules"


def rule_files(folders: Iterable[Path] = ()) -> Iterator[Path]:
    """The rule files of leaklint's own folder and of others. Raises RuleError where a folder is not there."""
    for folder in (own_folder(), *folders):
        if not folder.is_dir():
            raise RuleError(f"no such folder of rules: {folder}")
        yield from sorted(folder.glob("[!_]*.py"))


def catalogue(folders: Iterable[Path] = ()) -> list[RuleInfo]:
    """Every rule of the engine and of the folders, sorted by code. Raises RuleError where a file is no rule file."""
    found = [_describe(path) for path in rule_files(folders)]
    codes = {info.code for info in found}
    return sorted([*found, *(info for info in ENGINE_RULES if info.code not in codes)], key=lambda info: info.code)


def _describe(path: Path) -> RuleInfo:
    try:
        tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError) as error:
        raise RuleError(f"{path}: {error}") from error
    values: dict[str, ast.expr] = {}
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            values[statement.targets[0].id] = statement.value
        elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name) and statement.value:
            values[statement.target.id] = statement.value
    call = values.get("RULE")
    if not isinstance(call, ast.Call):
        raise RuleError(f"{path}: no RULE = Rule(...) in this file")
    return _info(call, values, ast.get_docstring(tree) or "", path)


def _info(call: ast.Call, values: Mapping[str, ast.expr], doc: str, path: Path) -> RuleInfo:
    given: dict[str, ast.expr] = dict(zip(("code", "name"), call.args, strict=False))
    given |= {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
    try:
        said = {name: ast.literal_eval(given[name]) for name in ("code", "name", "preview", "default") if name in given}
        return RuleInfo(
            said["code"],
            said["name"],
            doc,
            said.get("preview", False),
            said.get("default", True),
            _examples(values.get("FLAGGED")),
            _examples(values.get("CLEAN")),
        )
    except (ValueError, KeyError) as error:
        raise RuleError(f"{path}: code, name, preview and default are to be written as literals") from error


def _examples(value: ast.expr | None) -> tuple[str, ...]:
    if value is None:
        return ()
    given = ast.literal_eval(value)
    return tuple(each for each in ([given] if isinstance(given, str) else given) if each.strip())
