"""Respan as a source: its evaluators, its logs, then its scores, page by page (contract respan §3, §7, §8, §10).

A score is linked to its evaluator; where that is not listed any more, its slug stays the score's name, and its id in
what is kept for Respan alone. A log is shown in the words in which it is sent, and read as that; lists of logs begin an
hour ago unless they are told otherwise (§7.4).
"""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from scorehouse.dialects.respan.evaluator_reads import new_evaluator
from scorehouse.dialects.respan.evaluator_shapes import NewEvaluator
from scorehouse.dialects.respan.log_reads import read_log, read_sketch
from scorehouse.dialects.respan.reads import KEPT
from scorehouse.dialects.respan.score_fields import RESIDUE
from scorehouse.domain.documents import EMPTY
from scorehouse.domain.frozen import replace
from scorehouse.domain.instants import Instant
from scorehouse.domain.refusals import Fault, Invalid
from scorehouse.domain.registry import Evaluator
from scorehouse.domain.scores import Draft, Origin, Outcome, Source, Status, facet_kinds
from scorehouse.domain.targets import SpanTarget
from scorehouse.domain.traces import SpanSketch
from scorehouse.domain.values import Kind, Value
from scorehouse.services.offers import Offer
from scorehouse.wire.bodies import convert, decode
from scorehouse.wire.sources import Ask, Fetched, VendorSource, read_each
from scorehouse.wire.times import parse_time

ROWS = 100
SCORES = f"/api/scores/?page_size={ROWS}&page="
FILTERED_SCORES = f"/api/scores/list/?page_size={ROWS}&page="
EVALUATORS = f"/api/evaluators/?page_size={ROWS}&page="
LOGS = f"/api/request-logs/list/?start_time=1970-01-01T00:00:00Z&page_size={ROWS}&page="

ORIGINS: Mapping[str, Origin] = {"human": Origin.HUMAN}
"""Type of evaluator → who judged; the others are code that called the API, or judges nobody registered here."""


class ListedPage(Struct):
    """A page of scores; `next` is the address of the one behind it."""

    results: list[Any]
    next: str | None = None


class ListedLog(Struct, kw_only=True):
    """A log as far as it is not read as one that is sent: which of its ids is whole (contract respan §10.2)."""

    id: str
    full_unique_id: str | None = None


class ListedEvaluator(Struct, kw_only=True):
    """An evaluator as far as it is not read as one that is made."""

    id: str
    created_at: str
    updated_at: str | None = None
    evaluator_slug: str | None = None
    version: int = 0


class ListedScore(Struct, kw_only=True):
    """A score as lists show it."""

    id: str
    created_at: str
    type: str | None = None
    environment: str | None = None
    numerical_value: float | None = None
    string_value: str | None = None
    boolean_value: bool | None = None
    categorical_value: list[str] | None = None
    json_value: str | None = None
    cost: float | None = None
    evaluator_id: str | None = None
    evaluator_slug: str | None = None
    evaluator_name: str | None = None
    scorer: str | None = None
    log_id: str | None = None
    prompt_id: str | None = None
    prompt_version_number: int | None = None
    dataset_id: str | None = None
    automation_id: str | None = None
    status: Status | None = None
    error_message: str | None = None
    explanation: str | None = None


def headers(key: str) -> Mapping[str, str]:
    """Write the credentials."""
    return {"Authorization": f"Bearer {key}"}


def read(ask: Ask, body: bytes) -> Fetched:
    """Read a page of a listing."""
    page = decode(body, ListedPage)
    path, read_one = LISTINGS[ask.label]
    number = int(ask.path.rpartition("=")[2])
    is_more = page.next is not None and bool(page.results)
    following = (Ask(f"{path}{number + 1}", ask.body, ask.label),) if is_more else ()
    return Fetched(read_each(page.results, read_one), following)


def read_evaluator(item: Any) -> Evaluator:
    """Read a listed evaluator: its newest version."""
    given = convert(item, ListedEvaluator)
    created_at = parse_time(given.created_at, "created_at")
    updated_at = created_at if given.updated_at is None else parse_time(given.updated_at, "updated_at")
    # All members are always shown (contract respan §8.2); what is empty was never said. Some slugs are (§8.1).
    said = {name: member for name, member in item.items() if member not in (None, "", [], {})}
    made = new_evaluator(convert(said, NewEvaluator), given.id, given.evaluator_slug or given.id, created_at)
    return replace(made, version=given.version, updated_at=updated_at)


def read_one_log(item: Any) -> SpanSketch:
    """Read a listed log as a span."""
    given = convert(item, ListedLog)
    told = {**item, "unique_id": given.full_unique_id or given.id}
    return replace(read_sketch(read_log(told, EMPTY), given.id, Instant(0)), first_wins=frozenset())


def read_score(item: Any) -> Offer:
    """Read a listed score."""
    given = convert(item, ListedScore)
    if given.log_id is None:
        raise Invalid(Fault(("log_id",), "missing", "names nothing that was scored"))
    kept = {name: value for name in (*KEPT, "evaluator_id") if (value := getattr(given, name)) is not None}
    status = given.status or Status.COMPLETED
    created_at = parse_time(given.created_at, "created_at")
    draft = Draft(
        id=given.id,
        target=SpanTarget(given.log_id),
        name=given.evaluator_slug or given.evaluator_name or given.evaluator_id or "score",
        value=_read_value(given),
        outcome=Outcome(status, (given.error_message or None) if status is Status.FAILED else None),
        source=Source(ORIGINS.get(given.type or "", Origin.API), given.scorer, given.evaluator_id),
        comment=given.explanation,
        environment=given.environment,
        cost_usd=given.cost or None,
        timestamp=created_at,
        residue={RESIDUE: kept} if kept else {},
    )
    # There is one of a log, evaluator and scorer (contract respan §5), and written again it has to be the same here.
    return Offer(item, draft, created_at=created_at, sole=True, linked=False)


def _read_value(given: ListedScore) -> Value | None:
    number, boolean, labels = given.numerical_value, given.boolean_value, tuple(given.categorical_value or ())
    kinds = facet_kinds(number, boolean, labels, given.string_value, given.json_value)
    if not kinds:
        return None
    if kinds[0] is Kind.BOOLEAN:
        number = float(bool(boolean))
    return Value(kinds[0], number, boolean, labels, given.string_value, given.json_value)


LISTINGS: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
    "evaluators": (EVALUATORS, read_evaluator),
    "logs": (LOGS, read_one_log),
    "scores": (SCORES, read_score),
    "filtered scores": (FILTERED_SCORES, read_score),
}
"""What is listed: where, up to the number of the page, and how one of it is read. Scores name all the others."""

INSTEAD: Mapping[str, tuple[Ask, ...]] = {"scores": (Ask(f"{FILTERED_SCORES}1", "{}", "filtered scores"),)}
"""The vendor's newer documents leave out the plain list of scores (contract respan §0), and keep the one by filters."""

FIRST = ("evaluators", "logs", "scores")

SOURCE = VendorSource(
    base_url="https://api.respan.ai",
    key="the API key",
    headers=headers,
    first=tuple(Ask(f"{LISTINGS[label][0]}1", label=label, instead=INSTEAD.get(label)) for label in FIRST),
    read=read,
)
