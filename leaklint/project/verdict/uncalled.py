"""Removals that an application offers and never asks for: a public method that nothing calls evicts nothing.

Users of a library may call what it does not call itself; nobody calls what an application does not.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

import msgspec

from leaklint.facts import Op
from leaklint.project.domains.drives import Domain
from leaklint.project.entries.reach import Reaches
from leaklint.project.linker.program import Program
from leaklint.project.storage.phases import Phases
from leaklint.project.verdict.bounds import EVICTED, NOT_ENOUGH, Removal, Verdict
from leaklint.project.verdict.leaks import Leak, base_code

_ATTR = int(Op.ATTR)


class Uncalled:
    """Judges again what only functions empty that no code of an application calls."""

    def __init__(self, program: Program, reaches: Reaches) -> None:
        self.program = program
        self.reaches = reaches
        self.phases: Phases = reaches.phases

    def judged(self, leaks: Iterable[Leak]) -> tuple[Leak, ...]:
        """The leaks, those told so that only such functions keep small and that grow with what comes in."""
        if not self.phases.is_application:
            return tuple(leaks)
        return tuple(self._judged(leak) if leak.verdict.kind == EVICTED else leak for leak in leaks)

    def _judged(self, leak: Leak) -> Leak:
        counting = [removal for removal in leak.verdict.removals if removal.counts]
        if not counting or not all(self._is_idle(each.event.scope, frozenset()) for each in counting):
            return leak
        if not all(each.event.ref.entered == each.event.scope for each in counting):
            return leak
        driven = [each for each in leak.growing if each.drive.domain >= Domain.IDENTITY]
        if not any(self._comes_in(each.event.ref.entered) for each in driven):
            return leak
        removals = tuple(self._doubted(each) if each.counts else each for each in leak.verdict.removals)
        codes = ("LK301", base_code(leak.container))
        return msgspec.structs.replace(leak, verdict=Verdict(NOT_ENOUGH, "", removals), codes=codes)

    def _doubted(self, removal: Removal) -> Removal:
        name = self.program.scope(removal.event.scope).name
        return msgspec.structs.replace(removal, counts=False, reason=f"{name}() is never called", fault="LK301")

    def _comes_in(self, function: int) -> bool:
        """Whether something from outside reaches a function."""
        return any(entry.framework != "python" for entry in self.reaches.entries_of(function))

    def _is_idle(self, gid: int, seen: frozenset[int]) -> bool:
        """Whether nothing calls a function, by whatever name, or only what nothing calls."""
        scope = self.program.scope(gid)
        if gid in seen:
            return True
        if scope.kind != "function" or scope.name.startswith("__") or scope.decorators or scope.name in self._read:
            return False
        if self._may_override(gid) or self.reaches.entries_of(gid):
            return False
        callers = {edge.caller for edge in self.program.edges_to(gid) if not self.phases.quiet(edge.caller)} - {gid}
        return all(self._is_idle(caller, seen | {gid}) for caller in callers)

    def _may_override(self, gid: int) -> bool:
        """Whether a base of the class may call the method: one of another library, or one that defines it."""
        cls = self.program.class_of(gid)
        if cls is None:
            return self.program.scope(gid).parent > 0
        name = self.program.scope(gid).name
        bases = [base for base in self.program.mro(cls) if base != cls]
        outside = [base for base in bases if isinstance(base, str) and not base.startswith(("builtins.", "typing."))]
        return bool(outside) or any(name in self.program.members(base) for base in bases if isinstance(base, int))

    @cached_property
    def _read(self) -> frozenset[str]:
        """The names that are read as attributes, or handed on, in code that counts."""
        out: set[str] = set(self.phases.handed_on)
        for module in self.program.modules:
            if self.phases.quiet_file(module):
                continue
            out.update([step[3] for step in module.instructions(_ATTR)])
        return frozenset(out)


__all__ = ["Uncalled"]
