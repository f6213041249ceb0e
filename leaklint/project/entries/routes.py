"""Prefixes: how the routes of nested routers, blueprints and lists come to their full paths."""

from __future__ import annotations

from collections import defaultdict

from leaklint.project.entries.values import UNKNOWN

Node = tuple[int, int, int]
"""Where a router, list or route is made: module, row and column; see `Values.objects`."""

MOST_PATHS = 12
DEPTH = 12


class Prefixes:
    """Which objects are mounted where."""

    def __init__(self) -> None:
        self.own: dict[Node, tuple[str, ...]] = {}
        """The prefix that a router was made with."""
        self.mounted: dict[Node, list[tuple[Node, tuple[str, ...], bool]]] = defaultdict(list)
        """For each child its parents with the prefix given there, and whether it takes the place of the child's own."""
        self.sites: dict[int, list[Node]] = defaultdict(list)
        """Where the objects of a project class are made."""

    def mount(self, parent: Node, child: Node, prefix: tuple[str, ...] = ("",), override: bool = False) -> None:
        """Put a child's routes below a prefix of its parent."""
        entry = (parent, prefix, override)
        if parent != child and entry not in self.mounted[child]:
            self.mounted[child].append(entry)

    def of(self, node: Node, seen: frozenset[Node] = frozenset()) -> tuple[str, ...]:
        """Every prefix of an object's routes."""
        if node in seen or len(seen) > DEPTH:
            return ()
        seen = seen | {node}
        own = self.own.get(node, ("",))
        parents = self.mounted.get(node, [])
        if node[0] == -1:
            for site in self.sites.get(node[1], ()):
                parents = [*parents, (site, ("",), False)]
        out: list[str] = []
        for parent, given, override in parents:
            replaced = override and given != ("",) and given != ()
            for above in self.of(parent, seen):
                for prefix in given or ("",):
                    for inner in (prefix,) if replaced else [joined(prefix, each) for each in own]:
                        out.append(joined(above, inner))
        return tuple(dict.fromkeys(out or own))[:MOST_PATHS]


def joined(prefix: str, path: str) -> str:
    """A prefix before a path, with one slash between where one of them has any at the seam."""
    if not prefix or not path:
        return prefix or path
    if prefix.endswith("/") and path.startswith("/"):
        return prefix + path[1:]
    return prefix + path


def shown(path: str) -> str:
    """A path without what is not known of its front, unknown parts as `{}`."""
    return path.lstrip(UNKNOWN).replace(UNKNOWN, "{}")
