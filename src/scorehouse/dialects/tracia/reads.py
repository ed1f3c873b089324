"""Their shapes → our words."""

from collections.abc import Mapping
from typing import Any

from scorehouse.dialects.tracia.shapes import NewCompletion, NewEvaluation, NewSpan, NewTrace
from scorehouse.domain.documents import checked_document
from scorehouse.domain.instants import Instant, instant
from scorehouse.domain.scores import Draft
from scorehouse.domain.targets import SpanTarget
from scorehouse.domain.traces import Health, Span, SpanKind, SpanSketch, TraceSketch
from scorehouse.domain.values import numeric
from scorehouse.storage.verbs import Judging, Recording

RESIDUE = "tracia"
"""The name under which a span keeps what only Tracia has a word for."""

PROVIDER, VARIABLES = "provider", "variables"
"""Members of the residue that are shown again."""

HEALTHS: Mapping[str, Health] = {"SUCCESS": Health.OK, "ERROR": Health.ERROR}

KINDS: Mapping[str | None, SpanKind] = {
    None: SpanKind.LLM,
    "LLM": SpanKind.LLM,
    "EMBEDDING": SpanKind.EMBEDDING,
    "ROOT": SpanKind.SPAN,
}
"""Without a kind it is a call of a model (contract 2signal-tracia §2.4); what a root does is not said."""

MICROSECONDS_PER_MILLISECOND = 1000


def read_recording(given: NewEvaluation, span: str, minted: str) -> Recording:
    """Read an evaluation of a span by a registered evaluator; both must exist. Writing twice appends.

    Raises:
        Invalid: a member breaks a rule of the core.
    """
    draft = Draft(
        target=SpanTarget(span),
        name=given.evaluator_key,
        value=numeric(given.value),
        comment=given.note,
    )
    judging = Judging(named=given.evaluator_key, registered=True)
    return Recording(draft=draft, id=f"eval_{minted}", must_exist=True, judging=judging)


def as_span(given: NewTrace) -> NewSpan:
    """Read a trace of the older family as the span that it is: its own trace, without a parent."""
    said = {name: getattr(given, name) for name in NewCompletion.__struct_fields__}
    return NewSpan(span_id=given.trace_id, trace_id=given.trace_id, **said)


def read_span(given: NewSpan, trace: str, known: Span | None, now: Instant) -> SpanSketch:
    """Read a span, which says all there is to say: what was `known` under its id is replaced.

    A latency is told, no times: the span ended when it was first recorded.

    Raises:
        Invalid: a member breaks a rule of the core.
    """
    ended_at = now if known is None else known.ended_at or known.created_at
    latency = given.latency_ms * MICROSECONDS_PER_MILLISECOND
    return SpanSketch(
        id=given.span_id,
        trace=trace,
        parent=given.parent_span_id or None,
        kind=KINDS[given.span_kind],
        started_at=instant(ended_at - latency, ("latencyMs",)),
        ended_at=ended_at,
        session=given.session_id or None,
        user=given.user_id or None,
        health=HEALTHS[given.status],
        error=given.error,
        tags=tuple(given.tags or ()),
        input=given.input,
        output=given.output,
        model=given.model,
        model_parameters=_parameters(given) or None,
        usage={"input": given.input_tokens, "output": given.output_tokens, "total": given.total_tokens},
        residue={RESIDUE: _residue(given)},
        replace=True,
    )


def read_trace(span: SpanSketch) -> TraceSketch:
    """Read what a span says of its trace: session and user, unless they are known, and its tags."""
    labels = frozenset({"session", "user"})
    return TraceSketch(
        id=span.trace or span.id, session=span.session, user=span.user, tags=span.tags, first_wins=labels
    )


def _parameters(given: NewSpan) -> dict[str, Any]:
    return _said(temperature=given.temperature, topP=given.top_p, maxOutputTokens=given.max_output_tokens)


def _residue(given: NewSpan) -> dict[str, Any]:
    residue = _said(
        **{PROVIDER: given.provider, VARIABLES: given.variables},
        spanKind=given.span_kind,
        tools=given.tools,
        toolCalls=given.tool_calls,
    )
    for name, document in residue.items():
        checked_document(document, name)
    return residue


def _said(**members: Any) -> dict[str, Any]:
    """Return the members that were said: null means the same as absent."""
    return {name: value for name, value in members.items() if value is not None}
