"""Langfuse as a source, where it serves events only: what stands for the lists that answer 404 then.

That is how it is installed from its fourth version on (contract langfuse §3.2). Scores are read from the list of v3
(§9.3); observations from that of v2, which also tells of their traces (§13.2). Both lead on by a cursor.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import quote

import msgspec
from msgspec import Struct

from scorehouse.dialects.langfuse.shapes import DataType
from scorehouse.domain.documents import Document
from scorehouse.domain.refusals import Fault, Invalid
from scorehouse.wire.bodies import convert, decode
from scorehouse.wire.sources import Ask

Json = dict[str, Any]

ROWS = 100
SCORES = f"/api/public/v3/scores?fields=details,subject,annotation&limit={ROWS}"
OBSERVATIONS = (
    f"/api/public/v2/observations?fields=core,basic,time,io,metadata,model,usage,prompt,trace_context&limit={ROWS}"
)


class CursorMeta(Struct):
    """Where the next page is; absent on the last one."""

    cursor: str | None = None


class CursorPage(Struct):
    """A page of anything."""

    data: list[Any]
    meta: CursorMeta


class Subject(Struct, rename="camel", kw_only=True):
    """What was scored."""

    kind: str
    id: str
    trace_id: str | None = None


class NewerScore(Struct, rename="camel", kw_only=True):
    """A score of v3, as far as v2 says it in other words."""

    subject: Subject
    data_type: DataType
    value: float | bool | str


class NewerObservation(Struct, rename="camel", kw_only=True):
    """An observation of v2, as far as v1 says it in other words, and what it says of its trace."""

    trace_id: str
    is_root_observation: bool = False
    start_time: str | None = None
    environment: str | None = None
    user_id: str | None = None
    session_id: str | None = None
    trace_name: str | None = None
    tags: list[str] | None = None
    release: str | None = None
    version: str | None = None
    public: bool | None = None
    input: Any = None
    output: Any = None
    model_parameters: Any = None


def read_page(body: bytes, path: str, label: str) -> tuple[list[Any], tuple[Ask, ...]]:
    """Read a page; returns what is on it, and what is to be asked now."""
    page = decode(body, CursorPage)
    if page.meta.cursor is None:
        return page.data, ()
    return page.data, (Ask(f"{path}&cursor={quote(page.meta.cursor, safe='')}", label=label),)


def roots_last(items: Iterable[Any]) -> list[Any]:
    """Return observations so that of several of one trace a root is the last one heard."""
    return sorted(items, key=lambda item: isinstance(item, dict) and item.get("isRootObservation") is True)


def score_of_v2(item: Any) -> Json:
    """Say a score of v3 as v2 lists it. The number of a category is not told there."""
    given = convert(item, NewerScore)
    said = {name: member for name, member in item.items() if name not in {"subject", "value"}}
    return said | _TARGETS.get(given.subject.kind, _unknown)(given.subject) | _value(given)


def observation_of_v1(item: Any) -> Json:
    """Say an observation of v2 as v1 lists it: documents as documents, and not as the texts that spell them."""
    given = convert(item, NewerObservation)
    documents = {"input": given.input, "output": given.output, "modelParameters": given.model_parameters}
    return {**item, **{name: _document(text) for name, text in documents.items()}}


def trace_of_v1(item: Any) -> Json:
    """Say what an observation tells of its trace as a list of traces does; when it began, its root tells."""
    given = convert(item, NewerObservation)
    told = {
        "id": given.trace_id,
        "name": given.trace_name,
        "timestamp": given.start_time if given.is_root_observation else None,
        "userId": given.user_id,
        "sessionId": given.session_id,
        "environment": given.environment,
        "release": given.release,
        "version": given.version,
        "public": given.public,
        "tags": given.tags,
    }
    return {name: member for name, member in told.items() if member is not None}


def _unknown(subject: Subject) -> Json:
    raise Invalid(Fault(("subject", "kind"), "not_a_choice", f"{subject.kind} is nothing that is scored"))


_TARGETS: Mapping[str, Callable[[Subject], Json]] = {
    "trace": lambda subject: {"traceId": subject.id},
    "observation": lambda subject: {"observationId": subject.id, "traceId": subject.trace_id},
    "session": lambda subject: {"sessionId": subject.id},
    "experiment": lambda subject: {"datasetRunId": subject.id},
}


def _value(given: NewerScore) -> Json:
    if isinstance(given.value, str):
        return {"stringValue": given.value}
    return {"value": float(given.value)}


def _document(text: Any) -> Document:
    """Read a text that spells an object, an array or a text; any other is itself (like contract langfuse §13.4)."""
    if not isinstance(text, str) or text[:1] not in {"{", "[", '"'}:
        document: Document = text
        return document
    try:
        document = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        document = text
    return document
