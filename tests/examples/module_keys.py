"""What fills a module-level collection once, or with keys that there are only so many of."""

CODE = "LK101"

FLAGGED: list[str] = []

CLEAN = [
    """
# file: plugins.py
HANDLERS = {}
CHECKS = []


def handles(name):
    def decorate(function):
        HANDLERS[name] = function
        return function

    return decorate


def check(function):
    CHECKS.append(function)
    return function

# file: builtin.py
from plugins import check, handles


@handles("ping")
def ping(message):
    return "pong"


@check
def has_body(message):
    return bool(message.body)
""",
    """
# file: formats.py
WRITERS = {}


def declare_writer(suffix, writer):
    WRITERS[suffix] = writer

# file: images.py
import formats


def write_png(image):
    return image.tobytes()


formats.declare_writer("png", write_png)
for suffix in ("jpg", "jpeg"):
    formats.declare_writer(suffix, write_png)
""",
    """
STATE = {}
TOTALS = {}


def on_reading(value):
    STATE["last"] = value
    STATE["count"] = STATE.get("count", 0) + 1
    TOTALS[value > 0] = value
""",
    """
SCHEMAS = {}
NAMES = {}


def schema_of(instance):
    cls = type(instance)
    if cls not in SCHEMAS:
        SCHEMAS[cls] = [name for name in vars(cls) if not name.startswith("_")]
    return SCHEMAS[cls]


def name_of(model: type) -> str:
    return NAMES.setdefault(model.__qualname__, model.__name__.lower())
""",
    """
REGIONS = {"eu", "us", "asia"}
KINDS = ("order", "refund")
LATEST = {}
TOTALS = {}


def on_reading(region, value):
    if region not in REGIONS:
        raise ValueError(region)
    LATEST[region] = value


def on_booking(kind, amount):
    if kind in KINDS:
        TOTALS[kind] = amount
""",
    """
COUNTRIES = {}
UNITS = {}
_loaded = False


def country(code, database):
    if not COUNTRIES:
        COUNTRIES.update(database.countries())
    return COUNTRIES[code]


def unit(name, database):
    global _loaded
    if not _loaded:
        for row in database.units():
            UNITS[row.name] = row
        _loaded = True
    return UNITS[name]
""",
    """
TABLE = None


def table(database):
    global TABLE
    if TABLE is None:
        TABLE = {}
        for row in database.rows():
            TABLE[row.name] = row
    return TABLE
""",
    """
import os

from django.conf import settings

CLIENTS = {}
FLAGS = {}


def client(connect):
    dsn = settings.SEARCH_DSN
    if dsn not in CLIENTS:
        CLIENTS[dsn] = connect(dsn)
    return CLIENTS[dsn]


def flag():
    FLAGS[os.environ["STAGE"]] = True
    return FLAGS
""",
    """
# A ring has its size for ever.
RING = [None] * 256
position = 0


def on_sample(sample):
    global position
    RING[position % 256] = sample
    position += 1
""",
    """
from flask import Flask, g

app = Flask(__name__)


@app.get("/report")
def report():
    if "queries" not in g:
        g.queries = []
    g.queries.append("select 1")
    found = {}
    for query in g.queries:
        found[query] = len(query)
    return found
""",
    """
# file: codes.py
CODES = {}


def _build():
    for number, name in enumerate(("ok", "late", "lost")):
        CODES[name] = number


_build()

# file: tests/test_codes.py
from codes import CODES


def test_codes():
    CODES["new"] = 3
    for number in range(100):
        CODES[f"made {number}"] = number
""",
    """
# A guard that holds for all: who is not in the table of handlers does not get in.
HANDLERS = {"ping": len, "echo": str}
COUNTS = {}


def on_message(kind, body):
    if kind not in HANDLERS:
        return None
    COUNTS[kind] = COUNTS.get(kind, 0) + 1
    return HANDLERS[kind](body)
""",
    """
# Emptied at the beginning of each run.
FINDINGS = []


def check(documents):
    FINDINGS.clear()
    for document in documents:
        if not document.title:
            FINDINGS.append(document)
    return list(FINDINGS)
""",
    """
import enum
from typing import Literal


class Color(enum.Enum):
    RED = 1
    GREEN = 2


PAINT = {}
LEVELS = {}
COUNTS = {}


def paint(color: Color, amount):
    PAINT[color] = amount


def set_level(name: Literal["low", "high"], value):
    LEVELS[name] = value


def count(number: int):
    COUNTS[number % 16] = number
""",
]
