"""Statements, written once in SQLAlchemy Core and compiled once a dialect of SQL.

The writer runs a handful of statements millions of times; executing them through SQLAlchemy would cost more
than the database does. `Prepared` keeps the text and the order of parameters and leaves the rest to the driver.
"""

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import Dialect as SqlDialect
from sqlalchemy import Table
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.visitors import iterate

Parameters = Mapping[str, Any]
Row = tuple[Any, ...]


class Prepared:
    """One statement in one dialect of SQL.

    Attributes:
        text: SQL with positional markers.
        names: of its parameters, in the order of the markers.
        arrange: mapping of parameters → tuple in that order.
        tables: every table that it reads or writes.
    """

    __slots__ = ("arrange", "names", "tables", "text")

    def __init__(self, statement: ClauseElement, dialect: SqlDialect) -> None:
        compiled = statement.compile(dialect=dialect)
        if not isinstance(compiled, SQLCompiler):
            raise TypeError(f"{statement} is not a statement with parameters")
        self.text = str(compiled)
        self.names: Sequence[str] = tuple(compiled.positiontup or ())
        self.arrange = _arranger(
            self.names, {name: value for name, value in compiled.params.items() if value is not None}
        )
        self.tables = frozenset(part for part in iterate(statement) if isinstance(part, Table))


def _arranger(names: Sequence[str], constants: Parameters) -> Callable[[Parameters], tuple[Any, ...]]:
    """Return what arranges parameters; `constants` are the values written in the statement itself."""
    if not names:
        return lambda _: ()
    if constants:
        return lambda parameters: tuple(constants[n] if n in constants else parameters[n] for n in names)
    if len(names) == 1:
        only = names[0]
        return lambda parameters: (parameters[only],)
    return itemgetter(*names)
