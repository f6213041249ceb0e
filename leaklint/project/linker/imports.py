"""Which module an import names, and which slot a name of a module denotes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence

from leaklint.facts import Op
from leaklint.project.linker.objects import Module, Source

_STAR, _IMPORT, _FROM = int(Op.STAR), int(Op.IMPORT), int(Op.FROM)


class Imports:
    """The modules of a project by every name they answer to, and the names each one binds."""

    def __init__(self, modules: Sequence[Module], sources: Sequence[Source]) -> None:
        self.modules = modules
        self.by_name: dict[str, int] = {}
        for module in modules:
            self.by_name.setdefault(module.name, module.index)
        for module, source in zip(modules, sources):
            for alias in source.aliases:
                self.by_name.setdefault(alias, module.index)
        self._from_inside()
        self.prefixes = {name[:i] for name in self.by_name for i, c in enumerate(name) if c == "."}
        self._suffixes = self._by_suffix()
        self.names: list[dict[str, int]] = [{} for _ in modules]
        self.scope_names: dict[int, dict[str, int]] = defaultdict(dict)
        for module in modules:
            slot_base, scope_base = module.slot_base, module.scope_base
            for variable in module.facts.variables:
                self.scope_names[scope_base + variable.scope][variable.name] = slot_base + variable.slot
            self.names[module.index] = self.scope_names[scope_base]
        self._stars = [tuple(self._star_sources(module)) for module in modules]
        self._found: dict[tuple[int, str], int | str | None] = {}

    def _from_inside(self) -> None:
        """Name packages as their own siblings import them, where a folder that is a package is also put on the path.

        A package `top.part` answers to `part` where most of the modules that absolute imports name below `part`
        are its own, and no other package's: an external package of that name has others.
        """
        inner: dict[str, list[str]] = defaultdict(list)
        for module in self.modules:
            name = module.name.rpartition(".")[2]
            if module.is_package and "." in module.name and name not in self.by_name:
                inner[name].append(module.name)
        spoken = self._spoken(inner) if inner else {}
        for name, below in sorted(spoken.items()):
            fronts = [each.removesuffix(name) for each in inner[name]]
            fronts = [each for each in fronts if 2 * sum(each + one in self.by_name for one in below) > len(below)]
            if len(fronts) == 1:
                for module in self.modules:
                    if f"{module.name}.".startswith(f"{fronts[0]}{name}."):
                        self.by_name.setdefault(module.name.removeprefix(fronts[0]), module.index)

    def _spoken(self, tops: Collection[str]) -> dict[str, set[str]]:
        """The dotted modules below some top names that the absolute imports of modules speak of."""
        found: dict[str, set[str]] = defaultdict(set)
        for module in self.modules:
            for i in module.facts.scopes[0].code if module.facts.scopes else ():
                if i[0] == _IMPORT or (i[0] == _FROM and not i[2]):
                    top, dot, _ = i[3].partition(".")
                    if dot and top in tops:
                        found[top].add(i[3])
        return found

    def _by_suffix(self) -> dict[str, int]:
        """Names with the first components cut off, where only one module has them."""
        found: dict[str, int] = {}
        ambiguous: set[str] = set()
        for module in self.modules:
            parts = module.name.split(".")
            for cut in range(1, len(parts) - 1):
                suffix = ".".join(parts[cut:])
                if found.setdefault(suffix, module.index) != module.index:
                    ambiguous.add(suffix)
        return {suffix: index for suffix, index in found.items() if suffix not in ambiguous}

    def absolute(self, module: Module, level: int, name: str) -> str:
        """The dotted name that an import statement in a module speaks of."""
        if not level:
            return name
        parts = module.name.split(".") if module.name else []
        drop = level - 1 if module.is_package else level
        parts = parts[: len(parts) - drop] if drop else parts
        return ".".join([*parts, name] if name else parts)

    def find(self, dotted: str) -> int | None:
        """The module of a dotted name, exactly or, with two components or more, as the only one that ends so."""
        index = self.by_name.get(dotted)
        return self._suffixes.get(dotted) if index is None else index

    def is_prefix(self, dotted: str) -> bool:
        """Whether modules of the project lie below a name that is no module itself."""
        return dotted in self.prefixes

    def _star_sources(self, module: Module) -> Iterator[tuple[int | None, str]]:
        for instruction in module.facts.scopes[0].code if module.facts.scopes else ():
            if instruction[0] == _STAR:
                dotted = self.absolute(module, instruction[1], instruction[2])
                yield self.find(dotted), dotted

    def lookup(self, index: int, name: str) -> int | str | None:
        """What a name of a module denotes: a slot, the dotted name of something external, or nothing."""
        slot = self.names[index].get(name)
        if slot is not None:
            return slot
        if not self._stars[index]:
            return None
        key = (index, name)
        if key not in self._found:
            self._found[key] = None  # an import cycle ends here
            self._found[key] = self._through_star(index, name)
        return self._found[key]

    def _through_star(self, index: int, name: str) -> int | str | None:
        foreign = None
        for target, dotted in self._stars[index]:
            if target is None:
                foreign = foreign or f"{dotted}.{name}"
            elif self.is_public(target, name):
                found = self.lookup(target, name)
                if isinstance(found, int):
                    return found
                foreign = foreign or found
        return foreign

    def is_public(self, index: int, name: str) -> bool:
        """Whether `from module import *` brings a name."""
        exports = self.modules[index].facts.exports
        return name in exports if exports is not None else not name.startswith("_")

    def has_star(self, index: int) -> bool:
        """Whether names may come into the module by a star import."""
        return bool(self._stars[index])
