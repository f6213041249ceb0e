"""Writes docs/rules/ from the rule files: `python docs/generate.py`."""

from __future__ import annotations

from pathlib import Path

from leaklint.catalogue import RuleInfo, catalogue

FOLDER = Path("docs") / "rules"
SHOWN = 2
"""A page shows the first examples; `leaklint rule CODE` prints them all."""


def pages() -> dict[str, str]:
    """The text of each page by its file name."""
    infos = catalogue()
    return {"README.md": _table(infos), **{f"{info.code}.md": _page(info) for info in infos}}


def _table(infos: list[RuleInfo]) -> str:
    rows = [f"| [{info.code}]({info.code}.md) | {info.name}{_standing(info)} | {info.summary} |" for info in infos]
    head = ["# The rules", "", "| code | name | the fault |", "| --- | --- | --- |"]
    return "\n".join([*head, *rows]) + "\n"


def _page(info: RuleInfo) -> str:
    parts = [f"# {info.code} {info.name}{_standing(info)}", info.doc.strip()]
    for title, shown in (("Flagged", info.flagged), ("Clean", info.clean)):
        if shown:
            parts.append(f"## {title}")
            parts += [f"```python\n{example.strip()}\n```" for example in shown[:SHOWN]]
    return "\n\n".join(parts) + "\n"


def _standing(info: RuleInfo) -> str:
    return " (preview)" if info.preview else "" if info.default else " (off by default)"


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text, "utf-8")
