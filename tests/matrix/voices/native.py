"""The house's own language: everything, as it is."""

import csv
import json
from collections.abc import Mapping
from io import StringIO
from typing import Any

from scorehouse.domain.scores import Origin, Status
from scorehouse.domain.targets import SpanTarget, TargetKind
from scorehouse.domain.values import Kind
from scorehouse.wire.losses import Loss
from tests.matrix.facts import Facts, Heard
from tests.matrix.voice import Changed, Place, Read, Request, Voice, heard, iso, microseconds, one_of, within

ALIKE = (
    *("id", "name", "number", "boolean", "text", "json", "reason", "comment", "environment"),
    *("author", "evaluator", "run", "config", "queue", "passed"),
)
"""Columns of an export that hold a fact as it is."""

DOCUMENTS = frozenset({"number", "boolean", "labels", "json", "metadata", "passed", "cost_usd"})
"""Cells of CSV that are JSON."""

CSV_LACKS = frozenset({Loss.COMMENT, Loss.TEXT_FACET, Loss.CORRECTION})
"""Texts that may be empty, which a reader of CSV cannot tell from none."""

FACETS = ("number", "boolean", "labels", "text", "json")


def utter(facts: Facts, now: str) -> Request:
    """Say all of a score."""
    target: dict[str, Any] = {"kind": facts.target.kind, "id": facts.target.id}
    if isinstance(facts.target, SpanTarget):
        target["trace"] = facts.trace
    body: dict[str, Any] = {
        "id": facts.id,
        "name": facts.name,
        "target": target,
        "outcome": {"status": facts.outcome.status, "reason": facts.outcome.reason},
        "source": {
            "origin": facts.origin,
            "author": facts.author,
            "evaluator": facts.evaluator,
            "run": facts.run,
        },
        "comment": facts.comment,
        "metadata": facts.metadata,
        "environment": facts.environment,
        "config": facts.config,
        "queue": facts.queue,
        "passed": facts.passed,
        "cost_usd": facts.cost,
        "timestamp": None if facts.timestamp is None else iso(facts.timestamp),
    }
    if facts.value is not None:
        body["value"] = _value(facts)
    return Request("POST", "/v1/scores", body)


def hear(row: Mapping[str, Any]) -> Heard:
    """Hear all of a score."""
    value, source = row["value"] or dict.fromkeys((*FACETS, "kind")), row["source"]
    return {
        "id": row["id"],
        "target": (TargetKind(row["target"]["kind"]), row["target"]["id"]),
        "trace": row["target"]["trace"] if row["target"]["kind"] == "span" else _trace(row),
        "name": row["name"],
        "kind": None if value["kind"] is None else Kind(value["kind"]),
        **{facet: value[facet] for facet in FACETS},
        "labels": tuple(value["labels"] or ()),
        "status": Status(row["outcome"]["status"]),
        "reason": row["outcome"]["reason"],
        "comment": row["comment"],
        "metadata": row["metadata"],
        "environment": row["environment"],
        "timestamp": microseconds(row["timestamp"]),
        "created_at": microseconds(row["created_at"]),
        "updated_at": microseconds(row["updated_at"]),
        "origin": Origin(source["origin"]),
        **{name: source[name] for name in ("author", "evaluator", "run")},
        **{name: row[name] for name in ("config", "queue", "passed")},
        "cost": row["cost_usd"],
    }


def reads(place: Place) -> tuple[Read, ...]:
    """Read it by its id, in a list by its id, and in the list of what is scored."""
    kind, target = place.facts.target.kind, place.facts.target.id
    return (
        Read(name="one", request=Request("GET", within("/v1/scores/{}", place.id)), hear=_hear_one),
        Read(
            name="list",
            request=Request("GET", within("/v1/scores?id={}", place.id)),
            hear=lambda body: heard(hear, one_of(body["items"], place.id)),
        ),
        Read(
            name="list of the target",
            request=Request("GET", within(f"/v1/scores?{kind}={{}}", target)),
            hear=lambda body: heard(hear, one_of(body["items"], place.id)),
        ),
        Read(
            name="export",
            request=Request("GET", within("/v1/export?id={}", place.id)),
            hear=lambda body: heard(
                hear_row, one_of([json.loads(line) for line in body.split("\n") if line], place.id)
            ),
        ),
        Read(
            name="CSV",
            request=Request("GET", within("/v1/export?format=csv&id={}", place.id)),
            hear=lambda body: heard(hear_cells, one_of(list(csv.DictReader(StringIO(body, newline=""))), place.id)),
            lacks=CSV_LACKS,
        ),
    )


def hear_row(row: Mapping[str, Any]) -> Heard:
    """Hear a score of an export as JSON Lines: the same facts, side by side."""
    is_on_trace, is_on_span = row["target_kind"] == "trace", row["target_kind"] == "span"
    return {
        **{name: row[name] for name in ALIKE},
        **{name: microseconds(row[name]) for name in ("timestamp", "created_at", "updated_at")},
        "target": (TargetKind(row["target_kind"]), row["target"]),
        "trace": row["trace"] if is_on_span else row["target"] if is_on_trace else None,
        "kind": None if row["kind"] is None else Kind(row["kind"]),
        "labels": tuple(row["labels"] or ()),
        "status": Status(row["status"]),
        "origin": Origin(row["origin"]),
        "metadata": row["metadata"] or {},
        "cost": row["cost_usd"],
    }


def hear_cells(cells: Mapping[str, str]) -> Heard:
    """Hear a score of an export as CSV: an empty text and none are the same to who reads it without its quotes."""
    row = {name: json.loads(cell) if name in DOCUMENTS and cell else cell or None for name, cell in cells.items()}
    told = hear_row(row)
    return {name: fact for name, fact in told.items() if fact is not None or name not in ("comment", "text")}


def patch(place: Place, truth: Heard, new: Heard) -> Changed:
    """Change the facet that counts, and the comment."""
    facets = {facet: new[facet] for facet in FACETS if new[facet] not in (None, ())}
    body = {"value": {"kind": new["kind"], **facets}, "comment": new["comment"]}
    return Changed(Request("PATCH", within("/v1/scores/{}", place.id), body), new)


def forget(place: Place) -> Request:
    """Delete it."""
    return Request("DELETE", within("/v1/scores/{}", place.id))


def _value(facts: Facts) -> dict[str, Any]:
    value = facts.value
    assert value is not None
    said: dict[str, Any] = {"kind": value.kind}
    for facet in FACETS:
        if getattr(value, facet) not in (None, ()):
            said[facet] = getattr(value, facet)
    if value.json is not None:
        said["json"] = json.loads(value.json)
    return said


def _trace(row: Mapping[str, Any]) -> str | None:
    trace: str | None = row["target"]["id"] if row["target"]["kind"] == "trace" else None
    return trace


def _hear_one(body: Any) -> Heard | None:
    return hear(body) if "target" in body else None


VOICES = (Voice(edition="native", utter=utter, reads=reads, echo=hear, changes=(patch,), forget=forget),)
