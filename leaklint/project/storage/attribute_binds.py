"""What the attributes of objects are bound to, by attribute name: every assignment of the project, found on demand."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cached_property

import msgspec

from leaklint.facts import NOWHERE, ModuleFacts, Op, Use
from leaklint.project.linker.objects import Module
from leaklint.project.linker.program import External, Program
from leaklint.project.storage.containers import INITIALISERS
from leaklint.project.storage.holders import Holder, Holders
from leaklint.project.storage.phases import QUIET_ROLES

_ATTR = int(Op.ATTR)
_NUMBER = re.compile(r"\d+")
_NEXT = re.compile(r"([\w.]+) \+ \d+")


class Bind(msgspec.Struct, frozen=True):
    """An assignment to an attribute, and the scope that it stands in."""

    use: Use
    scope: int


class AttributeBinds:
    """Assignments to attributes; tests and examples don't count."""

    def __init__(self, program: Program, holders: Holders) -> None:
        self.program = program
        self.holders = holders
        self._known: dict[Holder, tuple[Bind, ...] | None] = {}

    def of(self, holder: Holder) -> tuple[Bind, ...] | None:
        """Every assignment to an attribute; None where one of that name is on an object of an unknown class."""
        if holder not in self._known:
            self._known[holder] = self._find(holder)
        return self._known[holder]

    def of_foreign(self, dotted: str, name: str) -> tuple[Bind, ...]:
        """Every assignment to an attribute of a library's variable: `flask.g.user = ...`."""
        return tuple(
            Bind(use, use.scope + module.scope_base)
            for module, use in self._by_name.get(name, ())
            if External(dotted) in self.program.values(use.base + module.slot_base)
        )

    def _find(self, holder: Holder) -> tuple[Bind, ...] | None:
        out = []
        for module, use in self._by_name.get(holder.name, ()):
            scope = use.scope + module.scope_base
            found = self.holders.bound_attributes(use.base + module.slot_base, use.attr, scope)
            if not found:
                return None
            if holder in found:
                out.append(Bind(use, scope))
        return tuple(out)

    @cached_property
    def _by_name(self) -> dict[str, list[tuple[Module, Use]]]:
        out: dict[str, list[tuple[Module, Use]]] = defaultdict(list)
        for module in self.program.modules:
            if module.role in QUIET_ROLES:
                continue
            for use in module.facts.uses:
                if use.kind == "bind" and use.attr and use.op != "del":
                    out[use.attr].append((module, use))
        return out

    @cached_property
    def _changes(self) -> dict[str, set[str]]:
        """Names of attributes by what happens to them after their object was made."""
        out: dict[str, set[str]] = {"grown": set(), "counted": set(), "emptied": set()}
        for module in self.program.modules:
            if module.role in QUIET_ROLES:
                continue
            scopes = module.facts.scopes
            names = _attributes_changed(module.facts)
            for use in module.facts.uses:
                if use.kind == "bind" and use.attr and scopes[use.scope].name not in INITIALISERS:
                    out["emptied"].add(use.attr)
                    if _counts_on(use, module.facts):
                        out["counted"].add(use.attr)
                elif use.kind == "shrink" and use.base in names:
                    out["emptied"].add(names[use.base])
                elif use.kind == "grow" and use.base in names:
                    change = "counted" if use.op == "+=" and _NUMBER.fullmatch(use.value) else "grown"
                    if change == "counted" or scopes[use.scope].name not in INITIALISERS:
                        out[change].add(names[use.base])
        return out

    @property
    def grown(self) -> set[str]:
        """Names of attributes that methods other than initialisers add to, whatever object they are of."""
        return self._changes["grown"]

    @property
    def counted(self) -> set[str]:
        """Names of attributes that a number is added to: counters."""
        return self._changes["counted"]

    @cached_property
    def lasting(self) -> frozenset[str]:
        """Names of attributes that initialisers bind and nothing takes away from or binds anew."""
        bound = {
            name
            for name, binds in self._by_name.items()
            if any(module.facts.scopes[use.scope].name in INITIALISERS for module, use in binds)
        }
        return frozenset((bound | self.holders.getters.names) - self._changes["emptied"])

    def is_given(self, name: str) -> bool:
        """Whether attributes of a name hold what they are bound to, as a whole: no method adds to it."""
        return name in self._by_name and name not in self.grown and name not in self.counted

    def is_fixed(self, name: str) -> bool:
        """Whether attributes of a name keep what their initialisers gave them."""
        changing = (self.grown, self.counted, self.holders.getters.names)
        return name in self.lasting and not any(name in names for names in changing)


def _counts_on(use: Use, facts: ModuleFacts) -> bool:
    """Whether an attribute takes what it was and a number more: `self.n = self.n + 1`, `n = self.n; self.n = n + 1`."""
    found = _NEXT.fullmatch(use.value)
    if found is None:
        return False
    if found[1].endswith(f".{use.attr}"):
        return True
    binds = [each for each in facts.uses if each.kind == "bind" and each.scope == use.scope and not each.attr]
    slots = {each.slot for each in facts.variables if each.scope == use.scope and each.name == found[1]}
    return any(each.base in slots and each.value.endswith(f".{use.attr}") for each in binds)


def _attributes_changed(facts: ModuleFacts) -> dict[int, str]:
    """The attributes read in functions that add or take away, and in those around them: slot to name."""
    around: set[int] = set()
    for number in {use.scope for use in facts.uses if use.kind in ("grow", "shrink")}:
        scope = number
        while scope != NOWHERE and scope not in around:
            around.add(scope)
            scope = facts.scopes[scope].parent
    return {step[1]: step[3] for scope in sorted(around) for step in facts.scopes[scope].code if step[0] == _ATTR}
