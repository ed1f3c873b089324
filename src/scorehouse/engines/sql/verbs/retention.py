"""Set retention policies, and remove what they say is too old: a small step at a time.

A step reads the oldest rows of one environment from an index that begins with it (`score_age`, `trace_age`), so that it
reads no more rows than it may remove, however many are kept. The order names the environment too, though it is one:
PostgreSQL does not take ``IS NULL`` for a constant, and would sort all that is too old.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Integer, Select, bindparam, delete, exists, insert, select, tuple_

from scorehouse.domain.changes import Action, Subject
from scorehouse.domain.instants import EARLIEST
from scorehouse.domain.retention import StandingPolicy
from scorehouse.engines.sql import tables
from scorehouse.engines.sql.codes import SUBJECTS, TermKind
from scorehouse.engines.sql.keys import term_key
from scorehouse.engines.sql.retention_rows import SELECT_POLICY, retention_row, standing_of
from scorehouse.engines.sql.statements import Row
from scorehouse.engines.sql.transaction import Transaction
from scorehouse.engines.sql.verbs.feed import actor_text, note
from scorehouse.storage.verbs import Aged, RemoveAged, Removed, SetRetention

FIRST = Aged(EARLIEST, 0)
"""Before the oldest trace."""

_retention, _term, _change = tables.retention, tables.term, tables.change
_score, _trace, _span = tables.score, tables.trace, tables.span
_ROWS: Any = bindparam("rows", type_=Integer)

_INSERT_POLICY = insert(_retention)
_DELETE_POLICY = delete(_retention).where(_retention.c.project == bindparam("project"))
_ENVIRONMENT = select(_term.c.key).where(
    _term.c.project == bindparam("project"),
    _term.c.kind == bindparam("kind"),
    _term.c.text == bindparam("text"),
)
_DELETE_SCORE = delete(_score).where(_score.c.project == bindparam("project"), _score.c.key == bindparam("key"))
_DELETE_SPAN = delete(_span).where(_span.c.project == bindparam("project"), _span.c.key == bindparam("key"))
_DELETE_SPANS = delete(_span).where(_span.c.project == bindparam("project"), _span.c.trace == bindparam("key"))
_DELETE_TRACE = delete(_trace).where(_trace.c.project == bindparam("project"), _trace.c.key == bindparam("key"))
_DELETE_HISTORY = delete(_change).where(
    _change.c.project == bindparam("project"),
    _change.c.subject_id == bindparam("id"),
    _change.c.subject == bindparam("subject"),
)
_SPANS = (
    select(_span.c.key, _span.c.created_at)
    .where(_span.c.project == bindparam("project"), _span.c.trace == bindparam("trace"))
    .limit(_ROWS)
)


def _oldest_scores(environment: Any) -> Select[Any]:
    return (
        select(_score.c.key, _score.c.external_id)
        .where(_score.c.project == bindparam("project"), environment, _score.c.created_at < bindparam("bound"))
        .order_by(_score.c.environment, _score.c.created_at)
        .limit(_ROWS)
    )


def _oldest_traces(environment: Any) -> Select[Any]:
    of_trace = (_score.c.project == _trace.c.project, _score.c.trace == _trace.c.key)
    with_spans = exists().where(_span.c.project == _trace.c.project, _span.c.trace == _trace.c.key)
    place = tuple_(_trace.c.created_at, _trace.c.key)
    after = tuple_(bindparam("after"), bindparam("after_key"))
    return (
        select(_trace.c.key, _trace.c.external_id, _trace.c.known, _trace.c.created_at)
        .add_columns(exists().where(*of_trace).label("kept"), with_spans.label("spans"))
        .where(_trace.c.project == bindparam("project"), environment, _trace.c.created_at < bindparam("bound"))
        .where(place > after)
        .order_by(_trace.c.environment, _trace.c.created_at, _trace.c.key)
        .limit(_ROWS)
    )


OLDEST_SCORES = {
    True: _oldest_scores(_score.c.environment == bindparam("environment")),
    False: _oldest_scores(_score.c.environment.is_(None)),
}
"""What is asked for, by whether an environment is meant, or what says none."""

OLDEST_TRACES = {
    True: _oldest_traces(_trace.c.environment == bindparam("environment")),
    False: _oldest_traces(_trace.c.environment.is_(None)),
}


def set_retention(tx: Transaction, verb: SetRetention) -> StandingPolicy | None:
    """Set or clear a policy; see SetRetention."""
    tx.run(_DELETE_POLICY, {"project": verb.project})
    if verb.policy is None:
        return None
    standing = StandingPolicy(verb.project, verb.policy, verb.at, verb.actor)
    actor = term_key(tx, verb.project, TermKind.ACTOR, actor_text(verb.actor))
    assert actor is not None  # noqa: S101 - a text that is there has a key
    tx.insert(_INSERT_POLICY, retention_row(standing, actor))
    return standing


def remove_aged(tx: Transaction, verb: RemoveAged) -> Removed:
    """Remove a few of the oldest rows; see RemoveAged."""
    row = tx.one(SELECT_POLICY, {"project": verb.project})
    bound = None if row is None else standing_of(row).policy.bound(verb.environment, verb.at)
    if bound is None:
        return Removed()
    which: dict[str, Any] = {"project": verb.project, "bound": bound}
    if verb.environment is not None:
        found = tx.one(
            _ENVIRONMENT, {"project": verb.project, "kind": int(TermKind.ENVIRONMENT), "text": verb.environment}
        )
        if found is None:
            return Removed()
        which["environment"] = found[0]
    scores = _remove_scores(tx, verb, which)
    if scores == verb.rows_max:
        return Removed(scores, next=verb.after or FIRST)
    traces, spans, following = _remove_traces(tx, verb, which, verb.rows_max - scores)
    return Removed(scores, traces, spans, following)


def _remove_scores(tx: Transaction, verb: RemoveAged, which: dict[str, Any]) -> int:
    rows = tx.all(OLDEST_SCORES[verb.environment is not None], {**which, "rows": verb.rows_max})
    for key, id in rows:
        tx.run(_DELETE_SCORE, {"project": verb.project, "key": key})
        _forget_history(tx, verb, Subject.SCORE, id)
    for _, id in rows:
        note(tx, verb, Subject.SCORE, Action.DELETED, id)
    return len(rows)


def _remove_traces(
    tx: Transaction, verb: RemoveAged, which: dict[str, Any], rows_left: int
) -> tuple[int, int, Aged | None]:
    """Remove traces that nothing keeps; return how many, how many spans, and where to go on."""
    place = verb.after or FIRST
    parameters = {**which, "after": place.created_at, "after_key": place.key, "rows": rows_left}
    candidates = tx.all(OLDEST_TRACES[verb.environment is not None], parameters)
    goes_on = len(candidates) == rows_left
    gone: list[Row] = []
    spans_gone = 0
    for row in candidates:
        key, _, _, created_at, kept, has_spans = row
        of_trace = {"project": verb.project, "trace": key, "rows": rows_left + 1}
        spans = tx.all(_SPANS, of_trace) if has_spans and not kept else []
        stays = kept or any(span[1] >= which["bound"] for span in spans)
        if not stays and len(spans) >= rows_left:  # It does not fit; if it fits in no step, it goes in parts.
            spans_gone += _remove_part(tx, verb, row, spans[:rows_left]) if rows_left == verb.rows_max else 0
            goes_on = True
            break
        if not stays:
            gone.append(row)
            spans_gone += len(spans)
            rows_left -= len(spans) + 1
        place = Aged(created_at, key)
    _forget_traces(tx, verb, gone)
    return len(gone), spans_gone, place if goes_on else None


def _remove_part(tx: Transaction, verb: RemoveAged, trace: Row, spans: Sequence[Row]) -> int:
    """Remove some spans of a trace that has more than a step may remove; it is changed until the last are gone."""
    for key, _ in spans:
        tx.run(_DELETE_SPAN, {"project": verb.project, "key": key})
    tx.memory.spans.clear()
    if trace[2]:
        note(tx, verb, Subject.TRACE, Action.CHANGED, trace[1])
    return len(spans)


def _forget_traces(tx: Transaction, verb: RemoveAged, traces: Sequence[Row]) -> None:
    for key, id, *_ in traces:
        tx.run(_DELETE_SPANS, {"project": verb.project, "key": key})
        tx.run(_DELETE_TRACE, {"project": verb.project, "key": key})
        tx.memory.traces.pop((verb.project, id), None)
        tx.memory.spans.clear()
        _forget_history(tx, verb, Subject.TRACE, id)
    for _, id, known, *_ in traces:
        if known:
            note(tx, verb, Subject.TRACE, Action.DELETED, id)


def _forget_history(tx: Transaction, verb: RemoveAged, subject: Subject, id: str) -> None:
    tx.run(_DELETE_HISTORY, {"project": verb.project, "id": id, "subject": SUBJECTS.number[subject]})
