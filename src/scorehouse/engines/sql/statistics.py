"""What SQLite's planner is told of the data: always the same, and never measured.

Without statistics the planner takes every index for equally good and may walk a whole project to list one trace.
Measuring them (ANALYZE) would take seconds on a large store, would be wrong as soon as an empty store fills up, and
would let the same question be answered by another plan tomorrow. So each index is described once, when the schema is
changes, by how many rows share a value in a large store; the description is good for small ones, where every plan is.
"""

from collections.abc import Iterable, Iterator, Mapping

from sqlalchemy import Connection

ROWS = 10_000_000
"""In the imagined store, in one project."""

ROWS_PER_VALUE: Mapping[str, int] = {
    "project": ROWS,
    "target_kind": ROWS // 4,
    "name": ROWS // 20,
    "subject": ROWS // 4,
    "kind": ROWS // 6,
    # Nearly all there is may say the same: a list is not to be gathered by environment and then put in order.
    "environment": ROWS,
    "status": ROWS,
    "session": 1000,
    "user": 1000,
    "trace": 20,
    "target": 10,
    "subject_id": 3,
    "number": 2,
}
"""Rows that share a value of a column; of the columns not named here, one."""


def describe_indexes(connection: Connection, tables: Iterable[str]) -> None:
    """Tell the planner about every index of these tables, in the transaction that made or changed them."""
    connection.exec_driver_sql("ANALYZE head")  # Makes the planner's table, reading next to nothing.
    connection.exec_driver_sql("DELETE FROM sqlite_stat1")
    for table in tables:
        for index, figures in _figures(connection, table):
            row = (table, index, figures)
            connection.exec_driver_sql("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?, ?, ?)", row)


def _figures(connection: Connection, table: str) -> Iterator[tuple[str, str]]:
    """Yield each index of a table with its line: rows in all, then rows that agree in one, two, … columns."""
    for _, name, unique, origin, _ in connection.exec_driver_sql(f"PRAGMA index_list({table})").fetchall():
        columns = [row[2] for row in connection.exec_driver_sql(f"PRAGMA index_info({name})")]
        shared = ROWS
        counts = []
        for column in columns:
            shared = min(shared, ROWS_PER_VALUE.get(column, 1))
            counts.append(shared)
        if unique:
            counts[-1] = 1
        # The primary key of a clustered table is the table itself.
        yield table if origin == "pk" else name, " ".join(map(str, (ROWS, *counts)))
