"""Configs and evaluators: make them, change them."""

from scorehouse.domain.changes import Actor
from scorehouse.domain.instants import Instant
from scorehouse.domain.registry import Choice, Config, Constraint, Evaluator
from scorehouse.domain.values import Kind
from scorehouse.services.find import find_evaluator
from scorehouse.services.house import House, Known, Mint
from scorehouse.storage.verbs import PutConfig, PutEvaluator

FRESH_FOR_MICROSECONDS = 1_000_000
"""How long an evaluator found for a score is trusted: what another process changes counts within a second."""

JUDGES_MAX = 10_000


async def put_config(house: House, project: int, actor: Actor, config: Config, *, create: bool) -> Config:
    """Create or replace a config. Raises Conflict (id taken) or NotFound (nothing to replace)."""
    return await house.store.perform(PutConfig(project, actor, house.clock(), config, create))


async def put_evaluator(house: House, project: int, actor: Actor, evaluator: Evaluator, *, create: bool) -> Evaluator:
    """Create or replace an evaluator. Raises Conflict (id or key taken) or NotFound (nothing to replace)."""
    evaluator = await house.store.perform(PutEvaluator(project, actor, house.clock(), evaluator, create))
    house.judges.clear()
    return evaluator


async def find_judge(house: House, project: int, id: str, *, by_key: bool = False) -> Evaluator:
    """Return the evaluator that a score to be recorded names, remembered for a second; or refuse with NotFound.

    For writing scores only: the verb itself holds the score against the evaluator as it is then. Whoever wants
    to show an evaluator asks `find.find_evaluator`.
    """
    now = house.clock()
    known = house.judges.get((project, id, by_key))
    if known is not None and now < known.until:
        return known.evaluator
    evaluator = await find_evaluator(house, project, id, by_key=by_key)
    if len(house.judges) >= JUDGES_MAX:
        house.judges.clear()
    house.judges[project, id, by_key] = Known(evaluator, Instant(now + FRESH_FOR_MICROSECONDS))
    return evaluator


def first_evaluators(mint: Mint, at: Instant) -> tuple[Evaluator, ...]:
    """Make what a new project starts with: Tracia's ``quality``, 0 or 1 (contract 2signal-tracia §2.3)."""
    thumbs = Constraint(Kind.NUMERIC, minimum=0, maximum=1, choices=(Choice("Negative", 0.0), Choice("Positive", 1.0)))
    quality = Evaluator(id=mint(), key="quality", name="Quality", constraint=thumbs, created_at=at, updated_at=at)
    return (quality,)
