"""CPU and wall time of leaklint against parsing alone and against peers, over the same files in one run.

usage: python benchmarks/speed.py FOLDER [--repeat N] [--peers]

FOLDER is a project, for example an unpacked release of Django. The floor is `ast.parse` of every file that leaklint
reads. Times are the least of N runs, of all processes together; ratios are CPU time over the floor's. Peers are those
of flake8, pylint and ruff that are installed beside leaklint.
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
PEERS = {
    "flake8": ("flake8", "--exit-zero", "--isolated", "--jobs=1"),
    "ruff": ("ruff", "check", "--exit-zero", "--isolated", "--no-cache", "-q"),
    "pylint": ("pylint", "--exit-zero", "--recursive=y", "--jobs=1", "--rcfile=/dev/null"),
}


def main() -> None:
    """Measures and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--peers", action="store_true", help="measure the peers too; pylint is slow")
    options = parser.parse_args()
    folder = options.folder.resolve()
    names = _run([sys.executable, "-m", "leaklint", "check", "--show-files", "--root", folder, folder]).splitlines()
    lines = sum(Path(name).read_bytes().count(b"\n") for name in names)
    print(f"{folder.name}: {len(names):,} files, {lines:,} lines; least of {options.repeat}, CPU and wall in seconds")
    floor = _least(options.repeat, lambda: _run([sys.executable, "-c", FLOOR], "\0".join(names)))
    _show("ast.parse", floor, floor)
    with tempfile.TemporaryDirectory() as kept:
        check = [sys.executable, "-m", "leaklint", "check", folder, "--root", folder, "--exit-zero", "-q"]
        check += ["--output-format", "concise"]
        _show(
            "leaklint, cold, one process",
            _least(options.repeat, lambda: _run([*check, "--no-cache", "--jobs=1"])),
            floor,
        )
        _show("leaklint, cold, all cores", _least(options.repeat, lambda: _run([*check, "--no-cache"])), floor)
        warm = [*check, "--cache-dir", kept]
        _run(warm)
        _show("leaklint, nothing changed", _least(options.repeat, lambda: _run(warm)), floor)
        text = Path(names[0]).read_text(encoding="utf-8", errors="replace")
        changed = [*warm, "--stdin-filename", names[0]]
        _show("leaklint, one file changed", _least(1, lambda: _run(changed, f"{text}\nx = 1\n")), floor)
    for name, command in PEERS.items() if options.peers else ():
        if importlib.util.find_spec(name) is not None:
            peer = [sys.executable, "-m", *command, folder]
            _show(name, _least(1, partial(_run, peer)), floor)


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
