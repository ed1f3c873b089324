"""Respan as a source: its scores, page by page (contract respan §3, §7).

Who measured is kept by name: an evaluator that is registered there is not made here, its slug stays the score's name,
and its id in what is kept for Respan alone.
"""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from scorehouse.dialects.respan.reads import KEPT
from scorehouse.dialects.respan.score_fields import RESIDUE
from scorehouse.domain.refusals import Fault, Invalid
from scorehouse.domain.scores import Draft, Origin, Outcome, Source, Status, facet_kinds
from scorehouse.domain.targets import SpanTarget
from scorehouse.domain.values import Kind, Value
from scorehouse.wire.bodies import convert, decode
from scorehouse.wire.sources import Ask, Fetched, VendorSource, read_each
from scorehouse.wire.times import parse_time

ROWS = 100
SCORES = f"/api/scores/?page_size={ROWS}&page="

ORIGINS: Mapping[str, Origin] = {"human": Origin.HUMAN}
"""Type of evaluator → who judged; the others are code that called the API, or judges nobody registered here."""


class ListedPage(Struct):
    """A page of scores; `next` is the address of the one behind it."""

    results: list[Any]
    next: str | None = None


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
    """Read a page of scores."""
    page = decode(body, ListedPage)
    number = int(ask.path.rpartition("=")[2])
    following = (Ask(f"{SCORES}{number + 1}", label="scores"),) if page.next is not None and page.results else ()
    return Fetched(read_each(page.results, read_score), following)


def read_score(item: Any) -> Draft:
    """Read a listed score."""
    given = convert(item, ListedScore)
    if given.log_id is None:
        raise Invalid(Fault(("log_id",), "missing", "names nothing that was scored"))
    kept = {name: value for name in (*KEPT, "evaluator_id") if (value := getattr(given, name)) is not None}
    status = given.status or Status.COMPLETED
    return Draft(
        id=given.id,
        target=SpanTarget(given.log_id),
        name=given.evaluator_slug or given.evaluator_name or given.evaluator_id or "score",
        value=_read_value(given),
        outcome=Outcome(status, (given.error_message or None) if status is Status.FAILED else None),
        source=Source(ORIGINS.get(given.type or "", Origin.API), given.scorer),
        comment=given.explanation,
        environment=given.environment,
        cost_usd=given.cost or None,
        timestamp=parse_time(given.created_at, "created_at"),
        residue={RESIDUE: kept} if kept else {},
    )


def _read_value(given: ListedScore) -> Value | None:
    number, boolean, labels = given.numerical_value, given.boolean_value, tuple(given.categorical_value or ())
    kinds = facet_kinds(number, boolean, labels, given.string_value, given.json_value)
    if not kinds:
        return None
    if kinds[0] is Kind.BOOLEAN:
        number = float(bool(boolean))
    return Value(kinds[0], number, boolean, labels, given.string_value, given.json_value)


SOURCE = VendorSource(
    base_url="https://api.respan.ai",
    key="the API key",
    headers=headers,
    first=(Ask(f"{SCORES}1", label="scores"),),
    read=read,
)
