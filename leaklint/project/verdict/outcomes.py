"""Work that is told of by hooks: `on_tool_start` adds, `on_tool_end` removes, and `on_tool_error` forgets to.

Whoever calls the hooks calls one of the last two, so that what failed stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from leaklint.project.linker.program import Program
from leaklint.project.storage.containers import Container, Event
from leaklint.project.verdict.growth import Growing

_START = re.compile(r"on_(\w+)_start$")
_END = re.compile(r"on_(\w+)_(end|finish|success|complete|completed)$")

_HOST = re.compile(r"\.\w*CallbackHandler$")
"""Bases of which a host calls the hooks for errors, whether or not a class defines them."""

_DEPTH = 3
"""So many calls lie at most between a hook and what it does."""


class Outcomes:
    """Looks for starts of which only the good end is told."""

    def __init__(self, program: Program) -> None:
        self.program = program

    def failing(self, container: Container, growing: Iterable[Growing], removals: Iterable[Event]) -> str:
        """The hook that leaves an entry, '' where there is none or where something else removes as well."""
        if container.holder.kind != "instance":
            return ""
        ends: set[str] = set()
        for event in removals:
            hooks = self._hooks(event.scope, _DEPTH, frozenset())
            if not hooks or not all(_END.match(name) or name.endswith("_error") for name in hooks):
                return ""
            ends |= hooks
        good = {found[1] for found in map(_END.match, ends) if found is not None}
        for each in growing:
            for name in sorted(self._hooks(each.event.scope, _DEPTH, frozenset())):
                found = _START.match(name)
                if found is None or found[1] not in good or f"on_{found[1]}_error" in ends:
                    continue
                if self._is_told(container.holder.scope, f"on_{found[1]}_error"):
                    return f"on_{found[1]}_error"
        return ""

    def _is_told(self, cls: int, hook: str) -> bool:
        """Whether a hook is called: the class defines it, or derives from what a host calls back."""
        order = self.program.mro(cls)
        return any(
            hook in self.program.members(base) if isinstance(base, int) else _HOST.search(f".{base}") for base in order
        )

    def _hooks(self, function: int, depth: int, seen: frozenset[int]) -> set[str]:
        """The names of the hooks that lead to a function, and of whatever else nothing calls."""
        name = self.program.scope(function).name
        callers = {edge.caller for edge in self.program.edges_to(function) if edge.how != "name"} - seen - {function}
        if name.startswith("on_") or not callers or depth == 0:
            return {name}
        return {each for caller in callers for each in self._hooks(caller, depth - 1, seen | {function})}


__all__ = ["Outcomes"]
