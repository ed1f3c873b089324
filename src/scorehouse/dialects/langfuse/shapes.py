"""The wire shapes of scores and configs (contract langfuse §4, §5, §9, §10).

In what is read an absent member (UNSET) is kept on an update and null is cleared; unknown members are
dropped, as at Langfuse. Documents are made of these shapes, so members that handlers check more closely than
a type can say are typed as loosely as their first check allows.
"""

from enum import StrEnum
from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType


class DataType(StrEnum):
    """What kind of value a score has."""

    NUMERIC = "NUMERIC"
    CATEGORICAL = "CATEGORICAL"
    BOOLEAN = "BOOLEAN"
    TEXT = "TEXT"
    CORRECTION = "CORRECTION"


class ScoreSource(StrEnum):
    """Who measured. EVAL is written by ingestion only."""

    API = "API"
    EVAL = "EVAL"
    ANNOTATION = "ANNOTATION"


# ── Scores, as read ──────────────────────────────────────────────────────────────────────────────────────


class NewScore(Struct, rename="camel"):
    """A score to write; of the four targets exactly one, an observation with its trace (contract §4.3, §5.1).

    Attributes:
        value: a number, or a text for CATEGORICAL, TEXT and CORRECTION.
        string_value: BrowserStack's edition only: the value of a CATEGORICAL score.
        timestamp: ISO 8601 with a zone; in the array form only.
        execution_trace_id: in ingestion only.
    """

    name: Annotated[str, Meta(min_length=1)]
    value: float | str | bool | None | UnsetType = UNSET
    id: str | None = None
    data_type: DataType | UnsetType = UNSET
    trace_id: str | None = None
    observation_id: str | None = None
    session_id: str | None = None
    dataset_run_id: str | None = None
    comment: str | None | UnsetType = UNSET
    metadata: Any = UNSET
    environment: Any = None
    config_id: str | None | UnsetType = UNSET
    queue_id: str | None | UnsetType = UNSET
    source: ScoreSource | UnsetType = UNSET
    string_value: Any = None
    timestamp: Any = None
    execution_trace_id: Any = None


# ── Scores, as written ───────────────────────────────────────────────────────────────────────────────────


class ScoreId(Struct):
    """The answer to one score."""

    id: str


class Message(Struct):
    """An answer in words, some of which a client's parser takes as a literal."""

    message: str


class RefusedScore(Struct):
    """One refused item of an array: ``<name>: <reason>``."""

    message: str


class PartlyAccepted(Struct):
    """The answer to an array of which some were refused (contract §5.2)."""

    accepted: int
    rejected: int
    errors: list[RefusedScore]


class TraceOfScore(Struct, rename="camel"):
    """What a list tells of a score's trace; v1 leaves the session out."""

    user_id: str | None
    tags: list[str]
    environment: str
    session_id: str | None | UnsetType = UNSET


class Score(Struct, rename="camel"):
    """A score as v1 and v2 show it (contract §9.1, §9.2). Members that are UNSET belong to the other version."""

    id: str
    project_id: str
    name: str
    environment: str
    trace_id: str | None
    observation_id: str | None
    data_type: DataType
    source: ScoreSource
    string_value: str | None
    author_user_id: str | None
    comment: str | None
    metadata: dict[str, Any]
    config_id: str | None
    queue_id: str | None
    execution_trace_id: str | None
    timestamp: str
    created_at: str
    updated_at: str
    value: float | UnsetType = UNSET
    session_id: str | None | UnsetType = UNSET
    dataset_run_id: str | None | UnsetType = UNSET
    trace: TraceOfScore | None | UnsetType = UNSET


class Subject(Struct, rename="camel", omit_defaults=True):
    """What was scored, as v3 says it; `trace_id` with observations only."""

    kind: str
    id: str
    trace_id: str | None = None


class ScoreV3(Struct, rename="camel"):
    """A score as v3 shows it, in the groups asked for (contract §9.3)."""

    id: str
    project_id: str
    name: str
    data_type: DataType
    value: float | bool | str
    source: ScoreSource
    timestamp: str
    environment: str
    created_at: str
    updated_at: str
    comment: str | None | UnsetType = UNSET
    config_id: str | None | UnsetType = UNSET
    metadata: dict[str, Any] | UnsetType = UNSET
    subject: Subject | UnsetType = UNSET
    author_user_id: str | None | UnsetType = UNSET
    queue_id: str | None | UnsetType = UNSET


class BrowserStackScore(Struct, rename="camel"):
    """A score as BrowserStack's page shows it."""

    id: str
    trace_id: str | None
    observation_id: str | None
    name: str
    value: float
    string_value: str | None
    data_type: DataType
    source: ScoreSource
    comment: str | None
    config_id: str | None
    environment: str
    created_at: str
    updated_at: str


class PageMeta(Struct, rename="camel"):
    """Where a numbered page stands."""

    page: int
    limit: int
    total_items: int
    total_pages: int


class CursorMeta(Struct, rename="camel"):
    """Where a page with a cursor stands; `cursor` only if there is more."""

    limit: int | UnsetType = UNSET
    cursor: str | UnsetType = UNSET


class ScorePage(Struct):
    """A page of v1 or v2; to BrowserStack's keys v1 shows their shape."""

    data: list[Any]
    meta: PageMeta


class ScoreV3Page(Struct):
    """A page of v3."""

    data: list[ScoreV3]
    meta: CursorMeta


# ── Configs ──────────────────────────────────────────────────────────────────────────────────────────────


class ConfigDataType(StrEnum):
    """What kind of value a config takes."""

    NUMERIC = "NUMERIC"
    CATEGORICAL = "CATEGORICAL"
    BOOLEAN = "BOOLEAN"
    TEXT = "TEXT"


class Category(Struct):
    """One label of a CATEGORICAL config, and the number it stands for."""

    label: str
    value: float


class NewConfig(Struct, rename="camel"):
    """A config to create (contract §10)."""

    name: str
    data_type: ConfigDataType
    min_value: float | None = None
    max_value: float | None = None
    categories: list[Category] | None = None
    description: str | None = None


class ConfigChange(Struct, rename="camel"):
    """What changes of a config; at least one member, none of them null but the description."""

    name: str | UnsetType = UNSET
    min_value: float | UnsetType = UNSET
    max_value: float | UnsetType = UNSET
    categories: list[Category] | UnsetType = UNSET
    description: str | None | UnsetType = UNSET
    is_archived: bool | UnsetType = UNSET


class Config(Struct, rename="camel"):
    """A config, as written."""

    id: str
    project_id: str
    name: str
    data_type: ConfigDataType
    is_archived: bool
    min_value: float | None
    max_value: float | None
    categories: list[Category] | None
    description: str | None
    created_at: str
    updated_at: str


class ConfigPage(Struct):
    """A page of configs."""

    data: list[Config]
    meta: PageMeta
