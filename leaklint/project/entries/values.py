"""Strings and lists in declarations, loops over literal tables, and the objects that routes are put on.

What only a running process knows becomes UNKNOWN within a string.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import product
from typing import TypeVar

from leaklint.project.entries.names import DEPTH, MOST, Context, Found, Names
from leaklint.project.entries.trees import Definition, Loop
from leaklint.project.linker.program import (
    BoundValue,
    ClassValue,
    Const,
    External,
    ExternalInstance,
    FunctionValue,
    InstanceValue,
    ModuleValue,
    Value,
)  # fmt: skip

T = TypeVar("T")

UNKNOWN = "\0"
"""Stands in a string for a part that only a running process knows."""

ITEMS = 2_000

_SAME_TEXT = frozenset(
    [
        "_",
        "gettext",
        "gettext_lazy",
        "ugettext_lazy",
        "pgettext_lazy",
        "str",
        "String",
        "Path",
        "URL",
        "compile",
        "force_str",
    ]
)
"""Functions that give back the string they are given."""

_STRING_METHODS = {
    "rstrip": (0, 1), "lstrip": (0, 1), "strip": (0, 1), "lower": (0,), "removesuffix": (1,), "removeprefix": (1,),
}  # fmt: skip
"""Methods of strings that are worked out, with the numbers of arguments that they take."""

_SAME_ITEMS = frozenset(
    [
        "list",
        "tuple",
        "sorted",
        "reversed",
        "iter",
        "chain",
        "i18n_patterns",
        "format_suffix_patterns",
        "deepcopy",
        "copy",
        "enumerate",
    ]
)
"""Functions that give back the elements they are given."""


class Values(Names):
    """Evaluates expressions of declarations."""

    # Strings.

    def texts(self, node: ast.expr | None, at: Context, depth: int = 0) -> tuple[str, ...]:
        """The strings that an expression may be, with UNKNOWN for parts that are not known."""
        if node is None or depth > DEPTH or not self._enter():
            return (UNKNOWN,)
        self._nested += 1
        out = self._texts(node, at, depth)
        self._nested -= 1
        return out

    def text(self, node: ast.expr | None, at: Context) -> str:
        """The first of the strings that an expression may be; '' where there is no expression, or it is None."""
        return next(iter(self.texts(node, at)), "") if node is not None else ""

    def _texts(self, node: ast.expr, at: Context, depth: int) -> tuple[str, ...]:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return (node.value.encode("utf-8", "backslashreplace").decode(),)  # a lone surrogate can't be written down
        if isinstance(node, ast.Constant):
            return (UNKNOWN,) if node.value is not None else ()
        if isinstance(node, ast.JoinedStr):
            parts = [self.texts(each, at, depth + 1) for each in node.values]
            return tuple("".join(each) for each in _few(product(*parts)))
        if isinstance(node, ast.FormattedValue):
            return self.texts(node.value, at, depth + 1) or (UNKNOWN,)
        if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Div)):
            pair = self.texts(node.left, at, depth + 1), self.texts(node.right, at, depth + 1)
            slash = "/" if isinstance(node.op, ast.Div) else ""
            return tuple(left + slash + right for left, right in _few(product(*pair)))
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
            return self._formatted(node.left, node.right, at, depth)
        if isinstance(node, (ast.IfExp, ast.BoolOp)):
            arms = (node.body, node.orelse) if isinstance(node, ast.IfExp) else node.values
            return tuple(_few(dict.fromkeys(text for each in arms for text in self.texts(each, at, depth + 1))))
        if isinstance(node, ast.Call):
            return self._called_text(node, at, depth)
        if isinstance(node, (ast.Name, ast.Attribute, ast.Subscript)):
            return self._named_text(node, at, depth)
        return (UNKNOWN,)

    def _formatted(self, left: ast.expr, right: ast.expr, at: Context, depth: int) -> tuple[str, ...]:
        given = right.elts if isinstance(right, ast.Tuple) else [right]
        out = []
        for text in self.texts(left, at, depth + 1):
            for each in given:
                value = (self.texts(each, at, depth + 1) or (UNKNOWN,))[0]
                text = text.replace("%s", value, 1)
            out.append(text)
        return tuple(out)

    def _called_text(self, node: ast.Call, at: Context, depth: int) -> tuple[str, ...]:
        func = node.func
        name = func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""
        if name in _SAME_TEXT and node.args:
            return self.texts(node.args[0], at, depth + 1)
        if isinstance(func, ast.Attribute) and name in _STRING_METHODS:
            wanted = self.texts(node.args[0], at, depth + 1)[:1] if node.args else ()
            if len(wanted) in _STRING_METHODS[name]:
                return tuple(getattr(text, name)(*wanted) for text in self.texts(func.value, at, depth + 1))
        if isinstance(func, ast.Attribute) and name == "format":
            out = self.texts(func.value, at, depth + 1)
            for word in node.keywords:
                value = (self.texts(word.value, at, depth + 1) or (UNKNOWN,))[0]
                out = tuple(text.replace("{" + str(word.arg) + "}", value) for text in out)
            for arg in node.args:
                value = (self.texts(arg, at, depth + 1) or (UNKNOWN,))[0]
                out = tuple(text.replace("{}", value, 1) for text in out)
            return out
        known = self._slot_values(node, at)
        only = known[0] if len(known) == 1 else None
        if isinstance(only, Const) and isinstance(only.value, str):
            return (only.value,)
        return self._returned_text(node, at, depth) or (UNKNOWN,)

    def _returned_text(self, node: ast.Call, at: Context, depth: int) -> tuple[str, ...]:
        """The strings that the project's own functions return to a call."""
        out: list[str] = []
        for value in self.values(node.func, at, depth + 1):
            function = value.function if isinstance(value, BoundValue) else value
            if isinstance(function, FunctionValue):
                inside = self.entered(function.gid, node, at)
                for each in self.trees.tree(inside.module).returned.get(function.gid, ()):
                    out += self.texts(each, inside, depth + 1)
        return tuple(_few(dict.fromkeys(out)))

    def _named_text(self, node: ast.expr, at: Context, depth: int) -> tuple[str, ...]:
        if isinstance(node, ast.Attribute) and node.attr in ("value", "name"):
            inner = self._named_text(node.value, at, depth + 1) if isinstance(node.value, ast.Attribute) else ()
            if inner and UNKNOWN not in inner:
                return inner
        out: list[str] = []
        for each, place in self.sources(node, at, depth):
            if each is not node:
                out += self.texts(each, place, depth + 1)
        if not out:
            values = self.values(node, at, depth + 1)
            out = [value.value for value in values if isinstance(value, Const) and isinstance(value.value, str)]
        return tuple(_few(dict.fromkeys(out))) or (UNKNOWN,)

    def _called(self, node: ast.Call, at: Context, depth: int) -> list[Value]:
        """What a call gives; `getattr` the attributes of names that are known."""
        if isinstance(node.func, ast.Name) and node.func.id == "getattr" and len(node.args) > 1:
            names = self.texts(node.args[1], at, depth + 1)
            if not any(UNKNOWN in name for name in names):
                members = [
                    self.member(base, name) for base in self.values(node.args[0], at, depth + 1) for name in names
                ]
                out = [value for _, values in members for value in values]
                out += [
                    value for found, _ in members for each in found for value in self.values(*each, depth=depth + 1)
                ]
                if out:
                    return list(dict.fromkeys(out))
        return super()._called(node, at, depth)

    # Lists.

    def items(self, node: ast.expr, at: Context, depth: int = 0) -> list[Found]:
        """The elements of a list expression, through names, sums, comprehensions and calls that return lists."""
        if depth > DEPTH or not self._enter():
            return []
        self._nested += 1
        out = self._items(node, at, depth)
        self._nested -= 1
        return out

    def _items(self, node: ast.expr, at: Context, depth: int) -> list[Found]:
        if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
            out: list[Found] = []
            for each in node.elts:
                out += self.items(each.value, at, depth + 1) if isinstance(each, ast.Starred) else [(each, at)]
            return out[:ITEMS]
        if isinstance(node, ast.BinOp):
            return [*self.items(node.left, at, depth + 1), *self.items(node.right, at, depth + 1)]
        if isinstance(node, (ast.ListComp, ast.GeneratorExp, ast.SetComp)):
            loops = tuple((each.target, each.iter) for each in node.generators)
            return [(node.elt, inner) for inner in self.rounds(loops, at)]
        if isinstance(node, ast.Dict):
            return [(key, at) for key in node.keys if key is not None]
        if isinstance(node, ast.Call):
            return self._called_items(node, at, depth)
        found = [each for each in self.sources(node, at, depth) if each[0] is not node]
        return [each for one, place in found for each in self.items(one, place, depth + 1)][:ITEMS]

    def _called_items(self, node: ast.Call, at: Context, depth: int) -> list[Found]:
        func = node.func
        name = func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""
        if isinstance(func, ast.Attribute) and name in ("items", "values", "keys"):
            return [
                (_pair(key, value) if name == "items" else value if name == "values" else key, place)
                for each, place in self.sources(func.value, at, depth + 1)
                if isinstance(each, ast.Dict)
                for key, value in zip(each.keys, each.values)
                if key is not None
            ]
        if name in _SAME_ITEMS:
            return [each for arg in node.args for each in self.items(arg, at, depth + 1)]
        out: list[Found] = []
        for value in self.values(func, at, depth + 1):
            function = value.function if isinstance(value, BoundValue) else value
            if isinstance(function, FunctionValue):
                inside = self.entered(function.gid, node, at)
                for each in self.trees.tree(inside.module).returned.get(function.gid, ()):
                    out += self.items(each, inside, depth + 1)
        return out[:ITEMS]

    # Rounds of loops, and calls entered.

    def rounds(self, loops: Iterable[Loop], at: Context) -> list[Context]:
        """One context for each round of loops over literal tables; the context itself where nothing is known of one."""
        out = [at]
        for target, iterable in loops:
            following: list[Context] = []
            for each in out:
                items = self.items(iterable, each)
                following += [each.inside(self._bind(target, item, place)) for item, place in items] or [each]
            out = following[:ITEMS]
        return out

    def _bind(self, target: ast.expr, item: ast.expr, place: Context) -> dict[str, Found]:
        if isinstance(target, ast.Name):
            return {target.id: (item, place)}
        if not isinstance(target, (ast.Tuple, ast.List)):
            return {}
        out: dict[str, Found] = {}
        for each, where in self.sources(item, place):
            parts = (
                each.elts
                if isinstance(each, (ast.Tuple, ast.List))
                else each.args
                if isinstance(each, ast.Call)
                else []
            )
            if len(parts) >= len(target.elts):
                for one, part in zip(target.elts, parts):
                    out.update(self._bind(one, part, where))
        return out

    def entered(self, gid: int, call: ast.Call, at: Context) -> Context:
        """The inside of a function with its parameters bound to a call's arguments."""
        module = self.program.module_of(gid)
        params = [
            each
            for each in self.program.scope(gid).params
            if each.kind in ("positional", "positional-only", "keyword-only")
        ]
        positional = [each.name for each in params if each.kind != "keyword-only"]
        names: dict[str, Found] = {}
        if (
            self.program.class_of(gid) is not None
            and positional
            and not _is_static(self.trees.tree(module).nodes.get(gid))
        ):
            names.update(self._receiver(positional[0], call, at))
            positional = positional[1:]
        for name, arg in zip(positional, call.args):
            if isinstance(arg, ast.Starred):
                break
            names[name] = (arg, at)
        rest = next((each.name for each in self.program.scope(gid).params if each.kind == "vararg"), None)
        if rest is not None and not any(isinstance(each, ast.Starred) for each in call.args[: len(positional)]):
            names[rest] = ast.copy_location(ast.Tuple(call.args[len(positional) :], ast.Load()), call), at
        names.update({word.arg: (word.value, at) for word in call.keywords if word.arg})
        self._default(gid, names, Context(module, self.trees.parent(gid) or module.scope_base))
        return Context(module, gid, names)

    def received(self, gid: int, call: ast.Call, at: Context) -> list[Context]:
        """The inside of a function, once for each object that a call may be made on."""
        inside = self.entered(gid, call, at)
        if self.program.class_of(gid) is None or not isinstance(call.func, ast.Attribute):
            return [inside]
        owner = call.func.value
        found = [each for each in self.values(owner, at) if isinstance(each, InstanceValue)]
        if not found and isinstance(owner, ast.Name) and owner.id == "self":
            found = self.selves(at.gid)
        return [replace(inside, receiver=each) for each in found] or [inside]

    def selves(self, gid: int) -> list[InstanceValue]:
        """The objects that `self` may be in a method or a function within one, none of a class that is not made."""
        around: int | None = gid
        while around is not None and self.program.class_of(around) is None:
            around = self.trees.parent(around)
        params = self.program.scope(around).params if around is not None else ()
        if around is None or not params or params[0].name != "self":
            return []
        values = self.program.values(params[0].slot + self.program.module_of(around).slot_base)
        found = [each for each in values if isinstance(each, InstanceValue)]
        return [each for each in found if self.program.construction_sites(each.cls)] or found

    def rebound(self, at: Context, inner: int, row: int) -> Context:
        """A function's inside with the parameters that it has given new values of their own before a line.

        `inner` is that function or one written in it.
        """
        around = [inner]
        while around[-1] != at.gid and (parent := self.trees.parent(around[-1])) is not None:
            around.append(parent)
        for gid in reversed(around):
            node = self.trees.tree(at.module).nodes.get(gid)
            for each in node.body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) else ():
                at = self._rebound(at, each) if each.lineno < row else at
        return Context(at.module, inner, at.names, at.receiver)

    @staticmethod
    def _rebound(at: Context, node: ast.stmt) -> Context:
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target, value = node.targets[0], node.value
        elif isinstance(node, ast.AugAssign):
            target = node.target
            value = ast.copy_location(ast.BinOp(ast.Name(ast.unparse(target)), node.op, node.value), node)
        else:
            return at
        if not isinstance(target, ast.Name) or target.id not in at.names:
            return at
        again = any(isinstance(each, ast.Name) and each.id == target.id for each in ast.walk(value))
        return at.inside({target.id: (value, at)}) if again else at

    def handed_up(self, method: int, receiver: InstanceValue) -> Mapping[str, Found]:
        """What `super().__init__(...)` in a class of the object hands to that constructor."""
        program, own = self.program, self.program.class_of(method)
        if own == receiver.cls or program.scope(method).name != "__init__":
            return {}
        above = program.mro(receiver.cls)
        for edge in program.edges_to(method):
            cls = program.class_of(edge.caller)
            place = program.place(edge) if cls is not None and cls != own and cls in above else None
            module = program.module_of(edge.caller)
            known = self.trees.tree(module).calls.get(place) if place else None
            if known and isinstance(known[0].func, ast.Attribute) and isinstance(known[0].func.value, ast.Call):
                return self.entered(method, known[0], Context(module, known[1], {}, receiver)).names
        return {}

    def decorated_with(self, cls: int, name: str) -> list[Found]:
        """What a class's decorators, functions of the project, set an attribute of it to."""
        module = self.program.module_of(cls)
        node = self.trees.tree(module).nodes.get(cls)
        at = Context(module, self.trees.parent(cls) or module.scope_base)
        out: list[Found] = []
        for each in node.decorator_list if isinstance(node, ast.ClassDef) else ():
            for value in self.values(each.func if isinstance(each, ast.Call) else each, at):
                if not isinstance(value, FunctionValue):
                    continue
                inside = self.entered(value.gid, each, at) if isinstance(each, ast.Call) else at
                for gid, attributes in self.trees.tree(self.program.module_of(value.gid)).attributes.items():
                    if value.gid in (gid, self.trees.parent(gid)) and self.program.scope(gid).params:
                        first = self.program.scope(gid).params[0].name
                        place = Context(self.program.module_of(gid), gid, inside.names)
                        out += [(one, place) for one in attributes.get(f"{first}.{name}", ())]
        return out

    def _receiver(self, name: str, call: ast.Call, at: Context) -> dict[str, Found]:
        """The class that a class method is called on."""
        if name != "cls" or not isinstance(call.func, ast.Attribute):
            return {}
        owner = call.func.value
        return {name: (owner, at)} if any(isinstance(each, ClassValue) for each in self.values(owner, at)) else {}

    def _default(self, gid: int, names: dict[str, Found], at: Context) -> None:
        node = self.trees.tree(at.module).nodes.get(gid)
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return
        last = node.args.args[len(node.args.args) - len(node.args.defaults) :]
        pairs: Iterator[tuple[ast.arg, ast.expr | None]] = iter(
            [*zip(last, node.args.defaults), *zip(node.args.kwonlyargs, node.args.kw_defaults)]
        )
        for arg, default in pairs:
            if default is not None:
                names.setdefault(arg.arg, (default, at))

    # Objects that routes are put on.

    def objects(self, node: ast.expr, at: Context) -> list[tuple[int, int, int]]:
        """The places where the objects that an expression stands for are made: module, row, column.

        Objects of a project class that can't be told apart are (-1, class, 0).
        """
        out: list[tuple[int, int, int]] = []
        for each, place in self.sources(node, at):
            if isinstance(each, ast.Call):
                callees = self.values(each.func, place)
                if any(isinstance(callee, (ClassValue, External)) for callee in callees):
                    row, col = self.trees.tree(place.module).place(each)[:2]
                    out.append((place.module.index, row, col))
                    continue
            out += self.of_values(self.values(each, place))
        if not out:
            out = self.of_values(self.values(node, at) + self._slot_values(node, at))
        return list(dict.fromkeys(out))

    @staticmethod
    def of_values(values: Iterable[Value]) -> list[tuple[int, int, int]]:
        """The places of the objects among some values."""
        out = []
        for value in values:
            if isinstance(value, BoundValue):
                value = value.receiver
            if isinstance(value, ExternalInstance):
                out.append((value.module, value.row, value.col))
            elif isinstance(value, InstanceValue):
                out.append((-1, value.cls, 0))
            elif isinstance(value, ModuleValue):
                out.append((-2, value.index, 0))
        return out


def _is_static(node: Definition | None) -> bool:
    return isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and any(
        isinstance(each, ast.Name) and each.id == "staticmethod" for each in node.decorator_list
    )


def _pair(key: ast.expr, value: ast.expr) -> ast.expr:
    return ast.copy_location(ast.Tuple(elts=[key, value], ctx=ast.Load()), key)


def _few(values: Iterable[T]) -> Iterator[T]:
    for number, each in enumerate(values):
        if number >= MOST:
            return
        yield each
