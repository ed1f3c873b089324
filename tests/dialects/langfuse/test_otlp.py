"""POST /api/public/otel/v1/traces: what attributes become, in any order of arrival (contract langfuse §12, §13.4)."""

from itertools import permutations
from typing import Any

import pytest

from tests.dialects.langfuse.langfuse import Langfuse
from tests.dialects.speaking import read_reply
from tests.wire.exports import json_of, request_of

TRACE = "0af7651916cd43dd8448eb211c80319c"
ROOT, CHILD, OTHER = "b7ad6b7169203331", "00f067aa0ba902b7", "53995c3f42cd8ad8"

SECOND = 1_000_000_000
START = 1_767_225_600 * SECOND
"""2026-01-01T00:00:00Z in nanoseconds."""

PROTOBUF = {"content-type": "application/x-protobuf"}


def span(id: str = ROOT, parent: str = "", attributes: dict[str, Any] | None = None, **facts: Any) -> dict[str, Any]:
    """Describe a span for `request_of`."""
    return {
        "trace_id": bytes.fromhex(TRACE),
        "span_id": bytes.fromhex(id),
        "parent": bytes.fromhex(parent),
        "name": "step",
        "kind": 1,
        "start": START,
        "end": START + SECOND,
        "attributes": attributes or {},
        "events": [],
        "links": [],
        "code": 0,
        "message": "",
        "resource": {},
        "scope": ("langfuse-sdk", "5", {}),
        **facts,
    }


async def export(langfuse: Langfuse, *spans: dict[str, Any], protobuf: bool = False) -> None:
    """Export spans in one request; answered 200 with an empty object, in JSON also to protobuf (§12.1)."""
    request = request_of(list(spans))
    if protobuf:
        reply = await langfuse.reply("POST", "/otel/v1/traces", request.SerializeToString(), PROTOBUF)
    else:
        reply = await langfuse.reply("POST", "/otel/v1/traces", json_of(request))
    assert (reply.status, read_reply(reply), reply.media) == (200, {}, "application/json")


async def traced(langfuse: Langfuse) -> Any:
    """Return the trace as it now stands."""
    return await langfuse.get(f"/traces/{TRACE}")


async def observed(langfuse: Langfuse, id: str = ROOT) -> Any:
    """Return an observation as it now stands."""
    return await langfuse.get(f"/observations/{id}")


TRACE_FIELDS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"langfuse.trace.name": "n"}, {"name": "n"}),
    ({"langfuse.user.id": "a", "user.id": "b"}, {"userId": "a"}),
    ({"user.id": "b", "ai.telemetry.metadata.userId": "c"}, {"userId": "b"}),
    ({"langfuse.observation.metadata.langfuse_user_id": "d"}, {"userId": "d"}),
    ({"langfuse.trace.metadata.langfuse_user_id": "d"}, {"userId": "d"}),
    ({"ai.telemetry.metadata.userId": "c"}, {"userId": "c"}),
    ({"langfuse.user.id": "", "user.id": "b"}, {"userId": "b"}),
    ({"langfuse.session.id": "a", "session.id": "b"}, {"sessionId": "a"}),
    ({"session.id": "b"}, {"sessionId": "b"}),
    ({"gen_ai.conversation.id": "c"}, {"sessionId": "c"}),
    ({"ai.telemetry.metadata.sessionId": "d"}, {"sessionId": "d"}),
    ({"langfuse.trace.tags": ["b", "a"]}, {"tags": ["a", "b"]}),
    ({"langfuse.trace.tags": '["b", "a"]'}, {"tags": ["a", "b"]}),
    ({"langfuse.tags": "b, a"}, {"tags": ["a", "b"]}),
    ({"tag.tags": "one"}, {"tags": ["one"]}),
    ({"ai.telemetry.metadata.tags": ["x"]}, {"tags": ["x"]}),
    ({"langfuse.trace.public": True}, {"public": True}),
    ({"langfuse.public": "true"}, {"public": True}),
    ({"langfuse.version": "v1"}, {"version": "v1"}),
    ({"langfuse.release": "r1"}, {"release": "r1"}),
    ({"langfuse.environment": "Prod"}, {"environment": "prod"}),
    ({"deployment.environment.name": "qa"}, {"environment": "qa"}),
    ({"deployment.environment": "langfuse-x"}, {"environment": "x"}),
    ({"langfuse.trace.input": '{"q": 1}', "langfuse.observation.input": "other"}, {"input": {"q": 1}}),
    ({"langfuse.observation.input": "in", "langfuse.observation.output": '["o"]'}, {"input": "in", "output": ["o"]}),
    ({"langfuse.trace.output": "out"}, {"output": "out"}),
]


@pytest.mark.parametrize("parent", ["", OTHER], ids=["root", "child"])
@pytest.mark.parametrize(("attributes", "shown"), TRACE_FIELDS, ids=str)
async def test_attributes_of_a_trace(
    langfuse: Langfuse, attributes: dict[str, Any], shown: dict[str, Any], parent: str
) -> None:
    """The first source that says something wins, on a root and on any other span (§12.2)."""
    of_root_only = parent and any(name.startswith("langfuse.observation.in") for name in attributes)
    await export(langfuse, span(parent=parent, attributes=attributes))
    trace = await traced(langfuse)
    if not of_root_only or "langfuse.trace.input" in attributes:
        assert shown.items() <= trace.items()
    else:
        assert (trace["input"], trace["output"]) == (None, None)


METADATA: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"langfuse.trace.metadata.tm": '"1"'}, {"tm": "1"}),  # as Python 5 quotes it
    ({"langfuse.trace.metadata.tm": "1"}, {"tm": "1"}),  # as Python 4 and JavaScript do not
    ({"langfuse.trace.metadata.tm": "true"}, {"tm": "true"}),
    ({"langfuse.trace.metadata.tm": '{"a": [1]}'}, {"tm": {"a": [1]}}),
    ({"langfuse.trace.metadata.tm": "[broken"}, {"tm": "[broken"}),
    ({"langfuse.trace.metadata.tm": '"unfinished'}, {"tm": '"unfinished'}),
    ({"langfuse.trace.metadata.tm": 5}, {"tm": 5}),
    ({"langfuse.trace.metadata": '{"a": 1}'}, {"a": 1}),
    ({"langfuse.trace.metadata": "plain"}, {"metadata": "plain"}),
    ({"langfuse.trace.metadata": '{"a": 1, "b": 1}', "langfuse.trace.metadata.b": "2"}, {"a": 1, "b": "2"}),
    ({"langfuse.metadata.k": "v"}, {"k": "v"}),
]


@pytest.mark.parametrize(("attributes", "shown"), METADATA, ids=str)
async def test_metadata_of_a_trace(langfuse: Langfuse, attributes: dict[str, Any], shown: dict[str, Any]) -> None:
    """Quoted texts, objects and arrays are read, other texts stay texts (§12.4, §13.4)."""
    await export(langfuse, span(parent=OTHER, attributes=attributes))
    assert (await traced(langfuse))["metadata"] == shown


async def test_a_root_says_where_it_ran(langfuse: Langfuse) -> None:
    """Resource and scope stand in the trace's metadata; release, version and environment are read (§12.2)."""
    resource = {"service.name": "app", "service.version": "9", "langfuse.release": "r", "langfuse.environment": "prod"}
    await export(langfuse, span(resource=resource, scope=("langfuse-sdk", "5.0", {"public_key": "pk"})))
    trace = await traced(langfuse)
    assert trace["metadata"]["resourceAttributes"] == resource
    assert trace["metadata"]["scope"] == {"name": "langfuse-sdk", "version": "5.0", "attributes": {"public_key": "pk"}}
    assert (trace["version"], trace["release"], trace["environment"]) == ("9", "r", "prod")
    assert (await observed(langfuse))["environment"] == "prod"


PARTS = (
    span(ROOT, name="root span", attributes={"langfuse.observation.input": "in", "langfuse.observation.output": "out"}),
    span(
        CHILD,
        ROOT,
        {"user.id": "u1", "session.id": "s1", "langfuse.trace.tags": ["a"], "langfuse.trace.name": "my-trace"},
        start=START + SECOND,
    ),
    span(OTHER, CHILD, {"langfuse.trace.tags": ["b"], "langfuse.trace.metadata.tm": '"1"'}, start=START + 2 * SECOND),
)


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
@pytest.mark.parametrize("together", [True, False], ids=["one export", "three exports"])
async def test_spans_in_any_order(langfuse: Langfuse, order: tuple[int, ...], together: bool) -> None:
    """A root that carries nothing and children that carry everything make the same trace, however they come (§12.4)."""
    spans = [PARTS[place] for place in order]
    for part in [spans] if together else [[each] for each in spans]:
        await export(langfuse, *part)
    trace = await traced(langfuse)
    assert (trace["name"], trace["userId"], trace["sessionId"]) == ("my-trace", "u1", "s1")
    assert (trace["tags"], trace["metadata"]["tm"]) == (["a", "b"], "1")
    assert (trace["input"], trace["output"]) == ("in", "out")
    assert trace["timestamp"] == "2026-01-01T00:00:00.000Z"
    assert {item["id"]: item["parentObservationId"] for item in trace["observations"]} == {
        ROOT: None,
        CHILD: ROOT,
        OTHER: CHILD,
    }


async def test_the_name_of_a_root_is_only_supposed(langfuse: Langfuse) -> None:
    """Without `langfuse.trace.name` it is the root's name; a child alone names nothing (§12.2)."""
    await export(langfuse, span(CHILD, ROOT, name="child"))
    assert (await traced(langfuse))["name"] is None
    await export(langfuse, span(name="root"))
    assert (await traced(langfuse))["name"] == "root"
    await export(langfuse, span(OTHER, ROOT, {"langfuse.trace.name": "told"}))
    assert (await traced(langfuse))["name"] == "told"


async def test_a_span_that_counts_as_root(langfuse: Langfuse) -> None:
    """`langfuse.internal.as_root` makes a full trace of a span with a parent; `is_app_root` marks an observation."""
    attributes = {"langfuse.internal.as_root": True, "langfuse.internal.is_app_root": True}
    await export(langfuse, span(CHILD, ROOT, attributes, name="entry"))
    assert (await traced(langfuse))["name"] == "entry"
    (item,) = (await langfuse.get("/v2/observations"))["data"]
    assert (item["isRootObservation"], item["parentObservationId"]) == (True, ROOT)


OBSERVATION_FIELDS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {"type": "SPAN", "level": "DEFAULT", "input": None, "output": None, "model": None}),
    *(
        ({"langfuse.observation.type": word}, {"type": word.upper()})
        for word in ("span", "generation", "event", "embedding", "agent", "tool", "chain", "retriever", "guardrail")
    ),
    ({"langfuse.observation.type": "evaluator"}, {"type": "EVALUATOR"}),
    ({"langfuse.observation.type": "nonsense"}, {"type": "SPAN"}),
    ({"openinference.span.kind": "LLM"}, {"type": "GENERATION"}),
    ({"gen_ai.operation.name": "embeddings"}, {"type": "EMBEDDING"}),
    ({"langfuse.observation.model.name": "m"}, {"type": "GENERATION", "model": "m"}),
    ({"gen_ai.request.model": "m"}, {"type": "GENERATION", "model": "m"}),
    ({"langfuse.observation.input": '{"a": 1}'}, {"input": {"a": 1}}),
    ({"langfuse.observation.input": "5", "langfuse.observation.output": "null"}, {"input": "5", "output": "null"}),
    ({"gen_ai.input.messages": '[{"role": "user"}]'}, {"input": [{"role": "user"}]}),
    ({"input.value": "in", "output.value": "out"}, {"input": "in", "output": "out"}),
    ({"ai.prompt.messages": '[{"role": "user"}]', "ai.response.text": "out"}, {"output": "out"}),
    ({"langfuse.observation.level": "WARNING"}, {"level": "WARNING"}),
    ({"langfuse.observation.level": "error"}, {"level": "ERROR"}),
    ({"langfuse.observation.level": "loud"}, {"level": "DEFAULT"}),
    ({"langfuse.observation.status_message": "why"}, {"statusMessage": "why"}),
    ({"langfuse.observation.model.parameters": '{"temperature": 0.5}'}, {"modelParameters": {"temperature": 0.5}}),
    ({"langfuse.observation.usage_details": '{"input": 3, "cached": 1}'}, {"usageDetails": {"input": 3, "cached": 1}}),
    (
        {"langfuse.observation.cost_details": '{"total": 0.5}'},
        {"costDetails": {"total": 0.5}, "calculatedTotalCost": 0.5},
    ),
    (
        {"langfuse.observation.completion_start_time": '"2026-01-01T00:00:00.500Z"'},
        {"completionStartTime": "2026-01-01T00:00:00.500Z", "timeToFirstToken": 0.5},
    ),
    ({"langfuse.observation.completion_start_time": "soon"}, {"completionStartTime": None}),
    (
        {"langfuse.observation.prompt.name": "p", "langfuse.observation.prompt.version": 3},
        {"promptName": "p", "promptVersion": 3},
    ),
    ({"langfuse.observation.metadata": '{"a": 1}'}, {"metadata": {"a": 1}}),
    (
        {"langfuse.observation.metadata.k": '"1"', "langfuse.observation.metadata.n": 2},
        {"metadata": {"k": "1", "n": 2}},
    ),
    ({"other": 1}, {"metadata": {"attributes": {"other": 1}}}),
    ({"langfuse.experiment.id": "e"}, {"metadata": {"attributes": {"langfuse.experiment.id": "e"}}}),
    ({"langfuse.version": "v", "user.id": "u"}, {"version": "v", "metadata": {}}),
]


@pytest.mark.parametrize(("attributes", "shown"), OBSERVATION_FIELDS, ids=str)
async def test_attributes_of_an_observation(
    langfuse: Langfuse, attributes: dict[str, Any], shown: dict[str, Any]
) -> None:
    """Each field of the contract's table, Langfuse's own attributes before the shared conventions (§12.3)."""
    await export(langfuse, span(attributes=attributes))
    assert shown.items() <= (await observed(langfuse)).items()


async def test_a_span_that_failed(langfuse: Langfuse) -> None:
    """Without a level, the status of the span decides, and its message is the status message (§12.3)."""
    await export(langfuse, span(code=2, message="boom"))
    shown = await observed(langfuse)
    assert (shown["level"], shown["statusMessage"]) == ("ERROR", "boom")


@pytest.mark.parametrize("protobuf", [True, False], ids=["protobuf", "json"])
async def test_both_encodings_say_the_same(langfuse: Langfuse, protobuf: bool) -> None:
    """Ids are lower-case hex; scores refer to them (§12.1)."""
    await export(langfuse, *PARTS, protobuf=protobuf)
    await langfuse.score(id="s", traceId=TRACE, observationId=CHILD)
    assert [score["id"] for score in (await traced(langfuse))["scores"]] == ["s"]
    assert (await observed(langfuse, CHILD))["traceId"] == TRACE


IDS: list[tuple[Any, Any]] = [
    (TRACE, ROOT),
    (TRACE.upper(), ROOT.upper()),
    (list(bytes.fromhex(TRACE)), list(bytes.fromhex(ROOT))),
    ({"type": "Buffer", "data": list(bytes.fromhex(TRACE))}, {"type": "Buffer", "data": list(bytes.fromhex(ROOT))}),
]
TIMES: list[Any] = [str(START), START, {"low": START & 0xFFFFFFFF, "high": START >> 32}]


@pytest.mark.parametrize(("trace_id", "span_id"), IDS, ids=lambda id: type(id).__name__)
@pytest.mark.parametrize("start", TIMES, ids=lambda time: type(time).__name__)
async def test_spellings_of_ids_and_times(langfuse: Langfuse, trace_id: Any, span_id: Any, start: Any) -> None:
    """Hex, byte arrays and serialised buffers; text, number and two halves (§12.1)."""
    sent = {"traceId": trace_id, "spanId": span_id, "name": "n", "startTimeUnixNano": start}
    status, body = await langfuse.send(
        "POST", "/otel/v1/traces", {"resourceSpans": [{"scopeSpans": [{"spans": [sent]}]}]}
    )
    assert (status, body) == (200, {})
    shown = await observed(langfuse)
    assert (shown["traceId"], shown["startTime"]) == (TRACE, "2026-01-01T00:00:00.000Z")


def exported(*spans: Any) -> dict[str, Any]:
    """Write an export in JSON by hand."""
    return {"resourceSpans": [{"scopeSpans": [{"spans": list(spans)}]}]}


GOOD = {"traceId": TRACE, "spanId": ROOT, "name": "good"}

EMPTY: list[Any] = [{}, {"resourceSpans": []}, {"resourceSpans": None}, {"resourceLogs": [{}]}, {"resourceSpans": [{}]}]


@pytest.mark.parametrize("sent", EMPTY, ids=str)
async def test_an_export_of_nothing(langfuse: Langfuse, sent: Any) -> None:
    """200, whatever version the header claims: that is checked only where there are spans (§12.1, §13.4)."""
    headers = {"x-langfuse-ingestion-version": "99"}
    assert await langfuse.send("POST", "/otel/v1/traces", sent, headers) == (200, {})
    reply = await langfuse.reply("POST", "/otel/v1/traces", b"", {**PROTOBUF, **headers})
    assert (reply.status, read_reply(reply)) == (200, {})


REFUSED: list[tuple[Any, str]] = [
    (exported(GOOD, {"spanId": CHILD}), "Invalid OTLP trace export: 1 of 2 span(s)"),
    (exported(GOOD, {"traceId": TRACE}), "Invalid OTLP trace export: 1 of 2 span(s)"),
    (exported(GOOD, {"traceId": 5, "spanId": CHILD}), "Invalid OTLP trace export: 1 of 2 span(s)"),
    (
        exported(
            GOOD,
            {
                "traceId": TRACE,
                "spanId": CHILD,
                "attributes": [{"key": "user.id", "value": {"stringValue": "u" * 900}}],
            },
        ),
        "Invalid OTLP trace export: 1 of 2",
    ),
    ({"resourceSpans": 5}, "Invalid OTLP trace export"),
    ({"resourceSpans": [{"scopeSpans": "x"}]}, "Invalid OTLP trace export"),
    (b"{", "Failed to parse OTel JSON"),
    (b"\xff", "Failed to parse OTel JSON"),
    (b"[]", "Failed to parse OTel JSON"),
    (b"", "Failed to parse OTel JSON"),
]


@pytest.mark.parametrize(("sent", "error"), REFUSED, ids=lambda part: str(part)[:60])
async def test_an_export_is_taken_whole_or_not_at_all(langfuse: Langfuse, sent: Any, error: str) -> None:
    """400 with `error` alone, and the good spans are not stored either (§12.1)."""
    status, body = await langfuse.send("POST", "/otel/v1/traces", sent)
    assert status == 400
    assert set(body) == {"error"}
    assert body["error"].startswith(error)
    assert await langfuse.ids("/traces") == []


async def test_protobuf_that_is_none(langfuse: Langfuse) -> None:
    """Another text than JSON's (§12.1)."""
    reply = await langfuse.reply("POST", "/otel/v1/traces", b"\xff\xff\xff", PROTOBUF)
    assert reply.status == 400
    assert read_reply(reply)["error"].startswith("Failed to parse OTel protobuf")


VERSIONS = [
    ("4", 200),
    ("3", 200),
    ("0", 200),
    ("5", 400),
    ("99999999999", 400),
    ("four", 400),
    ("-1", 400),
    ("4.5", 400),
]


@pytest.mark.parametrize(("version", "status"), VERSIONS)
async def test_the_version_of_ingestion(langfuse: Langfuse, version: str, status: int) -> None:
    """A number up to 4; JavaScript sends none (§12.1)."""
    for name in ("x-langfuse-ingestion-version", "x_langfuse_ingestion_version"):
        answer, body = await langfuse.send("POST", "/otel/v1/traces", exported(GOOD), {name: version})
        assert answer == status
        assert body == {} if status == 200 else set(body) == {"error"}


async def test_any_text_is_an_id(langfuse: Langfuse) -> None:
    """Langfuse refuses ids that are absent or neither text nor bytes, and no others (§13.4)."""
    assert (await langfuse.send("POST", "/otel/v1/traces", exported({"traceId": "my trace", "spanId": "my span"})))[
        0
    ] == 200
    assert (await observed(langfuse, "my%20span"))["traceId"] == "my trace"
