"""Scores as columns: the short way from the table to a file.

The database packs a part of the rows, each column as one JSON array, and hands over a single row of such texts. A
driver that steps from row to row and cell by cell holds the interpreter's lock for most of the time that it takes; this
way it waits without the lock, so that several threads read at once, and the texts are read by one fast decoder.

Of 25 columns most scores have a third. What nobody had in the part before is not packed, only asked whether it is
there; where it is, the part is read once more, with all columns. Times that are that of recording count as absent.

Traces, spans, names, authors, environments, evaluators and configs are read by their keys, and what the keys stand for
is looked up once a batch: they repeat, or stand close together. They stay keys (`Coded`), as far as the writer that
takes the batch can do with them. So do the columns that are a few words each, all of which are one number.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache, reduce
from itertools import chain
from typing import Any

import msgspec
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    FromClause,
    Integer,
    Select,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    select,
)

from scorehouse.domain.frozen import Frozen
from scorehouse.domain.targets import TargetKind
from scorehouse.engines.sql import tables
from scorehouse.engines.sql.codes import KINDS, ORIGINS, STATUSES, TARGETS
from scorehouse.engines.sql.comparisons import PROJECT
from scorehouse.engines.sql.filters import condition_of
from scorehouse.engines.sql.functions import ODD, READ_PACKED, AnyPresent, PackableDouble, PackedArray
from scorehouse.engines.sql.plans import SCORES
from scorehouse.engines.sql.score_rows import shown
from scorehouse.storage.columns import SCORE_COLUMNS, BatchQuery, Coded, ScoreBatch, batch_of
from scorehouse.storage.queries import EVERYTHING, Filter
from scorehouse.storage.readings import SEPARATOR

BATCH_CHARACTERS_MAX = 8_000_000
"""Characters in one batch, roughly; where scores are large, a batch has fewer of them."""

PART_ROWS_MIN, PART_ROWS_MAX = 25, 2500
"""Rows that are packed at a time, between two looks at how much there is; few as long as nobody knows how large."""

STATEMENTS_MAX = 256
"""Statements that are remembered, for a filter and some columns each: making one costs more than a small batch."""

KEYS_MAX = 10_000
"""Keys in one look-up: databases bound the parameters of a statement."""

DENSE = 2
"""Where keys have no more than so many places each, all that lie between them are read: a walk instead of look-ups."""

TRACE, SPAN, *GROUPS = (TARGETS.number[kind] for kind in TargetKind)

FACTOR = 32
"""What a number is multiplied with to put one of these beside it: more than any code of `codes`, and six of them make
less than 2 ** 31."""

_SCORE = tables.score
_AFTER: BindParameter[int] = bindparam("after")
_UNTIL: BindParameter[int] = bindparam("until")
_ROWS: BindParameter[int] = bindparam("rows")
_FIRST: BindParameter[int] = bindparam("first")
_LAST: BindParameter[int] = bindparam("last")
_KEYS: BindParameter[Sequence[int]] = bindparam("keys", expanding=True)

_DOUBLES = ("number", "cost_usd")
"""Columns that SQLite writes with fewer digits than some of them have (`functions.PackableDouble`)."""


def _beside(number: ColumnElement[Any], code: ColumnElement[Any]) -> ColumnElement[Any]:
    """Put a code beside a number; `divmod` with FACTOR takes them apart again."""
    return number * literal_column(str(FACTOR)) + code


def _truth(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.coalesce(cast(column, Integer) + literal_column("1"), literal_column("0"))


_TRUTHS = {1: False, 2: True}

_FACTS: Mapping[str, tuple[ColumnElement[Any], Mapping[int, Any]]] = {
    "target_kind": (_SCORE.c.target_kind, TARGETS.word),
    "kind": (_SCORE.c.kind, KINDS.word),
    "status": (_SCORE.c.status, STATUSES.word),
    "origin": (_SCORE.c.origin, ORIGINS.word),
    "boolean": (_truth(_SCORE.c.boolean), _TRUTHS),
    "passed": (_truth(_SCORE.c.passed), _TRUTHS),
}
"""Columns of few words: a code from 0 to FACTOR - 1, and what it stands for, None where nothing is said here."""

_OWN = ("id", "labels", "text", "json", "reason", "source_run", "comment", "metadata", "queue", "residue")
_REFERRING = ("name", "author", "environment", "evaluator", "config")

_COLUMNS: Mapping[str, ColumnElement[Any]] = {
    "key": _SCORE.c.key,
    "facts": reduce(_beside, (cast(code, Integer) for code, _ in _FACTS.values())),
    "target": _beside(_SCORE.c.target, _SCORE.c.target_kind),
    "trace": case((_SCORE.c.target_kind == SPAN, _SCORE.c.trace)),
    **{name: _SCORE.c[name] for name in (*_REFERRING, *_OWN) if name in _SCORE.c},
    "id": shown(_SCORE),
    **{name: PackableDouble(_SCORE.c[name]) for name in _DOUBLES},
    "created_at": _SCORE.c.created_at,
    **{name: func.nullif(_SCORE.c[name], _SCORE.c.created_at) for name in ("timestamp", "updated_at")},
    "sole": case((_SCORE.c.slot.is_not(None), 1)),
}
"""What is read of a score, by name: `facts` are the codes of _FACTS beside each other, `target` is the key of the
target with its kind beside it; `timestamp` and `updated_at` are absent where they are `created_at`."""

COLUMN_NAMES = tuple(_COLUMNS)

_decode = msgspec.json.Decoder(list[Any]).decode

Packed = dict[str, list[Any]]
"""Columns of scores, by names of COLUMN_NAMES; all of the same length."""


class Likeness(Frozen, frozen=True):
    """What the part before was like: which columns it had, and how many of such rows a part may have."""

    names: tuple[str, ...] = COLUMN_NAMES
    rows: int = PART_ROWS_MAX


def read_batch(connection: Connection, query: BatchQuery) -> ScoreBatch:
    """Answer a BatchQuery.

    Raises:
        Invalid: it filters by a field that scores do not have.
    """
    found: Packed = {name: [] for name in COLUMN_NAMES}
    keys, characters, after = found["key"], 0, query.after
    is_range = query.filter == EVERYTHING and query.until - after <= query.limit
    like = query.expected or Likeness(rows=PART_ROWS_MIN)
    while len(keys) < query.limit and characters < BATCH_CHARACTERS_MAX and after < query.until:
        rows = min(like.rows, query.limit - len(keys))
        until = min(query.until, after + rows) if is_range else query.until
        given = {"project": query.project, "after": after, "until": until}
        statement = _packing_range(like.names) if is_range else _packing(query.filter, like.names)
        *texts, has_more = connection.execute(statement, given if is_range else given | {"rows": rows}).one()
        if has_more:
            like = Likeness(rows=like.rows)
            continue
        part = unpacked(connection, query.project, dict(zip(like.names, texts, strict=True)))
        read = len(part["key"])
        nothing = [None] * read
        for name, column in found.items():
            column.extend(part.get(name, nothing))
        # A range is read to its end; of all behind a place so many rows are, unless there are no more.
        after = until if is_range or read < rows else keys[-1]
        if read:
            characters += sum(map(len, filter(None, texts)))
            fitting = (BATCH_CHARACTERS_MAX - characters) * len(keys) // characters
            names = tuple(name for name, column in part.items() if column != nothing)
            like = Likeness(names, max(1, min(4 * rows, PART_ROWS_MAX, fitting)))
    return ScoreBatch(_shown(connection, query.project, found), None if after >= query.until else after, like)


def last_place(connection: Connection, project: int) -> int:
    """Return the key of the score recorded last, 0 if there is none."""
    newest = select(_SCORE.c.key).where(_SCORE.c.project == project).order_by(_SCORE.c.key.desc()).limit(1)
    return connection.scalar(newest) or 0


@lru_cache(STATEMENTS_MAX)
def _packing(filter: Filter, names: tuple[str, ...]) -> Select[Any]:
    """Select one row: these columns of the rows that pass, each packed, and 1 if a row has any of the others."""
    rows = (
        select(*(_COLUMNS[name].label(name) for name in names), _others(names).label("more"))
        .where(_SCORE.c.project == PROJECT, _SCORE.c.key > _AFTER, _SCORE.c.key <= _UNTIL)
        .where(condition_of(filter, SCORES.fields))
        .order_by(_SCORE.c.key)
        .limit(_ROWS)
        .subquery()
    )
    packed: list[Any] = [PackedArray(rows.c[name]) for name in names]
    return select(*packed, func.max(rows.c.more))


@lru_cache(STATEMENTS_MAX)
def _packing_range(names: tuple[str, ...]) -> Select[Any]:
    """Select the same of all rows between two places: without a limit, the database packs where it reads.

    Not for filters, which could make it look for the rows in another order than that of their places.
    """
    packed: list[Any] = [PackedArray(_COLUMNS[name]) for name in names]
    placed = (_SCORE.c.project == PROJECT, _SCORE.c.key > _AFTER, _SCORE.c.key <= _UNTIL)
    return select(*packed, func.max(_others(names))).where(*placed)


def _others(names: tuple[str, ...]) -> ColumnElement[Any]:
    """Return 1 of a row that has a column beside these, 0 of any other."""
    return cast(AnyPresent(*(_present(name) for name in COLUMN_NAMES if name not in names)), Integer)


def _present(name: str) -> ColumnElement[Any]:
    """Return what is there where a column is; of doubles themselves, because to make them packable takes longer."""
    return _SCORE.c[name] if name in _DOUBLES else _COLUMNS[name]


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
            part[name] = READ_PACKED[connection.dialect.name](part[name])
    return part


def _doubles(connection: Connection, project: int, name: str, keys: Iterable[int]) -> Mapping[int, float | None]:
    """Read a column of doubles as they are, by the key of their score."""
    wanted = select(_SCORE.c.key, _SCORE.c[name]).where(_SCORE.c.project == project, _SCORE.c.key.in_(keys))
    return {row[0]: row[1] for row in connection.execute(wanted)}


def _shown(connection: Connection, project: int, found: Packed) -> Sequence[Sequence[Any]]:
    """Turn what was read into SCORE_COLUMNS."""
    if not found["key"]:
        return batch_of((), len(SCORE_COLUMNS))
    targets = {code: divmod(code, FACTOR) for code in set(found["target"])}
    traces, spans, groups = (
        [key for key, kind in targets.values() if kind in kinds] for kinds in ((TRACE,), (SPAN,), GROUPS)
    )
    words = (found["name"], found["author"], found["environment"])
    terms = _texts(connection, project, tables.term, *words, groups)
    trace_ids = _texts(connection, project, tables.trace, traces, found["trace"])
    span_ids = _texts(connection, project, tables.span, spans)
    ids = {TRACE: trace_ids, SPAN: span_ids, **dict.fromkeys(GROUPS, terms)}
    shown: dict[str, Sequence[Any]] = {
        **found,
        **_said(found["facts"]),
        "target": Coded(found["target"], {code: ids[kind].get(key) for code, (key, kind) in targets.items()}),
        "trace": Coded(found["trace"], trace_ids),
        **{name: Coded(found[name], terms) for name in ("name", "author", "environment")},
        **{
            name: Coded(found[name], _texts(connection, project, table, found[name]))
            for name, table in (("evaluator", tables.evaluator), ("config", tables.config))
        },
        **{name: _filled(found[name], found["created_at"]) for name in ("timestamp", "updated_at")},
        "labels": [None if text is None else text[1:-1].split(SEPARATOR) for text in found["labels"]],
        "run": found["source_run"],
        "sole": Coded(found["sole"], {1: True}),
    }
    return [shown[column.name] for column in SCORE_COLUMNS]


def _said(facts: Sequence[int]) -> Mapping[str, Sequence[Any]]:
    """Take the columns of _FACTS apart; most of them say the same throughout."""
    said: dict[str, dict[int, Any]] = {name: {} for name in _FACTS}
    for fact in set(facts):
        rest = fact
        for name, (_, words) in reversed(tuple(_FACTS.items())):
            rest, code = divmod(rest, FACTOR)
            said[name][fact] = words.get(code)
    return {
        name: [*words.values()][:1] * len(facts) if len({*words.values()}) == 1 else Coded(facts, words)
        for name, words in said.items()
    }


def _filled(column: Sequence[Any], other: Sequence[Any]) -> Sequence[Any]:
    """Say what another column says wherever this one says nothing."""
    if column.count(None) == len(column):
        return other
    return [there if here is None else here for here, there in zip(column, other, strict=True)]


def _texts(connection: Connection, project: int, table: FromClause, *keys: Iterable[int | None]) -> dict[int, str]:
    """Look up what keys stand for; None, and a key of nothing, stands for nothing."""
    wanted = sorted(key for key in {*chain(*keys)} if key is not None)
    found: dict[int, str] = {}
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
