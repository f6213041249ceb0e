"""What is wrong with one removal: why a line that takes entries out does not keep the container small.

Each check looks at a removal beside the growths that count and answers with the reason and the code of
the fault, or None. The first that answers decides.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Sequence

from leaklint.facts import NOWHERE, Block, Exit, Instruction, Op
from leaklint.project.sources import expression
from leaklint.project.storage.containers import Container, Event
from leaklint.project.storage.guards import conjuncts, guards, path
from leaklint.project.verdict.growth import Growing

Fault = tuple[str, str]

TIMES = re.compile(r"time|now\b|now\(|expir|ttl|deadline|monotonic|stamp|age\b|until|valid_to|fresh|stale", re.I)
"""Words by which code speaks of when an entry ends."""

_CALL = int(Op.CALL)

_KEYED = frozenset({"pop", "del[]", "discard", "remove", "__delitem__"})


def on_failure_only(container: Container, growing: Sequence[Growing], event: Event) -> Fault | None:
    """In an `except` arm of the function that adds, and nowhere else: the entry stays on success."""
    handler = next((block for block in path(event.module, event.use.block) if block.kind == "except"), None)
    if handler is None or event.use.op == "=" or not _same_scope(growing, event):
        return None
    if any(each.event.scope == event.scope and handler in path(event.module, each.event.use.block) for each in growing):
        return None  # it adds there, too: what is missing is an error only to the one who looks it up
    return f"removed only on {handler.test or 'an exception'}", "LK304"


def not_on_every_exit(container: Container, growing: Sequence[Growing], event: Event) -> Fault | None:
    """After the growth in the same function, with a way out between the two that passes it by."""
    if event.use.op.lstrip("&") not in _KEYED or event.use.op.startswith("&"):
        return None
    if any(block.kind == "finally" for block in path(event.module, event.use.block)):
        return None
    for each in growing:
        use = each.event.use
        if each.event.scope != event.scope or use.step > event.use.step or not _same_key(each.event, event):
            continue
        if _returns_at_once(each.event, event):
            continue  # one call adds, or counts, and another one removes
        leaving = next(
            (way for way in _exits(event, use.step, event.use.step) if not _cleaned(container, event, way)), None
        )
        if leaving is not None and not _caught(container, event):
            words = {"await": "cancelled or failing await", "yield": "an error at the yield"}
            what = words.get(leaving.kind, leaving.kind)
            return f"the {what} in line {leaving.row} passes the removal by", "LK304"
    return None


def _returns_at_once(growth: Event, removal: Event) -> bool:
    """Whether the arm that adds ends with a return, and the removal comes after that arm."""
    arm = growth.use.block
    if arm == NOWHERE or growth.module.facts.blocks[arm].kind not in ("if", "else"):
        return False
    if growth.module.facts.blocks[arm] in path(removal.module, removal.use.block):
        return False
    return any(
        way.kind == "return" and way.block == arm and growth.use.step <= way.step for way in growth.module.facts.exits
    )


def passing(growth: Event, step: int) -> bool:
    """Whether the function of a growth may be left between it and a later step."""
    return bool(_exits(growth, growth.use.step, step - 1))


def _exits(event: Event, first: int, last: int) -> list[Exit]:
    kinds = ("await", "yield", "return", "raise")
    return [
        way
        for way in event.module.facts.exits
        if way.scope == event.use.scope and first <= way.step <= last and way.kind in kinds
        and (way.kind != "raise" or way.block != event.use.block)
        and not any(block.kind == "except" and block.test in _MISSING for block in path(event.module, way.block))
        and not (way.kind == "await" and _swallowed(event, way))
    ]  # fmt: skip


def _swallowed(event: Event, way: Exit) -> bool:
    """Whether a handler of everything takes what is raised there and goes on."""
    facts = event.module.facts
    for block in path(event.module, way.block):
        if block.kind != "try":
            continue
        for number, handler in enumerate(facts.blocks):
            if handler.parent == block.parent and handler.kind == "except" and handler.test in ("", "BaseException"):
                return not any(each.block == number for each in facts.exits)
    return False


def _cleaned(container: Container, event: Event, way: Exit) -> bool:
    """Whether an exit lies in an arm that removes the entry before it leaves."""
    return way.block != NOWHERE and any(
        other.scope == event.scope and other.use.block == way.block and other.use.step <= way.step
        for other in container.shrinks
    )


def _caught(container: Container, event: Event) -> bool:
    """Whether a handler of everything removes the entry as well."""
    for other in container.shrinks:
        if other.scope != event.scope:
            continue
        for block in path(other.module, other.use.block):
            if block.kind == "finally" or (block.kind == "except" and block.test in ("", "BaseException")):
                return True
    return False


def never_true(container: Container, growing: Sequence[Growing], event: Event) -> Fault | None:
    """Every so many calls, by a counter that the function sets to the same number at each call."""
    facts = event.module.facts
    if any(block.kind in ("for", "while") for block in path(event.module, event.use.block)):
        return None
    for guard in guards(event.module, event.use):
        for tree, _ in conjuncts(guard):
            name = _counted(tree)
            slots = {each.slot for each in facts.variables if each.name == name and each.scope == event.use.scope}
            binds = [use for use in facts.uses if use.kind == "bind" and not use.attr and use.base in slots]
            counts = any(use.op == "+=" and use.base in slots for use in facts.uses)
            if binds and counts and all(use.value.isdigit() and use.block == NOWHERE for use in binds):
                return f"{name} counts from the same number at each call", ""
    return None


def _counted(tree: ast.expr) -> str:
    """The name in `calls % 100 == 0`, '' for any other condition."""
    left = tree.left if isinstance(tree, ast.Compare) else tree
    if isinstance(left, ast.BinOp) and isinstance(left.op, ast.Mod) and isinstance(left.left, ast.Name):
        return left.left.id
    return ""


def in_what_stays_empty(event: Event, grown: Collection[str]) -> Fault | None:
    """Only for keys of another collection of the module, to which nothing adds."""
    facts = event.module.facts
    for guard in guards(event.module, event.use):
        for tree, holds in conjuncts(guard):
            if not isinstance(tree, ast.Compare) or not isinstance(tree.ops[0], ast.In if holds else ast.NotIn):
                continue
            other = tree.comparators[0]
            if not isinstance(other, ast.Name) or f"{event.module.name}.{other.id}" in grown:
                continue
            slots = {each.slot for each in facts.variables if each.name == other.id and each.scope == 0}
            binds = [use for use in facts.uses if use.kind == "bind" and not use.attr and use.base in slots]
            if len(binds) == 1 and binds[0].value in EMPTY:
                return f"removed only for what is in {other.id}, to which nothing adds", ""
    return None


_MISSING = frozenset({"KeyError", "IndexError", "LookupError"})
"""What is raised where there is no entry: nothing is left behind then."""

EMPTY = frozenset({"{}", "[]", "set()", "dict()", "list()"})


def by_another_key(container: Container, growing: Sequence[Growing], event: Event) -> Fault | None:
    """Inserted under one key and removed under another that stands beside it."""
    taken = expression(
        event.use.key.partition(",")[0] if event.use.op == "pop" and "(" not in event.use.key else event.use.key
    )
    if taken is None or event.use.op not in ("pop", "del[]") or isinstance(taken, ast.Constant) or event.ref.depth:
        return None
    if event.use.op == "pop" and isinstance(whole := expression(event.use.key), ast.Tuple):
        taken = whole
    keys = [(each.event, each.event.use.key) for each in growing if each.axis == 0 and each.event.use.key]
    given = [expression(_written(added, key)) for added, key in keys]
    trees = [tree for tree in given if tree is not None]
    if not trees or len(trees) < len(given):
        return None
    mismatched = all(_mismatched(tree, taken, container, event) for tree in trees)
    mismatched = mismatched or all(_is_marked(added, key, event, taken) for added, key in keys)
    if not mismatched and not _by_name(growing, taken) and not _by_element(container, trees, taken):
        return None
    return f"added under {ast.unparse(trees[0])}, removed under {ast.unparse(taken)}", "LK305"


def _is_marked(added: Event, key: str, event: Event, taken: ast.expr) -> bool:
    """Whether a key is put together from a mark and what a removal takes by itself: `f"user:{id}"` and `id`."""
    if not isinstance(taken, (ast.Name, ast.Attribute)) or _spelt(event, ast.unparse(taken)) != ast.unparse(taken):
        return False
    params = {param.name for param in event.module.facts.scopes[event.use.scope].params}
    root = next(node.id for node in ast.walk(taken) if isinstance(node, ast.Name)) if "." in ast.unparse(taken) else ""
    if (root or ast.unparse(taken)) not in params - {"self", "cls"}:
        return False
    given = expression(_spelt(added, key))
    if isinstance(given, ast.JoinedStr):
        named = [each.value for each in given.values if isinstance(each, ast.FormattedValue)]
        marks = [each for each in given.values if isinstance(each, ast.Constant)]
    elif isinstance(given, ast.BinOp) and isinstance(given.op, (ast.Add, ast.Mod)):
        named = [each for each in (given.left, given.right) if not isinstance(each, ast.Constant)]
        marks = [each for each in (given.left, given.right) if isinstance(each, ast.Constant)]
    else:
        return False
    return bool(marks) and len(named) == 1 and ast.unparse(named[0]) == ast.unparse(taken)


def _spelt(event: Event, text: str) -> str:
    """An expression, or in place of a local name the only value of any form that the function gives it."""
    facts = event.module.facts
    slots = {each.slot for each in facts.variables if each.name == text and each.scope == event.use.scope}
    binds = [use for use in facts.uses if use.kind == "bind" and not use.attr and use.base in slots]
    return binds[0].value if len(binds) == 1 and binds[0].op == "=" else "" if binds else text


def _by_element(container: Container, given: Sequence[ast.expr], taken: ast.expr) -> bool:
    """Whether a removal takes for a key what is put into the collections under the keys: `D[k].add(v)`, `del D[v]`."""
    text = ast.unparse(taken)
    if any(text == ast.unparse(key) for key in given):
        return False
    return any(use.value == text for use in (each.use for each in container.grows if each.ref.depth == 1))


def _by_name(growing: Sequence[Growing], taken: ast.expr) -> bool:
    """Whether a removal asks tasks or threads for their names, and what is stored was made with one."""
    if isinstance(taken, ast.Tuple) and taken.elts:
        taken = taken.elts[0]
    asked = taken.func if isinstance(taken, ast.Call) and not taken.args else None
    if not isinstance(asked, ast.Attribute) or asked.attr not in ("get_name", "getName"):
        return False
    return all(_NAMED.search(_made(each.event)) for each in growing if each.axis == 0)


_NAMED = re.compile(r"\bname=")


def _made(event: Event) -> str:
    """What the local name that is stored was given, where its function does so once."""
    facts, text = event.module.facts, event.use.value
    slots = {each.slot for each in facts.variables if each.name == text and each.scope == event.use.scope}
    binds = [use for use in facts.uses if use.kind == "bind" and not use.attr and use.base in slots]
    return binds[0].value if len(binds) == 1 else ""


def by_identity(event: Event) -> bool:
    """Whether a removal names its entry by the `id()` of an object."""
    taken = expression(event.use.key.partition(", ")[0]) if event.use.op.lstrip("&") in _KEYED else None
    return taken is not None and any(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "id"
        for node in ast.walk(taken)
    )


def _mismatched(given: ast.expr, taken: ast.expr, container: Container, event: Event) -> bool:
    if isinstance(taken, ast.Name):
        return False
    if isinstance(given, ast.Tuple) and isinstance(taken, ast.Tuple):
        first, second = [ast.unparse(each) for each in given.elts], [ast.unparse(each) for each in taken.elts]
        return first != second and sorted(first) == sorted(second)
    if not isinstance(given, ast.Attribute) or not isinstance(taken, ast.Attribute):
        return False
    first_root, second_root = ast.unparse(given.value), ast.unparse(taken.value)
    if first_root == second_root:
        return given.attr != taken.attr
    params = {param.name for param in event.module.facts.scopes[event.use.scope].params}
    params -= {"self", "cls"}  # one function's own object is another's argument
    return given.attr == taken.attr and first_root in params and second_root in params


def only_when_read(container: Container, growing: Sequence[Growing], event: Event) -> Fault | None:
    """An expired entry goes when its own key is asked for again: keys that nobody asks for stay."""
    use = event.use
    if use.op not in ("pop", "del[]") or not use.key or not any(TIMES.search(each.event.use.value) for each in growing):
        return None
    key = use.key.partition(",")[0]
    if any(block.kind in ("for", "while") for block in path(event.module, use.block)) or not key.isidentifier():
        return None
    reads = [read for read in container.reads if read.scope == event.scope and read.use.key.partition(",")[0] == key]
    name = container.holder.name
    timed = any(TIMES.search(guard.test.replace(name, "")) for guard in guards(event.module, use))
    if not reads or not timed:
        return None
    return "an expired entry goes only when its own key is asked for again", "LK303"


def _same_scope(growing: Sequence[Growing], event: Event) -> bool:
    return any(each.event.scope == event.scope for each in growing)


def _same_key(added: Event, taken: Event) -> bool:
    if taken.use.op == "pop" and not taken.use.key:
        return added.use.op == "append" and not _is_in_doubt(taken)
    key = _written(taken, taken.use.key.partition(",")[0])
    return key in (_written(added, added.use.key), _written(added, added.use.value))


def _is_in_doubt(taken: Event) -> bool:
    """Whether `pop()` may take something else than what was added last: in a loop, or by the number of elements."""
    arms = path(taken.module, taken.use.block)
    return any(arm.kind in ("for", "while", "comprehension") or "len(" in arm.test for arm in arms)


def of_the_last_turn(container: Container, growing: Sequence[Growing], event: Event) -> Fault | None:
    """By a function made in a loop, under a name that the loop binds anew: each sees what the last turn bound."""
    facts, name = event.module.facts, event.use.key.partition(",")[0]
    scope = facts.scopes[event.use.scope]
    if event.use.op.lstrip("&") not in _KEYED or scope.parent == NOWHERE or not name.isidentifier():
        return None
    own = {each.slot for each in facts.variables if each.name == name and each.scope == scope.parent}
    known = {each.name for each in facts.variables if each.scope == event.use.scope}
    if name in known or any(param.name == name for param in scope.params):
        return None
    given = {_loop(event, step[7]) for step in facts.scopes[scope.parent].code if _hands_on(step, scope.self_slot)}
    for use in facts.uses:
        if use.kind == "bind" and not use.attr and use.base in own and _loop(event, use.block) in given - {None}:
            return f"{scope.name}() sees the {name} of the loop's last turn only", ""
    return None


def _hands_on(step: Instruction, slot: int) -> bool:
    return step[0] == _CALL and slot in step[3]


def _loop(event: Event, block: int) -> Block | None:
    """The innermost loop around an arm of the event's file."""
    return next((arm for arm in path(event.module, block) if arm.kind in ("for", "while")), None)


def _written(event: Event, text: str) -> str:
    """An expression, or in place of a local name the only value that the function gives it."""
    facts = event.module.facts
    slots = {each.slot for each in facts.variables if each.name == text and each.scope == event.use.scope}
    binds = [use for use in facts.uses if use.kind == "bind" and not use.attr and use.base in slots]
    is_plain = len(binds) == 1 and binds[0].op == "=" and re.fullmatch(r"\w+(\.\w+)+", binds[0].value)
    return binds[0].value if is_plain else text


# Faults of containers that nothing is removed from.


def expiry_on_read(container: Container, growing: Sequence[Growing]) -> bool:
    """Whether entries carry their time, and the function that adds compares it."""
    for each in growing:
        event = each.event
        if not TIMES.search(event.use.value):
            continue
        blocks = event.module.facts.blocks
        if any(block.scope == event.use.scope and _compares_time(block.test) for block in blocks):
            return True
    return False


def _compares_time(test: str) -> bool:
    tree = expression(test) if TIMES.search(test) else None
    return tree is not None and any(
        isinstance(node, ast.Compare) and isinstance(node.ops[0], (ast.Lt, ast.LtE, ast.Gt, ast.GtE))
        for node in ast.walk(tree)
    )


def limit_only_compared(container: Container, growing: Sequence[Growing]) -> bool:
    """Whether the function that adds compares the size with a limit, to no effect on the size."""
    name = re.escape(container.holder.name)
    pattern = re.compile(
        rf"len\([\w.]*\b{name}\)\s*(>=?|==)\s*(?!0\b)|(?<!\w)(?!0\b)[\w.]+\s*<=?\s*len\([\w.]*\b{name}\)"
    )
    for each in growing:
        blocks = each.event.module.facts.blocks
        if any(
            block.scope == each.event.use.scope and block.kind == "if" and pattern.search(block.test)
            for block in blocks
        ):
            return True
    return False


def inner_pruned(container: Container, growing: Sequence[Growing]) -> bool:
    """Whether only the elements are pruned: `D[k] = [x for x in D[k] if ...]`, `D[k].popleft()`, `deque(maxlen=9)`."""
    if any(event.ref.depth == 1 and not event.use.op.startswith("&") for event in container.shrinks):
        return True
    name = re.escape(container.holder.name)
    for each in growing:
        use = each.event.use
        if (
            use.op == "[]="
            and re.search(rf"\b{name}\b\s*(\[|\.get\()", use.value)
            and re.search(r"\bif\b|\[-?\w*:|filter", use.value)
        ):
            return True
    if set(container.kinds) <= {"deque", "queue"}:
        return False  # the limit in its text is its own
    texts = [event.use.value for event in (*container.binds, *container.grows)]
    return any(re.search(r"maxlen\s*=\s*(?!None)", text) for text in texts)
