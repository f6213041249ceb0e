"""The vocabulary: what one Python file says, as frozen records that serialize.

Facts depend on the file's text alone: no record knows the module's dotted name, its path, or any
other file. Scopes, slots and blocks are numbers within the file. A *slot* stands for the value of a
variable or of an expression; `Scope.code` says how values flow from slot to slot (the linker solves
that), and `ModuleFacts.uses` says what happens to values that may be containers (the linker decides
whether they are).
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Any

import msgspec

NOWHERE = -1
"""The slot of a value that no analysis follows (a number, a comparison, an absent argument)."""


class Op(IntEnum):
    """The instructions of `Scope.code`; each comment gives the operands that follow the opcode."""

    COPY = 0  # dst, src
    FUNC = 1  # dst, scope: the bare function or lambda object
    CLASS = 2  # dst, scope: the bare class object
    CONST = 3  # dst, value: a str or int that may name an attribute or key
    NEW = 4  # dst, kind, row: a display or comprehension; kind is list, dict, set, tuple or generator
    ELEM = 5  # base, src: base holds src as an element under no known key
    STORE_ITEM = 6  # base, key, src, key slot: key is a str or int, or None where it is computed
    LOAD_ITEM = 7  # dst, base, key, row, col, key slot
    ATTR = 8  # dst, base, name, row, col
    SET_ATTR = 9  # base, name, src, row, col
    CALL = 10  # dst, callee, args, keywords, row, col, block, kind, end_row, end_col; see Instruction
    RETURN = 11  # src
    YIELD = 12  # src
    RAISE = 13  # src, row, col, block
    ITER = 14  # dst, src, row, col: dst takes each element of src (for, comprehension, *unpacking, yield from)
    AWAIT = 15  # dst, src
    ENTER = 16  # dst, src, row, col, is_async: a with statement's context manager and what it binds
    DUNDER = 17  # dst, base, name, args, row, col: an operator that may run base's special method
    IMPORT = 18  # dst, level, module: the module object (`import a.b as c`), or its top (`import a.b` binds a)
    FROM = 19  # dst, level, module, name
    STAR = 20  # level, module: every public name of it, into this scope
    BUILTIN = 21  # dst, name: a name that no scope of the file binds; a star import may, before the builtins do
    ANNOTATE = 22  # dst, text: the annotation of a variable or parameter
    ANNOTATE_ATTR = 23  # base, name, text: the annotation of base.name
    MERGE_KEYS = 24  # base, src: the items of mapping src enter base (`{**src}`)
    SLICE = 25  # dst, base, lower, upper, row: a new sequence; the bounds are ints, or None where open or computed


if TYPE_CHECKING:
    Instruction = tuple[Any, ...]
else:  # spelt out so that what is nested comes back from disk as the tuples it was
    _Inner = tuple[int | str | None, ...]
    Instruction = tuple[int | bool | str | tuple[int | str | _Inner | None, ...] | None, ...]
"""An opcode and its operands. In a CALL, `args` is a tuple of slots, a starred one as the tuple
("*", slot); `keywords` is a tuple of (name, slot) with name None for `**slot`; `kind` is one of
call, decorator, class (metaclass protocol)."""


class Param(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A parameter: its variable's slot, its default's slot in the defining scope, annotation text or ''."""

    name: str
    kind: str  # positional-only, positional, vararg, keyword-only, kwarg
    slot: int
    default: int = NOWHERE
    default_text: str = ""
    annotation: str = ""

    @property
    def is_required(self) -> bool:
        """Whether every call has to give it."""
        return self.default == NOWHERE and not self.default_text and self.kind not in ("vararg", "kwarg")


class Decorator(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A decorator as written: the slot of the expression, its text, and where it stands."""

    slot: int
    text: str
    row: int
    col: int


class Scope(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A module body, class body, function or lambda. Comprehensions belong to the scope around them.

    `row` is the line of `def` or `class`, `first_row` that of the first decorator. `qualname` is the
    path within the file: `Class.method.inner`, lambdas as `<lambda1>`; empty for the module.
    `self_slot` is the variable of the scope's own object in its parent, after decoration.
    """

    kind: str  # module, class, function, lambda
    name: str
    qualname: str
    parent: int
    row: int
    col: int
    first_row: int
    end_row: int
    params: tuple[Param, ...] = ()
    decorators: tuple[Decorator, ...] = ()
    bases: tuple[int, ...] = ()
    base_texts: tuple[str, ...] = ()
    keywords: tuple[tuple[str, int], ...] = ()
    returns: str = ""
    is_async: bool = False
    is_generator: bool = False
    self_slot: int = NOWHERE
    code: tuple[Instruction, ...] = ()
    docstring: bool = False


class Variable(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A name bound in a scope, and the slot of its value (not its index in `ModuleFacts.variables`)."""

    scope: int
    name: str
    slot: int


class Block(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An arm of a compound statement. `parent` is the enclosing arm, NOWHERE at the scope's top.

    `test` is the source of the condition, the loop's iterable, the exception types, the context
    managers or the case pattern. `kind`: if, else, while, for, loop-else, try-statement (around the arms
    try, except, try-else and finally), with, case, ifexp, and, comprehension.
    """

    scope: int
    parent: int
    kind: str
    row: int
    test: str = ""


class Use(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Something done to a value that may be a container.

    `kind` is grow, shrink, read or bind. `op` is the method name, or one of `[]=`, `del[]`, `[]`,
    `+=`, `|=`, `-=`, `&=`, `^=`, `[:]=`, `del[:]`, `in`, `for`, `len`, `bool`, `=`, `del`, `unpack`;
    a method handed on without being called has its name with `&` before it (`&discard`).
    `base` is the slot of the container, for a bind the variable's slot or, where `attr` is set, the
    slot of the object whose attribute is bound. `key` and `value` are source texts ('' where there
    is none; the `key` of an unpacking is the whole that is unpacked); `value_slot` the slot of the
    value added or bound. `step` is the number of instructions
    of the scope that were emitted before: it orders uses, calls and exits within a scope.
    """

    kind: str
    op: str
    scope: int
    row: int
    col: int
    end_row: int
    end_col: int
    base: int
    block: int
    step: int
    attr: str = ""
    key: str = ""
    value: str = ""
    value_slot: int = NOWHERE


class Exit(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A way out of a scope or loop: return, raise, continue, break; or a place where others run: await, yield."""

    kind: str
    scope: int
    row: int
    block: int
    step: int


class Directive(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A comment that speaks to leaklint or flake8.

    `kind` is noqa, flake8-noqa, ignore, file-ignore, disable, enable, bounded, or invalid where
    leaklint knows no such directive; `codes` is empty for all codes. It covers the lines `first_row`
    to `last_row` (a multi-line string or backslash continuation covers several). `raw` is the comment
    as it stands at `row` and `col`.
    """

    kind: str
    codes: tuple[str, ...]
    text: str
    row: int
    col: int
    first_row: int
    last_row: int
    raw: str = ""


class Unreadable(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Why a file could not be read or parsed, and where."""

    message: str
    row: int = 1
    col: int = 1


class ModuleFacts(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """All that is kept of one file. Scope 0 is the module's body."""

    scopes: tuple[Scope, ...] = ()
    variables: tuple[Variable, ...] = ()
    slots: int = 0
    blocks: tuple[Block, ...] = ()
    uses: tuple[Use, ...] = ()
    exits: tuple[Exit, ...] = ()
    exports: tuple[str, ...] | None = None
    directives: tuple[Directive, ...] = ()
    generated: bool = False
    lines: int = 0
    unreadable: Unreadable | None = None
