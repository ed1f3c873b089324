"""OTLP traces in JSON → the neutral form.

Hand-written rather than left to protobuf's JSON reader, because what exporters really send is wider than
that: ids in hex (as OTLP says), as arrays of bytes or as serialized buffers, times as text, number or the
two halves of a 64-bit number, names in camelCase or snake_case, enumerations by number or by name
(contract langfuse §12.1). Unknown members are ignored, and null is the same as absent.
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, TypeVar

from scorehouse.domain.refusals import Fault, Invalid, Path
from scorehouse.wire.bodies import json_type_of, parse
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

Node = Mapping[str, Any]
"""A JSON object of the export."""

WordT = TypeVar("WordT", Role, StatusCode)

_CAPITAL = re.compile(r"[A-Z]")
_INTEGER = re.compile(r"-?[0-9]{1,20}")
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_NOT_FINITE = frozenset({"NaN", "Infinity", "-Infinity"})
_HALF = 0xFFFFFFFF


def read_json(body: bytes, ids: IdRule) -> Export:
    """Read an ExportTraceServiceRequest.

    Raises:
        Unreadable: it is not JSON.
        Invalid: it is no object, or nested deeper than a document may be.
        TooLarge: more than SPANS_MAX.
    """
    request = parse(body)
    if not isinstance(request, dict):
        raise Invalid(_wrong(request, "an object"))
    spans: list[ExportedSpan] = []
    faults: list[Fault] = []
    groups = 0
    for place, group in _elements(request, "resourceSpans", (), faults):
        for inner_place, scope_group in _elements(group, "scopeSpans", place, faults):
            _read_group(group, scope_group, ids, inner_place, (spans, faults))
            groups += 1
            check_count(groups + len(spans) + len(faults))
    return Export(tuple(spans), tuple(faults))


def _read_group(
    group: Node, scope_group: Node, ids: IdRule, place: Path, found: tuple[list[ExportedSpan], list[Fault]]
) -> None:
    """Add the spans of one scope to `found`; what is wrong with their surroundings is wrong with each."""
    spans, faults = found
    elements = list(_elements(scope_group, "spans", place, faults))
    try:
        resource, scope = _attributes(_object(group, "resource")), _scope(_object(scope_group, "scope"))
    except Invalid as refusal:
        faults.extend(refusal.faults[0].under(*span_place) for span_place, _ in elements)
        return
    for span_place, span in elements:
        try:
            spans.append(_span(span, ids, resource, scope))
        except Invalid as refusal:
            faults.append(refusal.faults[0].under(*span_place))


def _span(span: Node, ids: IdRule, resource: Attributes, scope: Scope) -> ExportedSpan:
    status = _object(span, "status")
    return ExportedSpan(
        trace_id=ids.checked(_id(span, "traceId"), TRACE_ID_DIGITS, "traceId"),
        span_id=ids.checked(_id(span, "spanId"), SPAN_ID_DIGITS, "spanId"),
        parent_id=ids.parent(_id(span, "parentSpanId"), "parentSpanId"),
        name=_text(span, "name"),
        role=_word(span, "kind", ROLES, "SPAN_KIND_", Role.UNSPECIFIED),
        started_at=_time(span, "startTimeUnixNano"),
        ended_at=_time(span, "endTimeUnixNano"),
        attributes=_attributes(span),
        events=tuple(_event(event) for event in _list(span, "events")),
        links=tuple(_link(link) for link in _list(span, "links")),
        status=_word(status, "code", STATUSES, "STATUS_CODE_", StatusCode.UNSET),
        message=_text(status, "message"),
        resource=resource,
        scope=scope,
    )


def _event(event: Node) -> ExportedEvent:
    return ExportedEvent(name=_text(event, "name"), at=_time(event, "timeUnixNano"), attributes=_attributes(event))


def _link(link: Node) -> ExportedLink:
    return ExportedLink(trace_id=_id(link, "traceId"), span_id=_id(link, "spanId"), attributes=_attributes(link))


def _scope(scope: Node) -> Scope:
    return Scope(name=_text(scope, "name"), version=_text(scope, "version"), attributes=_attributes(scope))


# ── Members ──────────────────────────────────────────────────────────────────────────────────────────────


@cache
def _snake(name: str) -> str:
    """Return the other spelling of a member's name: ``traceId`` → ``trace_id``."""
    return _CAPITAL.sub(lambda letter: f"_{letter[0].lower()}", name)


def _member(node: Node, name: str) -> Any:
    value = node.get(name)
    return node.get(_snake(name)) if value is None else value


def _elements(node: Node, name: str, place: Path, faults: list[Fault]) -> Iterator[tuple[Path, Node]]:
    """Yield the objects in a list with their places; what is no list or no object becomes a fault."""
    items = _member(node, name)
    if items is None:
        return
    if not isinstance(items, list):
        faults.append(_wrong(items, "an array", *place, name))
        return
    check_count(len(items))
    for index, item in enumerate(items):
        if isinstance(item, dict):
            yield (*place, name, index), item
        else:
            faults.append(_wrong(item, "an object", *place, name, index))


def _list(node: Node, name: str) -> list[Node]:
    faults: list[Fault] = []
    items = [item for _, item in _elements(node, name, (), faults)]
    if faults:
        raise Invalid(*faults)
    return items


def _object(node: Node, name: str) -> Node:
    value = _member(node, name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Invalid(_wrong(value, "an object", name))
    return value


def _text(node: Node, name: str) -> str:
    value = _member(node, name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Invalid(_wrong(value, "a string", name))
    return plain_text(value, name)


def _id(node: Node, name: str) -> str:
    """Read an id as text: hex as it is, bytes in hex, nothing as empty."""
    value = _member(node, name)
    if value is None:
        return ""
    if isinstance(value, str):
        return plain_text(value, name)
    given = _bytes(value)
    if given is None:
        raise Invalid(_wrong(value, "hex digits or bytes", name))
    return given.hex()


def _bytes(value: Any) -> bytes | None:
    """Read an array of bytes or ``{"type": "Buffer", "data": […]}``; None for anything else."""
    if isinstance(value, dict) and value.get("type") == "Buffer":
        value = value.get("data")
    if not isinstance(value, list):
        return None
    if not all(type(item) is int and 0 <= item <= 255 for item in value):
        return None
    return bytes(value)


def _word(node: Node, name: str, words: Mapping[int, WordT], prefix: str, unknown: WordT) -> WordT:
    """Read an enumeration by number or by name; an unknown number means `unknown`, another name is a fault."""
    value = _member(node, name)
    if value is None:
        return unknown
    if isinstance(value, int) and not isinstance(value, bool):
        return words.get(value, unknown)
    by_name = {f"{prefix}{word.name}": word for word in words.values()}
    if not isinstance(value, str) or value not in by_name:
        raise Invalid(Fault((name,), "not_a_choice", "must be a known number or name", allowed=tuple(by_name)))
    return by_name[value]


def _time(node: Node, name: str) -> Any:
    value = _member(node, name)
    if value is None or value == "":
        return None
    return moment_of(_integer(value, name), name)


def _integer(value: Any, *path: str | int) -> int:
    """Read a whole number given as number, as text, or as ``{low, high}``, the halves of 64 bits."""
    if isinstance(value, bool):
        raise Invalid(_wrong(value, "an integer", *path))
    if isinstance(value, int):
        return value
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        low, high = value.get("low"), value.get("high")
        if type(low) is int and type(high) is int:
            return (high << 32) + (low & _HALF)
    raise Invalid(_wrong(value, "an integer", *path))


# ── Attributes ───────────────────────────────────────────────────────────────────────────────────────────


def _attributes(node: Node, name: str = "attributes") -> Attributes:
    result: dict[str, Any] = {}
    for pair in _list(node, name):
        key = pair.get("key", "")  # protobuf's JSON leaves out what is empty
        if not isinstance(key, str):
            raise Invalid(Fault((name, "key"), "wrong_type", "must be a string", json_type_of(key)))
        result[plain_text(key, name)] = _value(pair.get("value"), name, key)
    return result


def _value(value: Any, *path: str | int) -> Any:
    """Read an AnyValue; one without any known member was not set."""
    if value is None:
        return None
    if not isinstance(value, dict):
        raise Invalid(_wrong(value, "an object", *path))
    for name, read in _READERS.items():
        content = _member(value, name)
        if content is not None:
            return read(content, *path)
    return None


def _read_text(content: Any, *path: str | int) -> str:
    if not isinstance(content, str):
        raise Invalid(_wrong(content, "a string", *path))
    return plain_text(content, *path)


def _read_boolean(content: Any, *path: str | int) -> bool:
    if not isinstance(content, bool):
        raise Invalid(_wrong(content, "a boolean", *path))
    return content


def _read_integer(content: Any, *path: str | int) -> int:
    integer = _integer(content, *path)
    if not -(2**63) <= integer < 2**63:
        raise Invalid(Fault(path, "out_of_range", "must fit 64 bits"))
    return integer


def _read_double(content: Any, *path: str | int) -> float | str:
    """Read a number, or one of the names that protobuf's JSON gives to what no number can say."""
    if isinstance(content, str) and content in _NOT_FINITE:
        return content
    is_number = isinstance(content, int | float) and not isinstance(content, bool)
    if not is_number and not (isinstance(content, str) and _NUMBER.fullmatch(content)):
        raise Invalid(_wrong(content, "a number", *path))
    try:
        return plain_double(float(content))
    except OverflowError as error:
        raise Invalid(_wrong(content, "a number", *path)) from error


def _read_list(content: Any, *path: str | int) -> list[Any]:
    if not isinstance(content, dict):
        raise Invalid(_wrong(content, "an object", *path))
    values = content.get("values")
    if not isinstance(values, list | None):
        raise Invalid(_wrong(values, "an array", *path))
    return [_value(item, *path) for item in values or ()]


def _read_object(content: Any, *path: str | int) -> Attributes:
    if not isinstance(content, dict):
        raise Invalid(_wrong(content, "an object", *path))
    try:
        return _attributes(content, "values")
    except Invalid as refusal:
        fault = refusal.faults[0]
        raise Invalid(Fault(path, fault.code, fault.message, fault.given)) from refusal


def _read_bytes(content: Any, *path: str | int) -> str:
    """Read base64 in either alphabet, padded or not, or bytes as in `_bytes`; answers padded base64."""
    given = _bytes(content)
    if given is None and isinstance(content, str):
        try:
            padded = content.rstrip("=") + "=" * (-len(content.rstrip("=")) % 4)
            given = b64decode(padded.replace("-", "+").replace("_", "/"), validate=True)
        except ValueError:
            given = None
    if given is None:
        raise Invalid(_wrong(content, "bytes in base64", *path))
    return b64encode(given).decode()


_READERS: Mapping[str, Callable[..., Any]] = {
    "stringValue": _read_text,
    "boolValue": _read_boolean,
    "intValue": _read_integer,
    "doubleValue": _read_double,
    "arrayValue": _read_list,
    "kvlistValue": _read_object,
    "bytesValue": _read_bytes,
}


def _wrong(value: Any, right: str, *path: str | int) -> Fault:
    return Fault(path, "wrong_type", f"must be {right}", json_type_of(value))
