"""The scores of logs, as logs show them and as summaries sum them up."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from scorehouse.dialects.respan.log_writes import score_type, write_embedded
from scorehouse.dialects.respan.scores import SPEAKABLE, evaluator_in, evaluators_of
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

AVERAGED = frozenset({"numerical", "percentage"})
COUNTED = frozenset({"boolean"})
"""Types of value that a summary averages or counts; the others it leaves out (contract respan §10.5)."""


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
        evaluators = await evaluators_of(call, page.items)
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


class Tally:
    """The scores of many logs, summed up by evaluator."""

    def __init__(self) -> None:
        self._numbers: dict[str, list[float]] = defaultdict(list)
        self._truths: dict[str, list[bool]] = defaultdict(list)
        self._names: dict[str, Json] = {}

    def add(self, score: Score, evaluator: Evaluator | None) -> None:
        """Count one score; those that measure nothing that can be summed up are left out."""
        kind = score_type(score, evaluator)
        if score.value is None or kind not in AVERAGED | COUNTED:
            return
        key = score.source.evaluator or score.name
        if kind in COUNTED and score.value.boolean is not None:
            self._truths[key].append(score.value.boolean)
        elif kind in AVERAGED and score.value.number is not None:
            self._numbers[key].append(score.value.number)
        else:
            return
        self._names[key] = {
            "evaluator_id": score.source.evaluator,
            "evaluator_slug": score.name,
            "evaluator_name": evaluator.name if evaluator else None,
            "score_value_type": kind,
        }

    def written(self) -> Json:
        """Write the sums, by evaluator id, else by slug."""
        return {key: names | self._sums(key) for key, names in self._names.items()}

    def _sums(self, key: str) -> Json:
        numbers, truths = self._numbers.get(key), self._truths.get(key)
        return {
            "avg_score": sum(numbers) / len(numbers) if numbers else None,
            "true_count": truths.count(True) if truths else None,
            "false_count": truths.count(False) if truths else None,
        }


def _place(trace: str, span: str) -> Place:
    return canonical(trace), canonical(span)
