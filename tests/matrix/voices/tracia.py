"""Tracia, which records evaluations and never shows them again (contract 2signal-tracia §2.2, §2.3)."""

from collections.abc import Mapping
from typing import Any

from scorehouse.domain.targets import SpanTarget
from scorehouse.domain.values import Kind
from tests.matrix.facts import Facts, Heard
from tests.matrix.voice import Place, Read, Request, Voice, microseconds, told, within


def utter(facts: Facts, now: str) -> Request | None:
    """Say a number on a span, by a registered evaluator, with a note."""
    value = facts.value
    if not isinstance(facts.target, SpanTarget) or facts.evaluator is None:
        return None
    if value is None or value.kind is not Kind.NUMERIC:
        return None
    body = told(evaluatorKey=facts.name, value=value.number, note=facts.comment)
    return Request("POST", within("/api/v1/spans/{}/evaluations", facts.target.span), body)


def hear(row: Mapping[str, Any]) -> Heard:
    """Hear the answer to an evaluation."""
    return {
        "id": row["id"],
        "name": row["evaluatorKey"],
        "kind": Kind.NUMERIC,
        "number": row["value"],
        "comment": row["note"],
        "created_at": microseconds(row["createdAt"]),
    }


def reads(place: Place) -> tuple[Read, ...]:
    """Read nothing."""
    return ()


VOICES = (Voice(edition="tracia", utter=utter, reads=reads, echo=hear),)
