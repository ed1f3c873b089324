"""Logs → spans of the core.

The log's id is the span's. A span id told beside another id becomes the alias, so that either is good in
``/api/logs/{log_id}/…`` (contract respan §10.2). What only the vendor knows of a log stays in the residue.
"""

from base64 import b64decode
from binascii import Error
from collections.abc import Mapping
from typing import Any

from msgspec import UNSET

from scorehouse.dialects.respan.errors import bad_field
from scorehouse.dialects.respan.log_shapes import LogChange, NewLog
from scorehouse.dialects.respan.reads import DEFAULT_ENVIRONMENT
from scorehouse.dialects.respan.score_fields import RESIDUE
from scorehouse.domain.documents import Fields
from scorehouse.domain.instants import MICROSECONDS_PER_SECOND, Instant, instant
from scorehouse.domain.patches import MetadataOverlay, SpanPatch
from scorehouse.domain.refusals import Refusal, Unreadable
from scorehouse.domain.scores import KEEP
from scorehouse.domain.traces import Health, SpanKind, SpanSketch
from scorehouse.wire.bodies import convert, parse
from scorehouse.wire.times import parse_time

PARAMETER_HEADERS = ("x-data-keywordsai-params", "x-data-respan-params")
"""Base64 of a JSON object of members, the newer name last because it wins."""

LATENCY_MAX_S = 10 * 365 * 86_400.0

KINDS: Mapping[str, SpanKind] = {
    "chat": SpanKind.LLM,
    "completion": SpanKind.LLM,
    "response": SpanKind.LLM,
    "generation": SpanKind.LLM,
    "text": SpanKind.LLM,
    "embedding": SpanKind.EMBEDDING,
    "transcription": SpanKind.VOICE,
    "speech": SpanKind.VOICE,
    "workflow": SpanKind.CHAIN,
    "agent": SpanKind.AGENT,
    "tool": SpanKind.TOOL,
    "function": SpanKind.TOOL,
    "handoff": SpanKind.HANDOFF,
    "guardrail": SpanKind.GUARDRAIL,
}
"""The vendor's type of log → kind; any other is a plain span. The vendor's word stays in the residue."""

DEFAULT_LOG_TYPE = "chat"

KEPT = (
    "log_type",
    "log_method",
    "span_workflow_name",
    "span_path",
    "prompt_messages",
    "completion_message",
    "completion_messages",
    "custom_identifier",
    "customer_email",
    "customer_params",
    "thread_identifier",
    "group_identifier",
    "trace_group_identifier",
    "evaluation_identifier",
    "properties",
    "variables",
    "time_to_first_token",
    "tokens_per_second",
    "routing_time",
    "status_code",
    "error_code",
    "warnings",
    "positive_feedback",
    "note",
    "stream",
    "prompt_id",
    "prompt_name",
    "prompt_version_number",
    "provider_id",
    "deployment_name",
    "cache_key",
    "cache_bit",
    "has_tool_calls",
    "used_custom_credential",
    "error_class",
    "error_fingerprint",
    "fault_domain",
    "behaviors",
    "prompt_cache_hit_tokens",
    "prompt_cache_creation_tokens",
    "reasoning_tokens",
    "usage",
)
"""Members that nobody but the vendor has a word for."""

CHANGEABLE = ("is_pinned", "positive_feedback", "note")
"""Members of the residue that can be changed."""

USAGE: Mapping[str, tuple[str, ...]] = {
    "input": ("prompt_tokens", "input_tokens"),
    "output": ("completion_tokens", "output_tokens"),
    "total": ("total_tokens", "total_request_tokens"),
}


CACHE_TOKENS: Mapping[str, tuple[str, ...]] = {
    "prompt_cache_hit_tokens": ("prompt_cache_hit_tokens", "cache_read_input_tokens"),
    "prompt_cache_creation_tokens": ("prompt_cache_creation_tokens", "cache_creation_input_tokens"),
}
"""Member of a log → what it is called in the usage that a provider tells."""


def read_log(document: Any, beneath: Fields) -> NewLog:
    """Read one log; `beneath` are members from a header, which the log's own and its parameters win over.

    Raises:
        Invalid: it is no object, or a member has another type.
    """
    if not isinstance(document, dict):
        return convert(document, NewLog)
    given = convert(document, NewLog)
    more = {**beneath, **(given.keywordsai_params or {}), **(given.respan_params or {})}
    if not more:
        return given
    return convert({**more, **{name: value for name, value in document.items() if value is not None}}, NewLog)


def read_header_parameters(headers: Mapping[str, str]) -> Fields:
    """Read the members that come in a header (contract respan §1.2).

    Raises:
        Unreadable: it is not base64 of a JSON object.
    """
    found: dict[str, Any] = {}
    for name in PARAMETER_HEADERS:
        text = headers.get(name)
        if text:
            found |= _decoded(name, text)
    return found


def read_sketch(log: NewLog, id: str, now: Instant) -> SpanSketch:
    """Read a log as a span; `id` is used if it brings none of its own.

    Raises:
        Invalid: a member cannot be stored.
    """
    own = log.unique_id or log.span_unique_id or id
    started_at, ended_at = _times(log, now)
    usage = _usage(log)
    return SpanSketch(
        id=own,
        trace=log.trace_unique_id or None,
        alias=log.span_unique_id if log.span_unique_id not in {None, "", own} else None,
        parent=log.span_parent_id or None,
        name=log.span_name,
        kind=KINDS.get(log.log_type or DEFAULT_LOG_TYPE, SpanKind.SPAN),
        started_at=started_at,
        ended_at=ended_at,
        session=log.session_identifier or log.thread_identifier or None,
        user=log.customer_identifier or _text(log.customer_params, "customer_identifier"),
        environment=log.environment or DEFAULT_ENVIRONMENT,
        health=_health(log),
        error=log.error_message,
        input=_first(log.input, log.prompt_messages, log.messages),
        output=_first(log.output, log.completion_message, log.completion_messages),
        metadata=log.metadata or {},
        residue={RESIDUE: _kept(log)},
        model=log.model,
        usage=usage or None,
        cost_usd=log.cost,
        first_wins=_supposed(log),
    )


def read_change(given: LogChange) -> SpanPatch:
    """Read what changes of a log."""
    said = {name: value for name in CHANGEABLE if (value := getattr(given, name)) is not UNSET}
    return SpanPatch(
        residue={RESIDUE: said} if said else KEEP,
        metadata=MetadataOverlay(given.metadata) if isinstance(given.metadata, dict) else KEEP,
    )


def _decoded(name: str, text: str) -> dict[str, Any]:
    try:
        document = parse(b64decode(text, validate=True))
    except (Refusal, Error, ValueError) as error:
        raise Unreadable(f"The header {name} is not base64 of a JSON object.") from error
    if not isinstance(document, dict):
        raise Unreadable(f"The header {name} is not base64 of a JSON object.")
    return document


def _times(log: NewLog, now: Instant) -> tuple[Instant, Instant]:
    """Return start and end: the log's timestamp is its end; a latency tells the start where nothing else does."""
    latency = log.latency if log.latency is not None else log.generation_time
    if latency is not None and not 0 <= latency <= LATENCY_MAX_S:
        raise bad_field("latency", "must be a number of seconds")
    length = round((latency or 0.0) * MICROSECONDS_PER_SECOND)
    start, end = _moment(log.start_time, "start_time"), _moment(log.timestamp, "timestamp")
    if end is None:
        end = now if start is None else instant(start + length, ("start_time",))
    if start is None or latency is not None:
        start = instant(end - length, ("timestamp",))
    return start, end


def _supposed(log: NewLog) -> frozenset[str]:
    """Return what the log does not say and is supposed of it: a log that comes again keeps what was said before."""
    is_measured = log.latency is not None or log.generation_time is not None
    untold = {
        "started_at": not log.start_time and not is_measured,
        "ended_at": not log.timestamp and not is_measured,
        "kind": not log.log_type,
        "environment": not log.environment,
        "health": log.status is None and log.status_code is None and not log.error_message,
    }
    return frozenset(name for name, is_untold in untold.items() if is_untold)


def _moment(given: str | float | None, name: str) -> Instant | None:
    if given is None or given == "":
        return None
    if isinstance(given, str):
        return parse_time(given, name)
    if abs(given) > 1e12:
        raise bad_field(name, "must be a date and time")
    return instant(round(given * MICROSECONDS_PER_SECOND), (name,))


def _usage(log: NewLog) -> dict[str, int]:
    told = {
        "prompt_tokens": log.prompt_tokens,
        "completion_tokens": log.completion_tokens,
        "total_request_tokens": log.total_request_tokens,
    }
    counts = {name: value for name, value in told.items() if value is not None}
    whole = {name: value for name, value in (log.usage or {}).items() if _is_count(value)} | counts
    return {kind: whole[name] for kind, names in USAGE.items() for name in names if name in whole}


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53


def _health(log: NewLog) -> Health:
    failed = log.status == "error" or (log.status is None and (log.status_code or 200) >= 400)
    return Health.ERROR if failed or (log.status is None and log.error_message) else Health.OK


def _kept(log: NewLog) -> dict[str, Any]:
    kept = {name: value for name in KEPT if (value := getattr(log, name)) is not None}
    for member, names in CACHE_TOKENS.items():
        told = next((count for name in names if _is_count(count := (log.usage or {}).get(name))), None)
        if told is not None:
            kept.setdefault(member, told)
    if log.ttft is not None and log.time_to_first_token is None:
        kept["time_to_first_token"] = log.ttft
    if log.error_code is not None:
        kept["error_code"] = str(log.error_code)
    if log.customer_email is None and (email := _text(log.customer_params, "email")):
        kept["customer_email"] = email
    return kept


def _text(members: Mapping[str, Any] | None, name: str) -> str | None:
    value = (members or {}).get(name)
    return value if isinstance(value, str) and value else None


def _first(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)
