"""How a comparison reads a field: as it is recorded, as a number, or as a text.

What a number, a truth and a moment are as texts is said here once: what evaluates filters in plain Python uses it,
and so do engines whose database calls Python.
"""

import re
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from scorehouse.domain.instants import MICROSECONDS_PER_SECOND
from scorehouse.storage.fields import DURATIONS, MOMENTS, Field
from scorehouse.storage.operands import SPELLED_NUMBER

SEPARATOR = "\x1f"
"""The one character that no member of a list field holds, so that engines may delimit members by it."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Reading(StrEnum):
    """What a comparison takes a field's value for.

    RECORDED: what it is.
    NUMBER: a text that spells a number (SPELLED_NUMBER) is that number, a truth 1 or 0; what is no number is absent.
    TEXT: a number, truth or moment is the text that spells it (`text_of`); a text is itself and a list its members;
    an object, or a list inside a map, is absent.
    MEMBERS: a list inside a document (DOCUMENTS) is the list of its texts that a list field could hold
    (`members_of`), and passes what a list field passes; what is no list is absent. Other fields are what they are.
    """

    RECORDED = "recorded"
    NUMBER = "number"
    TEXT = "text"
    MEMBERS = "members"


def number_of(value: Any) -> float | None:
    """Read a value as a number; None for what is none."""
    if isinstance(value, str):
        return float(value) if re.fullmatch(SPELLED_NUMBER, value) else None
    return float(value) if isinstance(value, bool | int | float) else None


def text_of(field: Field, value: Any) -> Any:
    """Read a value of a field as a text, a list as it is; None for what has no text."""
    if isinstance(value, str | list):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, int | float):
        return None
    if field in MOMENTS:
        return spelled_moment(int(value))
    return spelled_number(value / MICROSECONDS_PER_SECOND if field in DURATIONS else value)


def members_of(value: Any) -> list[str] | None:
    """Read a list out of JSON as its texts without U+001F; None for what is no list, or has none."""
    if not isinstance(value, list | tuple):
        return None
    return [member for member in value if isinstance(member, str) and SEPARATOR not in member] or None


def spelled_number(value: float) -> str:
    """Spell an integer without a fraction, any other number by the fewest digits that read back as it.

    Those have a fraction (``5.0``), and an exponent from 1e16 on and below 1e-4 (``1e+16``, ``1e-05``).
    """
    return str(value)


def spelled_moment(microseconds: int) -> str:
    """Spell an Instant as ``2026-04-03T10:05:00.000000Z``."""
    at = _EPOCH + timedelta(microseconds=microseconds)
    return f"{at.replace(tzinfo=None).isoformat(timespec='microseconds')}Z"
