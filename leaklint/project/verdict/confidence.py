"""How sure a finding is: what proves that its container lasts, grows without end, and is not kept small."""

from __future__ import annotations

import re

from leaklint.facts import NOWHERE
from leaklint.project.domains.domain import Domain
from leaklint.project.domains.words import LIKELY_FINITE
from leaklint.project.entries.reach import Reaches
from leaklint.project.linker.program import Program
from leaklint.project.storage.lifetimes import ANSWERS, DEALS, PARTS, PROCESS, SAMPLE, SERVED, WITHIN
from leaklint.project.verdict.growth import Growing
from leaklint.project.verdict.leaks import Leak
from leaklint.rule import Confidence, Reach

_ADDING = frozenset({"append", "appendleft", "extend", "insert", "put", "put_nowait", "write"})
"""What makes a collection longer whatever it holds."""

_COLLECTING = frozenset({"append", "appendleft", "extend", "insert", "+="})
"""What adds to a list."""

_BY_KEY = frozenset({"LK103", "LK105", "LK106", "LK107", "LK301"})
"""What nothing removes while serving: no removal shows that the collection was meant to stay small."""

_PER_KEY = frozenset({"LK106", "LK306"})
"""What is kept beside each key: a program whose keys are few has no need of that."""

_PARAMETER = re.compile(r"(?:path )?parameter (\w+)")
_LAST = re.compile(r"(\w+)\W*$")
"""The word by which a client tells something: a parameter's name, or the last one of an expression."""

_DECLARING = re.compile(
    r"_*(register|define|declare|install|mount|include|(set|add)_(default|global|shared))(_|[A-Z]|$)"
)
"""Functions that are given what a program is written with."""

_SERVED_STEPS = 5
"""So many calls lie at most between an object that is called and what it fills."""

_NEAR = 4
"""So many functions lie at most on a chain that proves by itself that a list grows: each more may come but once."""

_COMING_IN = frozenset({"request", "message", "connection", "item"})


def driven(leak: Leak) -> Domain:
    """The widest domain of the keys and elements that make a container grow."""
    return max(each.drive.domain for each in leak.growing)


class Confidences:
    """Weighs the proofs of leaks; docs/confidence.md tells users the same."""

    def __init__(self, program: Program, reaches: Reaches) -> None:
        self.program = program
        self.reaches = reaches

    def of(self, leak: Leak, reach: tuple[Reach, ...]) -> Confidence:
        """High where lifetime, growth and the absence of a bound are each proved; low where two are guessed."""
        domain = driven(leak)
        if domain == Domain.NAMED or self._may_be_used_once(leak, bool(reach)) or self._put_together(leak, bool(reach)):
            return "low"
        lasts = leak.lifetime.span == PROCESS
        is_reached = bool(reach) and self.reaches.firmly(each.event.ref.entered for each in leak.growing)
        from_outside = self._is_reached(leak)
        about = [each for each in leak.growing if each.axis == 0] if "LK107" in leak.codes else leak.growing
        told = leak.verdict.seen or any(self._tells(each) for each in about)
        offered = any(each.is_offered for each in about) and not self._registers(leak)
        asks = self.reaches.phases.is_application or not lasts or not offered
        if asks and not told and not (from_outside and _PER_KEY.intersection(leak.codes)):
            return "low"
        doubtful = {removal.fault for removal in leak.verdict.removals} - {"", "LK301", "LK302"}
        firmly = is_reached and from_outside
        is_near = any(len(each.chain) <= _NEAR for each in reach)
        proved = any(self._has_no_end(each) for each in leak.growing) or (
            is_near and self._accumulates(leak) and not leak.verdict.removals
        )
        if lasts and not doubtful and firmly and proved:
            return "high"
        is_seen = leak.verdict.seen  # a rule found the fault on the tree
        return "medium" if lasts or is_reached or domain >= Domain.IDENTITY or is_seen or not doubtful else "low"

    def _may_be_used_once(self, leak: Leak, is_reached: bool) -> bool:
        """Whether nothing but its shape says that the object lasts, and what it holds may be that of a single use.

        A list to which an object only ever adds is what it was made to collect. In a library, which makes few of its
        objects itself, what an object owns tells little where no removal shows that something is to be kept small, and
        an object in a variable of a module little of the others.
        """
        life = leak.lifetime
        if life.loop != NOWHERE and leak.codes[0] == "LK304" and driven(leak) < Domain.IDENTITY:
            return True  # what an error leaves goes with the loop, and the key may come again
        if leak.verdict.seen or driven(leak) == Domain.CLIENT or "LK404" in leak.codes:
            return False  # what is done is of no use to anybody
        in_library = not self.reaches.phases.is_application
        if life.span == PROCESS:
            return in_library and life.proof == SAMPLE and driven(leak) < Domain.IDENTITY
        if any(each.left_by for each in leak.growing):
            return False  # what it collects is taken back, and left there
        if not leak.verdict.removals and all(each.event.use.op in _COLLECTING for each in leak.growing):
            return life.proof != DEALS and (life.proof != ANSWERS or not is_reached)
        return in_library and life.proof == PARTS and leak.codes[0] in _BY_KEY

    def _put_together(self, leak: Leak, is_reached: bool) -> bool:
        """Whether it may hold what a program is put together from: nothing that comes in leads to it.

        In an application an entry point is where things come from; a library's callers are not there to be seen. Of
        what is held by an object that a framework calls, and only by it, the framework would be seen to drive it. What
        a server calls is called by its `__call__`.
        """
        phases = self.reaches.phases
        late = [each for each in leak.verdict.removals if phases.of(each.event.scope) not in ("import", "startup")]
        if is_reached or leak.verdict.seen or late:
            return False
        if driven(leak) >= Domain.IDENTITY:
            return False
        if leak.lifetime.proof == SERVED:
            return not any(self._is_served(each.event.ref.entered, _SERVED_STEPS) for each in leak.growing)
        collects = all(each.event.use.op in _COLLECTING for each in leak.growing)
        return leak.lifetime.proof == WITHIN or (collects and phases.is_application)

    def _is_served(self, gid: int, steps: int) -> bool:
        """Whether a call of an object leads to a function."""
        if self.program.scope(gid).name == "__call__":
            return True
        callers = {edge.caller for edge in self.program.edges_to(gid) if edge.how != "name" and edge.caller != gid}
        return steps > 0 and any(self._is_served(caller, steps - 1) for caller in sorted(callers))

    def _tells(self, each: Growing) -> bool:
        """Whether a growth tells of no end, in code that is not a command's: commands run once."""
        return each.is_open and not self.reaches.phases.is_command(each.event.scope)

    @staticmethod
    def _has_no_end(each: Growing) -> bool:
        """Whether keys are proved to have no end; what a client tells by a word for few things is one of these."""
        if each.drive.domain != Domain.CLIENT:
            return each.drive.domain > Domain.CLIENT or each.drive.domain == Domain.IDENTITY
        word = _PARAMETER.match(each.drive.text) or _LAST.search(each.drive.text)
        return word is None or not LIKELY_FINITE.match(word[1])

    def _registers(self, leak: Leak) -> bool:
        """Whether only functions that register something add to it: a program registers what it is written with."""
        return all(_DECLARING.match(self.program.scope(each.event.scope).name) for each in leak.growing)

    def _is_reached(self, leak: Leak) -> bool:
        """Whether something comes in from outside on the way to a growth: threads and timers bring nothing along."""
        entries = (entry for each in leak.growing for entry in self.reaches.entries_of(each.event.ref.entered))
        return any(entry.framework != "python" or entry.rhythm in _COMING_IN for entry in entries)

    @staticmethod
    def _accumulates(leak: Leak) -> bool:
        """Whether every growth adds an element, whatever is there already."""
        return all(each.event.use.op in _ADDING for each in leak.growing)
