"""Evaluators: types of value, ranges, choices, what passes; versions; other dialects' evaluators."""

import asyncio
from typing import Any

import pytest

from scorehouse.dialects.native import DIALECT as NATIVE
from tests.dialects.respan.respan import LOG, SCORES, ask, make_evaluator, make_log, score, send
from tests.dialects.speaking import Speaker, read_reply

CHOICES = [{"name": "good", "value": 1}, {"name": "bad", "value": "b"}]

ROUND_TRIPS: list[dict[str, Any]] = [
    {"score_value_type": "numerical", "score_config": {"min_score": 1.0, "max_score": 5.0}},
    {"score_value_type": "percentage"},
    {"score_value_type": "boolean"},
    {"score_value_type": "single_select", "score_config": {"choices": [*CHOICES, {"name": "none", "value": True}]}},
    {"score_value_type": "multi_select", "score_config": {"choices": CHOICES}},
    {"score_value_type": "categorical", "categorical_choices": CHOICES},
    {"score_value_type": "text"},
    {"score_value_type": "comment"},
    {"score_value_type": "json"},
    {"type": "llm", "llm_config": {"model": "gpt-4o", "evaluator_definition": "{{output}}"}, "eval_class": "x"},
    {"type": "code", "code_config": {"eval_code_snippet": "def main(eval_inputs): return 1"}},
    {"description": "d", "starred": True, "tags": ["a", {"id": "1", "name": "b", "color": "c"}]},
    {"configurations": {"passing_score": 3, "model_options": {"temperature": 0.5}}, "custom_required_fields": ["a"]},
    {"passing_conditions": {"primary_score": [{"operator": "gte", "value": 2.0}, {"operator": "lt", "value": 4.0}]}},
    {"passing_conditions": {"categorical_value": {"operator": "not_in", "value": ["a", "b"]}}},
]


@pytest.mark.parametrize("members", ROUND_TRIPS, ids=str)
async def test_an_evaluator_is_read_back_as_it_was_made(speaker: Speaker, members: dict[str, Any]) -> None:
    """Whatever is said of an evaluator is in its answer and in every later one, by id and by slug."""
    made = await make_evaluator(speaker, evaluator_slug="mine", **members)
    assert {name: made[name] for name in members} == members
    for path in (f"/api/evaluators/{made['id']}/", "/api/evaluators/mine", "/evaluators/mine/"):
        assert await ask(speaker, "GET", path) == made
    listed = await ask(speaker, "POST", "/api/evaluators/list/", {"filters": {"id": {"value": made["id"]}}})
    assert listed["results"] == [made]


PASSING: list[tuple[dict[str, Any], list[tuple[dict[str, Any], bool]]]] = [
    (
        {"passing_conditions": {"primary_score": {"operator": "gte", "value": 3}}},
        [({"numerical_value": 3}, True), ({"numerical_value": 2.9}, False), ({"string_value": "x"}, False)],
    ),
    (
        {"passing_conditions": {"primary_score": {"operator": "gte", "value": [3]}}},
        [({"numerical_value": 3}, True), ({"numerical_value": 2}, False)],
    ),
    (
        {"passing_conditions": {"primary_score": [{"operator": "gt", "value": 1}, {"operator": "lte", "value": 2}]}},
        [({"numerical_value": 2}, True), ({"numerical_value": 1}, False), ({"numerical_value": 3}, False)],
    ),
    (
        {"passing_conditions": {"string_value": {"value": ["a", "b"]}, "boolean_value": {"value": True}}},
        [({"string_value": "b", "boolean_value": True}, True), ({"string_value": "b", "boolean_value": False}, False)],
    ),
    (
        {"passing_conditions": {"categorical_value": {"operator": "in", "value": ["good"]}}},
        [({"categorical_value": ["good", "x"]}, True), ({"categorical_value": ["bad"]}, False)],
    ),
    ({"score_value_type": "boolean"}, [({"boolean_value": True}, True), ({"boolean_value": False}, False)]),
    (
        {"score_value_type": "boolean"},
        [({"boolean_value": True, "numerical_value": 0.2}, True), ({"numerical_value": 1}, False)],
    ),
    ({"configurations": {"passing_score": 0.5}}, [({"numerical_value": 0.5}, True), ({"numerical_value": 0.4}, False)]),
    ({}, [({"numerical_value": 5}, False)]),
]


@pytest.mark.parametrize(("members", "cases"), PASSING, ids=str)
async def test_what_passes_is_judged_on_every_write(
    speaker: Speaker, members: dict[str, Any], cases: list[tuple[dict[str, Any], bool]]
) -> None:
    """POST, PUT and PATCH judge anew, and filters see the verdict."""
    await make_log(speaker)
    await make_evaluator(speaker, evaluator_slug="helpfulness", **members)
    made = await score(speaker, json_value="0")
    blank = dict.fromkeys(("numerical_value", "string_value", "boolean_value", "categorical_value", "json_value"))
    for values, passes in cases:
        said = {"evaluator_slug": "helpfulness", **blank, **values}
        for method, path, status in (
            ("POST", SCORES, 200),
            ("PUT", f"/api/scores/{made['id']}", 200),
            ("PATCH", f"{SCORES}{made['id']}", 200),
        ):
            answer = await ask(speaker, method, path, said, status=status)
            assert answer["is_passed"] is passes, (method, values)
        filters = {"is_passed": {"operator": "", "value": [passes]}}
        assert (await ask(speaker, "POST", "/api/scores/list/", {"filters": filters}))["count"] == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "a", "type": "robot"}, "type"),
        ({"name": "a", "score_value_type": "vibes"}, "score_value_type"),
        ({"name": "a", "score_config": {"min_score": 2, "max_score": 1}}, "score_config"),
        (
            {"name": "a", "score_value_type": "single_select", "score_config": {"choices": [{"name": ""}]}},
            "score_config",
        ),
        ({"passing_conditions": {"secondary_score": {"value": 1}}}, "passing_conditions"),
        (
            {"name": "a", "passing_conditions": {"primary_score": {"operator": "regex", "value": 1}}},
            "passing_conditions",
        ),
        (
            {"name": "a", "passing_conditions": {"primary_score": {"operator": "gte", "value": "x"}}},
            "passing_conditions",
        ),
        ({"passing_conditions": {"primary_score": {"value": 1, "connector": "OR"}}}, "passing_conditions"),
        ({"name": "a", "evaluator_slug": "quality"}, "evaluator_slug"),
    ],
)
async def test_a_bad_evaluator_is_refused(speaker: Speaker, body: dict[str, Any], field: str) -> None:
    """The field that is wrong is named, and nothing is made."""
    before = await ask(speaker, "GET", "/api/evaluators/summary/")
    named = body if field == "name" else {"name": "a", **body}
    assert field in await ask(speaker, "POST", "/api/evaluators/", named, status=400)
    assert await ask(speaker, "GET", "/api/evaluators/summary/") == before


async def test_changes_keep_and_clear(speaker: Speaker) -> None:
    """PATCH keeps what is absent and merges the legacy configurations; PUT clears; the value type never changes."""
    legacy = {"a": 1, "b": {"x": 1, "y": 2}, "c": 3}
    made = await make_evaluator(speaker, description="d", configurations=legacy, starred=True)
    path = f"/api/evaluators/{made['id']}/"
    change = {"configurations": {"a": None, "b": {"z": 3}}, "score_value_type": "text", "name": "New"}
    changed = await ask(speaker, "PATCH", path, change)
    assert changed["configurations"] == {"b": {"z": 3}, "c": 3}
    assert (changed["score_value_type"], changed["name"], changed["description"]) == ("numerical", "New", "d")
    replaced = await ask(speaker, "PUT", path, {"name": "Newer"})
    assert (replaced["description"], replaced["configurations"], replaced["starred"]) == ("", {}, False)
    assert (replaced["evaluator_slug"], replaced["score_value_type"]) == (made["evaluator_slug"], "numerical")


async def test_a_slug_is_made_where_none_is_given(speaker: Speaker) -> None:
    """32 lower-case hex digits, as the vendor's own."""
    made = await make_evaluator(speaker)
    assert made["evaluator_slug"] == made["slug"] != ""
    assert await ask(speaker, "GET", f"/api/evaluators/{made['slug']}") == made


async def test_versions(speaker: Speaker) -> None:
    """Each commit freezes the draft with what its body changes; the next draft starts as its copy."""
    made = await make_evaluator(speaker, evaluator_slug="mine")
    path = "/api/evaluators/mine/versions"
    await ask(speaker, "POST", path, {"description": "one", "version_description": "first"}, status=201)
    await ask(speaker, "PATCH", f"{path}/1/", {"description": "two"})
    await ask(speaker, "POST", path, b"", status=201)
    await ask(speaker, "PUT", f"{path}/2/", {"name": "Replaced"})
    rows = (await ask(speaker, "GET", path))["results"]
    assert [(row["version"], row["is_read_only"], row["description"]) for row in rows] == [
        (2, False, ""),
        (1, True, "two"),
        (0, True, "one"),
    ]
    assert {row["id"] for row in rows} == {made["id"]}
    assert len({row["version_id"] for row in rows}) == 3
    for number, row in ((2, rows[0]), (1, rows[1]), (0, rows[2])):
        assert await ask(speaker, "GET", f"{path}/{number}/") == row
        assert await ask(speaker, "GET", f"/api/evaluators/{made['id']}:{number}") == row
    for method, body in (("PATCH", {"name": "x"}), ("PUT", {"name": "x"})):
        assert (await send(speaker, method, f"{path}/0/", body)).status == 403
        assert (await send(speaker, method, f"{path}/9/", body)).status == 404
    assert (await ask(speaker, "GET", f"{path}?page=2&page_size=2"))["count"] == 1
    assert (await send(speaker, "GET", f"/api/evaluators/{made['id']}:9")).status == 404


async def test_edits_at_the_same_time_are_all_kept(speaker: Speaker) -> None:
    """Changes and commits that come at once build on each other; once it is deleted, changes are 404."""
    made = await make_evaluator(speaker, evaluator_slug="mine", configurations={"a": 0})
    path = f"/api/evaluators/{made['id']}"
    edits = [send(speaker, "PATCH", path, {"configurations": {f"k{number}": number}}) for number in range(10)]
    commits = [send(speaker, "POST", f"{path}/versions/", {"tags": [str(number)]}) for number in range(10)]
    replies = await asyncio.gather(*(one for pair in zip(edits, commits, strict=True) for one in pair))
    assert {reply.status for reply in replies} == {200, 201}
    whole = await ask(speaker, "GET", path)
    assert whole["configurations"] == {"a": 0} | {f"k{number}": number for number in range(10)}
    rows = (await ask(speaker, "GET", f"{path}/versions/?page_size=100"))["results"]
    assert [row["version"] for row in rows] == list(reversed(range(11)))
    assert {tag for row in rows for tag in row["tags"]} == {str(number) for number in range(10)}
    gone = await asyncio.gather(*(send(speaker, "DELETE", path) for _ in range(3)), send(speaker, "PATCH", path, {}))
    assert sorted(reply.status for reply in gone[:3]) == [204, 404, 404]
    assert (await send(speaker, "PATCH", path, {})).status == 404


async def test_a_deleted_evaluator_leaves_its_scores(speaker: Speaker) -> None:
    """Scores stay and keep slug and name; the evaluator is gone, its slug is free, and its id takes no scores."""
    await make_log(speaker)
    made = await make_evaluator(speaker, evaluator_slug="helpfulness")
    scored = await score(speaker, numerical_value=1)
    assert (await send(speaker, "DELETE", f"/api/evaluators/{made['id']}/")).status == 204
    kept = await ask(speaker, "GET", f"/api/scores/{scored['id']}")
    assert (kept["evaluator_name"], kept["evaluator_slug"]) == ("Helpfulness", "helpfulness")
    assert kept["evaluator"]["evaluator_slug"] == "helpfulness"
    assert (await send(speaker, "GET", f"/api/evaluators/{made['id']}/")).status == 404
    assert (await send(speaker, "DELETE", f"/api/evaluators/{made['id']}/")).status == 404
    assert "evaluator_id" in await score(speaker, status=400, evaluator_id=made["id"], numerical_value=1)
    assert (await make_evaluator(speaker, evaluator_slug="helpfulness"))["id"] != made["id"]
    assert (await ask(speaker, "PATCH", f"{SCORES}{scored['id']}", {"numerical_value": 2}))["numerical_value"] == 2.0


async def test_lists_are_filtered_searched_and_sorted(speaker: Speaker) -> None:
    """By query string and by filters, whoever made the evaluator; ``quality`` comes with every project."""
    await make_evaluator(speaker, name="Alpha", evaluator_slug="one", starred=True)
    await make_evaluator(speaker, name="beta", evaluator_slug="two", type="code", score_value_type="text")
    for query, filters, expected in (
        ("", {}, ["two", "one", "quality"]),
        ("sort_by=name", {}, ["one", "quality", "two"]),
        ("search=ALPH", {}, ["one"]),
        ("search=tw", {}, ["two"]),
        ("type=code", {}, ["two"]),
        ("score_value_type=numerical", {}, ["one", "quality"]),
        ("starred=true", {}, ["one"]),
        ("", {"starred": {"value": False}, "type": {"operator": "not", "value": "code"}}, ["quality"]),
        ("", {"name": {"operator": "iexact", "value": "BETA"}}, ["two"]),
        ("page=2&page_size=2", {}, ["quality"]),
    ):
        page = await ask(speaker, "POST", f"/api/evaluators/list/?{query}", {"filters": filters})
        assert [row["evaluator_slug"] for row in page["results"]] == expected, (query, filters)
        if not filters:
            assert (await ask(speaker, "GET", f"/api/evaluators?{query}"))["results"] == page["results"]
    assert await ask(speaker, "POST", "/api/evaluators/summary/", {"filters": {"type": {"value": "code"}}}) == {
        "total_count": 1
    }
    assert (await send(speaker, "GET", "/api/evaluators/?sort_by=tags")).status == 400


async def test_an_evaluator_of_another_dialect_is_the_same(speaker: Speaker) -> None:
    """What the house's own language registers judges here under its key, with its range and conditions."""
    body = {
        "key": "helpfulness",
        "name": "Help",
        "type": "llm",
        "kind": "numeric",
        "minimum": 0,
        "maximum": 1,
        "conditions": [{"facet": "number", "comparison": "gte", "operand": 0.5}],
    }
    reply = await speaker.speak(NATIVE, "POST", "/v1/evaluators", body)
    assert reply.status == 201, reply
    seen = await ask(speaker, "GET", "/api/evaluators/helpfulness")
    assert (seen["score_value_type"], seen["score_config"]) == ("numerical", {"min_score": 0.0, "max_score": 1.0})
    assert seen["passing_conditions"] == {"primary_score": {"operator": "gte", "value": 0.5}}
    await make_log(speaker)
    made = await score(speaker, numerical_value=0.75)
    assert (made["type"], made["evaluator_name"], made["is_passed"]) == ("llm", "Help", True)
    native = read_reply(await speaker.speak(NATIVE, "GET", f"/v1/scores/{made['id']}"))
    assert (native["name"], native["source"]["evaluator"], native["passed"]) == ("helpfulness", seen["id"], True)
    assert native["target"]["id"] == LOG


async def test_running_is_refused_in_their_shape(speaker: Speaker) -> None:
    """501, also for an evaluator that is not there: nothing is run here."""
    answer = await ask(speaker, "POST", "/api/evaluators/quality/run/", {"inputs": {"input": "a"}}, status=501)
    assert answer["error_code"] == "not_implemented"
