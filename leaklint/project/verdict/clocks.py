"""Two clocks in one comparison: what is stamped by the time of day and compared with the time since boot never ends."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from typing import TypeGuard

from leaklint.project.sources import expression
from leaklint.project.storage.containers import Container, Event
from leaklint.project.storage.guards import conjuncts, guards, path
from leaklint.project.verdict.growth import Growing

_CLOCKS = {
    "time of day": re.compile(r"(?<![\w.])(time\.)?time(_ns)?\(\)"),
    "time since boot": re.compile(r"(?<![\w.])(time\.)?(monotonic|perf_counter)(_ns)?\(\)"),
}


def by_another_clock(container: Container, growing: Sequence[Growing], event: Event) -> tuple[str, str] | None:
    """Removed when a time is over that is read from another clock than the stamp, so that it never is.

    The time of day is far ahead of the time since boot: a comparison that asks for the opposite is never true.
    """
    stamped = {_clock(each.event.use.value, each.event) for each in growing} - {""}
    if len(stamped) != 1:
        return None
    stamp = stamped.pop()
    for compare, holds in _comparisons(event):
        left, right = (_clock(ast.unparse(side), event) for side in (compare.left, compare.comparators[0]))
        if bool(left) == bool(right) or (left or right) == stamp:
            continue
        below = isinstance(compare.ops[0], (ast.Lt, ast.LtE)) == holds
        is_stamp_below = below if right else not below
        if is_stamp_below == (stamp == "time of day"):
            return f"stamped with the {stamp}, compared with the {left or right}: that is never over", ""
    return None


def _clock(text: str, event: Event) -> str:
    """The clock that an expression reads, itself or through a local name that the function binds once."""
    for name, pattern in _CLOCKS.items():
        if pattern.search(text):
            return name
    facts = event.module.facts
    names = set(re.findall(r"[A-Za-z_]\w*", text))
    slots = [each.slot for each in facts.variables if each.scope == event.use.scope and each.name in names]
    for slot in slots:
        binds = [use for use in facts.uses if use.kind == "bind" and not use.attr and use.base == slot]
        for name, pattern in _CLOCKS.items():
            if len(binds) == 1 and pattern.search(binds[0].value):
                return name
    return ""


def _comparisons(event: Event) -> Iterator[tuple[ast.Compare, bool]]:
    """The comparisons under which a removal happens, those in the loop's comprehension too, and whether each holds."""
    for guard in guards(event.module, event.use):
        for tree, holds in conjuncts(guard):
            if _is_ordered(tree):
                yield tree, holds
    for block in path(event.module, event.use.block):
        source = expression(block.test.partition(" in ")[2]) if block.kind == "for" else None
        for node in ast.walk(source) if source is not None else ():
            for test in node.ifs if isinstance(node, ast.comprehension) else ():
                if _is_ordered(test):
                    yield test, True


def _is_ordered(tree: ast.expr) -> TypeGuard[ast.Compare]:
    return (
        isinstance(tree, ast.Compare)
        and len(tree.ops) == 1
        and isinstance(tree.ops[0], (ast.Lt, ast.LtE, ast.Gt, ast.GtE))
    )
