"""Deployment environments, as Langfuse spells them (contract langfuse §4.4).

A sender cannot be wrong: what is no environment becomes ``default``. Where nothing was said the core keeps
nothing, and readers see ``default``; so a filter for ``default`` asks for both.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from scorehouse.storage.queries import Any as AnyOf
from scorehouse.storage.queries import Compare, Field, Filter, Operator

DEFAULT = "default"
CHARACTERS_MAX = 40
SAID_CHARACTERS_MAX = 10_000
"""Of what was sent, as much as is looked at."""

_RESERVED = re.compile(r"(?:langfuse[-_]?)+")
_ALLOWED = re.compile(r"[a-z0-9_-]+")


def read_environment(said: Any) -> str | None:
    """Return the environment that was said, None where nothing was."""
    if said is None:
        return None
    return _spelled(said) if isinstance(said, str) else DEFAULT


@lru_cache(maxsize=1024)
def _spelled(said: str) -> str:
    """Spell an environment in Langfuse's way; a program has a few, and says them with every score."""
    rest = said[:SAID_CHARACTERS_MAX].lower()
    reserved = _RESERVED.match(rest)
    rest = rest[reserved.end() if reserved else 0 :][:CHARACTERS_MAX]
    return rest if _ALLOWED.fullmatch(rest) else DEFAULT


def write_environment(environment: str | None) -> str:
    """Return what readers see."""
    return DEFAULT if environment is None else environment


def in_environments(field: Field, environments: Sequence[str] | None) -> Filter | None:
    """Ask for any of these environments, or for nothing where there are none."""
    if not environments:
        return None
    named = Compare(field, Operator.ONE_OF, tuple(environments))
    return AnyOf((named, Compare(field, Operator.IS_NULL, True))) if DEFAULT in environments else named
