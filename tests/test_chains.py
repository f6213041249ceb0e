"""Chains from entry points: what a handler reaches, and what only seems to be reached through shared code."""

from __future__ import annotations

import textwrap

import pytest

from leaklint.index import index_source
from leaklint.project.entries.entrypoints import EntryPoint
from leaklint.project.entries.reach import Reaches
from leaklint.project.linker.program import Program, Source, link
from leaklint.project.storage.onetime import OneTime
from leaklint.project.storage.phases import Phases


def linked(text: str) -> Program:
    return link([Source("m", "m.py", False, index_source(textwrap.dedent(text).encode()))])


def scopes(program: Program) -> dict[str, int]:
    """The first scope of each name."""
    return {program.name_of(gid): gid for gid in reversed(range(len(program.modules[0].facts.scopes)))}


def reaches(program: Program) -> Reaches:
    """What the functions whose names begin with `on_` reach, taken as endpoints."""
    known = scopes(program)
    entries = [
        EntryPoint("m.py", 1, name, "test", "route", ("GET",), "/", gid, "request")
        for name, gid in known.items()
        if name.rpartition(".")[2].startswith("on_")
    ]
    return Reaches(program, Phases(program, [entry.function for entry in entries], (), ()), entries)


def chains(program: Program, target: str) -> dict[str, tuple[str, ...]]:
    """The chain from every function whose name begins with `on_` that reaches the target."""
    return {reach.name: reach.chain for reach in reaches(program).of([scopes(program)[target]])}


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
    "runner": """
        def store(): ...
        def other(): ...
        def run(job): job()
        def on_store(): run(store)
        def on_other(): run(other)
    """,
    "runner_of_a_runner": """
        def store(): ...
        def other(): ...
        def run(job): job()
        def run_twice(work):
            run(work)
            run(job=work)
        def on_store(): run_twice(store)
        def on_other(): run_twice(other)
    """,
    "runner_with_a_default": """
        def store(): ...
        def other(): ...
        def run(job=store): job()
        def on_store(): run()
        def on_other(): run(other)
    """,
    "runner_of_closures": """
        def store(): ...
        def other(): ...
        from concurrent.futures import ThreadPoolExecutor
        pool = ThreadPoolExecutor()
        def spawn(job):
            def work(): job()
            pool.submit(work)
        def on_store(): spawn(store)
        def on_other(): spawn(other)
    """,
    "threads": """
        import threading
        def store(): ...
        def other(): ...
        def start(job, name): threading.Thread(target=job, name=name).start()
        def on_store(): start(store, "a")
        def on_other(): start(other, "b")
    """,
    "partial_in_a_variable": """
        from functools import partial
        def store(): ...
        def other(): ...
        def run(job): job()
        def run_with(work, *args):
            call = partial(work, *args)
            run(call)
        def on_store(): run_with(store, 1)
        def on_other(): run_with(other, 2)
    """,
    "bound_methods": """
        from functools import partial
        class Store:
            def store(self): ...
            def other(self): ...
        def run(job): job()
        def on_store(): run(partial(Store().store))
        def on_other(): run(Store().other)
    """,
    "hook_of_a_base_class": """
        class Base:
            def run(self): self.hook()
            def hook(self): ...
        class Store(Base):
            def hook(self): self.store()
            def store(self): ...
        class Other(Base):
            def hook(self): ...
        def on_store(): Store().run()
        def on_other(): Other().run()
    """,
    "hook_behind_super": """
        class Base:
            def run(self): self.hook()
            def hook(self): ...
        class Store(Base):
            def run(self): super().run()
            def hook(self): self.store()
            def store(self): ...
        class Other(Base):
            def run(self): super().run()
            def hook(self): ...
        def on_store(): Store().run()
        def on_other(): Other().run()
    """,
    "hook_of_an_initialiser": """
        class Base:
            def __init__(self, name): self.hook()
            def hook(self): ...
        class Store(Base):
            def hook(self): self.store()
            def store(self): ...
        class Other(Base):
            def __init__(self): super().__init__("other")
        def on_store(): Store("x")
        def on_other(): Other()
    """,
    "hook_of_an_argument": """
        class Base:
            def hook(self): ...
        class Store(Base):
            def hook(self): self.store()
            def store(self): ...
        class Other(Base):
            def hook(self): ...
        def visit(what: Base, times, *rest): what.hook()
        def on_store(rest): visit(Store(), 1, *rest)
        def on_other(rest): visit(Other(), times=1, *rest)
    """,
    "decorated_hook": """
        def timed(func):
            def wrapper(*args):
                return func(*args)
            return wrapper
        class Base:
            def run(self): self.hook()
            def hook(self): ...
        class Store(Base):
            @timed
            def hook(self): self.store()
            def store(self): ...
        class Other(Base):
            @timed
            def hook(self): ...
        def on_store(): Store().run()
        def on_other(): Other().run()
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
    "annotated_parameter": """
        class Node:
            def run(self): ...
        class Stored(Node):
            def run(self): store()
        class Other(Node):
            def run(self): ...
        def store(): ...
        NODES = {}
        def add():
            NODES["a"] = Stored()
            NODES["b"] = Other()
        def start(node: Stored): node.run()
        def stop(node: "Other"): node.run()
        def on_store(name): start(NODES[name])
        def on_other(name): stop(NODES[name])
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


ONCE = {
    "is None": "if _made is None:\n            _made = store()",
    "not": "if not _made:\n            _made = store()",
    "else": "if _made is not None:\n            return _made\n        else:\n            _made = store()",
    "returned before": "if _made is not None:\n            return _made\n        _made = store()",
}


@pytest.mark.parametrize("way", ONCE)
def test_what_is_made_once_is_reached_by_no_request(way: str) -> None:
    text = (
        "_made = None\ndef store(): ...\ndef on_get():\n        global _made\n        "
        + ONCE[way]
        + "\n        return _made\n"
    )
    assert chains(linked(text), "m.store") == {}
    reset = text + "def on_reset():\n    global _made\n    _made = None\n"
    assert list(chains(linked(reset), "m.store")) == ["m.on_get"]
    other = text.replace("_made", "_other", 1).replace("global _made", "_made = load()", 1)
    assert list(chains(linked(other), "m.store")) == ["m.on_get"]


def test_what_is_made_once_in_a_further_file() -> None:
    first = "def choose(a):\n    if a:\n        return 1\n    for each in a:\n        print(each)\n"
    second = (
        "_made = None\ndef store(): ...\ndef on_get():\n    global _made\n"
        "    if not _made:\n        _made = store()\n    else:\n        store()\n"
    )
    program = link(
        [Source(name, f"{name}.py", False, index_source(text.encode())) for name, text in (("a", first), ("m", second))]
    )
    edges = sorted(
        (edge.row, OneTime(program).is_once(edge))
        for edge in program.edges
        if program.name_of(edge.caller) == "m.on_get"
    )
    assert edges == [(6, True), (8, False)]


def test_a_chain_names_the_wrapper() -> None:
    assert chains(linked(APART["decorator"]), "m.store")["m.on_store"] == ("m.on_store", "m.timed.wrapper", "m.store")


def test_what_a_wrapper_itself_calls_is_reached_from_every_use() -> None:
    program = linked(APART["decorator"].replace("return func(", "note(); return func(") + "\n        def note(): ...")
    assert sorted(chains(program, "m.note")) == ["m.on_other", "m.on_store"]


@pytest.mark.parametrize(
    ("loop", "reached"),
    [
        ("    hit()\n    while True:\n        wait()", []),
        ("    while True:\n        wait()\n        hit()", ["m.on_serve"]),
        ("    hit()\n    while True:\n        wait()\ndef helper():\n    hit()", []),
        ("    Thread(target=hit)\n    while True:\n        wait()", ["m.on_serve"]),
        ("    helper()\n    while True:\n        helper()\ndef helper():\n    hit()", ["m.on_serve"]),
    ],
)
def test_what_a_function_calls_before_its_loop_is_not_driven_by_it(loop: str, reached: list[str]) -> None:
    program = linked(
        f"from client import wait\nfrom threading import Thread\ndef hit(): ...\ndef on_serve():\n{loop}\n"
    )
    gid = scopes(program)["m.on_serve"]
    entry = EntryPoint("m.py", 1, "m.on_serve", "python", "loop", (), "", gid, "tick")
    found = Reaches(program, Phases(program, [gid], (), ()), [entry]).of([scopes(program)["m.hit"]])
    assert [each.name for each in found] == reached


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


def test_a_registry_of_many_handlers_is_reached_though_not_firmly() -> None:
    names = [f"handle_{number}" for number in range(12)]
    text = "".join(f"def {name}(): hit()\n" for name in names)
    text += "HANDLERS = {" + ", ".join(f"'{name}': {name}" for name in names) + "}\n"
    text += "def hit(): ...\ndef on_message(kind):\n    handler = HANDLERS[kind]\n    handler()\n"
    program = linked(text)
    assert list(chains(program, "m.hit")) == ["m.on_message"]
    assert not reaches(program).firmly([scopes(program)["m.hit"]])


def test_a_plain_chain_is_firm() -> None:
    program = linked(APART["runner"])
    assert reaches(program).firmly([scopes(program)["m.store"]])


def test_what_many_calls_may_be_is_no_chain() -> None:
    names = [f"Class{number}" for number in range(12)]
    text = "".join(f"class {name}:\n    def run(self): hit()\n" for name in names)
    text += "def choose(n):\n" + "".join(f"    if n == {n}: return {name}()\n" for n, name in enumerate(names))
    text += "def hit(): ...\ndef on_message(n):\n    choose(n).run()\n"
    assert not chains(linked(text), "m.hit")


def test_what_was_put_into_another_library_is_not_always_there() -> None:
    program = linked("""
        import sys
        class Console:
            def write(self, text): hit()
        def hit(): ...
        def redirect(): sys.stdout = Console()
        def on_request(): sys.stdout.write("x")
        def on_console(): Console().write("x")
    """)
    assert list(chains(program, "m.hit")) == ["m.on_console"]


def test_a_chain_has_an_end() -> None:
    text = "def f0(): ...\n" + "".join(f"def f{each}(): f{each - 1}()\n" for each in range(1, 40))
    text += "def on_near(): f5()\ndef on_far(): f39()\n"
    assert list(chains(linked(text), "m.f0")) == ["m.on_near"]


def test_a_chain_without_guesses_is_preferred() -> None:
    text = """
        class Near:
            def read(self): hit()
        class Far:
            def read(self): other()
        def choose(flag):
            if flag:
                return Near()
            return Far()
        def hit(): ...
        def other(): ...
        def on_sure(): Near().read()
        def on_guess(flag): choose(flag).read()
    """
    program = linked(text)
    assert list(chains(program, "m.hit")) == ["m.on_sure"]
    assert list(chains(program, "m.other")) == ["m.on_guess"]
    assert not reaches(program).firmly([scopes(program)["m.other"]])
