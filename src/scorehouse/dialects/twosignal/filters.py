"""Query parameters → filters, and the scores that this dialect can show at all."""

from collections.abc import Sequence

from scorehouse.dialects.twosignal.shapes import ScoresQuery, Status
from scorehouse.domain.frozen import replace
from scorehouse.domain.instants import Instant
from scorehouse.domain.refusals import Invalid
from scorehouse.domain.scores import Status as OutcomeStatus
from scorehouse.domain.targets import TargetKind
from scorehouse.domain.traces import Health
from scorehouse.domain.values import Kind
from scorehouse.storage.queries import (
    Any,
    Compare,
    Field,
    Filter,
    Not,
    Operand,
    Operator,
    ScoreField,
    TraceField,
    all_of,
    between,
    equals,
    one_of,
)
from scorehouse.wire.times import parse_time

SPEAKABLE = all_of(
    one_of(ScoreField.TARGET_KIND, (TargetKind.TRACE, TargetKind.SPAN)),
    equals(ScoreField.STATUS, OutcomeStatus.COMPLETED),
    one_of(ScoreField.KIND, (Kind.NUMERIC, Kind.BOOLEAN, Kind.CATEGORICAL)),
    between(ScoreField.NUMBER, 0.0, 1.0, end_inclusive=True),
)
"""Scores on traces and spans that have a number from 0 to 1, if the number says the same as what counts: that is so
of numbers, of booleans (0 or 1) and of categories that a config maps to a number, not of texts or JSON beside it.
"""

KNOWN = Compare(TraceField.KNOWN, Operator.EQUALS, True)
"""Traces that somebody sent; those only mentioned by scores do not exist for 2signal."""

FAILED = Any(
    (
        Compare(TraceField.ERRORS, Operator.ABOVE, 0),
        Compare(TraceField.HEALTH, Operator.EQUALS, Health.ERROR),
    )
)
"""Traces whose status is ERROR; all others are OK."""


def traces_with(status: Status | None) -> Filter | None:
    """Ask for a status, or for nothing."""
    if status is None:
        return None
    return FAILED if status is Status.ERROR else Not(FAILED)


def traces_between(first: str | None, last: str | None, names: tuple[str, str]) -> Filter | None:
    """Ask for traces that started within bounds, both inclusive; those without a start for when they were recorded.

    Raises:
        Invalid: a bound is not a time, with the fault at its parameter in `names`.
    """
    bounds = _bounds(first, last, names)
    if bounds == (None, None):
        return None
    untold = Compare(TraceField.STARTED_AT, Operator.IS_NULL, True)
    return Any(
        (
            between(TraceField.STARTED_AT, *bounds, end_inclusive=True),
            all_of(untold, between(TraceField.CREATED_AT, *bounds, end_inclusive=True)),
        )
    )


def traces_named(part: str | None) -> Filter | None:
    """Ask for a part of the name, in any case."""
    return wanted("name", TraceField.NAME, Operator.CONTAINS_ANY_CASE, part)


def traces_tagged(tags: str | None) -> Filter | None:
    """Ask for all of the tags in a list joined by commas; blanks around them do not count."""
    every = tuple(tag for part in (tags or "").split(",") if (tag := part.strip()))
    return wanted("tags", TraceField.TAGS, Operator.HAS_ALL, every)


def scores_asked(asked: ScoresQuery, spans: tuple[str, ...]) -> Filter:
    """Ask for the scores that this dialect can show and the query wants; `spans` are ids that its span may have.

    Raises:
        Invalid: a bound is not a time.
    """
    bounds = _bounds(asked.start_date, asked.end_date, ("startDate", "endDate"))
    return all_of(
        SPEAKABLE,
        wanted("traceId", ScoreField.TRACE, Operator.EQUALS, asked.trace_id),
        wanted("spanId", ScoreField.SPAN, Operator.ONE_OF, spans),
        wanted("evaluatorName", ScoreField.NAME, Operator.EQUALS, asked.evaluator_name),
        between(ScoreField.CREATED_AT, *bounds, end_inclusive=True),
    )


def scores_of(traces: Sequence[str]) -> Filter:
    """Ask for the scores of traces and their spans that this dialect can show."""
    return all_of(one_of(ScoreField.TRACE, traces), SPEAKABLE)


def wanted(parameter: str, field: Field, operator: Operator, operand: Operand | None) -> Filter | None:
    """Compare a field with what a parameter asks for, or ask for nothing where it is absent or empty.

    Raises:
        Invalid: nothing can be compared with that, with the fault at the parameter.
    """
    if not operand:
        return None
    try:
        return Compare(field, operator, operand)
    except Invalid as refusal:
        faults = (replace(fault, path=(parameter,)) for fault in refusal.faults)
        raise Invalid(*faults) from refusal


def _bounds(first: str | None, last: str | None, names: tuple[str, str]) -> tuple[Instant | None, Instant | None]:
    return (
        parse_time(first, names[0]) if first else None,
        parse_time(last, names[1]) if last else None,
    )
