"""Classes: what their bases are, and the order in which attributes are looked up."""

from __future__ import annotations

from bisect import bisect
from collections import defaultdict
from collections.abc import Iterator

from leaklint.facts import NOWHERE, Instruction, Op, Scope
from leaklint.project.linker.imports import Imports
from leaklint.project.linker.objects import Module

_COPY, _CLASS, _ATTR, _CALL, _LOAD_ITEM = map(int, (Op.COPY, Op.CLASS, Op.ATTR, Op.CALL, Op.LOAD_ITEM))
_IMPORT, _FROM, _BUILTIN, _CONST, _FUNC = map(int, (Op.IMPORT, Op.FROM, Op.BUILTIN, Op.CONST, Op.FUNC))

DEPTH = 40
"""How many steps a name is followed to the class it stands for."""

Base = int | str
"""A project class by its number, something external by its dotted name."""


class _Target:
    """A project module met on the way to a class."""

    def __init__(self, index: int) -> None:
        self.index = index


class Classes:
    """The class hierarchy, read off the names alone, before any value is propagated."""

    def __init__(self, modules: list[Module], imports: Imports) -> None:
        self.modules = modules
        self.imports = imports
        self.bases: dict[int, tuple[Base, ...]] = {}
        self._definitions: dict[int, dict[int, list[Instruction]]] = {}
        self._slot_bases = [module.slot_base for module in modules]
        self._static: dict[int, Base | _Target | None] = {}
        self._mro: dict[int, tuple[Base, ...]] = {}
        self._members: dict[int, dict[str, tuple[int, Base]]] = {}
        self._bodies: dict[int, dict[str, tuple[int, Base]]] = {}
        self._external: dict[int, str] = {}
        self._families: dict[int, tuple[int, ...]] = {}
        self._lookups: dict[tuple[int, str, int], tuple[int, Base]] = {}
        self.children: dict[int, list[int]] = defaultdict(list)
        for module in modules:
            for number, scope in enumerate(module.facts.scopes):
                if scope.kind == "class":
                    gid = module.scope_base + number
                    self.bases[gid] = tuple(self._bases(module, scope))
        for gid, bases in self.bases.items():
            for base in bases:
                if isinstance(base, int):
                    self.children[base].append(gid)

    def _bases(self, module: Module, scope: Scope) -> Iterator[Base]:
        seen: set[Base] = set()
        for slot, text in zip(scope.bases, scope.base_texts):
            base = self.static(module, scope.parent, slot, DEPTH) if slot != NOWHERE else None
            if base is None:
                base = text.partition("[")[0]
            if isinstance(base, _Target) or base in seen or base in ("builtins.object", ""):
                continue
            seen.add(base)
            yield base

    # From a slot to a class by the definitions of names.

    def _defined(self, module: Module, scope: int) -> dict[int, list[Instruction]]:
        gid = module.scope_base + scope
        known = self._definitions.get(gid)
        if known is None:
            known = self._definitions[gid] = {}
            for instruction in module.facts.scopes[scope].code:
                if instruction[0] in _RESOLVED:
                    known.setdefault(instruction[1], []).append(instruction)
        return known

    def static(self, module: Module, scope: int, slot: int, depth: int) -> Base | _Target | None:
        """The class, external name or module that a local slot stands for, by its definitions."""
        key = module.slot_base + slot
        if key not in self._static and depth > 0:
            self._static[key] = None  # a name that stands for itself ends here
            self._static[key] = self._defined_as(module, scope, slot, depth)
        return self._static.get(key)

    def _defined_as(self, module: Module, scope: int, slot: int, depth: int) -> Base | _Target | None:
        at = scope
        while at != NOWHERE:
            instructions = self._defined(module, at).get(slot)
            if instructions:
                found = [self._step(module, at, each, depth - 1) for each in instructions[:4]]
                ours = next((each for each in found if isinstance(each, int)), None)
                return ours if ours is not None else next((each for each in found if each is not None), None)
            at = module.facts.scopes[at].parent
        return None

    def _step(self, module: Module, scope: int, instruction: Instruction, depth: int) -> Base | _Target | None:
        op = instruction[0]
        if op == _CLASS:
            return module.scope_base + int(instruction[2])
        if op in (_COPY, _LOAD_ITEM):
            return self.static(module, scope, instruction[2], depth)
        if op == _ATTR:
            return self._attribute(self.static(module, scope, instruction[2], depth), instruction[3], depth)
        if op == _BUILTIN:
            found = self.imports.lookup(module.index, instruction[2])
            return self._at(found, 0, depth) if found is not None else f"builtins.{instruction[2]}"
        if op == _IMPORT:
            return self._module(self.imports.absolute(module, instruction[2], instruction[3]))
        if op == _FROM:
            dotted = self.imports.absolute(module, instruction[2], instruction[3])
            return self._attribute(self._module(dotted), instruction[4], depth)
        return self._called(module, scope, instruction, depth)

    def _called(self, module: Module, scope: int, instruction: Instruction, depth: int) -> Base | _Target | None:
        """`with_metaclass(Meta, Base)`, a decorated class, or the external name of what is called."""
        callee = self.static(module, scope, instruction[2], depth)
        args = [slot for slot in instruction[3] if isinstance(slot, int) and slot != NOWHERE]
        if instruction[8] == "decorator" and args:
            return self.static(module, scope, args[0], depth)
        name = callee.rpartition(".")[2] if isinstance(callee, str) else ""
        if name == "with_metaclass" and len(args) > 1:
            return self.static(module, scope, args[-1], depth)
        if callee in ("abc.ABCMeta", "builtins.type") and instruction[3]:
            return None  # a class made by a call, no metaclass
        return callee if isinstance(callee, str) else None

    def _module(self, dotted: str) -> Base | _Target:
        index = self.imports.find(dotted)
        return dotted if index is None else _Target(index)

    def _attribute(self, base: Base | _Target | None, name: str, depth: int) -> Base | _Target | None:
        if isinstance(base, str):
            dotted = f"{base}.{name}"
            return self._module(dotted) if self.imports.is_prefix(base) else dotted
        if isinstance(base, _Target):
            found = self.imports.lookup(base.index, name)
            if found is None:
                return self._module(f"{self.modules[base.index].name}.{name}")
            return self._at(found, 0, depth)
        if isinstance(base, int):
            slot = self.imports.scope_names.get(base, {}).get(name)
            return None if slot is None else self._at(slot, base, depth)
        return None

    def _at(self, found: int | str, cls: int, depth: int) -> Base | _Target | None:
        """What the slot of a name stands for, in the body of a class or, where that is 0, of its module."""
        if isinstance(found, str):
            return found
        module = self.modules[bisect(self._slot_bases, found) - 1]
        return self.static(module, cls and cls - module.scope_base, found - module.slot_base, depth)

    # Method resolution order.

    def mro(self, gid: int) -> tuple[Base, ...]:
        """The class and its ancestors in lookup order; bases that can't be ordered come depth first."""
        known = self._mro.get(gid)
        if known is None:
            self._mro[gid] = (gid,)  # a class that inherits from itself ends here
            known = self._mro[gid] = self._linearize(gid)
        return known

    def _linearize(self, gid: int) -> tuple[Base, ...]:
        bases = self.bases.get(gid, ())
        sequences = [list(self.mro(base)) if isinstance(base, int) else [base] for base in bases]
        sequences = [[each for each in sequence if each != gid] for sequence in (*sequences, list(bases))]
        out: list[Base] = [gid]
        while any(sequences):
            sequences = [sequence for sequence in sequences if sequence]
            tails = {each for sequence in sequences for each in sequence[1:]}
            head = next((sequence[0] for sequence in sequences if sequence[0] not in tails), sequences[0][0])
            out.append(head)
            sequences = [[each for each in sequence if each != head] for sequence in sequences]
        return tuple(out)

    def family(self, gid: int) -> tuple[int, ...]:
        """A class and all classes that have it among their ancestors."""
        known = self._families.get(gid)
        if known is None:
            found = {gid: None}
            for each in (waiting := [gid]):
                for child in self.children.get(each, ()):
                    if child not in found:
                        found[child] = None
                        waiting.append(child)
            known = self._families[gid] = tuple(each for each in found if gid in self.mro(each))
        return known

    def lookup(self, gid: int, name: str, after: int = NOWHERE) -> tuple[int, Base]:
        """The slot of the first class along the MRO that binds a name, and that class; else (NOWHERE, base).

        With `after`, the search starts behind that class, as `super()` does. The base is the first
        external one, which may have the attribute, or '' where there is none.
        """
        if after == NOWHERE:
            members = self._members.get(gid)
            if members is None:
                members = self._members[gid] = self._all_members(gid)
            found = members.get(name)
            return (NOWHERE, self._external[gid]) if found is None else found
        key = (gid, name, after)
        known = self._lookups.get(key)
        if known is None:
            order = self.mro(gid)
            order = order[order.index(after) + 1 :] if after in order else self.mro(after)[1:]
            known = self._lookups[key] = self._search(order, name)
        return known

    def _all_members(self, gid: int) -> dict[str, tuple[int, Base]]:
        order = self.mro(gid)
        out: dict[str, tuple[int, Base]] = {}
        for base in reversed(order):
            if isinstance(base, int):
                body = self._bodies.get(base)
                if body is None:
                    names = self.imports.scope_names.get(base, {})
                    body = self._bodies[base] = {name: (slot, base) for name, slot in names.items()}
                out.update(body)
        self._external[gid] = next((base for base in order if isinstance(base, str) and base not in INERT), "")
        return out

    def _search(self, order: tuple[Base, ...], name: str) -> tuple[int, Base]:
        external = ""
        for base in order:
            if isinstance(base, str):
                if not external and base not in INERT:
                    external = base
                continue
            slot = self.imports.scope_names.get(base, {}).get(name)
            if slot is not None:
                return slot, base
        return NOWHERE, external


INERT = frozenset(
    {"builtins.object", "typing.Generic", "typing.Protocol", "typing_extensions.Protocol", "abc.ABC",
     "typing_extensions.Generic"}
)  # fmt: skip
"""External bases that no attribute of interest comes from."""

_RESOLVED = frozenset({_COPY, _CLASS, _ATTR, _CALL, _LOAD_ITEM, _IMPORT, _FROM, _BUILTIN})
