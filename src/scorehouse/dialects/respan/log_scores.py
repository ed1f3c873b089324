"""The scores of logs, as logs show them and as summaries sum them up."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from scorehouse.dialects.respan.log_writes import write_embedded
from scorehouse.dialects.respan.scores import SPEAKABLE, evaluator_in, judges_of
from scorehouse.domain.identity import canonical
from scorehouse.domain.registry import Evaluator
from scorehouse.domain.scores import Score
from scorehouse.domain.targets import SpanTarget
from scorehouse.domain.traces import Span
from scorehouse.storage.queries import (
    PAGE_ROWS_MAX,
    Compare,
    Operator,
    Order,
    ScoreField,
    ScoreQuery,
    Window,
    all_of,
)
from scorehouse.wire.call import Call

Json = dict[str, Any]
Place = tuple[str, str]
"""Canonical ids of a trace and of a span in it."""


async def scores_on(call: Call, spans: Sequence[Span]) -> Mapping[Place, list[tuple[Score, Evaluator | None]]]:
    """Return all scores on some logs, by log, the newest first."""
    found: dict[Place, list[tuple[Score, Evaluator | None]]] = defaultdict(list)
    if not spans:
        return found
    ids = tuple({canonical(span.id) for span in spans})
    wanted = all_of(SPEAKABLE, Compare(ScoreField.SPAN, Operator.ONE_OF, ids))
    window: Window | None = Window(PAGE_ROWS_MAX)
    while window is not None:
        query = ScoreQuery(call.project, wanted, Order(ScoreField.CREATED_AT), window)
        page = await call.house.store.scores(query)
        evaluators = await judges_of(call, page.items)
        for score in page.items:
            if isinstance(score.target, SpanTarget):
                found[_place(score.target.trace or "", score.target.span)].append(
                    (score, evaluator_in(evaluators, score))
                )
        window = None if page.next is None else Window(PAGE_ROWS_MAX, after=page.next)
    return found


def embedded_on(found: Mapping[Place, list[tuple[Score, Evaluator | None]]], span: Span) -> Json:
    """Write the scores of one log out of those of many."""
    return write_embedded(found.get(_place(span.trace, span.id), ()))


def _place(trace: str, span: str) -> Place:
    return canonical(trace), canonical(span)
