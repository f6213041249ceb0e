"""Where a container is kept, and which of those places an expression denotes.

A *holder* is a name that outlives a call: a module variable, a class or instance attribute, an
attribute of a function or of another library's object, a parameter's default, a closure's cell. An
access path leads from a slot to holders: through local names, attributes of `self` or of a receiver
whose class the linker knows, elements of other containers, parameters (then every caller's argument
is asked) and returned values. The path is followed on demand and only for slots that something is
done to.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property

import msgspec

from leaklint.facts import NOWHERE, Instruction, Op, Use
from leaklint.project.linker.program import (
    BoundValue,
    ClassValue,
    Edge,
    External,
    ExternalInstance,
    FunctionValue,
    InstanceValue,
    Module,
    ModuleValue,
    Program,
    Value,
)  # fmt: skip
from leaklint.project.storage.appstate import AppState
from leaklint.project.storage.displays import Definitions, displayed
from leaklint.project.storage.getters import Getters
from leaklint.project.storage.variables import Holder, Variables

PARAMETER_DEPTH = 4
"""How many calls a container is followed through as an argument."""

CALLERS = 60
"""A function with more callers is a utility: what they hand it is not followed."""

PATHS = 24
"""The holders that one slot may denote; more means that the analysis has lost the thread."""


class Ref(msgspec.Struct, frozen=True, order=True, cache_hash=True, gc=False):
    """What a slot denotes: the holder's container (depth 0) or an element of it (1, 2).

    `entered` is the function where the path left the arguments: the container is that function's
    own business, and its callers decide when the use happens. `calls` is the way from there to the
    function that holds the slot, both ends included.
    """

    holder: Holder
    depth: int
    calls: tuple[int, ...]

    @property
    def entered(self) -> int:
        return self.calls[0]


BARE = re.compile(r"[A-Za-z_][\w.]*$")
"""A name or attribute: somebody else's container under a further name."""


_COPY, _ATTR, _LOAD_ITEM, _ITER, _CALL = map(int, (Op.COPY, Op.ATTR, Op.LOAD_ITEM, Op.ITER, Op.CALL))
_CONST = int(Op.CONST)
_AWAIT, _ENTER, _FROM, _SET_ATTR, _RETURN = map(int, (Op.AWAIT, Op.ENTER, Op.FROM, Op.SET_ATTR, Op.RETURN))

_ELEMENT_METHODS = frozenset({"setdefault", "get", "pop", "popleft", "popitem", "__getitem__", "get_nowait", "peek"})
_VIEW_METHODS = frozenset({"values", "items"})

_FRESH = frozenset({"vararg", "kwarg"})
_FUNCTIONS = frozenset({"function", "lambda"})
"""Parameters that every call makes a new tuple or dict for."""


class Holders(Variables):
    """Follows access paths over a linked program."""

    def __init__(self, program: Program) -> None:
        super().__init__(program)
        self._definitions: dict[int, Definitions] = {}
        self._refs: dict[tuple[int, int], frozenset[Ref]] = {}
        self._open: set[tuple[int, int]] = set()
        self.apps = AppState(program, lambda slot, scope: self.definitions(scope).of.get(slot, ()))
        self.getters = Getters(program)
        self._open_attributes: set[tuple[int, str]] = set()
        self._calls: dict[int, dict[tuple[int, int, int, int], tuple[int, Instruction]]] = {}
        self._begins: dict[int, dict[tuple[int, int], list[Edge]]] = {}

    # Access paths.

    def refs(self, slot: int, scope: int) -> frozenset[Ref]:
        """What a slot, read in a scope, denotes; empty where the value is fresh or unknown."""
        key = (slot, scope)
        known = self._refs.get(key)
        if known is not None:
            return known
        if key in self._open:
            return frozenset()
        self._open.add(key)
        found = frozenset(self._follow(slot, scope, 0))
        self._open.discard(key)
        result = found if len(found) <= PATHS else frozenset()
        self._refs[key] = result
        return result

    def refs_at(self, use: Use, module: Module) -> frozenset[Ref]:
        """What the base of a use denotes there: a local name bound anew on every way to it is not what it was."""
        return self._refs_before(use.base + module.slot_base, use.scope + module.scope_base, use.block, use.step, 3)

    def _refs_before(self, slot: int, scope: int, block: int, at: int, depth: int) -> frozenset[Ref]:
        """What a slot denotes in an arm, before the instruction with the number `at`."""
        variable = self.variable_at.get(slot)
        if variable is None:
            steps = self.definitions(scope).of.get(slot, ()) if depth else ()
            if len(steps) != 1 or steps[0][0] != _LOAD_ITEM:
                return self.refs(slot, scope)
            whole = steps[0][2] + self.program.module_of(scope).slot_base
            if self.apps.mapping(whole, scope):
                return self.refs(slot, scope)
            return frozenset(self._deeper(self._refs_before(whole, scope, block, at, depth - 1)))
        binds = self.local_binds.get(slot)
        if not binds or variable[0] != scope or self.program.scope(scope).kind not in _FUNCTIONS:
            return self.refs(slot, scope)
        rebound = self._rebound(binds, scope, block, at)
        given = rebound is None and slot in self.parameters
        later = frozenset[int]() if given else self._later(binds, scope, block, at)
        if rebound is None and not later:
            return self.refs(slot, scope)
        base, definitions = self.program.module_of(scope).slot_base, self.definitions(scope)
        out: set[Ref] = set()
        for instruction, step in zip(definitions.of.get(slot, ()), definitions.steps[slot]):
            if step >= (rebound or 0) and step not in later:
                out.update(self._step(instruction, base, scope))
        return frozenset(out) if len(out) <= PATHS else frozenset()

    def _rebound(self, binds: Iterable[Use], scope: int, block: int, at: int) -> int | None:
        """The step of the last binding of a local name that every way to a place passes, None where there is none."""
        steps = [bind for bind in binds if bind.step <= at and bind.op == "=" and bind.value_slot != NOWHERE]
        if not steps:
            return None
        blocks = self.program.module_of(scope).facts.blocks
        around = {NOWHERE}
        while block != NOWHERE:
            around.add(block)
            block = blocks[block].parent
        return max((bind.step - 1 for bind in steps if bind.block in around), default=None)

    def _later(self, binds: Iterable[Use], scope: int, block: int, at: int) -> frozenset[int]:
        """The steps of the bindings of a local name that only follow a place, with no loop to lead back to it."""
        later = [bind for bind in binds if bind.step > at]
        if not later or all(bind.step > at for bind in binds):
            return frozenset()
        loops = self._loops(block, scope)
        return frozenset(bind.step - 1 for bind in later if not loops & self._loops(bind.block, scope))

    def _loops(self, block: int, scope: int) -> set[int]:
        """The loops around a place."""
        blocks = self.program.module_of(scope).facts.blocks
        out = set()
        while block != NOWHERE:
            if blocks[block].kind in ("for", "while", "comprehension"):
                out.add(block)
            block = blocks[block].parent
        return out

    def definitions(self, scope: int) -> Definitions:
        """The defining instructions of a scope, by slot."""
        known = self._definitions.get(scope)
        if known is None:
            module = self.program.module_of(scope)
            known = self._definitions[scope] = Definitions(self.program.scope(scope).code, module.slot_base)
        return known

    def _follow(self, slot: int, scope: int, depth: int) -> Iterator[Ref]:
        variable = self.variable_at.get(slot)
        if variable is not None:
            owner, name = variable
            if owner != scope:
                yield from self._outer_variable(slot, owner, name, scope)
                return
            parameter = self.parameters.get(slot)
            if parameter is not None:
                yield from self._parameter(slot, owner, name)
            kind = self.program.scope(owner).kind
            if kind == "module":
                yield Ref(Holder("module", self.name_of(owner), name, owner), 0, (scope,))
                return
            if kind == "class":
                yield Ref(Holder("class", self.name_of(owner), name, owner), 0, (scope,))
                return
        base = self.program.module_of(scope).slot_base
        for instruction in self.definitions(scope).of.get(slot, ()):
            yield from self._step(instruction, base, scope)

    def _step(self, instruction: Instruction, base: int, scope: int) -> Iterator[Ref]:
        op = instruction[0]
        if op in (_COPY, _AWAIT):
            if instruction[2] != NOWHERE:
                yield from self.refs(instruction[2] + base, scope)
        elif op == _ATTR:
            yield from self.attribute_refs(instruction[2] + base, instruction[3], scope)
        elif (
            op == _LOAD_ITEM
            and (key := self._key(instruction, base))
            and self.apps.mapping(instruction[2] + base, scope)
        ):
            owner = self.apps.mapping(instruction[2] + base, scope)
            yield Ref(Holder("foreign", owner, key, NOWHERE), 0, (scope,))
        elif op in (_LOAD_ITEM, _ITER):
            yield from self._deeper(self.refs(instruction[2] + base, scope))
            yield from self._displayed(instruction, base, scope)
        elif op == _CALL:
            yield from self._result(instruction, base, scope)
        elif op == _FROM:
            yield from self._imported(instruction[1] + base, scope)

    def _key(self, load: Instruction, base: int) -> str:
        """The key under which an application may keep what is read: a literal, or a variable made for that."""
        if isinstance(load[3], str):
            return load[3]
        name = self.variable_at.get(load[6] + base, (NOWHERE, ""))[1] if load[6] != NOWHERE else ""
        return name if name in self.apps.keys else ""

    def _displayed(self, instruction: Instruction, base: int, scope: int) -> Iterator[Ref]:
        """What the elements of a display denote: `for each in (self.a, self.b)`."""
        for element in displayed(self.definitions(scope), instruction, base):
            yield from self.refs(element, scope)

    def _deeper(self, refs: Iterable[Ref]) -> Iterator[Ref]:
        for ref in refs:
            if ref.depth < 3:
                yield Ref(ref.holder, ref.depth + 1, ref.calls)

    def _outer_variable(self, slot: int, owner: int, name: str, scope: int) -> Iterator[Ref]:
        kind = self.program.scope(owner).kind
        dotted = self.name_of(owner)
        if kind == "module":
            aliases = list(self._module_aliases(slot, owner))
            if aliases:
                for ref in aliases:
                    yield Ref(ref.holder, ref.depth, (scope,))
            else:
                yield Ref(Holder("module", dotted, name, owner), 0, (scope,))
        elif kind == "class":
            yield Ref(Holder("class", dotted, name, owner), 0, (scope,))
        else:
            inner = self.refs(slot, owner)
            yield from (Ref(ref.holder, ref.depth, (scope,)) for ref in inner)
            yield Ref(Holder("closure", dotted, name, owner), 0, (scope,))

    def _module_aliases(self, slot: int, owner: int) -> Iterator[Ref]:
        """`from m import C as D`, `cache = other.cache`, `add = registry.entries`: another holder's name."""
        base = self.program.module_of(owner).slot_base
        for instruction in self.definitions(owner).of.get(slot, ()):
            if instruction[0] == _FROM:
                yield from self._imported(slot, owner)
            elif instruction[0] == _COPY and instruction[2] != NOWHERE:
                source = instruction[2] + base
                if source in self.variable_at or any(
                    step[0] == _ATTR for step in self.definitions(owner).of.get(source, ())
                ):
                    yield from self.refs(source, owner)

    def _imported(self, slot: int, scope: int) -> Iterator[Ref]:
        origin = self.program.import_origin(slot)
        if origin is None:
            return
        target, name = origin
        if isinstance(target, str):
            yield Ref(Holder("foreign", target, name, NOWHERE), 0, (scope,))
        else:
            yield from self._module_variable(target, name, scope)

    def _module_variable(self, module: int, name: str, scope: int) -> Iterator[Ref]:
        """A variable of a project module, by the module's scope; re-exports are followed to where it is bound."""
        slot = self._module_slots.get((module, name))
        if slot is None or (slot, -1) in self._open:
            return
        self._open.add((slot, -1))
        aliases = list(self._module_aliases(slot, module))
        self._open.discard((slot, -1))
        if aliases:
            yield from (Ref(ref.holder, ref.depth, (scope,)) for ref in aliases)
        else:
            yield Ref(Holder("module", self.name_of(module), name, module), 0, (scope,))

    @cached_property
    def _module_slots(self) -> dict[tuple[int, str], int]:
        return {
            (module.scope_base, variable.name): module.slot_base + variable.slot
            for module in self.program.modules
            for variable in module.facts.variables
            if variable.scope == 0
        }

    def attribute_refs(self, base: int, name: str, scope: int) -> Iterator[Ref]:
        """What `base.name` denotes."""
        own = self.own_class(base, scope)
        if own is not None:
            yield from self._through_attribute(self.attribute(own, name), scope)
            return
        namespace = self.apps.namespace(base, scope)
        if namespace:
            yield Ref(Holder("foreign", namespace, name, NOWHERE), 0, (scope,))
            return
        for value in self.program.values(base):
            holder = self.attribute_holder(value, name)
            if holder is None:
                continue
            if holder.kind == "module":
                yield from self._module_variable(holder.scope, name, scope)
            else:
                yield from self._through_attribute(holder, scope)

    def bound_attributes(self, base: int, name: str, scope: int) -> list[Holder]:
        """The attributes that binding `base.name` binds."""
        own = self.own_class(base, scope)
        if own is not None:
            return [self.attribute(own, name)]
        namespace = self.apps.namespace(base, scope)
        if namespace:
            return [Holder("foreign", namespace, name, NOWHERE)]
        found = (self.attribute_holder(value, name) for value in self.program.values(base))
        return sorted({holder for holder in found if holder is not None})

    def _through_attribute(self, holder: Holder, scope: int) -> Iterator[Ref]:
        """The attribute itself, and what it stands for where it is bound to something that is kept elsewhere."""
        yield Ref(holder, 0, (scope,))
        if holder.kind not in ("instance", "class") or (holder.scope, holder.name) in self._open_attributes:
            return
        self._open_attributes.add((holder.scope, holder.name))
        method = self.getters.of(holder.scope, holder.name)
        if method is not None:
            yield from self._returned(method, scope)
        for slot, function in self._handed.get((holder.scope, holder.name), ()):
            for ref in self.refs(slot, function):
                if ref.holder.kind in ("module", "class", "instance", "foreign"):
                    yield Ref(ref.holder, ref.depth, (scope,))
        self._open_attributes.discard((holder.scope, holder.name))

    @cached_property
    def _handed(self) -> dict[tuple[int, str], list[tuple[int, int]]]:
        """For each attribute that is bound to a bare name or attribute: the slots bound, with their scopes.

        A method binds it, or the initialiser that a class with annotated fields is given.
        """
        out: dict[tuple[int, str], list[tuple[int, int]]] = defaultdict(list)
        for module in self.program.modules:
            for use in module.facts.uses:
                if use.kind != "bind" or not use.attr or use.value_slot == NOWHERE or not BARE.match(use.value):
                    continue
                scope = use.scope + module.scope_base
                own = self.own_class(use.base + module.slot_base, scope)
                if own is not None:
                    out[own, use.attr].append((use.value_slot + module.slot_base, scope))
        for cls in self.program.classes_with_fields:
            edges = [edge for edge in self.program.construction_sites(cls) if edge.how == "exact"]
            for edge in edges if len(edges) <= PATHS else ():
                for name, slots in self.program.arguments(edge).items():
                    out[cls, name].extend((slot, edge.caller) for slot in slots)
        return out

    def attribute_holder(self, value: Value, name: str) -> Holder | None:
        """The holder that an attribute of a value is."""
        program = self.program
        if isinstance(value, InstanceValue):
            return self.attribute(value.cls, name)
        if isinstance(value, ClassValue):
            return self.attribute(value.gid, name)
        if isinstance(value, ModuleValue):
            module = program.modules[value.index]
            return Holder("module", module.name, name, module.scope_base)
        if isinstance(value, FunctionValue):
            return Holder("function", self.name_of(value.gid), name, value.gid)
        if isinstance(value, External):
            return Holder("foreign", value.dotted, name, NOWHERE)
        if isinstance(value, ExternalInstance) and program.scope(value.scope).kind == "module":
            return Holder("foreign", f"{self.name_of(value.scope)}.{value.dotted}", name, value.scope)
        return None

    def _parameter(self, slot: int, function: int, name: str) -> Iterator[Ref]:
        program = self.program
        scope = program.scope(function)
        rebound = bool(self.definitions(function).of.get(slot))
        for param in scope.params:
            if param.name == name and param.default != NOWHERE and not rebound:
                yield Ref(Holder("default", self.name_of(function), name, function), 0, (function,))
                if BARE.match(param.default_text):  # `def done(task, tasks=self.tasks)`: bound where it is defined
                    base, around = program.module_of(function).slot_base, self._around(function)
                    for ref in self.refs(param.default + base, around):
                        yield Ref(ref.holder, ref.depth, (function,))
        if len(self._open) > 40 or any(param.name == name and param.kind in _FRESH for param in scope.params):
            return
        edges = program.edges_to(function)
        if len(edges) > CALLERS:
            return
        for edge in edges:
            for argument in program.arguments(edge).get(name, ()):
                for ref in self._given(argument, edge):
                    if len(ref.calls) < PARAMETER_DEPTH and ref.holder.kind != "default":
                        yield Ref(ref.holder, ref.depth, (*ref.calls, function))

    def _around(self, function: int) -> int:
        """The scope in which a function is defined."""
        module = self.program.module_of(function)
        return module.scope_base + module.facts.scopes[function - module.scope_base].parent

    def _given(self, argument: int, edge: Edge) -> frozenset[Ref]:
        """What an argument denotes where it is given."""
        found = self.call_step(edge) if argument in self.variable_at else None
        if found is None:
            return self.refs(argument, edge.caller)
        step, call = found
        return self._refs_before(argument, edge.caller, call[7], step, 0)

    def _result(self, instruction: Instruction, base: int, scope: int) -> Iterator[Ref]:
        """A call's result: an element of its receiver, or what the callee, no callback, returns."""
        program = self.program
        for step in self.definitions(scope).of.get(instruction[2] + base, ()):
            if step[0] == _ATTR and step[3] in _ELEMENT_METHODS:
                yield from self._deeper(self.refs(step[2] + base, scope))
                return
            if step[0] == _ATTR and step[3] in _VIEW_METHODS:
                pairs = step[3] == "items"  # the container, taken for a mapping of pairs whose parts are its elements
                yield from (Ref(ref.holder, ref.depth - pairs, ref.calls) for ref in self.refs(step[2] + base, scope))
                return
        if self._is_getattr(instruction, base, scope):
            name = self.definitions(scope).of[instruction[3][1] + base][0][2]
            yield from self.attribute_refs(instruction[3][0] + base, name, scope)
            return
        if External("builtins.super") in program.values(instruction[2] + base):
            params = program.scope(scope).params
            yield from self.refs(params[0].slot + base, scope) if params else ()
            return
        for edge in self.calls_at(scope, instruction):
            callee = edge.callee
            if edge.kind != "callback" and isinstance(callee, int) and program.scope(callee).kind in _FUNCTIONS:
                yield from self._returned(callee, scope)

    def _is_getattr(self, call: Instruction, base: int, scope: int) -> bool:
        """Whether a call is `getattr(x, "name", ...)`: it denotes the attribute."""
        args = call[3]
        if not 2 <= len(args) <= 3 or not all(isinstance(each, int) and each != NOWHERE for each in args[:2]):
            return False
        if External("builtins.getattr") not in self.program.values(call[2] + base):
            return False
        steps = self.definitions(scope).of.get(args[1] + base, ())
        return len(steps) == 1 and steps[0][0] == _CONST and isinstance(steps[0][2], str)

    def _returned(self, callee: int, scope: int) -> Iterator[Ref]:
        """What a function gives back, seen from a scope."""
        base = self.program.module_of(callee).slot_base
        for step in self.program.scope(callee).code:
            if step[0] == _RETURN:
                for ref in self.refs(step[1] + base, callee):
                    if ref.holder.kind != "local" and len(ref.calls) == 1:
                        yield Ref(ref.holder, ref.depth, (scope,))

    def calls_at(self, scope: int, call: Instruction) -> list[Edge]:
        """The edges of one CALL instruction of a scope: `a().b()` are two calls that begin at one place."""
        row, col, end = call[5], call[6], (call[9], call[10])
        begins = self._begins.get(scope)
        if begins is None:
            begins = self._begins[scope] = {}
            for edge in self.program.edges_from(scope):
                begins.setdefault((edge.row, edge.col), []).append(edge)
        edges = begins.get((row, col), ())
        return [edge for edge in edges if (self.program.place(edge) or (row, col, *end))[2:] == end]

    def call_step(self, edge: Edge) -> tuple[int, Instruction] | None:
        """Where in its caller's code an edge's CALL instruction stands, and the instruction; None where it has none."""
        place = self.program.place(edge)
        if place is None or edge.kind != "call":
            return None
        calls = self._calls.get(edge.caller)
        if calls is None:
            code = self.program.scope(edge.caller).code
            calls = self._calls[edge.caller] = {
                (step[5], step[6], step[9], step[10]): (at, step) for at, step in enumerate(code) if step[0] == _CALL
            }
        return calls.get(place)


__all__ = ["BoundValue", "Holder", "Holders", "Ref"]
