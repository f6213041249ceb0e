"""Which growths of a container count: run-time code, a key without a finite domain, no guard that ends it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

import msgspec

from leaklint.facts import NOWHERE, Use
from leaklint.project.domains.domain import NAMED, UNKNOWN, Domain, Domains, Drive
from leaklint.project.domains.openness import ADDING, Openness
from leaklint.project.domains.words import LIKELY_FINITE
from leaklint.project.linker.program import (
    BoundValue,
    Edge,
    FunctionValue,
    InstanceValue,
    Program,
)
from leaklint.project.sources import expression
from leaklint.project.storage.containers import INITIALISERS, Container, Event
from leaklint.project.storage.fresh import Fresh
from leaklint.project.storage.guards import (
    conjuncts,
    guards,
    is_emptiness,
    is_run_once,
    only_replaces,
    path,
    read_as,
)  # fmt: skip
from leaklint.project.storage.holders import Ref
from leaklint.project.storage.lifetime_names import BEGINNING_NAME
from leaklint.project.storage.lifetimes import CONNECTION as ONE_CONNECTION
from leaklint.project.storage.lifetimes import HELD, LASTING, REQUEST, Lifetimes
from leaklint.project.storage.oneshot import OneShot
from leaklint.project.storage.onetime import OneTime
from leaklint.project.storage.phases import Phases
from leaklint.project.storage.types import Operations
from leaklint.project.verdict.addresses import is_reused
from leaklint.project.verdict.counterparts import Counterparts
from leaklint.project.verdict.driving import Driving, keyed
from leaklint.project.verdict.elements import fills_new, inserts
from leaklint.project.verdict.made_classes import MADE, keeps_made_classes
from leaklint.project.verdict.sizes import is_counted, is_limited

_WARNED = re.compile(r"(?i)_*(\w+_)?(warned|warnings?|logged|reported|complained)(_\w+)?$")
"""What programs have warned of once already: there are as many as there are things to warn of."""

_WARNING = re.compile(r"(?i)(warn|warnings?|log|deprecat(ed|ion))_*once|once_*warn|warn_*deprecat|deprecat\w*_*warn")
"""Functions that warn of each thing once."""

_LIMITED = re.compile(r"maxlen\s*=\s*(?!None)|maxsize\s*=\s*(?!None|0)")
"""How collections are written that do not grow without end."""

_WEAK = re.compile(r"([\w.]+\.)?Weak(Set|KeyDictionary|ValueDictionary)\b")

_BESIDE = 4
"""So many lines around an addition belong to it."""

_CALLERS = 6
"""A function that is called from more places than these is not looked at as a whole."""

_STEPS = 3
"""So many calls lie at most between what happens once and what grows."""

_FILLING = frozenset({"counter", "defaultdict"})
"""Kinds in which counting under a new key makes an entry."""

_PUTTING = frozenset({"append", "appendleft", "add", "[]=", "setdefault"})

_STORING = frozenset({"__setitem__", "__missing__", "__iadd__", "__ior__"})
"""What makes an object a container: it grows where something is stored into the object."""

_OF_THE_PROGRAM = frozenset({"sys.modules", "sys.path", "sys.meta_path", "sys.path_hooks"})

_END = re.compile(r"_*(a?close|shut_?down|exit|quit|terminate|dispose|destroy)|__del__")


def _last(text: str) -> str:
    """The last name of an expression."""
    return re.split(r"\W+", text)[-1]


def _walked(container: Container, event: Event) -> str:
    """The pattern by which a loop names the container: of attributes, a parameter may bear the name as well."""
    name = container.holder.name
    if container.holder.kind not in ("instance", "class") or name in read_as(event.module, event.use, name):
        return rf"\b{re.escape(name)}"
    return rf"\.{re.escape(name)}"


def _only_element(use: Use) -> tuple[str, ...]:
    """What `C |= {x}` and `C.update({x})` add."""
    tree = expression(use.value or use.key) if use.op in ("|=", "update") else None
    return (ast.unparse(tree.elts[0]),) if isinstance(tree, ast.Set) and len(tree.elts) == 1 else ()


class Growing(msgspec.Struct, frozen=True):
    """A growth that counts, the axis (0: the container itself, 1: an element of it) and what drives it.

    `is_open` says that something tells of no end of what is added: a proof, or the words of the code; `is_offered`
    that it comes from whoever calls a function that the project itself does not call. `left_by` names the function
    that takes back what is done here and leaves the container as it is.
    """

    event: Event
    axis: int
    drive: Drive
    is_open: bool = True
    is_offered: bool = True
    left_by: str = ""


class Growths:
    """Filters the growth events of containers."""

    def __init__(
        self,
        program: Program,
        phases: Phases,
        domains: Domains,
        lifetimes: Lifetimes,
        operations: Mapping[str, Operations],
    ) -> None:
        self.lifetimes = lifetimes
        self.once = OneShot(program, domains.holders)
        self.one_time = OneTime(program)
        self.fresh = Fresh(program, domains.holders, phases)
        self.openness = Openness(program, domains, self._is_called)
        self.program = program
        self.phases = phases
        self.domains = domains
        self.operations = operations
        self.driving = Driving(program, phases, domains, self.openness.of_key)
        self.counterparts = Counterparts(program, phases)

    def of(self, container: Container) -> tuple[list[Growing], str]:
        """The growths that count, and where none does, why."""
        reasons, counted = list[str](), list[Growing]()
        for event in self.candidates(container):
            reason, drive = self._judge(container, event)
            if reason:
                reasons.append(reason)
            else:
                left_by = self.counterparts.forgetful(container, event)
                if left_by and drive.domain == Domain.NAMED and not LIKELY_FINITE.match(_last(keyed(event))):
                    drive = UNKNOWN  # what is taken back comes and goes, whatever it is
                is_open = bool(left_by) or self._is_open(container, event, drive)
                is_offered = is_open or self._is_offered(event)
                counted.append(Growing(event, event.ref.depth, drive, is_open, is_offered, left_by))
        counted.sort(key=lambda each: (each.axis, *each.event.place))
        return counted, reasons[0] if reasons else "nothing adds to it"

    def _is_open(self, container: Container, event: Event, drive: Drive) -> bool:
        """Whether a proof or the words of the code say that there is no end of what is added."""
        if drive.domain != Domain.UNKNOWN or drive is MADE:
            return drive.domain >= Domain.UNKNOWN
        if is_reused(event, keyed(event), self.domains):
            return False
        use = event.use
        sequence = use.op in ADDING and not set(container.kinds) <= {"dict", "defaultdict", "set", "counter"}
        if (sequence or event.ref.depth > 0) and use.op in ADDING and not self.driving.deduplicates(container, event):
            return self.openness.of_element(event)
        return self.openness.of_key(keyed(event) or use.value, event.scope, use.op in ("update", "|="))

    def _is_offered(self, event: Event) -> bool:
        """Whether callers outside the project bring what is added, or each call makes it."""
        if not self._is_called(event.scope) or self.driving.holds_closures(event):
            return True
        return self.openness.is_offered(keyed(event) or event.use.value, event.scope)

    def _is_called(self, gid: int) -> bool:
        """Whether the project's own code calls a function; of one that is returned nobody knows who will call it."""
        parent = self.program.scope(gid).parent
        module = self.program.module_of(gid)
        if parent != NOWHERE and module.facts.scopes[parent].kind == "function" and not self.program.edges_to(gid):
            return False
        return self.phases.called(gid)

    def candidates(self, container: Container) -> Iterator[Event]:
        """The uses that make the container, or an element of it, larger."""
        for event in container.grows:
            if event.use.kind == "bind" or self._adds(container, event):
                yield event
        for event in container.reads:
            if event.use.op == "[]" and inserts(self.program, container, event):
                yield event

    def _adds(self, container: Container, event: Event) -> bool:
        """Whether a method that is called, not handed on, adds to the container or an element of it."""
        called = not event.use.op.startswith("&")
        return called and self.grows(container, event) and not self._is_own_method(container, event)

    def _is_own_method(self, container: Container, event: Event) -> bool:
        """Whether the operation is a method that the project's class of that object defines itself.

        Not where a user has said that the class is a container.
        """
        said = {made.dotted for made in container.made}
        values = self.program.values(event.use.base + event.module.slot_base)
        classes = [value for value in values if isinstance(value, InstanceValue)]
        return len(classes) == len(values) > 0 and all(
            self.program.dotted(value) not in said
            and any(isinstance(each, FunctionValue) for each in self.program.field_values(value, event.use.op))
            for value in classes
        )

    def grows(self, container: Container, event: Event) -> bool:
        """Whether the operation means growth for the kind of container that it meets; adding a number counts."""
        if event.use.op.endswith("+=") and event.use.value.isdigit():
            return event.use.op == "[]+=" and not _FILLING.isdisjoint(container.kinds)
        if event.ref.depth > 0:
            return event.use.op in self._generic
        if event.use.op == "+=" and set(container.kinds) <= {"text", "tuple"} and not self._own_name(container, event):
            return False
        return any(event.use.op in self.operations[kind].grow for kind in container.kinds)

    def _own_name(self, container: Container, event: Event) -> bool:
        """Whether `+=` is written on the holder itself: on a local name it binds that name alone."""
        holder, slot = container.holder, event.use.base + event.module.slot_base
        if holder.kind == "module":
            return self.domains.holders.variable_at.get(slot) == (holder.scope, holder.name)
        scope = self.program.scope(event.scope)
        return slot not in self.domains.holders.variable_at and any(
            each.text == "classmethod" for each in scope.decorators
        )

    @property
    def _generic(self) -> frozenset[str]:
        kinds = ("list", "dict", "set", "deque")
        return frozenset(op for kind in kinds for op in self.operations[kind].grow) - {"+=", "[:]=", "insert"} | {
            "[]+="
        }

    def _judge(self, container: Container, event: Event) -> tuple[str, Drive]:
        entered = event.ref.entered
        if self.phases.quiet(event.scope) or self.phases.quiet(entered):
            return "it grows only in tests", UNKNOWN
        if not self.phases.runs(entered) or not self.phases.runs(event.scope):
            phase = self.phases.of(entered)
            return f"it is filled at {'import' if phase == 'serving' else phase}", UNKNOWN
        if self.phases.forks(entered):
            return "it is filled where a process begins as a fork", UNKNOWN
        if self._is_never_stored(container, event):
            return "nothing is seen to store into it", UNKNOWN
        if container.holder.kind == "instance":
            if self.constructs(entered, container.holder.scope) or self.fresh.grows_new(event):
                return "it is filled while its object is made", UNKNOWN
        for check in (self._at_its_end, self._ended, self._over_itself, self._called_once):
            ended = check(container, event)
            if ended:
                return ended, UNKNOWN
        if event.ref.depth > 0 and (self._inner_bounded(container) or fills_new(container, event)):
            return "its elements are bounded", UNKNOWN
        drive = self._driven(container, event)
        if drive.domain < Domain.CLIENT and self.phases.called_at_import(entered):
            drive = min(drive, NAMED)
        if drive.domain == Domain.UNKNOWN and (
            self._warns_once(container, event) or self._is_of_the_program(container, event)
        ):
            drive = NAMED
        passing = self._comes_and_goes(container, event) if Domain.FINITE < drive.domain < Domain.IDENTITY else ""
        if passing:
            return "", Drive(Domain.IDENTITY, passing)
        drive = MADE if drive.domain in (Domain.FINITE, Domain.UNKNOWN) and keeps_made_classes(event) else drive
        if drive.domain == Domain.FINITE:
            return "its keys are finite", drive
        return "", drive

    def _driven(self, container: Container, event: Event) -> Drive:
        """What drives a growth; what an object was given when it was made is one value for what it holds itself."""
        drive = self.driving.of(container, event)
        if drive.domain == Domain.IDENTITY and container.holder.kind == "instance" and self.fresh.is_own(event):
            return self.domains.of_one_object(lambda: self.driving.of(container, event))
        return drive

    def _is_never_stored(self, container: Container, event: Event) -> bool:
        """Whether an object's `[]=` grows it, which nothing uses; what it was given is no more its own."""
        if self.program.scope(event.scope).name not in _STORING or self.program.edges_to(event.scope):
            return False
        return container.holder.kind == "instance" or self.program.class_of(event.scope) != container.holder.scope

    def _comes_and_goes(self, container: Container, event: Event) -> str:
        """What is put in of an object that is made for each connection, request or call: itself, or its method."""
        if event.use.op not in _PUTTING:
            return ""
        cls = self.program.class_of(event.scope)
        if cls is not None and "self" in (event.use.key, event.use.value):
            life = self.lifetimes.of(cls)
            if life.span in (ONE_CONNECTION, REQUEST) and life.proof == HELD:
                return "each object that is made for a connection"
        for value in self.driving.added(event):
            owner = value.receiver if isinstance(value, BoundValue) else None
            if isinstance(owner, InstanceValue) and self.lifetimes.ends_with_call(owner.cls):
                return f"a method of each {self.program.scope(owner.cls).name}"
        return self._by_each_object(container, event)

    def _by_each_object(self, container: Container, event: Event) -> str:
        """What is put in of objects that are made again and again: a method of its own, by the initialiser of each."""
        values = self.driving.added(event)
        bound = [each.receiver for each in values if isinstance(each, BoundValue)]
        owners = [each.cls for each in bound if isinstance(each, InstanceValue)]
        if not owners or len(owners) < len(values) or container.holder.kind not in ("module", "class"):
            return ""
        for cls in owners:
            sites = [edge for edge in self.program.construction_sites(cls) if not self.phases.quiet(edge.caller)]
            made = any(self.phases.runs(edge.caller) for edge in sites) or not (sites or self.phases.is_application)
            if made and self.lifetimes.of(cls).span not in LASTING and self._begins(cls, event.scope, _STEPS):
                return f"a method of each {self.program.scope(cls).name}"
        return ""

    def _begins(self, cls: int, gid: int, steps: int) -> bool:
        """Whether the initialiser of a class leads to a function."""
        if self.program.scope(gid).name in INITIALISERS and self.program.class_of(gid) in self.program.mro(cls):
            return True
        callers = {edge.caller for edge in self.program.edges_to(gid) if edge.how != "name"} - {gid} if steps else set()
        return any(self._begins(cls, caller, steps - 1) for caller in callers)

    def _is_of_the_program(self, container: Container, event: Event) -> bool:
        """Whether it is a module or folder of the program that is not there yet, or the words of keyword arguments."""
        if container.symbol in _OF_THE_PROGRAM:
            as_module = event.use.op == "[]=" and self.phases.is_application
            if as_module or self.driving.deduplicates(container, event):
                return True
        return self.openness.are_words(event.use.value or event.use.key, event.use.op, event.scope)

    def _warns_once(self, container: Container, event: Event) -> bool:
        """Whether what was added has been warned of: there are as many warnings as mistakes in a program."""
        if _WARNED.match(container.holder.name) or _WARNING.search(self.program.scope(event.scope).name):
            return True
        lines = self.domains.sources.lines(event.module.path)
        beside = lines[max(event.use.row - 1 - _BESIDE, 0) : event.use.row + _BESIDE]
        return any("warnings.warn(" in line for line in beside) and self.driving.deduplicates(container, event)

    def constructs(self, function: int, cls: int, depth: int = 6) -> bool:
        """Whether a function runs only while an instance of the class is made."""
        scope = self.program.scope(function)
        begins = scope.name in INITIALISERS or (len(scope.params) == 1 and BEGINNING_NAME.match(scope.name))
        if begins and self._within(function, cls):
            return True
        edges = [edge for edge in self.program.edges_to(function) if not self.phases.quiet(edge.caller)]
        callers = {edge.caller for edge in edges} - {function}
        if any(edge.kind == "callback" for edge in edges):
            return False  # handed on while the object is made, called later
        if not callers or depth == 0 or self.phases.endless.goes_on(function) or not self._within(function, cls):
            return False
        return all(self.constructs(caller, cls, depth - 1) for caller in callers)

    def _within(self, function: int, cls: int) -> bool:
        owner = self.program.class_of(function)
        if owner is None:
            return False
        return cls in self.program.mro(owner) or owner in self.program.mro(cls) or owner in self.lifetimes.owners(cls)

    def _at_its_end(self, container: Container, event: Event) -> str:
        """An object ends once: a method that ends it and needs to be told nothing adds to it once."""
        scope = self.program.scope(event.scope)
        if container.holder.kind != "instance" or not _END.fullmatch(scope.name):
            return ""
        if any(each.is_required for each in scope.params[1:]) or not self._within(event.scope, container.holder.scope):
            return ""
        return f"it grows only when its object ends, in {scope.name}()"

    # Guards that end the growth.

    def _ended(self, container: Container, event: Event) -> str:
        name = container.holder.name
        for guard in guards(event.module, event.use):
            for tree, holds in conjuncts(guard):
                if event.ref.depth == 0 and is_emptiness(tree, holds, name):
                    return f"it is filled once, guarded at line {guard.row}"
                if event.ref.depth == 0 and only_replaces(tree, holds, event.use.key, name):
                    return "it only replaces what is there"
                if is_run_once(tree, holds):
                    return f"a run-once flag guards it, line {guard.row}"
                if self.once.ends(tree, holds, container, event):
                    return f"it happens once, guarded at line {guard.row}"
                if is_limited(tree, holds, name, event, self.domains) or is_counted(tree, holds, container, event):
                    return f"its size is checked before it grows, line {guard.row}"
                if self._in_constant_set(tree, holds, event):
                    return f"its keys are members of a constant set, line {guard.row}"
        return ""

    def _called_once(self, container: Container, event: Event) -> str:
        """Whether each call of the function that grows the container is guarded by what happens once."""
        if self.program.scope(event.scope).kind != "function":
            return ""
        if self.phases.passes_once(event.scope, event.use.block):
            return "it is filled before the loop that the program is"
        if self.one_time.is_kept(event.scope):
            return f"{self.program.scope(event.scope).name}() runs once, its result is kept"
        if self.phases.endless.goes_on(event.scope) and self.phases.endless.turns(event.scope, event.use.block):
            return ""
        rows = [
            self._guarded_call(container, edge, event.ref.depth == 0) or self._row_of_the_only(edge, _STEPS)
            for edge in self._calls_of(event.scope)
        ]
        return f"it happens once, guarded at line {rows[0]}" if rows and all(rows) else ""

    def _calls_of(self, function: int) -> list[Edge]:
        """The calls of a function from others that count; none where there are many."""
        edges = [edge for edge in self.program.edges_to(function) if not self.phases.quiet(edge.caller)]
        edges = [edge for edge in edges if edge.caller != function]
        return edges if len(edges) <= _CALLERS else []

    def _row_of_the_only(self, edge: Edge, steps: int) -> int:
        """The row of a call that is made once in the life of the process, or that of what alone leads there; else 0."""
        if self.one_time.is_once(edge) or self.one_time.is_kept(edge.caller):
            return edge.row
        if self.phases.passes_once(edge.caller, self.program.module_of(edge.caller).own_block(edge.block)):
            return edge.row
        if edge.kind == "callback" or self.phases.endless.repeats(edge):
            return 0
        rows = [self._row_of_the_only(each, steps - 1) for each in self._calls_of(edge.caller)] if steps else []
        return rows[0] if rows and all(rows) else 0

    def _guarded_call(self, container: Container, edge: Edge, is_whole: bool) -> int:
        """The row of the condition that lets a call happen only once, 0 where there is none.

        `is_whole` says that the container itself grows, and no element of it: its size may be checked.
        """
        module = self.program.module_of(edge.caller)
        found = self.domains.holders.call_step(edge) if edge.how != "name" else None
        if found is None:
            return 0
        place, number = (edge.row, edge.col), edge.caller - module.scope_base
        use = Use("grow", "", number, *place, *place, base=NOWHERE, block=found[1][7], step=found[0])
        event = Event(use, module, Ref(container.holder, 0, (edge.caller,)))
        for guard in guards(module, use):
            for tree, holds in conjuncts(guard):
                if is_run_once(tree, holds) or self.once.ends(tree, holds, container, event):
                    return guard.row
                if is_counted(tree, holds, container, event) or (is_whole and self._is_small(tree, holds, event)):
                    return guard.row
        return 0

    def _is_small(self, tree: ast.expr, holds: bool, event: Event) -> bool:
        """Whether a condition says that the container is empty, or below a limit."""
        name = event.ref.holder.name
        return is_emptiness(tree, holds, name) or is_limited(tree, holds, name, event, self.domains)

    def _over_itself(self, container: Container, event: Event) -> str:
        """A key taken from the container while it is walked is there already."""
        name, key = _walked(container, event), event.use.key
        for block in path(event.module, event.use.block):
            if (
                block.kind == "for"
                and re.match(rf".*\b{re.escape(key)}\b.* in .*{name}\b", block.test)
                and key.isidentifier()
            ):
                return "it only replaces what is there"
            if block.kind == "comprehension" and event.use.kind == "read" and re.search(rf"{name}\b", block.test):
                return "it only reads what is there"
        return ""

    def _inner_bounded(self, container: Container) -> bool:
        """Whether the elements are made with a limit of their own, or so that they keep nothing alive."""
        whole = [event.use.value for event in container.binds if event.ref.depth == 0]
        added = [event.use.value for event in container.grows if event.ref.depth == 0]
        elements = [*added, *(text.partition("defaultdict(")[2] for text in whole)]
        return any(map(_LIMITED.search, (*whole, *added))) or any(map(_WEAK.match, elements))

    def _in_constant_set(self, tree: ast.expr, holds: bool, event: Event) -> bool:
        if not isinstance(tree, ast.Compare) or len(tree.ops) != 1:
            return False
        if not isinstance(tree.ops[0], ast.In if holds else ast.NotIn):
            return False
        if ast.unparse(tree.left) not in (event.use.key, *_only_element(event.use)):
            return False
        right = tree.comparators[0]
        own = (
            isinstance(right, ast.Attribute) and isinstance(right.value, ast.Name) and right.value.id in ("self", "cls")
        )
        if own and isinstance(right, ast.Attribute) and self.domains.flows.attributes.is_given(right.attr):
            return True
        return self.domains.of(right, event.scope, 3).domain == Domain.FINITE
