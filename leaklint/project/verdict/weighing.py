"""A second opinion on removals: what the facts doubt goes to the rule that owns the doubt, which looks at the tree.

The facts name the suspects, over-generously where a tree decides. Only the functions of suspects are parsed.
A rule that can't judge, because the code can't be parsed, leaves the facts' word as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property

import msgspec

from leaklint.project.linker.program import Program
from leaklint.project.storage.containers import Container, Event
from leaklint.project.storage.holders import Holders
from leaklint.project.storage.phases import Phases
from leaklint.project.verdict.bounds import EVICTED, NOT_ENOUGH, Removal, Verdict
from leaklint.project.verdict.growth import Growing
from leaklint.project.verdict.nominations import Nomination, Nominations
from leaklint.rule import Spot, Suspect

Weigher = Callable[[Suspect], "str | None"]
"""Says why the removals of a suspect are not enough, '' where they are, None where the code can't be judged."""

DEPTH = 3
"""How many calls lead at most from a line to the removal that it stands for."""


class Weighing:
    """Asks the rules; `weighers` are called for at the first suspect."""

    def __init__(
        self, program: Program, phases: Phases, holders: Holders, weighers: Callable[[], Mapping[str, Weigher]]
    ) -> None:
        self.program = program
        self.phases = phases
        self.nominations = Nominations(program, holders)
        self._load = weighers

    @cached_property
    def _weighers(self) -> Mapping[str, Weigher]:
        return self._load()

    def verdict(self, container: Container, growing: list[Growing], verdict: Verdict) -> tuple[Verdict, list[Growing]]:
        """The verdict after the rules have looked, and the growths that it speaks of."""
        removals = tuple(self._reconsidered(container, growing, verdict))
        if any(removal.counts for removal in removals):
            verdict = Verdict(EVICTED, verdict.reason or _first(removals), removals)
        elif removals:
            seen = any(each.seen for each in removals)  # then that is the fault, the others are evidence
            shown = (each if each.seen or not seen else msgspec.structs.replace(each, fault="") for each in removals)
            verdict = msgspec.structs.replace(verdict, removals=tuple(shown), seen=seen)
        if verdict.kind != EVICTED or not any(removal.counts for removal in removals):
            return verdict, growing
        for nomination in self.nominations.of(container, growing, removals):
            reason = self._ask(container, nomination)
            if reason:
                doubted = tuple(_doubted(each, nomination, reason) for each in removals)
                left = [each for each in growing if each.event is nomination.growth]
                return Verdict(NOT_ENOUGH, "", doubted, seen=True), left
        return verdict, growing

    def said(
        self, code: str, container: Container, growing: Sequence[Growing], removals: tuple[Event, ...] = ()
    ) -> str | None:
        """What the rule says of a fault that no removal of the container has: '' where no growth shows it.

        None where the rule can't judge. `removals` are what takes from the container's elements.
        """
        answers = [self._ask(container, Nomination(code, "", each.event, removals)) for each in growing]
        return next((each for each in answers if each), None if None in answers else "")

    def beside(self, container: Container, growth: Event, other: Event) -> str | None:
        """What the rule says of a growth beside that of another container: '' where they are not filled together."""
        return self._ask(container, Nomination("LK306", "", growth, (other,)))

    def _reconsidered(self, container: Container, growing: list[Growing], verdict: Verdict) -> Iterator[Removal]:
        """The removals again, those that a rule doubts on the facts' word looked at on the tree."""
        if verdict.kind != NOT_ENOUGH:
            yield from verdict.removals
            return
        for removal in verdict.removals:
            cause = removal.cause
            if not cause or removal.fault not in self._weighers:
                yield removal
                continue
            growth = next((each.event for each in growing if each.event.scope == removal.event.scope), growing[0].event)
            reason = self._ask(container, Nomination(removal.fault, cause, growth, (removal.event,)))
            if reason is None:
                yield removal
            elif reason:
                yield msgspec.structs.replace(removal, reason=reason, seen=True)
            else:
                yield Removal(removal.event, True, removal.words)

    def _ask(self, container: Container, asked: Nomination) -> str | None:
        weigher = self._weighers.get(asked.code)
        if weigher is None:
            return None
        looked_at = asked.at or asked.growth
        cleaning = tuple(sorted(self._cleaning(container, looked_at.scope)))
        removals = asked.removals if asked.at_removal is None else (asked.at_removal,)
        spots = tuple(_spot(event) for event in removals)
        suspect = Suspect(
            asked.code, asked.cause, container.holder.name, _spot(looked_at), spots, cleaning, asked.about
        )
        return weigher(suspect)

    def _cleaning(self, container: Container, function: int) -> set[int]:
        """The lines of a function that remove from the container, or call what does."""
        removing = {event.scope for event in container.shrinks if not self.phases.quiet(event.scope)}
        rows = {event.use.row for event in container.shrinks if event.scope == function}
        for edge in self.program.edges_from(function):
            if isinstance(edge.callee, int) and self._leads(edge.callee, removing, DEPTH):
                rows.add(edge.row)
        return rows

    def _leads(self, function: int, removing: set[int], depth: int) -> bool:
        if function in removing:
            return True
        return depth > 1 and any(
            isinstance(edge.callee, int) and edge.how != "name" and self._leads(edge.callee, removing, depth - 1)
            for edge in self.program.edges_from(function)
        )


def _first(removals: Iterable[Removal]) -> str:
    return next(removal.reason for removal in removals if removal.counts)


def _doubted(removal: Removal, nomination: Nomination, reason: str) -> Removal:
    if not removal.counts:
        return msgspec.structs.replace(removal, fault="")
    if removal.event not in nomination.removals:
        return msgspec.structs.replace(removal, counts=False, reason="it is about other entries")
    return msgspec.structs.replace(removal, counts=False, reason=reason, fault=nomination.code, seen=True)


def _spot(event: Event) -> Spot:
    use = event.use
    return Spot(event.scope, event.module.path, use.row, use.op, use.key, use.value, use.block)
