"""What the conventions of instrumentations say becomes fields; what they leave stays with the span."""

from typing import Any

import pytest

from scorehouse.domain.documents import EMPTY
from scorehouse.domain.instants import Instant
from scorehouse.domain.refusals import Fault
from scorehouse.domain.traces import TAGS_MAX, Health, SpanKind, SpanSketch
from scorehouse.wire.exported import Export, ExportedEvent, ExportedLink, ExportedSpan, Scope, StatusCode
from scorehouse.wire.semantics import sketch_span, sketched

TRACE = "5b8efff798038103d269b633813fc60c"
CHILD = "eee19b7ec3c1b174"
ROOT = "eee19b7ec3c1b173"


def span(attributes: dict[str, Any] | None = None, **facts: Any) -> ExportedSpan:
    """Export a child span with these attributes."""
    whole: dict[str, Any] = {"trace_id": TRACE, "span_id": CHILD, "parent_id": ROOT} | facts
    return ExportedSpan(attributes=attributes or EMPTY, **whole)


def root(attributes: dict[str, Any] | None = None, **facts: Any) -> ExportedSpan:
    """Export a root span with these attributes."""
    return span(attributes, **({"span_id": ROOT, "parent_id": None, "name": "agent"} | facts))


def test_a_whole_span() -> None:
    """A call to a model, as OpenTelemetry's conventions describe it, fills the fields of a span."""
    sketch = sketch_span(
        span(
            {
                "gen_ai.system": "openai",
                "gen_ai.operation.name": "chat",
                "gen_ai.request.model": "gpt-5",
                "gen_ai.response.model": "gpt-5-2026",
                "gen_ai.request.temperature": 0.5,
                "gen_ai.request.max_tokens": 100,
                "gen_ai.usage.input_tokens": 10,
                "gen_ai.usage.output_tokens": 4,
                "gen_ai.conversation.id": "c1",
                "user.id": "ann",
                "gen_ai.input.messages": '[{"role": "user"}]',
                "gen_ai.output.messages": "Hello",
            },
            name="chat gpt-5",
            started_at=Instant(5),
            ended_at=Instant(9),
            status=StatusCode.OK,
            resource={"service.version": "1.2", "deployment.environment.name": "production"},
        )
    )
    assert sketch == SpanSketch(
        id=CHILD,
        trace=TRACE,
        parent=ROOT,
        name="chat gpt-5",
        kind=SpanKind.LLM,
        started_at=Instant(5),
        ended_at=Instant(9),
        session="c1",
        user="ann",
        environment="production",
        version="1.2",
        health=Health.OK,
        model="gpt-5",
        model_parameters={"temperature": 0.5, "max_tokens": 100},
        usage={"input": 10, "output": 4},
        input=[{"role": "user"}],
        output="Hello",
        metadata={
            "attributes": {
                "gen_ai.system": "openai",
                "gen_ai.operation.name": "chat",
                "gen_ai.response.model": "gpt-5-2026",
            }
        },
    )


def test_a_bare_span() -> None:
    """A span that says nothing is sketched as nothing but itself."""
    assert sketch_span(span()) == SpanSketch(
        id=CHILD, trace=TRACE, parent=ROOT, kind=SpanKind.SPAN, health=Health.UNSET
    )


@pytest.mark.parametrize(
    ("attributes", "field", "expected"),
    [
        ({"session.id": "s", "gen_ai.conversation.id": "c"}, "session", "s"),
        ({"session.id": "", "gen_ai.conversation.id": "c"}, "session", "c"),
        ({"session.id": 5}, "session", "5"),
        ({"session.id": True}, "session", None),
        ({"enduser.id": "u"}, "user", "u"),
        ({"deployment.environment": "old"}, "environment", "old"),
        ({"llm.model_name": "m"}, "model", "m"),
        ({"gen_ai.response.model": "m"}, "model", "m"),
        ({"gen_ai.request.model": 5.5, "gen_ai.response.model": "m"}, "model", "m"),
        ({"gen_ai.usage.prompt_tokens": 3}, "usage", {"input": 3}),
        ({"gen_ai.usage.completion_tokens": 3.0}, "usage", {"output": 3}),
        ({"llm.token_count.total": 3}, "usage", {"total": 3}),
        ({"gen_ai.usage.input_tokens": 0}, "usage", {"input": 0}),
        ({"gen_ai.usage.input_tokens": -1}, "usage", None),
        ({"gen_ai.usage.input_tokens": 2.5}, "usage", None),
        ({"gen_ai.usage.input_tokens": "many"}, "usage", None),
        ({"gen_ai.usage.input_tokens": 2**60}, "usage", None),
        ({"gen_ai.usage.input_tokens": True}, "usage", None),
        ({"gen_ai.usage.cost": 0.25}, "cost_usd", 0.25),
        ({"gen_ai.usage.cost": "NaN"}, "cost_usd", None),
        ({"tag.tags": ["a", "b"]}, "tags", ("a", "b")),
        ({"tag.tags": '["a"]'}, "tags", ("a",)),
        ({"tag.tags": "a"}, "tags", ("a",)),
        ({"tag.tags": [1]}, "tags", ()),
        ({"tag.tags": []}, "tags", ()),
        ({"input.value": '{"a": 1}'}, "input", {"a": 1}),
        ({"input.value": "{not json"}, "input", "{not json"),
        ({"input.value": '["\\u0000"]'}, "input", '["\\u0000"]'),
        ({"input.value": "[" * 200 + "]" * 200}, "input", "[" * 200 + "]" * 200),
        ({"input.value": "5"}, "input", "5"),
        ({"input.value": False}, "input", False),
        ({"output.value": "x"}, "output", "x"),
        ({"traceloop.entity.input": "x"}, "input", "x"),
        ({"gen_ai.completion": "x"}, "output", "x"),
        (
            {"gen_ai.prompt.1.content": "b", "gen_ai.prompt.0.role": "user", "gen_ai.prompt.0.content": "a"},
            "input",
            [{"role": "user", "content": "a"}, {"content": "b"}],
        ),
        ({"gen_ai.completion.10.c": "b", "gen_ai.completion.9.c": "a"}, "output", [{"c": "a"}, {"c": "b"}]),
        ({"llm.input_messages.0.message.content": "a"}, "input", [{"content": "a"}]),
    ],
)  # fmt: skip  # one case a line
def test_fields(attributes: dict[str, Any], field: str, expected: Any) -> None:
    """Each field takes the first attribute that it can make something of; the others stay where they were."""
    sketch = sketch_span(span(attributes))
    assert getattr(sketch, field) == expected
    left = sketch.metadata.get("attributes", {})
    assert all(attributes[name] == value for name, value in left.items())
    if expected is None or expected == ():
        assert left == attributes


@pytest.mark.parametrize(
    ("attributes", "kind"),
    [
        ({"openinference.span.kind": "TOOL"}, SpanKind.TOOL),
        ({"openinference.span.kind": "RERANKER"}, SpanKind.RETRIEVER),
        ({"gen_ai.operation.name": "invoke_agent"}, SpanKind.AGENT),
        ({"gen_ai.operation.name": "embeddings", "gen_ai.request.model": "m"}, SpanKind.EMBEDDING),
        ({"traceloop.span.kind": "workflow"}, SpanKind.CHAIN),
        ({"gen_ai.request.model": "m"}, SpanKind.LLM),
        ({"openinference.span.kind": "NEW", "gen_ai.operation.name": "chat"}, SpanKind.LLM),
        ({"openinference.span.kind": ["TOOL"]}, SpanKind.SPAN),
    ],
)
def test_kinds(attributes: dict[str, Any], kind: SpanKind) -> None:
    """The kind follows the first convention whose word is known, else whether there is a model; its word stays."""
    sketch = sketch_span(span(attributes))
    assert sketch.kind is kind
    kept = {name: value for name, value in attributes.items() if name != "gen_ai.request.model"}
    assert sketch.metadata.get("attributes", {}) == kept


def test_own_attributes_before_the_resource() -> None:
    """A span may name its own environment; what the resource says is never spent."""
    resource = {"deployment.environment": "production", "service.version": "1"}
    sketch = sketch_span(span({"deployment.environment": "canary"}, resource=resource))
    assert (sketch.environment, sketch.version) == ("canary", "1")
    assert resource == {"deployment.environment": "production", "service.version": "1"}


@pytest.mark.parametrize(
    ("facts", "health", "error"),
    [
        ({"status": StatusCode.ERROR, "message": "bad"}, Health.ERROR, "bad"),
        (
            {
                "status": StatusCode.ERROR,
                "events": (ExportedEvent(name="exception", attributes={"exception.message": "boom"}),),
            },
            Health.ERROR,
            "boom",
        ),
        ({"status": StatusCode.UNSET}, Health.UNSET, None),
        ({"status": StatusCode.OK}, Health.OK, None),
    ],
)
def test_health(facts: dict[str, Any], health: Health, error: str | None) -> None:
    """A status becomes health; the error is its message, else that of a recorded exception."""
    sketch = sketch_span(span(**facts))
    assert (sketch.health, sketch.error) == (health, error)


def test_nothing_is_lost() -> None:
    """Attributes without a field, events and links stay in the metadata, beside the sender's own."""
    sketch = sketch_span(
        span(
            {"metadata": '{"team": "x"}', "custom": {"deep": [1]}},
            events=(ExportedEvent(name="e", at=Instant(0), attributes={"k": 1}), ExportedEvent(name="f")),
            links=(ExportedLink(trace_id="t", span_id="s", attributes={"l": 2}),),
        )
    )
    assert sketch.metadata == {
        "team": "x",
        "attributes": {"custom": {"deep": [1]}},
        "events": [
            {"name": "e", "time": "1970-01-01T00:00:00.000000Z", "attributes": {"k": 1}},
            {"name": "f", "time": None, "attributes": {}},
        ],
        "links": [{"traceId": "t", "spanId": "s", "attributes": {"l": 2}}],
    }


def test_content_on_events() -> None:
    """Content that older instrumentations put on events is found there."""
    events = (
        ExportedEvent(name="gen_ai.content.prompt", attributes={"gen_ai.prompt": '[{"role": "user"}]'}),
        ExportedEvent(name="gen_ai.content.completion", attributes={"gen_ai.completion": "hi"}),
    )
    sketch = sketch_span(span(events=events))
    assert (sketch.input, sketch.output) == ([{"role": "user"}], "hi")


# ── Traces ───────────────────────────────────────────────────────────────────────────────────────────────


def test_the_root_names_its_trace() -> None:
    """The root gives its trace a name, input, output, labels and origin, wherever in the export it stands."""
    spans = (
        span({"session.id": "of the child", "user.id": "ann", "tag.tags": ["b"]}),
        root(
            {"session.id": "of the root", "input.value": "q", "output.value": "a", "tag.tags": ["a", "b"]},
            resource={"service.name": "shop"},
            scope=Scope(name="lib", version="2"),
        ),
    )
    (trace,) = sketched(Export(spans)).traces
    assert (trace.id, trace.name, trace.input, trace.output) == (TRACE, "agent", "q", "a")
    assert (trace.session, trace.user, trace.tags) == ("of the root", "ann", ("b", "a"))
    assert trace.metadata == {"resource": {"service.name": "shop"}, "scope": {"name": "lib", "version": "2"}}
    assert trace.first_wins == frozenset()
    (reversed_trace,) = sketched(Export(spans[::-1])).traces
    assert (reversed_trace.session, reversed_trace.user) == ("of the root", "ann")
    assert (reversed_trace.name, reversed_trace.tags) == ("agent", ("a", "b"))


def test_children_alone() -> None:
    """Without their root, children name no trace, and what is known of it wins over what they say."""
    (trace,) = sketched(Export((span({"user.id": "ann", "input.value": "q"}, name="step"),))).traces
    assert (trace.name, trace.input, trace.user) == (None, None, "ann")
    assert {"session", "user", "environment", "version"} <= trace.first_wins


def test_one_sketch_a_trace() -> None:
    """Traces come once each, in order of first appearance; spans all, as sent."""
    other = "a" * 32
    sketches = sketched(Export((root(), span(trace_id=other), span())))
    assert [trace.id for trace in sketches.traces] == [TRACE, other]
    assert [sketch.id for sketch in sketches.spans] == [ROOT, CHILD, CHILD]
    assert sketches.faults == ()


def test_spans_that_cannot_be_sketched() -> None:
    """A span whose field breaks a rule is a fault by itself; those of the export come along."""
    before = Fault(("resourceSpans",), "wrong_type", "must be an array")
    bad = span({"session.id": "s" * 801})
    sketches = sketched(Export((bad, root()), (before,)))
    assert [sketch.id for sketch in sketches.spans] == [ROOT]
    assert [fault.path for fault in sketches.faults] == [("resourceSpans",), (CHILD, "session")]
    assert sketches.traces[0].session is None


def test_too_many_tags() -> None:
    """Spans that give their trace more tags than it can hold are refused, not the export."""
    halves = [[f"{half}-{number}" for number in range(TAGS_MAX)] for half in range(2)]
    sketches = sketched(Export(tuple(root({"tag.tags": tags}) for tags in halves)))
    assert len(sketches.spans) == 1
    assert [fault.code for fault in sketches.faults] == ["too_long"]
    assert sketches.traces[0].tags == tuple(halves[0])


def test_an_empty_export() -> None:
    """Of nothing there is nothing to say."""
    assert sketched(Export()).traces == ()
