"""Move out: everything of one kind, or what changed of it since a mark, as batches of columns.

An export tells a mark, from before its first row. Another one after that mark brings what changed since; a row that
was written while the first one ran may be in both, and says the same. Every row has a last column, `deleted`: true for
what is gone, or was changed so that it does not pass the filter any more. What is gone is shown as it last was, a
trace, and what retention removed, by its id alone; the spans of a deleted trace are gone with it and not listed one
by one.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from scorehouse.domain.changes import START, Action, Change, Mark, Subject
from scorehouse.domain.identity import canonical
from scorehouse.services.export_rows import (
    CHANGE_COLUMNS,
    CONFIG_COLUMNS,
    EVALUATOR_COLUMNS,
    SPAN_COLUMNS,
    TRACE_COLUMNS,
    change_row,
    config_row,
    evaluator_row,
    span_row,
    trace_row,
)
from scorehouse.services.follow import Told, tell
from scorehouse.services.house import House
from scorehouse.storage.columns import (
    BATCH_ROWS_MAX,
    SCORE_COLUMNS,
    Batch,
    BatchQuery,
    Column,
    Columns,
    ScoreBatch,
    Sort,
    batch_of,
    score_row,
)
from scorehouse.storage.port import Store
from scorehouse.storage.queries import (
    EVERYTHING,
    PAGE_ROWS_MAX,
    ChangeQuery,
    Compare,
    ConfigQuery,
    EvaluatorQuery,
    Field,
    Filter,
    Operator,
    Order,
    Page,
    Query,
    RegistryField,
    ScoreField,
    ScoreQuery,
    SpanField,
    SpanQuery,
    TraceField,
    TraceQuery,
    Window,
    all_of,
)

DELETED = Column("deleted", Sort.TRUTH)

Batches = AsyncGenerator[Batch, None]

Lane = tuple[int, asyncio.Future[ScoreBatch]]
"""A batch that is being read, and the last place that may be in it."""

LANES = 2
"""Batches that are read at once: as many as keep one thread busy that writes them."""

LANE_ROWS = BATCH_ROWS_MAX
"""Rows of such a batch: half as many take 10 MB less, and a seventh more time."""


class What(StrEnum):
    """What can be exported."""

    SCORES = "scores"
    TRACES = "traces"
    SPANS = "spans"
    CONFIGS = "configs"
    EVALUATORS = "evaluators"
    HISTORY = "history"


@dataclass(frozen=True, slots=True)
class Listed:
    """How one kind of thing beside scores is listed for an export.

    Attributes:
        created_at: the field whose order is that of recording.
        query: makes its plans.
        ask: puts them to a store.
        columns, row: what is said of it.
        subject: under which the feed tells its changes.
        named: the field that holds the id that those changes name: its own, of a span that of its trace.
    """

    created_at: Field
    query: type[Query]
    ask: Callable[[Store, Any], Awaitable[Page[Any]]]
    columns: Columns
    row: Callable[[Any], tuple[Any, ...]]
    subject: Subject
    named: Field


LISTED: Mapping[What, Listed] = {
    What.TRACES: Listed(
        TraceField.CREATED_AT,
        TraceQuery,
        lambda store, query: store.traces(query),
        TRACE_COLUMNS,
        trace_row,
        Subject.TRACE,
        TraceField.ID,
    ),
    What.SPANS: Listed(
        SpanField.CREATED_AT,
        SpanQuery,
        lambda store, query: store.spans(query),
        SPAN_COLUMNS,
        span_row,
        Subject.TRACE,
        SpanField.TRACE,
    ),
    What.CONFIGS: Listed(
        RegistryField.CREATED_AT,
        ConfigQuery,
        lambda store, query: store.configs(query),
        CONFIG_COLUMNS,
        config_row,
        Subject.CONFIG,
        RegistryField.ID,
    ),
    What.EVALUATORS: Listed(
        RegistryField.CREATED_AT,
        EvaluatorQuery,
        lambda store, query: store.evaluators(query),
        EVALUATOR_COLUMNS,
        evaluator_row,
        Subject.EVALUATOR,
        RegistryField.ID,
    ),
}


@dataclass(frozen=True, slots=True)
class Export:
    """An export that is about to run.

    Attributes:
        columns: of every batch.
        mark: after which the next export goes on.
        batches: the rows; may be empty.
    """

    columns: Columns
    mark: Mark
    batches: Batches


@dataclass(frozen=True, slots=True)
class Asked:
    """What to export: all that passes a filter, or what changed of it after a mark. History takes no filter."""

    house: House
    project: int
    what: What
    filter: Filter = EVERYTHING
    after: Mark | None = None


async def export(asked: Asked) -> Export:
    """Begin an export."""
    end = await asked.house.store.mark(asked.project)
    if asked.what is What.HISTORY:
        return Export(CHANGE_COLUMNS, end, _history(asked, end))
    if asked.what is What.SCORES:
        scores = _scores(asked) if asked.after is None else _changed_scores(asked, end)
        return Export((*SCORE_COLUMNS, DELETED), end, scores)
    listed = LISTED[asked.what]
    rows = _all(asked, listed) if asked.after is None else _changed(asked, listed, end)
    return Export((*listed.columns, DELETED), end, rows)


async def total_of(asked: Asked) -> int | None:
    """Count what an export will bring; None where that is not known before it has been read."""
    if asked.after is not None or asked.what is What.HISTORY:
        return None
    window = Window(0, total=True)
    if asked.what is What.SCORES:
        query = ScoreQuery(asked.project, asked.filter, Order(ScoreField.CREATED_AT), window, patient=True)
        return (await asked.house.store.scores(query)).total
    listed = LISTED[asked.what]
    counting = listed.query(asked.project, asked.filter, Order(listed.created_at), window, patient=True)
    return (await listed.ask(asked.house.store, counting)).total


# ── Scores ───────────────────────────────────────────────────────────────────────────────────────────────


async def _scores(asked: Asked) -> Batches:
    """Read all scores in order of recording, LANES batches at once while those before them are being written."""
    store = asked.house.store
    expected: Any = None

    def ask(after: int, until: int) -> Lane:
        query = BatchQuery(asked.project, asked.filter, after, until, LANE_ROWS, expected)
        return until, asyncio.ensure_future(store.score_batch(query))

    place, end = 0, await store.last_place(asked.project)
    width = LANE_ROWS
    lanes: deque[Lane] = deque()
    read: Batch = ()
    try:
        while True:
            while len(lanes) < LANES and place < end:
                lanes.append(ask(place, min(place + width, end)))
                place += width
            if read:
                yield read
            if not lanes:
                return
            until, batch = lanes.popleft()
            found = await batch
            rows, expected = len(found.batch[0]), found.expected
            if found.next is not None:
                lanes.appendleft(ask(found.next, until))
                width = max(width // 2, LANE_ROWS)
            elif rows < LANE_ROWS // 2:
                width *= 2  # Few of them pass the filter.
            read = (*found.batch, [False] * rows) if rows else ()
    finally:
        for _, batch in lanes:
            batch.cancel()


async def _changed_scores(asked: Asked, end: Mark) -> Batches:
    async for told in told_scores(asked, end):
        yield batch_of([_told_row(item) for item in told], len(SCORE_COLUMNS) + 1)


def _told_row(told: Told) -> tuple[Any, ...]:
    """Write a score as it is now, or as it was and that it is gone; of what retention removed only the id is known."""
    score = told.score or told.change.before
    facts = (told.change.id, *(None,) * (len(SCORE_COLUMNS) - 1)) if score is None else score_row(score)
    return (*facts, told.score is None)


async def told_scores(asked: Asked, end: Mark) -> AsyncGenerator[Sequence[Told], None]:
    """Yield what became of the scores that changed, each once a part of the feed."""
    async for changes in _feed(asked, end, Subject.SCORE):
        found: dict[str, Told] = {}
        for told in await tell(asked.house, asked.project, changes, asked.filter):
            # One that was made and is gone is told by its deletion.
            if told.score is not None or told.change.before is not None or told.change.action is Action.DELETED:
                found[canonical(told.change.id)] = told
        if found:
            yield tuple(found.values())


# ── The others ───────────────────────────────────────────────────────────────────────────────────────────


async def _all(asked: Asked, listed: Listed) -> Batches:
    async for items in _pages(asked, listed, asked.filter):
        yield batch_of([(*listed.row(item), False) for item in items], len(listed.columns) + 1)


async def _changed(asked: Asked, listed: Listed, end: Mark) -> Batches:
    width = len(listed.columns) + 1
    async for changes in _feed(asked, end, listed.subject):
        ids = tuple({change.id for change in changes})
        found: set[str] = set()
        named = all_of(Compare(listed.named, Operator.ONE_OF, ids), asked.filter)
        async for items in _pages(asked, listed, named):
            found |= {canonical(item.id) for item in items}
            yield batch_of([(*listed.row(item), False) for item in items], width)
        gone = [id for id in ids if id not in found] if listed.named != SpanField.TRACE else []
        if gone:
            yield batch_of([(id, *(None,) * (width - 2), True) for id in gone], width)


async def _pages(asked: Asked, listed: Listed, filter: Filter) -> AsyncGenerator[Sequence[Any], None]:
    order = Order(listed.created_at, descending=False)
    after = None
    while True:
        query = listed.query(asked.project, filter, order, Window(PAGE_ROWS_MAX, after=after), patient=True)
        page = await listed.ask(asked.house.store, query)
        if page.items:
            yield page.items
        after = page.next
        if after is None:
            return


# ── The feed ─────────────────────────────────────────────────────────────────────────────────────────────


async def _history(asked: Asked, end: Mark) -> Batches:
    async for changes in _feed(asked, end):
        yield batch_of([change_row(change) for change in changes], len(CHANGE_COLUMNS))


async def _feed(asked: Asked, end: Mark, subject: Subject | None = None) -> AsyncGenerator[Sequence[Change], None]:
    """Read the feed after a mark, up to another one and no further, however much is written meanwhile."""
    after = asked.after or START
    while True:
        changes = await asked.house.store.changes(ChangeQuery(asked.project, PAGE_ROWS_MAX, after, subject))
        known = [change for change in changes if _place(change.mark) <= _place(end)]
        if known:
            yield known
        if len(known) < PAGE_ROWS_MAX:
            return
        after = known[-1].mark


def _place(mark: Mark) -> tuple[int, int]:
    return (mark.transaction, mark.sequence)
