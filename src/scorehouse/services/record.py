"""Record scores."""

from collections.abc import Sequence

from scorehouse.domain.changes import Actor
from scorehouse.domain.refusals import Fault, Invalid, Refusal
from scorehouse.domain.scores import Draft, Patch
from scorehouse.services.house import House
from scorehouse.storage.verbs import AS_SAID, Idempotency, Judging, Recorded, Recording, RecordScores

BATCH_SCORES_MAX = 1000
"""Scores in one request: what a commit can take in well under the patience of its neighbours."""


async def record_score(
    house: House,
    project: int,
    actor: Actor,
    draft: Draft,
    *,
    id: str | None = None,
    must_exist: bool = True,
    sole: bool = False,
    if_exists: Patch | None = None,
    judging: Judging = AS_SAID,
    idempotency: Idempotency | None = None,
) -> Recorded:
    """Record one score; the arguments are those of Recording, and an `id` is minted where none is handed in.

    Raises:
        Refusal: NotFound for an unknown target, Invalid where a config or evaluator forbids it,
            Conflict for an id or idempotency key taken, Unavailable.
    """
    recording = Recording(
        draft=draft, id=id or house.mint(), sole=sole, if_exists=if_exists, must_exist=must_exist, judging=judging
    )
    verb = RecordScores(project, actor, house.clock(), (recording,), together=True, idempotency=idempotency)
    (answer,) = await house.store.perform(verb)
    if isinstance(answer, Refusal):
        raise answer
    return answer


async def record_scores(
    house: House,
    project: int,
    actor: Actor,
    recordings: Sequence[Recording],
    *,
    idempotency: Idempotency | None = None,
) -> tuple[Recorded | Refusal, ...]:
    """Record many scores, each judged by itself, answers in order; at most BATCH_SCORES_MAX.

    Raises:
        Refusal: Invalid for too many, Conflict for an idempotency key used otherwise, Unavailable.
    """
    if len(recordings) > BATCH_SCORES_MAX:
        raise Invalid(Fault((), "too_long", f"must not hold more than {BATCH_SCORES_MAX} scores"))
    verb = RecordScores(project, actor, house.clock(), tuple(recordings), idempotency=idempotency)
    return await house.store.perform(verb)
