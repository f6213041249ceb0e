"""A module-level exception is raised again and again, and keeps the frames of every raise.

Raising an exception appends to its traceback, and a traceback holds the frames with all their local names. A fresh
instance dies with its handling. One that a module keeps collects an entry for each frame of each raise: after 50
raises through two functions there are 100 entries, and the locals of all those calls - requests, bodies, connections -
are alive.

How to mend: keep the class or its arguments, and raise a fresh instance: `raise HTTPException(401)`.

Not flagged, on purpose:

- the last error kept on an object (`self.error = error`, `sys.exc_info()`): the next takes its place; lists of them are
  `LK101` to `LK103`;
- classes that are raised without a call, which makes a fresh instance;
- a fresh copy (`raise type(ERROR)(*ERROR.args)`), and `raise ERROR.with_traceback(None)`.

Found in released code: eventlet 0.33.3 (`EAI_EAGAIN_ERROR` and two more of `greendns`), salt 3008.5
(`INVALID_USAGE_ERROR` of the `stateconf` renderer).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from leaklint.facts import NOWHERE, Op
from leaklint.rule import Evidence, Finding, Growth, Location, Place, Rule

if TYPE_CHECKING:
    from leaklint.project import Project

FLAGGED = [
    """
from fastapi import FastAPI, Header, HTTPException

app = FastAPI()
UNAUTHORIZED = HTTPException(status_code=401)


@app.get("/secrets")
def secrets(token: str = Header()):
    if token != "open sesame":
        raise UNAUTHORIZED  # LK501
    return "gold"
""",
    """
import socket

TRY_AGAIN = socket.gaierror(socket.EAI_AGAIN, "try again")


def resolve(name, lookup):
    address = lookup(name)
    if address is None:
        raise TRY_AGAIN  # LK501
    return address
""",
]

CLEAN = [
    """
import socket

TRY_AGAIN = socket.gaierror(socket.EAI_AGAIN, "try again")


class NotFound(Exception):
    pass


def resolve(name, lookup):
    address = lookup(name)
    if address is None:
        raise type(TRY_AGAIN)(*TRY_AGAIN.args)
    if not address:
        raise NotFound
    return address
""",
]

_INSTANCE = re.compile(r"[\w.]*(Error|Exception|Exit|Interrupt|Abort|Warning|Denied|Failure|Fault|[a-z]error)\(")
"""How the making of an exception is written; nothing else tells for classes of other packages."""

_RAISE = int(Op.RAISE)


def judge(project: Project) -> Iterator[Finding]:
    """The module-level exceptions that functions raise, each at its first raise."""
    program, phases = project.program, project.phases
    raised: dict[int, list[tuple[str, int, int, int]]] = {}
    for module in program.modules:
        if phases.quiet_file(module):
            continue
        for number, raises in module.code(_RAISE).items():
            gid = module.scope_base + number
            for each in raises:
                if each[1] != NOWHERE and program.scope(gid).kind == "function" and phases.runs(gid):
                    slot = each[1] + module.slot_base
                    if _is_kept_exception(project, slot):
                        raised.setdefault(slot, []).append((module.path, each[2], each[3], gid))
    for slot, places in sorted(raised.items(), key=lambda item: min(item[1])):
        yield _finding(project, slot, sorted(places))


def _is_kept_exception(project: Project, slot: int) -> bool:
    owner, _ = project.holders.variable_at.get(slot, (NOWHERE, ""))
    if owner == NOWHERE or project.program.scope(owner).kind != "module":
        return False
    binds = [use for use in project.domains.binds.get(slot, ()) if use.value]
    return bool(binds) and all(_INSTANCE.match(use.value) for use in binds)


def _finding(project: Project, slot: int, places: list[tuple[str, int, int, int]]) -> Finding:
    owner, name = project.holders.variable_at[slot]
    path, row, column, gid = places[0]
    declared = project.domains.binds[slot][0].row
    where = project.program.module_of(owner).path
    function = project.program.scope(gid).name
    return Finding(
        code="LK501",
        name="exception-kept",
        message=f"{function}() raises {name}, which the module keeps: every raise adds its frames to the traceback",
        filename=path,
        location=Location(row, column),
        end_location=Location(row, column),
        symbol=f"{project.program.name_of(owner)}.{name}",
        severity="warning",
        confidence="high",
        declared=Place(where, declared),
        growth=tuple(Growth(place[0], place[1], project.program.name_of(place[3])) for place in places),
        cwe=(401, 400),
        evidence=(Evidence("lifetime", where, declared, "the module keeps one instance as long as the process lives"),),
        endpoints=project.reach(*(place[3] for place in places)),
        anchors=tuple((place[0], Location(place[1], place[2]), Location(place[1], place[2])) for place in places[1:]),
    )


RULE = Rule("LK501", "exception-kept", judge, cwe=(401, 400))
