"""Which methods end their object."""

from __future__ import annotations

from collections.abc import Mapping

from leaklint.facts import Scope
from leaklint.project.storage.lifetime_names import ENDING


def endings(methods: Mapping[str, Scope]) -> list[str]:
    """The names of those methods that end their object, in order."""
    return sorted(name for name, scope in methods.items() if _ends(scope))


def _ends(method: Scope) -> bool:
    """Whether a method ends its object: `close()`, not the `close_span(span)` of something that it holds."""
    found = ENDING.match(method.name)
    if found is None:
        return False
    return found.end() == len(method.name) or not any(param.is_required for param in method.params[1:])
