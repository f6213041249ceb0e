"""Facts and results kept on disk between runs.

One SQLite file per version of leaklint, below `.leaklint_cache/`: facts by the hash of the file they were read
from, results by the hash of everything they depend on. A cache that is locked, broken, or can't be written is
bypassed in silence; nothing in here raises.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from leaklint import __version__

FOLDER = ".leaklint_cache"

_TAG = "Signature: 8a477f597d28d172789f06886806bc55\n# This folder is a cache of leaklint's; it may be deleted.\n"
_TABLES = (
    "CREATE TABLE IF NOT EXISTS facts (digest BLOB PRIMARY KEY, seen INTEGER, blob BLOB)",
    "CREATE TABLE IF NOT EXISTS stats (path BLOB PRIMARY KEY, mtime INTEGER, size INTEGER, digest BLOB)",
    "CREATE TABLE IF NOT EXISTS results (key BLOB PRIMARY KEY, made REAL, blob BLOB)",
)
_DAY = 86_400
_UNSEEN_DAYS = 30
_RESULTS_KEPT = 24
_VERSIONS_KEPT = 3
_SETTLED_NS = 2_000_000_000
"""A file younger than this when it was hashed may change again without a new time stamp: its stat is not kept."""


def digest_of(source: bytes) -> bytes:
    """The key of a file's facts: a hash of its bytes."""
    return hashlib.sha256(source).digest()


def engine_salt(folders: Iterable[Path] = ()) -> str:
    """A hash that changes with leaklint's version, its own files, and the Python that parses."""
    salt = hashlib.sha256(f"{__version__} {sys.version_info[:3]} {sys.implementation.name}".encode())
    for folder in (Path(__file__).parent, Path(__file__).parents[1] / "rules", *folders):
        for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
            if path.suffix in (".py", ".toml"):
                status = path.stat()
                salt.update(f"{path.relative_to(folder)} {status.st_size} {status.st_mtime_ns}".encode())
    return salt.hexdigest()[:16]


class Cache:
    """The facts and results of one project. Without a folder, or after any error, it holds nothing."""

    def __init__(self, folder: Path | None, salt: str) -> None:
        """Opens the cache below `folder`, making what is missing."""
        self.folder = folder
        self._salt = salt
        self._connection: sqlite3.Connection | None = None
        if folder is None:
            return
        self._open(folder)
        if self._connection is None:  # a broken file was removed: once more
            self._open(folder)

    def _open(self, folder: Path) -> None:
        with self._bypassing_errors():
            _prepare(folder)
            self._connection = sqlite3.connect(folder / f"{self._salt}.db", timeout=10, isolation_level=None)
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=NORMAL")
            for table in _TABLES:
                self._connection.execute(table)

    def close(self) -> None:
        """Lets go of the file."""
        with self._bypassing_errors():
            if self._connection is not None:
                self._connection.close()
        self._connection = None

    @property
    def is_open(self) -> bool:
        """Whether anything can be kept."""
        return self._connection is not None

    def digests(self, root: Path, names: Iterable[str]) -> dict[str, bytes]:
        """The hash of each file that can be read; a file that looks as it did when it was hashed is not read."""
        known = {row[0]: row[1:] for row in self._rows("SELECT path, mtime, size, digest FROM stats")}
        found: dict[str, bytes] = {}
        fresh: list[tuple[bytes, int, int, bytes]] = []
        now = time.time_ns()
        for name in names:
            path = os.fsencode(os.path.join(root, name))  # a name need not be text
            try:
                status = os.stat(path)
                before = known.get(path)
                if before is not None and before[:2] == (status.st_mtime_ns, status.st_size):
                    found[name] = before[2]
                    continue
                with open(path, "rb") as file:
                    found[name] = digest_of(file.read())
            except OSError:
                continue
            if status.st_mtime_ns < now - _SETTLED_NS:
                fresh.append((path, status.st_mtime_ns, status.st_size, found[name]))
        if fresh:
            self._write(("INSERT OR REPLACE INTO stats VALUES (?, ?, ?, ?)", fresh))
        return found

    def facts(self, digests: Iterable[bytes]) -> dict[bytes, bytes]:
        """The facts that are kept, serialized, by the hash of their file."""
        wanted = set(digests)
        if len(wanted) > 500:
            return {row[0]: row[1] for row in self._rows("SELECT digest, blob FROM facts") if row[0] in wanted}
        query = "SELECT digest, blob FROM facts WHERE digest = ?"
        return {row[0]: row[1] for digest in wanted for row in self._rows(query, (digest,))}

    def keep_facts(self, facts: Mapping[bytes, bytes], used: Iterable[bytes] = ()) -> None:
        """Adds serialized facts; those that no run has used for a month leave."""
        today = int(time.time() // _DAY)
        self._write(
            ("UPDATE facts SET seen = ? WHERE digest = ? AND seen < ?", [(today, each, today) for each in used]),
            ("INSERT OR REPLACE INTO facts VALUES (?, ?, ?)", [(key, today, blob) for key, blob in facts.items()]),
            ("DELETE FROM facts WHERE seen < ?", [(today - _UNSEEN_DAYS,)]),
        )

    def result(self, key: bytes) -> bytes | None:
        """The result kept under a key, or None."""
        return next((row[0] for row in self._rows("SELECT blob FROM results WHERE key = ?", (key,))), None)

    def keep_result(self, key: bytes, blob: bytes) -> None:
        """Adds a result; of many only the latest stay."""
        latest = "SELECT key FROM results ORDER BY made DESC LIMIT ?"
        self._write(
            ("INSERT OR REPLACE INTO results VALUES (?, ?, ?)", [(key, time.time(), blob)]),
            (f"DELETE FROM results WHERE key NOT IN ({latest})", [(_RESULTS_KEPT,)]),
        )

    @contextmanager
    def alone(self, seconds: float = 900) -> Iterator[None]:
        """Keeps other processes from the same cold pass meanwhile; goes on without where no lock is to be had."""
        if not self.is_open or self.folder is None:
            yield
            return
        import filelock  # only a cold run needs it

        lock = filelock.FileLock(self.folder / "lock", timeout=seconds)
        try:
            lock.acquire()
        except (OSError, filelock.Timeout, NotImplementedError):
            yield
            return
        try:
            yield
        finally:
            lock.release()

    def _rows(self, query: str, values: tuple[object, ...] = ()) -> list[Any]:
        if self._connection is not None:
            with self._bypassing_errors():
                return self._connection.execute(query, values).fetchall()
        return []

    def _write(self, *statements: tuple[str, Sequence[tuple[object, ...]]]) -> None:
        if self._connection is None:
            return
        with self._bypassing_errors():
            self._connection.execute("BEGIN IMMEDIATE")
            for statement, rows in statements:
                self._connection.executemany(statement, rows)
            self._connection.execute("COMMIT")

    @contextmanager
    def _bypassing_errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError:  # locked, or can't be written
            self._connection = None
        except sqlite3.DatabaseError:
            self._connection = None
            self._remove_broken()
        except (sqlite3.Error, OSError, ValueError, OverflowError):
            self._connection = None

    def _remove_broken(self) -> None:
        if self.folder is not None:
            with suppress(OSError):
                _remove(self.folder / f"{self._salt}.db")


def _prepare(folder: Path) -> None:
    """Makes the folder, marks it as a cache, hides it from git, and removes what old versions left."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (("CACHEDIR.TAG", _TAG), (".gitignore", "*\n")):
        if not (folder / name).exists():
            (folder / name).write_text(text, encoding="utf-8")
    files = sorted(folder.glob("*.db"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in files[_VERSIONS_KEPT:]:
        _remove(path)


def _remove(path: Path) -> None:
    for each in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
        each.unlink(missing_ok=True)
