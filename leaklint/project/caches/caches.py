"""The caches of a project: functions that a cache is put on, and caches that libraries make.

What is a cache, and which argument bounds it, is data (`models/caches.toml`). A cache is found by the value that is
called, so that aliases, partial applications and decorators kept under another name come out the same.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from leaklint.facts import NOWHERE, Decorator, Instruction, Op
from leaklint.models import checked, shipped
from leaklint.project.domains.limits import Limit, Limits
from leaklint.project.linker.program import (
    BoundValue,
    ClassValue,
    External,
    ExternalInstance,
    FunctionValue,
    Module,
    PartialValue,
    Value,
)
from leaklint.project.sources import expression

if TYPE_CHECKING:
    from leaklint.project.facade import Project

_CALL, _ATTR, _COPY, _FROM = map(int, (Op.CALL, Op.ATTR, Op.COPY, Op.FROM))


class Argument(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A parameter of a cache: its name, its position where it has one, and the values that are meant."""

    keyword: str
    position: int = NOWHERE
    values: tuple[str | bool, ...] = ()


class CacheType(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is known of a cache; `models/caches.toml` says what the fields mean."""

    rule: Literal["LK201", "LK203"] = "LK203"
    default: Literal["bounded", "unbounded"] = "unbounded"
    bounds: tuple[Argument, ...] = ()
    zero: Literal["bounded", "unbounded"] = "bounded"
    negative: Literal["bounded", "unbounded"] = "bounded"
    cache: Argument | None = None
    outside: tuple[str, ...] = ()
    only: Argument | None = None
    unless: Argument | None = None
    per_instance: bool = False
    lasting: bool = False
    serving: bool = False
    reruns: bool = False


class CacheModel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All that is known of caches, by dotted name."""

    decorators: dict[str, CacheType]
    stores: dict[str, CacheType]
    objects: dict[str, CacheType]


def load_caches(extra: Mapping[str, Mapping[str, Any]] | None = None) -> CacheModel:
    """The shipped model, with the user's own caches added.

    `extra` holds tables in the same words, under `decorators`, `stores` or `objects`; a name beside these is that of
    a decorator. Raises ModelError where a table has a word or value that there is not.
    """
    model = shipped("caches.toml", CacheModel)
    for name, table in (extra or {}).items():
        if name in CacheModel.__struct_fields__:
            own = {each: checked(said, CacheType, f"caches.{name}.{each}") for each, said in table.items()}
            getattr(model, name).update(own)
        else:
            model.decorators[name] = checked(table, CacheType, f"caches.{name}")
    return model


class Cache(msgspec.Struct, frozen=True):
    """A cache that the project makes. `function` is what it is put on, NOWHERE where a library's object is the cache.

    `bound` is what limits it, as written, empty where nothing does; `scope` is where the cache is made, `name` the
    dotted name of the cached function or of the variable that takes the object.
    """

    kind: CacheType
    dotted: str
    bound: str
    function: int
    scope: int
    name: str
    path: str
    place: tuple[int, int, int, int]
    spelling: str


class Caches:
    """Finds the caches of a linked project."""

    def __init__(self, project: Project, model: CacheModel) -> None:
        self.project = project
        self.program = project.program
        self.model = model
        self.limits = Limits(project.domains)

    def found(self) -> tuple[Cache, ...]:
        """Every cache in code that counts, in order of file and line."""
        out: list[Cache] = []
        for module in self.program.modules:
            if self.project.phases.quiet_file(module) or not module.facts.scopes:
                continue
            out += self._decorated(module)
            if self._speaks_of_caches(module):
                out += self._called(module)
        return tuple(sorted(out, key=lambda each: (each.path, each.place, each.name)))

    def _speaks_of_caches(self, module: Module) -> bool:
        """Whether a module names anything that may be a cache; the others need no look at their calls."""
        names = self._last_names
        return any(i[4] in names for i in module.instructions(_FROM)) or any(
            i[3] in names for i in module.instructions(_ATTR)
        )

    @cached_property
    def _last_names(self) -> frozenset[str]:
        return frozenset(name.rpartition(".")[2] for name in (*self.model.decorators, *self.model.objects))

    # Decorators.

    def _decorated(self, module: Module) -> Iterator[Cache]:
        for number, scope in enumerate(module.facts.scopes):
            for decorator in scope.decorators:
                applied = self._applied(decorator.slot, module, decorator)
                if applied is None:
                    continue
                gid = module.scope_base + number
                row, col = decorator.row, decorator.col
                lines = decorator.text.split("\n")
                end = (row + len(lines) - 1, len(lines[-1]) + (col if len(lines) == 1 else 1))
                parent = module.scope_base + scope.parent
                name = self.program.name_of(gid)
                yield self._cache(applied, gid, parent, name, module, (row, col, *end), decorator.text)

    def _called(self, module: Module) -> Iterator[Cache]:
        """`cached = lru_cache(None)(function)`, and the caches that are objects."""
        for number, calls in module.code(_CALL).items():
            gid = module.scope_base + number
            for instruction in calls:
                if instruction[8] != "call" or instruction[2] == NOWHERE:
                    continue
                yield from self._wrapping(instruction, module, gid)
                yield from self._object(instruction, module, gid)

    def _wrapping(self, call: Instruction, module: Module, scope: int) -> Iterator[Cache]:
        if len(call[3]) != 1 or not isinstance(call[3][0], int) or call[3][0] == NOWHERE:
            return
        applied = self._applied(call[2], module)
        if applied is None:
            return
        place = _place(call)
        for value in sorted(self.program.values(call[3][0] + module.slot_base), key=repr):
            if not isinstance(value, FunctionValue):
                continue
            name = self._assigned(call, module, scope) or self.program.name_of(value.gid)
            yield self._cache(applied, value.gid, scope, name, module, place, self._spelling(module, place))
            return

    def _assigned(self, call: Instruction, module: Module, scope: int) -> str:
        """The dotted name of the variable that a call's result is bound to."""
        local = scope - module.scope_base
        for instruction in module.facts.scopes[local].code:
            if instruction[0] == _COPY and instruction[2] == call[1]:
                owner, name = self.project.holders.variable_at.get(instruction[1] + module.slot_base, (NOWHERE, ""))
                if owner != NOWHERE:
                    return f"{self.program.name_of(owner)}.{name}".lstrip(".")
        return ""

    def _spelling(self, module: Module, place: tuple[int, int, int, int]) -> str:
        call = self.project.sources.call(module.path, place)
        return ast.unparse(call) if call is not None else ""

    def _cache(
        self, applied: _Applied, function: int, scope: int, name: str, module: Module,
        place: tuple[int, int, int, int], spelling: str,
    ) -> Cache:  # fmt: skip
        kind = self.model.decorators[applied.dotted]
        bound = self._bound(kind, applied)
        return Cache(kind, applied.dotted, bound, function, scope, name, module.path, place, spelling)

    def _applied(self, slot: int, module: Module, decorator: Decorator | None = None) -> _Applied | None:
        """What a decorator's value is: a cache as it stands, or one that a call has configured."""
        if slot == NOWHERE:
            return None
        for value in sorted(self.program.values(slot + module.slot_base), key=repr):
            applied = self._as_cache(value, decorator)
            if applied is not None:
                return applied
        return self._own(slot, module, decorator)

    def _own(self, slot: int, module: Module, decorator: Decorator | None) -> _Applied | None:
        """A decorator of the project itself that the user has said to be a cache, bare or called."""
        if decorator is None or not self._own_decorators:
            return None
        name = self._own_name(slot + module.slot_base)
        if name:
            return _Applied(name, None, NOWHERE)
        for number, calls in module.code(_CALL).items():
            for each in calls:
                if each[1] == slot and each[2] != NOWHERE:
                    name, call = self._own_name(each[2] + module.slot_base), expression(decorator.text)
                    if name and isinstance(call, ast.Call):
                        return _Applied(name, call, module.scope_base + number)
        return None

    def _own_name(self, slot: int) -> str:
        values = (value for value in self.program.values(slot) if isinstance(value, FunctionValue))
        return next((self._own_decorators[each.gid] for each in values if each.gid in self._own_decorators), "")

    @cached_property
    def _own_decorators(self) -> dict[int, str]:
        """The project's functions that the model names."""
        modules = {module.name: module for module in self.program.modules}
        out: dict[int, str] = {}
        for dotted in self.model.decorators:
            name, _, function = dotted.rpartition(".")
            module = modules.get(name)
            for number, scope in enumerate(module.facts.scopes if module is not None else ()):
                if module is not None and scope.qualname == function:
                    out[module.scope_base + number] = dotted
        return out

    def _as_cache(self, value: Value, decorator: Decorator | None) -> _Applied | None:
        if isinstance(value, External) and value.dotted in self.model.decorators:
            return _Applied(value.dotted, None, NOWHERE)
        if isinstance(value, PartialValue):
            function = value.function
            if isinstance(function, External) and function.dotted in self.model.decorators:
                return _Applied(function.dotted, None, NOWHERE, self._partial(value))
        if isinstance(value, ExternalInstance) and value.dotted in self.model.decorators:
            instruction = self._first_call(value.scope, value.row, value.col)
            call = _written(decorator, value) or self._node(instruction, value.scope)
            if instruction is not None and call is not None and not self._is_put_on(instruction, value.scope):
                return _Applied(value.dotted, call, value.scope, self._through_partial(instruction, value.scope))
        return None

    def _is_put_on(self, call: Instruction, scope: int) -> bool:
        """Whether a call puts a cache on a function (`cached = cache(signature)`), rather than configures one."""
        if len(call[3]) != 1 or call[4] or not isinstance(call[3][0], int) or call[3][0] == NOWHERE:
            return False
        values = self.program.values(call[3][0] + self.program.module_of(scope).slot_base)
        return any(isinstance(value, (External, FunctionValue, BoundValue, ClassValue)) for value in values)

    def _first_call(self, scope: int, row: int, col: int) -> Instruction | None:
        """The call that begins at a place; of chained calls the first."""
        calls = [
            each for each in self.program.scope(scope).code
            if each[0] == _CALL and each[8] == "call" and (each[5], each[6]) == (row, col)
        ]  # fmt: skip
        return min(calls, key=_place, default=None)

    def _node(self, instruction: Instruction | None, scope: int) -> ast.Call | None:
        if instruction is None:
            return None
        return self.project.sources.call(self.program.module_of(scope).path, _place(instruction))

    def _through_partial(self, call: Instruction, scope: int) -> tuple[ast.Call, int] | None:
        """The `partial(...)` that was called to make a configured cache, and its scope."""
        for value in self.program.values(call[2] + self.program.module_of(scope).slot_base):
            if isinstance(value, PartialValue):
                return self._partial(value)
        return None

    def _partial(self, value: PartialValue) -> tuple[ast.Call, int] | None:
        scope, instruction = self._partials.get(value.number, (NOWHERE, None))
        call = self._node(instruction, scope)
        return None if call is None else (call, scope)

    @cached_property
    def _partials(self) -> dict[int, tuple[int, Instruction]]:
        """The calls of `functools.partial` by the number of what they make, looked for where one is met."""
        out: dict[int, tuple[int, Instruction]] = {}
        for module in self.program.modules:
            for number, calls in module.code(_CALL).items():
                for each in calls:
                    if each[1] == NOWHERE:
                        continue
                    for value in self.program.values(each[1] + module.slot_base):
                        if isinstance(value, PartialValue) and self._calls_partial(each, module):
                            out[value.number] = module.scope_base + number, each
        return out

    def _calls_partial(self, call: Instruction, module: Module) -> bool:
        values = self.program.values(call[2] + module.slot_base) if call[2] != NOWHERE else ()
        return External("functools.partial") in values

    # Bounds.

    def _bound(self, kind: CacheType, applied: _Applied) -> str:
        """What bounds a configured cache, as written; '' where nothing does."""
        calls = [(applied.call, applied.scope, 0)] if applied.call is not None else []
        calls += [(applied.partial[0], applied.partial[1], 1)] if applied.partial is not None else []
        if any(_is_open(call) for call, _, _ in calls):
            return "arguments that are passed on"
        for call, scope, skip in calls:
            if kind.cache is not None:
                found = _argument(call, kind.cache, skip)
                if found is not None:
                    return self._store(found, scope)
            if any(word.arg in kind.outside for word in call.keywords):
                return "another place"
            bound = self._limit(kind, call, scope, skip)
            if bound is not None:
                return bound
        return "its default size" if kind.default == "bounded" else ""

    def _limit(self, kind: CacheType, call: ast.Call, scope: int, skip: int = 0) -> str | None:
        """The bound that a call passes, '' where what it passes is none, None where it passes nothing."""
        passed = None
        for argument in kind.bounds:
            node = _argument(call, argument, skip)
            if node is None:
                continue
            limit = self.limits.of(node, scope, kind.zero == "unbounded", kind.negative == "unbounded")
            if limit is not Limit.UNBOUNDED:
                return f"{argument.keyword}={ast.unparse(node)}"
            passed = ""
        return passed

    def _store(self, node: ast.expr, scope: int, depth: int = 3) -> str:
        """What bounds the mapping that is handed to a decorator."""
        if isinstance(node, ast.Dict):
            return ""
        if isinstance(node, ast.Call):
            kind = self._store_type(node, scope)
            if kind is None:
                return ast.unparse(node)
            return self._limit(kind, node, scope) or ""
        if isinstance(node, ast.Name) and depth > 0:
            return self._named_store(node.id, scope, depth - 1)
        return ast.unparse(node)

    def _named_store(self, name: str, scope: int, depth: int) -> str:
        found = self.project.domains.variable(name, scope)
        if found is None:
            return name
        slot, owner = found
        binds = [use for use in self.project.domains.binds.get(slot, ()) if use.value]
        if len(binds) != 1 or self._is_emptied(slot):
            return name
        module = self.program.module_of(owner)
        tree = expression(binds[0].value)
        if tree is None:
            return name
        return self._store(tree, module.scope_base + binds[0].scope, depth)

    def _is_emptied(self, slot: int) -> bool:
        module = next(m for m in reversed(self.program.modules) if m.slot_base <= slot)
        return any(use.kind == "shrink" and use.base + module.slot_base == slot for use in module.facts.uses)

    def _store_type(self, call: ast.Call, scope: int) -> CacheType | None:
        """The type of a store by its constructor's name, resolved through the imports of the file."""
        dotted = self._dotted(call.func, scope)
        return self.model.stores.get(dotted) if dotted else None

    def _dotted(self, node: ast.expr, scope: int) -> str:
        """The name of an external thing that an expression denotes."""
        if isinstance(node, ast.Attribute):
            base = self._dotted(node.value, scope)
            return f"{base}.{node.attr}" if base else ""
        if not isinstance(node, ast.Name):
            return ""
        found = self.project.domains.variable(node.id, scope)
        if found is None:
            return f"builtins.{node.id}"
        for value in sorted(self.program.values(found[0]), key=repr):
            if isinstance(value, External):
                return value.dotted
        return ""

    # Caches that are objects.

    def _object(self, call: Instruction, module: Module, scope: int) -> Iterator[Cache]:
        dotted = self._object_name(call[2] + module.slot_base)
        if not dotted:
            return
        kind = self.model.objects[dotted]
        place = _place(call)
        node = self.project.sources.call(module.path, place)
        if node is None or _is_open(node) or not self._is_meant(kind, node):
            return
        bound = self._limit(kind, node, scope)
        if bound is None:
            bound = "its default size" if kind.default == "bounded" else ""
        name = self._assigned(call, module, scope) or f"{self.program.name_of(scope)}->{dotted}"
        yield Cache(kind, dotted, bound, NOWHERE, scope, name, module.path, place, ast.unparse(node))

    def _object_name(self, slot: int) -> str:
        for value in self.program.values(slot):
            external = value.function if isinstance(value, BoundValue) else value
            if isinstance(external, External) and external.dotted in self.model.objects:
                return external.dotted
        return ""

    @staticmethod
    def _is_meant(kind: CacheType, call: ast.Call) -> bool:
        if kind.only is not None and _literal(_argument(call, kind.only)) not in kind.only.values:
            return False
        return kind.unless is None or _literal(_argument(call, kind.unless)) not in kind.unless.values

    # What empties a cache.

    @cached_property
    def clears(self) -> Mapping[int, tuple[int, ...]]:
        """For each function, the scopes that call `cache_clear` (or hand it on) for its cache."""
        out: dict[int, set[int]] = defaultdict(set)
        for module in self.program.modules:
            for number, reads in module.code(_ATTR).items():
                for instruction in reads:
                    if instruction[3] in ("cache_clear", "cache_close", "cache_invalidate"):
                        gid = module.scope_base + number
                        for function in self._cleared(instruction[2], module, reads):
                            out[function].add(gid)
        return {function: tuple(sorted(scopes)) for function, scopes in out.items()}

    def _cleared(self, base: int, module: Module, reads: Iterable[Instruction]) -> Iterator[int]:
        known = False
        for value in self.program.values(base + module.slot_base):
            function = value.function if isinstance(value, BoundValue) else value
            if isinstance(function, FunctionValue):
                known = True
                yield function.gid
        if known:
            return
        names = {each[3] for each in reads if each[1] == base}
        names |= {name for _, name in [self.project.holders.variable_at.get(base + module.slot_base, (0, ""))]}
        for name in names:
            yield from self._by_name.get(name, ())

    @cached_property
    def _by_name(self) -> dict[str, list[int]]:
        """Decorated functions by their bare names, for receivers that nothing is known of."""
        out: dict[str, list[int]] = defaultdict(list)
        for module in self.program.modules:
            for number, scope in enumerate(module.facts.scopes):
                if scope.decorators:
                    out[scope.name].append(module.scope_base + number)
        return out


class _Applied(msgspec.Struct, frozen=True):
    """A cache's dotted name, the call that configured it and where, and a partial that did so before."""

    dotted: str
    call: ast.Call | None
    scope: int
    partial: tuple[ast.Call, int] | None = None


def _written(decorator: Decorator | None, value: ExternalInstance) -> ast.Call | None:
    """The call that configures a cache, where the decorator itself is that call."""
    if decorator is None or (decorator.row, decorator.col) != (value.row, value.col):
        return None
    node = expression(decorator.text)
    return node if isinstance(node, ast.Call) else None


def _place(call: Instruction) -> tuple[int, int, int, int]:
    return call[5], call[6], call[9], call[10]


def _argument(call: ast.Call, argument: Argument, skip: int = 0) -> ast.expr | None:
    """What a call passes for a parameter; `skip` positional arguments come before the parameters' own."""
    for word in call.keywords:
        if word.arg == argument.keyword:
            return word.value
    position = argument.position + skip
    return call.args[position] if argument.position >= 0 and position < len(call.args) else None


def _is_open(call: ast.Call) -> bool:
    """Whether a call passes on arguments that are not written there."""
    return any(isinstance(arg, ast.Starred) for arg in call.args) or any(word.arg is None for word in call.keywords)


def _literal(node: ast.expr | None) -> object:
    return node.value if isinstance(node, ast.Constant) else None
