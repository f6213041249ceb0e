"""What the models say of libraries, against the libraries: a renamed function or argument fails here.

`tests/libraries.txt` names those that are installed for it. A library that is not installed is skipped; HEAVY lists
those that nobody installs for this.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
from collections.abc import Iterator

import pytest

from leaklint.project.caches.caches import Argument, CacheType, load_caches
from leaklint.project.domains.outside import load_outside
from leaklint.project.percall.registrations import load_registrations
from leaklint.project.percall.resources import load_resources
from leaklint.project.storage.types import ContainerType, load_containers

FORMER = {"ttl"}
"""Arguments that older releases of a library have under this name; one of several bounds."""

HEAVY = {
    "MySQLdb": "needs MySQL to compile",
    "cassandra": "compiles for minutes",
    "cv2": "40 MB",
    "diffusers": "needs torch",
    "google": "google-adk brings 80 packages",
    "keras": "needs a backend",
    "langchain": "brings a server's worth of packages",
    "langchain_community": "brings a server's worth of packages",
    "llama_index": "100 MB",
    "mysql": "30 MB",
    "pymssql": "needs FreeTDS",
    "pyodbc": "needs unixODBC",
    "rx": "superseded by reactivex",
    "homeassistant": "200 packages",
    "sentence_transformers": "needs torch",
    "spacy": "60 MB",
    "streamlit": "100 MB",
    "tensorflow": "600 MB",
    "torch": "200 MB",
    "transformers": "60 MB",
    "whisper": "needs torch",
    "requests_html": "brings a browser",
    "aioboto3": "pins another botocore",
    "aiobotocore": "pins another botocore",
    "aioredis": "superseded by redis",
}
"""Why a library is not installed for the tests: its entries are checked where somebody has it."""

FACTORIES = {
    "redis.from_url": "redis.Redis",
    "redis.Redis.from_url": "redis.Redis",
    "redis.StrictRedis.from_url": "redis.StrictRedis",
    "redis.asyncio.from_url": "redis.asyncio.Redis",
    "redis.asyncio.Redis.from_url": "redis.asyncio.Redis",
    "reactivex.*": "reactivex.Observable",
    "logging.getLogger": "logging.Logger",
    "blinker.signal": "blinker.Signal",
    "django.core.signals.*": "django.core.signals.request_started",
    "django.core.cache.cache": "django.core.cache.backends.base.BaseCache",
    "django.core.cache.caches": "django.core.cache.backends.base.BaseCache",
    "dogpile.cache.make_region": "dogpile.cache.CacheRegion",
    "sentry_sdk.get_global_scope": "sentry_sdk.Scope",
}
"""What calling the first gives, or a `*` stands for: the last name of an entry is looked up there."""


def found(dotted: str) -> object:
    """What a dotted name denotes; what it is a method of may be given by FACTORIES."""
    owner, _, last = dotted.rpartition(".")
    if dotted not in FACTORIES and owner in FACTORIES:
        return getattr(found(FACTORIES[owner]), last)
    parts = dotted.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            value: object = importlib.import_module(".".join(parts[:cut]))
        except ImportError:
            continue
        if cut < len(parts) and getattr(value, "__file__", "") is None:
            break  # a namespace that other distributions share
        for part in parts[cut:]:
            value = getattr(value, part)
        return value
    pytest.skip(f"{parts[0]} is not installed{': ' + HEAVY[parts[0]] if parts[0] in HEAVY else ''}")


def test_heavy_libraries_are_named_in_the_models() -> None:
    names = {name.partition(".")[0] for name in (*NAMES, *(name for name, _ in entries()))}
    assert set(HEAVY) <= names


def entries() -> Iterator[tuple[str, CacheType]]:
    model = load_caches()
    for section in (model.decorators, model.stores, model.objects):
        yield from section.items()


def arguments(kind: CacheType) -> Iterator[Argument]:
    yield from kind.bounds
    yield from (each for each in (kind.cache, kind.only, kind.unless) if each is not None)


@pytest.mark.parametrize(("dotted", "kind"), list(entries()), ids=lambda each: each if isinstance(each, str) else "")
def test_cache(dotted: str, kind: CacheType) -> None:
    value = found(dotted)
    assert callable(value)
    try:
        parameters = list(inspect.signature(value).parameters.values())
    except (ValueError, TypeError):
        pytest.skip("it does not tell its arguments")
    if parameters and parameters[0].name == "self":
        parameters = parameters[1:]
    names = {each.name for each in parameters}
    is_open = any(each.kind is each.VAR_KEYWORD for each in parameters)
    for argument in arguments(kind):
        assert argument.keyword in names or is_open or argument.keyword in FORMER
        if argument.position >= 0:
            at = parameters[argument.position]
            assert at.name == argument.keyword or at.kind is at.VAR_POSITIONAL


RESOURCES = load_resources()
NAMES = (
    *load_registrations().calls,
    *load_registrations().handles,
    *load_outside().writes,
    *load_outside().labels,
    *RESOURCES.clients,
    *RESOURCES.figures,
    *RESOURCES.files,
    *RESOURCES.classes,
    *RESOURCES.models,
)


@pytest.mark.parametrize("dotted", NAMES)
def test_call(dotted: str) -> None:
    if is_pattern(dotted):
        pytest.skip("a pattern over many names")
    assert callable(found(dotted))


CONTAINERS = load_containers({})


@pytest.mark.parametrize(("dotted", "kind"), list(CONTAINERS.types.items()), ids=lambda each: str(each)[:40])
def test_container(dotted: str, kind: ContainerType) -> None:
    value = found(dotted)
    assert callable(value)
    if kind.bound is None or "typing" in dotted:
        return
    try:
        parameters = list(inspect.signature(value).parameters)
    except (ValueError, TypeError):
        pytest.skip("it does not tell its arguments")
    assert parameters[kind.bound.position] == kind.bound.keyword


@pytest.mark.parametrize("dotted", list(CONTAINERS.foreign))
def test_registry_of_a_library(dotted: str) -> None:
    value = found(dotted)
    assert hasattr(value, "__len__") or hasattr(value, "__iter__")


@pytest.mark.parametrize("dotted", [name for name, kind in load_outside().writes.items() if kind.expiry])
def test_expiry(dotted: str) -> None:
    kind = load_outside().writes[dotted]
    value = found(dotted)
    assert callable(value)
    parameters = list(inspect.signature(value).parameters)
    assert set(kind.expiry) <= set(parameters)
    assert parameters[kind.position + 1] == kind.expiry[0]


def is_pattern(dotted: str) -> bool:
    """Whether a name has a `*` that stands for names of which none is given in FACTORIES."""
    owner, _, last = dotted.rpartition(".")
    return "*" in (last if owner in FACTORIES else dotted)


def test_callbacks_stand_where_the_model_says() -> None:
    for dotted, kind in load_registrations().calls.items():
        if kind.only is None or is_pattern(dotted) or importlib.util.find_spec(dotted.partition(".")[0]) is None:
            continue
        value = found(dotted)
        assert callable(value)
        parameters = inspect.signature(value).parameters
        is_open = any(each.kind is each.VAR_KEYWORD for each in parameters.values())
        assert kind.only.keyword in parameters or is_open
