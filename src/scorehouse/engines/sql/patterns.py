"""Regular expressions in filters: RE2's.

PostgreSQL has expressions of its own, an automaton too. `advanced` respells what both can say and refuses the rest.
"""

import re

from scorehouse.domain.refusals import Fault, Invalid
from scorehouse.engines.sql.lists import split
from scorehouse.storage.operands import found


def matches(text: object, pattern: str) -> bool | None:
    """Tell whether a pattern is found in a text; None for what is none. Runs inside the database."""
    return found(pattern, text) if isinstance(text, str) else None


def member_matches(members: object, pattern: str) -> bool | None:
    """Tell whether a pattern is found in a member of a delimited list; None for what is none."""
    return any(found(pattern, member) for member in split(members)) if isinstance(members, str) else None


_TOKENS = re.compile(
    r"""(?P<flags>\(\?[a-zA-Z]+\))
      | (?P<group>\(\?(?P<opens>:|P<\w+>|<\w+>)?)
      | (?P<posix>\[:\^?\w+:\])
      | \\(?P<escaped>.)
      | \{(?P<times>\d+(,\d*)?)\}
      | (?P<plain>.)""",
    re.VERBOSE | re.DOTALL,
)
_CLASSES = {"d": "0-9", "w": "0-9A-Za-z_", "s": "\\t\\n\\f\\r "}
_ANCHORS = {"b": "\\y", "B": "\\Y", "A": "\\A", "z": "\\Z"}
_CONTROLS = frozenset("afnrtv")
TIMES_MAX = 255
"""Most repetitions that PostgreSQL counts."""


def advanced(pattern: str) -> str:
    """Respell a regular expression of RE2 as PostgreSQL reads it ("advanced regular expressions").

    Raises:
        Invalid: it uses what PostgreSQL cannot say alike: flags in its middle, classes by Unicode property, more than
            255 repetitions.
    """
    written: list[str] = []
    flags, inside, opened = "", False, 0
    for token in _TOKENS.finditer(pattern):
        if token["flags"] is not None:
            flags = token["flags"][2:-1]
            if token.start() > 0 or set(flags) - {"i", "s"}:
                raise _unsupported(token[0])
        elif inside:
            # A bracket that closes at once is one of those meant.
            inside = not (token["plain"] == "]" and written[opened:] not in ([], ["^"]))
            written.append(_inside(token))
        else:
            inside = token["plain"] == "["
            written.append(_outside(token, dot="." if "s" in flags else r"[^\n]"))
            opened = len(written)
    return ("(?i)" if "i" in flags else "") + "".join(written)


def _outside(token: "re.Match[str]", dot: str) -> str:
    """Respell what stands outside of brackets."""
    letter = token["escaped"]
    if token["group"] is not None and token["opens"] is None:
        raise _unsupported(token[0])
    if token["group"] is not None:
        return "(?:" if token["opens"] == ":" else "("
    if token["times"] is not None and max(int(n) for n in token["times"].split(",") if n) > TIMES_MAX:
        raise _unsupported(token[0])
    if token["plain"] == ".":
        return dot
    if letter is None or letter in _CONTROLS or not letter.isalnum():
        return token[0]
    if letter in _ANCHORS:
        return _ANCHORS[letter]
    if letter.lower() in _CLASSES:
        return f"[{'^' if letter.isupper() else ''}{_CLASSES[letter.lower()]}]"
    raise _unsupported(token[0])


def _inside(token: "re.Match[str]") -> str:
    """Respell what stands inside of brackets."""
    letter = token["escaped"]
    if token["plain"] == "[":
        return "\\["
    if letter is None or letter in _CONTROLS or not letter.isalnum():
        return token[0]
    if letter in _CLASSES:
        return _CLASSES[letter]
    raise _unsupported(token[0])


def _unsupported(part: str) -> Invalid:
    return Invalid(Fault(("filter",), "not_a_pattern", f"must not use {part!r}, which the database cannot read"))
