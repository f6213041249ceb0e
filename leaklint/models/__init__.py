"""What leaklint knows of the world, as data: one readable file per subject.

The files with `entry-points` tell how frameworks learn of the functions that they call. Each of their
tables is one rule; a user's `[[tool.leaklint.entry-points]]` are written in the same words.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Slot = int | str
"""An argument by its position or its keyword."""

Rhythm = Literal["request", "message", "connection", "task", "tick", "item", "once"]
Lifetime = Literal["process", "connection", "request"]
Model = TypeVar("Model")
Client = Literal["all", "rest", "none"]


class ModelError(ValueError):
    """A model, or what a user added to it, says something that has no meaning."""


class EntryRule(msgspec.Struct, frozen=True, eq=False, forbid_unknown_fields=True, rename="kebab"):
    """How one kind of entry point comes to be.

    Exactly one of these says what to look for:

    - `calls`: methods of `on` (a dotted class, or an attribute of one), else functions by dotted names.
      Called with a `handler`, or, without such a slot, used as a decorator, bare or called.
    - `bases`: classes whose instances a framework makes or is given; `hooks` are the methods it calls, as
      patterns, `<verb>` for every HTTP method.
    - `takes`: classes of what `hooks` are given, by annotation: their own classes need not derive from anything.
    - `routers`: classes that other rules speak of; `prefix` and `items` are arguments of the constructor.
    - `functions`: patterns of the names of functions that are found by name; `parameters` must be theirs,
      as with `calls` those of a function that is handed over.
    - `lists`: names of module variables that hold routes and can be included by the module's name.
    - `attributes`: patterns `Class.attribute` of class attributes with a function or a list of them, in modules
      that import the first package of `on`.
    - `assigned`: attributes of `on` that are set to a function: `client.on_message = f`.
    - `iterates`: patterns of what a `for` goes through without end: the messages of a consumer.
    - `pairs`: classes that stand second in a tuple after the path they answer to.

    `path`, `methods` and `prefix` are slots, the first that is given counts; `handler` are slots that all count.
    `verbs` are the methods where none are given, `<name>` for the called name itself. `items` is a slot with
    a list of routes. With `calls`, `hooks` are the methods of a class or instance that is handed over; with
    `bases`, `prefix` is a class variable. A rule of kind `mount` gives its handler's
    routes a prefix. `client` says which parameters a client fills: all, the rest (all but the first) or none.
    `holds` are slots with an instance or class that lives as long as the process.
    """

    framework: str = ""
    calls: tuple[str, ...] = ()
    on: tuple[str, ...] = ()
    bases: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    hooks: tuple[str, ...] = ()
    routers: tuple[str, ...] = ()
    provides: tuple[str, ...] = ()
    """Methods that the bases themselves answer with, where no project class does."""

    first: tuple[str, ...] = ()
    """With `takes`: patterns of the names that the first parameters of the hooks have where nothing is annotated."""

    functions: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    gives: dict[str, str] = {}
    """The classes of the objects that `functions` are given, by the names of their parameters."""

    lists: tuple[str, ...] = ()
    pairs: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()
    assigned: tuple[str, ...] = ()
    iterates: tuple[str, ...] = ()
    kind: str = "route"
    rhythm: Rhythm = "request"
    handler: tuple[Slot, ...] = ()
    decorates: bool = False
    path: tuple[Slot, ...] = ()
    methods: tuple[Slot, ...] = ()
    verbs: tuple[str, ...] = ()
    first_verb: tuple[Slot, ...] = ()
    """Arguments that, given as False, leave the first of the `verbs` alone."""

    name: tuple[Slot, ...] = ()
    """The name of a route: rules of kind `name` give it a path, others refer to it.

    Kind `defaults` on a class speaks for all its methods, kind `include` gives a prefix to the routes that a
    function names.
    """

    attribute: tuple[Slot, ...] = ()
    """An argument with the name of the method that answers."""

    prefix: tuple[Slot, ...] = ()
    items: tuple[Slot, ...] = ()
    flat: tuple[Slot, ...] = ()
    """Arguments with a flat list: a path, what answers to it, the next path, and so on; classes also by name."""

    suffix: tuple[Slot, ...] = ()
    holds: tuple[Slot, ...] = ()
    actions: dict[str, str] = {}
    """Methods of a class that a router of kind viewset serves: the method of HTTP and the path below."""

    alias: tuple[Slot, ...] = ()
    """Further names of a function that is exposed in a tree of objects.

    Kind `tree` takes the root of one, where the names of attributes are the paths of what others expose; kind
    `segments` has the parameters that a class takes from the path, where `path` is the first of any number.
    """

    exposes: bool = False
    """Whether what is declared answers in a tree of objects."""

    mark: str = ""
    """With kind `tree`: the attribute that, set to true, exposes a function or the objects of a class."""

    parent: tuple[Slot, ...] = ()
    """Arguments of a router's constructor, or of a call on it, with the router it lies below."""

    lifetime: Lifetime | None = None
    client: Client = "none"
    starred: bool = False
    """Whether `path` is the first of any number of paths (`add_resource(Cls, *urls)`)."""

    override: bool = False
    """Whether the prefix that a mount gives takes the place of the router's own."""


class ModelFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """A file of entry points. `groups` are lists of names that rules refer to as `@name`."""

    framework: str
    entry_points: tuple[EntryRule, ...]
    groups: dict[str, tuple[str, ...]] = {}
    injected: tuple[str, ...] = ()
    """Words in the annotation or default of a parameter that the framework fills itself."""


class Models(msgspec.Struct, frozen=True):
    """All rules, in the order of the files' names, a user's own last."""

    rules: tuple[EntryRule, ...]
    injected: Mapping[str, tuple[str, ...]]


_SUBJECTS = ("calls", "bases", "takes", "routers", "functions", "lists", "pairs", "attributes", "assigned", "iterates")


def load_models(extra: Iterable[Mapping[str, Any]] = ()) -> Models:
    """The shipped rules and a user's. Raises ModelError where one of the latter makes no sense."""
    shipped = _shipped()
    own = ModelFile("project", ())
    named = [(each, f"entry-points[{number}]") for number, each in enumerate(extra)]
    added = tuple(_expanded(checked(table, EntryRule, where), own, where) for table, where in named)
    return Models((*shipped.rules, *added), shipped.injected)


def shipped(name: str, kind: type[Model]) -> Model:
    """What one of this folder's files says, as a record of that kind."""
    return msgspec.convert(tomllib.loads((Path(__file__).parent / name).read_text("utf-8")), kind)


@cache
def _shipped() -> Models:
    rules: list[EntryRule] = []
    injected: dict[str, tuple[str, ...]] = {}
    for path in sorted(Path(__file__).parent.glob("*.toml")):
        text = path.read_text("utf-8")
        table = tomllib.loads(text) if "entry-points" in text else {}
        if "entry-points" not in table:
            continue
        try:
            model = msgspec.convert(table, ModelFile)
        except msgspec.ValidationError as error:
            raise ModelError(f"{path.name}: {error}") from error
        injected[model.framework] = model.injected
        for number, rule in enumerate(model.entry_points):
            rules.append(_expanded(rule, model, f"{path.name}: entry-points[{number}]"))
    return Models(tuple(rules), injected)


def checked(table: Mapping[str, Any], kind: type[Model], where: str) -> Model:
    """A user's table as a record of that kind. Raises ModelError where a word or value in it does not fit."""
    try:
        return msgspec.convert(table, kind)
    except msgspec.ValidationError as error:
        raise ModelError(f"{where}: {error}") from error


def _expanded(rule: EntryRule, model: ModelFile, where: str) -> EntryRule:
    """The rule with its groups spelt out and the file's framework."""
    if sum(bool(getattr(rule, subject)) for subject in _SUBJECTS) != 1:
        raise ModelError(f"{where}: exactly one of {', '.join(_SUBJECTS)} is needed")
    changes: dict[str, Any] = {"framework": rule.framework or model.framework}
    for field in ("calls", "on", "bases", "takes", "hooks", "routers", "pairs", "iterates"):
        changes[field] = tuple(_names(getattr(rule, field), model, where))
    return msgspec.structs.replace(rule, **changes)


def _names(words: Iterable[str], model: ModelFile, where: str) -> Iterable[str]:
    for word in words:
        if not word.startswith("@"):
            yield word
        elif word[1:] in model.groups:
            yield from _names(model.groups[word[1:]], model, where)
        else:
            raise ModelError(f"{where}: no group is called {word[1:]!r}")
