"""Query parameters → filters (contract pandaprobe §3.3, §3.4, §6.6)."""

from scorehouse.dialects.pandaprobe.reads import HEALTHS, ORIGINS, STATUSES, read_time
from scorehouse.dialects.pandaprobe.shapes import SessionQuery, SessionScoreQuery, TraceQuery, TraceScoreQuery
from scorehouse.dialects.pandaprobe.values import DATA_TYPES, DIALECT, KINDS
from scorehouse.domain.identity import canonical, hyphenated
from scorehouse.domain.instants import Instant
from scorehouse.domain.refusals import Fault, Invalid
from scorehouse.domain.targets import TargetKind
from scorehouse.domain.traces import Health
from scorehouse.storage.queries import (
    All,
    Any,
    Compare,
    Field,
    Filter,
    Not,
    Operator,
    ScoreField,
    SessionField,
    TraceField,
    all_of,
    between,
    equals,
)

NO_VALUE = Compare(ScoreField.KIND, Operator.IS_NULL, True)
SPOKEN_VALUES = Any((Compare(ScoreField.KIND, Operator.ONE_OF, tuple(DATA_TYPES)), NO_VALUE))
"""Values that can be said; failed and pending evaluations have none."""


def _scores_of(kind: TargetKind) -> Filter:
    return All((Compare(ScoreField.TARGET_KIND, Operator.EQUALS, kind), SPOKEN_VALUES))


SCORES_OF_TRACES = _scores_of(TargetKind.TRACE)
SCORES_OF_SESSIONS = _scores_of(TargetKind.SESSION)
SPEAKABLE = Any((SCORES_OF_TRACES, SCORES_OF_SESSIONS))

SENT = Compare(TraceField.KNOWN, Operator.EQUALS, True)
"""Traces that somebody sent, not merely mentioned by a score."""


def score_filter(asked: TraceScoreQuery | SessionScoreQuery, speakable: Filter) -> Filter:
    """Return the scores that a list asks for."""
    own: tuple[Filter | None, ...]
    if isinstance(asked, TraceScoreQuery):
        own = (
            equals(ScoreField.TRACE, asked.trace_id),
            equals(ScoreField.ENVIRONMENT, asked.environment),
            None if asked.data_type is None else _of_data_type(asked.data_type),
        )
    else:
        own = (equals(ScoreField.SESSION, asked.session_id),)
    run = asked.eval_run_id
    return all_of(
        *own,
        speakable,
        equals(ScoreField.NAME, asked.name),
        None if asked.source is None else equals(ScoreField.ORIGIN, ORIGINS[asked.source]),
        None if asked.status is None else equals(ScoreField.STATUS, STATUSES[asked.status]),
        None if run is None else Compare(ScoreField.SOURCE_RUN, Operator.ONE_OF, (canonical(run), hyphenated(run))),
        _within(ScoreField.CREATED_AT, asked, "date_from", "date_to"),
    )


def trace_filter(asked: TraceQuery) -> Filter:
    """Return the traces that a list asks for (§3.3)."""
    return all_of(
        SENT,
        equals(TraceField.SESSION, asked.session_id),
        equals(TraceField.USER, asked.user_id),
        None if asked.status is None else of_status(asked.status),
        Compare(TraceField.TAGS, Operator.HAS_ANY, tuple(asked.tags)) if asked.tags else None,
        Compare(TraceField.NAME, Operator.CONTAINS_ANY_CASE, asked.name) if asked.name else None,
        _within(TraceField.STARTED_AT, asked, "started_after", "started_before"),
    )


def session_trace_filter(asked: SessionQuery) -> Filter:
    """Return the traces of which the sessions of a list are made: its filters choose traces before they are grouped."""
    return all_of(
        SENT,
        equals(TraceField.USER, asked.user_id),
        Compare(TraceField.TAGS, Operator.HAS_ANY, tuple(asked.tags)) if asked.tags else None,
        _within(TraceField.STARTED_AT, asked, "started_after", "started_before"),
    )


def session_filter(asked: SessionQuery) -> Filter:
    """Return the sessions that a list asks for (§3.4)."""
    failed = None
    if asked.has_error is not None:
        failed = Compare(SessionField.FAILED, Operator.ABOVE if asked.has_error else Operator.EQUALS, 0)
    found = Compare(SessionField.ID, Operator.CONTAINS_ANY_CASE, asked.query) if asked.query else None
    return all_of(failed, found)


def of_status(status: str) -> Filter:
    """Return the traces of a status; those of which nothing was said count as completed."""
    if status == "COMPLETED":
        return Not(Any((of_status("ERROR"), of_status("RUNNING"), of_status("PENDING"))))
    healthy = Compare(TraceField.HEALTH, Operator.EQUALS, HEALTHS[status])
    if HEALTHS[status] is Health.UNSET:
        return All((healthy, Compare(TraceField.RESIDUE, Operator.EQUALS, status, (DIALECT, "status"))))
    return healthy


def _of_data_type(data_type: str) -> Filter:
    wanted = Compare(ScoreField.KIND, Operator.EQUALS, KINDS[data_type])
    return Any((wanted, NO_VALUE)) if data_type == "NUMERIC" else wanted


def _within(field: Field, asked: object, first: str, end: str) -> Filter:
    """Return a span of time, the first moment inclusive; both faults are refused together."""
    moments: list[Instant | None] = []
    faults: list[Fault] = []
    for name in (first, end):
        text = getattr(asked, name)
        try:
            moments.append(None if text is None else read_time(text, "query", name))
        except Invalid as refusal:
            faults.extend(refusal.faults)
    if faults:
        raise Invalid(*faults)
    return between(field, moments[0], moments[1])
