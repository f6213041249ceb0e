"""Protocols of connections that the project opens itself, and closes where it opened them."""

from __future__ import annotations

from leaklint.facts import NOWHERE, Op
from leaklint.project.linker.program import Edge, Program
from leaklint.project.storage.phases import Phases

_ATTR, _AWAIT, _CALL, _COPY = map(int, (Op.ATTR, Op.AWAIT, Op.CALL, Op.COPY))
_ITER, _LOAD_ITEM, _RETURN, _SET_ATTR = map(int, (Op.ITER, Op.LOAD_ITEM, Op.RETURN, Op.SET_ATTR))

_MOVES = frozenset({_AWAIT, _COPY, _ITER, _LOAD_ITEM})
"""What gives a slot the value of another, or an element of it."""

_KEEPS = {_SET_ATTR: 3, _RETURN: 1}
"""What keeps a value or gives it back, and where its slot stands."""

_DIALS = frozenset(
    {"create_datagram_endpoint", "create_connection", "create_unix_connection", "connect_read_pipe",
     "connect_write_pipe", "subprocess_exec", "subprocess_shell"}
)  # fmt: skip
"""Methods of an event loop that open a connection and give its transport."""

_HANGS_UP = frozenset({"close", "abort"})


def is_hung_up(program: Program, phases: Phases, cls: int) -> bool:
    """Whether every function that makes the protocol for a connection closes that connection before it ends."""
    sites = [edge for edge in program.construction_sites(cls) if not phases.quiet(edge.caller)]
    return bool(sites) and all(_closes(program, _opener(program, edge)) for edge in sites)


def _opener(program: Program, edge: Edge) -> int:
    """The function around a construction: protocols are made by a lambda that the event loop is given."""
    scope, base = program.scope(edge.caller), program.module_of(edge.caller).scope_base
    return base + scope.parent if scope.kind == "lambda" and scope.parent != NOWHERE else edge.caller


def _closes(program: Program, function: int) -> bool:
    """Whether a function keeps the transport that it opens to itself, and closes it."""
    code = program.scope(function).code
    dials = {step[1] for step in code if step[0] == _ATTR and step[3] in _DIALS}
    opened = {step[1] for step in code if step[0] == _CALL and step[2] in dials}
    for step in code:
        if step[0] in _MOVES and step[2] in opened:
            opened.add(step[1])
    if any(step[_KEEPS[step[0]]] in opened for step in code if step[0] in _KEEPS):
        return False
    ends = {step[1] for step in code if step[0] == _ATTR and step[2] in opened and step[3] in _HANGS_UP}
    return any(step[0] == _CALL and step[2] in ends for step in code)
