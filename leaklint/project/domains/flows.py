"""Domains followed from function to function: through parameters, attributes, properties and what calls return."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from leaklint.facts import NOWHERE, Param
from leaklint.project.domains.drives import FINITE, NAMED, UNKNOWN, Domain, Drive
from leaklint.project.domains.words import FINITE_NAMES, LIKELY_FINITE
from leaklint.project.linker.program import (
    BoundValue,
    ClassValue,
    Edge,
    External,
    ExternalInstance,
    FunctionValue,
    InstanceValue,
    ModuleValue,
    Value,
)  # fmt: skip
from leaklint.project.storage.attribute_binds import AttributeBinds
from leaklint.project.storage.holders import Holder

if TYPE_CHECKING:
    from leaklint.project.domains.domain import Domains

CALLEES = 4
"""A call that may run more functions than these is not followed."""


_METHODS = frozenset({"builtins.classmethod", "builtins.staticmethod"})

_CLASSES = frozenset({"builtins.type", "abc.ABCMeta"})
"""What metaclasses derive from: their objects are the classes of a program."""


class Flows:
    """Follows values between functions for `Domains`."""

    def __init__(self, domains: Domains) -> None:
        self.domains = domains
        self.program = domains.program
        self.attributes = AttributeBinds(domains.program, domains.holders)
        self._known: dict[tuple[int, str, Holder | None, bool, bool], Drive] = {}
        self._open: set[tuple[int, str]] = set()

    def parameter(self, function: int, param: Param, depth: int) -> Drive:
        """The join of a parameter's arguments over all calls."""
        return self._once((function, param.name), depth, lambda: self._over_calls(function, param, depth - 1))

    def _once(self, key: tuple[int, str], depth: int, find: Callable[[], Drive]) -> Drive:
        """Follow something that may lead back to itself; a way round adds nothing to the other ways."""
        memo = (*key, self.domains.walked, self.domains.only_keys, self.domains.is_one_object)
        if memo in self._known:
            return self._known[memo]
        if key in self._open or depth <= 1:
            return UNKNOWN if depth <= 1 else FINITE
        self._open.add(key)
        try:
            drive = find()
        finally:
            self._open.discard(key)
        if depth > 3:
            self._known[memo] = drive
        return drive

    def _over_calls(self, function: int, param: Param, depth: int) -> Drive:
        if FINITE_NAMES.match(param.name):
            return FINITE
        scope = self.program.scope(function)
        if self._is_bound(function) and scope.params[0].name == param.name:
            cls = self.program.class_of(function)
            is_class = cls is not None and not _CLASSES.isdisjoint(map(str, self.program.mro(cls)))
            return FINITE if is_class else UNKNOWN
        named = LIKELY_FINITE.match(param.name) or (
            param.name == "name" and self.program.scope(function).name == "__init__"
        )
        unknown = NAMED if named else UNKNOWN
        edges = self._calls_of(function)
        if not edges or len(edges) > 40:
            return unknown
        drive = max(self._argument(edge, function, param, depth) for edge in edges)
        if drive.domain == Domain.UNKNOWN or (drive == FINITE and self._is_offered(function, edges)):
            return unknown
        return drive

    def _calls_of(self, function: int) -> list[Edge]:
        """The calls of a function that say something of its arguments: no guesses, no tests, none of its own."""
        edges = [edge for edge in self.program.edges_to(function) if edge.how != "name" and edge.caller != function]
        return [edge for edge in edges if self.program.module_of(edge.caller).role != "test"]

    def all_passed(self, function: int, param: Param, limit: int, word: str = "") -> list[tuple[ast.expr, int]]:
        """What the calls of a function pass for a parameter, and who calls; none where one call can't be read.

        Of a parameter that takes all other keywords it is what they pass under `word`, where they do.
        """
        edges = self._calls_of(function)
        out: list[tuple[ast.expr, int]] = []
        for edge in edges if len(edges) <= limit else ():
            call = self._call_of(edge)
            nodes = self._nodes(call, edge, function, param, word) if call is not None else None
            if nodes is None:
                return []
            out += [(node, edge.caller) for node in nodes]
        return out

    def _nodes(self, call: ast.Call, edge: Edge, function: int, param: Param, word: str) -> tuple[ast.expr, ...] | None:
        if param.kind != "kwarg":
            node = self._argument_node(call, edge, function, param)
            return (node,) if node is not None else None
        if any(each.arg is None for each in call.keywords):
            return None
        return tuple(each.value for each in call.keywords if each.arg == word)

    def _is_offered(self, function: int, edges: Iterable[Edge]) -> bool:
        """Whether a library's public method is only seen to be called by its own class: users call it as well."""
        cls = self.program.class_of(function)
        if cls is None or self.domains.is_application:
            return False
        parts, own = self.program.scope(function).qualname.split("."), {cls, *self.program.subclasses(cls)}
        return not any(part.startswith("_") or part == "<locals>" for part in parts) and all(
            edge.kind == "call" and self.program.class_of(edge.caller) in own for edge in edges
        )

    def passed(self, edge: Edge, function: int, param: Param) -> ast.expr | None:
        """The expression that one call passes for a parameter; None where it passes none or can't be read."""
        call = self._call_of(edge)
        return self._argument_node(call, edge, function, param) if call is not None else None

    def _call_of(self, edge: Edge) -> ast.Call | None:
        place = self.program.place(edge)
        if place is None or edge.kind not in ("call", "name"):
            return None
        return self.domains.sources.call(self.program.module_of(edge.caller).path, place)

    def _argument(self, edge: Edge, function: int, param: Param, depth: int) -> Drive:
        """The domain of what one call passes for a parameter."""
        call = self._call_of(edge)
        if call is None:
            return UNKNOWN
        if param.kind in ("vararg", "kwarg"):
            return max(UNKNOWN, self.domains.join(self._surplus(call, function, param), edge.caller, depth))
        node = self._argument_node(call, edge, function, param)
        if node is None:
            return FINITE if param.default != NOWHERE else UNKNOWN
        before = self.domains.is_one_object
        self.domains.is_one_object = before and ast.unparse(call.func).startswith("self.")
        try:
            return self.domains.of(node, edge.caller, depth)
        finally:
            self.domains.is_one_object = before

    def _argument_node(self, call: ast.Call, edge: Edge, function: int, param: Param) -> ast.expr | None:
        for word in call.keywords:
            if word.arg == param.name:
                return word.value
        positional = [each for each in self.program.scope(function).params if each.kind.startswith("positional")]
        number = next((i for i, each in enumerate(positional) if each.name == param.name), None)
        if number is None:
            return None
        number -= edge.offset
        if 0 <= number < len(call.args) and not any(isinstance(arg, ast.Starred) for arg in call.args[: number + 1]):
            return call.args[number]
        return None

    def _surplus(self, call: ast.Call, function: int, param: Param) -> list[ast.expr]:
        """The arguments that a call passes beyond those that the function has names for."""
        params = self.program.scope(function).params
        if param.kind == "kwarg":
            named = {each.name for each in params}
            return [word.value for word in call.keywords if word.arg not in named]
        first = sum(each.kind.startswith("positional") for each in params) - self._is_bound(function)
        return [arg.value if isinstance(arg, ast.Starred) else arg for arg in call.args[max(first, 0) :]]

    def _is_bound(self, function: int) -> bool:
        """Whether the first parameter is the object or class that a method is called on."""
        decorators = self.program.scope(function).decorators
        return self.program.class_of(function) is not None and not any(
            each.text == "staticmethod" for each in decorators
        )

    # Attributes.

    def member_of(self, name: str, attribute: str, scope: int, depth: int) -> Drive:
        """The domain of `name.attribute`, where it is known what the name stands for."""
        if self.domains.is_one_object and name == "self" and self.attributes.is_fixed(attribute):
            return FINITE
        classes = self._classes(name, scope)
        if not classes:
            return self._of_foreign(name, attribute, scope, depth)
        return max(self._member(cls, attribute, depth) for cls in classes)

    def _of_foreign(self, name: str, attribute: str, scope: int, depth: int) -> Drive:
        """What the project itself binds an attribute of a library's variable to, such as `flask.g`."""
        found = self.domains.variable(name, scope)
        values = self.program.values(found[0]) if found is not None else ()
        if len(values) != 1 or not isinstance(dotted := next(iter(values)), External):
            return UNKNOWN
        binds = self.attributes.of_foreign(dotted.dotted, attribute)
        drives = [self.domains.of_bind(each.use, each.scope, depth) for each in binds if each.use.op == "="]
        return max(drives) if drives and len(drives) == len(binds) else UNKNOWN

    def _classes(self, name: str, scope: int) -> list[int]:
        found = self.domains.variable(name, scope)
        if found is None:
            return []
        own = self.domains.holders.own_class(found[0], scope)
        if own is not None:
            return [own]
        values = self.program.values(found[0])
        classes = sorted({value.cls for value in values if isinstance(value, InstanceValue)})
        known = len(values) and all(isinstance(value, InstanceValue) for value in values)
        return classes if known and len(classes) <= CALLEES else []

    def _member(self, cls: int, name: str, depth: int) -> Drive:
        holder = self.domains.holders.attribute(cls, name)
        if holder == self.domains.walked:
            return FINITE
        return self._once((holder.scope, f".{name}"), depth, lambda: self._over_binds(holder, cls, depth - 1))

    def _over_binds(self, holder: Holder, cls: int, depth: int) -> Drive:
        name = holder.name
        binds = self.attributes.of(holder)
        if binds is None:
            return UNKNOWN
        drives = [self.domains.of_bind(bind.use, bind.scope, depth) for bind in binds if bind.use.op == "="]
        drives += [UNKNOWN for bind in binds if bind.use.op != "="]
        drives += self._in_bodies(cls, name, depth)
        if not drives:
            return UNKNOWN
        drive = max(drives)
        if drive.domain == Domain.FINITE and name in self.attributes.counted:
            return Drive(Domain.IDENTITY, f"the counter {name}")
        return UNKNOWN if drive.domain == Domain.FINITE and name in self.attributes.grown else drive

    def _in_bodies(self, cls: int, name: str, depth: int) -> Iterator[Drive]:
        """What the bodies of a class, its ancestors and descendants bind a name to; a property is what it returns."""
        program = self.program
        family = [base for base in program.mro(cls) if isinstance(base, int)] + sorted(program.subclasses(cls))
        for each in family:
            slot = program.members(each).get(name)
            if slot is None:
                continue
            method = self.domains.holders.getters.defined(each, name)
            if method is not None:
                yield self.returned(method, depth)
            elif any(isinstance(value, FunctionValue) for value in program.values(slot)):
                yield FINITE
            for use in self.domains.binds.get(slot, ()):
                yield self.domains.of_bind(use, each, depth) if use.value else UNKNOWN

    # Calls.

    def result(self, call: ast.expr, scope: int, depth: int) -> Drive:
        """The domain of what a called function of the project returns; UNKNOWN where it is not known."""
        functions = self.callees(call, scope)
        if not functions or len(functions) > CALLEES:
            return UNKNOWN
        return max(self.returned(function, depth) for function in functions)

    def callees(self, call: ast.expr, scope: int) -> list[int]:
        """The project's functions that an expression stands for, none where it may be anything else."""
        values: Iterable[Value] = ()
        if isinstance(call, ast.Name):
            found = self.domains.variable(call.id, scope)
            values = self.program.values(found[0]) if found is not None else ()
        elif isinstance(call, ast.Attribute) and isinstance(call.value, ast.Name):
            classes = self._classes(call.value.id, scope)
            values = [each for cls in classes for each in self.program.field_values(InstanceValue(cls), call.attr)]
            found = self.domains.variable(call.value.id, scope) if not classes else None
            owners = self.program.values(found[0]) if found is not None else ()
            for owner in owners:
                if isinstance(owner, (ModuleValue, ClassValue)):
                    values = [*values, *self.program.field_values(owner, call.attr)]
        functions = [each for value in values for each in self._unwrapped(value)]
        if not all(isinstance(function, FunctionValue) for function in functions):
            return []
        return sorted({function.gid for function in functions if isinstance(function, FunctionValue)})

    def _unwrapped(self, value: Value) -> tuple[Value, ...]:
        """The function that a bound, class or static method runs; any other value as it is."""
        if isinstance(value, ExternalInstance) and value.dotted in _METHODS:
            return self.program.field_values(value, "__func__")
        return (value.function if isinstance(value, BoundValue) else value,)

    def returned(self, function: int, depth: int) -> Drive:
        """The join of what a function returns or yields."""
        return self._once((function, "()"), depth, lambda: self._over_returns(function, depth - 1))

    def given_back(self, function: int) -> tuple[ast.expr, ...] | None:
        """The expressions that a function returns or yields; None where they can't be read."""
        scope = self.program.scope(function)
        return self.domains.sources.returned(self.program.module_of(function).path, scope.first_row, scope.end_row)

    def _over_returns(self, function: int, depth: int) -> Drive:
        found = self.given_back(function)
        if not found:
            return UNKNOWN if found is None else FINITE
        return max(self.domains.of(node, function, depth) for node in found)
