"""Conditions that hold until something was done, and that the doing itself ends: lazy starts and run-once flags."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cached_property

from leaklint.facts import NOWHERE, Op, Use
from leaklint.project.linker.objects import Module
from leaklint.project.linker.program import Program
from leaklint.project.storage.containers import INITIALISERS, Container, Event
from leaklint.project.storage.holders import Holders
from leaklint.project.storage.phases import ENDING_NAME, QUIET_ROLES

_ATTR = int(Op.ATTR)
_NOTHING = frozenset({"None", "False", "0", "''", '""', "[]", "{}", "()", "set()", "dict()", "list()"})
_LOCK = re.compile(r"(?i).*(lock|mutex|semaphore)")
_OVER = re.compile(
    r"_*(is_)?(clos|stopp?|shut|cancel|terminat|dispos|destroy|finish|kill|dead|end|abort|delet|disabl|paus|exhaust|fail|exit)"
)
"""Flags that are set when all is over: what grows before that grows while serving."""


_MODE = re.compile(
    r"_*(is_)?(use|enable|allow|with|without|want|support|strict|debug|verbose|async|sync|dry|test)(_|$)"
)
"""Flags that choose how an object works: none of its own work sets them."""


class OneShot:
    """Recognises guards that the guarded code makes false for good."""

    def __init__(self, program: Program, holders: Holders) -> None:
        self.program = program
        self.holders = holders

    def ends(self, tree: ast.expr, holds: bool, container: Container, event: Event) -> bool:
        """Whether a condition at a growth says that something is still missing, and the same function provides it.

        What is provided may only be taken away again where the container itself is emptied.
        """
        name = self._missing(tree, holds)
        if not name or name.rpartition(".")[2] == container.holder.name or _LOCK.match(name):
            return False
        attribute, last = "." in name, name.rpartition(".")[2]
        if not attribute and self._is_local(name, event):
            return False
        provided = removed = False
        emptying = {each.scope for each in container.shrinks} | {each.scope for each in container.binds}
        for module, use in self._changes.get((attribute, last), ()):
            scope = module.scope_base + use.scope
            if use.kind == "shrink" or (use.kind == "bind" and use.value in _NOTHING):
                harmless = scope in emptying or module.facts.scopes[use.scope].name in INITIALISERS
                removed = removed or not (harmless or module.facts.scopes[use.scope].kind != "function")
            elif scope == event.scope:
                provided = True
        provided = provided or self._sets(event, last)
        return (provided and not removed) or (attribute and self._is_latch(last))

    @staticmethod
    def _sets(event: Event, name: str) -> bool:
        """Whether the function calls `set()` of an `Event` of that name, for which it has asked `is_set()`."""
        read = {step[1]: step for step in event.module.facts.scopes[event.use.scope].code if step[0] == _ATTR}
        return any(step[3] == "set" and read.get(step[2], step)[3] == name for step in read.values())

    @staticmethod
    def _is_local(name: str, event: Event) -> bool:
        return any(each.name == name and each.scope == event.use.scope for each in event.module.facts.variables)

    @staticmethod
    def _missing(tree: ast.expr, holds: bool) -> str:
        """The name of what a condition says is missing: `not X`, `X is None`; attributes of one's own as `self.x`."""
        if isinstance(tree, ast.Compare) and len(tree.ops) == 1:
            nothing = isinstance(tree.comparators[0], ast.Constant) and tree.comparators[0].value is None
            if not nothing or not isinstance(tree.ops[0], ast.Is if holds else ast.IsNot):
                return ""
            tree = tree.left
        elif holds:
            return ""
        if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Attribute) and tree.func.attr == "is_set":
            tree = tree.func.value
        if isinstance(tree, ast.Name):
            return tree.id
        own = isinstance(tree, ast.Attribute) and isinstance(tree.value, ast.Name) and tree.value.id in ("self", "cls")
        return ast.unparse(tree) if own else ""

    @cached_property
    def _changes(self) -> dict[tuple[bool, str], list[tuple[Module, Use]]]:
        """What happens to attributes (True) and module variables (False), by name; tests and examples don't count."""
        out: dict[tuple[bool, str], list[tuple[Module, Use]]] = {}
        for module in self.program.modules:
            if module.role not in QUIET_ROLES:
                for attribute, name, use in self._changes_of(module):
                    out.setdefault((attribute, name), []).append((module, use))
        return out

    def _changes_of(self, module: Module) -> Iterator[tuple[bool, str, Use]]:
        names = {step[1]: step[3] for step in module.instructions(_ATTR)}
        for use in module.facts.uses:
            if use.kind == "read" or use.base == NOWHERE:
                continue
            if use.kind == "bind" and use.attr:
                yield True, use.attr, use
            elif use.base in names:
                yield True, names[use.base], use
            else:
                owner = self.holders.variable_at.get(use.base + module.slot_base)
                if owner is not None and self.program.scope(owner[0]).kind == "module":
                    yield False, owner[1], use

    def _is_latch(self, name: str) -> bool:
        """Whether an attribute is only ever set to True once its object is made, and not by what ends it."""
        if _OVER.match(name) or _MODE.match(name):
            return False
        uses = self._changes.get((True, name), ())
        set_true = [(module, use) for module, use in uses if use.kind == "bind" and use.value == "True"]
        made = [
            use
            for module, use in uses
            if use.kind == "bind" and use.value in _NOTHING and module.facts.scopes[use.scope].name in INITIALISERS
        ]
        ending = any(ENDING_NAME.match(module.facts.scopes[use.scope].name) for module, use in set_true)
        return bool(set_true and made) and not ending and len(set_true) + len(made) == len(uses)
