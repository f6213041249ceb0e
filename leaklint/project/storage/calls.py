"""Objects that live in the local names of one call only."""

from __future__ import annotations

from functools import lru_cache

from leaklint.facts import Instruction, Op
from leaklint.project.linker.program import Edge, Program
from leaklint.project.storage.holders import Holders
from leaklint.project.storage.lifetime_names import PROGRAM
from leaklint.project.storage.phases import Phases

_AWAIT, _CALL, _COPY, _ELEM, _ENTER = map(int, (Op.AWAIT, Op.CALL, Op.COPY, Op.ELEM, Op.ENTER))
_RETURN, _SET_ATTR, _STORE_ITEM, _YIELD = map(int, (Op.RETURN, Op.SET_ATTR, Op.STORE_ITEM, Op.YIELD))

Flows = tuple[
    dict[tuple[int, int, int, int], list[int]], dict[int, list[int]], list[tuple[tuple[int, ...], Instruction]]
]
"""The slots of calls' results by the calls' places, those that a slot's value is copied to, and those given away."""


def _given_away(step: Instruction) -> tuple[int, ...]:
    """The slots that an instruction hands to somebody who may keep them."""
    if step[0] in (_RETURN, _YIELD):
        return (step[1],)
    if step[0] == _ELEM:
        return (step[2],)
    if step[0] in (_SET_ATTR, _STORE_ITEM):
        return (step[3],)
    if step[0] != _CALL:
        return ()
    positional = (arg[1] if isinstance(arg, tuple) else arg for arg in step[3])
    return (*positional, *(slot for _, slot in step[4]))


class Calls:
    """Tells the classes whose instances end with the call that makes them."""

    def __init__(self, program: Program, holders: Holders, phases: Phases) -> None:
        self.program = program
        self.holders = holders
        self.phases = phases
        self._known: dict[int, Flows] = {}
        self._made: dict[tuple[int, int], bool] = {}
        self.captured = lru_cache(maxsize=None)(self._captured_uncached)
        """The slots of a function's file that functions nested in it read."""

    def is_made_in(self, cls: int, depth: int = 2) -> bool:
        """Whether every place that makes an instance is a function that serves and keeps it in local names only."""
        known = self._made.get((cls, depth))
        if known is None:
            sites = self._sites(cls)
            known = bool(sites) and all(self._stays_local(edge, depth) for edge in sites)
            self._made[cls, depth] = known
        return known

    def is_left_to_users(self, cls: int) -> bool:
        """Whether the project itself makes no instance."""
        return not self._sites(cls)

    def _sites(self, cls: int) -> list[Edge]:
        return [edge for edge in self.program.construction_sites(cls) if not self.phases.quiet(edge.caller)]

    def _stays_local(self, edge: Edge, depth: int) -> bool:
        scope = self.program.scope(edge.caller)
        if scope.kind != "function" or not self.phases.runs(edge.caller) or self.phases.endless.is_endless(edge.caller):
            return False
        if PROGRAM.match(scope.name) and not self.phases.called(edge.caller):
            return False  # it may be the program itself
        owner = self.program.class_of(edge.caller)
        if owner is not None and depth and self.is_made_in(owner, depth - 1):
            return True  # at most kept by an object that is itself made per call
        made = self.made_by(edge)
        base, variables = self.program.module_of(edge.caller).slot_base, self.holders.variable_at
        named = {slot for slot in made if slot + base in variables}
        if not made or any(variables[slot + base][0] != edge.caller for slot in named):
            return False
        if named & self.captured(edge.caller):
            return False
        given = self._flows(edge.caller)[2]
        return all(made.isdisjoint(slots) or self._hands_to_local(step, edge, depth) for slots, step in given)

    def made_by(self, edge: Edge) -> set[int]:
        """The slots of a function that take the instance which a call makes."""
        results, moves, _ = self._flows(edge.caller)
        place = self.program.place(edge)
        made: set[int] = set()
        waiting = [*results.get(place, ())] if place is not None else []
        while waiting:
            slot = waiting.pop()
            if slot not in made:
                made.add(slot)
                waiting.extend(moves.get(slot, ()))
        return made

    def _flows(self, function: int) -> Flows:
        """Which slots take the results of calls, which slots each one is copied to, and which leave the function."""
        known = self._known.get(function)
        if known is None:
            results: dict[tuple[int, int, int, int], list[int]] = {}
            moves: dict[int, list[int]] = {}
            given: list[tuple[tuple[int, ...], Instruction]] = []
            for step in self.program.scope(function).code:
                slots = _given_away(step)
                if slots:
                    given.append((slots, step))
                if step[0] == _CALL:
                    results.setdefault((step[5], step[6], step[9], step[10]), []).append(step[1])
                elif step[0] in (_COPY, _AWAIT, _ENTER):
                    moves.setdefault(step[2], []).append(step[1])
            known = self._known[function] = (results, moves, given)
        return known

    def _hands_to_local(self, step: Instruction, edge: Edge, depth: int) -> bool:
        """Whether a call makes an object that is itself only local."""
        if step[0] != _CALL or not depth:
            return False
        made = [each.callee for each in self.holders.calls_at(edge.caller, step)]
        classes = [
            cls
            for cls in made
            if isinstance(cls, int) and self.program.scope(cls).kind == "class" and cls != edge.callee
        ]
        return bool(classes) and all(self.is_made_in(cls, depth - 1) for cls in classes)

    def _captured_uncached(self, function: int) -> set[int]:
        module = self.program.module_of(function)
        scopes = module.facts.scopes
        number = function - module.scope_base
        nested = [scope for scope in scopes if scope.kind in ("function", "lambda") and scope.parent == number]
        return {slot for scope in nested for step in scope.code for slot in step[1:] if isinstance(slot, int)}
