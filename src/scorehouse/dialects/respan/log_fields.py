"""What logs can be filtered and ordered by (contract respan §9.4).

Of the published list the vendor computes some, such as `fault_domain` and `behaviors`, by models of its own; here
they are what the log's maker told, null where that was nothing.
"""

from scorehouse.dialects.respan.fields import Cases, Fallback, Filterable, Open, Sort, truth_cases, word_cases
from scorehouse.dialects.respan.score_fields import METADATA_PREFIX, RESIDUE
from scorehouse.domain.instants import MICROSECONDS_PER_SECOND, Instant
from scorehouse.domain.traces import SpanKind
from scorehouse.storage.queries import All, Any, Compare, Filter, Not, Operator, Order, SpanField, between

SCORES_PREFIX = "scores__"

OK_STATUS, ERROR_STATUS = "success", "error"
OK_CODE, ERROR_CODE = 200, 500
"""What is shown of a span whose maker told no status code."""

FAILED = Compare(SpanField.HEALTH, Operator.EQUALS, "error")
"""Spans in ERROR."""

ROOT = Compare(SpanField.PARENT, Operator.IS_NULL, True)
"""Spans that are the root of their trace."""


def _kept(name: str, sort: Sort = Sort.TEXT) -> Open:
    return Open(sort, SpanField.RESIDUE, (RESIDUE, name))


def _kept_truth(name: str) -> Cases:
    return truth_cases(SpanField.RESIDUE, (RESIDUE, name))


WORDS: dict[str, str] = {str(kind): str(kind) for kind in SpanKind} | {
    str(SpanKind.LLM): "chat",
    str(SpanKind.SPAN): "custom",
    str(SpanKind.CHAIN): "workflow",
    str(SpanKind.VOICE): "speech",
}
"""Kind → the type of log that is shown where its maker did not use the vendor's word."""


def log_type_of(kind: SpanKind | None) -> str:
    """Return the type of log of a span whose maker told none in the vendor's words."""
    return WORDS[str(kind or SpanKind.SPAN)]


def _kind_cases() -> Cases:
    cases = word_cases(SpanField.KIND, WORDS)
    untold = Compare(SpanField.KIND, Operator.IS_NULL, True)
    plain = WORDS[str(SpanKind.SPAN)]
    return Cases(Sort.TEXT, {**cases.cases, plain: Any((cases.cases[plain], untold))})


ID = Open(Sort.TEXT, SpanField.ID)
_TRACE = Open(Sort.TEXT, SpanField.TRACE)
_COST = Open(Sort.NUMBER, SpanField.COST_USD)
_INPUT_TOKENS = Open(Sort.NUMBER, SpanField.USAGE, ("input",), shown_absent=0)
_OUTPUT_TOKENS = Open(Sort.NUMBER, SpanField.USAGE, ("output",), shown_absent=0)
_TOKENS = Open(Sort.NUMBER, SpanField.TOKENS_TOTAL)
_TTFT = _kept("time_to_first_token", Sort.NUMBER)

_STARTED = Open(Sort.MOMENT, SpanField.STARTED_AT)
_ENDED = Open(Sort.MOMENT, SpanField.ENDED_AT)
_CAME = Open(Sort.MOMENT, SpanField.CREATED_AT)

TIMESTAMP = Fallback(_ENDED, Fallback(_STARTED, _CAME))
"""A log's time is its end; where that was never told its start, else when it came."""


def time_between(start: Instant, end: Instant | None) -> Filter:
    """Ask for the logs of a window of time, its end excluded."""

    def within(field: SpanField) -> Filter:
        return between(field, start, end)

    ended, started = (Compare(field, Operator.IS_NULL, True) for field in (SpanField.ENDED_AT, SpanField.STARTED_AT))
    lacking_end = Any((within(SpanField.STARTED_AT), All((started, within(SpanField.CREATED_AT)))))
    return Any((within(SpanField.ENDED_AT), All((ended, lacking_end))))


LOG_FIELDS: dict[str, Filterable] = {
    "id": ID,
    "unique_id": ID,
    "trace_unique_id": _TRACE,
    "trace_id": _TRACE,
    "span_unique_id": Fallback(Open(Sort.TEXT, SpanField.ALIAS), ID),
    "span_parent_id": Open(Sort.TEXT, SpanField.PARENT),
    "span_name": Open(Sort.TEXT, SpanField.NAME),
    "span_workflow_name": _kept("span_workflow_name"),
    "thread_identifier": Fallback(_kept("thread_identifier"), Open(Sort.TEXT, SpanField.SESSION)),
    "session_identifier": Open(Sort.TEXT, SpanField.SESSION),
    "customer_identifier": Open(Sort.TEXT, SpanField.USER),
    "customer_email": _kept("customer_email"),
    "custom_identifier": _kept("custom_identifier"),
    "group_identifier": _kept("group_identifier"),
    "trace_group_identifier": _kept("trace_group_identifier"),
    "evaluation_identifier": _kept("evaluation_identifier"),
    "organization_key_id": _kept("organization_key_id"),
    "prompt_id": _kept("prompt_id"),
    "prompt_name": _kept("prompt_name"),
    "prompt_version_number": _kept("prompt_version_number", Sort.NUMBER),
    "model": Open(Sort.TEXT, SpanField.MODEL),
    "provider_id": _kept("provider_id"),
    "deployment_name": _kept("deployment_name"),
    "log_type": Fallback(_kept("log_type"), _kind_cases()),
    "log_method": _kept("log_method"),
    "status": Cases(Sort.TEXT, {ERROR_STATUS: FAILED, OK_STATUS: Not(FAILED)}, Order(SpanField.HEALTH)),
    "status_code": Fallback(
        _kept("status_code", Sort.NUMBER),
        Cases(Sort.NUMBER, {ERROR_CODE: FAILED, OK_CODE: Not(FAILED)}),
    ),
    "environment": Open(Sort.TEXT, SpanField.ENVIRONMENT),
    "error_class": _kept("error_class"),
    "error_code": _kept("error_code"),
    "error_message": Open(Sort.TEXT, SpanField.ERROR),
    "error_fingerprint": _kept("error_fingerprint"),
    "fault_domain": _kept("fault_domain"),
    "behaviors": _kept("behaviors", Sort.LIST),
    "cache_key": _kept("cache_key"),
    "note": _kept("note"),
    "stream": _kept_truth("stream"),
    "has_tool_calls": _kept_truth("has_tool_calls"),
    "cache_bit": _kept_truth("cache_bit"),
    "used_custom_credential": _kept_truth("used_custom_credential"),
    "positive_feedback": _kept_truth("positive_feedback"),
    "is_pinned": truth_cases(SpanField.RESIDUE, (RESIDUE, "is_pinned"), absent=False),
    "is_root_span": Cases(Sort.TRUTH, {True: ROOT, False: Not(ROOT)}),
    "cost": _COST,
    "total_cost": _COST,
    "latency": Open(Sort.NUMBER, SpanField.LATENCY, scale=MICROSECONDS_PER_SECOND),
    "time_to_first_token": _TTFT,
    "ttft": _TTFT,
    "tokens_per_second": _kept("tokens_per_second", Sort.NUMBER),
    "routing_time": _kept("routing_time", Sort.NUMBER),
    "prompt_tokens": _INPUT_TOKENS,
    "input_tokens": _INPUT_TOKENS,
    "completion_tokens": _OUTPUT_TOKENS,
    "output_tokens": _OUTPUT_TOKENS,
    "prompt_cache_hit_tokens": _kept("prompt_cache_hit_tokens", Sort.NUMBER),
    "prompt_cache_creation_tokens": _kept("prompt_cache_creation_tokens", Sort.NUMBER),
    "reasoning_tokens": _kept("reasoning_tokens", Sort.NUMBER),
    "total_request_tokens": _TOKENS,
    "total_tokens": _TOKENS,
    "all_tokens": _TOKENS,
    "timestamp": TIMESTAMP,
    "start_time": Fallback(_STARTED, Fallback(_ENDED, _CAME)),
}

RECORDED = Order(SpanField.CREATED_AT)
"""The newest log first, as it came in: the vendor's default of ``-id``."""


def log_metadata(key: str) -> Filterable:
    """Return what stands under a key of a log's metadata."""
    return Open(Sort.LOOSE, SpanField.METADATA, (key,))


def log_field(name: str) -> Filterable | None:
    """Find a field of logs by its name."""
    if name.startswith(SCORES_PREFIX) and name != SCORES_PREFIX:
        return Open(Sort.SCORE, SpanField.SCORE, (name.removeprefix(SCORES_PREFIX),))
    return unscored_field(name)


def unscored_field(name: str) -> Filterable | None:
    """Find a field of logs by its name, scores excepted, by which summaries cannot be filtered."""
    if name.startswith(METADATA_PREFIX) and name != METADATA_PREFIX:
        return log_metadata(name.removeprefix(METADATA_PREFIX))
    return LOG_FIELDS.get(name)


def sortable_field(name: str) -> Filterable | None:
    """Find a field to order logs by: those to filter by, and ``id``, the order in which they came."""
    return Open(Sort.MOMENT, SpanField.CREATED_AT) if name == "id" else log_field(name)
