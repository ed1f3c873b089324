"""What can be asked about: the fields of everything that a store lists.

Dialects and engines take them from ``scorehouse.storage.queries``, where the questions are.
"""

from enum import StrEnum


class ScoreField(StrEnum):
    """Fields of a score, and of the trace it belongs to, that can be filtered and ordered by."""

    ID = "id"
    NAME = "name"
    KIND = "kind"
    NUMBER = "number"
    BOOLEAN = "boolean"
    LABELS = "labels"
    TEXT = "text"
    JSON = "json"
    STATUS = "status"
    REASON = "reason"
    ORIGIN = "origin"
    AUTHOR = "author"
    EVALUATOR = "evaluator"
    EVALUATOR_KEY = "evaluator_key"
    EVALUATOR_NAME = "evaluator_name"
    EVALUATOR_TYPE = "evaluator_type"
    SOURCE_RUN = "source_run"
    COMMENT = "comment"
    METADATA = "metadata"
    RESIDUE = "residue"
    ENVIRONMENT = "environment"
    CONFIG = "config"
    QUEUE = "queue"
    PASSED = "passed"
    COST_USD = "cost_usd"
    TIMESTAMP = "timestamp"
    CREATED_AT = "created_at"
    UPDATED_AT = "updated_at"
    TARGET_KIND = "target_kind"
    TRACE = "trace"
    SPAN = "span"
    SESSION = "session"
    RUN = "run"
    TRACE_NAME = "trace_name"
    TRACE_USER = "trace_user"
    TRACE_SESSION = "trace_session"
    TRACE_TAGS = "trace_tags"
    TRACE_ENVIRONMENT = "trace_environment"


class TraceField(StrEnum):
    """Fields of a trace that can be filtered and ordered by.

    ERRORS is its count of spans in ERROR; SPAN_COUNT, LLM_COUNT, the sums of tokens and of cost are those of its
    Rollup. FIRST_AT and LAST_AT are its own start and end, where those were not told the first start and last end of
    its spans; DURATION is from one to the other. SPANS are its spans themselves, of which only HasSpan asks.
    Two maps lead from a name to the completed scores so named on the trace and its spans: SCORE_AVERAGE to the mean
    of numeric and boolean ones (1 or 0), SCORE_LABELS to a list of the labels of categorical and multiple ones.
    """

    ID = "id"
    KNOWN = "known"
    NAME = "name"
    SESSION = "session"
    USER = "user"
    ENVIRONMENT = "environment"
    RELEASE = "release"
    VERSION = "version"
    HEALTH = "health"
    TAGS = "tags"
    METADATA = "metadata"
    RESIDUE = "residue"
    STARTED_AT = "started_at"
    ENDED_AT = "ended_at"
    LATENCY = "latency"
    CREATED_AT = "created_at"
    UPDATED_AT = "updated_at"
    ERRORS = "errors"
    SPAN_COUNT = "span_count"
    LLM_COUNT = "llm_count"
    COST_USD = "cost_usd"
    TOKENS_TOTAL = "tokens_total"
    TOKENS_INPUT = "tokens_input"
    TOKENS_OUTPUT = "tokens_output"
    FIRST_AT = "first_at"
    LAST_AT = "last_at"
    DURATION = "duration"
    SPANS = "spans"
    SCORE_AVERAGE = "score_average"
    SCORE_LABELS = "score_labels"


class SpanField(StrEnum):
    """Fields of a span that can be filtered and ordered by.

    SCORE is a map: score name, or id of a registered evaluator → number of the newest such score.
    """

    ID = "id"
    ALIAS = "alias"
    KNOWN = "known"
    TRACE = "trace"
    PARENT = "parent"
    NAME = "name"
    KIND = "kind"
    SESSION = "session"
    USER = "user"
    ENVIRONMENT = "environment"
    RELEASE = "release"
    VERSION = "version"
    HEALTH = "health"
    ERROR = "error"
    TAGS = "tags"
    MODEL = "model"
    INPUT = "input"
    OUTPUT = "output"
    METADATA = "metadata"
    RESIDUE = "residue"
    USAGE = "usage"
    COST_USD = "cost_usd"
    TOKENS_TOTAL = "tokens_total"
    STARTED_AT = "started_at"
    ENDED_AT = "ended_at"
    LATENCY = "latency"
    CREATED_AT = "created_at"
    UPDATED_AT = "updated_at"
    SCORE = "score"


class SessionField(StrEnum):
    """Fields of a session that can be filtered and ordered by.

    LAST_CREATED_AT is when its newest trace was recorded, FAILED counts its traces in ERROR, LATENCY sums theirs.
    """

    ID = "id"
    USER = "user"
    ENVIRONMENT = "environment"
    STARTED_AT = "started_at"
    CREATED_AT = "created_at"
    LAST_CREATED_AT = "last_created_at"
    TRACE_COUNT = "trace_count"
    FAILED = "failed"
    LATENCY = "latency"
    COST_USD = "cost_usd"


class RegistryField(StrEnum):
    """Fields of configs and evaluators. KEY exists on evaluators only."""

    ID = "id"
    KEY = "key"
    NAME = "name"
    KIND = "kind"
    TYPE = "type"
    ARCHIVED = "archived"
    DESCRIPTION = "description"
    RESIDUE = "residue"
    CREATED_AT = "created_at"
    UPDATED_AT = "updated_at"


Field = ScoreField | TraceField | SpanField | SessionField | RegistryField

ID_FIELDS: frozenset[str] = frozenset(
    {
        ScoreField.ID,
        ScoreField.TRACE,
        ScoreField.SPAN,
        ScoreField.CONFIG,
        ScoreField.EVALUATOR,
        SpanField.ALIAS,
    }
)
"""Names of the fields that carry ids, in whichever enumeration: they compare and order canonically. Session and
run ids are free text to every vendor and compare as they are."""

MOMENTS: frozenset[str] = frozenset(
    {
        *("timestamp", "created_at", "updated_at", "last_created_at"),
        *("started_at", "ended_at", "first_at", "last_at"),
    }
)
"""Names of the fields that hold points in time."""

DOCUMENTS: frozenset[str] = frozenset({"metadata", "residue", "usage"})
"""Names of the map fields that hold JSON objects."""

DURATIONS: frozenset[str] = frozenset({"latency", "duration"})
"""Names of the fields that hold lengths of time."""
