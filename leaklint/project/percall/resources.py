"""What a call makes and somebody has to close, share or remove (`models/resources.toml`)."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache
from typing import TYPE_CHECKING

import msgspec

from leaklint.facts import Op
from leaklint.models import shipped
from leaklint.project.percall.external_calls import ExternalCall, external_calls

if TYPE_CHECKING:
    from leaklint.project.facade import Project

_ATTR, _FROM = int(Op.ATTR), int(Op.FROM)


class Chooses(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An argument and the value with which a resource is left behind."""

    keyword: str
    value: bool


class ResourceType(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a call with so many `arguments` by position (0: any) makes, and the last names of what releases it."""

    kind: str
    close: tuple[str, ...] = ()
    only: Chooses | None = None
    unless: tuple[str, ...] = ()
    arguments: int = 0


class ResourceModel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Clients, figures, temporary files, classes and models, by the dotted name of the call that makes them."""

    clients: dict[str, ResourceType]
    figures: dict[str, ResourceType]
    files: dict[str, ResourceType]
    classes: dict[str, ResourceType]
    models: dict[str, ResourceType]


@cache
def load_resources() -> ResourceModel:
    """The shipped model."""
    return shipped("resources.toml", ResourceModel)


def per_call(
    project: Project, kinds: Mapping[str, ResourceType], *, kept_is_fine: bool = True, handed: bool = True
) -> Iterator[tuple[ExternalCall, ResourceType]]:
    """The resources that an endpoint's code makes on each call and never releases, in order of file and line.

    Without a chain from an entry point nothing tells how often a function runs, and nothing is yielded. A thread or an
    endless loop is none here: what it calls may come before its loop.
    """
    calls = external_calls(project)
    for call in calls.named(*kinds):
        kind = kinds.get(call.dotted) or next(kinds[name] for name in kinds if fnmatchcase(call.dotted, name))
        if not calls.is_per_call(call):
            continue
        if kept_is_fine and calls.is_kept(call, handed):
            continue
        if kind.only is not None and not _is(calls.argument(call, kind.only.keyword), kind.only.value):
            continue
        node = calls.node(call) if kind.arguments else None
        if kind.arguments and (node is None or len(node.args) != kind.arguments):
            continue
        if kind.unless and any(calls.argument(call, keyword) is not None for keyword in kind.unless):
            continue
        if not _is_released(call, kind):
            yield call, kind


def _is(node: ast.expr | None, value: bool) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


def _is_released(call: ExternalCall, kind: ResourceType) -> bool:
    """Whether the file of the call names one of the calls that release what it makes."""
    module = call.module
    return any(each[3] in kind.close for each in module.instructions(_ATTR)) or any(
        each[4] in kind.close for each in module.instructions(_FROM)
    )
