"""pyplot figures are made in a server and never closed.

`plt.figure()` and `plt.subplots()` enter each figure into a registry of pyplot, meant for windows on a desktop. A
figure is 1 to 20 MB with its canvas and data, and stays until `plt.close(figure)`. A hundred requests are a gigabyte.

How to mend: `matplotlib.figure.Figure()` has no registry; use it in servers. Else `plt.close(figure)` in a `finally`.

Not flagged, on purpose:

- files that close figures somewhere;
- scripts and notebooks, and functions that no entry point reaches.

Found in released code: dtale 3.22.0 (`build_correlations_matrix_image`; before matplotlib 3.10 switching the backend
closed it).
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
import io

import matplotlib.pyplot as plt
from flask import Flask, send_file

app = Flask(__name__)


@app.get("/chart/<name>")
def chart(name):
    figure, axes = plt.subplots()  # LK602
    axes.set_title(name)
    out = io.BytesIO()
    figure.savefig(out)
    return send_file(out)
""",
]

CLEAN = [
    """
import io

from flask import Flask, send_file
from matplotlib.figure import Figure

app = Flask(__name__)


@app.get("/chart/<name>")
def chart(name):
    figure = Figure()
    figure.subplots().set_title(name)
    out = io.BytesIO()
    figure.savefig(out)
    return send_file(out)
""",
    """
import io

import matplotlib.pyplot as plt
from flask import Flask, send_file

app = Flask(__name__)


@app.get("/chart/<name>")
def chart(name):
    figure, axes = plt.subplots()
    try:
        axes.set_title(name)
        out = io.BytesIO()
        figure.savefig(out)
        return send_file(out)
    finally:
        plt.close(figure)
""",
]


def judge(project: Project) -> Iterator[Finding]:
    """The figures that code behind an entry point makes and nothing in the file closes."""
    for call, _ in per_call(project, load_resources().figures, kept_is_fine=False):
        function = project.program.scope(call.scope).name
        message = f"{function}() makes a pyplot figure on every call; pyplot keeps it until plt.close()"
        yield external_calls(project).finding(
            call, "LK602", "figure-not-closed", message, confidence="high", cwe=(401, 772)
        )


RULE = Rule("LK602", "figure-not-closed", judge, cwe=(401, 772))
