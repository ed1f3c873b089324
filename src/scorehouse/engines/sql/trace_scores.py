"""What the scores of a trace come to, by name: their mean number, and their labels.

Counted are completed scores on the trace and on its spans. Both fields are maps, and the first of their keys is the
name of the scores; without a key there are none.
"""

from typing import Any

from sqlalchemy import Double, FromClause, Text, and_, case, cast, func, null, select
from sqlalchemy.sql import ColumnElement

from scorehouse.domain.scores import Status
from scorehouse.domain.values import Kind
from scorehouse.engines.sql import tables
from scorehouse.engines.sql.codes import KINDS, STATUSES, TermKind
from scorehouse.engines.sql.comparisons import NUMBER, PROJECT, Condition, Listed, Scalar, Termed
from scorehouse.storage.queries import Operand, Operator

HEADROOM = 2.0**-20
"""Numbers are summed on this scale, which is exact: sums of the greatest doubles would not fit one, and PostgreSQL
fails where they do not (its avg() even where only their squares do not)."""


class MeanScore:
    """The mean of what a trace's numeric and boolean scores of a name (the key) measured."""

    def __init__(self, trace: FromClause) -> None:
        self._trace = trace

    @property
    def place(self) -> ColumnElement[Any]:
        """Nobody orders by it without a name; the trace's own order."""
        return self._trace.c.key

    def compare(self, operator: Operator, operand: Operand, key: tuple[str, ...]) -> Condition:
        """Compare that mean; absent where the trace has no such score."""
        return Scalar(self.at(key), NUMBER).compare(operator, operand, ())

    def at(self, key: tuple[str, ...]) -> ColumnElement[Any]:
        """Return that mean."""
        score = tables.score
        truth = case((score.c.boolean.is_(True), 1.0), (score.c.boolean.is_(False), 0.0))
        number = case((score.c.kind == KINDS.number[Kind.BOOLEAN], truth), else_=score.c.number)
        mean = func.sum(number * HEADROOM) / cast(func.count(number), Double) / HEADROOM
        measured = select(mean).where(*_of_trace(self._trace, key, Kind.NUMERIC, Kind.BOOLEAN))
        return measured.correlate_except(score).scalar_subquery()


class ScoreLabels:
    """The labels of a trace's categorical scores, of one label or several, of a name (the key): a list."""

    def __init__(self, trace: FromClause) -> None:
        self._trace = trace

    @property
    def place(self) -> ColumnElement[Any]:
        """Lists have no order, and are no numbers."""
        return cast(null(), Text)

    def compare(self, operator: Operator, operand: Operand, key: tuple[str, ...]) -> Condition:
        """Look for labels that compare so, whichever of the scores has them."""
        present = self._any(Operator.IS_NULL, False, key)
        if operator is Operator.IS_NULL:
            return ~present if operand else present
        if operator is Operator.HAS_ALL and isinstance(operand, tuple):
            return and_(present, *(self._any(Operator.EQUALS, item, key) for item in operand))
        return self._any(operator, operand, key)

    def _any(self, operator: Operator, operand: Operand, key: tuple[str, ...]) -> Condition:
        """Tell whether there is a score whose labels compare so."""
        score = tables.score
        labelled = Listed(score.c.labels).compare(operator, operand, ())
        own = _of_trace(self._trace, key, Kind.CATEGORICAL, Kind.MULTI)
        return select(score.c.key).where(*own, labelled).correlate_except(score).exists()


def _of_trace(trace: FromClause, key: tuple[str, ...], *kinds: Kind) -> tuple[Condition, ...]:
    score = tables.score
    return (
        score.c.project == PROJECT,
        score.c.trace == trace.c.key,
        score.c.status == STATUSES.number[Status.COMPLETED],
        score.c.kind.in_([KINDS.number[kind] for kind in kinds]),
        Termed(score.c.name, TermKind.NAME).compare(Operator.EQUALS, key[0] if key else "", ()),
    )
