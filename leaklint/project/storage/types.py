"""What a value is: which kind of container a binding makes, and whether its constructor bounds it."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

import msgspec

from leaklint.facts import NOWHERE
from leaklint.models import ModelError, checked, shipped
from leaklint.project.linker.program import Const, ContainerValue, ExternalInstance, InstanceValue, Program
from leaklint.project.sources import expression
from leaklint.project.storage.holders import BARE

_SAID = "named in bounded-types"

HUGE = 10_000_000
"""A limit from here on bounds nothing that matters."""


class BoundSlot(msgspec.Struct, frozen=True):
    """Where a constructor takes its limit."""

    keyword: str
    position: int


class ContainerType(msgspec.Struct, frozen=True):
    """A kind of container, by its constructor's dotted name."""

    kind: str = "dict"
    weak: bool = False
    bound: BoundSlot | None = None


class Operations(msgspec.Struct, frozen=True):
    """Which operations make a kind of container grow and shrink."""

    grow: frozenset[str]
    shrink: frozenset[str]


class Transient(msgspec.Struct, frozen=True):
    """Dotted names of objects that don't last."""

    names: frozenset[str] = frozenset()


class ContainerModel(msgspec.Struct, frozen=True):
    """All that is known of containers: constructors, other libraries' registries, operations, types with a bound."""

    types: dict[str, ContainerType]
    foreign: dict[str, ContainerType]
    operations: dict[str, Operations]
    bounded: frozenset[str] = frozenset()
    transient: Transient = Transient()


def load_containers(extra: Mapping[str, Mapping[str, Any]], bounded: Iterable[str] = ()) -> ContainerModel:
    """The shipped model, with the user's own types (dotted name -> table in the same words) added.

    `bounded` are dotted names of classes that the user says keep a bound. Raises ModelError where a table's values do
    not fit.
    """
    model = shipped("containers.toml", ContainerModel)
    for name, table in extra.items():
        own = model.types[name] = checked(table, ContainerType, f"containers.{name}")
        if own.kind not in model.operations:
            kinds = ", ".join(sorted(model.operations))
            raise ModelError(f"unknown kind {own.kind!r} in containers.{name}; there are {kinds}")
    return msgspec.structs.replace(model, bounded=frozenset(bounded))


class Made(msgspec.Struct, frozen=True, order=True):
    """What a binding makes. `bound` says why it can't grow without end, '' where it can."""

    kind: str
    bound: str = ""
    dotted: str = ""


_FIELDS = frozenset({"field", "ib", "attrib", "Field", "PrivateAttr"})


def is_field(dotted: str) -> bool:
    """Whether a name is that of a function that declares a field of a class."""
    return dotted.rpartition(".")[2] in _FIELDS


class Types:
    """Classifies the values that holders are bound to."""

    def __init__(self, program: Program, model: ContainerModel, evicting: Mapping[int, str]) -> None:
        """`evicting` are project classes whose own methods bound them, with the reason."""
        self.program = program
        self.model = model
        self.evicting = evicting

    def of_slot(self, slot: int, text: str) -> frozenset[Made]:
        """What a value may be, by what the linker knows of it, else by how it is written.

        A bare name or attribute is somebody else's container: what happens to it is told of its owner.
        """
        if text and BARE.match(text):
            return frozenset()
        made = frozenset(self._of_values(slot, text)) if slot != NOWHERE else frozenset()
        return made or frozenset(self._of_text(text))

    def _of_values(self, slot: int, text: str) -> Iterator[Made]:
        for value in self.program.values(slot):
            if isinstance(value, ContainerValue):
                kind = {"bytes": "text"}.get(value.kind, value.kind)
                if kind in ("list", "dict", "set", "text", "tuple"):
                    yield Made(kind, self._fixed(text))
            elif isinstance(value, Const) and isinstance(value.value, str):
                yield Made("text")
            elif isinstance(value, ExternalInstance):
                yield from self._of_constructor(value.dotted, text)
            elif isinstance(value, InstanceValue):
                yield from self._of_class(value.cls, text)

    @staticmethod
    def _fixed(text: str) -> str:
        """`[None] * N` has its size for ever."""
        return "fixed size" if re.match(r"\[[^\]]*\]\s*\*", text) else ""

    def _of_constructor(self, dotted: str, text: str) -> Iterator[Made]:
        name = dotted.replace("<builtin>.", "builtins.")
        known = self.model.types.get(name)
        if name in self.model.bounded:
            yield Made(known.kind if known is not None else "dict", _SAID, name)
        elif known is not None and (known.kind != "stream" or name.rpartition(".")[2] in text):
            yield Made(known.kind, self._limit(known, name, text), name)
        elif is_field(name):
            yield from self._of_factory(text)

    def _of_factory(self, text: str) -> Iterator[Made]:
        """`field(default_factory=list)` and its relatives."""
        found = re.search(r"\b(?:default_factory|factory)\s*=\s*(?:lambda\s*:\s*)?([\w.]+|\{\}|\[\])", text)
        if found is None:
            return
        name = {"{}": "dict", "[]": "list"}.get(found[1], found[1])
        for dotted, known in self.model.types.items():
            if dotted.rpartition(".")[2] == name.rpartition(".")[2]:
                rest = text[found.end() :]
                limit = "maxlen" if re.match(r"\s*\(?.*maxlen\s*=\s*(?!None)", rest) and known.bound else ""
                yield Made(known.kind, "weak references" if known.weak else limit, dotted)
                return

    def _limit(self, known: ContainerType, dotted: str, text: str) -> str:
        if known.weak:
            return f"{dotted.rpartition('.')[2]} drops entries with their referents"
        if known.bound is None:
            return ""
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)] if (tree := expression(text)) else []
        for call in calls:
            name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            if name != dotted.rpartition(".")[2] and len(calls) > 1:
                continue
            limit = self._limit_argument(call, known.bound)
            if limit is not None and self._bounds(limit):
                return f"{known.bound.keyword}={ast.unparse(limit)}"
        return ""

    @staticmethod
    def _limit_argument(call: ast.Call, bound: BoundSlot) -> ast.expr | None:
        for word in call.keywords:
            if word.arg == bound.keyword:
                return word.value
        return call.args[bound.position] if len(call.args) > bound.position else None

    def _bounds(self, limit: ast.expr) -> bool:
        """Whether a limit's expression is a limit: not None, 0, negative, infinite or huge."""
        if isinstance(limit, ast.Constant):
            value = limit.value
            return isinstance(value, (int, float)) and 0 < value < HUGE and not math.isinf(value)
        text = ast.unparse(limit)
        if re.search(r"\binf\b|\bsys\.maxsize\b|None", text):
            return False
        return not text.startswith("-")

    def _of_class(self, cls: int, text: str) -> Iterator[Made]:
        """An instance of a project class that is a container, or derives from one."""
        name = self.program.name_of(cls)
        reason = self.said_to_be_bounded(cls) or self._evicting_names.get(name, "")
        for base in self._names_of_bases(cls):
            known = self.model.types.get(base)
            if known is not None:
                limit = self._limit(known, name, text) if base == name or known.bound is not None else ""
                kind = "defaultdict" if known.kind == "dict" and self._fills_in(cls) else known.kind
                yield Made(kind, "weak references" if known.weak else reason or limit, name)
                return
        if self._stores_items(cls):
            yield Made("dict", reason, name)

    def _names_of_bases(self, cls: int) -> Iterator[str]:
        """The dotted names of a class and of all that it derives from, in their order."""
        for base in self.program.mro(cls):
            yield base.replace("<builtin>.", "builtins.") if isinstance(base, str) else self.program.name_of(base)

    def said_to_be_bounded(self, cls: int) -> str:
        """Why a project class is bounded, where the user has said that it or a base of it is; else ''."""
        if not self.model.bounded:
            return ""
        return _SAID if any(name in self.model.bounded for name in self._names_of_bases(cls)) else ""

    @cached_property
    def _evicting_names(self) -> dict[str, str]:
        """By name: what is defined twice, once for type checkers, is judged by the definition that evicts."""
        return {self.program.name_of(cls): reason for cls, reason in self.evicting.items()}

    def _fills_in(self, cls: int) -> bool:
        """Whether the class stores what is missing when it is read."""
        module = self.program.module_of(cls)
        scopes, local = module.facts.scopes, cls - module.scope_base
        return any(
            use.kind == "grow"
            and scopes[use.scope].name == "__missing__"
            and scopes[use.scope].parent == local
            and use.base == next((param.slot for param in scopes[use.scope].params), NOWHERE)
            for use in module.facts.uses
        )

    def _stores_items(self, cls: int) -> bool:
        """Whether the class's own `__setitem__` puts what it is given into another container."""
        for base in self.program.mro(cls):
            if not isinstance(base, int) or "__setitem__" not in self.program.members(base):
                continue
            facts = self.program.module_of(base).facts
            local = base - self.program.module_of(base).scope_base
            return any(
                use.kind == "grow"
                and facts.scopes[use.scope].name == "__setitem__"
                and facts.scopes[use.scope].parent == local
                for use in facts.uses
            )
        return False

    def _of_text(self, text: str) -> Iterator[Made]:
        if re.match(r"(\{\s*\}|dict\(|\{[^{}]*:)", text):
            yield Made("dict")
        elif re.match(r"(\[|list\()", text):
            yield Made("list", self._fixed(text))
        elif re.match(r"set\(", text):
            yield Made("set")
        elif re.match(r"[rbuf]*(\"\"|'')$", text):
            yield Made("text")
        elif text.startswith(("field(", "dataclasses.field(", "attr.ib(", "attr.field(", "attrs.field(", "ib(")):
            yield from self._of_factory(text)
