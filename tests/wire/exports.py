"""OpenTelemetry exports for the tests: built once as data, said in every encoding, and as what they should become."""

from base64 import b64decode, b64encode
from math import isfinite
from typing import Any

from google.protobuf.json_format import MessageToDict
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from scorehouse.wire.exported import (
    ExportedEvent,
    ExportedLink,
    ExportedSpan,
    Role,
    Scope,
    StatusCode,
)

ID_MEMBERS = frozenset({"traceId", "spanId", "parentSpanId", "trace_id", "span_id", "parent_span_id"})

TEXTS = st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"]), max_size=12)
VALUES = st.recursive(
    st.one_of(
        st.none(),
        TEXTS,
        st.booleans(),
        st.integers(-(2**63), 2**63 - 1),
        st.floats(),
        st.binary(max_size=5),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=6,
)
ATTRIBUTES = st.dictionaries(TEXTS, VALUES, max_size=4)
NANOSECONDS = st.integers(0, 2**64 - 1)
TRACE_IDS = st.binary(min_size=16, max_size=16).filter(any)
SPAN_IDS = st.binary(min_size=8, max_size=8).filter(any)
SPANS = st.fixed_dictionaries(
    {
        "trace_id": TRACE_IDS,
        "span_id": SPAN_IDS,
        "parent": st.one_of(st.just(b""), SPAN_IDS),
        "name": TEXTS,
        "kind": st.integers(0, 5),
        "start": NANOSECONDS,
        "end": NANOSECONDS,
        "attributes": ATTRIBUTES,
        "events": st.lists(st.tuples(TEXTS, NANOSECONDS, ATTRIBUTES), max_size=2),
        "links": st.lists(st.tuples(TRACE_IDS, SPAN_IDS, ATTRIBUTES), max_size=2),
        "code": st.integers(0, 2),
        "message": TEXTS,
        "resource": ATTRIBUTES,
        "scope": st.tuples(TEXTS, TEXTS, ATTRIBUTES),
    }
)


def request_of(spans: list[dict[str, Any]]) -> ExportTraceServiceRequest:
    """Build the protobuf message, one resource a span."""
    request = ExportTraceServiceRequest()
    for facts in spans:
        group = request.resource_spans.add()
        group.resource.attributes.extend(pairs(facts["resource"]))
        scope_group = group.scope_spans.add()
        scope_group.scope.name, scope_group.scope.version, attributes = facts["scope"]
        scope_group.scope.attributes.extend(pairs(attributes))
        _fill(scope_group.spans.add(), facts)
    return request


def json_of(request: ExportTraceServiceRequest, *, snake_case: bool = False, numbers: bool = False) -> dict[str, Any]:
    """Let protobuf's own library write the message as JSON, and turn its base64 ids into OTLP's hex."""
    document = MessageToDict(request, preserving_proto_field_name=snake_case, use_integers_for_enums=numbers)
    result: dict[str, Any] = _with_hex_ids(document)
    return result


def expected_of(facts: dict[str, Any]) -> ExportedSpan:
    """Say what one of SPANS means, from the data alone."""
    scope_name, scope_version, scope_attributes = facts["scope"]
    return ExportedSpan(
        trace_id=facts["trace_id"].hex(),
        span_id=facts["span_id"].hex(),
        parent_id=facts["parent"].hex() or None,
        name=facts["name"],
        role=list(Role)[facts["kind"]],
        started_at=_microseconds(facts["start"]),
        ended_at=_microseconds(facts["end"]),
        attributes=plain(facts["attributes"]),
        events=tuple(
            ExportedEvent(name=name, at=_microseconds(at), attributes=plain(attributes))
            for name, at, attributes in facts["events"]
        ),
        links=tuple(
            ExportedLink(trace_id=trace.hex(), span_id=span.hex(), attributes=plain(attributes))
            for trace, span, attributes in facts["links"]
        ),
        status=list(StatusCode)[facts["code"]],
        message=facts["message"],
        resource=plain(facts["resource"]),
        scope=Scope(name=scope_name, version=scope_version, attributes=plain(scope_attributes)),
    )


def plain(value: Any) -> Any:
    """Say what a value becomes in plain JSON."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, bytes):
        return b64encode(value).decode()
    if isinstance(value, float) and not isfinite(value):
        return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[str(value)]
    return value


def pairs(attributes: dict[str, Any]) -> list[KeyValue]:
    """Write attributes as protobuf does."""
    return [KeyValue(key=key, value=any_value(value)) for key, value in attributes.items()]


def any_value(value: Any) -> AnyValue:
    """Write one value as protobuf does; None is a value that was not set."""
    result = AnyValue()
    if isinstance(value, bool):
        result.bool_value = value
    elif isinstance(value, str):
        result.string_value = value
    elif isinstance(value, int):
        result.int_value = value
    elif isinstance(value, float):
        result.double_value = value
    elif isinstance(value, bytes):
        result.bytes_value = value
    elif isinstance(value, list):
        result.array_value.SetInParent()
        result.array_value.values.extend(any_value(item) for item in value)
    elif isinstance(value, dict):
        result.kvlist_value.SetInParent()
        result.kvlist_value.values.extend(pairs(value))
    return result


def _fill(span: Span, facts: dict[str, Any]) -> None:
    span.trace_id, span.span_id, span.parent_span_id = facts["trace_id"], facts["span_id"], facts["parent"]
    span.name, span.kind = facts["name"], facts["kind"]
    span.start_time_unix_nano, span.end_time_unix_nano = facts["start"], facts["end"]
    span.attributes.extend(pairs(facts["attributes"]))
    for name, at, attributes in facts["events"]:
        span.events.add(name=name, time_unix_nano=at, attributes=pairs(attributes))
    for trace, linked, attributes in facts["links"]:
        span.links.add(trace_id=trace, span_id=linked, attributes=pairs(attributes))
    span.status.code, span.status.message = facts["code"], facts["message"]


def _microseconds(nanoseconds: int) -> Any:
    return nanoseconds // 1000 if nanoseconds else None


def _with_hex_ids(node: Any) -> Any:
    if isinstance(node, list):
        return [_with_hex_ids(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {name: b64decode(item).hex() if name in ID_MEMBERS else _with_hex_ids(item) for name, item in node.items()}
