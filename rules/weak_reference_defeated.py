"""What is held weakly is held strongly by the value beside it, or by its own finalizer.

`weakref.finalize(self, self.close)` keeps its function until `self` dies, and the bound method keeps `self`: it never
dies, and `close` runs when the process ends. A `WeakKeyDictionary` whose values refer to their keys keeps every key, as
CPython has no ephemerons: of 100 keys, 100 are alive after collection.

How to mend: give the finalizer the resource, not the object (`weakref.finalize(self, os.close, self.descriptor)`), with
a function of the module or a `staticmethod`. Keep on the object itself what refers to it.

Not flagged, on purpose:

- values made from attributes of the key (`names[user] = user.name`), which do not refer to it;
- finalizers of one object that are given another.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from leaklint.project.external_calls import external_calls
from leaklint.rule import Finding, Rule

if TYPE_CHECKING:
    from leaklint.project import Project

FLAGGED = [
    """
import weakref


class Connection:
    def __init__(self, socket):
        self.socket = socket
        weakref.finalize(self, self.finish)  # LK502

    def finish(self):
        self.socket.close()


def on_request(request):
    return Connection(request.socket)
""",
    """
import weakref


def track(upload):
    weakref.finalize(upload, lambda: print("gone", upload.name))  # LK502
""",
]

CLEAN = [
    """
import weakref


class Connection:
    def __init__(self, socket):
        self.socket = socket
        weakref.finalize(self, socket.close)


def track(upload):
    name = upload.name
    weakref.finalize(upload, print, "gone", name)
""",
]


def judge(project: Project) -> Iterator[Finding]:
    """The finalizers that hold what they wait for."""
    calls = external_calls(project)
    for call in calls.named("weakref.finalize"):
        node = calls.node(call)
        if node is None or len(node.args) < 2 or not isinstance(node.args[0], ast.Name):
            continue
        name = node.args[0].id
        passed = [*node.args[1:], *(word.value for word in node.keywords)]
        is_bound = _is_own_method(project, call.scope, node.args[1], name)
        if not is_bound and not any(_holds(each, name) for each in passed):
            continue
        message = f"the finalizer of {name} holds {name} itself, which therefore lives as long as the process"
        yield calls.finding(call, "LK502", "weak-reference-defeated", message, confidence="high", cwe=(401,))


def _is_own_method(project: Project, scope: int, function: ast.expr, name: str) -> bool:
    """Whether a finalizer's function is `self.method`, which is bound to `self`."""
    owner = project.program.class_of(scope)
    if owner is None or not isinstance(function, ast.Attribute):
        return False
    if not isinstance(function.value, ast.Name) or function.value.id != name:
        return False
    for base in project.program.mro(owner):
        if not isinstance(base, int):
            continue
        module = project.program.module_of(base)
        for each in module.facts.scopes:
            if each.parent + module.scope_base == base and each.name == function.attr:
                return not any(decorator.text in ("staticmethod", "classmethod") for decorator in each.decorators)
    return False


def _holds(node: ast.expr, name: str) -> bool:
    """Whether an argument is the object of that name, contains it, or is a closure over it."""
    if isinstance(node, ast.Lambda):
        return any(isinstance(each, ast.Name) and each.id == name for each in ast.walk(node.body))
    if isinstance(node, (ast.Tuple, ast.List)):
        return any(_holds(each, name) for each in node.elts)
    if isinstance(node, ast.Call):
        return ast.unparse(node.func).endswith("partial") and any(_holds(each, name) for each in node.args)
    return isinstance(node, ast.Name) and node.id == name


RULE = Rule("LK502", "weak-reference-defeated", judge, cwe=(401,), preview=True)
