"""Copy a whole store from one database to another: SQLite to PostgreSQL, or back.

Rows go over in order of their primary keys, a thousand to a transaction, so that what has arrived is always the
beginning of each table and a copy that was interrupted goes on where it was. Afterwards both sides are read once more
and compared, row by row. Nobody may write to either side meanwhile; if somebody did, the comparison says so.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Table, create_engine, func, insert, select, tuple_
from sqlalchemy.pool import NullPool

from scorehouse.engines.sql.connections_postgresql import connector
from scorehouse.engines.sql.connections_sqlite import open_writer
from scorehouse.engines.sql.migrating import migrate
from scorehouse.engines.sql.migrating_postgresql import migrate_database
from scorehouse.engines.sql.statements import Row
from scorehouse.engines.sql.tables import metadata

BATCH_ROWS = 1000

Progress = Callable[[str, str, int, int], None]
"""Told what is done (``copied``, ``compared``), to which table, how many rows, of how many."""


class NotACopy(Exception):
    """The two sides differ: the target holds another store, or somebody has written meanwhile."""


@dataclass(frozen=True, slots=True)
class Copied:
    """What became of one table.

    Attributes:
        table: its name.
        rows: that both sides have.
        moved: of these, those that were copied this time.
    """

    table: str
    rows: int
    moved: int


def copy(source: Path | str, target: Path | str, progress: Progress) -> list[Copied]:
    """Copy a store (a folder, or the URL of a database), going on where an earlier copy ended, and compare it.

    Raises:
        NotACopy: the target holds something else, or differs afterwards.
        SchemaTooNew: one of the sides is of a newer release.
        OSError: one of the sides cannot be opened.
    """
    ours, theirs = _open(source), _open(target)
    try:
        _check_beginning(ours, theirs)
        moved = {table.name: _copy_table(ours, theirs, table, progress) for table in metadata.sorted_tables}
        return [
            Copied(table.name, _compare_table(ours, theirs, table, progress), moved[table.name])
            for table in metadata.sorted_tables
        ]
    finally:
        ours.dispose()
        theirs.dispose()


def _open(place: Path | str) -> Engine:
    if isinstance(place, Path):
        place.mkdir(parents=True, exist_ok=True)
        open_writer(place).close()
        migrate(place)
        return create_engine("sqlite://", creator=lambda: open_writer(place), poolclass=NullPool)
    migrate_database(place, upgrades=True)
    creator = connector(place, prepares=False)
    return create_engine("postgresql+psycopg://", creator=creator, poolclass=NullPool, isolation_level="AUTOCOMMIT")


def _check_beginning(ours: Engine, theirs: Engine) -> None:
    """Refuse a target in which there are projects that the source does not have."""
    project = metadata.tables["project"]
    known = {tuple(row) for row in _rows(ours, project)}
    foreign = [row for row in _rows(theirs, project) if tuple(row) not in known]
    if foreign:
        raise NotACopy(f"The target holds another store: it has a project {foreign[0][1]!r} that the source does not.")


def _copy_table(ours: Engine, theirs: Engine, table: Table, progress: Progress) -> int:
    key = tuple(table.primary_key.columns)
    with theirs.connect() as connection:
        newest = connection.execute(select(*key).order_by(*(column.desc() for column in key)).limit(1)).first()
    total, done, moved = _count(ours, table), _count(theirs, table), 0
    for batch in _batches(ours, table, after=None if newest is None else tuple(newest)):
        values = [dict(zip(table.columns.keys(), row, strict=True)) for row in batch]
        with theirs.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            connection.execute(insert(table), values)
            connection.exec_driver_sql("COMMIT")
        moved += len(batch)
        progress("copied", table.name, done + moved, total)
    return moved


def _compare_table(ours: Engine, theirs: Engine, table: Table, progress: Progress) -> int:
    total, compared = _count(ours, table), 0
    for one, other in zip_longest(_rows(ours, table), _rows(theirs, table)):
        if one != other:
            key = [
                (one or other or ())[table.columns.keys().index(column.name)] for column in table.primary_key.columns
            ]
            raise NotACopy(f"The two sides differ in table {table.name} at {key}: stop all servers, and copy anew.")
        compared += 1
        if compared % BATCH_ROWS == 0 or compared == total:
            progress("compared", table.name, compared, total)
    return compared


def _count(engine: Engine, table: Table) -> int:
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def _rows(engine: Engine, table: Table) -> Iterator[Row]:
    for batch in _batches(engine, table, after=None):
        yield from batch


def _batches(engine: Engine, table: Table, after: tuple[Any, ...] | None) -> Iterator[list[Row]]:
    """Read rows in order of the primary key, each batch with a question of its own: nothing is held open meanwhile."""
    key = tuple(table.primary_key.columns)
    places = [table.columns.keys().index(column.name) for column in key]
    while True:
        statement = select(table).order_by(*key).limit(BATCH_ROWS)
        if after is not None:
            statement = statement.where(tuple_(*key) > tuple_(*after))
        with engine.connect() as connection:
            batch = [tuple(row) for row in connection.execute(statement)]
        if not batch:
            return
        yield batch
        after = tuple(batch[-1][place] for place in places)
