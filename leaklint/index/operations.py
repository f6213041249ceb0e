"""Names of operations that may make a container grow or shrink, whatever its type.

Whether the receiver is a container, and whether the operation means that for its type, is decided
at link: `get` takes from a queue and only reads a dict.
"""

from __future__ import annotations

GROW_METHODS = frozenset(
    {
        "append", "appendleft", "add", "extend", "extendleft", "insert", "update", "setdefault", "push",
        "put", "put_nowait", "write", "writelines", "__setitem__", "symmetric_difference_update", "subtract",
        "set", "send", "send_nowait", "maps", "new_child", "add_task", "store", "sync",
    }
)  # fmt: skip

SHRINK_METHODS = frozenset(
    {
        "pop", "popitem", "popleft", "popright", "clear", "remove", "discard", "__delitem__", "difference_update",
        "intersection_update", "truncate", "get_nowait", "expire", "evict", "delete", "prune", "purge", "cull",
        "delete_many", "receive", "receive_nowait", "getvalue_and_clear", "cache_clear", "getbuffer", "seek",
    }
)  # fmt: skip

READ_METHODS = frozenset(
    {
        "get", "keys", "values", "items", "copy", "index", "count", "__contains__", "__getitem__", "__len__",
        "getvalue", "read", "readline", "most_common", "elements", "qsize", "empty", "full", "move_to_end", "sort",
        "reverse", "rotate", "join", "issubset", "issuperset", "union", "intersection", "difference",
    }
)  # fmt: skip

GROW_FUNCTIONS = {"heappush": "heappush", "insort": "insort", "insort_left": "insort", "insort_right": "insort",
                  "setitem": "[]="}  # fmt: skip
"""Functions whose first argument grows."""

SHRINK_FUNCTIONS = {"heappop": "heappop", "delitem": "del[]", "heapreplace": "heapreplace",
                    "heappushpop": "heappushpop"}  # fmt: skip
"""Functions whose first argument shrinks, or stays as large as it is while taking an element."""

READ_FUNCTIONS = {"len": "len", "bool": "bool", "sorted": "for", "list": "for", "tuple": "for", "sum": "for",
                  "any": "for", "all": "for", "max": "for", "min": "for", "iter": "for", "enumerate": "for",
                  "set": "for", "dict": "for", "reversed": "for"}  # fmt: skip

AUGMENTED = {
    "Add": ("grow", "+="),
    "BitOr": ("grow", "|="),
    "BitXor": ("grow", "^="),
    "Sub": ("shrink", "-="),
    "BitAnd": ("shrink", "&="),
    "Mult": ("grow", "*="),
}

NO_RETURN = frozenset({"abort", "exit", "_exit", "fail"})
"""Functions that raise: Flask's `abort`, `sys.exit`, `pytest.fail`."""

BINARY_DUNDERS = {
    "Add": "__add__", "Sub": "__sub__", "Mult": "__mul__", "MatMult": "__matmul__", "Div": "__truediv__",
    "Mod": "__mod__", "Pow": "__pow__", "LShift": "__lshift__", "RShift": "__rshift__", "BitOr": "__or__",
    "BitXor": "__xor__", "BitAnd": "__and__", "FloorDiv": "__floordiv__",
}  # fmt: skip

COMPARE_DUNDERS = {
    "Eq": "__eq__", "NotEq": "__ne__", "Lt": "__lt__", "LtE": "__le__", "Gt": "__gt__", "GtE": "__ge__",
}  # fmt: skip

UNARY_DUNDERS = {"Invert": "__invert__", "UAdd": "__pos__", "USub": "__neg__"}
