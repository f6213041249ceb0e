"""Whether the expression of a size or time limit is a limit: `None`, `inf` and ten million are none."""

from __future__ import annotations

import ast
import math
import operator
from enum import IntEnum

from leaklint.project.domains.domain import Domains
from leaklint.project.sources import expression
from leaklint.project.storage.types import HUGE

DEPTH = 4
"""How many names a limit is followed through."""

_INFINITE = frozenset({"math.inf", "numpy.inf", "np.inf", "sys.maxsize", "float('inf')", "float('infinity')"})
_OPERATORS = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.FloorDiv: operator.floordiv,
}  # fmt: skip


class Limit(IntEnum):
    """What an expression bounds. UNKNOWN is a value that only the running program knows: it is taken for a bound."""

    BOUNDED = 0
    UNKNOWN = 1
    UNBOUNDED = 2


class Limits:
    """Evaluates limits in the scope where they are written."""

    def __init__(self, domains: Domains) -> None:
        self.domains = domains
        self.program = domains.program

    def of(self, node: ast.expr, scope: int, zero: bool = False, negative: bool = False, depth: int = DEPTH) -> Limit:
        """What the limit `node` bounds; `zero` and `negative` say that such a size means no limit."""
        number = _number(node)
        if number is not None:
            unlimited = number >= HUGE or (number == 0 and zero) or (number < 0 and negative)
            return Limit.UNBOUNDED if unlimited else Limit.BOUNDED
        if isinstance(node, ast.Constant):
            return Limit.UNBOUNDED if node.value is None else Limit.UNKNOWN
        if ast.unparse(node).lower() in _INFINITE:
            return Limit.UNBOUNDED
        if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or):
            first, last = (self.of(part, scope, zero, negative, depth) for part in (node.values[0], node.values[-1]))
            return last if first is not Limit.BOUNDED else first
        if isinstance(node, ast.IfExp):
            return min(self.of(part, scope, zero, negative, depth) for part in (node.body, node.orelse))
        if isinstance(node, ast.Name) and depth > 0:
            return self._name(node.id, scope, zero, negative, depth - 1)
        return Limit.UNKNOWN

    def _name(self, name: str, scope: int, zero: bool, negative: bool, depth: int) -> Limit:
        found = self.domains.variable(name, scope)
        if found is None:
            return Limit.UNKNOWN
        slot, owner = found
        binds = [use for use in self.domains.binds.get(slot, ()) if use.value]
        params = [each for each in self.program.scope(owner).params if each.name == name]
        texts = {use.value for use in binds} | {each.default_text for each in params}
        if not texts:
            return self._imported(slot, zero, negative, depth)
        trees = [expression(text) for text in sorted(texts)]
        return min(Limit.UNKNOWN if tree is None else self.of(tree, owner, zero, negative, depth) for tree in trees)

    def _imported(self, slot: int, zero: bool, negative: bool, depth: int) -> Limit:
        origin = self.program.import_origin(slot)
        if origin is None or depth <= 0:
            return Limit.UNKNOWN
        target, name = origin
        if isinstance(target, str):
            return Limit.UNBOUNDED if f"{target}.{name}" in _INFINITE else Limit.UNKNOWN
        return self._name(name, target, zero, negative, depth - 1)


def _number(node: ast.expr) -> float | None:
    """The value of a literal number or of arithmetic on such."""
    if isinstance(node, ast.Constant):
        value = node.value
        if not isinstance(value, (int, float)) or isinstance(value, bool) or value != value:  # NaN is no number
            return None
        return float(value) if abs(value) < HUGE**2 else math.inf if value > 0 else -math.inf
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        number = _number(node.operand)
        return None if number is None else -number
    if not isinstance(node, ast.BinOp):
        return None
    left, right = _number(node.left), _number(node.right)
    if left is None or right is None:
        return None
    if isinstance(node.op, (ast.Pow, ast.LShift)):
        return _power(left if isinstance(node.op, ast.Pow) else 2, right, 1 if isinstance(node.op, ast.Pow) else left)
    apply = _OPERATORS.get(type(node.op))
    try:
        return None if apply is None else float(apply(left, right))
    except (ZeroDivisionError, OverflowError):
        return None


def _power(base: float, exponent: float, factor: float) -> float | None:
    if base < 0 or not -1024 < exponent < 1024:
        return None
    try:
        return float(factor * base**exponent)
    except (OverflowError, ZeroDivisionError):
        return math.inf
