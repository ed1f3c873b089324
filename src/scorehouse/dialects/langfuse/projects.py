"""What clients check their keys and their server with: projects, health, readiness (contract langfuse §13.2)."""

import scorehouse
from scorehouse.dialects.langfuse.trace_shapes import HealthAnswer, Organization, Project, Projects
from scorehouse.wire.call import Call, Reply, json_reply

ORGANIZATION = Organization("scorehouse", "Scorehouse")


async def list_projects(call: Call) -> Reply:
    """List the one project that the key opens."""
    name = call.principal.project.name
    return json_reply(200, Projects([Project(name, name, ORGANIZATION, {})]))


async def read_health(call: Call) -> Reply:
    """Say that the server is up."""
    return json_reply(200, HealthAnswer("OK", scorehouse.__version__))


async def read_readiness(call: Call) -> Reply:
    """Say that the store can be read; refuses with Unavailable where it cannot."""
    await call.house.store.ready()
    return json_reply(200, HealthAnswer("OK", scorehouse.__version__))
