"""OpenTelemetry exports are read the same from either encoding, and what cannot be stored is named."""

import subprocess
import sys
from typing import Any, cast

import msgspec
import pytest
from google.protobuf.json_format import Parse
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, Status, StatusCode

from scorehouse.domain.refusals import Fault, Invalid, Refusal, Unreadable
from scorehouse.wire import exported
from scorehouse.wire.call import Head
from scorehouse.wire.exported import Export, IdRule
from scorehouse.wire.otlp import PROTOBUF, answer_export, is_protobuf, read_export, summary_of
from tests.wire.exports import SPANS, expected_of, json_of, request_of

JSON_HEAD = Head("POST", "/v1/traces", headers={"content-type": "application/json"})
PROTOBUF_HEAD = Head("POST", "/v1/traces", headers={"content-type": PROTOBUF})

TRACE_ID = "5b8efff798038103d269b633813fc60c"
SPAN_ID = "eee19b7ec3c1b174"
SPAN: dict[str, Any] = {"traceId": TRACE_ID, "spanId": SPAN_ID}
PLACE = ("resourceSpans", 0, "scopeSpans", 0, "spans", 0)


def read(*spans: Any, ids: IdRule | None = None, resource: Any = None) -> Export:
    """Read spans that stand in one scope of one resource, as JSON."""
    document = {"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": list(spans)}]}]}
    return read_document(document, ids)


def read_document(document: Any, ids: IdRule | None = None) -> Export:
    """Read a whole request as JSON."""
    return read_export(JSON_HEAD, msgspec.json.encode(document), ids or IdRule())


def attribute(value: Any) -> Any:
    """Read one attribute's value as JSON."""
    export = read(SPAN | {"attributes": [{"key": "a", "value": value}]})
    assert export.faults == ()
    return export.spans[0].attributes["a"]


# ── Against protobuf's library and the reference encoder ─────────────────────────────────────────────────


@settings(max_examples=50)
@given(st.lists(SPANS, max_size=2))
def test_protobuf(spans: list[dict[str, Any]]) -> None:
    """Whatever protobuf can say arrives exactly: 64-bit integers, bytes, nested values, doubles of any kind."""
    export = read_export(PROTOBUF_HEAD, request_of(spans).SerializeToString())
    assert export == Export(tuple(expected_of(facts) for facts in spans))


@settings(max_examples=50)
@given(st.lists(SPANS, max_size=2), st.booleans(), st.booleans())
def test_json(spans: list[dict[str, Any]], snake_case: bool, numbers: bool) -> None:
    """What protobuf's own library writes as JSON, in either naming, is read as the same export."""
    document = json_of(request_of(spans), snake_case=snake_case, numbers=numbers)
    assert read_document(document) == Export(tuple(expected_of(facts) for facts in spans))


def test_reference_encoder() -> None:
    """An export of OpenTelemetry's own SDK is read as what the program did."""
    memory = InMemorySpanExporter()
    provider = TracerProvider(resource=Resource({"service.name": "shop", "deployment.environment.name": "test"}))
    provider.add_span_processor(SimpleSpanProcessor(memory))
    tracer = provider.get_tracer("lib", "1.2")
    with tracer.start_as_current_span("root", kind=SpanKind.SERVER) as root:
        root.set_attribute("tags", ["a", "b"])
        root.set_attribute("tokens", 2**62 + 1)
        with pytest.raises(ValueError, match="no"), tracer.start_as_current_span("child"):
            raise ValueError("no")
        root.set_status(Status(StatusCode.OK))
    child, parent = read_export(PROTOBUF_HEAD, encode_spans(memory.get_finished_spans()).SerializeToString()).spans
    context = root.get_span_context()
    assert parent.trace_id == child.trace_id == f"{context.trace_id:032x}"
    assert parent.span_id == child.parent_id == f"{context.span_id:016x}"
    assert (parent.parent_id, parent.name, parent.role) == (None, "root", exported.Role.SERVER)
    assert parent.attributes == {"tags": ["a", "b"], "tokens": 2**62 + 1}
    assert parent.status is exported.StatusCode.OK
    assert parent.resource["service.name"] == "shop"
    assert (parent.scope.name, parent.scope.version) == ("lib", "1.2")
    assert child.status is exported.StatusCode.ERROR
    assert child.message == "ValueError: no"
    assert child.events[0].attributes["exception.message"] == "no"
    assert parent.started_at is not None
    assert parent.ended_at is not None
    assert parent.started_at <= parent.ended_at


# ── What JSON exporters really send ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "id",
    [
        TRACE_ID,
        TRACE_ID.upper(),
        list(bytes.fromhex(TRACE_ID)),
        {"type": "Buffer", "data": list(bytes.fromhex(TRACE_ID))},
    ],
)
def test_spellings_of_ids(id: Any) -> None:
    """An id is hex in either case, an array of bytes or a serialized buffer (contract langfuse §12.1)."""
    assert read(SPAN | {"traceId": id}).spans[0].trace_id == TRACE_ID


@pytest.mark.parametrize(
    "id",
    [
        None,
        "",
        "0" * 32,
        "5b8efff798038103",
        TRACE_ID + "00",
        "5b8efff7-9803-8103-d269-b633813fc60c",
        "W47/95gDgQPSabYzgT/GDA==",
        "g" * 32,
        "٣" * 32,
        5,
        True,
        {},
        {"type": "Buffer"},
        {"type": "Other", "data": [1]},
        [256] * 16,
        [-1] * 16,
        [True] * 16,
        ["1"] * 16,
        [1.0] * 16,
        [1] * 15,
        "a\0b",
    ],
)
def test_bad_ids(id: Any) -> None:
    """A bad id refuses its span alone, with the fault at the id; its neighbours stay."""
    export = read(SPAN | {"traceId": id}, SPAN)
    assert [fault.path for fault in export.faults] == [(*PLACE, "traceId")]
    assert [span.trace_id for span in export.spans] == [TRACE_ID]
    assert export.span_count == 2


@pytest.mark.parametrize("id", ["my-trace", "0" * 32, "5b8e", "W47/95gDgQPSabYzgT/GDA=="])
def test_any_text_may_be_an_id(id: str) -> None:
    """Where the dialect takes any text for an id, it comes as it is (contract langfuse §13.4)."""
    assert read(SPAN | {"traceId": id}, ids=IdRule(any_text=True)).spans[0].trace_id == id


@pytest.mark.parametrize("id", [None, "", 5, {}, "a" * 801, "a\nb"])
def test_not_even_text(id: Any) -> None:
    """Even then an id is there, is text or bytes, and can be stored."""
    assert len(read(SPAN | {"traceId": id}, ids=IdRule(any_text=True)).faults) == 1


def test_any_bytes_may_be_an_id() -> None:
    """Where any text is taken for an id, bytes of any length are, as their hex digits."""
    request = ExportTraceServiceRequest()
    request.resource_spans.add().scope_spans.add().spans.add(trace_id=b"\x01\xab", span_id=b"\x02")
    body = request.SerializeToString()
    span = read_export(PROTOBUF_HEAD, body, IdRule(any_text=True)).spans[0]
    assert (span.trace_id, span.span_id) == ("01ab", "02")
    assert len(read_export(PROTOBUF_HEAD, body).faults) == 1


@pytest.mark.parametrize(
    ("id", "parent"), [(None, None), ("", None), ("0" * 16, None), ([], None), (SPAN_ID.upper(), SPAN_ID)]
)
def test_parents(id: Any, parent: str | None) -> None:
    """No parent is said by nothing, by an empty id or by zeros."""
    assert read(SPAN | {"parentSpanId": id}).spans[0].parent_id == parent


@pytest.mark.parametrize(
    ("time", "microseconds"),
    [
        ("1544712660000000000", 1_544_712_660_000_000),
        (1544712660000000999, 1_544_712_660_000_000),
        (1.5e18, 1_500_000_000_000_000),
        ({"low": 2115657216, "high": 359654928}, ((359654928 << 32) + 2115657216) // 1000),
        ({"low": -1, "high": 0, "unsigned": True}, (2**32 - 1) // 1000),
        ("0", None),
        (0, None),
        ("", None),
        (None, None),
        (str(2**64 - 1), (2**64 - 1) // 1000),
    ],
)
def test_spellings_of_times(time: Any, microseconds: int | None) -> None:
    """Nanoseconds come as text, number or two halves (contract langfuse §12.1); none and zero are no time."""
    assert read(SPAN | {"startTimeUnixNano": time}).spans[0].started_at == microseconds


@pytest.mark.parametrize(
    "time", ["-1", -1, 2**64, "1e18", "soon", 1.5, True, {}, {"low": "1", "high": 0}, [1, 2], "9" * 30, "٣", " 1"]
)
def test_bad_times(time: Any) -> None:
    """A time that is none is named, and refuses its span."""
    assert [fault.path for fault in read(SPAN | {"endTimeUnixNano": time}).faults] == [(*PLACE, "endTimeUnixNano")]


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        ({"stringValue": "x"}, "x"),
        ({"string_value": ""}, ""),
        ({"boolValue": False}, False),
        ({"intValue": "9223372036854775807"}, 2**63 - 1),
        ({"intValue": -5}, -5),
        ({"intValue": {"low": -5, "high": -1}}, -5),
        ({"doubleValue": 1}, 1.0),
        ({"doubleValue": "1.5"}, 1.5),
        ({"doubleValue": "NaN"}, "NaN"),
        ({"doubleValue": "-Infinity"}, "-Infinity"),
        ({"bytesValue": "-_8"}, "+/8="),
        ({"bytesValue": [251, 255]}, "+/8="),
        ({"arrayValue": {}}, []),
        ({"arrayValue": {"values": [{"intValue": 1}, {}, {"stringValue": "a"}]}}, [1, None, "a"]),
        ({"kvlistValue": {"values": [{"key": "k", "value": {"boolValue": True}}]}}, {"k": True}),
        ({"kvlistValue": {"values": [{"value": {"boolValue": True}}]}}, {"": True}),
        ({}, None),
        (None, None),
        ({"someNewValue": 1}, None),
        ({"stringValue": None}, None),
    ],
)
def test_values(value: Any, plain: Any) -> None:
    """Each kind of value becomes plain JSON of the same type."""
    result = attribute(value)
    assert result == plain
    assert type(result) is type(plain)


@pytest.mark.parametrize(
    "value",
    [
        "x",
        [],
        {"stringValue": 1},
        {"stringValue": "a\0"},
        {"boolValue": "true"},
        {"intValue": 2**63},
        {"intValue": "9" * 20},
        {"intValue": "1.5"},
        {"intValue": True},
        {"doubleValue": "1_0"},
        {"doubleValue": "1e999x"},
        {"doubleValue": 10**400},
        {"doubleValue": True},
        {"doubleValue": []},
        {"bytesValue": "%"},
        {"bytesValue": 1},
        {"arrayValue": []},
        {"arrayValue": {"values": {}}},
        {"arrayValue": {"values": [1]}},
        {"kvlistValue": {"values": [{"key": 5}]}},
        {"kvlistValue": {"values": 1}},
    ],
)
def test_bad_values(value: Any) -> None:
    """A value that is not what it says refuses its span, with the fault at the attribute."""
    export = read(SPAN | {"attributes": [{"key": "a", "value": value}]}, SPAN)
    assert [fault.path for fault in export.faults] == [(*PLACE, "attributes", "a")]
    assert len(export.spans) == 1


def test_text_doubles_beyond_all_doubles() -> None:
    """A text that stands for more than any double is infinite, as protobuf's own reader has it."""
    assert attribute({"doubleValue": "1e999"}) == "Infinity"


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("name", 5),
        ("name", "a\0"),
        ("kind", "SPAN_KIND_ODD"),
        ("kind", []),
        ("kind", True),
        ("status", "OK"),
        ("status", {"code": "BAD"}),
        ("status", {"message": 5}),
        ("attributes", {"a": 1}),
        ("attributes", [5]),
        ("attributes", [{"key": 5}]),
        ("events", {}),
        ("events", [{"name": 5}]),
        ("events", [{"timeUnixNano": "x"}]),
        ("links", [{"traceId": 5}]),
    ],
)
def test_bad_members(member: str, value: Any) -> None:
    """Any member of a wrong type refuses its span alone."""
    export = read(SPAN | {member: value}, SPAN)
    assert [fault.path[: len(PLACE)] for fault in export.faults] == [PLACE]
    assert len(export.spans) == 1


@pytest.mark.parametrize(
    ("given", "role", "status"),
    [
        ({"kind": 3, "status": {"code": 2}}, exported.Role.CLIENT, exported.StatusCode.ERROR),
        (
            {"kind": "SPAN_KIND_SERVER", "status": {"code": "STATUS_CODE_OK"}},
            exported.Role.SERVER,
            exported.StatusCode.OK,
        ),
        ({"kind": 99, "status": {"code": -1}}, exported.Role.UNSPECIFIED, exported.StatusCode.UNSET),
        ({"kind": None, "status": None}, exported.Role.UNSPECIFIED, exported.StatusCode.UNSET),
    ],
)
def test_enumerations(given: dict[str, Any], role: exported.Role, status: exported.StatusCode) -> None:
    """Enumerations come by number or name; a number that is not known yet is no fault."""
    span = read(SPAN | given).spans[0]
    assert (span.role, span.status) == (role, status)


def test_negative_enumerations_in_protobuf() -> None:
    """Enumerations of protobuf are open on both sides."""
    request = ExportTraceServiceRequest()
    span = request.resource_spans.add().scope_spans.add().spans.add(trace_id=b"a" * 16, span_id=b"b" * 8)
    span.kind = span.status.code = cast("Any", -1)
    (read_span,) = read_export(PROTOBUF_HEAD, request.SerializeToString()).spans
    assert (read_span.role, read_span.status) == (exported.Role.UNSPECIFIED, exported.StatusCode.UNSET)


def test_unknown_members_are_ignored() -> None:
    """A newer exporter may say more."""
    assert read(SPAN | {"flags": 1, "droppedAttributesCount": {}, "x": [[]]}).faults == ()


@pytest.mark.parametrize(
    "document", [{}, {"resourceSpans": None}, {"resourceSpans": []}, {"resourceLogs": []}, {"resourceSpans": [{}]}]
)
def test_empty_exports(document: Any) -> None:
    """An export of nothing is fine."""
    assert read_document(document) == Export()


def test_empty_protobuf() -> None:
    """No bytes at all are the encoding of an empty export."""
    assert read_export(PROTOBUF_HEAD, b"") == Export()


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ({"resourceSpans": {}}, ("resourceSpans",)),
        ({"resourceSpans": [5]}, ("resourceSpans", 0)),
        ({"resourceSpans": [{"scopeSpans": "x"}]}, ("resourceSpans", 0, "scopeSpans")),
        ({"resourceSpans": [{"scopeSpans": [None]}]}, ("resourceSpans", 0, "scopeSpans", 0)),
        (
            {"resourceSpans": [{"scopeSpans": [{"spans": {}}]}]},
            ("resourceSpans", 0, "scopeSpans", 0, "spans"),
        ),
        ({"resourceSpans": [{"scopeSpans": [{"spans": [[]]}]}]}, PLACE),
    ],
)
def test_bad_collections(document: Any, path: tuple[str | int, ...]) -> None:
    """What is not a list of objects is one fault, where it stands (contract langfuse §12.1)."""
    assert [fault.path for fault in read_document(document).faults] == [path]


def test_bad_surroundings() -> None:
    """What is wrong with a resource or scope is wrong with each of its spans, and with no other."""
    assert len(read(SPAN, SPAN, resource={"attributes": 5}).faults) == 2
    request = ExportTraceServiceRequest()
    for name in ("a\0", "fine"):
        scope_group = request.resource_spans.add().scope_spans.add()
        scope_group.scope.name = name
        for _ in range(2):
            scope_group.spans.add(trace_id=b"a" * 16, span_id=b"b" * 8)
    export = read_export(PROTOBUF_HEAD, request.SerializeToString())
    assert [fault.path[1] for fault in export.faults] == [0, 0]
    assert len(export.spans) == 2


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[", b'{"resourceSpans": NaN}', b'"\xff"', b'{"a": "\\ud800"}', b"\xef\xbb\xbf{}", b"\x0a\x00"]
)
def test_unreadable_json(body: bytes) -> None:
    """What is no JSON is refused as a whole."""
    with pytest.raises(Unreadable):
        read_export(JSON_HEAD, body)


@pytest.mark.parametrize("body", [b"[]", b"5", b"null", b'"x"'])
def test_no_object(body: bytes) -> None:
    """What is JSON but no object is refused as a whole."""
    with pytest.raises(Invalid):
        read_export(JSON_HEAD, body)


@pytest.mark.parametrize("body", [b"{}", b"\x0a\x05a", b"\xff\xff\xff", b"\x0a\x02\x12\xff"])
def test_unreadable_protobuf(body: bytes) -> None:
    """What is no protobuf is refused as a whole."""
    with pytest.raises(Unreadable):
        read_export(PROTOBUF_HEAD, body)


def test_broken_utf8_in_protobuf() -> None:
    """A text that is not UTF-8 makes the export unreadable."""
    body = request_of([]).SerializeToString() + b"\x0a\x08\x12\x06\x12\x04\x2a\x02\xff\xfe"
    with pytest.raises(Unreadable):
        read_export(PROTOBUF_HEAD, body)


def test_logs_are_no_traces() -> None:
    """Logs in protobuf, whose first levels look the same, store nothing (contract langfuse §13.4)."""
    logs = ExportLogsServiceRequest()
    record = logs.resource_logs.add().scope_logs.add().log_records.add(time_unix_nano=5, severity_text="INFO")
    record.trace_id, record.span_id = bytes.fromhex(TRACE_ID), bytes.fromhex(SPAN_ID)
    try:
        export = read_export(PROTOBUF_HEAD, logs.SerializeToString())
    except Unreadable:
        return
    assert export.spans == ()
    assert len(export.faults) == 1


@pytest.mark.parametrize("depth", [10, 200, 100_000])
def test_depth(depth: int) -> None:
    """Values nested too deep refuse the export, in either encoding, at whatever depth; others do not."""
    opening, closing = b'{"arrayValue":{"values":[', b"]}}"
    body = (
        b'{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"%s","spanId":"%s","attributes":[{"key":"a","value":%s}]}]}]}]}'
        % (TRACE_ID.encode(), SPAN_ID.encode(), opening * depth + closing * depth)
    )
    if depth == 10:
        assert len(read_export(JSON_HEAD, body).spans) == 1
    else:
        with pytest.raises(Refusal):
            read_export(JSON_HEAD, body)


def test_depth_in_protobuf() -> None:
    """The parser's own limit holds."""
    request = ExportTraceServiceRequest()
    span = request.resource_spans.add().scope_spans.add().spans.add(trace_id=b"a" * 16, span_id=b"b" * 8)
    value: AnyValue = span.attributes.add(key="a").value
    for _ in range(200):
        value = value.array_value.values.add()
    with pytest.raises(Unreadable):
        read_export(PROTOBUF_HEAD, request.SerializeToString())


@given(st.binary(max_size=200))
def test_garbage_is_refused(body: bytes) -> None:
    """Bytes of any kind are an export or a refusal, never a crash."""
    for head in (JSON_HEAD, PROTOBUF_HEAD):
        try:
            read_export(head, body)
        except Refusal:
            continue


NAMES = (
    *("resourceSpans", "scopeSpans", "spans", "traceId", "spanId", "resource", "status", "code"),
    *("attributes", "key", "value", "values", "kvlistValue", "arrayValue", "intValue"),
    *("type", "data", "low", "high"),
)
JUNK = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=4)
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(NAMES),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=30,
)


@given(JUNK)
def test_junk_of_the_right_names(document: Any) -> None:
    """JSON that uses the right names in wrong places is an export or a refusal, never a crash."""
    try:
        body = msgspec.json.encode(document)
        read_export(JSON_HEAD, body)
        read_document({"resourceSpans": [{"scopeSpans": [{"spans": [document]}]}]})
    except (Refusal, UnicodeEncodeError):
        return


# ── Answers ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("faults", [(), (Fault(("a", 0), "missing", "is required"),) * 7])
def test_answers(faults: tuple[Fault, ...]) -> None:
    """Both answers, read by protobuf's own library, say how many spans were refused; of none they say nothing."""
    reply = answer_export(PROTOBUF_HEAD, faults)
    assert (reply.status, reply.media) == (200, PROTOBUF)
    assert isinstance(reply.body, bytes)
    answer = ExportTraceServiceResponse.FromString(reply.body)
    assert answer.HasField("partial_success") is bool(faults)
    assert answer.partial_success.rejected_spans == len(faults)
    json = answer_export(JSON_HEAD, faults)
    assert (json.status, json.media) == (200, "application/json")
    assert isinstance(json.body, bytes)
    same = Parse(json.body, ExportTraceServiceResponse())
    assert same.partial_success.rejected_spans == len(faults)
    assert same.partial_success.error_message == answer.partial_success.error_message
    assert ("and 2 more" in same.partial_success.error_message) is bool(faults)


def test_summary() -> None:
    """The exporter's log line names the place of each fault."""
    faults = (Fault((*PLACE, "spanId"), "missing", "is required"),)
    assert summary_of(faults) == "resourceSpans.0.scopeSpans.0.spans.0.spanId: is required"
    assert summary_of(()) == ""


@pytest.mark.parametrize(
    ("media", "expected"),
    [
        ("application/x-protobuf", True),
        ("Application/X-Protobuf; charset=utf-8", True),
        ("application/json", False),
        ("", False),
    ],
)
def test_encodings(media: str, expected: bool) -> None:
    """The content type alone decides how a body is read."""
    assert is_protobuf(Head("POST", "/", headers={"content-type": media})) is expected


def test_protobuf_is_loaded_only_when_met() -> None:
    """A process that reads exports as JSON alone does not pay for protobuf's library."""
    program = (
        "import sys; from scorehouse.wire.call import Head; from scorehouse.wire.otlp import read_export\n"
        "assert read_export(Head('POST', '/'), b'{}').span_count == 0\n"
        "assert not [name for name in sys.modules if name.startswith(('google', 'opentelemetry'))]"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
