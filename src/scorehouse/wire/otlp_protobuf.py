"""OTLP traces in protobuf → the neutral form.

The parser refuses texts that are not UTF-8 and messages nested deeper than 100 levels (some 30 of values)
by itself. Imported only when the first protobuf body arrives: its library takes 15 MB and 30 ms.
"""

from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span

from scorehouse.domain.refusals import Fault, Invalid, Path, Unreadable
from scorehouse.wire.exported import (
    ROLES,
    SPAN_ID_DIGITS,
    STATUSES,
    TRACE_ID_DIGITS,
    Attributes,
    Export,
    ExportedEvent,
    ExportedLink,
    ExportedSpan,
    IdRule,
    Role,
    Scope,
    StatusCode,
    check_count,
    moment_of,
    plain_double,
    plain_text,
)


def read_protobuf(body: bytes, ids: IdRule) -> Export:
    """Read an ExportTraceServiceRequest; no bytes at all are an empty one.

    Raises:
        Unreadable: it is not one.
        TooLarge: more than SPANS_MAX.
    """
    try:
        request = ExportTraceServiceRequest.FromString(body)
    except DecodeError as error:
        raise Unreadable("The body is not a valid OTLP trace export in protobuf.") from error
    spans: list[ExportedSpan] = []
    faults: list[Fault] = []
    check_count(len(request.resource_spans))
    groups = 0
    for first, group in enumerate(request.resource_spans):
        for second, scope_group in enumerate(group.scope_spans):
            groups += 1
            check_count(groups + len(spans) + len(faults) + len(scope_group.spans))
            place = ("resourceSpans", first, "scopeSpans", second, "spans")
            _read_group(group, scope_group, ids, place, (spans, faults))
    return Export(tuple(spans), tuple(faults))


def write_protobuf(rejected: int, message: str) -> bytes:
    """Write an ExportTraceServiceResponse; without anything to say it is empty."""
    answer = ExportTraceServiceResponse()
    if rejected or message:
        answer.partial_success.rejected_spans = rejected
        answer.partial_success.error_message = message
    return answer.SerializeToString()


def _read_group(
    group: ResourceSpans,
    scope_group: ScopeSpans,
    ids: IdRule,
    place: Path,
    found: tuple[list[ExportedSpan], list[Fault]],
) -> None:
    """Add the spans of one scope to `found`; what is wrong with their surroundings is wrong with each."""
    spans, faults = found
    try:
        resource, scope = _attributes(group.resource.attributes), _scope(scope_group.scope)
    except Invalid as refusal:
        faults.extend(refusal.faults[0].under(*place, index) for index in range(len(scope_group.spans)))
        return
    for index, span in enumerate(scope_group.spans):
        try:
            spans.append(_span(span, ids, resource, scope))
        except Invalid as refusal:
            faults.append(refusal.faults[0].under(*place, index))


def _span(span: Span, ids: IdRule, resource: Attributes, scope: Scope) -> ExportedSpan:
    return ExportedSpan(
        trace_id=ids.checked(span.trace_id.hex(), TRACE_ID_DIGITS, "traceId"),
        span_id=ids.checked(span.span_id.hex(), SPAN_ID_DIGITS, "spanId"),
        parent_id=ids.parent(span.parent_span_id.hex(), "parentSpanId"),
        name=plain_text(span.name, "name"),
        role=ROLES.get(span.kind, Role.UNSPECIFIED),
        started_at=moment_of(span.start_time_unix_nano, "startTimeUnixNano"),
        ended_at=moment_of(span.end_time_unix_nano, "endTimeUnixNano"),
        attributes=_attributes(span.attributes),
        events=tuple(_event(event) for event in span.events),
        links=tuple(_link(link) for link in span.links),
        status=STATUSES.get(span.status.code, StatusCode.UNSET),
        message=plain_text(span.status.message, "status", "message"),
        resource=resource,
        scope=scope,
    )


def _event(event: Span.Event) -> ExportedEvent:
    return ExportedEvent(
        name=plain_text(event.name, "events"),
        at=moment_of(event.time_unix_nano, "events"),
        attributes=_attributes(event.attributes),
    )


def _link(link: Span.Link) -> ExportedLink:
    return ExportedLink(
        trace_id=link.trace_id.hex(), span_id=link.span_id.hex(), attributes=_attributes(link.attributes)
    )


def _scope(scope: InstrumentationScope) -> Scope:
    return Scope(
        name=plain_text(scope.name, "scope"),
        version=plain_text(scope.version, "scope"),
        attributes=_attributes(scope.attributes),
    )


def _attributes(pairs: Iterable[KeyValue]) -> dict[str, Any]:
    return {plain_text(pair.key, "attributes"): _value(pair.value) for pair in pairs}


def _value(value: AnyValue) -> Any:
    kind = value.WhichOneof("value")
    read = _READERS.get(kind) if kind else None
    return read(value) if read else None


_READERS: Mapping[str, Callable[[AnyValue], Any]] = {
    "string_value": lambda value: plain_text(value.string_value, "attributes"),
    "bool_value": lambda value: value.bool_value,
    "int_value": lambda value: value.int_value,
    "double_value": lambda value: plain_double(value.double_value),
    "array_value": lambda value: [_value(item) for item in value.array_value.values],
    "kvlist_value": lambda value: _attributes(value.kvlist_value.values),
    "bytes_value": lambda value: b64encode(value.bytes_value).decode(),
}
