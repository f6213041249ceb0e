"""Whether the words of the code say that there is no end of the keys, where nothing proves how many there are.

A key of which nothing is known is followed to the names that it is put together from: `cache_key` says
nothing, `f"{user_id}:{path}"` does. A sequence grows whatever is added; what functions that register
things are given is only as many as the program is written with.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator

from leaklint.facts import Use
from leaklint.project.domains.domain import Domain, Domains
from leaklint.project.domains.words import CONVERSION, LIKELY_FINITE, OPEN_NAMES, OPERATED, PURE
from leaklint.project.linker.program import Edge, ExternalInstance, InstanceValue, Program, Value
from leaklint.project.sources import expression
from leaklint.project.storage.containers import Event
from leaklint.project.storage.lifetime_names import RUNNING
from leaklint.project.storage.phases import STARTUP_NAME

DEPTH = 4
"""How many assignments and calls a name is followed through."""

_CALLERS = 8
"""The arguments of a function with more calls than these are not looked at one by one."""

_BINDS = 8

ADDING = frozenset(
    {"append", "appendleft", "extend", "extendleft", "insert", "put", "put_nowait", "write", "writelines", "+=", "="}
)
"""Operations that make a sequence longer whatever it holds already."""

_VAGUE = re.compile(r"_*(values?|items?|data|num|number|start|end|input|content|sequence|term)$")
"""Words that say nothing by themselves."""

_ARGUMENTS = re.compile(r"_*(kw)?args$")
"""Whatever somebody calls a function with."""

_KEY = re.compile(
    r"(?!_*(cache|memo|dict|map|config|lookup|sort|dedup|setting|lock|instance|group|class|option|env)s?_)\w+_key$"
)
"""Keys that others are told apart by: an access key, a row's key."""

_OBJECT = re.compile(r"_*(obj|objects?|instance|other|mapping)$")

_FIELDS = re.compile(r"_*(\w+_)?(data|message|msg|payload|body|content|fields|record)$")
"""What has fields of the same names each time."""

_VALUES = frozenset({"typing.NamedTuple", "builtins.tuple", "builtins.str", "builtins.bytes", "builtins.int"})
"""Types whose objects say nothing of how many different ones there are."""

_OPENED = re.compile(
    r"((typing|_?io|socket|ssl|asyncio|concurrent|futures|threading|subprocess|types|_base|tasks|streams|transports)\.)*"
    r"(IO|TextIO|BinaryIO|\w+IOBase|TextIOWrapper|socket|SSLSocket|(asyncio\.)?Task|Future|Stream(Writer|Reader)|Thread|Popen|FrameType)"
    r"(\[.*\])?( *\| *None)?"
)
"""Types whose objects are opened or begun, one after the other, and told apart by themselves."""

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

_NEW = re.compile(r"_*(create|new|spawn|generate)_(?!\w*(key|name|type|schema|path)$)\w+$")
"""Functions that make something anew."""

_ENTITY = re.compile(
    r"_*(\w+_)?(request|req|session|user|event|message|msg|job|client|connection|conn|customer|account|peer|room|payload|chat)$"
)
"""Things that come and go: what is read from one of them is that one's own."""

_SENT = re.compile(r"_*(\w+_)?(request|req|message|msg|event|payload)$")
"""What somebody sends."""

_SPOKEN_TO = re.compile(
    r"(?!.*(client|peer|remote|caller|sender|source|src|user|visitor))_*(\w+_)?(addr(ess)?|server|endpoint|target)(es|s)?$"
)
"""What a program talks to, and not who talks to it."""

_PART = re.compile(
    r"_*(\w+_)?(route|blueprint|view|plugin|middleware|router|extension|detector|(health_?)?check"
    r"|strategy|policy|library|adapter|partial|rule|capability)$"
)
"""Things that a program is put together from."""

_SET_UP = re.compile(
    r"_*(\w+_)?(broker|cluster|dev(ice)?|sensor|bulb|hub|bridge|station|location|site|house|printer|camera|speaker|meter|room|feed)$"
)
"""Things that somebody sets up: there are as many as they own."""

_REGISTERING = re.compile(
    r"_*(add|append|register|subscribe|use|include|mount|install|attach|connect|bind|define|declare|enable)(_|[A-Z]|$)"
)
"""Verbs by which a program is put together."""


class Openness:
    """Reads the words of keys and elements."""

    def __init__(self, program: Program, domains: Domains, called: Callable[[int], bool]) -> None:
        """`called` tells of a function whether the project's own code calls it."""
        self.program = program
        self.domains = domains
        self._called = called
        self._offering = False

    def is_offered(self, text: str, scope: int) -> bool:
        """Whether an expression leads to a parameter of a function that is there for others to call."""
        tree = expression(text) if text else None
        if tree is None:
            return False
        self._offering = True
        try:
            return self._walk(tree, scope, DEPTH, frozenset())
        finally:
            self._offering = False

    def of_key(self, text: str, scope: int, is_whole: bool = False) -> bool:
        """Whether an expression in a scope is put together from something that there is no end of.

        `is_whole` says that it is a mapping whose keys are meant; an object's name says nothing of them.
        """
        tree = expression(text) if text else None
        if is_whole and isinstance(tree, ast.Name):
            if _OBJECT.match(tree.id) or _FIELDS.match(tree.id):
                return False
            if self._is_variadic(scope, tree.id):
                return self._is_open(tree.id)  # each is an argument, where a memo's key is all of them
            return self._walk(tree, scope, DEPTH - 1, frozenset())
        return tree is not None and self._walk(tree, scope, DEPTH, frozenset())

    def are_words(self, text: str, op: str, scope: int) -> bool:
        """Whether a mapping takes in the keyword arguments of a function: their words are written in code."""
        params = self.program.scope(scope).params
        return op in ("update", "|=") and any(each.kind == "kwarg" and each.name == text for each in params)

    def of_element(self, event: Event) -> bool:
        """Whether what a sequence is given is work and not part of the program, as the name of the function tells."""
        name = self.program.scope(event.scope).name
        tree = expression(event.use.value) if event.use.value else None
        if isinstance(tree, ast.Name) and _PART.match(tree.id):
            return False
        if not (_REGISTERING.match(name) or STARTUP_NAME.match(name)):
            return True
        return not isinstance(tree, ast.Call) and self.of_key(event.use.value, event.scope)

    # Expressions.

    def _walk(self, node: ast.expr, scope: int, depth: int, seen: frozenset[tuple[int, str]]) -> bool:
        if depth <= 0 or isinstance(node, (ast.Constant, ast.Lambda)):
            return False
        if isinstance(node, ast.Call) and (_called(node) == "ref" or _NEW.match(_called(node))):
            return True
        domain = self.domains.of(node, scope, DEPTH).domain
        if domain != Domain.UNKNOWN:
            return domain > Domain.UNKNOWN
        if isinstance(node, ast.Name):
            itself = depth == DEPTH and self._is_object(node.id, scope)
            named = (
                self._is_open(node.id)
                and not self._names_a_kind(scope, node.id)
                and not self._of_program(node.id, scope)
            )
            return itself or named or self._name(node.id, scope, depth, seen)
        if isinstance(node, ast.Attribute):
            is_open = self._is_open(node.attr) and not (_of_program(node) or _of_operated(node.value, node.attr))
            if is_open or self._of_entity(node, scope, depth, seen):
                return True
            return self._offering and self._brought(node, scope, depth, seen)
        if isinstance(node, ast.Subscript):
            named = isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str)
            if named and isinstance(node.slice, ast.Constant) and _is_open(str(node.slice.value)):
                return not _of_operated(node.value, str(node.slice.value))
            return self._walk(node.value, scope, depth - 1, seen)
        if isinstance(node, ast.Call):
            return self._call(node, scope, depth, seen)
        return any(self._walk(part, scope, depth, seen) for part in _parts(node))

    def _brought(self, node: ast.Attribute, scope: int, depth: int, seen: frozenset[tuple[int, str]]) -> bool:
        """Whether an attribute is one of what callers bring, or was given it when its object was made."""
        found = self.domains.variable(node.value.id, scope) if isinstance(node.value, ast.Name) else None
        own = self.domains.holders.own_class(found[0], scope) if found is not None else None
        if own is None:
            return self._walk(node.value, scope, depth - 1, seen)
        holder = self.domains.holders.attribute(own, node.attr)
        for bind in self.domains.flows.attributes.of(holder) or ():
            tree = expression(bind.use.value)
            if tree is not None and self._walk(tree, bind.scope, depth - 1, seen):
                return True
        return False

    def _of_entity(self, node: ast.Attribute, scope: int, depth: int, seen: frozenset[tuple[int, str]]) -> bool:
        if LIKELY_FINITE.match(node.attr):
            return False
        owner = node.value
        last = owner.id if isinstance(owner, ast.Name) else owner.attr if isinstance(owner, ast.Attribute) else ""
        if _ENTITY.match(last):
            return True
        return isinstance(owner, (ast.Call, ast.Subscript)) and self._walk(owner, scope, depth - 1, seen)

    def _call(self, node: ast.Call, scope: int, depth: int, seen: frozenset[tuple[int, str]]) -> bool:
        func, last = node.func, _called(node)
        if self._is_one_word(node, scope):
            return isinstance(node.args[0], ast.Constant) and _is_open(str(node.args[0].value))
        if last in ("items", "keys") and isinstance(func, ast.Attribute) and isinstance(func.value, ast.Attribute):
            return False  # the keys of another collection of the program, which is judged by itself
        parts = [*node.args, *(word.value for word in node.keywords)]
        if last == "id" or RUNNING.search(f".{last}"):
            return True
        if isinstance(func, ast.Attribute) and not parts and isinstance(func.value, ast.Name):
            if _SENT.match(func.value.id) and not (LIKELY_FINITE.match(last) or last in PURE):
                return True  # `request.get_json()`
        if isinstance(func, ast.Attribute) and _is_open(last) and self._varies(parts or (func.value,), scope):
            return True
        if isinstance(func, ast.Attribute) and (last in PURE or CONVERSION.match(last)):
            parts.append(func.value)
        return any(self._walk(part, scope, depth - 1, seen) for part in parts)

    def _is_one_word(self, node: ast.Call, scope: int) -> bool:
        """Whether a call reads one of the keyword arguments by its word: `kwargs.get("path")`."""
        func = node.func
        if not isinstance(func, ast.Attribute) or func.attr not in ("get", "pop") or not node.args:
            return False
        if not isinstance(func.value, ast.Name) or not isinstance(node.args[0], ast.Constant):
            return False
        found = self.domains.variable(func.value.id, scope)
        return found is not None and self._is_variadic(found[1], func.value.id)

    def _is_open(self, name: str) -> bool:
        """Whether a name tells of no end; a library's users are few of those that they talk to."""
        return _is_open(name) and (self.domains.is_application or not _SPOKEN_TO.match(name))

    def _varies(self, parts: Iterable[ast.expr], scope: int) -> bool:
        return any(self.domains.of(part, scope, DEPTH).domain >= Domain.UNKNOWN for part in parts)

    # Names.

    def _name(self, name: str, scope: int, depth: int, seen: frozenset[tuple[int, str]]) -> bool:
        found = self.domains.variable(name, scope)
        if found is None or LIKELY_FINITE.match(name) or OPERATED.match(name):
            return False
        slot, owner = found
        if (owner, name) in seen:
            return False
        if self.program.scope(owner).kind not in ("function", "lambda"):
            return False
        if self._is_variadic(owner, name):
            return True
        if self._names_a_kind(owner, name):
            return False
        if self._offering and self._is_parameter(owner, name) and not self._called(owner):
            return True
        seen |= {(owner, name)}
        binds = [use for use in self.domains.binds.get(slot, ()) if use.op != "+="]
        if len(binds) <= _BINDS and any(self._bound(use, owner, name, depth, seen) for use in binds):
            return True
        return any(self._walk(node, caller, depth - 1, seen) for node, caller in self._given(owner, name))

    def _is_object(self, name: str, scope: int) -> bool:
        """Whether a name stands for objects of the project's own classes, each of which is another key."""
        found = self.domains.variable(name, scope)
        if found is None or LIKELY_FINITE.match(name) or _PART.match(name):
            return False
        values = self.program.values(found[0])
        if self._is_opened(name, found[1], values):
            return True
        objects = bool(values) and all(isinstance(value, InstanceValue) for value in values)
        if objects and all(isinstance(value, InstanceValue) and self._is_value(value.cls) for value in values):
            return False
        if not objects and self.domains.holders.own_class(found[0], scope) is None:
            return False
        return not self._is_one_of_few(found[0], found[1], name)

    def _is_opened(self, name: str, owner: int, values: Iterable[Value]) -> bool:
        """Whether a name stands for files, sockets, tasks and the like, by its annotation or by what it is given."""
        said = [each.annotation for each in self.program.scope(owner).params if each.name == name]
        said += [each.dotted for each in values if isinstance(each, ExternalInstance)]
        return any(_OPENED.fullmatch(each) for each in said)

    def _is_value(self, cls: int) -> bool:
        """Whether a class's objects are equal where their contents are, as strings and tuples are."""
        return self.domains.is_enum(cls) or not _VALUES.isdisjoint(self.program.mro(cls))

    def _is_one_of_few(self, slot: int, owner: int, name: str) -> bool:
        """Whether a local name is what calls give for arguments that there are few of: `self.get(type)`."""
        trees = [self.domains.bound_to(use, owner, name) for use in self.domains.binds.get(slot, ())]
        calls = [tree for tree in trees if isinstance(tree, ast.Call) and tree.args]
        return bool(calls) and len(calls) == len(trees) and not any(self._varies(call.args, owner) for call in calls)

    def _of_program(self, name: str, scope: int) -> bool:
        """Whether a local name is only ever given what is read from a route, a plugin and the like."""
        found = self.domains.variable(name, scope)
        binds = self.domains.binds.get(found[0], ()) if found is not None else ()
        trees = [self.domains.bound_to(use, found[1], name) for use in binds] if found is not None else []
        return bool(trees) and all(isinstance(tree, ast.Attribute) and _of_program(tree) for tree in trees)

    def _names_a_kind(self, function: int, name: str) -> bool:
        """Whether a parameter is an event that is a string: its name, by which listeners are told apart."""
        params = self.program.scope(function).params
        return name == "event" and any(each.name == name and each.annotation in ("str", "'str'") for each in params)

    def _is_parameter(self, function: int, name: str) -> bool:
        own = self.program.class_of(function) is not None
        return any(each.name == name for each in self.program.scope(function).params[own:])

    def _is_variadic(self, function: int, name: str) -> bool:
        """Whether a name stands for all the arguments of whatever is called."""
        return any(
            each.name == name and each.kind in ("vararg", "kwarg") for each in self.program.scope(function).params
        )

    def _bound(self, use: Use, owner: int, name: str, depth: int, seen: frozenset[tuple[int, str]]) -> bool:
        scope = self.program.module_of(owner).scope_base + use.scope
        tree = self.domains.bound_to(use, owner, name)
        is_loop = use.op == "for" or (use.op == "unpack" and not use.key)
        walked = tree
        if is_loop and tree is not None and self.domains.takes_keys(use, owner, name, tree):
            walked = tree.func.value if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Attribute) else tree
        if is_loop and isinstance(walked, ast.Name) and self._is_variadic(owner, walked.id):
            return False  # one of the arguments, or its word: nothing is known of it, where a memo's key is all of them
        return tree is not None and self._walk(tree, scope, depth - 1, seen)

    def _given(self, function: int, name: str) -> Iterator[tuple[ast.expr, int]]:
        """What the calls of a function pass for a parameter."""
        param = next((each for each in self.program.scope(function).params if each.name == name), None)
        if param is None:
            return
        edges: list[Edge] = [edge for edge in self.program.edges_to(function) if edge.how != "name"]
        for edge in edges if len(edges) <= _CALLERS else ():
            node = self.domains.flows.passed(edge, function, param)
            if node is not None and edge.caller != function:
                yield node, edge.caller


def _of_program(node: ast.Attribute) -> bool:
    """Whether an attribute is one of a thing that a program is put together from: `route.path`."""
    owner = node.value
    last = owner.id if isinstance(owner, ast.Name) else owner.attr if isinstance(owner, ast.Attribute) else ""
    return bool(_PART.match(last))


def _of_operated(owner: ast.expr, attribute: str) -> bool:
    """Whether a part of something is what tells it from others that somebody sets up: `device.id`, `device["id"]`."""
    last = owner.id if isinstance(owner, ast.Name) else owner.attr if isinstance(owner, ast.Attribute) else ""
    return bool(_SET_UP.match(last) and OPERATED.match(f"{last}_{attribute}"))


def _called(node: ast.Call) -> str:
    """The last part of the name of what is called."""
    func = node.func
    return func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""


def _is_open(name: str) -> bool:
    """Whether a name, in the singular or plural, tells of no end."""
    name = _HUMP.sub("_", name).lower()
    if _VAGUE.match(name) or LIKELY_FINITE.match(name) or OPERATED.match(name):
        return False
    return bool(
        OPEN_NAMES.match(name)
        or _KEY.match(name)
        or _ARGUMENTS.match(name)
        or (name.endswith("s") and OPEN_NAMES.match(name[:-1]))
    )


def _parts(node: ast.expr) -> Iterable[ast.expr]:
    """The expressions that one is put together from; a name or call is its own only part."""
    if isinstance(node, (ast.Name, ast.Attribute, ast.Call, ast.Subscript)):
        return (node,)
    if isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp)):
        return (node.elt, *(each.iter for each in node.generators))
    if isinstance(node, ast.DictComp):
        return (node.key, *(each.iter for each in node.generators))
    if isinstance(node, ast.Dict):
        return tuple(key for key in node.keys if key is not None)
    return tuple(child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr))


__all__ = ["ADDING", "Openness"]
