"""What calls of builtins, containers and well-known library functions do to the values they are given."""

from __future__ import annotations

from collections.abc import Callable

from leaklint.facts import NOWHERE
from leaklint.project.linker.attributes import PROPERTIES, last_name
from leaklint.project.linker.externals import (
    ARGUMENTS_FROM,
    CALLBACKS,
    CONTAINERS,
    DICTS,
    PROVIDERS,
    SILENT,
    SILENT_MODULES,
    WRAPPERS,
)
from leaklint.project.linker.methods import METHODS
from leaklint.project.linker.reflection import Reflection
from leaklint.project.linker.solve import (
    BOUND,
    CLASS,
    CONTAINER,
    DOTS,
    EXT_INSTANCE,
    EXTERNAL,
    FUNCTION,
    INSTANCE,
    MODULE,
    PARTIAL,
    Key,
)  # fmt: skip

GENERATIONS = 2
RESULTS = 4
"""How many calls may lie between an external name and an object, and how many objects a site may make."""


class Effects(Reflection):
    """Calls of what the project does not define."""

    __slots__ = ("base", "gid")

    gid: int
    """The scope whose instructions are being read, and the base of its slots."""
    base: int

    def made_at(self, row: int, slot: int) -> tuple[int, int, int]:
        """What tells a display apart; copies of a scope make the same one."""
        if self.gid < self.written:
            return self.gid, row, slot
        return self.origin(self.gid), row, self.former.get(slot + self.base, slot)

    def external(self, site: int, dotted: str, receiver: int) -> None:
        """What a call of another library's function does with its arguments and its target."""
        name = last_name(dotted)
        kind = self.sites[site][4]
        if not self._connect(site, dotted, 0) and receiver == NOWHERE:
            return
        if self._special(site, dotted, name, receiver):
            return
        if receiver != NOWHERE and self.kinds[receiver] in (CONTAINER, EXT_INSTANCE, INSTANCE):
            method = METHODS.get(name)
            if method is not None:
                method(self, site, receiver)
            owner = last_name(dotted[: -len(name) - 1])
            if name != "__call__" and (owner in CONTAINERS or name.startswith("__")):
                return
        if name in CALLBACKS:
            self._known_callbacks(site, name)
        else:
            self._unknown_callbacks(site)
        target = self.sites[site][7]
        if target == NOWHERE:
            return
        if kind == "decorator":
            arg = self.argument(site, 0)
            if arg != NOWHERE:
                self.edge(arg, target)
            return
        self._unknown_result(site, dotted, name, receiver)

    def _unknown_result(self, site: int, dotted: str, name: str, receiver: int) -> None:
        """A new object of unknown class. Calls of calls of calls tell nothing, nor do more objects than RESULTS."""
        generation = 0
        if receiver != NOWHERE and self.kinds[receiver] == EXT_INSTANCE:
            generation = self.generation.get(receiver, 0) + 1
        results = self.results.get(site, 0)
        if dotted.count(".") >= DOTS or generation > GENERATIONS or results >= RESULTS:
            return
        if dotted.startswith(SILENT_MODULES):
            return
        self.results[site] = results + 1
        number = self.obj(EXT_INSTANCE, dotted, site)
        self.generation[number] = generation
        self.put(self.sites[site][7], number)

    def _special(self, site: int, dotted: str, name: str, receiver: int) -> bool:
        """Functions with a meaning of their own; True where nothing is left to do."""
        owner = dotted[: -len(name) - 1]
        if owner == "builtins":
            if name in SILENT:
                return True
            effect = _BUILTINS.get(name)
            if effect is not None:
                effect(self, site, dotted)
                return True
        if dotted in WRAPPERS:
            self._wrap(site, dotted)
            return True
        effect = _FUNCTIONS.get(dotted)
        if effect is not None:
            effect(self, site, dotted)
            return True
        if name == "__new__":
            self._object_new(site)
            return True
        if name in PROPERTIES and self.sites[site][4] in ("decorator", "call") and receiver == NOWHERE:
            self._property(site, dotted)
            return True
        if name in ("setter", "getter", "deleter") and receiver != NOWHERE and self.kinds[receiver] == EXT_INSTANCE:
            self._accessor(site, receiver, {"setter": "fset", "getter": "fget"}.get(name, "fdel"))
            return True
        if owner in ("task", "functools.singledispatch") and receiver != NOWHERE:
            self._task(site, owner, name, receiver)
            return True
        if name == "__call__" and owner in WRAPPERS:
            self._pass(site, 0)
            return True
        return False

    # Decorators.

    def _pass(self, site: int, position: int) -> None:
        arg, target = self.argument(site, position), self.sites[site][7]
        if arg != NOWHERE and target != NOWHERE:
            self.edge(arg, target)

    def _wrap(self, site: int, dotted: str) -> None:
        """The argument comes back where it is callable; what else comes back is a decorator that does so."""
        target = self.sites[site][7]
        if dotted == "typing.cast":
            self._pass(site, 1)
            return
        arg = self.argument(site, 0)
        if arg != NOWHERE and dotted != "functools.wraps":
            self.subscribe(arg, self._wrapped, (target, self.sites[site][4]))
            if dotted == "atexit.register":
                self.call_back(site, arg, 1)
        if target != NOWHERE and self.sites[site][4] != "decorator":
            self.put(target, self.obj(EXT_INSTANCE, dotted, site))

    def _wrapped(self, data: tuple[int, str], number: int) -> None:
        target, _ = data
        if target != NOWHERE and number >= 0 and self.kinds[number] not in (EXTERNAL, MODULE):
            self.put(target, number)

    def _property(self, site: int, dotted: str) -> None:
        target = self.sites[site][7]
        if target == NOWHERE:
            return
        made = self.obj(EXT_INSTANCE, dotted, site)
        self.put(target, made)
        for position, (attribute, *names) in enumerate((("fget", "fget", "func"), ("fset", "fset"), ("fdel", "fdel"))):
            arg = self.argument(site, position, *names)
            if arg != NOWHERE:
                self.edge(arg, self.field(made, attribute))

    def _accessor(self, site: int, made: int, attribute: str) -> None:
        target, arg = self.sites[site][7], self.argument(site, 0)
        if arg != NOWHERE:
            self.edge(arg, self.field(made, attribute))
        if target != NOWHERE:
            self.put(target, made)

    def _method_wrapper(self, site: int, dotted: str) -> None:
        """`staticmethod` and `classmethod`."""
        target, arg = self.sites[site][7], self.argument(site, 0)
        if target == NOWHERE or arg == NOWHERE:
            return
        made = self.obj(EXT_INSTANCE, dotted, site)
        self.put(target, made)
        self.edge(arg, self.field(made, "__func__"))

    def _task(self, site: int, owner: str, name: str, receiver: int) -> None:
        """`task.delay(...)` calls the task; `dispatcher.register(type)` gives it another implementation."""
        if owner == "task":
            self.call(self.derive(site, "task", kind="callback", target=NOWHERE), receiver)
            return
        arg = self.argument(site, 0)
        target = self.sites[site][7]
        if arg != NOWHERE and target != NOWHERE:
            self.subscribe(arg, self._wrapped, (target, ""))
            self.put(target, self.obj(EXT_INSTANCE, "functools.wraps", site))

    # Callbacks.

    def call_back(self, site: int, node: int, args_from: int = 0) -> None:
        """Something external calls what a node holds, with the site's arguments from a position on, if any."""
        args = self.sites[site][5][args_from:] if args_from else ()
        inner = self.derive(site, ("callback", node), kind="callback", args=args, keywords=(), target=NOWHERE)
        self.subscribe(node, self._callable, inner)

    def _callable(self, site: int, number: int) -> None:
        if number >= 0 and self.kinds[number] in (FUNCTION, BOUND, PARTIAL):
            inner = self.second[number] if self.kinds[number] == BOUND else number
            if self.kinds[inner] in (FUNCTION, PARTIAL):
                self.call(site, number)

    def _known_callbacks(self, site: int, name: str) -> None:
        for where in CALLBACKS[name]:
            if isinstance(where, str):
                node = next((n for word, n in self.sites[site][6] if word == where), NOWHERE)
            else:
                node = self.argument(site, where)
            if node == NOWHERE:
                continue
            inner = self.derive(
                site, ("callback", node), kind="callback", target=NOWHERE, keywords=(), args=self._handed(site, name)
            )
            if inner != site:  # else it is nested too deeply
                self.subscribe(node, self._callable, inner)

    def _handed(self, site: int, name: str) -> tuple[object, ...]:
        """The arguments that a callback is called with."""
        if name in ("Thread", "Process", "Timer", "apply_async", "start_new_thread"):
            position = {"Thread": 3, "Process": 3, "Timer": 2}.get(name, 1)
            node = self.argument(site, position, "args")
            return (("*", node),) if node != NOWHERE else ()
        position = ARGUMENTS_FROM.get(name, 0)
        return self.sites[site][5][position:] if position else ()

    def _unknown_callbacks(self, site: int) -> None:
        """A function handed to something unknown may be called: a weak edge, through which nothing flows."""
        if self.sites[site][5] or self.sites[site][6]:
            self.escaping.add(site)

    def _provide(self, site: int, dotted: str) -> None:
        """The default of a parameter that a framework replaces by what calling the argument gives."""
        provider, target = self._named(site, "dependency"), self.sites[site][7]
        if provider == NOWHERE:
            provider = self.argument(site, 0)
        if provider == NOWHERE or target == NOWHERE:
            return
        self.provided.add(target)
        result = self.node()
        inner = self.derive(site, ("callback", provider), kind="callback", args=(), keywords=(), target=result)
        self.subscribe(provider, self._callable, inner)
        self.subscribe(result, self._provided, target)

    def _provided(self, target: int, number: int) -> None:
        if number >= 0 and self.kinds[number] == CONTAINER and self.first[number] == "generator":
            self.edge(self.elements(number), target)
        else:
            self.put(target, number)

    # Builtins.

    def made(self, site: int, dotted: str) -> int:
        """A new container of a builtin or library type, made at a site."""
        number = self.obj(EXT_INSTANCE, dotted, site)
        target = self.sites[site][7]
        if target != NOWHERE:
            self.put(target, number)
        return number

    def _constructor(self, site: int, dotted: str) -> None:
        number = self.made(site, dotted)
        position = 1 if dotted.endswith("defaultdict") else 0
        if position:
            factory = self.argument(site, 0, "default_factory")
            if factory != NOWHERE:
                inner = self.derive(site, "factory", args=(), keywords=(), target=self.cell(number, None))
                self.subscribe(factory, self.call, inner)
        self._fill(site, number, self.argument(site, position, "iterable"))
        if last_name(dotted) in DICTS:
            for name, node in self.sites[site][6]:
                if name is not None and node != NOWHERE:
                    self.edge(node, self.cell(number, name))

    def _fill(self, site: int, number: int, source: int) -> None:
        """All elements of what a node holds enter a container."""
        if source == NOWHERE:
            return
        if last_name(str(self.first[number])) in DICTS:
            self.subscribe(source, self.merge, number)
        else:
            self.iterate(source, self.cell(number, None), site)

    def merge(self, number: int, source: int) -> None:
        """The items of one mapping enter another."""
        if self.is_container(source) and source != number:
            self.watch(source, self._merged, number)

    def _merged(self, number: int, key: Key | None, node: int) -> None:
        self.edge(node, self.cell(number, key))

    def iterate(self, source: int, target: int, site: int) -> None:
        """Each element of what a node holds flows to another."""
        raise NotImplementedError

    def load_computed(self, number: int, key_node: int, target: int) -> None:
        """What a container holds under the keys that a node holds flows to another."""
        raise NotImplementedError

    def store_computed(self, number: int, key_node: int, source: int) -> None:
        """What a node holds enters a container under the keys that another holds."""
        raise NotImplementedError

    def _sequence(self, site: int, dotted: str) -> None:
        """sorted, reversed, iter, filter, zip, enumerate: a new sequence over the elements of the arguments."""
        name = last_name(dotted)
        number = self.made(site, "builtins.list" if name == "sorted" else "builtins.iter")
        args = [arg for arg in self.sites[site][5] if isinstance(arg, int) and arg != NOWHERE]
        if name in ("filter", "sorted", "min", "max"):
            key = args[0] if name == "filter" and args else self._named(site, "key")
            self._over(site, key, args[1:2] if name == "filter" else args[:1])
            args = args[1:2] if name == "filter" else args[:1]
        if name in ("zip", "enumerate"):
            pair = self.obj(CONTAINER, "tuple", (self.sites[site][0], self.sites[site][1], -site - 2))
            self.put(self.cell(number, None), pair)
            for position, arg in enumerate(args):
                where = 1 if name == "enumerate" else position
                if name == "zip" or position == 0:
                    self.iterate(arg, self.cell(pair, where), site)
            return
        for arg in args:
            self.iterate(arg, self.cell(number, None), site)

    def _named(self, site: int, name: str) -> int:
        return next((node for word, node in self.sites[site][6] if word == name), NOWHERE)

    def _over(self, site: int, function: int, sources: list[int], target: int = NOWHERE) -> None:
        """A function is called with the elements of the sources."""
        if function == NOWHERE:
            return
        key = (site, ("over", function))
        known = self._derived.get(key)
        if known is None:
            elements = tuple(self.node() for _ in sources)
            for source, element in zip(sources, elements):
                self.iterate(source, element, site)
            known = self.derive(site, ("over", function), kind="callback", args=elements, keywords=(), target=target)
        self.subscribe(function, self._callable_or_class, known)

    def _callable_or_class(self, site: int, number: int) -> None:
        if number >= 0 and self.kinds[number] in (CLASS, FUNCTION, BOUND, PARTIAL):
            self.call(site, number)

    def _map(self, site: int, dotted: str) -> None:
        """Every argument that is callable is called, whatever its position."""
        number = self.made(site, "builtins.iter")
        args = [arg for arg in self.sites[site][5] if isinstance(arg, int) and arg != NOWHERE]
        for arg in args:
            self._over(site, arg, [each for each in args if each != arg], self.cell(number, None))

    def _pick(self, site: int, dotted: str) -> None:
        """min, max, next: an element of the arguments, or one of them."""
        target = self.sites[site][7]
        args = [arg for arg in self.sites[site][5] if isinstance(arg, int) and arg != NOWHERE]
        key = self._named(site, "key")
        self._over(site, key, args[:1])
        if target == NOWHERE:
            return
        if last_name(dotted) in ("next", "anext") and args:
            self.iterate(args[0], target, site)
            for arg in args[1:]:
                self.edge(arg, target)
        elif len(args) == 1:
            self.iterate(args[0], target, site)
        else:
            for arg in args:
                self.edge(arg, target)

    def _reduce(self, site: int, dotted: str) -> None:
        args = [arg for arg in self.sites[site][5] if isinstance(arg, int) and arg != NOWHERE]
        if len(args) > 1:
            self._over(site, args[0], [args[1], args[1]], self.sites[site][7])

    def _partial(self, site: int, dotted: str) -> None:
        function, target = self.argument(site, 0), self.sites[site][7]
        if function != NOWHERE and target != NOWHERE:
            self.subscribe(function, self._make_partial, site)

    def _make_partial(self, site: int, number: int) -> None:
        if number >= 0 and self.kinds[number] in (FUNCTION, BOUND, CLASS, PARTIAL, INSTANCE, EXTERNAL):
            self.put(self.sites[site][7], self.partial(site, number))

    def _field(self, site: int, dotted: str) -> None:
        """`field(default_factory=list)`: each instance gets what the factory gives."""
        target = self.sites[site][7]
        if target == NOWHERE:
            return
        self.put(target, self.obj(EXT_INSTANCE, dotted, site))
        for name in ("default_factory", "factory"):
            node = self._named(site, name)
            if node != NOWHERE:
                inner = self.derive(site, "factory", args=(), keywords=(), target=target)
                self.subscribe(node, self.call, inner)
        default = self._named(site, "default")
        if default != NOWHERE:
            self.edge(default, target)


Effect = Callable[[Effects, int, str], None]

_BUILTINS: dict[str, Effect] = {
    **dict.fromkeys(("list", "tuple", "set", "frozenset", "dict", "bytearray", "bytes"), Effects._constructor),
    **dict.fromkeys(("sorted", "reversed", "iter", "aiter", "filter", "zip", "enumerate"), Effects._sequence),
    **dict.fromkeys(("min", "max", "next", "anext"), Effects._pick),
    **dict.fromkeys(("staticmethod", "classmethod"), Effects._method_wrapper),
    "map": Effects._map, "getattr": Effects._getattr, "setattr": Effects._setattr, "type": Effects._type,
    "eval": Effects._eval, "exec": Effects._eval, "super": Effects._super, "property": Effects._property,
}  # fmt: skip

_FUNCTIONS: dict[str, Effect] = {
    **dict.fromkeys(
        (
            "collections.deque", "collections.OrderedDict", "collections.defaultdict", "collections.Counter",
            "collections.ChainMap", "weakref.WeakValueDictionary", "weakref.WeakKeyDictionary", "weakref.WeakSet",
            "types.MappingProxyType",
        ),
        Effects._constructor,
    ),
    **dict.fromkeys(PROVIDERS, Effects._provide),
    **dict.fromkeys(("itertools.chain", "itertools.cycle", "itertools.islice"), Effects._sequence),
    "functools.reduce": Effects._reduce, "functools.partial": Effects._partial,
    "functools.partialmethod": Effects._partial, "dataclasses.field": Effects._field, "attr.ib": Effects._field,
    "attr.field": Effects._field, "attrs.field": Effects._field, "pydantic.Field": Effects._field,
    "abc.abstractclassmethod": Effects._method_wrapper, "abc.abstractstaticmethod": Effects._method_wrapper,
}  # fmt: skip
