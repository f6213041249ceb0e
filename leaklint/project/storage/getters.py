"""Properties: attributes that a method of the class stands for."""

from __future__ import annotations

from functools import cached_property

from leaklint.project.linker.program import Program

PROPERTIES = frozenset({"property", "cached_property", "functools.cached_property"})
"""The decorators that make one of a method."""


class Getters:
    """The methods that give what attributes are."""

    def __init__(self, program: Program) -> None:
        self.program = program

    def of(self, cls: int, name: str) -> int | None:
        """The method that an attribute of the instances of a class stands for; None where it is no property."""
        if name not in self.names:
            return None
        owners = (base for base in self.program.mro(cls) if isinstance(base, int))
        return next((self._methods[base, name] for base in owners if (base, name) in self._methods), None)

    def defined(self, cls: int, name: str) -> int | None:
        """The method of that name which a class itself defines as a property."""
        return self._methods.get((cls, name))

    @cached_property
    def names(self) -> frozenset[str]:
        """The names of all properties of the project."""
        return frozenset(name for _, name in self._methods)

    @cached_property
    def _methods(self) -> dict[tuple[int, str], int]:
        out: dict[tuple[int, str], int] = {}
        for module in self.program.modules:
            for number, scope in enumerate(module.facts.scopes):
                if scope.kind != "function" or all(each.text not in PROPERTIES for each in scope.decorators):
                    continue
                cls = self.program.class_of(module.scope_base + number)
                if cls is not None:
                    out[cls, scope.name] = module.scope_base + number
        return out
