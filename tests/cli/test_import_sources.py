"""What a vendor tells beside scores: traces, spans, configs and evaluators, read through its dialect as we speak it.

Neither a process nor a socket: a source is asked what a house of ours answers.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest
from msgspec.json import decode, encode

from scorehouse.cli.fetching import Gone
from scorehouse.cli.import_parts import Vendor
from scorehouse.cli.move_in import Run
from scorehouse.dialects import registered
from scorehouse.dialects.native.exports import begin_export
from scorehouse.domain.changes import Actor
from scorehouse.domain.identity import canonical
from scorehouse.domain.instants import Instant
from scorehouse.domain.scores import Draft, Source
from scorehouse.domain.targets import RunTarget, SessionTarget, SpanTarget, Target, TraceTarget
from scorehouse.domain.traces import Health, SpanKind, SpanSketch, TraceSketch
from scorehouse.domain.values import Kind, Value, categorical, numeric, text
from scorehouse.services.anchor import anchor
from scorehouse.services.export import What
from scorehouse.services.offers import Inlet, Refused
from scorehouse.services.record import record_score
from scorehouse.services.take_in import Intake
from scorehouse.storage.queries import ChangeQuery
from scorehouse.wire.dialect import Dialect
from scorehouse.wire.sources import Ask
from tests.dialects.speaking import BEGINNING, Speaker, open_speaker, whole

ME = Actor("key-1", "ann", "native")
NOON = Instant(BEGINNING - 10**12 + 123_000)
"""To the millisecond, which is as finely as the coarsest vendor tells."""

TRACE, PARENT, SPAN = "0af7651916cd43dd8448eb211c80319c", f"{1:032x}", f"{2:032x}"


@dataclass(frozen=True)
class Told:
    """What a vendor tells of the traces and spans below, by its contract: columns of an export."""

    traces: frozenset[str]
    spans: frozenset[str]


COMMON = frozenset({"id", "name", "started_at", "tags", "metadata"})
OF_SPANS = frozenset({"id", "trace", "parent", "name", "started_at", "ended_at", "kind", "input", "output", "metadata"})
COSTS = frozenset({"model", "usage", "cost_usd", "error"})
DATA = frozenset({"input", "output", "session", "user", "environment", "release"})

VENDORS: Mapping[str, Told] = {
    "langfuse": Told(
        COMMON | DATA | {"version", "public"},
        OF_SPANS | COSTS | {"version", "environment", "model_parameters", "completion_started_at"},
    ),
    "pandaprobe": Told(
        COMMON | DATA | {"ended_at", "health"},
        OF_SPANS | COSTS | {"health", "model_parameters", "completion_started_at"},
    ),
    "2signal": Told(COMMON | {"ended_at"}, OF_SPANS | COSTS | {"health", "model_parameters"}),
    "respan": Told(frozenset({"id"}), OF_SPANS | COSTS | {"health", "session", "user", "environment"}),
}


async def fill(speaker: Speaker) -> None:
    """Put in a trace with everything, two spans of it, more traces than a page holds, and a score on a span."""
    house, project = speaker.house, speaker.principal.project.number
    trace = TraceSketch(
        id=TRACE,
        name="answer",
        started_at=NOON,
        ended_at=Instant(NOON + 2_000_000),
        session="chat",
        user="ann",
        environment="production",
        release="r1",
        version="v1",
        health=Health.OK,
        public=True,
        tags=("a", "b"),
        input={"q": [1, None]},
        output="said",
        metadata={"k": {"deep": 1}},
    )
    call = SpanSketch(
        id=SPAN,
        trace=TRACE,
        parent=PARENT,
        name="call",
        started_at=NOON,
        ended_at=Instant(NOON + 1_000_000),
        completion_started_at=Instant(NOON + 500_000),
        session="chat",
        user="ann",
        environment="production",
        version="v1",
        kind=SpanKind.LLM,
        health=Health.ERROR,
        error="timeout",
        model="m-1",
        model_parameters={"t": 0.5},
        usage={"input": 3, "output": 4, "total": 7},
        cost_usd=0.25,
        input=[{"role": "user"}],
        output={"text": "ü"},
        metadata={"k": "v"},
    )
    root = SpanSketch(id=PARENT, trace=TRACE, kind=SpanKind.AGENT, health=Health.OK, started_at=NOON, ended_at=NOON)
    more = [TraceSketch(id=f"{number:032x}", started_at=NOON) for number in range(100, 330)]
    await anchor(house, project, ME, [trace, *more], [root, call])
    for target in (TraceTarget(TRACE), SpanTarget(SPAN, TRACE)):
        await record_score(house, project, ME, Draft(target=target, name="tone", value=numeric(0.5)))
    speaker.clock.advance(3600 * 5)


@pytest.fixture
async def there(tmp_path: Path) -> AsyncIterator[Speaker]:
    """A house with traces, that answers for a vendor."""
    async with open_speaker(tmp_path / "there") as speaker:
        await fill(speaker)
        yield speaker


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Speaker]:
    """An empty house, later than the other."""
    async with open_speaker(tmp_path / "here") as speaker:
        speaker.clock.advance(10**6)
        yield speaker


def dialect_of(name: str) -> Dialect:
    """Return a dialect by its name."""
    return next(dialect for dialect in registered() if dialect.name == name)


async def move(there: Speaker, here: Speaker, name: str, absent: tuple[str, ...] = ()) -> tuple[Run, list[Refused]]:
    """Import what one house answers through a dialect into another; `absent` are paths that it answers with 404."""
    dialect = dialect_of(name)
    assert dialect.source is not None

    async def fetch(url: str, ask: Ask, headers: Mapping[str, str]) -> bytes:
        if ask.path.startswith(absent):
            raise Gone(ask.path)
        method = "GET" if ask.body is None else "POST"
        reply = await whole(await there.speak(dialect, method, ask.path, (ask.body or "").encode(), headers=headers))
        assert reply.status == 200, (ask, reply.body)
        assert isinstance(reply.body, bytes)
        return reply.body

    run = Run()
    intake = Intake(Inlet(here.house, here.principal.project.number, ME), run.sides)
    refused: list[Refused] = []
    async for part in Vendor(dialect.source, "http://there", "key:default", fetch=fetch).parts():
        refused += await intake.take_in(part.offers)
        run.note(part)
    return run, refused


async def rows(speaker: Speaker, what: What) -> dict[str, dict[str, Any]]:
    """Return what an export of a house says, by canonical id."""
    begun = await begin_export(speaker.house, speaker.principal.project, f"what={what}")
    lines = b"".join([part async for part in begun.parts]).splitlines()
    return {canonical(row["id"]): row for row in map(decode, lines)}


def spelled(row: Mapping[str, Any], told: frozenset[str]) -> dict[str, Any]:
    """Return what is told of a row, ids in one spelling, nothing for an empty text."""
    ids = {"id", "trace", "parent"}
    return {name: canonical(row[name]) if name in ids and row[name] else row[name] for name in told}


def test_every_source_is_tried() -> None:
    """A vendor with a source that nobody tried would be believed unseen."""
    assert {dialect.name for dialect in registered() if dialect.source is not None} == set(VENDORS)


@pytest.mark.parametrize("name", VENDORS)
async def test_traces_and_spans_come_in(there: Speaker, here: Speaker, name: str) -> None:
    """Everything that the vendor tells of them is here as it was there, once; and both sides add up."""
    run, refused = await move(there, here, name)
    assert (refused, run.sides.differs, run.missing) == ([], False, {})
    told = VENDORS[name]
    for what, columns in ((What.TRACES, told.traces), (What.SPANS, told.spans)):
        mine, theirs = await rows(here, what), await rows(there, what)
        carried = theirs.keys() if name != "respan" or what is What.SPANS else {TRACE}
        assert mine.keys() == set(carried), "Respan knows logs, and their traces by their ids"
        for id in (TRACE,) if what is What.TRACES else (SPAN,):
            assert spelled(mine[id], columns) == spelled(theirs[id], columns)
            assert mine[id]["known"]
    assert run.sides.others.stored["spans"].sum == 0.25
    house, project = here.house, here.principal.project.number
    before = len(await house.store.changes(ChangeQuery(project, 1000)))
    run, refused = await move(there, here, name)
    assert (refused, run.sides.differs) == ([], False)
    assert len(await house.store.changes(ChangeQuery(project, 1000))) == before


EVENTS_ONLY = tuple(f"/api/public/{path}?" for path in ("scores", "v2/scores", "traces", "observations"))
"""What Langfuse answers with 404 as it is installed from its fourth version on (contract langfuse §2, §3.2)."""

KINDS_OF_VALUES: dict[str, Value] = {
    "truth": Value(Kind.BOOLEAN, 1.0, True),
    "mood": categorical("calm"),
    "said": text("well"),
    "output": Value(Kind.CORRECTION, text="better"),
}


async def test_a_langfuse_that_serves_events_only_comes_in(there: Speaker, here: Speaker) -> None:
    """Scores out of v3, spans and their traces out of v2 observations; what these do not tell is not made up."""
    house, project = there.house, there.principal.project.number
    targets: list[Target] = [TraceTarget(TRACE), SessionTarget("chat"), RunTarget("run-1"), SpanTarget(SPAN, TRACE)]
    for target, (name, value) in zip(targets, KINDS_OF_VALUES.items(), strict=True):
        draft = Draft(target=target, name=name, value=value, comment="why", metadata={"a": 1}, environment="test")
        await record_score(house, project, ME, draft)
    for _ in range(2):
        run, refused = await move(there, here, "langfuse", EVENTS_ONLY)
        assert (refused, run.sides.differs, run.missing) == ([], False, {})
    told = frozenset({"id", "name", "target_kind", "target", "kind", "number", "boolean", "labels", "text", "comment"})
    told |= {"metadata", "environment", "timestamp", "created_at", "origin", "author"}
    mine, theirs = await rows(here, What.SCORES), await rows(there, What.SCORES)
    assert mine.keys() == theirs.keys()
    for id, row in theirs.items():
        assert {name: mine[id][name] for name in told} == {name: row[name] for name in told}
    mine, theirs = await rows(here, What.SPANS), await rows(there, What.SPANS)
    assert spelled(mine[SPAN], VENDORS["langfuse"].spans) == spelled(theirs[SPAN], VENDORS["langfuse"].spans)
    (trace,) = (await rows(here, What.TRACES)).values()
    of_trace = COMMON - {"metadata"} | {"session", "user", "release"}
    assert spelled(trace, of_trace) == spelled((await rows(there, What.TRACES))[TRACE], of_trace)


def test_a_root_tells_when_its_trace_began() -> None:
    """Of a page of observations the root's word on its trace counts, wherever it stands."""
    times = {"startTime": "2026-01-01T00:00:00Z", "createdAt": "2026-01-01T00:00:00Z", "type": "SPAN"}
    items = [
        {**times, "id": "o-1", "traceId": "t", "isRootObservation": True},
        {**times, "id": "o-2", "traceId": "t", "startTime": "2026-01-01T00:00:01Z"},
    ]
    source = dialect_of("langfuse").source
    assert source is not None
    for page in (items, items[::-1]):
        fetched = source.read(Ask("", label="newer observations"), encoded({"data": page, "meta": {"cursor": "a/b"}}))
        *_, trace = [offer.thing for offer in fetched.offers if isinstance(offer.thing, TraceSketch)]
        assert trace.started_at is not None
        (following,) = fetched.next
        assert following.path.endswith("&cursor=a%2Fb")


async def test_respan_without_its_plain_list_of_scores_comes_in(there: Speaker, here: Speaker) -> None:
    """What its newer documents leave out is asked by filters, page after page."""
    house, project = there.house, there.principal.project.number
    for number in range(120):
        draft = Draft(target=SpanTarget(SPAN, TRACE), name=f"n{number}", value=numeric(number))
        await record_score(house, project, ME, draft)
    run, refused = await move(there, here, "respan", ("/api/scores/?",))
    assert (refused, run.sides.differs) == ([], False)
    assert len(run.sides.scores.stored) == 121


async def test_an_import_that_was_interrupted_knows_what_stands_for_what(there: Speaker) -> None:
    """The state of an import holds what it asks instead, in JSON, and goes on from it."""
    source = dialect_of("langfuse").source
    assert source is not None
    place = decode(encode({"url": "http://there", "asks": [asdict(ask) for ask in source.first]}))
    asked: list[str] = []

    async def fetch(url: str, ask: Ask, headers: Mapping[str, str]) -> bytes:
        asked.append(ask.label)
        if ask.label in {"traces", "observations", "scores"}:
            raise Gone(ask.path)
        return encode({"data": [], "meta": {"page": 1, "total_items": 0, "totalItems": 0, "totalPages": 0}})

    async for _ in Vendor(source, "http://there", "key", place, fetch=fetch).parts():
        pass
    assert asked == ["configs", "traces", "observations", "newer observations", "scores", "newer scores"]


async def test_evaluators_of_respan_come_in_with_their_scores(there: Speaker, here: Speaker) -> None:
    """An evaluator is here by its id and key, its scores are linked to it, and written again they are the same."""
    respan = dialect_of("respan")
    body = {
        "name": "Helpful?",
        "evaluator_slug": "help",
        "type": "llm",
        "score_value_type": "numerical",
        "score_config": {"min_score": 0, "max_score": 5},
        "passing_conditions": {"primary_score": {"operator": "gte", "value": 3}},
        "llm_config": {"model": "m"},
    }
    made = decode((await whole(await there.speak(respan, "POST", "/api/evaluators/", body))).body)  # type: ignore[arg-type]  # it is whole
    again = {"evaluator_slug": "help", "numerical_value": 5}
    for number, author in ((4, "tester"), (2, None)):
        source = Source(author=author, evaluator=made["id"])
        draft = Draft(target=SpanTarget(SPAN, TRACE), name="help", value=numeric(number), source=source)
        await record_score(there.house, there.principal.project.number, ME, draft)
    _, refused = await move(there, here, "respan")
    assert refused == []
    evaluators = await rows(here, What.EVALUATORS)
    theirs = (await rows(there, What.EVALUATORS))[canonical(made["id"])]
    told = ("key", "name", "type", "kind", "minimum", "maximum", "conditions", "version", "definition", "created_at")
    mine = evaluators[canonical(made["id"])]
    assert {name: mine[name] for name in told} == {name: theirs[name] for name in told}
    scores = [row for row in (await rows(here, What.SCORES)).values() if row["name"] == "help"]
    assert sorted((row["evaluator"], row["passed"]) for row in scores) == [(made["id"], False), (made["id"], True)]
    answer = await here.speak(respan, "POST", f"/api/logs/{SPAN}/scores/", again)
    assert answer.status == 200, "there is one of this log, evaluator and scorer, who owns the key"


async def test_a_score_of_a_forgotten_evaluator_comes_in_without_it(there: Speaker, here: Speaker) -> None:
    """Respan shows scores of evaluators that it lists no more: the name stays, and nobody is refused."""
    respan = dialect_of("respan")
    assert respan.source is not None
    page = {"results": [{**SCORE, "evaluator_id": "gone", "evaluator_slug": "help"}], "next": None}
    fetched = respan.source.read(Ask("/api/scores/?page=1", label="scores"), encoded(page))
    intake = Intake(Inlet(here.house, here.principal.project.number, ME))
    assert await intake.take_in(fetched.offers) == ()
    (row,) = (await rows(here, What.SCORES)).values()
    assert (row["name"], row["evaluator"], row["residue"]) == ("help", None, {"respan": {"evaluator_id": "gone"}})


def encoded(document: Any) -> bytes:
    """Write JSON."""
    return encode(document)


SCORE: Mapping[str, Any] = {"id": "s-1", "created_at": "2026-05-12T08:00:00Z", "log_id": SPAN, "numerical_value": 1}
