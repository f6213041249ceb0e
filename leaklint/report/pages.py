"""What the other commands print: rule pages, endpoints, the inventory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from leaklint.catalogue import RuleInfo
from leaklint.report.objects import VERSION, dumps, renamed
from leaklint.report.view import View, plural, table

Row = dict[str, Any]


def rule_list(infos: Sequence[RuleInfo]) -> str:
    """Code, name and summary of each rule."""
    rows = [(info.code, info.name, f"{info.summary}{_standing(info)}") for info in infos]
    return "\n".join(table(rows)) + "\n"


def rule_page(info: RuleInfo) -> str:
    """A rule's page: what it means and why, what it flags and what it does not."""
    parts = [f"{info.code} {info.name}{_standing(info)}\n", info.doc.strip() + "\n"]
    parts += [f"Flagged:\n\n{_indented(example)}" for example in info.flagged]
    parts += [f"Clean:\n\n{_indented(example)}" for example in info.clean]
    return "\n".join(parts)


def rules_json(infos: Sequence[RuleInfo]) -> str:
    """The rules with their pages and examples."""
    rules = [
        {
            "code": info.code,
            "name": info.name,
            "summary": info.summary,
            "doc": info.doc,
            "preview": info.preview,
            "default": info.default,
            "flagged": list(info.flagged),
            "clean": list(info.clean),
        }
        for info in infos
    ]
    return dumps({"version": VERSION, "rules": rules})


def endpoints_json(rows: Sequence[Row], view: View) -> str:
    """The endpoints in the contract's words."""
    return dumps({"version": VERSION, "endpoints": renamed(list(rows), view)})


def endpoints(rows: Sequence[Row], view: View) -> str:
    """One line an endpoint, and their number."""
    lines = table(
        (str(row["rhythm"]), str(row["name"]), str(row["function"]), f"{view.name(row['filename'])}:{row['row']}")
        for row in rows
    )
    return "\n".join([*lines, plural(len(rows), "endpoint") + "."]) + "\n"


def inventory_json(rows: Sequence[Row], view: View) -> str:
    """The containers in the contract's words."""
    return dumps({"version": VERSION, "containers": renamed(list(rows), view)})


def inventory(rows: Sequence[Row], view: View) -> str:
    """Each container with its verdict, and the lines that prove it."""
    blocks = ["\n".join(_container(row, view)) for row in rows]
    return "\n".join([*blocks, plural(len(rows), "long-lived container") + "."]) + "\n"


def _container(row: Row, view: View) -> list[str]:
    lines = [f"{view.name(row['filename'])}:{row['row']}: {row['symbol']}: {row['verdict']} ({row['lifetime']})"]
    for kind, word in (("growth", "grows"), ("removals", "shrinks")):
        for place in row[kind]:
            reason = f": {place['reason']}" if place.get("reason") else ""
            lines.append(f"    {word} {view.name(place['filename'])}:{place['row']} in {place['function']}{reason}")
    lines += [f"    reached by {each['name']}" for each in row["endpoints"]]
    return lines


def _standing(info: RuleInfo) -> str:
    return " (preview)" if info.preview else "" if info.default else " (off by default)"


def _indented(text: str) -> str:
    return "".join(f"    {line}".rstrip() + "\n" for line in text.strip("\n").split("\n"))
