"""Move in: what was recorded elsewhere, kept as it was, and held against what then stands here.

Taking in is idempotent: what is here already is changed to what is offered, and what is so already is left alone, its
place in the feed included. What a score is about is mentioned into being. After every part the store is read, so that
the totals of both sides are those of what was offered and of what the store shows.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from scorehouse.domain.refusals import Fault, Invalid, NotFound
from scorehouse.services.export import What
from scorehouse.services.forget import forget_score, forget_traces
from scorehouse.services.offers import Inlet, Offer, Reconciliation, Refused
from scorehouse.services.take_in_anchors import take_spans, take_traces
from scorehouse.services.take_in_registry import take_configs, take_evaluators
from scorehouse.services.take_in_scores import Known, take_scores

PART_OFFERS_MAX = 1000
"""Offers taken in at a time: what one verb records."""


@dataclass(slots=True)
class Intake:
    """Takes things in, part by part.

    Attributes:
        sides: both sides of what was taken in so far.
    """

    into: Inlet
    sides: Reconciliation = field(default_factory=Reconciliation)
    _known: Known | None = None

    async def take_in(self, offers: Sequence[Offer]) -> tuple[Refused, ...]:
        """Take in a part of what is offered, add it to both sides, and return what was refused.

        Of several offers of one thing in a part the last one counts.

        Raises:
            Unavailable: the store is full or closing; what is not here yet can be offered again.
        """
        lasting = {(offer.what, offer.key or index): offer for index, offer in enumerate(offers)}.values()
        refused: list[Refused] = []
        offered: dict[What, list[Offer]] = {}
        gone: dict[What, list[Offer]] = {}
        for offer in lasting:
            if offer.thing is not None:
                offered.setdefault(offer.what, []).append(offer)
            if offer.refusal is not None:
                refused.append(Refused(offer.row, offer.refusal))
            if offer.gone is not None:
                gone.setdefault(offer.what, []).append(offer)
        for what, take in TAKERS.items():
            if what in offered:
                refused += await take(self, offered[what])
            for offer in gone.get(what, ()):
                refused += await self._forget(offer)
        self.sides.refused += len(refused)
        self.sides.rows += len(offers)
        return tuple(refused)

    async def scores(self, offers: Sequence[Offer]) -> list[Refused]:
        """Take in scores, linked to the evaluators that are known here."""
        if self._known is None and any(offer.thing.source.evaluator for offer in offers if offer.thing):  # type: ignore[union-attr]  # they are scores
            self._known = await Known.of(self.into)
        return await take_scores(self.into, offers, self.sides.scores, self._known)

    async def evaluators(self, offers: Sequence[Offer]) -> list[Refused]:
        """Take in evaluators, which scores that come later may name."""
        self._known = None
        return await take_evaluators(self.into, offers, self.sides.others)

    async def _forget(self, offer: Offer) -> list[Refused]:
        """Delete what is gone there; what is not here is gone already."""
        if offer.gone is None or offer.what not in {What.SCORES, What.TRACES}:
            fault = Fault(("deleted",), "not_allowed", f"{offer.what} are never deleted by themselves")
            return [Refused(offer.row, Invalid(fault))]
        into = self.into
        if offer.what is What.TRACES:
            self.sides.gone += await forget_traces(into.house, into.project, into.actor, (offer.gone,))
            return []
        try:
            await forget_score(into.house, into.project, into.actor, offer.gone)
        except NotFound:
            return []
        self.sides.gone += 1
        return []


Taker = Callable[[Intake, Sequence[Offer]], Awaitable[list[Refused]]]

TAKERS: Mapping[What, Taker] = {
    What.CONFIGS: lambda to, some: take_configs(to.into, some, to.sides.others),
    What.EVALUATORS: Intake.evaluators,
    What.TRACES: lambda to, some: take_traces(to.into, some, to.sides.others),
    What.SPANS: lambda to, some: take_spans(to.into, some, to.sides.others),
    What.SCORES: Intake.scores,
}
"""How each kind of thing is taken in, in this order: scores name all the others."""
