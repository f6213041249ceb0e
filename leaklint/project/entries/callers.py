"""What the parameters of the functions around a declaration mean, by those that call them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import replace

from leaklint.models import Slot
from leaklint.project.entries.names import Context
from leaklint.project.entries.scan import UNSERVED_ROLES
from leaklint.project.entries.trees import FileTrees, Loop, Place
from leaklint.project.entries.values import UNKNOWN, Values
from leaklint.project.linker.program import BoundValue, FunctionValue, Program

CALLERS = 200


class Callers:
    """Goes from a declaration to the calls that lead to it, and from a call into what it leads to."""

    def __init__(self, program: Program, trees: FileTrees, values: Values) -> None:
        self.program = program
        self.trees = trees
        self.values = values
        self.passed: set[tuple[int, Place]] = set()
        """The calls, by file, that put on a router what a decorator of the project's own was given."""

    def contexts(self, call: ast.Call, at: Context, loops: tuple[Loop, ...]) -> list[Context]:
        """The contexts of a call in loops, with the parameters of its function bound, once for each call of that."""
        gid = at.gid
        scope = self.program.scope(gid)
        if scope.kind != "function":
            return self.values.rounds(loops, at)
        names = self._names(call, at, loops)
        used = names & ({each.name for each in scope.params} - {"self"})
        if not used:
            found = self.values.rounds(loops, at)
            return self._by_class(call, gid, found) if "self" in names else found
        out: list[Context] = []
        for edge in [each for each in self.program.edges_to(gid) if each.how != "name"][:CALLERS]:
            place = self.program.place(edge)
            module = self.program.module_of(edge.caller)
            known = self.trees.tree(module).calls.get(place) if place and module.role not in UNSERVED_ROLES else None
            if known is None:
                continue
            for outer in self.values.rounds(known[2], Context(module, known[1])):
                for inner in self.values.received(gid, known[0], outer):
                    if used & inner.names.keys():
                        out += self.values.rounds(loops, self.values.rebound(inner, gid, call.lineno))
        return out or self.values.rounds(loops, at)

    def _names(self, call: ast.Call, at: Context, loops: tuple[Loop, ...]) -> set[str]:
        """The names that a call speaks of, by itself or through variables of the function and of loops."""
        assigned = self.trees.tree(at.module).assigned.get(at.gid, {})
        waiting, names = [call, *(iterable for _, iterable in loops)], set[str]()
        while waiting:
            for node in ast.walk(waiting.pop()):
                if isinstance(node, ast.Name) and node.id not in names:
                    names.add(node.id)
                    waiting += assigned.get(node.id, ())
        return names

    def _by_class(self, call: ast.Call, gid: int, found: list[Context]) -> list[Context]:
        """The contexts once for each class whose objects have a method that reads attributes of theirs."""
        own = any(map(_reads_self, (*call.args, *(word.value for word in call.keywords))))
        objects = self.values.selves(gid)[:CALLERS] if own else []
        return [replace(at, receiver=each) for each in objects for at in found] if len(objects) > 1 else found

    def handed_on(self, call: ast.Call, at: Context, slots: Mapping[str, tuple[Slot, ...]]) -> tuple[str, ...]:
        """The paths that a function of the project makes of those it is given before it puts a route on a router."""
        out: dict[str, None] = {}
        for value in self.values.values(call.func, at):
            function = value.function if isinstance(value, BoundValue) else value
            if isinstance(function, FunctionValue):
                for inside in self.values.received(function.gid, call, at):
                    out.update(dict.fromkeys(self._inside(function.gid, inside, slots)))
        return tuple(out)

    def _inside(self, gid: int, inside: Context, slots: Mapping[str, tuple[Slot, ...]]) -> Iterator[str]:
        for place, (inner, scope, _) in self.trees.tree(inside.module).calls.items():
            name = inner.func.attr if isinstance(inner.func, ast.Attribute) else ""
            if name not in slots or not inner.args or gid not in (scope, self.trees.parent(scope)):
                continue
            first = next((slot for slot in slots[name] if isinstance(slot, int)), 0)
            node = inner.args[first] if first < len(inner.args) else None
            if isinstance(node, (ast.Name, ast.BinOp, ast.JoinedStr)):
                texts = self.values.texts(node, self.values.rebound(inside, scope, inner.lineno))
                known = [text for text in texts if UNKNOWN not in text]
                if known:
                    self.passed.add((inside.module.index, place))
                yield from known


def _reads_self(node: ast.expr) -> bool:
    return any(
        isinstance(each, ast.Attribute) and isinstance(each.value, ast.Name) and each.value.id == "self"
        for each in ast.walk(node)
    )
