"""Calls of functions that the project does not define, by their dotted names.

A name is resolved by import and by value, never by how the call is written: `logger.addHandler(...)` is
`logging.getLogger.addHandler` where `logger` is what `logging.getLogger` returned.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from fnmatch import translate
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from leaklint.facts import NOWHERE, Instruction, Op
from leaklint.project.linker.program import Edge, Module
from leaklint.project.storage.endless import FOREVER
from leaklint.project.storage.getters import PROPERTIES
from leaklint.project.storage.guards import path
from leaklint.rule import Confidence, Evidence, Finding, Growth, Location, Place, Severity, shortened

if TYPE_CHECKING:
    from leaklint.project.facade import Project

_CALL, _ATTR, _COPY, _ENTER, _AWAIT, _DUNDER = map(int, (Op.CALL, Op.ATTR, Op.COPY, Op.ENTER, Op.AWAIT, Op.DUNDER))
_LOAD_ITEM = int(Op.LOAD_ITEM)

_ANSWERS = frozenset(
    {"get", "post", "put", "patch", "delete", "head", "request", "set", "mget", "hget", "hgetall", "incr", "exists",
     "keys", "ping", "publish", "execute", "fetch", "fetchrow", "fetchval", "submit", "run_until_complete",
     "get_object", "put_object", "upload_file", "download_file", "upload_fileobj", "send_message", "list_objects_v2",
     "invoke"}
)  # fmt: skip
"""Methods of clients that return what was asked for, which keeps no client."""

_TAKES = {int(Op.SET_ATTR): 3, int(Op.RETURN): 1, int(Op.YIELD): 1, int(Op.ELEM): 2, int(Op.STORE_ITEM): 3}
"""Instructions that hand a value to others or store it, and the operand with the value."""

_PATHS = frozenset(
    {"pathlib.Path", "pathlib.PurePath", "builtins.str", "os.path.join", "posixpath.join", "os.path.abspath",
     "os.fspath", "os.path.realpath"}
)  # fmt: skip
"""What makes a path of a path."""

ONCE_KINDS = frozenset({"loop", "thread"})
"""Entry points that run for long: nobody knows whether what they call is called in their loop or before it."""

_ONCE = re.compile(
    r"\bis None\b|== None|^not\b|\bnot in\b|\bnot hasattr\b|\b(handlers|filters|hasHandlers)\b|len\(.*\) == 0"
    r"|(initiali[sz]ed|installed|registered|configured|patched|done)\b"
)
"""Tests under which something happens the first time only."""

_ABSENT = re.compile(r"\b(KeyError|LookupError|AttributeError)\b")
"""What is raised where something was not made yet."""

_THERE = re.compile(r"\b(is not|!=) None\b|^[\w.]+(\.is_\w+\(\))?$|\b(is_alive|is_running|started|running)\b")
"""Tests under which a function is left because what it would make is there already."""

_MASK = frozenset("*?[")
"""What makes a name a pattern."""


class ExternalCall(msgspec.Struct, frozen=True):
    """A call of something external: its name, where it stands, and the instruction."""

    dotted: str
    module: Module
    scope: int
    instruction: Instruction

    @property
    def place(self) -> tuple[int, int, int, int]:
        """Row, column, end row and end column, 1-based."""
        return self.instruction[5], self.instruction[6], self.instruction[9], self.instruction[10]


class ExternalCalls:
    """The external calls of a project's code."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.program = project.program
        self.phases = project.phases

    @cached_property
    def all(self) -> tuple[ExternalCall, ...]:
        """Every external call in code that counts, in order of file and line."""
        return tuple(sorted(self._find(), key=lambda each: (each.module.path, each.place, each.dotted)))

    def named(self, *patterns: str) -> Iterator[ExternalCall]:
        """The calls whose name matches one of the patterns (`*` for any part)."""
        names = {pattern for pattern in patterns if pattern in self._names}
        masks = [translate(pattern) for pattern in patterns if not _MASK.isdisjoint(pattern)]
        if masks:
            matches = re.compile("|".join(masks)).match
            names.update(name for name in self._names if matches(name))
        return (call for call in self.all if call.dotted in names) if names else iter(())

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(call.dotted for call in self.all)

    def _find(self) -> Iterator[ExternalCall]:
        for module in self.program.modules:
            if self.phases.quiet_file(module):
                continue
            for number, calls in module.code(_CALL).items():
                for instruction in calls:
                    if instruction[2] != NOWHERE and instruction[8] == "call":
                        dotted = self.program.external_name(instruction[2] + module.slot_base)
                        if dotted:
                            yield ExternalCall(dotted, module, module.scope_base + number, instruction)

    def of_project(self, *patterns: str) -> Iterator[ExternalCall]:
        """The calls of the project's own functions whose dotted names match: a framework that is checked itself.

        A `*` stands for a part between two dots, or some of it.
        """
        matches = re.compile("|".join(re.escape(pattern).replace(r"\*", "[^.]*") for pattern in patterns)).fullmatch
        for module in self.program.modules:
            for number, scope in enumerate(module.facts.scopes):
                name = self.program.name_of(module.scope_base + number) if scope.kind == "function" else ""
                if not matches(name):
                    continue
                for edge in self.program.edges_to(module.scope_base + number):
                    yield from self._at(edge, name)

    def _at(self, edge: Edge, name: str) -> Iterator[ExternalCall]:
        caller = self.program.module_of(edge.caller)
        if self.phases.quiet(edge.caller) or edge.how == "name":
            return
        for each in self.program.scope(edge.caller).code:
            if each[0] == _CALL and each[8] == "call" and (each[5], each[6]) == (edge.row, edge.col):
                yield ExternalCall(name, caller, edge.caller, each)

    def node(self, call: ExternalCall) -> ast.Call | None:
        """The call as written; None where the file can't be read any more."""
        return self.project.sources.call(call.module.path, call.place)

    def argument(self, call: ExternalCall, keyword: str, position: int = NOWHERE) -> ast.expr | None:
        """What the call passes for a parameter."""
        node = self.node(call)
        if node is None:
            return None
        for word in node.keywords:
            if word.arg == keyword:
                return word.value
        return node.args[position] if 0 <= position < len(node.args) else None

    # When.

    def is_repeated(self, call: ExternalCall) -> bool:
        """Whether the call runs again and again: in a function, while serving, not guarded to run once."""
        scope = self.program.scope(call.scope)
        if scope.kind not in ("function", "lambda") or not self.phases.runs(call.scope):
            return False
        return not self.is_guarded(call) and not self._is_memoized(call.scope)

    def is_guarded(self, call: ExternalCall) -> bool:
        """Whether a test around the call, or around all calls of its function, or an early exit lets it happen once."""
        if self._happens_once(call.module, call.instruction[7], call.scope, call.place[0]):
            return True
        edges = [edge for edge in self.program.edges_to(call.scope) if not self.phases.quiet(edge.caller)]
        return bool(edges) and all(self.happens_once(edge) for edge in edges)

    def happens_once(self, edge: Edge) -> bool:
        """Whether a test around a call, or an exit before it, lets the call happen once."""
        module = self.program.module_of(edge.caller)
        block = module.own_block(edge.block)
        return self._happens_once(module, block, edge.caller, edge.row)

    @staticmethod
    def _happens_once(module: Module, block: int, scope: int, row: int) -> bool:
        arms = path(module, block)
        if any(arm.kind in ("if", "else", "and", "while") and _ONCE.search(arm.test) for arm in arms):
            return True
        if any(arm.kind == "except" and _ABSENT.search(arm.test) for arm in arms):
            return True
        for way_out in module.facts.exits:
            if way_out.scope + module.scope_base != scope or way_out.row >= row:
                continue
            if way_out.kind not in ("return", "raise"):
                continue
            for arm in path(module, way_out.block)[:1]:
                if arm.kind == "if" and (_ONCE.search(arm.test) or _THERE.search(arm.test)):
                    return True
        return False

    def _is_memoized(self, scope: int) -> bool:
        """Whether a function's result is kept by a cache or property: it makes what it makes once per key."""
        texts = " ".join(decorator.text for decorator in self.program.scope(scope).decorators)
        return bool(re.search(r"\b(\w*cache\w*|singleton|once|reify)\b", texts))

    def is_per_call(self, call: ExternalCall) -> bool:
        """Whether the call is repeated, and an entry point that something outside drives reaches it."""
        if not self.is_repeated(call):
            return False
        if any(arm.kind == "while" and arm.test in FOREVER for arm in path(call.module, call.instruction[7])):
            return True
        entries = self.project.reaches.entries_of(call.scope)
        return any(
            entry.rhythm != "once" and entry.kind not in ONCE_KINDS and not self._is_property(entry.function)
            for entry in entries
        )

    def _is_property(self, function: int) -> bool:
        """Whether a property stands where a view is named: it is read once, for what it gives."""
        return any(each.text in PROPERTIES for each in self.program.scope(function).decorators)

    # What becomes of the result.

    def is_kept(self, call: ExternalCall, handed: bool = True) -> bool:
        """Whether the result leaves the function: it is returned, stored, entered, or handed to another call.

        Without `handed` another call is no keeper, but what it makes of the result may leave (`Path(mkdtemp())`).
        """
        code = self.program.scope(call.scope).code
        slots = {call.instruction[1]}
        for _ in range(3):
            slots |= {each[1] for each in code if each[0] in (_COPY, _AWAIT, _DUNDER) and each[2] in slots}
            if not handed:
                slots |= {each[1] for each in code if each[0] == _CALL and self._is_path_of(each, slots, call.module)}
        if any(self._is_shared(slot, call) for slot in slots):
            return True
        kept = slots | self._derived(slots, code)
        kept |= {each[1] for each in code if each[0] == _CALL and slots.intersection(_given(each))}
        for each in code:
            if each[0] == _ENTER and each[2] in slots:
                return True
            if each[0] in _TAKES and each[_TAKES[each[0]]] in kept:
                return True
            if handed and each[0] == _CALL and slots.intersection(_given(each)):
                return True
        return False

    def _is_path_of(self, made: Instruction, slots: set[int], module: Module) -> bool:
        """Whether a call makes a path from one of the values: `Path(folder)`, `os.path.join(folder, name)`."""
        if made[2] == NOWHERE or not slots.intersection(_given(made)):
            return False
        return self.program.external_name(made[2] + module.slot_base) in _PATHS

    def _is_shared(self, slot: int, call: ExternalCall) -> bool:
        """Whether a slot is a variable of another scope (`global`, `nonlocal`)."""
        owner, _ = self.project.holders.variable_at.get(slot + call.module.slot_base, (call.scope, ""))
        return owner != call.scope

    @staticmethod
    def _derived(slots: set[int], code: tuple[Instruction, ...]) -> set[int]:
        """What keeps a value: what a method of it makes, `session.client("s3")`, or a part, `client["shop"]`."""
        methods = {each[1] for each in code if each[0] == _ATTR and each[2] in slots and each[3] not in _ANSWERS}
        made = {each[1] for each in code if each[0] == _CALL and each[2] in methods}
        made |= {each[1] for each in code if each[0] == _LOAD_ITEM and each[2] in slots}
        return made | {each[1] for each in code if each[0] in (_COPY, _AWAIT) and each[2] in made}

    # Words.

    def finding(
        self, call: ExternalCall, code: str, name: str, message: str, *, severity: Severity = "warning",
        confidence: Confidence = "medium", cwe: tuple[int, ...] = (401,), evidence: tuple[Evidence, ...] = (),
    ) -> Finding:  # fmt: skip
        """A finding about a call, at its line."""
        row, column, end_row, end_column = call.place
        function = self.program.name_of(call.scope)
        path_ = call.module.path
        return Finding(
            code=code,
            name=name,
            message=shortened(message),
            filename=path_,
            location=Location(row, column),
            end_location=Location(end_row, end_column),
            symbol=f"{function}->{call.dotted}",
            severity=severity,
            confidence=confidence,
            declared=Place(path_, row),
            growth=(Growth(path_, row, function),),
            cwe=cwe,
            evidence=evidence or (Evidence("growth", path_, row, f"{function} calls {call.dotted}"),),
            endpoints=self.project.reach(call.scope),
        )


def _given(call: Instruction) -> Iterator[int]:
    """The slots of a call's arguments."""
    for each in (*call[3], *(slot for _, slot in call[4])):
        yield each[1] if isinstance(each, tuple) else each


def external_calls(project: Project) -> ExternalCalls:
    """The external calls of a project, found once for all rules."""
    return project.once(ExternalCalls)


__all__ = ["ExternalCall", "ExternalCalls", "external_calls"]
