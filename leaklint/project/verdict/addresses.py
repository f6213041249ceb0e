"""Keys that are addresses of objects: numbers that are given out again when their objects are gone."""

from __future__ import annotations

import re

from leaklint.project.domains.domain import Domains
from leaklint.project.storage.containers import Event

_ADDRESS = re.compile(r"id\(([^\W\d][\w.]*)\)")


def is_reused(event: Event, key: str, domains: Domains) -> bool:
    """Whether a key is the `id()` of an object that nothing put in under that key keeps alive.

    Objects that are made and dropped get the addresses of earlier ones: there are as many keys as objects at one time,
    and somewhat more.
    """
    text = key
    if key.isidentifier():
        found = domains.variable(key, event.scope)
        binds = domains.binds.get(found[0], ()) if found is not None else ()
        text = binds[0].value if len(binds) == 1 else ""
    address = _ADDRESS.fullmatch(text)
    if address is None:
        return False
    held = re.compile(rf"(?<![\w.])(?<!\bid\(){re.escape(address[1])}(?![\w(])")
    beside = (
        use for use in event.module.facts.uses if (use.kind, use.scope, use.key) == ("grow", event.use.scope, key)
    )
    return not any(held.search(use.value) for use in beside)
