"""Reading many files: in any number of processes the same facts, and no file keeps the others from being read."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import msgspec
import pytest

from leaklint import workers
from leaklint.facts import ModuleFacts
from leaklint.index import index_source
from leaklint.workers import Job, index_all

SOURCES = [b"x = {}\ndef f(k):\n    x[k] = %d\n" % number for number in range(60)]


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "SERIAL", 10)
    monkeypatch.setattr(workers, "CHUNK", 7)


def read(jobs: list[Job], processes: int) -> list[ModuleFacts]:
    found = index_all(jobs, processes, lambda text: None)
    return [msgspec.msgpack.decode(blob, type=ModuleFacts) for blob, _ in found]


def test_the_number_of_processes_changes_nothing() -> None:
    alone = read([*SOURCES], 1)
    assert read([*SOURCES], 2) == alone
    assert read([*SOURCES], 3) == alone


def test_files_are_read_in_the_process_that_needs_them(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(SOURCES[0])
    [there, gone] = read([str(tmp_path / "a.py"), str(tmp_path / "gone.py")], 1)
    assert there == read([SOURCES[0]], 1)[0]
    assert gone.unreadable is not None
    assert gone.unreadable.message == "can't be read: No such file or directory"


def test_facts_read_here_are_those_that_come_back_from_disk() -> None:
    """To the type of every number: a cold run must see what a warm one sees."""
    files: list[Job] = [str(path) for folder in ("leaklint", "rules", "tests") for path in Path(folder).rglob("*.py")]
    for blob, facts in index_all(files, 1, lambda text: None):
        assert repr(facts) == repr(msgspec.msgpack.decode(blob, type=ModuleFacts))


def test_facts_that_lose_something_on_the_way_to_disk_are_those_from_disk() -> None:
    [(blob, facts)] = index_all([b"__all__ = ['\\ud800']\n"], 1, lambda text: None)
    assert facts is None
    assert msgspec.msgpack.decode(blob, type=ModuleFacts).exports == ("\\ud800",)


def test_a_file_that_brings_the_reader_down_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(source: bytes) -> ModuleFacts:
        raise ZeroDivisionError("oh")

    monkeypatch.setattr(workers, "index_source", broken)
    [facts] = read([b""], 1)
    assert facts.unreadable is not None
    assert facts.unreadable.message == "brings leaklint down: ZeroDivisionError: oh"


@pytest.mark.slow
def test_a_file_that_brings_a_process_down_takes_no_other_with_it(monkeypatch: pytest.MonkeyPatch) -> None:

    def fatal(source: bytes) -> ModuleFacts:
        if source == SOURCES[33]:
            os._exit(11)
        return index_source(source)

    monkeypatch.setattr(workers, "index_source", fatal)  # the processes are forks of this one
    if threading.active_count() > 1:
        pytest.skip("the processes are not forks here")
    facts = read([*SOURCES], 2)
    assert [at for at, each in enumerate(facts) if each.unreadable] == [33]
    assert facts[33].unreadable is not None
    assert facts[33].unreadable.message == "brings Python's own parser down"


def test_progress_is_told() -> None:
    said: list[str] = []
    list(index_all([*SOURCES[:9]], 1, said.append))
    assert said == ["reading 0 of 9 files", "reading 7 of 9 files"]


@pytest.mark.parametrize(("worth", "processes", "apart"), [(1, 0, True), (10**6, 0, False), (10**6, 2, True)])
def test_processes_are_started_where_they_pay_or_are_asked_for(
    monkeypatch: pytest.MonkeyPatch, worth: int, processes: int, apart: bool
) -> None:
    monkeypatch.setattr(workers, "WORTH", worth)
    monkeypatch.setattr(workers, "_cores", lambda: 2)
    found = index_all([*SOURCES], processes, lambda text: None)
    assert [facts is None for _, facts in found] == [apart] * len(SOURCES)
