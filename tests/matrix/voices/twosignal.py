"""2signal (contract 2signal-tracia §1)."""

import csv
import json
from collections.abc import Mapping
from io import StringIO
from typing import Any

from scorehouse.domain.targets import SpanTarget, TargetKind, TraceTarget
from scorehouse.domain.values import Kind
from tests.matrix.facts import Facts, Heard
from tests.matrix.voice import Place, Read, Request, Voice, heard, microseconds, one_of, told, within


def utter(facts: Facts, now: str) -> Request | None:
    """Say a number from 0 to 1 on a trace or a span, with a label and a reasoning (§1.3)."""
    value = facts.value
    if facts.trace is None or value is None or value.kind is not Kind.NUMERIC or not 0 <= (value.number or 0) <= 1:
        return None
    body = told(
        traceId=facts.trace,
        spanId=facts.target.id if isinstance(facts.target, SpanTarget) else None,
        evaluatorName=facts.name,
        value=value.number,
        label=value.labels[0] if len(value.labels) == 1 else None,
        reasoning=facts.comment,
    )
    return Request("POST", "/api/v1/scores", body)


def hear(row: Mapping[str, Any]) -> Heard:
    """Hear a score of a list, an export or its creation."""
    span = row["spanId"]
    found = {
        "id": row["id"],
        "target": (TargetKind.SPAN, span) if span is not None else (TargetKind.TRACE, row["traceId"]),
        "trace": row["traceId"],
        "name": row["evaluatorName"],
        "kind": Kind.NUMERIC,
        "number": row["value"],
        "labels": () if row["label"] is None else (row["label"],),
        "comment": row["reasoning"],
    }
    if "createdAt" in row:
        found["created_at"] = microseconds(row["createdAt"])
    return found


def reads(place: Place) -> tuple[Read, ...]:
    """Read it in lists, in the export of its trace, and in exports of all as JSON and CSV (§1.5, §1.6)."""
    trace = place.facts.trace
    if trace is None:
        path = within("/api/v1/scores?startDate={}", place.since)
        return (Read(name="list", request=Request("GET", path), hear=lambda body: _in_list(body, place)),)
    whole = isinstance(place.facts.target, TraceTarget)
    one = within("/api/v1/scores?traceId={}", trace) if whole else within("/api/v1/scores?spanId={}", _span(place))
    many = within("/api/v1/export/traces?from={}", place.since)
    return (
        Read(name="list", request=Request("GET", one), hear=lambda body: _in_list(body, place)),
        Read(
            name="list by name",
            request=Request("GET", within("/api/v1/scores?evaluatorName={}", place.facts.name)),
            hear=lambda body: _in_list(body, place),
        ),
        Read(
            name="export",
            request=Request("GET", within("/api/v1/export/traces/{}", trace)),
            hear=lambda body: heard(hear, one_of(body["data"]["scores"], place.id)),
        ),
        Read(name="export of all", request=Request("GET", many), hear=lambda body: _in_all(body, place)),
        Read(name="CSV", request=Request("GET", f"{many}&format=csv"), hear=lambda body: _in_table(body, place)),
    )


def _span(place: Place) -> str:
    return place.facts.target.id


def _in_list(body: Any, place: Place) -> Heard | None:
    return heard(hear, one_of(body["data"]["scores"], place.id))


def _in_all(body: Any, place: Place) -> Heard | None:
    return heard(hear, one_of([score for trace in body["data"] for score in trace["scores"]], place.id))


def _in_table(body: str, place: Place) -> Heard | None:
    rows = [score for trace in csv.DictReader(StringIO(body)) for score in json.loads(trace["scores"])]
    return heard(hear, one_of(rows, place.id))


VOICES = (Voice(edition="2signal", utter=utter, reads=reads, echo=hear),)
