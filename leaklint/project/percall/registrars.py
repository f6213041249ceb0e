"""A project's own functions that put what they are given into a list of the module, and the calls that hand them
a function made anew."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from leaklint.facts import NOWHERE, Op, Use
from leaklint.project.linker.program import Edge, FunctionValue, Module
from leaklint.project.percall.external_calls import ExternalCall, external_calls
from leaklint.project.percall.repeats import repeats

if TYPE_CHECKING:
    from leaklint.project.facade import Project

_CALL = int(Op.CALL)
_ADDING = frozenset({"append", "add", "insert", "appendleft"})


def own_registrations(project: Project) -> Iterator[ExternalCall]:
    """The calls, decorators too, by which a function that runs often registers what is defined within it."""
    for registrar, position in _registrars(project):
        name = project.program.name_of(registrar)
        for edge in project.program.edges_to(registrar):
            call = _call(project, edge, name)
            if call is not None and _is_new(project, call, position) and repeats(project).of(call.scope):
                if not external_calls(project).is_guarded(call):
                    yield call


def _registrars(project: Project) -> Iterator[tuple[int, int]]:
    """Functions that add a parameter to a variable of a module that nothing ever takes from, and its position."""
    changed = _changed(project)
    for module in project.program.modules:
        if project.phases.quiet_file(module):
            continue
        kept = {each.slot for each in module.facts.variables if each.scope == 0 and each.name not in changed}
        for use in module.facts.uses:
            if use.kind == "grow" and use.op in _ADDING and use.base in kept and use.value_slot != NOWHERE:
                scope = module.facts.scopes[use.scope]
                slots = [param.slot for param in scope.params]
                if scope.kind == "function" and module.facts.scopes[scope.parent].kind == "module":
                    if use.value_slot in slots:
                        yield module.scope_base + use.scope, slots.index(use.value_slot)


def _changed(project: Project) -> set[str]:
    """The names of variables that something takes from or a function binds anew, whatever module they are of."""
    changed: set[str] = set()
    for each in project.program.modules:
        names = {variable.slot: variable.name for variable in each.facts.variables}
        changed |= {names[use.base] for use in each.facts.uses if _ends(use, each) and use.base in names}
    return changed


def _ends(use: Use, module: Module) -> bool:
    return use.kind == "shrink" or (use.kind == "bind" and module.facts.scopes[use.scope].kind == "function")


def _call(project: Project, edge: Edge, name: str) -> ExternalCall | None:
    module = project.program.module_of(edge.caller)
    if project.phases.quiet(edge.caller) or edge.how == "name":
        return None
    if project.program.scope(edge.caller).kind != "function":
        return None
    for each in project.program.scope(edge.caller).code:
        if each[0] == _CALL and (each[5], each[6]) == (edge.row, edge.col) and each[8] in ("call", "decorator"):
            return ExternalCall(name, module, edge.caller, each)
    return None


def _is_new(project: Project, call: ExternalCall, position: int) -> bool:
    """Whether the call hands over a function that its own function defines."""
    args, module = call.instruction[3], call.module
    slot = args[position] if position < len(args) else NOWHERE
    if not isinstance(slot, int) or slot == NOWHERE:
        return False
    own = call.scope - module.scope_base
    for value in project.program.values(slot + module.slot_base):
        number = value.gid - module.scope_base if isinstance(value, FunctionValue) else NOWHERE
        if 0 <= number < len(module.facts.scopes) and module.facts.scopes[number].parent == own:
            return True
    return False
