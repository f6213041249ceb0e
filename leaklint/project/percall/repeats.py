"""Whether a function runs again and again, apart from the calls that set the program up."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from leaklint.project.caches.judge import caches_of
from leaklint.project.linker.program import Edge
from leaklint.project.percall.external_calls import ONCE_KINDS, external_calls
from leaklint.project.storage.containers import INITIALISERS
from leaklint.project.storage.phases import STARTUP_NAME

if TYPE_CHECKING:
    from leaklint.project.facade import Project

ONCE_NAME = re.compile(
    r"(?!__)_*(start|boot|(on_|before_|after_)?(start|init|boot|load|ready)|basic_?config|(set|enable|use|activate|attach|add)_?"
    r"\w*(log|debug|trace|verbos|handler|filter|excepthook|hook)|log_?[tT]o_?[A-Za-z]+$)"
)
"""Functions that a program calls once to set itself up; the phases know the rest of such names."""


class Repeats:
    """Follows calls back from a function to what makes it run."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.program = project.program
        self.phases = project.phases
        self.of = cache(self._of)

    def sets_up(self, scope: int) -> bool:
        """Whether a function bears a name of what sets a program up, and no entry point that runs often calls it."""
        name = self.program.scope(scope).name
        if not (ONCE_NAME.match(name) or STARTUP_NAME.match(name)) or self.is_driven(scope):
            return False
        return not any(self.is_driven(edge.caller) for edge in self._edges(scope))

    def is_driven(self, scope: int) -> bool:
        """Whether the function is itself an entry point that something outside runs again and again."""
        entries = self.project.reaches.entries.get(scope, ())
        return any(entry.kind not in ONCE_KINDS for entry in entries)

    def _of(self, scope: int) -> bool:
        """Whether a chain of calls leads to the function from an entry point or a user's code, and none sets up."""
        seen, waiting = {scope}, [scope]
        while waiting:
            here = waiting.pop()
            if not self.phases.runs(here) or self.sets_up(here):
                continue
            callers = self._callers(here)
            if callers is None:
                return True
            waiting += [caller for caller in callers if caller not in seen]
            seen.update(callers)
        return False

    def _callers(self, scope: int) -> list[int] | None:
        """Who calls the function more than once; None where it is known to run again and again."""
        if self.is_driven(scope):
            return None
        owner = self.program.class_of(scope)
        if owner is not None and self.program.scope(scope).name in INITIALISERS:
            return self._makers(owner)
        edges = list(self._edges(scope))
        if not edges:
            return [] if self.phases.is_application else None
        return [edge.caller for edge in edges if not external_calls(self.project).happens_once(edge)]

    def _makers(self, cls: int) -> list[int] | None:
        """Who makes instances: of a library's public class its users do, unless there are few of it."""
        caches = caches_of(self.project)
        if caches.has_few_instances(cls, startup=self.phases.is_application):
            return []
        if not self.phases.is_application:
            return None
        return [edge.caller for edge in caches.constructions(cls) if not caches.is_made_once(edge)]

    def _edges(self, scope: int) -> Iterator[Edge]:
        for edge in self.program.edges_to(scope):
            if edge.caller != scope and edge.how != "name" and not self.phases.quiet(edge.caller):
                yield edge


def repeats(project: Project) -> Repeats:
    """The answers for a project, found once."""
    return project.once(Repeats)
