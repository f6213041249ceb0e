"""Every long-lived container: what it is, and all that the project does to it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

import msgspec

from leaklint.facts import NOWHERE, Instruction, Op, Use
from leaklint.project.linker.program import External, ExternalInstance, InstanceValue, Module, Program, Value
from leaklint.project.storage.guards import adds_to
from leaklint.project.storage.holders import Holder, Holders, Ref
from leaklint.project.storage.phases import SHUTDOWN_NAME, Phases
from leaklint.project.storage.types import ContainerModel, Made, Types, is_field

_EMPTY = frozenset({"{}", "[]", "set()", "dict()", "list()", "deque()", "OrderedDict()"})


class Event(msgspec.Struct, frozen=True, eq=False):
    """A use of a container, seen through one access path."""

    use: Use
    module: Module
    ref: Ref

    @property
    def scope(self) -> int:
        """The function, class or module where the use is written."""
        return self.module.scope_base + self.use.scope

    @property
    def place(self) -> tuple[str, int, int]:
        return self.module.path, self.use.row, self.use.col


class Container(msgspec.Struct, eq=False):
    """A holder with the containers it is bound to and every use of them, in order of file and line."""

    holder: Holder
    made: frozenset[Made] = frozenset()
    binds: list[Event] = []
    grows: list[Event] = []
    shrinks: list[Event] = []
    reads: list[Event] = []

    @property
    def symbol(self) -> str:
        return self.holder.symbol

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(sorted({made.kind for made in self.made}))

    @property
    def bound(self) -> str:
        """Why every object it is bound to is bounded by construction, '' where one is not."""
        reasons = sorted({made.bound for made in self.made})
        return reasons[0] if reasons and all(reasons) else ""

    @property
    def declared(self) -> Event | None:
        """The binding where it is declared: at module or class level, in an initialiser, else the first."""
        if not self.binds:
            return None
        return min(self.binds, key=lambda event: (not is_declaration(event, self.holder), *event.place))


def is_declaration(event: Event, holder: Holder) -> bool:
    """Whether a binding is where the holder is first made: its own body, or an initialiser of its class."""
    if event.scope == holder.scope:
        return True
    scope = event.module.facts.scopes[event.use.scope]
    return holder.kind in ("instance", "class") and scope.name in INITIALISERS


def _is_new(step: Instruction) -> bool:
    """Whether an instruction makes something that nobody else has and that nothing limits: a display, `deque()`."""
    return step[0] == _NEW or (step[0] == _CALL and not step[3] and not step[4])


_ATTR = int(Op.ATTR)
_NEW, _CALL, _RETURN = map(int, (Op.NEW, Op.CALL, Op.RETURN))
_DATA = {"collections.UserDict": "dict", "collections.UserList": "list"}
"""The library's classes that keep what they hold in `data`."""
_MAKERS = 8
"""A class of which objects are made in more places is nobody's registry."""
_HANDS = 2
"""So many calls hand a default on at most to what binds it: a constructor to that of its base."""

_DISPLAY = re.compile(r"[\[{]|([\w.]+\.)?(list|dict|set|deque|defaultdict|OrderedDict|Counter)\(")
"""What makes a collection where it stands."""

_TELLING_READS = frozenset({"[]", "get", "&get"})
_CHANGED_BY_READS = frozenset({"defaultdict", "queue"})
"""Reads that may insert, in a defaultdict, or remove, from a queue; and what they may do that to."""

_STAND_IN = re.compile(r"(_*|\w+(?=Mock|Fake))(Mock|Fake|Stub|Dummy|Null)(?=[A-Z_]|$)|\w+Stub$")
"""Classes that stand in for others in tests."""

INITIALISERS = frozenset(
    {"__init__", "__new__", "__post_init__", "__attrs_post_init__", "__setstate__", "__init_subclass__", "__set_name__",
     "__cinit__", "model_post_init", "__enter__", "__aenter__"}
)  # fmt: skip


def _first(arguments: str) -> str:
    return arguments.partition(",")[0]


def _taken(module: Module) -> frozenset[tuple[int, str]]:
    """The scopes of a file that remove by key, each with the key."""
    uses = module.facts.uses
    return frozenset((use.scope, _first(use.key)) for use in uses if use.key and use.op in ("pop", "del[]"))


def _stored(module: Module) -> frozenset[tuple[int, str]]:
    """The scopes of a file that store under a key, each with the key."""
    return frozenset((use.scope, use.key) for use in module.facts.uses if use.op == "[]=")


def _seen_as(event: Event, holder: Holder) -> Event:
    return msgspec.structs.replace(event, ref=msgspec.structs.replace(event.ref, holder=holder))


class Collector:
    """Gathers the events of every holder that a growth operation touches."""

    def __init__(self, program: Program, holders: Holders, phases: Phases, model: ContainerModel) -> None:
        self.program = program
        self.holders = holders
        self.phases = phases
        self.model = model
        grow = {op for operations in model.operations.values() for op in operations.grow}
        shrink = {op for operations in model.operations.values() for op in operations.shrink}
        self._interesting = grow | shrink | {"&" + op for op in grow | shrink}

    def containers(self) -> list[Container]:
        """Every container of the project that something grows, with all its events."""
        table: dict[Holder, Container] = {}
        for event in self._events():
            container = table.get(event.ref.holder)
            if container is None:
                container = table[event.ref.holder] = Container(event.ref.holder)
            {"grow": container.grows, "shrink": container.shrinks, "read": container.reads}[event.use.kind].append(
                event
            )
        bindings = [(event, self._adds(event)) for event in self._bindings({holder.name for holder in table})]
        for event, adds in bindings:
            if adds:
                table.setdefault(event.ref.holder, Container(event.ref.holder)).grows.append(event)
        for event, adds in bindings:
            if event.ref.holder in table and not adds:
                table[event.ref.holder].binds.append(event)
        self._share_defaults(table)
        types = Types(self.program, self.model, self.evicting_classes)
        out = []
        for container in table.values():
            container.made = frozenset() if self._passes(container.holder) else self._made(container, types)
            if container.made and (container.grows or self._inserts_on_read(container)):
                out.append(container)
        return sorted(out, key=lambda each: each.holder)

    def _share_defaults(self, table: dict[Holder, Container]) -> None:
        """What an attribute takes from a parameter's default is one container for all objects."""
        for container in [each for each in table.values() if each.holder.kind == "instance"]:
            for bind in container.binds:
                holder = self._default_of(bind)
                if holder is not None:
                    shared = table.setdefault(holder, Container(holder))
                    for name in ("grows", "shrinks", "reads"):
                        events = [each for each in getattr(container, name) if each.ref.holder == container.holder]
                        getattr(shared, name).extend(_seen_as(each, holder) for each in events)

    def _default_of(self, bind: Event) -> Holder | None:
        """The parameter whose default is bound as it stands, where not every call gives another value."""
        return self._default_behind(bind.scope, bind.use.value, _HANDS) if bind.use.op == "=" else None

    def _default_behind(self, function: int, name: str, steps: int) -> Holder | None:
        """The parameter of a function whose default a name stands for, or that of who hands it on by that name."""
        scope, base = self.program.scope(function), self.program.module_of(function).slot_base
        param = next((each for each in scope.params if each.name == name), None)
        if (
            param is None
            or param.default_text == "None"
            or self.holders.definitions(function).of.get(param.slot + base)
        ):
            return None
        if param.default != NOWHERE:
            if steps < _HANDS and not _DISPLAY.match(param.default_text):
                return None
            is_given = self._is_given(function, name)
            return None if is_given else Holder("default", self.holders.name_of(function), name, function)
        for edge in self.program.edges_to(function) if steps else ():
            given = self.program.arguments(edge).get(name, ()) if edge.how != "name" else ()
            base = self.program.module_of(edge.caller).slot_base
            handed = [each.name for each in self.program.scope(edge.caller).params if each.slot + base in given]
            found = self._default_behind(edge.caller, handed[0], steps - 1) if handed else None
            if found is not None:
                return found
        return None

    def _is_given(self, function: int, name: str) -> bool:
        """Whether every call of a function gives a value for a parameter; it is called at least once."""
        edges = [edge for edge in self.program.edges_to(function) if not self.phases.quiet(edge.caller)]
        return bool(edges) and all(name in self.program.arguments(edge) for edge in edges)

    @staticmethod
    def _adds(event: Event) -> bool:
        """Whether a binding outside the holder's own body keeps all that was there and adds to it."""
        holder = event.ref.holder
        return event.scope != holder.scope and adds_to(event.use.value, holder.name)

    def _passes(self, holder: Holder) -> bool:
        """Whether a holder is made for a request or for tests, whoever keeps it meanwhile, or is never used at all."""
        if holder.kind == "default":
            return self._is_given(holder.scope, holder.name)
        if holder.kind == "foreign":
            return bool({holder.owner, holder.symbol} & self.model.transient.names)
        return holder.kind in ("class", "instance") and bool(_STAND_IN.match(self.program.scope(holder.scope).name))

    @staticmethod
    def _inserts_on_read(container: Container) -> bool:
        return "defaultdict" in container.kinds and any(
            event.use.op == "[]" and event.ref.depth == 0 for event in container.reads
        )

    @cached_property
    def loose_removals(self) -> dict[str, tuple[str, int]]:
        """By attribute name, the first removal from that attribute of an object whose class is not known."""
        out: dict[str, tuple[str, int]] = {}
        for module in self.program.modules:
            if self.phases.quiet_file(module):
                continue
            for use in module.facts.uses:
                if use.base == NOWHERE or not (use.kind == "shrink" or (use.op == "get" and not use.key)):
                    continue
                for step in self.holders.definitions(use.scope + module.scope_base).of.get(
                    use.base + module.slot_base, ()
                ):
                    if step[0] == _ATTR and not self.holders.refs_at(use, module):
                        out.setdefault(step[3], (module.path, use.row))
        return out

    def _events(self) -> Iterator[Event]:
        """Growths, removals, and those reads that are asked about: the others would be followed for nothing."""
        for module in self.program.modules:
            if module.role in ("stub", "generated", "vendored"):
                continue
            taken, stored = _taken(module), _stored(module)
            for use in module.facts.uses:
                if use.base == NOWHERE:
                    continue
                if use.kind == "read":
                    is_asked = (use.scope, _first(use.key)) in taken
                    is_asked = is_asked or (use.op == "[]" and (use.scope, use.key) in stored)
                    if not is_asked and not (use.op in _TELLING_READS and self._may_change(use.base, module)):
                        continue
                elif use.kind == "bind" or use.op not in self._interesting:
                    continue
                refs = self.holders.refs_at(use, module)
                for ref in sorted(refs) if len(refs) > 1 else refs:
                    if ref.depth >= 0:
                        yield Event(use, module, ref)

    def _may_change(self, slot: int, module: Module) -> bool:
        """Whether a slot may hold what a read inserts into or removes from; of what is unknown nobody can tell."""
        values = self.program.values(slot + module.slot_base)
        return not values or any(map(self._changes_when_read, values))

    def _changes_when_read(self, value: Value) -> bool:
        if isinstance(value, InstanceValue):
            return True
        if not isinstance(value, (External, ExternalInstance)):
            return False
        known = self.model.types.get(value.dotted) or self.model.foreign.get(value.dotted)
        return known.kind in _CHANGED_BY_READS if known is not None else is_field(value.dotted)

    def _stored_in_apps(self) -> Iterator[Event]:
        """`app["key"] = {}` declares a store of the application; it binds, it does not grow."""
        for module in self.program.modules:
            for use in module.facts.uses:
                stored = self.holders.apps.stored(use, module) if use.op == "[]=" else None
                if stored is not None:
                    yield Event(
                        use, module, Ref(Holder("foreign", *stored, NOWHERE), 0, (use.scope + module.scope_base,))
                    )

    def _bindings(self, names: set[str]) -> Iterator[Event]:
        """The bindings of holders with one of the names, and of those that a binding adds to."""
        yield from self._stored_in_apps()
        binds = [(use, name, module) for use, name, module in self._named_binds() if name]
        wanted = names | {name for use, name, _ in binds if name not in names and adds_to(use.value, name)}
        for use, name, module in binds:
            if name in wanted:
                scope = use.scope + module.scope_base
                for holder in self._bound_holders(use, module, scope):
                    yield Event(use, module, Ref(holder, 0, (scope,)))

    def _named_binds(self) -> Iterator[tuple[Use, str, Module]]:
        """Every binding with the name of the variable or attribute that it binds."""
        variable_at = self.holders.variable_at
        for module in self.program.modules:
            if module.role in ("stub", "generated", "vendored"):
                continue
            for use in module.facts.uses:
                if use.kind == "bind":
                    yield use, use.attr or variable_at.get(use.base + module.slot_base, (NOWHERE, ""))[1], module

    def _bound_holders(self, use: Use, module: Module, scope: int) -> Iterator[Holder]:
        slot = use.base + module.slot_base
        if not use.attr:
            owner, name = self.holders.variable_at.get(slot, (NOWHERE, ""))
            if owner != NOWHERE:
                kind = {"module": "module", "class": "class"}.get(self.program.scope(owner).kind, "closure")
                dotted = self.program.name_of(owner)
                holder = Holder(kind, dotted, name, owner)
                yield self.holders.attribute(owner, name) if kind == "class" else holder
            return
        yield from self.holders.bound_attributes(slot, use.attr, scope)

    def _made(self, container: Container, types: Types) -> frozenset[Made]:
        out: set[Made] = set()
        for event in container.binds:
            if event.use.op not in ("for", "with", "unpack", "del") or event.use.value_slot != NOWHERE:
                slot = event.use.value_slot
                found = types.of_slot(slot + event.module.slot_base if slot != NOWHERE else NOWHERE, event.use.value)
                found = found or self._given(event, types)
                out |= {self._without_limit(made, event) for made in found}
        holder = container.holder
        if not out and holder.kind == "instance":
            out |= self._of_base(holder, types)
        said = types.said_to_be_bounded(holder.scope) if holder.kind in ("instance", "class") else ""
        if said:  # what a bounded class keeps inside is bounded with it
            return frozenset(msgspec.structs.replace(made, bound=said) for made in out)
        if holder.kind not in ("module", "class"):
            out = {made for made in out if made.kind != "text"}
        if holder.kind == "default":
            out |= self._default(holder, types)
        if holder.kind == "foreign" and holder.owner.endswith("types.SimpleNamespace"):
            out.update(self._in_namespace(holder, types))
        if holder.kind == "foreign" and holder.symbol in self.model.foreign:
            out.add(Made(self.model.foreign[holder.symbol].kind, dotted=holder.symbol))
        return frozenset(out)

    def _given(self, event: Event, types: Types) -> frozenset[Made]:
        """What an initialiser is given as it stands, and binds: `Registry({})` makes what the registry holds."""
        scope = self.program.scope(event.scope)
        if scope.name != "__init__" or event.use.value not in {param.name for param in scope.params}:
            return frozenset()
        cls = self.program.class_of(event.scope)
        return self._handed_in(cls, event.use.value, types) if cls is not None else frozenset()

    def _handed_in(self, cls: int, name: str, types: Types) -> frozenset[Made]:
        """What those who make objects of a class make for one of its parameters or fields."""
        edges = self.program.construction_sites(cls)
        out: set[Made] = set()
        for edge in edges if len(edges) <= _MAKERS else ():
            steps = self.holders.definitions(edge.caller).of
            for slot in self.program.arguments(edge).get(name, ()):
                if slot not in self.holders.variable_at and all(map(_is_new, steps.get(slot, ()))):
                    out |= {made for made in types.of_slot(slot, "") if made.kind not in ("text", "tuple", "stream")}
        return frozenset(out)

    def _of_base(self, holder: Holder, types: Types) -> frozenset[Made]:
        """What an attribute that no code binds is: the part of a library's class, or what fields are given."""
        if holder.name == "__dict__":
            return frozenset({Made("dict")})
        bases = [base for base in self.program.mro(holder.scope) if isinstance(base, str)]
        kind = next((_DATA[base] for base in bases if base in _DATA), "") if holder.name == "data" else ""
        if kind:
            return frozenset({Made(kind)})
        method = self.holders.getters.defined(holder.scope, holder.name)
        if method is not None:
            return self._kept_by_property(method, types)
        return self._handed_in(holder.scope, holder.name, types) if self._is_field(holder) else frozenset()

    def _kept_by_property(self, method: int, types: Types) -> frozenset[Made]:
        """What a property makes that is asked once: `@cached_property`."""
        scope, base = self.program.scope(method), self.program.module_of(method).slot_base
        if all(not each.text.endswith("cached_property") for each in scope.decorators):
            return frozenset()
        steps = self.holders.definitions(method).of
        returned = [step[1] + base for step in scope.code if step[0] == _RETURN and step[1] != NOWHERE]
        fresh = [slot for slot in returned if slot in steps and all(map(_is_new, steps[slot]))]
        return frozenset(made for slot in fresh for made in types.of_slot(slot, ""))

    def _in_namespace(self, holder: Holder, types: Types) -> Iterator[Made]:
        """What a module's `SimpleNamespace(users={})` holds."""
        module, steps = self.program.module_of(holder.scope), self.holders.definitions(holder.scope).of
        for call in self.program.scope(holder.scope).code:
            if call[0] != _CALL or not call[4]:
                continue
            if External("types.SimpleNamespace") in self.program.values(call[2] + module.slot_base):
                for slot in (slot + module.slot_base for name, slot in call[4] if name == holder.name):
                    if slot in steps and all(map(_is_new, steps[slot])):
                        yield from types.of_slot(slot, "")

    def _is_field(self, holder: Holder) -> bool:
        return holder.scope in self.program.classes_with_fields

    def _without_limit(self, made: Made, event: Event) -> Made:
        """`deque(maxlen=size)` has no limit where the parameter is None by default and no call gives it."""
        name = made.bound.partition("=")[2]
        params = self.program.scope(event.scope).params
        if not name or not any(param.name == name and param.default_text == "None" for param in params):
            return made
        cls = self.program.class_of(event.scope)
        calls = [*self.program.edges_to(event.scope), *(self.program.edges_to(cls) if cls is not None else ())]
        given = any(name in self.program.arguments(edge) for edge in calls)
        return made if given or not calls else msgspec.structs.replace(made, bound="")

    def _default(self, holder: Holder, types: Types) -> frozenset[Made]:
        scope = self.program.scope(holder.scope)
        base = self.program.module_of(holder.scope).slot_base
        for param in scope.params:
            if param.name == holder.name and param.default != NOWHERE:
                made = types.of_slot(param.default + base, param.default_text)
                return frozenset(each for each in made if each.kind not in ("text", "stream"))
        return frozenset()

    # Classes that evict in their own methods.

    @cached_property
    def evicting_classes(self) -> dict[int, str]:
        """Project classes whose own methods remove from `self`, or from the containers that they wrap.

        A wrapped container that gives way to an empty one is emptied.
        """
        out: dict[int, str] = {}
        for module in self.program.modules:
            for use in module.facts.uses:
                empties = use.kind == "bind" and use.attr and use.value in _EMPTY
                if not empties and (use.kind != "shrink" or use.op.startswith("&")):
                    continue
                scope = module.scope_base + use.scope
                around = self._method_around(scope)
                if around is None or not self._on_self(use, module, scope, around[0]):
                    continue
                method, cls = self.program.scope(around[0]).name, around[1]
                if method in ("__delitem__", "pop", "popitem", "clear", "remove", "discard", "popleft"):
                    continue
                if empties and (method in INITIALISERS or SHUTDOWN_NAME.match(method)):
                    continue
                out.setdefault(cls, f"{self.program.name_of(cls)}.{method} removes entries, line {use.row}")
        for cls in list(out):
            for subclass in self.program.subclasses(cls):
                out.setdefault(subclass, out[cls])
        return out

    def _method_around(self, scope: int) -> tuple[int, int] | None:
        """The method that a scope is, or that it is written in, such as a callback's; and its class."""
        while scope != NOWHERE:
            cls = self.program.class_of(scope)
            if cls is not None:
                return scope, cls
            module = self.program.module_of(scope)
            local = module.facts.scopes[scope - module.scope_base].parent
            scope = local + module.scope_base if local != NOWHERE else NOWHERE
        return None

    def _on_self(self, use: Use, module: Module, scope: int, method: int) -> bool:
        """Whether a use is on a method's `self` or one of its attributes; also one that is a parameter's default."""
        params = self.program.scope(method).params
        if not params:
            return False
        base = use.base
        if scope != method:
            given = {param.slot: param.default for param in self.program.scope(scope).params}
            base, scope = (given[base], method) if base in given else (base, scope)
        if base in (params[0].slot, NOWHERE):
            return base != NOWHERE
        steps = self.holders.definitions(scope).of.get(base + module.slot_base, ())
        return any(step[0] == _ATTR and step[2] == params[0].slot for step in steps)
