"""Anchor traces and spans; revise, retag and forget them."""

from typing import Any

from sqlalchemy import bindparam, delete, desc, insert, or_, select, update

from scorehouse.domain.changes import Action, Subject
from scorehouse.domain.identity import canonical
from scorehouse.domain.merging import span_changes, trace_changes, united
from scorehouse.domain.patches import TracePatch
from scorehouse.domain.refusals import NotFound
from scorehouse.domain.traces import Rollup, Span, SpanSketch, TraceSketch
from scorehouse.engines.sql import tables
from scorehouse.engines.sql.keys import next_key
from scorehouse.engines.sql.memory import TraceRow
from scorehouse.engines.sql.score_rows import select_scores, spelling_of
from scorehouse.engines.sql.trace_rows import (
    SPAN_FIELDS,
    TRACE_FIELDS,
    in_order,
    select_spans,
    select_traces,
    sketched,
    span_of,
    trace_of,
    written,
)
from scorehouse.engines.sql.transaction import Transaction
from scorehouse.engines.sql.verbs.feed import note
from scorehouse.engines.sql.verbs.places import mentioned_trace, trace_row
from scorehouse.engines.sql.verbs.scores import remove
from scorehouse.storage.verbs import Anchor, ForgetTraces, ProjectVerb, RetagTraces, ReviseSpan, ReviseTrace

_trace, _span, _score = tables.trace, tables.span, tables.score

_TRACE = select_traces(_trace).where(_trace.c.project == bindparam("project"), _trace.c.external_id == bindparam("id"))
_SPAN = select_spans(_span).where(
    _span.c.project == bindparam("project"),
    _span.c.trace == bindparam("trace"),
    _span.c.external_id == bindparam("id"),
)
_SPANS_NAMED = (
    select(_span.c.trace, _span.c.external_id, _trace.c.external_id)
    .join(_trace, (_trace.c.project == _span.c.project) & (_trace.c.key == _span.c.trace))
    .where(
        _span.c.project == bindparam("project"),
        _span.c.known,
        or_(_span.c.external_id == bindparam("id"), _span.c.alias == bindparam("id")),
    )
    .order_by(desc(_span.c.key))
)
_OWNER_OF_SPAN = (
    select(_trace.c.external_id)
    .join(_span, (_span.c.project == _trace.c.project) & (_span.c.trace == _trace.c.key))
    .where(
        _span.c.project == bindparam("project"),
        or_(_span.c.external_id == bindparam("id"), _span.c.alias == bindparam("id")),
    )
    .order_by(desc(_span.c.key))
    .limit(1)
)
_INSERT_TRACE = insert(_trace)
_INSERT_SPAN = insert(_span)
_SCORES_OF = select_scores(_score).where(_score.c.project == bindparam("project"), _score.c.trace == bindparam("trace"))
_DELETE_SPANS = delete(_span).where(_span.c.project == bindparam("project"), _span.c.trace == bindparam("trace"))
_DELETE_TRACE = delete(_trace).where(_trace.c.project == bindparam("project"), _trace.c.key == bindparam("trace"))


def anchor(tx: Transaction, verb: Anchor) -> int:
    """Merge sketches into what is known; see Anchor."""
    touched: dict[str, Action] = {}
    for sketch in verb.traces:
        _merge_trace(tx, verb, sketch, touched)
    for span in verb.spans:
        _merge_span(tx, verb, span, touched)
    for id, action in touched.items():
        note(tx, verb, Subject.TRACE, action, id)
    return len(verb.traces) + len(verb.spans)


def revise_trace(tx: Transaction, verb: ReviseTrace) -> str:
    """Change a trace; see ReviseTrace."""
    if not _revise_trace(tx, verb, verb.id, verb.patch):
        raise NotFound("trace", verb.id)
    found = trace_row(tx, verb.project, verb.id)
    return verb.id if found is None else found.shown


def revise_span(tx: Transaction, verb: ReviseSpan) -> Span:
    """Change a span; see ReviseSpan."""
    named = tx.all(_SPANS_NAMED, {"project": verb.project, "id": canonical(verb.id)})
    trace = None if verb.trace is None else canonical(verb.trace)
    owner, id, owner_id = next((row for row in named if trace in {None, row[2]}), (None, "", ""))
    if owner is None:
        raise NotFound("span", verb.id)
    where = {"project": verb.project, "trace": owner, "id": id}
    row = tx.one(_SPAN, where)
    assert row is not None  # noqa: S101 - found a moment ago in the same transaction
    changes = verb.patch.changes(span_of(row))
    if not changes:
        return span_of(row)
    _update(tx, _span, verb, row[0], written(tx, verb.project, SPAN_FIELDS, changes))
    note(tx, verb, Subject.TRACE, Action.CHANGED, owner_id)
    again = tx.one(_SPAN, where)
    assert again is not None  # noqa: S101 - found a moment ago in the same transaction
    return span_of(again)


def retag(tx: Transaction, verb: RetagTraces) -> int:
    """Take tags from traces and give them others; see RetagTraces."""
    return sum(_retag_one(tx, verb, id) for id in dict.fromkeys(map(canonical, verb.ids)))


def _retag_one(tx: Transaction, verb: RetagTraces, id: str) -> bool:
    row = tx.one(_TRACE, {"project": verb.project, "id": id})
    if row is None:
        return False
    kept = tuple(tag for tag in trace_of(row, Rollup()).tags if tag not in verb.remove)
    return _revise_trace(tx, verb, id, TracePatch(tags=united(kept, verb.add)))


def _revise_trace(tx: Transaction, verb: ProjectVerb[Any], id: str, patch: TracePatch) -> bool:
    """Change a trace; False if nobody sent it."""
    row = tx.one(_TRACE, {"project": verb.project, "id": canonical(id)})
    known = None if row is None else trace_of(row, Rollup())
    if row is None or known is None or not known.known:
        return False
    changes = patch.changes(known)
    if changes:
        _update(tx, _trace, verb, row[0], written(tx, verb.project, TRACE_FIELDS, changes))
        note(tx, verb, Subject.TRACE, Action.CHANGED, canonical(id))
    return True


def forget(tx: Transaction, verb: ForgetTraces) -> int:
    """Delete traces with all that hangs on them; see ForgetTraces."""
    return sum(_forget_one(tx, verb, id) for id in dict.fromkeys(map(canonical, verb.ids)))


def _forget_one(tx: Transaction, verb: ForgetTraces, id: str) -> bool:
    found = trace_row(tx, verb.project, id)
    if found is None:
        return False
    where = {"project": verb.project, "trace": found.key}
    for row in tx.all(_SCORES_OF, where):
        remove(tx, verb, row)
    tx.run(_DELETE_SPANS, where)
    tx.run(_DELETE_TRACE, where)
    tx.memory.traces.pop((verb.project, id), None)
    tx.memory.spans.clear()
    if found.known:
        note(tx, verb, Subject.TRACE, Action.DELETED, id)
    return found.known


def _merge_trace(tx: Transaction, verb: Anchor, sketch: TraceSketch, touched: dict[str, Action]) -> None:
    id = canonical(sketch.id)
    row = tx.one(_TRACE, {"project": verb.project, "id": id})
    if row is None:
        _insert_trace(tx, verb, sketch)
        touched[id] = Action.CREATED
        return
    known = trace_of(row, Rollup())
    changes = written(tx, verb.project, TRACE_FIELDS, trace_changes(known, sketch))
    if not known.known:
        changes["known"] = True
        tx.memory.traces.pop((verb.project, id), None)
    _update(tx, tables.trace, verb, row[0], changes)
    if changes:
        touched.setdefault(id, Action.CHANGED if known.known else Action.CREATED)


def _insert_trace(tx: Transaction, verb: Anchor, sketch: TraceSketch) -> TraceRow:
    key = next_key(tx, _trace, verb.project)
    values = sketched(sketch, TRACE_FIELDS)
    values["tags"] = united((), sketch.tags)
    external_id, spelling = spelling_of(sketch.id)
    columns = written(tx, verb.project, TRACE_FIELDS, values) | {
        "project": verb.project,
        "key": key,
        "external_id": external_id,
        "spelling": spelling,
        "known": True,
        "created_at": verb.at,
        "updated_at": verb.at,
    }
    tx.insert(_INSERT_TRACE, in_order(_trace, columns))
    return tx.memory.traces.remember((verb.project, external_id), TraceRow(key, True, sketch.id))


def _merge_span(tx: Transaction, verb: Anchor, sketch: SpanSketch, touched: dict[str, Action]) -> None:
    trace = canonical(sketch.trace or _implied_trace(tx, verb.project, sketch))
    owner = _owner(tx, verb, sketch.trace or trace, touched)
    id = canonical(sketch.id)
    row = tx.one(_SPAN, {"project": verb.project, "trace": owner.key, "id": id})
    if row is None:
        _insert_span(tx, verb, sketch, owner.key)
        touched.setdefault(trace, Action.CHANGED)
        return
    known = span_of(row)
    changes = written(tx, verb.project, SPAN_FIELDS, span_changes(known, sketch))
    if not known.known:
        changes["known"] = True
    tx.memory.forget_span(verb.project, known.id, known.alias, sketch.alias)
    _update(tx, tables.span, verb, row[0], changes)
    if changes:
        touched.setdefault(trace, Action.CHANGED)


def _owner(tx: Transaction, verb: Anchor, trace: str, touched: dict[str, Action]) -> TraceRow:
    """Return the trace of a span, which is known from now on."""
    id = canonical(trace)
    found = mentioned_trace(tx, verb, trace)
    if found.known:
        return found
    _update(tx, tables.trace, verb, found.key, {"known": True})
    touched.setdefault(id, Action.CREATED)
    return tx.memory.traces.remember((verb.project, id), TraceRow(found.key, True, found.shown))


def _implied_trace(tx: Transaction, project: int, sketch: SpanSketch) -> str:
    """Return the trace of a span that names none: where it already is, else its parent's, else its own id."""
    for id in (sketch.id, sketch.parent):
        row = tx.one(_OWNER_OF_SPAN, {"project": project, "id": canonical(id)}) if id else None
        if row is not None:
            return str(row[0])
    return sketch.id


def _insert_span(tx: Transaction, verb: Anchor, sketch: SpanSketch, owner: int) -> None:
    external_id, spelling = spelling_of(sketch.id)
    values = sketched(sketch, SPAN_FIELDS)
    values["tags"] = united((), sketch.tags)
    columns = written(tx, verb.project, SPAN_FIELDS, values) | {
        "project": verb.project,
        "key": next_key(tx, _span, verb.project),
        "external_id": external_id,
        "spelling": spelling,
        "trace": owner,
        "known": True,
        "created_at": verb.at,
        "updated_at": verb.at,
    }
    tx.insert(_INSERT_SPAN, in_order(_span, columns))
    tx.memory.forget_span(verb.project, sketch.id, sketch.alias)


_UPDATES: dict[tuple[str, tuple[str, ...]], Any] = {}


def _update(tx: Transaction, table: Any, verb: ProjectVerb[Any], key: int, changes: dict[str, Any]) -> None:
    """Write changed columns; the statement for each set of columns is made once."""
    if not changes:
        return
    changes = changes | {"updated_at": verb.at}
    shape = (table.name, tuple(sorted(changes)))
    if shape not in _UPDATES:
        new: dict[str, Any] = {name: bindparam(f"new_{name}") for name in shape[1]}
        own = (table.c.project == bindparam("of_project"), table.c.key == bindparam("of_key"))
        _UPDATES[shape] = update(table).where(*own).values(new)
    values = {f"new_{name}": value for name, value in changes.items()}
    tx.run(_UPDATES[shape], {"of_project": verb.project, "of_key": key, **values})
