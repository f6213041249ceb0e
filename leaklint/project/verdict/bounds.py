"""Which removals count: same container, same axis, running while the process serves."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Iterator, Mapping

import msgspec

from leaklint.facts import NOWHERE, Op
from leaklint.project.domains.drives import Domain
from leaklint.project.linker.program import Program
from leaklint.project.sources import expression
from leaklint.project.storage.appstate import OWNERS, makes_application
from leaklint.project.storage.containers import INITIALISERS, Container, Event, is_declaration
from leaklint.project.storage.guards import accumulates, conjuncts, guards, is_emptiness, path, read_as
from leaklint.project.storage.lifetime_names import BEGINNING_NAME
from leaklint.project.storage.phases import ENDING_NAME, SHUTDOWN_NAME, Phases
from leaklint.project.storage.types import Operations
from leaklint.project.verdict import faults
from leaklint.project.verdict.clocks import by_another_clock
from leaklint.project.verdict.elsewhere import only_by_anothers_word, only_for_one_owner
from leaklint.project.verdict.growth import Growing
from leaklint.project.verdict.outcomes import Outcomes

BOUNDED, EVICTED, NOT_ENOUGH, GROWS, STATIC = "bounded", "evicted", "removal-not-enough", "grows", "static"

_ATTR = int(Op.ATTR)

RESET_NAME = re.compile(r"_*(reset|clear)_for_|.*_for_tests?$|_*reset_tests?$")
"""Functions that only a test would call."""

_EMPTYING_NAME = re.compile(
    r"_*(do_)?(reset|clear|re_?init(iali[sz]e)?|disable|deactivate|(remove|delete|drop|unregister|disconnect)_?all|clean_?up)(_|$)"
)
"""Functions that start over, for somebody else to call at any time: their names tell of no end."""

_CONNECTION_ENDS = re.compile(
    r"(?i)(connection|session|client|transport)_?(los[ts]|clos|end)|on_?(dis|un)connect|^_*(dis|un)connect"
)
"""Functions that run when somebody at the other end has gone."""

_WHOLE = frozenset({"clear", "=", "truncate"})
"""Operations that empty the whole container."""

_MAKERS = frozenset({"__init__", "__new__"})

WEIGHED = frozenset({"LK303", "LK304", "LK305"})
"""Faults whose rules look at the tree; the check that found the fault is the cause."""


class Removal(msgspec.Struct, frozen=True):
    """A removal that was considered: whether it counts, and the words and the rule that say why not.

    `cause` is set where the rule of the fault can look closer, `seen` where it did.
    """

    event: Event
    counts: bool
    reason: str
    fault: str = ""
    cause: str = ""
    seen: bool = False

    @property
    def words(self) -> str:
        """What the removal does and where, for one that counts after all."""
        return f"{_words(self.event)} at line {self.event.use.row}"


class Verdict(msgspec.Struct, frozen=True):
    """What keeps a container small, or that nothing does."""

    kind: str
    reason: str = ""
    removals: tuple[Removal, ...] = ()
    seen: bool = False


class Bounds:
    """Judges the removals of a container against its growths."""

    def __init__(
        self,
        program: Program,
        phases: Phases,
        operations: Mapping[str, Operations],
        loose: Mapping[str, tuple[str, int]],
        grown: Collection[str] = (),
    ) -> None:
        """`loose` are removals from attributes of objects of unknown class, by the attribute's name.

        `grown` are the symbols of all containers that something adds to.
        """
        self.program = program
        self.phases = phases
        self.operations = operations
        self.loose = loose
        self.grown = grown
        self._outcomes = Outcomes(program)

    def verdict(self, container: Container, growing: list[Growing]) -> Verdict:
        """The verdict over all growths that count; the list must not be empty."""
        axis = min(each.axis for each in growing)
        removals = self._together(container, growing, tuple(self._removals(container, growing, axis)))
        loose = self.loose.get(container.holder.name) if container.holder.kind in ("instance", "class") else None
        if loose is not None and axis == 0:
            return Verdict(EVICTED, f"{loose[0]}:{loose[1]} removes from an attribute of that name", removals)
        if any(removal.counts for removal in removals):
            return Verdict(EVICTED, next(each.reason for each in removals if each.counts), removals)
        return Verdict(NOT_ENOUGH if removals else GROWS, "", removals)

    def _together(
        self, container: Container, growing: list[Growing], removals: tuple[Removal, ...]
    ) -> tuple[Removal, ...]:
        """The removals beside each other.

        What empties all when a connection ends does not mend one that is missed, nor do answers that may never come
        where the callback that is told of every end misses.
        """
        missed = next((each for each in removals if self._is_told_in_vain(growing, each.event)), None)
        if missed is not None:
            reason = f"{self.program.scope(missed.event.scope).name}() is told when it is done and removes by id()"
            return tuple(Removal(each.event, False, reason, "") for each in removals)
        failing = self._outcomes.failing(container, growing, (each.event for each in removals if each.counts))
        if failing:
            reason = f"{failing}() leaves the entry"
            return tuple(Removal(each.event, False, reason, "LK304") if each.counts else each for each in removals)
        if not any(each.fault == "LK304" for each in removals):
            return removals
        counting = [each for each in removals if each.counts]
        if not counting or not all(self._ends_connection(container, each.event) for each in counting):
            return removals
        reason = "all of it goes only when the connection ends"
        return tuple(Removal(each.event, False, reason, "LK302") if each.counts else each for each in removals)

    def _is_told_in_vain(self, growing: list[Growing], event: Event) -> bool:
        """Whether a callback for the end of what was added removes by its `id()` what is kept under another key."""
        if self.program.scope(event.scope).name not in self.phases.handed_on or not faults.by_identity(event):
            return False
        return all(
            each.axis == 0
            and each.drive.domain == Domain.IDENTITY
            and each.drive.text != "id()"
            and self._adds_callback(each.event.scope)
            for each in growing
        )

    def _adds_callback(self, gid: int) -> bool:
        return any(step[0] == _ATTR and step[3] == "add_done_callback" for step in self.program.scope(gid).code)

    def _ends_connection(self, container: Container, event: Event) -> bool:
        names = (self.program.scope(gid).name for gid in (event.scope, self._method_around(event.scope)))
        return self._whole(container, event) and any(_CONNECTION_ENDS.search(name) for name in names)

    def _removals(self, container: Container, growing: list[Growing], axis: int) -> Iterator[Removal]:
        for event in container.shrinks:
            if self._shrinks(container, event) and event.ref.depth <= axis:
                yield self._judge(container, growing, event)
        for event in container.grows:
            if event.use.op == "[:]=" and event.ref.depth <= axis:
                yield self._judge(container, growing, event)
        for event in container.grows if axis > 0 else ():
            if _starts_over(container, event):
                yield self._judge(container, growing, event)
        for event in container.reads:
            if event.use.op in ("get", "&get") and "queue" in container.kinds:
                yield self._judge(container, growing, event)
        for event in container.binds:
            if axis >= 0 and self._replaces(container, event):
                yield self._judge(container, growing, event)

    def _shrinks(self, container: Container, event: Event) -> bool:
        op = event.use.op.lstrip("&")
        if event.ref.depth > 0:
            return op in {"pop", "popleft", "remove", "discard", "clear", "del[]", "del[:]", "popitem", "heappop", "-="}
        return any(op in self.operations[kind].shrink for kind in container.kinds)

    def _replaces(self, container: Container, event: Event) -> bool:
        """Whether a binding puts another container in place of one that has grown."""
        use, holder = event.use, container.holder
        turns = holder.kind == "closure" and self.phases.endless.turns(event.scope, event.use.block)
        if (is_declaration(event, holder) and not turns) or use.op in ("for", "with", "del"):
            return False
        if not use.value and use.op != "unpack":
            return False
        if len(container.binds) == 1 and BEGINNING_NAME.match(self.program.scope(event.scope).name):
            return False  # that is where it is made
        if holder.owner in OWNERS and makes_application(self.program, event.scope):
            return False
        filled = any(each.scope == event.scope and each.use.step < use.step for each in container.binds)
        names = (holder.name, *read_as(event.module, use, holder.name))
        for guard in guards(event.module, use):
            if filled and use.value == "None":
                break  # taken away again what the function itself has put there since it looked
            if any(is_emptiness(tree, holds, name) for tree, holds in conjuncts(guard) for name in names):
                return False
        return not accumulates(use.value, holder.name)

    # The reasons why a removal does not count.

    def _judge(self, container: Container, growing: list[Growing], event: Event) -> Removal:
        where = (
            f"line {event.use.row}"
            if event.module is growing[0].event.module
            else f"{event.module.path}:{event.use.row}"
        )
        checks: tuple[Callable[[Container, list[Growing], Event], tuple[str, str] | None], ...] = (
            self._in_tests, self._at_import, self._in_finalizer, self._never_called, self._at_shutdown,
            faults.only_when_read, self._refreshes, faults.on_failure_only, faults.not_on_every_exit,
            faults.by_another_key, faults.never_true, by_another_clock, self._never_filled,
            faults.of_the_last_turn, only_for_one_owner, self._by_anothers_word,
        )  # fmt: skip
        for check in checks:
            found = check(container, growing, event)
            if found is not None:
                reason, fault = found
                seen = check in (only_for_one_owner, self._by_anothers_word)
                weighed = fault in WEIGHED and not seen
                return Removal(event, False, reason, fault, check.__name__ if weighed else "", seen)
        return Removal(event, True, f"{_words(event)} at {where}")

    def _never_filled(self, container: Container, growing: list[Growing], event: Event) -> tuple[str, str] | None:
        return faults.in_what_stays_empty(event, self.grown)

    def _by_anothers_word(self, container: Container, growing: list[Growing], event: Event) -> tuple[str, str] | None:
        return only_by_anothers_word(self.program, container, growing, event)

    def _in_tests(self, container: Container, growing: list[Growing], event: Event) -> tuple[str, str] | None:
        if self.phases.quiet(event.scope):
            return "removed only in tests", ""
        return None

    def _at_import(self, container: Container, growing: list[Growing], event: Event) -> tuple[str, str] | None:
        phase = self.phases.of(event.scope)
        if event.use.op == "&get":
            return None  # it is called later, under a further name
        if phase == "startup" and any(
            way.scope == event.use.scope and way.kind == "yield" and way.step <= event.use.step
            for way in event.module.facts.exits
        ):
            return "removed only when the process ends", "LK302"
        if phase == "startup" and self._is_handed_on(event.scope):
            return None
        if phase in ("import", "startup") and not self.phases.endless.turns(event.scope, event.use.block):
            return f"the removal runs only at {phase}", ""
        if container.holder.kind == "instance" and event.use.op == "=":
            if self._initialises(event.scope):
                return "that is where it is made", ""
        return None

    def _initialises(self, gid: int) -> bool:
        """Whether a method is an initialiser, or a helper of the object's own that nothing but initialisers call."""
        name = self.program.scope(gid).name
        if name in INITIALISERS - {"__enter__", "__aenter__"}:
            return True
        if not name.startswith("_") or SHUTDOWN_NAME.match(name):
            return False  # others may call it as well, or it begins anew
        edges = self.program.edges_to(gid)
        return bool(edges) and all(
            edge.kind == "call" and edge.how != "name" and self.program.scope(edge.caller).name in _MAKERS
            for edge in edges
        )

    def _is_handed_on(self, gid: int) -> bool:
        """Whether nothing calls a function by name and something reads it: whoever was given it calls it later."""
        return self.program.scope(gid).name in self.phases.handed_on and not self.program.edges_to(gid)

    def _never_called(self, container: Container, growing: list[Growing], event: Event) -> tuple[str, str] | None:
        """Code that nothing enters outside tests evicts nothing."""
        scope = self.program.scope(event.scope)
        if scope.kind != "function" or event.ref.entered != event.scope or self._alive(event.scope, frozenset()):
            return None
        if any(each.event.scope == event.scope for each in growing):
            return None  # then it does not grow either
        return f"{scope.name}() is never called", "LK301"

    def _alive(self, gid: int, seen: frozenset[int]) -> bool:
        """Whether a function is public, a hook or a callback, or something alive calls it."""
        if gid in seen:
            return False
        scope = self.program.scope(gid)
        if scope.kind != "function" or scope.name in self.phases.handed_on or self._overrides(gid):
            return True
        callers = {edge.caller for edge in self.program.edges_to(gid)} - {gid}
        callers = {caller for caller in callers if not self.phases.quiet(caller)}
        if any(self._alive(caller, seen | {gid}) for caller in callers):
            return True
        if callers or RESET_NAME.match(scope.name):
            return False
        return not scope.name.startswith("_") or scope.name.startswith("__")

    def _in_finalizer(self, container: Container, growing: list[Growing], event: Event) -> tuple[str, str] | None:
        """An object that the container itself keeps alive is never finalized: what its `__del__` does never happens."""
        cls = self.program.class_of(event.scope)
        if cls is None or not self._registers_itself(growing, cls):
            return None
        finalizers = [gid for gid in self._methods_named(cls, "__del__") if not self.phases.quiet(gid)]
        if event.scope in finalizers or any(self._calls(gid, event.scope) for gid in finalizers):
            return "__del__ never runs for what the container keeps alive", ""
        return None

    def _registers_itself(self, growing: list[Growing], cls: int) -> bool:
        for each in growing:
            use = each.event.use
            if self.program.class_of(each.event.scope) == cls and "self" in (use.value, use.key):
                return True
        return False

    def _methods_named(self, cls: int, name: str) -> list[int]:
        module = self.program.module_of(cls)
        return [
            module.scope_base + number
            for number, scope in enumerate(module.facts.scopes)
            if scope.name == name and scope.parent + module.scope_base == cls
        ]

    def _calls(self, caller: int, callee: int) -> bool:
        return any(edge.callee == callee for edge in self.program.edges_from(caller))

    def _overrides(self, method: int) -> bool:
        """Whether a base class may call the method: one that the project does not define, or that defines it."""
        cls = self.program.class_of(method)
        if cls is None:
            return bool(self.program.scope(method).decorators)
        name = self.program.scope(method).name
        bases = [base for base in self.program.mro(cls) if base != cls]
        if any(isinstance(base, str) and not base.endswith(("object", "Generic", "ABC", "Protocol")) for base in bases):
            return True
        return any(isinstance(base, int) and self._defines(base, name) for base in bases)

    def _defines(self, cls: int, name: str) -> bool:
        module = self.program.module_of(cls)
        return any(scope.parent + module.scope_base == cls and scope.name == name for scope in module.facts.scopes)

    def _at_shutdown(self, container: Container, growing: list[Growing], event: Event) -> tuple[str, str] | None:
        """Emptying all of it in `close()` or `reset()` that nothing calls while serving is no eviction."""
        if not self._whole(container, event):
            return None
        scope = self.program.scope(event.scope)
        method = self._method_around(event.scope)
        if self._leaves_block(growing, event):
            return None
        called_back = scope.name.startswith("_") and scope.name in self.phases.handed_on
        ends = ENDING_NAME.match(self.program.scope(method).name) and not called_back
        if container.holder.kind == "instance" and ends:
            cls = self.program.class_of(method)
            callers = {each.event.scope for each in growing}  # who fills it may end what it has begun
            fills = all(self._calls(gid, method) and not self.phases.endless.goes_on(gid) for gid in callers)
            turns = any(self.phases.endless.repeats(edge) for edge in self.program.edges_to(method))
            if cls is not None and container.holder.scope in self.program.mro(cls) and not (fills or turns):
                return f"{self.program.scope(method).name}() empties it only when its object ends", "LK302"
        if scope.name in self.phases.handed_on and not self._ends_by_name(scope.name):
            return None  # read as a value somewhere, it may be called under any name
        exclusively = event.ref.entered == event.scope and self.phases.exclusively(event.scope, SHUTDOWN_NAME)
        if not exclusively and self.phases.of(event.scope) != "shutdown":
            return None
        waiting = self._waiting_for_a_caller(event.scope)
        if waiting:
            return f"{waiting} is never called here", "LK301"
        if exclusively:
            return f"{scope.name}() empties it only when all is over", "LK302"
        return f"{scope.name}() runs only at shutdown", "LK302"

    def _leaves_block(self, growing: list[Growing], event: Event) -> bool:
        """Whether only the ends of `with` blocks remove which add at their beginning: they come as often as those."""
        growers, is_reached = {each.event.scope for each in growing}, False
        for root in self._roots(event.scope):
            if not self._enters(root, growers):
                return False
            is_reached = True
        return is_reached

    def _enters(self, leaving: int, growers: set[int]) -> bool:
        cls = self.program.class_of(leaving)
        name = {"__exit__": "__enter__", "__aexit__": "__aenter__"}.get(self.program.scope(leaving).name)
        if cls is None or name is None:
            return False
        return any(self._calls(gid, grower) for gid in self._methods_named(cls, name) for grower in growers)

    def _method_around(self, function: int) -> int:
        """The method in which a function is defined; the function itself where it is in none."""
        base = self.program.module_of(function).scope_base
        method = function
        while self.program.class_of(method) is None:
            parent = self.program.scope(method).parent
            if parent <= 0:
                return function
            method = base + parent
        return method

    @staticmethod
    def _ends_by_name(name: str) -> bool:
        return SHUTDOWN_NAME.match(name) is not None or ENDING_NAME.match(name) is not None

    def _waiting_for_a_caller(self, gid: int) -> str:
        """The function that starts over, nothing ends, and through which alone a removal is reached; '' where none is.

        Its name alone made it one that runs at the end: no model and no `atexit` does.
        """
        names = []
        for root in sorted(self._roots(gid)):
            name = self.program.scope(root).name
            if not _EMPTYING_NAME.match(name) or self.phases.ends(root):
                return ""
            names.append(name)
        return f"{names[0]}()" if names else ""

    def _roots(self, gid: int) -> Iterator[int]:
        """The functions without a caller outside tests from which a function is reached."""
        seen, waiting = {gid}, [gid]
        while waiting:
            function = waiting.pop()
            edges = [edge for edge in self.program.edges_to(function) if not self.phases.mends(edge)]
            edges = [edge for edge in edges if not self.phases.makes_own(edge, function)]
            callers = {edge.caller for edge in edges if not self.phases.quiet(edge.caller)} - {function}
            if not callers:
                yield function
            waiting.extend(callers - seen)
            seen |= callers

    def _whole(self, container: Container, event: Event) -> bool:
        """Whether the removal empties the container: a clear, a rebinding, a removal in a loop until none are left."""
        if event.use.op.lstrip("&") in _WHOLE or (event.use.op == "del[:]" and event.use.key == ":"):
            return True
        if event.use.op == "[:]=" and event.use.key == ":" and event.use.value in ("[]", "()"):
            return True
        name = container.holder.name
        for block in path(event.module, event.use.block):
            if block.kind in ("for", "while", "comprehension") and re.search(rf"\b{re.escape(name)}\b", block.test):
                return True
        return event.use.op in ("popitem", "pop", "popleft") and not event.use.key

    def _refreshes(self, container: Container, growing: list[Growing], event: Event) -> tuple[str, str] | None:
        """`C.pop(k); C[k] = v` moves an entry to the end: what is taken out goes in again."""
        if event.use.op not in ("pop", "del[]", "remove", "discard") or not event.use.key:
            return None
        blocks = event.module.facts.blocks
        around = {event.use.block}
        if event.use.block != NOWHERE and " in " in blocks[event.use.block].test:
            around.add(blocks[event.use.block].parent)
        taken = event.use.key.partition(",")[0]
        for each in growing:
            use = each.event.use
            if each.event.scope == event.scope and use.block in around and use.step > event.use.step:
                if taken in (use.key, use.value) and not self._exits_between(event, each.event):
                    return "the entry is put back right after", ""
        return None

    def _exits_between(self, first: Event, second: Event) -> bool:
        return any(
            way.scope == first.use.scope and first.use.step <= way.step <= second.use.step
            for way in first.module.facts.exits
            if way.kind in ("return", "raise", "continue")
        )


def _starts_over(container: Container, event: Event) -> bool:
    """`taken = C[k]; C[k] = {}`: an empty element is put in place of one that was read, or a thinned one."""
    use = event.use
    if use.op != "[]=" or event.ref.depth > 0:
        return False
    if use.value not in faults.EMPTY:
        return _thins(container, event)
    if any(block.kind == "except" for block in path(event.module, use.block)):
        return False
    return any(
        read.scope == event.scope and (read.use.op, read.use.key) == ("[]", use.key) and read.use.step < use.step
        for read in container.reads
    )


def _thins(container: Container, event: Event) -> bool:
    """`for k, inner in C.items(): C[k] = {... for ... in inner.items() if ...}`: what passes a test stays of each."""
    tree = expression(event.use.value)
    if not isinstance(tree, (ast.DictComp, ast.ListComp, ast.SetComp)) or not tree.generators[0].ifs:
        return False
    walked = next((block.test for block in path(event.module, event.use.block) if block.kind == "for"), "")
    source = {each.id for each in ast.walk(tree.generators[0].iter) if isinstance(each, ast.Name)}
    target, _, whole = walked.partition(" in ")
    names = set(re.findall(r"\w+", target))
    return bool(re.search(rf"\b{container.holder.name}\b", whole)) and event.use.key in names and bool(source & names)


def _words(event: Event) -> str:
    op = event.use.op.lstrip("&")
    return {"=": "replaced", "del[]": "entries deleted", "[:]=": "trimmed", "del[:]": "trimmed"}.get(op, f"{op}()")


__all__ = ["NOWHERE", "Bounds", "Removal", "Verdict"]
