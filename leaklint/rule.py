"""The words a rule file is written in: Rule, Finding and what a finding consists of.

Every record is frozen and serializable, so that findings travel between processes and lie in the
facts file as they are. Rows and columns are 1-based.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    from leaklint.project import Project

Severity = Literal["error", "warning", "note"]
Confidence = Literal["high", "medium", "low"]

SEVERITIES: tuple[Severity, ...] = ("note", "warning", "error")
CONFIDENCES: tuple[Confidence, ...] = ("low", "medium", "high")


MESSAGE_LIMIT = 160
"""The longest message on one line: what flake8 and the short formats print."""


def shortened(message: str) -> str:
    """A message on one line, cut off where it is longer than MESSAGE_LIMIT."""
    line = " ".join(message.split())
    return line if len(line) <= MESSAGE_LIMIT else line[: MESSAGE_LIMIT - 1] + "…"


class Location(msgspec.Struct, frozen=True):
    """A place in a file, 1-based."""

    row: int
    column: int = 1


class Place(msgspec.Struct, frozen=True):
    """A line of a file; the file's name is relative to the project's root until it is reported."""

    filename: str
    row: int


class Growth(msgspec.Struct, frozen=True):
    """A line where the container grows and the function that it lies in."""

    filename: str
    row: int
    function: str


class Evidence(msgspec.Struct, frozen=True):
    """A reason, with the line that shows it. `kind` is lifetime, growth, key, removal or bound."""

    kind: str
    filename: str
    row: int
    text: str


class Reach(msgspec.Struct, frozen=True):
    """An entry point and the shortest chain of functions from it to what leaks, both ends included."""

    name: str
    function: str
    filename: str
    row: int
    rhythm: str
    chain: tuple[str, ...] = ()


class Edit(msgspec.Struct, frozen=True):
    """A replacement of the text between two places of a file."""

    filename: str
    start: Location
    end: Location
    content: str


class Fix(msgspec.Struct, frozen=True):
    """How a finding is mended; `safe` where the program's meaning stays the same."""

    message: str
    safe: bool
    edits: tuple[Edit, ...]


class Finding(msgspec.Struct, frozen=True):
    """One fault: what leaks, where, why it lives, what makes it grow and what was considered.

    `anchors` are the further growths; a host that was asked for some files shows the finding at the
    first of `location` and `anchors` that lies in them, and at `declared` where none does.
    """

    code: str
    name: str
    message: str
    filename: str
    location: Location
    end_location: Location
    symbol: str
    severity: Severity = "warning"
    confidence: Confidence = "medium"
    declared: Place | None = None
    growth: tuple[Growth, ...] = ()
    also: tuple[str, ...] = ()
    cwe: tuple[int, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    endpoints: tuple[Reach, ...] = ()
    fix: Fix | None = None
    fingerprint: str = ""
    url: str = ""
    anchors: tuple[tuple[str, Location, Location], ...] = ()


class Spot(msgspec.Struct, frozen=True):
    """A use of a container: the function that it is written in, its line, the operation, key and value as written.

    `arm` tells the arms of a file's compound statements apart; it is below zero outside all of them.
    """

    function: int
    filename: str
    row: int
    op: str
    key: str = ""
    value: str = ""
    arm: int = -1


class Suspect(msgspec.Struct, frozen=True):
    """A container's growth and the removals that the facts doubt, for the rule of `code` to judge on the tree.

    `name` is the container's last name, `cause` tells the causes that a rule knows apart, `about` is what the cause
    is about, and `cleaning` are the lines of the growing function that take from the container, themselves or
    through what they call.
    """

    code: str
    cause: str
    name: str
    growth: Spot
    removals: tuple[Spot, ...] = ()
    cleaning: tuple[int, ...] = ()
    about: str = ""


Weigh = Callable[["Project", Suspect], "str | None"]
"""Why a suspect's removals are not enough, '' where they are, None where the code can't be judged."""


class Rule(msgspec.Struct, frozen=True):
    """One fault. The rule's file holds, in order: docstring, FLAGGED, CLEAN, logic, `RULE`.

    `judge` takes the linked project and yields findings; it is pure. `weigh` takes the project and a suspect
    and says why its removals are not enough, '' where they are, None where the code can't be judged.
    `summary`, `doc`, `flagged` and `clean` are filled in by the loader from the file's docstring and constants.
    """

    code: str
    name: str
    judge: Callable[[Project], Iterable[Finding]]
    weigh: Weigh | None = None
    cwe: tuple[int, ...] = ()
    preview: bool = False
    default: bool = True
    doc: str = ""
    flagged: str = ""
    clean: str = ""

    @property
    def summary(self) -> str:
        """The first line of the rule's docstring."""
        return self.doc.strip().split("\n", 1)[0]
