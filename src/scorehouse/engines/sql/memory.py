"""What the writer remembers between transactions, so that the common write asks the database little.

Everything in it can be asked again, and it is forgotten whenever it might be wrong: after a rollback, and when another
process has written to the same data (on PostgreSQL: to what is remembered of it).
"""

from typing import Generic, TypeVar

from scorehouse.domain.frozen import Frozen
from scorehouse.domain.identity import canonical
from scorehouse.domain.registry import Config, Evaluator
from scorehouse.engines.sql.codes import TermKind

ENTRIES_MAX = 50_000
"""Entries of one kind: some 10 MB of the largest."""

KeyT = TypeVar("KeyT")
ValueT = TypeVar("ValueT")


class Remembered(dict[KeyT, ValueT], Generic[KeyT, ValueT]):
    """A dictionary that starts again when it is full."""

    def remember(self, key: KeyT, value: ValueT) -> ValueT:
        """Keep a value and return it."""
        if len(self) >= ENTRIES_MAX:
            self.clear()
        self[key] = value
        return value


class TraceRow(Frozen, frozen=True):
    """What a score needs of its trace: surrogate key, whether anybody sent it, and its id as shown."""

    key: int
    known: bool
    shown: str


class SpanRow(Frozen, frozen=True):
    """What a score needs of a span: surrogate keys, ids as shown, whether anybody sent it, and its trace's id."""

    key: int
    shown: str
    trace: int
    known: bool
    trace_id: str
    trace_shown: str


class Judge(Frozen, frozen=True):
    """A registered evaluator and its surrogate key."""

    key: int
    evaluator: Evaluator


class Rule(Frozen, frozen=True):
    """A config and its surrogate key."""

    key: int
    config: Config


class Memory:
    """Everything remembered, by project.

    Attributes:
        terms: (project, kind, text) → key.
        traces: (project, canonical id) → TraceRow.
        spans: (project, canonical id or alias) → the only span that is called so.
        judges, rules: (project, canonical id) → evaluator or config.
        namings: (project, id or key as told) → evaluator; None where there is none of that name.
        last_keys: (table, project) → the greatest key in use.
    """

    def __init__(self) -> None:
        self.terms: Remembered[tuple[int, TermKind, str], int] = Remembered()
        self.traces: Remembered[tuple[int, str], TraceRow] = Remembered()
        self.spans: Remembered[tuple[int, str], SpanRow] = Remembered()
        self.judges: Remembered[tuple[int, str], Judge] = Remembered()
        self.namings: Remembered[tuple[int, str], Judge | None] = Remembered()
        self.rules: Remembered[tuple[int, str], Rule] = Remembered()
        self.last_keys: dict[tuple[str, int], int] = {}

    def forget_span(self, project: int, *names: str | None) -> None:
        """Forget what is called by these ids and aliases, which may be another span from now on, or one more."""
        for name in names:
            if name is not None:
                self.spans.pop((project, canonical(name)), None)

    def forget(self) -> None:
        """Start with nothing."""
        for part in (self.terms, self.traces, self.spans, self.judges, self.namings, self.rules, self.last_keys):
            part.clear()

    def forget_others(self) -> None:
        """Forget what another process may have changed: all but terms, which are never changed nor removed."""
        for part in (self.traces, self.spans, self.judges, self.namings, self.rules, self.last_keys):
            part.clear()
