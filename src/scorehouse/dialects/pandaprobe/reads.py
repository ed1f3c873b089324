"""Their shapes → our words, one function a shape.

``residue["pandaprobe"]`` keeps what the core has no word for: a value's text, the statuses of a trace that is
still at work, token usage and cost as they were sent (as JSON texts, so that they replace instead of merging).
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import msgspec
from msgspec import UNSET

from scorehouse.dialects.pandaprobe.shapes import NewSessionScore, NewSpan, NewTrace, NewTraceScore
from scorehouse.dialects.pandaprobe.values import DIALECT, read_value, verbatim
from scorehouse.domain.documents import EMPTY, Fields
from scorehouse.domain.identity import hyphenated
from scorehouse.domain.instants import Instant, instant
from scorehouse.domain.refusals import Fault, Invalid, Path
from scorehouse.domain.scores import Draft, Origin, Source, Status
from scorehouse.domain.targets import SessionTarget, Target, TraceTarget
from scorehouse.domain.traces import COUNT_MAX, Health, SpanKind, SpanSketch, TraceSketch
from scorehouse.services.house import Mint
from scorehouse.wire.times import parse_time

BuiltT = TypeVar("BuiltT")

MILLISECONDS_FROM = 2e10
"""Unix times beyond it (the year 2603) are milliseconds (contract pandaprobe §1.2)."""

SECONDS_MAX = 1e12
"""Beyond all years with four digits, and small enough to count in microseconds."""

ORIGINS: Mapping[str, Origin] = {
    "AUTOMATED": Origin.EVALUATOR,
    "ANNOTATION": Origin.HUMAN,
    "PROGRAMMATIC": Origin.API,
}
STATUSES: Mapping[str, Status] = {"SUCCESS": Status.COMPLETED, "FAILED": Status.FAILED, "PENDING": Status.PENDING}
HEALTHS: Mapping[str, Health] = {
    "COMPLETED": Health.OK,
    "ERROR": Health.ERROR,
    "RUNNING": Health.UNSET,
    "PENDING": Health.UNSET,
}
AT_WORK = ("PENDING", "RUNNING")
"""Trace statuses that the core calls unset, and residue tells apart."""

SPAN_HEALTHS: Mapping[str, Health] = {"UNSET": Health.UNSET, "OK": Health.OK, "ERROR": Health.ERROR}
SPAN_KINDS: Mapping[str, SpanKind] = {
    "AGENT": SpanKind.AGENT,
    "TOOL": SpanKind.TOOL,
    "LLM": SpanKind.LLM,
    "RETRIEVER": SpanKind.RETRIEVER,
    "CHAIN": SpanKind.CHAIN,
    "EMBEDDING": SpanKind.EMBEDDING,
    "OTHER": SpanKind.SPAN,
}
USAGE_KEYS: Mapping[str, str] = {"prompt_tokens": "input", "completion_tokens": "output", "total_tokens": "total"}

MEMBERS: Mapping[str, str] = {
    "comment": "reason",
    "session": "session_id",
    "user": "user_id",
    "usage": "token_usage",
    "cost_usd": "cost",
    "completion_started_at": "completion_start_time",
    "target": "trace_id",
}
"""What the core calls a member → what they call it, for faults."""

_UNIX = re.compile(r"\s*[+-]?\d+(?:\.\d*)?\s*", re.ASCII)
_COUNT = re.compile(r"\d{1,16}", re.ASCII)

encode_json = msgspec.json.Encoder().encode


# ── Scores ───────────────────────────────────────────────────────────────────────────────────────────────


def read_trace_score(given: NewTraceScore) -> Draft:
    """Read a new score of a trace."""
    return _draft(given, TraceTarget(hyphenated(given.trace_id)))


def read_session_score(given: NewSessionScore) -> Draft:
    """Read a new score of a session."""
    return _draft(given, SessionTarget(given.session_id))


def _draft(given: NewTraceScore | NewSessionScore, target: Target) -> Draft:
    value = read_value(given.value, given.data_type)
    kept = verbatim(given.value, value)
    return in_their_words(
        lambda: Draft(
            target=target,
            name=given.name,
            value=value,
            source=Source(ORIGINS[given.source]),
            comment=given.reason,
            metadata=given.metadata,
            residue={DIALECT: kept} if kept else EMPTY,
        )
    )


# ── Traces and spans ─────────────────────────────────────────────────────────────────────────────────────


def read_trace(given: NewTrace, mint: Mint) -> TraceSketch:
    """Read a trace without its spans. What it leaves out or says to be null stays as it was known (§4.5)."""
    started_at, ended_at = read_times(given, ("started_at", "ended_at"))
    return in_their_words(
        lambda: TraceSketch(
            id=hyphenated(mint() if given.trace_id is UNSET else given.trace_id),
            name=given.name,
            health=HEALTHS[given.status],
            started_at=started_at,
            ended_at=ended_at,
            session=given.session_id or None,
            user=given.user_id or None,
            environment=given.environment or None,
            release=given.release,
            tags=tuple(given.tags),
            input=given.input,
            output=given.output,
            metadata=given.metadata,
            shallow=True,
            residue={DIALECT: {"status": given.status}} if given.status in AT_WORK else EMPTY,
        )
    )


def read_spans(given: list[NewSpan], trace: str, mint: Mint, path: Path = ()) -> list[SpanSketch]:
    """Read spans of a trace; the faults of all of them are refused together.

    Raises:
        Invalid: with the faults at their places under `path`.
    """
    sketches: list[SpanSketch] = []
    faults: list[Fault] = []
    for position, span in enumerate(given):
        try:
            sketches.append(_read_span(span, trace, mint))
        except Invalid as refusal:
            faults.extend(refusal.under(*path, position).faults)
    if faults:
        raise Invalid(*faults)
    return sketches


def _read_span(given: NewSpan, trace: str, mint: Mint) -> SpanSketch:
    times = read_times(given, ("started_at", "ended_at", "completion_start_time"))
    usage = read_usage(given.token_usage)
    kept = as_sent("token_usage", given.token_usage) | as_sent("cost", given.cost)
    return in_their_words(
        lambda: SpanSketch(
            id=hyphenated(mint() if given.span_id is UNSET else given.span_id),
            trace=trace,
            parent=None if given.parent_span_id is None else hyphenated(given.parent_span_id),
            name=given.name,
            kind=SPAN_KINDS[given.kind],
            health=SPAN_HEALTHS[given.status],
            input=given.input,
            output=given.output,
            model=given.model,
            usage=usage,
            metadata=given.metadata,
            shallow=True,
            started_at=times[0],
            ended_at=times[1],
            completion_started_at=times[2],
            error=given.error,
            model_parameters=given.model_parameters,
            cost_usd=read_cost(given.cost),
            residue={DIALECT: kept} if kept else EMPTY,
        )
    )


def as_sent(member: str, given: Fields | None) -> dict[str, str]:
    """Return what residue keeps of an object that the core understands in part."""
    return {} if given is None else {member: encode_json(given).decode()}


def read_usage(given: Fields | None) -> dict[str, int] | None:
    """Read token counts.

    Prompt and completion are what their sums count (contract pandaprobe §4.3); a total that is not their sum is kept
    in residue alone. Null and texts of integers count, as they do there; what broke their lists is refused (§4.5).

    Raises:
        Invalid: a count that is none.
    """
    if given is None:
        return None
    usage = {key: count for name, key in USAGE_KEYS.items() if (count := _count(name, given.get(name))) is not None}
    sum_of_both = usage.get("input", 0) + usage.get("output", 0)
    if "total" in usage and usage["total"] != sum_of_both and usage.keys() != {"total"}:
        del usage["total"]
    others = {name: count for name, count in given.items() if name not in USAGE_KEYS and _is_count(count)}
    return usage | others


def read_cost(given: Mapping[str, float] | None) -> float | None:
    """Return the total of a cost, the only part of it that is summed (contract pandaprobe §4.3)."""
    total = None if given is None else given.get("total")
    return None if total is None else float(total)


def _count(name: str, given: Any) -> int | None:
    if isinstance(given, str) and _COUNT.fullmatch(given):
        given = int(given)
    if given is None or _is_count(given):
        return given  # type: ignore[no-any-return]  # the check before says that it is an integer or None
    raise Invalid(Fault(("token_usage", name), "wrong_type", "must be a count from 0 to 2**53"))


def _is_count(given: Any) -> bool:
    return isinstance(given, int) and not isinstance(given, bool) and 0 <= given < COUNT_MAX


# ── Times ────────────────────────────────────────────────────────────────────────────────────────────────


def read_times(given: Any, members: tuple[str, ...]) -> list[Instant | None]:
    """Read several members of a shape as times; the faults of all of them are refused together."""
    times: list[Instant | None] = []
    faults: list[Fault] = []
    for member in members:
        told = getattr(given, member)
        try:
            times.append(None if told is None or told is UNSET else read_time(told, member))
        except Invalid as refusal:
            faults.extend(refusal.faults)
    if faults:
        raise Invalid(*faults)
    return times


def read_time(given: str | float, *path: str | int) -> Instant:
    """Read ISO 8601, or Unix seconds or milliseconds as number or text; without zone it is UTC (§1.2).

    Raises:
        Invalid: it is no time, or lies outside the years 1 to 9999; with the fault at `path`.
    """
    if isinstance(given, str):
        if not _UNIX.fullmatch(given):
            return parse_time(given, *path)
        given = float(given)
    seconds = given / 1000 if abs(given) > MILLISECONDS_FROM else given
    if abs(seconds) > SECONDS_MAX:
        raise Invalid(Fault(path, "out_of_range", "must lie between the years 1 and 9999"))
    return instant(round(seconds * 1_000_000), path)


# ── Faults ───────────────────────────────────────────────────────────────────────────────────────────────


def in_their_words(build: Callable[[], BuiltT]) -> BuiltT:
    """Build a core type; its faults stand at the members as this vendor calls them."""
    try:
        return build()
    except Invalid as refusal:
        raise Invalid(*(_renamed(fault) for fault in refusal.faults)) from refusal


def _renamed(fault: Fault) -> Fault:
    if not fault.path:
        return fault
    first, *rest = fault.path
    return Fault((MEMBERS.get(str(first), first), *rest), fault.code, fault.message, fault.given, fault.allowed)
