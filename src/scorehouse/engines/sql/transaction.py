"""Transaction: the one thing that verbs write through.

A verb is a plain function of a Transaction; it runs between the writer's BEGIN and COMMIT and knows
nothing of the connection, the driver or its neighbours in the same commit.
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

    def one(self, statement: ClauseElement, parameters: Parameters) -> Row | None:
        """Return the first row, None if there is none."""
        ...

    def all(self, statement: ClauseElement, parameters: Parameters) -> list[Row]:
        """Return all rows."""
        ...

    def run(self, statement: ClauseElement, parameters: Parameters) -> None:
        """Run a statement that answers no rows."""
        ...

    def insert(self, statement: ClauseElement, values: Iterable[object]) -> None:
        """Run an insert whose values stand in the order of the table's columns."""
        ...

    def savepoint(self, command: str) -> None:
        """Run SAVEPOINT, ROLLBACK TO or RELEASE for the verb that needs it."""
        ...
