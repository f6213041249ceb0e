"""Suppressions at work: which growths they take away, and which of them hide nothing."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from leaklint.config import Settings
from leaklint.facts import Directive
from leaklint.rule import Edit, Finding, Fix, Location

Anchor = tuple[str, Location, Location]
"""A growth: its file, and where it begins and ends."""

_UNTIL = re.compile(r"\buntil=([^\s,;]*)")
_OWN_CODE = re.compile(r"LK\d{0,3}")


def anchors(finding: Finding) -> list[Anchor]:
    """Every growth of a finding, the one that it is reported at first."""
    return [(finding.filename, finding.location, finding.end_location), *finding.anchors]


class Silence:
    """The suppressions of a project, and which of them hid something."""

    def __init__(self, directives: Mapping[str, tuple[Directive, ...]], settings: Settings) -> None:
        self.directives = directives if settings.noqa else {
            name: tuple(each for each in said if "noqa" not in each.kind) for name, said in directives.items()
        }  # fmt: skip
        self.per_file = [(_glob(glob), codes) for glob, codes in settings.per_file_ignores.items()]
        self.settings = settings
        self.used: set[tuple[str, Directive, str]] = set()

    def open_places(self, finding: Finding) -> list[Anchor]:
        """The growths that no comment and no setting hides; none where the declaration is suppressed."""
        codes = (finding.code, *finding.also)
        declared = finding.declared
        # Every comment is asked, also where one is enough: a second that hides the same is not unused.
        whole = declared is not None and self._hides(declared.filename, declared.row, codes, on_declaration=True)
        open_ = [place for place in anchors(finding) if not self._hides(place[0], place[1].row, codes)]
        return [] if whole else open_

    def complaints(self, judged: Sequence[str], known: Sequence[str]) -> list[Finding]:
        """LK002 for what hides nothing, LK003 where no reason is given, LK004 where its time is over.

        `judged` are the codes of this run, `known` all that there are. A comment without codes hides none of these
        about itself.
        """
        found = []
        for name, said in sorted(self.directives.items()):
            for directive in said:
                but = None if directive.codes else directive
                complaints = self._complain(name, directive, judged, known)
                found += [each for each in complaints if not self._hides(name, directive.row, (each.code,), but=but)]
        return found

    def _complain(self, name: str, directive: Directive, judged: Sequence[str], known: Sequence[str]) -> list[Finding]:
        out = []
        idle = self._idle(name, directive, judged, known)
        if directive.kind == "invalid":
            message = f"{directive.text!r} is no directive of leaklint"
            out.append(_remark("LK002", "unused-suppression", name, directive, message))
        elif idle is not None:
            message = f"{', '.join(idle) or 'this suppression'} hides nothing here"
            if directive.kind == "bounded":
                message = "nothing that is kept for long grows here any more: the comment on its bound can go"
            out.append(
                _remark("LK002", "unused-suppression", name, directive, message, _without(name, directive, idle))
            )
        if directive.kind in ("ignore", "file-ignore", "disable", "bounded") and not directive.text:
            message = "this suppression gives no reason"
            out.append(_remark("LK003", "suppression-without-reason", name, directive, message))
        until = _UNTIL.search(directive.text)
        over = _why_over(until[1]) if until and "noqa" not in directive.kind else ""
        if over:
            out.append(_remark("LK004", "suppression-expired", name, directive, over))
        return out

    def _idle(self, name: str, directive: Directive, judged: Sequence[str], known: Sequence[str]) -> list[str] | None:
        """The codes of a comment that hide nothing, none where it has no codes and hides nothing.

        None where it hides something, where that is another linter's business, or where another run may tell.
        """
        if directive.kind in ("flake8-noqa", "enable", "invalid") or (directive.kind == "noqa" and not directive.codes):
            return None
        used = {code for file, each, code in self.used if file == name and each == directive}
        if not directive.codes:
            return None if used else []
        own = [code for code in directive.codes if _OWN_CODE.fullmatch(code)]
        unknown = [code for code in directive.codes if code not in own and directive.kind != "noqa"]
        unknown += [code for code in own if known and not _begins_any(code, known)]
        return [*unknown, *(code for code in own if code not in used and _begins_any(code, judged))] or None

    def _hides(
        self, name: str, row: int, codes: Sequence[str], on_declaration: bool = False, but: Directive | None = None
    ) -> bool:
        """Whether a comment on the row, other than `but`, or a setting hides any of the codes."""
        hidden = any(
            any(code.startswith(given) for code in codes for given in ignored)
            for matches, ignored in self.per_file
            if matches(name)
        )
        for directive in self.directives.get(name, ()):
            if directive == but or not directive.first_row <= row <= directive.last_row:
                continue
            if directive.kind in ("enable", "invalid") or (directive.kind == "bounded" and not on_declaration):
                continue
            given = [each for each in directive.codes if any(code.startswith(each) for code in codes)]
            if given or not directive.codes:
                self.used.update((name, directive, each) for each in given or ("",))
                hidden = True
        return hidden


def _begins_any(given: str, codes: Iterable[str]) -> bool:
    return any(code.startswith(given) for code in codes)


def _glob(glob: str) -> Callable[[str], bool]:
    from pathspec import GitIgnoreSpec  # only where there is something to match

    return GitIgnoreSpec.from_lines([glob]).match_file


def _why_over(day: str) -> str:
    """What is to be said of a suppression that holds until a day; '' where that is yet to come."""
    try:
        is_over = datetime.date.fromisoformat(day) < datetime.date.today()
    except ValueError:
        return f"{day!r} is no day: write until=YYYY-MM-DD"
    return f"this suppression was meant to end on {day}" if is_over else ""


def _remark(code: str, name: str, filename: str, directive: Directive, message: str, fix: Fix | None = None) -> Finding:
    start, end = Location(directive.row, directive.col), Location(directive.row, directive.col + len(directive.raw))
    return Finding(code, name, message, filename, start, end, "", "warning", "high", fix=fix)


def _without(filename: str, directive: Directive, idle: Sequence[str]) -> Fix:
    """The comment without the codes that hide nothing; without codes it goes altogether."""
    kept = [code for code in directive.codes if code not in idle]
    content = ""
    if kept and directive.kind == "noqa":
        content = f"# noqa: {','.join(kept)}"
    elif kept:
        content = re.sub(r"\[[^\]]*\]", f"[{', '.join(kept)}]", directive.raw, count=1)
    start, end = Location(directive.row, directive.col), Location(directive.row, directive.col + len(directive.raw))
    return Fix("remove what hides nothing", True, (Edit(filename, start, end, content),))
