"""Move in: scores that were recorded elsewhere, kept as they were, and held against what then stands here.

Taking in is idempotent: a score that is here already is changed to what is offered, and one that is so already is left
alone. What it is about is mentioned into being. After every part the scores are read back, so that the totals of both
sides are those of what was offered and of what the store shows.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from math import fsum
from typing import Any

from scorehouse.domain.changes import Actor
from scorehouse.domain.identity import canonical
from scorehouse.domain.refusals import Conflict, NotFound, Refusal
from scorehouse.domain.registry import Config
from scorehouse.domain.scores import Draft, Patch, Score, ScoreFacts
from scorehouse.services.forget import forget_score
from scorehouse.services.house import House
from scorehouse.services.record import record_scores
from scorehouse.services.registry import put_config
from scorehouse.storage.queries import Compare, Operator, Order, ScoreField, ScoreQuery, Window
from scorehouse.storage.verbs import Judging, Recording

PART_OFFERS_MAX = 1000
"""Offers taken in at a time: what one verb records."""

AS_THEY_WERE = Judging(binding=False)
"""A score from elsewhere is kept as it was measured, also where an evaluator of here would not allow its value now."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A score from elsewhere.

    Attributes:
        row: as it came, for the list of what was refused.
        draft: what it says; it has an id. None where it cannot be read, or is gone.
        gone: id of a score that was deleted there, and goes here.
        refusal: why it cannot be read.
    """

    row: Any
    draft: Draft | None = None
    gone: str | None = None
    refusal: Refusal | None = None

    @property
    def id(self) -> str | None:
        """The id of the score, canonical; None where it has none that can be read."""
        id = self.gone if self.draft is None else self.draft.id
        return None if id is None else canonical(id)


@dataclass(frozen=True, slots=True)
class Total:
    """How many scores, and the sum of their numbers, rounded once a part whatever their order."""

    count: int = 0
    sum: float = 0.0

    def plus(self, numbers: Sequence[float | None]) -> "Total":
        """Add some scores."""
        return Total(self.count + len(numbers), self.sum + fsum(number for number in numbers if number is not None))


@dataclass(frozen=True, slots=True)
class Refused:
    """An offer that is not here, and why."""

    row: Any
    refusal: Refusal


@dataclass(slots=True)
class Reconciliation:
    """Both sides of what was taken in so far, by name of the score.

    Attributes:
        offered: what came, refused offers that could be read among it.
        stored: what the store shows of it.
        refused: how many offers were refused.
        gone: how many scores went, because they are gone there.
        rows: how many offers there were altogether.
    """

    offered: dict[str, Total] = field(default_factory=dict)
    stored: dict[str, Total] = field(default_factory=dict)
    refused: int = 0
    gone: int = 0
    rows: int = 0

    @property
    def differs(self) -> bool:
        """Tell whether anything is not here as it was there."""
        return self.refused > 0 or self.offered != self.stored


async def take_in(
    house: House, project: int, actor: Actor, offers: Sequence[Offer], sides: Reconciliation
) -> tuple[Refused, ...]:
    """Take in a part of what is offered, add it to both sides, and return what was refused.

    Of several offers of one score in a part the last one counts.

    Raises:
        Unavailable: the store is full or closing; what is not here yet can be offered again.
    """
    lasting = tuple({offer.id or index: offer for index, offer in enumerate(offers)}.values())
    drafts = [offer for offer in lasting if offer.draft is not None]
    facts = [offer.draft for offer in drafts if offer.draft is not None]
    recordings = [_recording(house, draft) for draft in facts]
    answers = await record_scores(house, project, actor, recordings) if recordings else ()
    refused = [Refused(offer.row, offer.refusal) for offer in lasting if offer.refusal is not None]
    for offer, draft, answer in zip(drafts, facts, answers, strict=True):
        refusal = answer if isinstance(answer, Refusal) else _contradiction(draft, answer.score)
        refused += [] if refusal is None else [Refused(offer.row, refusal)]
    for offer in lasting:
        if offer.gone is not None:
            sides.gone += await _forget(house, project, actor, offer.gone)
    _add(sides.offered, facts)
    _add(sides.stored, await _standing(house, project, facts))
    sides.refused += len(refused)
    sides.rows += len(offers)
    return tuple(refused)


async def take_in_configs(house: House, project: int, actor: Actor, configs: Sequence[Config]) -> None:
    """Make the configs that are missing; one that is here stays as it is, for scores of here hold to it."""
    for config in configs:
        with suppress(Conflict):
            await put_config(house, project, actor, config, create=True)


def _recording(house: House, draft: Draft) -> Recording:
    change = Patch(
        name=draft.name,
        value=draft.value,
        outcome=draft.outcome,
        source=draft.source,
        comment=draft.comment,
        metadata=draft.metadata,
        environment=draft.environment,
        config=draft.config,
        queue=draft.queue,
        passed=draft.passed,
        cost_usd=draft.cost_usd,
        residue=draft.residue,
    )
    return Recording(draft=draft, id=house.mint(), if_exists=change, must_exist=False, judging=AS_THEY_WERE)


def _contradiction(draft: Draft, score: Score) -> Conflict | None:
    """Tell what a change could not bring about: a score keeps its target and the time of its measurement."""
    same_target = (draft.target.kind, canonical(draft.target.id)) == (score.target.kind, canonical(score.target.id))
    if same_target and draft.timestamp in {None, score.timestamp}:
        return None
    return Conflict("This score stands here, about another target or of another time.", "score", score.id)


async def _forget(house: House, project: int, actor: Actor, id: str) -> bool:
    try:
        await forget_score(house, project, actor, id)
    except NotFound:
        return False
    return True


async def _standing(house: House, project: int, drafts: Sequence[Draft]) -> Sequence[ScoreFacts]:
    """Read back what was offered."""
    if not drafts:
        return ()
    ids = tuple(draft.id for draft in drafts if draft.id is not None)
    wanted = Compare(ScoreField.ID, Operator.ONE_OF, ids)
    page = await house.store.scores(ScoreQuery(project, wanted, Order(ScoreField.CREATED_AT), Window(len(ids))))
    return page.items


def _add(totals: dict[str, Total], scores: Iterable[ScoreFacts]) -> None:
    numbers: dict[str, list[float | None]] = {}
    for score in scores:
        numbers.setdefault(score.name, []).append(None if score.value is None else score.value.number)
    for name, some in numbers.items():
        totals[name] = totals.get(name, Total()).plus(some)


def differences(sides: Reconciliation) -> Mapping[str, tuple[Total, Total]]:
    """Return, by name, the totals of both sides where they are not the same."""
    names = sorted({*sides.offered, *sides.stored})
    pairs = {name: (sides.offered.get(name, Total()), sides.stored.get(name, Total())) for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
