"""Langfuse's words ↔ the core's: data types, sources, kinds of observation, and which scores can be shown."""

from collections.abc import Mapping
from typing import Final

from scorehouse.dialects.langfuse.shapes import ConfigDataType, DataType, ScoreSource
from scorehouse.domain.scores import Origin, Score, Status
from scorehouse.domain.targets import TargetKind
from scorehouse.domain.traces import SpanKind
from scorehouse.domain.values import Kind
from scorehouse.storage.queries import All, Compare, Filter, Operator, ScoreField

NAME: Final = "langfuse"
"""Of the dialect, and of its residue."""

KINDS: Mapping[DataType, Kind] = {
    DataType.NUMERIC: Kind.NUMERIC,
    DataType.CATEGORICAL: Kind.CATEGORICAL,
    DataType.BOOLEAN: Kind.BOOLEAN,
    DataType.TEXT: Kind.TEXT,
    DataType.CORRECTION: Kind.CORRECTION,
}
DATA_TYPES: Mapping[Kind, DataType] = {kind: data_type for data_type, kind in KINDS.items()}

CONFIG_KINDS: Mapping[ConfigDataType, Kind] = {
    ConfigDataType.NUMERIC: Kind.NUMERIC,
    ConfigDataType.CATEGORICAL: Kind.CATEGORICAL,
    ConfigDataType.BOOLEAN: Kind.BOOLEAN,
    ConfigDataType.TEXT: Kind.TEXT,
}
CONFIG_DATA_TYPES: Mapping[Kind, ConfigDataType] = {kind: data_type for data_type, kind in CONFIG_KINDS.items()}

ORIGINS: Mapping[ScoreSource, Origin] = {
    ScoreSource.API: Origin.API,
    ScoreSource.EVAL: Origin.EVALUATOR,
    ScoreSource.ANNOTATION: Origin.HUMAN,
}
SOURCES: Mapping[Origin, ScoreSource] = {origin: source for source, origin in ORIGINS.items()}

SPAN_KINDS: Mapping[str, SpanKind] = {
    "SPAN": SpanKind.SPAN,
    "GENERATION": SpanKind.LLM,
    "EVENT": SpanKind.EVENT,
    "AGENT": SpanKind.AGENT,
    "TOOL": SpanKind.TOOL,
    "CHAIN": SpanKind.CHAIN,
    "RETRIEVER": SpanKind.RETRIEVER,
    "EVALUATOR": SpanKind.EVALUATOR,
    "EMBEDDING": SpanKind.EMBEDDING,
    "GUARDRAIL": SpanKind.GUARDRAIL,
}
"""Type of observation → kind of span."""

OBSERVATION_TYPES: Mapping[SpanKind, str] = {
    **{kind: word for word, kind in SPAN_KINDS.items()},
    SpanKind.HANDOFF: "SPAN",
    SpanKind.VOICE: "SPAN",
}
"""Back; kinds that Langfuse has no word for are spans."""

TRUTHS: Mapping[bool, str] = {True: "True", False: "False"}
"""The text of a boolean value (contract langfuse §4.2)."""

LEVELS = ("DEBUG", "DEFAULT", "WARNING", "ERROR")

V1_TARGETS = (TargetKind.TRACE, TargetKind.SPAN)
"""What v1 knows of: traces and their observations (contract langfuse §9.4)."""

V1_KINDS = (Kind.NUMERIC, Kind.CATEGORICAL, Kind.BOOLEAN, Kind.TEXT)
"""What v1 lists and traces embed: all but corrections (contract langfuse §4.1)."""

BROWSERSTACK_KINDS = (Kind.NUMERIC, Kind.CATEGORICAL, Kind.BOOLEAN)


def _kinds(kinds: tuple[Kind, ...]) -> Filter:
    return Compare(ScoreField.KIND, Operator.ONE_OF, tuple(map(str, kinds)))


_MEASURED = Compare(ScoreField.STATUS, Operator.EQUALS, str(Status.COMPLETED))
_OF_TRACES = Compare(ScoreField.TARGET_KIND, Operator.ONE_OF, tuple(map(str, V1_TARGETS)))

SPEAKABLE: Filter = All((_MEASURED, _kinds(tuple(DATA_TYPES))))
"""The scores that Langfuse can express: measured, and of one of its five data types."""

SPEAKABLE_V1: Filter = All((_MEASURED, _kinds(V1_KINDS), _OF_TRACES))
SPEAKABLE_BROWSERSTACK: Filter = All((_MEASURED, _kinds(BROWSERSTACK_KINDS), _OF_TRACES))


def is_speakable(score: Score) -> bool:
    """Tell whether v2 can show a score."""
    return score.outcome.status is Status.COMPLETED and score.value is not None and score.value.kind in DATA_TYPES


def is_speakable_v1(score: Score, kinds: tuple[Kind, ...] = V1_KINDS) -> bool:
    """Tell whether v1 can show a score."""
    return (
        is_speakable(score)
        and score.value is not None
        and score.value.kind in kinds
        and score.target.kind in V1_TARGETS
    )
