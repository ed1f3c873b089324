"""Filters: every operator on every kind of field, nulls included, against a plain evaluation over generated rows."""

from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from scorehouse.dialects.respan import DIALECT
from scorehouse.domain.instants import Instant
from tests.dialects.respan.plainly import Json, keeps
from tests.dialects.respan.respan import LOG, ask, make_log, score, send
from tests.dialects.speaking import BEGINNING, Speaker, read_reply

WORDS = ["", "a", "A", "ab", "Good one", "5", "4.5", "-1e1", "x%y"]
IDS = ["a", "A", "ab", "5"]
NUMBERS = [0, 1, 4.5, -10, 1e6]
MOMENTS = [f"2026-01-01T00:00:0{second}Z" for second in range(4)] + ["2026-01-01T01:00:02+01:00"]

EQUALITY = ("", "not", "in", "not_in")
RANKING = ("lt", "lte", "gt", "gte")
PRESENCE = ("isnull", "empty", "not_empty", "has_key")
TEXTUAL = (
    "contains",
    "not_contains",
    "icontains",
    "startswith",
    "not_startswith",
    "endswith",
    "not_endswith",
    "iexact",
    "regex",
)
OVERLAPPING = ("overlap", "not_overlap")
MANY = (*EQUALITY, *OVERLAPPING)

EVERY = (*EQUALITY, *RANKING, *PRESENCE, *TEXTUAL, *OVERLAPPING)
ON_SCORE = (*EQUALITY, *RANKING)

MISFITS = ["a", "5", 4.5, True, "2026-01-01T00:00:01Z"]
"""Values that suit some kinds of field and not others."""

SCORE_FIELDS: dict[str, tuple[tuple[str, ...], list[Any]]] = {
    **dict.fromkeys(("string_value", "explanation", "scorer", "evaluator_slug", "prompt_id"), (EVERY, WORDS)),
    **dict.fromkeys(("environment", "error_message", "evaluator_name", "json_value"), (EVERY, ["prod", "5", "", "a"])),
    "status": (EVERY, ["completed", "COMPLETED", "fail", "failed"]),
    "type": (EVERY, ["llm", "human", "L", "code"]),
    "log_id": (EVERY, ["log-1", "log", "LOG-2"]),
    **dict.fromkeys(("numerical_value", "cost"), (EVERY, [*NUMBERS, "4.5", ".0", "000", "x"])),
    "prompt_version_number": (EVERY, [0, 1, "5", "0"]),
    **dict.fromkeys(("boolean_value", "is_passed"), (EVERY, [True, False, "true", "Tr", "F", 1, 0])),
    "created_at": (EVERY, [*MOMENTS, "soon", "2026-01", ":02.000000Z"]),
    "categorical_value": (EVERY, ["a", "b", "c", "B", ""]),
}
LOG_FIELDS: dict[str, tuple[tuple[str, ...], list[Any]]] = {
    **dict.fromkeys(("model", "span_name", "note", "custom_identifier"), (EVERY, WORDS)),
    **dict.fromkeys(("customer_identifier", "thread_identifier", "error_message"), (EVERY, WORDS)),
    **dict.fromkeys(("fault_domain", "error_code"), (EVERY, ["tool", "TOOL", "t", "5"])),
    "unique_id": (EVERY, ["log-1", "log", "LOG-2"]),
    "log_type": (EVERY, ["chat", "tool", "t", "CHAT"]),
    "status": (EVERY, ["success", "error", "s"]),
    **dict.fromkeys(("cost", "status_code", "latency", "time_to_first_token"), (EVERY, [*NUMBERS, 200, "50", ".5"])),
    **dict.fromkeys(("prompt_tokens", "completion_tokens", "total_request_tokens"), (EVERY, [0, 1, 3, 4, "0"])),
    "prompt_cache_hit_tokens": (EVERY, [0, 2, "2"]),
    **dict.fromkeys(("positive_feedback", "is_root_span", "is_pinned"), (EVERY, [True, False, "True", "false"])),
    **dict.fromkeys(("timestamp", "start_time"), (EVERY, [*MOMENTS, "2026", "Z"])),
    "metadata__k": (EVERY, [*WORDS, 5, 4.5, True, "true", "5.0"]),
    "behaviors": (EVERY, ["loops", "Loops", "oo", "refuses", ""]),
    "scores__q": (ON_SCORE, [0, 1, 0.5, 4.5]),
}

ROW_MEMBERS: dict[str, st.SearchStrategy[Any]] = {
    "evaluator_slug": st.sampled_from(IDS),
    "numerical_value": st.sampled_from([*NUMBERS, None]),
    "string_value": st.sampled_from([*WORDS, None]),
    "boolean_value": st.sampled_from([True, False, None]),
    "categorical_value": st.sampled_from([["a"], ["a", "b"], [], None]),
    "json_value": st.sampled_from(["5", '"a"', None]),
    "explanation": st.sampled_from([*WORDS, None]),
    "scorer": st.sampled_from([*IDS, None]),
    "prompt_id": st.sampled_from([*WORDS, None]),
    "prompt_version_number": st.sampled_from([0, 1, 5, None]),
    "environment": st.sampled_from(["prod", "a", None]),
}
LOG_MEMBERS: dict[str, st.SearchStrategy[Any]] = {
    "model": st.sampled_from([*WORDS, None]),
    "span_name": st.sampled_from([*WORDS, None]),
    "note": st.sampled_from([*WORDS, None]),
    "custom_identifier": st.sampled_from([*WORDS, None]),
    "customer_identifier": st.sampled_from([*IDS, None]),
    "thread_identifier": st.sampled_from([*IDS, None]),
    "error_message": st.sampled_from(["a", None, None]),
    "log_type": st.sampled_from(["chat", "tool", None]),
    "status_code": st.sampled_from([200, 500, None]),
    "cost": st.sampled_from([*NUMBERS, None]),
    "latency": st.sampled_from([0, 1, 4.5, None]),
    "time_to_first_token": st.sampled_from([0, 1, 4.5, None]),
    "prompt_tokens": st.sampled_from([0, 1, 3, None]),
    "completion_tokens": st.sampled_from([0, 1, None]),
    "positive_feedback": st.sampled_from([True, False, None]),
    "span_parent_id": st.sampled_from(["p", None]),
    "timestamp": st.sampled_from([*MOMENTS, None]),
    "start_time": st.sampled_from(["2025-12-31T23:59:59.5Z", None]),
    "fault_domain": st.sampled_from(["tool", "model", None]),
    "behaviors": st.sampled_from([["loops"], ["loops", "Refuses"], [], None]),
    "error_code": st.sampled_from(["5", 5, "tool", None]),
    "usage": st.sampled_from([{"cache_read_input_tokens": 2}, None]),
    "metadata": st.dictionaries(
        st.just("k"), st.sampled_from([*WORDS, 5, 5.0, 4.5, 1e16, True, False, None, ["a"], {"a": "a"}]), max_size=1
    ),
}
PROJECTS = count(1)


def conditions(operators: tuple[str, ...], operands: list[Any]) -> st.SearchStrategy[Json]:
    """Generate a condition of any operator that applies, with operands that it takes."""

    def of(operator: str) -> st.SearchStrategy[Any]:
        if operator == "isnull":
            return st.sampled_from([[True], [False], True, False])
        if operator in PRESENCE:
            return st.just([""])
        one = st.sampled_from([*operands, *MISFITS])
        if operator not in MANY:
            return st.one_of(one, one.map(lambda value: [value]), st.none())
        nullable = st.one_of(one, st.none()) if operator in {"", "not"} else one
        return st.one_of(nullable, st.lists(one, min_size=1, max_size=3))

    connectors = st.sampled_from([{}, {}, {"connector": "OR"}, {"connector": "AND"}])
    pairs = st.sampled_from(operators).flatmap(lambda operator: st.tuples(st.just(operator), of(operator)))
    return st.builds(lambda pair, more: {"operator": pair[0], "value": pair[1], **more}, pairs, connectors)


def filters(fields: dict[str, tuple[tuple[str, ...], list[Any]]]) -> st.SearchStrategy[Json]:
    """Generate filters: fields with one or several conditions, and bundles inside each other."""

    def asked(field: str) -> st.SearchStrategy[tuple[str, Any]]:
        one = conditions(*fields[field])
        return st.tuples(st.just(field), st.one_of(one, st.lists(one, min_size=1, max_size=2)))

    leaves = st.lists(st.sampled_from(sorted(fields)).flatmap(asked), min_size=1, max_size=2).map(dict)

    def bundled(inner: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
        bundle = st.builds(
            lambda filters, connector: {"filter_params": filters, **connector},
            inner,
            st.sampled_from([{}, {"connector": "OR"}, {"connector": "AND"}]),
        )
        return st.builds(lambda some, one: {**some, "bundle": one}, inner, bundle)

    return st.recursive(leaves, bundled, max_leaves=3)


SLOWLY = settings(
    max_examples=25,
    deadline=None,
    # Every example is a project with its rows on disk: making a failing one smaller takes minutes and tells little.
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@SLOWLY
@given(
    rows=st.lists(st.fixed_dictionaries(ROW_MEMBERS), min_size=3, max_size=8),
    asked=st.lists(filters(SCORE_FIELDS), min_size=4, max_size=10),
)
async def test_scores_are_filtered_in_the_vendors_order(speaker: Speaker, rows: list[Json], asked: list[Json]) -> None:
    """The page of a filter has exactly the rows that pass the plain evaluation, for any filter."""
    principal = await speaker.stranger(f"scores-{next(PROJECTS)}")
    for number, row in enumerate(rows):
        said = {name: value for name, value in row.items() if value is not None}
        body = {"string_value": "a", "log_id": f"log-{number}", "timestamp": MOMENTS[0], **said}
        speaker.clock.now = Instant(BEGINNING + number * 1_000_000)
        await ask(speaker, "POST", "/api/scores/", body, status=201, principal=principal)
    listed = await ask(speaker, "POST", "/api/scores/list/?page_size=100", {}, principal=principal)
    for one in asked:
        reply = await ask(speaker, "POST", "/api/scores/list/?page_size=100", {"filters": one}, principal=principal)
        expected = [row["id"] for row in listed["results"] if keeps(row, one)]
        assert [row["id"] for row in reply["results"]] == expected, one


@SLOWLY
@given(
    rows=st.lists(st.fixed_dictionaries(LOG_MEMBERS), min_size=3, max_size=8),
    scored=st.lists(st.sampled_from([0, 0.5, 4.5, True, False, None]), min_size=8, max_size=8),
    asked=st.lists(filters(LOG_FIELDS), min_size=4, max_size=10),
    connector=st.sampled_from(["AND", "OR"]),
)
async def test_logs_are_filtered_in_the_vendors_order(
    speaker: Speaker, rows: list[Json], scored: list[Any], asked: list[Json], connector: str
) -> None:
    """Logs too, with metadata, scores and the body's own connector."""
    principal = await speaker.stranger(f"logs-{next(PROJECTS)}")
    for number, (row, value) in enumerate(zip(rows, scored, strict=False)):
        body = {name: given for name, given in row.items() if given is not None} | {"unique_id": f"log-{number}"}
        await ask(speaker, "POST", "/api/request-logs/", body, status=201, principal=principal)
        if value is not None:
            facet = "boolean_value" if isinstance(value, bool) else "numerical_value"
            said = {"evaluator_slug": "q", facet: value}
            await ask(speaker, "POST", f"/api/logs/log-{number}/scores/", said, status=201, principal=principal)
    listing = "/api/request-logs/list/?page_size=100&start_time=2025-01-01T00:00:00Z"
    listed = await ask(speaker, "POST", listing, {}, principal=principal)
    assert len(listed["results"]) == len(rows)
    for one in asked:
        reply = await ask(speaker, "POST", listing, {"filters": one, "operator": connector}, principal=principal)
        expected = [row["id"] for row in listed["results"] if keeps(row, one, connector)]
        assert [row["id"] for row in reply["results"]] == expected, (one, connector)


async def test_every_operator_on_every_kind_of_score_field(speaker: Speaker) -> None:
    """Completely: each kind of field, null and not, with each operator and values of every sort."""
    for number in range(3):
        await make_log(speaker, f"log-{number}")
    full: dict[str, Any] = {
        "numerical_value": 5,
        "string_value": "a5",
        "boolean_value": True,
        "categorical_value": ["a", "5"],
    }
    more: dict[str, Any] = {"prompt_version_number": 5, "explanation": "5", "prompt_id": "A", "json_value": '"a"'}
    await score(speaker, log="log-0", scorer="a", **full, **more)
    await score(speaker, log="log-1", numerical_value=4.5, string_value="", categorical_value=["A"])
    speaker.clock.advance()
    await score(speaker, log="log-2", boolean_value=False, prompt_version_number=4)
    listed = (await ask(speaker, "POST", "/api/scores/list/", {}))["results"]
    fields = ("string_value", "numerical_value", "prompt_version_number", "boolean_value", "categorical_value")
    for field in (*fields, "created_at", "status", "error_message", "cost"):
        await check_completely(speaker, "/api/scores/list/", listed, field, EVERY)


async def test_every_operator_on_every_kind_of_log_field(speaker: Speaker) -> None:
    """Of logs too: what stands in columns, what is kept for the vendor alone, metadata, and scores with their own."""
    said: list[Json] = [
        {"behaviors": ["a", "5"], "metadata": {"k": 4.5}, "latency": 4.5, "note": "a", "status_code": 405},
        {"behaviors": ["A"], "metadata": {"k": True}, "prompt_tokens": 5, "positive_feedback": True, "ttft": 5},
        {"metadata": {"k": "a5"}, "latency": 5, "error_code": 5, "start_time": "2026-01-01T00:00:01Z", "log_type": "5"},
        {"metadata": {"k": ["a"]}, "error_code": "a", "positive_feedback": False, "ttft": 4.5, "log_type": "tool"},
        {},
    ]
    for number, members in enumerate(said):
        await make_log(speaker, f"log-{number}", **members)
    await score(speaker, log="log-0", evaluator_slug="q", numerical_value=4.5)
    await score(speaker, log="log-1", evaluator_slug="q", boolean_value=True)
    listed = (await ask(speaker, "POST", "/api/request-logs/list/", {}))["results"]
    kept = ("note", "time_to_first_token", "positive_feedback", "behaviors", "metadata__k")
    for field in (*kept, "latency", "prompt_tokens", "status_code", "start_time", "log_type"):
        await check_completely(speaker, "/api/request-logs/list/", listed, field, EVERY)
    await check_completely(speaker, "/api/request-logs/list/", listed, "scores__q", ON_SCORE)
    for operator in set(EVERY) - set(ON_SCORE):
        asked = {"scores__q": {"operator": operator, "value": [True]}}
        answer = await ask(speaker, "POST", "/api/request-logs/list/", {"filters": asked}, status=400)
        assert operator.removeprefix("has_key") in answer["detail"]


@pytest.mark.parametrize("spelled", [".5", "0.5", "+.5", "5e-1", " 0.50 ", "00.5"])
async def test_a_text_that_spells_a_number_is_that_number(speaker: Speaker, spelled: str) -> None:
    """As the vendor's evaluator casts it: without a digit before the point, too."""
    log = await make_log(speaker)
    for evaluator, number in (("a", 0.25), ("b", 0.5), ("c", 1)):
        await score(speaker, log=log, evaluator_slug=evaluator, numerical_value=number)
    for operator, expected in (("", ["b"]), ("lt", ["a"]), ("gte", ["b", "c"]), ("not", ["a", "c"])):
        asked = {"filters": {"numerical_value": {"operator": operator, "value": [spelled]}}}
        found = await ask(speaker, "POST", "/api/scores/list/?sort_by=numerical_value", asked)
        assert [row["evaluator_slug"] for row in found["results"]] == expected, operator


async def test_every_operator_on_what_traces_come_to(speaker: Speaker) -> None:
    """What the spans of a trace come to is filtered by as it is shown; a field of spans matches if any span does."""
    spans: list[Json] = [
        {"trace_unique_id": "t1", "latency": 4.5, "cost": 4.5, "prompt_tokens": 5, "note": "a", "status": "error"},
        {"trace_unique_id": "t1", "latency": 1, "span_parent_id": "s0", "log_type": "tool", "model": "a"},
        {"trace_unique_id": "t2", "completion_tokens": 5, "timestamp": "2026-01-01T00:00:01Z", "note": "5"},
        {"trace_unique_id": "t3", "span_parent_id": "gone", "cost": 5, "model": "5"},
    ]
    rows = [{"span_unique_id": f"s{number}", **members} for number, members in enumerate(spans)]
    await ask(speaker, "POST", "/api/v1/traces/ingest", rows)
    listed = (await ask(speaker, "POST", "/api/traces/list/", {}))["results"]
    for field in ("span_count", "total_cost", "total_prompt_tokens", "duration", "start_time", "root_span_unique_id"):
        await check_completely(speaker, "/api/traces/list/", listed, field, EVERY)
    logs = (await ask(speaker, "POST", "/api/request-logs/list/", {}))["results"]
    inside = {row["id"]: [log for log in logs if log["trace_unique_id"] == row["id"]] for row in listed}
    for field in ("model", "cost", "note"):
        await check_completely(speaker, "/api/traces/list/", listed, field, EVERY, inside=inside)


async def check_completely(
    speaker: Speaker,
    path: str,
    listed: list[Json],
    field: str,
    operators: tuple[str, ...],
    *,
    inside: dict[str, list[Json]] | None = None,
) -> None:
    """Hold a list against a plain evaluation, for every operator with every value on one field.

    With `inside`, id → rows of which one has to pass, against theirs.
    """
    sizes: set[int] = set()
    for operator in operators:
        for value in [True, False] if operator == "isnull" else [*MISFITS, "", None]:
            one = {field: {"operator": operator, "value": value}}
            rows = (await ask(speaker, "POST", path, {"filters": one}))["results"]
            judged = {row["id"]: [row] for row in listed} if inside is None else inside
            expected = [row["id"] for row in listed if any(keeps(each, one) for each in judged[row["id"]])]
            assert [row["id"] for row in rows] == expected, one
            sizes.add(len(rows))
    assert len(sizes) > 1, "the filters keep different parts of the rows"


ALIASES = [
    *(("", alias) for alias in ("=", "==", "eq", "equals", "is", "EQ", " eq ")),
    *(("not", alias) for alias in ("!=", "<>", "ne", "not_equal", "not_equals", "NOT")),
    *(("empty", alias) for alias in ("is_empty", "isempty")),
    *(("not_empty", alias) for alias in ("notEmpty", "notempty")),
    ("icontains", "ilike"),
]


@pytest.mark.parametrize(("operator", "alias"), ALIASES)
async def test_an_alias_is_its_operator(speaker: Speaker, operator: str, alias: str) -> None:
    """Every alias that was seen keeps the rows that its operator keeps, and not all of them."""
    await make_log(speaker)
    for slug, text in (("one", "Good"), ("two", ""), ("three", None)):
        await score(speaker, evaluator_slug=slug, numerical_value=1, string_value=text)
    pages = [
        await ask(
            speaker, "POST", "/api/scores/list/", {"filters": {"string_value": {"operator": name, "value": "Good"}}}
        )
        for name in (operator, alias)
    ]
    assert pages[0]["results"] == pages[1]["results"]
    assert 0 < pages[0]["count"] < 3


@pytest.mark.parametrize(
    ("filters", "named"),
    [
        ({"colour": {"operator": "", "value": ["x"]}}, "colour"),
        ({"scorer": {"operator": "sounds_like", "value": ["x"]}}, "sounds_like"),
        ({"scorer": {"operator": "full_text_search", "value": ["x"]}}, "full_text_search"),
        ({"scorer": {"operator": 5, "value": ["x"]}}, "5"),
        ({"scorer": {"operator": "lt", "value": [1, 2]}}, "lt"),
        ({"scorer": {"operator": "isnull", "value": ["perhaps"]}}, "isnull"),
        ({"scorer": {"operator": "", "value": [{"a": 1}]}}, "scorer"),
        ({"scorer": {"operator": "", "value": ["x"], "connector": "XOR"}}, "XOR"),
        ({"scorer": {"operator": "", "value": ["x"], "colour": 1}}, "colour"),
        ({"scorer": "x"}, "scorer"),
        ({"scorer": ["x"]}, "scorer"),
        ({"one": {"filter_params": 5}}, "filters"),
        ({"one": {"filter_params": {}, "operator": ""}}, "operator"),
        ({"scorer": {"operator_function": "mapContainsKey", "operator_args": ["x"]}}, "scorer"),
        ({"scorer": {"operator_function": "mapKeys", "operator_args": ["x"]}}, "mapKeys"),
        ({"string_value": {"operator": "regex", "value": ["("]}}, "regular expression"),
        ({"status": {"operator": "regex", "value": ["(?=a)"]}}, "regular expression"),
        ({"metadata__": {"operator": "", "value": ["x"]}}, "metadata__"),
        ({'metadata__a"b': {"operator": "", "value": ["x"]}}, 'a"b'),
        ({f"f{number}": {"filter_params": {"scorer": {"value": ["x"]}}} for number in range(201)}, "200 conditions"),
    ],
)
async def test_a_filter_that_means_nothing_is_refused_by_name(speaker: Speaker, filters: Json, named: str) -> None:
    """Nothing is dropped silently: the answer is 400 and says which field, operator or value."""
    answer = await ask(speaker, "POST", "/api/scores/list/", {"filters": filters}, status=400)
    assert list(answer) == ["detail"]
    assert named in answer["detail"]


async def test_lenient_filters_drop_what_is_unknown_and_nothing_else(speaker: Speaker) -> None:
    """With the switch on, conditions on unknown fields and with unknown operators are as if they were not there."""
    lenient = DIALECT.switched({"respan_lenient_filters"})
    leniently = Speaker(speaker.house, speaker.clock, speaker.principal)
    await make_log(speaker)
    await score(speaker, numerical_value=1)
    await score(speaker, evaluator_slug="tone", numerical_value=2)
    known = {"evaluator_slug": {"operator": "", "value": ["tone"]}}
    unknown = {"colour": {"operator": "", "value": ["x"]}, "scorer": {"operator": "sounds_like", "value": ["x"]}}
    reply = await leniently.speak(lenient, "POST", "/api/scores/list/", {"filters": {**unknown, **known}})
    assert [row["evaluator_slug"] for row in read_reply(reply)["results"]] == ["tone"]
    malformed = await leniently.speak(lenient, "POST", "/api/scores/list/", {"filters": {"scorer": "x"}})
    assert malformed.status == 400
    strict = await send(speaker, "POST", "/api/scores/list/", {"filters": unknown})
    assert strict.status == 400


async def test_keys_of_metadata(speaker: Speaker) -> None:
    """``has_key`` and ``mapContainsKey`` ask whether a key is there, whatever stands under it."""
    await make_log(speaker, metadata={"a": "1", "b": 2})
    await make_log(speaker, "other", metadata={"b": 2})
    for condition in (
        {"operator": "has_key", "value": "a"},
        {"operator_function": "mapContainsKey", "operator_args": ["a", "b"]},
    ):
        page = await ask(speaker, "POST", "/api/request-logs/list/", {"filters": {"metadata": condition}})
        assert [row["id"] for row in page["results"]] == [LOG]


async def test_quick_filters(speaker: Speaker) -> None:
    """A query string filters too: equality, an operator in brackets, and metadata for names that are no fields'."""
    await make_log(speaker, cost=0.5, metadata={"plan": "pro"})
    await make_log(speaker, "other", cost=2, metadata={"plan": "free"})
    for query, expected in (
        ("cost=0.5", [LOG]),
        ("cost[value]=1&cost[operator]=gt", ["other"]),
        ("plan=pro", [LOG]),
        ("plan=pro&plan=free&cost[value]=1&cost[operator]=lt", [LOG]),
        ("plan[value]=pro&plan[connector]=OR&unique_id=other", ["other", LOG]),
    ):
        page = await ask(speaker, "GET", f"/api/request-logs/list/?{query}")
        assert [row["id"] for row in page["results"]] == expected, query
    both = await ask(speaker, "POST", "/api/request-logs/list/?plan=pro", {"filters": {"cost": {"value": [2]}}})
    assert both["results"] == []
    assert (await ask(speaker, "GET", "/api/request-logs/list/?a[b][c]=1", status=400))["detail"]


async def test_scores_cannot_filter_a_summary(speaker: Speaker) -> None:
    """The vendor's summary has no scores to filter by; asking for them is refused by name."""
    asked = {"filters": {"scores__q": {"operator": "gt", "value": [1]}}}
    assert "scores__q" in (await ask(speaker, "POST", "/api/request-logs/summary/", asked, status=400))["detail"]
