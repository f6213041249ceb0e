"""CPU time and memory of leaklint against parsing alone and against peers, over the same files in one run.

usage: python benchmarks/speed.py FOLDER ... [--repeat N] [--peers]

Each FOLDER is a project, for example an unpacked release of Django. The floor is `ast.parse` of every file that
leaklint reads. Times are the least of N runs, of all processes together; ratios are CPU time over the floor's.
Indexing, linking and judging are measured inside one process, in the steps of the check in one process, which uses
the facts that it has read as they are; the checks are measured as commands; byte code is compiled
beforehand, as an installed package has it. Peers are those of flake8, pylint and ruff that are installed beside it.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

FLOOR = """
import ast, sys, warnings
warnings.simplefilter("ignore")
for name in sys.stdin.read().split("\\0"):
    try:
        ast.parse(open(name, "rb").read())
    except (SyntaxError, ValueError, RecursionError):
        pass
"""
STAGES = """
import gc, os, resource, sys
from leaklint import cli, pipeline
from leaklint.facts import ModuleFacts
from leaklint.loader import load
from leaklint.workers import _index_here
import leaklint.project, msgspec

def seconds():
    return sum(resource.getrusage(resource.RUSAGE_SELF)[:2])

gc.disable()
decoder = msgspec.msgpack.Decoder(ModuleFacts).decode
settings = cli.settings_of(cli._parser().parse_args(["check", sys.argv[1], "--root", sys.argv[1], "--no-cache"]))
listing = pipeline._listing(settings)
marks = [seconds()]
indexed = {file.path: _index_here(str(settings.root / file.path)) for file in listing.files}
marks.append(seconds())
facts = {path: facts or decoder(blob) for path, (blob, facts) in sorted(indexed.items())}
project = pipeline.link(listing.files, facts, settings, pipeline._reader(settings))
marks.append(seconds())
rules = load(settings.rules)
project.endpoints()
marks.append(seconds())
findings = pipeline.findings_of(project, rules)
marks.append(seconds())
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(*(f"{after - before:.3f}" for before, after in zip(marks, marks[1:])), peak)
sys.stdout.flush()
os._exit(0)
"""
PARTS = ("index", "link", "entry points", "judge, all rules")
PEERS = {
    "flake8": ("flake8", "--exit-zero", "--isolated", "--jobs=1"),
    "ruff": ("ruff", "check", "--exit-zero", "--isolated", "--no-cache", "-q"),
    "pylint": ("pylint", "--exit-zero", "--recursive=y", "--jobs=1", "--rcfile=/dev/null"),
}


def main() -> None:
    """Measures and prints a table for each folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+", metavar="FOLDER")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--peers", action="store_true", help="measure the peers too; pylint is slow")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as compiled:
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = compiled
        for folder in options.folders:
            measure(folder.resolve(), options.repeat, PEERS if options.peers else {})


def measure(folder: Path, repeat: int, peers: dict[str, tuple[str, ...]]) -> None:
    """Measures one project and prints its table."""
    names = _run([sys.executable, "-m", "leaklint", "check", "--show-files", "--root", folder, folder]).splitlines()
    lines = sum(Path(name).read_bytes().count(b"\n") for name in names)
    print(f"{folder.name}: {len(names):,} files, {lines:,} lines; least of {repeat}, CPU and wall in seconds")
    floor = _least(repeat, lambda: _run([sys.executable, "-c", FLOOR], "\0".join(names)))
    _show("ast.parse", floor, floor)
    _stages(folder, repeat, floor[0])
    with tempfile.TemporaryDirectory() as kept:
        check: list[str | Path] = [
            sys.executable,
            "-m",
            "leaklint",
            "check",
            folder,
            "--root",
            folder,
            "--exit-zero",
            "-q",
        ]
        check += ["--output-format", "concise"]
        cold = [*check, "--no-cache"]
        _show("cold check, one process", _least(repeat, lambda: _run([*cold, "--jobs=1"])), floor)
        _show("cold check, all cores", _least(repeat, lambda: _run(cold)), floor)
        warm = [*check, "--cache-dir", kept]
        _run(warm)
        _show("check, nothing changed", _least(repeat, lambda: _run(warm)), floor)
        text = Path(names[0]).read_text(encoding="utf-8", errors="replace")
        changed = [*warm, "--stdin-filename", names[0]]
        _show("check, one file changed", _least(1, lambda: _run(changed, f"{text}\nx = 1\n")), floor)
    for name, command in peers.items():
        if importlib.util.find_spec(name) is not None:
            peer: list[str | Path] = [sys.executable, "-m", *command, folder]
            _show(name, _least(1, partial(_run, peer)), floor)


def _stages(folder: Path, repeat: int, floor: float) -> None:
    """The least CPU time of each part of a cold run, and the memory that the run needs at most."""
    runs = [_run([sys.executable, "-c", STAGES, folder]).split() for _ in range(repeat)]
    for number, name in enumerate(PARTS):
        least = min(float(run[number]) for run in runs)
        print(f"{'  ' + name:30} {least:8.2f} {'':8} {least / floor:7.1f} x", flush=True)
    unit = 1 if sys.platform == "darwin" else 1024
    print(f"{'  peak memory':30} {max(int(run[-1]) for run in runs) * unit / 1e9:8.2f} GB", flush=True)


def _run(command: Sequence[str | Path], text: str | None = None) -> str:
    done = subprocess.run([str(each) for each in command], capture_output=True, text=True, input=text, check=False)
    if done.returncode not in (0, 1):
        raise SystemExit(f"{command}: exit {done.returncode}: {done.stderr[-500:]}")
    return done.stdout


def _least(repeat: int, work: Callable[[], object]) -> tuple[float, float]:
    """CPU and wall seconds of the quickest of several runs, children included."""
    times = []
    for _ in range(repeat):
        before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        work()
        after, ended = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        times.append((after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, ended - started))
    return min(times)


def _show(name: str, seconds: tuple[float, float], floor: tuple[float, float]) -> None:
    print(f"{name:30} {seconds[0]:8.2f} {seconds[1]:8.2f} {seconds[0] / floor[0]:7.1f} x", flush=True)


if __name__ == "__main__":
    os.environ.setdefault("PYTHONPATH", str(Path(__file__).parents[1]))
    main()
