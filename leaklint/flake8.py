"""The flake8 plugin: the project's findings, handed out file by file.

flake8 shows a plugin one file at a time, in several processes. The project is worked out once, while flake8 reads
its options: with the fork start method the workers inherit the outcome, with the others they read it from the cache.
"""

from __future__ import annotations

import argparse
import ast
import io
import multiprocessing
import os
import sys
import tokenize
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar

import msgspec

from leaklint import __version__
from leaklint.baseline import read as read_baseline
from leaklint.catalogue import RuleError, RuleInfo, catalogue
from leaklint.config import ConfigError, Settings, chosen, config_in, read_config
from leaklint.discover import find_root, resolved
from leaklint.pipeline import run
from leaklint.rule import Finding

Problem = tuple[int, int, str, type]


class Plugin:
    """What flake8 makes once for each file."""

    name = "leaklint"
    version = __version__

    _settings: ClassVar[Settings | None] = None
    _findings: ClassVar[dict[str, list[Finding]] | None] = None

    def __init__(self, tree: ast.AST, filename: str, lines: Sequence[str]) -> None:
        """Takes the file's name as flake8 speaks of it and its lines, which may not be those on disk."""
        self.filename = filename
        self.lines = lines

    @classmethod
    def add_options(cls, manager: Any) -> None:
        """Adds the options that say where leaklint's own configuration lies."""
        manager.add_option("--leaklint-config", metavar="FILE", parse_from_config=True, normalize_paths=True)
        manager.add_option("--leaklint-root", metavar="FOLDER", parse_from_config=True, normalize_paths=True)

    @classmethod
    def parse_options(cls, options: argparse.Namespace) -> None:
        """Works the project out, unless no LK code is selected or the text comes from standard input."""
        cls._settings = cls._findings = None
        try:
            cls._settings = settings_of(options)
            if cls._settings is not None and "-" not in options.filenames:
                cls._findings = _by_file(cls._settings)
        except (ConfigError, RuleError) as error:
            from flake8.exceptions import ExecutionError

            raise ExecutionError(f"leaklint: {error}") from error
        except Exception as error:  # a plugin that raises takes the findings of all others with it
            _give_up(error)
            cls._settings = None

    def run(self) -> Iterator[Problem]:
        """The findings in this file, 0-based columns as flake8 wants them."""
        for finding in self._own():
            place = finding.location
            yield place.row, place.column - 1, f"{finding.code} {' '.join(finding.message.split())}", type(self)

    def _own(self) -> list[Finding]:
        settings = self._settings
        if settings is None:
            return []
        path = Path(os.path.realpath(os.path.dirname(self.filename) or "."), os.path.basename(self.filename))
        name = Path(os.path.relpath(path, settings.root)).as_posix()
        if self._findings is not None:
            return self._findings.get(name, [])
        try:
            overlay = {name: _encoded("".join(self.lines))}
            return _by_file(msgspec.structs.replace(settings, overlay=overlay, paths=(path,))).get(name, [])
        except Exception as error:
            _give_up(error)
            return []


def settings_of(options: argparse.Namespace) -> Settings | None:
    """The settings for flake8's options; None where it has selected nothing that leaklint reports."""
    infos = catalogue()
    wanted = _selected(options, infos)
    if not wanted:
        return None
    cwd = Path.cwd()
    paths = [resolved(cwd / name) for name in _files(options)]
    is_certain = True
    if options.leaklint_root:
        root = Path(options.leaklint_root).resolve()
    else:
        named = [cwd / name for name in options.filenames if name != "-"] or [cwd]
        root, is_certain = find_root([resolved(path) for path in named], cwd, lambda each: config_in(each) is not None)
    config = Path(options.leaklint_config) if options.leaklint_config else config_in(root)
    settings = Settings(root=root, **(read_config(config) if config else {}))
    explicit = tuple(options.select or ()) + tuple(options.extend_select or ())
    codes = [
        info.code
        for info in wanted
        if info.code in explicit or chosen(info.code, settings, default=info.default, preview=info.preview)
    ]
    if not codes:
        return None
    return msgspec.structs.replace(
        settings,
        select=tuple(codes),
        ignore=(),
        extend_select=(),
        paths=tuple(path for path in paths if path.is_relative_to(root)),
        within=() if is_certain else tuple(paths),
        force_exclude=any(os.path.isdir(name) for name in options.filenames or ["."]),
        noqa=not options.disable_noqa,
    )


def _selected(options: argparse.Namespace, infos: Sequence[RuleInfo]) -> list[RuleInfo]:
    """The rules whose findings flake8 would show."""
    from flake8.style_guide import Decision, DecisionEngine

    engine = DecisionEngine(options)
    return [info for info in infos if engine.decision_for(info.code) is Decision.Selected]


def _files(options: argparse.Namespace) -> list[str]:
    """The files that flake8 will check."""
    from flake8.discover_files import expand_paths

    found = expand_paths(
        paths=options.filenames,
        stdin_display_name=options.stdin_display_name,
        filename_patterns=options.filename,
        exclude=(*options.exclude, *options.extend_exclude),
    )
    return [options.stdin_display_name if name == "-" else name for name in found]


def _by_file(settings: Settings) -> dict[str, list[Finding]]:
    known = frozenset(read_baseline(settings.baseline)) if settings.baseline else frozenset[str]()
    found: dict[str, list[Finding]] = defaultdict(list)
    for finding in run(settings, known).findings:
        found[finding.filename].append(finding)
    return dict(found)


def _encoded(text: str) -> bytes:
    """A buffer's text as the bytes of a file; a coding line in it has to hold."""
    source = text.encode("utf-8", "surrogatepass")
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
        return text.encode(encoding)
    except (SyntaxError, LookupError, UnicodeError):
        return source


def _give_up(error: Exception) -> None:
    if multiprocessing.parent_process() is None:
        print(f"leaklint: internal error, nothing checked: {type(error).__name__}: {error}", file=sys.stderr)
