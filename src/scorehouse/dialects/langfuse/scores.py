"""Scores: write one or an array, list in three versions, read, delete (contract langfuse §5 to §9)."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from scorehouse.dialects.langfuse.auth import BROWSERSTACK
from scorehouse.dialects.langfuse.errors import Dropped, reasons
from scorehouse.dialects.langfuse.filters import (
    TRACE_PARAMETERS,
    asked_of_browserstack,
    asked_of_v1,
    asked_of_v2,
    asked_of_v3,
)
from scorehouse.dialects.langfuse.paging import LIMIT_MAX, cursor_meta, read_cursor_window, read_page
from scorehouse.dialects.langfuse.parameters import Parameters, not_a_choice
from scorehouse.dialects.langfuse.reads import Manner, read_recording
from scorehouse.dialects.langfuse.shapes import (
    Message,
    NewScore,
    PartlyAccepted,
    RefusedScore,
    ScoreId,
    ScorePage,
    ScoreV3Page,
)
from scorehouse.dialects.langfuse.words import BROWSERSTACK_KINDS, V1_KINDS, is_speakable, is_speakable_v1
from scorehouse.dialects.langfuse.writes import (
    write_browserstack,
    write_score,
    write_score_v2,
    write_score_v3,
    write_trace_of_score,
)
from scorehouse.domain.identity import canonical
from scorehouse.domain.refusals import Fault, Invalid, NotFound, Refusal, TooLarge
from scorehouse.domain.registry import Config
from scorehouse.domain.scores import Score
from scorehouse.domain.targets import SpanTarget, TraceTarget
from scorehouse.domain.traces import Trace
from scorehouse.services.find import find_score
from scorehouse.services.forget import forget_score
from scorehouse.services.record import BATCH_SCORES_MAX, record_score, record_scores
from scorehouse.storage.queries import (
    OPERANDS_MAX,
    PAGE_ROWS_MAX,
    Compare,
    ConfigQuery,
    Filter,
    Operator,
    Order,
    Page,
    RegistryField,
    ScoreField,
    ScoreQuery,
    TraceField,
    TraceQuery,
    Window,
    all_of,
)
from scorehouse.storage.verbs import Recorded, Recording
from scorehouse.wire.bodies import convert, decode, parse
from scorehouse.wire.call import Call, Reply, json_reply

NEWEST_FIRST = Order(ScoreField.TIMESTAMP)

ACCEPTED = Message("Accepted")
"""The words are a literal in a client's parser (contract langfuse §5.2)."""

DELETED = Message("Score deletion queued successfully")

DROPPED_HEADER = "x-scorehouse-dropped"
"""Says why an acknowledged score was dropped, where the setting asks for Langfuse's way."""

Read = Recording | Refusal
"""What became of reading one item."""


class Unread(NamedTuple):
    """An item of an array that is no score: how it is called in the answer, and why."""

    name: str
    refusal: Refusal


SCORES_MAX = 10_000
"""Scores in one array: each that is refused takes its time, and a megabyte can hold hundreds of thousands that say
nothing. Clients send fifteen (contract langfuse §5.2)."""

V2_FIELDS = frozenset({"score", "trace"})
V3_FIELDS = frozenset({"core", "details", "subject", "annotation"})


# ── Writing ──────────────────────────────────────────────────────────────────────────────────────────────


async def create_scores(call: Call) -> Reply:
    """Write one score (200 with its id), or an array of them (202, or 207 with what was refused)."""
    return await _create(call, acknowledge_drops=False)


async def create_scores_as_langfuse(call: Call) -> Reply:
    """Write scores, acknowledging also a single one that breaks its config and is dropped, as Langfuse does."""
    return await _create(call, acknowledge_drops=True)


async def _create(call: Call, *, acknowledge_drops: bool) -> Reply:
    if call.body.lstrip()[:1] == b"[":
        return await _create_many(call)
    given = decode(call.body, NewScore)
    manner = Manner(browserstack=is_browserstack(call))
    configs = await configs_of(call, (given,))
    try:
        recording = read_recording(given, manner, configs, call.house.mint)
        try:
            recorded = await record_score(
                call.house,
                call.project,
                call.actor,
                recording.draft,
                must_exist=False,
                if_exists=recording.if_exists,
            )
        except Invalid as refusal:
            raise Dropped(*refusal.faults) from refusal  # the schema has passed: its config changed meanwhile
    except Dropped as refusal:
        if not acknowledge_drops:
            raise
        said = reasons(refusal).encode("ascii", "backslashreplace").decode()
        id = given.id or call.house.mint()
        return json_reply(200, ScoreId(id), ((DROPPED_HEADER, said.replace("\n", " ").replace("\r", " ")),))
    return json_reply(200, ScoreId(recorded.score.id))


async def _create_many(call: Call) -> Reply:
    manner = Manner(browserstack=is_browserstack(call), timestamp_counts=True)
    given = _read_items(call.body)
    configs = await configs_of(call, (item for item in given if isinstance(item, NewScore)))
    read = [_read_item(item, manner, configs, call) for item in given]
    answers = await record_all(call, [item for item in read if isinstance(item, Recording)])
    refused: list[RefusedScore] = []
    recorded = iter(answers)
    for item, result in zip(given, read, strict=True):
        outcome = next(recorded) if isinstance(result, Recording) else result
        if isinstance(outcome, Refusal):
            refused.append(RefusedScore(f"{item.name}: {reasons(outcome)}"))
    if not refused:
        return json_reply(202, ACCEPTED)
    return json_reply(207, PartlyAccepted(len(given) - len(refused), len(refused), refused))


async def record_all(call: Call, recordings: Sequence[Recording]) -> list[Recorded | Refusal]:
    """Record scores, each judged by itself, in as many transactions as their number needs; answers in order."""
    answers: list[Recorded | Refusal] = []
    for start in range(0, len(recordings), BATCH_SCORES_MAX):
        part = recordings[start : start + BATCH_SCORES_MAX]
        answers += await record_scores(call.house, call.project, call.actor, part)
    return answers


async def configs_of(call: Call, given: Iterable[NewScore]) -> Mapping[str, Config]:
    """Return the configs that scores name, by their canonical ids."""
    ids = list({canonical(score.config_id) for score in given if isinstance(score.config_id, str) and score.config_id})
    found: dict[str, Config] = {}
    for start in range(0, len(ids), OPERANDS_MAX):
        wanted = Compare(RegistryField.ID, Operator.ONE_OF, tuple(ids[start : start + OPERANDS_MAX]))
        query = ConfigQuery(call.project, wanted, Order(RegistryField.CREATED_AT), Window(PAGE_ROWS_MAX))
        found |= {canonical(config.id): config for config in (await call.house.store.configs(query)).items}
    return found


def is_browserstack(call: Call) -> bool:
    """Tell whether the key is spelled for BrowserStack's edition."""
    return call.principal.spelling == BROWSERSTACK


def _read_items(body: bytes) -> list[NewScore | Unread]:
    """Read an array, item by item where it cannot be read at once. Raises TooLarge for more than SCORES_MAX."""
    items: list[Any]
    try:
        items = decode(body, list[NewScore])
    except Invalid:
        items = parse(body)
    if len(items) > SCORES_MAX:
        raise TooLarge("array", SCORES_MAX, "scores")
    return [item if isinstance(item, NewScore) else _read_loose(item) for item in items]


def _read_loose(item: Any) -> NewScore | Unread:
    try:
        return convert(item, NewScore)
    except Invalid as refusal:
        name = item.get("name") if isinstance(item, dict) else None
        return Unread(name if isinstance(name, str) and name else "unnamed", refusal)


def _read_item(item: NewScore | Unread, manner: Manner, configs: Mapping[str, Config], call: Call) -> Read:
    if isinstance(item, Unread):
        return item.refusal
    try:
        return read_recording(item, manner, configs, call.house.mint)
    except Invalid as refusal:
        return refusal


# ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────


async def list_scores_v1(call: Call) -> Reply:
    """List scores of traces and observations, corrections left out; to BrowserStack's keys in their edition."""
    parameters = Parameters(call.head.query)
    page = read_page(parameters)
    browserstack = is_browserstack(call)
    wanted = asked_of_browserstack(parameters) if browserstack else asked_of_v1(parameters)
    parameters.check()
    found = await _scores(call, wanted, page.window)
    data: list[Any] = [write_browserstack(score) for score in found.items] if browserstack else []
    if not browserstack:
        traces = await _traces_of(call, found.items)
        for score in found.items:
            shape = write_score(score, call.principal.project.name)
            shape.trace = write_trace_of_score(_trace_of(score, traces), with_session=False)
            data.append(shape)
    return json_reply(200, ScorePage(data, page.meta(found.total)))


async def list_scores_v2(call: Call) -> Reply:
    """List scores of every target, with or without their traces."""
    parameters = Parameters(call.head.query)
    page = read_page(parameters)
    fields = _v2_fields(parameters)
    wanted = asked_of_v2(parameters)
    parameters.check()
    found = await _scores(call, wanted, page.window)
    traces = await _traces_of(call, found.items) if "trace" in fields else {}
    data: list[Any] = []
    for score in found.items:
        shape = write_score_v2(score, call.principal.project.name)
        trace = _trace_of(score, traces)
        shape.trace = None if trace is None else write_trace_of_score(trace, with_session=True)
        data.append(shape)
    return json_reply(200, ScorePage(data, page.meta(found.total)))


async def list_scores_v3(call: Call) -> Reply:
    """List scores of every target, a cursor leading on."""
    parameters = Parameters(call.head.query)
    window = read_cursor_window(parameters, least=1, most=LIMIT_MAX)
    groups = frozenset(parameters.texts("fields") or ())
    if not groups <= V3_FIELDS:
        parameters.faults.append(not_a_choice(("fields",), sorted(V3_FIELDS)))
    wanted = asked_of_v3(parameters)
    parameters.check()
    found = await _scores(call, wanted, window)
    project = call.principal.project.name
    data = [write_score_v3(score, project, groups) for score in found.items]
    return json_reply(200, ScoreV3Page(data, cursor_meta(window.limit, found.next)))


async def read_score_v1(call: Call) -> Reply:
    """Read one score of a trace or observation."""
    score = await find_score(call.house, call.project, call.parameters["scoreId"])
    browserstack = is_browserstack(call)
    if not is_speakable_v1(score, BROWSERSTACK_KINDS if browserstack else V1_KINDS):
        raise NotFound("score", call.parameters["scoreId"])
    shape: Any = write_browserstack(score) if browserstack else write_score(score, call.principal.project.name)
    return json_reply(200, shape)


async def read_score_v2(call: Call) -> Reply:
    """Read one score."""
    score = await find_score(call.house, call.project, call.parameters["scoreId"])
    if not is_speakable(score):
        raise NotFound("score", call.parameters["scoreId"])
    return json_reply(200, write_score_v2(score, call.principal.project.name))


async def delete_score(call: Call) -> Reply:
    """Delete a score; 202 whether it was there or not (contract langfuse §8)."""
    with suppress(NotFound):
        await forget_score(call.house, call.project, call.actor, call.parameters["scoreId"])
    return json_reply(202, DELETED)


def _v2_fields(parameters: Parameters) -> frozenset[str]:
    """Return the groups asked for; unknown ones are ignored, and nothing at all means both (contract §9.5)."""
    texts = parameters.texts("fields")
    if texts is None:
        return V2_FIELDS
    fields = V2_FIELDS.intersection(texts)
    if "score" not in fields:
        parameters.faults.append(Fault(("fields",), "custom", "The score fields cannot be left out"))
    if "trace" not in fields and any(parameters.texts(name) for name in TRACE_PARAMETERS):
        sentence = "Filters on the trace (userId, traceTags) need the trace fields"
        parameters.faults.append(Fault(("fields",), "custom", sentence))
    return fields


async def _scores(call: Call, wanted: Filter, window: Window) -> Page[Score]:
    return await call.house.store.scores(ScoreQuery(call.project, wanted, NEWEST_FIRST, window))


async def _traces_of(call: Call, scores: Sequence[Score]) -> Mapping[str, Trace]:
    """Return the traces of a page of scores that somebody sent, by their canonical ids."""
    ids = {id for score in scores if (id := _trace_id(score)) is not None}
    if not ids:
        return {}
    wanted = all_of(
        Compare(TraceField.ID, Operator.ONE_OF, tuple(ids)), Compare(TraceField.KNOWN, Operator.EQUALS, True)
    )
    query = TraceQuery(call.project, wanted, Order(TraceField.CREATED_AT), Window(len(ids)))
    return {canonical(trace.id): trace for trace in (await call.house.store.traces(query)).items}


def _trace_of(score: Score, traces: Mapping[str, Trace]) -> Trace | None:
    id = _trace_id(score)
    return None if id is None else traces.get(id)


def _trace_id(score: Score) -> str | None:
    target = score.target
    trace = target.trace if isinstance(target, TraceTarget | SpanTarget) else None
    return None if trace is None else canonical(trace)
