"""Caches of classes that are made for what is asked: `CACHE[cls, params] = create_model(...)`."""

from __future__ import annotations

import ast
import re

from leaklint.project.domains.drives import Domain, Drive
from leaklint.project.sources import expression
from leaklint.project.storage.containers import Event

MADE = Drive(Domain.UNKNOWN, "what a class is asked to be made for")
"""What drives such a cache: whoever asks for a class of other parameters gets a new one."""

_MAKING = re.compile(
    r"(?<![\w.])(\w+\.)*(create_model|make_dataclass|new_class|namedtuple|define_struct|defstruct|make_class)\("
    r"|(?<![\w.])type\([^(),]+,"
)
"""Calls that make a class."""

_CLASS = re.compile(r"(cls|klass|class_|type_|typ|origin|base|model)$")


def keeps_made_classes(event: Event) -> bool:
    """Whether a class that the function makes is kept under a class and what it was asked to be made for."""
    key = expression(event.use.key) if event.use.op == "[]=" else None
    if not isinstance(key, ast.Tuple) or len(key.elts) < 2:
        return False
    if all(isinstance(each, ast.Constant) or _CLASS.match(ast.unparse(each)) for each in key.elts):
        return False
    facts = event.module.facts
    slots = {each.slot for each in facts.variables if each.name == event.use.value and each.scope == event.use.scope}
    made = [use.value for use in facts.uses if use.kind == "bind" and not use.attr and use.base in slots]
    return any(_MAKING.search(text) for text in (event.use.value, *made))
