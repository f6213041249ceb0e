"""The command line: arguments in, exit code out. Nothing else prints.

0 means no findings (or that what was asked for was printed), 1 findings, 2 that it could not be done.
"""

from __future__ import annotations

import argparse
import gc
import io
import os
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

import msgspec

from leaklint import __version__
from leaklint.catalogue import RuleError, catalogue
from leaklint.config import ConfigError, Settings, config_in, nearest, read_config
from leaklint.discover import find_root, resolved
from leaklint.report import FORMATS
from leaklint.rule import CONFIDENCES, SEVERITIES

SLOW_SECONDS = 1.0
_FOR_PEOPLE = ("full", "concise")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command line and returns the exit code."""
    options = _parser().parse_args(arguments)
    if options.command is None:
        _parser().print_help()
        return 2
    try:
        return int(options.run(options))
    except (ConfigError, RuleError) as error:
        print(f"leaklint: {error}", file=sys.stderr)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nobody reads: the rest is not an error
    except KeyboardInterrupt:
        print("leaklint: interrupted", file=sys.stderr)
    except OSError as error:
        print(f"leaklint: {error.filename or ''}: {error.strerror or error}", file=sys.stderr)
    except Exception as error:
        if os.environ.get("LEAKLINT_TRACEBACK"):
            raise
        place = _innermost(error)
        print(f"leaklint: internal error: {type(error).__name__}: {error} ({place})", file=sys.stderr)
    return 2


def entry() -> NoReturn:
    """`main` as a program: neither walks a large graph for cycles nor takes it down at the end; both cost seconds."""
    gc.disable()
    code = main()
    with suppress(OSError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)


def settings_of(options: argparse.Namespace) -> Settings:
    """The settings that the command line and the configuration make. Raises ConfigError."""
    cwd = Path.cwd()
    overlay_name = getattr(options, "stdin_filename", None)
    named = [name for name in getattr(options, "paths", []) if not (overlay_name and name == "-")]
    paths = [_existing(cwd, name) for name in named]
    if overlay_name:
        paths = [resolved(cwd / overlay_name)]
    paths = paths or [cwd]
    is_certain = True
    if options.root:
        root = _existing(cwd, options.root)
    else:
        root, is_certain = find_root(paths, cwd, lambda folder: config_in(folder) is not None)
    for path in paths:
        if not path.is_relative_to(root):
            raise ConfigError(f"{path} does not lie below the root {root}")
    config = Path(options.config) if options.config else config_in(root)
    given: dict[str, Any] = {} if config is None or options.isolated else read_config(config)
    given |= _overrides(options, cwd)
    given["overlay"] = {paths[0].relative_to(root).as_posix(): sys.stdin.buffer.read()} if overlay_name else {}
    return Settings(root=root, paths=tuple(paths), within=() if is_certain else tuple(paths), **given)


def _overrides(options: argparse.Namespace, cwd: Path) -> dict[str, Any]:
    """What the command line says, by the names of the settings; what it does not say is left to the configuration."""
    given: dict[str, Any] = {}
    for name in ("select", "ignore", "extend_select"):
        codes = getattr(options, name, None)
        if codes is not None:
            given[name] = tuple(code for each in codes for code in each.replace(",", " ").split())
    for name in ("min_confidence", "fail_on", "preview", "jobs", "force_exclude"):
        if getattr(options, name, None):
            given[name] = getattr(options, name)
    cache_dir = options.cache_dir or os.environ.get("LEAKLINT_CACHE_DIR")
    given["cache_dir"] = cwd / cache_dir if cache_dir else None
    given["use_cache"] = not options.no_cache
    given["rules"] = tuple(cwd / folder for folder in options.rules or ())
    if getattr(options, "baseline", None):
        given["baseline"] = cwd / options.baseline
    return given


def _existing(cwd: Path, name: str) -> Path:
    path = resolved(cwd / name)
    if not path.exists():
        raise ConfigError(f"no such file or folder: {name}")
    return path


def _innermost(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else "nowhere"


class _Progress:
    """Says on a terminal's stderr what a run is doing, once it has taken a second."""

    def __init__(self) -> None:
        self._from = time.monotonic() + SLOW_SECONDS
        self._shown = False
        self._is_on = sys.stderr.isatty()

    def __call__(self, text: str) -> None:
        if self._is_on and time.monotonic() > self._from:
            print(f"\r\033[K{text} …", end="", file=sys.stderr, flush=True)
            self._shown = True

    def clear(self) -> None:
        """Takes the line away."""
        if self._shown:
            print("\r\033[K", end="", file=sys.stderr, flush=True)


def _emit(options: argparse.Namespace, text: str) -> None:
    if options.output_file:
        Path(options.output_file).write_text(text, encoding="utf-8")
        return
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a file name may be no text
    sys.stdout.write(text)
    sys.stdout.flush()


def _check(options: argparse.Namespace) -> int:
    from leaklint import baseline, report
    from leaklint.pipeline import files_of, run
    from leaklint.report.text import statistics
    from leaklint.report.view import plural
    from leaklint.settle import fails

    if options.fix and options.stdin_filename:
        raise ConfigError("--fix mends files: it does not go with --stdin-filename")
    if options.statistics and options.output_format not in _FOR_PEOPLE:
        raise ConfigError(f"--statistics is text: it does not go with --output-format {options.output_format}")
    settings = settings_of(options)
    if options.show_settings:
        _emit(options, _shown_settings(settings))
        return 0
    if options.show_files:
        _emit(options, "".join(f"{settings.root / name}\n" for name in files_of(settings)))
        return 0
    known = baseline.read(settings.baseline) if settings.baseline else {}
    progress = _Progress()
    outcome = run(settings, frozenset(known), progress)
    progress.clear()
    view = _view(options, settings)
    if options.diff:
        from leaklint import fix

        text = fix.diff(settings.root, fix.edits_of(outcome.findings), settings.overlay)
        _emit(options, text)
        return int(bool(text))
    if options.fix:
        from leaklint import fix

        changed = fix.write(settings.root, fix.edits_of(outcome.findings))
        if not options.quiet:
            print(f"leaklint: {plural(changed, 'file')} mended", file=sys.stderr)
        outcome = run(settings, frozenset(known), progress)
        progress.clear()
    text = statistics(outcome) if options.statistics else report.write(options.output_format, outcome, view)
    _emit(options, text)
    elsewhere = outcome.settled.elsewhere
    if elsewhere and not options.quiet:
        hint = f"{plural(elsewhere, 'more finding')} in files that were not asked for"
        print(f"leaklint: {hint}; `leaklint check {view.name('.')}` shows all", file=sys.stderr)
    if options.verbose:
        print(f"leaklint: root {settings.root}, {outcome.seconds:.2f} s", file=sys.stderr)
    return int(fails(outcome.findings, settings.fail_on) and not options.exit_zero)


def _baseline(options: argparse.Namespace) -> int:
    from leaklint import baseline
    from leaklint.pipeline import run
    from leaklint.report.view import plural

    settings = settings_of(options)
    path = settings.baseline or settings.root / baseline.DEFAULT_NAME
    outcome = run(msgspec.structs.replace(settings, paths=()), frozenset(), _Progress())
    found = baseline.entries(outcome.findings)
    before = baseline.read(path) if path.exists() else None
    kept = found if before is None else baseline.pruned(before, found, outcome.judged.codes)
    new = found.keys() - kept.keys()
    if options.update:
        kept, new = kept | found, set()
    written = Path(options.output_file) if options.output_file else path
    written.write_text(baseline.text(kept), encoding="utf-8")
    said = f"{written}: {len(kept)} kept, {len((before or {}).keys() - kept.keys())} removed"
    said += f", {plural(len(new), 'new one')} not added (--update adds them)" if new else ""
    if not options.quiet:
        print(f"leaklint: {said}", file=sys.stderr)
    return 0


def _rule(options: argparse.Namespace) -> int:
    from leaklint.report import pages

    infos = catalogue(tuple(Path(folder) for folder in options.rules or ()))
    codes = {info.code: info for info in infos}
    if options.code and options.code.upper() not in codes:
        raise ConfigError(f"unknown code {options.code!r}{nearest(options.code, codes)}")
    chosen = [codes[options.code.upper()]] if options.code else infos
    if options.output_format == "json":
        _emit(options, pages.rules_json(chosen))
    else:
        _emit(options, pages.rule_page(chosen[0]) if options.code else pages.rule_list(infos))
    return 0


def _endpoints(options: argparse.Namespace) -> int:
    from leaklint.report import pages

    rows, view = _rows(options, "endpoints")
    _emit(options, pages.endpoints_json(rows, view) if options.output_format == "json" else pages.endpoints(rows, view))
    return 0


def _inventory(options: argparse.Namespace) -> int:
    from leaklint.report import pages

    rows, view = _rows(options, "inventory")
    _emit(options, pages.inventory_json(rows, view) if options.output_format == "json" else pages.inventory(rows, view))
    return 0


def _rows(options: argparse.Namespace, what: str) -> tuple[list[dict[str, Any]], Any]:
    from leaklint.pipeline import asked, linked

    settings = settings_of(options)
    progress = _Progress()
    project = linked(settings, progress)
    rows: list[dict[str, Any]] = getattr(project, what)()
    progress.clear()
    is_asked = asked(settings)
    return [row for row in rows if is_asked(row["filename"])], _view(options, settings)


def _graph(options: argparse.Namespace) -> int:
    from leaklint.pipeline import asked, linked
    from leaklint.report import graph

    settings = settings_of(options)
    progress = _Progress()
    project = linked(settings, progress)
    text = graph.export(project, options.output_format, options.reaching, getattr(options, "from"), asked(settings))
    progress.clear()
    _emit(options, text)
    return 0


def _view(options: argparse.Namespace, settings: Settings) -> Any:
    from leaklint.report.view import View

    wanted = options.color
    if wanted == "auto":
        forced = bool(os.environ.get("FORCE_COLOR"))
        wanted = forced or (sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb")
    is_coloured = bool(wanted and wanted != "never" and not options.output_file)
    return View(settings.root, Path.cwd(), is_coloured, settings.overlay)


def _shown_settings(settings: Settings) -> str:
    lines = []
    for name in settings.__struct_fields__:
        if name != "overlay":
            lines.append(f"{name.replace('_', '-')} = {getattr(settings, name)!r}\n")
    return "".join(lines)


def _count(text: str) -> int:
    """A number of processes, for argparse: a ValueError is a mistake in the usage."""
    number = int(text)
    if number < 0:
        raise ValueError(text)
    return number


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="leaklint", description="Finds what a long-lived Python process keeps and nothing takes away."
    )
    parser.add_argument("--version", action="version", version=f"leaklint {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    common = _common()
    check = commands.add_parser("check", parents=[common], help="report findings")
    check.set_defaults(run=_check)
    _add_paths(check)
    _add_check_options(check)
    rule = commands.add_parser("rule", parents=[common], help="say what a rule means; without a code list them")
    rule.set_defaults(run=_rule)
    rule.add_argument("code", nargs="?", metavar="CODE")
    _add_format(rule, ("text", "json"))
    for name, run, text in (
        ("endpoints", _endpoints, "list every entry point"),
        ("inventory", _inventory, "list every long-lived container and what bounds it"),
    ):
        command = commands.add_parser(name, parents=[common], help=text)
        command.set_defaults(run=run)
        _add_paths(command)
        _add_format(command, ("text", "json"))
    graph = commands.add_parser("graph", parents=[common], help="export the call graph")
    graph.set_defaults(run=_graph)
    _add_paths(graph)
    _add_format(graph, ("json", "dot", "graphml"))
    graph.add_argument("--reaching", metavar="SYMBOL", help="only what can reach this function or container")
    graph.add_argument("--from", metavar="ENDPOINT", help="only what this endpoint or function can reach")
    baseline = commands.add_parser(
        "baseline", parents=[common], help="write the baseline, or remove from it what is gone"
    )
    baseline.set_defaults(run=_baseline)
    _add_paths(baseline)
    _add_selection(baseline)
    baseline.add_argument("--update", action="store_true", help="add new findings to a baseline that exists")
    return parser


def _common() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--output-file", metavar="FILE", help="write there instead of to stdout")
    common.add_argument("--root", metavar="FOLDER", help="the project's root")
    common.add_argument("--config", metavar="FILE", help="use this configuration")
    common.add_argument("--isolated", action="store_true", help="use no configuration file")
    common.add_argument("--no-cache", action="store_true", help="neither read nor write the cache")
    common.add_argument("--cache-dir", metavar="FOLDER", help="keep the cache there (or LEAKLINT_CACHE_DIR)")
    common.add_argument("--jobs", type=_count, default=0, metavar="N", help="processes that read; 0: as many as pay")
    common.add_argument("--rules", action="append", metavar="FOLDER", help="load rule files from this folder too")
    common.add_argument("--color", choices=("auto", "always", "never"), default="auto")
    common.add_argument("-q", "--quiet", action="store_true", help="print nothing but the report")
    common.add_argument(
        "-v", "--verbose", action="store_true", help="say on stderr where the root is and how long it took"
    )
    return common


def _add_paths(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="*", metavar="PATH", help="files and folders to report on; default: here")


def _add_format(parser: argparse.ArgumentParser, formats: Sequence[str]) -> None:
    parser.add_argument("--output-format", choices=formats, default=formats[0])


def _add_selection(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--select", action="append", metavar="CODES", help="only these codes or prefixes")
    parser.add_argument("--ignore", action="append", metavar="CODES", help="not these codes or prefixes")
    parser.add_argument("--extend-select", action="append", metavar="CODES", help="these codes too")
    parser.add_argument("--preview", action="store_true", help="rules that still have to earn their place too")
    parser.add_argument("--min-confidence", choices=CONFIDENCES, help="leave out findings less certain than this")
    parser.add_argument("--baseline", metavar="FILE", help="findings that are known and not reported")


def _add_check_options(parser: argparse.ArgumentParser) -> None:
    _add_format(parser, FORMATS)
    _add_selection(parser)
    parser.add_argument("--fail-on", choices=SEVERITIES, help="the least severity for exit 1")
    parser.add_argument("--exit-zero", action="store_true", help="exit 0 also with findings")
    parser.add_argument("--statistics", action="store_true", help="count the findings of each code")
    parser.add_argument("--fix", action="store_true", help="mend what can safely be mended")
    parser.add_argument("--diff", action="store_true", help="show what --fix would change; exit 1 if anything")
    parser.add_argument("--stdin-filename", metavar="FILE", help="check standard input as if it were this file")
    parser.add_argument("--force-exclude", action="store_true", help="apply excludes to files that are named too")
    parser.add_argument("--show-files", action="store_true", help="list the files that would be checked")
    parser.add_argument("--show-settings", action="store_true", help="print the settings")
