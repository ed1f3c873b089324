"""Rows of the columns that `services.export` writes, as any file holds them, → what is taken in.

A row says nothing of what the store computes by itself (counts, sums); what an export says of that is passed over.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from scorehouse.domain.refusals import Refusal
from scorehouse.services.export import DELETED, What
from scorehouse.services.export_rows import CONFIG_COLUMNS, EVALUATOR_COLUMNS, SPAN_COLUMNS, TRACE_COLUMNS
from scorehouse.services.offers import Offer
from scorehouse.storage.columns import SCORE_COLUMNS, Columns
from scorehouse.wire.registry_rows import ConfigRow, EvaluatorRow, read_config, read_evaluator
from scorehouse.wire.score_rows import ScoreRow, read_score
from scorehouse.wire.trace_rows import SpanRow, TraceRow, read_span, read_trace


@dataclass(frozen=True, slots=True)
class Row:
    """How the rows of one kind of thing are read.

    Attributes:
        columns: what an export writes.
        shape: a row, typed.
        read: a typed row, and the row as it came, → the offer; raises Refusal.
    """

    columns: Columns
    shape: type[Any]
    read: Callable[[Any, Any], Offer]

    def offer(self, given: Any, source: Any) -> Offer:
        """Read a typed row; one that cannot be read is an offer with a refusal."""
        try:
            return self.read(given, source)
        except Refusal as refusal:
            return Offer(source, refusal=refusal)


ROWS: Mapping[What, Row] = {
    What.SCORES: Row((*SCORE_COLUMNS, DELETED), ScoreRow, read_score),
    What.TRACES: Row((*TRACE_COLUMNS, DELETED), TraceRow, read_trace),
    What.SPANS: Row((*SPAN_COLUMNS, DELETED), SpanRow, read_span),
    What.CONFIGS: Row((*CONFIG_COLUMNS, DELETED), ConfigRow, read_config),
    What.EVALUATORS: Row((*EVALUATOR_COLUMNS, DELETED), EvaluatorRow, read_evaluator),
}
"""History is in none of them: see the decision record 0011."""
