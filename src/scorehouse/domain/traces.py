"""Traces and spans: enough to anchor, filter and review scores.

They arrive piecemeal and in any order: a span before its trace, a child before its parent, a score
before both. A *sketch* says what one message says; the store merges sketches into what is known:

* a field that a sketch does not say (None, or empty) stays;
* a field that it says wins over what was there, unless the sketch lists it as `first_wins`;
* tags unite, in order of arrival; metadata and residue merge deeply, the newcomer's keys winning (with `shallow`,
  metadata at its top level only);
* a span sketch with `replace` forgets what earlier sketches of the span said.
"""

from collections.abc import Mapping
from enum import StrEnum

from scorehouse.domain.documents import EMPTY, Document, Fields, checked_document
from scorehouse.domain.frozen import Frozen
from scorehouse.domain.identity import checked_id, checked_text
from scorehouse.domain.instants import Instant, instant
from scorehouse.domain.numbers import checked_number
from scorehouse.domain.refusals import Fault, Invalid

TAGS_MAX = 1000
"""Tags on one trace."""

COUNT_MAX = 2**53
"""Counts stay below it, so that sums of many still fit 64 bits and JSON numbers stay exact."""


class SpanKind(StrEnum):
    """What a span does. A vendor's finer word is kept in its residue."""

    SPAN = "span"
    LLM = "llm"
    AGENT = "agent"
    TOOL = "tool"
    CHAIN = "chain"
    RETRIEVER = "retriever"
    EMBEDDING = "embedding"
    GUARDRAIL = "guardrail"
    EVALUATOR = "evaluator"
    EVENT = "event"
    HANDOFF = "handoff"
    VOICE = "voice"


class Health(StrEnum):
    """How a span or trace ended, as far as it said so."""

    UNSET = "unset"
    OK = "ok"
    ERROR = "error"


class Described(Frozen, frozen=True, kw_only=True):
    """What a trace and a span both may say of themselves.

    Attributes:
        id: in the spelling in which it first came.
        started_at, ended_at: as told; an end before its start is kept as told.
        session, user, environment, release, version: labels of the program that ran.
        health: None where nothing was said.
        error: what went wrong, for people.
        tags: in order of arrival, each once.
        input, output: any JSON.
        residue: dialect name → that vendor's fields which no other dialect understands.
    """

    id: str
    name: str | None = None
    started_at: Instant | None = None
    ended_at: Instant | None = None
    session: str | None = None
    user: str | None = None
    environment: str | None = None
    release: str | None = None
    version: str | None = None
    health: Health | None = None
    error: str | None = None
    tags: tuple[str, ...] = ()
    input: Document = None
    output: Document = None
    metadata: Fields = EMPTY
    residue: Mapping[str, Fields] = EMPTY


class TraceSketch(Described, frozen=True, kw_only=True):
    """What one message says of a trace.

    Attributes:
        public: None where nothing was said of it.
        shallow: metadata merges at its top level only.
        first_wins: names of fields in which what was known wins over this sketch.
    """

    public: bool | None = None
    shallow: bool = False
    first_wins: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        _check(self)


class SpanDescribed(Described, frozen=True, kw_only=True):
    """What a span says of itself beyond what a trace says.

    Attributes:
        alias: a second id under which clients refer to it (2signal's event id).
        parent: id or alias of the parent as told; need not exist.
        usage: token counts by kind (``input``, ``output``, ``total``, ``cached`` …).
        cost_usd: of this span alone.
        completion_started_at: first token.
    """

    alias: str | None = None
    parent: str | None = None
    kind: SpanKind | None = None
    model: str | None = None
    model_parameters: Fields | None = None
    usage: Mapping[str, int] | None = None
    cost_usd: float | None = None
    completion_started_at: Instant | None = None


class SpanSketch(SpanDescribed, frozen=True, kw_only=True):
    """What one message says of a span.

    Attributes:
        trace: the trace it belongs to; None means the one it is already known under, else its parent's,
            else one of its own id (contract 2signal-tracia §2.4).
        replace: forget what was known of the span.
        shallow, first_wins: as in TraceSketch.
    """

    trace: str | None = None
    replace: bool = False
    shallow: bool = False
    first_wins: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        _check(self)
        for name in ("trace", "alias", "parent"):
            text = getattr(self, name)
            if text is not None:
                checked_id(text, name)
        if self.model is not None:
            checked_text(self.model, "model")
        checked_document(self.model_parameters, "model_parameters")
        _check_figures(self)


class Rollup(Frozen, frozen=True, kw_only=True):
    """Figures over the spans and scores of a trace, computed when read.

    Attributes:
        started_at, ended_at: first start and last end of its spans.
        span_count, score_count, error_count: how many; errors are spans in ERROR.
        llm_count: of spans that call a model.
        tokens_total, tokens_input, tokens_output, cost_usd: sums over spans.
    """

    started_at: Instant | None = None
    ended_at: Instant | None = None
    span_count: int = 0
    score_count: int = 0
    error_count: int = 0
    llm_count: int = 0
    tokens_total: int = 0
    tokens_input: int = 0
    tokens_output: int = 0
    cost_usd: float = 0.0


class Trace(Described, frozen=True, kw_only=True):
    """A trace as known so far.

    Attributes:
        known: whether anybody ever sent the trace or a span of it; one only mentioned by scores is not known.
        rollup: figures over its spans and scores.
    """

    known: bool
    public: bool
    created_at: Instant
    updated_at: Instant
    rollup: Rollup


class Span(SpanDescribed, frozen=True, kw_only=True):
    """A span as known so far. `known` is False while it is only mentioned by scores."""

    trace: str
    known: bool
    created_at: Instant
    updated_at: Instant


class Session(Frozen, frozen=True, kw_only=True):
    """The traces that share a session id, summed up.

    Attributes:
        started_at, ended_at: first start and last end among its traces.
        user: of its earliest trace that has one.
        latency_us: sum over its traces that have a start and an end; None if none has.
        failed_count: of its traces, those in ERROR.
        tags: of all its traces, each once.
        span_count, tokens_total, cost_usd: over the spans of its traces.
    """

    id: str
    trace_count: int
    started_at: Instant | None
    ended_at: Instant | None
    user: str | None
    environment: str | None
    created_at: Instant
    latency_us: int | None = None
    failed_count: int = 0
    tags: tuple[str, ...] = ()
    span_count: int = 0
    tokens_total: int = 0
    cost_usd: float = 0.0


def tokens_total(usage: Mapping[str, int] | None) -> int:
    """Return the tokens that a span used: its ``total`` if told, else input plus output."""
    if not usage:
        return 0
    told = usage.get("total")
    return told if told is not None else usage.get("input", 0) + usage.get("output", 0)


def _check(sketch: Described) -> None:
    checked_id(sketch.id, "id")
    for name in ("session", "user", "environment"):
        text = getattr(sketch, name)
        if text is not None:
            checked_id(text, name)
    for name in ("name", "release", "version", "error"):
        text = getattr(sketch, name)
        if text is not None:
            checked_text(text, name)
    for name in ("started_at", "ended_at"):
        moment = getattr(sketch, name)
        if moment is not None:
            instant(moment, (name,))
    _check_tags(sketch.tags)
    for name in ("input", "output", "metadata", "residue"):
        checked_document(getattr(sketch, name), name)


def _check_figures(sketch: SpanDescribed) -> None:
    if sketch.completion_started_at is not None:
        instant(sketch.completion_started_at, ("completion_started_at",))
    if sketch.cost_usd is not None:
        checked_number(sketch.cost_usd, "cost_usd")
    for kind, count in (sketch.usage or {}).items():
        checked_text(kind, "usage")
        if not 0 <= count < COUNT_MAX:
            raise Invalid(Fault(("usage", kind), "out_of_range", "must be a count from 0 to 2**53"))


def _check_tags(tags: tuple[str, ...]) -> None:
    if len(tags) > TAGS_MAX:
        raise Invalid(Fault(("tags",), "too_long", f"must not exceed {TAGS_MAX} tags"))
    for position, tag in enumerate(tags):
        checked_text(tag, "tags", position)
        if "\x1f" in tag:
            raise Invalid(Fault(("tags", position), "bad_character", "must not contain control characters"))
