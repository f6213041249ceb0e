"""Ways to weaken what bounds a collection: each operator takes one kind of bound out of a program's tree."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from shapes import (
    REMOVALS,
    Function,
    flat,
    flat_items,
    grows,
    is_constant_name,
    is_emptiness,
    is_finite,
    is_length,
    is_name,
    is_removal,
    is_store,
    last_name,
    leave_out,
    open_to_callers,
    own_collections,
    registers,
    removes,
    root,
)

BOUNDED = frozenset({"TTLCache", "LRUCache", "LFUCache", "ExpiringDict", "Queue", "PriorityQueue", "LifoQueue"})
WEAK = {"WeakValueDictionary": "dict", "WeakKeyDictionary": "dict", "WeakSet": "set"}
LEAVES = (ast.Return, ast.Raise, ast.Continue)


class Operator(ast.NodeTransformer):
    """Weakens a program at all places that it knows, or at the one numbered `only`; `places` counts them."""

    def __init__(self, files: Mapping[str, ast.Module], only: int | None = None) -> None:
        self.only = only
        self.places = 0
        self.files = files

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self.function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self.function(node)

    def function(self, node: Function) -> ast.AST:
        return self.generic_visit(node)

    def classes(self) -> set[str]:
        """The names of the classes that the example defines."""
        trees = self.files.values()
        return {part.name for tree in trees for part in ast.walk(tree) if isinstance(part, ast.ClassDef)}

    def here(self) -> bool:
        """Whether the place that was just found is one to weaken."""
        self.places += 1
        return self.only in (None, self.places)

    def replaced(self, old: ast.stmt, *new: ast.stmt) -> ast.AST | list[ast.stmt]:
        """The new statements, or `pass`, where this place is one to weaken."""
        if not self.here():
            return old
        return list(new) or [ast.copy_location(ast.Pass(), old)]


class DropRemovals(Operator):
    """`C.pop(k)` and `del C[k]` as statements become `pass`; where the value is used, it is read and stays."""

    def visit_Expr(self, node: ast.Expr) -> ast.AST | list[ast.stmt]:
        call = node.value.value if isinstance(node.value, ast.Await) else node.value
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in REMOVALS:
            return self.replaced(node)
        return self.generic_visit(node)

    def visit_Delete(self, node: ast.Delete) -> ast.AST | list[ast.stmt]:
        return self.replaced(node) if is_removal(node) else node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        taken = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if taken not in ("pop", "popleft", "popitem") or not isinstance(node.func, ast.Attribute) or not self.here():
            return self.generic_visit(node)
        key = node.args[0] if node.args else ast.Constant(0)
        return ast.copy_location(ast.Subscript(node.func.value, key, ast.Load()), node)


class DropFinally(Operator):
    """`try: ... finally: C.pop(k)` becomes `...` and `C.pop(k)`."""

    def visit_Try(self, node: ast.Try) -> ast.AST | list[ast.stmt]:
        if not any(is_removal(part) for statement in node.finalbody for part in ast.walk(statement)):
            return self.generic_visit(node)
        if node.handlers:
            return self.replaced(node, ast.Try(node.body, node.handlers, node.orelse, []), *node.finalbody)
        last = node.body[-1]
        if not isinstance(last, ast.Return) or last.value is None:
            return self.replaced(node, *node.body, *node.finalbody)
        kept = ast.Assign([ast.Name("result_", ast.Store())], last.value, lineno=last.lineno)
        back = ast.Return(ast.Name("result_", ast.Load()))
        return self.replaced(node, *node.body[:-1], kept, *node.finalbody, back)


class ChangeKey(Operator):
    """`C.pop(message.id)` becomes `C.pop(message.other)`."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if isinstance(node.func, ast.Attribute) and node.func.attr == "pop" and node.args:
            node.args[0] = self.other(node.args[0])
        return self.generic_visit(node)

    def visit_Delete(self, node: ast.Delete) -> ast.AST:
        for target in node.targets:
            if isinstance(target, ast.Subscript):
                target.slice = self.other(target.slice)
        return node

    def other(self, key: ast.expr) -> ast.expr:
        if not isinstance(key, ast.Attribute) or not self.here():
            return key
        return ast.copy_location(ast.Attribute(key.value, f"other_{key.attr}", key.ctx), key)


class DropSweeperCalls(Operator):
    """The statements that call or start a function which removes become `pass`; a public one becomes private."""

    def __init__(self, files: Mapping[str, ast.Module], only: int | None = None) -> None:
        super().__init__(files, only)
        used = {last_name(part) for tree in files.values() for part in ast.walk(tree) if is_name(part)}
        self.sweepers = frozenset(
            node.name
            for tree in files.values()
            for node in ast.walk(tree)
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
            and any(map(removes, ast.walk(node)))
            and not any(map(grows, ast.walk(node)))
            and not node.name.endswith("__")
            and {last_name(each) for each in node.decorator_list} <= {"classmethod", "staticmethod"}
            and node.name in used
        )

    def function(self, node: Function) -> ast.AST:
        node.name = self.private(node.name)
        return self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.copy_location(ast.Name(self.private(node.id), node.ctx), node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.generic_visit(node)
        return ast.copy_location(ast.Attribute(node.value, self.private(node.attr), node.ctx), node)

    def visit_alias(self, node: ast.alias) -> ast.AST:
        return ast.copy_location(ast.alias(self.private(node.name), node.asname), node)

    def private(self, name: str) -> str:
        return f"_{name.lstrip('_')}" if name in self.sweepers else name

    def visit_Expr(self, node: ast.Expr) -> ast.AST | list[ast.stmt]:
        return self.replaced(node) if self.starts(node) else self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> ast.AST | list[ast.stmt]:
        if not self.starts(node):
            return self.generic_visit(node)
        return self.replaced(node, ast.Assign(node.targets, ast.Constant(None), lineno=node.lineno))

    def starts(self, node: ast.Expr | ast.Assign) -> bool:
        names = {last_name(part) for part in ast.walk(node.value) if is_name(part)}
        started = isinstance(node.value, (ast.Call, ast.Await)) and bool(names & self.sweepers)
        return started and not any(map(grows, ast.walk(node)))


class DropLimit(Operator):
    """`maxlen=100` becomes `maxlen=None`, `TTLCache(100, 60)` a dict, `Queue(100)` and `deque(x, 9)` lose it."""

    def __init__(self, files: Mapping[str, ast.Module], only: int | None = None) -> None:
        super().__init__(files, only)
        self.own = self.classes()

    def visit_keyword(self, node: ast.keyword) -> ast.AST:
        limited = isinstance(node.value, (ast.Constant, ast.Name)) and getattr(node.value, "value", True)
        if node.arg in ("maxlen", "maxsize") and limited and self.here():
            return ast.copy_location(ast.keyword(node.arg, ast.Constant(None)), node)
        return self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        name = last_name(node.func) if is_name(node.func) else ""
        if name == "deque" and len(node.args) == 2 and self.here():
            return ast.copy_location(ast.Call(node.func, node.args[:1], []), node)
        if name not in BOUNDED - self.own or not (node.args or node.keywords) or not self.here():
            return self.generic_visit(node)
        if name.endswith("Queue"):
            return ast.copy_location(ast.Call(node.func, [], []), node)
        return ast.copy_location(ast.Dict([], []), node)


class DropSizeGuard(DropSweeperCalls):
    """`if len(C) > 100: ...` becomes `pass`, `while` as well; what it called becomes private."""

    def visit_If(self, node: ast.If) -> ast.AST | list[ast.stmt]:
        if isinstance(node.test, ast.Compare) and any(map(is_length, ast.walk(node.test))) and not node.orelse:
            return self.replaced(node)
        return self.generic_visit(node)

    def visit_While(self, node: ast.While) -> ast.AST | list[ast.stmt]:
        return self.replaced(node) if any(map(is_length, ast.walk(node.test))) else self.generic_visit(node)

    def starts(self, node: ast.Expr | ast.Assign) -> bool:
        return False


class Strengthen(Operator):
    """Weak containers hold what is in them, and nothing is told that a reference died."""

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if isinstance(node.ctx, ast.Load) and node.id in WEAK and self.here():
            return ast.copy_location(ast.Name(WEAK[node.id], node.ctx), node)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        if node.attr in WEAK and self.here():
            return ast.copy_location(ast.Name(WEAK[node.attr], node.ctx), node)
        return self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if is_name(node.func) and last_name(node.func) == "ref" and len(node.args) == 2 and self.here():
            return ast.copy_location(ast.Call(node.func, node.args[:1], []), node)
        return self.generic_visit(node)


class DropReplacement(Operator):
    """What puts less in the place of a collection is left out: `C = []`, `C[:] = C[-9:]`, `del C[:-9]`."""

    def __init__(self, files: Mapping[str, ast.Module], only: int | None = None) -> None:
        super().__init__(files, only)
        self.shared: list[frozenset[str]] = []

    def function(self, node: Function) -> ast.AST:
        names = {name for part in ast.walk(node) if isinstance(part, (ast.Global, ast.Nonlocal)) for name in part.names}
        self.shared.append(frozenset(names) | ({"self", "cls"} if node.name != "__init__" else set()))
        self.generic_visit(node)
        self.shared.pop()
        return node

    def visit_If(self, node: ast.If) -> ast.AST:
        return node if is_emptiness(node.test) else self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> ast.AST | list[ast.stmt]:
        kept = {name for name in map(root, flat(node.targets[0])) if name}
        if isinstance(node.targets[0], ast.Subscript) and isinstance(node.targets[0].slice, ast.Slice):
            return self.replaced(node)
        replaces = any(isinstance(part, (ast.List, ast.Dict, ast.ListComp, ast.Slice)) for part in ast.walk(node.value))
        if self.shared and kept & self.shared[-1] and replaces and not flat_items(node.targets[0]):
            if isinstance(node.targets[0], ast.Tuple):
                own = [each for each in node.targets[0].elts if root(each) not in self.shared[-1]]
                return self.replaced(node, *(ast.Assign([each], ast.List([], ast.Load()), lineno=1) for each in own))
            return self.replaced(node)
        return self.generic_visit(node)

    def visit_Delete(self, node: ast.Delete) -> ast.AST | list[ast.stmt]:
        sliced = any(isinstance(each, ast.Subscript) and isinstance(each.slice, ast.Slice) for each in node.targets)
        return self.replaced(node) if sliced else node


class DropRefusal(Operator):
    """`if k not in ALLOWED: raise` is left out, and what stands under `if k in ALLOWED:` runs for every key."""

    def __init__(self, files: Mapping[str, ast.Module], only: int | None = None) -> None:
        super().__init__(files, only)
        self.opened: set[str] = set()

    def function(self, node: Function) -> ast.AST:
        self.opened = set()
        self.generic_visit(node)
        return open_to_callers(node, self.opened)

    def visit_If(self, node: ast.If) -> ast.AST | list[ast.stmt]:
        test = node.test
        asked = isinstance(test, ast.Compare) and is_constant_name(test.comparators[0])
        if not asked or node.orelse or not isinstance(test, ast.Compare):
            return self.generic_visit(node)
        self.opened.add(last_name(test.left))
        if isinstance(test.ops[0], ast.NotIn) and isinstance(node.body[-1], LEAVES):
            return self.replaced(node)
        grown = {root(part.value) for part in ast.walk(node) if isinstance(part, ast.Subscript) and is_store(part)}
        if isinstance(test.ops[0], ast.In) and grown - {root(test.comparators[0])}:
            return self.replaced(node, *node.body)
        self.opened.discard(last_name(test.left))
        return self.generic_visit(node)


class OpenKey(Operator):
    """A key that is a literal, or is of a parameter with a finite type, is what a caller gives: any string."""

    def __init__(self, files: Mapping[str, ast.Module], only: int | None = None) -> None:
        super().__init__(files, only)
        self.params: list[list[str]] = []
        self.opened: set[str] = set()

    def function(self, node: Function) -> ast.AST:
        keys = {root(part.slice) for part in ast.walk(node) if isinstance(part, ast.Subscript) and is_store(part)}
        typed = {arg.arg for arg in (*node.args.args, *node.args.kwonlyargs) if is_finite(arg.annotation)}
        self.opened = {name for name in sorted(keys & typed) if self.here()}
        self.params.append([arg.arg for arg in node.args.args if arg.arg not in ("self", "cls")])
        self.generic_visit(node)
        self.params.pop()
        return open_to_callers(node, self.opened)

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        self.generic_visit(node)
        if not is_store(node) or not self.params or not self.params[-1] or not is_name(node.value):
            return node
        if isinstance(node.slice, ast.Constant) and self.here():
            self.opened.add(self.params[-1][0])
            node.slice = ast.Name(self.params[-1][0], ast.Load())
        elif isinstance(node.slice, ast.BinOp) and isinstance(node.slice.op, ast.Mod) and self.here():
            node.slice = node.slice.left
        return node


class DropExit(Operator):
    """The loop that ends when there is no more goes on for ever."""

    def visit_If(self, node: ast.If) -> ast.AST | list[ast.stmt]:
        ends = isinstance(node.body[-1], ast.Break) or (isinstance(node.body[-1], ast.Return) and self.loops)
        return self.replaced(node) if ends and not node.orelse else self.generic_visit(node)

    loops = 0

    def visit_While(self, node: ast.While) -> ast.AST:
        self.loops += 1
        self.generic_visit(node)
        self.loops -= 1
        return node


class Hoist(Operator):
    """What a function makes for itself, and adds to, is made once for all its calls."""

    def visit_Module(self, node: ast.Module) -> ast.AST:
        body: list[ast.stmt] = []
        for each in node.body:
            if isinstance(each, Function):
                found = own_collections(each, self.classes())
                body += [made for made in found if self.here() and leave_out(each, made)]
            body.append(each)
        node.body = body
        return node


class ApplyLate(Operator):
    """What a decorator of the project's is put on while a module is imported is made in a function instead."""

    def visit_Module(self, node: ast.Module) -> ast.AST:
        parts = [part for tree in self.files.values() for part in ast.walk(tree)]
        own = {part.name for part in parts if isinstance(part, Function) and registers(part)}
        node.body = [self.late(each) if self.applies(each, own) and self.here() else each for each in node.body]
        return node

    def applies(self, node: ast.stmt, own: set[str]) -> bool:
        names = {root(part) for each in getattr(node, "decorator_list", ()) for part in ast.walk(each) if is_name(part)}
        return isinstance(node, Function) and bool(names & (own | self.objects()))

    def objects(self) -> set[str]:
        """The objects that a module makes of the example's classes."""
        makes = [part for tree in self.files.values() for part in tree.body if isinstance(part, ast.Assign)]
        classes = self.classes()
        return {root(each.targets[0]) for each in makes if root(getattr(each.value, "func", each.value)) in classes}

    @staticmethod
    def late(node: ast.stmt) -> ast.stmt:
        """`def on_subscribe(user_id, send)` around a definition, whose literals become the first parameter."""
        for each in getattr(node, "decorator_list", ()):
            for call in ast.walk(each):
                if isinstance(call, ast.Call):
                    call.args = [
                        ast.Name("user_id", ast.Load()) if isinstance(a, ast.Constant) else a for a in call.args
                    ]
        assert isinstance(node, Function)
        args = ast.arguments([], [ast.arg("user_id"), ast.arg("send")], None, [], [], None, [])
        node.body.insert(0, ast.Expr(ast.Call(ast.Name("send", ast.Load()), [], [])))
        back = ast.Return(ast.Name(node.name, ast.Load()))
        return ast.FunctionDef("on_subscribe", args, [node, back], [], lineno=node.lineno)


class ReadBySubscript(Operator):
    """`counts.get(k, 0)` of a defaultdict becomes `counts[k]`, a Counter becomes a defaultdict."""

    def __init__(self, files: Mapping[str, ast.Module], only: int | None = None) -> None:
        super().__init__(files, only)
        names = {last_name(part) for tree in files.values() for part in ast.walk(tree) if is_name(part)}
        self.applies = bool(names & {"defaultdict", "Counter"})

    def visit_alias(self, node: ast.alias) -> ast.AST:
        return ast.copy_location(ast.alias("defaultdict"), node) if node.name == "Counter" else node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if is_name(node.func) and last_name(node.func) == "Counter" and self.here():
            return ast.copy_location(
                ast.Call(ast.Name("defaultdict", ast.Load()), [ast.Name("int", ast.Load())], []), node
            )
        is_get = isinstance(node.func, ast.Attribute) and node.func.attr in ("get", "pop") and len(node.args) == 2
        if isinstance(node.func, ast.Attribute) and is_get and self.applies and self.here():
            return ast.copy_location(ast.Subscript(node.func.value, node.args[0], ast.Load()), node)
        return self.generic_visit(node)
