"""The findings that a project lives with: a committed file, one entry a line, without line numbers.

An entry is found again by its fingerprint, which is made of the symbol and the kind of what leaks. Moving code
or a sharper verdict leaves it as it is.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from leaklint.config import ConfigError
from leaklint.rule import Finding

DEFAULT_NAME = ".leaklint-baseline.json"


def read(path: Path) -> dict[str, str]:
    """The fingerprints of a baseline, each with what it stands for. Raises ConfigError where it can't be read."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        return {entry["fingerprint"]: entry["what"] for entry in document["findings"]}
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror or error}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"{path}: not a baseline of leaklint") from error


def entries(findings: Iterable[Finding]) -> dict[str, str]:
    """Findings as they enter a baseline."""
    return {each.fingerprint: f"{each.code} {each.symbol or each.filename}" for each in findings}


def pruned(before: Mapping[str, str], found: Mapping[str, str], judged: Collection[str]) -> dict[str, str]:
    """The entries of a baseline that are still found, and those whose code no rule of this run has judged."""
    kept = {key: found.get(key, what) for key, what in before.items()}
    return {key: what for key, what in kept.items() if key in found or what.split(" ")[0] not in judged}


def text(known: dict[str, str]) -> str:
    """The file's text: sorted, so that two branches seldom change the same line."""
    ordered = sorted(known.items(), key=lambda entry: (entry[1].split(" ", 1)[-1], entry))
    lines = [f"\n    {json.dumps({'fingerprint': key, 'what': what}, ensure_ascii=False)}" for key, what in ordered]
    return '{\n  "version": 1,\n  "findings": [' + ",".join(lines) + "\n  ]\n}\n"
