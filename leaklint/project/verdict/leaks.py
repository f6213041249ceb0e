"""The verdict on every container: how long it lives, what makes it grow, what keeps it small.

A leak is the conjunction: its owner outlives the rhythm at which it grows, nothing bounds it, and
its keys are not finite.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from leaklint.facts import NOWHERE, Op
from leaklint.project.domains.drives import Domain
from leaklint.project.linker.program import ExternalInstance, FunctionValue, Program
from leaklint.project.storage.appstate import OWNERS
from leaklint.project.storage.containers import Container, Event
from leaklint.project.storage.driven import fed_by, holds_references
from leaklint.project.storage.holders import Holder
from leaklint.project.storage.lifetimes import (
    DEALS,
    LASTING,
    LONG,
    NO_PROOF,
    PARTS,
    PROCESS,
    STRUCTURE,
    Lifetime,
    Lifetimes,
)
from leaklint.project.storage.lifetimes import UNKNOWN as UNKNOWN_SPAN
from leaklint.project.storage.phases import ENDING_NAME, Phases
from leaklint.project.verdict import faults
from leaklint.project.verdict.bounds import BOUNDED, EVICTED, GROWS, NOT_ENOUGH, STATIC, Bounds, Verdict
from leaklint.project.verdict.growth import Growing, Growths
from leaklint.project.verdict.weak_keys import under_lasting_keys
from leaklint.project.verdict.weighing import Weighing

_SYNCHRONISERS = re.compile(
    r"Lock|RLock|Semaphore|BoundedSemaphore|Event|Condition|Barrier|CapacityLimiter|ReadWriteLock|RWLock|allocate_lock"
    r"|\w*Client|ClientSession|create_engine|create_async_engine|insecure_channel|secure_channel|ConnectionPool"
)
"""What is made once for a key and then kept: locks and clients."""

_RETURN = int(Op.RETURN)

_BY_KEY = frozenset({"[]=", "setdefault", "add"})

_TASKS = re.compile(
    r"create_task|ensure_future|submit|run_coroutine_threadsafe|run_in_executor|Task|Thread|Timer|Process"
)

_BASE_CODES = {
    "module": "LK101", "foreign": "LK101", "class": "LK102", "instance": "LK103", "function": "LK104",
    "default": "LK104", "closure": "LK104",
}  # fmt: skip


class Leak(msgspec.Struct, frozen=True):
    """A judged container. `codes` are the rules that speak of it, the most specific first; empty where none does.

    `words` is what rules saw on the tree where no removal is at fault, by code.
    """

    container: Container
    lifetime: Lifetime
    verdict: Verdict
    growing: tuple[Growing, ...] = ()
    codes: tuple[str, ...] = ()
    words: tuple[tuple[str, str], ...] = ()


class Judge:
    """Judges containers; each part of the judgement is another object's business."""

    def __init__(
        self,
        program: Program,
        phases: Phases,
        lifetimes: Lifetimes,
        growths: Growths,
        bounds: Bounds,
        weighing: Weighing,
    ) -> None:
        self.program = program
        self.phases = phases
        self.lifetimes = lifetimes
        self.growths = growths
        self.bounds = bounds
        self.weighing = weighing

    def judge(self, container: Container) -> Leak | None:
        """The verdict on a container; None where it does not live longer than a call."""
        lifetime = self._fed(container, self.lifetime(container))
        if lifetime.span == UNKNOWN_SPAN:
            lifetime = self._emptied_at_its_end(container)
        if lifetime.span not in LASTING:
            return None
        growing, reason = self.growths.of(container)
        if container.bound:
            growing = under_lasting_keys(container, growing, self.growths.domains.holders)
            if not growing:
                return Leak(container, lifetime, Verdict(BOUNDED, container.bound))
        if not growing:
            return Leak(container, lifetime, Verdict(STATIC, reason))
        verdict, growing = self.weighing.verdict(container, growing, self.bounds.verdict(container, growing))
        if verdict.kind in (BOUNDED, EVICTED):
            return Leak(container, lifetime, verdict, tuple(growing))
        words: dict[str, str] = {}
        codes = tuple(self._codes(container, growing, verdict, words))
        shown = sorted(growing, key=lambda each: each.drive.domain == Domain.NAMED)  # what has an end explains nothing
        return Leak(container, lifetime, verdict, tuple(shown), codes, tuple(words.items()))

    def _fed(self, container: Container, lifetime: Lifetime) -> Lifetime:
        """The proof by a loop of the object's own, where that is what adds and nothing proves more by itself."""
        if container.holder.kind != "instance" or lifetime.proof not in (DEALS, STRUCTURE, PARTS):
            return lifetime
        for looped in self.lifetimes.loops(container.holder.scope):
            if fed_by(self.program, looped.loop, container):
                return looped
        return NO_PROOF if lifetime.loop != NOWHERE else lifetime

    def _emptied_at_its_end(self, container: Container) -> Lifetime:
        """An object that empties its container when it is closed lives from many growths to one end."""
        for event in container.shrinks if container.holder.kind == "instance" else ():
            scope = self.program.scope(event.scope)
            if ENDING_NAME.match(scope.name) and self.program.class_of(event.scope) == container.holder.scope:
                name = self.program.scope(container.holder.scope).name
                return Lifetime(LONG, f"{name} lives until {scope.name}()", event.module.path, scope.row)
        if container.holder.kind != "instance":
            return NO_PROOF
        referring = holds_references(container)
        if referring is None:
            return self._numbering(container)
        words = "it keeps weak references and so outlives what they refer to"
        return Lifetime(LONG, words, referring.module.path, referring.use.row, DEALS)

    def _numbering(self, container: Container) -> Lifetime:
        """An object that gives each thing it keeps a new name deals with one after the other until it is closed."""
        cls = container.holder.scope
        end = self.lifetimes.ending(cls)
        for each in self.growths.of(container)[0] if end else ():
            if each.axis == 0 and each.drive.domain == Domain.IDENTITY and each.event.use.op in _BY_KEY:
                name, use = self.program.scope(cls).name, each.event.use
                words = f"{name} numbers what it keeps until {end}()"
                return Lifetime(LONG, words, each.event.module.path, use.row, STRUCTURE)
        return NO_PROOF

    def local(self, container: Container) -> Leak | None:
        """The verdict on a local collection of an endless loop."""
        growing, _ = self.growths.of(container)
        if container.bound or not growing:
            return None
        scope = self.program.scope(container.holder.scope)
        path = container.grows[0].module.path
        lifetime = Lifetime(PROCESS, f"the loop in {scope.name} never ends", path, scope.row)
        return Leak(container, lifetime, Verdict(GROWS), tuple(growing), ("LK109",))

    def lifetime(self, container: Container) -> Lifetime:
        """How long the holder lives."""
        holder = container.holder
        declared = container.declared
        filename = declared.module.path if declared is not None else ""
        row = declared.use.row if declared is not None else 0
        if holder.kind == "module":
            return Lifetime(PROCESS, "module-level, it lives as long as the process", filename, row)
        if holder.kind == "foreign":
            return Lifetime(PROCESS, f"{holder.symbol} lives as long as the process", filename, row)
        if holder.kind == "class":
            if self.program.is_local(holder.scope):
                return Lifetime("unknown")
            return Lifetime(PROCESS, "a class attribute, shared by every instance", filename, row)
        if holder.kind == "instance":
            return self.lifetimes.of(holder.scope)
        return self._hidden(container, filename, row)

    def _hidden(self, container: Container, filename: str, row: int) -> Lifetime:
        holder = container.holder
        if holder.kind in ("function", "default"):
            if self.program.is_local(holder.scope):
                return self._of_local(holder, filename, row)
            words = "an attribute of the function" if holder.kind == "function" else "the default is made once"
            scope = self.program.scope(holder.scope)
            return Lifetime(PROCESS, words, filename or self.program.module_of(holder.scope).path, row or scope.row)
        if holder.kind == "closure" and self.phases.of(holder.scope) in ("import", "startup"):
            if any(self._escapes(event.scope, holder.scope) for event in container.grows):
                return Lifetime(PROCESS, "a closure made while modules are imported", filename, row)
        answering = self.lifetimes.hosts.get(holder.scope) if holder.kind == "closure" else None
        inner = any(self._lies_in(event.scope, holder.scope) for event in container.grows)
        if answering is not None and inner and self._is_of_application(answering):
            words = f"{self.program.scope(answering).name} answers again and again and closes over it"
            return Lifetime(PROCESS, words, filename, row)
        return Lifetime("unknown")

    def _of_local(self, holder: Holder, filename: str, row: int) -> Lifetime:
        """What a function holds that another makes: a decorator's wrapper lives as long as what it wraps."""
        outer = self.program.module_of(holder.scope).scope_base + self.program.scope(holder.scope).parent
        if holder.kind != "function" or self.phases.of(outer) not in ("import", "startup"):
            return Lifetime("unknown")
        if not self._escapes(holder.scope, outer):
            return Lifetime("unknown")
        return Lifetime(PROCESS, "an attribute of a function made while modules are imported", filename, row)

    def _is_of_application(self, endpoint: int) -> bool:
        """Whether an object's decorator registers an endpoint, in a function that no endpoint leads to."""
        scope, module = self.program.scope(endpoint), self.program.module_of(endpoint)
        registered = any("." in each.text.partition("(")[0] for each in scope.decorators)
        return registered and not self._comes_again(module.scope_base + scope.parent, frozenset())

    def _lies_in(self, inner: int, outer: int) -> bool:
        """Whether a function is written in another one, at whatever depth."""
        base, parent = self.program.module_of(inner).scope_base, self.program.scope(inner).parent
        while parent != NOWHERE and base + parent != outer:
            parent = self.program.scope(base + parent).parent
        return parent != NOWHERE

    def _comes_again(self, gid: int, seen: frozenset[int]) -> bool:
        """Whether what somebody outside calls again and again leads to a function."""
        if gid in self.lifetimes.endpoints:
            return True
        callers = {edge.caller for edge in self.program.edges_to(gid) if edge.how != "name"} - seen - {gid}
        return any(self._comes_again(caller, seen | {gid}) for caller in callers)

    def _escapes(self, inner: int, outer: int) -> bool:
        """Whether what is defined in a function outlives its call: a class, or a function returned or decorated."""
        module = self.program.module_of(outer)
        scopes = module.facts.scopes
        number = inner - module.scope_base
        while number != NOWHERE and scopes[number].parent != outer - module.scope_base:
            number = scopes[number].parent
        if number == NOWHERE:
            return False
        if scopes[number].kind == "class" or scopes[number].decorators:
            return True
        returned = (step[1] for step in self.program.scope(outer).code if step[0] == _RETURN and step[1] != NOWHERE)
        values = [value for slot in returned for value in self.program.values(slot + module.slot_base)]
        gid = module.scope_base + number
        return any(value == FunctionValue(gid) or isinstance(value, ExternalInstance) for value in values)

    def _codes(
        self, container: Container, growing: list[Growing], verdict: Verdict, words: dict[str, str]
    ) -> Iterator[str]:
        def confirmed(code: str, removals: tuple[Event, ...] = ()) -> bool:
            said = self.weighing.said(code, container, growing, removals)
            if said:
                words[code] = said
            return said != ""

        found = {(not removal.seen, removal.fault) for removal in verdict.removals if removal.fault}
        yield from dict.fromkeys(code for _, code in sorted(found))
        inner = tuple(event for event in container.shrinks if event.ref.depth == 1 and event.use.op[0] != "&")
        pruned = growing[0].axis == 0 and faults.inner_pruned(container, growing) and confirmed("LK107", inner)
        growers = {each.event.scope for each in growing}
        if not pruned and not any(removal.fault or removal.event.scope in growers for removal in verdict.removals):
            if faults.expiry_on_read(container, growing) and confirmed("LK303"):
                yield "LK303"
            elif faults.limit_only_compared(container, growing) and confirmed("LK307"):
                yield "LK307"
        if self._keeps(container, growing, _SYNCHRONISERS):
            yield "LK106"
        elif pruned:
            yield "LK107"
        elif all(each.event.use.kind == "read" for each in growing):
            yield "LK105"
        if self._keeps(container, growing, _TASKS) and not all(self._is_per_key(each.event) for each in growing):
            yield "LK404"
        if set(container.kinds) <= {"queue", "deque"}:
            yield "LK108"
        yield base_code(container)

    @staticmethod
    def _is_per_key(event: Event) -> bool:
        """Whether the function looks first what there is under the key: it keeps one for a key, not all there were."""
        use = event.use
        return bool(use.key) and any(
            each.kind == "read" and each.scope == use.scope and each.key == use.key and each.row <= use.row
            for each in event.module.facts.uses
        )

    def _keeps(self, container: Container, growing: list[Growing], names: re.Pattern[str]) -> bool:
        """Whether what is added is made by one of the constructors, here or in a local assigned before."""
        for each in growing:
            use, module = each.event.use, each.event.module
            if re.search(rf"\b({names.pattern})\s*\(", use.value):
                return True
            if use.value_slot != NOWHERE:
                values = self.program.values(use.value_slot + module.slot_base)
                made = [_last(value.dotted) for value in values if isinstance(value, ExternalInstance)]
                if made and len(made) == len(values) and all(names.fullmatch(each) for each in made):
                    return True
        declared = [event.use.value for event in container.binds]
        return any(re.search(rf"defaultdict\((lambda: *)?([\w.]*\.)?({names.pattern})\b", text) for text in declared)


def base_code(container: Container) -> str:
    """The rule that owns a growing container by where it is kept."""
    if container.holder.kind == "foreign" and container.holder.owner in OWNERS:
        return "LK103"
    return _BASE_CODES[container.holder.kind]


def _last(dotted: str) -> str:
    return dotted.rpartition(".")[2]


__all__ = ["BOUNDED", "EVICTED", "GROWS", "NOT_ENOUGH", "STATIC", "Judge", "Leak"]
