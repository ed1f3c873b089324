"""Evaluators: make, list, count, read, change, delete. Running one is refused (501).

Deleting keeps the scores: the evaluator is archived, and its slug set free (contract respan §13).
"""

from collections.abc import Mapping

from scorehouse.dialects.respan.committed import find_committed, version_number
from scorehouse.dialects.respan.errors import bad_filter
from scorehouse.dialects.respan.evaluator_fields import (
    ALIVE,
    NEWEST_FIRST,
    evaluator_field,
    no_metadata,
)
from scorehouse.dialects.respan.evaluator_reads import changed_evaluator, new_evaluator, replacement
from scorehouse.dialects.respan.evaluator_shapes import CountShape, EvaluatorBody, EvaluatorShape, NewEvaluator
from scorehouse.dialects.respan.evaluator_writes import version_id, write_evaluator
from scorehouse.dialects.respan.filters import Grammar, equality, read_filters
from scorehouse.dialects.respan.options import Options
from scorehouse.dialects.respan.paging import EVALUATOR_PAGE_SIZE, parameters, read_order, read_paging, write_page
from scorehouse.dialects.respan.reads import decode_filters, unversioned
from scorehouse.dialects.respan.score_fields import RESIDUE
from scorehouse.dialects.respan.shapes import FilterBody
from scorehouse.domain.documents import EMPTY
from scorehouse.domain.frozen import replace
from scorehouse.domain.identity import hyphenated
from scorehouse.domain.refusals import NotFound
from scorehouse.domain.registry import Evaluator
from scorehouse.services.registry import put_evaluator, revise_evaluator
from scorehouse.storage.queries import (
    Any,
    Compare,
    EvaluatorQuery,
    Filter,
    Operator,
    RegistryField,
    Window,
    all_of,
)
from scorehouse.storage.verbs import EvaluatorChange
from scorehouse.wire.bodies import decode
from scorehouse.wire.call import Call, Reply, json_reply

EQUAL_PARAMETERS = ("type", "score_value_type", "starred")
"""Parameters of a list's query string that ask for equality."""


async def create_evaluator(call: Call) -> Reply:
    """Make an evaluator; its first draft is version 0."""
    given = decode(call.body, NewEvaluator)
    id = hyphenated(call.house.mint())
    evaluator = new_evaluator(given, id, call.house.mint(), call.house.clock())
    whole = stamped(call, evaluator, made=True)
    return json_reply(201, shown(call, await put_evaluator(call.house, call.project, call.actor, whole, create=True)))


async def list_evaluators(options: Options, call: Call) -> Reply:
    """List evaluators, by query string and, where there is one, by the filters of the body."""
    query = parameters(call.head)
    paging = read_paging(query, EVALUATOR_PAGE_SIZE)
    order = read_order(query, evaluator_field, NEWEST_FIRST)
    body = decode_filters(call.body)
    wanted = _wanted(query, body, options)
    page = await call.house.store.evaluators(EvaluatorQuery(call.project, wanted, order, paging.window))
    return write_page(call.head, paging, page, lambda evaluator: shown(call, evaluator), body.filters)


async def count_evaluators(options: Options, call: Call) -> Reply:
    """Count evaluators, by the same filters as a list."""
    body = decode_filters(call.body)
    wanted = _wanted(parameters(call.head), body, options)
    query = EvaluatorQuery(call.project, wanted, NEWEST_FIRST, Window(0, total=True))
    page = await call.house.store.evaluators(query)
    return json_reply(200, CountShape(page.total or 0))


async def read_evaluator(call: Call) -> Reply:
    """Read an evaluator by id or slug, or one version of it as ``<id>:<n>``."""
    evaluator = await evaluator_of(call)
    named = call.parameters["evaluator_id"]
    if unversioned(named) != named:
        number = version_number(named.rpartition(":")[2])
        if number != evaluator.version:
            return json_reply(200, find_committed(evaluator, number))
    return json_reply(200, shown(call, evaluator))


async def change_evaluator(call: Call) -> Reply:
    """Change the draft: absent members stay, null clears."""
    return await _change(call, decode(call.body, EvaluatorBody))


async def replace_evaluator(call: Call) -> Reply:
    """Replace the draft: absent members are cleared."""
    return await _change(call, replacement(decode(call.body, NewEvaluator)))


async def delete_evaluator(call: Call) -> Reply:
    """Delete an evaluator with all its versions; its scores stay, and keep its name."""
    now = call.house.clock()

    def retired(before: Evaluator) -> Evaluator:
        kept = {**before.residue.get(RESIDUE, EMPTY), "deleted_slug": before.key}
        residue = {**before.residue, RESIDUE: kept}
        return replace(before, archived=True, key=f"deleted {before.id}", residue=residue, updated_at=now)

    await revised(call, retired)
    return Reply(204)


async def evaluator_of(call: Call) -> Evaluator:
    """Find the evaluator that the path names: by id, with or without a version, or by slug; or NotFound."""
    named = call.parameters["evaluator_id"]
    wanted = (named, unversioned(named))
    matches = [Compare(field, Operator.ONE_OF, wanted) for field in (RegistryField.ID, RegistryField.KEY)]
    query = EvaluatorQuery(call.project, all_of(ALIVE, Any(tuple(matches))), NEWEST_FIRST, Window(1))
    page = await call.house.store.evaluators(query)
    if not page.items:
        raise NotFound("evaluator", named)
    return page.items[0]


async def revised(call: Call, change: EvaluatorChange) -> Evaluator:
    """Change the evaluator that the path names, as it stands when it is written; or NotFound, also if it is gone then.

    Raises Conflict where its slug is taken.
    """
    id = (await evaluator_of(call)).id

    def of_living(before: Evaluator) -> Evaluator:
        if before.archived:
            raise NotFound("evaluator", id)
        return change(before)

    return await revise_evaluator(call.house, call.project, call.actor, id, of_living)


def shown(call: Call, evaluator: Evaluator) -> EvaluatorShape:
    """Write an evaluator for the caller; the organization is the project, by its number."""
    return write_evaluator(evaluator, call.project)


def stamped(call: Call, evaluator: Evaluator, *, made: bool = False) -> Evaluator:
    """Note who changed an evaluator, or made it, and under which id its draft is known."""
    owner = call.principal.owner
    kept = dict(evaluator.residue.get(RESIDUE, EMPTY)) | {"version_id": version_id(evaluator, evaluator.version)}
    if owner is not None:
        kept |= {"updated_by": owner} | ({"created_by": owner} if made else {})
    return replace(evaluator, residue={**evaluator.residue, RESIDUE: kept})


async def _change(call: Call, given: EvaluatorBody) -> Reply:
    now = call.house.clock()
    changed = await revised(call, lambda before: stamped(call, changed_evaluator(before, given, now)))
    return json_reply(200, shown(call, changed))


def _wanted(query: Mapping[str, str], body: FilterBody, options: Options) -> Filter:
    grammar = Grammar(evaluator_field, no_metadata, options.lenient_filters)
    terms = [equality(name, [query[name]], grammar) for name in EQUAL_PARAMETERS if query.get(name)]
    return all_of(ALIVE, _search(query.get("search")), *terms, read_filters(body.filters, grammar))


def _search(text: str | None) -> Filter | None:
    """Look for a text in names and slugs, in whatever case."""
    if not text:
        return None
    if len(text) > 1000:
        raise bad_filter("'search' must not exceed 1000 characters.")
    fields = (RegistryField.NAME, RegistryField.KEY)
    return Any(tuple(Compare(field, Operator.CONTAINS_ANY_CASE, text) for field in fields))
