"""Where a key or element comes from, and so whether it takes finitely many values.

An expression's domain is the join of its parts; a parameter's is the join over every call of the
function. What nothing is known of is UNKNOWN, which is no reason to stay silent but lowers confidence.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from enum import IntEnum
from functools import cached_property

import msgspec

from leaklint.facts import NOWHERE, Param, Use
from leaklint.project.holders import Holders
from leaklint.project.program import ClassValue, Edge, External, FunctionValue, ModuleValue, Program
from leaklint.project.sources import Sources, expression


class Domain(IntEnum):
    """How many values an expression may take over the life of the process; the join is the maximum."""

    FINITE = 0  # literals, types, configuration
    NAMED = 1  # nothing proves it finite but its name: a locale, an alias, a table
    UNKNOWN = 2
    IDENTITY = 3  # time, identity, random: new ones for ever
    CLIENT = 4  # whatever a client sends


class Drive(msgspec.Struct, frozen=True, order=True):
    """A domain and the words that say what drives it."""

    domain: Domain
    text: str = ""


FINITE = Drive(Domain.FINITE)
NAMED = Drive(Domain.NAMED)
UNKNOWN = Drive(Domain.UNKNOWN)

DEPTH = 6
"""How many assignments and calls a key is followed through."""

_FINITE_ATTRIBUTES = frozenset(
    {"__class__", "__name__", "__qualname__", "__module__", "__file__", "__code__", "__func__", "__self_class__",
     "_meta", "label", "app_label", "model_name", "__origin__", "url_rule", "view_name", "view_class"}
)  # fmt: skip
_FINITE_NAMES = re.compile(
    r"(cls|klass|class_|type_|typ|model_cls|model_class|clazz|owner|mcs|metacls|func|fn|function|method|meth|callable_"
    r"|decorated|wrapped|handler_cls|type|settings|config|conf|__class__|__name__|__file__)$|.*_(cls|klass|class|type|func|fn)$"
)
_LIKELY_FINITE = re.compile(
    r"_*(\w+_(type|kind|mode|class|format)|app_label|model_name|model_class|alias|using|db|db_name|database|dialect|vendor|lang(uage)?(_code)?|locale|backend|engine"
    r"|plugin(_name)?|module(_name)?|table(_name)?|codec|encoding|charset|mimetype|content_type|extension|ext|level|status"
    r"|http_method|unit|currency|timezone|tz|tzname|field(_name)?|attr(ibute)?(_name)?|column(_name)?|property(_name)?|domain"
    r"|integration|component|platform|service(_name)?|region|provider|driver|scheme|protocol|kind|category|option|setting"
    r"|package(_name)?|dtype|format|fmt|loader|template_name|class_name|func_name|function_name|fullname|qualname|import_path"
    r"|signal|event_type|hook(_name)?|command(_name)?|action|role|feature|flag|dist|handler|factory|interface|iface"
    r"|callback|cb|listener|observer|receiver|middleware|processor|exporter|validator)s?$"
)
"""Names of what there are few of in a program: they lower confidence, they prove nothing."""

_CONFIGURATION = re.compile(r"(settings|config|conf|cfg|options|environ|constants|app_config|django_settings)$", re.I)
_FINITE_ANNOTATION = re.compile(
    r"^(bool|type|Type|Literal|typing\.(Type|Literal|Callable)|Callable|FunctionType|ModuleType|collections\.abc\.Callable)\b"
)
_IDENTITY_CALLS = frozenset(
    {"id", "time.time", "time.monotonic", "time.time_ns", "time.perf_counter", "uuid.uuid4", "uuid.uuid1", "uuid4",
     "uuid1", "datetime.datetime.now", "datetime.datetime.utcnow", "datetime.now", "datetime.utcnow", "random.random",
     "threading.current_thread", "current_thread", "asyncio.current_task", "current_task", "secrets.token_hex",
     "secrets.token_urlsafe", "os.urandom", "object", "next", "token_hex", "token_urlsafe"}
)  # fmt: skip
_FINITE_CALLS = frozenset(
    {"type", "isinstance", "issubclass", "bool", "callable", "hasattr", "os.getenv", "getenv", "os.environ.get",
     "get_model", "import_module", "importlib.import_module", "import_string", "os.getpid", "getpid", "get_ident",
     "threading.get_ident", "get_running_loop", "get_event_loop",
     "asyncio.get_running_loop", "asyncio.get_event_loop", "inspect.getmodule", "get_language", "iter_entry_points",
     "entry_points", "pkg_resources.iter_entry_points", "inspect.getmembers", "dir", "vars", "os.listdir", "glob.glob",
     "pkgutil.iter_modules", "pkgutil.walk_packages", "os.walk", "socket.gethostname", "platform.system"}
)  # fmt: skip


class Domains:
    """Judges key and element expressions of a linked program."""

    def __init__(
        self, program: Program, holders: Holders, sources: Sources, client_params: Mapping[int, Mapping[str, str]]
    ) -> None:
        """`client_params` are, for each entry point's function, the parameters that a client fills, and their words."""
        self.program = program
        self.holders = holders
        self.sources = sources
        self.client_params = client_params
        self._params: dict[tuple[int, str], Drive] = {}
        self._open: set[tuple[int, str]] = set()

    def of_text(self, text: str, scope: int) -> Drive:
        """The domain of an expression as the facts keep it, evaluated in a scope."""
        tree = expression(text)
        return UNKNOWN if tree is None else self.of(tree, scope, DEPTH)

    def of(self, node: ast.expr, scope: int, depth: int) -> Drive:
        """The domain of an expression in a scope; `depth` bounds how far it is followed."""
        if depth <= 0:
            return UNKNOWN
        if isinstance(node, (ast.Constant, ast.Compare, ast.Slice)):
            return FINITE
        if isinstance(node, ast.Name):
            return self._name(node.id, scope, depth)
        if isinstance(node, ast.Attribute):
            return self._attribute(node, scope, depth)
        if isinstance(node, ast.Call):
            return self._call(node, scope, depth)
        if isinstance(node, ast.BinOp):
            return self._binary(node, scope, depth)
        if isinstance(node, ast.UnaryOp):
            return FINITE if isinstance(node.op, ast.Not) else self.of(node.operand, scope, depth)
        if isinstance(node, ast.Subscript):
            return self._subscript(node, scope, depth)
        if isinstance(node, ast.Lambda):
            return Drive(Domain.IDENTITY, "a new function each time")
        return self._of_parts(node, scope, depth)

    def _of_parts(self, node: ast.expr, scope: int, depth: int) -> Drive:
        """The domain of an expression that is put together from others."""
        if isinstance(node, ast.IfExp):
            return self._join((node.body, node.orelse), scope, depth)
        parts = [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]
        if isinstance(node, (ast.Tuple, ast.List, ast.Set, ast.JoinedStr, ast.FormattedValue, ast.BoolOp, ast.Starred)):
            return self._join(parts, scope, depth)
        if isinstance(node, ast.Dict):
            return self._join([key for key in node.keys if key is not None], scope, depth) if node.keys else FINITE
        if isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)):
            return self._join([generator.iter for generator in node.generators], scope, depth - 1)
        if isinstance(node, (ast.Await, ast.NamedExpr)):
            return self.of(node.value, scope, depth)
        return UNKNOWN

    def _join(self, nodes: Iterable[ast.expr], scope: int, depth: int) -> Drive:
        return max((self.of(node, scope, depth) for node in nodes), default=FINITE)

    # Names.

    def _name(self, name: str, scope: int, depth: int) -> Drive:
        found = self.variable(name, scope)
        if found is None:
            return (
                FINITE if name in ("type", "object", "str", "int", "dict", "list", "__name__", "__file__") else UNKNOWN
            )
        slot, owner = found
        kind = self.program.scope(owner).kind
        if kind in ("module", "class"):
            return self._shared_name(slot, name, owner)
        param = next((each for each in self.program.scope(owner).params if each.name == name), None)
        drives = [self.parameter(owner, param, depth)] if param is not None else []
        binds = [use for use in self.binds.get(slot, ()) if use.op != "+="]
        if len(binds) > 8:
            return UNKNOWN
        for use in binds:
            drives.append(self._bound(use, owner, name, depth))
        if not drives:
            return self._by_values(slot)
        return max(drives)

    def variable(self, name: str, scope: int) -> tuple[int, int] | None:
        """The slot of a name seen from a scope, and the scope that binds it."""
        program = self.program
        module = program.module_of(scope)
        local = scope - module.scope_base
        first = True
        while local != NOWHERE:
            names = self.slots.get(module.scope_base + local, {})
            if name in names and (first or module.facts.scopes[local].kind != "class"):
                return names[name], module.scope_base + local
            local, first = module.facts.scopes[local].parent, False
        return None

    @cached_property
    def slots(self) -> dict[int, dict[str, int]]:
        """For each scope, the slot of each name it binds."""
        out: dict[int, dict[str, int]] = defaultdict(dict)
        for slot, (scope, name) in self.holders.variable_at.items():
            out[scope].setdefault(name, slot)
        return out

    @cached_property
    def binds(self) -> dict[int, list[Use]]:
        """For each variable's slot, the uses that bind it."""
        out: dict[int, list[Use]] = defaultdict(list)
        for module in self.program.modules:
            for use in module.facts.uses:
                if use.kind == "bind" and not use.attr and use.op != "del":
                    out[module.slot_base + use.base].append(use)
        return out

    def _shared_name(self, slot: int, name: str, owner: int) -> Drive:
        """Module constants, classes, functions and modules are finite; what functions rebind is not known."""
        binds = self.binds.get(slot, ())
        module = self.program.module_of(owner)
        if slot not in self.grown and all(module.scope_base + use.scope == owner for use in binds):
            return FINITE
        return UNKNOWN

    @cached_property
    def grown(self) -> frozenset[int]:
        """Module variables that functions add to: what they hold is no constant set."""
        out = set()
        for module in self.program.modules:
            for use in module.facts.uses:
                if use.kind == "grow" and module.facts.scopes[use.scope].kind in ("function", "lambda"):
                    slot = use.base + module.slot_base
                    owner = self.holders.variable_at.get(slot)
                    if owner is not None and self.program.scope(owner[0]).kind == "module":
                        out.add(slot)
        return frozenset(out)

    def _by_values(self, slot: int) -> Drive:
        values = self.program.values(slot)
        if values and all(isinstance(value, (ClassValue, FunctionValue, ModuleValue)) for value in values):
            return FINITE
        return UNKNOWN

    def _bound(self, use: Use, owner: int, name: str, depth: int) -> Drive:
        """The domain of what one assignment gives a local name."""
        scope = self.program.module_of(owner).scope_base + use.scope
        if use.op in ("for", "with", "unpack") or not use.value:
            source = self._loop_source(use, owner, name)
            return UNKNOWN if source is None else self.of(source, scope, depth - 1)
        tree = expression(use.value)
        if tree is None or any(isinstance(part, ast.Name) and part.id == name for part in ast.walk(tree)):
            return FINITE if tree is not None else UNKNOWN  # `key = key.lower()` adds nothing to the other bindings
        return self.of(tree, scope, depth - 1)

    def _loop_source(self, use: Use, owner: int, name: str) -> ast.expr | None:
        """The iterable of the `for` that binds a name."""
        blocks = self.program.module_of(owner).facts.blocks
        block = use.block
        while block != NOWHERE:
            if blocks[block].kind == "for" and blocks[block].row == use.row:
                target, _, iterable = blocks[block].test.partition(" in ")
                if re.search(rf"\b{re.escape(name)}\b", target):
                    return expression(iterable)
            block = blocks[block].parent
        return None

    # Parameters.

    def parameter(self, function: int, param: Param, depth: int) -> Drive:
        """The join of a parameter's arguments over all calls; what a client fills is CLIENT."""
        key = (function, param.name)
        if param.name in self.client_params.get(function, ()):
            return Drive(Domain.CLIENT, self.client_params[function][param.name])
        if self._finite_annotation(param.annotation, function):
            return FINITE
        if key in self._params:
            return self._params[key]
        if key in self._open or depth <= 1:
            return UNKNOWN if depth <= 1 else FINITE
        self._open.add(key)
        drive = self._over_calls(function, param, depth - 1)
        self._open.discard(key)
        if depth > 3:
            self._params[key] = drive
        return drive

    def _finite_annotation(self, annotation: str, function: int) -> bool:
        text = annotation.strip("\"'").replace("Optional[", "").split(" |")[0]
        if not text:
            return False
        if _FINITE_ANNOTATION.match(text):
            return True
        found = self.variable(text.partition("[")[0].partition(".")[0], function)
        if found is None:
            return False
        return any(isinstance(value, ClassValue) and self.is_enum(value.gid) for value in self.program.values(found[0]))

    def is_enum(self, cls: int) -> bool:
        """Whether a class derives from `enum.Enum`."""
        return any(
            isinstance(base, str)
            and base.rsplit(".", 1)[-1]
            in ("Enum", "IntEnum", "StrEnum", "Flag", "IntFlag", "TextChoices", "IntegerChoices")
            for base in self.program.mro(cls)
        )

    def _over_calls(self, function: int, param: Param, depth: int) -> Drive:
        if _FINITE_NAMES.match(param.name):
            return FINITE
        scope = self.program.scope(function)
        if scope.params and scope.params[0].name == param.name and self.program.class_of(function) is not None:
            return UNKNOWN
        named = _LIKELY_FINITE.match(param.name) or (
            param.name == "name" and self.program.scope(function).name == "__init__"
        )
        unknown = NAMED if named else UNKNOWN
        edges = [edge for edge in self.program.edges_to(function) if edge.how != "name"]
        edges = [
            edge for edge in edges if self.program.module_of(edge.caller).role != "test" and edge.caller != function
        ]
        if not edges or len(edges) > 40:
            return unknown
        drive = max(self._argument(edge, function, param, depth) for edge in edges)
        return unknown if drive.domain == Domain.UNKNOWN else drive

    def _argument(self, edge: Edge, function: int, param: Param, depth: int) -> Drive:
        """The domain of what one call passes for a parameter."""
        module = self.program.module_of(edge.caller)
        place = self.program.place(edge)
        call = self.sources.call(module.path, place) if place is not None else None
        if call is None or edge.kind not in ("call", "name"):
            return UNKNOWN
        node = self._argument_node(call, edge, function, param)
        if node is None:
            return FINITE if param.default != NOWHERE else UNKNOWN
        return self.of(node, edge.caller, depth)

    def _argument_node(self, call: ast.Call, edge: Edge, function: int, param: Param) -> ast.expr | None:
        for word in call.keywords:
            if word.arg == param.name:
                return word.value
        positional = [each for each in self.program.scope(function).params if each.kind.startswith("positional")]
        number = next((i for i, each in enumerate(positional) if each.name == param.name), None)
        if number is None:
            return None
        bound = self.program.class_of(function) is not None and not any(
            each.text == "staticmethod" for each in self.program.scope(function).decorators
        )
        number -= bound
        if 0 <= number < len(call.args) and not any(isinstance(arg, ast.Starred) for arg in call.args[: number + 1]):
            return call.args[number]
        return None

    # Attributes, items, calls, operators.

    def _attribute(self, node: ast.Attribute, scope: int, depth: int) -> Drive:
        if node.attr in _FINITE_ATTRIBUTES:
            return FINITE
        root: ast.expr = node
        while isinstance(root, (ast.Attribute, ast.Subscript, ast.Call)):
            if isinstance(root, ast.Attribute) and _CONFIGURATION.match(root.attr):
                return FINITE
            root = root.func if isinstance(root, ast.Call) else root.value
        if isinstance(root, ast.Name):
            if _CONFIGURATION.match(root.id):
                return FINITE
            return self._attribute_of(root, node, scope, depth)
        return self.of(node.value, scope, depth)

    def _attribute_of(self, root: ast.Name, node: ast.Attribute, scope: int, depth: int) -> Drive:
        drive = self._name(root.id, scope, depth)
        if drive.domain == Domain.CLIENT:
            return Drive(Domain.CLIENT, ast.unparse(node))
        found = self.variable(root.id, scope)
        if found is not None and isinstance(node.value, ast.Name):
            values = self.program.values(found[0])
            if values and all(
                isinstance(value, (ClassValue, ModuleValue)) or (isinstance(value, External) and node.attr.isupper())
                for value in values
            ):
                return FINITE
        if _FINITE_NAMES.match(node.attr):
            return FINITE
        if drive.domain <= Domain.UNKNOWN:
            return NAMED if _LIKELY_FINITE.match(node.attr) else UNKNOWN
        return drive

    def _subscript(self, node: ast.Subscript, scope: int, depth: int) -> Drive:
        whole = ast.unparse(node.value)
        if whole.endswith("environ") or _CONFIGURATION.match(whole.rpartition(".")[2]):
            return FINITE
        drive = self.of(node.value, scope, depth)
        return Drive(drive.domain, ast.unparse(node)) if drive.domain == Domain.CLIENT else drive

    def _call(self, node: ast.Call, scope: int, depth: int) -> Drive:
        name = ast.unparse(node.func) if isinstance(node.func, (ast.Name, ast.Attribute)) else ""
        if name in _FINITE_CALLS:
            return FINITE
        if name in _IDENTITY_CALLS:
            return Drive(Domain.IDENTITY, f"{name}()")
        parts = [*node.args, *(word.value for word in node.keywords)]
        if isinstance(node.func, ast.Attribute):
            if node.func.attr in ("weekday", "isoweekday", "__class__"):
                return FINITE
            parts.append(node.func.value)
        if not parts:
            return UNKNOWN
        drive = self._join(parts, scope, depth - 1)
        if drive.domain == Domain.FINITE and not self._pure(name):
            return UNKNOWN
        return drive

    @staticmethod
    def _pure(name: str) -> bool:
        """Whether a call gives the same result for the same arguments, as far as its name tells."""
        last = name.rpartition(".")[2]
        return last in _PURE

    def _binary(self, node: ast.BinOp, scope: int, depth: int) -> Drive:
        if isinstance(node.op, (ast.Mod, ast.BitAnd)) and not isinstance(node.left, ast.Constant):
            if self.of(node.right, scope, depth).domain == Domain.FINITE:
                return FINITE
        return self._join((node.left, node.right), scope, depth)


_PURE = frozenset(
    {"str", "int", "float", "repr", "tuple", "frozenset", "sorted", "list", "dict", "set", "len", "lower", "upper",
     "strip", "lstrip", "rstrip", "split", "rsplit", "partition", "join", "format", "replace", "encode", "decode",
     "items", "keys", "values", "getattr", "hash", "hexdigest", "md5", "sha1", "sha256", "title", "removeprefix",
     "removesuffix", "enumerate", "zip", "range", "reversed", "min", "max", "abs", "round", "dumps", "copy", "fields",
     "casefold", "capitalize", "bytes", "normpath", "abspath", "realpath", "basename", "dirname", "Path", "get",
     "__getitem__", "filter", "map", "chain", "product", "iter", "partial"}
)  # fmt: skip
