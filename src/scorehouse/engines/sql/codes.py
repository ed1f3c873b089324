"""Small closed sets as small integers. Numbers are for ever: append, never renumber."""

from collections.abc import Mapping
from enum import IntEnum, StrEnum
from typing import Generic, TypeVar

from scorehouse.domain.changes import Action, Subject
from scorehouse.domain.registry import EvaluatorType
from scorehouse.domain.scores import Origin, Status
from scorehouse.domain.targets import TargetKind
from scorehouse.domain.traces import Health, SpanKind
from scorehouse.domain.values import Kind

WordT = TypeVar("WordT", bound=StrEnum)


class TermKind(IntEnum):
    """What a term is a text of."""

    NAME = 1
    AUTHOR = 2
    ENVIRONMENT = 3
    USER = 4
    SESSION = 5
    RUN = 6
    ACTOR = 7


class Codes(Generic[WordT]):
    """A two-way table of words and numbers."""

    def __init__(self, numbers: Mapping[WordT, int]) -> None:
        self.number = dict(numbers)
        self.word = {number: word for word, number in numbers.items()}


KINDS = Codes(
    {
        Kind.NUMERIC: 1,
        Kind.BOOLEAN: 2,
        Kind.CATEGORICAL: 3,
        Kind.MULTI: 4,
        Kind.TEXT: 5,
        Kind.JSON: 6,
        Kind.CORRECTION: 7,
    }
)
NO_VALUE = 0
"""Stands in `score.kind` for a score that has no value."""

TARGETS = Codes({TargetKind.TRACE: 1, TargetKind.SPAN: 2, TargetKind.SESSION: 3, TargetKind.RUN: 4})
STATUSES = Codes({Status.COMPLETED: 1, Status.FAILED: 2, Status.PENDING: 3})
ORIGINS = Codes({Origin.API: 1, Origin.HUMAN: 2, Origin.EVALUATOR: 3})
HEALTHS = Codes({Health.UNSET: 1, Health.OK: 2, Health.ERROR: 3})
EVALUATOR_TYPES = Codes({EvaluatorType.LLM: 1, EvaluatorType.HUMAN: 2, EvaluatorType.CODE: 3})
SUBJECTS = Codes({Subject.SCORE: 1, Subject.TRACE: 2, Subject.CONFIG: 3, Subject.EVALUATOR: 4})
ACTIONS = Codes({Action.CREATED: 1, Action.CHANGED: 2, Action.DELETED: 3})
SPAN_KINDS = Codes(
    {
        SpanKind.SPAN: 1,
        SpanKind.LLM: 2,
        SpanKind.AGENT: 3,
        SpanKind.TOOL: 4,
        SpanKind.CHAIN: 5,
        SpanKind.RETRIEVER: 6,
        SpanKind.EMBEDDING: 7,
        SpanKind.GUARDRAIL: 8,
        SpanKind.EVALUATOR: 9,
        SpanKind.EVENT: 10,
        SpanKind.HANDOFF: 11,
        SpanKind.VOICE: 12,
    }
)
