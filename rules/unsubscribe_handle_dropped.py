"""The function that would unsubscribe is returned, and thrown away.

Some interfaces return from `listen()` or `track()` the only thing that ends it. Who drops it can't end it: after each
reload or reconnection there is one listener more, all of them run on every event, and each keeps its object.

How to mend: keep the handle and call it at the end, or hand it to the owner that does:
`entry.async_on_unload(async_track_time_interval(...))`.

Not flagged, on purpose:

- handles that are assigned, returned, or passed on;
- listeners that are set up once, while modules are imported or the program starts, or by functions that no framework
  is known to call again and again: those are of low confidence;
- set-up of what its package has no function to unload or reload: it is there for good;
- what ends by itself: `once` variants, unless they wait for the end of the program, and points in time.

Found in released code: Home Assistant 2021.4.6 (`homekit.async_setup_entry`, a listener for the stop event at each
reload).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from leaklint.facts import Op
from leaklint.project.percall.external_calls import ExternalCall, external_calls
from leaklint.project.percall.registrations import load_registrations
from leaklint.project.percall.repeats import repeats
from leaklint.rule import Confidence, Finding, Rule

if TYPE_CHECKING:
    from leaklint.project import Project

FLAGGED = [
    """
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.event import async_track_time_interval


class Meter(Entity):
    async def async_added_to_hass(self):
        async_track_time_interval(self.hass, self.refresh, 60)  # LK402
        async_dispatcher_connect(self.hass, "meter", self.refresh)  # LK402

    async def refresh(self, now):
        self.async_write_ha_state()


async def async_unload_entry(hass, entry):
    return await hass.config_entries.async_unload_platforms(entry, ["sensor"])
""",
    """
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import HomeAssistant


class Bridge:
    def __init__(self, hass):
        self.hass = hass

    async def stop(self, event):
        self.hass = None


async def async_setup_entry(hass: HomeAssistant, entry):
    bridge = Bridge(hass)
    hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, bridge.stop)  # LK402
    return True


async def async_unload_entry(hass, entry):
    return True
""",
    """
import reactivex
from flask import Flask

app = Flask(__name__)


@app.get("/ticks")
def watch():
    reactivex.interval(1).subscribe(print)  # LK402
    return "watching"
""",
]

CLEAN = [
    """
# Once for the program, for one event, for one point in time.
from homeassistant.const import EVENT_HOMEASSISTANT_STARTED, EVENT_HOMEASSISTANT_STOP
from homeassistant.core import HomeAssistant
from homeassistant.helpers.event import async_track_point_in_utc_time


async def async_setup(hass: HomeAssistant, config):
    hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, config.stop)
    return True


async def async_setup_entry(hass: HomeAssistant, entry):
    hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STARTED, entry.start)
    async_track_point_in_utc_time(hass, entry.refresh, entry.next_time)
    entry.async_on_unload(hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, entry.stop))
    return True


async def async_unload_entry(hass: HomeAssistant, entry):
    return True
""",
    """
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.event import async_track_time_interval


class Meter(Entity):
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
        driven = repeats(project).is_driven(call.scope) and not _is_for_good(project, call)
        confidence: Confidence = "medium" if driven else "low"
        yield calls.finding(call, "LK402", "unsubscribe-handle-dropped", message, confidence=confidence, cwe=(401, 772))


def _is_for_good(project: Project, call: ExternalCall) -> bool:
    """Whether the function sets up what no function beside it in the package takes down again: that happens once."""
    found = _SETTING_UP.search(project.program.scope(call.scope).name)
    if found is None:
        return False
    taking_down = re.compile(_TAKING_DOWN[found[0]])
    module = call.module
    package = module.name if module.is_package else module.name.rpartition(".")[0]
    return not any(
        taking_down.search(scope.name)
        for each in project.program.modules
        if each is module or (package and f"{each.name}.".startswith(f"{package}."))
        for scope in each.facts.scopes
    )


_SETTING_UP = re.compile(r"setup|added")
_TAKING_DOWN = {"setup": "unload|reload", "added": "unload|reload|will_remove"}
"""Names of functions that end what others begin, by a word of the names of those."""

_LAST = re.compile(r"STOP|CLOSE|SHUTDOWN|FINAL_WRITE", re.IGNORECASE)
"""Events that come when all is over."""


def _ends_by_itself(project: Project, call: ExternalCall) -> bool:
    """Whether it waits for one point in time, or for one event that comes before the end."""
    if any(kind.once and fnmatchcase(call.dotted, name) for name, kind in load_registrations().handles.items()):
        return True
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


RULE = Rule("LK402", "unsubscribe-handle-dropped", judge, cwe=(401, 772))
