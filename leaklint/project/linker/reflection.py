"""Calls that look at the program itself: getattr, setattr, type, super, eval."""

from __future__ import annotations

import ast

from leaklint.facts import NOWHERE
from leaklint.project.linker.calls import Calls
from leaklint.project.linker.solve import CLASS, INSTANCE, SUPER


class Reflection(Calls):
    """Builtins that need names, classes or the scope they stand in."""

    __slots__ = ()

    def _getattr(self, site: int, dotted: str) -> None:
        base, name, default = (self.argument(site, position) for position in range(3))
        target = self.sites[site][7]
        if base == NOWHERE or target == NOWHERE:
            return
        if default != NOWHERE:
            self.edge(default, target)
        if name != NOWHERE:
            self.subscribe(name, self._getattr_named, (base, target, self.sites[site][:3]))

    def _getattr_named(self, data: tuple[int, int, tuple[int, int, int]], number: int) -> None:
        if number < 0 and isinstance(name := self.constants[-number - 1], str):
            base, target, (caller, row, col) = data
            self.reads.append((caller, row, col, base, name))
            self.subscribe(base, self.read_attribute, (name, target))

    def read_attribute(self, data: tuple[str, int], number: int) -> None:
        """The value of an attribute of each object of a node flows to another."""
        if number >= 0:
            node = self._reads.get((number, data[0]))
            self.edge(self.attribute(number, data[0]) if node is None else node, data[1])

    def _setattr(self, site: int, dotted: str) -> None:
        base, name, source = (self.argument(site, position) for position in range(3))
        if NOWHERE not in (base, name, source):
            self.subscribe(name, self._setattr_named, (base, source))

    def _setattr_named(self, data: tuple[int, int], number: int) -> None:
        if number < 0 and isinstance(name := self.constants[-number - 1], str) and name in self.stored:
            self.subscribe(data[0], self.write_attribute, (name, data[1]))

    def write_attribute(self, data: tuple[str, int], number: int) -> None:
        """What a node holds is stored under an attribute of each object of another."""
        if number >= 0:
            self.store(number, data[0], data[1])

    def _type(self, site: int, dotted: str) -> None:
        arg, target = self.argument(site, 0), self.sites[site][7]
        if len(self.sites[site][5]) == 1 and arg != NOWHERE and target != NOWHERE:
            self.subscribe(arg, self._class_of_object, target)

    def _class_of_object(self, target: int, number: int) -> None:
        if number >= 0 and self.kinds[number] == INSTANCE:
            self.put(target, self.obj(CLASS, self.first[number]))

    def _object_new(self, site: int) -> None:
        arg, target = self.argument(site, 0), self.sites[site][7]
        if arg != NOWHERE and target != NOWHERE:
            self.subscribe(arg, self._instance_of, target)

    def _instance_of(self, target: int, number: int) -> None:
        if number >= 0 and self.kinds[number] == CLASS:
            self.put(target, self.obj(INSTANCE, self.first[number]))

    def _super(self, site: int, dotted: str) -> None:
        """`super()`: the class comes from where the call stands, the receiver from the method's first parameter."""
        target = self.sites[site][7]
        gid = self.sites[site][0]
        args = self.sites[site][5]
        if target == NOWHERE:
            return
        method = self.method_around(gid)
        if method is None:
            return
        cls = self.parent(method)
        signature = self.signature(method)
        node = self.argument(site, 1) if len(args) > 1 else (signature.positional[:1] or [NOWHERE])[0]
        if len(args) > 1:
            self.subscribe(self.argument(site, 0), self._super_class, (node, target))
        elif node != NOWHERE:
            self.subscribe(node, self._super_object, (cls, target))

    def _super_class(self, data: tuple[int, int], number: int) -> None:
        node, target = data
        if number >= 0 and self.kinds[number] == CLASS and node != NOWHERE:
            self.subscribe(node, self._super_object, (self.first[number], target))

    def _super_object(self, data: tuple[int, int], number: int) -> None:
        cls, target = data
        if number >= 0 and self.kinds[number] in (INSTANCE, CLASS):
            self.put(target, self.obj(SUPER, cls, number))

    def method_around(self, gid: int) -> int | None:
        """The method that a scope is or lies in."""
        while gid != NOWHERE and self.scopes[gid].kind != "module":
            parent = self.parent(gid)
            if parent != NOWHERE and self.scopes[parent].kind == "class" and self.scopes[gid].kind != "class":
                return gid
            gid = parent
        return None

    def _eval(self, site: int, dotted: str) -> None:
        """`eval("name()")`: the calls of plain names in a literal."""
        arg = self.argument(site, 0)
        if arg != NOWHERE:
            self.subscribe(arg, self._evaluated, site)

    def _evaluated(self, site: int, number: int) -> None:
        text = self.constants[-number - 1] if number < 0 else None
        tree = parsed(text, "exec") if isinstance(text, str) else None
        for each in ast.walk(tree) if tree is not None else ():
            if isinstance(each, ast.Call) and isinstance(each.func, ast.Name):
                slot = self.visible(self.sites[site][0], each.func.id)
                if slot != NOWHERE:
                    inner = self.derive(site, ("eval", each.func.id), args=(), keywords=(), target=NOWHERE)
                    self.subscribe(slot, self.call, inner)

    def visible(self, gid: int, name: str) -> int:
        """The slot of a name as a scope sees it, NOWHERE where no scope around it binds the name."""
        at = gid
        while at != NOWHERE:
            slot = self.imports.scope_names.get(at, {}).get(name, NOWHERE)
            if slot != NOWHERE and (at == gid or self.scopes[at].kind != "class"):
                return slot
            at = self.parent(at)
        return NOWHERE


def parsed(text: str, mode: str) -> ast.AST | None:
    """The tree of a text, None where it has none."""
    try:
        return ast.parse(text.strip(), mode=mode)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
