"""Regular expressions in filters: RE2, whose time is linear in the text: nobody can hang the server with one."""

from functools import lru_cache
from typing import Any

from scorehouse.domain.refusals import Fault, Invalid

PATTERN_CHARACTERS_MAX = 1000

PATTERN_BYTES_MAX = 1024 * 1024
"""Memory that one compiled pattern may take."""


@lru_cache(64)
def compiled(pattern: str) -> Any:
    """Compile a regular expression.

    Raises:
        Invalid: it is longer than 1,000 characters, takes too much memory, or is not a regular expression of RE2.
    """
    import re2  # noqa: PLC0415 - few stores ever see a regular expression, and the library is not small

    if len(pattern) > PATTERN_CHARACTERS_MAX:
        raise Invalid(Fault(("filter",), "too_long", f"must not exceed {PATTERN_CHARACTERS_MAX} characters"))
    options = re2.Options()
    options.log_errors = False
    options.max_mem = PATTERN_BYTES_MAX
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        raise Invalid(Fault(("filter",), "not_a_pattern", "must be a regular expression")) from error


def matches(text: object, pattern: str) -> bool | None:
    """Tell whether a pattern is found in a text; None for what is none. Runs inside the database."""
    return bool(compiled(pattern).search(text)) if isinstance(text, str) else None
