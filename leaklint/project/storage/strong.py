"""Whether an expression holds an object strongly: what is held weakly beside it then never dies."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from leaklint.facts import Op
from leaklint.project.linker.program import ClassValue
from leaklint.project.sources import expression
from leaklint.project.storage.containers import INITIALISERS

if TYPE_CHECKING:
    from leaklint.project.facade import Project

_SET_ATTR = int(Op.SET_ATTR)
_UNBOUND = frozenset({"staticmethod", "classmethod", "property", "cached_property", "functools.cached_property"})
_RECORDS = ("dataclass", "dataclasses.dataclass", "attr.s", "attr.define", "attrs.define", "define", "attr.attrs")
_INITIALISES = re.compile(r"_*init(ialise|ialize)?(_|$)")
"""Methods that classes call in place of an initialiser."""

DEPTH = 3
"""How many names an expression is followed through."""


class Strong:
    """Judges expressions in the function where they are written."""

    def __init__(self, project: Project, scope: int) -> None:
        self.project = project
        self.program = project.program
        self.scope = scope

    def holds(self, node: ast.expr, name: str, depth: int = DEPTH) -> bool:
        """Whether the value of an expression refers to what a local name denotes."""
        if isinstance(node, ast.Name):
            return node.id == name or self._named(node.id, name, depth) or self._keeps(node.id, name, depth)
        if isinstance(node, ast.Starred):
            return self.holds(node.value, name, depth)
        if isinstance(node, (ast.Tuple, ast.List, ast.Set)):
            return any(self.holds(each, name, depth) for each in node.elts)
        if isinstance(node, ast.Dict):
            return any(each is not None and self.holds(each, name, depth) for each in (*node.keys, *node.values))
        if isinstance(node, ast.Lambda):
            return name not in _parameters(node) and _mentions(node.body, name)
        if isinstance(node, ast.Attribute):
            return isinstance(node.value, ast.Name) and node.value.id == name and self.is_own_method(node.attr, name)
        if isinstance(node, ast.IfExp):
            return self.holds(node.body, name, depth) or self.holds(node.orelse, name, depth)
        return isinstance(node, ast.Call) and self._call(node, name, depth)

    def is_own_method(self, method: str, name: str = "self") -> bool:
        """Whether `self.method` is a method bound to `self`, by the classes of the project."""
        owner = self.program.class_of(self.scope)
        params = self.program.scope(self.scope).params
        if owner is None or not params or params[0].name != name:
            return False
        for base in self.program.mro(owner):
            if not isinstance(base, int):
                continue
            module = self.program.module_of(base)
            for each in module.facts.scopes:
                if each.parent + module.scope_base == base and each.name == method:
                    return each.kind == "function" and not any(one.text in _UNBOUND for one in each.decorators)
        return False

    def _named(self, other: str, name: str, depth: int) -> bool:
        """Whether another local name denotes a function over the object, or is bound once to what holds it."""
        if depth == 0:
            return False
        module = self.program.module_of(self.scope)
        for scope in module.facts.scopes:
            if scope.parent + module.scope_base == self.scope and scope.name == other and scope.kind == "function":
                return name not in {param.name for param in scope.params} and self._reads(
                    module.path, scope.row, scope.end_row, name
                )
        found = self.project.domains.variable(other, self.scope)
        if found is None or found[1] != self.scope:
            return False
        binds = [use for use in self.project.domains.binds.get(found[0], ()) if use.value]
        tree = expression(binds[0].value) if len(binds) == 1 else None
        return tree is not None and self.holds(tree, name, depth - 1)

    def _keeps(self, other: str, name: str, depth: int) -> bool:
        """Whether the function stores the object in an attribute of a new one, which another local name denotes.

        What is stored on an object that has been there before may be replaced at the next call.
        """
        found = self.project.domains.variable(other, self.scope)
        if depth == 0 or found is None or not self._is_new(other, found):
            return False
        module = self.program.module_of(self.scope)
        for use in module.facts.uses:
            if use.kind != "bind" or not use.attr or use.op != "=" or use.scope + module.scope_base != self.scope:
                continue
            if use.base + module.slot_base == found[0]:
                stored = expression(use.value)
                if stored is not None and self.holds(stored, name, depth - 1):
                    return True
        return False

    def _is_new(self, name: str, variable: tuple[int, int]) -> bool:
        """Whether a local name denotes an object that the function makes, or that it is the initialiser of."""
        slot, owner = variable
        scope = self.program.scope(self.scope)
        if scope.params and scope.params[0].name == name:
            begins = scope.name in INITIALISERS or _INITIALISES.match(scope.name)
            return bool(begins) and self.program.class_of(self.scope) is not None
        binds = self.project.domains.binds.get(slot, ())
        return owner == self.scope and len(binds) == 1 and isinstance(expression(binds[0].value), ast.Call)

    def lasts(self, attribute: str) -> bool:
        """Whether objects keep what an attribute of this name is given when they are made."""
        attributes = self.project.domains.flows.attributes
        return attribute in attributes.lasting and attribute not in self.project.domains.holders.getters.names

    def _reads(self, path: str, first: int, last: int, name: str) -> bool:
        """Whether the function on those lines reads a name that it does not bind itself."""
        text = "\n".join(self.project.sources.lines(path)[first - 1 : last]) + "\n"
        try:
            tree = ast.parse("if 1:\n" + text if text[:1].isspace() else text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
        names = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == name]
        return bool(names) and all(isinstance(node.ctx, ast.Load) for node in names)

    def _call(self, node: ast.Call, name: str, depth: int) -> bool:
        """A partial application, or an object of a class that stores what its constructor is given."""
        passed = [*node.args, *(word.value for word in node.keywords)]
        if ast.unparse(node.func).rpartition(".")[2] in ("partial", "partialmethod", "MethodType"):
            return any(self.holds(each, name, depth) for each in passed)
        given: list[str | int] = [number for number, each in enumerate(node.args) if self.holds(each, name, depth)]
        given += [word.arg for word in node.keywords if word.arg and self.holds(word.value, name, depth)]
        return bool(given) and any(self._stores(cls, given) for cls in self._classes(node.func))

    def _classes(self, node: ast.expr) -> Iterator[int]:
        if not isinstance(node, ast.Name):
            return
        found = self.project.domains.variable(node.id, self.scope)
        for value in self.program.values(found[0]) if found is not None else ():
            if isinstance(value, ClassValue):
                yield value.gid

    def _stores(self, cls: int, given: list[str | int]) -> bool:
        """Whether the constructor keeps an argument, given by position or keyword, on the new object for good."""
        module = self.program.module_of(cls)
        if any(each.text.partition("(")[0] in _RECORDS for each in self.program.scope(cls).decorators):
            return True
        for scope in module.facts.scopes:
            if scope.parent + module.scope_base != cls or scope.name != "__init__":
                continue
            released = self._bound_later(cls)
            slots = {each[3] for each in scope.code if each[0] == _SET_ATTR and each[2] not in released}
            own = [param for param in scope.params[1:] if param.kind not in ("vararg", "kwarg")]
            names = {param.name for number, param in enumerate(own) if number in given or param.name in given}
            return any(param.slot in slots for param in own if param.name in names)
        return False

    def _bound_later(self, cls: int) -> set[str]:
        """The attributes that other methods of a class than its initialisers bind anew, or delete."""
        module = self.program.module_of(cls)
        scopes = module.facts.scopes
        return {
            use.attr
            for use in module.facts.uses
            if use.kind == "bind"
            and use.attr
            and scopes[use.scope].parent + module.scope_base == cls
            and scopes[use.scope].name not in INITIALISERS
        }


def _parameters(node: ast.Lambda) -> set[str]:
    return {each.arg for each in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)}


def _mentions(node: ast.expr, name: str) -> bool:
    return any(isinstance(each, ast.Name) and each.id == name for each in ast.walk(node))
