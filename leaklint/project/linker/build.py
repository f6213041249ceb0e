"""From sources to a solved program: number everything, read all code, propagate, then add hints."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from leaklint.facts import NOWHERE, Instruction, Op, Scope
from leaklint.project.linker.calls import LATE
from leaklint.project.linker.copies import Copies
from leaklint.project.linker.flow import Flow
from leaklint.project.linker.hints import Hints
from leaklint.project.linker.imports import Imports
from leaklint.project.linker.mro import Classes
from leaklint.project.linker.objects import Module, Source
from leaklint.project.linker.versions import Versions

_ANNOTATE, _SET_ATTR, _RETURN, _COPY, _CONST = map(int, (Op.ANNOTATE, Op.SET_ATTR, Op.RETURN, Op.COPY, Op.CONST))
_BUILTIN, _IMPORT, _FROM, _ANNOTATE_ATTR = map(int, (Op.BUILTIN, Op.IMPORT, Op.FROM, Op.ANNOTATE_ATTR))


def solved(sources: Sequence[Source]) -> Flow:
    """The solved program of sources that are in order."""
    modules: list[Module] = []
    versions: list[Versions] = []
    codes: list[list[tuple[Instruction, ...]]] = []
    slot_base = scope_base = block_base = 0
    for index, source in enumerate(sources):
        facts = source.facts
        bases = slot_base, scope_base, block_base
        modules.append(Module(index, source.name, source.path, source.role, source.is_package, facts, *bases))
        version = Versions(facts, facts.slots)
        codes.append([version.code(number) for number in range(len(facts.scopes))])
        versions.append(version)
        slot_base += version.next
        scope_base += len(facts.scopes)
        block_base += len(facts.blocks)
    imports = Imports(modules, sources)
    flow = Copies(modules, imports, Classes(modules, imports), slot_base)
    _collect_stores(flow)
    for module, version in zip(modules, versions):
        flow.aliases.update((a + module.slot_base, b + module.slot_base) for a, b in version.aliases.items())
        flow.originals.update((a + module.slot_base, b + module.slot_base) for a, b in version.originals.items())
    for module, code in zip(modules, codes):
        _collect_passed(flow, module, code)
    flow.prepare(codes)
    for module, code in zip(modules, codes):
        flow.imported[module.index] = _imported(imports, module)
        for number in range(len(module.facts.scopes)):
            flow.read(module, number, code[number])
            flow.defaults(module.scope_base + number)
    _run(flow)
    flow.finish()
    return flow


def _run(flow: Flow) -> None:
    """First what certainly flows, then receivers of methods that nothing calls, last what annotations say."""
    hints = Hints(flow)
    _settle(flow)
    hints.receivers()
    hints.applications()
    hints.makers()
    _settle(flow)
    flow.late = LATE
    hints.annotations()
    _settle(flow)


def _settle(flow: Flow) -> None:
    flow.solve()
    while flow.computed:
        flow.settle_keys()
        flow.solve()


def _collect_stores(flow: Flow) -> None:
    """The names that are stored on any object, and for each class those that its methods store on `self`."""
    for module in flow.modules:
        scopes = module.facts.scopes
        flow.stored.update([i[2] for i in module.instructions(_ANNOTATE_ATTR)])
        for number, stores in module.code(_SET_ATTR).items():
            flow.stored.update([i[2] for i in stores])
            scope = scopes[number]
            if scope.params and scope.parent != NOWHERE and scopes[scope.parent].kind == "class":
                own = [i[2] for i in stores if i[1] == scope.params[0].slot]
                if own:
                    flow.self_stored[module.scope_base + scope.parent].update(own)
        for number, names in module.code(_BUILTIN).items():
            if any(i[2] == "setattr" for i in names):
                flow.stored.update(_identifiers(scopes[number]))
        for number, annotated in module.code(_ANNOTATE).items():
            if scopes[number].kind == "class":
                gid = module.scope_base + number
                bound = {slot: name for name, slot in flow.imports.scope_names.get(gid, {}).items()}
                fields = {bound[i[1] + module.slot_base] for i in annotated if i[1] + module.slot_base in bound}
                flow.stored |= fields
                flow.self_stored[gid] |= fields
    for gid in flow.classes.bases:
        for name in flow.imports.scope_names.get(gid, {}):
            if name in flow.stored:
                flow.bodies[name].add(gid)


def _identifiers(scope: Scope) -> Iterator[str]:
    for instruction in scope.code:
        if instruction[0] == _CONST and isinstance(instruction[2], str) and instruction[2].isidentifier():
            yield instruction[2]


def _collect_passed(flow: Flow, module: Module, code: list[tuple[Instruction, ...]]) -> None:
    """Parameters returned as they are flow from each call's argument to its own result."""
    base = module.slot_base
    for number, scope in enumerate(module.facts.scopes):
        if not scope.params or scope.is_generator:
            continue
        params = {flow.aliases.get(param.slot + base, param.slot + base) - base: param for param in scope.params}
        returned = {i[1] for i in code[number] if i[0] == _RETURN and i[1] in params}
        if returned:
            returned -= {i[1] for i in code[number] if i[0] == _COPY}
        returned = {slot for slot in returned if params[slot].kind not in ("vararg", "kwarg")}
        if not returned:
            continue
        gid = module.scope_base + number
        flow.passed[gid] = frozenset(slot + base for slot in returned)
        code[number] = tuple(i for i in code[number] if not (i[0] == _RETURN and i[1] in returned))
        for slot in sorted(returned):
            if params[slot].default != NOWHERE:
                flow.edge(params[slot].default + base, flow.returned(gid))


def _imported(imports: Imports, module: Module) -> int:
    """The modules that a module imports, as bits."""
    bits = 0
    for instruction in module.imports:
        op = instruction[0]
        if op == _IMPORT:
            bits |= _bit(imports, imports.absolute(module, instruction[2], instruction[3]))
        elif op == _FROM:
            dotted = imports.absolute(module, instruction[2], instruction[3])
            bits |= _bit(imports, dotted) | _bit(imports, f"{dotted}.{instruction[4]}")
        else:
            bits |= _bit(imports, imports.absolute(module, instruction[1], instruction[2]))
    return bits


def _bit(imports: Imports, dotted: str) -> int:
    index = imports.find(dotted)
    return 0 if index is None else 1 << index
