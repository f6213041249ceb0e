"""Which entry points reach a function, and by which shortest chain of calls."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, lru_cache

from leaklint.facts import NOWHERE
from leaklint.project.entries.entrypoints import EntryPoint
from leaklint.project.linker.handed import Given
from leaklint.project.linker.program import Edge, Program
from leaklint.project.storage.guards import path
from leaklint.project.storage.onetime import OneTime
from leaklint.project.storage.phases import Phases
from leaklint.rule import Reach

SWITCH = 6
"""A call with more callees says little, but where it takes them from a collection or its caller gave them."""

MOST = 25
"""A finding lists at most so many endpoints; the nearest come first."""

State = tuple[int, Given | None]
"""A function and, where a parameter's function is being followed, the parameter and the function."""

Found = tuple[EntryPoint, tuple[int, ...], bool]
"""An entry point, the chain from it, and whether every step of the chain is firm."""

Caller = tuple[State, bool, tuple[EntryPoint, ...]]
"""A caller, whether the call is firm, and the endless loops of the caller in which it stands."""

LENGTH = 15
"""A chain has at most so many functions: with each call it says less."""


class Reaches:
    """Shortest chains from entry points, searched backwards from what they reach."""

    def __init__(self, program: Program, phases: Phases, entry_points: Iterable[EntryPoint]) -> None:
        self.program = program
        self.phases = phases
        self._one_time = OneTime(program)
        self.entries: dict[int, list[EntryPoint]] = {}
        for entry in entry_points:
            if entry.rhythm != "once":
                self.entries.setdefault(entry.function, []).append(entry)
        self._search = lru_cache(maxsize=None)(self._search_uncached)
        self._callers = lru_cache(maxsize=None)(self._callers_uncached)

    def of(self, functions: Iterable[int], inner: Mapping[int, Sequence[int]] | None = None) -> tuple[Reach, ...]:
        """The entry points that reach any of the functions, nearest first; `inner` continues the chains.

        Chains with a guess among their steps are given only where there is none without.
        """
        functions = sorted(set(functions))
        is_firm = self.firmly(functions)
        best: dict[tuple[str, int], tuple[int, Reach]] = {}
        for function in functions:
            rest = tuple((inner or {}).get(function, ()))
            for entry, chain, firm in self._search(function):
                if is_firm and not firm:
                    continue
                key = (entry.name, entry.function)
                names = tuple(self.program.name_of(gid) for gid in (*chain, *rest))
                if key not in best or len(names) < best[key][0]:
                    reach = Reach(entry.name, names[0], entry.filename, entry.row, entry.rhythm, names)
                    best[key] = (len(names), reach)
        ordered = sorted(best.items(), key=lambda item: (item[1][0], item[0][0], item[1][1].function))
        return tuple(reach for _, (_, reach) in ordered[:MOST])

    def entries_of(self, function: int) -> tuple[EntryPoint, ...]:
        """The entry points that reach a function."""
        return tuple(entry for entry, _, _ in self._search(function))

    def firmly(self, functions: Iterable[int]) -> bool:
        """Whether a chain leads to one of the functions on which no step is one of many that are possible."""
        return any(firm for function in functions for _, _, firm in self._search(function))

    def _search_uncached(self, target: int) -> tuple[Found, ...]:
        """Breadth first over callers; callers of one function are taken in order of file and line."""
        program = self.program
        if target not in self._served:
            return ()
        after: dict[State, State | None] = {(copy, None): None for copy in program.copies(target)}
        length = dict.fromkeys(after, 1)
        weak: set[State] = set()
        waiting = deque(after)
        out: dict[EntryPoint, Found] = {}
        while waiting and len(out) < MOST:
            state = waiting.popleft()
            for entry in self.entries.get(program.written(state[0]), ()):
                if entry not in out and (entry.kind != "loop" or after[state] is None):
                    out[entry] = entry, self._chain(state, after), state not in weak
            for caller, is_firm, loops in self._callers(state) if length[state] < LENGTH else ():
                for entry in loops:
                    chain = program.written(caller[0]), *self._chain(state, after)
                    out.setdefault(entry, (entry, chain, is_firm and state not in weak))
                if caller not in after:
                    after[caller] = state
                    length[caller] = length[state] + 1
                    waiting.append(caller)
                    if not is_firm or state in weak:
                        weak.add(caller)
        return tuple(out.values())

    @cached_property
    def _served(self) -> frozenset[int]:
        """What entry points may reach, whatever is handed on: a chain leads through nothing else."""
        found = set(self.entries)
        waiting = list(found)
        while waiting:
            gid = waiting.pop()
            if not self._runs(gid):
                continue
            for edge in self.program.edges_from(gid):
                callee = edge.callee
                if callee not in found and isinstance(callee, int) and edge.how != "name":
                    found.add(callee)
                    waiting.append(callee)
        return frozenset(found)

    def _callers_uncached(self, state: State) -> list[Caller]:
        """Who may call a function, given what it takes to get from there to the target; firm calls are told apart."""
        gid, given = state
        program, handed = self.program, self.program.handed
        found: dict[State, bool] = {}
        looping: dict[State, tuple[EntryPoint, ...]] = {}
        for edge in program.calls_of(gid):
            if edge.how == "name" or program.written(edge.caller) not in self._served or not self._runs(edge.caller):
                continue
            if self._one_time.is_once(edge):
                continue
            is_wide = program.fan(edge) > SWITCH
            is_dispatch = is_wide and handed.is_dispatch(edge)
            is_possible, needed = handed.step(edge, given, is_wide and not is_dispatch)
            if is_possible and not handed.is_patched(edge) and not handed.is_contradicted(edge):
                caller = (edge.caller, needed)
                found[caller] = found.get(caller, False) or not (is_dispatch or self._is_guess(edge, needed))
                looping[caller] = looping.get(caller) or self._loops(edge)
        return [
            (caller, found[caller], looping[caller])
            for caller in sorted(found, key=lambda each: (each[0], each[1] or ()))
        ]

    def _loops(self, edge: Edge) -> tuple[EntryPoint, ...]:
        """The endless loops of a caller in which a call stands: what is called before them is called once.

        What is handed on before may be called from within.
        """
        caller = self.program.written(edge.caller)
        loops = tuple(each for each in self.entries.get(caller, ()) if each.kind == "loop")
        if not loops or edge.kind == "callback":
            return loops
        module = self.program.module_of(caller)
        arms = path(module, edge.block - module.block_base) if edge.block != NOWHERE else ()
        kinds = {arm.kind for arm in arms}
        return tuple(each for each in loops if "while" in kinds or ("for" in kinds and each.framework != "python"))

    def _is_guess(self, edge: Edge, needed: Given | None) -> bool:
        """Whether a place may call several functions, and nothing on the way tells which."""
        if self.program.fan(edge) == 1:
            return False
        return edge.how == "annotation" or (needed is None and not self.program.handed.is_dispatch(edge))

    def _runs(self, caller: int) -> bool:
        """Whether a caller's own code may run while serving: a class's body does not when the class is called."""
        return self.program.scope(caller).kind in ("function", "lambda") and not self.phases.quiet(caller)

    def _chain(self, state: State, after: Mapping[State, State | None]) -> tuple[int, ...]:
        chain, step = [self.program.written(state[0])], after[state]
        while step is not None:
            chain.append(self.program.written(step[0]))
            step = after[step]
        return tuple(chain)
