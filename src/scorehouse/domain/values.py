"""What was measured: a declared kind, and facets.

Respan sends several values on one score, 2signal a number with a label, Langfuse a number with the
category's text. All facets that came are kept; the kind says which one counts.

==============  ============  =======================================================
kind            counts        vendors' words
==============  ============  =======================================================
numeric         number        NUMERIC, numerical, percentage; a bare number
boolean         boolean       BOOLEAN, boolean; thumbs
categorical     labels (one)  CATEGORICAL, single_select
multi           labels        multi_select, categorical (Respan)
text            text          TEXT, text, comment
json            json          json
correction      text          CORRECTION: a better output
==============  ============  =======================================================
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from json import loads

from scorehouse.domain.frozen import Frozen
from scorehouse.domain.identity import checked_text
from scorehouse.domain.numbers import checked_number
from scorehouse.domain.refusals import Fault, Invalid

LABELS_MAX = 100
"""Labels on one score; choices of a multi-select number in the tens."""


class Kind(StrEnum):
    """Which facet of a value counts."""

    NUMERIC = "numeric"
    BOOLEAN = "boolean"
    CATEGORICAL = "categorical"
    MULTI = "multi"
    TEXT = "text"
    JSON = "json"
    CORRECTION = "correction"


class Value(Frozen, frozen=True):
    """A measured value.

    Attributes:
        kind: which facet counts; that facet is present.
        number: finite.
        boolean: for boolean kinds, and as a facet beside others.
        labels: categories, in the order given.
        text: free text.
        json: JSON, as the text in which it was sent.

    Raises:
        Invalid: the facet that counts is missing, a number is not finite, a label or text cannot be stored,
            JSON is none.
    """

    kind: Kind
    number: float | None = None
    boolean: bool | None = None
    labels: tuple[str, ...] = ()
    text: str | None = None
    json: str | None = None

    def __post_init__(self) -> None:
        if self.number is not None:
            # A whole number that came as an integer is kept as the double it is stored as.
            self._settle("number", checked_number(self.number, "value"))
        if len(self.labels) > LABELS_MAX:
            raise Invalid(Fault(("value",), "too_long", f"must not have more than {LABELS_MAX} labels"))
        for label in self.labels:
            _check_label(label)
        if self.text is not None:
            checked_text(self.text, "value")
        if self.json is not None:
            _check_json(self.json)
        if not _COUNTS[self.kind](self):
            raise Invalid(Fault(("value",), "missing", f"a {self.kind} score needs its value"))


_COUNTS: Mapping[Kind, Callable[[Value], bool]] = {
    Kind.NUMERIC: lambda value: value.number is not None,
    Kind.BOOLEAN: lambda value: value.boolean is not None,
    Kind.CATEGORICAL: lambda value: len(value.labels) == 1,
    Kind.MULTI: lambda value: True,
    Kind.TEXT: lambda value: value.text is not None,
    Kind.JSON: lambda value: value.json is not None,
    Kind.CORRECTION: lambda value: value.text is not None,
}
"""Whether the facet that counts is there."""


def numeric(number: float, *labels: str) -> Value:
    """Build a numeric value, with the labels that came with it."""
    return Value(Kind.NUMERIC, number=number, labels=labels)


def boolean(truth: bool) -> Value:
    """Build a boolean value; its number facet is 1 or 0, so that it averages to a share."""
    return Value(Kind.BOOLEAN, number=float(truth), boolean=truth)


def categorical(label: str, number: float | None = None) -> Value:
    """Build a categorical value, with the number that a config maps its label to."""
    return Value(Kind.CATEGORICAL, number=number, labels=(label,))


def text(content: str) -> Value:
    """Build a text value."""
    return Value(Kind.TEXT, text=content)


def _check_json(text: str) -> None:
    checked_text(text, "value")
    try:
        loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise Invalid(Fault(("value",), "malformed", "must be JSON")) from error


def _refuse_constant(name: str) -> None:
    """Refuse NaN and the infinities, which Python reads and JSON has not."""
    raise ValueError(name)


def _check_label(label: str) -> None:
    checked_text(label, "value")
    if "\x1f" in label:
        raise Invalid(Fault(("value",), "bad_character", "a label must not contain control characters"))
