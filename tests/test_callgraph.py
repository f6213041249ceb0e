"""The call graph, feature by feature: a small program, a call that must be found, and one that must not.

The second call is the first one's twin: the same shape where the value does not get there.
"""

from __future__ import annotations

import textwrap

import pytest
from call_features import FEATURES

from leaklint.index import index_source
from leaklint.project.linker.callgraph import to_networkx, to_pycg
from leaklint.project.linker.program import Program, Source, link


def program(**files: str) -> Program:
    """The linked program of modules by name; `pkg__init` is the package `pkg`, `pkg__mod` the module `pkg.mod`."""
    sources = []
    for key, text in files.items():
        name = key.removesuffix("__init").replace("__", ".")
        is_package = key.endswith("__init")
        path = name.replace(".", "/") + ("/__init__.py" if is_package else ".py")
        sources.append(Source(name, path, is_package, index_source(textwrap.dedent(text).encode())))
    return link(sources)


def calls(linked: Program, weak: bool = True) -> set[str]:
    """Every call of the program as `caller -> callee`."""
    return {f"{caller} -> {callee}" for caller, callees in to_pycg(linked, weak).items() for callee in callees}


@pytest.mark.parametrize("feature", FEATURES)
def test_a_call_is_found_and_its_twin_is_not(feature: str) -> None:
    text, expected, absent = FEATURES[feature]
    found = calls(program(m=text))
    assert set(expected) <= found
    assert not found.intersection(absent)


def test_an_unknown_receiver_is_guessed_only_among_what_the_module_imports() -> None:
    other = "class A:\n    def remarkable(self): ...\n"
    assert "m.use -> other.A.remarkable" not in calls(program(m="def use(x): x.remarkable()", other=other))
    importing = "import other\ndef use(x): x.remarkable()"
    found = program(m=importing, other=other)
    assert "m.use -> other.A.remarkable" in calls(found)
    assert "m.use -> other.A.remarkable" not in calls(found, weak=False)


def test_a_name_that_many_classes_define_tells_nothing() -> None:
    classes = "".join(f"class C{number}:\n    def remarkable(self): ...\n" for number in range(6))
    assert not any("remarkable" in each for each in calls(program(m=classes + "def use(x): x.remarkable()")))


class TestShapes:
    """The forms in which the graph is handed out."""

    linked = program(m="class A:\n    def __init__(self): len([])\n    def hit(self): print(lambda: A())\nA().hit()\n")

    def test_every_function_and_module_is_a_key(self) -> None:
        graph = to_pycg(self.linked)
        assert graph["m"] == ["m.A.__init__", "m.A.hit"]
        assert graph["m.A.hit"] == ["<builtin>.print"]
        assert graph["m.A.hit.<lambda1>"] == ["m.A.__init__"]
        assert "m.A" not in graph

    def test_the_networkx_graph_has_places_and_kinds(self) -> None:
        graph = to_networkx(self.linked)
        assert graph.nodes["m.A.hit"]["filename"] == "m.py"
        assert graph.nodes["<builtin>.print"]["kind"] == "external"
        assert graph.edges["m", "m.A.hit"]["how"] == "exact"
