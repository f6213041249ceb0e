"""Entries that end by the clock, on the tree. Importing this module loads libcst."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import libcst as cst

from leaklint.project.concrete import syntax
from leaklint.project.verdict.faults import TIMES
from leaklint.rule import Suspect

if TYPE_CHECKING:
    from leaklint.trees import Tree

_FILE_TIMES = re.compile(r"\w*mtimes?\w*")
"""When a file was changed says nothing of when an entry ends."""

_LOOPS = (cst.For, cst.While, cst.CompFor)
_ORDERED = (cst.LessThan, cst.LessThanEqual, cst.GreaterThan, cst.GreaterThanEqual)


def only_when_asked_for(tree: Tree, suspect: Suspect) -> str | None:
    """An expired entry goes under the condition of its own time: keys that nobody asks for stay; '' in a loop."""
    row = suspect.removals[0].row
    removed = syntax.statement_at(tree, row)
    if removed is None:
        return None
    if any(is_loop(each) for each in tree.around(removed)):
        return ""
    for condition in syntax.conditions(tree, removed):
        if is_timed(tree.code(condition.test).replace(suspect.name, "")):
            return f"an expired entry goes only when its own key is asked for again, line {row}"
    return ""


def is_loop(node: cst.CSTNode) -> bool:
    """Whether a node repeats what is in it."""
    return isinstance(node, _LOOPS)


def is_timed(code: str) -> bool:
    """Whether the source of a condition speaks of when something ends."""
    return bool(TIMES.search(_FILE_TIMES.sub("", code)))


def compared(tree: Tree, suspect: Suspect) -> str | None:
    """The line of the growing function that compares a time, with no removal in any of its arms."""
    function = syntax.function_at(tree, suspect.growth.row)
    if function is None:
        return None
    for node in syntax.within(tree, function, cst.Comparison):
        if isinstance(node.comparisons[0].operator, _ORDERED) and is_timed(tree.code(node)):
            return f"line {tree.row(node)} looks at the time of the entry that is asked for, others stay"
    return ""
