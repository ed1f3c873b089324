"""Ids, names, and the text that may stand in them.

A 128-bit id is one id however it is spelled: 32 hex digits, with hyphens, in upper case, in braces,
as a URN. `canonical` is the spelling under which the house compares and stores ids; the spelling
in which an id first arrived is kept beside it and shown back.
"""

import re
from functools import lru_cache

from scorehouse.domain.refusals import Fault, Invalid, Path

ID_CHARACTERS_MAX = 800
"""Langfuse accepts ids of up to 800 characters (contract langfuse §5.1); no vendor accepts more."""

NAME_CHARACTERS_MAX = 1000
"""Langfuse refuses trace names over 1,000 characters (contract langfuse §11.3); others allow fewer."""

TEXT_CHARACTERS_MAX = 1_048_576
"""Comments, reasons and text values; beyond any request body that holds one."""

CANONICAL_IDS_MAX = 4096
"""Ids whose spelling is remembered: the same ones are asked for again and again while a request is served."""

_PLAIN = re.compile(r"[0-9a-f]{32}")
_SPELLED = re.compile(
    r"(?:urn:uuid:)?(\{)?([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})(?(1)\})",
    re.IGNORECASE | re.ASCII,
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")

UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
"""Characters that no text of any kind may hold: PostgreSQL has no NUL, UTF-8 no lone surrogates."""


@lru_cache(CANONICAL_IDS_MAX)
def canonical(id: str) -> str:
    """Return the one spelling of a 128-bit id (32 lower-case hex digits); any other id as it is."""
    if len(id) < 32 or _PLAIN.fullmatch(id):
        return id
    spelled = _SPELLED.fullmatch(id)
    return "".join(spelled.groups()[1:]).lower() if spelled else id


@lru_cache(CANONICAL_IDS_MAX)
def hyphenated(id: str) -> str:
    """Return a 128-bit id as lower-case 8-4-4-4-12; any other id as it is."""
    plain = canonical(id)
    if not _PLAIN.fullmatch(plain):
        return id
    return f"{plain[:8]}-{plain[8:12]}-{plain[12:16]}-{plain[16:20]}-{plain[20:]}"


def is_128_bit(id: str) -> bool:
    """Tell whether `id` is some spelling of a 128-bit id."""
    return _PLAIN.fullmatch(canonical(id)) is not None


def checked_id(id: str, *path: str | int) -> str:
    """Return `id` if it can name something: 1 to 800 characters, none of them a control character.

    Raises:
        Invalid: with the fault at `path`.
    """
    return _checked(id, ID_CHARACTERS_MAX, path)


def checked_name(name: str, *path: str | int) -> str:
    """Return `name` if it can name a score or a trace: 1 to 1,000 characters, no control characters."""
    return _checked(name, NAME_CHARACTERS_MAX, path)


def checked_text(text: str, *path: str | int) -> str:
    """Return `text` if it can be stored: no NUL, no lone surrogate, at most 1,048,576 characters."""
    if len(text) > TEXT_CHARACTERS_MAX:
        raise Invalid(Fault(path, "too_long", f"must not exceed {TEXT_CHARACTERS_MAX} characters"))
    if not is_storable(text):
        raise Invalid(Fault(path, "bad_character", "must not contain NUL or lone surrogates"))
    return text


def is_storable(text: str) -> bool:
    """Tell whether a text holds nothing UNSTORABLE; what is printable does not, and is told sooner."""
    return text.isprintable() or not UNSTORABLE.search(text)


def _checked(text: str, limit: int, path: Path) -> str:
    if not text:
        raise Invalid(Fault(path, "empty", "must not be empty"))
    if len(text) > limit:
        raise Invalid(Fault(path, "too_long", f"must not exceed {limit} characters"))
    if not text.isprintable() and _CONTROL.search(text):  # what is printable holds none
        raise Invalid(Fault(path, "bad_character", "must not contain control characters"))
    return text
