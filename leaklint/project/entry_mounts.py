"""Prefixes: which router lies below which, and the full paths that follow."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from leaklint.models import Rule
from leaklint.project.entry_calls import Call
from leaklint.project.entry_trace import Ref
from leaklint.project.program import BoundValue, Const, ExternalInstance, InstanceValue, ModuleValue, Value

_DEPTH = 12
_MOST = 24


class Link(NamedTuple):
    """A router below another one."""

    parent: Value
    prefix: str
    replaces: bool


class Mounts:
    """Routers and their prefixes. A router is the object that routes are registered on."""

    def __init__(self, variables: Iterable[str]) -> None:
        """`variables` are the names that a module's routes have, where a module is mounted."""
        self._variables = tuple(variables)
        self._own: dict[Value, list[str]] = defaultdict(list)
        self._links: dict[Value, list[Link]] = defaultdict(list)

    def add_router(self, call: Call, rule: Rule) -> None:
        """Take up the construction of a router: its own prefix, what lies below it and what it lies below."""
        texts = self._texts(call, rule)
        for node in call.made():
            self._own[node] += [text for text in texts if text not in self._own[node]]
            parent = call.argument(rule.parent)
            if parent is not None:
                self._link([node], self.below(call, parent.slot), [""], False)
            for items in call.arguments(rule.items):
                self._link(self.below(call, items.slot), [node], [""], False)

    def add_mount(self, call: Call, rule: Rule) -> None:
        """Take up a call that puts routers below a prefix."""
        parents = call.receivers() if rule.on else call.made()
        for given in [*call.arguments(rule.handler), *call.arguments(rule.items)]:
            self._link(self.below(call, given.slot), parents, self._texts(call, rule) or [""], rule.override)

    def add_route(self, call: Call, rule: Rule) -> None:
        """A route whose handler may be a list of routes: `path("x/", include(...))`."""
        given = call.argument(rule.handler)
        path = call.argument(rule.path)
        if given is not None and path is not None and not rule.on:
            self._link(self.below(call, given.slot), call.made(), path.texts() or [""], False)

    def _link(self, children: list[Value], parents: list[Value], texts: list[str], replaces: bool) -> None:
        for child in children:
            links = [Link(parent, text, replaces and bool(text)) for parent in parents if parent != child for text in texts]
            self._links[child] += [link for link in links if link not in self._links[child]]

    @staticmethod
    def _texts(call: Call, rule: Rule) -> list[str]:
        given = call.argument(rule.prefix)
        return given.texts() if given is not None else []

    def below(self, call: Call, ref: Ref, depth: int = 8) -> list[Value]:
        """The routers and routes that an argument stands for; a module stands for its list of routes."""
        out: list[Value] = []
        tracer = call.tracer
        for value in tracer.flat(ref) if depth else ():
            if isinstance(value, BoundValue):
                value = value.receiver  # router.urls, router.routes
            module = None
            if isinstance(value, Const):
                module = tracer.program.module(str(value.value)) if self._variables else None
            elif isinstance(value, ModuleValue):
                module = tracer.program.modules[value.index]
            if module is not None:
                for name in self._variables:
                    slot = tracer.variable(module, name)
                    out += self.below(call, slot, depth - 1) if slot is not None else []
            elif isinstance(value, (ExternalInstance, InstanceValue)):
                out.append(value)
        return list(dict.fromkeys(out))

    def prefixes(self, node: Value, depth: int = _DEPTH) -> list[str]:
        """The paths under which a router is reached; one, empty, where nothing is known."""
        own = self._own.get(node) or [""]
        links = self._links.get(node)
        if not links or depth == 0:
            return own
        out: list[str] = []
        for link in links:
            for start in self.prefixes(link.parent, depth - 1):
                tails = [link.prefix] if link.replaces else [join(link.prefix, each) for each in own]
                out += [join(start, tail) for tail in tails]
        return list(dict.fromkeys(out))[:_MOST]


def join(start: str, rest: str) -> str:
    """Two parts of a path, with one slash where either has one."""
    if start and rest and (start.endswith("/") or rest.startswith("/")):
        return f"{start.rstrip('/')}/{rest.lstrip('/')}"
    return start + rest
