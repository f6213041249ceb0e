"""The ways past a removal, on the tree: exits between growth and removal, waits that end early, conditions.

Each function says why the removals of a suspect are not enough, '' where they are, None where it can't tell.
Importing this module loads libcst.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import libcst as cst

from leaklint.project.concrete import syntax
from leaklint.rule import Suspect

if TYPE_CHECKING:
    from leaklint.project import Project
    from leaklint.trees import Tree

_WAYS = (cst.Await, cst.Yield, cst.Return, cst.Raise)
_LATER = frozenset(
    {"add_done_callback", "call_later", "call_at", "callback", "push_async_callback", "finalize", "Timer"}
)


def passed_by(tree: Tree, suspect: Suspect) -> str | None:
    """A way out of the function between the line that adds and the one that removes."""
    grown = syntax.statement_at(tree, suspect.growth.row)
    removed = syntax.statement_at(tree, suspect.removals[0].row)
    function = syntax.function_at(tree, suspect.growth.row)
    if grown is None or removed is None or function is None:
        return None
    if _is_thought_of(tree, function, suspect) or _leaves_first(tree, grown, removed):
        return ""
    last = tree.rows(removed)  # a call that removes has its own way to go when it is awaited
    between = range(tree.rows(grown).start + 1, last.start if suspect.cause == "help" else last.stop)
    for way in syntax.within(tree, function, _WAYS):
        row = tree.row(way)
        if row not in between or syntax.exclusive(tree, grown, way):
            continue
        if syntax.guarded(tree, way, suspect.cleaning, _kinds(way)):
            continue
        if not syntax.cleaned_before(tree, way, suspect.growth.row, suspect.cleaning):
            return f"{_words(way)} in line {row} passes the removal by"
    return ""


def _leaves_first(tree: Tree, grown: cst.CSTNode, removed: cst.CSTNode) -> bool:
    """Whether the arm that adds always leaves the function or turn itself: what removes is an arm for another one."""
    row = tree.row(removed)
    for around in tree.around(grown):
        outer = next(tree.around(around), around)
        if row in tree.rows(outer if isinstance(outer, cst.Try) else around):
            return False
        if isinstance(around, cst.IndentedBlock) and any(
            isinstance(each, cst.SimpleStatementLine) and isinstance(each.body[-1], syntax.LEAVES)
            for each in around.body
            if tree.row(each) >= tree.row(grown)
        ):
            return True
    return False


def _kinds(way: cst.CSTNode) -> frozenset[str]:
    """The names under which an arm sees what ends the function there; none for a return, which no arm sees."""
    if isinstance(way, cst.Return):
        return frozenset()
    return syntax.CANCELLED if isinstance(way, cst.Await) else syntax.EVERYTHING


def _words(way: cst.CSTNode) -> str:
    if isinstance(way, cst.Await):
        return "the cancelled or failing await"
    return "the error at the yield" if isinstance(way, cst.Yield) else f"the {type(way).__name__.lower()}"


def _is_thought_of(tree: Tree, function: cst.FunctionDef, suspect: Suspect) -> bool:
    """Whether some `finally` or arm for everything in the function removes: then failures were thought of."""
    for each in syntax.within(tree, function, cst.Try):
        if each.finalbody is not None and syntax.rows_in(tree, each.finalbody, suspect.cleaning):
            return True
        for handler in each.handlers:
            if syntax.caught(handler) & {"", "BaseException"} and syntax.rows_in(tree, handler, suspect.cleaning):
                return True
    return False


def on_failure_only(tree: Tree, suspect: Suspect) -> str | None:
    """The arm of the only removal, in words."""
    removed = syntax.statement_at(tree, suspect.removals[0].row)
    if removed is None:
        return None
    arm = next((each for each in tree.around(removed) if isinstance(each, cst.ExceptHandler)), None)
    if arm is None:
        return ""
    names = ", ".join(sorted(syntax.caught(arm) - {""})) or "an exception"
    return f"removed only on {names}, the arm in line {tree.row(arm)}"


_TAKES = re.compile(r"\b(pop|remove|discard|delitem|__delitem__|clear|_\w+)\(")
_LIMITS = frozenset({"fail_after", "move_on_after", "timeout", "fail_at", "move_on_at", "timeout_at"})
"""What sets a time limit for the block below it."""


def left_by_a_wait(tree: Tree, suspect: Suspect) -> str | None:
    """What was added is waited for with a time limit; somebody else removes it, and nobody when the time is over."""
    function = syntax.function_at(tree, suspect.growth.row)
    grown = syntax.statement_at(tree, suspect.growth.row)
    if function is None or grown is None:
        return None
    if any(_is_seen_to(tree, call) for call in syntax.within(tree, function, cst.Call)):
        return ""
    names = {suspect.growth.value} | _names_of(tree, grown)
    names |= _halves(tree, function, names)
    for call in syntax.within(tree, function, cst.Call):
        row = tree.row(call)
        if row <= suspect.growth.row or not _is_limited(tree, call, names):
            continue
        if syntax.guarded(tree, call, suspect.cleaning, syntax.WAITED):
            continue
        if syntax.cleaned_before(tree, call, suspect.growth.row, suspect.cleaning):
            continue
        if not isinstance(next(tree.around(call), None), cst.Await) and any(each > row for each in suspect.cleaning):
            continue  # `event.wait()` returns when the time is over
        return f"the wait in line {row} that times out or is cancelled leaves the entry"
    return ""


def _names_of(tree: Tree, grown: cst.CSTNode) -> set[str]:
    """The local names that an assignment gives the value that it stores: `future = pending[key] = Future()`."""
    names: set[str] = set()
    for each in tree.nodes(grown):
        if isinstance(each, cst.AssignTarget):
            parts = each.target.elements if isinstance(each.target, cst.Tuple) else (each.target,)
            values = (part.value if isinstance(part, cst.BaseElement) else part for part in parts)
            names.update(value.value for value in values if isinstance(value, cst.Name))
    return names


def _is_seen_to(tree: Tree, call: cst.Call) -> bool:
    """Whether a call has something done later, and be it taking the entry away: a lambda shows what it does."""
    if syntax.last_name(call) not in _LATER:
        return False
    done = [each.value for each in call.args if isinstance(each.value, cst.Lambda)]
    return not done or any(_TAKES.search(tree.code(each)) for each in done)


def _halves(tree: Tree, function: cst.CSTNode, names: set[str]) -> set[str]:
    """The other ends of what has several: `send, receive = create_stream()`."""
    out: set[str] = set()
    for each in syntax.within(tree, function, cst.Assign):
        target = each.targets[0].target
        if isinstance(target, cst.Tuple) and isinstance(each.value, cst.Call):
            ends = {part.value.value for part in target.elements if isinstance(part.value, cst.Name)}
            out |= ends if ends & names else set()
    return out


def _within_limit(tree: Tree, call: cst.Call) -> bool:
    """Whether a call is awaited where a time limit holds: `with fail_after(5): await stream.receive()`."""
    if not isinstance(next(tree.around(call), None), cst.Await):
        return False
    for each in tree.around(call):
        if isinstance(each, syntax.FUNCTIONS):
            return False
        if isinstance(each, cst.With):
            items = [item.item for item in each.items]
            if any(isinstance(item, cst.Call) and syntax.last_name(item.func) in _LIMITS for item in items):
                return True
    return False


def _is_limited(tree: Tree, call: cst.Call, names: set[str]) -> bool:
    """Whether a call waits for one of the names no longer than some time: `wait_for(future, 5)`, `event.wait(5)`."""
    limits = [each for each in call.args if each.keyword is not None and "timeout" in each.keyword.value]
    if any(_is_none(each.value) for each in limits):
        return False
    if syntax.last_name(call.func) == "wait_for" and len(call.args) > 1:
        waited = call.args[0].value
        waited = waited.args[0].value if isinstance(waited, cst.Call) and waited.args else waited  # shield(future)
        return tree.code(waited) in names and not _is_none(call.args[1].value)
    if not isinstance(call.func, cst.Attribute) or tree.code(call.func.value) not in names:
        return False
    if limits or _within_limit(tree, call):
        return True
    return call.func.attr.value in ("wait", "result") and len(call.args) == 1


def _is_none(value: cst.BaseExpression) -> bool:
    return isinstance(value, cst.Name) and value.value == "None"


def put_back(tree: Tree, suspect: Suspect) -> str | None:
    """The entry is stored a second time after a call, in which the first may have been answered and removed."""
    first = syntax.statement_at(tree, suspect.growth.row)
    second = syntax.statement_at(tree, int(suspect.about))
    if first is None or second is None:
        return None
    if next(tree.around(first), None) is not next(tree.around(second), None):
        return ""
    return f"line {suspect.about} stores the entry again when it may have been removed"


def only_in_a_mode(project: Project, tree: Tree, suspect: Suspect) -> str | None:
    """Every removal runs only while an attribute is set, the growth also while it is not."""
    grown = syntax.statement_at(tree, suspect.growth.row)
    if grown is None:
        return None
    if any(_mentions(tree, each, suspect.about) for each in syntax.conditions(tree, grown)):
        return ""
    for removal in suspect.removals:
        other = project.tree(removal.function)
        removed = syntax.statement_at(other, removal.row) if other is not None else None
        if other is None or removed is None:
            return None
        if not any(_is_set(other, each, suspect.about) for each in syntax.conditions(other, removed)):
            return ""
    return f"removed only while {suspect.about} is set, added also without it"


def _mentions(tree: Tree, condition: syntax.Condition, attribute: str) -> bool:
    return any(tree.code(node) == attribute for node in tree.nodes(condition.test) if isinstance(node, cst.Attribute))


def _is_set(tree: Tree, condition: syntax.Condition, attribute: str) -> bool:
    """Whether a condition says that an attribute is set: `self.x`, `self.x is not None`."""
    test, holds = condition.test, condition.holds
    if isinstance(test, cst.Comparison) and len(test.comparisons) == 1:
        target = test.comparisons[0]
        if not isinstance(target.operator, (cst.IsNot, cst.Is)) or not _is_none(target.comparator):
            return False
        test, holds = test.left, holds == isinstance(target.operator, cst.IsNot)
    return holds and tree.code(test) == attribute
