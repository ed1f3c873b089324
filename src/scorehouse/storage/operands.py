"""What a comparison may be made with: what no stored value can equal, and no engine takes, is refused when asked."""

import re
from functools import lru_cache
from math import isfinite
from typing import Any

from scorehouse.domain.identity import checked_text
from scorehouse.domain.refusals import Fault, Invalid

PATTERN_CHARACTERS_MAX = 1000
"""Characters of a regular expression."""

PATTERN_BYTES_MAX = 1024 * 1024
"""Memory that one compiled pattern may take."""

SPELLED_NUMBER = r"^[+-]?([0-9]{1,18}(\.[0-9]{0,18})?|\.[0-9]{1,18})([eE][+-]?[0-9]{1,2})?$"
"""Texts that spell a number: decimal, and small enough for every engine to read alike."""


def check_operand(operand: str | float) -> None:
    """Refuse an integer beyond 64 bits, a number that is not finite, a text with NUL or lone surrogates."""
    if isinstance(operand, str):
        checked_text(operand, "filter")
    elif not (abs(operand) < 2**63 if isinstance(operand, int) else isfinite(operand)):
        raise Invalid(Fault(("filter",), "out_of_range", "must be a finite number that fits 64 bits"))


def check_pattern(pattern: str) -> None:
    """Refuse what is too long for a regular expression, or is none."""
    if len(pattern) > PATTERN_CHARACTERS_MAX:
        raise Invalid(Fault(("filter",), "too_long", f"must not exceed {PATTERN_CHARACTERS_MAX} characters"))
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise Invalid(Fault(("filter",), "malformed", "must be a regular expression")) from error


@lru_cache(64)
def compiled(pattern: str) -> Any:
    """Compile a regular expression of RE2, whose time is linear in the text: nobody can hang the house with one.

    Raises:
        Invalid: it is longer than PATTERN_CHARACTERS_MAX, takes too much memory, or is no expression of RE2.
    """
    import re2  # noqa: PLC0415 - few houses ever see a regular expression, and the library is not small

    if len(pattern) > PATTERN_CHARACTERS_MAX:
        raise Invalid(Fault(("filter",), "too_long", f"must not exceed {PATTERN_CHARACTERS_MAX} characters"))
    options = re2.Options()
    options.log_errors = False
    options.max_mem = PATTERN_BYTES_MAX
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        raise Invalid(Fault(("filter",), "not_a_pattern", "must be a regular expression")) from error


def found(pattern: str, text: str) -> bool:
    """Tell whether a regular expression is found in a text. Raises Invalid as `compiled` does."""
    return bool(compiled(pattern).search(text))
