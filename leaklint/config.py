"""What a user has decided: `[tool.leaklint]` in pyproject.toml, or leaklint.toml, and what the command line adds.

Every mistake ends in ConfigError, whose text is one line that names the nearest valid word.
"""

from __future__ import annotations

import difflib
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from leaklint.rule import CONFIDENCES, SEVERITIES, Confidence, Severity

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

CONFIG_FILES = ("leaklint.toml", ".leaklint.toml", "pyproject.toml")

Models = dict[str, dict[str, Any]]
"""The user's own models: dotted names, each with a table in the words of leaklint's models."""


class ConfigError(Exception):
    """The configuration or the command line asks for something that there is not; one line says what."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a run depends on besides the files themselves.

    `within` narrows the project where its root is only guessed. `paths` filter what is reported; files among
    them that git or `exclude` hides are checked unless `force_exclude` is set. `overlay` holds the bytes of files
    that differ from what lies on disk (an editor's buffer), by path relative to the root. `rules` are folders of
    a user's own rule files; they come from the command line only, so that checking a project never runs its code.
    """

    root: Path
    within: tuple[Path, ...] = ()
    force_exclude: bool = False
    paths: tuple[Path, ...] = ()
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    test_paths: tuple[str, ...] = ()
    per_file_ignores: dict[str, tuple[str, ...]] = {}
    min_confidence: Confidence = "medium"
    fail_on: Severity = "warning"
    preview: bool = False
    baseline: Path | None = None
    containers: Models = {}
    caches: Models = {}
    bounded_types: tuple[str, ...] = ()
    entry_points: tuple[dict[str, Any], ...] = ()
    rules: tuple[Path, ...] = ()
    overlay: dict[str, bytes] = {}
    noqa: bool = True
    use_cache: bool = True
    cache_dir: Path | None = None
    jobs: int = 0


def _is_strings(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _is_models(value: object) -> bool:
    return _is_strings(value) or (isinstance(value, dict) and all(isinstance(each, dict) for each in value.values()))


def _is_tables(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, dict) for each in value)


def _is_codes_by_glob(value: object) -> bool:
    return isinstance(value, dict) and all(_is_strings(each) for each in value.values())


_STRINGS = (_is_strings, "a list of strings")
_MODELS = (_is_models, "a list of names, or a table with a table for each name")
_KEYS = {
    "select": _STRINGS,
    "ignore": _STRINGS,
    "extend-select": _STRINGS,
    "exclude": _STRINGS,
    "test-paths": _STRINGS,
    "per-file-ignores": (_is_codes_by_glob, "a table of lists of codes"),
    "min-confidence": (lambda value: value in CONFIDENCES, "high, medium or low"),
    "fail-on": (lambda value: value in SEVERITIES, "error, warning or note"),
    "preview": (lambda value: isinstance(value, bool), "true or false"),
    "baseline": (lambda value: isinstance(value, str), "a path"),
    "containers": _MODELS,
    "caches": _MODELS,
    "bounded-types": _STRINGS,
    "entry-points": (_is_tables, "a list of tables"),
}


def is_config(path: Path) -> bool:
    """Whether a file configures leaklint; a pyproject.toml does where it has the table."""
    if path.name != "pyproject.toml":
        return path.is_file()
    try:
        text = path.read_bytes()
    except OSError:
        return False
    return re.search(rb"^\s*\[+\s*tool\s*\.\s*[\"']?leaklint\b", text, re.MULTILINE) is not None


def config_in(folder: Path) -> Path | None:
    """The file in a folder that configures leaklint, if there is one."""
    return next((folder / name for name in CONFIG_FILES if is_config(folder / name)), None)


def read_config(path: Path) -> dict[str, Any]:
    """The settings of a configuration file, by the names of `Settings`' fields.

    Raises ConfigError where the file can't be read, or has a key or value that is not valid.
    """
    try:
        return read_table(path.read_text(encoding="utf-8"), path)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8: {error.reason}") from error


def read_table(text: str, path: Path = Path("leaklint.toml")) -> dict[str, Any]:
    """The settings in a configuration's text; `path` says which kind it is and where paths in it begin."""
    try:
        document = tomllib.loads(text)
    except ValueError as error:
        raise ConfigError(f"{path}: {' '.join(str(error).split())}") from error
    # A table that was moved from pyproject.toml as it is, is understood in a file of leaklint's own too.
    is_nested = path.name == "pyproject.toml" or isinstance(document.get("tool"), dict)
    table = document
    for name in ("tool", "leaklint") if is_nested else ():
        table = table.get(name, {})
        if not isinstance(table, dict):
            raise ConfigError(f"{path}: {name} is not a table")
    return {key.replace("-", "_"): _value(path, key, value) for key, value in table.items()}


def nearest(word: str, valid: Iterable[str]) -> str:
    """The end of an error message: `; did you mean …?`, or the valid words where none is near."""
    choices = sorted(valid)
    near = difflib.get_close_matches(word, choices, 1, 0.5)
    return f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(choices)}"


def chosen(code: str, settings: Settings, *, default: bool = True, preview: bool = False) -> bool:
    """Whether a code is on: the longest of the given codes and prefixes that match decides, `ignore` where they tie.

    A rule that is off by default, or in preview, needs its whole code or (preview alone) `--preview`.
    """
    asked = (*settings.select, *settings.extend_select)
    ignored = max((len(each) for each in settings.ignore if code.startswith(each)), default=-1)
    if not default or (preview and not settings.preview):
        return code in asked and len(code) > ignored
    given = asked if settings.select else (*asked, "")
    return max((len(each) for each in given if code.startswith(each)), default=-1) > ignored


def check_codes(settings: Settings, known: Iterable[str]) -> None:
    """Raises ConfigError where a selected or ignored code is neither a rule's code nor the beginning of one."""
    codes = sorted(known)
    groups: Mapping[str, tuple[str, ...]] = {
        "select": settings.select,
        "ignore": settings.ignore,
        "extend-select": settings.extend_select,
        **{f"per-file-ignores of {glob!r}": given for glob, given in settings.per_file_ignores.items()},
    }
    for option, given in groups.items():
        for code in given:
            if not code or not any(each.startswith(code) for each in codes):
                raise ConfigError(f"unknown code {code!r} in {option}{nearest(code, codes)}")


def _value(path: Path, key: str, value: Any) -> Any:
    if key not in _KEYS:
        raise ConfigError(f"{path}: unknown key {key!r}{nearest(key, _KEYS)}")
    is_valid, wanted = _KEYS[key]
    if not is_valid(value):
        hint = nearest(value, _WORDS[key]) if key in _WORDS and isinstance(value, str) else ""
        raise ConfigError(f"{path}: {key} must be {wanted}, not {_shown(value)}{hint if 'did you' in hint else ''}")
    if key == "per-file-ignores":
        return {glob: tuple(codes) for glob, codes in value.items()}
    if key in ("containers", "caches") and isinstance(value, list):
        return {name: {} for name in value}
    if key == "baseline":
        return path.parent / value
    return tuple(value) if isinstance(value, list) else value


_WORDS: Mapping[str, tuple[str, ...]] = {"min-confidence": CONFIDENCES, "fail-on": SEVERITIES}


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
