"""Calls: arguments flow to parameters, results flow back, classes make instances."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from leaklint.facts import NOWHERE, Instruction, Op, Scope
from leaklint.project.linker.attributes import Attributes
from leaklint.project.linker.imports import Imports
from leaklint.project.linker.mro import Classes
from leaklint.project.linker.objects import Module
from leaklint.project.linker.solve import (
    BOUND,
    CLASS,
    CONTAINER,
    EXT_INSTANCE,
    EXTERNAL,
    FUNCTION,
    INSTANCE,
    PARTIAL,
    Key,
)  # fmt: skip

_ANNOTATE = int(Op.ANNOTATE)

FAN = 64
IMPLICIT_FAN = 12
EXPLICIT = frozenset({"call", "decorator", "callback"})
"""A site has at most FAN callees, one that the syntax only implies (an operator, a loop) IMPLICIT_FAN."""

LATE = 2
"""Marks a call that is known by annotations alone."""

NESTED = 16
"""A call stands for at most so many others one within the other: `__call__` of a partial of an `__init__` and so on."""

PARTIALS = 3
"""How often partials may be nested; deeper ones are not followed."""


@dataclass(slots=True, eq=False)
class Signature:
    """The nodes of a function's parameters. The containers of `*args` and `**kwargs` are objects."""

    positional: list[int]
    by_name: dict[str, int]
    vararg: int = NOWHERE
    kwarg: int = NOWHERE
    returned: frozenset[int] = frozenset()
    owner: int = NOWHERE
    """The class of a method, whose first parameter is the receiver."""


class Calls(Attributes):
    """The call graph, found while values flow."""

    __slots__ = (
        "_derived", "_nesting", "_signatures", "aliases", "callees", "computed", "decorated", "ends", "escaping",
        "generation", "imported", "late", "makers", "originals", "origins", "passed", "provided", "reads", "results",
    )  # fmt: skip

    def __init__(self, modules: list[Module], imports: Imports, classes: Classes, slots: int) -> None:
        super().__init__(modules, imports, classes, slots)
        self.callees: dict[int, dict[int | str, int]] = {}
        """For a site, what it calls: how many parameters the receiver takes, and LATE where annotations tell."""
        self.late = 0
        self.aliases: dict[int, int] = {}
        """The node that a parameter's arguments flow to, where it is not the parameter's slot."""
        self.passed: dict[int, frozenset[int]] = {}
        """The parameters that a function returns as they are."""
        self.escaping: set[int] = set()
        """Sites that hand their arguments to something unknown."""
        self.reads: list[tuple[int, int, int, int, str]] = []
        """Attributes read where a property may run: caller, row, column, node of the object, name."""
        self.computed: list[tuple[int, Any, tuple[int, int]]] = []
        """Computed keys: the key's node, and what to do where it turns out to hold no constants."""
        self.origins: dict[int, tuple[int | str, str]] = {}
        """For the slot of a `from` import: the module's scope or an external module's name, and the name there."""
        self.ends: dict[int, Instruction] = {}
        """For a site, the instruction, which tells where the call ends."""
        self.originals: dict[int, int] = {}
        """For a version of a variable, the variable's own slot."""
        self.imported: dict[int, int] = {}
        """For each module, the modules that it imports, as bits."""
        self.decorated: set[int] = set()
        """Decorator sites whose decorator is itself the result of a call."""
        self.generation: dict[int, int] = {}
        """How many calls lie between an external object and an external name."""
        self.results: dict[int, int] = {}
        """How many external objects a site has made."""
        self.provided: set[int] = set()
        """Slots of defaults in whose place a framework gives the result of a call."""
        self.makers: set[int] = set()
        """Functions that may return closures of their own."""
        self._signatures: dict[int, Signature] = {}
        self._derived: dict[tuple[int, Any], int] = {}
        self._nesting: dict[int, int] = {}

    # Functions.

    def signature(self, gid: int) -> Signature:
        """The nodes that a function's arguments flow to."""
        known = self._signatures.get(gid)
        if known is None:
            known = self._signatures[gid] = self._make_signature(gid, self.scopes[gid])
        return known

    def _make_signature(self, gid: int, scope: Scope) -> Signature:
        base = self.modules[self.scope_module[gid]].slot_base
        out = Signature([], {}, returned=self.passed.get(gid, frozenset()))
        for param in scope.params:
            node = self.aliases.get(param.slot + base, param.slot + base)
            if param.kind == "vararg":
                out.vararg = self.obj(CONTAINER, "tuple", (gid, scope.row, param.slot))
                self.put(node, out.vararg)
            elif param.kind == "kwarg":
                out.kwarg = self.obj(CONTAINER, "dict", (gid, scope.row, param.slot))
                self.put(node, out.kwarg)
            else:
                if param.kind != "positional-only":
                    out.by_name[param.name] = node
                if param.kind != "keyword-only":
                    out.positional.append(node)
        parent = self.parent(gid)
        of_class = parent != NOWHERE and self.scopes[parent].kind == "class"
        if of_class and out.positional and all(each.text != "staticmethod" for each in scope.decorators):
            out.owner = parent
        return out

    def defaults(self, gid: int) -> None:
        """Let what parameters are by default flow to them."""
        base, params = self.modules[self.scope_module[gid]].slot_base, self.scopes[gid].params
        for param in params:
            if param.default != NOWHERE:
                slot = param.slot + base
                self.edge(param.default + base, self.aliases.get(slot, slot))
        if any(param.kind in ("vararg", "kwarg") for param in params):
            self.signature(gid)

    def parameter(self, gid: int, position: int) -> int:
        """The node of a positional parameter; where there are not so many, the one of the result."""
        positional = self.signature(gid).positional
        return positional[position] if position < len(positional) else self.returned(gid)

    def generator(self, gid: int) -> int:
        """The object that a generator function returns."""
        return self.obj(CONTAINER, "generator", (gid, self.scopes[gid].row, -2 - gid))

    def invoke(self, gid: int, receiver: int, target: int) -> None:
        """A method runs on an object, with nothing else given; its result flows to the target."""
        signature = self.signature(gid)
        if signature.positional:
            self.put(signature.positional[0], receiver)
            if signature.positional[0] in signature.returned and target != NOWHERE:
                self.put(target, receiver)
        self._result(gid, target)

    def _result(self, gid: int, target: int) -> None:
        if target == NOWHERE:
            return
        if self.scopes[gid].is_generator:
            self.put(target, self.generator(gid))
        else:
            self.edge(self.returned(gid), target)

    # Sites.

    def argument(self, site: int, position: int, *names: str) -> int:
        """The node of an argument by position, else by one of its names."""
        args, keywords = self.sites[site][5:7]
        if position < len(args) and not any(isinstance(arg, tuple) for arg in args[: position + 1]):
            return int(args[position])
        for name, node in keywords:
            if name in names:
                return node
        return NOWHERE

    def site(
        self, caller: int, row: int, col: int, block: int, kind: str, args: tuple[Any, ...],
        keywords: tuple[tuple[str | None, int], ...], target: int, callee: int = NOWHERE,
    ) -> int:  # fmt: skip
        """A new place that calls something."""
        self.sites.append((caller, row, col, block, kind, args, keywords, target, callee))
        return len(self.sites) - 1

    def derive(self, site: int, why: Any, **changes: Any) -> int:
        """A site at the same place with other arguments, result or kind; the same one for the same reason.

        The site itself where that would be one too many within the other.
        """
        key = (site, why)
        known = self._derived.get(key)
        if known is None:
            depth = self._nesting.get(site, 0) + 1
            if depth > NESTED:
                self.stats["nested"] += 1
                return site
            caller, row, col, block, kind, args, keywords, target, callee = self.sites[site]
            known = self._derived[key] = self.site(
                caller, row, col, block, changes.get("kind", kind), changes.get("args", args),
                changes.get("keywords", keywords), changes.get("target", target), callee,
            )  # fmt: skip
            self._nesting[known] = depth
        return known

    def _connect(self, site: int, callee: int | str, offset: int) -> bool:
        """Note a call; False where it is known already, or one more would be too many for the site."""
        known = self.callees.get(site)
        if known is None:
            self.callees[site] = {callee: offset + self.late}
            return True
        if callee in known:
            return False
        if len(known) >= IMPLICIT_FAN and len(known) >= (FAN if self.sites[site][4] in EXPLICIT else IMPLICIT_FAN):
            self.stats["fan"] += 1
            return False
        known[callee] = offset + self.late
        return True

    def call(self, site: int, number: int) -> None:
        """What happens at a site when its callee may be this object."""
        if number < 0:
            return
        kind = self.kinds[number]
        if kind == FUNCTION:
            if site in self.decorated and self._is_passed_on(self.first[number]):
                return
            self._call_function(site, self.first[number], 0, NOWHERE)
        elif kind == BOUND:
            self._call_bound(site, number)
        elif kind == CLASS:
            self._construct(site, number)
        elif kind == EXTERNAL:
            self.external(site, self.first[number], NOWHERE)
        elif kind == INSTANCE:
            if self.classes.lookup(self.first[number], "__call__")[0] != NOWHERE:
                self.subscribe(self.attribute(number, "__call__"), self.call, site)
        elif kind == PARTIAL:
            self._call_partial(site, number)
        elif kind == EXT_INSTANCE:
            self.external(site, self.first[number] + ".__call__", number)

    def _is_passed_on(self, gid: int) -> bool:
        """Whether a function is one that decorators get to see: decorated itself, and no closure of theirs."""
        scope = self.scopes[gid]
        return bool(scope.decorators) and self.scopes[self.parent(gid)].kind in ("module", "class")

    def decorate(self, data: tuple[int, int, int], number: int) -> None:
        """What a decorator returned, without other functions that went through the same decorator.

        Without this, what one call of a decorator factory is given would come out of every other.
        """
        site, target, own = data
        if number >= 0 and self.kinds[number] in (FUNCTION, CLASS):
            gid = self.first[number]
            if gid != own and (self._is_passed_on(gid) or gid in self.callees.get(site, ())):
                return
        self.put(target, number)

    def parent(self, gid: int) -> int:
        """The scope around a scope."""
        parent = self.scopes[gid].parent
        return NOWHERE if parent == NOWHERE else parent + self.modules[self.scope_module[gid]].scope_base

    def external(self, site: int, dotted: str, receiver: int) -> None:
        """What happens when something external is called."""
        raise NotImplementedError

    def separate(self, site: int, gid: int) -> int:
        """The copy of a function that a site calls, where it has one of its own."""
        raise NotImplementedError

    def _call_function(self, site: int, gid: int, offset: int, receiver: int) -> None:
        if gid in self.makers:
            gid = self.separate(site, gid)
        signature = self.signature(gid)
        target = self.sites[site][7]
        fresh = self._connect(site, gid, offset)
        if not fresh and gid not in self.callees[site]:
            return
        if offset:
            self._give(signature, 0, receiver, target)
        if not fresh:
            return
        self._bind_arguments(site, signature, offset, target)
        self._result(gid, target)

    def _give(self, signature: Signature, position: int, number: int, target: int) -> None:
        """An object for a positional parameter."""
        if position < len(signature.positional):
            node = signature.positional[position]
            self.put(node, number)
            if node in signature.returned and target != NOWHERE:
                self.put(target, number)
        elif signature.vararg != NOWHERE:
            self.put(self.cell(signature.vararg, position - len(signature.positional)), number)

    def _bind_arguments(self, site: int, signature: Signature, offset: int, target: int) -> None:
        args, keywords = self.sites[site][5:7]
        position, positional = offset, signature.positional
        for number, arg in enumerate(args):
            if isinstance(arg, tuple):
                self._bind_starred(signature, position, arg[1], target, args[number + 1 :])
                break
            if arg != NOWHERE:
                node = positional[position] if position < len(positional) else self._rest_at(signature, position)
                self._flow(arg, node, signature, target, first=position == 0)
            position += 1
        for name, node in keywords:
            if node == NOWHERE:
                continue
            if name is None:
                self.subscribe(node, self._spread_keywords, (signature, target))
            elif name in signature.by_name:
                self._flow(node, signature.by_name[name], signature, target)
            elif signature.kwarg != NOWHERE:
                self.edge(node, self.cell(signature.kwarg, name))

    def _rest_at(self, signature: Signature, position: int) -> int:
        """The node in `*args` of an argument that no parameter takes."""
        if signature.vararg == NOWHERE:
            return NOWHERE
        return self.cell(signature.vararg, position - len(signature.positional))

    def _flow(self, source: int, node: int, signature: Signature, target: int, first: bool = False) -> None:
        if node == NOWHERE:
            return
        if first and signature.owner != NOWHERE:
            self.subscribe(source, self._admit, (node, signature.owner))
        else:
            self.edge(source, node)
        if target != NOWHERE and node in signature.returned:
            self.edge(source, target)

    def _admit(self, data: tuple[int, int], number: int) -> None:
        """What a method is called with by hand as its receiver, without instances of classes that do not have it.

        A wrapper that hands on any function with any receiver would join every function with every receiver.
        """
        node, owner = data
        if number < 0 or self.kinds[number] != INSTANCE or owner in self.classes.mro(self.first[number]):
            self.put(node, number)

    def _bind_starred(self, signature: Signature, position: int, node: int, target: int, rest: tuple[Any, ...]) -> None:
        """`*node` fills the parameters from a position on; what follows it may land on any of them."""
        if node != NOWHERE:
            self.subscribe(node, self._spread, (signature, position, target))
        for arg in rest:
            if isinstance(arg, tuple):
                if arg[1] != NOWHERE:
                    self.subscribe(arg[1], self._spread, (signature, position, target))
            elif arg != NOWHERE:
                for each in signature.positional[position:]:
                    self._flow(arg, each, signature, target)
                if signature.vararg != NOWHERE:
                    self.edge(arg, self.cell(signature.vararg, None))

    def _spread(self, data: tuple[Signature, int, int], number: int) -> None:
        signature, position, target = data
        if not self.is_container(number):
            return
        for index, node in enumerate(signature.positional[position:]):
            if signature.owner != NOWHERE and not position and not index:
                for key in (0, None):
                    self.subscribe(self.cell(number, key), self._admit, (node, signature.owner))
            else:
                self.load(number, index, node)
            if target != NOWHERE and node in signature.returned:
                self.load(number, index, target)
        if signature.vararg != NOWHERE:
            self.watch(number, self._rest, (signature.vararg, len(signature.positional) - position))

    def _rest(self, data: tuple[int, int], key: Key | None, node: int) -> None:
        vararg, shift = data
        if key is None:
            self.edge(node, self.cell(vararg, None))
        elif isinstance(key, int) and key >= shift:
            self.edge(node, self.cell(vararg, key - shift))

    def _spread_keywords(self, data: tuple[Signature, int], number: int) -> None:
        if self.is_container(number):
            self.watch(number, self._keyword, data)

    def _keyword(self, data: tuple[Signature, int], key: Key | None, node: int) -> None:
        signature, target = data
        if isinstance(key, str) and key in signature.by_name:
            self._flow(node, signature.by_name[key], signature, target)
            return
        if signature.kwarg != NOWHERE:
            self.edge(node, self.cell(signature.kwarg, key))

    def is_container(self, number: int) -> bool:
        """Whether an object has elements of its own."""
        return number >= 0 and self.kinds[number] in (CONTAINER, EXT_INSTANCE, INSTANCE)

    # Bound methods, partials.

    def _call_bound(self, site: int, number: int) -> None:
        receiver, function = self.first[number], self.second[number]
        kind = self.kinds[function]
        if kind == FUNCTION:
            self._call_function(site, self.first[function], 1, receiver)
        elif kind == EXTERNAL:
            self.external(site, self.first[function], receiver)

    def partial(self, site: int, function: int) -> int:
        """`partial(function, ...)` at a site; the function itself where partials are nested too deeply."""
        depth, inner = 0, function
        while inner >= 0 and self.kinds[inner] == PARTIAL:
            depth, inner = depth + 1, self.first[inner]
        return function if depth >= PARTIALS else self.obj(PARTIAL, function, site)

    def _call_partial(self, site: int, number: int) -> None:
        function, given = self.first[number], self.second[number]
        _, _, _, _, _, before, words, _, _ = self.sites[given]
        _, _, _, _, _, args, keywords, _, _ = self.sites[site]
        merged = self.derive(site, ("partial", given), args=(*before[1:], *args), keywords=(*words, *keywords))
        if merged != site:  # else it is nested too deeply
            self.call(merged, function)

    # Classes.

    def _construct(self, site: int, number: int) -> None:
        gid = self.first[number]
        if not self._connect(site, gid, 1):
            return
        instance = self.obj(INSTANCE, gid)
        target = self.sites[site][7]
        if target != NOWHERE and not self._describe(site, gid, target):
            self.put(target, instance)
        if self.classes.lookup(gid, "__new__")[0] != NOWHERE:
            self.subscribe(self.attribute(number, "__new__"), self._new, (site, number))
        slot, external = self.classes.lookup(gid, "__init__")
        initial = self.derive(site, "init", target=NOWHERE)
        if slot != NOWHERE or external:
            self.subscribe(self.attribute(instance, "__init__"), self.call, initial)
        if slot == NOWHERE:
            self._fill_fields(site, gid, instance)
        bases = (base for base in self.classes.mro(gid) if isinstance(base, int))
        meta = next((found for base in bases if (found := self.metaclass(base)) is not None), None)
        if meta is not None and self.classes.lookup(meta, "__call__")[0] != NOWHERE:
            self.subscribe(self.classes.lookup(meta, "__call__")[0], self._new, (site, number))

    def _describe(self, site: int, gid: int, target: int) -> bool:
        """A function decorated with a descriptor class that can't be called is a property of its own."""
        if self.sites[site][4] != "decorator" or self.classes.lookup(gid, "__get__")[0] == NOWHERE:
            return False
        args = self.sites[site][5]
        if len(args) != 1 or isinstance(args[0], tuple) or self.classes.lookup(gid, "__call__")[0] != NOWHERE:
            return False
        made = self.obj(EXT_INSTANCE, "builtins.property", site)
        self.edge(args[0], self.field(made, "fget"))
        self.put(target, made)
        return True

    def _new(self, data: tuple[int, int], function: int) -> None:
        site, number = data
        if function >= 0 and self.kinds[function] == FUNCTION:
            self._call_function(site, self.first[function], 1, number)

    def _fill_fields(self, site: int, gid: int, instance: int) -> None:
        """A generated `__init__` stores its arguments in the annotated fields."""
        names = self.annotated_fields(gid)
        args, keywords = self.sites[site][5:7]
        for name, arg in zip(names, args):
            if isinstance(arg, tuple):
                break
            if arg != NOWHERE:
                self.edge(arg, self.field(instance, name))
        for word, node in keywords:
            if word in names and node != NOWHERE:
                self.edge(node, self.field(instance, word))
        if self.classes.lookup(gid, "__post_init__")[0] != NOWHERE:
            after = self.derive(site, "post", target=NOWHERE, args=(), keywords=())
            self.subscribe(self.attribute(instance, "__post_init__"), self.call, after)

    def annotated_fields(self, gid: int) -> list[str]:
        """The annotated names of the class bodies along the MRO, in the order of a dataclass."""
        out: dict[str, None] = {}
        for base in reversed(self.classes.mro(gid)):
            if isinstance(base, int):
                names = {slot: name for name, slot in self.imports.scope_names.get(base, {}).items()}
                slot_base = self.modules[self.scope_module[base]].slot_base
                for instruction in self.scopes[base].code:
                    if instruction[0] == _ANNOTATE and instruction[1] + slot_base in names:
                        out[names[instruction[1] + slot_base]] = None
        return list(out)
