"""Entry points: the functions that a framework, a queue, a clock or a thread calls while the process serves."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import msgspec

from leaklint.models import Known, Models, Rule
from leaklint.project.entry_calls import Call, Calls, Given
from leaklint.project.entry_classes import HandlerClasses, Method
from leaklint.project.entry_mounts import Mounts, join
from leaklint.project.entry_trace import Context, Ref, Target, Tracer
from leaklint.project.phases import QUIET_ROLES
from leaklint.project.program import Program, Value
from leaklint.project.sources import Sources

_REQUESTS = frozenset({"request", "req", "environ", "scope", "message", "event", "update"})


class EntryPoint(msgspec.Struct, frozen=True):
    """A function that something outside the project calls, and what for.

    `rhythm` is request, message, connection, task, tick, item or once; `client_params` are the parameters that a
    client fills.
    """

    framework: str
    kind: str
    name: str
    methods: tuple[str, ...]
    path: str
    function: int
    filename: str
    row: int
    rhythm: str
    client_params: tuple[str, ...] = ()


class EntryPoints:
    """All entry points of a program, in order of file and line."""

    def __init__(self, program: Program, models: Models, read: Callable[[str], str]) -> None:
        """`read` gives a file's text by its path relative to the root, or raises OSError."""
        self.program = program
        self._tracer = Tracer(program, Sources(read))
        self._calls = Calls(program, self._tracer, models)
        self._classes = HandlerClasses(program, self._tracer, self._calls)
        self._mounts = Mounts(dict.fromkeys(name for rule in models.rules for name in rule.lists))
        self._injected = {name: _pattern(words) for name, words in models.injected.items()}
        self._lifetimes: dict[int, str] = {}
        self._found: dict[EntryPoint, None] = {}
        self._collect(list(self._calls.found()))
        self._collect_classes()
        self.found: Sequence[EntryPoint] = sorted(
            self._found, key=lambda each: (each.filename, each.row, each.function, each.path, each.methods, each.kind, each.framework)
        )

    def instance_lifetime(self, cls: int) -> str | None:
        """How long an instance of a class lives that a framework makes or keeps; None where that is not known."""
        return self._lifetimes.get(cls) or self._classes.lifetime(cls)

    # Calls.

    def _collect(self, calls: list[tuple[Call, list[Known]]]) -> None:
        for call, words in calls:
            for known in words:
                if known.rule.routers:
                    self._mounts.add_router(call, known.rule)
                elif known.rule.kind == "mount":
                    self._mounts.add_mount(call, known.rule)
                elif known.rule.calls and known.rule.path:
                    self._mounts.add_route(call, known.rule)
        for call, words in calls:
            for known in words:
                if known.rule.kind == "table":
                    self._read_table(call, known.rule)
                elif known.rule.calls and known.rule.kind != "mount":
                    self._register(call, known)

    def _register(self, call: Call, known: Known) -> None:
        rule = known.rule
        paths: list[Given | None] = [*call.arguments(rule.path, rule.starred)] or [None]
        for held in call.arguments(rule.holds):
            for target in self._tracer.targets(held.slot):
                self._lifetimes.setdefault(target.gid, "process")
        for ref in self._handlers(call, rule):
            for path in paths:
                for context in self._contexts(call, ref, path):
                    self._register_one(call, known, ref, path, context)

    def _handlers(self, call: Call, rule: Rule) -> list[Ref]:
        out: list[Ref] = []
        for slot in rule.handler:
            given = call.argument((slot,))
            if given is not None and given.slot >= 0:
                out.append(given.slot)
        for given in call.arguments(rule.items):
            out += self._tracer.elements(given.slot)
        if (not rule.handler and not rule.items) or (rule.decorates and not out) or call.instruction[8] == "decorator":
            out = call.decorated() or out
        return list(dict.fromkeys(out))

    def _contexts(self, call: Call, ref: Ref, path: Given | None) -> list[Context]:
        """The calls of the function around, where it registers what it is given."""
        if self.program.scope(call.scope).kind != "function":
            return [{}]
        contexts = self._tracer.contexts(call.scope)
        given = {slot for context in contexts for slot in context}
        source = self._tracer.source(ref)
        at = self._tracer.source(path.slot) if path is not None and path.slot >= 0 else None
        if source in given or at in given:
            return contexts
        if contexts and path is not None and path.slot < 0 and path.node is not None:
            return contexts
        return [{}]

    def _register_one(self, call: Call, known: Known, ref: Ref, path: Given | None, context: Context) -> None:
        rule = known.rule
        methods = call.argument(rule.methods)
        slots: list[Ref] = [ref, path.slot if path is not None else -1, methods.slot if methods is not None else -1]
        slots = [context.get(source, each) if isinstance(source := self._tracer.source(each), int) else each for each in slots]
        for one, at, by in self._tracer.rows(*slots):
            texts = path.texts(at, context) if path is not None else []
            verbs = self._verbs(by, methods) or ((known.verb,) if known.verb else ())
            for target in self._tracer.targets(one):
                for method in self._methods(target, rule, call):
                    allowed = method.verbs or verbs or tuple(verb for verb in rule.verbs if "<" not in verb)
                    for full in self._full_paths(call, rule, texts, method):
                        self._add(method, allowed, full)

    def _verbs(self, ref: Ref, given: Given | None) -> tuple[str, ...]:
        if given is None:
            return ()
        texts = [text for each in self._tracer.elements(ref) for text in self._tracer.texts(each)]
        return tuple(dict.fromkeys(text.upper() for text in texts or given.texts(ref)))

    def _methods(self, target: Target, rule: Rule, call: Call | None) -> Iterable[Method]:
        if self.program.scope(target.gid).kind != "class":
            return [Method(target.gid, rule, (), rule.kind)]
        if rule.lifetime:
            self._lifetimes.setdefault(target.gid, rule.lifetime)
        if rule.actions:
            return self._classes.actions(target.gid, rule)
        suffix = call.argument(rule.suffix) if call is not None else None
        return self._classes.routed(target.gid, rule, (suffix.texts() or [""])[0] if suffix is not None else "", target.made)

    def _full_paths(self, call: Call, rule: Rule, texts: list[str], method: Method) -> list[str]:
        if not rule.path:
            return [""]
        nodes: list[Value] = call.receivers() if rule.on else list(call.made())
        starts = [start for node in nodes for start in self._mounts.prefixes(node)] or [""]
        if not rule.on:  # the route's own path is the prefix of what lies below it
            texts = texts or [""]
        return list(dict.fromkeys(join(join(start, text), method.path) for start in starts for text in texts or [""]))

    def _read_table(self, call: Call, rule: Rule) -> None:
        """A list of tuples, each of them a route."""
        for items in call.arguments(rule.items):
            for row in self._rows(items.slot):
                texts = [text for key in rule.path for ref in self._tracer.elements(row, key) for text in self._tracer.texts(ref)]
                targets = [each for key in rule.handler for ref in self._tracer.elements(row, key) for each in self._tracer.targets(ref)]
                for target in targets:
                    for method in self._methods(target, rule, None):
                        for full in self._full_paths(call, rule, texts, method):
                            self._add(method._replace(kind="route" if method.kind == "table" else method.kind), method.verbs, full)

    def _rows(self, ref: Ref, depth: int = 4) -> Iterator[Ref]:
        for each in self._tracer.elements(ref) if depth else ():
            if any(getattr(value, "kind", "") == "tuple" for value in self._tracer.values(each)):
                yield each
            else:
                yield from self._rows(each, depth - 1)

    # Classes.

    def _collect_classes(self) -> None:
        routed = {entry.function for entry in self._found}
        for cls, rule in self._classes.known():
            for method in self._classes.methods(cls, rule):
                if method.function not in routed:
                    self._add(method, method.verbs, "")

    def _add(self, method: Method, verbs: tuple[str, ...], path: str) -> None:
        scope = self.program.scope(method.function)
        module = self.program.module_of(method.function)
        if module.role in QUIET_ROLES:
            return
        rule = method.rule
        what = path or self.program.name_of(method.function)
        name = f"{'|'.join(verbs) or 'ANY'} {what}" if method.kind in ("route", "viewset") else f"{method.kind} {what}"
        params = client_params(self.program, method, self._injected.get(rule.framework))
        entry = EntryPoint(
            rule.framework, method.kind, name, verbs, path, method.function, module.path, scope.row, rule.rhythm, params
        )  # fmt: skip
        self._found[entry] = None


def _pattern(words: Iterable[str]) -> re.Pattern[str] | None:
    return re.compile(r"\b(" + "|".join(map(re.escape, words)) + r")\b") if words else None


def client_params(program: Program, method: Method, injected: re.Pattern[str] | None) -> tuple[str, ...]:
    """The parameters of an entry point that a client fills."""
    params = list(program.scope(method.function).params)
    if program.class_of(method.function) is not None and params and params[0].name in ("self", "cls"):
        params = params[1:]
    if method.rule.client == "none":
        return tuple(each.name for each in params if each.name in _REQUESTS)
    return tuple(
        each.name for each in params if injected is None or not injected.search(f"{each.annotation} {each.default_text}")
    )


def as_rows(program: Program, entries: Sequence[EntryPoint]) -> list[dict[str, Any]]:
    """The entry points in the shape of `endpoints --output-format json`; those that run once are none."""
    return [
        {
            "framework": entry.framework,
            "kind": entry.kind,
            "name": entry.name,
            "methods": list(entry.methods),
            "path": entry.path,
            "function": program.name_of(entry.function),
            "filename": entry.filename,
            "row": entry.row,
            "rhythm": entry.rhythm,
        }
        for entry in entries
        if entry.rhythm != "once"
    ]


__all__ = ["EntryPoint", "EntryPoints", "as_rows", "client_params"]
