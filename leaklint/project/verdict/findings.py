"""A judged leak in the words of a finding."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from leaklint.project.domains.domain import Domain
from leaklint.project.entries.reach import Reaches
from leaklint.project.linker.program import Program
from leaklint.project.storage.containers import Event
from leaklint.project.storage.lifetimes import ANSWERS, PARTS, PROCESS
from leaklint.project.verdict.bounds import Removal
from leaklint.project.verdict.growth import Growing
from leaklint.project.verdict.leaks import Leak
from leaklint.rule import Confidence, Evidence, Finding, Growth, Location, Place, Reach, Severity

NAMES = {
    "LK101": "growing-module-collection", "LK102": "growing-class-collection", "LK103": "growing-instance-collection",
    "LK104": "growing-hidden-collection", "LK105": "defaultdict-grows-on-read", "LK106": "lock-per-key",
    "LK107": "keys-outlive-windows", "LK108": "unbounded-queue", "LK109": "growing-in-endless-loop",
    "LK301": "eviction-never-called", "LK302": "eviction-only-at-shutdown", "LK303": "expiry-checked-on-read",
    "LK304": "removal-not-on-every-exit", "LK305": "removal-by-another-key", "LK306": "second-registry-not-cleaned",
    "LK307": "limit-without-enforcement", "LK308": "eviction-left-to-the-client", "LK404": "task-set-without-discard",
}  # fmt: skip

_ADDING = frozenset({"append", "appendleft", "extend", "insert", "put", "put_nowait", "write"})

_COLLECTING = frozenset({"append", "appendleft", "extend", "insert", "+="})

_BY_KEY = frozenset({"LK103", "LK105", "LK106", "LK107", "LK301"})
"""What nothing removes while serving: no removal shows that the collection was meant to stay small."""

_PER_KEY = frozenset({"LK106", "LK306"})
"""What is kept beside each key: a program whose keys are few has no need of that."""

_DECLARING = re.compile(r"_*(register|define|declare|install|mount|include)(_|[A-Z]|$)")
"""Functions that are given what a program is written with."""

MESSAGE_LIMIT = 160


class Findings:
    """Turns leaks into findings, with their evidence and the entry points that reach them."""

    def __init__(self, program: Program, reaches: Reaches) -> None:
        self.program = program
        self.reaches = reaches

    def of(self, leak: Leak, code: str) -> Finding:
        """The finding of one of the leak's codes."""
        first = leak.growing[0]
        reach = self.reach(leak)
        declared = leak.container.declared
        use = first.event.use
        anchors = {(each.event.module.path, each.event.use.row): each.event for each in reversed(leak.growing[1:])}
        ordered = sorted(anchors.values(), key=lambda event: event.place)
        return Finding(
            code=code,
            name=NAMES[code],
            message=self._message(leak, code),
            filename=first.event.module.path,
            location=Location(use.row, use.col),
            end_location=Location(use.end_row, use.end_col),
            symbol=leak.container.symbol,
            severity=self._severity(leak, reach),
            confidence=self._confidence(leak, reach),
            declared=Place(declared.module.path, declared.use.row) if declared is not None else None,
            growth=tuple(self._growths(leak)),
            cwe=(770, 400) if self._driven(leak) == Domain.CLIENT else (770, 401),
            evidence=tuple(self._evidence(leak)),
            endpoints=reach,
            anchors=tuple(
                (e.module.path, Location(e.use.row, e.use.col), Location(e.use.end_row, e.use.end_col)) for e in ordered
            ),
        )

    def reach(self, leak: Leak) -> tuple[Reach, ...]:
        """The entry points through which the container grows."""
        inner = {each.event.ref.entered: each.event.ref.calls[1:] for each in leak.growing}
        return self.reaches.of(inner, inner)

    def _growths(self, leak: Leak) -> Iterator[Growth]:
        seen = set()
        for each in leak.growing:
            event = each.event
            growth = Growth(event.module.path, event.use.row, self.program.name_of(event.scope))
            if growth not in seen:
                seen.add(growth)
                yield growth

    @staticmethod
    def _driven(leak: Leak) -> Domain:
        return max(each.drive.domain for each in leak.growing)

    def _severity(self, leak: Leak, reach: tuple[Reach, ...]) -> Severity:
        return "error" if self._driven(leak) == Domain.CLIENT else "warning"

    def _confidence(self, leak: Leak, reach: tuple[Reach, ...]) -> Confidence:
        """High where lifetime, growth and the absence of a bound are each proved; low where two are guessed."""
        driven = self._driven(leak)
        if driven == Domain.NAMED or self._may_be_used_once(leak):
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
        if lasts and not doubtful and firmly and (driven >= Domain.IDENTITY or self._accumulates(leak)):
            return "high"
        is_seen = leak.verdict.seen  # a rule found the fault on the tree
        return "medium" if lasts or is_reached or driven >= Domain.IDENTITY or is_seen or not doubtful else "low"

    def _may_be_used_once(self, leak: Leak) -> bool:
        """Whether nothing but its shape says that the object lasts, and what it holds may be that of a single use.

        A list to which an object only ever adds is what it was made to collect. In a library, which makes few of its
        objects itself, what an object owns tells little where no removal shows that something is to be kept small.
        """
        life = leak.lifetime
        if life.span == PROCESS or leak.verdict.seen or self._driven(leak) == Domain.CLIENT:
            return False
        if not leak.verdict.removals and all(each.event.use.op in _COLLECTING for each in leak.growing):
            return life.proof != ANSWERS or not self.reach(leak)
        in_library = life.proof == PARTS and not self.reaches.phases.is_application
        return in_library and leak.codes[0] in _BY_KEY

    def _tells(self, each: Growing) -> bool:
        """Whether a growth tells of no end, in code that is not a command's: commands run once."""
        return each.is_open and not self.reaches.phases.is_command(each.event.scope)

    def _registers(self, leak: Leak) -> bool:
        """Whether only functions that register something add to it: a program registers what it is written with."""
        return all(_DECLARING.match(self.program.scope(each.event.scope).name) for each in leak.growing)

    def _is_reached(self, leak: Leak) -> bool:
        """Whether something comes in from outside on the way to a growth: threads and timers bring nothing along."""
        entries = (entry for each in leak.growing for entry in self.reaches.entries_of(each.event.ref.entered))
        return any(entry.framework != "python" or entry.rhythm == "item" for entry in entries)

    @staticmethod
    def _accumulates(leak: Leak) -> bool:
        """Whether every growth adds an element, whatever is there already."""
        return all(each.event.use.op in _ADDING for each in leak.growing)

    # Words.

    def _message(self, leak: Leak, code: str) -> str:
        first = leak.growing[0]
        name = leak.container.holder.name if leak.container.holder.kind != "foreign" else leak.container.symbol
        where = self.program.scope(first.event.scope).name or "the module"
        parts = [f"{name} grows in {where}()", self._fate(leak, code)]
        drive = max((each.drive for each in leak.growing), default=first.drive)
        if drive.domain >= Domain.IDENTITY and drive.text:
            parts.append(f"key ← {drive.text}")
        message = "; ".join(part for part in parts if part)
        return message if len(message) <= MESSAGE_LIMIT else message[: MESSAGE_LIMIT - 1] + "…"

    @staticmethod
    def _fate(leak: Leak, code: str) -> str:
        if code == "LK105":
            return "reading a missing key inserts it and nothing removes it"
        if code == "LK106":
            return "a lock or client is kept per key and never dropped"
        faults = [removal for removal in leak.verdict.removals if removal.fault == code]
        if faults:
            return faults[0].reason
        if dict(leak.words).get(code):
            return dict(leak.words)[code]
        if leak.verdict.removals:
            return leak.verdict.removals[0].reason
        return "nothing removes entries"

    def _evidence(self, leak: Leak) -> Iterator[Evidence]:
        lifetime = leak.lifetime
        if lifetime.filename:
            yield Evidence("lifetime", lifetime.filename, lifetime.row, lifetime.reason)
        for each in leak.growing[:5]:
            yield self._grown(each)
        for each in leak.growing[:3]:
            if each.drive.domain >= Domain.IDENTITY and each.drive.text:
                yield Evidence("key", each.event.module.path, each.event.use.row, f"key ← {each.drive.text}")
        for _, words in leak.words:
            yield Evidence("bound", leak.growing[0].event.module.path, leak.growing[0].event.use.row, words)
        yield from self._removals(leak.verdict.removals)

    def _grown(self, each: Growing) -> Evidence:
        event = each.event
        function = self.program.name_of(event.scope)
        what = "reading inserts" if event.use.kind == "read" else f"{event.use.op}"
        axis = " into an element" if each.axis else ""
        return Evidence("growth", event.module.path, event.use.row, f"{what}{axis} in {function}")

    @staticmethod
    def _removals(removals: Iterable[Removal]) -> Iterator[Evidence]:
        for removal in removals:
            event: Event = removal.event
            yield Evidence("removal", event.module.path, event.use.row, removal.reason)
