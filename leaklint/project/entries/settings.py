"""Functions and classes that Django settings name as dotted strings."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Any

from leaklint.models import EntryRule
from leaklint.project.entries.classes import Hooks
from leaklint.project.entries.names import Context
from leaklint.project.entries.scan import UNSERVED_ROLES
from leaklint.project.entries.trees import FileTrees
from leaklint.project.entries.values import Values
from leaklint.project.linker.program import ClassValue, Const, FunctionValue, Module, Program, Value

_LISTS = {
    "MIDDLEWARE": "middleware",
    "MIDDLEWARE_CLASSES": "middleware",
    "AUTHENTICATION_BACKENDS": "hook",
    "DATABASE_ROUTERS": "hook",
}
_MIDDLEWARE = EntryRule(framework="django", functions=("*",), kind="middleware")
_HOOK = EntryRule(framework="django", functions=("*",), kind="hook")
_ERRORS = EntryRule(framework="django", functions=("*",), kind="error-handler")
_HANDLERS = frozenset({"handler400", "handler403", "handler404", "handler500"})
_NOWHERE: dict[str, Any] = {"lineno": 1, "col_offset": 0, "end_lineno": 1, "end_col_offset": 0}
_METHODS = (
    "__call__",
    "process_request",
    "process_view",
    "process_exception",
    "process_template_response",
    "process_response",
)


def settings_handlers(
    program: Program, trees: FileTrees, values: Values, hooks: Hooks, make: Callable[..., Any]
) -> Iterator[Any]:
    """Middleware, context processors and backends by the settings that name them; `make` builds each entry."""
    for module in program.modules:
        names = program.members(module.scope_base)
        if module.role in UNSERVED_ROLES:
            continue
        if "urlpatterns" in names:
            for name in sorted(_HANDLERS & names.keys()):
                for view in _handlers(program, values, module, name):
                    yield make(_ERRORS, "error-handler", view.gid, "request")
        for name, kind in sorted(_LISTS.items()):
            for value in _named(program, values, module, name) if name in names else ():
                yield from _entries(program, hooks, make, value, kind)
        for value in _processors(program, trees, module) if "TEMPLATES" in names else ():
            yield from _entries(program, hooks, make, value, "hook")


def _handlers(program: Program, values: Values, module: Module, name: str) -> Iterator[FunctionValue]:
    """The views that a URL configuration names for errors, as functions or dotted strings."""
    for value in values.values(ast.Name(name, ast.Load(), **_NOWHERE), Context(module, module.scope_base)):
        found = program.resolve(value.value) if isinstance(value, Const) and isinstance(value.value, str) else value
        if isinstance(found, FunctionValue):
            yield found


def _named(program: Program, values: Values, module: Module, name: str) -> Iterator[Value]:
    at = Context(module, module.scope_base)
    node = ast.Name(name, ast.Load(), **_NOWHERE)
    for item, place in values.items(node, at):
        for text in values.texts(item, place):
            found = program.resolve(text)
            if found is not None:
                yield found


def _processors(program: Program, trees: FileTrees, module: Module) -> Iterator[Value]:
    for node in trees.tree(module).assigned.get(module.scope_base, {}).get("TEMPLATES", ()):
        for each in ast.walk(node):
            if isinstance(each, ast.Dict):
                for key, value in zip(each.keys, each.values):
                    if (
                        isinstance(key, ast.Constant)
                        and key.value == "context_processors"
                        and isinstance(value, (ast.List, ast.Tuple))
                    ):
                        texts = [
                            one.value
                            for one in value.elts
                            if isinstance(one, ast.Constant) and isinstance(one.value, str)
                        ]
                        yield from (found for found in map(program.resolve, texts) if found is not None)


def _entries(program: Program, hooks: Hooks, make: Callable[..., Any], value: Value, kind: str) -> Iterator[Any]:
    rule = _MIDDLEWARE if kind == "middleware" else _HOOK
    if isinstance(value, ClassValue):
        hooks.held[value.gid] = "process"
        methods = hooks.methods(value.gid)
        wanted = _METHODS if kind == "middleware" else sorted(each for each in methods if not each.startswith("_"))
        yield from (make(rule, kind, methods[name], "request") for name in wanted if name in methods)
    elif isinstance(value, FunctionValue):
        scope = program.scope(value.gid)
        if kind != "middleware":
            yield make(rule, kind, value.gid, "request")
            return
        module = program.module_of(value.gid)
        for number, inner in enumerate(module.facts.scopes):
            if inner.kind == "function" and inner.parent + module.scope_base == value.gid and scope.kind == "function":
                yield make(rule, kind, number + module.scope_base, "request")
