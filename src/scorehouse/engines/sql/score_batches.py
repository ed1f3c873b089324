"""Scores as columns: the short way from the table to a file.

The database packs a part of the rows, each column as one JSON array, and hands over a single row of such texts. A
driver that steps from row to row and cell by cell holds the interpreter's lock for most of the time that it takes; this
way it waits without the lock, so that several threads read at once, and the texts are read by one fast decoder.

Names, authors, environments, evaluators and configs repeat, so their keys are read with the score and their texts
looked up once a batch; only traces and spans, which rarely repeat, are joined.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import BindParameter, Connection, FromClause, Select, and_, bindparam, select

from scorehouse.domain.targets import TargetKind
from scorehouse.engines.sql import tables
from scorehouse.engines.sql.codes import KINDS, ORIGINS, STATUSES, TARGETS
from scorehouse.engines.sql.comparisons import PROJECT
from scorehouse.engines.sql.filters import condition_of
from scorehouse.engines.sql.functions import ODD, READ_PACKED, PackableDouble, PackedArray
from scorehouse.engines.sql.plans import SCORES
from scorehouse.engines.sql.score_rows import shown
from scorehouse.storage.columns import SCORE_COLUMNS, BatchQuery, ScoreBatch, batch_of
from scorehouse.storage.queries import Filter
from scorehouse.storage.readings import SEPARATOR

BATCH_CHARACTERS_MAX = 8_000_000
"""Characters in one batch, roughly; where scores are large, a batch has fewer of them."""

PART_ROWS_MIN, PART_ROWS_MAX = 25, 250
"""Rows that are packed at a time, between two looks at how much there is; few as long as nobody knows how large."""

FILTERS_MAX = 64
"""Filters whose statements are remembered: making one costs more than a small batch."""

KEYS_MAX = 10_000
"""Keys in one look-up: databases bound the parameters of a statement."""

SPAN, GROUP = TARGETS.number[TargetKind.SPAN], TARGETS.number[TargetKind.SESSION]

_SCORE, _TRACE, _SPAN = tables.score, tables.trace, tables.span
_AFTER: BindParameter[int] = bindparam("after")
_UNTIL: BindParameter[int] = bindparam("until")
_ROWS: BindParameter[int] = bindparam("rows")

_DOUBLES = ("number", "cost_usd")
"""Columns that SQLite writes with fewer digits than some of them have (`functions.PackableDouble`)."""

_READ = (
    select(
        _SCORE.c.key,
        shown(_SCORE).label("id"),
        shown(_TRACE).label("trace"),
        shown(_SPAN).label("span"),
        *(PackableDouble(_SCORE.c[name]).label(name) for name in _DOUBLES),
        *(
            column
            for column in _SCORE.c
            if column.name not in {"project", "key", "external_id", "spelling", "trace", "slot", *_DOUBLES}
        ),
    )
    .select_from(
        _SCORE.outerjoin(_TRACE, and_(_TRACE.c.project == PROJECT, _TRACE.c.key == _SCORE.c.trace)).outerjoin(
            _SPAN, and_(_SCORE.c.target_kind == SPAN, _SPAN.c.project == PROJECT, _SPAN.c.key == _SCORE.c.target)
        )
    )
    .where(_SCORE.c.project == PROJECT, _SCORE.c.key > _AFTER, _SCORE.c.key <= _UNTIL)
    .order_by(_SCORE.c.key)
    .limit(_ROWS)
)
COLUMN_NAMES = tuple(column.name for column in _READ.selected_columns)

_decode = msgspec.json.Decoder(list[Any]).decode

Packed = dict[str, list[Any]]
"""The columns of `_READ`, by name; all of the same length."""


def read_batch(connection: Connection, query: BatchQuery) -> ScoreBatch:
    """Answer a BatchQuery.

    Raises:
        Invalid: it filters by a field that scores do not have.
    """
    statement = _packing(query.filter)
    found: Packed = {name: [] for name in COLUMN_NAMES}
    keys, characters, after, rows = found["key"], 0, query.after, PART_ROWS_MIN
    while len(keys) < query.limit and characters < BATCH_CHARACTERS_MAX:
        rows = min(rows, query.limit - len(keys))
        given = {"project": query.project, "after": after, "until": query.until, "rows": rows}
        texts = connection.execute(statement, given).one()
        part = unpacked(connection, query.project, texts)
        for name, column in part.items():
            found[name] += column
        if len(part["key"]) < rows:
            return ScoreBatch(_shown(connection, query.project, found), None)
        after = keys[-1]
        characters += sum(map(len, texts))
        fitting = (BATCH_CHARACTERS_MAX - characters) * len(keys) // characters
        rows = max(1, min(4 * rows, PART_ROWS_MAX, fitting))
    return ScoreBatch(_shown(connection, query.project, found), None if after >= query.until else after)


def last_place(connection: Connection, project: int) -> int:
    """Return the key of the score recorded last, 0 if there is none."""
    newest = select(_SCORE.c.key).where(_SCORE.c.project == project).order_by(_SCORE.c.key.desc()).limit(1)
    return connection.scalar(newest) or 0


@lru_cache(FILTERS_MAX)
def _packing(filter: Filter) -> Select[Any]:
    """Select one row: each column of the rows that pass, packed."""
    rows = _READ.where(condition_of(filter, SCORES.fields)).subquery()
    packed: list[Any] = [PackedArray(column) for column in rows.c]
    return select(*packed)


def unpacked(connection: Connection, project: int, texts: Sequence[str | None]) -> Packed:
    """Read what the database packed; None stands for nothing packed."""
    part = dict(zip(COLUMN_NAMES, [_decode(text) if text else [] for text in texts], strict=True))
    keys = part["key"]
    if keys != sorted(keys):  # Databases keep the order of the rows they pack, and promise it nowhere.
        order = sorted(range(len(keys)), key=keys.__getitem__)
        part = {name: [column[place] for place in order] for name, column in part.items()}
    odd = {key for name in _DOUBLES if ODD in part[name] for key in keys}
    exact = _doubles(connection, project, odd) if odd else {}
    for place, name in enumerate(_DOUBLES):
        if odd:
            part[name] = [exact[key][place] for key in part["key"]]
        else:
            part[name] = _each(READ_PACKED[connection.dialect.name], part[name])
    return part


def _doubles(connection: Connection, project: int, keys: Iterable[int]) -> Mapping[int, Sequence[float | None]]:
    """Read doubles as they are, by the key of their score."""
    wanted = select(_SCORE.c.key, *(_SCORE.c[name] for name in _DOUBLES))
    found = connection.execute(wanted.where(_SCORE.c.project == project, _SCORE.c.key.in_(keys)))
    return {row[0]: row[1:] for row in found}


def _shown(connection: Connection, project: int, found: Packed) -> Sequence[Sequence[Any]]:
    """Turn what was read into SCORE_COLUMNS."""
    if not found["key"]:
        return batch_of((), len(SCORE_COLUMNS))
    kinds, targets, traces = found["target_kind"], found["target"], found["trace"]
    groups = [target for target, kind in zip(targets, kinds, strict=True) if kind >= GROUP]
    words = (*found["name"], *found["author"], *found["environment"], *groups)
    terms = _texts(connection, project, tables.term, tables.term.c.text, words)
    judged = _texts(connection, project, tables.evaluator, shown(tables.evaluator), found["evaluator"])
    ruled = _texts(connection, project, tables.config, shown(tables.config), found["config"])
    found["target"] = [
        trace if kind < SPAN else span if kind == SPAN else terms[target]
        for kind, trace, span, target in zip(kinds, traces, found["span"], targets, strict=True)
    ]
    found["trace"] = [trace if kind == SPAN else None for kind, trace in zip(kinds, traces, strict=True)]
    for name, word_of in (
        *((name, terms.get) for name in ("name", "author", "environment")),
        *((name, codes.word.get) for name, codes in _CODES.items()),
        *((name, _truth) for name in ("boolean", "passed")),
        ("evaluator", judged.get),
        ("config", ruled.get),
        ("labels", _labels),
    ):
        found[name] = _each(word_of, found[name])
    found["run"] = found["source_run"]
    return [found[column.name] for column in SCORE_COLUMNS]


_CODES: Mapping[str, Any] = {"target_kind": TARGETS, "kind": KINDS, "status": STATUSES, "origin": ORIGINS}


def _each(word_of: Callable[[Any], Any], codes: list[Any]) -> list[Any]:
    """Say what each code stands for; what is absent throughout stays so."""
    return codes if codes.count(None) == len(codes) else list(map(word_of, codes))


def _truth(code: Any) -> bool | None:
    return None if code is None else bool(code)


def _labels(text: str | None) -> list[str] | None:
    return None if text is None else text[1:-1].split(SEPARATOR)


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
