"""Query strings, read member by member so that every fault is named as Langfuse names it.

An empty value counts as absent (contract langfuse §3.5). Faults are collected; `check` raises them together.
"""

from collections.abc import Iterable, Mapping
from math import isfinite
from typing import Any, TypeVar

from scorehouse.domain.instants import Instant
from scorehouse.domain.refusals import Fault, Invalid, Path
from scorehouse.wire.call import query_pairs
from scorehouse.wire.times import parse_time

ChoiceT = TypeVar("ChoiceT")

INTEGER_DIGITS_MAX = 9
"""More digits than any page number or limit needs, fewer than make arithmetic interesting."""


class Issue(Fault, frozen=True):
    """A fault with what Langfuse says of it beside code, path and message (contract langfuse §3.4).

    Attributes:
        more: such as ``(("maximum", 100),)``.
    """

    more: tuple[tuple[str, Any], ...] = ()

    def under(self, *prefix: str | int) -> "Issue":
        """Return the same issue, seen from further out."""
        return Issue((*prefix, *self.path), self.code, self.message, self.given, self.allowed, self.more)


def too_big(path: Path, maximum: float) -> Issue:
    """Say that a number is above its maximum."""
    return Issue(path, "too_big", f"Number must be less than or equal to {maximum}", more=(("maximum", maximum),))


def too_small(path: Path, minimum: float) -> Issue:
    """Say that a number is below its minimum."""
    return Issue(path, "too_small", f"Number must be greater than or equal to {minimum}", more=(("minimum", minimum),))


def no_number(path: Path) -> Issue:
    """Say that a parameter is no number."""
    more = (("expected", "number"), ("received", "NaN"))
    return Issue(path, "invalid_type", "Expected number, received nan", more=more)


class Parameters:
    """The parameters of one query string.

    Attributes:
        faults: found so far.
    """

    def __init__(self, query: str) -> None:
        self._given: dict[str, list[str]] = {}
        self.faults: list[Fault] = []
        for name, value in query_pairs(query):
            self._given.setdefault(name, []).append(value)

    def check(self) -> None:
        """Raise Invalid if anything was found wrong."""
        if self.faults:
            raise Invalid(*self.faults)

    def names(self) -> Iterable[str]:
        """List the parameters given, empty ones included."""
        return self._given

    def text(self, name: str) -> str | None:
        """Return a text; of a repeated parameter the last."""
        return self._given.get(name, [""])[-1] or None

    def given(self, name: str) -> bool:
        """Tell whether a parameter stands there at all, be it empty."""
        return name in self._given

    def texts(self, name: str) -> list[str] | None:
        """Return the members of a repeated parameter or a comma list, blank ones left out; None without any."""
        parts = (part.strip() for value in self._given.get(name, ()) for part in value.split(","))
        return [part for part in parts if part] or None

    def repeated(self, name: str) -> list[str] | None:
        """Return the values of a repeated parameter, commas being part of them; None without any."""
        return [value for value in self._given.get(name, ()) if value] or None

    def integer(self, name: str, default: int, least: int, most: int | None = None) -> int:
        """Return an integer within bounds, the default where it is absent or wrong."""
        text = self.text(name)
        if text is None:
            return default
        digits = text.strip().removeprefix("-")
        if not (digits.isascii() and digits.isdigit()):
            self.faults.append(no_number((name,)))
            return default
        number = int(digits[:INTEGER_DIGITS_MAX]) * (-1 if "-" in text else 1)
        if len(digits) > INTEGER_DIGITS_MAX and number >= 0:
            self.faults.append(too_big((name,), most if most is not None else 10**INTEGER_DIGITS_MAX - 1))
        elif number < least:
            self.faults.append(too_small((name,), least))
        elif most is not None and number > most:
            self.faults.append(too_big((name,), most))
        else:
            return number
        return default

    def number(self, name: str) -> float | None:
        """Return a finite number, None where it is absent or wrong."""
        text = self.text(name)
        if text is None:
            return None
        number = finite(text)
        if number is None:
            self.faults.append(no_number((name,)))
        return number

    def truth(self, name: str) -> bool | None:
        """Return ``true`` or ``false``."""
        return self.choice(name, {"true": True, "false": False})

    def moment(self, name: str, *, lenient: bool = False) -> Instant | None:
        """Return a point in time. Unless `lenient`, a bare date or a time without a zone is wrong."""
        text = self.text(name)
        if text is None:
            return None
        try:
            # A plus sign that was not percent-encoded arrives as a blank.
            spelled = text.replace(" ", "+") if "T" in text else text
            return parse_time(spelled, name, zone_required=not lenient, date_allowed=lenient)
        except Invalid:
            self.faults.append(Issue((name,), "invalid_format", "Invalid ISO datetime", more=(("format", "datetime"),)))
            return None

    def choice(self, name: str, choices: Mapping[str, ChoiceT]) -> ChoiceT | None:
        """Return what a word stands for, None where it is absent or not among the choices."""
        text = self.text(name)
        return None if text is None else self._chosen(name, text, choices)

    def choices(self, name: str, choices: Mapping[str, ChoiceT]) -> list[ChoiceT] | None:
        """Return what each word of a comma list, in any case, stands for."""
        texts = self.texts(name)
        if texts is None:
            return None
        chosen = [self._chosen(name, text.upper(), choices) for text in texts]
        return [choice for choice in chosen if choice is not None]

    def _chosen(self, name: str, text: str, choices: Mapping[str, ChoiceT]) -> ChoiceT | None:
        if text not in choices:
            self.faults.append(not_a_choice((name,), choices))
        return choices.get(text)


def not_a_choice(path: Path, choices: Iterable[str]) -> Fault:
    """Say which words are right."""
    allowed = tuple(choices)
    spelled = "|".join(f'"{choice}"' for choice in allowed)
    return Fault(path, "not_a_choice", f"Invalid option: expected one of {spelled}", allowed=allowed)


def finite(text: str) -> float | None:
    """Read a finite number, None where it is none."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if isfinite(number) and "_" not in text else None
