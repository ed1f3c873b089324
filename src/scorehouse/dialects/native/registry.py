"""Configs and evaluators: make, list, read, change. To archive one is to change its ``archived``."""

from scorehouse.dialects.native.filters import fields_of
from scorehouse.dialects.native.idempotency import refuse_idempotency
from scorehouse.dialects.native.paging import read_listing, write_page
from scorehouse.dialects.native.reads import changed_config, changed_evaluator, read_config, read_evaluator
from scorehouse.dialects.native.shapes import ConfigChange, EvaluatorChange, NewConfig, NewEvaluator
from scorehouse.dialects.native.writes import write_config, write_evaluator, write_location
from scorehouse.services.find import find_config, find_evaluator
from scorehouse.services.registry import put_config, put_evaluator, revise_evaluator
from scorehouse.storage.queries import ConfigQuery, EvaluatorQuery, RegistryField
from scorehouse.wire.bodies import decode
from scorehouse.wire.call import Call, Reply, json_reply

CONFIG_FIELDS = fields_of(field for field in RegistryField if field not in {RegistryField.KEY, RegistryField.TYPE})
EVALUATOR_FIELDS = fields_of(RegistryField)


async def create_config(call: Call) -> Reply:
    """Make a config."""
    refuse_idempotency(call)
    config = read_config(decode(call.body, NewConfig), call.house.mint(), call.house.clock())
    made = await put_config(call.house, call.project, call.actor, config, create=True)
    return json_reply(201, write_config(made), (write_location("configs", made.id),))


async def list_configs(call: Call) -> Reply:
    """List configs, archived ones included."""
    asked = read_listing(call.head.query, CONFIG_FIELDS)
    query = ConfigQuery(call.project, asked.filter, asked.order, asked.window)
    return write_page(await call.house.store.configs(query), write_config)


async def read_one_config(call: Call) -> Reply:
    """Read a config."""
    config = await find_config(call.house, call.project, call.parameters["id"])
    return json_reply(200, write_config(config))


async def change_config(call: Call) -> Reply:
    """Change the members given; absent ones are kept, null clears."""
    given = decode(call.body, ConfigChange)
    before = await find_config(call.house, call.project, call.parameters["id"])
    after = changed_config(before, given, call.house.clock())
    changed = await put_config(call.house, call.project, call.actor, after, create=False)
    return json_reply(200, write_config(changed))


async def create_evaluator(call: Call) -> Reply:
    """Make an evaluator."""
    refuse_idempotency(call)
    evaluator = read_evaluator(decode(call.body, NewEvaluator), call.house.mint(), call.house.clock())
    made = await put_evaluator(call.house, call.project, call.actor, evaluator, create=True)
    return json_reply(201, write_evaluator(made), (write_location("evaluators", made.id),))


async def list_evaluators(call: Call) -> Reply:
    """List evaluators, archived ones included."""
    asked = read_listing(call.head.query, EVALUATOR_FIELDS)
    query = EvaluatorQuery(call.project, asked.filter, asked.order, asked.window)
    return write_page(await call.house.store.evaluators(query), write_evaluator)


async def read_one_evaluator(call: Call) -> Reply:
    """Read an evaluator."""
    evaluator = await find_evaluator(call.house, call.project, call.parameters["id"])
    return json_reply(200, write_evaluator(evaluator))


async def change_evaluator(call: Call) -> Reply:
    """Change the members given; absent ones are kept, null clears."""
    given = decode(call.body, EvaluatorChange)
    found, now = await find_evaluator(call.house, call.project, call.parameters["id"]), call.house.clock()
    changed = await revise_evaluator(
        call.house, call.project, call.actor, found.id, lambda before: changed_evaluator(before, given, now)
    )
    return json_reply(200, write_evaluator(changed))
