"""Our words → their shapes.

A span that came through another API may lack what Tracia's clients insist on (contract 2signal-tracia §2.5). It gets
the emptiest value that they accept: no latency and no tokens are 0, an unknown model or provider is ``unknown``,
no input is ``{}``, and whatever did not fail is a ``SUCCESS``.
"""

from hashlib import sha256
from typing import Any

import msgspec

from scorehouse.dialects.tracia.reads import MICROSECONDS_PER_MILLISECOND, PROVIDER, RESIDUE, VARIABLES
from scorehouse.dialects.tracia.shapes import (
    CreatedSpan,
    CreatedTrace,
    EvaluationShape,
    SpanItem,
    SpanShape,
    TraceItem,
    TraceShape,
)
from scorehouse.domain.documents import EMPTY, Document, Fields
from scorehouse.domain.identity import canonical
from scorehouse.domain.registry import Evaluator
from scorehouse.domain.scores import Score
from scorehouse.domain.traces import Health, Span, tokens_total
from scorehouse.storage.verbs import Recorded
from scorehouse.wire.times import milliseconds_z

UNKNOWN = "unknown"
SOURCE = "api"
"""Whatever comes through this API came through the API (contract 2signal-tracia §2.3)."""

WHOLE_MAX = 2**53
"""Up to here every whole number is itself in a double."""

_BASE_36 = "0123456789abcdefghijklmnopqrstuvwxyz"
_ID_DIGITS = 24

_encode = msgspec.json.Encoder().encode


def write_evaluation(recorded: Recorded) -> EvaluationShape:
    """Write an evaluation just recorded."""
    return EvaluationShape(**evaluation_members(recorded.score, recorded.evaluator))


def evaluation_members(score: Score, evaluator: Evaluator | None) -> dict[str, Any]:
    """Write what is said of an evaluation; its evaluator is registered, and its score is named by that one's key."""
    number = score.value.number if score.value is not None and score.value.number is not None else 0.0
    return {
        "id": score.id,
        "evaluator_key": score.name,
        "evaluator_name": evaluator.name if evaluator else score.name,
        "value": write_number(number),
        "source": SOURCE,
        "note": score.comment,
        "created_at": milliseconds_z(score.created_at),
    }


def write_number(number: float) -> float | int:
    """Write a number as JavaScript does: ``1``, not ``1.0``."""
    return int(number) if number.is_integer() and abs(number) <= WHOLE_MAX else number


def write_internal_id(trace: str, span: str) -> str:
    """Return the id that Tracia has beside the one the client chose: like a cuid, ``c`` and 24 digits of base 36.

    It is a digest of both ids, so it never changes and needs no place in the store; nothing can be asked for by it.
    """
    number = int.from_bytes(sha256(f"{canonical(trace)}\n{canonical(span)}".encode()).digest())
    digits = ""
    for _ in range(_ID_DIGITS):
        number, digit = divmod(number, 36)
        digits += _BASE_36[digit]
    return f"c{digits}"


def write_created_span(span: str, trace: str, cost: float | None) -> CreatedSpan:
    """Write the answer to a span."""
    return CreatedSpan(id=write_internal_id(trace, span), span_id=span, trace_id=trace, cost=cost)


def write_created_trace(span: str, cost: float | None) -> CreatedTrace:
    """Write the answer to a trace of the older family."""
    return CreatedTrace(trace_id=span, cost=cost)


def write_span_item(span: Span) -> SpanItem:
    """Write a span for a list."""
    return SpanItem(span_id=span.id, trace_id=span.trace, parent_span_id=span.parent, **_figures(span))


def write_span(span: Span) -> SpanShape:
    """Write a span, whole."""
    return SpanShape(
        span_id=span.id, trace_id=span.trace, parent_span_id=span.parent, **_figures(span), **_detail(span)
    )


def write_trace_item(span: Span) -> TraceItem:
    """Write a span for a list as a trace of the older family."""
    return TraceItem(trace_id=span.id, **_figures(span))


def write_trace(span: Span) -> TraceShape:
    """Write a span as a trace of the older family, whole."""
    return TraceShape(trace_id=span.id, **_figures(span), **_detail(span))


def write_input(input: Document) -> dict[str, Any]:
    """Write an input as the object that it has to be: messages are a chat's, text an embedding's."""
    if isinstance(input, dict):
        return input
    if input is None:
        return {}
    is_chat = isinstance(input, list) and all(isinstance(item, dict) for item in input)
    is_text = isinstance(input, str) or (isinstance(input, list) and all(isinstance(item, str) for item in input))
    return {"text" if is_text else "messages" if is_chat else "value": input}


def write_output(output: Document) -> str | None:
    """Write an output as the text that it has to be: anything but a text as JSON."""
    return output if output is None or isinstance(output, str) else _encode(output).decode()


def _figures(span: Span) -> dict[str, Any]:
    usage = span.usage or {}
    return {
        "id": write_internal_id(span.trace, span.id),
        "prompt_slug": None,
        "model": UNKNOWN if span.model is None else span.model,
        "status": "ERROR" if span.health is Health.ERROR else "SUCCESS",
        "latency_ms": _latency_ms(span),
        "input_tokens": usage.get("input", 0),
        "output_tokens": usage.get("output", 0),
        "total_tokens": tokens_total(usage),
        "cost": span.cost_usd,
        "created_at": milliseconds_z(span.created_at),
    }


def _detail(span: Span) -> dict[str, Any]:
    residue: Fields = span.residue.get(RESIDUE, EMPTY)
    return {
        "prompt_version": None,
        "provider": residue.get(PROVIDER, UNKNOWN),
        "input": write_input(span.input),
        "variables": residue.get(VARIABLES),
        "output": write_output(span.output),
        "error": span.error,
        "tags": list(span.tags),
        "user_id": span.user,
        "session_id": span.session,
    }


def _latency_ms(span: Span) -> int:
    if span.started_at is None or span.ended_at is None:
        return 0
    return max(0, span.ended_at - span.started_at) // MICROSECONDS_PER_MILLISECOND
