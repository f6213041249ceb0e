"""Which entry points reach a function, and by which shortest chain of calls."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from leaklint.project.entrypoints import EntryPoint
from leaklint.project.phases import Phases
from leaklint.project.program import Edge, Program
from leaklint.rule import Reach

SWITCH = 6
"""A call with more callees is a dispatcher or a decorator's wrapper shared by many functions."""

MOST = 25
"""A finding lists at most so many endpoints; the nearest come first."""


class Reaches:
    """Shortest chains from entry points, searched backwards from what they reach."""

    def __init__(self, program: Program, phases: Phases, entry_points: Iterable[EntryPoint]) -> None:
        self.program = program
        self.phases = phases
        self.entries: dict[int, list[EntryPoint]] = {}
        for entry in entry_points:
            if entry.rhythm != "once":
                self.entries.setdefault(entry.function, []).append(entry)
        self._search = lru_cache(maxsize=None)(self._search_uncached)

    def of(self, functions: Iterable[int], inner: Mapping[int, Sequence[int]] | None = None) -> tuple[Reach, ...]:
        """The entry points that reach any of the functions, nearest first; `inner` continues the chains."""
        best: dict[tuple[str, int], tuple[int, Reach]] = {}
        for function in sorted(set(functions)):
            rest = tuple((inner or {}).get(function, ()))
            for entry, chain in self._search(function):
                key = (entry.name, entry.function)
                names = tuple(self.program.name_of(gid) for gid in (*chain, *rest))
                if key not in best or len(names) < best[key][0]:
                    reach = Reach(entry.name, names[0], entry.filename, entry.row, entry.rhythm, names)
                    best[key] = (len(names), reach)
        ordered = sorted(best.items(), key=lambda item: (item[1][0], item[0][0], item[1][1].function))
        return tuple(reach for _, (_, reach) in ordered[:MOST])

    def entries_of(self, function: int) -> tuple[EntryPoint, ...]:
        """The entry points that reach a function."""
        return tuple(entry for entry, _ in self._search(function))

    def _search_uncached(self, target: int) -> tuple[tuple[EntryPoint, tuple[int, ...]], ...]:
        """Breadth first over callers; callers of one function are taken in order of file and line."""
        program = self.program
        after: dict[int, int | None] = dict.fromkeys(program.copies(target))
        waiting = deque(after)
        out: dict[EntryPoint, tuple[int, ...]] = {}
        while waiting and len(out) < MOST:
            gid = waiting.popleft()
            for entry in self.entries.get(program.written(gid), ()):
                out.setdefault(entry, self._chain(gid, after))
            callers = {
                edge.caller for edge in program.calls_of(gid) if edge.how != "name" and not self._is_switch(edge)
            }
            for caller in sorted(callers):
                if caller not in after and self._runs(caller):
                    after[caller] = gid
                    waiting.append(caller)
        return tuple(out.items())

    def _is_switch(self, edge: Edge) -> bool:
        """Whether one expression calls so many functions that a chain through it says nothing: a shared decorator."""
        return self.program.fan(edge) > SWITCH

    def _runs(self, caller: int) -> bool:
        """Whether a caller's own code may run while serving: a class's body does not when the class is called."""
        return self.program.scope(caller).kind in ("function", "lambda") and not self.phases.quiet(caller)

    def _chain(self, gid: int, after: Mapping[int, int | None]) -> tuple[int, ...]:
        chain, step = [self.program.written(gid)], after[gid]
        while step is not None:
            chain.append(self.program.written(step))
            step = after[step]
        return tuple(chain)
