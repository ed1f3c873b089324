"""Configs and evaluators: make them, change them."""

from scorehouse.domain.changes import Actor
from scorehouse.domain.instants import Instant
from scorehouse.domain.registry import Choice, Config, Constraint, Evaluator
from scorehouse.domain.values import Kind
from scorehouse.services.house import House, Mint
from scorehouse.storage.verbs import EvaluatorChange, PutConfig, PutEvaluator, ReviseEvaluator


async def put_config(house: House, project: int, actor: Actor, config: Config, *, create: bool) -> Config:
    """Create or replace a config. Raises Conflict (id taken) or NotFound (nothing to replace)."""
    return await house.store.perform(PutConfig(project, actor, house.clock(), config, create))


async def put_evaluator(house: House, project: int, actor: Actor, evaluator: Evaluator, *, create: bool) -> Evaluator:
    """Create or replace an evaluator. Raises Conflict (id or key taken) or NotFound (nothing to replace)."""
    return await house.store.perform(PutEvaluator(project, actor, house.clock(), evaluator, create))


async def revise_evaluator(house: House, project: int, actor: Actor, id: str, change: EvaluatorChange) -> Evaluator:
    """Change an evaluator, as it stands when it is written. Raises NotFound, Conflict (key taken), or as `change`."""
    return await house.store.perform(ReviseEvaluator(project, actor, house.clock(), id, change))


def first_evaluators(mint: Mint, at: Instant) -> tuple[Evaluator, ...]:
    """Make what a new project starts with: Tracia's ``quality``, 0 or 1 (contract 2signal-tracia §2.3)."""
    thumbs = Constraint(Kind.NUMERIC, minimum=0, maximum=1, choices=(Choice("Negative", 0.0), Choice("Positive", 1.0)))
    quality = Evaluator(id=mint(), key="quality", name="Quality", constraint=thumbs, created_at=at, updated_at=at)
    return (quality,)
