"""Statements to scopes, blocks, instructions and uses."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import ClassVar

from leaklint.facts import NOWHERE, Decorator, Directive, ModuleFacts, Op, Param
from leaklint.index.builder import OpenScope
from leaklint.index.expressions import (
    ATTR,
    CALL,
    COPY,
    FUNC,
    ITER,
    LOAD_ITEM,
    STORE_ITEM,
    ExpressionWalker,
    literal_key,
)
from leaklint.index.names import Bindings, global_declarations, parameters
from leaklint.index.operations import AUGMENTED, NO_RETURN

ANNOTATE, ANNOTATE_ATTR, CLASS, ENTER = map(int, (Op.ANNOTATE, Op.ANNOTATE_ATTR, Op.CLASS, Op.ENTER))
FROM, IMPORT, RAISE, RETURN, SET_ATTR, STAR = map(int, (Op.FROM, Op.IMPORT, Op.RAISE, Op.RETURN, Op.SET_ATTR, Op.STAR))

FunctionStatement = ast.FunctionDef | ast.AsyncFunctionDef


_GLOBAL = re.compile(r"(^|[;:])[ \t\f]*global[\s\\]", re.MULTILINE)
"""Where a global statement may begin: a text without one need not be searched for them."""


_NO_DEFAULT = (NOWHERE, "")


class StatementWalker(ExpressionWalker):
    """Walks a module; function bodies wait until the scope around them is known as a whole."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._waiting: list[Callable[[], None]] = []
        self._subject = ""

    def module(self, tree: ast.Module) -> Callable[[tuple[Directive, ...], bool], ModuleFacts]:
        """Walk the whole file; what comes back takes the comments' directives and gives the facts."""
        scope = self.scope
        scope.docstring = ast.get_docstring(tree, clean=False) is not None
        for name in Bindings(tree.body).bound:
            self.declare(scope, name)
        if "global" in self.source and _GLOBAL.search(self.source):
            for name in global_declarations(tree):
                self.declare(scope, name)
        self.body(tree.body)
        while self._waiting:
            waiting, self._waiting = self._waiting, []
            for walk in waiting:
                walk()
        return self.finish

    def body(self, statements: Iterable[ast.stmt]) -> None:
        """Walk statements in their order."""
        table = self._STATEMENTS
        for statement in statements:
            walk = table.get(type(statement))
            if walk is not None:
                walk(self, statement)

    def arm(self, kind: str, row: int, test: str, statements: Sequence[ast.stmt]) -> None:
        """An arm of a compound statement, in a block of its own."""
        before = self.open_block(kind, row, test)
        self.body(statements)
        self.close_block(before)

    # Definitions.

    def _function_def(self, node: FunctionStatement) -> None:
        first_row = min([node.lineno, *[each.lineno for each in node.decorator_list]])
        decorators = [(each, self.value(each)) for each in node.decorator_list]
        scope = self._open_function(node, "function", node.name, first_row)
        scope.is_async = isinstance(node, ast.AsyncFunctionDef)
        scope.returns = self.text(node.returns)
        scope.docstring = bool(node.body) and _is_docstring(node.body[0])
        self._bind_definition(scope, FUNC, decorators)
        self._waiting.append(partial(self._function_body, scope, node.body))

    def function(self, node: ast.Lambda) -> int:
        """The slot of a lambda, whose body waits like a function's."""
        self.scope.lambdas += 1
        scope = self._open_function(node, "lambda", f"<lambda{self.scope.lambdas}>", node.lineno)
        slot = self.temporary()
        self.emit(FUNC, slot, scope.number)
        scope.self_slot = slot
        scope.overlays.extend(dict(overlay) for overlay in self.scope.overlays)
        self._waiting.append(partial(self._lambda_body, scope, node.body))
        return slot

    def _open_function(self, node: FunctionStatement | ast.Lambda, kind: str, name: str, first_row: int) -> OpenScope:
        signature = parameters(node.args)
        defaults = {
            arg.arg: (self.value(default), self.text(default)) for arg, _, default in signature if default is not None
        }
        col = self.col(node)
        scope = self.open_scope(kind, name, self.scope, node.lineno, col, first_row, node.end_lineno or node.lineno)
        for arg, how, _ in signature:
            default, text = defaults.get(arg.arg, _NO_DEFAULT)
            annotation = self.text(arg.annotation) if arg.annotation is not None else ""
            scope.params.append(Param(arg.arg, how, self.declare(scope, arg.arg), default, text, annotation))
        return scope

    def _bind_definition(self, scope: OpenScope, op: int, decorators: list[tuple[ast.expr, int]]) -> None:
        """The bare object, handed through its decorators from the innermost out, bound to its name."""
        for expression, slot in decorators:
            scope.decorators.append(Decorator(slot, self.text(expression), expression.lineno, self.col(expression)))
        value = bare = self.temporary()
        self.emit(op, value, scope.number)
        for expression, callee in reversed(decorators):
            result = self.temporary()
            place = expression.lineno, self.col(expression), self.scope.block, "decorator"
            self.emit(CALL, result, callee, (value,), (), *place, expression.end_lineno, self.end_col(expression))
            value = result
        scope.self_slot = self.target(scope.name)
        self.emit(COPY, scope.self_slot, value)
        if op == CLASS and value != bare:  # nearly every class decorator returns the class it is given
            self.emit(COPY, scope.self_slot, bare)

    def _function_body(self, scope: OpenScope, body: list[ast.stmt]) -> None:
        outer, self.scope = self.scope, scope
        bindings = Bindings(body)
        scope.globals, scope.nonlocals = bindings.globals, bindings.nonlocals
        for name in bindings.bound:
            if name not in scope.globals and name not in scope.nonlocals:
                self.declare(scope, name)
        self.body(body)
        self.scope = outer

    def _lambda_body(self, scope: OpenScope, body: ast.expr) -> None:
        outer, self.scope = self.scope, scope
        self.emit(Op.RETURN.value, self.value(body))
        self.scope = outer

    def _class_def(self, node: ast.ClassDef) -> None:
        first_row = min([node.lineno, *(each.lineno for each in node.decorator_list)])
        decorators = [(each, self.value(each)) for each in node.decorator_list]
        bases = [self.value(base) for base in node.bases]
        keywords = [(word.arg or "**", self.value(word.value)) for word in node.keywords]
        row, col, end_row = node.lineno, self.col(node), node.end_lineno or node.lineno
        scope = self.open_scope("class", node.name, self.scope, row, col, first_row, end_row)
        scope.docstring = bool(node.body) and _is_docstring(node.body[0])
        scope.bases, scope.keywords = bases, keywords
        scope.base_texts = [self.text(base) for base in node.bases]
        outer, self.scope = self.scope, scope
        scope.overlays = []
        bindings = Bindings(node.body)
        scope.globals, scope.nonlocals = bindings.globals, bindings.nonlocals
        for name in bindings.bound:
            self.declare(scope, name)
        self.body(node.body)
        self.scope = outer
        self._bind_definition(scope, CLASS, decorators)

    # Assignments.

    def _assign(self, node: ast.Assign) -> None:
        if len(node.targets) == 1 and _pairs_off(node.targets[0], node.value):
            self._assign_in_parallel(node.targets[0], node.value)
        else:
            src = self.value(node.value)
            text = self.text(node.value)
            for target in node.targets:
                self.assign(target, src, text)
                if isinstance(target, ast.Name):
                    self.alias(target.id, node.value)
        if self.scope.kind == "module":
            self._note_exports(node)

    def _note_exports(self, node: ast.Assign) -> None:
        if any(isinstance(target, ast.Name) and target.id == "__all__" for target in node.targets):
            if isinstance(node.value, (ast.List, ast.Tuple)):
                names = (each.value for each in node.value.elts if isinstance(each, ast.Constant))
                self.exports = tuple(name for name in names if isinstance(name, str))

    def assign(self, target: ast.expr, src: int, value: str = "", op: str = "=") -> None:
        """Bind a target to a value; `value` is the source of what is bound, or of the whole that is unpacked."""
        text, whole = ("", value) if op == "unpack" else (value, "")
        if isinstance(target, ast.Name):
            slot = self.target(target.id)
            if src != NOWHERE:
                self.scope.code.append((COPY, slot, src))
            self.use("bind", op, target, slot, "", whole, text, src)
        elif isinstance(target, ast.Attribute):
            base = self.value(target.value)
            self.scope.code.append((SET_ATTR, base, target.attr, src, target.lineno, self.col(target)))
            self.use("bind", op, target, base, target.attr, whole, text, src)
        elif isinstance(target, ast.Subscript):
            self._store_item(target, src, text)
        elif isinstance(target, ast.Starred):
            self.assign(target.value, src)
        elif isinstance(target, (ast.Tuple, ast.List)):
            self._unpack(target, src, value)

    def _store_item(self, target: ast.Subscript, src: int, value: str, op: str = "[]=") -> None:
        base = self.value(target.value)
        key_slot = self.value(target.slice)
        if isinstance(target.slice, ast.Slice):
            at_end = self.text(target.slice) == f"len({self.text(target.value)}):"
            op = "extend" if at_end else "[:]="
            self.use("grow", op, target, base, key=self.text(target.slice), value=value, value_slot=src)
            return
        key = self.text(target.slice)
        self.use("grow", op, target, base, key=key, value=value, value_slot=src)
        literal = literal_key(target.slice)
        self.emit(STORE_ITEM, base, literal, src, key_slot if literal is None else NOWHERE)

    def _assign_in_parallel(self, target: ast.expr, value: ast.expr) -> None:
        """`a, b = b, []`: every value is read before any name is bound, and no tuple need be followed."""
        assert isinstance(target, (ast.Tuple, ast.List))
        assert isinstance(value, (ast.Tuple, ast.List))
        slots = [self.value(part) for part in value.elts]
        for each, part, src in zip(target.elts, value.elts, slots):
            if isinstance(part, ast.Name) and src != NOWHERE:
                copy = self.temporary()
                self.emit(COPY, copy, src)
                src = copy
            self.assign(each, src, self.text(part))

    def _unpack(self, target: ast.Tuple | ast.List, src: int, whole: str) -> None:
        starred = False
        for number, each in enumerate(target.elts):
            starred = starred or isinstance(each, ast.Starred)
            slot = self.temporary()
            if starred:
                self.emit(ITER, slot, src, target.lineno, self.col(target))
            else:
                self.emit(LOAD_ITEM, slot, src, number, target.lineno, self.col(target), NOWHERE)
            self._assign_unpacked(each, slot, whole)

    def _assign_unpacked(self, target: ast.expr, slot: int, whole: str) -> None:
        if isinstance(target, ast.Starred):
            rest = self.temporary()
            self.emit(Op.NEW.value, rest, "list", target.lineno)
            self.emit(Op.ELEM.value, rest, slot)
            slot, target = rest, target.value
        self.assign(target, slot, whole, "unpack")

    def _aug_assign(self, node: ast.AugAssign) -> None:
        src = self.value(node.value)
        text = self.text(node.value)
        kind, op = AUGMENTED.get(type(node.op).__name__, ("bind", "="))
        target = node.target
        if isinstance(target, ast.Subscript):
            self._store_item(target, NOWHERE, text, "[]" + op)
            return
        if isinstance(target, ast.Name):
            slot = self.target(target.id)
            self.use(kind, op, node, slot, key=text, value=text, value_slot=src)
        elif isinstance(target, ast.Attribute):
            base = self.value(target.value)
            slot = self.attribute_of(base, target)
            self.use(kind, op, node, slot, key=text, value=text, value_slot=src)
            self.emit(SET_ATTR, base, target.attr, NOWHERE, target.lineno, self.col(target))
        else:
            return
        if kind == "grow" and src != NOWHERE:
            element = self.temporary()
            self.emit(ITER, element, src, node.lineno, self.col(node))
            self.emit(Op.ELEM.value, slot, element)

    def _ann_assign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.assign(node.target, self.value(node.value), self.text(node.value))
        annotation = self.text(node.annotation)
        if isinstance(node.target, ast.Name):
            self.emit(ANNOTATE, self.target(node.target.id), annotation)
        elif isinstance(node.target, ast.Attribute):
            self.emit(ANNOTATE_ATTR, self.value(node.target.value), node.target.attr, annotation)

    def _delete(self, node: ast.Delete) -> None:
        for target in node.targets:
            if isinstance(target, ast.Subscript):
                base = self.value(target.value)
                self.value(target.slice)
                op = "del[:]" if isinstance(target.slice, ast.Slice) else "del[]"
                self.use("shrink", op, target, base, key=self.text(target.slice))
            elif isinstance(target, ast.Attribute):
                self.use("bind", "del", target, self.value(target.value), attr=target.attr)
            elif isinstance(target, ast.Name):
                self.use("bind", "del", target, self.target(target.id))

    # Simple statements.

    def _expr(self, node: ast.Expr) -> None:
        self.value(node.value)
        if isinstance(node.value, ast.Call) and _name(node.value.func) in NO_RETURN:
            self.exit("raise", node)

    def _return(self, node: ast.Return) -> None:
        if node.value is not None:
            src = self.value(node.value)
            if src != NOWHERE:
                self.emit(RETURN, src)
        self.exit("return", node)

    def _raise(self, node: ast.Raise) -> None:
        if node.exc is not None:
            src = self.value(node.exc)
            if src != NOWHERE:
                self.emit(RAISE, src, node.lineno, self.col(node), self.scope.block)
        self.exit("raise", node)

    def _assert(self, node: ast.Assert) -> None:
        self.value(node.test)

    def _jump(self, node: ast.Continue | ast.Break) -> None:
        self.exit("continue" if isinstance(node, ast.Continue) else "break", node)

    def _import(self, node: ast.Import) -> None:
        for alias in node.names:
            top = alias.name.partition(".")[0]
            slot = self.target(alias.asname or top)
            self.emit(IMPORT, slot, 0, alias.name if alias.asname else top)
            if not alias.asname and top != alias.name:
                self.emit(IMPORT, self.temporary(), 0, alias.name)

    def _import_from(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            if alias.name == "*":
                self.emit(STAR, node.level, node.module or "")
            else:
                self.emit(FROM, self.target(alias.asname or alias.name), node.level, node.module or "", alias.name)

    # Compound statements.

    def _if(self, node: ast.If) -> None:
        self.value(node.test)
        test = self.text(node.test)
        self.arm("if", node.lineno, test, node.body)
        if node.orelse:
            self.arm("else", node.orelse[0].lineno, test, node.orelse)

    def _while(self, node: ast.While) -> None:
        test = self.text(node.test)
        before = self.open_block("while", node.lineno, test)
        self.value(node.test)
        self.body(node.body)
        self.close_block(before)
        if node.orelse:
            self.arm("loop-else", node.orelse[0].lineno, test, node.orelse)

    def _for(self, node: ast.For | ast.AsyncFor) -> None:
        src = self.value(node.iter)
        self.use("read", "for", node.iter, src)
        element = self.temporary()
        self.emit(ITER, element, src, node.iter.lineno, self.col(node.iter))
        test = f"{self.text(node.target)} in {self.text(node.iter)}"
        before = self.open_block("for", node.lineno, test)
        if isinstance(node, ast.AsyncFor):
            self.exit("await", node)
        self.assign(node.target, element, op="for")
        self.body(node.body)
        self.close_block(before)
        if node.orelse:
            self.arm("loop-else", node.orelse[0].lineno, test, node.orelse)

    def _with(self, node: ast.With | ast.AsyncWith) -> None:
        is_async = isinstance(node, ast.AsyncWith)
        for item in node.items:
            src = self.value(item.context_expr)
            slot = self.temporary()
            self.emit(ENTER, slot, src, item.context_expr.lineno, self.col(item.context_expr), is_async)
            if is_async:
                self.exit("await", node)
            if item.optional_vars is not None:
                self.assign(item.optional_vars, slot, op="with")
        self.arm("with", node.lineno, ", ".join(self.text(item.context_expr) for item in node.items), node.body)

    def _try(self, node: ast.Try) -> None:
        """All arms lie in a block of kind try-statement, so that an arm's siblings can be told."""
        whole = self.open_block("try-statement", node.lineno)
        self.arm("try", node.lineno, "", node.body)
        for handler in node.handlers:
            before = self.open_block("except", handler.lineno, self.text(handler.type))
            if handler.type is not None:
                self.value(handler.type)
            if handler.name:
                slot = self.target(handler.name)
                self.emit(ANNOTATE, slot, self.text(handler.type))
            self.body(handler.body)
            self.close_block(before)
        if node.orelse:
            self.arm("try-else", node.orelse[0].lineno, "", node.orelse)
        if node.finalbody:
            self.arm("finally", node.finalbody[0].lineno, "", node.finalbody)
        self.close_block(whole)

    def _match(self, node: ast.Match) -> None:
        src = self.value(node.subject)
        subject = self.text(node.subject)
        for case in node.cases:
            pattern = self.text(case.pattern)
            before = self.open_block("case", case.pattern.lineno, f"{subject} matches {pattern}")
            self._subject = subject
            self._pattern(case.pattern, src)
            if case.guard is not None:
                self.value(case.guard)
            self.body(case.body)
            self.close_block(before)

    def _pattern(self, pattern: ast.pattern, src: int) -> None:
        """Captures take the subject or what it is made of; classes named by the pattern are only read."""
        if isinstance(pattern, ast.MatchAs):
            if pattern.pattern is not None:
                self._pattern(pattern.pattern, src)
            if pattern.name:
                self._capture(pattern, pattern.name, src)
        elif isinstance(pattern, ast.MatchOr):
            for each in pattern.patterns:
                self._pattern(each, src)
        elif isinstance(pattern, ast.MatchClass):
            for name, each in zip(pattern.kwd_attrs, pattern.kwd_patterns):
                slot = self.temporary()
                self.emit(ATTR, slot, src, name, each.lineno, each.col_offset + 1)
                self._pattern(each, slot)
            for each in pattern.patterns:
                self._pattern(each, NOWHERE)
        elif isinstance(pattern, (ast.MatchSequence, ast.MatchMapping)):
            slot = self.temporary()
            self.emit(ITER, slot, src, pattern.lineno, pattern.col_offset + 1)
            for each in pattern.patterns:
                self._pattern(each, slot)
        elif isinstance(pattern, ast.MatchStar) and pattern.name:
            self._capture(pattern, pattern.name, NOWHERE)

    def _capture(self, pattern: ast.pattern, name: str, src: int) -> None:
        slot = self.target(name)
        if src != NOWHERE:
            self.emit(COPY, slot, src)
        place = ast.copy_location(ast.Name(name, ast.Store()), pattern)
        self.use("bind", "unpack", place, slot, "", self._subject, "", src)

    _STATEMENTS: ClassVar[dict[type[ast.stmt], Callable[..., None]]] = {
        ast.Expr: _expr, ast.Assign: _assign, ast.AugAssign: _aug_assign, ast.AnnAssign: _ann_assign,
        ast.FunctionDef: _function_def, ast.AsyncFunctionDef: _function_def, ast.ClassDef: _class_def,
        ast.Return: _return, ast.Delete: _delete, ast.If: _if, ast.While: _while, ast.For: _for, ast.AsyncFor: _for,
        ast.With: _with, ast.AsyncWith: _with, ast.Raise: _raise, ast.Try: _try, ast.Import: _import,
        ast.ImportFrom: _import_from, ast.Match: _match, ast.Assert: _assert, ast.Continue: _jump, ast.Break: _jump,
    }  # fmt: skip
    if sys.version_info >= (3, 11):
        _STATEMENTS[ast.TryStar] = _try


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _pairs_off(target: ast.expr, value: ast.expr) -> bool:
    """Whether two displays have as many elements and neither a starred one."""
    if not isinstance(target, (ast.Tuple, ast.List)) or not isinstance(value, (ast.Tuple, ast.List)):
        return False
    starred = any(isinstance(each, ast.Starred) for each in (*target.elts, *value.elts))
    return len(target.elts) == len(value.elts) and not starred


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
