"""How long the key's project keeps things: read, set, clear."""

from msgspec import Struct

from scorehouse.dialects.native.answers import ActorShape
from scorehouse.domain.retention import RetentionPolicy, StandingPolicy
from scorehouse.services.retention import clear_policy, set_policy, standing_policy
from scorehouse.wire.bodies import decode
from scorehouse.wire.call import Call, Reply, json_reply
from scorehouse.wire.times import microseconds_z


class NewRetention(Struct, forbid_unknown_fields=True):
    """A policy to set: days for everything, and days by environment; null keeps for ever."""

    days: int | None = None
    environments: dict[str, int | None] = {}


class RetentionShape(Struct):
    """The policy that stands, since when, and who set it. Without one everything is kept, and all is null."""

    days: int | None
    environments: dict[str, int | None]
    since: str | None
    actor: ActorShape | None


async def read_retention(call: Call) -> Reply:
    """Read the policy."""
    return json_reply(200, write_retention(await standing_policy(call.house, call.project)))


async def put_retention(call: Call) -> Reply:
    """Set the policy, in the place of the one that stood."""
    given = decode(call.body, NewRetention)
    policy = RetentionPolicy(given.days, given.environments)
    return json_reply(200, write_retention(await set_policy(call.house, call.project, call.actor, policy)))


async def delete_retention(call: Call) -> Reply:
    """Clear the policy; clearing again changes nothing."""
    await clear_policy(call.house, call.project, call.actor)
    return Reply(204)


def write_retention(standing: StandingPolicy | None) -> RetentionShape:
    """Write a policy, or that there is none."""
    if standing is None:
        return RetentionShape(None, {}, None, None)
    policy, actor = standing.policy, standing.actor
    who = ActorShape(actor.key, actor.owner, actor.dialect)
    return RetentionShape(policy.days, dict(policy.environments), microseconds_z(standing.since), who)
