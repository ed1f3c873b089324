"""Lists and JSON in text columns."""

from collections.abc import Mapping
from typing import Any

import msgspec

from scorehouse.storage.readings import SEPARATOR

encode_json = msgspec.json.Encoder().encode
decode_json = msgspec.json.Decoder().decode


def join(items: tuple[str, ...]) -> str | None:
    """Write a list of texts, none of which contains U+001F; the empty list is NULL."""
    return SEPARATOR + SEPARATOR.join(items) + SEPARATOR if items else None


def split(text: str | None) -> tuple[str, ...]:
    """Read it back."""
    return tuple(text[1:-1].split(SEPARATOR)) if text is not None else ()


def dump(document: Any) -> str | None:
    """Write JSON; None is NULL."""
    return encode_json(document).decode() if document is not None else None


def dump_object(fields: Mapping[str, Any]) -> str | None:
    """Write a JSON object; the empty one is NULL."""
    return encode_json(fields).decode() if fields else None


def load(text: str | None) -> Any:
    """Read JSON; NULL is None."""
    return decode_json(text) if text is not None else None


def load_object(text: str | None) -> dict[str, Any]:
    """Read a JSON object; NULL is the empty one."""
    return decode_json(text) if text is not None else {}
