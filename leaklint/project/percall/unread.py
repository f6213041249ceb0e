"""Memory streams that a logging handler writes to and that nothing reads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from leaklint.facts import Op
from leaklint.project.linker.program import ClassValue
from leaklint.project.percall.external_calls import ExternalCall, external_calls

if TYPE_CHECKING:
    from leaklint.project.facade import Project

_CALL, _COPY = int(Op.CALL), int(Op.COPY)

_HANDLER = "logging.StreamHandler"

_WRITTEN = re.compile(r"\s*(=(?!=)|:[^=]+=|\.(close|write|flush|writelines)\()")
"""What may follow a stream's name where it is made or nothing asks what it holds."""


def unread_streams(project: Project) -> Iterator[ExternalCall]:
    """The calls that make a stream in memory which is only handed to logging handlers, to be written to."""
    calls = external_calls(project)
    for call in calls.named("io.StringIO", "io.BytesIO"):
        runs = project.program.scope(call.scope).kind == "function" and project.phases.runs(call.scope)
        name = _name(call) if runs and not call.instruction[3] else ""
        if name and _is_only_written(project, call, name):
            yield call


def _name(call: ExternalCall) -> str:
    """The local name that a call's result is given; '' where it has none."""
    number, made = call.scope - call.module.scope_base, call.instruction[1]
    code = call.module.facts.scopes[number].code
    slots = {made, *(step[1] for step in code if step[0] == _COPY and step[2] == made)}
    return next((each.name for each in call.module.facts.variables if each.scope == number and each.slot in slots), "")


def _is_only_written(project: Project, call: ExternalCall, name: str) -> bool:
    """Whether wherever a function speaks of a stream, it makes, writes or closes it, or gives it to a handler."""
    scope = project.program.scope(call.scope)
    text = "\n".join(project.sources.lines(call.module.path)[scope.row - 1 : scope.end_row])
    spoken = list(re.finditer(rf"(?<![\w.]){re.escape(name)}\b", text))
    elsewhere = [found for found in spoken if not _WRITTEN.match(text, found.end())]
    return bool(elsewhere) and len(elsewhere) == _handed(project, call, name)


def _handed(project: Project, call: ExternalCall, name: str) -> int:
    """How many times handlers are made that write to what has a name."""
    number, found = call.scope - call.module.scope_base, 0
    slots = {each.slot for each in call.module.facts.variables if each.scope == number and each.name == name}
    for step in call.module.facts.scopes[number].code:
        if step[0] == _CALL and slots.intersection((*step[3], *(slot for _, slot in step[4]))):
            found += _makes_handler(project, call, step[2])
    return found


def _makes_handler(project: Project, call: ExternalCall, callee: int) -> bool:
    """Whether what is called is the class of a handler that writes to the stream it is given."""
    slot = callee + call.module.slot_base
    if project.program.external_name(slot) == _HANDLER:
        return True
    classes = [each.gid for each in project.program.values(slot) if isinstance(each, ClassValue)]
    return bool(classes) and all(_HANDLER in project.program.mro(cls) for cls in classes)
