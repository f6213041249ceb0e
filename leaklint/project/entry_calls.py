"""The calls in a project that the models of frameworks speak of."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from leaklint.facts import NOWHERE, Instruction, Op
from leaklint.models import Known, Models, Slot
from leaklint.project.entry_trace import Context, Ref, Tracer
from leaklint.project.phases import QUIET_ROLES
from leaklint.project.program import BoundValue, ClassValue, Edge, External, ExternalInstance, InstanceValue, Program, Value

_CALL = int(Op.CALL)


class Given:
    """An argument: its slot (NOWHERE where no analysis follows it) and the expression."""

    def __init__(self, call: Call, slot: int, key: int | str) -> None:
        self.call = call
        self.slot = slot
        self.key = key

    @property
    def node(self) -> ast.expr | None:
        """The expression; None where the file can't be read any more."""
        return self.call.expression(self.key)

    def texts(self, ref: Ref | None = None, context: Context | None = None) -> list[str]:
        """The strings it may be."""
        tracer = self.call.tracer
        slot = self.slot if ref is None else ref
        found = tracer.texts(slot)
        return found or tracer.texts(slot, self.node, self.call.scope, context)


class Call:
    """A call that a model speaks of."""

    def __init__(self, tracer: Tracer, scope: int, instruction: Instruction, dotted: str) -> None:
        self.tracer = tracer
        self.scope = scope
        self.instruction = instruction
        self.dotted = dotted
        self.module = tracer.program.module_of(scope)
        self.base = self.module.slot_base

    @property
    def row(self) -> int:
        """The line it begins on."""
        row: int = self.instruction[5]
        return row

    def made(self) -> list[Value]:
        """The objects that the call makes."""
        return [value for value in self.results() if isinstance(value, (ExternalInstance, InstanceValue))]

    def results(self) -> tuple[Value, ...]:
        """What the call makes; for a call of an initialiser what is initialised."""
        if self.dotted.endswith(".__init__"):
            return tuple(self.receivers()) or self.tracer.program.values(self.instruction[1] + self.base)
        return self.tracer.program.values(self.instruction[1] + self.base)

    def receivers(self) -> list[Value]:
        """What the method is called on."""
        callee = self.instruction[2]
        values = self.tracer.program.values(callee + self.base) if callee != NOWHERE else ()
        return [value.receiver for value in values if isinstance(value, BoundValue)]

    def argument(self, wanted: tuple[Slot, ...]) -> Given | None:
        """The first of the arguments that is given."""
        for key in wanted:
            if isinstance(key, int):
                args = self.instruction[3]
                if key < len(args) and not any(isinstance(each, tuple) for each in args[: key + 1]):
                    return self._given(args[key], key)
            else:
                for word, slot in self.instruction[4]:
                    if word == key:
                        return self._given(slot, key)
        return None

    def arguments(self, wanted: tuple[Slot, ...], starred: bool = False) -> list[Given]:
        """Like `argument`; `starred` takes all that follow the first position too."""
        if starred and wanted and isinstance(wanted[0], int):
            args = self.instruction[3]
            found = [self._given(slot, n) for n, slot in enumerate(args) if n >= wanted[0] and isinstance(slot, int)]
            if found:
                return found
        first = self.argument(wanted)
        return [first] if first is not None else []

    def _given(self, slot: int, key: int | str) -> Given:
        return Given(self, slot + self.base if slot != NOWHERE else NOWHERE, key)

    def expression(self, key: int | str) -> ast.expr | None:
        """The expression of an argument."""
        i = self.instruction
        node = self.tracer.sources.call(self.module.path, (i[5], i[6], i[9], i[10]))
        if node is None:
            return None
        if isinstance(key, int):
            return node.args[key] if key < len(node.args) else None
        return next((word.value for word in node.keywords if word.arg == key), None)

    def decorated(self) -> list[Ref]:
        """The slots of what is decorated: by the result of this call, or by what is called here."""
        if self.instruction[8] == "decorator":
            return [self.instruction[3][0] + self.base] if self.instruction[3] and self.instruction[3][0] != NOWHERE else []
        out: list[Ref] = []
        made = self.instruction[1]
        for i in self.tracer.program.scope(self.scope).code:
            if i[0] == _CALL and i[2] == made and i[3] and isinstance(i[3][0], int) and i[3][0] != NOWHERE:
                out.append(i[3][0] + self.base)
        return out or self._applied_elsewhere()

    def _applied_elsewhere(self) -> list[Ref]:
        """A decorator that a function of the project makes and others apply: `return app.route(path)`."""
        program = self.tracer.program
        out: list[Ref] = []
        for edge in program.edges_to(self.scope):
            module = program.module_of(edge.caller)
            for i in program.scope(edge.caller).code:
                if i[0] == _CALL and i[8] == "decorator" and (i[5], i[6]) == (edge.row, edge.col) and i[3][0] != NOWHERE:
                    out.append(i[3][0] + module.slot_base)
        return out


class Calls:
    """All calls of known names, and the classes below known bases."""

    def __init__(self, program: Program, tracer: Tracer, models: Models) -> None:
        self.program = program
        self.tracer = tracer
        self.bases = self._external_bases()
        self._index = models.index()
        self._tops = {name.partition(".")[0] for name in self._index}
        self._wild = any("*" in name for name in self._index)
        self._words: dict[str, tuple[Known, ...]] = {}

    def words(self, name: str) -> tuple[Known, ...]:
        """What the models say about a dotted name."""
        found = self._words.get(name)
        if found is None:
            found = self._words[name] = self._look_up(name)
        return found

    def _look_up(self, name: str) -> tuple[Known, ...]:
        parts = name.split(".")
        if parts[0] not in self._tops:
            return ()
        out = list(self._index.get(name, ()))
        if self._wild:
            for number in range(1, len(parts)):
                out += self._index.get(".".join([*parts[:number], "*", *parts[number + 1 :]]), ())
        return tuple(out)

    def _external_bases(self) -> dict[int, list[str]]:
        out: dict[int, list[str]] = {}
        for module in self.program.modules:
            if module.role in QUIET_ROLES:
                continue
            for number, scope in enumerate(module.facts.scopes):
                if scope.kind == "class" and scope.bases:
                    names = [base for base in self.program.mro(module.scope_base + number) if isinstance(base, str)]
                    if names:
                        out[module.scope_base + number] = names
        return out

    def found(self) -> Iterator[tuple[Call, list[Known]]]:
        """The calls with what is known of them, in order of the program."""
        for edge in self.program.edges:
            name = edge.callee
            if isinstance(name, int):
                continue
            words = self.words(name)
            if name.endswith(".__init__"):
                words += self.words(name[:-9])
            if not words or self.program.module_of(edge.caller).role in QUIET_ROLES:
                continue
            instruction = self._instruction(edge, name)
            if instruction is not None:
                yield Call(self.tracer, edge.caller, instruction, name), list(words)

    def _instruction(self, edge: Edge, name: str) -> Instruction | None:
        base = self.program.module_of(edge.caller).slot_base
        for i in self.program.scope(edge.caller).code:
            if i[0] == _CALL and i[5] == edge.row and i[6] == edge.col and i[8] == edge.kind and i[2] != NOWHERE:
                if any(self._is(value, name) for value in self.program.values(i[2] + base)):
                    return i
        return None

    @staticmethod
    def _is(value: Value, name: str) -> bool:
        if isinstance(value, BoundValue):
            value = value.function
        if isinstance(value, ClassValue):
            return name.endswith(".__init__")
        return isinstance(value, (External, ExternalInstance)) and value.dotted == name
