"""Following single expressions back to what they were written as: functions before decoration, rows of tables, texts.

Points-to values say what a slot may hold; for a table of routes they would mix the rows. A reference is
therefore a slot as long as the code can be followed, and a value from there on.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple, Union

from leaklint.facts import NOWHERE, Instruction, Op, Scope
from leaklint.project.program import (
    BoundValue, ClassValue, Const, ContainerValue, ExternalInstance, FunctionValue, InstanceValue, Module, ModuleValue,
    PartialValue, Program, Value,
)  # fmt: skip
from leaklint.project.sources import Sources

_COPY, _FUNC, _CLASS, _CALL, _FROM, _ATTR, _NEW, _ELEM, _STORE, _LOAD, _ITER, _DUNDER = map(
    int,
    (Op.COPY, Op.FUNC, Op.CLASS, Op.CALL, Op.FROM, Op.ATTR, Op.NEW, Op.ELEM, Op.STORE_ITEM, Op.LOAD_ITEM, Op.ITER, Op.DUNDER),
)
_DEFINING = frozenset({_COPY, _FUNC, _CLASS, _CALL, _FROM, _ATTR, _NEW, _LOAD, _ITER, _DUNDER})
_DEPTH = 12

_CONTEXTS = 400
_TEXTS = 16

Ref = Union[int, Value]
"""A slot of the program, or a value."""

Context = dict[int, int]
"""For the slots of parameters, the slots of what one call gives for them."""


class Target(NamedTuple):
    """A function or class that a reference leads to; `made` tells an instance of the class from the class."""

    gid: int
    made: bool = False


class Tracer:
    """Answers about slots; keeps the definitions of the modules it was asked about."""

    def __init__(self, program: Program, sources: Sources) -> None:
        self.program = program
        self.sources = sources
        self._definitions: dict[int, dict[int, list[tuple[int, Instruction]]]] = {}
        self._elements: dict[int, dict[int, list[tuple[object, int]]]] = {}
        self._selves: dict[int, dict[int, int]] = {}

    # Instructions.

    def definitions(self, slot: int) -> list[tuple[int, Instruction]]:
        """The instructions that give a slot its value, with the number of their scope in the module."""
        module = self.program.module_of_slot(slot)
        found = self._definitions.get(module.index)
        if found is None:
            found = self._definitions[module.index] = self._index(module)
        return found.get(slot - module.slot_base, [])

    def _index(self, module: Module) -> dict[int, list[tuple[int, Instruction]]]:
        out: dict[int, list[tuple[int, Instruction]]] = defaultdict(list)
        elements: dict[int, list[tuple[object, int]]] = defaultdict(list)
        for number, scope in enumerate(module.facts.scopes):
            for i in scope.code:
                if i[0] in _DEFINING:
                    out[i[1]].append((number, i))
                elif i[0] == _STORE:
                    elements[i[1]].append((i[2], i[3]))
                elif i[0] == _ELEM:
                    elements[i[1]].append((None, i[2]))
        self._elements[module.index] = elements
        self._selves[module.index] = {
            scope.self_slot: number for number, scope in enumerate(module.facts.scopes) if scope.self_slot != NOWHERE
        }
        return out

    def values(self, ref: Ref) -> tuple[Value, ...]:
        """What a reference may hold."""
        if isinstance(ref, int):
            return self.program.values(ref) if ref >= 0 else ()
        return (ref,)

    def site(self, made: ExternalInstance) -> tuple[int, Instruction] | None:
        """The call that made an object: its scope and instruction."""
        for i in self.program.scope(made.scope).code if made.scope >= 0 else ():
            if i[0] == _CALL and i[5] == made.row and i[6] == made.col:
                module = self.program.module_of(made.scope)
                if made in self.program.values(i[1] + module.slot_base) or i[8] == "call":
                    return made.scope, i
        return None

    # Functions and classes.

    def targets(self, ref: Ref, depth: int = _DEPTH) -> list[Target]:
        """The functions and classes a reference leads to, as they were before decoration."""
        if depth <= 0:
            return []
        if not isinstance(ref, int):
            return self._of_value(ref, depth)
        if ref < 0:
            return []
        found = self._of_slot(ref, depth)
        if not found:
            for value in self.program.values(ref):
                found += self._of_value(value, depth)
        return list(dict.fromkeys(found))

    def _of_slot(self, slot: int, depth: int) -> list[Target]:
        module = self.program.module_of_slot(slot)
        definitions = self.definitions(slot)
        own = self._selves[module.index].get(slot - module.slot_base)
        if own is not None:
            return [Target(module.scope_base + own)]
        out: list[Target] = []
        for number, i in definitions:
            if i[0] in (_FUNC, _CLASS):
                out.append(Target(module.scope_base + i[2]))
            elif i[0] == _COPY and i[2] != NOWHERE:
                out += self.targets(i[2] + module.slot_base, depth - 1)
            elif i[0] == _CALL:
                out += self._of_call(module.scope_base + number, i, depth)
            elif i[0] == _FROM:
                out += self._of_import(slot, depth)
            elif i[0] == _ATTR and i[2] != NOWHERE:
                out += self._of_attribute(i[2] + module.slot_base, i[3], depth)
        return out

    def _of_import(self, slot: int, depth: int) -> list[Target]:
        origin = self.program.import_origin(slot)
        if origin is None or not isinstance(origin[0], int):
            return []
        there = self.variable(self.program.module_of(origin[0]), origin[1])
        return self.targets(there, depth - 1) if there is not None else []

    def variable(self, module: Module, name: str) -> int | None:
        """The slot of a module's variable."""
        for each in module.facts.variables:
            if each.scope == 0 and each.name == name:
                return each.slot + module.slot_base
        return None

    def _of_attribute(self, base: int, name: str, depth: int) -> list[Target]:
        out: list[Target] = []
        for value in self.program.values(base):
            if isinstance(value, ModuleValue):
                slot = self.variable(self.program.modules[value.index], name)
                if slot is not None:
                    out += self.targets(slot, depth - 1)
            elif isinstance(value, (ClassValue, InstanceValue)):
                member = self.member(value.gid if isinstance(value, ClassValue) else value.cls, name)
                if member is not None:
                    out += self.targets(member, depth - 1)
        return out

    def member(self, cls: int, name: str) -> int | None:
        """The slot of a class member, along the MRO of project classes."""
        for base in self.program.mro(cls):
            if isinstance(base, int):
                slot = self.program.members(base).get(name)
                if slot is not None:
                    return slot
        return None

    def _of_call(self, scope: int, i: Instruction, depth: int) -> list[Target]:
        base = self.program.module_of(scope).slot_base
        for callee in self.program.values(i[2] + base) if i[2] != NOWHERE else ():
            if isinstance(callee, BoundValue) and isinstance(callee.receiver, ClassValue):
                return [Target(callee.receiver.gid)]  # View.as_view(), Consumer.as_asgi()
            if isinstance(callee, ClassValue) and i[8] != "decorator":
                return [Target(callee.gid, True)]
            if isinstance(callee, FunctionValue) and i[8] != "decorator":
                made = [each for value in self.program.values(i[1] + base) for each in self._of_value(value, depth)]
                if any(self.program.scope(each.gid).kind == "class" for each in made):
                    return made
        for arg in reversed([arg for arg in (*i[3], *(slot for _, slot in i[4])) if isinstance(arg, int) and arg != NOWHERE]):
            found = self.targets(arg + base, depth - 1)
            if found:
                return found
        return []

    def _of_value(self, value: Value, depth: int) -> list[Target]:
        if isinstance(value, FunctionValue):
            return [Target(value.gid)]
        if isinstance(value, ClassValue):
            return [Target(value.gid)]
        if isinstance(value, InstanceValue):
            return [Target(value.cls, True)]
        if isinstance(value, (BoundValue, PartialValue)):
            return self._of_value(value.function, depth)
        if isinstance(value, ExternalInstance):
            site = self.site(value)
            return self._of_call(*site, depth - 1) if site is not None else []
        return []

    # Containers.

    def elements(self, ref: Ref, key: object = None) -> list[Ref]:
        """What the containers that a reference may hold contain: all, or under a key."""
        out: list[Ref] = []
        for value in self.values(ref):
            if isinstance(value, (ContainerValue, InstanceValue, ExternalInstance)):
                out += self.items(value, key)
        return out

    def items(self, value: Value, key: object = None) -> list[Ref]:
        """What a container holds, by slots where it was written as a display, else by values."""
        if isinstance(value, ContainerValue) and value.number != NOWHERE:
            module = self.program.modules[value.module]
            self.definitions(module.slot_base)
            written = self._elements[value.module].get(value.number, [])
            slots: list[Ref] = [slot + module.slot_base for each, slot in written if slot >= 0 and (key is None or each == key)]
            if slots and key is not None:
                return slots
            covered = {each for slot in slots for each in self.values(slot)}
            held = self.program.cells(value, key if isinstance(key, (str, int)) else None)
            return [*slots, *(each for each in held if each not in covered)]
        return list(self.program.cells(value, key if isinstance(key, (str, int)) else None))

    def flat(self, ref: Ref, depth: int = 6) -> Iterator[Value]:
        """The values of a reference with containers replaced by what they hold."""
        for value in self.values(ref):
            if isinstance(value, ContainerValue):
                if depth:
                    for each in self.items(value):
                        yield from self.flat(each, depth - 1)
            else:
                yield value

    def rows(self, *refs: Ref) -> list[tuple[Ref, ...]]:
        """References that were unpacked from the rows of one table, row by row; else as they are."""
        loaded = [self._loaded(ref) for ref in refs]
        table = next((each[0] for each in loaded if each is not None), None)
        if table is None or sum(each is not None and each[0] == table for each in loaded) < 2:
            return [refs]
        out: list[tuple[Ref, ...]] = []
        for row in self.program.values(table):
            picked: list[Ref] = []
            for ref, each in zip(refs, loaded):
                found = self.items(row, each[1]) if each is not None and each[0] == table else [ref]
                picked.append(found[0] if found else NOWHERE)
            out.append(tuple(picked))
        return out or [refs]

    def _loaded(self, ref: Ref) -> tuple[int, object] | None:
        """The slot of a row and the key that a variable was unpacked with."""
        ref = self.source(ref)
        found = self.definitions(ref) if isinstance(ref, int) and ref >= 0 else []
        if isinstance(ref, int) and len(found) == 1 and found[0][1][0] == _LOAD:
            i = found[0][1]
            if i[2] != NOWHERE and i[3] is not None:
                return i[2] + self.program.module_of_slot(ref).slot_base, i[3]
        return None

    def source(self, ref: Ref) -> Ref:
        """Where a slot was copied from, as far as there is one place."""
        for _ in range(_DEPTH):
            found = self.definitions(ref) if isinstance(ref, int) and ref >= 0 else []
            if not isinstance(ref, int) or len(found) != 1 or found[0][1][0] != _COPY or found[0][1][2] == NOWHERE:
                return ref
            ref = found[0][1][2] + self.program.module_of_slot(ref).slot_base
        return ref

    # Functions that register what they are given.

    def contexts(self, scope: int) -> list[Context]:
        """For each call of a function, what its parameters are; of those around it, at the same place."""
        out = []
        outer = self.program.module_of(scope).facts.scopes[scope - self.program.module_of(scope).scope_base].parent
        around = outer + self.program.module_of(scope).scope_base if outer != NOWHERE else NOWHERE
        for edge in self.program.edges_to(scope):
            if edge.how == "name" and edge.kind != "callback":
                continue
            context = self._parameters(scope, self.program.arguments(edge))
            if around != NOWHERE and self.program.scope(around).kind == "function":
                for other in self.program.edges_to(around):
                    if (other.caller, other.row, other.col) == (edge.caller, edge.row, edge.col):
                        context.update(self._parameters(around, self.program.arguments(other)))
            if context:
                out.append(context)
        return out[:_CONTEXTS]

    def _parameters(self, scope: int, given: dict[str, tuple[int, ...]]) -> Context:
        base = self.program.module_of(scope).slot_base
        return {param.slot + base: given[param.name][0] for param in self.program.scope(scope).params if param.name in given}

    # Texts.

    def texts(self, ref: Ref, node: ast.expr | None = None, scope: int = NOWHERE, context: Context | None = None) -> list[str]:
        """The strings a reference may be; `node` is the expression, for what the facts do not keep."""
        found = [value.value for value in self.values(ref) if isinstance(value, Const) and isinstance(value.value, str)]
        if found or node is None:
            return found
        return self._text(node, scope, context or {})

    def _text(self, node: ast.expr, scope: int, context: Context) -> list[str]:
        if isinstance(node, ast.Constant):
            return [str(node.value)] if isinstance(node.value, (str, int)) else []
        if isinstance(node, ast.JoinedStr):
            return self._joined([self._text(each, scope, context) or ["{}"] for each in node.values])
        if isinstance(node, ast.FormattedValue):
            return self._text(node.value, scope, context)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            return self._joined([self._text(each, scope, context) or ["{}"] for each in (node.left, node.right)])
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) == 1:
            return self._text(node.args[0], scope, context)  # _("/path"), str(PREFIX)
        if isinstance(node, ast.Name):
            return self._named(node.id, scope, context)
        if isinstance(node, ast.Attribute):
            return self._attribute(node, scope)
        return []

    @staticmethod
    def _joined(parts: list[list[str]]) -> list[str]:
        if all(part == ["{}"] for part in parts):
            return []
        out = [""]
        for texts in parts:
            out = [start + text for start in out for text in texts][:_TEXTS]
        return out

    def _named(self, name: str, scope: int, context: Context) -> list[str]:
        while scope != NOWHERE:
            module = self.program.module_of(scope)
            facts: Scope = self.program.scope(scope)
            for each in (*module.facts.variables, *(facts.params)):
                if each.name == name and getattr(each, "scope", scope - module.scope_base) == scope - module.scope_base:
                    slot = each.slot + module.slot_base
                    return self.texts(context.get(slot, slot))
            scope = facts.parent + module.scope_base if facts.parent != NOWHERE else NOWHERE
        return []

    def _attribute(self, node: ast.Attribute, scope: int) -> list[str]:
        base = self.program.module_of(scope).slot_base
        for i in self.program.scope(scope).code:
            if i[0] == _ATTR and i[3] == node.attr and i[4] == node.lineno and i[5] == node.col_offset + 1:
                return self.texts(i[1] + base)
        return []
