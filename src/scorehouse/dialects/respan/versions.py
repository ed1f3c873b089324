"""Versions of evaluators: one draft, and before it what was committed, read-only (contract respan §8.4).

The draft is the evaluator itself, so scores are judged by it. Committing keeps it as it is written for clients
at that moment and opens the next draft as its copy. Committed versions stand in the evaluator's residue.
"""

import msgspec

from scorehouse.dialects.respan.committed import VERSIONS_MAX, Json, committed, find_committed, version_number
from scorehouse.dialects.respan.evaluator_reads import changed_evaluator, replacement
from scorehouse.dialects.respan.evaluator_shapes import EvaluatorBody, NewEvaluator
from scorehouse.dialects.respan.evaluators import evaluator_of, revised, shown, stamped
from scorehouse.dialects.respan.paging import EVALUATOR_PAGE_SIZE, parameters, read_paging, write_page
from scorehouse.dialects.respan.reads import decode_object
from scorehouse.dialects.respan.score_fields import RESIDUE
from scorehouse.domain.frozen import replace
from scorehouse.domain.refusals import Forbidden
from scorehouse.domain.registry import Evaluator
from scorehouse.storage.queries import Cursor, Page
from scorehouse.wire.bodies import convert, decode
from scorehouse.wire.call import Call, Reply, json_reply


async def list_versions(call: Call) -> Reply:
    """List the draft and the committed versions, newest first."""
    evaluator = await evaluator_of(call)
    paging = read_paging(parameters(call.head), EVALUATOR_PAGE_SIZE)
    versions = [msgspec.to_builtins(shown(call, evaluator)), *reversed(committed(evaluator))]
    start = paging.window.offset
    rest = versions[start + paging.size :]
    page = Page(tuple(versions[start : start + paging.size]), Cursor(None, 0) if rest else None)
    return write_page(call.head, paging, page, lambda version: version)


async def commit_version(call: Call) -> Reply:
    """Commit the draft, with the changes that the body makes to it before, and answer the next draft."""
    given = convert(decode_object(call.body), EvaluatorBody)
    now = call.house.clock()

    def following(before: Evaluator) -> Evaluator:
        draft = stamped(call, changed_evaluator(before, given, now))
        frozen: Json = msgspec.to_builtins(shown(call, draft)) | {"is_read_only": True}
        kept = dict(draft.residue[RESIDUE])
        kept.pop("version_description", None)
        kept["versions"] = [*committed(draft), frozen][-VERSIONS_MAX:]
        return stamped(call, replace(draft, version=draft.version + 1, residue={**draft.residue, RESIDUE: kept}))

    return json_reply(201, shown(call, await revised(call, following)))


async def read_version(call: Call) -> Reply:
    """Read one version."""
    evaluator = await evaluator_of(call)
    number = version_number(call.parameters["version"])
    if number == evaluator.version:
        return json_reply(200, shown(call, evaluator))
    return json_reply(200, find_committed(evaluator, number))


async def change_version(call: Call) -> Reply:
    """Change the draft by its number; a committed version is Forbidden."""
    return await _change(call, decode(call.body, EvaluatorBody))


async def replace_version(call: Call) -> Reply:
    """Replace the draft by its number; a committed version is Forbidden."""
    return await _change(call, replacement(decode(call.body, NewEvaluator)))


async def _change(call: Call, given: EvaluatorBody) -> Reply:
    number = version_number(call.parameters["version"])
    now = call.house.clock()

    def changed(before: Evaluator) -> Evaluator:
        if number != before.version:
            find_committed(before, number)
            raise Forbidden("change of a committed version")
        return stamped(call, changed_evaluator(before, given, now))

    return json_reply(200, shown(call, await revised(call, changed)))
