"""A logger is made for each key, and loggers are never freed.

`logging.getLogger(name)` enters every new name into a dict of the logging module, with a logger of about 500 bytes and
placeholders for the parts of its name. Nothing takes it out again. A logger per request is a leak of 500 bytes per
request, and of its handlers, if it has any.

How to mend: one logger per module, and the key in the message: `logger.info("...", extra={"request": request_id})` or a
`LoggerAdapter`.

Not flagged, on purpose:

- names from `__name__`, classes, literals and settings, and names with only such parts;
- loggers that are made while modules are imported;
- a project that takes loggers out of `logging.root.manager.loggerDict` itself.

Found in released code: annotated-logger 1.2.4 (`_generate_logger`, a logger named after a `uuid4()` for each
annotated call).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from leaklint.facts import Op
from leaklint.project.domains.domain import Domain
from leaklint.project.percall.external_calls import external_calls
from leaklint.rule import Finding, Rule

if TYPE_CHECKING:
    from leaklint.project import Project

FLAGGED = [
    """
import logging
import uuid


def handle(job):
    logger = logging.getLogger(f"job.{uuid.uuid4()}")  # LK403
    logger.info("begins")
""",
    """
import logging

from fastapi import FastAPI

app = FastAPI()
logger = logging.getLogger(__name__)


@app.get("/users/{user_id}")
def user(user_id: str):
    logger.getChild(user_id).info("asked for")  # LK403
""",
]

CLEAN = [
    """
import logging

logger = logging.getLogger(__name__)


class Job:
    def __init__(self):
        self.logger = logging.getLogger(f"{__name__}.{type(self).__name__}")

    def run(self, number):
        self.logger.info("job %s begins", number)
        logging.getLogger("jobs").info("done")


def handle(number):
    Job().run(number)
""",
    """
import logging
import uuid


def handle(job):
    logger = logging.getLogger(f"job.{uuid.uuid4()}")
    try:
        logger.info("begins")
    finally:
        logging.root.manager.loggerDict.pop(logger.name, None)
""",
]


def judge(project: Project) -> Iterator[Finding]:
    """The loggers whose name a client, the time or chance chooses."""
    calls = external_calls(project)
    if _takes_loggers_out(project):
        return
    for call in calls.named("logging.getLogger", "logging.getLogger.getChild", "logging.Logger.getChild"):
        name = calls.argument(call, "suffix" if call.dotted.endswith("getChild") else "name", 0)
        if name is None or not calls.is_repeated(call):
            continue
        drive = project.domains.of(name, call.scope, 6)
        # Most names of which nothing is known are those of modules, classes and plug-ins.
        if drive.domain < Domain.IDENTITY:
            continue
        yield calls.finding(
            call,
            "LK403",
            "logger-per-key",
            f"a logger is made per key and loggers are never freed; key ← {drive.text}",
            severity="error" if drive.domain == Domain.CLIENT else "warning",
            confidence="high",
            cwe=(770, 400) if drive.domain == Domain.CLIENT else (770,),
        )


def _takes_loggers_out(project: Project) -> bool:
    """Whether code that counts removes something from the dict in which the logging module keeps its loggers."""
    for module in project.program.modules:
        if project.phases.quiet_file(module):
            continue
        for use in module.facts.uses:
            if use.kind == "shrink":
                made = project.holders.definitions(use.scope + module.scope_base).of
                steps = made.get(use.base + module.slot_base, ())
                if any(step[0] == Op.ATTR and step[3] == "loggerDict" for step in steps):
                    return True
    return False


RULE = Rule("LK403", "logger-per-key", judge, cwe=(770, 400))
