"""The inventory: every long-lived container with its verdict and the lines that prove it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from leaklint.project.linker.program import Program
from leaklint.project.storage.containers import Event
from leaklint.project.verdict.bounds import BOUNDED
from leaklint.project.verdict.findings import Findings
from leaklint.project.verdict.leaks import Leak


def rows(program: Program, leaks: Iterable[Leak], findings: Findings) -> list[dict[str, Any]]:
    """One object per container, sorted by symbol."""
    out = [_row(program, leak, findings) for leak in leaks]
    return sorted(out, key=lambda row: (row["symbol"], row["filename"], row["row"]))


def _row(program: Program, leak: Leak, findings: Findings) -> dict[str, Any]:
    container = leak.container
    declared = container.declared
    place = declared or next(iter(container.grows or container.reads))
    promised = _promised(declared) if leak.growing else ""
    return {
        "symbol": container.symbol,
        "filename": place.module.path,
        "row": place.use.row,
        "lifetime": leak.lifetime.span,
        "lifetime_reason": leak.lifetime.reason,
        "verdict": BOUNDED if promised else leak.verdict.kind,
        "reason": promised or leak.verdict.reason,
        "growth": [
            {
                "filename": each.event.module.path,
                "row": each.event.use.row,
                "function": program.name_of(each.event.scope),
            }
            for each in leak.growing
        ],
        "removals": [
            {
                "filename": each.event.module.path,
                "row": each.event.use.row,
                "function": program.name_of(each.event.scope),
                "counts": each.counts,
                "reason": each.reason,
            }
            for each in leak.verdict.removals
        ],
        "endpoints": [
            {"name": reach.name, "function": reach.function, "chain": list(reach.chain)}
            for reach in (findings.reach(leak) if leak.growing else ())
        ],
    }


def _promised(declared: Event | None) -> str:
    """What a comment `# leaklint: bounded[...]` at the declaration says."""
    if declared is None:
        return ""
    for directive in declared.module.facts.directives:
        if directive.kind == "bounded" and directive.first_row <= declared.use.row <= directive.last_row:
            return f"declared in a comment: {' '.join((*directive.codes, directive.text))}"
    return ""
