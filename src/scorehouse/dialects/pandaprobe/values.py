"""Values as texts (contract pandaprobe §6.2).

The text is kept as it was sent and shown back so (``+0.5`` stays ``+0.5``), but only what can be aggregated is taken:
what their check lets through and their database cannot read (``0_1``, digits outside ASCII, ``1e-400``) is refused.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from scorehouse.dialects.pandaprobe.errors import broken_rule
from scorehouse.domain.documents import Fields
from scorehouse.domain.refusals import Fault, Invalid
from scorehouse.domain.scores import Score
from scorehouse.domain.values import Kind, Value, boolean, categorical, numeric

DIALECT = "pandaprobe"
"""The name under which this dialect keeps what the core has no word for."""

KINDS: Mapping[str, Kind] = {"NUMERIC": Kind.NUMERIC, "BOOLEAN": Kind.BOOLEAN, "CATEGORICAL": Kind.CATEGORICAL}
DATA_TYPES: Mapping[Kind, str] = {kind: word for word, kind in KINDS.items()}

_NUMBER = re.compile(r"[ \t\n\r\f\v]*([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)[ \t\n\r\f\v]*")
_NOT_ZERO = re.compile(r"^[^eE]*[1-9]")
_TRUTHS = {"true": True, "false": False}


class BadValue(ValueError):
    """The text is no value of the data type; the message says what would be."""


def read_value(text: str, data_type: str) -> Value:
    """Read a value of a new score.

    Raises:
        Invalid: the text is none of this data type; a fault of the whole body (contract pandaprobe §1.4).
    """
    try:
        return _READERS[data_type](text)
    except BadValue as error:
        raise Invalid(Fault((), "value", f"Value error, {error}")) from error
    except Invalid as refusal:
        raise Invalid(*(Fault((), "value", f"Value error, {fault.message}") for fault in refusal.faults)) from refusal


def changed_value(text: str, data_type: str) -> Value:
    """Read a value that replaces one. Raises Invalid in the short form (contract pandaprobe §6.8)."""
    try:
        return read_value(text, data_type)
    except Invalid as refusal:
        raise broken_rule(refusal.message.removeprefix("Value error, "), "value") from refusal


def data_type_of(score: Score) -> str:
    """Return a score's data type; one without a value is NUMERIC, as their failed evaluations are."""
    return "NUMERIC" if score.value is None else DATA_TYPES[score.value.kind]


def verbatim(text: str, value: Value) -> Fields:
    """Return what has to be kept beside a value so that its text can be shown as it was sent; usually nothing."""
    return {} if write_value(value) == text else {"value": text}


def shown_value(score: Score) -> str | None:
    """Return a score's value as text: as it was sent, if that still says what the value is, else as we write it."""
    if score.value is None:
        return None
    sent: Any = score.residue.get(DIALECT, {}).get("value")
    if isinstance(sent, str) and _says(sent, score.value):
        return sent
    return write_value(score.value)


def write_value(value: Value) -> str:
    """Write a value as its text."""
    return _WRITERS[value.kind](value)


def _says(text: str, value: Value) -> bool:
    """Tell whether a text stands for this value."""
    try:
        return _counting(_READERS[DATA_TYPES[value.kind]](text)) == _counting(value)
    except (BadValue, Invalid):
        return False


def _counting(value: Value) -> object:
    """Return the facet of a value that counts."""
    return {Kind.NUMERIC: value.number, Kind.BOOLEAN: value.boolean}.get(value.kind, value.labels)


def _read_number(text: str) -> Value:
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise BadValue("a NUMERIC value must be a number from 0.0 to 1.0")
    number = float(match[1])
    if not 0.0 <= number <= 1.0 or (number == 0.0 and _NOT_ZERO.search(match[1])):
        raise BadValue("a NUMERIC value must be a number from 0.0 to 1.0 that fits a double")
    return numeric(number + 0.0)


def _read_truth(text: str) -> Value:
    truth = _TRUTHS.get(text.lower()) if text.isascii() else None
    if truth is None:
        raise BadValue("a BOOLEAN value must be 'true' or 'false'")
    return boolean(truth)


_READERS: Mapping[str, Callable[[str], Value]] = {
    "NUMERIC": _read_number,
    "BOOLEAN": _read_truth,
    "CATEGORICAL": categorical,
}
_WRITERS: Mapping[Kind, Callable[[Value], str]] = {
    Kind.NUMERIC: lambda value: repr(value.number),
    Kind.BOOLEAN: lambda value: "true" if value.boolean else "false",
    Kind.CATEGORICAL: lambda value: value.labels[0],
}
