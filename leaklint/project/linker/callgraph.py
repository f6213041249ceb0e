"""The call graph as PyCG prints it, and as a graph of networkx; `report.graph` writes the other formats."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leaklint.project.linker.objects import Edge

if TYPE_CHECKING:
    import networkx

    from leaklint.project.linker.program import Program


def node_name(program: Program, callee: int | str) -> str:
    """The name of a caller or callee; builtins as `<builtin>.len`."""
    if isinstance(callee, int):
        return program.name_of(callee)
    return f"<builtin>.{callee[9:]}" if callee.startswith("builtins.") else callee


def _calls(program: Program, weak: bool) -> list[Edge]:
    """The edges between functions and modules; a class stands for its initialiser, which has an edge of its own."""
    edges = program.edges if weak else [edge for edge in program.edges if edge.how != "name"]
    return [edge for edge in edges if isinstance(edge.callee, str) or program.scope(edge.callee).kind != "class"]


def to_pycg(program: Program, weak: bool = False) -> dict[str, list[str]]:
    """Every function and module with the names of what it calls, sorted: the JSON that PyCG prints.

    `weak` adds the edges that rest on a method's name alone.
    """
    out: dict[str, set[str]] = {}
    for module in program.modules:
        for number, scope in enumerate(module.facts.scopes):
            if scope.kind != "class":
                out[program.name_of(module.scope_base + number)] = set()
    for edge in _calls(program, weak):
        callee = node_name(program, edge.callee)
        out.setdefault(program.name_of(edge.caller), set()).add(callee)
        out.setdefault(callee, set())
    return {name: sorted(callees) for name, callees in sorted(out.items())}


def to_networkx(program: Program, weak: bool = True) -> networkx.DiGraph[str]:
    """The call graph with names as nodes; edges carry `kind`, `how` and the first call's `row`."""
    import networkx

    graph: networkx.DiGraph[str] = networkx.DiGraph()
    for module in program.modules:
        for number, scope in enumerate(module.facts.scopes):
            name = program.name_of(module.scope_base + number)
            graph.add_node(name, kind=scope.kind, filename=module.path, row=scope.row)
    for edge in _calls(program, weak):
        callee = node_name(program, edge.callee)
        if not isinstance(edge.callee, int) and callee not in graph:
            graph.add_node(callee, kind="external", filename="", row=0)
        caller = program.name_of(edge.caller)
        if not graph.has_edge(caller, callee):
            graph.add_edge(caller, callee, kind=edge.kind, how=edge.how, row=edge.row)
    return graph
