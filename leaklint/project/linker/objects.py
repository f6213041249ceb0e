"""What the linker speaks of: the sources it takes, the values that slots hold, and the calls it finds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

import msgspec

from leaklint.facts import NOWHERE, Instruction, ModuleFacts, Op

_IMPORT, _FROM, _STAR = map(int, (Op.IMPORT, Op.FROM, Op.STAR))


class Source(msgspec.Struct, frozen=True):
    """A file to link: its dotted name, path relative to the root, facts, further names and role."""

    name: str
    path: str
    is_package: bool
    facts: ModuleFacts
    aliases: tuple[str, ...] = ()
    role: str = "code"


@dataclass(frozen=True, eq=False)
class Module:
    """A linked file. A scope or slot of its facts plus the base is the number the program knows it by."""

    index: int
    name: str
    path: str
    role: str
    is_package: bool
    facts: ModuleFacts
    slot_base: int
    scope_base: int
    block_base: int

    @cached_property
    def _by_opcode(self) -> tuple[dict[int, list[Instruction]], ...]:
        out: tuple[dict[int, list[Instruction]], ...] = tuple({} for _ in Op)
        for number, scope in enumerate(self.facts.scopes):
            found: dict[int, list[Instruction]] = {}
            for i in scope.code:
                op = i[0]
                if op in found:
                    found[op].append(i)
                else:
                    found[op] = out[op][number] = [i]
        return out

    def own_block(self, block: int) -> int:
        """The number in the file's facts of a block of the program."""
        return block - self.block_base if block != NOWHERE else NOWHERE

    def code(self, op: int) -> dict[int, list[Instruction]]:
        """Its instructions of one kind in the order of the file, by the number of their scope.

        Most questions are about one kind: nobody has to go through all the code for it.
        """
        return self._by_opcode[op]

    def instructions(self, op: int) -> Iterator[Instruction]:
        """Its instructions of one kind, whatever their scope."""
        return chain.from_iterable(self._by_opcode[op].values())

    @cached_property
    def imports(self) -> tuple[Instruction, ...]:
        """Its import statements, those in functions too, one instruction for each name."""
        return (*self.instructions(_IMPORT), *self.instructions(_FROM), *self.instructions(_STAR))

    @cached_property
    def packages(self) -> frozenset[str]:
        """The top names of the packages that it imports by name."""
        return frozenset(i[3].partition(".")[0] for i in self.imports if i[0] != _STAR)


class Value(msgspec.Struct, frozen=True):
    """Something that a slot may hold."""


class FunctionValue(Value, frozen=True):
    """A function or lambda of the project, as written (not what its decorators make of it)."""

    gid: int


class ClassValue(Value, frozen=True):
    """A class of the project."""

    gid: int


class ModuleValue(Value, frozen=True):
    """A module of the project, by its index."""

    index: int


class External(Value, frozen=True):
    """Something that the project does not define: `requests.get`, `builtins.len`."""

    dotted: str


class InstanceValue(Value, frozen=True):
    """The instances of a project class, taken together."""

    cls: int


class ExternalInstance(Value, frozen=True):
    """What a call of something external returned, one for each call site. `scope` is where it is called."""

    dotted: str
    module: int
    row: int
    col: int
    scope: int
    number: int = NOWHERE


class ContainerValue(Value, frozen=True):
    """A display or comprehension, one for each place. `number` tells those of one line apart."""

    kind: str
    module: int
    row: int
    col: int
    scope: int
    number: int = NOWHERE


class Const(Value, frozen=True):
    """A str or int literal."""

    value: str | int


class BoundValue(Value, frozen=True):
    """A method with its receiver."""

    receiver: Value
    function: Value


class PartialValue(Value, frozen=True):
    """A callable with some arguments given; `number` is the site that gives them."""

    function: Value
    number: int


class SuperValue(Value, frozen=True):
    """`super()` in a method of `cls`, for one receiver."""

    cls: int
    receiver: Value


class Edge(msgspec.Struct, frozen=True, order=True, cache_hash=True, gc=False):
    """A call: `callee` is a function or class by its number, or the dotted name of something external.

    `kind` is call, decorator, property, dunder, with, iteration, callback (handed to something
    external that calls it) or name. `how` it was found: exact (nothing else can be called there),
    points-to, annotation or name. `site` identifies the place to `Program.arguments` and
    `Program.place`; `offset` parameters are taken by the receiver.
    """

    caller: int
    row: int
    col: int
    callee: int | str
    kind: str
    how: str
    block: int
    site: int
    offset: int = 0
