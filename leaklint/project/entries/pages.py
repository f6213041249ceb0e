"""Pages of a tree of objects: their paths are the names of the attributes that lead to them from its root."""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Iterator

import msgspec

from leaklint.facts import Param
from leaklint.models import EntryRule
from leaklint.project.entries.classes import Hooks
from leaklint.project.entries.trees import FileTrees
from leaklint.project.linker.program import BoundValue, FunctionValue, InstanceValue, Program, Value

MOST_OBJECTS = 2000
DEPTH = 8

_FIRST, _REST = "index", "default"
"""The page at an object's own path, and the one for all paths below that lead nowhere."""


class Page(msgspec.Struct, frozen=True):
    """A function that answers, the method of HTTP where it answers to that alone, and its path."""

    function: int
    method: str
    path: str


class _Place(msgspec.Struct, frozen=True):
    """An object on the way: its path, the classes above, what its path gives as parameters and what it may give."""

    cls: int
    path: str
    above: tuple[int, ...] = ()
    given: tuple[str, ...] = ()
    named: tuple[str, ...] = ()


class Pages:
    """What is exposed, and the walk from a root through the attributes of objects."""

    def __init__(self, program: Program, trees: FileTrees, hooks: Hooks) -> None:
        self.program = program
        self.trees = trees
        self.hooks = hooks
        self.exposed: dict[int, tuple[str, ...]] = {}
        """Functions and classes, with the further names that a function has."""
        self.segments: dict[int, tuple[str, ...]] = {}
        """The parameters that the objects of a class take from the path before their attributes are looked up."""

    def below(self, root: int, prefix: str, rule: EntryRule) -> Iterator[Page]:
        """Every page below an object of a class, the shorter paths first."""
        waiting = deque([_Place(root, prefix.rstrip("/"))])
        met = 0
        while waiting and met < MOST_OBJECTS:
            met += 1
            for place in self._entered(waiting.popleft()):
                yield from self._pages(place, rule)
                waiting += self._inner(place)

    def _entered(self, place: _Place) -> Iterator[_Place]:
        """The object's places, with none, some or all of the segments that it takes from the path."""
        names = self._segments(place.cls)
        for count in range(len(names) + 1):
            path = place.path + "".join(f"/{{{name}}}" for name in names[:count])
            given, named = (*place.given, *names[:count]), (*place.named, *names)
            yield msgspec.structs.replace(place, path=path, given=given, named=named)

    def _segments(self, cls: int) -> tuple[str, ...]:
        bases = [base for base in self.program.mro(cls) if isinstance(base, int) and base in self.segments]
        return self.segments[bases[0]] if bases else ()

    def _names(self, cls: int) -> list[str]:
        names: set[str] = set()
        for base in self.program.mro(cls):
            if isinstance(base, int):
                names |= self.program.members(base).keys() | set(self.program.fields(InstanceValue(base)))
        return sorted(names)

    def _held(self, cls: int, name: str) -> tuple[Value, ...]:
        return self.program.field_values(InstanceValue(cls), name)

    def _inner(self, place: _Place) -> Iterator[_Place]:
        """The objects that an object's attributes hold, none that lies above it."""
        above = (*place.above, place.cls)
        for name in self._names(place.cls) if len(above) < DEPTH else ():
            for value in self._held(place.cls, name):
                if isinstance(value, InstanceValue) and value.cls not in above:
                    yield _Place(value.cls, f"{place.path}/{name}", above, place.given, place.named)

    def _pages(self, place: _Place, rule: EntryRule) -> Iterator[Page]:
        methods = self.hooks.methods(place.cls)
        for name in sorted({*methods, *self._names(place.cls)}):
            found = [FunctionValue(methods[name])] if name in methods else self._held(place.cls, name)
            for value in found:
                function = value.function if isinstance(value, BoundValue) else value
                if isinstance(function, FunctionValue) and self._is_page(place.cls, name, function.gid, rule):
                    for each in (name, *self.exposed.get(function.gid, ())):
                        yield from self._page(place, each, function.gid)
        if self._is_exposed(place.cls, rule):
            answers = self.hooks.responders(place.cls, "", rule.hooks)
            answers += [("", methods["__call__"])] if "__call__" in methods and not answers else []
            for verb, gid in answers:
                if self._fits(place, gid):
                    yield Page(gid, verb, place.path or "/")

    def _is_page(self, cls: int, name: str, gid: int, rule: EntryRule) -> bool:
        """Whether a function is exposed by its decorator, or by what its class's body sets on it."""
        if gid in self.exposed:
            return True
        for base in self.program.mro(cls) if rule.mark else ():
            set_on = self.trees.tree(self.program.module_of(base)).attributes if isinstance(base, int) else {}
            if isinstance(base, int) and any(map(_is_true, set_on.get(base, {}).get(f"{name}.{rule.mark}", ()))):
                return True
        return False

    def _is_exposed(self, cls: int, rule: EntryRule) -> bool:
        for base in self.program.mro(cls):
            if isinstance(base, int):
                assigned = self.trees.tree(self.program.module_of(base)).assigned.get(base, {})
                if base in self.exposed or any(map(_is_true, assigned.get(rule.mark, ()))):
                    return True
        return False

    def _params(self, gid: int) -> list[Param]:
        params = [each for each in self.program.scope(gid).params if each.kind != "keyword-only"]
        return params[1:] if self.program.class_of(gid) is not None else params

    def _fits(self, place: _Place, gid: int) -> bool:
        """Whether a function takes all that the path gives, and needs nothing that a longer path would give."""
        params = self._params(gid)
        names = {each.name for each in params}
        takes_all = any(each.kind == "kwarg" for each in params)
        needed = {each.name for each in params if each.is_required and each.name in place.named}
        return (takes_all or names >= set(place.given)) and needed <= set(place.given)

    def _page(self, place: _Place, name: str, gid: int) -> Iterator[Page]:
        if not self._fits(place, gid):
            return
        path = f"{place.path}/{name}"
        if name == _FIRST:
            path = f"{place.path}/"
        elif name == _REST:
            rest = [each.name for each in self._params(gid) if each.is_required or each.kind == "vararg"]
            rest = [each for each in rest if each not in place.given]
            if rest and self._segments(place.cls):
                return  # whatever is left of the path is taken for a segment
            path = place.path + "/" + "/".join(f"{{{each}}}" for each in rest)
        yield Page(gid, "", path)


def _is_true(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is True
