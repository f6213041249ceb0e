"""The call graph for other programs: PyCG's JSON, Graphviz, GraphML; whole, or what reaches or is reached."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from leaklint.config import ConfigError, nearest

if TYPE_CHECKING:
    import networkx

    from leaklint.project import Project


def export(
    project: Project,
    output_format: str,
    reaching: str | None = None,
    reached_from: str | None = None,
    is_asked: Callable[[str], bool] = lambda filename: True,
) -> str:
    """The graph of a project as text.

    `reaching` is a function or a container, `reached_from` an endpoint or a function; each by its whole name or the
    end of it. `is_asked` chooses the files whose functions are shown, with what they call. Raises ConfigError where
    there is no such thing.
    """
    from leaklint.project.linker.callgraph import to_networkx, to_pycg

    is_whole = all(is_asked(module.path) for module in project.program.modules)
    if output_format == "json" and is_whole and not reaching and not reached_from:
        return json.dumps(to_pycg(project.program), indent=1, ensure_ascii=False) + "\n"
    graph: networkx.DiGraph[str] = to_networkx(project.program, weak=output_format != "json")
    graph = graph.subgraph(sorted(_part(project, graph, reaching, reached_from)))
    if not is_whole:
        graph = _within(graph, is_asked)
    if output_format == "json":
        return json.dumps({node: sorted(graph.successors(node)) for node in sorted(graph)}, indent=1) + "\n"
    return _dot(graph) if output_format == "dot" else _graphml(graph)


def _part(project: Project, graph: networkx.DiGraph[str], reaching: str | None, reached_from: str | None) -> set[str]:
    from networkx import ancestors, descendants

    nodes = set(graph)
    if reaching:
        targets = _functions(reaching, graph, _grown(project, reaching))
        nodes &= targets.union(*(ancestors(graph, each) for each in targets))
    if reached_from:
        sources = _functions(reached_from, graph, _handlers(project, reached_from))
        nodes &= sources.union(*(descendants(graph, each) for each in sources))
    return nodes


def _within(graph: networkx.DiGraph[str], is_asked: Callable[[str], bool]) -> networkx.DiGraph[str]:
    """The functions of the files asked for, what they call, and the calls that they make."""
    own = {node for node in graph if is_asked(graph.nodes[node]["filename"])}
    calls = [(caller, callee) for caller, callee in graph.edges if caller in own]
    part: networkx.DiGraph[str] = graph.edge_subgraph(calls).copy()
    part.add_nodes_from((node, graph.nodes[node]) for node in sorted(own))
    return part


def _functions(name: str, graph: networkx.DiGraph[str], others: Iterable[str]) -> set[str]:
    found = {node for node in (*graph, *others) if node == name or node.endswith(f".{name}")} | set(others)
    found = {node for node in found if node in graph}
    if not found:
        known = {end for node in graph for end in (node, node.rsplit(".", 1)[-1])}
        raise ConfigError(f"nothing is called {name!r}{nearest(name, known) if len(known) < 5000 else ''}"[:300])
    return found


def _grown(project: Project, symbol: str) -> set[str]:
    """The functions that grow a container."""
    rows = [row for row in project.inventory() if row["symbol"] == symbol or row["symbol"].endswith(f".{symbol}")]
    return {place["function"] for row in rows for place in row["growth"]}


def _handlers(project: Project, name: str) -> set[str]:
    """The functions behind an endpoint, by its name or path."""
    return {row["function"] for row in project.endpoints() if name in (row["name"], row.get("path"))}


def _dot(graph: networkx.DiGraph[str]) -> str:
    lines = [f"  {_quoted(node)};" for node in sorted(graph)]
    lines += [f"  {_quoted(caller)} -> {_quoted(callee)};" for caller, callee in sorted(graph.edges)]
    return "digraph calls {\n" + "\n".join(lines) + "\n}\n"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _graphml(graph: networkx.DiGraph[str]) -> str:
    import networkx

    plain: networkx.DiGraph[str] = networkx.DiGraph()
    plain.add_nodes_from(sorted(graph))
    for caller, callee in sorted(graph.edges):
        plain.add_edge(caller, callee, **_attributes(graph.edges[caller, callee]))
    return "\n".join(networkx.generate_graphml(plain)) + "\n"


def _attributes(data: dict[str, Any]) -> dict[str, str]:
    return {key: str(value) for key, value in sorted(data.items())}
