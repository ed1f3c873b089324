"""What happened: the history of one score, and the feed of a project."""

from msgspec import UNSET

from scorehouse.dialects.native.answers import ChangesQuery, HistoryQuery
from scorehouse.dialects.native.reads import read_mark
from scorehouse.dialects.native.writes import write_changes
from scorehouse.domain.refusals import Fault, Invalid
from scorehouse.services.find import history_of_score
from scorehouse.storage.queries import ChangeQuery
from scorehouse.wire.bodies import read_query
from scorehouse.wire.call import Call, Reply, json_reply


async def read_history(call: Call) -> Reply:
    """List what happened to a score, oldest first, its deletion included."""
    asked = read_query(call.head.query, HistoryQuery)
    after = read_mark(asked.after, "after")
    changes = await history_of_score(call.house, call.project, call.parameters["id"], asked.limit, after)
    return json_reply(200, write_changes(changes, after))


async def list_changes(call: Call) -> Reply:
    """List what happened in the project after a mark, oldest first."""
    asked = read_query(call.head.query, ChangesQuery)
    if asked.id is not UNSET and asked.subject is UNSET:
        raise Invalid(Fault(("subject",), "missing", "is required beside an id"))
    after = read_mark(asked.after, "after")
    query = ChangeQuery(call.project, asked.limit, after, asked.subject or None, asked.id or None)
    return json_reply(200, write_changes(await call.house.store.changes(query), after))
