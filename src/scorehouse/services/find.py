"""Read one thing, or list many."""

from scorehouse.domain.changes import START, Change, Mark, Subject
from scorehouse.domain.refusals import NotFound
from scorehouse.domain.registry import Config, Evaluator
from scorehouse.domain.scores import Score
from scorehouse.domain.traces import Span, Trace
from scorehouse.services.house import House
from scorehouse.storage.queries import (
    All,
    Any,
    ChangeQuery,
    Compare,
    ConfigQuery,
    EvaluatorQuery,
    Filter,
    Operator,
    Order,
    RegistryField,
    SpanField,
    SpanQuery,
    TraceField,
    TraceQuery,
    Window,
    all_of,
    equals,
)

ONE = Window(1)


async def find_score(house: House, project: int, id: str) -> Score:
    """Return a score, or refuse with NotFound."""
    score = await house.store.score(project, id)
    if score is None:
        raise NotFound("score", id)
    return score


async def find_trace(house: House, project: int, id: str, *, mentioned: bool = False) -> Trace:
    """Return a trace that somebody sent (or, with `mentioned`, that a score is on), or refuse with NotFound."""
    wanted = all_of(
        Compare(TraceField.ID, Operator.EQUALS, id),
        None if mentioned else Compare(TraceField.KNOWN, Operator.EQUALS, True),
    )
    page = await house.store.traces(TraceQuery(project, wanted, Order(TraceField.CREATED_AT), ONE))
    if not page.items:
        raise NotFound("trace", id)
    return page.items[0]


async def find_span(house: House, project: int, id: str, trace: str | None = None, *, mentioned: bool = False) -> Span:
    """Return the newest span of this id or alias that somebody sent, in `trace` if given; or NotFound.

    With `mentioned`, a span that only scores are on is found as well.
    """
    wanted = all_of(
        Any((Compare(SpanField.ID, Operator.EQUALS, id), Compare(SpanField.ALIAS, Operator.EQUALS, id))),
        None if mentioned else Compare(SpanField.KNOWN, Operator.EQUALS, True),
        equals(SpanField.TRACE, trace),
    )
    page = await house.store.spans(SpanQuery(project, wanted, Order(SpanField.CREATED_AT), ONE))
    if not page.items:
        raise NotFound("span", id)
    return page.items[0]


async def find_config(house: House, project: int, id: str) -> Config:
    """Return a config, or refuse with NotFound."""
    query = ConfigQuery(project, _registered(id), Order(RegistryField.CREATED_AT), ONE)
    page = await house.store.configs(query)
    if not page.items:
        raise NotFound("config", id)
    return page.items[0]


async def find_evaluator(house: House, project: int, id: str, *, by_key: bool = False) -> Evaluator:
    """Return the evaluator of this id (or, with `by_key`, of this key), or refuse with NotFound."""
    wanted = equals(RegistryField.KEY, id) if by_key else _registered(id)
    query = EvaluatorQuery(project, wanted or All(), Order(RegistryField.CREATED_AT), ONE)
    page = await house.store.evaluators(query)
    if not page.items:
        raise NotFound("evaluator", id)
    return page.items[0]


async def history_of_score(house: House, project: int, id: str, limit: int, after: Mark = START) -> tuple[Change, ...]:
    """List what happened to a score after a mark, oldest first, deletion included; NotFound if nothing ever did."""
    changes = await house.store.changes(ChangeQuery(project, limit, after, Subject.SCORE, id))
    if not changes and after == START:
        raise NotFound("score", id)
    return changes


def _registered(id: str) -> Filter:
    return Compare(RegistryField.ID, Operator.EQUALS, id)
