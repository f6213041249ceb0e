"""Objects that register two of their methods with what they are given, and take back one of them.

`connect(button)` adds `self.on_press` and `self.on_move`, `disconnect()` takes back `self.on_press` alone: what
ends the registration was written, and misses a half.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

import msgspec

from leaklint.facts import NOWHERE, Instruction, Op
from leaklint.project.linker.program import Module
from leaklint.project.percall.external_calls import ExternalCall, external_calls
from leaklint.rule import Finding

if TYPE_CHECKING:
    from leaklint.project.facade import Project

_ATTR, _CALL = int(Op.ATTR), int(Op.CALL)

_OPPOSITES = (
    (re.compile(r"add(_\w+|[A-Z]\w*)"), r"remove\1"),
    (re.compile(r"add(_\w+|[A-Z]\w*)"), r"del\1"),
    (re.compile(r"register(_\w+)?"), r"unregister\1"),
    (re.compile(r"register(_\w+)?"), r"deregister\1"),
    (re.compile(r"subscribe(_\w+)?"), r"unsubscribe\1"),
    (re.compile(r"connect"), "disconnect"),
    (re.compile(r"attach(_\w+)?"), r"detach\1"),
    (re.compile(r"observe"), "unobserve"),
    (re.compile(r"bind"), "unbind"),
    (re.compile(r"on"), "off"),
)
"""Names of calls that register something, and of those that take it back."""


class _Registered(msgspec.Struct, frozen=True):
    """A call with one of an object's own methods: on what it is called, the call's name and the method's."""

    owner: str
    name: str
    handler: str
    scope: int
    instruction: Instruction


def half_taken_back(project: Project) -> Iterator[Finding]:
    """The calls that register a method which stays, while another beside it is taken back."""
    for call, handler, other in _found(project):
        message = f"{call.dotted}({handler}) is taken back by nothing, while {other} beside it is"
        yield external_calls(project).finding(call, "LK401", "handler-added-per-call", message, cwe=(401, 770))


def _found(project: Project) -> Iterator[tuple[ExternalCall, str, str]]:
    """Those calls, each with the name of the method that stays and of the one that is taken back."""
    for module in project.program.modules:
        if project.phases.quiet_file(module):
            continue
        by_class: dict[int, list[_Registered]] = {}
        for each in _calls(module):
            by_class.setdefault(module.facts.scopes[each.scope].parent, []).append(each)
        for calls in by_class.values():
            yield from _halves(module, calls)


def _halves(module: Module, calls: list[_Registered]) -> Iterator[tuple[ExternalCall, str, str]]:
    for each in calls:
        undone = _undoing(each.name)
        taken = {other.handler for other in calls if other.name in undone}
        if not undone or each.handler in taken or each.owner.partition(".")[0] == "self":
            continue
        beside = [
            other.handler
            for other in calls
            if other.scope == each.scope and other.name == each.name and other.handler in taken
            and _is_alike(other.owner, each.owner)
        ]  # fmt: skip
        if beside:
            call = ExternalCall(each.name, module, module.scope_base + each.scope, each.instruction)
            yield call, each.handler, beside[0]


@cache
def _undoing(name: str) -> tuple[str, ...]:
    """The names of the calls that take back what a call registers."""
    return tuple(pattern.sub(opposite, name) for pattern, opposite in _OPPOSITES if pattern.fullmatch(name))


def _is_alike(one: str, other: str) -> bool:
    """Whether two expressions speak of one thing, or of two events of it."""
    return one == other or one.rpartition(".")[0] == other.rpartition(".")[0] != ""


def _calls(module: Module) -> Iterator[_Registered]:
    """The calls in methods of something that the object was given, with one of its own methods.

    Only calls by names of which a file has both a registration and what takes it back.
    """
    spoken = _opposed({step[3] for step in module.instructions(_ATTR)})
    variables: dict[int, dict[int, str]] = defaultdict(dict)
    for each in module.facts.variables if spoken else ():
        variables[each.scope][each.slot] = each.name
    for number, steps in module.code(_CALL).items() if spoken else ():
        scope = module.facts.scopes[number]
        if scope.kind != "function" or not scope.params or module.facts.scopes[scope.parent].kind != "class":
            continue
        own = scope.params[0].slot
        read, names = {step[1]: step for step in module.code(_ATTR).get(number, ())}, variables[number]
        for step in steps:
            callee = read.get(step[2])
            if callee is None or callee[3] not in spoken:
                continue
            given = [read[slot] for slot in step[3] if isinstance(slot, int) and slot in read]
            bound = [attr[3] for attr in given if attr[2] == own]
            owner = _written(callee[2], read, names)
            if owner and len(bound) == 1:
                yield _Registered(owner, callee[3], bound[0], number, step)


def _opposed(names: set[str]) -> set[str]:
    """Those of the names that register something or take it back, where the opposite is among them too."""
    pairs = [(name, names.intersection(_undoing(name))) for name in names]
    return {each for name, opposites in pairs if opposites for each in (name, *opposites)}


def _written(slot: int, read: dict[int, Instruction], names: dict[int, str]) -> str:
    """A chain of attributes from a local name; '' for anything else."""
    parts: list[str] = []
    while slot in read and slot != NOWHERE:
        parts.append(read[slot][3])
        slot = read[slot][2]
    root = names.get(slot, "")
    return ".".join((root, *reversed(parts))) if root else ""
