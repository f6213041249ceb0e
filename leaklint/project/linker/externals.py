"""What is known of functions and types that projects do not define, as data."""

from __future__ import annotations

import collections
import re
import types

DICTS = frozenset(
    {"dict", "OrderedDict", "defaultdict", "Counter", "ChainMap", "WeakValueDictionary", "WeakKeyDictionary",
     "MultiDict", "UserDict", "LRUCache", "TTLCache", "LFUCache", "MappingProxyType"}
)  # fmt: skip
"""Types whose iteration gives keys."""

CONTAINERS = DICTS | {
    "list", "set", "frozenset", "tuple", "bytearray", "deque", "Queue", "LifoQueue", "PriorityQueue", "SimpleQueue",
    "JoinableQueue", "WeakSet", "array", "UserList", "generator", "iter", "bytes",
}  # fmt: skip
"""Types whose methods are known here altogether."""

TYPES = frozenset(
    {"builtins.list", "builtins.dict", "builtins.set", "builtins.frozenset", "builtins.tuple", "builtins.bytearray",
     "builtins.iter", "builtins.property", "builtins.classmethod", "builtins.staticmethod", "collections.deque",
     "collections.OrderedDict", "collections.defaultdict", "collections.Counter", "collections.ChainMap",
     "weakref.WeakValueDictionary", "weakref.WeakKeyDictionary", "weakref.WeakSet"}
)  # fmt: skip
"""Types that the linker follows elements and members through."""

MEMBERS = {
    f"{kind.__module__}.{kind.__name__}": frozenset(dir(kind))
    for kind in (list, dict, set, frozenset, tuple, bytearray, bytes, str, collections.deque, collections.OrderedDict,
                 collections.defaultdict, collections.Counter, collections.ChainMap)
} | {"builtins.generator": frozenset(dir(types.GeneratorType)), "builtins.iter": frozenset(dir(types.GeneratorType)) | {
    "mapping", "isdisjoint"}}  # fmt: skip
"""The attributes of builtin containers: there are no others."""

SILENT_MODULES = ("operator.", "os.path.", "posixpath.", "urllib.parse.", "math.", "decimal.", "datetime.", "pprint.",
                  "base64.", "textwrap.", "html.", "struct.", "locale.", "unicodedata.", "binascii.", "fnmatch.",
                  "shlex.", "string.", "numbers.", "fractions.", "random.", "statistics.", "time.", "json.dump",
                  "re.sub", "re.escape", "os.getenv", "os.fspath", "copyreg.", "numpy.", "pandas.")  # fmt: skip
"""Beginnings of the names of functions whose results hold nothing of the project."""

SILENT = frozenset(
    {"len", "print", "isinstance", "issubclass", "hasattr", "callable", "repr", "str", "int", "float", "bool", "id",
     "hash", "ord", "chr", "abs", "round", "divmod", "pow", "format", "ascii", "bin", "hex", "oct", "input",
     "delattr", "globals", "locals", "dir", "compile", "complex", "any", "all", "sum", "range", "slice",
     "__import__", "breakpoint"}
)  # fmt: skip
"""Builtins that give back nothing of what they take."""

WRAPPERS = frozenset(
    {"functools.lru_cache", "functools.cache", "contextlib.contextmanager", "contextlib.asynccontextmanager",
     "functools.singledispatch", "functools.total_ordering", "dataclasses.dataclass", "abc.abstractmethod",
     "typing.overload", "typing.final", "typing.no_type_check", "typing.runtime_checkable", "types.coroutine",
     "asyncio.coroutine", "atexit.register", "attr.s", "attr.attrs", "attr.define", "attrs.define", "attr.frozen",
     "attrs.frozen", "enum.unique", "functools.wraps", "functools.update_wrapper", "typing.cast", "asyncio.shield",
     "asyncio.ensure_future", "asyncio.create_task", "asyncio.wait_for", "copy.copy", "copy.deepcopy", "weakref.ref",
     "weakref.proxy", "weakref.WeakMethod", "warnings.deprecated", "typing_extensions.deprecated",
     "contextlib.closing"}
)  # fmt: skip
"""Functions that hand back an argument, or make a decorator that does."""

CALLBACKS: dict[str, tuple[int | str, ...]] = {
    "Thread": ("target", 1), "Process": ("target", 1), "Timer": ("function", 1), "submit": (0,),
    "run_in_executor": (1,), "to_thread": (0,), "run_sync": (0,), "call_soon": (0,), "call_soon_threadsafe": (0,),
    "call_later": (1,), "call_at": (1,), "add_done_callback": (0,), "start_new_thread": (0,), "apply_async": (0,),
    "start_soon": (0,),
    "run_in_threadpool": (0,), "add_task": (0,), "register": (0,), "spawn": (0,), "spawn_later": (1,), "imap": (0,),
    "imap_unordered": (0,), "starmap": (0,), "finalize": (1,), "add_reader": (1,), "add_writer": (1,),
    "on_commit": (0,), "add_signal_handler": (1,), "signal": (1,), "settrace": (0,), "add_callback": (0,),
    "call_from_thread": (0,), "addCallback": (0,), "addErrback": (0,), "addBoth": (0,), "addCallbacks": (0, 1),
    "deferToThread": (0,),
    "start_background_task": (0,), "sync_to_async": (0,), "async_to_sync": (0,), "create_task": (0,),
    "ensure_future": (0,), "gather": (0, 1, 2, 3), "callback": (0,), "push_async_callback": (0,), "run": (0,),
}  # fmt: skip
"""Last names of external functions, and which arguments they call sooner or later."""

APPLICATIONS = re.compile(
    r"(fastapi|starlette|litestar|quart|flask|sanic|aiohttp|blacksheep|robyn)\b.*"
    r"\.(FastAPI|Starlette|Litestar|Quart|Flask|Sanic|Application|Robyn|current_app)"
)
"""The classes of web applications, which keep what is stored on them for their whole life."""

PROVIDERS = frozenset(
    {"fastapi.Depends", "fastapi.Security", "fastapi.param_functions.Depends", "fastapi.param_functions.Security",
     "fastapi.params.Depends", "fastapi.params.Security", "fast_depends.Depends", "faststream.Depends",
     "taskiq.TaskiqDepends", "taskiq_dependencies.Depends", "fastmcp.dependencies.Depends", "docket.Depends",
     "dependency_injector.wiring.Provide"}
)  # fmt: skip
"""Defaults of parameters that stand for what calling their argument gives."""

ARGUMENTS_FROM = {"submit": 1, "to_thread": 1, "call_soon": 1, "call_soon_threadsafe": 1, "call_later": 2, "call_at": 2,
                   "run_in_executor": 2, "start_soon": 1, "run_in_threadpool": 1, "add_task": 1, "spawn": 1,
                   "callback": 1, "run_sync": 1, "spawn_later": 2, "start_background_task": 1,
                   "deferToThread": 1}  # fmt: skip
"""Where the arguments that a callback is called with begin."""

COMMON_NAMES = frozenset(
    {"append", "add", "appendleft", "insert", "extend", "extendleft", "update", "setdefault", "get", "pop",
     "popitem", "popleft", "remove", "discard", "clear", "copy", "keys", "values", "items", "index", "count", "sort",
     "reverse", "join", "split", "rsplit", "strip", "lstrip", "rstrip", "replace", "format", "format_map", "encode",
     "decode", "startswith", "endswith", "lower", "upper", "title", "capitalize", "find", "rfind", "partition",
     "rpartition", "splitlines", "zfill", "isdigit", "isalpha", "read", "readline", "readlines", "write",
     "writelines", "flush", "close", "open", "seek", "tell", "truncate", "fileno", "put", "put_nowait", "get_nowait",
     "qsize", "empty", "full", "task_done", "acquire", "release", "wait", "notify", "notify_all", "set", "is_set",
     "start", "run", "cancel", "done", "result", "exception", "send", "recv", "sendall", "connect", "bind", "listen",
     "accept", "match", "search", "sub", "group", "groups", "debug", "info", "warning", "error", "critical", "log",
     "exists", "mkdir", "resolve", "is_file", "is_dir", "parent", "with_suffix", "union", "intersection",
     "difference", "issubset", "issuperset", "next", "save", "delete", "filter", "all", "first", "last", "exclude",
     "order_by", "execute", "commit", "rollback", "fetchone", "fetchall"}
)  # fmt: skip
"""Method names of collections, strings, files, locks and the like: they say nothing about an unknown receiver."""

LEADING = ("twisted.", "http.server.", "socketserver.", "xmlrpc.server.", "tornado.")
"""What the names of the bases below begin with."""

LED_TO = (
    (
        r"twisted\.(internet\.protocol\.\w*Protocol|protocols\.\w+\.\w+)", "factory",
        r"twisted\.(internet|web)\.\w+\.\w*Factory",
    ),
    (
        r"(http\.server|socketserver|xmlrpc\.server)\.\w*RequestHandler", "server",
        r"(http\.server|socketserver|xmlrpc\.server)\.\w*Server",
    ),
    (r"tornado\.(web|websocket)\.\w*Handler", "application", r"tornado\.web\.Application"),
)  # fmt: skip
"""Bases of objects that are made for a connection or request, the attribute by which a library leads from them to the
object that made them, and the bases of that."""
