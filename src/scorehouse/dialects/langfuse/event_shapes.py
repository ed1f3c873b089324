"""The wire shapes of ingestion: the envelope, and the bodies of its events (contract langfuse §11)."""

from typing import Annotated, Any

from msgspec import Meta, Struct

EventId = Annotated[str, Meta(min_length=1, max_length=800, pattern=r"^[^\r]*$")]


class Batch(Struct):
    """What is sent; each event is judged by itself."""

    batch: list[Any]
    metadata: Any = None


class Event(Struct):
    """The envelope of one event; `timestamp` orders events of one thing, and is a score's own."""

    id: EventId
    timestamp: str
    type: str
    body: dict[str, Any]


class TraceBody(Struct, rename="camel"):
    """A trace-create; everything may be missing, and merges by id (contract langfuse §11.3)."""

    id: str | None = None
    timestamp: str | None = None
    name: str | None = None
    external_id: str | None = None
    input: Any = None
    output: Any = None
    session_id: str | None = None
    user_id: str | None = None
    environment: Any = None
    metadata: Any = None
    release: str | None = None
    version: str | None = None
    public: bool | None = None
    tags: list[str] | None = None


class ObservationBody(Struct, rename="camel"):
    """An observation of any type, created or updated (contract langfuse §11.4).

    Attributes:
        type: of the old ``observation-…`` events only, where it names the type of observation.
    """

    id: str | None = None
    trace_id: str | None = None
    type: str | None = None
    name: str | None = None
    start_time: str | None = None
    end_time: str | None = None
    parent_observation_id: str | None = None
    input: Any = None
    output: Any = None
    metadata: Any = None
    level: str | None = None
    status_message: str | None = None
    version: str | None = None
    environment: Any = None
    completion_start_time: str | None = None
    model: str | None = None
    model_parameters: dict[str, Any] | None = None
    usage: dict[str, Any] | None = None
    usage_details: dict[str, Any] | None = None
    cost_details: dict[str, Any] | None = None
    prompt_name: str | None = None
    prompt_version: int | None = None


class Success(Struct):
    """An event that was taken."""

    id: str
    status: int


class Failure(Struct):
    """An event that was refused, and why."""

    id: str
    status: int
    message: str
    error: str


class IngestionAnswer(Struct):
    """What became of a batch; both lists are always there."""

    successes: list[Success]
    errors: list[Failure]
