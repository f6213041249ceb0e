"""Chains from entry points: what a handler reaches, and what only seems to be reached through shared code."""

from __future__ import annotations

import textwrap

import pytest

from leaklint.index import index_source
from leaklint.project.entrypoints import EntryPoint
from leaklint.project.phases import Phases
from leaklint.project.program import Program, Source, link
from leaklint.project.reach import Reaches


def linked(text: str) -> Program:
    return link([Source("m", "m.py", False, index_source(textwrap.dedent(text).encode()))])


def scopes(program: Program) -> dict[str, int]:
    """The first scope of each name."""
    return {program.name_of(gid): gid for gid in reversed(range(len(program.modules[0].facts.scopes)))}


def chains(program: Program, target: str) -> dict[str, tuple[str, ...]]:
    """The chain from every function whose name begins with `on_` that reaches the target."""
    known = scopes(program)
    entries = [
        EntryPoint("m.py", 1, name, "test", "route", ("GET",), "/", gid, "request")
        for name, gid in known.items()
        if name.rpartition(".")[2].startswith("on_")
    ]
    phases = Phases(program, [entry.function for entry in entries], (), ())
    return {reach.name: reach.chain for reach in Reaches(program, phases, entries).of([known[target]])}


APART = {
    "decorator": """
        import functools
        def timed(func):
            @functools.wraps(func)
            def wrapper(*args, **kwargs):
                return func(*args, **kwargs)
            return wrapper
        @timed
        def store(): ...
        @timed
        def other(): ...
        def on_store(): store()
        def on_other(): other()
    """,
    "decorator_without_wraps": """
        def timed(func):
            def wrapper(*args):
                return func(*args)
            return wrapper
        @timed
        def store(): ...
        @timed
        def other(): ...
        def on_store(): store()
        def on_other(): other()
    """,
    "factory": """
        def retry(times):
            def decorate(func):
                def wrapper(*args):
                    return func(*args)
                return wrapper
            return decorate
        @retry(3)
        def store(): ...
        @retry(4)
        def other(): ...
        def on_store(): store()
        def on_other(): other()
    """,
    "factory_made_once": """
        def retry(times):
            def decorate(func):
                def wrapper(*args):
                    return func(*args)
                return wrapper
            return decorate
        thrice = retry(3)
        @thrice
        def store(): ...
        @thrice
        def other(): ...
        def on_store(): store()
        def on_other(): other()
    """,
    "decorator_that_helps_another": """
        def bind(func):
            def bound(*args):
                return func(*args)
            return bound
        def timed(func):
            inner = bind(func)
            def wrapper(*args):
                return inner(*args)
            return wrapper
        @timed
        def store(): ...
        @timed
        def other(): ...
        def on_store(): store()
        def on_other(): other()
    """,
    "methods": """
        def locked(method):
            def wrapper(self, *args):
                with self.lock:
                    return method(self, *args)
            return wrapper
        class Store:
            @locked
            def store(self): ...
            @locked
            def other(self): ...
        THE = Store()
        def on_store(): THE.store()
        def on_other(): THE.other()
    """,
    "called_at_import": """
        def timed(func):
            def wrapper(*args):
                return func(*args)
            return wrapper
        def store(): ...
        def other(): ...
        timed_store, timed_other = timed(store), timed(other)
        def on_store(): timed_store()
        def on_other(): timed_other()
    """,
    "results": """
        class Store:
            def store(self): ...
        class Other:
            def store(self): ...
        def timed(func):
            def wrapper(*args):
                return func(*args)
            return wrapper
        @timed
        def one(): return Store()
        @timed
        def two(): return Other()
        def on_store(): one().store()
        def on_other(): two().store()
    """,
}


@pytest.mark.parametrize("name", APART)
def test_closures_are_told_apart(name: str) -> None:
    program = linked(APART[name])
    target = next(each for each in ("m.Store.store", "m.store") if each in scopes(program))
    found = chains(program, target)
    assert list(found) == ["m.on_store"]
    assert found["m.on_store"][0] == "m.on_store"
    assert found["m.on_store"][-1] == target


def test_a_chain_names_the_wrapper() -> None:
    assert chains(linked(APART["decorator"]), "m.store")["m.on_store"] == ("m.on_store", "m.timed.wrapper", "m.store")


def test_what_a_wrapper_itself_calls_is_reached_from_every_use() -> None:
    program = linked(APART["decorator"].replace("return func(", "note(); return func(") + "\n        def note(): ...")
    assert sorted(chains(program, "m.note")) == ["m.on_other", "m.on_store"]


def test_many_properties_are_no_dispatcher() -> None:
    names = "abcdefghij"
    text = "class A:\n" + "".join(f"    @property\n    def {each}(self): return hit()\n" for each in names)
    text += "def hit(): ...\ndef on_read():\n    x = A()\n    return " + " + ".join(f"x.{each}" for each in names)
    assert list(chains(linked(text), "m.hit")) == ["m.on_read"]


def test_what_copies_hold_is_seen_through_the_written_scope() -> None:
    program = linked("""
        def remember(func):
            cache = {}
            def wrapper(key):
                cache[key] = func(key)
                return cache[key]
            return wrapper
        @remember
        def one(key): ...
        @remember
        def two(key): ...
    """)
    grown = [use for use in program.modules[0].facts.uses if use.kind == "grow"]
    assert len(grown) == 1
    assert len(program.values(grown[0].base)) == 1
    wrapper = scopes(program)["m.remember.wrapper"]
    assert {program.name_of(edge.callee) for edge in program.edges_from(wrapper) if isinstance(edge.callee, int)} == {
        "m.one",
        "m.two",
    }
    assert len(program.copies(wrapper)) == 3
    assert {program.written(copy) for copy in program.copies(wrapper)} == {wrapper}


def test_copies_are_limited() -> None:
    noise = "".join(f"            x{each} = func({each})\n" for each in range(60))
    text = f"def deco(func):\n    def wrapper():\n        if 1:\n{noise}    return wrapper\n"
    text += "".join(f"@deco\ndef f{each}(n): ...\n" for each in range(400))
    program = linked(text)
    assert program.stats["copies"] > 0
    assert len(program.copies(scopes(program)["m.deco"])) < 100
    wrapper = scopes(program)["m.deco.wrapper"]
    assert "m.f0" in {
        program.name_of(edge.callee) for edge in program.edges_from(wrapper) if isinstance(edge.callee, int)
    }
