"""Rows on their way to PostgreSQL: however many, they are one parameter of one statement.

A statement with a marker for every value is another text for every number of rows, which the server reads and plans
anew, and the driver writes value by value. Rows as one JSON document are one text a table, planned once: that saves
more than half of what a small group costs the server. Doubles, integers of 64 bits and texts come through unchanged,
because JSON is read by the same functions as a literal.
"""

from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from sqlalchemy import Dialect, LargeBinary, Table

_encode = msgspec.json.Encoder().encode


class TableRows:
    """How rows of one table are written; a row's values stand in the order of the columns.

    Attributes:
        row: values → one row.
        insert: statement that inserts the rows of its only parameter.
    """

    def __init__(self, table: Table, dialect: Dialect) -> None:
        quote = dialect.identifier_preparer.quote
        name, columns = quote(table.name), [quote(column.name) for column in table.columns]
        self.insert = (
            f"INSERT INTO {name} ({', '.join(columns)}) "  # noqa: S608 - names of our own tables
            f"SELECT {', '.join(columns)} FROM json_populate_recordset(NULL::{name}, $1)"
        )
        fields = [(str(column.name), Any, None) for column in table.columns]
        # Without the columns that are NULL: most are.
        self.row: Callable[..., Any] = msgspec.defstruct(table.name, fields, omit_defaults=True, gc=False)
        self._binary = [place for place, each in enumerate(table.columns) if isinstance(each.type, LargeBinary)]

    def written(self, rows: Iterable[tuple[Any, ...]]) -> str:
        """Write rows as the parameter."""
        return _encode([self.row(*(self._in_hex(row) if self._binary else row)) for row in rows]).decode()

    def _in_hex(self, row: tuple[Any, ...]) -> list[Any]:
        values = list(row)
        for place in self._binary:
            values[place] = "\\x" + values[place].hex()
        return values
