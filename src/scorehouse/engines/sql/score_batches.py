"""Scores as columns: the short way from the table to a file.

Names, authors, environments, evaluators and configs repeat, so their keys are read with the score and their texts
looked up once a batch; only traces and spans, which rarely repeat, are joined.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, FromClause, and_, select

from scorehouse.domain.targets import TargetKind
from scorehouse.engines.sql import tables
from scorehouse.engines.sql.codes import KINDS, ORIGINS, STATUSES, TARGETS
from scorehouse.engines.sql.comparisons import PROJECT
from scorehouse.engines.sql.filters import condition_of
from scorehouse.engines.sql.lists import SEPARATOR
from scorehouse.engines.sql.plans import SCORES
from scorehouse.engines.sql.score_rows import shown
from scorehouse.storage.columns import SCORE_COLUMNS, BatchQuery, ScoreBatch, batch_of

BATCH_CHARACTERS_MAX = 8_000_000
"""Characters of free text in one batch, roughly; where scores are large, a batch has fewer of them."""

PART_ROWS = 250
"""Rows between two looks at how much there is."""

SPAN, GROUP = TARGETS.number[TargetKind.SPAN], TARGETS.number[TargetKind.SESSION]

_SCORE, _TRACE, _SPAN = tables.score, tables.trace, tables.span
_SELECT = (
    select(
        _SCORE.c.key,
        shown(_SCORE),
        _SCORE.c.name,
        _SCORE.c.target_kind,
        _SCORE.c.target,
        shown(_TRACE),
        shown(_SPAN),
        _SCORE.c.kind,
        _SCORE.c.number,
        _SCORE.c.boolean,
        _SCORE.c.labels,
        _SCORE.c.text,
        _SCORE.c.json,
        _SCORE.c.status,
        _SCORE.c.reason,
        _SCORE.c.origin,
        _SCORE.c.author,
        _SCORE.c.evaluator,
        _SCORE.c.source_run,
        _SCORE.c.comment,
        _SCORE.c.metadata,
        _SCORE.c.environment,
        _SCORE.c.config,
        _SCORE.c.queue,
        _SCORE.c.passed,
        _SCORE.c.cost_usd,
        _SCORE.c.timestamp,
        _SCORE.c.created_at,
        _SCORE.c.updated_at,
        _SCORE.c.residue,
    )
    .select_from(
        _SCORE.outerjoin(_TRACE, and_(_TRACE.c.project == PROJECT, _TRACE.c.key == _SCORE.c.trace)).outerjoin(
            _SPAN, and_(_SCORE.c.target_kind == SPAN, _SPAN.c.project == PROJECT, _SPAN.c.key == _SCORE.c.target)
        )
    )
    .where(_SCORE.c.project == PROJECT)
    .order_by(_SCORE.c.key)
)
_LARGE = tuple(
    [column.name for column in _SELECT.selected_columns].index(name)
    for name in ("text", "json", "reason", "comment", "metadata", "residue")
)


def read_batch(connection: Connection, query: BatchQuery) -> ScoreBatch:
    """Answer a BatchQuery.

    Raises:
        Invalid: it filters by a field that scores do not have.
    """
    statement = _SELECT.where(_SCORE.c.key > query.after, condition_of(query.filter, SCORES.fields))
    found = connection.execute(statement.limit(query.limit), {"project": query.project})
    rows: list[Any] = []
    characters = 0
    while characters < BATCH_CHARACTERS_MAX:
        part = found.cursor.fetchmany(PART_ROWS)
        rows += part
        characters += sum(len(row[place] or "") for row in part for place in _LARGE)
        if len(part) < PART_ROWS:
            break
    found.close()
    is_last = len(rows) < query.limit and characters < BATCH_CHARACTERS_MAX
    following = None if is_last else rows[-1][0]
    return ScoreBatch(_shown(connection, query.project, rows) if rows else batch_of((), len(SCORE_COLUMNS)), following)


def _shown(connection: Connection, project: int, rows: Sequence[Any]) -> tuple[Sequence[Any], ...]:
    """Turn rows of `_SELECT` into SCORE_COLUMNS."""
    (_, ids, names, target_kinds, targets, traces, spans, kinds, numbers, booleans, *rest) = zip(*rows, strict=True)
    (labels, texts, jsons, statuses, reasons, origins, authors, judges, runs, *rest) = rest
    (comments, metadata, environments, configs, queues, passed, *tail) = rest
    groups = [target for target, kind in zip(targets, target_kinds, strict=True) if kind >= GROUP]
    terms = _texts(connection, project, tables.term, tables.term.c.text, (*names, *authors, *environments, *groups))
    judged = _texts(connection, project, tables.evaluator, shown(tables.evaluator), judges)
    ruled = _texts(connection, project, tables.config, shown(tables.config), configs)
    return (
        ids,
        _each(terms.get, names),
        _each(TARGETS.word.get, target_kinds),
        [
            trace if kind < SPAN else span if kind == SPAN else terms[target]
            for kind, trace, span, target in zip(target_kinds, traces, spans, targets, strict=True)
        ],
        [trace if kind == SPAN else None for kind, trace in zip(target_kinds, traces, strict=True)],
        _each(KINDS.word.get, kinds),
        numbers,
        _truths(booleans),
        [None if text is None else text[1:-1].split(SEPARATOR) for text in labels],
        texts,
        jsons,
        _each(STATUSES.word.get, statuses),
        reasons,
        _each(ORIGINS.word.get, origins),
        _each(terms.get, authors),
        _each(judged.get, judges),
        runs,
        comments,
        metadata,
        _each(terms.get, environments),
        _each(ruled.get, configs),
        queues,
        _truths(passed),
        *tail,
    )


def _each(word_of: Callable[[Any], Any], codes: Iterable[Any]) -> list[Any]:
    return [word_of(code) for code in codes]


def _truths(column: Iterable[Any]) -> list[bool | None]:
    return [None if truth is None else bool(truth) for truth in column]


def _texts(
    connection: Connection, project: int, table: FromClause, text: Any, keys: Iterable[int | None]
) -> dict[int | None, str]:
    """Look up what keys stand for; None, and a key of nothing, stands for nothing."""
    wanted = sorted({key for key in keys if key is not None})
    found: dict[int | None, str] = {}
    for start in range(0, len(wanted), KEYS_MAX):
        some = wanted[start : start + KEYS_MAX]
        asked = select(table.c.key, text).where(table.c.project == project, table.c.key.in_(some))
        found.update({row[0]: row[1] for row in connection.execute(asked)})
    return found


KEYS_MAX = 10_000
"""Keys in one look-up: databases bound the parameters of a statement."""
