"""libcst on demand: the concrete tree of the code around a suspect, and of nothing else.

The unit is a whole outermost function from its first decorator, or a top-level statement. It is cut out
by line, never dedented, and parsed under an `if 1:`, so that its rows shift by one and its columns stay.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider

from leaklint.facts import NOWHERE
from leaklint.project.linker.program import Module, Program
from leaklint.project.sources import Sources

MAX_ROWS = 1_500
"""Longer functions are not judged by their tree: libcst needs about 0.1 ms for a row."""

MAX_NESTING = 60
"""libcst's parser recurses on brackets without a limit of its own."""


class Tree:
    """A parsed function with the rows of its nodes in the file, and the nodes around each."""

    def __init__(self, module: cst.Module, shift: int) -> None:
        wrapper = MetadataWrapper(module, unsafe_skip_copy=True)
        self._positions = wrapper.resolve(PositionProvider)
        self._shift = shift
        self._parents: dict[cst.CSTNode, cst.CSTNode] = {}
        self.root = module
        waiting: list[cst.CSTNode] = [module]
        while waiting:
            node = waiting.pop()
            for child in node.children:
                self._parents[child] = node
                waiting.append(child)

    def row(self, node: cst.CSTNode) -> int:
        """The row of a node in its file, 1-based."""
        return int(self._positions[node].start.line) + self._shift

    def rows(self, node: cst.CSTNode) -> range:
        """The rows of a node in its file."""
        place = self._positions[node]
        return range(place.start.line + self._shift, place.end.line + self._shift + 1)

    def nodes(self, top: cst.CSTNode | None = None) -> Iterator[cst.CSTNode]:
        """A node and all below it, in the order of the text; those of the whole tree where None is given."""
        waiting: list[cst.CSTNode] = [self.root if top is None else top]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(reversed(node.children))

    def around(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """The nodes around a node, from the innermost out."""
        parent = self._parents.get(node)
        while parent is not None:
            yield parent
            parent = self._parents.get(parent)

    def code(self, node: cst.CSTNode) -> str:
        """The source of a node, comments and layout included."""
        return self.root.code_for_node(node).strip()


class Trees:
    """The trees of functions by scope; None where libcst can't parse one, which leaves the suspect not judged."""

    def __init__(self, program: Program, sources: Sources) -> None:
        self.program = program
        self.sources = sources
        self._known: dict[int, Tree | None] = {}

    def of(self, scope: int) -> Tree | None:
        """The tree of the outermost function around a scope."""
        module = self.program.module_of(scope)
        outer = self._outermost(module, scope - module.scope_base)
        key = module.scope_base + outer
        if key not in self._known:
            self._known[key] = self._parse(module, outer)
        return self._known[key]

    @staticmethod
    def _outermost(module: Module, number: int) -> int:
        outer = number
        while number != NOWHERE:
            if module.facts.scopes[number].kind == "function":
                outer = number
            number = module.facts.scopes[number].parent
        return outer

    def _parse(self, module: Module, number: int) -> Tree | None:
        scope = module.facts.scopes[number]
        if scope.kind != "function" or scope.end_row - scope.first_row > MAX_ROWS:
            return None
        lines = self.sources.text(module.path).split("\n")[scope.first_row - 1 : scope.end_row]
        text = "\n".join(lines) + "\n"
        if not lines or _nesting(text) > MAX_NESTING:
            return None
        indented = lines[0][:1] in (" ", "\t")
        try:
            tree = cst.parse_module("if 1:\n" + text if indented else text)
        except (cst.ParserSyntaxError, RecursionError, ValueError):
            return None
        return Tree(tree, scope.first_row - (2 if indented else 1))


def _nesting(text: str) -> int:
    """The deepest nesting of brackets, strings not told apart: too high at worst."""
    deepest = depth = 0
    for char in text:
        if char in "([{":
            depth += 1
            deepest = max(deepest, depth)
        elif char in ")]}":
            depth = max(depth - 1, 0)
    return deepest
