"""Respan (contract respan §2 to §5, §10)."""

import json
from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from scorehouse.domain.scores import Outcome, Status
from scorehouse.domain.targets import SpanTarget, TargetKind
from scorehouse.domain.values import Kind
from scorehouse.wire.losses import Loss
from tests.matrix.facts import Facts, Heard
from tests.matrix.voice import Changed, Place, Read, Request, Voice, heard, microseconds, one_of, told, within

DEFAULTS: Heard = {"environment": "prod", "author": "tester"}
"""Of keys that are not made for tests, and the key's owner."""

KEPT = ("prompt_id", "prompt_version_number", "dataset_id", "automation_id")
EMBEDDED_LACKS = frozenset({Loss.ENVIRONMENT, Loss.AUTHOR, Loss.CREATED_AT, Loss.OUTCOME})
"""What a score inside its log does not tell (§10.5)."""


def utter(facts: Facts, now: str) -> Request | None:
    """Say several values on a log, on the general route where somebody else has scored."""
    values = said_values(facts)
    if not isinstance(facts.target, SpanTarget) or not values or facts.outcome != Outcome():
        return None
    body = values | told(explanation=facts.comment, environment=facts.environment, **facts.residue)
    body |= {"evaluator_slug": facts.name} if facts.evaluator is None else {"evaluator_id": facts.evaluator}
    if facts.author is None:
        return Request("POST", within("/api/logs/{}/scores/", facts.target.span), body)
    return Request("POST", "/api/scores/", body | {"log_id": facts.target.span, "scorer": facts.author})


def said_values(facts: Facts) -> dict[str, Any]:
    """Say all values there are; the number that only stands for a truth is none."""
    value = facts.value
    if value is None:
        return {}
    number = None if value.kind is Kind.BOOLEAN and value.number == value.boolean else value.number
    return told(
        numerical_value=number,
        boolean_value=value.boolean,
        categorical_value=list(value.labels) or None,
        string_value=value.text,
        json_value=value.json,
    )


def assumed(facts: Facts) -> Heard:
    """Return the environment and the scorer of whoever says neither."""
    said = {"environment": facts.environment, "author": facts.author}
    return {name: default for name, default in DEFAULTS.items() if said[name] is None}


def hear(row: Mapping[str, Any]) -> Heard:
    """Hear a score, inside a log as far as it is told there."""
    found = _values(row)
    found |= {
        "id": row["id"],
        "name": row["evaluator_slug"],
        "evaluator": row["evaluator_id"],
        "comment": row["explanation"],
    }
    if row["is_passed"]:
        found["passed"] = True  # false says that it failed or that nobody judged
    if row["cost"]:
        found["cost"] = row["cost"]  # 0 says the same as nothing
    if "log_id" in row:
        found |= {
            "target": (TargetKind.SPAN, row["log_id"]),
            "environment": row["environment"],
            "author": row["scorer"],
            "created_at": microseconds(row["created_at"]),
            "status": Status(row["status"]),
            "reason": row["error_message"] or None,
            "residue": {name: row[name] for name in KEPT if row[name] is not None},
        }
    return found


def reads(place: Place) -> tuple[Read, ...]:
    """Read it by its id and in lists, of all and of its log, and inside its log."""
    path = within("/api/scores/{}/", place.id)
    by_id = {"filters": {"id": {"operator": "", "value": [place.id]}}}
    general = (
        Read(name="one", request=Request("GET", path), hear=_hear_one),
        Read(
            name="list",
            request=Request("GET", within("/api/scores/?page_size=100&start_time={}", place.since)),
            hear=lambda body: heard(hear, one_of(body["results"], place.id)),
        ),
        Read(
            name="filtered list",
            request=Request("POST", "/api/scores/list/", by_id),
            hear=lambda body: heard(hear, one_of(body["results"], place.id)),
        ),
    )
    if not isinstance(place.facts.target, SpanTarget):
        return general
    log = place.facts.target.span
    return (
        *general,
        Read(
            name="list of the log",
            request=Request("GET", within("/api/logs/{}/scores/", log)),
            hear=lambda body: heard(hear, one_of(body["results"], place.id)),
        ),
        Read(
            name="one of the log",
            request=Request("GET", within("/api/logs/{}/scores/{}/", log, place.id)),
            hear=_hear_one,
        ),
        Read(
            name="log",
            request=Request("GET", within("/api/request-logs/{}/", log)),
            hear=lambda body: _hear_embedded(body, place.id),
            lacks=EMBEDDED_LACKS,
        ),
        Read(
            name="list of logs",
            request=Request("GET", within("/api/request-logs/list/?start_time={}&unique_id={}", place.since, log)),
            hear=lambda body: next((_hear_embedded(row, place.id) for row in body["results"]), None),
            lacks=EMBEDDED_LACKS,
        ),
    )


def patch(place: Place, truth: Heard, new: Heard) -> Changed | None:
    """Change the values, and nothing else (§5)."""
    if truth["target"][0] is not TargetKind.SPAN or new["kind"] is Kind.CORRECTION:
        return None
    return Changed(
        Request("PATCH", within("/api/scores/{}/", place.id), _spelled(new)), {**new, "comment": truth["comment"]}
    )


def put(place: Place, truth: Heard, new: Heard) -> Changed | None:
    """Replace all that a body can say: what it does not say is as if it had never been said (§5)."""
    if truth["target"][0] is not TargetKind.SPAN or new["kind"] is Kind.CORRECTION:
        return None
    body = {**_spelled(new), "evaluator_slug": truth["name"], "explanation": new["comment"]}
    facts = {**new, "environment": "prod", "residue": {}}
    return Changed(Request("PUT", within("/api/scores/{}/", place.id), body), facts)


def forget(place: Place) -> Request | None:
    """Delete it."""
    return Request("DELETE", within("/api/scores/{}/", place.id))


def _spelled(new: Heard) -> dict[str, Any]:
    """Say one value, and that there is no other any more."""
    number = None if new["kind"] is Kind.BOOLEAN else new["number"]
    return {
        "numerical_value": number,
        "boolean_value": new["boolean"],
        "categorical_value": list(new["labels"]) or None,
        "string_value": new["text"],
        "json_value": None if new["json"] is None else json.dumps(new["json"]),
    }


def _values(row: Mapping[str, Any]) -> dict[str, Any]:
    """Hear the values; what kind it is only where there is but one."""
    labels, truth = tuple(row["categorical_value"] or ()), row["boolean_value"]
    found = {
        "boolean": truth,
        "labels": labels,
        "text": row["string_value"],
        "json": None if row["json_value"] is None else json.loads(row["json_value"]),
    }
    if row["numerical_value"] is not None or truth is None:
        found["number"] = row["numerical_value"]
    kinds = {
        Kind.NUMERIC: row["numerical_value"] is not None,
        Kind.BOOLEAN: truth is not None,
        Kind.CATEGORICAL: len(labels) == 1,
        Kind.MULTI: len(labels) > 1,
        Kind.TEXT: row["string_value"] is not None,
        Kind.JSON: row["json_value"] is not None,
    }
    present = [kind for kind, there in kinds.items() if there]
    if len(present) == 1:
        found["kind"] = present[0]
    return found


def _hear_one(body: Any) -> Heard | None:
    return hear(body) if "evaluator_slug" in body else None


def _hear_embedded(log: Any, id: str) -> Heard | None:
    """Hear a score inside its log, which says what is scored."""
    row = one_of(list(log["scores"].values()), id)
    if row is None:
        return None
    return {**hear(row), "target": (TargetKind.SPAN, log["unique_id"]), "trace": log["trace_unique_id"]}


VOICES = (
    Voice(
        edition="respan",
        utter=utter,
        reads=reads,
        echo=hear,
        assumed=assumed,
        changes=(patch, put),
        forget=forget,
        residue=st.fixed_dictionaries(
            {},
            optional={
                "prompt_id": st.text("abc-1", min_size=1),
                "prompt_version_number": st.integers(0, 99),
                "dataset_id": st.text("xyz", min_size=1),
                "automation_id": st.text("xyz", min_size=1),
            },
        ),
    ),
)
