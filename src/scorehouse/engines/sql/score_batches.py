"""Scores as columns: the short way from the table to a file.

The database packs a part of the rows, each column as one JSON array, and hands over a single row of such texts. A
driver that steps from row to row and cell by cell holds the interpreter's lock for most of the time that it takes; this
way it waits without the lock, so that several threads read at once, and the texts are read by one fast decoder.

Of 29 columns most scores have half. What nobody had in the part before is not packed, only asked whether it is there;
where it is, the part is read once more, with all columns.

Traces, spans, names, authors, environments, evaluators and configs are read by their keys, and what the keys stand for
is looked up once a batch: they repeat, or stand close together.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, lru_cache
from itertools import chain
from typing import Any

import msgspec
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    FromClause,
    Select,
    bindparam,
    case,
    false,
    func,
    or_,
    select,
)

from scorehouse.domain.targets import TargetKind
from scorehouse.engines.sql import tables
from scorehouse.engines.sql.codes import KINDS, ORIGINS, STATUSES, TARGETS
from scorehouse.engines.sql.comparisons import PROJECT
from scorehouse.engines.sql.filters import condition_of
from scorehouse.engines.sql.functions import ODD, READ_PACKED, PackableDouble, PackedArray
from scorehouse.engines.sql.plans import SCORES
from scorehouse.engines.sql.score_rows import shown
from scorehouse.storage.columns import SCORE_COLUMNS, BatchQuery, ScoreBatch, batch_of, is_constant
from scorehouse.storage.queries import Filter
from scorehouse.storage.readings import SEPARATOR

BATCH_CHARACTERS_MAX = 8_000_000
"""Characters in one batch, roughly; where scores are large, a batch has fewer of them."""

PART_ROWS_MIN, PART_ROWS_MAX = 25, 1000
"""Rows that are packed at a time, between two looks at how much there is; few as long as nobody knows how large."""

STATEMENTS_MAX = 256
"""Statements that are remembered, for a filter and some columns each: making one costs more than a small batch."""

KEYS_MAX = 10_000
"""Keys in one look-up: databases bound the parameters of a statement."""

DENSE = 2
"""Where keys have no more than so many places each, all that lie between them are read: a walk instead of look-ups."""

SPAN, GROUP = TARGETS.number[TargetKind.SPAN], TARGETS.number[TargetKind.SESSION]

_SCORE = tables.score
_AFTER: BindParameter[int] = bindparam("after")
_UNTIL: BindParameter[int] = bindparam("until")
_ROWS: BindParameter[int] = bindparam("rows")
_FIRST: BindParameter[int] = bindparam("first")
_LAST: BindParameter[int] = bindparam("last")
_KEYS: BindParameter[Sequence[int]] = bindparam("keys", expanding=True)

_DOUBLES = ("number", "cost_usd")
"""Columns that SQLite writes with fewer digits than some of them have (`functions.PackableDouble`)."""

_COLUMNS: Mapping[str, ColumnElement[Any]] = {
    "key": _SCORE.c.key,
    "id": shown(_SCORE),
    **{column.name: column for column in _SCORE.c if column.name not in {"project", "external_id", "spelling", "slot"}},
    **{name: PackableDouble(_SCORE.c[name]) for name in _DOUBLES},
}
"""What is read of a score, by name."""

COLUMN_NAMES = tuple(_COLUMNS)

_decode = msgspec.json.Decoder(list[Any]).decode

Packed = dict[str, list[Any]]
"""Columns of scores, by names of COLUMN_NAMES; all of the same length."""


def read_batch(connection: Connection, query: BatchQuery) -> ScoreBatch:
    """Answer a BatchQuery.

    Raises:
        Invalid: it filters by a field that scores do not have.
    """
    found: Packed = {name: [] for name in COLUMN_NAMES}
    keys, characters, after = found["key"], 0, query.after
    names, rows = COLUMN_NAMES, PART_ROWS_MIN
    while len(keys) < query.limit and characters < BATCH_CHARACTERS_MAX:
        rows = min(rows, query.limit - len(keys))
        given = {"project": query.project, "after": after, "until": query.until, "rows": rows}
        *texts, has_more = connection.execute(_packing(query.filter, names), given).one()
        if has_more:
            names = COLUMN_NAMES
            continue
        part = unpacked(connection, query.project, dict(zip(names, texts, strict=True)))
        read = len(part["key"])
        nothing = [None] * read
        for name, column in found.items():
            column.extend(part.get(name, nothing))
        if read < rows:
            return ScoreBatch(_shown(connection, query.project, found), None)
        after = keys[-1]
        characters += sum(map(len, texts))
        names = tuple(name for name, column in part.items() if column != nothing)
        fitting = (BATCH_CHARACTERS_MAX - characters) * len(keys) // characters
        rows = max(1, min(4 * rows, PART_ROWS_MAX, fitting))
    return ScoreBatch(_shown(connection, query.project, found), None if after >= query.until else after)


def last_place(connection: Connection, project: int) -> int:
    """Return the key of the score recorded last, 0 if there is none."""
    newest = select(_SCORE.c.key).where(_SCORE.c.project == project).order_by(_SCORE.c.key.desc()).limit(1)
    return connection.scalar(newest) or 0


@lru_cache(STATEMENTS_MAX)
def _packing(filter: Filter, names: tuple[str, ...]) -> Select[Any]:
    """Select one row: these columns of the rows that pass, each packed, and 1 if a row has any of the others."""
    others = [_SCORE.c[name].is_not(None) for name in COLUMN_NAMES if name not in names]
    rows = (
        select(*(_COLUMNS[name].label(name) for name in names), case((or_(false(), *others), 1), else_=0).label("more"))
        .where(_SCORE.c.project == PROJECT, _SCORE.c.key > _AFTER, _SCORE.c.key <= _UNTIL)
        .where(condition_of(filter, SCORES.fields))
        .order_by(_SCORE.c.key)
        .limit(_ROWS)
        .subquery()
    )
    packed: list[Any] = [PackedArray(rows.c[name]) for name in names]
    return select(*packed, func.max(rows.c.more))


def unpacked(connection: Connection, project: int, texts: Mapping[str, str | None]) -> Packed:
    """Read columns that the database packed; None stands for nothing packed."""
    part = {name: _decode(text or "[]") for name, text in texts.items()}
    keys = part["key"]
    if keys != sorted(keys):  # Databases keep the order of the rows they pack, and promise it nowhere.
        order = sorted(range(len(keys)), key=keys.__getitem__)
        part = {name: [column[place] for place in order] for name, column in part.items()}
    for name in part.keys() & _DOUBLES:
        if ODD in part[name]:
            exact = _doubles(connection, project, name, part["key"])
            part[name] = [exact[key] for key in part["key"]]
        else:
            part[name] = list(map(READ_PACKED[connection.dialect.name], part[name]))
    return part


def _doubles(connection: Connection, project: int, name: str, keys: Iterable[int]) -> Mapping[int, float | None]:
    """Read a column of doubles as they are, by the key of their score."""
    wanted = select(_SCORE.c.key, _SCORE.c[name]).where(_SCORE.c.project == project, _SCORE.c.key.in_(keys))
    return {row[0]: row[1] for row in connection.execute(wanted)}


def _shown(connection: Connection, project: int, found: Packed) -> Sequence[Sequence[Any]]:
    """Turn what was read into SCORE_COLUMNS."""
    if not found["key"]:
        return batch_of((), len(SCORE_COLUMNS))
    kinds, targets = found["target_kind"], found["target"]
    spans = [target for kind, target in zip(kinds, targets, strict=True) if kind == SPAN]
    groups = [target for kind, target in zip(kinds, targets, strict=True) if kind >= GROUP]
    words = (found["name"], found["author"], found["environment"], groups)
    terms = _texts(connection, project, tables.term, *words)
    trace_ids = _texts(connection, project, tables.trace, found["trace"])
    span_ids = _texts(connection, project, tables.span, spans)
    judged = _texts(connection, project, tables.evaluator, found["evaluator"])
    ruled = _texts(connection, project, tables.config, found["config"])
    traces = _each(trace_ids.get, found["trace"])
    found["target"] = [
        trace if kind < SPAN else span_ids.get(target) if kind == SPAN else terms.get(target)
        for kind, trace, target in zip(kinds, traces, targets, strict=True)
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
    """Say what each code stands for; what is the same throughout stays so."""
    return [word_of(codes[0])] * len(codes) if is_constant(codes) else list(map(word_of, codes))


def _truth(code: Any) -> bool | None:
    return None if code is None else bool(code)


def _labels(text: str | None) -> list[str] | None:
    return None if text is None else text[1:-1].split(SEPARATOR)


def _texts(
    connection: Connection, project: int, table: FromClause, *keys: Iterable[int | None]
) -> dict[int | None, str]:
    """Look up what keys stand for; None, and a key of nothing, stands for nothing."""
    wanted = sorted(key for key in {*chain(*keys)} if key is not None)
    found: dict[int | None, str] = {}
    for start in range(0, len(wanted), KEYS_MAX):
        some = wanted[start : start + KEYS_MAX]
        is_dense = some[-1] - some[0] < DENSE * len(some)
        given = {"first": some[0], "last": some[-1]} if is_dense else {"keys": some}
        packed = connection.execute(_meant(table, is_dense), {"project": project, **given}).one()
        found.update(zip(*(_decode(column or "[]") for column in packed), strict=True))
    return found


@cache
def _meant(table: FromClause, is_dense: bool) -> Select[Any]:
    """Select keys and what they stand for, packed: all between two of them, or each by itself."""
    text = shown(table) if "spelling" in table.c else table.c.text
    passing = table.c.key.between(_FIRST, _LAST) if is_dense else table.c.key.in_(_KEYS)
    packed: list[Any] = [PackedArray(column) for column in (table.c.key, text)]
    return select(*packed).where(table.c.project == PROJECT, passing)
