"""The thirteen operations on scores (contract respan §2.1), and the fourteenth that one release documented."""

from collections.abc import Iterable, Mapping

from scorehouse.dialects.respan.auth import scorer_of
from scorehouse.dialects.respan.errors import bad_field
from scorehouse.dialects.respan.evaluator_writes import write_evaluator
from scorehouse.dialects.respan.filters import Grammar, read_body
from scorehouse.dialects.respan.options import Options
from scorehouse.dialects.respan.paging import (
    Paging,
    parameters,
    read_moment,
    read_order,
    read_paging,
    write_page,
)
from scorehouse.dialects.respan.reads import (
    decode_filters,
    read_again,
    read_draft,
    read_facets,
    read_judging,
    read_replacement,
)
from scorehouse.dialects.respan.score_fields import score_field, score_metadata
from scorehouse.dialects.respan.shapes import FilterBody, NewLogScore, NewScore, ScoreValues
from scorehouse.dialects.respan.writes import write_score, write_whole
from scorehouse.domain.identity import canonical, checked_id
from scorehouse.domain.refusals import Fault, Invalid, NotFound
from scorehouse.domain.registry import Evaluator
from scorehouse.domain.scores import Patch, Score
from scorehouse.domain.targets import SpanTarget, TargetKind
from scorehouse.domain.traces import Span
from scorehouse.services.find import find_span
from scorehouse.services.forget import forget_score
from scorehouse.services.record import record_score
from scorehouse.services.revise import revise_score
from scorehouse.storage.queries import (
    PAGE_ROWS_MAX,
    Compare,
    EvaluatorQuery,
    Filter,
    Operator,
    Order,
    Page,
    RegistryField,
    ScoreField,
    ScoreQuery,
    SpanField,
    SpanQuery,
    Window,
    all_of,
    between,
    equals,
)
from scorehouse.storage.verbs import Judging, Recorded
from scorehouse.wire.bodies import decode
from scorehouse.wire.call import Call, Reply, json_reply

SPEAKABLE: Filter = Compare(ScoreField.TARGET_KIND, Operator.EQUALS, str(TargetKind.SPAN))
"""The vendor scores logs, which are spans, and nothing else."""

NEWEST_FIRST = Order(ScoreField.CREATED_AT)


# ── Of any log ───────────────────────────────────────────────────────────────────────────────────────────


async def create_score(options: Options, call: Call) -> Reply:
    """Record a score on the log that the body names; 200 where it changes the one that is there.

    With ``timestamp``, that of the log, the log is not looked up (contract respan §13).
    """
    given = decode(call.body, NewScore)
    if given.log_id is None:
        raise Invalid(Fault(("log_id",), "missing", "is required"))
    scorer = given.scorer or scorer_of(call.principal)
    try:
        recorded = await _record(call, given, given.log_id, scorer, options, must_exist=given.timestamp is None)
    except NotFound as refusal:
        raise bad_field("log_id", f"there is no log {given.log_id}") from refusal
    return _answer(recorded)


async def list_scores(options: Options, call: Call) -> Reply:
    """List scores by a window of time."""
    return await _list(call, FilterBody(), options)


async def filter_scores(options: Options, call: Call) -> Reply:
    """List scores by filters."""
    return await _list(call, decode_filters(call.body), options)


async def retrieve_score(call: Call) -> Reply:
    """Read a score."""
    return await _whole(call, await score_of(call))


async def update_score(options: Options, call: Call) -> Reply:
    """Change the values given."""
    patch = Patch(value=read_facets(decode(call.body, ScoreValues)))
    await score_of(call)
    return await _whole(call, await _revise(call, patch, Judging(binding=options.strict_values)))


async def replace_score(options: Options, call: Call) -> Reply:
    """Replace all that a body can say; the log never changes, the scorer only where the body names one."""
    given = decode(call.body, NewScore)
    judging = read_judging(given, options.strict_values)
    patch = read_replacement(given, judging, given.scorer)
    score = await score_of(call)
    if given.log_id is not None and not await _is_on(call, score, given.log_id):
        raise bad_field("log_id", "the log of a score cannot be changed")
    return await _whole(call, await _revise(call, patch, judging))


async def delete_score(call: Call) -> Reply:
    """Delete a score."""
    await score_of(call)
    await forget_score(call.house, call.project, call.actor, call.parameters["score_id"])
    return Reply(204)


# ── Of one log ───────────────────────────────────────────────────────────────────────────────────────────


async def create_log_score(options: Options, call: Call) -> Reply:
    """Record a score on the path's log, by the key's owner: 201; 200 where it changes the one that is there."""
    given = decode(call.body, NewLogScore)
    return _answer(await _record(call, given, call.parameters["log_id"], scorer_of(call.principal), options))


async def list_log_scores(call: Call) -> Reply:
    """List the scores of a log, the newest first."""
    paging = read_paging(parameters(call.head))
    span = await find_span(call.house, call.project, call.parameters["log_id"], mentioned=True)
    return await _page(call, paging, on_span(span), NEWEST_FIRST)


async def retrieve_log_score(call: Call) -> Reply:
    """Read a score of a log."""
    return await _short(call, await _score_on_log(call))


async def update_log_score(options: Options, call: Call) -> Reply:
    """Change the values given."""
    patch = Patch(value=read_facets(decode(call.body, ScoreValues)))
    await _score_on_log(call)
    return await _short(call, await _revise(call, patch, Judging(binding=options.strict_values)))


async def replace_log_score(options: Options, call: Call) -> Reply:
    """Replace all that a body can say; log and scorer stay."""
    given = decode(call.body, NewLogScore)
    judging = read_judging(given, options.strict_values)
    patch = read_replacement(given, judging, None)
    await _score_on_log(call)
    return await _short(call, await _revise(call, patch, judging))


async def delete_log_score(call: Call) -> Reply:
    """Delete a score of a log."""
    await _score_on_log(call)
    await forget_score(call.house, call.project, call.actor, call.parameters["score_id"])
    return Reply(204)


# ── What they share ──────────────────────────────────────────────────────────────────────────────────────


async def score_of(call: Call) -> Score:
    """Find the score that the path names, if it is one that this dialect can say; or NotFound."""
    id = call.parameters["score_id"]
    score = await call.house.store.score(call.project, id)
    if score is None or not isinstance(score.target, SpanTarget):
        raise NotFound("score", id)
    return score


async def judges_of(call: Call, scores: Iterable[Score]) -> Mapping[str, Evaluator]:
    """Return the registered evaluators of some scores, as `evaluators_of` does."""
    return await evaluators_of(call, (score.source.evaluator for score in scores))


async def evaluators_of(call: Call, named: Iterable[str | None]) -> Mapping[str, Evaluator]:
    """Return registered evaluators by the canonical spelling of their ids, archived ones too."""
    ids = sorted({canonical(id) for id in named if id is not None})
    found: dict[str, Evaluator] = {}
    for start in range(0, len(ids), PAGE_ROWS_MAX):
        wanted = Compare(RegistryField.ID, Operator.ONE_OF, tuple(ids[start : start + PAGE_ROWS_MAX]))
        query = EvaluatorQuery(call.project, wanted, Order(RegistryField.CREATED_AT), Window(PAGE_ROWS_MAX))
        page = await call.house.store.evaluators(query)
        found |= {canonical(evaluator.id): evaluator for evaluator in page.items}
    return found


def evaluator_in(evaluators: Mapping[str, Evaluator], score: Score) -> Evaluator | None:
    """Return the registered evaluator of a score."""
    id = score.source.evaluator
    return None if id is None else evaluators.get(canonical(id))


def on_span(span: Span) -> Filter:
    """Ask for the scores of one log."""
    return all_of(SPEAKABLE, equals(ScoreField.SPAN, span.id), equals(ScoreField.TRACE, span.trace))


async def _record(
    call: Call, given: NewLogScore, log: str, scorer: str, options: Options, *, must_exist: bool = True
) -> Recorded:
    judging = read_judging(given, options.strict_values)
    return await record_score(
        call.house,
        call.project,
        call.actor,
        read_draft(given, judging, log, scorer),
        must_exist=must_exist,
        sole=True,
        if_exists=read_again(given),
        judging=judging,
    )


async def _revise(call: Call, patch: Patch, judging: Judging) -> Score:
    return await revise_score(call.house, call.project, call.actor, call.parameters["score_id"], patch, judging=judging)


async def _score_on_log(call: Call) -> Score:
    """Find the path's score on the path's log; or NotFound, also where it is on another."""
    score = await score_of(call)
    if not await _is_on(call, score, call.parameters["log_id"]):
        raise NotFound("score", score.id)
    return score


async def _is_on(call: Call, score: Score, log: str) -> bool:
    """Tell whether a score is on the log of this id or alias; NotFound if there is no such log."""
    target = score.target
    if not isinstance(target, SpanTarget):
        return False
    if canonical(target.span) == canonical(log):
        return True
    span = await find_span(call.house, call.project, checked_id(log, "log_id"), mentioned=True)
    return (canonical(span.id), span.trace) == (canonical(target.span), target.trace)


async def _list(call: Call, body: FilterBody, options: Options) -> Reply:
    query = parameters(call.head)
    paging = read_paging(query)
    order = read_order(query, score_field, NEWEST_FIRST)
    grammar = Grammar(score_field, score_metadata, options.lenient_filters)
    wanted = all_of(
        SPEAKABLE,
        between(ScoreField.CREATED_AT, read_moment(query, "start_time"), read_moment(query, "end_time")),
        equals(ScoreField.ENVIRONMENT, query.get("environment") or None),
        read_body(body, grammar),
    )
    return await _page(call, paging, wanted, order, body.filters)


async def _page(call: Call, paging: Paging, wanted: Filter, order: Order, filters: object = None) -> Reply:
    page: Page[Score] = await call.house.store.scores(ScoreQuery(call.project, wanted, order, paging.window))
    evaluators = await judges_of(call, page.items)
    return write_page(
        call.head, paging, page, lambda score: write_score(score, evaluator_in(evaluators, score)), filters
    )


def _answer(recorded: Recorded) -> Reply:
    return json_reply(201 if recorded.created else 200, write_score(recorded.score, recorded.evaluator))


async def _short(call: Call, score: Score) -> Reply:
    evaluators = await judges_of(call, (score,))
    return json_reply(200, write_score(score, evaluator_in(evaluators, score)))


async def _whole(call: Call, score: Score) -> Reply:
    evaluator = evaluator_in(await judges_of(call, (score,)), score)
    detail = None if evaluator is None else write_evaluator(evaluator, call.project)
    return json_reply(200, write_whole(score, evaluator, await _span_of(call, score), detail))


async def _span_of(call: Call, score: Score) -> Span | None:
    target = score.target
    if not isinstance(target, SpanTarget):
        return None
    wanted = all_of(equals(SpanField.ID, target.span), equals(SpanField.TRACE, target.trace))
    page = await call.house.store.spans(SpanQuery(call.project, wanted, Order(SpanField.CREATED_AT), Window(1)))
    return page.items[0] if page.items else None
