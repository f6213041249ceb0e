"""The syntax trees of the files that declare entry points, with what each scope binds."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from leaklint.facts import Op
from leaklint.project.linker.program import Module, Program

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda
Loop = tuple[ast.expr, ast.expr]
"""The target and the iterable of a loop."""

Place = tuple[int, int, int, int]

_CALL, _ATTR = int(Op.CALL), int(Op.ATTR)
_ADDING = frozenset({"append", "extend", "insert", "add", "update"})
_LEAVES = frozenset({
    ast.Name, ast.Constant, ast.Load, ast.Store, ast.Del, ast.alias, ast.Import, ast.ImportFrom, ast.Pass, ast.Break,
    ast.Continue, ast.Global, ast.Nonlocal, *ast.operator.__subclasses__(), *ast.cmpop.__subclasses__(),
    *ast.unaryop.__subclasses__(), *ast.boolop.__subclasses__(),
})  # fmt: skip
"""Nodes below which nothing is called or bound."""


_TELLING = frozenset({
    ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.For, ast.AsyncFor, ast.ListComp, ast.SetComp,
    ast.GeneratorExp, ast.Call, ast.Assign, ast.NamedExpr, ast.AnnAssign, ast.AugAssign, ast.With, ast.AsyncWith,
    ast.Return,
})  # fmt: skip
"""Nodes that are noted, or open a scope or a loop."""


def _children(node: ast.AST) -> list[ast.AST]:
    """The nodes right below a node that may have nodes below them."""
    found: list[ast.AST] = []
    for name in node._fields:
        value = getattr(node, name, None)
        if isinstance(value, list):
            found += [each for each in value if isinstance(each, ast.AST) and each.__class__ not in _LEAVES]
        elif isinstance(value, ast.AST) and value.__class__ not in _LEAVES:
            found.append(value)
    return found


class FileTree:
    """A parsed file: calls by place, definitions and assignments by scope. Scopes are the program's numbers."""

    def __init__(self, module: Module, text: str) -> None:
        self.module = module
        self.calls: dict[Place, tuple[ast.Call, int, tuple[Loop, ...]]] = {}
        self.assigned: dict[int, dict[str, list[ast.expr]]] = {}
        self.attributes: dict[int, dict[str, list[ast.expr]]] = {}
        self.returned: dict[int, list[ast.expr]] = {}
        self.nodes: dict[int, Definition] = {}
        self.tuples: list[tuple[ast.Tuple, int]] = []
        self._scopes = {
            (scope.kind, scope.row, scope.col): module.scope_base + number
            for number, scope in enumerate(module.facts.scopes)
            if scope.kind != "module"
        }
        self._lines = [] if text.isascii() else text.split("\n")
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return
        try:
            self._walk(tree, module.scope_base, ())
        except RecursionError:
            return

    def column(self, row: int, offset: int) -> int:
        """The 1-based column in characters of an offset in bytes."""
        if not self._lines or row > len(self._lines):
            return offset + 1
        return len(self._lines[row - 1].encode()[:offset].decode(errors="replace")) + 1

    def place(self, node: ast.expr) -> Place:
        """Where an expression begins and ends, as facts count."""
        end_row = node.end_lineno or node.lineno
        return (
            node.lineno, self.column(node.lineno, node.col_offset),
            end_row, self.column(end_row, node.end_col_offset or 0),
        )  # fmt: skip

    def _walk(self, node: ast.AST, gid: int, loops: tuple[Loop, ...]) -> None:
        for child in _children(node):
            inner, around = gid, loops
            if child.__class__ not in _TELLING:
                if isinstance(child, ast.Tuple):
                    self.tuples.append((child, gid))
                self._walk(child, gid, loops)
                continue
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
                inner, around = self._enter(child, gid), ()
            elif isinstance(child, (ast.For, ast.AsyncFor)):
                around = (*loops, (child.target, child.iter))
            elif isinstance(child, (ast.ListComp, ast.SetComp, ast.GeneratorExp)):
                around = (*loops, *((each.target, each.iter) for each in child.generators))
            self._note(child, gid, loops)
            self._walk(child, inner, around)

    def _enter(self, node: Definition, gid: int) -> int:
        kind = {ast.ClassDef: "class", ast.Lambda: "lambda"}.get(type(node), "function")
        inner = self._scopes.get((kind, node.lineno, self.column(node.lineno, node.col_offset)), gid)
        if inner != gid:
            self.nodes[inner] = node
        if isinstance(node, ast.Lambda):
            self.returned.setdefault(inner, []).append(node.body)
        return inner

    def _note(self, node: ast.AST, gid: int, loops: tuple[Loop, ...]) -> None:
        if isinstance(node, ast.Call):
            self.calls[self.place(node)] = (node, gid, loops)
            self._added(node, gid, loops)
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                self._bind(target, node.value, gid)
        elif isinstance(node, (ast.NamedExpr, ast.AnnAssign, ast.AugAssign)):
            if node.value is not None and not (isinstance(node, ast.AugAssign) and not isinstance(node.op, ast.Add)):
                self._bind(node.target, node.value, gid)
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            for item in node.items:
                if item.optional_vars is not None:
                    self._bind(item.optional_vars, item.context_expr, gid)
        elif isinstance(node, ast.Return) and node.value is not None:
            self.returned.setdefault(gid, []).append(node.value)

    def _bind(self, target: ast.expr, value: ast.expr, gid: int) -> None:
        if isinstance(target, ast.Name):
            self.assigned.setdefault(gid, {}).setdefault(target.id, []).append(value)
        elif isinstance(target, ast.Attribute):
            self.attributes.setdefault(gid, {}).setdefault(ast.unparse(target), []).append(value)
        elif isinstance(target, (ast.Tuple, ast.List)) and isinstance(value, (ast.Tuple, ast.List)):
            if len(target.elts) == len(value.elts):
                for each, part in zip(target.elts, value.elts):
                    self._bind(each, part, gid)

    def _added(self, node: ast.Call, gid: int, loops: tuple[Loop, ...]) -> None:
        """What `name.append(x)` and `name.extend(xs)` add counts as assigned, as a list or as itself."""
        func = node.func
        if not isinstance(func, ast.Attribute) or func.attr not in _ADDING or not node.args or loops:
            return
        if not isinstance(func.value, (ast.Name, ast.Attribute)):
            return
        value: ast.expr = node.args[-1]
        if func.attr in ("append", "add", "insert"):
            value = ast.copy_location(ast.List(elts=[value], ctx=ast.Load()), value)
        self._bind(func.value, value, gid)


class FileTrees:
    """Files parsed when they are first asked for; expressions to the program's slots."""

    def __init__(self, program: Program, read: Callable[[str], str]) -> None:
        """`read` gives the text of a file, '' where there is none."""
        self.program = program
        self._read = read
        self._trees: dict[int, FileTree] = {}
        self._slots: dict[int, dict[tuple[object, ...], int]] = {}
        self._children: dict[int, dict[tuple[int, str], list[int]]] = {}

    def tree(self, module: Module) -> FileTree:
        """The tree of a file, empty where it can't be parsed."""
        known = self._trees.get(module.index)
        if known is None:
            known = self._trees[module.index] = FileTree(module, self._read(module.path))
        return known

    def slot(self, node: ast.expr, module: Module) -> int | None:
        """The slot of the value of a call or attribute expression."""
        known = self._slots.get(module.index)
        if known is None:
            known = self._slots[module.index] = dict(self._places(module))
        tree = self.tree(module)
        if isinstance(node, ast.Call):
            return known.get(tree.place(node))
        if isinstance(node, ast.Attribute):
            return known.get((node.lineno, tree.column(node.lineno, node.col_offset), node.attr))
        return None

    @staticmethod
    def _places(module: Module) -> Iterator[tuple[tuple[object, ...], int]]:
        for i in module.instructions(_CALL):
            if i[8] != "decorator":
                yield (i[5], i[6], i[9], i[10]), i[1] + module.slot_base
        for i in module.instructions(_ATTR):
            yield (i[4], i[5], i[3]), i[1] + module.slot_base

    def defined(self, parent: int, name: str) -> list[int]:
        """The functions and classes of a name that stand in a scope."""
        module = self.program.module_of(parent)
        known = self._children.get(module.index)
        if known is None:
            known = self._children[module.index] = {}
            for number, scope in enumerate(module.facts.scopes):
                if scope.kind in ("function", "class"):
                    key = (scope.parent + module.scope_base, scope.name)
                    known.setdefault(key, []).append(module.scope_base + number)
        return known.get((parent, name), [])

    def parent(self, gid: int) -> int | None:
        """The scope around a scope, None for a module."""
        module = self.program.module_of(gid)
        parent = self.program.scope(gid).parent
        return None if parent < 0 else parent + module.scope_base
