"""Cases beside their twins: the same code but for one part, silent with the first filling, shown with the second.

A case is the text of a project with `{}` where the fillings go and `# MARK` on the line that is shown.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from leaklint.loader import load
from leaklint.testing import mismatches

Filling = str | tuple[str, ...]
Cases = dict[str, tuple[str, Filling, Filling]]


def twin_tests(cases: Cases) -> tuple[Callable[[str], None], Callable[[str], None]]:
    """A test that each first filling is silent, and one that each second is shown at the mark and nowhere else."""

    @pytest.mark.parametrize("name", cases)
    def silent(name: str) -> None:
        source, filling, _ = cases[name]
        assert found(source, filling) == []

    @pytest.mark.parametrize("name", cases)
    def shown(name: str) -> None:
        source, _, filling = cases[name]
        row = source.split("# MARK")[0].count("\n")
        assert [each.partition(": ")[0] for each in found(source, filling)] == [f"example.py:{row}"]

    return silent, shown


def found(source: str, filling: Filling) -> list[str]:
    """What is found in a case with a filling: file and row, code, and `unexpected`."""
    filled = source.format(*([filling] if isinstance(filling, str) else filling))
    return [str(each) for each in mismatches(filled.replace("  # MARK", ""), load())]
