"""Objects that a module makes when they are first used: `books = LazyLoader("books", Reader)` holds a Reader then."""

from __future__ import annotations

import re
from collections.abc import Iterator

from leaklint.facts import Op
from leaklint.project.linker.program import ClassValue, Program
from leaklint.project.storage.kept import Keeper
from leaklint.project.storage.phases import Phases

_CALL = int(Op.CALL)

_LAZY = re.compile(r"([\w.]+\.)?\w*Lazy\w+\(")
"""What makes something of a class, when it is asked for the first time."""


def made_later(program: Program, phases: Phases) -> Iterator[tuple[int, Keeper]]:
    """The classes that module variables are made to hold an instance of, each with the variable."""
    for module in program.modules:
        if phases.quiet_file(module):
            continue
        names = {each.slot: each.name for each in module.facts.variables if each.scope == 0}
        binds = {
            use.row: names[use.base]
            for use in module.facts.uses
            if use.kind == "bind" and not use.attr and use.scope == 0 and use.base in names and _LAZY.match(use.value)
        }
        for step in module.facts.scopes[0].code if binds else ():
            if step[0] != _CALL or step[5] not in binds:
                continue
            for slot in step[3]:
                for value in program.values(slot + module.slot_base) if isinstance(slot, int) and slot >= 0 else ():
                    if isinstance(value, ClassValue):
                        yield value.gid, Keeper(None, f"{module.name}.{binds[step[5]]}", module.path, step[5])
