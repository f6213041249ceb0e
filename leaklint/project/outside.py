"""Stores outside the process and time series, as data (`models/stores.toml`)."""

from __future__ import annotations

import ast
import sys
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

from leaklint.facts import NOWHERE

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


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
    path = Path(__file__).parent.parent / "models" / "stores.toml"
    return msgspec.convert(tomllib.loads(path.read_text("utf-8")), OutsideModel)
