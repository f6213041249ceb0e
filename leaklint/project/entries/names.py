"""What the expressions of declarations stand for: functions, classes and instances.

Expressions are followed through names, imports and calls of the project's own functions to where they
are written; the values of the linked program are asked where that leads nowhere.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from leaklint.project.entries.trees import FileTrees
from leaklint.project.linker.program import (
    BoundValue,
    ClassValue,
    Const,
    External,
    ExternalInstance,
    FunctionValue,
    InstanceValue,
    Module,
    ModuleValue,
    Program,
    Value,
)  # fmt: skip

DEPTH = 12
MOST = 16
STEPS = 200_000
"""What following the expressions of one declaration may cost."""

NESTED = 60

_AS_VIEW = re.compile(r"as_(\w+_)?(view|asgi)")
"""Methods that make a view of a class; an instance's own may give any function."""


@dataclass(frozen=True, eq=False)
class Context:
    """Where an expression stands, what names mean there by way of loops and parameters, and what `self` is."""

    module: Module
    gid: int
    names: Mapping[str, tuple[ast.expr, Context]] = field(default_factory=dict)
    receiver: Value | None = None

    def inside(self, names: Mapping[str, tuple[ast.expr, Context]]) -> Context:
        """The same place with more names."""
        return Context(self.module, self.gid, {**self.names, **names}, self.receiver) if names else self


Found = tuple[ast.expr, Context]
_Asked = tuple[ast.expr, int, int, int, Value | None]
"""An expression, its file and scope, the depth, and what `self` is."""


class Names:
    """Follows names, attributes and calls to what they stand for."""

    def __init__(self, program: Program, trees: FileTrees) -> None:
        self.program = program
        self.trees = trees
        self._steps = 0
        self._nested = 0
        self._spoken: dict[ast.expr, frozenset[str]] = {}
        self._known_values: dict[_Asked, list[Value]] = {}
        self._known_sources: dict[_Asked, list[Found]] = {}

    def start(self) -> None:
        """Begin with a new declaration: each may take so many steps."""
        self._steps = self._nested = 0
        self._known_values.clear()
        self._known_sources.clear()

    def _enter(self) -> bool:
        """Whether there is room for one more step; `_nested` counts those under way."""
        self._steps += 1
        return self._steps < STEPS and self._nested < NESTED

    # Names.

    def binding(self, name: str, at: Context, depth: int = 0) -> tuple[list[Found], list[Value]]:
        """The expressions that a name was given, and the definitions it has."""
        if name in at.names:
            return [at.names[name]], []
        if at.receiver is not None and name == "self":
            return [], [at.receiver]
        gid: int | None = at.gid
        program = self.program
        while gid is not None:
            scope = program.scope(gid)
            slot = program.members(gid).get(name)
            if slot is not None and (scope.kind != "class" or gid == at.gid):
                names = at.names if gid == at.gid else {}
                return self._bound(name, gid, slot, Context(at.module, gid, names, at.receiver), depth)
            gid = self.trees.parent(gid)
        for value in program.field_values(ModuleValue(at.module.index), name):
            return [], [value]  # by a star import
        return [], []

    def _bound(self, name: str, gid: int, slot: int, at: Context, depth: int) -> tuple[list[Found], list[Value]]:
        program = self.program
        values: list[Value] = [_definition(program, each) for each in self.trees.defined(gid, name)]
        origin = program.import_origin(slot)
        if origin is not None and depth < DEPTH:
            source, original = origin
            if isinstance(source, str):
                return [], [External(f"{source}.{original}")]
            module = program.module_of(source)
            found, more = self.binding(original, Context(module, source), depth + 1)
            if found or more:
                return found, more
            inner = program.module(f"{module.name}.{original}")
            return [], [ModuleValue(inner.index)] if inner else []
        tree = self.trees.tree(at.module)
        given: list[Found] = []
        for each in tree.assigned.get(gid, {}).get(name, ()):
            before = {name: given[-1]} if given and self._speaks_of(each, name) else {}
            given.append((each, at.inside(before)))
        if not given and not values:
            values = list(program.values(slot))
        return given, values

    def _speaks_of(self, node: ast.expr, name: str) -> bool:
        """Whether an expression contains a name, as that of a variable which is given a value made of its last."""
        if isinstance(node, (ast.Constant, ast.Name, ast.Attribute)):
            return False
        known = self._spoken.get(node)
        if known is None:
            known = self._spoken[node] = frozenset(each.id for each in ast.walk(node) if isinstance(each, ast.Name))
        return name in known

    def member(self, base: Value, name: str) -> tuple[list[Found], list[Value]]:
        """What an attribute of a module, class or instance was given."""
        program = self.program
        if isinstance(base, ModuleValue):
            module = program.modules[base.index]
            found, values = self.binding(name, Context(module, module.scope_base))
            inner = program.module(f"{module.name}.{name}") if not found and not values else None
            return found, [ModuleValue(inner.index)] if inner else values
        if isinstance(base, External):
            return [], [External(f"{base.dotted}.{name}")]
        if isinstance(base, BoundValue) and isinstance(base.function, External):
            return [], [BoundValue(base.receiver, External(f"{base.function.dotted}.{name}"))]
        if isinstance(base, ExternalInstance):
            return [], [BoundValue(base, External(f"{base.dotted}.{name}"))]
        if isinstance(base, (ClassValue, InstanceValue)):
            return self._class_member(base, name)
        return [], []

    def _class_member(self, base: ClassValue | InstanceValue, name: str) -> tuple[list[Found], list[Value]]:
        program = self.program
        receiver = base if isinstance(base, InstanceValue) else None
        for cls in program.mro(base.gid if isinstance(base, ClassValue) else base.cls):
            if isinstance(cls, str):
                continue
            module = program.module_of(cls)
            tree = self.trees.tree(module)
            found = [(each, Context(module, cls)) for each in tree.assigned.get(cls, {}).get(name, ())]
            for method in tree.attributes:
                if program.class_of(method) == cls:
                    given = tree.attributes[method].get(f"self.{name}", ())
                    names = self.handed_up(method, receiver) if given and receiver is not None else {}
                    found += [(each, Context(module, method, names, receiver)) for each in given]
            defined = self.trees.defined(cls, name)
            if not found and not defined:
                found = self.decorated_with(cls, name)
            if found or defined:
                return found, [_definition(program, each) for each in defined]
        return [], list(program.field_values(base, name))

    def handed_up(self, method: int, receiver: InstanceValue) -> Mapping[str, Found]:
        """What the classes of an object hand to a constructor of one of their bases."""
        raise NotImplementedError

    def decorated_with(self, cls: int, name: str) -> list[Found]:
        """What a class's decorators set an attribute of it to."""
        raise NotImplementedError

    # Values.

    def values(self, node: ast.expr, at: Context, depth: int = 0) -> list[Value]:
        """The values of an expression: functions and classes as they are defined, whatever decorates them."""
        key = node, at.module.index, at.gid, depth, at.receiver
        if not at.names and key in self._known_values:
            return self._known_values[key]
        if depth > DEPTH or not self._enter():
            return []
        self._nested += 1
        out = self._values(node, at, depth)
        self._nested -= 1
        if not at.names:
            self._known_values[key] = out
        return out

    def _values(self, node: ast.expr, at: Context, depth: int) -> list[Value]:
        if isinstance(node, ast.Name):
            found, values = self.binding(node.id, at)
            for each, place in found[:MOST]:
                values = values + self.values(each, place, depth + 1)
            return _unique(values)
        if isinstance(node, ast.Attribute):
            return _unique(self._attribute(node, at, depth))
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return [Const(node.value)]
        if isinstance(node, ast.Lambda):
            gid = next((gid for gid, each in self.trees.tree(at.module).nodes.items() if each is node), None)
            return [FunctionValue(gid)] if gid is not None else []
        if isinstance(node, ast.IfExp):
            return _unique(self.values(node.body, at, depth + 1) + self.values(node.orelse, at, depth + 1))
        if isinstance(node, ast.BoolOp):
            return _unique(value for each in node.values for value in self.values(each, at, depth + 1))
        if isinstance(node, ast.Await):
            return self.values(node.value, at, depth + 1)
        if isinstance(node, ast.Subscript):
            return _unique(
                value for each, place in self._subscript(node, at) for value in self.values(each, place, depth + 1)
            )
        if isinstance(node, ast.Call):
            return self._called(node, at, depth)
        return []

    def _attribute(self, node: ast.Attribute, at: Context, depth: int) -> list[Value]:
        out: list[Value] = []
        for base in self.values(node.value, at, depth + 1)[:MOST]:
            found, values = self.member(base, node.attr)
            out += values
            for each, place in found[:MOST]:
                out += self.values(each, place, depth + 1)
        return out or self._slot_values(node, at)

    def _slot_values(self, node: ast.expr, at: Context) -> list[Value]:
        slot = self.trees.slot(node, at.module)
        return list(self.program.values(slot)) if slot is not None else []

    def _called(self, node: ast.Call, at: Context, depth: int) -> list[Value]:
        """What a call gives: the function a partial or wrapper was given counts for the wrapper's own."""
        if isinstance(node.func, ast.Attribute) and _AS_VIEW.fullmatch(node.func.attr):
            owners = self.values(node.func.value, at, depth + 1)
            made = [value for value in self._slot_values(node, at) if isinstance(value, FunctionValue)]
            if made and owners and all(isinstance(each, InstanceValue) for each in owners):
                return list(made)
            owners = [ClassValue(each.cls) if isinstance(each, InstanceValue) else each for each in owners]
            return [value for value in owners if isinstance(value, ClassValue)]
        given = _unique(
            value
            for arg in (*node.args, *(word.value for word in node.keywords if word.arg in ("func", "view", "f")))
            if isinstance(arg, (ast.Name, ast.Attribute, ast.Call, ast.Lambda))
            for value in self.values(arg, at, depth + 1)
            if isinstance(value, FunctionValue)
            or (isinstance(value, (ClassValue, InstanceValue)) and isinstance(arg, ast.Call))
        )
        if given and not self._constructs(node, at):
            return given
        values = self._slot_values(node, at)
        if values and not any(isinstance(value, ExternalInstance) for value in values):
            return values
        for callee in self.values(node.func, at, depth + 1):
            if isinstance(callee, ClassValue):
                values = [*values, InstanceValue(callee.gid)]
        return _unique(values)

    def _constructs(self, node: ast.Call, at: Context) -> bool:
        return any(isinstance(value, ClassValue) for value in self.values(node.func, at, DEPTH - 2))

    def _subscript(self, node: ast.Subscript, at: Context) -> list[Found]:
        key = node.slice.value if isinstance(node.slice, ast.Constant) else None
        out: list[Found] = []
        for each, place in self.sources(node.value, at):
            if isinstance(each, ast.Dict):
                pairs = [(k, v) for k, v in zip(each.keys, each.values) if k is not None]
                out += [(v, place) for k, v in pairs if key is None or (isinstance(k, ast.Constant) and k.value == key)]
            elif (
                isinstance(each, (ast.List, ast.Tuple))
                and isinstance(key, int)
                and -len(each.elts) <= key < len(each.elts)
            ):
                out.append((each.elts[key], place))
        return out

    def sources(self, node: ast.expr, at: Context, depth: int = 0) -> list[Found]:
        """An expression with its names replaced by what they were given."""
        key = node, at.module.index, at.gid, depth, at.receiver
        if not at.names and key in self._known_sources:
            return self._known_sources[key]
        if depth > DEPTH or not self._enter():
            return []
        self._nested += 1
        out = self._sources(node, at, depth)
        self._nested -= 1
        if not at.names:
            self._known_sources[key] = out
        return out

    def _sources(self, node: ast.expr, at: Context, depth: int) -> list[Found]:
        found: list[Found] = []
        if isinstance(node, ast.Name):
            found = self.binding(node.id, at)[0]
        elif isinstance(node, ast.Attribute):
            for base in self.values(node.value, at, depth + 1)[:MOST]:
                found = found + self.member(base, node.attr)[0]
        elif isinstance(node, ast.Subscript):
            found = self._subscript(node, at)
        elif isinstance(node, ast.IfExp):
            found = [(node.body, at), (node.orelse, at)]
        elif isinstance(node, (ast.Await, ast.Starred)):
            found = [(node.value, at)]
        elif isinstance(node, ast.BoolOp):
            found = [(each, at) for each in node.values]
        else:
            return [(node, at)]
        return [each for one, place in found[:MOST] for each in self.sources(one, place, depth + 1)]


def _definition(program: Program, gid: int) -> Value:
    return ClassValue(gid) if program.scope(gid).kind == "class" else FunctionValue(gid)


def _unique(values: Iterable[Value]) -> list[Value]:
    return list(dict.fromkeys(values))
