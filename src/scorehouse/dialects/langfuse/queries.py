"""Query strings as documents describe them; what they mean stands in filters, trace_filters and paging."""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, defstruct

from scorehouse.dialects.langfuse.filters import DIFFERS, OPERATORS, V3_NAMES
from scorehouse.dialects.langfuse.paging import LIMIT_DEFAULT, LIMIT_MAX
from scorehouse.dialects.langfuse.shapes import DataType, ScoreSource
from scorehouse.dialects.langfuse.words import LEVELS
from scorehouse.storage.queries import PAGE_ROWS_MAX

Member = tuple[str, Any, Any]


def _texts(*names: str) -> list[Member]:
    return [(name, str | None, None) for name in names]


def _words(*words: str) -> Any:
    """Make the type of a closed set of words."""
    return Literal[words] | None


PAGE: list[Member] = [
    ("page", Annotated[int, Meta(ge=1)], 1),
    ("limit", Annotated[int, Meta(ge=1, le=LIMIT_MAX)], LIMIT_DEFAULT),
]

_SCORES: list[Member] = [
    *PAGE,
    *_texts("name", "userId", "traceTags", "environment", "configId", "queueId", "scoreIds", "filter"),
    *_texts("fromTimestamp", "toTimestamp"),
    ("source", ScoreSource | None, None),
    ("dataType", DataType | None, None),
    ("operator", _words(*OPERATORS, DIFFERS), None),
    ("value", float | None, None),
]

PageQuery: type[Struct] = defstruct("PageQuery", PAGE)
ScoreQueryV1: type[Struct] = defstruct("ScoreQueryV1", [*_SCORES, *_texts("traceId")])
ScoreQueryV2: type[Struct] = defstruct(
    "ScoreQueryV2", [*_SCORES, *_texts("traceId", "observationId", "sessionId", "datasetRunId", "fields")]
)
ScoreQueryV3: type[Struct] = defstruct(
    "ScoreQueryV3",
    [PAGE[1], *_texts(*(name for name in V3_NAMES if name not in {"limit", "userId", "traceTags"}))],
)
TraceQuery: type[Struct] = defstruct(
    "TraceQuery",
    [
        *PAGE,
        *_texts("userId", "name", "tags", "environment", "sessionId", "version", "release"),
        *_texts("fromTimestamp", "toTimestamp", "orderBy", "fields", "filter"),
    ],
)
_OBSERVATIONS: list[Member] = [
    *_texts("name", "userId", "type", "traceId", "parentObservationId", "environment", "version"),
    *_texts("fromStartTime", "toStartTime", "filter"),
    ("level", _words(*LEVELS), None),
]
ObservationQuery: type[Struct] = defstruct("ObservationQuery", [*PAGE, *_OBSERVATIONS])
ObservationQueryV2: type[Struct] = defstruct(
    "ObservationQueryV2",
    [
        ("limit", Annotated[int, Meta(ge=0, le=PAGE_ROWS_MAX)], LIMIT_DEFAULT),
        *_OBSERVATIONS,
        *_texts("cursor", "fields", "sessionId", "isRootObservation", "parseIoAsJson", "expandMetadata"),
    ],
)
SessionQuery: type[Struct] = defstruct("SessionQuery", [*PAGE, *_texts("environment", "fromTimestamp", "toTimestamp")])
