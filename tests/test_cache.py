"""The cache: what it keeps, and that nothing which happens to it is an error."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from leaklint.cache import Cache, digest_of, engine_salt


def old(path: Path) -> None:
    """Makes a file look as if it had been written a while ago."""
    os.utime(path, ns=(10**18, 10**18))


def test_facts_are_found_again_by_their_hash(tmp_path: Path) -> None:
    key = digest_of(b"x = 1")
    Cache(tmp_path, "salt").keep_facts({key: b"facts"})
    assert Cache(tmp_path, "salt").facts([key, digest_of(b"other")]) == {key: b"facts"}


def test_another_version_of_leaklint_finds_nothing(tmp_path: Path) -> None:
    Cache(tmp_path, "salt").keep_result(b"key", b"result")
    assert Cache(tmp_path, "other").result(b"key") is None


def test_results_are_found_again_and_only_the_latest_stay(tmp_path: Path) -> None:
    cache = Cache(tmp_path, "salt")
    for number in range(40):
        cache.keep_result(b"%d" % number, b"result")
    assert cache.result(b"39") == b"result"
    assert cache.result(b"0") is None


def test_facts_that_no_run_has_used_for_a_month_leave(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = Cache(tmp_path, "salt")
    cache.keep_facts({b"a": b"1", b"b": b"2"})
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 20 * 86_400)
    cache.keep_facts({}, used=[b"a"])
    monkeypatch.setattr(time, "time", lambda: now + 40 * 86_400)
    cache.keep_facts({})
    assert cache.facts([b"a", b"b"]) == {b"a": b"1"}


def test_a_file_that_looks_unchanged_is_not_read_again(tmp_path: Path) -> None:
    source = tmp_path / "a.py"
    source.write_bytes(b"x = 1")
    old(source)
    cache = Cache(tmp_path / "cache", "salt")
    before = cache.digests(tmp_path, ["a.py"])
    source.write_bytes(b"x = 2")
    old(source)
    assert cache.digests(tmp_path, ["a.py"]) == before
    source.write_bytes(b"x = 22")
    assert cache.digests(tmp_path, ["a.py"]) == {"a.py": digest_of(b"x = 22")}


def test_a_file_that_was_just_written_is_always_read(tmp_path: Path) -> None:
    source = tmp_path / "a.py"
    source.write_bytes(b"x = 1")
    stamp = source.stat().st_mtime_ns
    cache = Cache(tmp_path / "cache", "salt")
    cache.digests(tmp_path, ["a.py"])
    source.write_bytes(b"x = 2")
    os.utime(source, ns=(stamp, stamp))
    assert cache.digests(tmp_path, ["a.py"]) == {"a.py": digest_of(b"x = 2")}


def test_a_file_that_cannot_be_read_has_no_hash(tmp_path: Path) -> None:
    assert Cache(None, "salt").digests(tmp_path, ["missing.py"]) == {}


def test_the_folder_is_marked_as_a_cache_and_hidden_from_git(tmp_path: Path) -> None:
    Cache(tmp_path / "cache", "salt").close()
    assert (tmp_path / "cache/CACHEDIR.TAG").read_text().startswith("Signature: 8a477f597d28d172789f06886806bc55")
    assert (tmp_path / "cache/.gitignore").read_text() == "*\n"


def test_what_old_versions_left_is_removed(tmp_path: Path) -> None:
    for number in range(6):
        Cache(tmp_path, f"salt{number}").close()
        os.utime(tmp_path / f"salt{number}.db", (number, number))
    Cache(tmp_path, "now").close()
    assert sorted(path.name for path in tmp_path.glob("*.db")) == ["now.db", "salt3.db", "salt4.db", "salt5.db"]


class TestNothingIsAnError:
    def holds_nothing(self, cache: Cache) -> None:
        cache.keep_facts({b"a": b"1"})
        cache.keep_result(b"key", b"result")
        assert cache.facts([b"a"]) == {}
        assert cache.result(b"key") is None
        with cache.alone():
            pass
        cache.close()

    def test_no_folder(self) -> None:
        self.holds_nothing(Cache(None, "salt"))

    def test_a_folder_that_cannot_be_made(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        self.holds_nothing(Cache(tmp_path / "file" / "cache", "salt"))

    def test_a_database_of_another_shape(self, tmp_path: Path) -> None:
        with sqlite3.connect(tmp_path / "salt.db") as connection:
            connection.execute("CREATE TABLE facts (other TEXT)")
        assert Cache(tmp_path, "salt").facts([b"a"]) == {}

    def test_a_locked_database(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        connect = sqlite3.connect
        monkeypatch.setattr(sqlite3, "connect", lambda path, timeout, **given: connect(path, timeout=0.05, **given))
        Cache(tmp_path, "salt").close()
        holder = connect(tmp_path / "salt.db", isolation_level=None)
        holder.execute("BEGIN EXCLUSIVE")
        cache = Cache(tmp_path, "salt")
        cache.keep_facts({b"a": b"1"})
        holder.execute("COMMIT")
        assert Cache(tmp_path, "salt").facts([b"a"]) == {}

    def test_a_truncated_database(self, tmp_path: Path) -> None:
        cache = Cache(tmp_path, "salt")
        cache.keep_facts({bytes([number]): b"x" * 5000 for number in range(50)})
        cache.close()
        path = tmp_path / "salt.db"
        path.write_bytes(path.read_bytes()[:9000])
        Cache(tmp_path, "salt").facts([bytes([number]) for number in range(50)])
        Cache(tmp_path, "salt").keep_facts({b"a": b"1"})
        assert Cache(tmp_path, "salt").facts([b"a"]) == {b"a": b"1"}

    def test_a_file_that_is_no_database_is_made_anew(self, tmp_path: Path) -> None:
        (tmp_path / "salt.db").write_bytes(b"not a database" * 100)
        Cache(tmp_path, "salt").keep_facts({b"a": b"1"})
        assert Cache(tmp_path, "salt").facts([b"a"]) == {b"a": b"1"}


def test_many_processes_write_at_once(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from leaklint.cache import Cache\n"
        "cache = Cache(Path(sys.argv[1]), 'salt')\n"
        "for number in range(50):\n"
        "    cache.keep_facts({b'%s %d' % (sys.argv[2].encode(), number): b'x'})\n"
        "print(cache.is_open)\n"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", code, str(tmp_path)]
    running = [
        subprocess.Popen([*command, str(at)], stdout=subprocess.PIPE, text=True, env=environment) for at in range(4)
    ]
    assert [process.communicate()[0].strip() for process in running] == ["True"] * 4
    keys = [b"%d %d" % (at, number) for at in range(4) for number in range(50)]
    assert len(Cache(tmp_path, "salt").facts(keys)) == 200


def test_the_salt_follows_the_rule_files(tmp_path: Path) -> None:
    before = engine_salt([tmp_path])
    (tmp_path / "new_rule.py").write_text("")
    assert engine_salt([tmp_path]) != before
    assert engine_salt() == engine_salt()
