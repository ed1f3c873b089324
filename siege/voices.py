"""One score, written through each dialect and edition as that vendor's clients write it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from benchmarks.workloads import SPAN, TRACE

NAME = "siege"


class Place(NamedTuple):
    """What a score is about: of the trace, or of the span in it, as the dialect has it."""

    trace: str = TRACE
    span: str = SPAN


PLACE = Place()
"""The one that `benchmarks.workloads.prepare` sends."""


def sending_of(place: Place) -> "Wording":
    """Word the sending of a trace with its span, as OTLP."""
    span = {"traceId": place.trace, "spanId": place.span, "name": "answer"}
    span |= {"startTimeUnixNano": "1700000000000000000", "endTimeUnixNano": "1700000001000000000"}
    return Wording("POST", "/v1/traces", {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]})


@dataclass(frozen=True)
class Wording:
    """One write in a dialect's words."""

    method: str
    path: str
    body: Any


@dataclass(frozen=True)
class Voice:
    """How an edition writes a score.

    Attributes:
        edition: whose key and headers it uses.
        create: token, number, place → the write. The token is the comment, unique; the number is 0 to 1 in thousandths.
        number: what the number becomes here: a vendor may know 0 and 1 only.
        revise: token that it had, new token, number → a write that changes it, None where the vendor has none.
    """

    edition: str
    create: Callable[[str, float, Place], Wording]
    number: Callable[[float], float] = float
    revise: Callable[[str, str, float], Wording] | None = None


def _native(token: str, number: float, place: Place) -> Wording:
    target = {"kind": "trace", "id": place.trace}
    body = {"id": _own(token), "name": NAME, "value": number, "target": target, "comment": token}
    return Wording("POST", "/v1/scores", body)


def _native_again(first: str, token: str, number: float) -> Wording:
    return Wording("PATCH", f"/v1/scores/{_own(first)}", {"value": number, "comment": token})


def _twosignal(token: str, number: float, place: Place) -> Wording:
    body = {"traceId": place.trace, "evaluatorName": NAME, "value": number, "reasoning": token}
    return Wording("POST", "/api/v1/scores", body)


def _tracia(token: str, number: float, place: Place) -> Wording:
    body = {"evaluatorKey": "quality", "value": round(number), "note": token}
    return Wording("POST", f"/api/v1/spans/{place.span}/evaluations", body)


def _langfuse(token: str, number: float, place: Place) -> Wording:
    body = {"id": _own(token), "traceId": place.trace, "name": NAME, "value": number, "comment": token}
    return Wording("POST", "/api/public/scores", body)


def _langfuse_again(first: str, token: str, number: float) -> Wording:
    body = {"id": _own(first), "traceId": PLACE.trace, "name": NAME, "value": number, "comment": token}
    return Wording("POST", "/api/public/scores", body)


def _respan(token: str, number: float, place: Place) -> Wording:
    body = {"evaluator_slug": _own(token), "numerical_value": number, "explanation": token}
    return Wording("POST", f"/api/logs/{place.span}/scores/", body)


def _respan_again(first: str, token: str, number: float) -> Wording:
    body = {"evaluator_slug": _own(first), "numerical_value": number, "explanation": token}
    return Wording("POST", f"/api/logs/{PLACE.span}/scores/", body)


def _pandaprobe(token: str, number: float, place: Place) -> Wording:
    body = {"trace_id": place.trace, "name": NAME, "value": str(number), "source": "PROGRAMMATIC", "reason": token}
    return Wording("POST", "/evaluations/trace-scores", body)


def _own(token: str) -> str:
    """Return the id, or the evaluator, that goes with a token."""
    return f"own-{token}"


VOICES = (
    Voice("native", _native, revise=_native_again),
    Voice("2signal", _twosignal),
    Voice("tracia", _tracia, number=lambda number: float(round(number))),
    Voice("langfuse", _langfuse, revise=_langfuse_again),
    Voice("browserstack", _langfuse, revise=_langfuse_again),
    Voice("respan", _respan, revise=_respan_again),
    Voice("pandaprobe", _pandaprobe),
)
"""Every edition, so that a siege that goes through them in turn goes through all of them."""
