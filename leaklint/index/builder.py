"""What the walkers write into: scopes, slots, instructions, blocks, uses and exits of one file."""

from __future__ import annotations

import ast
from contextlib import suppress

import msgspec

from leaklint.facts import (
    NOWHERE,
    Block,
    Decorator,
    Directive,
    Exit,
    Instruction,
    ModuleFacts,
    Op,
    Param,
    Scope,
    Use,
    Variable,
)  # fmt: skip

COPY, BUILTIN = int(Op.COPY), int(Op.BUILTIN)

TEXT_LIMIT = 400
"""Longer expressions are kept cut off: they serve messages and guards, both of them short."""


class OpenScope(msgspec.Struct, eq=False):
    """A scope while it is being written."""

    number: int
    kind: str
    name: str
    qualname: str
    parent: OpenScope | None
    row: int
    col: int
    first_row: int
    end_row: int
    is_async: bool = False
    is_generator: bool = False
    docstring: bool = False
    returns: str = ""
    self_slot: int = NOWHERE
    names: dict[str, int] = {}
    written: set[str] = set()
    globals: set[str] = set()
    nonlocals: set[str] = set()
    overlays: list[dict[str, int]] = []
    builtins: dict[str, int] = {}
    params: list[Param] = []
    decorators: list[Decorator] = []
    bases: list[int] = []
    base_texts: list[str] = []
    keywords: list[tuple[str, int]] = []
    code: list[Instruction] = []
    lambdas: int = 0
    block: int = NOWHERE

    def freeze(self) -> Scope:
        """The record of the scope, when all of it was read."""
        return Scope(
            self.kind, self.name, self.qualname, self.parent.number if self.parent else NOWHERE,
            self.row, self.col, self.first_row, self.end_row,
            tuple(self.params), tuple(self.decorators), tuple(self.bases), tuple(self.base_texts),
            tuple(self.keywords), self.returns, self.is_async, self.is_generator, self.self_slot,
            tuple(self.code), self.docstring,
        )  # fmt: skip


class Builder:
    """The state of one file's walk. `scope` is the scope whose code is being written."""

    def __init__(self, text: str) -> None:
        self.source = text
        self.lines = text.split("\n")
        self.ascii = text.isascii()
        self.scopes: list[OpenScope] = []
        self.variables: list[Variable] = []
        self.slots = 0
        self.blocks: list[Block] = []
        self.uses: list[Use] = []
        self.exits: list[Exit] = []
        self.exports: tuple[str, ...] | None = None
        self.aliases: dict[int, tuple[int, int, str]] = {}
        """For each variable that a method is bound to: the scope that has bound it, the object's slot, the method."""
        self.scope = self.open_scope("module", "", None, 1, 1, 1, len(self.lines))

    def temporary(self) -> int:
        """A new slot for the value of an expression."""
        self.slots += 1
        return self.slots - 1

    def open_scope(
        self, kind: str, name: str, parent: OpenScope | None, row: int, col: int, first_row: int, end_row: int
    ) -> OpenScope:
        """A new scope within another; it becomes the current one only where its body is walked."""
        qualname = f"{parent.qualname}.{name}" if parent is not None and parent.qualname else name
        scope = OpenScope(len(self.scopes), kind, name, qualname, parent, row, col, first_row, end_row)
        self.scopes.append(scope)
        return scope

    def declare(self, scope: OpenScope, name: str) -> int:
        """The variable's slot, made where the scope does not have it yet."""
        slot = scope.names.get(name)
        if slot is None:
            slot = scope.names[name] = self.slots
            self.slots += 1
            self.variables.append(Variable(scope.number, name, slot))
        return slot

    def lookup(self, name: str) -> int:
        """The slot that a name read in the current scope denotes."""
        scope = self.scope
        if scope.overlays:
            for overlay in reversed(scope.overlays):
                if name in overlay:
                    return overlay[name]
        slot = scope.names.get(name)
        if slot is not None and name not in scope.globals and name not in scope.nonlocals:
            # a class body reads the names around it until it has bound its own
            if scope.kind != "class" or name in scope.written:
                return slot
        slot = self._outer(scope, name)
        if slot is None:
            slot = scope.builtins.get(name)
        if slot is None:
            slot = scope.builtins[name] = self.temporary()
            scope.code.append((BUILTIN, slot, name))
        return slot

    def _outer(self, scope: OpenScope, name: str) -> int | None:
        if name in scope.globals:
            return self.scopes[0].names.get(name)
        outer = scope.parent
        while outer is not None:
            if outer.overlays:
                for overlay in reversed(outer.overlays):
                    if name in overlay:
                        return overlay[name]
            slot = outer.names.get(name)
            if slot is not None and outer.kind != "class":
                return self.scopes[0].names.get(name) if name in outer.globals else slot
            outer = outer.parent
        return None

    def target(self, name: str) -> int:
        """The slot of a name that the current scope binds."""
        scope = self.scope
        if name in scope.globals:
            return self.declare(self.scopes[0], name)
        if name in scope.nonlocals:
            slot = self._outer(scope, name)
            if slot is not None:
                return slot
        scope.written.add(name)
        return self.declare(scope, name)

    # Places and texts.

    def col(self, node: ast.expr | ast.stmt | ast.arg) -> int:
        """The 1-based column of a node in characters."""
        if self.ascii:
            return node.col_offset + 1
        line = self.lines[node.lineno - 1]
        return len(line.encode()[: node.col_offset].decode(errors="replace")) + 1

    def end_col(self, node: ast.expr | ast.stmt) -> int:
        """The 1-based column in characters of the place after a node."""
        end = node.end_col_offset or 0
        if self.ascii:
            return end + 1
        line = self.lines[(node.end_lineno or node.lineno) - 1]
        return len(line.encode()[:end].decode(errors="replace")) + 1

    def text(self, node: ast.expr | ast.pattern | None) -> str:
        """The source of an expression on one line, without comments, cut at TEXT_LIMIT."""
        if node is None:
            return ""
        first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
        start, end = node.col_offset, node.end_col_offset or 0
        if first == last:
            line = self.lines[first]
            if self.ascii:
                return line[start:end][:TEXT_LIMIT]
            return line.encode()[start:end].decode(errors="replace")[:TEXT_LIMIT]
        parts = [
            self.lines[first].encode()[start:].decode(errors="replace"),
            *self.lines[first + 1 : last],
            self.lines[last].encode()[:end].decode(errors="replace"),
        ]
        joined = " ".join([part.strip() for part in parts])
        if len(joined) <= 2 * TEXT_LIMIT and ("#" in joined or "\\ " in joined):
            with suppress(RecursionError):
                joined = ast.unparse(node)  # on one line a comment would hide the rest
        return joined[:TEXT_LIMIT]

    # What is written down.

    def open_block(self, kind: str, row: int, test: str = "") -> int:
        """Enter an arm; returns the arm to go back to, to be given to `close_block`."""
        scope = self.scope
        before = scope.block
        self.blocks.append(Block(scope.number, before, kind, row, test))
        scope.block = len(self.blocks) - 1
        return before

    def close_block(self, before: int) -> None:
        """Leave an arm for the one that `open_block` gave back."""
        self.scope.block = before

    def use(
        self, kind: str, op: str, node: ast.expr | ast.stmt, base: int,
        attr: str = "", key: str = "", value: str = "", value_slot: int = NOWHERE,
    ) -> None:  # fmt: skip
        """Write down what is done to the value of a slot."""
        scope = self.scope
        if self.ascii:
            col, end_col = node.col_offset + 1, (node.end_col_offset or 0) + 1
        else:
            col, end_col = self.col(node), self.end_col(node)
        self.uses.append(
            Use(kind, op, scope.number, node.lineno, col, node.end_lineno or node.lineno, end_col, base,
                scope.block, len(scope.code), attr, key, value, value_slot)
        )  # fmt: skip

    def exit(self, kind: str, node: ast.expr | ast.stmt) -> None:
        """Write down a way out, or a place where others run."""
        scope = self.scope
        self.exits.append(Exit(kind, scope.number, node.lineno, scope.block, len(scope.code)))

    def finish(self, directives: tuple[Directive, ...], generated: bool) -> ModuleFacts:
        """The facts of all that was written."""
        return ModuleFacts(
            tuple(scope.freeze() for scope in self.scopes), tuple(self.variables), self.slots, tuple(self.blocks),
            tuple(self.uses), tuple(self.exits), self.exports, directives, generated, len(self.lines),
        )  # fmt: skip
