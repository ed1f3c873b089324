"""Move scores out in a vendor's shape, and keep count of what that vendor has no words for.

It is slower than the core's columns: every score is made whole, and what stands around it is read.
"""

from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from typing import Any

from scorehouse.domain.access import Project
from scorehouse.domain.changes import Mark
from scorehouse.domain.identity import canonical
from scorehouse.domain.registry import Evaluator
from scorehouse.domain.scores import Score
from scorehouse.domain.targets import SpanTarget, TraceTarget
from scorehouse.domain.traces import Trace
from scorehouse.services.export import Asked, told_scores
from scorehouse.services.shapes import Around, Shape
from scorehouse.storage.evaluation import holds
from scorehouse.storage.queries import (
    PAGE_ROWS_MAX,
    Compare,
    EvaluatorQuery,
    Operator,
    Order,
    RegistryField,
    ScoreField,
    ScoreQuery,
    TraceField,
    TraceQuery,
    Window,
    all_of,
)
from scorehouse.storage.score_values import value_of

OLDEST_FIRST = Order(ScoreField.CREATED_AT, descending=False)


@dataclass(slots=True)
class Tally:
    """What an export in a vendor's shape did not say.

    Attributes:
        left_out: scores that the vendor has no row for; `because` counts the facts that keep them out, of which one
            score may have several, or none that has a name.
        gone: scores deleted since the mark, or changed so that they do not pass the filter any more; no vendor's row
            says so.
        unsaid: of the scores that are there, how many have facts that are not in their rows.
    """

    left_out: int = 0
    because: Counter[str] = field(default_factory=Counter)
    gone: int = 0
    unsaid: Counter[str] = field(default_factory=Counter)

    def speaks(self, shape: Shape, score: Score) -> bool:
        """Tell whether there is a row for a score, and count what is not said of it."""
        is_spoken = holds(shape.speakable, value_of(score))
        decisive = [fact for fact, has in shape.decisive.items() if has(score)]
        if is_spoken:
            self.unsaid.update(decisive)
            self.unsaid.update(fact for fact, has in shape.unsaid.items() if has(score))
        else:
            self.left_out += 1
            self.because.update(decisive)
        return is_spoken


@dataclass(frozen=True, slots=True)
class Shaped:
    """Some scores in a vendor's shape, and how many were looked at for them."""

    rows: Sequence[Any]
    seen: int


async def shaped_scores(
    asked: Asked, end: Mark, project: Project, shape: Shape, tally: Tally
) -> AsyncGenerator[Shaped, None]:
    """Yield all scores that pass, or what changed of them after a mark up to another one, in a vendor's shape."""
    pages = _pages(asked) if asked.after is None else _changed(asked, end, tally)
    async for scores in pages:
        spoken = [score for score in scores if tally.speaks(shape, score)]
        around = await _around(asked, project, shape, spoken)
        yield Shaped([shape.write(score, around) for score in spoken], len(scores))


async def unspoken(asked: Asked, shape: Shape) -> int | None:
    """Count the scores that a shape leaves out; None where that is not known before they have been read."""
    if asked.after is not None:
        return None
    totals = [
        (
            await asked.house.store.scores(
                ScoreQuery(asked.project, filter, OLDEST_FIRST, Window(0, total=True), patient=True)
            )
        ).total
        for filter in (asked.filter, all_of(asked.filter, shape.speakable))
    ]
    return (totals[0] or 0) - (totals[1] or 0)


async def _pages(asked: Asked) -> AsyncGenerator[Sequence[Score], None]:
    after = None
    while True:
        query = ScoreQuery(asked.project, asked.filter, OLDEST_FIRST, Window(PAGE_ROWS_MAX, after=after), patient=True)
        page = await asked.house.store.scores(query)
        if page.items:
            yield page.items
        after = page.next
        if after is None:
            return


async def _changed(asked: Asked, end: Mark, tally: Tally) -> AsyncGenerator[Sequence[Score], None]:
    async for told in told_scores(asked, end):
        standing = [item.score for item in told if item.score is not None]
        tally.gone += len(told) - len(standing)
        yield standing


async def _around(asked: Asked, project: Project, shape: Shape, scores: Sequence[Score]) -> Around:
    traces = await _traces(asked, scores) if shape.with_traces else []
    evaluators = await _evaluators(asked, scores) if shape.with_evaluators else []
    return Around(
        project,
        {canonical(trace.id): trace for trace in traces},
        {canonical(evaluator.id): evaluator for evaluator in evaluators},
    )


async def _traces(asked: Asked, scores: Sequence[Score]) -> Sequence[Trace]:
    targets = [score.target for score in scores]
    ids = {target.trace for target in targets if isinstance(target, TraceTarget | SpanTarget)} - {None}
    if not ids:
        return ()
    wanted = all_of(
        Compare(TraceField.ID, Operator.ONE_OF, tuple(map(str, ids))),
        Compare(TraceField.KNOWN, Operator.EQUALS, True),
    )
    query = TraceQuery(asked.project, wanted, Order(TraceField.CREATED_AT), Window(len(ids)), patient=True)
    return (await asked.house.store.traces(query)).items


async def _evaluators(asked: Asked, scores: Sequence[Score]) -> Sequence[Evaluator]:
    ids = {score.source.evaluator for score in scores} - {None}
    if not ids:
        return ()
    wanted = Compare(RegistryField.ID, Operator.ONE_OF, tuple(map(str, ids)))
    query = EvaluatorQuery(asked.project, wanted, Order(RegistryField.CREATED_AT), Window(len(ids)), patient=True)
    return (await asked.house.store.evaluators(query)).items
