"""A folder of rule files to rules; leaklint's own and a user's load the same way.

A rule file is a Python file with a docstring, the constants `FLAGGED` and `CLEAN`, and `RULE`. Adding a rule
is dropping a file into the folder.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import ModuleType

import msgspec

from leaklint.catalogue import RuleError, own_folder, rule_files
from leaklint.rule import Rule

SEPARATOR = "\n# ----\n"
"""Stands between the projects of a rule file whose FLAGGED or CLEAN is a list."""


def load(folders: Iterable[Path] = ()) -> list[Rule]:
    """The rules of leaklint's own folder and of others, sorted by code.

    Raises RuleError where a file can't be run, holds no `RULE`, or two rules claim a code or a name.
    """
    rules = [load_file(path) for path in rule_files(folders)]
    for claims in ([rule.code for rule in rules], [rule.name for rule in rules]):
        twice = {claim for claim in claims if claims.count(claim) > 1}
        if twice:
            raise RuleError(f"two rules claim {min(twice)}")
    return sorted(rules, key=lambda rule: rule.code)


def load_file(path: Path) -> Rule:
    """The rule of one file, with its docstring and examples. Raises RuleError."""
    module = _run(path)
    rule = getattr(module, "RULE", None)
    if not isinstance(rule, Rule):
        raise RuleError(f"{path}: no RULE = Rule(...) in this file")
    return msgspec.structs.replace(
        rule,
        doc=rule.doc or module.__doc__ or "",
        flagged=rule.flagged or _joined(getattr(module, "FLAGGED", "")),
        clean=rule.clean or _joined(getattr(module, "CLEAN", "")),
    )


def _joined(projects: str | Sequence[str]) -> str:
    return projects if isinstance(projects, str) else SEPARATOR.join(projects)


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
