"""Which names a scope binds, found before its code is walked, as Python's own symbol table does."""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Iterable, Iterator

_BARE = frozenset({ast.Expr, ast.Return, ast.Pass, ast.Raise, ast.Assert, ast.Break, ast.Continue})
"""Statements that bind nothing and hold no others."""

Parameter = tuple[ast.arg, str, ast.expr | None]
"""A parameter, its kind and its default."""


def parameters(arguments: ast.arguments) -> list[Parameter]:
    """Every parameter with its kind and its default, in the order of the signature."""
    found: list[tuple[ast.arg, str, ast.expr | None]] = [
        (arg, "positional-only", None) for arg in arguments.posonlyargs
    ]
    found += [(arg, "positional", None) for arg in arguments.args]
    for at, default in enumerate(arguments.defaults, len(found) - len(arguments.defaults)):
        found[at] = (*found[at][:2], default)
    if arguments.vararg:
        found.append((arguments.vararg, "vararg", None))
    found += [(arg, "keyword-only", default) for arg, default in zip(arguments.kwonlyargs, arguments.kw_defaults)]
    if arguments.kwarg:
        found.append((arguments.kwarg, "kwarg", None))
    return found


class Bindings:
    """The names that the statements of one scope bind, and those it declares global or nonlocal.

    Walrus targets are met only while expressions are walked; the walker declares them then.
    """

    def __init__(self, body: Iterable[ast.stmt]) -> None:
        self.bound: dict[str, None] = {}
        self.globals: set[str] = set()
        self.nonlocals: set[str] = set()
        self._statements(body)

    def _statements(self, body: Iterable[ast.stmt]) -> None:
        for statement in body:
            if type(statement) in _BARE:
                continue
            if isinstance(statement, ast.Assign):
                for target in statement.targets:
                    if isinstance(target, ast.Name):
                        self.bound[target.id] = None
                    elif not isinstance(target, ast.Attribute):
                        self._target(target)
            elif isinstance(statement, ast.If):
                self._statements(statement.body)
                if statement.orelse:
                    self._statements(statement.orelse)
            else:
                self._statement(statement)

    def _statement(self, node: ast.stmt) -> None:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            self.bound[node.name] = None
        elif isinstance(node, (ast.AugAssign, ast.AnnAssign)):
            self._target(node.target)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                if alias.name != "*":
                    self.bound[alias.asname or alias.name.partition(".")[0]] = None
        elif isinstance(node, ast.Global):
            self.globals.update(node.names)
        elif isinstance(node, ast.Nonlocal):
            self.nonlocals.update(node.names)
        elif isinstance(node, ast.Delete):
            for target in node.targets:
                self._target(target)
        else:
            self._compound(node)

    def _compound(self, node: ast.stmt) -> None:
        if isinstance(node, (ast.For, ast.AsyncFor)):
            self._target(node.target)
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            for item in node.items:
                if item.optional_vars is not None:
                    self._target(item.optional_vars)
        elif isinstance(node, ast.Match):
            for case in node.cases:
                self._pattern(case.pattern)
                self._statements(case.body)
        elif type(node).__name__ == "TypeAlias":
            self._target(node.name)  # type: ignore[attr-defined]
        for field in ("body", "orelse", "finalbody"):
            self._statements(getattr(node, field, ()))
        for handler in getattr(node, "handlers", ()):
            if handler.name:
                self.bound[handler.name] = None
            self._statements(handler.body)

    def _target(self, target: ast.expr) -> None:
        if isinstance(target, ast.Name):
            self.bound[target.id] = None
        elif isinstance(target, (ast.Tuple, ast.List)):
            for element in target.elts:
                self._target(element)
        elif isinstance(target, ast.Starred):
            self._target(target.value)

    def _pattern(self, pattern: ast.pattern) -> None:
        for node in ast.walk(pattern):
            name = getattr(node, "name", None) or getattr(node, "rest", None)
            if isinstance(name, str):
                self.bound[name] = None


def global_declarations(tree: ast.Module) -> Iterator[str]:
    """Names that functions declare global: the module binds them though its own body may not."""
    waiting: deque[ast.AST] = deque([tree])
    while waiting:
        node = waiting.popleft()
        if isinstance(node, ast.Global):
            yield from node.names
        for field in ("body", "handlers", "orelse", "finalbody", "cases"):
            inner = getattr(node, field, None)
            if isinstance(inner, list):  # an expression's body is none
                waiting.extend(inner)
