"""Endless loops that wait for something: consumers, pollers and accept loops."""

from __future__ import annotations

import re
from collections.abc import Iterator

from leaklint.facts import NOWHERE, Block, Op
from leaklint.models import EntryRule
from leaklint.project.entries.scan import UNSERVED_ROLES
from leaklint.project.linker.program import Module, Program

TICKS = EntryRule(framework="python", functions=("*",), kind="loop", rhythm="tick")
ITEMS = EntryRule(framework="python", functions=("*",), kind="loop", rhythm="item")

_ENDLESS = re.compile(
    r"(True|1)$|not .*(stop|shutdown|exit|quit|clos|cancel|terminat|finish|done|end|kill)"
    r"|.*(running|alive|active)(\(\))?$|.*keep_?(running|going)",
    re.IGNORECASE,
)
_LOOKUP = "get()"
"""`get` with a key or an address: what a page or table gives, which is no waiting where the loop can be left."""

_SLEEPS = frozenset({"sleep", "wait", "wait_for", "pause"})
_TAKES = frozenset(
    {"recv", "receive", "accept", "poll", "get", "getone", "getmany", "consume", "select", "readline", "recvfrom",
     "recv_multipart", "recv_json", "get_message", "receive_message", "receive_messages", "xread", "xreadgroup",
     "blpop", "brpop", "receive_json", "receive_text", "receive_bytes", "listen", "pop_message"}
)  # fmt: skip
_CALL, _ATTR, _RETURN = int(Op.CALL), int(Op.ATTR), int(Op.RETURN)
_ITERATORS = frozenset({"__iter__", "__aiter__", "__next__", "__anext__"})
"""Whoever iterates decides how long that goes on."""
_THROUGH = frozenset({"try", "with", "else", "try-else", "finally"})


def loops(program: Program) -> Iterator[tuple[EntryRule, int]]:
    """The functions with an endless loop that waits: by ticks where it sleeps, else by items."""
    for module in program.modules:
        if module.role in UNSERVED_ROLES or module.role == "example":
            continue
        waiting = _waiting(module)
        for number, block in enumerate(module.facts.blocks):
            if block.kind != "while" or not _ENDLESS.match(block.test):
                continue
            called = {name for each, name in waiting.get(block.scope, ()) if _within(module, each, number)}
            names = called if called - _SLEEPS else set()  # what only waits for something to come true does no work
            takes, sleeps = names & _TAKES, names & _SLEEPS
            if _LOOKUP in names and not left(module, block.scope, number):
                takes = takes | {"get"}
            if (takes or sleeps) and not ends(module, block.scope, number):
                scope = module.facts.scopes[block.scope]
                if finds(module, block.scope, number) or stopped_by_maker(module, block):
                    continue
                if scope.kind == "function" and scope.name not in _ITERATORS:
                    yield ITEMS if takes else TICKS, block.scope + module.scope_base


def waits(module: Module, loop: int) -> bool:
    """Whether a loop sleeps in each turn, or takes what somebody sends."""
    called = _waiting(module).get(module.facts.blocks[loop].scope, ())
    return any(name in _SLEEPS or name in _TAKES for each, name in called if _within(module, each, loop))


def _waiting(module: Module) -> dict[int, list[tuple[int, str]]]:
    """For each scope, the blocks in which something is called, and its name."""
    scopes = {block.scope for block in module.facts.blocks if block.kind == "while"}
    out: dict[int, list[tuple[int, str]]] = {}
    for number in scopes:
        scope = module.facts.scopes[number]
        names = {i[1]: i[3] for i in scope.code if i[0] == _ATTR}
        names.update(
            {variable.slot: variable.name for variable in module.facts.variables if variable.scope in (0, number)}
        )
        for i in scope.code:
            if i[0] == _CALL and i[8] == "call":
                name = names.get(i[2], "")
                of_key = name == "get" and bool(i[3]) and isinstance(i[3][0], int) and i[3][0] >= 0
                out.setdefault(number, []).append((i[7], _LOOKUP if of_key else name))
    return out


def left(module: Module, scope: int, loop: int) -> bool:
    """Whether a loop can be left by a return or break somewhere within."""
    leaves = [each for each in module.facts.exits if each.scope == scope and each.kind in ("return", "break")]
    return any(_within(module, each.block, loop) for each in leaves)


def finds(module: Module, scope: int, loop: int) -> bool:
    """Whether a loop is over once it has what its caller waits for: it returns something that is worked out."""
    code = module.facts.scopes[scope].code
    return any(
        each.scope == scope
        and each.kind == "return"
        and 0 < each.step <= len(code)
        and code[each.step - 1][0] == _RETURN
        and _within(module, each.block, loop)
        for each in module.facts.exits
    )


def stopped_by_maker(module: Module, loop: Block) -> bool:
    """Whether a loop waits for an event of the function around its own, which that function sets before it is over."""
    maker = module.facts.scopes[loop.scope].parent
    if maker == NOWHERE or module.facts.scopes[maker].kind != "function":
        return False
    words = set(re.findall(r"\w+", loop.test))
    slots = {each.slot for each in module.facts.variables if each.scope == maker and each.name in words}
    code = module.facts.scopes[maker].code
    sets = {i[1] for i in code if i[0] == _ATTR and i[3] == "set" and i[2] in slots}
    return any(i[0] == _CALL and i[2] in sets for i in code)


def _within(module: Module, block: int, outer: int) -> bool:
    while block >= 0:
        if block == outer:
            return True
        block = module.facts.blocks[block].parent
    return False


def ends(module: Module, scope: int, loop: int) -> bool:
    """Whether each round of a loop ends it: a return or break that nothing but `try` and `with` is around."""
    for leave in module.facts.exits:
        if leave.scope != scope or leave.kind not in ("return", "break"):
            continue
        block = leave.block
        while block >= 0 and block != loop and module.facts.blocks[block].kind in _THROUGH:
            block = module.facts.blocks[block].parent
        if block == loop:
            return True
    return False
