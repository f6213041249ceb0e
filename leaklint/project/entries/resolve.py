"""From declarations to entry points: full paths, the methods of classes, viewsets, what is found by name alone."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase

import msgspec

from leaklint.models import EntryRule, Models, Slot
from leaklint.project.entries.callers import Callers
from leaklint.project.entries.classes import Hooks
from leaklint.project.entries.names import Context
from leaklint.project.entries.pages import Pages
from leaklint.project.entries.routes import Node, Prefixes, joined, shown
from leaklint.project.entries.scan import UNSERVED_ROLES
from leaklint.project.entries.trees import FileTrees
from leaklint.project.entries.values import Values
from leaklint.project.linker.program import ClassValue, FunctionValue, InstanceValue, Program, Value

_NAMED_KINDS = frozenset({"task", "tool", "prompt"})
_FIRST = (
    "dispatch_request",
    "__call__",
    "dispatch",
    "open",
    "on_connect",
    "connect",
    "on_receive",
    "receive",
    "receive_json",
)
"""Methods that stand for a routed class which answers to no method of HTTP."""

_HANDLER = "(?P<pk>[^/.]+)"


class Declared(msgspec.Struct, frozen=True):
    """An entry point before it is named."""

    rule: EntryRule
    kind: str
    function: int
    rhythm: str
    methods: tuple[str, ...] = ()
    path: str = ""
    method: str = ""


class Pending(msgspec.Struct, frozen=True):
    """A declaration whose prefixes are not known yet. `target` is a function or class."""

    rule: EntryRule
    nodes: tuple[Node, ...]
    paths: tuple[str, ...]
    methods: tuple[str, ...]
    target: Value
    suffix: str = ""
    name: str = ""
    attribute: str = ""


class Resolver:
    """Turns what was declared into entry points, once all prefixes are known."""

    def __init__(self, program: Program, models: Models, read: Callable[[str], str]) -> None:
        self.program = program
        self.models = models
        self.trees = FileTrees(program, read)
        self.values = Values(program, self.trees)
        self.hooks = Hooks(program, models)
        self.taken: dict[int, set[str]] = {}
        self.prefixes = Prefixes()
        self.callers = Callers(program, self.trees, self.values)
        self._spoken_of: dict[str, tuple[Slot, ...]] = {}
        """The methods that put a route on a router, with the slots of the path."""
        self.pages = Pages(program, self.trees, self.hooks)
        self._roots: list[tuple[EntryRule, int, str]] = []
        """Roots of trees of objects: the class and the path of the tree."""
        self._pending: list[Pending] = []
        self._view_methods: dict[int, tuple[str, ...]] = {}
        self._routed: set[int] = set()
        self._names: dict[str, list[tuple[int, str]]] = {}
        """The paths of named routes, each with the function that declares it."""
        self._included_as: dict[int, tuple[str, ...]] = {}
        """The prefixes under which a function that declares named routes is included."""
        self._defaults: dict[int, tuple[str, tuple[str, ...]]] = {}

    def _named_paths(self, name: str) -> tuple[str, ...]:
        out = []
        for gid, path in self._names.get(name, ()):
            for prefix in self._included_as.get(gid, ("",)):
                out.append("/" + joined(prefix.strip("/") + "/" if prefix.strip("/") else "", path.lstrip("/")))
        return tuple(dict.fromkeys(out))

    def _full(self, pending: Pending) -> tuple[str, ...]:
        """The paths with every prefix."""
        if pending.rule.name:
            cls = self.program.class_of(pending.target.gid) if isinstance(pending.target, FunctionValue) else None
            return self._named_paths(pending.name or self._defaults.get(cls or -1, ("", ()))[0]) or ("",)
        if pending.paths == ("",) and not pending.rule.path and pending.rule.kind != "mount":
            return ("",)
        fronts = [prefix for node in pending.nodes for prefix in self.prefixes.of(node)] or [""]
        if pending.rule.kind in _NAMED_KINDS:
            fronts = [""]
        paths = pending.paths
        if pending.rule.kind == "viewset":
            paths = tuple("^" + path.strip("/") if path.strip("/") else path for path in paths)
        found = [shown(joined(front, path)) for front in fronts for path in paths]
        if pending.rule.framework == "django" or pending.rule.kind == "viewset":
            found = ["/" + path.lstrip("/") for path in found]
        return tuple(dict.fromkeys(found))

    def _resolved(self, pending: Pending) -> Iterator[Declared]:
        rule, target = pending.rule, pending.target
        for path in self._full(pending):
            if rule.kind == "viewset" and isinstance(target, ClassValue):
                yield from self._viewset(rule, target.gid, path)
            elif isinstance(target, FunctionValue):
                methods = pending.methods or self._view_methods.get(target.gid, ())
                named = path or (self._default_name(rule, target.gid) if rule.kind in _NAMED_KINDS else "")
                yield Declared(rule, rule.kind, target.gid, rule.rhythm, methods, named)
            elif isinstance(target, (ClassValue, InstanceValue)):
                yield from self._class_target(pending, target, path)

    def _default_name(self, rule: EntryRule, gid: int) -> str:
        return self.program.name_of(gid) if rule.framework == "celery" else self.program.scope(gid).name

    def _attribute_target(self, pending: Pending, cls: int, path: str) -> Iterator[Declared]:
        """The method that answers by its name, the project's own or that of a base."""
        rule, name, own = pending.rule, pending.attribute, self.hooks.methods(cls)
        if name in own:
            yield Declared(rule, rule.kind, own[name], rule.rhythm, pending.methods, path)
        elif name in self.hooks.provided(cls):
            yield Declared(rule, rule.kind, cls, rule.rhythm, pending.methods, path, name)

    def _class_target(self, pending: Pending, target: ClassValue | InstanceValue, path: str) -> Iterator[Declared]:
        rule = pending.rule
        cls = target.gid if isinstance(target, ClassValue) else target.cls
        methods = self.hooks.methods(cls)
        by_name = list(self._attribute_target(pending, cls, path)) if pending.attribute else []
        if by_name or (pending.attribute and not rule.attribute):
            yield from by_name
            return
        if rule.kind == "dependency" and isinstance(target, ClassValue):
            if "__init__" in methods:
                yield Declared(rule, rule.kind, methods["__init__"], rule.rhythm)
            return
        found = False
        for verb, gid in self.hooks.responders(cls, pending.suffix, rule.hooks):
            if not pending.methods or verb in pending.methods or rule.verbs == pending.methods:
                found = True
                self._routed.add(cls)
                yield Declared(rule, rule.kind, gid, rule.rhythm, (verb,), path)
        for name in self.hooks.provided(cls):
            if rule.path and name in ("get", "post", "put", "patch", "delete", "head", "options"):
                found = True
                yield Declared(rule, rule.kind, cls, rule.rhythm, (name.upper(),), path, name)
        if found and "open" in methods:
            yield from (
                Declared(each, each.kind, methods["open"], each.rhythm, (), path)
                for each in self.hooks.rules(cls)
                if each.kind == "websocket" and "open" in each.hooks
            )
        if rule.kind == "rpc":
            served = [name for name in sorted(methods) if any(self.hooks.is_hook(name, each) for each in rule.hooks)]
            yield from (Declared(rule, rule.kind, methods[name], rule.rhythm) for name in served)
            found = found or bool(served)
        if found:
            return
        for name in (
            *rule.hooks,
            *(name for each in self.hooks.rules(cls) for name, _ in self.hooks.hooks(cls, each)),
            "dispatch_request",
            "__call__",
            "dispatch",
        ):
            if name in methods and (rule.kind != "route" or name in _FIRST):
                yield Declared(rule, rule.kind, methods[name], rule.rhythm, pending.methods, path)
                return
        if path and (rule.kind == "mount" or isinstance(target, InstanceValue)):
            yield Declared(rule, rule.kind, cls, rule.rhythm, pending.methods, path)

    def _viewset(self, rule: EntryRule, cls: int, path: str) -> Iterator[Declared]:
        """The routes that a REST framework router makes of a viewset."""
        self._routed.add(cls)
        methods = self.hooks.methods(cls)
        for name, action in rule.actions.items():
            verb, _, below = action.partition(" ")
            if name in methods:
                yield Declared(rule, "route", methods[name], rule.rhythm, (verb,), path + below)
            elif name in self.hooks.provided(cls):
                yield Declared(rule, "route", cls, rule.rhythm, (verb,), path + below, name)
        for name, gid in sorted(methods.items()):
            if gid in self._view_methods:
                yield from self._action(rule, name, gid, path)

    def _action(self, rule: EntryRule, name: str, gid: int, path: str) -> Iterator[Declared]:
        node = self.trees.tree(self.program.module_of(gid)).nodes.get(gid)
        decorators = node.decorator_list if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) else []
        at = Context(self.program.module_of(gid), gid)
        for call in decorators:
            if not isinstance(call, ast.Call):
                continue
            words = {word.arg: word.value for word in call.keywords}
            last = self.values.text(words.get("url_path"), at) or name
            one = words.get("detail")
            single = isinstance(one, ast.Constant) and one.value is True
            below = f"/{_HANDLER}/{last}/$" if single else f"/{last}/$"
            yield Declared(rule, "route", gid, rule.rhythm, self._view_methods[gid], path + below)

    # Classes and functions found by themselves.

    def _class_prefixes(self) -> None:
        """The path that a class of handlers says its routes begin with."""
        for cls in self.hooks.classes():
            module = self.program.module_of(cls)
            for name in sorted({str(name) for rule in self.hooks.rules(cls) for name in rule.prefix}):
                for base in self.program.mro(cls):
                    for node in self.trees.tree(module).assigned.get(cls, {}).get(name, ()) if base == cls else ():
                        self.prefixes.own[(-4, cls, 0)] = self.values.texts(node, Context(module, cls))

    def _classes(self) -> Iterator[Declared]:
        for cls in self.hooks.classes():
            responders = {gid for _, gid in self.hooks.responders(cls, "")}
            for rule in self.hooks.rules(cls):
                for _, gid in self.hooks.hooks(cls, rule):
                    if gid in responders:
                        if cls not in self._routed and rule.kind == "route":
                            verb = next(verb for verb, each in self.hooks.responders(cls, "") if each == gid)
                            yield Declared(rule, "route", gid, rule.rhythm, (verb,))
                        continue
                    yield Declared(rule, "hook" if rule.kind == "route" else rule.kind, gid, rule.rhythm)

    def _functions(self) -> Iterator[Declared]:
        rules = [rule for rule in self.models.rules if rule.functions]
        for module in self.program.modules:
            if module.role in UNSERVED_ROLES:
                continue
            for number, scope in enumerate(module.facts.scopes):
                if scope.kind != "function" or scope.parent != 0:
                    continue
                names = [param.name for param in scope.params]
                for rule in rules:
                    fits = names[: len(rule.parameters)] == list(rule.parameters)
                    if fits and any(fnmatchcase(scope.name, pattern) for pattern in rule.functions):
                        yield Declared(rule, rule.kind, number + module.scope_base, rule.rhythm)
