"""Variables, parameters and attributes by name: who binds them, and the holder that each of them is."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cached_property, lru_cache

import msgspec

from leaklint.facts import NOWHERE, Op, Use
from leaklint.project.linker.program import Program

_SET_ATTR, _ANNOTATE = int(Op.SET_ATTR), int(Op.ANNOTATE)

_FIELD = re.compile(r"([\w.]+\.)?(field|Field|ib|attrib|PrivateAttr|Factory|relationship|mapped_column)\(")
_FIELD_BASES = frozenset(
    {
        "BaseModel",
        "BaseSettings",
        "SQLModel",
        "Struct",
        "NamedTuple",
        "TypedDict",
        "Schema",
        "HasTraits",
        "Configurable",
        "LoggingConfigurable",
        "SingletonConfigurable",
        "Parameterized",
    }
)


class Holder(msgspec.Struct, frozen=True, order=True, cache_hash=True, gc=False):
    """A place that keeps a value. `owner` is the dotted name of the module, class, function or object."""

    kind: str  # module, class, instance, function, default, closure, foreign, local
    owner: str
    name: str
    scope: int  # the module's, class's or function's scope; NOWHERE for a foreign object

    @property
    def symbol(self) -> str:
        """The dotted name by which findings speak of it."""
        return f"{self.owner}.{self.name}" if self.owner else self.name


class Variables:
    """What binds which name in a linked program."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._owners: dict[tuple[int, str], int | None] = {}
        self.name_of = lru_cache(maxsize=None)(program.name_of)

    @cached_property
    def variable_at(self) -> dict[int, tuple[int, str]]:
        """Global slot of each variable -> its scope and name."""
        out: dict[int, tuple[int, str]] = {}
        for module in self.program.modules:
            slots, scopes = module.slot_base, module.scope_base
            out.update({slots + each.slot: (scopes + each.scope, each.name) for each in module.facts.variables})
        return out

    @cached_property
    def lasting(self) -> list[tuple[int, int, str]]:
        """The variables of modules and classes in the order of their slots: slot, scope and name."""
        scope = self.program.scope
        kept = {gid for gid in {gid for gid, _ in self.variable_at.values()} if scope(gid).kind in ("module", "class")}
        return sorted((slot, gid, name) for slot, (gid, name) in self.variable_at.items() if gid in kept)

    @cached_property
    def parameters(self) -> dict[int, tuple[int, str]]:
        """Global slot of each parameter -> its function and name."""
        out = {}
        for module in self.program.modules:
            for number, scope in enumerate(module.facts.scopes):
                for param in scope.params:
                    out[module.slot_base + param.slot] = (module.scope_base + number, param.name)
        return out

    @cached_property
    def class_names(self) -> dict[int, frozenset[str]]:
        """The names that each class body binds."""
        out: dict[int, set[str]] = defaultdict(set)
        for module in self.program.modules:
            classes = {number for number, scope in enumerate(module.facts.scopes) if scope.kind == "class"}
            for variable in module.facts.variables if classes else ():
                if variable.scope in classes:
                    out[module.scope_base + variable.scope].add(variable.name)
        return {scope: frozenset(names) for scope, names in out.items()}

    @cached_property
    def self_names(self) -> dict[int, dict[str, frozenset[int]]]:
        """For each class, the attributes its methods bind on their first parameter, and the binding methods."""
        out: dict[int, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
        for module in self.program.modules:
            for number, stores in module.code(_SET_ATTR).items():
                scope = module.facts.scopes[number]
                if scope.kind != "function" or not scope.params:
                    continue
                if module.facts.scopes[scope.parent].kind != "class":
                    continue
                if any(each.text == "classmethod" for each in scope.decorators):
                    continue
                method, owner = module.scope_base + number, module.scope_base + scope.parent
                first = scope.params[0].slot
                for instruction in stores:
                    if instruction[1] == first:
                        out[owner][instruction[2]].add(method)
        return {owner: {k: frozenset(v) for k, v in names.items()} for owner, names in out.items()}

    def declaring_class(self, cls: int, name: str) -> int | None:
        """The class along the MRO whose body or methods bind the attribute.

        Methods all along the MRO bind the same attribute of the instance: it is the most general class's.
        """
        key = (cls, name)
        if key not in self._owners:
            binding = [
                base
                for base in self.program.mro(cls)
                if isinstance(base, int)
                and (name in self.class_names.get(base, ()) or name in self.self_names.get(base, ()))
            ]
            made = [base for base in binding if name in self.self_names.get(base, ())]
            nearest = binding[0] if binding else None
            self._owners[key] = made[-1] if made and nearest == made[0] else nearest
        return self._owners[key]

    def attribute(self, cls: int, name: str) -> Holder:
        """The holder that `name` is for instances of a class: an instance attribute where methods bind it."""
        owner = self.declaring_class(cls, name)
        if owner is None:
            owner = cls
        on_self = name in self.self_names.get(owner, ())
        in_body = name in self.class_names.get(owner, ()) and not self._is_field(owner, name)
        kind = "class" if in_body and not on_self else "instance"
        return Holder(kind, self.name_of(owner), name, owner)

    def _is_field(self, cls: int, name: str) -> bool:
        """Whether a name of a class body declares what each instance gets anew: a dataclass's or model's field."""
        if (cls, name) in self._fields_made or (cls, name) in self._announced:
            return True
        bases = self.program.mro(cls)
        return any(isinstance(base, str) and base.rpartition(".")[2] in _FIELD_BASES for base in bases)

    @cached_property
    def _fields_made(self) -> frozenset[tuple[int, str]]:
        out = set()
        for module in self.program.modules:
            for use in module.facts.uses:
                if use.kind == "bind" and not use.attr and module.facts.scopes[use.scope].kind == "class":
                    if _FIELD.match(use.value):
                        scope, name = self.variable_at.get(use.base + module.slot_base, (NOWHERE, ""))
                        out.add((scope, name))
        return frozenset(out)

    @cached_property
    def _announced(self) -> frozenset[tuple[int, str]]:
        """What class bodies annotate without a value, or define as a property that is asked once: each object's own."""
        out = set()
        for module in self.program.modules:
            for scope in module.facts.scopes:
                if scope.kind == "function" and any(each.text.endswith("cached_property") for each in scope.decorators):
                    out.add((module.scope_base + scope.parent, scope.name))
            for number, steps in module.code(_ANNOTATE).items():
                if module.facts.scopes[number].kind != "class":
                    continue
                for step in steps:
                    slot = module.slot_base + step[1]
                    if slot not in self.local_binds and "ClassVar" not in step[2]:
                        out.add(self.variable_at.get(slot, (NOWHERE, "")))
        return frozenset(out)

    @cached_property
    def local_binds(self) -> dict[int, list[Use]]:
        """For each variable's slot, the uses that bind it."""
        out: dict[int, list[Use]] = defaultdict(list)
        for module in self.program.modules:
            for use in module.facts.uses:
                if use.kind == "bind" and not use.attr and use.op != "del":
                    out[module.slot_base + use.base].append(use)
        return out

    def own_class(self, slot: int, scope: int) -> int | None:
        """The class, where the slot is a method's own first parameter (also seen from a function nested in it)."""
        parameter = self.parameters.get(slot)
        if parameter is None:
            return None
        function = self.program.scope(parameter[0])
        if not function.params or function.params[0].name != parameter[1]:
            return None
        if any(each.text in ("staticmethod",) for each in function.decorators):
            return None
        return self.program.class_of(parameter[0])
