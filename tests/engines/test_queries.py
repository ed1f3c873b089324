"""Queries mean in every engine what ``storage.evaluation`` says in plain Python, over generated rows and filters."""

from collections.abc import Callable
from typing import Any as Anything

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scorehouse.domain.frozen import replace
from scorehouse.domain.refusals import Invalid
from scorehouse.domain.registry import Evaluator
from scorehouse.domain.scores import Draft, Origin, Outcome, Score, Source, Status
from scorehouse.domain.targets import RunTarget, SessionTarget, SpanTarget, Target, TraceTarget
from scorehouse.domain.traces import Health, Span, SpanKind, SpanSketch, Trace, TraceSketch, tokens_total
from scorehouse.domain.values import Kind, Value
from scorehouse.storage import evaluation
from scorehouse.storage.queries import (
    LIST_OPERATORS,
    TEXT_OPERATORS,
    All,
    Any,
    Compare,
    Field,
    Filter,
    HasSpan,
    Not,
    Operator,
    Order,
    Page,
    Query,
    Reading,
    ScoreField,
    ScoreQuery,
    SpanField,
    SpanQuery,
    TraceField,
    TraceQuery,
    Window,
)
from scorehouse.storage.verbs import PutEvaluator
from tests.engines.stores import ACTOR, FIRST_INSTANT, Room, draft

TEXTS = [
    "",
    "0",
    ".5",
    "e-0",
    "2500000000000000.0",
    "a",
    "A",
    "ab",
    "Ä",
    "a%b",
    "a_b",
    "\\",
    "x\nb",
    "production",
    "1",
    "-0.5e1",
    "1\n",
    " 1",
    "nan",
]
NUMBERS = [-1.5, 0, 0.0, 1, 1.0, 0.5, 2**53, 1e300, 1e-7, 1234567890123456.5, 2.5e15]
SEPARATOR = "\x1f"
"""What engines may delimit the members of lists by; no member holds it (domain.identity), operands may."""
OPERANDS = st.one_of(st.sampled_from([*TEXTS, SEPARATOR, f"a{SEPARATOR}A"]), st.sampled_from(NUMBERS), st.booleans())

SPREAD = {
    Operator.MATCHES: st.sampled_from(["a", "^a", "b$", "[A-Z]", "^$", "."]),
    Operator.IS_NULL: st.booleans(),
}


def comparisons(fields: list[tuple[Field, tuple[str, ...]]], extra: list[Anything]) -> st.SearchStrategy[Filter]:
    """Generate comparisons of any field with any operator and operand, fitting or not; `extra` are ids and words."""
    scalars = st.one_of(OPERANDS, st.sampled_from(extra))

    texts = st.one_of(st.sampled_from(TEXTS), st.sampled_from([item for item in extra if isinstance(item, str)]))

    def compare(field: tuple[Field, tuple[str, ...]], operator: Operator) -> st.SearchStrategy[Filter]:
        operands: st.SearchStrategy[Anything] = SPREAD.get(operator, texts if operator in TEXT_OPERATORS else scalars)
        if operator in LIST_OPERATORS:
            operands = st.lists(scalars, max_size=3).map(tuple)
        return st.tuples(operands, st.sampled_from(Reading)).map(
            lambda pair: Compare(field[0], operator, pair[0], field[1], pair[1])
        )

    return st.tuples(st.sampled_from(fields), st.sampled_from(list(Operator))).flatmap(lambda pair: compare(*pair))


def filters(leaves: st.SearchStrategy[Filter]) -> st.SearchStrategy[Filter]:
    """Generate trees of comparisons."""
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            inner.map(Not),
            st.lists(inner, max_size=3).map(lambda terms: All(tuple(terms))),
            st.lists(inner, max_size=3).map(lambda terms: Any(tuple(terms))),
        ),
        max_leaves=5,
    )


def optional(strategy: st.SearchStrategy[Anything]) -> st.SearchStrategy[Anything]:
    """Generate the thing or None."""
    return st.one_of(st.none(), strategy)


FACES = st.sampled_from([text for text in TEXTS if text and "\n" not in text])
TARGETS: st.SearchStrategy[Target] = st.sampled_from(
    [TraceTarget("t1"), TraceTarget("t2"), SpanTarget("s1", "t1"), SessionTarget("ab"), RunTarget("ab")]
)
VALUES = st.one_of(
    st.builds(
        Value,
        st.just(Kind.NUMERIC),
        number=st.sampled_from(NUMBERS).map(float),
        boolean=optional(st.booleans()),
        labels=st.lists(st.sampled_from(TEXTS), max_size=2).map(tuple),
        text=optional(st.sampled_from(TEXTS)),
    ),
    st.builds(Value, st.just(Kind.TEXT), text=st.sampled_from(TEXTS)),
    st.just(Value(Kind.MULTI)),
)
METADATA = st.dictionaries(
    st.sampled_from(["k", "a.b", "Ä"]),
    st.one_of(OPERANDS, st.none(), st.lists(st.just(1), max_size=1), st.just({"k": "a"})),
    max_size=2,
)
DRAFTS = st.builds(
    Draft,
    target=TARGETS,
    name=FACES,
    value=VALUES,
    outcome=st.sampled_from([Outcome(), Outcome(Status.FAILED, "ab"), Outcome(Status.PENDING)]),
    source=st.builds(Source, st.sampled_from(Origin), optional(FACES), optional(st.just("judge")), optional(FACES)),
    comment=optional(st.sampled_from(TEXTS)),
    metadata=METADATA,
    environment=optional(FACES),
    queue=optional(FACES),
    cost_usd=optional(st.sampled_from([0.0, 0.5])),
    timestamp=optional(st.sampled_from([FIRST_INSTANT - 1, FIRST_INSTANT, FIRST_INSTANT + 5])),
)

TRACES: dict[str, TraceSketch] = {
    "t1": TraceSketch(id="t1", name="ab", user="a", session="ab", tags=("a", "A"), environment="production"),
    "t2": TraceSketch(id="t2"),
}


def score_value(score: Score) -> Callable[[Field, tuple[str, ...]], Anything]:
    """Read the fields of a score for the reference."""
    value, target = score.value, score.target
    trace = TRACES.get(getattr(target, "trace", None) or "")
    plain = {
        ScoreField.KIND: value.kind if value else None,
        ScoreField.NUMBER: value.number if value else None,
        ScoreField.BOOLEAN: value.boolean if value else None,
        ScoreField.LABELS: list(value.labels) if value else None,
        ScoreField.TEXT: value.text if value else None,
        ScoreField.JSON: value.json if value else None,
        ScoreField.STATUS: score.outcome.status,
        ScoreField.REASON: score.outcome.reason,
        ScoreField.ORIGIN: score.source.origin,
        ScoreField.AUTHOR: score.source.author,
        ScoreField.EVALUATOR: score.source.evaluator,
        ScoreField.EVALUATOR_KEY: "quality" if score.source.evaluator else None,
        ScoreField.EVALUATOR_NAME: "Quality" if score.source.evaluator else None,
        ScoreField.EVALUATOR_TYPE: "human" if score.source.evaluator else None,
        ScoreField.SOURCE_RUN: score.source.run,
        ScoreField.TARGET_KIND: target.kind,
        ScoreField.TRACE: getattr(target, "trace", None),
        ScoreField.SPAN: target.id if isinstance(target, SpanTarget) else None,
        ScoreField.SESSION: target.id if isinstance(target, SessionTarget) else None,
        ScoreField.RUN: target.id if isinstance(target, RunTarget) else None,
        ScoreField.TRACE_NAME: trace.name if trace else None,
        ScoreField.TRACE_USER: trace.user if trace else None,
        ScoreField.TRACE_SESSION: trace.session if trace else None,
        ScoreField.TRACE_TAGS: list(trace.tags) if trace else None,
        ScoreField.TRACE_ENVIRONMENT: trace.environment if trace else None,
    }

    def read(field: Field, key: tuple[str, ...]) -> Anything:
        if field in plain:
            return plain[ScoreField(field)]
        found = getattr(score, field)
        return under(found, key) if key else found

    return read


def under(document: Anything, key: tuple[str, ...]) -> Anything:
    """Read what stands in a JSON object under a path of keys."""
    for part in key:
        document = document.get(part) if isinstance(document, dict) else None
    return document


SCORE_FIELDS: list[tuple[Field, tuple[str, ...]]] = [
    (field, ()) for field in ScoreField if field not in {ScoreField.METADATA, ScoreField.RESIDUE}
] + [(ScoreField.METADATA, ("k",)), (ScoreField.METADATA, ("a.b",)), (ScoreField.METADATA, ("Ä", "k"))]
SCORE_FILTERS = filters(
    comparisons(SCORE_FIELDS, ["t1", "s1", "judge", "quality", "numeric", "human", "trace", FIRST_INSTANT, "failed"])
)
ORDERABLE = [field for field in ScoreField if field not in {ScoreField.METADATA, ScoreField.RESIDUE, ScoreField.LABELS}]
NO_DATABASE_CHECK = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@given(
    drafts=st.lists(DRAFTS, max_size=6),
    filter=SCORE_FILTERS,
    order=st.builds(Order, st.sampled_from(ORDERABLE), st.booleans()),
    size=st.integers(1, 3),
)
@NO_DATABASE_CHECK
async def test_scores_are_what_the_reference_lists(
    room: Room, drafts: list[Draft], filter: Filter, order: Order, size: int
) -> None:
    """Any filter in any order, walked page by page, lists the reference's rows in the reference's order."""
    scores = await fresh_scores(room, drafts)
    recorded = {score.id: position for position, score in enumerate(scores)}

    def reference(window: Window) -> list[str]:
        query = Query(room.number, filter, order, window)
        page = evaluation.answer(query, scores, score_value, lambda score: recorded[score.id])
        return [score.id for score in page.items]

    expected = reference(Window(1000))
    walked: list[str] = []
    after = None
    while True:
        page: Page[Score] = await room.store.scores(
            ScoreQuery(room.number, filter, order, Window(size, after=after, total=True))
        )
        assert page.total == len(expected)
        walked += [score.id for score in page.items]
        assert len(walked) <= len(expected)
        after = page.next
        if after is None:
            break
    assert walked == expected
    skipped = await room.store.scores(ScoreQuery(room.number, filter, order, Window(size, offset=1)))
    assert [score.id for score in skipped.items] == reference(Window(size, offset=1))


@given(
    labels=st.lists(st.lists(st.sampled_from(TEXTS), max_size=3).map(tuple), min_size=1, max_size=4),
    operand=st.sampled_from([*TEXTS, "b", "PRODUCT", "tion", SEPARATOR, f"a{SEPARATOR}", f"{SEPARATOR}b"]),
    trace=st.sampled_from(["t1", "t2"]),
)
@NO_DATABASE_CHECK
async def test_list_fields_compare_by_their_members(
    room: Room, labels: list[tuple[str, ...]], operand: str, trace: str
) -> None:
    """Every operator with every list finds the reference's rows, and texts joined by a delimiter find nothing."""
    values = [Value(Kind.MULTI, labels=each) for each in labels]
    scores = await fresh_scores(room, [draft(trace, value=value) for value in values])
    for field in (ScoreField.LABELS, ScoreField.TRACE_TAGS):
        for operator in set(Operator) - set(SPREAD):
            filter = Compare(field, operator, (operand, "a") if operator in LIST_OPERATORS else operand)
            expected = [score.id for score in scores if evaluation.holds(filter, score_value(score))]
            assert [score.id for score in await room.scores(filter)] == expected, filter


async def fresh_scores(room: Room, drafts: list[Draft]) -> list[Score]:
    """Empty the store of scores, and record these."""
    for score in await room.scores():
        await room.forget(score.id)
    if not await room.trace_ids():
        await room.anchor(*TRACES.values(), SpanSketch(id="s1", trace="t1"))
        await register(room)
    return [await room.record(item) for item in drafts]


async def register(room: Room) -> Evaluator:
    """Register the evaluator ``judge``, whose type is the one that is assumed: a person."""
    now = room.now()
    judge = Evaluator(id="judge", key="quality", name="Quality", created_at=now, updated_at=now)
    return await room.store.perform(PutEvaluator(room.number, ACTOR, now, judge, create=True))


FIRST_FIRST = Order(SpanField.CREATED_AT, descending=False)

SKETCHES = st.builds(
    TraceSketch,
    id=st.just("id"),
    name=optional(st.sampled_from(TEXTS)),
    started_at=optional(st.sampled_from([1, 5, 9])),
    ended_at=optional(st.sampled_from([1, 5, 9])),
    session=optional(FACES),
    user=optional(FACES),
    environment=optional(FACES),
    release=optional(st.sampled_from(TEXTS)),
    version=optional(st.sampled_from(TEXTS)),
    health=optional(st.sampled_from(Health)),
    tags=st.lists(st.sampled_from(TEXTS), max_size=2, unique=True).map(tuple),
    metadata=METADATA,
)


ROLLED_UP = {
    TraceField.ERRORS: "error_count",
    **{
        TraceField(name): name
        for name in ("span_count", "llm_count", "cost_usd", "tokens_total", "tokens_input", "tokens_output")
    },
}
"""Fields of a trace that its rollup has → under which name."""


EXTENT = (TraceField.FIRST_AT, TraceField.LAST_AT, TraceField.DURATION)


def extent_of(trace: Trace) -> tuple[int | None, int | None, int | None]:
    """Return start, end and length of a trace, from its spans where it does not say."""
    first = trace.rollup.started_at if trace.started_at is None else trace.started_at
    last = trace.rollup.ended_at if trace.ended_at is None else trace.ended_at
    return first, last, None if first is None or last is None else last - first


def trace_value(trace: Trace | Span) -> Callable[[Field, tuple[str, ...]], Anything]:
    """Read the fields of a trace or a span for the reference."""

    def read(field: Field, key: tuple[str, ...]) -> Anything:
        if field == SpanField.TOKENS_TOTAL and isinstance(trace, Span):
            return tokens_total(trace.usage)
        if field == TraceField.LATENCY:
            told = trace.started_at is not None and trace.ended_at is not None
            return (trace.ended_at or 0) - (trace.started_at or 0) if told else None
        if field in EXTENT and isinstance(trace, Trace):
            return extent_of(trace)[EXTENT.index(TraceField(field))]
        if field in ROLLED_UP and isinstance(trace, Trace):
            return getattr(trace.rollup, ROLLED_UP[TraceField(field)])
        if field == TraceField.TAGS:
            return list(trace.tags)
        found = getattr(trace, field)
        return under(found, key) if key else found

    return read


TRACE_MAPS = {
    *(TraceField.METADATA, TraceField.RESIDUE, TraceField.SCORE_AVERAGE, TraceField.SCORE_LABELS),
    TraceField.SPANS,
}
TRACE_FIELDS: list[tuple[Field, tuple[str, ...]]] = [(field, ()) for field in TraceField if field not in TRACE_MAPS] + [
    (TraceField.METADATA, ("k",))
]
SPAN_FIELDS: list[tuple[Field, tuple[str, ...]]] = [
    *((field, ()) for field in (SpanField.KIND, SpanField.MODEL, SpanField.HEALTH, SpanField.COST_USD)),
    *((field, ()) for field in (SpanField.TOKENS_TOTAL, SpanField.LATENCY, SpanField.ENDED_AT)),
    (SpanField.USAGE, ("input",)),
]
SPANS = st.builds(
    SpanSketch,
    id=st.just("s"),
    kind=optional(st.sampled_from([SpanKind.LLM, SpanKind.TOOL])),
    model=optional(st.sampled_from(TEXTS)),
    health=optional(st.sampled_from(Health)),
    usage=optional(st.sampled_from([{"input": 3, "output": 1}, {"input": 2**52}, {"total": 5}])),
    cost_usd=optional(st.sampled_from([0.0, 0.5, 2.5e15])),
    started_at=st.just(FIRST_INSTANT),
    ended_at=optional(st.sampled_from([FIRST_INSTANT + 1_500_000, FIRST_INSTANT + 10])),
)


@given(
    sketches=st.lists(st.tuples(SKETCHES, st.lists(SPANS, max_size=3)), max_size=5),
    filter=filters(
        st.one_of(
            comparisons(TRACE_FIELDS, ["trace-1", "ok", "error", 5, 4]),
            filters(comparisons(SPAN_FIELDS, ["llm", "1.5", "2500000000000000.0", 0.5])).map(HasSpan),
        )
    ),
    order=st.builds(
        Order,
        st.sampled_from(
            [TraceField.STARTED_AT, TraceField.LATENCY, TraceField.NAME, TraceField.CREATED_AT, TraceField.ID]
        ),
        st.booleans(),
    ),
)
@NO_DATABASE_CHECK
async def test_traces_are_what_the_reference_lists(
    room: Room, sketches: list[tuple[TraceSketch, list[SpanSketch]]], filter: Filter, order: Order
) -> None:
    """Traces list as the reference says, by what they are, what their spans come to, and single spans of theirs."""
    await room.forget_traces(*await room.trace_ids())
    inside: dict[str, list[Span]] = {}
    for position, (sketch, spans) in enumerate(sketches):
        id = f"trace-{position}"
        await room.anchor(
            replace(sketch, id=id), *(replace(span, id=f"s{n}", trace=id) for n, span in enumerate(spans))
        )
        own = SpanQuery(room.number, Compare(SpanField.TRACE, Operator.EQUALS, id), FIRST_FIRST, Window(9))
        inside[id] = list((await room.store.spans(own)).items)
    everything = TraceQuery(room.number, All(), Order(TraceField.CREATED_AT, descending=False), Window(100))
    traces = (await room.store.traces(everything)).items
    query = TraceQuery(room.number, filter, order, Window(3, total=True))
    positions = {trace.id: position for position, trace in enumerate(traces)}

    def value_of(trace: Trace) -> evaluation.ValueOf:
        own = trace_value(trace)
        spans = [trace_value(span) for span in inside[trace.id]]
        return lambda field, key: spans if field == TraceField.SPANS else own(field, key)

    expected = evaluation.answer(query, traces, value_of, lambda trace: positions[trace.id])
    page = await room.store.traces(query)
    assert ([trace.id for trace in page.items], page.total) == ([trace.id for trace in expected.items], expected.total)


SCORED = st.builds(
    draft,
    st.sampled_from(["t1", "t2"]),
    name=st.sampled_from(["a", "A"]),
    value=st.one_of(
        st.sampled_from([-1.5, 0.0, 0.5, 1.0, 4.0]).map(
            lambda number: Value(Kind.NUMERIC, number=number, labels=("a",))
        ),
        st.booleans().map(lambda truth: Value(Kind.BOOLEAN, boolean=truth, number=2.0)),
        st.sampled_from(TEXTS).map(lambda label: Value(Kind.CATEGORICAL, labels=(label,), number=4.0)),
        st.lists(st.sampled_from(TEXTS), max_size=2, unique=True).map(
            lambda them: Value(Kind.MULTI, labels=tuple(them))
        ),
        st.just(Value(Kind.TEXT, text="a")),
    ),
    outcome=st.sampled_from([Outcome(), Outcome(), Outcome(Status.FAILED), Outcome(Status.PENDING)]),
)


def summed_up(trace: str, scores: list[Score]) -> Callable[[Field, tuple[str, ...]], Anything]:
    """Sum up the scores of a trace, by name, for the reference."""

    def read(field: Field, key: tuple[str, ...]) -> Anything:
        of_trace = [score for score in scores if getattr(score.target, "trace", None) == trace]
        counted = [score for score in of_trace if (score.name,) == key and score.outcome.status is Status.COMPLETED]
        values = [score.value for score in counted if score.value]
        if field == TraceField.SCORE_LABELS:
            return [label for value in values if value.kind in {Kind.CATEGORICAL, Kind.MULTI} for label in value.labels]
        numbers = [value.number for value in values if value.kind is Kind.NUMERIC and value.number is not None]
        numbers += [float(bool(value.boolean)) for value in values if value.kind is Kind.BOOLEAN]
        return sum(numbers) / len(numbers) if numbers else None

    return read


@given(
    drafts=st.lists(st.tuples(SCORED, st.booleans()), max_size=6),
    filter=filters(
        comparisons([(field, ("a",)) for field in (TraceField.SCORE_AVERAGE, TraceField.SCORE_LABELS)], [0.75, 2, "b"])
    ),
)
@NO_DATABASE_CHECK
async def test_traces_are_found_by_what_their_scores_come_to(
    room: Room, drafts: list[tuple[Draft, bool]], filter: Filter
) -> None:
    """Means and labels of completed scores on the trace or its spans, by name, compare as the reference says."""
    on_span = [replace(item, target=SpanTarget("s1", item.target.id)) if inside else item for item, inside in drafts]
    scores = await fresh_scores(room, on_span)
    expected = [id for id in TRACES if evaluation.holds(filter, summed_up(id, scores))]
    assert await room.trace_ids(filter) == expected


async def test_traces_order_by_a_mean_that_no_sum_could_hold(room: Room) -> None:
    """The greatest doubles have a mean, means order traces, and those without one come last."""
    await room.anchor(*TRACES.values(), TraceSketch(id="t3"))
    for trace, number in (("t1", 0.5), ("t2", 1.5e308), ("t2", 1.7e308), ("t2", 1.6e308), ("t3", -4)):
        await room.record(draft(trace, number, name="a" if trace != "t3" else "b"))
    order = Order(TraceField.SCORE_AVERAGE, key=("a",))
    page = await room.store.traces(TraceQuery(room.number, All(), order, Window(10)))
    assert [trace.id for trace in page.items] == ["t2", "t1", "t3"]
    above = Compare(TraceField.SCORE_AVERAGE, Operator.ABOVE, 1.59e308, ("a",))
    assert await room.trace_ids(above) == ["t2"]
    assert await room.trace_ids(Compare(TraceField.SCORE_AVERAGE, Operator.ABOVE, 1.61e308, ("a",))) == []


async def test_spans_filter_by_usage_kind_alias_parent_and_scores(room: Room) -> None:
    """The fields that only spans have find the spans they should."""
    await room.anchor(
        SpanSketch(id="s1", trace="t", kind=SpanKind.LLM, model="m", usage={"input": 3, "total": 5}, alias="e1"),
        SpanSketch(id="s2", trace="t", parent="e1", kind=SpanKind.TOOL, cost_usd=0.5, error="bad", input="in"),
    )
    judge = await register(room)
    await room.record(draft(target=SpanTarget("s1", "t"), name="tone", number=0.75, source=Source(evaluator=judge.id)))
    await room.record(draft(target=SpanTarget("s2", "t"), name="accuracy", number=1))
    await room.record(draft(target=SpanTarget("s2", "t"), name="accuracy", number=0.25))
    cases: list[tuple[SpanField, Operator, Anything, tuple[str, ...], list[str]]] = [
        (SpanField.KIND, Operator.EQUALS, "llm", (), ["s1"]),
        (SpanField.KIND, Operator.STARTS_WITH, "to", (), ["s2"]),
        (SpanField.ALIAS, Operator.EQUALS, "e1", (), ["s1"]),
        (SpanField.PARENT, Operator.EQUALS, "e1", (), ["s2"]),
        (SpanField.PARENT, Operator.IS_NULL, True, (), ["s1"]),
        (SpanField.TRACE, Operator.EQUALS, "t", (), ["s1", "s2"]),
        (SpanField.USAGE, Operator.ABOVE, 2, ("input",), ["s1"]),
        (SpanField.TOKENS_TOTAL, Operator.AT_LEAST, 5, (), ["s1"]),
        (SpanField.COST_USD, Operator.IS_NULL, False, (), ["s2"]),
        (SpanField.ERROR, Operator.CONTAINS_ANY_CASE, "BA", (), ["s2"]),
        (SpanField.MODEL, Operator.ONE_OF, ("m", "n"), (), ["s1"]),
        (SpanField.SCORE, Operator.BELOW, 0.5, ("accuracy",), ["s2"]),
        (SpanField.SCORE, Operator.AT_LEAST, 0.5, ("accuracy",), []),
        (SpanField.SCORE, Operator.IS_NULL, True, ("accuracy",), ["s1"]),
        (SpanField.SCORE, Operator.EQUALS, 0.75, (judge.id,), ["s1"]),
    ]
    for field, operator, operand, key, expected in cases:
        found = await room.span_ids(Compare(field, operator, operand, key))
        assert found == expected, (field, operator, operand)
    ordered = await room.store.spans(SpanQuery(room.number, All(), Order(SpanField.COST_USD), Window(10)))
    assert [span.id for span in ordered.items] == ["s2", "s1"], "absent values come last"


async def test_the_inside_of_a_map_orders_as_numbers(room: Room) -> None:
    """Texts that spell numbers stand among the numbers, truths are 1 and 0, anything else comes last."""
    inside = {"a": "10", "b": 9, "c": True, "d": "x", "e": None, "f": -0.5, "g": "1e1", "h": ".5", "i": "5."}
    await room.anchor(*(SpanSketch(id=id, trace="t", metadata={"k": {"n": value}}) for id, value in inside.items()))
    for descending, expected in ((False, "f h c i b a g d e"), (True, "g a b i c h f e d")):
        order = Order(SpanField.METADATA, descending, ("k", "n"))
        pages = [await room.store.spans(SpanQuery(room.number, All(), order, Window(5)))]
        pages.append(await room.store.spans(SpanQuery(room.number, All(), order, Window(5, after=pages[0].next))))
        assert [span.id for page in pages for span in page.items] == expected.split()
    judge = await register(room)
    for id, number in (("a", 0.25), ("b", 0.75)):
        source = Source(evaluator=judge.id)
        await room.record(draft(target=SpanTarget(id, "t"), number=number, source=source))
    by_score = SpanQuery(room.number, All(), Order(SpanField.SCORE, key=(judge.id,)), Window(2))
    assert [span.id for span in (await room.store.spans(by_score)).items] == ["b", "a"]


@pytest.mark.parametrize("pattern", ["(", "a" * 1001, "(?=a)", "(a{900}){900}"])
async def test_a_bad_pattern_is_refused(room: Room, pattern: str) -> None:
    """What is no regular expression of RE2, or too large a one, is Invalid and never a fault of the store."""
    with pytest.raises(Invalid):
        await room.scores(Compare(ScoreField.COMMENT, Operator.MATCHES, pattern))


async def test_a_pattern_cannot_hang_the_store(room: Room) -> None:
    """A pattern on which backtracking engines take exponential time is answered."""
    await room.anchor(*TRACES.values())
    await room.record(draft("t1", comment="a" * 5000 + "b"))
    assert await room.scores(Compare(ScoreField.COMMENT, Operator.MATCHES, "^(a+)+$")) == []


async def test_an_odd_metadata_key_is_refused(room: Room) -> None:
    """A key that cannot be looked under is Invalid, naming the filter."""
    with pytest.raises(Invalid) as refusal:
        await room.scores(Compare(ScoreField.METADATA, Operator.EQUALS, "x", ('a"b',)))
    assert refusal.value.faults[0].path == ("filter",)


async def test_a_page_walk_over_equal_timestamps_shows_each_once(room: Room) -> None:
    """220 scores of one timestamp, by pages of 50, none twice and none missing."""
    expected = [(await room.record(draft(timestamp=FIRST_INSTANT))).id for _ in range(220)]
    for descending in (True, False):
        seen: list[str] = []
        after = None
        while True:
            window = Window(50, after=after)
            page = await room.store.scores(
                ScoreQuery(room.number, All(), Order(ScoreField.TIMESTAMP, descending), window)
            )
            seen += [score.id for score in page.items]
            after = page.next
            if after is None:
                break
        assert seen == (expected[::-1] if descending else expected)


SPELLED = [
    *(0.1, 1e15, 1.5e15, 1234567890123456.5, 1234567890123456.25, 9999999999999998.0, 1e16, 1e22, 2.0**53),
    *(1.7976931348623157e308, 5e-324, 1e-4, 1e-5, 123456.789, -0.5, -1234567890123456.5, 1e300),
]


async def test_numbers_are_spelled_by_the_fewest_digits(room: Room) -> None:
    """A number read as a text is the one that Python's `repr` tells, in columns and inside JSON."""
    await room.anchor(*TRACES.values())
    for number in SPELLED:
        made = await room.record(draft("t1", number, metadata={"k": number, "n": int(number) if number > 1 else 5}))
        for field, key, spelled in (
            (ScoreField.NUMBER, (), repr(number)),
            (ScoreField.METADATA, ("k",), repr(number)),
            (ScoreField.METADATA, ("n",), repr(int(number) if number > 1 else 5)),
        ):
            found = await room.scores(Compare(field, Operator.EQUALS, spelled, key, Reading.TEXT))
            assert made.id in [score.id for score in found], (field, spelled)


@pytest.mark.parametrize(
    ("listed", "operator", "operand", "passes"),
    [
        (["Good", "fine"], Operator.EQUALS, "fine", True),
        (["Good", "fine"], Operator.HAS_ANY, ("x", "Good"), True),
        (["Good", "fine"], Operator.HAS_ALL, ("fine", "Good"), True),
        (["Good", "fine"], Operator.CONTAINS_ANY_CASE, "OO", True),
        (["Good", "fine"], Operator.MATCHES, "^fi", True),
        (["Good", "fine"], Operator.STARTS_WITH, "ine", False),
        (["Good", 5], Operator.EQUALS, "5", False),
        ([5, None], Operator.IS_NULL, True, True),
        (["", 5], Operator.EQUALS, "", True),
        ([f"a{SEPARATOR}b", "c"], Operator.EQUALS, "a", False),
        ("fine", Operator.EQUALS, "fine", False),
        ({"fine": "fine"}, Operator.IS_NULL, True, True),
    ],
)
async def test_a_list_inside_a_map_can_be_read_as_a_list(
    room: Room, listed: Anything, operator: Operator, operand: Anything, passes: bool
) -> None:
    """What is asked of a list field can be asked of a list in JSON, if it is read so; the reference agrees."""
    await room.anchor(*TRACES.values())
    score = await room.record(draft("t1", metadata={"k": listed}))
    filter = Compare(ScoreField.METADATA, operator, operand, ("k",), Reading.MEMBERS)
    assert evaluation.holds(filter, score_value(score)) is passes
    assert bool(await room.scores(filter)) is passes
