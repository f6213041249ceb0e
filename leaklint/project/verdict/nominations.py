"""Which containers that something takes from are worth a look at the tree all the same.

A nomination is a growth and the removals that could take its entries away, with the cause for which they may
not. The facts are enough to leave out nearly every container; the rule of the code decides.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

import msgspec

from leaklint.facts import NOWHERE, Instruction, Op, Param, Use
from leaklint.project.linker.program import Program
from leaklint.project.storage.containers import INITIALISERS, Container, Event
from leaklint.project.storage.guards import conjuncts, guards, path
from leaklint.project.storage.holders import Holders, Ref
from leaklint.project.storage.phases import ENDING_NAME, SHUTDOWN_NAME
from leaklint.project.verdict.bounds import Removal
from leaklint.project.verdict.faults import passing
from leaklint.project.verdict.growth import Growing

_ATTR, _CALL, _RETURN = int(Op.ATTR), int(Op.CALL), int(Op.RETURN)
_CALLERS = 4
"""The callers of a function with more calls than these are not looked at."""
_KEYED = frozenset({"pop", "del[]", "remove", "discard", "__delitem__"})
_WAITING = frozenset({"wait", "result"})

_LATER = frozenset({"add_done_callback", "call_later", "call_at", "finalize"})
"""Calls that see to it that the entry goes in the end."""

_STATE = re.compile(
    r"_*(is_?)?(running|started|alive|active|open(ed)?|connect(ed|ion)?|conn|closed?|ready|initiali[sz]ed|stopp(ed|ing)"
    r"|loop|task|thread|lock|event|executor|pool|session|client|socket|sock|transport|protocol|process|worker|timer"
    r"|parent|current\w*)s?|.*_(loop|task|thread|lock|event|executor|running|started|ready)"
)
"""Attributes that say how far an object has come; what is removed meanwhile is removed whenever it works."""


class Nomination(msgspec.Struct, frozen=True):
    """A growth, the removals that it depends on, and what may be wrong with them.

    `at` is the call that stands for the growth in a caller, where that is the place to look at; `at_removal` is the
    call that stands for the removals.
    """

    code: str
    cause: str
    growth: Event
    removals: tuple[Event, ...]
    about: str = ""
    at: Event | None = None
    at_removal: Event | None = None


class Nominations:
    """Looks for suspects among containers that the facts take for evicted."""

    def __init__(self, program: Program, holders: Holders) -> None:
        self.program = program
        self.holders = holders

    def of(self, container: Container, growing: Sequence[Growing], removals: Sequence[Removal]) -> Iterator[Nomination]:
        """The nominations of a container from which something is removed."""
        counting = [removal.event for removal in removals if removal.counts and not self._ends(removal.event)]
        if not counting:
            return
        for each in growing:
            if each.axis > 0 or self.program.scope(each.event.scope).kind != "function":
                continue
            yield from self._waits(container, each.event, counting)
            yield from self._helps(container, each.event, counting)
            yield from self._again(growing, each.event, counting)
            yield from self._modes(container, each.event, counting)

    def _ends(self, event: Event) -> bool:
        """Whether a removal empties all of it in a function that ends something, by its name."""
        return event.use.op in ("clear", "=") and self._is_end(event.scope)

    # Somebody else removes what the growing function waits for.

    def _waits(self, container: Container, growth: Event, removals: list[Event]) -> Iterator[Nomination]:
        removals = [event for event in removals if not (self._made_late(event) or _makes(container, event))]
        if not removals or not all(self._by_key(container, event) for event in removals):
            return
        removing = {event.scope for event in container.shrinks}
        if any(event.scope == growth.scope for event in removals) or self._called_by(growth.scope, removing, 2):
            return
        if self._waits_for(growth):
            yield Nomination("LK304", "wait", growth, tuple(removals))
            return
        for call in self._handed_out(container, growth):
            if call.scope not in removing and self._waits_for(call):
                yield Nomination("LK304", "wait", growth, tuple(removals), at=call)

    def _helps(self, container: Container, growth: Event, removals: list[Event]) -> Iterator[Nomination]:
        """A growth after which its function calls the one that removes, the same entry and for nobody else."""
        helpers = {event.scope for event in removals}
        if growth.scope in helpers or len(helpers) > 1 or not all(self._by_key(container, each) for each in removals):
            return
        edges = [edge for helper in helpers for edge in self.program.edges_to(helper) if edge.how != "name"]
        own = [edge for edge in edges if edge.caller == growth.scope]
        if len(own) != 1 or not all(self._is_end(edge.caller) for edge in edges if edge is not own[0]):
            return
        found = self.holders.call_step(own[0])
        if found is None or not _is_given(growth, found[1]) or not passing(growth, found[0]):
            return
        place = (own[0].row, own[0].col)
        use = Use("shrink", "", growth.use.scope, *place, *place, base=NOWHERE, block=found[1][7], step=found[0])
        call = Event(use, growth.module, Ref(container.holder, 0, (growth.scope,)))
        yield Nomination("LK304", "help", growth, tuple(removals), at_removal=call)

    def _is_end(self, function: int) -> bool:
        name = self.program.scope(function).name
        return bool(SHUTDOWN_NAME.match(name) or ENDING_NAME.match(name))

    def _handed_out(self, container: Container, growth: Event) -> Iterator[Event]:
        """The calls of a function that returns what it has added, seen as growths in the functions that call it."""
        code = self.program.scope(growth.scope).code
        if not any(step[0] == _RETURN and step[1] != NOWHERE for step in code):
            return
        if any(step[0] == _ATTR and step[3] in _LATER for step in code):
            return
        edges = [edge for edge in self.program.edges_to(growth.scope) if edge.kind == "call" and edge.how != "name"]
        for edge in edges if len(edges) <= _CALLERS else ():
            found, module = self.holders.call_step(edge), self.program.module_of(edge.caller)
            if found is not None and self.program.scope(edge.caller).kind == "function":
                place, number = (edge.row, edge.col), edge.caller - module.scope_base
                use = Use("grow", "", number, *place, *place, base=NOWHERE, block=found[1][7], step=found[0])
                yield Event(use, module, Ref(container.holder, 0, (edge.caller,)))

    def _by_key(self, container: Container, event: Event) -> bool:
        """Whether a removal takes out one entry, the one that is asked for: no sweep."""
        if event.use.op not in _KEYED or event.ref.depth > 0:
            return False
        name = re.compile(rf"\b{re.escape(container.holder.name)}\b")
        return not any(block.kind == "for" and name.search(block.test) for block in path(event.module, event.use.block))

    def _waits_for(self, growth: Event) -> bool:
        """Whether the function waits for something after the growth."""
        facts = growth.module.facts
        scope = facts.scopes[growth.use.scope]
        if scope.is_async:
            return any(
                way.scope == growth.use.scope and way.kind == "await" and way.step > growth.use.step
                for way in facts.exits
            )
        for step in scope.code:
            if step[0] == _ATTR and step[3] in _WAITING:
                return True
            if step[0] == _CALL and any("timeout" in (name or "") for name, _ in step[4]):
                return True
        return False

    def _called_by(self, function: int, others: set[int], depth: int) -> bool:
        """Whether one of the others calls the function, directly or not."""
        callers = {edge.caller for edge in self.program.edges_to(function) if edge.how != "name"}
        if callers & others:
            return True
        return depth > 1 and any(self._called_by(caller, others, depth - 1) for caller in callers - {function})

    @staticmethod
    def _made_late(event: Event) -> bool:
        """Whether a binding makes the container for the first time: beside that of an attribute that was not set."""
        if event.use.op != "=":
            return False
        unset = {
            _unset(tree, holds) for guard in guards(event.module, event.use) for tree, holds in conjuncts(guard)
        } - {""}
        return any(
            use.kind == "bind" and use.attr in unset and use.scope == event.use.scope and use.block == event.use.block
            for use in event.module.facts.uses
        )

    # The same entry stored twice.

    @staticmethod
    def _again(growing: Sequence[Growing], growth: Event, removals: list[Event]) -> Iterator[Nomination]:
        if growth.use.op != "[]=" or any(event.scope == growth.scope for event in removals):
            return
        if not all(event.use.op in _KEYED for event in removals):
            return
        for each in growing:
            use, first = each.event.use, growth.use
            same = (use.key, use.value, use.block, use.op) == (first.key, first.value, first.block, first.op)
            if same and each.event.scope == growth.scope and use.row > first.row and first.value.isidentifier():
                yield Nomination("LK304", "again", growth, tuple(removals), str(use.row))

    # Removed only while an attribute is set.

    def _modes(self, container: Container, growth: Event, removals: list[Event]) -> Iterator[Nomination]:
        cls = self.program.class_of(growth.scope)
        if cls is None:
            return
        own = "self" in (growth.use.value, growth.use.key)
        family: set[int | str] = {cls, *self.program.mro(cls), *self.program.subclasses(cls)}
        relevant = [event for event in removals if not (own and self._removes_itself(event, family))]
        needed = [_needed(event) for event in relevant if self.program.class_of(event.scope) in family]
        if not relevant or len(needed) < len(relevant):
            return
        for attribute in sorted(set.intersection(*needed) - _needed(growth) - {container.holder.name}):
            if not _STATE.fullmatch(attribute) or own:
                if self._is_mode(cls, attribute, growth.scope, own):
                    yield Nomination("LK304", "mode", growth, tuple(relevant), f"self.{attribute}")

    def _removes_itself(self, event: Event, family: set[int | str]) -> bool:
        """Whether an object of another class takes itself out."""
        return self.program.class_of(event.scope) not in family and "self" in (event.use.key, event.use.value)

    def _is_mode(self, cls: int, attribute: str, grower: int, own: bool) -> bool:
        """Whether an attribute is unset when its object is made, and not set on the way to the growth.

        Where the object itself is what is kept, the attribute is one that only its constructor sets.
        """
        unset, setters = False, set()
        for base in self.program.mro(cls):
            if not isinstance(base, int):
                continue
            module = self.program.module_of(base)
            for use in module.facts.uses:
                scope = module.scope_base + use.scope
                if use.kind != "bind" or use.attr != attribute or self.program.class_of(scope) != base:
                    continue
                if self.program.scope(scope).name in INITIALISERS:
                    optional = any(
                        param.name == use.value and _is_optional(param) for param in self.program.scope(scope).params
                    )
                    unset = unset or optional or (not own and use.value in ("None", "False"))
                elif use.value not in ("None", "False"):
                    setters.add(scope)
        if not unset or (own and setters):
            return False
        return not setters & self._reached(grower, 2) and not self._called_by(grower, setters, 2)

    def _reached(self, function: int, depth: int) -> set[int]:
        found = {function}
        if depth:
            for edge in self.program.edges_from(function):
                if isinstance(edge.callee, int) and edge.how != "name":
                    found |= self._reached(edge.callee, depth - 1)
        return found


def _makes(container: Container, event: Event) -> bool:
    """Whether an event is the only binding of its collection: there it is made, late in the life of its object."""
    return event.use.op == "=" and len(container.binds) == 1


def _is_given(growth: Event, call: Instruction) -> bool:
    """Whether a call is handed the key or the value of a growth by a local name."""
    given = {
        each.name
        for each in growth.module.facts.variables
        if each.scope == growth.use.scope and each.slot in call[3]
    }  # fmt: skip
    return bool(given & {growth.use.key, growth.use.value})


def _is_optional(param: Param) -> bool:
    return param.default_text in ("None", "False") or bool(re.search(r"\bOptional\[|\bNone\b", param.annotation))


def _needed(event: Event) -> set[str]:
    """The attributes of `self` that are set wherever a use happens."""
    found = set()
    for guard in guards(event.module, event.use):
        if _is_loop(event, guard.test):
            continue
        for tree, holds in conjuncts(guard):
            if isinstance(tree, ast.Compare) and (compared := _compared_with_none(tree)) is not None:
                tree, holds = tree.left, holds == isinstance(compared, ast.IsNot)
            if holds and isinstance(tree, ast.Attribute) and ast.unparse(tree.value) == "self":
                found.add(tree.attr)
    return found


def _compared_with_none(tree: ast.Compare) -> ast.cmpop | None:
    """The `is` or `is not` of a comparison with None."""
    op, right = tree.ops[0], tree.comparators[0]
    is_none = len(tree.ops) == 1 and isinstance(right, ast.Constant) and right.value is None
    return op if is_none and isinstance(op, (ast.Is, ast.IsNot)) else None


def _is_loop(event: Event, test: str) -> bool:
    return any(block.kind == "while" and block.test == test for block in path(event.module, event.use.block))


def _unset(tree: ast.expr, holds: bool) -> str:
    """The attribute that a condition says to be unset."""
    if isinstance(tree, ast.Compare):
        is_unset = holds and isinstance(_compared_with_none(tree), ast.Is)
        return tree.left.attr if is_unset and isinstance(tree.left, ast.Attribute) else ""
    return tree.attr if not holds and isinstance(tree, ast.Attribute) else ""
