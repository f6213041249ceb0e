"""Applies the models' rules to the calls, classes and names they speak of."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from leaklint.facts import NOWHERE
from leaklint.models import EntryRule, Slot
from leaklint.project.entries.classes import VERBS
from leaklint.project.entries.loops import loops
from leaklint.project.entries.names import Context
from leaklint.project.entries.pairs import pairs
from leaklint.project.entries.resolve import Declared, Pending, Resolver
from leaklint.project.entries.routes import Node, shown
from leaklint.project.entries.scan import UNSERVED_ROLES, Match, Scanner
from leaklint.project.entries.settings import settings_handlers
from leaklint.project.entries.streams import assigned, streams
from leaklint.project.entries.values import UNKNOWN
from leaklint.project.linker.program import (
    BoundValue,
    ClassValue,
    Const,
    External,
    FunctionValue,
    InstanceValue,
    Module,
    ModuleValue,
    PartialValue,
    Value,
)  # fmt: skip


class Builder(Resolver):
    """Collects what the rules find; `hooks` then knows what is handed to frameworks, `taken` what loops get of them."""

    def entries(self) -> list[Declared]:
        """Everything that the rules find; what has a path only with it."""
        scanner = Scanner(self.program, self.models)
        self._spoken_of = {
            name: slots for name, pairs in scanner.methods.items() for _, each in pairs if (slots := each.path)
        }
        for match in sorted(scanner.matches(), key=lambda each: each.rule.framework != "unknown"):
            if not scanner.forwards(match.scope):
                self._match(match)
        self._lists()
        self._pairs()
        self._attributes()
        for rule, value in assigned(scanner, self.models.rules):
            self._pending += [Pending(rule, (), ("",), (), target) for target in self._targets(value)]
        self._class_prefixes()
        out = [declared for pending in self._pending for declared in self._resolved(pending)]
        out += self._pages()
        out += self._classes()
        out += self._functions()
        out += settings_handlers(self.program, self.trees, self.values, self.hooks, Declared)
        endless = {gid: rule for rule, gid in loops(self.program)}
        for rule, gid, names in streams(scanner, self.models.rules):
            endless[gid] = rule
            self.taken.setdefault(gid, set()).update(names if rule.client == "all" else ())
        out += [Declared(rule, rule.kind, gid, rule.rhythm) for gid, rule in endless.items()]
        placed = {(each.function, each.method) for each in out if each.path and each.kind == "route"}
        return [
            each
            for each in out
            if each.path or each.kind not in ("route", "viewset", "hook") or (each.function, each.method) not in placed
        ]

    # Calls.

    def _match(self, match: Match) -> None:
        self.values.start()
        if match.place is None:
            nodes = self.values.of_values(self.program.values(match.receiver)) if match.receiver != NOWHERE else []
            if not match.rule.handler or match.rule.decorates:
                self._add(match, tuple(nodes), ("",), (), self._defined(match.decorated))
            return
        known = self.trees.tree(match.module).calls.get(match.place)
        if known is None:
            return
        call, gid, around = known
        at = Context(match.module, gid)
        for context in self.callers.contexts(call, at, around):
            self._apply(match, call, context)

    def _defined(self, gid: int) -> Value:
        return ClassValue(gid) if self.program.scope(gid).kind == "class" else FunctionValue(gid)

    def _apply(self, match: Match, call: ast.Call, at: Context) -> None:
        rule = match.rule
        own: Node = (match.module.index, *self.trees.tree(match.module).place(call)[:2])
        nodes = [own]
        if match.receiver != NOWHERE and isinstance(call.func, ast.Attribute):
            nodes = self.values.objects(call.func.value, at)
        for parent in self._arguments(call, rule.parent):
            for above in self.values.objects(parent, at):
                for node in nodes:
                    self.prefixes.mount(above, node)
        if rule.routers:
            self._router(rule, call, at, own)
        elif rule.kind == "mount":
            self._mount(rule, call, at, nodes)
        elif rule.kind in ("name", "include", "defaults"):
            self._named(match, call, at)
        elif rule.kind in ("tree", "segments"):
            self._in_tree(match, call, at)
        else:
            self._declare(match, call, at, tuple(nodes), own)

    def _argument(self, call: ast.Call, slots: Iterable[Slot]) -> ast.expr | None:
        return next(iter(self._arguments(call, slots)), None)

    @staticmethod
    def _arguments(call: ast.Call, slots: Iterable[Slot]) -> Iterator[ast.expr]:
        for slot in slots:
            if isinstance(slot, int):
                before = call.args[: slot + 1]
                if slot < len(call.args) and not any(isinstance(each, ast.Starred) for each in before):
                    yield call.args[slot]
            else:
                yield from (word.value for word in call.keywords if word.arg == slot)

    def _router(self, rule: EntryRule, call: ast.Call, at: Context, own: Node) -> None:
        prefix = self._argument(call, rule.prefix)
        if prefix is not None:
            self.prefixes.own[own] = self.values.texts(prefix, at) or ("",)
        for cls in self.values.values(call.func, at):
            if isinstance(cls, ClassValue):
                self.prefixes.sites[cls.gid].append(own)
                for base in self.program.mro(cls.gid)[1:]:
                    if isinstance(base, int):
                        self.prefixes.sites[base].append(own)
        for handler in self._arguments(call, rule.handler):
            for child in self._children(handler, at):
                self.prefixes.mount(own, child)
        for items in self._arguments(call, rule.items):
            self._mount_items(own, items, at, ("",))

    def _mount(self, rule: EntryRule, call: ast.Call, at: Context, parents: Iterable[Node]) -> None:
        prefix = self._argument(call, rule.prefix)
        texts = (self.values.texts(prefix, at) if prefix is not None else ()) or ("",)
        for parent in parents:
            for handler in self._arguments(call, rule.handler):
                for child in self._children(handler, at):
                    self.prefixes.mount(parent, child, texts, rule.override)
                for value in self.values.values(handler, at):
                    if isinstance(value, (FunctionValue, ClassValue, InstanceValue)) and self._serves(value):
                        self._pending.append(Pending(rule, (parent,), texts, (), value))
            for items in self._arguments(call, rule.items):
                self._mount_items(parent, items, at, texts)

    def _serves(self, value: FunctionValue | ClassValue | InstanceValue) -> bool:
        """Whether what is mounted is an application of the project's own, not a router with routes of its own."""
        if isinstance(value, FunctionValue):
            return "scope" in [param.name for param in self.program.scope(value.gid).params][:2]
        cls = value.gid if isinstance(value, ClassValue) else value.cls
        bases = [base for base in self.program.mro(cls) if isinstance(base, str)]
        return "__call__" in self.hooks.methods(cls) or any(base.endswith(".StaticFiles") for base in bases)

    def _mount_items(self, parent: Node, items: ast.expr, at: Context, prefix: tuple[str, ...]) -> None:
        for item, place in self.values.items(items, at):
            for child in self._children(item, place):
                self.prefixes.mount(parent, child, prefix)
        for each, place in self.values.sources(items, at):
            if isinstance(each, ast.Attribute):
                for child in self.values.objects(each, place):
                    self.prefixes.mount(parent, child, prefix)

    def _children(self, node: ast.expr, at: Context) -> list[Node]:
        """The routers, modules and routes that a mounted expression stands for."""
        out: list[Node] = []
        for each, place in self.values.sources(node, at):
            if isinstance(each, ast.Constant) and isinstance(each.value, str):
                module = self.program.module(each.value)
                out += [(-2, module.index, 0)] if module else []
            elif isinstance(each, ast.Call):
                out.append((place.module.index, *self.trees.tree(place.module).place(each)[:2]))
                out += self.values.objects(each, place)
                for item, inner in self.values.items(each, place):
                    out += self._children(item, inner)
            elif isinstance(each, ast.Tuple) and len(each.elts) == 2 and not isinstance(each.elts[0], ast.Call):
                out += self._children(each.elts[0], place)
            elif isinstance(each, (ast.List, ast.Tuple, ast.ListComp, ast.BinOp)):
                for item, inner in self.values.items(each, place):
                    out += self._children(item, inner)
            else:
                out += self.values.objects(each, place)
        for value in self.values.values(node, at):
            if isinstance(value, ModuleValue):
                out.append((-2, value.index, 0))
            elif isinstance(value, (FunctionValue, ClassValue)):
                out.append((-4, value.gid, 0))
        return list(dict.fromkeys(out or self.values.objects(node, at)))

    def _named(self, match: Match, call: ast.Call, at: Context) -> None:
        """Routes that have names, and what is said of them elsewhere."""
        rule = match.rule
        node = self._argument(call, rule.name)
        names = (self.values.texts(node, at) if node is not None else ()) or ("",)
        if rule.kind == "name":
            for name in names:
                self._names.setdefault(name, []).extend((at.gid, path) for path in self._paths(rule, call, at))
        elif rule.kind == "defaults":
            self._defaults[match.decorated] = names[0], self._methods(rule, match.name, call, at)
        else:
            prefix = self._argument(call, rule.prefix)
            for value in self._includers(call, rule, at) if prefix is not None else ():
                self._included_as[value.gid] = self.values.texts(prefix, at) or ("",)

    def _includers(self, call: ast.Call, rule: EntryRule, at: Context) -> Iterator[FunctionValue]:
        for handler in self._arguments(call, rule.handler):
            for value in self.values.values(handler, at):
                if isinstance(value, Const) and isinstance(value.value, str):
                    package = at.module.name if at.module.is_package else at.module.name.rpartition(".")[0]
                    dotted = package + value.value if value.value.startswith(".") else value.value
                    found = self.program.resolve(dotted)
                    value = found if found is not None else value
                if isinstance(value, ModuleValue):
                    name = self.program.modules[value.index].name
                    value = self.program.resolve(f"{name}.includeme") or value
                if isinstance(value, FunctionValue):
                    yield value

    def _in_tree(self, match: Match, call: ast.Call, at: Context) -> None:
        """The root of a tree of objects, or what a class's objects take from the path."""
        rule, cls = match.rule, match.decorated if match.decorated != NOWHERE else at.gid
        if rule.kind == "segments":
            self.pages.segments[cls] = tuple(
                text for text in self._paths(rule, call, at) if UNKNOWN not in text and text
            )
            return
        self._hold(rule, call, at)
        for handler in self._arguments(call, rule.handler):
            for value in self.values.values(handler, at):
                if isinstance(value, InstanceValue) and not self._is_tree(value.cls):
                    self._roots += [(rule, value.cls, prefix) for prefix in self._paths(rule, call, at)]

    def _is_tree(self, cls: int) -> bool:
        """Whether an object is an application itself, that another root is handed to."""
        owners = {
            each.removesuffix(".__init__") for rule in self.models.rules if rule.kind == "tree" for each in rule.calls
        }
        return any(base in owners for base in self.program.mro(cls))

    def _pages(self) -> Iterator[Declared]:
        for rule, cls, prefix in self._roots:
            for page in self.pages.below(cls, prefix, rule):
                methods = (page.method,) if page.method else ()
                yield Declared(rule, "route", page.function, rule.rhythm, methods, shown(page.path))

    def _declare(self, match: Match, call: ast.Call, at: Context, nodes: tuple[Node, ...], own: Node) -> None:
        rule = match.rule
        paths = self._declared_paths(match, call, at)
        methods = self._methods(rule, match.name, call, at)
        self._expose(match, call, at)
        ending = self.values.text(self._argument(call, rule.suffix), at)
        if match.receiver == NOWHERE and match.decorated != NOWHERE:
            nodes = (self._decorated_node(match.decorated),)
        self._hold(rule, call, at)
        given = list(self._arguments(call, rule.handler))
        if match.decorated != NOWHERE and (rule.decorates or not given):
            self._add(
                match, nodes, paths, methods, self._defined(match.decorated), ending, *self._route_name(rule, call, at)
            )
        if match.outer is not None and not given:
            outer = self.trees.tree(match.module).calls.get(match.outer)
            call = outer[0] if outer else call
            given = [*(outer[0].args[:1] if outer else []), *self._arguments(call, rule.handler)]
        for handler in given:
            if rule.path and self._actions(match, handler, at, nodes, paths):
                continue
            targets = [each for value in self.values.values(handler, at) for each in self._targets(value)]
            for target in targets:
                self._add(match, nodes, paths, methods, target, ending, *self._route_name(rule, call, at))
            if rule.path and rule.kind == "route" and not any(isinstance(each, FunctionValue) for each in targets):
                for child in self._included(handler, at):
                    for node in nodes:
                        self.prefixes.mount(node, child, paths)
        self._declare_lists(match, call, at, own)

    def _declared_paths(self, match: Match, call: ast.Call, at: Context) -> tuple[str, ...]:
        """The paths of a route; none where it is listed with what a decorator of the project's own decorates."""
        if match.rule.framework == "unknown" and match.rule.path:
            return self.callers.handed_on(call, at, self._spoken_of) or self._paths(match.rule, call, at)
        return ("",) if (match.module.index, match.place) in self.callers.passed else self._paths(match.rule, call, at)

    def _actions(
        self, match: Match, handler: ast.expr, at: Context, nodes: tuple[Node, ...], paths: tuple[str, ...]
    ) -> bool:
        """Whether a view is made with a table of its methods: `Orders.as_view({"post": "create"})`; these are added."""
        found = False
        for call, place in self.values.sources(handler, at):
            if not (
                isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "as_view"
            ):
                continue
            for table, where in self._tables(call, place):
                for key, value in zip(table.keys, table.values):
                    verb = self.values.text(key, where)
                    for cls in self.values.values(call.func.value, place):
                        for name in self.values.texts(value, where):
                            if isinstance(cls, ClassValue) and verb.lower() in VERBS:
                                self._add(match, nodes, paths, (verb.upper(),), cls, attribute=name)
                                found = True
        return found

    def _tables(self, call: ast.Call, at: Context) -> Iterator[tuple[ast.Dict, Context]]:
        for each in (*call.args[:1], *(word.value for word in call.keywords if word.arg == "actions")):
            for table, where in self.values.sources(each, at):
                if isinstance(table, ast.Dict):
                    yield table, where

    def _expose(self, match: Match, call: ast.Call, at: Context) -> None:
        """The further names of a function that is exposed."""
        alias = self._argument(call, match.rule.alias)
        if alias is not None and match.decorated != NOWHERE:
            items = self.values.items(alias, at) or [(alias, at)]
            texts = [text for each, place in items for text in self.values.texts(each, place)]
            self.pages.exposed[match.decorated] = tuple(text.replace(".", "_") for text in texts if UNKNOWN not in text)

    def _declare_lists(self, match: Match, call: ast.Call, at: Context, own: Node) -> None:
        for items in self._arguments(call, match.rule.items):
            for item, place in self.values.items(items, at):
                for value in self.values.values(item, place):
                    for target in self._targets(value):
                        self._add(match, (), ("",), (), target)
        for flat in self._arguments(call, match.rule.flat):
            self._declare_flat(match, flat, at, own)

    def _declare_flat(self, match: Match, flat: ast.expr, at: Context, own: Node) -> None:
        """The paths and classes of a flat list, where an application in a class's place is mounted."""
        items = self.values.items(flat, at)
        for (path, where), (handler, place) in zip(items[::2], items[1::2]):
            paths = self.values.texts(path, where)
            for child in self.values.objects(handler, place):
                self.prefixes.mount(own, child, paths)
            for value in self.values.values(handler, place):
                if isinstance(value, Const) and isinstance(value.value, str):
                    value = self.program.resolve(f"{place.module.name}.{value.value}") or value
                if isinstance(value, (FunctionValue, ClassValue)):
                    self._add(match, (own,), paths, (), value)

    def _decorated_node(self, gid: int) -> Node:
        """The node of a decorated function or class, below that of the class it is written in."""
        cls = self.program.class_of(gid)
        if cls is not None:
            self.prefixes.mount((-4, cls, 0), (-4, gid, 0))
        return -4, gid, 0

    def _route_name(self, rule: EntryRule, call: ast.Call, at: Context) -> tuple[str, str]:
        name, attribute = (self._argument(call, slots) for slots in (rule.name, rule.attribute))
        return self.values.text(name, at), self.values.text(attribute, at)

    def _included(self, handler: ast.expr, at: Context) -> list[Node]:
        """What stands in a route's place and has routes of its own: `include(...)` or `api.urls`."""
        out: list[Node] = []
        for each, place in self.values.sources(handler, at):
            if isinstance(each, ast.Call):
                out += self._children(each, place)
        if isinstance(handler, ast.Attribute) and handler.attr == "urls":
            out += self.values.objects(handler.value, at)
        return out

    def _targets(self, value: Value) -> list[Value]:
        if isinstance(value, BoundValue):
            return self._targets(value.function)
        if isinstance(value, PartialValue):
            return self._targets(value.function)
        if isinstance(value, Const) and isinstance(value.value, str) and ("." in value.value or ":" in value.value):
            found = self.program.resolve(value.value.replace(":", "."))
            return [found] if isinstance(found, (FunctionValue, ClassValue)) else []
        return [value] if isinstance(value, (FunctionValue, ClassValue, InstanceValue)) else []

    def _paths(self, rule: EntryRule, call: ast.Call, at: Context) -> tuple[str, ...]:
        if rule.starred:
            first = next((slot for slot in rule.path if isinstance(slot, int)), 0)
            return tuple(text for arg in call.args[first:] for text in self.values.texts(arg, at)) or ("",)
        node = self._argument(call, rule.path)
        if node is None:
            return ("",)
        if isinstance(node, (ast.List, ast.Tuple)):
            return tuple(text for each in node.elts for text in self.values.texts(each, at))
        return self.values.texts(node, at) or ("",)

    def _methods(self, rule: EntryRule, name: str, call: ast.Call, at: Context) -> tuple[str, ...]:
        node = self._argument(call, rule.methods)
        if node is not None:
            items = self.values.items(node, at)
            found = (
                [text for each, place in items for text in self.values.texts(each, place)]
                if items
                else list(self.values.texts(node, at))
            )
            found += [text for each, place in items for text in self._method_names(each, place)]
            known = [text.upper() for text in found if UNKNOWN not in text and text]
            if known:
                return tuple(dict.fromkeys(word for each in known for word in each.replace(",", " ").split()))
            return ()
        word = name.removeprefix("add_").upper()
        verbs = tuple(word if verb == "<name>" else verb for verb in rule.verbs)
        only = self._argument(call, rule.first_verb)
        return verbs[:1] if isinstance(only, ast.Constant) and only.value is False else verbs

    def _method_names(self, node: ast.expr, at: Context) -> Iterator[str]:
        """The methods that stand as members of an enumeration: `HttpMethod.POST`."""
        for value in self.values.values(node, at) if isinstance(node, ast.Attribute) else ():
            name = value.dotted.rpartition(".")[2] if isinstance(value, External) else ""
            if name.isupper() and name.lower() in VERBS:
                yield name

    def _hold(self, rule: EntryRule, call: ast.Call, at: Context) -> None:
        for node in self._arguments(call, rule.holds):
            for value in self.values.values(node, at):
                if isinstance(value, InstanceValue):
                    self.hooks.held[value.cls] = "process"
                elif isinstance(value, ClassValue) and rule.kind == "middleware":
                    self.hooks.held[value.gid] = "process"

    def _add(
        self, match: Match, nodes: tuple[Node, ...], paths: tuple[str, ...], methods: tuple[str, ...], target: Value,
        suffix: str = "", name: str = "", attribute: str = "",
    ) -> None:  # fmt: skip
        if isinstance(target, FunctionValue) and match.rule.parameters:
            names = tuple(param.name for param in self.program.scope(target.gid).params)
            if names[: len(match.rule.parameters)] != match.rule.parameters:
                return
        if isinstance(target, (FunctionValue, ClassValue)) and match.rule.exposes:
            self.pages.exposed.setdefault(target.gid, ())
        if isinstance(target, ClassValue) and match.rule.calls and match.rule.lifetime is not None:
            self.hooks.held[target.gid] = match.rule.lifetime
        if not match.rule.path and not match.rule.name and match.rule.methods and isinstance(target, FunctionValue):
            self._view_methods[target.gid] = methods
        self._pending.append(Pending(match.rule, nodes, paths, methods, target, suffix, name, attribute))

    # Lists and pairs.

    def _lists(self) -> None:
        names = {name for rule in self.models.rules for name in rule.lists}
        for module in self.program.modules:
            members = self.program.members(module.scope_base) if module.role not in UNSERVED_ROLES else {}
            for name in sorted(names & members.keys()):
                at = Context(module, module.scope_base)
                self._mount_items(
                    (-2, module.index, 0), ast.copy_location(ast.Name(name, ast.Load()), _NO_PLACE), at, ("",)
                )

    def _pairs(self) -> None:
        for rule in self.models.rules:
            if not rule.pairs:
                continue
            for module, texts, cls in pairs(self.program, frozenset(rule.pairs)):
                paths = texts or tuple(dict.fromkeys(self._put_together(module, cls)))
                if paths:
                    self._pending.append(Pending(rule, (), paths, (), ClassValue(cls)))

    def _put_together(self, module: Module, cls: int) -> Iterator[str]:
        """The paths before a class in the tuples of a file, where they are worked out from strings."""
        for node, gid in self.trees.tree(module).tuples:
            at = Context(module, gid)
            if len(node.elts) > 1 and ClassValue(cls) in self.values.values(node.elts[1], at):
                yield from (text for text in self.values.texts(node.elts[0], at) if text.strip(UNKNOWN))

    # Class attributes.

    def _attributes(self) -> None:
        for rule in self.models.rules:
            for pattern in rule.attributes:
                for cls in self._classes_named(pattern.rpartition(".")[0], rule.on):
                    self._attribute(rule, cls, pattern.rpartition(".")[2])

    def _classes_named(self, pattern: str, packages: tuple[str, ...]) -> Iterator[int]:
        """The classes of a name, in modules that import one of some packages."""
        for module in self.program.modules:
            if module.role in UNSERVED_ROLES or packages[0] not in module.packages:
                continue
            for number, scope in enumerate(module.facts.scopes):
                if scope.kind == "class" and fnmatchcase(scope.name, pattern):
                    yield number + module.scope_base

    def _attribute(self, rule: EntryRule, cls: int, name: str) -> None:
        module = self.program.module_of(cls)
        at = Context(module, cls)
        for node in self.trees.tree(module).assigned.get(cls, {}).get(name, ()):
            for item, place in self.values.items(node, at) or [(node, at)]:
                for value in self.values.values(item, place):
                    for target in self._targets(value):
                        self._pending.append(Pending(rule, (), ("",), (), target))


_NO_PLACE = ast.Name("", ast.Load(), lineno=1, col_offset=0, end_lineno=1, end_col_offset=0)
