"""A folder of rule files to rules; leaklint's own and a user's load the same way.

A rule file is a Python file with a docstring, the constants `FLAGGED` and `CLEAN`, and `RULE`. Adding a rule
is dropping a file into the folder.
"""

from __future__ import annotations

import ast
import importlib.util
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import ModuleType

import msgspec

from leaklint.rule import Rule

SEPARATOR = "\n# ----\n"
"""Stands between the projects of a rule file whose FLAGGED or CLEAN is a list."""


class RuleError(Exception):
    """A rule file that can't be loaded; the message says which and why in one line."""


class RuleInfo(msgspec.Struct, frozen=True):
    """What a rule file says of itself, read without running it."""

    code: str
    name: str
    preview: bool
    default: bool
    doc: str
    path: str

    @property
    def summary(self) -> str:
        """The first line of the rule's docstring."""
        return self.doc.strip().split("\n", 1)[0]


def own_folder() -> Path:
    """Where leaklint's rules lie: inside the installed package, beside it in a checkout."""
    installed = Path(__file__).with_name("rules")
    return installed if installed.is_dir() else Path(__file__).parents[1] / "rules"


def load(folders: Iterable[Path] = ()) -> list[Rule]:
    """The rules of leaklint's own folder and of others, sorted by code.

    Raises RuleError where a file can't be run, holds no `RULE`, or two rules claim a code or a name.
    """
    rules = [_load(path) for path in _rule_files(folders)]
    _assert_distinct([(rule.code, rule.name) for rule in rules])
    return sorted(rules, key=lambda rule: rule.code)


def catalogue(folders: Iterable[Path] = ()) -> list[RuleInfo]:
    """What `load` would return, read from the files' text: no rule is run and nothing is imported."""
    found = [_describe(path) for path in _rule_files(folders)]
    _assert_distinct([(info.code, info.name) for info in found])
    return sorted(found, key=lambda info: info.code)


def examples(value: object) -> list[str]:
    """FLAGGED or CLEAN as a list of projects: it may be one string or several."""
    if isinstance(value, str):
        return [value] if value.strip() else []
    if isinstance(value, Sequence):
        return [str(each) for each in value]
    return []


def _rule_files(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in (own_folder(), *folders):
        if not folder.is_dir():
            raise RuleError(f"no such folder of rules: {folder}")
        yield from sorted(folder.glob("[!_]*.py"))


def _load(path: Path) -> Rule:
    module = _run(path)
    rule = getattr(module, "RULE", None)
    if not isinstance(rule, Rule):
        raise RuleError(f"{path}: no RULE = Rule(...) in this file")
    return msgspec.structs.replace(
        rule,
        doc=rule.doc or module.__doc__ or "",
        flagged=rule.flagged or SEPARATOR.join(examples(getattr(module, "FLAGGED", ""))),
        clean=rule.clean or SEPARATOR.join(examples(getattr(module, "CLEAN", ""))),
    )


def _run(path: Path) -> ModuleType:
    name = f"leaklint.rules.{path.stem}" if path.parent == own_folder() else f"leaklint_user_rules.{path.stem}"
    loaded = sys.modules.get(name)
    if loaded is not None and loaded.__file__ == str(path):
        return loaded
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise RuleError(f"{path}: can't be loaded")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # before it runs: dataclasses look themselves up there
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise RuleError(f"{path}: {type(error).__name__}: {error}") from error
    return module


def _describe(path: Path) -> RuleInfo:
    try:
        tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError) as error:
        raise RuleError(f"{path}: {error}") from error
    for statement in tree.body:
        target = statement.targets[0] if isinstance(statement, ast.Assign) else getattr(statement, "target", None)
        value = getattr(statement, "value", None)
        if isinstance(target, ast.Name) and target.id == "RULE" and isinstance(value, ast.Call):
            return _info(value, ast.get_docstring(tree) or "", path)
    raise RuleError(f"{path}: no RULE = Rule(...) in this file")


def _info(call: ast.Call, doc: str, path: Path) -> RuleInfo:
    given: dict[str, ast.expr] = dict(zip(("code", "name"), call.args, strict=False))
    given |= {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
    try:
        said = {name: ast.literal_eval(given[name]) for name in ("code", "name", "preview", "default") if name in given}
        info = RuleInfo(said["code"], said["name"], said.get("preview", False), said.get("default", True), doc, str(path))
    except (ValueError, KeyError) as error:
        raise RuleError(f"{path}: code, name, preview and default are to be written as literals") from error
    return info


def _assert_distinct(claims: list[tuple[str, str]]) -> None:
    for index in (0, 1):
        seen: set[str] = set()
        for claim in claims:
            if claim[index] in seen:
                raise RuleError(f"two rules claim {claim[index]}")
            seen.add(claim[index])
