"""Where nothing flows: the class around a method for its `self`, annotations for what they name."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import lru_cache

from leaklint.facts import NOWHERE, Op
from leaklint.project.linker.attributes import last_name
from leaklint.project.linker.externals import APPLICATIONS, LEADING, LED_TO
from leaklint.project.linker.flow import Flow
from leaklint.project.linker.solve import BOUND, CLASS, EXT_INSTANCE, EXTERNAL, INSTANCE

_ANNOTATE, _ANNOTATE_ATTR, _ATTR = int(Op.ANNOTATE), int(Op.ANNOTATE_ATTR), int(Op.ATTR)

_APPLICATION_NAMES = frozenset({"app", "application"})

_APPLICATIONS_MADE = 4
"""Of more applications than these it is not guessed which is meant."""

_DEPTH = 6

OVERRIDES = 2
"""So many subclasses stand in for the receiver of a method that nobody in the project calls."""

_OF_CLASS = frozenset({"__new__", "__init_subclass__", "__class_getitem__", "__prepare__"})
_UNIONS = frozenset({"Union", "Optional", "Annotated", "Final", "ClassVar", "Required", "NotRequired", "Awaitable",
                     "Coroutine", "ContextManager", "AsyncContextManager", "Self"})  # fmt: skip
_SEQUENCES = {"list": "list", "List": "list", "Sequence": "list", "Iterable": "list", "Iterator": "list", "set": "set",
              "Set": "set", "frozenset": "set", "FrozenSet": "set", "tuple": "tuple", "Tuple": "tuple", "deque": "list",
              "Deque": "list", "Collection": "list", "AsyncIterator": "list", "Generator": "list",
              "AsyncGenerator": "list"}  # fmt: skip
_MAPPINGS = frozenset({"dict", "Dict", "Mapping", "MutableMapping", "defaultdict", "DefaultDict", "OrderedDict"})


@lru_cache(maxsize=20_000)
def _parse(text: str) -> ast.expr | None:
    try:
        return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


class Hints:
    """Adds weak knowledge to a solved program."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow

    # Receivers.

    def receivers(self) -> None:
        """Every method is given an instance of its class; one that nothing calls, of some subclasses too.

        Others may make instances of a base class, whatever the project itself makes.
        """
        flow = self.flow
        for gid, scope in enumerate(flow.scopes):
            if scope.kind != "function" or not scope.params:
                continue
            cls = flow.parent(gid)
            if cls == NOWHERE or flow.scopes[cls].kind != "class":
                continue
            signature = flow.signature(gid)
            if not signature.positional:
                continue
            called = bool(flow.points[signature.positional[0]])
            texts = {each.text for each in scope.decorators}
            if "staticmethod" in texts:
                continue
            kind = CLASS if scope.name in _OF_CLASS or "classmethod" in texts or self._is_metaclass(cls) else INSTANCE
            for each in (cls,) if called else (cls, *self._inheriting(cls, scope.name)):
                flow.put(signature.positional[0], flow.obj(kind, each))

    def _is_metaclass(self, cls: int) -> bool:
        return "builtins.type" in self.flow.classes.mro(cls)

    def _inheriting(self, cls: int, name: str) -> Iterator[int]:
        """Subclasses whose instances run the method of the class itself."""
        classes = self.flow.classes
        waiting, seen = list(classes.children.get(cls, ())), {cls}
        while waiting and len(seen) <= OVERRIDES:
            each = waiting.pop(0)
            if each in seen:
                continue
            seen.add(each)
            if classes.lookup(each, name)[1] == cls:
                yield each
            waiting.extend(classes.children.get(each, ()))

    # Applications.

    def applications(self) -> None:
        """What is read as `app` of something unknown, or handed in under that name, may be an application.

        Frameworks lead from a request to its application, and give it to what runs at start-up.
        """
        flow = self.flow
        made = [
            number
            for number, (kind, first) in enumerate(zip(flow.kinds, flow.first))
            if kind == EXT_INSTANCE and APPLICATIONS.fullmatch(first)
        ]
        for node in self._unknown_applications() if 0 < len(made) <= _APPLICATIONS_MADE else ():
            for number in made:
                flow.put(node, number)

    def makers(self) -> None:
        """What a library sets on an object that it makes for a connection, `self.factory`, is the object that asked."""
        flow = self.flow
        outside = {
            gid: [base for base in flow.classes.mro(gid) if isinstance(base, str) and base.startswith(LEADING)]
            for gid, scope in enumerate(flow.scopes)
            if scope.kind == "class"
        }
        for handler, name, maker in LED_TO:
            made = {gid for gid, bases in outside.items() if any(re.fullmatch(handler, base) for base in bases)}
            makers = [gid for gid, bases in outside.items() if any(re.fullmatch(maker, base) for base in bases)]
            nodes = self._read_from(made, name) if made and 0 < len(makers) <= _APPLICATIONS_MADE else ()
            for node in nodes:
                for each in makers:
                    flow.put(node, flow.obj(INSTANCE, each))

    def _read_from(self, classes: set[int], name: str) -> Iterator[int]:
        """The nodes that take an attribute of an instance of one of the classes, where only a library binds it."""
        flow = self.flow
        for gid, scope in enumerate(flow.scopes):
            base = flow.modules[flow.scope_module[gid]].slot_base
            for instruction in scope.code:
                if instruction[0] != _ATTR or instruction[3] != name or instruction[2] == NOWHERE:
                    continue
                owners = flow.points[instruction[2] + base] or ()
                held = (flow.first[number] for number in owners if number >= 0 and flow.kinds[number] == INSTANCE)
                if not classes.isdisjoint(held) and all(
                    map(self._is_foreign, flow.points[instruction[1] + base] or ())
                ):
                    yield instruction[1] + base

    def _unknown_applications(self) -> Iterator[int]:
        flow = self.flow
        reading = {gid for gid, _, i in flow.instructions(_ATTR) if i[3] in _APPLICATION_NAMES}
        for gid, scope in enumerate(flow.scopes):
            base = flow.modules[flow.scope_module[gid]].slot_base
            for param in scope.params:
                if param.name in _APPLICATION_NAMES and not flow.points[param.slot + base]:
                    yield param.slot + base
            for instruction in scope.code if gid in reading else ():
                if instruction[0] == _ATTR and instruction[3] in _APPLICATION_NAMES and instruction[2] != NOWHERE:
                    if all(map(self._is_foreign, flow.points[instruction[2] + base] or ())):
                        yield instruction[1] + base

    def _is_foreign(self, number: int) -> bool:
        """Whether an object is another library's, or a member of what is."""
        flow = self.flow
        if number >= 0 and flow.kinds[number] == BOUND:
            number = flow.second[number]
        return number < 0 or flow.kinds[number] in (EXTERNAL, EXT_INSTANCE)

    # Annotations.

    def annotations(self) -> None:
        """Parameters, variables, attributes and results that hold nothing take what their annotation names."""
        flow = self.flow
        telling = {gid for op in (_ANNOTATE, _ANNOTATE_ATTR) for gid, _, _ in flow.instructions(op)}
        for gid, scope in enumerate(flow.scopes):
            base = flow.modules[flow.scope_module[gid]].slot_base
            for param in scope.params:
                if param.annotation:
                    node = flow.aliases.get(param.slot + base, param.slot + base)
                    if param.kind not in ("vararg", "kwarg"):
                        self._annotate(gid, node, param.annotation, scope.row)
            if scope.returns and not scope.is_generator:
                self._annotate(gid, flow.returned(gid), scope.returns, scope.row)
            for instruction in scope.code if gid in telling else ():
                if instruction[0] == _ANNOTATE:
                    self._annotate_variable(gid, instruction[1] + base, instruction[2], scope.row)
                elif instruction[0] == _ANNOTATE_ATTR and instruction[1] != NOWHERE:
                    for number in sorted(flow.points[instruction[1] + base] or ()):
                        if number >= 0 and flow.kinds[number] == INSTANCE:
                            self._annotate(gid, flow.field(number, instruction[2]), instruction[3], scope.row)

    def _annotate_variable(self, gid: int, slot: int, text: str, row: int) -> None:
        flow = self.flow
        if flow.scopes[gid].kind != "class":
            self._annotate(gid, slot, text, row)
            return
        name = next((n for n, s in flow.imports.scope_names.get(gid, {}).items() if s == slot), None)
        if name is not None and not flow.points[slot]:
            self._annotate(gid, flow.field(flow.obj(INSTANCE, gid), name), text, row)

    def _annotate(self, gid: int, node: int, text: str, row: int) -> None:
        found = {self.flow.kinds[number] for number in self.flow.points[node] or () if number >= 0}
        if found and found != {EXT_INSTANCE}:
            return
        tree = _parse(text.strip())
        if tree is not None and found:
            self._put_own(gid, node, tree, 0)
        elif tree is not None:
            self._put(gid, node, tree, row, 0)

    def _put_own(self, gid: int, node: int, tree: ast.expr, depth: int) -> None:
        """Beside what another library gave, `x: Store = Inject(...)`, a node holds the class of the project."""
        if isinstance(tree, (ast.Name, ast.Attribute)):
            found = self._resolve(gid, tree)
            if isinstance(found, int):
                self.flow.put(node, self.flow.obj(INSTANCE, found))
        elif isinstance(tree, ast.Subscript) and isinstance(tree.value, ast.Name) and tree.value.id == "Optional":
            self._put_own(gid, node, tree.slice, depth + 1)
        elif isinstance(tree, ast.BinOp) and depth < _DEPTH:
            self._put_own(gid, node, tree.left, depth + 1)
            self._put_own(gid, node, tree.right, depth + 1)

    def _put(self, gid: int, node: int, tree: ast.expr, row: int, depth: int) -> None:
        """Let a node hold what an annotation stands for."""
        if depth > _DEPTH:
            return
        if isinstance(tree, ast.Constant) and isinstance(tree.value, str):
            inner = _parse(tree.value.strip())
            if inner is not None:
                self._put(gid, node, inner, row, depth + 1)
        elif isinstance(tree, ast.BinOp):
            self._put(gid, node, tree.left, row, depth + 1)
            self._put(gid, node, tree.right, row, depth + 1)
        elif isinstance(tree, ast.Tuple):
            for each in tree.elts:
                self._put(gid, node, each, row, depth + 1)
        elif isinstance(tree, ast.Subscript):
            self._put_generic(gid, node, tree, row, depth + 1)
        elif isinstance(tree, (ast.Name, ast.Attribute)):
            self._put_named(gid, node, tree, row)

    def _put_generic(self, gid: int, node: int, tree: ast.Subscript, row: int, depth: int) -> None:
        name = tree.value.attr if isinstance(tree.value, ast.Attribute) else getattr(tree.value, "id", "")
        parts = tree.slice.elts if isinstance(tree.slice, ast.Tuple) else [tree.slice]
        if not parts:  # `tuple[()]`
            return
        if name in _UNIONS:
            for part in parts[:1] if name == "Annotated" else parts:
                self._put(gid, node, part, row, depth)
        elif name in _SEQUENCES or name in _MAPPINGS:
            flow = self.flow
            dotted = f"builtins.{_SEQUENCES.get(name, 'dict')}"
            number = flow.obj(EXT_INSTANCE, dotted, flow.site(gid, row, 1, NOWHERE, "annotation", (), (), node))
            flow.put(node, number)
            element = parts[1] if name in _MAPPINGS and len(parts) > 1 else parts[0]
            self._put(gid, flow.cell(number, None), element, row, depth)
        elif name in ("type", "Type"):
            cls = self._resolve(gid, parts[0]) if isinstance(parts[0], (ast.Name, ast.Attribute)) else None
            if isinstance(cls, int):
                flow = self.flow
                flow.put(node, flow.obj(CLASS, cls))
        elif isinstance(tree.value, (ast.Name, ast.Attribute)):
            self._put_named(gid, node, tree.value, row)

    def _put_named(self, gid: int, node: int, tree: ast.Name | ast.Attribute, row: int) -> None:
        flow = self.flow
        found = self._resolve(gid, tree)
        if isinstance(found, int):
            flow.put(node, flow.obj(INSTANCE, found))
        elif isinstance(found, str) and found.partition(".")[0] not in ("typing", "builtins", "typing_extensions"):
            if last_name(found)[:1].isupper():
                site = flow.site(gid, row, 1, NOWHERE, "annotation", (), (), node)
                flow.put(node, flow.obj(EXT_INSTANCE, found, site))

    def _resolve(self, gid: int, tree: ast.expr) -> int | str | None:
        """The project class or external name that a dotted name stands for, seen from a scope."""
        flow = self.flow
        if isinstance(tree, ast.Attribute):
            base = self._resolve_objects(gid, tree.value)
            objects = {
                each for number in base for each in flow.points[flow.attribute(number, tree.attr)] or () if number >= 0
            }
        else:
            objects = self._resolve_objects(gid, tree)
        classes = sorted(flow.first[number] for number in objects if number >= 0 and flow.kinds[number] == CLASS)
        if classes:
            return int(classes[0])
        names = sorted(flow.first[number] for number in objects if number >= 0 and flow.kinds[number] == EXTERNAL)
        return str(names[0]) if names else None

    def _resolve_objects(self, gid: int, tree: ast.expr) -> set[int]:
        flow = self.flow
        if isinstance(tree, ast.Attribute):
            out: set[int] = set()
            for number in sorted(self._resolve_objects(gid, tree.value)):
                if number >= 0:
                    node = flow.attribute(number, tree.attr)
                    flow.solve()
                    out |= flow.points[node] or set()
            return out
        name = getattr(tree, "id", None)
        at = gid
        while at != NOWHERE and isinstance(name, str):
            slot = flow.imports.scope_names.get(at, {}).get(name)
            if slot is not None and (flow.scopes[at].kind != "class" or at == flow.parent(gid) or at == gid):
                return set(flow.points[slot] or ())
            at = flow.parent(at)
        return set()
