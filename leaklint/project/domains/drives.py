"""How many values an expression may take, and the words for what drives it."""

from __future__ import annotations

from enum import IntEnum

import msgspec


class Domain(IntEnum):
    """How many values an expression may take over the life of the process; the join is the maximum."""

    FINITE = 0  # literals, types, configuration
    NAMED = 1  # nothing proves it finite but its name: a locale, an alias, a table
    UNKNOWN = 2
    IDENTITY = 3  # time, identity, random: new ones for ever
    CLIENT = 4  # whatever a client sends


class Drive(msgspec.Struct, frozen=True, order=True):
    """A domain and the words that say what drives it."""

    domain: Domain
    text: str = ""


FINITE = Drive(Domain.FINITE)
NAMED = Drive(Domain.NAMED)
UNKNOWN = Drive(Domain.UNKNOWN)
