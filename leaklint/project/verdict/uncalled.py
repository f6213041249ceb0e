"""Removals that a program offers and never asks for: a public method that nothing calls evicts nothing.

Nobody calls what an application does not call itself. Users of a library may; but where the library keeps the object
itself and another library makes it grow, through the methods that it calls, they have no part in it. Nor do users sweep
what is to leave by itself: where entries have a time after which a read drops them, emptying is for other occasions.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from functools import cached_property

import msgspec

from leaklint.facts import NOWHERE, Op
from leaklint.project.domains.drives import Domain
from leaklint.project.entries.reach import Reaches
from leaklint.project.linker.program import Edge, FunctionValue, Program
from leaklint.project.storage.containers import Container
from leaklint.project.storage.lifetimes import HELD, PROCESS
from leaklint.project.storage.phases import Phases
from leaklint.project.verdict.bounds import EVICTED, NOT_ENOUGH, Removal, Verdict
from leaklint.project.verdict.leaks import Leak, base_code

_ATTR, _RETURN = int(Op.ATTR), int(Op.RETURN)

_EXPIRY = "LK303"
"""The fault of a removal that looks at the time of the one entry that is read."""

_OF_COLLECTIONS = frozenset({*dir(dict), *dir(list), *dir(set), *dir(deque)})

_ALONE = 2
"""A class and `object`: what has other bases is called through these as well."""

_OF_A_CLASS = frozenset({"classmethod", "staticmethod"})

_PLAIN_BASES = ("builtins.", "typing.", "typing_extensions.", "abc.", "enum.", "collections.", "threading.")
"""Classes that call no method of those who derive from them but what these hand on themselves."""


_UNINVOLVED = ("builtins.", "typing.", "abc.")


class Uncalled:
    """Judges again what only functions empty that no code of an application calls."""

    def __init__(self, program: Program, reaches: Reaches) -> None:
        self.program = program
        self.reaches = reaches
        self.phases: Phases = reaches.phases

    def judged(self, leaks: Iterable[Leak]) -> tuple[Leak, ...]:
        """The leaks, those told so that only such functions keep small and that grow with what comes in."""
        return tuple(self._judged(leak) if leak.verdict.kind == EVICTED else leak for leak in leaks)

    def _judged(self, leak: Leak) -> Leak:
        counting = [removal for removal in leak.verdict.removals if removal.counts]
        if not counting or not all(self._is_idle(each.event.scope, frozenset()) for each in counting):
            return leak
        if not all(each.event.ref.entered == each.event.scope for each in counting):
            return leak
        expires = any(each.fault == _EXPIRY for each in leak.verdict.removals) and any(
            each.is_offered for each in leak.growing
        )
        if not (self._is_fed(leak) if self.phases.is_application else expires or self._grows_unasked(leak)):
            return leak
        removals = tuple(self._doubted(each) if each.counts else each for each in leak.verdict.removals)
        codes = (_EXPIRY if expires else "LK301", base_code(leak.container))
        return msgspec.structs.replace(leak, verdict=Verdict(NOT_ENOUGH, "", removals), codes=codes)

    def _doubted(self, removal: Removal) -> Removal:
        gid = removal.event.scope
        when = " while serving" if self._callers(gid) else ""
        reason = f"{self.program.scope(gid).name}() is never called{when}"
        return msgspec.structs.replace(removal, counts=False, reason=reason, fault="LK301")

    def _is_fed(self, leak: Leak) -> bool:
        """Whether something from outside reaches a growth whose keys have no end."""
        driven = [each for each in leak.growing if each.drive.domain >= Domain.IDENTITY]
        entries = [entry for each in driven for entry in self.reaches.entries_of(each.event.ref.entered)]
        return any(entry.framework != "python" for entry in entries)

    def _grows_unasked(self, leak: Leak) -> bool:
        """Whether a library has the object to itself, or keeps it and it grows in a method that another one calls."""
        if any(each.is_open for each in leak.growing) and self._is_kept_private(leak.container):
            counting = (each.event.scope for each in leak.verdict.removals if each.counts)
            return not any(self._callers(gid) for gid in counting)
        if leak.lifetime.span != PROCESS or leak.lifetime.proof != HELD:
            return False
        return any(self._is_hook(each.event.ref.entered) for each in leak.growing if each.is_open)

    def _is_kept_private(self, container: Container) -> bool:
        """Whether each object of the container's class is made here, for a private name that nothing gives away."""
        cls = container.holder.scope
        if container.holder.kind != "instance" or self.program.subclasses(cls) or len(self.program.mro(cls)) > _ALONE:
            return False
        sites = self.program.construction_sites(cls)
        sites = [edge for edge in sites if not self.phases.quiet(edge.caller)]
        return bool(sites) and all(self._is_private(edge) for edge in sites)

    def _is_private(self, edge: Edge) -> bool:
        """Whether the statement that makes an object binds it to a private attribute, which nothing returns."""
        module = self.program.module_of(edge.caller)
        binds = (use for use in module.facts.uses if (use.kind, use.op, use.row) == ("bind", "=", edge.row))
        names = [use.attr for use in binds if use.value.endswith(")") and use.scope + module.scope_base == edge.caller]
        if len(names) != 1 or not names[0].startswith("_") or names[0].startswith("__"):
            return False
        for scope in module.facts.scopes:
            read = {step[1] for step in scope.code if step[0] == _ATTR and step[3] == names[0]}
            if any(step[0] == _RETURN and step[1] in read for step in scope.code):
                return False
        return True

    def _is_hook(self, gid: int) -> bool:
        """Whether nothing in the project calls a method, which a class from elsewhere may declare."""
        scope, cls = self.program.scope(gid), self.program.class_of(gid)
        if cls is None or scope.name.startswith("_") or any(self._callers(gid)):
            return False
        return any(isinstance(base, str) and not base.startswith(_PLAIN_BASES) for base in self.program.mro(cls))

    def _callers(self, gid: int) -> set[int]:
        return {edge.caller for edge in self.program.edges_to(gid) if not self.phases.quiet(edge.caller)} - {gid}

    def _is_idle(self, gid: int, seen: frozenset[int]) -> bool:
        """Whether nothing calls a function while serving, by whatever name, or only what nothing calls."""
        scope = self.program.scope(gid)
        if gid in seen or self.phases.of(gid) == "shutdown" or self.phases.ends(gid):
            return True
        if scope.kind != "function" or scope.name.startswith("__") or scope.name in self._read:
            return False
        callers = self._callers(gid)
        if any(each.text not in _OF_A_CLASS for each in scope.decorators) or self.reaches.entries_of(gid):
            return False
        overridden = self._overridden(gid, not callers)
        return overridden is not None and all(self._is_idle(each, seen | {gid}) for each in callers | overridden)

    def _overridden(self, gid: int, from_elsewhere: bool) -> set[int] | None:
        """The methods of the project that a method overrides; None where a class `from_elsewhere` may call it."""
        cls = self.program.class_of(gid)
        if cls is None:
            return None if self.program.scope(gid).parent > 0 else set()
        name = self.program.scope(gid).name
        bases = [base for base in self.program.mro(cls) if base != cls]
        outside = [base for base in bases if isinstance(base, str) and not base.startswith(_UNINVOLVED)]
        if outside and from_elsewhere:
            return None
        slots = [self.program.members(base).get(name) for base in bases if isinstance(base, int)]
        values = [self.program.values(slot) for slot in slots if slot is not None]
        if not all(any(isinstance(each, FunctionValue) for each in found) for found in values):
            return None
        return {each.gid for found in values for each in found if isinstance(each, FunctionValue)} - {gid}

    @cached_property
    def _read(self) -> frozenset[str]:
        """The names that are read as attributes of what is not known, or handed on, in code that counts.

        What collections have as well is read of a collection, where nothing is known of what it is read of.
        """
        out: set[str] = set(self.phases.handed_on)
        for module in self.program.modules:
            if self.phases.quiet_file(module):
                continue
            steps = [step for step in module.instructions(_ATTR) if step[3] not in out and step[2] != NOWHERE]
            out.update([step[3] for step in steps if not self._is_known(step[3], step[2] + module.slot_base)])
        return frozenset(out)

    def _is_known(self, name: str, receiver: int) -> bool:
        return name in _OF_COLLECTIONS or bool(self.program.values(receiver))


__all__ = ["Uncalled"]
