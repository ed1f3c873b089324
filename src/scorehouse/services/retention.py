"""How long a project keeps things: read, set and clear its policy; remove what is too old; say what would go.

What is too old says `domain.retention`. It is removed in steps, each a verb like any other: the writer takes it in its
turn, and nobody's write waits for more than one of them.
"""

from collections.abc import AsyncGenerator
from dataclasses import dataclass

from scorehouse.domain.changes import Actor
from scorehouse.domain.instants import Instant
from scorehouse.domain.retention import RETENTION, RetentionPolicy, StandingPolicy
from scorehouse.services.house import House
from scorehouse.storage.queries import (
    Compare,
    Filter,
    Operator,
    Order,
    ScoreField,
    ScoreQuery,
    TraceField,
    TraceQuery,
    Window,
    all_of,
)
from scorehouse.storage.verbs import RemoveAged, Removed, SetRetention

COUNT = Window(0, total=True)


@dataclass(frozen=True, slots=True)
class Forecast:
    """What retention would find too old in one environment (None: in what says none).

    Attributes:
        before: older than this is too old.
        scores, traces: how many are; some of the traces may stay for the scores that are left on them.
    """

    environment: str | None
    before: Instant
    scores: int
    traces: int


async def standing_policy(house: House, project: int) -> StandingPolicy | None:
    """Return a project's policy, None if it keeps everything."""
    return await house.store.retention(project)


async def set_policy(house: House, project: int, actor: Actor, policy: RetentionPolicy) -> StandingPolicy:
    """Set a project's policy, which takes effect with the next look at what is too old."""
    standing = await house.store.perform(SetRetention(project, actor, house.clock(), policy))
    assert standing is not None  # noqa: S101 - what was set stands
    return standing


async def clear_policy(house: House, project: int, actor: Actor) -> None:
    """Clear a project's policy: it keeps everything from now on."""
    await house.store.perform(SetRetention(project, actor, house.clock(), None))


async def remove_aged(house: House, standing: StandingPolicy, rows_max: int) -> AsyncGenerator[Removed, None]:
    """Remove what is too old in a project, at most so many rows at a time; yield what each step removed."""
    for environment in await _environments(house, standing):
        after, more = None, True
        while more:
            verb = RemoveAged(standing.project, RETENTION, house.clock(), environment, rows_max, after)
            removed = await house.store.perform(verb)
            after, more = removed.next, removed.next is not None
            yield removed


async def forecast(house: House, standing: StandingPolicy) -> tuple[Forecast, ...]:
    """Count what is too old now, in each environment that has an end. Removes nothing."""
    now = house.clock()
    found = []
    for environment in await _environments(house, standing):
        before = standing.policy.bound(environment, now)
        if before is None:
            continue
        scores = ScoreQuery(
            standing.project,
            _aged(ScoreField.ENVIRONMENT, ScoreField.CREATED_AT, environment, before),
            Order(ScoreField.CREATED_AT),
            COUNT,
            patient=True,
        )
        traces = TraceQuery(
            standing.project,
            _aged(TraceField.ENVIRONMENT, TraceField.CREATED_AT, environment, before),
            Order(TraceField.CREATED_AT),
            COUNT,
            patient=True,
        )
        score_count = (await house.store.scores(scores)).total or 0
        trace_count = (await house.store.traces(traces)).total or 0
        found.append(Forecast(environment, before, score_count, trace_count))
    return tuple(found)


async def _environments(house: House, standing: StandingPolicy) -> tuple[str | None, ...]:
    """Return the environments whose things end, that of those which say none among them."""
    known = (None, *await house.store.environments(standing.project))
    return tuple(each for each in known if standing.policy.days_of(each) is not None)


def _aged(
    of: ScoreField | TraceField, recorded: ScoreField | TraceField, environment: str | None, before: Instant
) -> Filter:
    same = Compare(of, Operator.IS_NULL, True) if environment is None else Compare(of, Operator.EQUALS, environment)
    return all_of(same, Compare(recorded, Operator.BELOW, before))
