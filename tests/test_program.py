"""The linked program: which containers reach which names, how imports resolve, what a call gives to whom."""

from __future__ import annotations

import random
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_callgraph import program

from leaklint.facts import ModuleFacts, Scope
from leaklint.project.linker.callgraph import to_pycg
from leaklint.project.linker.objects import (
    ClassValue,
    ContainerValue,
    External,
    ExternalInstance,
    FunctionValue,
    InstanceValue,
    ModuleValue,
    Source,
    Value,
)  # fmt: skip
from leaklint.project.linker.program import Program, link


def variable(linked: Program, dotted: str) -> tuple[Value, ...]:
    """What a variable may hold, by its scope's dotted name and its own."""
    owner, _, name = dotted.rpartition(".")
    found: list[Value] = []
    for module in linked.modules:
        for each in module.facts.variables:
            if each.name == name and linked.name_of(module.scope_base + each.scope) == owner:
                found.extend(linked.values(module.slot_base + each.slot))
    return tuple(found)


def only_container(values: Iterable[Value]) -> Value:
    (found,) = [each for each in values if isinstance(each, (ContainerValue, ExternalInstance))]
    return found


SAME_CONTAINER = {
    "alias": ("C = {}\nD = C\n", "m.C", "m.D"),
    "parameter": ("C = []\ndef f(x): ...\nf(C)\n", "m.C", "m.f.x"),
    "keyword": ("C = []\ndef f(*, x=None): ...\nf(x=C)\n", "m.C", "m.f.x"),
    "default argument": ("def f(x=[]):\n    y = x\n", "m.f.x", "m.f.y"),
    "return": ("C = {}\ndef f(): return C\nD = f()\n", "m.C", "m.D"),
    "closure": ("def f():\n    c = {}\n    def g():\n        d = c\n    return g\n", "m.f.c", "m.f.g.d"),
    "global": ("C = None\ndef f():\n    global C\n    C = {}\n    d = C\n", "m.C", "m.f.d"),
    "tuple unpacking": ("C = {}\na, (b, D) = 1, (2, C)\n", "m.C", "m.D"),
    "element of a dict": ("C = []\nS = {}\nS['k'] = C\nD = S['k']\n", "m.C", "m.D"),
    "computed key": ("C = []\nS = {}\ndef f(k):\n    S[k] = C\ndef g(k):\n    d = S[k]\n", "m.C", "m.g.d"),
    "setdefault": ("S = {}\ndef f(k):\n    c = S.setdefault(k, [])\ndef g(k):\n    d = S.get(k)\n", "m.f.c", "m.g.d"),
    "values of a dict": ("C = []\nS = {'k': C}\nfor D in S.values(): ...\n", "m.C", "m.D"),
    "items of a dict": ("C = []\nS = {'k': C}\nfor k, D in S.items(): ...\n", "m.C", "m.D"),
    "append and pop": ("C = {}\nS = []\nS.append(C)\nD = S.pop()\n", "m.C", "m.D"),
    "extend": ("C = {}\nS = []\nS.extend([C])\nD = S[0]\n", "m.C", "m.D"),
    "update": ("C = {}\nS = {}\nS.update(k=C)\nD = S['k']\n", "m.C", "m.D"),
    "merged display": ("C = []\nS = {'k': C}\nT = {**S}\nD = T['k']\n", "m.C", "m.D"),
    "instance attribute": (
        "class A:\n    def __init__(self, c): self._c = c\n    def f(self): d = self._c\nC = {}\nA(C)\n",
        "m.C",
        "m.A.f.d",
    ),
    "class attribute": ("class A:\n    C = {}\n    def f(self): d = self.C\n", "m.A.C", "m.A.f.d"),
    "class attribute of a base": (
        "class A:\n    C = {}\nclass B(A):\n    def f(self): d = self.C\n",
        "m.A.C",
        "m.B.f.d",
    ),
    "function attribute": ("def f(): ...\nf.cache = C = {}\ndef g(): d = f.cache\n", "m.C", "m.g.d"),
    "conditional": ("C = {}\ndef f(x=None):\n    d = x or C\n", "m.C", "m.f.d"),
    "chosen": ("C = {}\nD = C if C else None\n", "m.C", "m.D"),
    "defaultdict's product": (
        "from collections import defaultdict\nS = defaultdict(list)\ndef f(k):\n    c = S[k]\ndef g(k):\n    d = S[k]\n",  # noqa: E501
        "m.f.c",
        "m.g.d",
    ),
    "list of a list": ("C = {}\nS = list([C])\nD = S[0]\n", "m.C", "m.D"),
    "next": ("C = {}\nD = next(iter([C]))\n", "m.C", "m.D"),
    "yield": ("C = {}\ndef f():\n    yield C\nfor D in f(): ...\n", "m.C", "m.D"),
    "context manager": (
        "import contextlib\nC = {}\n@contextlib.contextmanager\ndef f():\n    yield C\nwith f() as D: ...\n",
        "m.C",
        "m.D",
    ),
    "cached function": ("import functools\n@functools.lru_cache\ndef f(): return C\nC = {}\nD = f()\n", "m.C", "m.D"),
    "walrus": ("C = {}\nif (D := C): ...\n", "m.C", "m.D"),
    "getattr": ("class A:\n    C = {}\nD = getattr(A, 'C', None)\n", "m.A.C", "m.D"),
    "dataclass field": (
        "from dataclasses import dataclass\n@dataclass\nclass A:\n    c: dict\nC = {}\nD = A(C).c\n",
        "m.C",
        "m.D",
    ),
}


@pytest.mark.parametrize("carrier", SAME_CONTAINER)
def test_a_container_keeps_its_identity(carrier: str) -> None:
    text, one, other = SAME_CONTAINER[carrier]
    linked = program(m=text)
    first, second = variable(linked, one), variable(linked, other)
    assert first
    assert only_container(first) in second


NOT_THE_SAME = {
    "another display": ("C = {}\nD = {}\n", "m.C", "m.D"),
    "a slice": ("C = []\nD = C[:]\n", "m.C", "m.D"),
    "a copy": ("C = {}\nD = C.copy()\n", "m.C", "m.D"),
    "list()": ("C = []\nD = list(C)\n", "m.C", "m.D"),
    "another key": ("C = []\nS = {'a': C, 'b': []}\nD = S['b']\n", "m.C", "m.D"),
    "another attribute": ("class A: ...\na = A()\na.c = C = {}\na.d = {}\nD = a.d\n", "m.C", "m.D"),
    "bound again": ("C = {}\nD = C\nD = {}\nE = D\n", "m.C", "m.E"),
    "another call": ("def f(x): return x\nC = f({})\nD = f({})\n", "m.C", "m.D"),
    "keys": ("C = []\nS = {'k': C}\nfor D in S: ...\n", "m.C", "m.D"),
}


@pytest.mark.parametrize("twin", NOT_THE_SAME)
def test_another_container_is_another_one(twin: str) -> None:
    text, one, other = NOT_THE_SAME[twin]
    linked = program(m=text)
    assert not set(variable(linked, one)).intersection(variable(linked, other))


class TestValues:
    def test_a_constructor_makes_one_object_for_each_site(self) -> None:
        linked = program(m="from collections import deque\nA = deque()\nB = deque()\n")
        (a,), (b,) = variable(linked, "m.A"), variable(linked, "m.B")
        assert isinstance(a, ExternalInstance)
        assert isinstance(b, ExternalInstance)
        assert (a.dotted, a.row, b.row) == ("collections.deque", 2, 3)
        assert linked.name_of(a.scope) == "m"

    def test_a_builtin_is_external(self) -> None:
        linked = program(m="f = len\n")
        assert variable(linked, "m.f") == (External("builtins.len"),)
        assert linked.dotted(External("builtins.len")) == "builtins.len"

    def test_fields_of_instances_come_from_base_classes_too(self) -> None:
        text = "class A:\n    def __init__(self): self.c = []\nclass B(A): ...\nB()\n"
        linked = program(m=text)
        value = linked.resolve("m.B")
        assert isinstance(value, ClassValue)
        assert only_container(linked.field_values(InstanceValue(value.gid), "c"))
        assert "c" in linked.fields(InstanceValue(value.gid))

    def test_cells_by_constant_key_and_all_together(self) -> None:
        linked = program(m="def f(): ...\ndef g(): ...\nC = {'f': f, 'g': g}\n")
        container = only_container(variable(linked, "m.C"))
        assert len(linked.cells(container)) == 2
        assert [linked.dotted(each) for each in linked.cells(container, "f")] == ["m.f"]
        assert linked.keys(container) == ("f", "g")


class TestImports:
    @pytest.mark.parametrize(
        ("files", "expected"),
        [
            ({"a": "def f(): ...", "m": "from a import f as g\ng()"}, "a.f"),
            ({"p__init": "from .b import f", "p__b": "def f(): ...", "m": "import p\np.f()"}, "p.b.f"),
            ({"p__init": "from p.b import *", "p__b": "def f(): ...", "m": "from p import *\nf()"}, "p.b.f"),
            ({"p__b": "def f(): ...", "m": "import p.b\np.b.f()"}, "p.b.f"),
            ({"p__init": "", "p__b": "def f(): ...", "m": "import p.b as q\nq.f()"}, "p.b.f"),
            ({"p__init": "", "p__b": "def f(): ...", "m": "from p import b\nb.f()"}, "p.b.f"),
            ({"src__p__b": "def f(): ...", "m": "from p.b import f\nf()"}, "src.p.b.f"),
            ({"a": "def f(): ...", "m": "try:\n    from a import f\nexcept ImportError:\n    f = None\nf()"}, "a.f"),
        ],
    )
    def test_a_function_is_found_through_imports(self, files: dict[str, str], expected: str) -> None:
        assert expected in to_pycg(program(**files))["m"]

    def test_a_star_brings_what_the_module_exports(self) -> None:
        linked = program(a="__all__ = ['f']\ndef f(): ...\ndef g(): ...\ndef _h(): ...", m="from a import *\nf()\ng()")
        assert to_pycg(linked)["m"] == ["<builtin>.g", "a.f"]

    def test_relative_imports_start_from_the_package(self) -> None:
        files = {
            "p__init": "",
            "p__a__init": "from ..b import f\nf()",
            "p__b": "def f(): ...",
            "p__c": "from . import b\nb.f()",
        }
        linked = program(**files)
        assert to_pycg(linked)["p.a"] == ["p.b.f"]
        assert to_pycg(linked)["p.c"] == ["p.b.f"]

    def test_names_resolve_through_re_exports(self) -> None:
        linked = program(p__init="from .b import f, C as D", p__b="def f(): ...\nC = {}")
        value = linked.resolve("p.f")
        assert isinstance(value, FunctionValue)
        assert linked.name_of(value.gid) == "p.b.f"
        assert isinstance(linked.resolve("p.D"), ContainerValue)
        assert isinstance(linked.resolve("p.b"), ModuleValue)
        assert linked.resolve("p.none") is None

    def test_the_origin_of_an_imported_name(self) -> None:
        linked = program(a="C = {}", m="from a import C as D\nfrom x.y import E")
        module = linked.module("m")
        assert module is not None
        slots = {each.name: module.slot_base + each.slot for each in module.facts.variables}
        a = linked.module("a")
        assert a is not None
        assert linked.import_origin(slots["D"]) == (a.scope_base, "C")
        assert linked.import_origin(slots["E"]) == ("x.y", "E")


class TestClasses:
    def test_the_lookup_order_is_pythons(self) -> None:
        text = "class A: ...\nclass B(A): ...\nclass C(A): ...\nclass D(B, C, dict): ...\n"
        linked = program(m=text)
        value = linked.resolve("m.D")
        assert isinstance(value, ClassValue)
        names = [each if isinstance(each, str) else linked.name_of(each) for each in linked.mro(value.gid)]
        assert names == ["m.D", "m.B", "m.C", "m.A", "builtins.dict"]
        base = linked.resolve("m.A")
        assert isinstance(base, ClassValue)
        assert {linked.name_of(each) for each in linked.subclasses(base.gid)} == {"m.B", "m.C", "m.D"}

    def test_construction_sites_with_and_without_an_initialiser(self) -> None:
        linked = program(m="class A: ...\nclass B:\n    def __init__(self): ...\ndef f(): return A(), B()\n")
        for name in ("m.A", "m.B"):
            value = linked.resolve(name)
            assert isinstance(value, ClassValue)
            assert [linked.name_of(edge.caller) for edge in linked.construction_sites(value.gid)] == ["m.f"]

    def test_init_subclass_and_set_name_run_with_the_class_statement(self) -> None:
        text = (
            "class F:\n    def __set_name__(self, owner, name): ...\n"
            "class A:\n    def __init_subclass__(cls): ...\nclass B(A):\n    x = F()\n"
        )
        assert {"m.A.__init_subclass__", "m.F.__set_name__"} <= set(to_pycg(program(m=text))["m"])


BASE = "class A:\n    def get(self):\n        return self.x\nclass B(A):\n    def up(self):\n        return super().x\n"
STORES = {
    "on instances of the base": ("{read}A().x = []\n", "B().get()"),
    "on instances of the class": ("{read}B().x = []\n", "B().get()"),
    "on the base": ("{read}A.x = []\n", "B().get()"),
    "on the base, seen by the class": ("{read}A.x = []\n", "B.x"),
    "on the base, seen by super": ("{read}A.x = []\n", "B().up()"),
    "on a function": ("def f(): ...\n{read}f.x = []\n", "f.x"),
    "on something external": ("import lib\n{read}lib.x = []\n", "lib.x"),
}


class TestStores:
    """An attribute is connected with what reads it, whether the store or the read is met first."""

    @pytest.mark.parametrize("case", sorted(STORES))
    @pytest.mark.parametrize("first", [True, False])
    def test_the_order_of_read_and_store_does_not_matter(self, case: str, first: bool) -> None:
        text, read = STORES[case]
        statement = f"D = {read}\n"
        text = BASE + (text.format(read=statement) if first else text.format(read="") + statement)
        assert only_container(variable(program(m=text), "m.D"))

    def test_a_store_on_a_sibling_is_not_seen(self) -> None:
        text = BASE + "class C(A): ...\nC().x = []\nC.x = {}\nD = B.x\nE = B().up()\n"
        linked = program(m=text)
        assert not variable(linked, "m.D")
        assert not variable(linked, "m.E")

    def test_what_is_only_read_is_no_field(self) -> None:
        linked = program(m=BASE + "D = B().get()\nB().y = 1\n")
        assert linked.fields(InstanceValue(next(gid for gid in range(9) if linked.name_of(gid) == "m.B"))) == ("y",)


class TestArguments:
    def arguments(self, text: str, callee: str) -> dict[str, list[Value]]:
        linked = program(m=text)
        out: dict[str, list[Value]] = {}
        for edge in linked.edges:
            if isinstance(edge.callee, int) and linked.name_of(edge.callee) == callee:
                for name, slots in linked.arguments(edge).items():
                    out.setdefault(name, []).extend(value for slot in slots for value in linked.values(slot))
        return out

    def test_positions_and_keywords(self) -> None:
        found = self.arguments("def f(a, b, *, c): ...\nf([], b={}, c=set())\n", "m.f")
        assert set(found) == {"a", "b", "c"}

    def test_the_receiver_of_a_method(self) -> None:
        found = self.arguments("class A:\n    def f(self, x): ...\na = A()\na.f({})\n", "m.A.f")
        assert isinstance(found["self"][0], InstanceValue)
        assert isinstance(found["x"][0], ContainerValue)

    def test_an_initialiser_takes_its_arguments_behind_self(self) -> None:
        found = self.arguments("class A:\n    def __init__(self, x): ...\nA({})\n", "m.A.__init__")
        assert set(found) == {"x"}

    def test_partials_come_first(self) -> None:
        text = "from functools import partial\ndef f(a, b): ...\np = partial(f, [])\np({})\n"
        found = self.arguments(text, "m.f")
        assert set(found) == {"a", "b"}

    def test_the_place_of_a_call(self) -> None:
        linked = program(m="def f(a): ...\nf(\n    1\n)\n")
        (edge,) = linked.edges
        assert linked.place(edge) == (2, 1, 4, 2)


class TestLimits:
    """What stops a propagation: sets and containers have a size above which they take no more."""

    def test_a_registry_of_many_functions_keeps_some_and_terminates(self) -> None:
        functions = "".join(f"def f{number}(): ...\nR.append(f{number})\n" for number in range(200))
        linked = program(m=f"R = []\n{functions}for f in R:\n    f()\n")
        assert len(to_pycg(linked)["m"]) == 65  # 64 functions and list.append
        assert linked.stats["capped"]

    @pytest.mark.parametrize(
        "text",
        [
            "x = []\nx.append(x)\nfor x in x: x = x[0]\n",
            "def f(g): return f(f)\nf(f)\n",
            "from functools import partial\np = print\nwhile p: p = partial(p, p)\n",
            "class A(A): ...\nA()\n",
            "class A(B): ...\nclass B(A): ...\nA().x.y\n",
            "import x\nwhile x: x = x.a.b()\n",
            "def f(*a, **k): return f(*a, **k)\nf(f, k=f)\n",
            "x = {}\nwhile x: x = {'a': x, **x}\n",
            "x = x.y = x.z\n",
            "from functools import partial\nclass A: ...\nA.__iter__ = partial(list, A())\nfor x in A(): ...\n",
            "from functools import partial\nclass A:\n    def __iter__(self): return self\n"
            "A.__next__ = partial(list, A())\nfor x in A(): ...\n",
            "class A: ...\nA.__init__ = A\nA()\n",
            "class A: ...\nA.__call__ = A()\nA()()\n",
            "class A:\n    def __init__(self): ...\nclass B(A): ...\nA.__init__ = B\nB.__init__ = A\nA()\n",
        ],
    )
    def test_what_refers_to_itself_comes_to_an_end(self, text: str) -> None:
        assert link([Source("m", "m.py", False, _facts(text))]).modules

    def test_empty_and_unreadable_files_are_modules_too(self) -> None:
        sources = [Source("a", "a.py", False, ModuleFacts()), Source("b", "b.py", False, _facts("def (:"))]
        assert [module.name for module in link(sources).modules] == ["a", "b"]
        assert link([]).edges == []


def _facts(text: str) -> ModuleFacts:
    from leaklint.index import index_source

    return index_source(text.encode())


FILES = {
    "a": "from b import B\nclass A(B):\n    def f(self): self.hit()\nREG = {}\ndef reg(f):\n    REG[f] = f\n    return f\n",  # noqa: E501
    "b": "import c\nclass B:\n    def hit(self): c.run(self.f)\n    def f(self): ...\n",
    "c": "from a import *\ndef run(f): f()\n@reg\ndef one(): ...\nfor each in REG.values(): each()\n",
    "d": "from a import A\nimport b, c\nA().f()\nb.B().hit()\ndef use(x): x.hit()\nc.run(use)\n",
    "e": "from d import use\nimport unknown\n@unknown.app.route('/')\ndef view(): use(unknown.thing())\n",
}


@settings(max_examples=30, deadline=None)
@given(st.permutations(sorted(FILES)), st.randoms(use_true_random=False))
def test_the_order_of_files_changes_nothing(names: list[str], chance: random.Random) -> None:
    sources = [Source(name, f"{name}.py", False, _facts(FILES[name])) for name in sorted(FILES)]
    expected = link(sources)
    chance.shuffle(sources)
    found = link([next(each for each in sources if each.name == name) for name in names])
    assert found.edges == expected.edges
    assert found.stats == expected.stats


def test_scopes_and_slots_are_numbered_through() -> None:
    linked = program(a="def f(): ...", b="def g(): ...")
    names = [linked.name_of(gid) for gid in range(4)]
    assert names == ["a", "a.f", "b", "b.g"]
    assert isinstance(linked.scope(1), Scope)
    assert linked.module_of(3).name == "b"


SIBLINGS = {
    "house__init": "",
    "house__users__init": "",
    "house__users__models": "class User: ...\n",
    "house__users__views": "def login(request): ...\n",
    "house__shop__init": "",
    "house__shop__urls": "from users import views\nfrom users.models import User\nseen = views.login\n",
}


def test_a_package_whose_folder_is_on_the_path() -> None:
    found = program(**SIBLINGS).module("users")
    assert found is not None
    assert found.name == "house.users"


def test_an_external_package_of_the_same_name() -> None:
    more = "from users.client import Client\nfrom users.errors import Gone\n"
    assert program(**{**SIBLINGS, "house__shop__init": more}).module("users") is None
