"""Expressions to slots: every value that may be a callable, an instance or a container is followed."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import ClassVar

from leaklint.facts import NOWHERE, Instruction, Op
from leaklint.index.builder import Builder
from leaklint.index.operations import (
    BINARY_DUNDERS,
    COMPARE_DUNDERS,
    GROW_FUNCTIONS,
    GROW_METHODS,
    READ_FUNCTIONS,
    READ_METHODS,
    SHRINK_FUNCTIONS,
    SHRINK_METHODS,
    UNARY_DUNDERS,
)  # fmt: skip

ATTR, AWAIT, CALL, CONST, COPY = map(int, (Op.ATTR, Op.AWAIT, Op.CALL, Op.CONST, Op.COPY))
DUNDER, ELEM, FUNC, ITER, LOAD_ITEM = map(int, (Op.DUNDER, Op.ELEM, Op.FUNC, Op.ITER, Op.LOAD_ITEM))
MERGE_KEYS, NEW, SLICE, STORE_ITEM, YIELD = map(int, (Op.MERGE_KEYS, Op.NEW, Op.SLICE, Op.STORE_ITEM, Op.YIELD))

_FUNCTIONS = frozenset({*READ_FUNCTIONS, *GROW_FUNCTIONS, *SHRINK_FUNCTIONS})
_CALLED = {
    **dict.fromkeys(READ_METHODS, "read"),
    **dict.fromkeys(SHRINK_METHODS, "shrink"),
    **dict.fromkeys(GROW_METHODS, "grow"),
}
"""What a call of a method may do to its object."""

_HANDED = {**dict.fromkeys(GROW_METHODS, "grow"), **dict.fromkeys(SHRINK_METHODS, "shrink"), "get": "read"}
"""What a method that is handed on may do later: `get` of a queue takes out."""

Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_COMPREHENSIONS: dict[type[ast.expr], str] = {ast.ListComp: "list", ast.SetComp: "set"}


def _is_text(value: str) -> bool:
    """Whether a string can be written to disk: escapes may put lone surrogates into a literal."""
    return value.isascii() or not any("\ud800" <= char <= "\udfff" for char in value)


def literal_key(node: ast.expr) -> str | int | None:
    """A constant key that item stores are told apart by; None for a computed one."""
    if isinstance(node, ast.Constant) and type(node.value) in (str, int):
        value = node.value
        if isinstance(value, str):
            return value if _is_text(value) else None
        return value if isinstance(value, int) and abs(value) < 2**31 else None
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
        value = node.operand.value
        return -value if type(value) is int and value < 2**31 else None
    return None


class ExpressionWalker(Builder):
    """Writes the instructions and uses of expressions into the current scope."""

    def value(self, node: ast.expr) -> int:
        """Write what evaluating the expression does; the slot of its value, NOWHERE where none is followed."""
        kind = type(node)
        if kind is ast.Name:
            return self.lookup(node.id)  # type: ignore[attr-defined]
        walk = self._WALKS.get(kind)
        if walk is not None:
            return walk(self, node)
        for child in ast.iter_child_nodes(node):  # t-strings and whatever a newer Python adds
            if isinstance(child, ast.expr):
                self.value(child)
        return NOWHERE

    def function(self, node: ast.Lambda) -> int:
        """The slot of a lambda."""
        raise AssertionError("the statement walker opens function scopes")

    def assign(self, target: ast.expr, src: int, value: str = "", op: str = "=") -> None:
        """Bind a target to what a slot holds."""
        raise AssertionError("the statement walker writes assignments")

    def emit(self, *instruction: object) -> None:
        """Write an instruction of the current scope."""
        self.scope.code.append(instruction)

    # Names, constants, attributes, items.

    def _constant(self, node: ast.Constant) -> int:
        value = node.value
        instruction: Instruction
        if isinstance(value, str):
            if not (value.isascii() or _is_text(value)):
                return NOWHERE
            instruction = (
                CONST,
                self.slots,
                value if len(value) <= 200 else value[:200],
            )
        elif isinstance(value, bytes):
            instruction = (NEW, self.slots, "bytes", node.lineno)
        elif type(value) is int and abs(value) < 2**31:
            instruction = (CONST, self.slots, value)
        else:
            return NOWHERE
        self.scope.code.append(instruction)
        return self.temporary()

    def _attribute(self, node: ast.Attribute) -> int:
        base = self.value(node.value)
        kind = _HANDED.get(node.attr)
        if kind is not None:
            self.use(kind, "&" + node.attr, node, base)
        return self.attribute_of(base, node)

    def attribute_of(self, base: int, node: ast.Attribute) -> int:
        """The slot of an attribute of what a slot holds."""
        slot = self.slots
        self.slots += 1
        col = node.col_offset + 1 if self.ascii else self.col(node)
        self.scope.code.append((ATTR, slot, base, node.attr, node.lineno, col))
        return slot

    def _subscript(self, node: ast.Subscript) -> int:
        base = self.value(node.value)
        key = literal_key(node.slice)
        key_slot = self.value(node.slice) if key is None else NOWHERE
        slot = self.temporary()
        if isinstance(node.slice, ast.Slice):
            lower, upper = (self._bound(each) for each in (node.slice.lower, node.slice.upper))
            self.scope.code.append((SLICE, slot, base, 0 if node.slice.lower is None else lower, upper, node.lineno))
            return slot
        self.use("read", "[]", node, base, key=self.text(node.slice))
        self.scope.code.append((LOAD_ITEM, slot, base, key, node.lineno, self.col(node), key_slot))
        return slot

    @staticmethod
    def _bound(node: ast.expr | None) -> int | None:
        key = None if node is None else literal_key(node)
        return key if isinstance(key, int) else None

    def _slice(self, node: ast.Slice) -> int:
        for part in (node.lower, node.upper, node.step):
            if part is not None:
                self.value(part)
        return NOWHERE

    def _starred(self, node: ast.Starred) -> int:
        slot = self.temporary()
        self.emit(ITER, slot, self.value(node.value), node.lineno, self.col(node))
        return slot

    # Displays and comprehensions.

    def _display(self, node: ast.List | ast.Tuple | ast.Set) -> int:
        slots = [self.value(element) for element in node.elts]
        base, code = self.temporary(), self.scope.code
        code.append((NEW, base, type(node).__name__.lower(), node.lineno))
        known = not isinstance(node, ast.Set)
        for number, (element, slot) in enumerate(zip(node.elts, slots)):
            known = known and not isinstance(element, ast.Starred)
            if slot == NOWHERE:
                continue
            code.append((STORE_ITEM, base, number, slot, NOWHERE) if known else (ELEM, base, slot))
        return base

    def _dict(self, node: ast.Dict) -> int:
        pairs = [
            (key, self.value(key) if key else NOWHERE, self.value(value)) for key, value in zip(node.keys, node.values)
        ]
        base, code = self.temporary(), self.scope.code
        code.append((NEW, base, "dict", node.lineno))
        for key, key_slot, slot in pairs:
            if slot == NOWHERE:
                continue
            if key is None:
                code.append((MERGE_KEYS, base, slot))
            else:
                literal = literal_key(key)
                code.append((STORE_ITEM, base, literal, slot, key_slot if literal is None else NOWHERE))
        return base

    def _comprehension(self, node: Comprehension) -> int:
        scope = self.scope
        overlay: dict[str, int] = {}
        first = self.value(node.generators[0].iter)
        before = self.open_block("comprehension", node.lineno, self.text(node.generators[0].iter))
        scope.overlays.append(overlay)
        for number, generator in enumerate(node.generators):
            source = self.value(generator.iter) if number else first
            self.use("read", "for", generator.iter, source)
            element = self.temporary()
            self.emit(ITER, element, source, generator.iter.lineno, self.col(generator.iter))
            self._bind_overlay(generator.target, element, overlay)
            for test in generator.ifs:
                self.value(test)
        base = self.temporary()
        if isinstance(node, ast.DictComp):
            self.value(node.key)
            element, kind = self.value(node.value), "dict"
        else:
            element = self.value(node.elt)
            kind = _COMPREHENSIONS.get(type(node), "generator")
        self.emit(NEW, base, kind, node.lineno)
        if element != NOWHERE:
            self.emit(ELEM, base, element)
        scope.overlays.pop()
        self.close_block(before)
        return base

    def _bind_overlay(self, target: ast.expr, src: int, overlay: dict[str, int]) -> None:
        if isinstance(target, ast.Name):
            overlay[target.id] = src
        elif isinstance(target, (ast.Tuple, ast.List)):
            for number, element in enumerate(target.elts):
                slot = self.temporary()
                self.emit(LOAD_ITEM, slot, src, number, target.lineno, self.col(target), NOWHERE)
                self._bind_overlay(element, slot, overlay)
        elif isinstance(target, ast.Starred):
            self._bind_overlay(target.value, src, overlay)
        else:
            self.assign(target, src)

    # Calls.

    def _call(self, node: ast.Call) -> int:
        func = node.func
        base, name = NOWHERE, ""
        if isinstance(func, ast.Attribute):
            base, name = self.value(func.value), func.attr
            callee = self.attribute_of(base, func)
        else:
            callee = self.value(func)
        args = tuple([self._argument(each) for each in node.args]) if node.args else ()
        keywords = tuple([(word.arg, self.value(word.value)) for word in node.keywords]) if node.keywords else ()
        slot = self.temporary()
        if name:
            kind = _CALLED.get(name)
            if kind is not None:
                self._method_use(kind, node, base, name, args)
        elif isinstance(func, ast.Name):
            name = func.id
            if callee in self.aliases:
                self._alias_use(node, self.aliases[callee], args)
        if name in _FUNCTIONS:
            self._function_use(node, name, args)
        col, end_col = node.col_offset + 1, (node.end_col_offset or 0) + 1
        if not self.ascii:
            col, end_col = self.col(node), self.end_col(node)
        scope = self.scope
        scope.code.append(
            (CALL, slot, callee, args, keywords, node.lineno, col, scope.block, "call", node.end_lineno, end_col)
        )
        return slot

    def _argument(self, node: ast.expr) -> int | tuple[str, int]:
        if type(node) is ast.Name:
            return self.lookup(node.id)
        return ("*", self.value(node.value)) if isinstance(node, ast.Starred) else self.value(node)

    def _method_use(self, kind: str, node: ast.Call, base: int, name: str, args: tuple[object, ...]) -> None:
        arguments = node.args
        key = self.text(arguments[0]) if arguments else ""
        value, value_slot = key, args[0] if args else NOWHERE
        if len(arguments) > 1 and name in {"setdefault", "insert", "__setitem__", "set"}:
            value, value_slot = self.text(arguments[1]), args[1]
        if not arguments and node.keywords:
            value = key = ", ".join(f"{word.arg or '**'}={self.text(word.value)}" for word in node.keywords)
        self.use(kind, name, node, base, "", key, value, value_slot if isinstance(value_slot, int) else NOWHERE)

    def alias(self, name: str, node: ast.expr) -> None:
        """Note that a name was bound: `add = self.items.append` makes calls of it calls of that method."""
        slot = self.lookup(name)
        if not isinstance(node, ast.Attribute) or node.attr not in _HANDED or slot in self.aliases:
            self.aliases.pop(slot, None)
            return
        if isinstance(node.value, ast.Name):
            self.aliases[slot] = (NOWHERE, self.lookup(node.value.id), node.attr)
        elif self.scope.code[-2][0] == ATTR:
            self.aliases[slot] = (self.scope.number, self.scope.code[-2][2], node.attr)

    def _alias_use(self, node: ast.Call, alias: tuple[int, int, str], args: tuple[object, ...]) -> None:
        bound_in, base, method = alias
        if bound_in in (NOWHERE, self.scope.number):
            self._method_use(_CALLED.get(method, "read"), node, base, method, args)

    def _function_use(self, node: ast.Call, name: str, args: tuple[object, ...]) -> None:
        base = args[0] if args else NOWHERE
        if not isinstance(base, int) or base == NOWHERE:
            return
        for kind, table in (("read", READ_FUNCTIONS), ("grow", GROW_FUNCTIONS), ("shrink", SHRINK_FUNCTIONS)):
            if name not in table:
                continue
            key = self.text(node.args[1]) if len(node.args) > 1 else ""
            value_slot = args[1] if len(args) > 1 and isinstance(args[1], int) else NOWHERE
            self.use(kind, table[name], node, base, key=key, value=key, value_slot=value_slot)

    def _lambda(self, node: ast.Lambda) -> int:
        return self.function(node)

    # Control inside expressions.

    def _arm(self, kind: str, node: ast.expr, test: ast.expr, negated: bool = False) -> int:
        """The value of an operand that runs only where the test holds; a block only where it can matter."""
        if isinstance(node, (ast.Name, ast.Constant, ast.Attribute)):
            return self.value(node)
        text = self.text(test)
        before = self.open_block(kind, node.lineno, f"not ({text})" if negated else text)
        slot = self.value(node)
        self.close_block(before)
        return slot

    def _bool_op(self, node: ast.BoolOp) -> int:
        slot = self.temporary()
        first = self.value(node.values[0])
        if first != NOWHERE:
            self.emit(COPY, slot, first)
        negated = isinstance(node.op, ast.Or)
        for previous, operand in zip(node.values, node.values[1:]):
            src = self._arm("and", operand, previous, negated)
            if src != NOWHERE:
                self.emit(COPY, slot, src)
        return slot

    def _if_exp(self, node: ast.IfExp) -> int:
        self.value(node.test)
        slot = self.temporary()
        for arm, negated in ((node.body, False), (node.orelse, True)):
            src = self._arm("ifexp", arm, node.test, negated)
            if src != NOWHERE:
                self.emit(COPY, slot, src)
        return slot

    def _await(self, node: ast.Await) -> int:
        src = self.value(node.value)
        self.exit("await", node)
        slot = self.temporary()
        self.emit(AWAIT, slot, src)
        return slot

    def _yield(self, node: ast.Yield) -> int:
        self.scope.is_generator = True
        if node.value is not None:
            self.emit(YIELD, self.value(node.value))
        self.exit("yield", node)
        return NOWHERE

    def _yield_from(self, node: ast.YieldFrom) -> int:
        self.scope.is_generator = True
        slot = self.temporary()
        self.emit(ITER, slot, self.value(node.value), node.lineno, self.col(node))
        self.emit(YIELD, slot)
        self.exit("yield", node)
        return NOWHERE

    def _named(self, node: ast.NamedExpr) -> int:
        src = self.value(node.value)
        self.assign(node.target, src, self.text(node.value))
        return src

    # Operators: their operands may be instances whose class defines the operation.

    def _dunder(self, node: ast.expr, base: int, name: str, args: tuple[int, ...]) -> int:
        if base == NOWHERE:
            return NOWHERE
        slot = self.temporary()
        self.scope.code.append((DUNDER, slot, base, name, args, node.lineno, self.col(node)))
        return slot

    def _bin_op(self, node: ast.BinOp) -> int:
        spine = [node]
        while isinstance(spine[-1].left, ast.BinOp):
            spine.append(spine[-1].left)
        left = self.value(spine[-1].left)
        for each in reversed(spine):
            right = self.value(each.right)
            left = self._dunder(each, left, BINARY_DUNDERS[type(each.op).__name__], (right,))
        return left

    def _compare(self, node: ast.Compare) -> int:
        left = self.value(node.left)
        for op, right in zip(node.ops, node.comparators):
            slot = self.value(right)
            if isinstance(op, (ast.In, ast.NotIn)):
                if slot != NOWHERE:
                    self.use("read", "in", node, slot, key=self.text(node.left))
                    self._dunder(node, slot, "__contains__", (left,))
            elif type(op).__name__ in COMPARE_DUNDERS:
                self._dunder(node, left, COMPARE_DUNDERS[type(op).__name__], (slot,))
            left = slot
        return NOWHERE

    def _unary(self, node: ast.UnaryOp) -> int:
        slot = self.value(node.operand)
        name = UNARY_DUNDERS.get(type(node.op).__name__)
        return self._dunder(node, slot, name, ()) if name else NOWHERE

    def _joined(self, node: ast.JoinedStr) -> int:
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                self._dunder(part, self.value(part.value), "__str__", ())
        return NOWHERE

    _WALKS: ClassVar[dict[type[ast.expr], Callable[..., int]]] = {
        ast.Constant: _constant, ast.Attribute: _attribute, ast.Call: _call, ast.Subscript: _subscript,
        ast.List: _display, ast.Tuple: _display, ast.Set: _display, ast.Dict: _dict, ast.Lambda: _lambda,
        ast.BoolOp: _bool_op, ast.IfExp: _if_exp, ast.ListComp: _comprehension, ast.SetComp: _comprehension,
        ast.DictComp: _comprehension, ast.GeneratorExp: _comprehension, ast.Await: _await, ast.Yield: _yield,
        ast.YieldFrom: _yield_from, ast.NamedExpr: _named, ast.Starred: _starred, ast.BinOp: _bin_op,
        ast.Compare: _compare, ast.UnaryOp: _unary, ast.JoinedStr: _joined, ast.Slice: _slice,
    }  # fmt: skip
