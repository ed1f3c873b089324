"""Transaction: the one thing that verbs write through.

A verb is a plain function of a Transaction; it runs between the writer's BEGIN and COMMIT and knows
nothing of the connection, the driver or its neighbours in the same commit.

Inserts wait and go out together, rows of one table in one statement: in front of the next question that could see them,
or with COMMIT. A question that looks for one thing (an id) names it as its *claim*; rows that do not hold that claim
cannot be its answer, and go on waiting.
"""

from collections.abc import Iterable
from typing import Protocol

from sqlalchemy.sql import ClauseElement

from scorehouse.engines.sql.memory import Memory
from scorehouse.engines.sql.statements import Parameters, Row


class Transaction(Protocol):
    """Runs statements on the writer's connection. What was written is in every later answer of the same transaction.

    Attributes:
        memory: what the writer remembers between transactions.
        number: orders commits in the feed; 0, because a project's changes are committed one group after another
            in every engine so far.
    """

    memory: Memory
    number: int

    def one(self, statement: ClauseElement, parameters: Parameters, claims: Iterable[str] | None = None) -> Row | None:
        """Return the first row, None if there is none; of what waits, only rows that hold one of `claims` count."""
        ...

    def all(self, statement: ClauseElement, parameters: Parameters, claims: Iterable[str] | None = None) -> list[Row]:
        """Return all rows; `claims` as in `one`."""
        ...

    def run(self, statement: ClauseElement, parameters: Parameters) -> None:
        """Run a statement that answers no rows."""
        ...

    def insert(self, statement: ClauseElement, values: Iterable[object], claims: Iterable[str] = ()) -> None:
        """Insert a row, whose values stand in the order of the table's columns.

        `claims` is what it may be looked for by, where questions about its table name claims at all.
        """
        ...

    def savepoint(self, command: str) -> None:
        """Run SAVEPOINT, ROLLBACK TO or RELEASE for the verb that needs it."""
        ...
