"""Tables of handlers: a read whose value is called names an operation, and a program has only so many."""

from __future__ import annotations

from leaklint.facts import Op
from leaklint.project.containers import Event

_CALL, _COPY, _ITER, _LOAD_ITEM = map(int, (Op.CALL, Op.COPY, Op.ITER, Op.LOAD_ITEM))


def calls_what_it_reads(event: Event) -> bool:
    """Whether a read's value, or each of its elements, is called: `table[kind](event)`, `for hook in hooks[name]`."""
    use = event.use
    code = event.module.facts.scopes[use.scope].code
    found = {i[1] for i in code if i[0] == _LOAD_ITEM and (i[4], i[5]) == (use.row, use.col)}
    for instruction in code:  # in the order of the text, so that one pass follows a value on
        if instruction[0] in (_COPY, _ITER) and instruction[2] in found:
            found.add(instruction[1])
        elif instruction[0] == _CALL and instruction[2] in found:
            return True
    return False
