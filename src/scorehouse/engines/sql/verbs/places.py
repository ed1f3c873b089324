"""Where a score belongs: its target's surrogate key, found or mentioned into being."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import bindparam, desc, insert, or_, select

from scorehouse.domain.frozen import Frozen
from scorehouse.domain.identity import canonical
from scorehouse.domain.refusals import NotFound
from scorehouse.domain.targets import RunTarget, SessionTarget, SpanTarget, Target, TraceTarget
from scorehouse.engines.sql import tables
from scorehouse.engines.sql.codes import TermKind
from scorehouse.engines.sql.keys import next_key, term_key
from scorehouse.engines.sql.memory import SpanRow, TraceRow
from scorehouse.engines.sql.score_rows import shown, spelling_of
from scorehouse.engines.sql.transaction import Transaction
from scorehouse.storage.verbs import ProjectVerb

_trace, _span = tables.trace, tables.span

_TRACE = select(_trace.c.key, _trace.c.known, shown(_trace)).where(
    _trace.c.project == bindparam("project"), _trace.c.external_id == bindparam("id")
)
_SPANS = (
    select(_span.c.key, shown(_span), _span.c.trace, _span.c.known, _trace.c.external_id, shown(_trace))
    .join(_trace, (_trace.c.project == _span.c.project) & (_trace.c.key == _span.c.trace))
    .where(
        _span.c.project == bindparam("project"),
        or_(_span.c.external_id == bindparam("id"), _span.c.alias == bindparam("id")),
    )
    .order_by(desc(_span.c.known), desc(_span.c.key))
)
_INSERT_TRACE = insert(_trace)
_INSERT_SPAN = insert(_span)


class Place(Frozen, frozen=True):
    """A target's surrogate keys.

    Attributes:
        target: of the thing itself; None until a mention is settled.
        trace: of the trace it lies in; None for sessions and runs.
        trace_shown: that trace's id as shown.
        span_shown: the id of a span as shown, which may have been named by its alias; empty for any other target.
        mention: what `settle` has yet to write: nothing was found.
    """

    target: int | None
    trace: int | None = None
    trace_shown: str = ""
    span_shown: str = ""
    mention: Target | None = None

    def settle(self, tx: Transaction, verb: ProjectVerb[Any]) -> "Place":
        """Write what is only mentioned, now that every check has passed."""
        if self.mention is None:
            return self
        if isinstance(self.mention, SessionTarget):
            return Place(term_key(tx, verb.project, TermKind.SESSION, self.mention.session))
        if isinstance(self.mention, RunTarget):
            return Place(term_key(tx, verb.project, TermKind.RUN, self.mention.run))
        trace = mentioned_trace(tx, verb, self.mention.trace or self.mention.id)
        if isinstance(self.mention, SpanTarget):
            key = _mention_span(tx, verb, self.mention.span, trace.key)
            return Place(key, trace.key, trace.shown, self.mention.span)
        return Place(trace.key, trace.key, trace.shown)


def place_of(tx: Transaction, verb: ProjectVerb[Any], target: Target, must_exist: bool) -> Place:
    """Find where a score belongs, writing nothing.

    Raises:
        NotFound: `must_exist` and nobody sent the trace, or the span, or the span lies in another trace.
    """
    if isinstance(target, SpanTarget):
        return _place_of_span(tx, verb, target, must_exist)
    if not isinstance(target, TraceTarget):
        return Place(None, mention=target)
    trace = trace_row(tx, verb.project, target.trace)
    if trace is None or (must_exist and not trace.known):
        if must_exist:
            raise NotFound("trace", target.trace)
        return Place(None, mention=target)
    return Place(trace.key, trace.key, trace.shown)


def trace_row(tx: Transaction, project: int, id: str) -> TraceRow | None:
    """Return what is known of a trace, None if it was never mentioned."""
    where = (project, canonical(id))
    remembered = tx.memory.traces.get(where)
    if remembered is not None:
        return remembered
    row = tx.one(_TRACE, {"project": project, "id": where[1]})
    return None if row is None else tx.memory.traces.remember(where, TraceRow(row[0], bool(row[1]), row[2]))


def mentioned_trace(tx: Transaction, verb: ProjectVerb[Any], id: str) -> TraceRow:
    """Return the trace of this id, made now as merely mentioned if it is new."""
    found = trace_row(tx, verb.project, id)
    if found is not None:
        return found
    key = next_key(tx, _trace, verb.project)
    external_id, spelling = spelling_of(id)
    values = {
        "project": verb.project,
        "key": key,
        "external_id": external_id,
        "spelling": spelling,
        "known": False,
        "created_at": verb.at,
        "updated_at": verb.at,
    }
    tx.insert(_INSERT_TRACE, (values.get(column.name) for column in _trace.c))
    return tx.memory.traces.remember((verb.project, external_id), TraceRow(key, False, id))


def _place_of_span(tx: Transaction, verb: ProjectVerb[Any], target: SpanTarget, must_exist: bool) -> Place:
    trace = canonical(target.trace) if target.trace is not None else None
    if must_exist and trace is not None:
        whole = trace_row(tx, verb.project, trace)
        if whole is None or not whole.known:
            raise NotFound("trace", target.trace or "")
    for span in _span_rows(tx, verb.project, target.span):
        if (trace is None or trace == span.trace_id) and (span.known or not must_exist):
            return Place(span.key, span.trace, span.trace_shown, span.shown)
    if must_exist:
        raise NotFound("span", target.span)
    return Place(None, mention=target)


def _span_rows(tx: Transaction, project: int, id: str) -> Iterable[SpanRow]:
    """Return the spans that are called so, those that somebody sent first, the newest first."""
    where = (project, canonical(id))
    remembered = tx.memory.spans.get(where)
    if remembered is not None:
        return (remembered,)
    rows = [
        SpanRow(key, shown, trace, bool(known), trace_id, trace_shown)
        for key, shown, trace, known, trace_id, trace_shown in tx.all(_SPANS, {"project": project, "id": where[1]})
    ]
    if len(rows) == 1:
        tx.memory.spans.remember(where, rows[0])
    return rows


def _mention_span(tx: Transaction, verb: ProjectVerb[Any], id: str, trace: int) -> int:
    key = next_key(tx, _span, verb.project)
    external_id, spelling = spelling_of(id)
    values = {
        "project": verb.project,
        "key": key,
        "external_id": external_id,
        "spelling": spelling,
        "trace": trace,
        "known": False,
        "tokens_total": 0,
        "created_at": verb.at,
        "updated_at": verb.at,
    }
    tx.insert(_INSERT_SPAN, (values.get(column.name) for column in _span.c))
    tx.memory.forget_span(verb.project, id)
    return key
