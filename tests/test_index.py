"""What one file says: the facts expected of a line stand in a comment on it.

`# uses: grow append L` means that exactly these uses are recorded on the line, in order of the walk;
several are separated by `;`. A base that is no variable is written by how it came about.
"""

from __future__ import annotations

import gc
import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaklint.facts import NOWHERE, ModuleFacts, Op, Use
from leaklint.index import index_source

GROWTH_AND_REMOVAL = """
L = []  # uses: bind = L
D: dict[str, int] = {}  # uses: bind = D
L.append(1)  # uses: grow append L
D["k"] = 1  # uses: grow []= D
D["k"] += 1  # uses: grow []+= D
D.setdefault("k", []).append(2)  # uses: grow setdefault D; grow append D.setdefault()
del D["k"]  # uses: shrink del[] D
del L[:3]  # uses: shrink del[:] L
L[:] = [x for x in L if x]  # uses: read for L; grow [:]= L
L += [1]  # uses: grow += L
S |= {1}  # uses: grow |= S
S -= {1}  # uses: shrink -= S
x = D["k"]  # uses: read [] D; bind = x
y = 3 in D  # uses: read in D; bind = y
task.add_done_callback(S.discard)  # uses: shrink &discard S
heapq.heappush(L, 3)  # uses: grow heappush L
heapq.heappop(L)  # uses: shrink heappop L
a, D["z"] = 1, 2  # uses: bind = a; grow []= D
for each in L: pass  # uses: read for L; bind for each
with open(p) as handle: pass  # uses: bind with handle
del y  # uses: bind del y
S = set()  # uses: bind = S
self.items.add(1)  # uses: grow add self.items
self.items = {}  # uses: bind = self .items
"""


def test_uses() -> None:
    facts = index_source(GROWTH_AND_REMOVAL.encode())
    for row, line in enumerate(GROWTH_AND_REMOVAL.split("\n"), start=1):
        expected = re.search(r"# uses: (.*)", line)
        found = [_use_text(facts, use) for use in facts.uses if use.row == row]
        assert found == (expected[1].split("; ") if expected else []), line


SEVERAL_LINES = """
if name in D and \\
        value in D[name]:
    pass
if (
    name in D  # it was put in
    and value in D[name]
):
    pass
if (name in D and
        value in D[name]):
    pass
"""


def test_conditions_of_several_lines_are_one_text() -> None:
    tests = [block.test for block in index_source(SEVERAL_LINES.encode()).blocks if block.kind == "if"]
    assert tests == ["name in D and value in D[name]"] * 3


def _use_text(facts: ModuleFacts, use: Use) -> str:
    text = f"{use.kind} {use.op} {_slot_text(facts, use.base)}"
    return f"{text} .{use.attr}" if use.attr else text


def _slot_text(facts: ModuleFacts, slot: int) -> str:
    for variable in facts.variables:
        if variable.slot == slot:
            return variable.name
    for scope in facts.scopes:
        for op, *operands in scope.code:
            if operands[0] != slot:
                continue
            if op == Op.ATTR:
                return f"{_slot_text(facts, operands[1])}.{operands[2]}"
            if op == Op.CALL:
                return f"{_slot_text(facts, operands[1])}()"
            if op == Op.BUILTIN:
                return str(operands[1])
    return "?"


def arms_at(source: str, row: int) -> list[str]:
    """The arms around the growth on a row, from the outermost in."""
    facts = index_source(source.encode())
    use = next(use for use in facts.uses if use.row == row and use.kind == "grow")
    arms = []
    block = use.block
    while block != NOWHERE:
        arms.append(f"{facts.blocks[block].kind} {facts.blocks[block].test}".strip())
        block = facts.blocks[block].parent
    return arms[::-1]


def test_branch_path() -> None:
    source = """
def f(k):
    while True:
        if k not in C:
            try:
                g()
            except KeyError:
                C[k] = 1
            finally:
                D.append(k)
        else:
            E.add(k)
"""
    assert arms_at(source, 8) == ["while True", "if k not in C", "try-statement", "except KeyError"]
    assert arms_at(source, 10) == ["while True", "if k not in C", "try-statement", "finally"]
    assert arms_at(source, 12) == ["while True", "else k not in C"]


def test_operands_that_run_only_sometimes_have_an_arm() -> None:
    assert arms_at("x = k in C or C.setdefault(k, 1)", 1) == ["and not (k in C)"]
    assert arms_at("y = C.setdefault(k, 1) if k else None", 1) == ["ifexp k"]


def test_exits_are_ordered_with_uses() -> None:
    facts = index_source(b"async def f(k):\n    if len(C) > 3:\n        return\n    C[k] = await g()\n    del C[k]\n")
    order = sorted([(each.step, each.kind) for each in facts.exits] + [(each.step, each.kind) for each in facts.uses])
    assert [kind for _, kind in order] == ["read", "return", "await", "grow", "shrink"]


@pytest.mark.parametrize(
    ("source", "qualnames"),
    [
        (
            "def f():\n  def g(): pass\n  return lambda: lambda: 1",
            ["", "f", "f.g", "f.<lambda1>", "f.<lambda1>.<lambda1>"],
        ),
        ("class A:\n  class B:\n    async def m(self): yield", ["", "A", "A.B", "A.B.m"]),
    ],
)
def test_scopes(source: str, qualnames: list[str]) -> None:
    assert sorted(scope.qualname for scope in index_source(source.encode()).scopes) == sorted(qualnames)


def test_a_name_belongs_to_the_scope_that_python_says() -> None:
    source = """
x = 1
class A:
    x = 2
    def m(self):
        return x
    def n(self):
        global y
        y = [x for x in x]
"""
    facts = index_source(source.encode())
    names = {(facts.scopes[each.scope].qualname, each.name) for each in facts.variables}
    assert ("", "y") in names
    assert ("A.n", "x") not in names, "a comprehension's variable is its own"
    method = next(scope for scope in facts.scopes if scope.qualname == "A.m")
    module_x = next(each.slot for each in facts.variables if each.scope == 0 and each.name == "x")
    assert (int(Op.RETURN), module_x) in method.code, "a method does not see its class's names"


@pytest.mark.parametrize(
    ("source", "message", "row"),
    [
        (b"x = (\n", "never closed", 1),
        (b"a = 1\nb = '\xff'\n", "decoded", 2),
        (b"a = 1\n\0", "NUL", 2),
        (b"# coding: no-such-thing\n", "unknown encoding", 1),
        (b"# coding: rot13\n", "decoded", 1),
        (b"x = " + b"(" * 5000 + b")" * 5000, "nested", 1),
        (b"x = 1" + b" " * 9_000_000, "larger than", 1),
    ],
)
def test_what_cannot_be_read_is_a_fact(source: bytes, message: str, row: int) -> None:
    unreadable = index_source(source).unreadable
    assert unreadable is not None
    assert message in unreadable.message
    assert unreadable.row == row
    assert "\n" not in unreadable.message


@pytest.mark.parametrize(
    "source",
    [
        b"",
        b"\xef\xbb\xbfx = []\r\nx.append(1)\r\n",
        "# coding: latin-1\nx = 'é'; x.append(1)".encode("latin-1"),
        b"x = " + b"1 + " * 2000 + b"1",
    ],
)
def test_unusual_files_are_read(source: bytes) -> None:
    assert index_source(source).unreadable is None


def test_columns_count_characters() -> None:
    facts = index_source("é = ü = []; ü.append(é)".encode())
    assert [use.col for use in facts.uses if use.kind == "grow"] == [13]


def test_facts_survive_serialization() -> None:
    facts = index_source(GROWTH_AND_REMOVAL.encode())
    blob = msgspec.msgpack.encode(facts)
    assert msgspec.msgpack.decode(blob, type=ModuleFacts) == facts


@given(st.binary(max_size=200))
def test_no_bytes_are_an_error(source: bytes) -> None:
    index_source(source)


@given(st.lists(st.sampled_from(GROWTH_AND_REMOVAL.strip().split("\n")), max_size=20))
def test_the_same_text_gives_the_same_facts(lines: list[str]) -> None:
    source = "\n".join(lines).encode()
    assert index_source(source) == index_source(source)


def test_a_class_body_reads_the_names_around_it_until_it_binds_its_own() -> None:
    facts = index_source(b"class C:\n    SEEN = set()\n\n    def set(self): ...\n\n    again = set\n")
    body = facts.scopes[1].code
    builtins = [step[1] for step in body if step[0] == Op.BUILTIN and step[2] == "set"]
    assert [step[2] for step in body if step[0] == Op.CALL] == builtins
    method = next(each.slot for each in facts.variables if each.name == "set")
    assert method in [step[2] for step in body if step[0] == Op.COPY]


def test_nothing_of_a_file_stays_in_memory_but_its_facts() -> None:
    index_source(b"")
    gc.collect()
    gc.disable()  # as runs do
    try:
        index_source(b"x = {}\ndef f(a):\n    for b in a:\n        x[b] = lambda: [b for c in d]\n")
        assert gc.collect() == 0
    finally:
        gc.enable()
