"""A class or model is made on every call.

A class is 5 kB or more, a pydantic model with its validator 8 kB and up. Classes are in cycles with themselves and
wait for the cyclic collector: of 100 that were dropped, 100 are there until it runs, and none after it. That is churn;
it becomes a leak where something holds them, such as a registry of subclasses or a cache that has seen one. A neural
network that is loaded on every call takes its hundreds of megabytes each time.

How to mend: make it once at module level, or cache it by what it depends on (`lru_cache(maxsize=64)` on the schema).

Not flagged, on purpose:

- classes that are made while modules are imported, at start-up, behind a look into a dict, or in a cached function;
- pydantic's `TypeAdapter`, which is freed at once: of 100, none is left;
- models that are returned, stored or handed on (`transformers`, `spacy`, `keras`);
- class statements in functions, which are nearly always made for a test or a decorator;
- functions that no entry point reaches, and those that only a thread, an endless loop or a property reaches;
- functions that register or set something up, by their names, and properties;
- what is made where a `KeyError` says that it is not there yet.

Found in released code: open-webui 0.12.4 (`convert_function_to_pydantic_model`, a model for each tool of each chat),
cassandra-driver 3.30.1 (`named_tuple_factory`, a class for each page of rows).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from leaklint.project.percall.external_calls import ExternalCall, external_calls
from leaklint.project.percall.resources import ResourceType, load_resources, per_call
from leaklint.project.storage.getters import PROPERTIES
from leaklint.project.storage.phases import STARTUP_NAME
from leaklint.rule import Finding, Rule

if TYPE_CHECKING:
    from leaklint.project import Project

FLAGGED = [
    """
from fastapi import FastAPI
from pydantic import create_model

app = FastAPI()


@app.post("/forms/{name}")
async def submit(name: str, fields: dict):
    model = create_model(name, **{field: (str, ...) for field in fields})  # LK603
    return model(**fields).model_dump()
""",
    """
from fastapi import FastAPI

app = FastAPI()


class Row:
    pass


@app.post("/rows/{name}")
async def row(name: str, fields: dict):
    kind = type(name, (Row,), fields)  # LK603
    return type(kind()).__name__
""",
    """
from fastapi import FastAPI
from transformers import AutoTokenizer, pipeline

app = FastAPI()


@app.post("/sentiment")
async def sentiment(text: str):
    classify = pipeline("sentiment-analysis")  # LK603
    return classify(text)


@app.post("/tokens")
async def tokens(text: str):
    tokenizer = AutoTokenizer.from_pretrained("gpt2")  # LK603
    return len(tokenizer(text).input_ids)
""",
]

CLEAN = [
    """
# Made once for each name.
from fastapi import FastAPI

app = FastAPI()
reports = {}


@app.get("/{name}")
def report(name: str):
    try:
        return reports[name].__name__
    except KeyError:
        made = type(name, (object,), {})
        keep(made)
        return made.__name__


def keep(made):
    if len(reports) < 100:
        reports[made.__name__] = made
""",
    """
# What registers something is part of setting a program up, though a lazy start may come with a request.
from fastapi import FastAPI

app = FastAPI()
finders = []


def register(model):
    finders.append(type(model.__name__ + "Finder", (object,), {}))


@app.get("/")
def index():
    if finders == []:
        register(FastAPI)
    return len(finders)
""",
    """
from functools import lru_cache

from fastapi import FastAPI
from pydantic import TypeAdapter, create_model

app = FastAPI()


@lru_cache(maxsize=64)
def model_of(fields):
    return create_model("Form", **{field: (str, ...) for field in fields})


@app.post("/forms")
async def submit(fields: dict):
    return model_of(tuple(sorted(fields)))(**fields).model_dump(), TypeAdapter(list[int]).validate_python([1])
""",
    """
from fastapi import FastAPI
from transformers import pipeline

app = FastAPI()
classify = pipeline("sentiment-analysis")


class Translator:
    def __init__(self):
        self.model = None

    def translate(self, text):
        if self.model is None:
            self.model = pipeline("translation")
        return self.model(text)


translator = Translator()


@app.post("/sentiment")
async def sentiment(text: str):
    return classify(text), translator.translate(text)
""",
]


def judge(project: Project) -> Iterator[Finding]:
    """The classes that code behind an entry point makes on every call, and the models that it loads: one a function."""
    calls, model = external_calls(project), load_resources()
    made = [*per_call(project, model.classes, kept_is_fine=False), *per_call(project, model.models)]
    first: dict[int, tuple[ExternalCall, ResourceType]] = {}
    for call, kind in sorted(made, key=lambda each: (each[0].module.path, each[0].place)):
        scope = project.program.scope(call.scope)
        is_property = any(each.text in PROPERTIES for each in scope.decorators)
        if not is_property and not STARTUP_NAME.match(scope.name):
            first.setdefault(call.scope, (call, kind))
    for call, kind in first.values():
        function = project.program.scope(call.scope).name
        message = f"{function}() makes a {kind.kind} on every call ({call.dotted})"
        yield calls.finding(call, "LK603", "class-per-call", message, cwe=(401, 400))


RULE = Rule("LK603", "class-per-call", judge, cwe=(401, 400))
