"""What the models say of libraries, against the libraries: a renamed function or argument fails here.

A library that is not installed is skipped; those of the standard library always are.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator

import pytest

from leaklint.project.caches import Argument, CacheType, load_caches
from leaklint.project.registrations import load_registrations
from leaklint.project.resources import load_resources

FORMER = {"ttl"}
"""Arguments that older releases of a library have under this name; one of several bounds."""


def found(dotted: str) -> object:
    """What a dotted name denotes; a part below something callable is looked up on what calling it gives."""
    parts = dotted.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            value: object = importlib.import_module(".".join(parts[:cut]))
        except ImportError:
            continue
        for part in parts[cut:]:
            if not hasattr(value, part) and callable(value):
                value = value()
            value = getattr(value, part)
        return value
    pytest.skip(f"{parts[0]} is not installed")


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
    names = {each.name for each in parameters}
    is_open = any(each.kind is each.VAR_KEYWORD for each in parameters)
    for argument in arguments(kind):
        assert argument.keyword in names or is_open or argument.keyword in FORMER
        if argument.position >= 0:
            at = parameters[argument.position]
            assert at.name == argument.keyword or at.kind is at.VAR_POSITIONAL


NAMES = (
    *load_registrations().calls,
    *(name for section in (load_resources().clients, load_resources().files) for name in section),
)


@pytest.mark.parametrize("dotted", [name for name in NAMES if "*" not in name and "signal" not in name.lower()])
def test_call(dotted: str) -> None:
    assert callable(found(dotted))
