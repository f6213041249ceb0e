"""Stores outside the process and time series, as data (`models/stores.toml`)."""

from __future__ import annotations

import ast
import re
from functools import cache
from typing import TYPE_CHECKING, Literal

import msgspec

from leaklint.facts import NOWHERE
from leaklint.models import shipped
from leaklint.project.domains.domain import Domain, Drive
from leaklint.project.sources import expression

if TYPE_CHECKING:
    from leaklint.project.facade import Project

_OF_SERVER = re.compile(r"\bscope\[['\"]path['\"]\]$|\benviron\[['\"]PATH_INFO['\"]\]$")
"""What whoever sends a request makes up, as servers hand it to applications."""

_OF_RECORD = re.compile(r"(id|pk|uuid|guid|username|email|session_key|token)$")


def drive_of(project: Project, node: ast.expr, scope: int, records: bool = False, depth: int = 3) -> Drive:
    """Who chooses a value: the domain that is known of it, and beyond it what a request or a record is seen to give.

    `records` counts the key of a stored record as an identity.
    """
    found = project.domains.of(node, scope, 6)
    if found.domain == Domain.CLIENT or depth == 0:
        return found
    text = ast.unparse(node)
    if _OF_SERVER.search(text) or project.domains.requests.is_part(node, scope, named=True):
        return Drive(Domain.CLIENT, text)
    if records and isinstance(node, ast.Attribute) and _OF_RECORD.match(node.attr):
        return max(found, Drive(Domain.IDENTITY, text))
    parts = [found]
    for part in _parts(project, node, scope):
        parts.append(drive_of(project, part, scope, records, depth - 1))
    return max(parts)


def _parts(project: Project, node: ast.expr, scope: int) -> list[ast.expr]:
    """What a text is put together from, and what a local name stands for."""
    if isinstance(node, ast.JoinedStr):
        return [each.value for each in node.values if isinstance(each, ast.FormattedValue)]
    if isinstance(node, ast.BinOp):
        return [node.left, node.right]
    if isinstance(node, ast.Tuple):
        return node.elts
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
        return [*node.args, *(word.value for word in node.keywords)]
    found = project.domains.variable(node.id, scope) if isinstance(node, ast.Name) else None
    if found is None or found[1] != scope:
        return []
    binds = [use for use in project.domains.binds.get(found[0], ()) if use.value]
    tree = expression(binds[0].value) if len(binds) == 1 else None
    return [tree] if tree is not None else []


class WriteType(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is known of a call that writes a key; the model file says what the fields mean."""

    expiry: tuple[str, ...] = ()
    position: int = NOWHERE
    default: Literal["lasts", "expires"] = "lasts"

    def expires(self, call: ast.Call) -> bool:
        """Whether a call ends the key that it writes."""
        passed = [word.value for word in call.keywords if word.arg in self.expiry]
        passed += call.args[self.position : self.position + 1] if self.position >= 0 else []
        is_none = [isinstance(each, ast.Constant) and each.value is None for each in passed]
        if any(word.arg is None for word in call.keywords):
            return True
        return not all(is_none) if passed else self.default == "expires"


class LabelType(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A call whose arguments are the values of labels."""


class OutsideModel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All that is known of stores and time series, by the dotted name of the call."""

    writes: dict[str, WriteType]
    labels: dict[str, LabelType]


@cache
def load_outside() -> OutsideModel:
    """The shipped model."""
    return shipped("stores.toml", OutsideModel)
