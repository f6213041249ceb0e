"""A judged leak in the words of a finding."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from leaklint.project.domains.domain import Domain
from leaklint.project.entries.reach import Reaches
from leaklint.project.linker.program import Program
from leaklint.project.storage.containers import Event
from leaklint.project.verdict.bounds import Removal
from leaklint.project.verdict.confidence import Confidences, driven
from leaklint.project.verdict.growth import Growing
from leaklint.project.verdict.leaks import Leak
from leaklint.rule import Evidence, Finding, Growth, Location, Place, Reach, shortened

NAMES = {
    "LK101": "growing-module-collection", "LK102": "growing-class-collection", "LK103": "growing-instance-collection",
    "LK104": "growing-hidden-collection", "LK105": "defaultdict-grows-on-read", "LK106": "lock-per-key",
    "LK107": "keys-outlive-windows", "LK108": "unbounded-queue", "LK109": "growing-in-endless-loop",
    "LK301": "eviction-never-called", "LK302": "eviction-only-at-shutdown", "LK303": "expiry-checked-on-read",
    "LK304": "removal-not-on-every-exit", "LK305": "removal-by-another-key", "LK306": "second-registry-not-cleaned",
    "LK307": "limit-without-enforcement", "LK308": "eviction-left-to-the-client", "LK404": "task-set-without-discard",
}  # fmt: skip


class Findings:
    """Turns leaks into findings, with their evidence and the entry points that reach them."""

    def __init__(self, program: Program, reaches: Reaches) -> None:
        self.program = program
        self.reaches = reaches
        self.confidences = Confidences(program, reaches)

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
            severity="error" if driven(leak) == Domain.CLIENT else "warning",
            confidence=self.confidences.of(leak, reach),
            declared=Place(declared.module.path, declared.use.row) if declared is not None else None,
            growth=tuple(self._growths(leak)),
            cwe=(770, 400) if driven(leak) == Domain.CLIENT else (770, 401),
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

    # Words.

    def _message(self, leak: Leak, code: str) -> str:
        first = leak.growing[0]
        name = leak.container.holder.name if leak.container.holder.kind != "foreign" else leak.container.symbol
        where = self.program.scope(first.event.scope).name or "the module"
        parts = [f"{name} grows in {where}()", self._fate(leak, code)]
        drive = max((each.drive for each in leak.growing), default=first.drive)
        if drive.domain >= Domain.IDENTITY and drive.text:
            parts.append(f"key ← {drive.text}")
        return shortened("; ".join(part for part in parts if part))

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
        left_by = next((each.left_by for each in leak.growing if each.left_by), "")
        return f"{left_by}() takes nothing out" if left_by else "nothing removes entries"

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
