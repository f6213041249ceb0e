"""Where the results of calls come from: calls that are known by name, the project's own functions, and all others."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from leaklint.project.domains.drives import FINITE, NAMED, UNKNOWN, Domain, Drive
from leaklint.project.domains.words import (
    CONVERSION,
    COUNTING,
    DUMPS,
    EMPTY_CALLS,
    FEW_RESULTS,
    FINITE_CALLS,
    IDENTITY_CALLS,
    LOOKUP,
    PURE,
    READS,
    TASK_CALLS,
)  # fmt: skip

if TYPE_CHECKING:
    from leaklint.project.domains.domain import Domains

VIEWS = frozenset({"items", "keys", "values", "copy"})
"""Methods of a mapping that give what is in it."""

_GETS = frozenset({"get", "pop", "setdefault", "__getitem__"})
"""Methods of a mapping that give what is under a key."""


class Calls:
    """Judges call expressions for `Domains`."""

    def __init__(self, domains: Domains) -> None:
        self.domains = domains

    def of(self, node: ast.Call, scope: int, depth: int) -> Drive:
        """The domain of what a call gives; `depth` bounds how far it is followed."""
        known = self._known_call(node, scope, depth)
        if known is None and isinstance(node.func, ast.Attribute) and node.func.attr in _GETS and node.args:
            known = self.domains.items.of(node.func.value, node.args[0], scope, depth)
        if known is not None:
            return known
        parts = [*node.args, *(word.value for word in node.keywords)]
        if isinstance(node.func, ast.Attribute):
            parts.append(node.func.value)
        result = self.domains.flows.result(node.func, scope, depth - 1)
        if result.domain != Domain.UNKNOWN or not parts:
            return result
        if isinstance(node.func, ast.Attribute) and node.func.attr in VIEWS and parts == [node.func.value]:
            return self.domains.of(node.func.value, scope, depth)
        drive = self.domains.join((part for part in parts if not isinstance(part, ast.Lambda)), scope, depth)
        return self._made_of(node, drive, scope, depth)

    @staticmethod
    def answers(node: ast.expr) -> bool:
        """Whether an expression is a call of a method that may give anything for what it is told."""
        if isinstance(node, ast.Await):
            node = node.value
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or not node.args:
            return False
        last = node.func.attr
        return last.islower() and last not in PURE and not (CONVERSION.match(last) or READS.match(last))

    def _known_call(self, node: ast.Call, scope: int, depth: int) -> Drive | None:
        """What a call of a function that is known by its name gives, None where it is known by none."""
        name = ast.unparse(node.func) if isinstance(node.func, (ast.Name, ast.Attribute)) else ""
        if name in FINITE_CALLS or (name in EMPTY_CALLS and not node.args and not node.keywords):
            return FINITE
        if name == "id" and len(node.args) == 1:  # an object whose name tells of few is made anew all the same
            return FINITE if self.domains.of(node.args[0], scope, depth - 1) == FINITE else UNKNOWN
        if name == "next" and node.args and not COUNTING.search(ast.unparse(node.args[0])):
            return self.domains.of(node.args[0], scope, depth - 1)
        if name in IDENTITY_CALLS or TASK_CALLS.search(name):
            return Drive(Domain.IDENTITY, f"{name}()")
        if self.domains.requests.is_part(node, scope):
            return Drive(Domain.CLIENT, ast.unparse(node))
        return FINITE if isinstance(node.func, ast.Attribute) and node.func.attr in FEW_RESULTS else None

    def _made_of(self, node: ast.Call, drive: Drive, scope: int, depth: int) -> Drive:
        """What a call makes of arguments of a domain."""
        last = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if last == "range" and len(node.args) == 1 and drive.domain == Domain.UNKNOWN:
            return NAMED  # the numbers up to a size that the program is told
        if drive.domain == Domain.CLIENT and self._is_looked_up(node, last, scope, depth - 1):
            return UNKNOWN
        if drive.domain == Domain.CLIENT and depth > 3 and self.domains.flows.callees(node.func, scope):
            return UNKNOWN  # what the function returns was read: it is not what the client sent
        if drive.domain == Domain.IDENTITY and not self._tells_again(last):
            return UNKNOWN  # what is asked for with a time or a new name need not be new itself
        if drive == NAMED and not (node.args or node.keywords) and not self._tells_again(last):
            return UNKNOWN  # what one of few objects gives when it is asked need not be one of few
        if drive.domain == Domain.FINITE and (last not in PURE or (last == "get" and not node.args)):
            return NAMED if CONVERSION.match(last) else UNKNOWN
        return drive

    @staticmethod
    def _tells_again(name: str) -> bool:
        """Whether a call makes something of its arguments: an object, or the same in another form."""
        return name in PURE or bool(CONVERSION.match(name)) or not name[:1].islower()

    def _is_looked_up(self, node: ast.Call, name: str, scope: int, depth: int) -> bool:
        """Whether a call gives what was stored under a client's word, or the fields of a model that a client fills."""
        if name in DUMPS and not node.args:
            return True
        if not LOOKUP.match(name):
            return False
        if isinstance(node.func, ast.Attribute):
            return self.domains.of(node.func.value, scope, depth).domain != Domain.CLIENT
        return "_by_" in name
