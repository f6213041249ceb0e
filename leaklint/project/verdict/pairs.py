"""What is seen only beside other containers, or beside the endpoints: LK306 and LK308."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import msgspec

from leaklint.project.domains.drives import Domain
from leaklint.project.entries.reach import Reaches
from leaklint.project.storage.containers import Event
from leaklint.project.verdict.bounds import EVICTED, NOT_ENOUGH, Removal, Verdict
from leaklint.project.verdict.leaks import Leak, base_code
from leaklint.project.verdict.weighing import Weighing

_CLIENT_ENDS = re.compile(
    r"delete|remove|logout|log_out|sign_?out|leave|revoke|unsubscribe|end_|close|cancel|disconnect_user", re.I
)

_CLIENT = re.compile(
    r"(?i)(\w*_)?(session|login|token|client|connection|socket|ws|peer|sid|visitor|subscriber|cart|stream|ticket|transport)"
    r"(s|_?ids?|_\w+)?"
)
"""Names of what stands for a client and is left behind when it goes away; other things wait to be deleted."""

_EMPTIES = re.compile(r"clear|reset|purge|empty|truncate", re.I)
"""Requests by which somebody empties what has been written down so far."""

_APPENDING = frozenset({"append", "appendleft", "extend", "insert", "write"})

_BY_KEY = frozenset({"[]=", "setdefault", "add", "__setitem__"})


def second_registries(leaks: Iterable[Leak], weighing: Weighing) -> tuple[Leak, ...]:
    """A container filled in the same place and under the same key as one that is emptied is told so."""
    leaks = tuple(leaks)
    emptied: dict[tuple[int, str], Event] = {}
    for leak in leaks:
        for each in leak.growing if leak.verdict.kind == EVICTED else ():
            use = each.event.use
            if use.key and each.axis == 0 and use.op in _BY_KEY:
                emptied.setdefault((each.event.scope, use.key), each.event)
    return tuple(_second(leak, emptied, weighing) for leak in leaks)


def _second(leak: Leak, emptied: Mapping[tuple[int, str], Event], weighing: Weighing) -> Leak:
    if not leak.codes or any(code.startswith("LK3") for code in leak.codes):
        return leak
    for each in leak.growing:
        event = each.event
        other = emptied.get((event.scope, event.use.key)) if event.use.op in _BY_KEY else None
        said = weighing.beside(leak.container, event, other) if other is not None else ""
        if said != "":
            words = (("LK306", said),) if said else ()
            return msgspec.structs.replace(leak, codes=("LK306", *leak.codes), words=(*leak.words, *words))
    return leak


def left_to_clients(leaks: Iterable[Leak], reaches: Reaches, weighing: Weighing) -> tuple[Leak, ...]:
    """A container of what clients leave that only their own requests empty is not bounded: clients go away."""
    return tuple(_left(leak, reaches, weighing) if leak.verdict.kind == EVICTED else leak for leak in leaks)


def _left(leak: Leak, reaches: Reaches, weighing: Weighing) -> Leak:
    counting = [removal for removal in leak.verdict.removals if removal.counts]
    is_log = not _of_clients(leak)
    if not counting or (is_log and any(each.event.use.op not in _APPENDING for each in leak.growing)):
        return leak
    ending = _EMPTIES if is_log else _CLIENT_ENDS
    if not all(_asked_for(removal, reaches, ending) for removal in counting):
        return leak
    if not is_log and not any(reaches.entries_of(each.event.ref.entered) for each in leak.growing):
        return leak
    events = tuple(removal.event for removal in counting)
    answers = [weighing.said("LK308", leak.container, [each], events) for each in leak.growing]
    if "" in answers:
        return leak
    reason = next(filter(None, answers), "removed only when a client asks for it")
    removals = tuple(_doubted(removal, reason) if removal.counts else removal for removal in leak.verdict.removals)
    verdict = Verdict(NOT_ENOUGH, "", removals)
    return msgspec.structs.replace(leak, verdict=verdict, codes=("LK308", base_code(leak.container)))


def _of_clients(leak: Leak) -> bool:
    """Whether an entry stands for one visit of a client: by a new identity, or by its name."""
    if any(each.drive.domain == Domain.IDENTITY for each in leak.growing):
        return True
    names = {leak.container.holder.name}
    names.update(name for each in leak.growing for name in re.findall(r"[A-Za-z_]\w*", each.event.use.key))
    return any(_CLIENT.fullmatch(name.strip("_")) for name in names)


def _asked_for(removal: Removal, reaches: Reaches, ending: re.Pattern[str]) -> bool:
    """Whether a removal runs in requests only, which by their names end something for the client that asks."""
    reached = reaches.entries_of(removal.event.ref.entered)
    return bool(reached) and all(
        entry.rhythm == "request" and (entry.methods == ("DELETE",) or ending.search(f"{entry.name} {entry.path}"))
        for entry in reached
    )


def _doubted(removal: Removal, reason: str) -> Removal:
    return msgspec.structs.replace(removal, counts=False, reason=reason, fault="LK308")
