"""Judged findings to those that are reported: one code per container, suppressions, paths, baseline, fingerprints.

Suppressions take away growths, not lines of output: a container is reported at its first growth that nobody
has suppressed, and on a suppressed declaration it is not reported at all.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import PurePosixPath

import msgspec

from leaklint.config import Settings
from leaklint.facts import Directive
from leaklint.rule import CONFIDENCES, SEVERITIES, Finding, Location, Place, Reach, Severity
from leaklint.silence import Anchor, Silence, anchors

_PRECEDENCE = ("LK3", "LK106", "LK105", "LK107", "LK404", "LK108", "LK109", "LK103", "LK102", "LK101", "LK104")
_ENDPOINT = "LK001"
_RESOURCES = {
    "LK1": "container", "LK3": "container", "LK404": "container", "LK2": "cache", "LK4": "registration",
    "LK5": "reference", "LK6": "per-call", "LK7": "label", "LK8": "store", _ENDPOINT: "endpoint",
}  # fmt: skip


_GROWING = ("container", "cache")
"""The resources that are one thing wherever they are spoken of."""


class Judged(msgspec.Struct, frozen=True):
    """What a run found before anything was taken away: a pure function of the files and the settings.

    `codes` are the codes that were judged, `known` all that there are (none where that was not asked), `directives`
    the comments of each file that has any, `unreadable` the files and folders that were not checked, with row, column
    and reason.
    """

    findings: tuple[Finding, ...] = ()
    codes: tuple[str, ...] = ()
    directives: dict[str, tuple[Directive, ...]] = {}
    unreadable: tuple[tuple[str, int, int, str], ...] = ()
    files: int = 0
    endpoints: int = 0
    known: tuple[str, ...] = ()


class Settled(msgspec.Struct, frozen=True):
    """What is reported, and the counts of what is not."""

    findings: tuple[Finding, ...] = ()
    suppressed: int = 0
    baselined: int = 0
    elsewhere: int = 0


def settle(
    judged: Judged, settings: Settings, is_asked: Callable[[str], bool], baseline: frozenset[str] = frozenset()
) -> Settled:
    """The findings to report, sorted by place. `is_asked` tells whether a file is among those to report on."""
    silence = Silence(judged.directives, settings)
    for finding in judged.findings:  # a comment that hides what is too uncertain to be shown is not unused
        silence.open_places(finding)
    candidates = _one_per_container(_confident(judged.findings, settings))
    fingerprints: Counter[str] = Counter()
    suppressed = baselined = elsewhere = 0
    shown: list[Finding] = []
    leaks: list[tuple[Finding, bool]] = []
    for candidate in candidates:
        places = silence.open_places(candidate)
        if not places:
            suppressed += 1
            continue
        finding = _identified(_at(candidate, places, is_asked), fingerprints)
        is_known, is_here = finding.fingerprint in baseline, is_asked(finding.filename)
        baselined += is_known
        elsewhere += not is_known and not is_here
        leaks.append((finding, is_here and not is_known))
    shown += (finding for finding, is_shown in leaks if is_shown)
    for candidate in _endpoint_findings(leaks) if _ENDPOINT in judged.codes else ():
        if not silence.open_places(candidate):
            suppressed += 1
            continue
        finding = _identified(candidate, fingerprints)
        is_known = finding.fingerprint in baseline
        baselined += is_known
        shown += [finding] if not is_known and is_asked(finding.filename) else []
    remarks = (*_unreadable(judged), *silence.complaints(judged.codes, judged.known))
    shown += (
        _identified(each, fingerprints) for each in remarks if each.code in judged.codes and is_asked(each.filename)
    )
    return Settled(tuple(sorted(shown, key=_order)), suppressed, baselined, elsewhere)


def resource(code: str) -> str:
    """The kind of thing that a code speaks of; with the symbol it makes a finding's fingerprint."""
    return next((kind for prefix, kind in _RESOURCES.items() if code.startswith(prefix)), code)


def fails(findings: Iterable[Finding], fail_on: Severity) -> bool:
    """Whether a finding is as severe as `fail_on`, or more."""
    limit = SEVERITIES.index(fail_on)
    return any(SEVERITIES.index(finding.severity) >= limit for finding in findings)


def _order(finding: Finding) -> tuple[str, int, int, str, str]:
    return finding.filename, finding.location.row, finding.location.column, finding.code, finding.symbol


def _confident(findings: Iterable[Finding], settings: Settings) -> list[Finding]:
    limit = CONFIDENCES.index(settings.min_confidence)
    return [finding for finding in findings if CONFIDENCES.index(finding.confidence) >= limit]


def _rank(finding: Finding) -> tuple[int, str, str, int, int]:
    place = next((at for at, prefix in enumerate(_PRECEDENCE) if finding.code.startswith(prefix)), len(_PRECEDENCE))
    return place, finding.code, finding.filename, finding.location.row, finding.location.column


def _one_per_container(findings: Iterable[Finding]) -> list[Finding]:
    """The most specific finding of each container, told which codes it stands for; other findings as they are."""
    groups: dict[tuple[str, str, str], list[Finding]] = defaultdict(list)
    for finding in findings:
        kind = resource(finding.code)
        alone = "" if kind in _GROWING else f"{finding.code} {finding.filename} {finding.location.row}"
        groups[finding.symbol, kind, alone].append(finding)
    kept = []
    for group in groups.values():
        first, *others = sorted(group, key=_rank)
        also = {*first.also, *(code for other in others for code in (other.code, *other.also))} - {first.code}
        kept.append(msgspec.structs.replace(first, also=tuple(sorted(also))))
    return sorted(kept, key=_order)


def _at(finding: Finding, places: Sequence[Anchor], is_asked: Callable[[str], bool]) -> Finding:
    """The finding at its first open growth in the files asked for, else at its declaration there."""
    first = next((place for place in places if is_asked(place[0])), None)
    declared = finding.declared
    if first is None and declared is not None and is_asked(declared.filename):
        first = (declared.filename, Location(declared.row), Location(declared.row))
    name, start, end = first or places[0]
    rows = {(place[0], place[1].row) for place in places}
    closed = {(each.filename, each.row) for each in finding.growth} - rows
    closed &= {(place[0], place[1].row) for place in anchors(finding)}
    growth = tuple(each for each in finding.growth if (each.filename, each.row) not in closed)
    return msgspec.structs.replace(
        finding, filename=name, location=start, end_location=end, growth=growth, anchors=tuple(places)
    )


def _identified(finding: Finding, seen: Counter[str]) -> Finding:
    said = f"{resource(finding.code)} {finding.symbol or finding.filename}"
    print_ = hashlib.blake2b(said.encode("utf-8", "backslashreplace"), digest_size=16).hexdigest()
    seen[print_] += 1
    if seen[print_] > 1:
        print_ += f":{seen[print_]}"
    return msgspec.structs.replace(finding, fingerprint=print_)


def _unreadable(judged: Judged) -> list[Finding]:
    return [
        Finding("LK000", "unreadable-file", message, name, Location(row, col), Location(row, col), "", "error", "high")
        for name, row, col, message in judged.unreadable
    ]


def _endpoint_findings(leaks: Sequence[tuple[Finding, bool]]) -> list[Finding]:
    """LK001: each endpoint once, with the containers that it makes grow.

    Where a container's own finding is in the same report, naming it again is a note; else it counts.
    """
    reached: dict[tuple[str, str, int], list[tuple[Finding, bool, Reach]]] = defaultdict(list)
    for finding, is_shown in leaks:
        for reach in finding.endpoints:
            reached[reach.function, reach.filename, reach.row].append((finding, is_shown, reach))
    return [_endpoint_finding(leaking) for _, leaking in sorted(reached.items())]


def _endpoint_finding(leaking: Sequence[tuple[Finding, bool, Reach]]) -> Finding:
    reach = leaking[0][2]
    hidden = [SEVERITIES.index(finding.severity) for finding, is_shown, _ in leaking if not is_shown]
    severity = SEVERITIES[max(hidden, default=0)]
    confidence = CONFIDENCES[max(CONFIDENCES.index(finding.confidence) for finding, _, _ in leaking)]
    shortest = min((each for _, _, each in leaking), key=lambda each: (len(each.chain), each.chain))
    start = Location(reach.row)
    return Finding(
        _ENDPOINT,
        "endpoint-reaches-leak",
        f"{_what_leaks(leaking)}: {' -> '.join(_short(shortest.chain))}",
        reach.filename,
        start,
        start,
        reach.function,
        severity,
        confidence,
        Place(reach.filename, reach.row),
        growth=tuple(growth for finding, _, _ in leaking for growth in finding.growth[:1]),
        cwe=tuple(sorted({cwe for finding, _, _ in leaking for cwe in finding.cwe})),
        endpoints=tuple(sorted({each for _, _, each in leaking}, key=lambda each: (each.name, each.chain))),
    )


def _what_leaks(leaking: Sequence[tuple[Finding, bool, Reach]]) -> str:
    """`GET /users makes store.SEEN grow`, and what an endpoint reaches that is no collection: `reaches f->callee`."""
    names = sorted({reach.name for _, _, reach in leaking})
    is_one = len(names) == 1
    symbols = sorted({(resource(finding.code) not in _GROWING, finding.symbol) for finding, _, _ in leaking})
    grown, others = ([_end(symbol) for is_other, symbol in symbols if is_other == wanted] for wanted in (False, True))
    said = [f"{'makes' if is_one else 'make'} {_few(grown)} grow"] if grown else []
    said += [f"{'reaches' if is_one else 'reach'} {_few(others)}"] if others else []
    return f"{names[0] if is_one else f'{names[0]} and {len(names) - 1} more'} {' and '.join(said)}"


def _few(words: Sequence[str]) -> str:
    return ", ".join(words[:2]) + (f" and {len(words) - 2} more" if len(words) > 2 else "")


def _short(chain: Sequence[str]) -> list[str]:
    """A chain's functions by the ends of their names; the middle of a long one is left out."""
    ends = [_end(name) for name in chain]
    return ends if len(ends) < 5 else [*ends[:2], "…", ends[-1]]


def _end(name: str) -> str:
    """The last two words of a dotted name, on both sides of an arrow."""
    return "->".join(".".join(each.split(".")[-2:]) for each in name.split("->"))


def below(paths: Sequence[PurePosixPath]) -> Callable[[str], bool]:
    """A filter for the files at or below some paths, relative to the root; all files where there are no paths."""
    if not paths or PurePosixPath(".") in paths:
        return lambda name: True
    exact = {str(path) for path in paths}
    below = tuple(f"{path}/" for path in paths)
    return lambda name: name in exact or name.startswith(below)
