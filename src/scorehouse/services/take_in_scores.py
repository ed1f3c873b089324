"""Take in scores.

Most are new, so they are recorded as new; those whose id is taken are then offered as changes. What the answers say
is not believed: the store is read for what stands.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from scorehouse.domain.frozen import replace
from scorehouse.domain.identity import canonical
from scorehouse.domain.refusals import Conflict, Refusal
from scorehouse.domain.scores import Draft, Patch, Score
from scorehouse.services.offers import Inlet, Offer, Refused, Tally, add
from scorehouse.services.record import record_scores
from scorehouse.storage.queries import (
    EVERYTHING,
    PAGE_ROWS_MAX,
    EvaluatorQuery,
    Order,
    RegistryField,
    Window,
)
from scorehouse.storage.verbs import Judging, Recorded, Recording

AS_THEY_WERE = Judging(binding=False, retired=True)
"""A score from elsewhere is kept as it was measured, also where its evaluator or config would not allow it now."""


@dataclass(frozen=True, slots=True)
class Known:
    """The evaluators of here: their canonical ids, and by key their ids as shown."""

    ids: frozenset[str]
    keys: dict[str, str]

    @classmethod
    async def of(cls, into: Inlet) -> "Known":
        """Ask the store."""
        found: dict[str, str] = {}
        window = Window(PAGE_ROWS_MAX)
        while True:
            order = Order(RegistryField.CREATED_AT, descending=False)
            page = await into.house.store.evaluators(EvaluatorQuery(into.project, EVERYTHING, order, window))
            found |= {evaluator.key: evaluator.id for evaluator in page.items}
            if page.next is None:
                return cls(frozenset(map(canonical, found.values())), found)
            window = Window(PAGE_ROWS_MAX, after=page.next)

    def linked(self, draft: Draft, required: bool) -> Draft:
        """Link a score to the evaluator of here: of the id it names, else of the key it is called by, else to none.

        An evaluator is its key (decision record 0007), so that one made elsewhere is the one of that key here.
        """
        named = draft.source.evaluator
        if named is None or canonical(named) in self.ids:
            return draft
        here = self.keys.get(draft.name)
        if here is None and required:
            return draft
        return replace(draft, source=replace(draft.source, evaluator=here))


async def take_scores(into: Inlet, offers: Sequence[Offer], tally: Tally, known: Known | None) -> list[Refused]:
    """Record scores, or change those that are here; returns what was refused, and adds to both sides."""
    drafts = [_draft(offer, known) for offer in offers]
    add(tally.offered, ((draft.name, None if draft.value is None else draft.value.number) for draft in drafts))
    fresh = [_recording(offer, draft) for offer, draft in zip(offers, drafts, strict=True)]
    answers = await record_scores(into.house, into.project, into.actor, fresh)
    refused = []
    taken: list[tuple[Offer, Draft]] = []
    for offer, draft, answer in zip(offers, drafts, answers, strict=True):
        if isinstance(answer, Conflict):
            taken.append((offer, draft))
        elif isinstance(answer, Refusal):
            refused.append(Refused(offer.row, answer))
    if taken:
        refused += await _change(into, taken)
    ids = [draft.id for draft in drafts if draft.id is not None]
    add(tally.stored, await into.house.store.measured(into.project, ids))
    return refused


async def _change(into: Inlet, taken: list[tuple[Offer, Draft]]) -> list[Refused]:
    """Change the scores that are here to what is offered."""
    changes = [replace(_recording(offer, draft), sole=False, if_exists=_patch(draft)) for offer, draft in taken]
    answers = await record_scores(into.house, into.project, into.actor, changes)
    refused = []
    for (offer, draft), answer in zip(taken, answers, strict=True):
        refusal = _contradiction(draft, answer) if isinstance(answer, Recorded) else answer
        if refusal is not None:
            refused.append(Refused(offer.row, refusal))
    return refused


def _draft(offer: Offer, known: Known | None) -> Draft:
    draft = offer.thing
    assert isinstance(draft, Draft)  # noqa: S101 - what is offered among the scores is one
    return draft if known is None else known.linked(draft, offer.linked)


def _recording(offer: Offer, draft: Draft) -> Recording:
    return Recording(
        draft=draft,
        id=draft.id or "",
        sole=offer.sole,
        must_exist=False,
        judging=AS_THEY_WERE,
        created_at=offer.created_at,
        updated_at=offer.updated_at,
    )


def _patch(draft: Draft) -> Patch:
    return Patch(
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


def _contradiction(draft: Draft, answer: Recorded) -> Conflict | None:
    """Tell what a change could not bring about: a score keeps its target and the time of its measurement."""
    score: Score = answer.score
    same_target = (draft.target.kind, canonical(draft.target.id)) == (score.target.kind, canonical(score.target.id))
    if same_target and draft.timestamp in {None, score.timestamp}:
        return None
    return Conflict("This score stands here, about another target or of another time.", "score", score.id)
