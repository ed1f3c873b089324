"""One thing has one identity, whoever names it and however they spell it (docs/decisions: 0007).

Ids are compared as the contracts spell them: 32 hex digits by OpenTelemetry and Langfuse, UUIDs by 2signal and
PandaProbe, anything by Respan and Tracia.
"""

from typing import Any
from uuid import UUID

import pytest

from scorehouse.dialects import registered
from scorehouse.wire.otlp import ExportRequest
from scorehouse.wire.route import Route
from tests.matrix.voice import Request, Voice
from tests.matrix.voices import VOICES
from tests.matrix.voices.pandaprobe import KEY
from tests.matrix.world import World

HEX = "0af7651916cd43dd8448eb211c80319c"
TRACE = str(UUID(HEX))
SPAN = "b7ad6b7169203331"

EXPORT = {
    "resourceSpans": [
        {
            "resource": {"attributes": []},
            "scopeSpans": [
                {
                    "scope": {"name": "tests"},
                    "spans": [
                        {
                            "traceId": HEX,
                            "spanId": SPAN,
                            "name": "answer",
                            "kind": 1,
                            "startTimeUnixNano": "1767225600000000000",
                            "endTimeUnixNano": "1767225601000000000",
                        }
                    ],
                }
            ],
        }
    ]
}
"""One span, as an OpenTelemetry SDK exports it."""

TAKERS = [
    (dialect.editions[0].name, route)
    for dialect in registered()
    for route in dialect.routes
    if route.body is ExportRequest
]
"""Every way in for OpenTelemetry."""

UNREGISTERED = {"evaluator_slug": "tone", "numerical_value": 0.25}


def voice(edition: str) -> Voice:
    """Return who speaks an edition."""
    return next(voice for voice in VOICES if voice.edition == edition)


async def say(world: World, edition: str, method: str, path: str, body: Any = b"", **headers: str) -> Any:
    """Send something that is taken, and return the answer."""
    status, answer = await world.send(voice(edition), Request(method, path, body, headers))
    assert status < 300, (edition, method, path, status, answer)
    return answer


async def score_by_everybody(world: World) -> dict[str, str]:
    """Score one trace in every spelling of its id; return the ids of the scores."""
    twosignal = await say(
        world, "2signal", "POST", "/api/v1/scores", {"traceId": TRACE.upper(), "evaluatorName": "a", "value": 0.5}
    )
    langfuse = await say(world, "langfuse", "POST", "/api/public/scores", {"traceId": HEX, "name": "b", "value": 3})
    pandaprobe = await say(
        world,
        "pandaprobe",
        "POST",
        "/evaluations/trace-scores",
        {"trace_id": TRACE, "name": "c", "value": "1"},
        **KEY,
    )
    return {"2signal": twosignal["id"], "langfuse": langfuse["id"], "pandaprobe": pandaprobe["id"]}


def plain(ids: Any) -> set[str]:
    """Return ids in one spelling."""
    return {UUID(id).hex for id in ids}


def test_opentelemetry_has_ways_in() -> None:
    """The tests below would prove nothing of an empty list: native, 2signal, Langfuse and Respan take exports."""
    assert {edition for edition, _ in TAKERS} >= {"native", "2signal", "langfuse", "respan"}


@pytest.mark.parametrize(("edition", "route"), TAKERS, ids=[f"{edition} {route.path}" for edition, route in TAKERS])
async def test_an_exported_trace_is_one_in_every_spelling(world_of_tasks: World, edition: str, route: Route) -> None:
    """A trace exported as 32 hex digits is scored by UUID and by hex: one trace, three scores, seen by all alike."""
    world = world_of_tasks
    await say(world, edition, "POST", route.path, EXPORT, **{"content-type": "application/json"})
    ids = plain((await score_by_everybody(world)).values())

    traces = (await world.ask("/v1/traces?total=true"))["items"]
    assert [UUID(trace["id"]).hex for trace in traces] == [HEX]
    assert traces[0]["rollup"]["score_count"] == 3
    listed = await world.ask(f"/v1/scores?trace={TRACE}")
    assert plain(score["id"] for score in listed["items"]) == ids

    embedded = (await say(world, "langfuse", "GET", f"/api/public/traces/{TRACE}"))["scores"]
    assert plain(score["id"] for score in embedded) == ids
    shown = await say(world, "pandaprobe", "GET", f"/evaluations/trace-scores/{TRACE}", **KEY)
    assert {score["trace_id"] for score in shown} == {TRACE}
    assert plain(score["id"] for score in shown) == ids
    exported = (await say(world, "2signal", "GET", f"/api/v1/export/traces/{HEX}"))["data"]["scores"]
    assert {score["evaluatorName"] for score in exported} == {"a", "c"}, "3 is beyond what 2signal shows"


MAKERS: dict[str, tuple[str, str, Any]] = {
    "respan": (
        "respan",
        "/api/request-logs/",
        {"unique_id": SPAN, "trace_unique_id": HEX, "model": "m", "input": "Why?", "output": "So."},
    ),
    "tracia": (
        "tracia",
        "/api/v1/spans",
        {
            "spanId": SPAN,
            "traceId": HEX,
            "model": "m",
            "provider": "openai",
            "input": {"messages": []},
            "output": "So.",
            "status": "SUCCESS",
            "latencyMs": 5,
            "inputTokens": 1,
            "outputTokens": 1,
            "totalTokens": 2,
        },
    ),
    "langfuse": (
        "langfuse",
        "/api/public/ingestion",
        {
            "batch": [
                {
                    "id": "event",
                    "type": "generation-create",
                    "timestamp": "2026-01-01T00:00:00.000Z",
                    "body": {"id": SPAN, "traceId": HEX, "name": "answer", "model": "m", "output": "So."},
                }
            ]
        },
    ),
    "OpenTelemetry": ("native", "/v1/traces", EXPORT),
}
"""Who may bring a span, and how: a Respan log, a Tracia span, a Langfuse observation, an exported span."""


@pytest.mark.parametrize("maker", MAKERS)
async def test_a_log_a_span_and_an_observation_are_one(world_of_tasks: World, maker: str) -> None:
    """Whoever brings it, Respan scores it as a log, Tracia as a span, Langfuse as an observation: one span."""
    world = world_of_tasks
    edition, path, body = MAKERS[maker]
    await say(world, edition, "POST", path, body, **{"content-type": "application/json"})
    respan = await say(world, "respan", "POST", f"/api/logs/{SPAN}/scores/", UNREGISTERED)
    tracia = await say(
        world, "tracia", "POST", f"/api/v1/spans/{SPAN}/evaluations", {"evaluatorKey": "quality", "value": 1}
    )
    observation = {"traceId": TRACE, "observationId": SPAN, "name": "b", "value": 1}
    langfuse = await say(world, "langfuse", "POST", "/api/public/scores", observation)

    spans = (await world.ask("/v1/spans"))["items"]
    assert [(span["id"], UUID(span["trace"]).hex) for span in spans] == [(SPAN, HEX)]
    ids = {respan["id"], tracia["id"], langfuse["id"]}
    assert {score["id"] for score in (await world.ask(f"/v1/scores?span={SPAN}"))["items"]} == ids

    log = await say(world, "respan", "GET", f"/api/request-logs/{SPAN}/")
    assert UUID(log["trace_unique_id"]).hex == HEX
    assert {score["id"] for score in log["scores"].values()} == ids
    assert UUID((await say(world, "tracia", "GET", f"/api/v1/spans/{SPAN}"))["traceId"]).hex == HEX
    seen = await say(world, "langfuse", "GET", f"/api/public/observations/{SPAN}")
    assert UUID(seen["traceId"]).hex == HEX
    listed = (await say(world, "langfuse", "GET", f"/api/public/v2/scores?observationId={SPAN}"))["data"]
    assert {score["id"] for score in listed} == ids


async def test_a_slug_and_a_key_are_one_evaluator(world_of_tasks: World) -> None:
    """An evaluator that Respan makes is Tracia's by its key, and judges for both; by id it is the house's own."""
    world = world_of_tasks
    await say(world, "tracia", "POST", *MAKERS["tracia"][1:])
    made = await say(
        world,
        "respan",
        "POST",
        "/api/evaluators/",
        {
            "name": "Tone",
            "evaluator_slug": "tone",
            "type": "human",
            "score_value_type": "numerical",
            "passing_conditions": {"primary_score": {"operator": "gte", "value": 0.5}},
        },
    )
    await say(world, "tracia", "POST", f"/api/v1/spans/{SPAN}/evaluations", {"evaluatorKey": "tone", "value": 0.75})
    await say(world, "respan", "POST", f"/api/logs/{SPAN}/scores/", UNREGISTERED)
    scores = (await world.ask("/v1/scores?name=tone&order=created_at"))["items"]
    assert [score["source"]["evaluator"] for score in scores] == [made["id"]] * 2
    assert sorted(score["passed"] for score in scores) == [False, True]
    native = await world.ask(f"/v1/evaluators/{made['id']}")
    assert (native["key"], native["name"]) == ("tone", "Tone")


async def test_a_key_made_by_the_house_is_a_slug(world_of_tasks: World) -> None:
    """An evaluator of the house's own API is Respan's by its slug."""
    world = world_of_tasks
    await say(world, "tracia", "POST", *MAKERS["tracia"][1:])
    made = await say(world, "native", "POST", "/v1/evaluators", {"key": "tone", "name": "Tone"})
    score = await say(world, "respan", "POST", f"/api/logs/{SPAN}/scores/", UNREGISTERED)
    assert (score["evaluator_id"], score["evaluator_name"]) == (made["id"], "Tone")
    assert (await say(world, "respan", "GET", f"/api/evaluators/{made['id']}/"))["evaluator_slug"] == "tone"


async def test_a_config_of_the_same_name_is_the_same_dimension_and_no_evaluator(world_of_tasks: World) -> None:
    """A config constrains the scores that name it by id, whatever it is called; an equal name gathers them in lists."""
    world = world_of_tasks
    await say(world, "tracia", "POST", *MAKERS["tracia"][1:])
    evaluator = await say(world, "native", "POST", "/v1/evaluators", {"key": "tone"})
    config = await say(
        world,
        "langfuse",
        "POST",
        "/api/public/score-configs",
        {"name": "tone", "dataType": "NUMERIC", "minValue": 0, "maxValue": 0.5},
    )
    on_span = {"traceId": HEX, "observationId": SPAN, "name": "tone"}
    held = {**on_span, "value": 0.5, "configId": config["id"]}
    await say(world, "langfuse", "POST", "/api/public/scores", held)
    await say(world, "langfuse", "POST", "/api/public/scores", {**on_span, "value": 9})
    await say(world, "tracia", "POST", f"/api/v1/spans/{SPAN}/evaluations", {"evaluatorKey": "tone", "value": 7})
    status, _ = await world.send(voice("langfuse"), Request("POST", "/api/public/scores", {**held, "value": 0.75}))
    assert status == 400, "the config holds those that name it"

    scores = (await world.ask("/v1/scores?name=tone"))["items"]
    links = {score["value"]["number"]: (score["source"]["evaluator"], score["config"]) for score in scores}
    assert links == {0.5: (None, config["id"]), 9.0: (None, None), 7.0: (evaluator["id"], None)}
    shown = (await say(world, "langfuse", "GET", "/api/public/v2/scores?name=tone"))["data"]
    assert {score["value"] for score in shown} == {0.5, 9, 7}


async def test_a_span_is_found_by_the_event_that_brought_it(world_of_tasks: World) -> None:
    """2signal's users score the id of an event; the score is on the span, under its own id, for everybody else."""
    world = world_of_tasks
    event = {"id": "event-7", "type": "span-create", "body": {"id": SPAN, "traceId": TRACE, "name": "n", "type": "LLM"}}
    await say(world, "2signal", "POST", "/api/v1/traces", {"batch": [event]})
    await say(
        world,
        "2signal",
        "POST",
        "/api/v1/scores",
        {"traceId": HEX, "spanId": "event-7", "evaluatorName": "a", "value": 1},
    )
    (score,) = (await say(world, "respan", "GET", f"/api/logs/{SPAN}/scores/"))["results"]
    assert (score["log_id"], score["evaluator_slug"]) == (SPAN, "a")
    (score,) = (await say(world, "langfuse", "GET", f"/api/public/v2/scores?traceId={HEX}"))["data"]
    assert score["observationId"] == SPAN
