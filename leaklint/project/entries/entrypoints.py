"""Entry points: the functions that something outside the project calls, and how often.

The models say how frameworks learn of functions; here their rules are applied to the linked program.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from functools import cached_property
from typing import Any

import msgspec

from leaklint.models import EntryRule, Models
from leaklint.project.entries.build import Builder
from leaklint.project.entries.classes import Hooks
from leaklint.project.entries.partials import given_before
from leaklint.project.linker.program import Program

Lifetime = str

_CONTEXT = frozenset({"ctx", "context"})
"""Parameters that stand for the call itself; a web framework's request does too, and is read by its parts."""


class EntryPoint(msgspec.Struct, frozen=True, order=True):
    """A function that something outside the project calls.

    `function` is its number in the program; where a framework's own method answers for a class of the
    project, that of the class, and `method` is the method's name. `client_params` are the parameters that a client
    fills. An endpoint of rhythm `once` runs at import, start-up or shutdown.
    """

    filename: str
    row: int
    name: str
    framework: str
    kind: str
    methods: tuple[str, ...]
    path: str
    function: int
    rhythm: str
    client_params: tuple[str, ...] = ()
    method: str = ""


class EntryPoints:
    """The entry points of a program."""

    def __init__(self, program: Program, models: Models, read: Callable[[str], str]) -> None:
        """`read` gives a file's text by its path, '' where there is none."""
        self.program = program
        self.models = models
        self._read = read

    @cached_property
    def _builder(self) -> Builder:
        return Builder(self.program, self.models, self._read)

    @cached_property
    def found(self) -> Sequence[EntryPoint]:
        """Every entry point, sorted by file and line."""
        out: dict[EntryPoint, None] = {}
        for each in self._builder.entries():
            scope = self.program.scope(each.function)
            path = self.program.module_of(each.function).path
            name = _name(
                each.rule, each.kind, each.methods, each.path, self.program.name_of(each.function), each.method
            )
            client = self._client(each.rule, each.function)
            entry = EntryPoint(
                path,
                scope.row,
                name,
                each.rule.framework,
                each.kind,
                each.methods,
                each.path,
                each.function,
                each.rhythm,
                client,
                each.method,
            )
            out.setdefault(entry)
        return tuple(sorted(out))

    def _client(self, rule: EntryRule, gid: int) -> tuple[str, ...]:
        if rule.client == "none" or self.program.scope(gid).kind == "class":
            return ()
        if rule.iterates:
            return tuple(sorted(self._builder.taken[gid]))
        params = list(self.program.scope(gid).params)
        if self.program.class_of(gid) is not None and params and params[0].name in ("self", "cls"):
            params = params[1:]
        if rule.client == "rest" and self.program.class_of(gid) is None:
            params = params[1:]
        injected = self.models.injected.get(rule.framework, ())
        own = _CONTEXT if rule.kind == "rpc" else _CONTEXT | {"request"}
        names, before = [], self._given_before.get(gid, ())
        for param in params:
            text = f"{param.annotation} {param.default_text}"
            if param.name not in own and param.name not in before and not any(word in text for word in injected):
                names.append(param.name)
        return tuple(names)

    @cached_property
    def _given_before(self) -> Mapping[int, Set[str]]:
        return given_before(self.program)

    @cached_property
    def _hooks(self) -> Hooks:
        _ = self.found
        return self._builder.hooks

    def instance_lifetime(self, cls: int) -> Lifetime | None:
        """How long a framework keeps an instance of a class: process, connection or request.

        None where nothing is known.
        """
        return self._hooks.instance_lifetime(cls)


def _name(rule: EntryRule, kind: str, methods: Sequence[str], path: str, function: str, method: str) -> str:
    if path:
        return f"{','.join(methods) or ('ANY' if kind == 'route' else kind.upper())} {path}"
    target = f"{function}.{method}" if method else function
    if kind == "route" and methods:
        return f"{','.join(methods)} {target}"
    return f"{rule.framework} {kind} {target}"


def as_rows(program: Program, entries: Sequence[EntryPoint]) -> list[dict[str, Any]]:
    """The shape of `endpoints --output-format json`."""
    return [
        {
            "framework": entry.framework,
            "kind": entry.kind,
            "name": entry.name,
            "methods": list(entry.methods),
            "path": entry.path or None,
            "function": program.name_of(entry.function) + (f".{entry.method}" if entry.method else ""),
            "filename": entry.filename,
            "row": entry.row,
            "rhythm": entry.rhythm,
        }
        for entry in entries
    ]
