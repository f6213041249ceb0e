"""Objects that a function has just made itself: what it puts into them is part of making them."""

from __future__ import annotations

from leaklint.facts import NOWHERE, Instruction, Op
from leaklint.project.linker.objects import Module
from leaklint.project.linker.program import Edge, InstanceValue, Program
from leaklint.project.storage.containers import INITIALISERS, Event
from leaklint.project.storage.guards import path
from leaklint.project.storage.holders import Holders
from leaklint.project.storage.phases import Phases
from leaklint.project.storage.singletons import gives_itself_again

_ATTR, _CALL, _COPY, _AWAIT, _RETURN = map(int, (Op.ATTR, Op.CALL, Op.COPY, Op.AWAIT, Op.RETURN))

_LOOPS = frozenset({"for", "while", "comprehension"})

DEPTH = 3
"""How many calls an object is followed back to where it was made."""


class Fresh:
    """Tells objects that are being made from those that are already kept."""

    def __init__(self, program: Program, holders: Holders, phases: Phases) -> None:
        self.program = program
        self.holders = holders
        self.phases = phases
        self._open: set[tuple[int, int]] = set()

    def grows_new(self, event: Event) -> bool:
        """Whether the object whose attribute grows was made by the function itself, in the same turn of its loops.

        A method that has no loop belongs to the making of its object where it is only called on new ones.
        """
        base = self._object(event)
        if base is None:
            return False
        return self._is_new(base, event.scope, event.use.block, DEPTH)

    def is_own(self, event: Event) -> bool:
        """Whether a method fills what its own object holds."""
        base = self._object(event)
        return base is not None and self.holders.own_class(base, event.scope) is not None

    def _object(self, event: Event) -> int | None:
        """The slot of the object whose attribute an event is about."""
        offset = event.module.slot_base
        if event.use.kind == "bind":
            return event.use.base + offset if event.use.attr else None
        for step in self.holders.definitions(event.scope).of.get(event.use.base + offset, ()):
            if step[0] == _ATTR and step[2] != NOWHERE:
                return int(step[2]) + offset
        return None

    def _is_new(self, slot: int, scope: int, block: int, depth: int) -> bool:
        """Whether a slot holds a new object; what leads back to itself, `s = s.with_x()`, is no other object."""
        if (slot, scope) in self._open:
            return True
        self._open.add((slot, scope))
        try:
            return self._holds_new(slot, scope, block, depth)
        finally:
            self._open.discard((slot, scope))

    def _holds_new(self, slot: int, scope: int, block: int, depth: int) -> bool:
        if slot in self.holders.parameters:
            own = self.holders.own_class(slot, scope)
            return own is not None and self.holders.parameters[slot][0] == scope and self._builds(scope, depth)
        if self.holders.variable_at.get(slot, (scope, ""))[0] != scope:
            return self._is_filled_for(slot, scope, depth)
        module = self.program.module_of(scope)
        steps = self.holders.definitions(scope).of.get(slot, ())
        return bool(steps) and all(self._makes(step, slot, module, scope, block, depth) for step in steps)

    def _is_filled_for(self, slot: int, scope: int, depth: int) -> bool:
        """Whether a nested function fills what the function around it has made, and runs only in the calls of that.

        Variables of the module keep what they were given by an earlier call.
        """
        outer = self.holders.variable_at[slot][0]
        if self.program.scope(outer).kind != "function" or self.phases.endless.is_endless(outer):
            return False
        edges = self.program.edges_to(scope)
        within = {edge.callee for edge in self.program.edges_from(outer) if edge.kind == "call"} | {outer}
        if not edges or any(edge.kind != "call" or edge.caller not in within for edge in edges):
            return False
        return self._is_new(slot, outer, NOWHERE, depth)

    def _makes(self, step: Instruction, slot: int, module: Module, scope: int, block: int, depth: int) -> bool:
        """Whether an instruction gives the slot a new object, inside every loop that goes on until the use."""
        if step[0] in (_COPY, _AWAIT) and step[2] != NOWHERE:
            return self._is_new(step[2] + module.slot_base, scope, block, depth)
        if step[0] == _ATTR and step[2] != NOWHERE and depth:
            return self._is_new(step[2] + module.slot_base, scope, block, depth - 1)  # made with its owner
        if step[0] != _CALL:
            return False
        made_in = {id(each) for each in path(module, step[7])}
        loops = [each for each in path(module, block) if each.kind in _LOOPS and id(each) not in made_in]
        if loops and not (all(each.kind != "while" for each in loops) and self._hands_out(slot, module, scope)):
            return False
        called = self.holders.calls_at(scope, step)
        if any(edge.callee == "copy.deepcopy" for edge in called):
            return True
        values = self.program.values(slot)
        if not values or not all(isinstance(value, InstanceValue) for value in values):
            return False
        names = {self.program.scope(value.cls).name for value in values if isinstance(value, InstanceValue)}
        if any(self._constructs(edge, names) for edge in called):
            return True
        if called and all(self._returns_self(edge) for edge in called):
            return self._is_called_on_new(step, module, scope, depth)
        return bool(called) and all(self._gives_new(edge, depth - 1) for edge in called)

    def _hands_out(self, slot: int, module: Module, scope: int) -> bool:
        """Whether a function that others need not wait for gives the object back: all that it does is make it."""
        number = scope - module.scope_base
        if any(way.scope == number and way.kind in ("await", "yield") for way in module.facts.exits):
            return False
        named = self.holders.definitions(scope).of
        returned = {step[1] + module.slot_base for step in module.facts.scopes[number].code if step[0] == _RETURN}
        return slot in returned or any(
            step[0] == _COPY and step[2] + module.slot_base == slot for name in returned for step in named.get(name, ())
        )

    def _returns_self(self, edge: Edge) -> bool:
        """Whether a method gives back the object that it is called on."""
        if not isinstance(edge.callee, int) or self.program.class_of(edge.callee) is None:
            return False
        scope = self.program.scope(edge.callee)
        returned = [step[1] for step in scope.code if step[0] == _RETURN]
        return bool(returned and scope.params) and all(slot == scope.params[0].slot for slot in returned)

    def _is_called_on_new(self, call: Instruction, module: Module, scope: int, depth: int) -> bool:
        for read in self.holders.definitions(scope).of.get(call[2] + module.slot_base, ()):
            if read[0] == _ATTR and read[2] != NOWHERE:
                return self._is_new(read[2] + module.slot_base, scope, call[7], depth)
        return False

    def _gives_new(self, edge: Edge, depth: int) -> bool:
        """Whether a function returns an object that it has just made, or was called on."""
        if not isinstance(edge.callee, int) or depth <= 0:
            return False
        scope, base = self.program.scope(edge.callee), self.program.module_of(edge.callee).slot_base
        returned = [step[1] for step in scope.code if step[0] == _RETURN]
        return bool(returned) and all(
            slot != NOWHERE and self._is_new(slot + base, edge.callee, NOWHERE, depth) for slot in returned
        )

    def _constructs(self, edge: Edge, names: set[str]) -> bool:
        """Whether a call makes an instance of a class of one of the names, and does not give one that is kept."""
        if not isinstance(edge.callee, int):
            return False
        callee = self.program.scope(edge.callee)
        cls = edge.callee if callee.kind == "class" else self.program.class_of(edge.callee)
        if cls is None or self.program.scope(cls).name not in names:
            return False
        begins = callee.kind == "class" or callee.name in INITIALISERS
        return begins and not gives_itself_again(self.program, cls)

    def _builds(self, method: int, depth: int) -> bool:
        """Whether a method without loops is only ever called on objects that are being made."""
        scope, module = self.program.scope(method), self.program.module_of(method)
        number = method - module.scope_base
        if depth == 0 or any(block.scope == number and block.kind in _LOOPS for block in module.facts.blocks):
            return False
        if scope.name in INITIALISERS:
            return True
        edges = [edge for edge in self.program.edges_to(method) if self.phases.runs(edge.caller)]
        return bool(edges) and all(self._calls_on_new(edge, depth - 1) for edge in edges)

    def _calls_on_new(self, edge: Edge, depth: int) -> bool:
        module = self.program.module_of(edge.caller)
        found = self.holders.call_step(edge) if edge.how != "name" else None
        if found is None:
            return False
        return self._is_called_on_new(found[1], module, edge.caller, depth)
