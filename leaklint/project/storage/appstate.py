"""What a web application keeps for its whole life: `app.state.x`, `app.ctx.x`, `app["key"]`, `app.extensions["key"]`.

A key may be a variable made for that, `app[KEY]`. Applications are reached in more ways than can be
followed: as a variable, as `request.app`, as `current_app`. A store is therefore known by its name or
key alone, where what it is taken from plainly is an application.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property

from leaklint.facts import NOWHERE, Instruction, Op, Use
from leaklint.project.linker.externals import APPLICATIONS
from leaklint.project.linker.program import BoundValue, External, ExternalInstance, Module, Program, Value

_NAMESPACES = frozenset({"state", "ctx"})
_MAPPINGS = frozenset({"extensions", "config"})
_STORES = _NAMESPACES | _MAPPINGS
_ATTR = int(Op.ATTR)

_LITERAL = re.compile(r"['\"]([\w.\-]+)['\"]")
_KEY_CLASS = re.compile(r"(\w+\.)*AppKey\(")


OWNERS = frozenset({"app", *(f"app.{name}" for name in _STORES)})
"""The owners under which an application's stores are known."""


def makes_application(program: Program, function: int) -> bool:
    """Whether a function constructs an application: what it stores there is made then."""
    return any(
        isinstance(edge.callee, str) and APPLICATIONS.fullmatch(edge.callee) for edge in program.edges_from(function)
    )


def _is_foreign(value: Value) -> bool:
    """Whether a value is another library's, or a member of what is."""
    if isinstance(value, BoundValue):
        return isinstance(value.function, External)
    return isinstance(value, (External, ExternalInstance))


class AppState:
    """Recognises stores of applications by the instructions that lead to them.

    `steps` gives the instructions that define a global slot in a scope; operands are numbers of its module.
    """

    def __init__(self, program: Program, steps: Callable[[int, int], Iterable[Instruction]]) -> None:
        self.program = program
        self._steps = steps
        self._parts: dict[tuple[int, int], tuple[str, ...]] = {}

    def namespace(self, base: int, scope: int) -> str:
        """`app.state` where the slot is an application's namespace of attributes, else ''."""
        return self._part(base, scope, _NAMESPACES)

    def mapping(self, base: int, scope: int) -> str:
        """`app` or `app.extensions` where the slot is an application's mapping, else ''."""
        return "app" if self.is_app(base, scope) else self._part(base, scope, _MAPPINGS)

    def _part(self, base: int, scope: int, names: frozenset[str]) -> str:
        parts = self._parts.get((base, scope))
        if parts is None:
            parts = self._parts[base, scope] = tuple(self._parts_of(base, scope))
        return next((f"app.{name}" for name in parts if name in names), "")

    def _parts_of(self, base: int, scope: int) -> Iterator[str]:
        """The attributes of an application that the slot holds."""
        offset = self.program.module_of(scope).slot_base
        for step in self._steps(base, scope):
            if step[0] == _ATTR and step[3] in _STORES and step[2] != NOWHERE and self.is_app(step[2] + offset, scope):
                yield step[3]

    def is_app(self, slot: int, scope: int) -> bool:
        """Whether a slot holds an application: by its values, or as the attribute `app` of something unknown."""
        values = self.program.values(slot)
        if any(
            isinstance(value, (External, ExternalInstance)) and APPLICATIONS.fullmatch(value.dotted) for value in values
        ):
            return True
        return all(map(_is_foreign, values)) and any(
            step[0] == _ATTR and step[3] == "app" for step in self._steps(slot, scope)
        )

    def stored(self, use: Use, module: Module) -> tuple[str, str] | None:
        """Owner and name of the store that `app["key"] = ...` or `app.state.name = ...` declares."""
        base, scope = use.base + module.slot_base, use.scope + module.scope_base
        if use.base == NOWHERE:
            return None
        if use.kind == "bind" and use.attr:
            namespace = self.namespace(base, scope)
            return (namespace, use.attr) if namespace else None
        if use.op != "[]=":
            return None
        literal = _LITERAL.fullmatch(use.key)
        key = literal[1] if literal is not None else use.key.rpartition(".")[2]
        owner = self.mapping(base, scope) if literal is not None or key in self.keys else ""
        return (owner, key) if owner else None

    @cached_property
    def keys(self) -> frozenset[str]:
        """The names of the variables that hold keys made for applications: `CACHE = web.AppKey("cache", dict)`."""
        return frozenset(
            name
            for module in self.program.modules
            for use in module.facts.uses
            if use.kind == "bind" and _KEY_CLASS.match(use.value)
            for name in _names_bound(module, use)
        )


def _names_bound(module: Module, use: Use) -> Iterator[str]:
    return (each.name for each in module.facts.variables if each.slot == use.base and not use.attr)
