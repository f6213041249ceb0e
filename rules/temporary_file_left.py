"""A temporary file or folder is made on every call and never removed.

`mkdtemp()`, `mkstemp()` and `NamedTemporaryFile(delete=False)` leave the removal to the caller. What stays fills the
disk, or memory where `/tmp` is a `tmpfs`: uploads of 5 MB, one a second, are 430 GB a day.

How to mend: `with TemporaryDirectory()`, or the removal in a `finally`; where a response still reads the file, in a
background task after it.

Not flagged, on purpose:

- files that remove, rename or move something;
- paths that are returned: whoever gets one may remove it;
- files in a folder of the program's own (`dir=`), which a job may sweep.

Found in released code: deluge 2.2.0 (`Upload.render`, a folder with a file for each upload; what adds the torrent
reads the file and leaves it).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from leaklint.project.percall.external_calls import external_calls
from leaklint.project.percall.resources import load_resources, per_call
from leaklint.rule import Finding, Rule

if TYPE_CHECKING:
    from leaklint.project import Project

FLAGGED = [
    """
import tempfile
from pathlib import Path

from fastapi import FastAPI, UploadFile

app = FastAPI()


@app.post("/convert")
async def convert(file: UploadFile):
    folder = tempfile.mkdtemp()  # LK604
    path = Path(folder) / "input"
    path.write_bytes(await file.read())
    return len(path.read_text())
""",
]

CLEAN = [
    """
import os
import tempfile
from pathlib import Path

from fastapi import FastAPI, UploadFile

app = FastAPI()


@app.post("/convert")
async def convert(file: UploadFile):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "input"
        path.write_bytes(await file.read())
        return len(path.read_text())


@app.post("/count")
async def count(file: UploadFile):
    with tempfile.NamedTemporaryFile() as copy:
        copy.write(await file.read())
        return os.path.getsize(copy.name)
""",
    """
import tempfile
from pathlib import Path

from fastapi import FastAPI, UploadFile

app = FastAPI()


async def stored(file):
    folder = Path(tempfile.mkdtemp())
    (folder / "input").write_bytes(await file.read())
    return folder / "input"


@app.post("/keep")
async def keep(file: UploadFile):
    return str(await stored(file))
""",
]


def judge(project: Project) -> Iterator[Finding]:
    """The temporary files that code behind an entry point makes and nothing in the file removes."""
    for call, kind in per_call(project, load_resources().files, handed=False):
        function = project.program.scope(call.scope).name
        message = f"{function}() makes a temporary {kind.kind} on every call ({call.dotted}) and nothing removes it"
        yield external_calls(project).finding(call, "LK604", "temporary-file-left", message, cwe=(459, 772))


RULE = Rule("LK604", "temporary-file-left", judge, cwe=(459, 772), preview=True)
