"""What lies under a key of a mapping that the project itself puts together: `order["id"]` of `{"id": uuid4()}`."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import TYPE_CHECKING

from leaklint.facts import Param, Use
from leaklint.project.domains.drives import Domain, Drive
from leaklint.project.domains.flows import CALLEES
from leaklint.project.domains.words import DUMPS
from leaklint.project.sources import expression

if TYPE_CHECKING:
    from leaklint.project.domains.domain import Domains

_CALLS = 8
"""The arguments of a function with more calls than these are not looked at one by one."""


class Items:
    """Follows mappings for `Domains`. What it can't follow to where it was put together it answers with None."""

    def __init__(self, domains: Domains) -> None:
        self.domains = domains
        self.program = domains.program
        self._known: dict[tuple[int, str, int], Drive | None] = {}

    def of(self, whole: ast.expr, key: ast.expr, scope: int, depth: int) -> Drive | None:
        """The domain of `whole[key]` in a scope; of any item, where the key is not written out."""
        if depth <= 1:
            return None
        if isinstance(whole, ast.Name):
            return self._of_name(whole.id, key, scope, depth)
        if isinstance(whole, ast.Dict):
            return self._of_display(whole, key, scope, depth)
        if isinstance(whole, ast.Call):
            return self._of_call(whole, key, scope, depth)
        if isinstance(whole, (ast.Await, ast.NamedExpr)):
            return self.of(whole.value, key, scope, depth)
        if isinstance(whole, ast.IfExp):
            return self._any((whole.body, whole.orelse), key, scope, depth)
        return None

    def _any(self, wholes: Iterable[ast.expr], key: ast.expr, scope: int, depth: int) -> Drive | None:
        return _join(self.of(each, key, scope, depth) for each in wholes)

    def _of_display(self, whole: ast.Dict, key: ast.expr, scope: int, depth: int) -> Drive | None:
        """Of the values that a display gives under the key; None where it gives none, or others' items as well."""
        if None in whole.keys or not whole.keys:
            return None
        values = [value for given, value in zip(whole.keys, whole.values, strict=True) if _may_be(given, key)]
        return self.domains.join(values, scope, depth - 1) if values else None

    def _of_call(self, whole: ast.Call, key: ast.expr, scope: int, depth: int) -> Drive | None:
        name = whole.func.attr if isinstance(whole.func, ast.Attribute) else getattr(whole.func, "id", "")
        if name in DUMPS and isinstance(key, ast.Constant):
            model = whole.args[0] if whole.args else getattr(whole.func, "value", None)
            drive = self.domains.of(model, scope, depth - 1) if model is not None else None
            return drive if drive is not None and drive.domain == Domain.CLIENT else None
        if name == "dict" and whole.keywords and not whole.args:
            words = [word.value for word in whole.keywords if word.arg is not None and _may_be(_written(word.arg), key)]
            return self.domains.join(words, scope, depth - 1) if words else None
        functions = self.domains.flows.callees(whole.func, scope)
        if not functions or len(functions) > CALLEES:
            return None
        given = [(node, each) for each in functions for node in self.domains.flows.given_back(each) or (whole,)]
        return _join(self.of(node, key, function, depth - 1) for node, function in given)

    def _of_name(self, name: str, key: ast.expr, scope: int, depth: int) -> Drive | None:
        """Of what a local name was bound to, and of what was put in under the key since."""
        found = self.domains.variable(name, scope)
        if found is None or self.program.scope(found[1]).kind != "function":
            return None
        memo = (found[0], ast.unparse(key), depth)
        if memo not in self._known:
            self._known[memo] = None  # a way round to itself puts nothing in
            self._known[memo] = self._over_binds(*found, name, key, depth)
        return self._known[memo]

    def _over_binds(self, slot: int, owner: int, name: str, key: ast.expr, depth: int) -> Drive | None:
        drives: list[Drive | None] = []
        param = next((each for each in self.program.scope(owner).params if each.name == name), None)
        if param is not None:
            drives += self._passed(owner, param, key, depth) or [None]
        for use in self.domains.binds.get(slot, ()):
            tree = self.domains.bound_to(use, owner, name) if use.op == "=" and use.value else None
            drives.append(self.of(tree, key, owner, depth - 1) if tree is not None else None)
        if None in drives:
            return None
        drives += [self._put(use, key, owner, depth) for use in self.domains.local_growths.get(slot, ())]
        return _join(each for each in drives if each is not None) if drives else None

    def _passed(self, function: int, param: Param, key: ast.expr, depth: int) -> list[Drive | None]:
        """Of what the calls of a function pass for a parameter; `**words` are put together by the call itself."""
        if param.kind != "kwarg":
            passed = self.domains.flows.all_passed(function, param, _CALLS)
            return [self.of(node, key, caller, depth - 1) for node, caller in passed]
        word = key.value if isinstance(key, ast.Constant) else None
        if not isinstance(word, str):
            return []
        words = self.domains.flows.all_passed(function, param, _CALLS, word)
        return [self.domains.of(node, caller, depth - 1) for node, caller in words]

    def _put(self, use: Use, key: ast.expr, owner: int, depth: int) -> Drive | None:
        given, value = expression(use.key), expression(use.value)
        if use.op not in ("[]=", "setdefault") or given is None or value is None or not _may_be(given, key):
            return None
        return self.domains.of(value, self.program.module_of(owner).scope_base + use.scope, depth - 1)


def _join(drives: Iterable[Drive | None]) -> Drive | None:
    """The widest of all; None where one is not known, or there is none."""
    found = list(drives)
    known = [drive for drive in found if drive is not None]
    return max(known) if known and len(known) == len(found) else None


def _written(word: str) -> ast.expr:
    return ast.Constant(word)


def _may_be(given: ast.expr | None, key: ast.expr) -> bool:
    """Whether two keys may be the same: those that are written out are, where they are equal."""
    if isinstance(given, ast.Constant) and isinstance(key, ast.Constant):
        return bool(given.value == key.value)
    return True
