"""What takes back what a function does, by its name: `subscribe()` and `unsubscribe()`.

Who offers both says that what is added comes and goes. Where the second takes nothing out of a collection that the
first adds to, what has gone stays there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from leaklint.facts import Op
from leaklint.project.linker.program import Program
from leaklint.project.storage.containers import INITIALISERS, Container, Event
from leaklint.project.storage.phases import Phases

_OPPOSITES = {
    "subscribe": ("unsubscribe",), "register": ("unregister", "deregister"), "add": ("remove", "delete", "discard"),
    "attach": ("detach",), "connect": ("disconnect",), "join": ("leave",), "watch": ("unwatch",), "track": ("untrack",),
    "observe": ("unobserve",), "listen": ("unlisten",), "follow": ("unfollow",), "login": ("logout",),
    "acquire": ("release",), "create": ("delete", "remove", "destroy"), "insert": ("delete", "remove"),
}  # fmt: skip

_VERB = re.compile(rf"(_*(?:\w+_)?)({'|'.join(_OPPOSITES)})((?![a-z])\w*)$")

_COLLECTING = frozenset({"append", "appendleft", "extend", "insert"})

_STEPS = 2
"""So many calls lie at most between the function that is called and what adds for it."""

_TAKING_IN = re.compile(r"_*(\w+_)?(subscribe|register|attach|watch|track|observe|listen|follow|join)(?![a-z])")
"""Of these what they call is a part; others do much besides."""

_ATTR, _CALL, _RAISE = int(Op.ATTR), int(Op.CALL), int(Op.RAISE)


class Counterparts:
    """Looks beside the functions that add for those that take back."""

    def __init__(self, program: Program, phases: Phases) -> None:
        self.program = program
        self.phases = phases

    def forgetful(self, container: Container, event: Event) -> str:
        """The function that takes back what leads to a growth and leaves the container as it is, '' where none is."""
        if any(not self.phases.quiet(each.scope) for each in container.shrinks):
            return ""
        if any(self.program.scope(each.scope).name not in INITIALISERS for each in container.binds if each.use.attr):
            return ""
        for gid in self._leading(event.scope, _STEPS):
            name = self.program.scope(gid).name
            found = _VERB.match(name) if gid == event.scope or _TAKING_IN.match(name) else None
            for verb in _OPPOSITES[found[2]] if found is not None else ():
                name = f"{found[1]}{verb}{found[3]}" if found is not None else ""
                if any(self._takes_back(each, container, event) for each in self._beside(gid, name)):
                    return name
        return ""

    def _leading(self, gid: int, steps: int) -> Iterator[int]:
        """A function and those of the same class or module that call it."""
        yield gid
        for edge in self.program.edges_to(gid) if steps else ():
            if edge.how != "name" and edge.caller != gid and self._home(edge.caller) == self._home(gid):
                yield from self._leading(edge.caller, steps - 1)

    def _home(self, gid: int) -> int:
        cls = self.program.class_of(gid)
        return cls if cls is not None else self.program.module_of(gid).scope_base

    def _beside(self, gid: int, name: str) -> Iterator[int]:
        """The functions of a name in the same class and its bases, or in the same module."""
        cls = self.program.class_of(gid)
        homes = self.program.mro(cls) if cls is not None else (self.program.module_of(gid).scope_base,)
        for home in homes:
            if not isinstance(home, int):
                continue
            module = self.program.module_of(home)
            for number, scope in enumerate(module.facts.scopes):
                if scope.kind == "function" and scope.name == name and scope.parent + module.scope_base == home:
                    yield module.scope_base + number

    def _takes_back(self, gid: int, container: Container, event: Event) -> bool:
        """Whether a function is told of what to take back and does something about it, but for the container.

        Of entries under keys it is told the key, by the same name.
        """
        scope = self.program.scope(gid)
        if event.use.op not in _COLLECTING and event.use.key not in {each.name for each in scope.params}:
            return False
        if any(each.scope == gid for each in (*container.grows, *container.reads)):
            return False
        if any(step[0] == _ATTR and step[3] == container.holder.name for step in scope.code):
            return False
        told = [each for each in scope.params[self.program.class_of(gid) is not None :] if each.is_required]
        acts = any(step[0] == _CALL for step in scope.code) and not any(step[0] == _RAISE for step in scope.code[:4])
        return bool(told) and acts and not self.phases.quiet(gid)


__all__ = ["Counterparts"]
