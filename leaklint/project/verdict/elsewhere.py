"""Removals that depend on what is said elsewhere: on another object's word, or on who asks.

`if self.room.holds(key): self.room.drop(key); del self.names[key]` leaves the name where something else has dropped
the key from the room before. An expiry that looks only at the entries of the session it is given leaves those of
sessions that are gone.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Sequence

from leaklint.facts import Op, Scope
from leaklint.project.linker.program import Module, Program
from leaklint.project.storage.containers import Container, Event
from leaklint.project.storage.guards import conjuncts, guards, path
from leaklint.project.verdict.faults import TIMES, Fault
from leaklint.project.verdict.growth import Growing

_ATTR, _CALL = int(Op.ATTR), int(Op.CALL)

_ENDING = re.compile(r"_*(disconnect|remove|leave|discard|close|unregister|unsubscribe|delete|drop|end|release|forget)")
"""Methods after which an object does not know a key any more."""

_KEYED = frozenset({"pop", "del[]", "discard", "remove"})

_LIMIT = re.compile(
    r"(?i)(\w*_)?(now|time\w*|stamp|max\w*|limit|age|ttl|count|deadline|cutoff|before|older\w*|interval|delay)"
)
"""Parameters that tell from when on an entry is old, not whose entries are looked at."""

_STEPS = 2
"""So many calls lie at most between what adds and what ends."""


def only_by_anothers_word(
    program: Program, container: Container, growing: Sequence[Growing], event: Event
) -> Fault | None:
    """Only if another object of the same owner knows the key, which on the way from the growth is made to forget it."""
    use = event.use
    key = use.key.partition(",")[0]
    cls = program.class_of(event.scope)
    if use.op not in _KEYED or event.ref.depth > 0 or cls is None or not key.isidentifier():
        return None
    for attribute in sorted(_asked(event, key)):
        ends = {name for name, _ in _ended(event.module, use.scope, attribute, key)}
        for each in sorted(growing, key=lambda each: each.event.module is not event.module) if ends else ():
            for gid in sorted(_reached(program, each.event.scope)):
                where = program.module_of(gid)
                if gid == event.scope or any(other.scope == gid for other in container.shrinks):
                    continue
                for name, row in _ended(where, gid - where.scope_base, attribute, ""):
                    if name in ends and _is_akin(program, cls, program.class_of(gid)):
                        words = f"self.{attribute}.{name}() in line {row} leaves the entry, and then it is not removed"
                        return words, "LK304"
    return None


def _asked(event: Event, key: str) -> set[str]:
    """The attributes of `self` that are asked for the key before a removal, and have to know it."""
    found = set()
    for guard in guards(event.module, event.use):
        for tree, holds in conjuncts(guard):
            if isinstance(tree, ast.Call) and holds and isinstance(tree.func, ast.Attribute):
                owner, given = tree.func.value, [ast.unparse(each) for each in tree.args]
                if key in given and isinstance(owner, ast.Attribute) and ast.unparse(owner.value) == "self":
                    found.add(owner.attr)
    return found


def _ended(module: Module, number: int, attribute: str, key: str) -> Iterator[tuple[str, int]]:
    """The calls in a function by which an attribute of `self` forgets something, a key where one is given."""
    scope = module.facts.scopes[number]
    if scope.kind != "function" or not scope.params:
        return
    own = scope.params[0].slot
    names = {each.slot: each.name for each in module.facts.variables if each.scope == number}
    held = {step[1] for step in scope.code if step[0] == _ATTR and step[2] == own and step[3] == attribute}
    methods = {step[1]: step[3] for step in scope.code if step[0] == _ATTR and step[2] in held}
    for step in scope.code:
        if step[0] == _CALL and _ENDING.match(methods.get(step[2], "")):
            if not key or key in [names.get(slot) for slot in step[3] if isinstance(slot, int)]:
                yield methods[step[2]], step[5]


def _reached(program: Program, function: int, depth: int = _STEPS) -> set[int]:
    """The functions that a function calls, itself included."""
    found = {function}
    for edge in program.edges_from(function) if depth else ():
        if isinstance(edge.callee, int) and edge.how != "name":
            found |= _reached(program, edge.callee, depth - 1)
    return found


def _is_akin(program: Program, one: int, other: int | None) -> bool:
    return other is not None and (one in program.mro(other) or other in program.mro(one))


def only_for_one_owner(container: Container, growing: Sequence[Growing], event: Event) -> Fault | None:
    """A sweep for what is too old that passes over the entries of all but the one it is told of."""
    scope = event.module.facts.scopes[event.use.scope]
    if event.use.op not in _KEYED or scope.kind != "function" or event.ref.depth > 0:
        return None
    name = re.compile(rf"\b{re.escape(container.holder.name)}\b")
    loops = [arm.test for arm in path(event.module, event.use.block) if arm.kind == "for"]
    loop = next((test for test in loops if name.search(test)), "")
    targets = set(re.findall(r"\w+", loop.partition(" in ")[0]))
    if not targets:
        return None
    tests = [tree for guard in guards(event.module, event.use) for tree, holds in conjuncts(guard)]
    old = any(isinstance(tree, ast.Compare) and _is_ordered(tree) and TIMES.search(ast.unparse(tree)) for tree in tests)
    owner = next((each for tree in tests for each in _owner(tree, targets, scope)), "") if old else ""
    if not owner:
        return None
    return f"{scope.name}() looks only at the entries of the {owner} it is given", "LK303"


def _is_ordered(tree: ast.Compare) -> bool:
    return isinstance(tree.ops[0], (ast.Lt, ast.LtE, ast.Gt, ast.GtE))


def _owner(tree: ast.expr, targets: Collection[str], scope: Scope) -> Iterator[str]:
    """The parameter that a condition asks an entry about: whose it is, not how old."""
    if isinstance(tree, ast.Compare) and not isinstance(tree.ops[0], (ast.Eq, ast.In, ast.Is)):
        if not isinstance(tree.ops[0], (ast.NotEq, ast.NotIn, ast.IsNot)):
            return
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    if names.isdisjoint(targets):
        return
    params = (each.name for each in scope.params if each.name in names and each.name not in ("self", "cls"))
    yield from (each for each in params if not _LIMIT.fullmatch(each))


__all__ = ["only_by_anothers_word", "only_for_one_owner"]
