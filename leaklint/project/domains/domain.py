"""Where a key or element comes from, and so whether it takes finitely many values.

An expression's domain is the join of its parts; a parameter's is the join over every call of the
function. What nothing is known of is UNKNOWN, which is no reason to stay silent but lowers confidence.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property

from leaklint.facts import NOWHERE, Param, Use
from leaklint.project.domains.calls import VIEWS, Calls
from leaklint.project.domains.drives import FINITE, NAMED, UNKNOWN, Domain, Drive
from leaklint.project.domains.flows import Flows
from leaklint.project.domains.items import Items
from leaklint.project.domains.requests import Requests
from leaklint.project.domains.words import (
    ATTRIBUTE_HOOKS,
    CONFIGURATION,
    DEFINED,
    FINITE_ANNOTATION,
    FINITE_ATTRIBUTES,
    FINITE_NAMES,
    IDENTITY_PARTS,
    LIKELY_FINITE,
)  # fmt: skip
from leaklint.project.linker.program import (
    ClassValue,
    External,
    FunctionValue,
    ModuleValue,
    Program,
)  # fmt: skip
from leaklint.project.sources import Sources, expression
from leaklint.project.storage.holders import Holder, Holders
from leaklint.project.storage.lifetime_names import STREAM_NAME

DEPTH = 6
"""How many assignments and calls a key is followed through."""

_INJECTED = re.compile(r"\b(?:Depends|Security)\(\s*([A-Za-z_][\w.]*)")
"""A parameter that a framework fills with what a function returns."""

_KEYED = frozenset({"[]=", "setdefault"})
_COPIES = frozenset({"list", "tuple", "sorted", "set", "reversed", "enumerate", "iter", "frozenset"})


class Domains:
    """Judges key and element expressions of a linked program."""

    def __init__(
        self,
        program: Program,
        holders: Holders,
        sources: Sources,
        client_params: Mapping[int, Mapping[str, str]],
        is_application: bool = True,
    ) -> None:
        """`client_params` are, for each entry point's function, the parameters and loop variables that a client fills,
        and their words.

        The public methods of a library, which is no application, its users call as well.
        """
        self.program = program
        self.holders = holders
        self.sources = sources
        self.client_params = client_params
        self.is_application = is_application
        self.walked: Holder | None = None
        self.only_keys = False
        self.is_one_object = False
        self.flows = Flows(self)
        self.requests = Requests(program, self.variable, is_application)
        self.calls = Calls(self)
        self.items = Items(self)

    def of_text(self, text: str, scope: int, container: Holder | None = None) -> Drive:
        """The domain of an expression as the facts keep it, evaluated in a scope.

        Where it is the key under which `container` grows, keys that were taken from the container add none.
        """
        tree = expression(text)
        if tree is None:
            return UNKNOWN
        self.walked = container
        try:
            return self.of(tree, scope, DEPTH)
        finally:
            self.walked = None

    def of_one_object(self, find: Callable[[], Drive]) -> Drive:
        """What a search finds where `self` is one object throughout: what its initialiser has given it is one value."""
        self.is_one_object = True
        try:
            return find()
        finally:
            self.is_one_object = False

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
            return self.calls.of(node, scope, depth)
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
            return self.join((node.body, node.orelse), scope, depth)
        parts = [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]
        if isinstance(node, (ast.Tuple, ast.List, ast.Set, ast.JoinedStr, ast.FormattedValue, ast.BoolOp, ast.Starred)):
            return self.join(parts, scope, depth)
        if isinstance(node, ast.Dict):
            return self.join([key for key in node.keys if key is not None], scope, depth) if node.keys else FINITE
        if isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)):
            return self.join([generator.iter for generator in node.generators], scope, depth - 1)
        if isinstance(node, ast.NamedExpr):
            return self.of(node.value, scope, depth)
        if isinstance(node, ast.Await):
            awaited = self.of(node.value, scope, depth)
            return UNKNOWN if awaited.domain == Domain.IDENTITY else awaited  # a new task, and not what it gives
        return UNKNOWN

    def join(self, nodes: Iterable[ast.expr], scope: int, depth: int) -> Drive:
        """The domain of what may be any of some expressions; FINITE of none."""
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
        drives += [self._put_in(use, owner, depth) for use in self.local_growths.get(slot, ())]
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

    @property
    def binds(self) -> dict[int, list[Use]]:
        """For each variable's slot, the uses that bind it."""
        return self.holders.local_binds

    def _shared_name(self, slot: int, name: str, owner: int) -> Drive:
        """Module constants, classes, functions and modules are finite; what functions rebind is not known."""
        if self.walked is not None and (owner, name) == (self.walked.scope, self.walked.name):
            return FINITE
        binds = self.binds.get(slot, ())
        module = self.program.module_of(owner)
        within = [use for use in binds if module.scope_base + use.scope != owner]
        if slot not in self.grown and not within:
            return FINITE
        steps = [use for use in within if re.fullmatch(rf"{re.escape(name)} \+ \d+", use.value)]
        counts = (slot in self.counted or (bool(steps) and slot not in self.grown)) and steps == within
        if counts and binds and all(use.value.isdigit() or use in steps for use in binds):
            return Drive(Domain.IDENTITY, f"the counter {name}")
        return UNKNOWN

    @cached_property
    def counted(self) -> frozenset[int]:
        """The slots of variables that only become greater, each time by a number that is written there."""
        steps: set[int] = set()
        others: set[int] = set()
        for module in self.program.modules:
            for use in module.facts.uses:
                if use.base != NOWHERE and not use.attr and use.kind in ("grow", "shrink"):
                    (steps if use.op == "+=" and use.value.isdigit() else others).add(use.base + module.slot_base)
        return frozenset(steps - others)

    def _put_in(self, use: Use, owner: int, depth: int) -> Drive:
        """The domain of what is put into a local container."""
        scope = self.program.module_of(owner).scope_base + use.scope
        texts = (use.key,) if self.only_keys and use.op in _KEYED else (use.key, use.value)
        trees = [expression(text) for text in texts if text]
        if not trees or None in trees:
            return UNKNOWN
        return self.join((tree for tree in trees if tree is not None), scope, depth - 1)

    @cached_property
    def local_growths(self) -> dict[int, list[Use]]:
        """For each local variable's slot, the uses that put something into what it holds."""
        out: dict[int, list[Use]] = defaultdict(list)
        for module in self.program.modules:
            for use in module.facts.uses:
                slot = use.base + module.slot_base
                if use.kind == "grow" and use.op != "+=" and slot in self.holders.variable_at:
                    if self.program.scope(self.holders.variable_at[slot][0]).kind == "function":
                        out[slot].append(use)
        return out

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

    def bound_to(self, use: Use, owner: int, name: str) -> ast.expr | None:
        """What one assignment gives a local name, or for a loop or an unpacking takes it from; None if unknown."""
        if use.op in ("for", "with", "unpack") or not use.value:
            return expression(use.key) if use.key else self._loop_source(use, owner, name)
        return expression(use.value) or self._whole(use, self.program.module_of(owner).scope_base + use.scope)

    def _bound(self, use: Use, owner: int, name: str, depth: int) -> Drive:
        """The domain of what one assignment gives a local name."""
        scope = self.program.module_of(owner).scope_base + use.scope
        if use.op in ("for", "with", "unpack") or not use.value:
            if use.op == "for" and name in self.client_params.get(owner, ()):
                return Drive(Domain.CLIENT, self.client_params[owner][name])
            source = self.bound_to(use, owner, name)
            if source is None:
                return UNKNOWN
            source = _without_functions(source)
            before, self.only_keys = self.only_keys, self.takes_keys(use, owner, name, source)
            try:
                drive = self.of(source, scope, depth - 1)
            finally:
                self.only_keys = before
            return NAMED if drive == UNKNOWN and not use.key and self._is_copied(source) else drive
        return self.of_bind(use, scope, depth, name)

    def takes_keys(self, use: Use, owner: int, name: str, source: ast.expr) -> bool:
        """Whether a loop gives a name the keys of a mapping: `for NAME, value in D.items()`, `for NAME in D.keys()`."""
        if not isinstance(source, ast.Call) or not isinstance(source.func, ast.Attribute):
            return False
        blocks = self.program.module_of(owner).facts.blocks
        target = next((each.test for each in blocks if each.kind == "for" and each.row == use.row), "").partition(
            " in "
        )[0]
        return source.func.attr in ("items", "keys") and target.strip("( ").partition(",")[0].strip() == name

    def _is_copied(self, iterable: ast.expr) -> bool:
        """Whether a loop walks a collection of the project's that nothing empties: its elements bound their copies."""
        while isinstance(iterable, ast.Call):
            func, args = iterable.func, iterable.args
            if isinstance(func, ast.Attribute) and func.attr in VIEWS and not args:
                iterable = func.value
            elif isinstance(func, ast.Name) and func.id in _COPIES and len(args) == 1:
                iterable = args[0]
            else:
                return False
        if not isinstance(iterable, ast.Attribute) or STREAM_NAME.match(iterable.attr):
            return False
        return iterable.attr in self.flows.attributes.lasting

    def of_bind(self, use: Use, scope: int, depth: int, name: str = "") -> Drive:
        """The domain of the value of an assignment that stands in a scope; `name` is the local that it binds."""
        tree = expression(use.value) or self._whole(use, scope)
        if tree is None or any(isinstance(part, ast.Name) and part.id == name for part in ast.walk(tree)):
            return FINITE if tree is not None else UNKNOWN  # `key = key.lower()` adds nothing to the other bindings
        return self.of(tree, scope, depth - 1)

    def _whole(self, use: Use, scope: int) -> ast.expr | None:
        """The value of an assignment whose text is too long for the facts."""
        if use.op != "=" or not use.value:
            return None
        return self.sources.assigned(self.program.module_of(scope).path, use.row)

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

    def parameter(self, function: int, param: Param, depth: int) -> Drive:
        """The join of a parameter's arguments over all calls; what a client fills is CLIENT."""
        if param.name in self.client_params.get(function, ()):
            return Drive(Domain.CLIENT, self.client_params[function][param.name])
        if self._finite_annotation(param.annotation, function) or self._is_written_name(function, param):
            return FINITE
        asked = _INJECTED.search(f"{param.default_text} {param.annotation}")
        name = expression(asked.group(1)) if asked else None
        if name is not None:
            given = [self.flows.returned(each, depth) for each in self.flows.callees(name, function)]
            return max(given, default=UNKNOWN)
        return self.flows.parameter(function, param, depth)

    def _is_written_name(self, function: int, param: Param) -> bool:
        """Whether a parameter is the name by which code asks for an attribute, or defines a class."""
        scope = self.program.scope(function)
        if scope.name in ATTRIBUTE_HOOKS and scope.parent == 0:
            return [each.name for each in scope.params] == [param.name]  # a module's own
        if len(scope.params) < 2 or scope.params[1].name != param.name:
            return False
        if scope.name in ATTRIBUTE_HOOKS:
            return True
        return scope.name in ("__new__", "__init__") and [each.name for each in scope.params[1:3]] == ["name", "bases"]

    def _finite_annotation(self, annotation: str, function: int) -> bool:
        text = annotation.strip("\"'").replace("Optional[", "").split(" |")[0]
        if not text:
            return False
        if FINITE_ANNOTATION.match(text):
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

    # Attributes, items, calls, operators.

    def _attribute(self, node: ast.Attribute, scope: int, depth: int) -> Drive:
        if node.attr in FINITE_ATTRIBUTES or DEFINED.match(node.attr):
            return FINITE
        if self.requests.is_part(node, scope):
            return Drive(Domain.CLIENT, ast.unparse(node))
        if isinstance(node.value, ast.Call):
            drive = self.calls.of(node.value, scope, depth)
            if drive.domain == Domain.FINITE or drive.domain >= Domain.IDENTITY:
                return drive
        root: ast.expr = node
        while isinstance(root, (ast.Attribute, ast.Subscript, ast.Call)):
            if isinstance(root, ast.Attribute) and CONFIGURATION.match(root.attr):
                return FINITE
            root = root.func if isinstance(root, ast.Call) else root.value
        if isinstance(root, ast.Name):
            if CONFIGURATION.match(root.id):
                return FINITE
            return self._attribute_of(root, node, scope, depth)
        return self.of(node.value, scope, depth)

    def _attribute_of(self, root: ast.Name, node: ast.Attribute, scope: int, depth: int) -> Drive:
        drive = self._name(root.id, scope, depth)
        if drive.domain == Domain.CLIENT and not self._is_answer(root.id, scope):
            return Drive(Domain.CLIENT, ast.unparse(node))
        if self._is_of_code(root, node, scope) or (drive == FINITE and node.attr in ("value", "name")):
            return FINITE
        if FINITE_NAMES.match(node.attr):
            return FINITE
        member = self.flows.member_of(root.id, node.attr, scope, depth) if isinstance(node.value, ast.Name) else UNKNOWN
        if member != UNKNOWN:
            return member
        if drive.domain == Domain.IDENTITY and node.attr in IDENTITY_PARTS:
            return drive
        if (
            drive.domain <= Domain.IDENTITY or drive.domain == Domain.CLIENT
        ):  # that an object is a new one does not say what is in it
            few = drive.domain == Domain.NAMED or LIKELY_FINITE.match(node.attr)
            return NAMED if few else UNKNOWN
        return drive

    def _is_answer(self, name: str, scope: int) -> bool:
        """Whether a local name is only what methods gave that were asked with a client's words: nothing is known of it.

        What reads, converts or makes something of the words gives them in another form.
        """
        found = self.variable(name, scope)
        binds = self.binds.get(found[0], ()) if found is not None else ()
        trees = [self.bound_to(use, found[1], name) for use in binds] if found is not None else []
        return bool(trees) and all(tree is not None and self.calls.answers(tree) for tree in trees)

    def _is_of_code(self, root: ast.Name, node: ast.Attribute, scope: int) -> bool:
        """Whether an attribute is a member of a module or class that code is written with: a class, a constant."""
        found = self.variable(root.id, scope)
        values = self.program.values(found[0]) if found is not None else ()
        if not values:
            return False
        if isinstance(node.value, ast.Name) and all(isinstance(value, (ClassValue, ModuleValue)) for value in values):
            return True
        named = node.attr[:1].isupper()
        return named and all(isinstance(value, (External, ModuleValue, ClassValue)) for value in values)

    def _subscript(self, node: ast.Subscript, scope: int, depth: int) -> Drive:
        within = self.items.of(node.value, node.slice, scope, depth)
        if within is not None:
            return within
        whole = ast.unparse(node.value)
        given = whole == "environ" and any(param.name == whole for param in self.program.scope(scope).params)
        if not given and (whole.endswith("environ") or CONFIGURATION.match(whole.rpartition(".")[2])):
            return FINITE
        drive = self.of(node.value, scope, depth)
        return Drive(drive.domain, ast.unparse(node)) if drive.domain == Domain.CLIENT else drive

    def _binary(self, node: ast.BinOp, scope: int, depth: int) -> Drive:
        if isinstance(node.op, (ast.Mod, ast.BitAnd)) and not isinstance(node.left, ast.Constant):
            if self.of(node.right, scope, depth).domain == Domain.FINITE:
                return FINITE
        return self.join((node.left, node.right), scope, depth)


def _without_functions(source: ast.expr) -> ast.expr:
    """What an unpacking takes from: a function beside other values is none of them."""
    if isinstance(source, ast.Tuple):
        return ast.Tuple([each for each in source.elts if not isinstance(each, ast.Lambda)], ast.Load())
    if isinstance(source, ast.IfExp):
        return ast.IfExp(source.test, _without_functions(source.body), _without_functions(source.orelse))
    return source


__all__ = ["DEPTH", "FINITE", "NAMED", "UNKNOWN", "Domain", "Domains", "Drive"]
