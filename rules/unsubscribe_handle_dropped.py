"""The function that would unsubscribe is returned, and thrown away.

Some interfaces return from `listen()` or `track()` the only thing that ends it. Who drops it can't end it: after each
reload or reconnection there is one listener more, all of them run on every event, and each keeps its object.

How to mend: keep the handle and call it at the end, or hand it to the owner that does:
`entry.async_on_unload(async_track_time_interval(...))`.

Not flagged, on purpose:

- handles that are assigned, returned, or passed on;
- listeners that are set up once, while modules are imported or the program starts;
- `once` variants, which end by themselves, unless they wait for the end of the program.

Found in released code: Home Assistant 2021.4.6 (`homekit.async_setup_entry`, a listener for the stop event at each
reload).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from leaklint.facts import Op
from leaklint.project.percall.external_calls import ExternalCall, external_calls
from leaklint.project.percall.registrations import load_registrations
from leaklint.rule import Finding, Rule

if TYPE_CHECKING:
    from leaklint.project import Project

FLAGGED = [
    """
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.event import async_track_time_interval


class Meter:
    async def async_added_to_hass(self):
        async_track_time_interval(self.hass, self.refresh, 60)  # LK402
        async_dispatcher_connect(self.hass, "meter", self.refresh)  # LK402

    async def refresh(self, now):
        self.async_write_ha_state()
""",
    """
import reactivex


def watch(request):
    reactivex.interval(1).subscribe(request.send)  # LK402
""",
]

CLEAN = [
    """
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.event import async_track_time_interval


class Meter:
    async def async_added_to_hass(self):
        self.async_on_remove(async_track_time_interval(self.hass, self.refresh, 60))
        self.end = async_dispatcher_connect(self.hass, "meter", self.refresh)

    async def refresh(self, now):
        self.async_write_ha_state()
""",
]


def judge(project: Project) -> Iterator[Finding]:
    """The calls that return a handle for unsubscribing which nothing takes."""
    calls, handles = external_calls(project), load_registrations().handles
    found = {(call.module.path, call.place): call for call in (*calls.named(*handles), *calls.of_project(*handles))}
    for _, call in sorted(found.items(), key=lambda item: item[0]):
        if not calls.is_repeated(call) or _is_taken(project, call) or _ends_by_itself(project, call):
            continue
        name = call.dotted.rpartition(".")[2]
        message = f"{name}() returns the only way to unsubscribe, and it is dropped: listeners pile up"
        yield calls.finding(call, "LK402", "unsubscribe-handle-dropped", message, cwe=(401, 772))


_LAST = re.compile(r"STOP|CLOSE|SHUTDOWN|FINAL_WRITE", re.IGNORECASE)
"""Events that come when all is over."""


def _ends_by_itself(project: Project, call: ExternalCall) -> bool:
    """Whether a listener for one event gets an event that comes before the end."""
    if not call.dotted.endswith("_once"):
        return False
    node = external_calls(project).node(call)
    return node is None or not node.args or not _LAST.search(ast.unparse(node.args[0]))


_SOURCES = {
    int(Op.COPY): (2,), int(Op.ATTR): (2,), int(Op.RETURN): (1,), int(Op.YIELD): (1,), int(Op.SET_ATTR): (3,),
    int(Op.ELEM): (2,), int(Op.STORE_ITEM): (3,), int(Op.AWAIT): (2,), int(Op.ENTER): (2,), int(Op.CALL): (2,),
}  # fmt: skip


def _is_taken(project: Project, call: ExternalCall) -> bool:
    """Whether any instruction of the function takes what the call returns."""
    made = call.instruction[1]
    for each in project.program.scope(call.scope).code:
        if any(each[place] == made for place in _SOURCES.get(each[0], ())):
            return True
        if each[0] == int(Op.CALL) and (made in each[3] or any(slot == made for _, slot in each[4])):
            return True
    return False


RULE = Rule("LK402", "unsubscribe-handle-dropped", judge, cwe=(401, 772), preview=True)
