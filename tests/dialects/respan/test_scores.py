"""The thirteen operations on scores: one score of a log, evaluator and scorer; values; whole and short objects."""

from typing import Any

import pytest

from scorehouse.dialects.native import DIALECT as NATIVE
from scorehouse.dialects.respan import DIALECT
from scorehouse.domain.access import Permission
from scorehouse.domain.frozen import replace
from tests.dialects.respan.respan import LOG, SCORES, ask, given_values, make_evaluator, make_log, score, send
from tests.dialects.speaking import Speaker, read_reply

SEVERAL: dict[str, Any] = {
    "numerical_value": 4.5,
    "string_value": "good",
    "boolean_value": True,
    "categorical_value": ["a", "b"],
    "json_value": '{"rating": 5}',
}

ONE_VALUE: list[dict[str, Any]] = [
    {"numerical_value": 0.0},
    {"numerical_value": -1e308},
    {"string_value": ""},
    {"string_value": "…\n"},
    {"boolean_value": False},
    {"boolean_value": True},
    {"categorical_value": ["a"]},
    {"categorical_value": ["b", "a", "b"]},
    {"json_value": "null"},
    {"json_value": ' {"a": [1.0]} '},
    SEVERAL,
    {"boolean_value": True, "string_value": "x"},
    {"boolean_value": True, "numerical_value": 1.0},
]


@pytest.mark.parametrize("values", ONE_VALUE, ids=str)
async def test_values_are_read_back_as_they_were_written(speaker: Speaker, values: dict[str, Any]) -> None:
    """Every value alone and all together come back on every route that reads them, and no other value does."""
    await make_log(speaker)
    made = await score(speaker, **values)
    assert given_values(made) == values
    for path in (f"/api/scores/{made['id']}/", f"{SCORES}{made['id']}/"):
        assert given_values(await ask(speaker, "GET", path)) == values
    for method, path, body in (("GET", SCORES, b""), ("GET", "/api/scores/", b""), ("POST", "/api/scores/list/", {})):
        (listed,) = (await ask(speaker, method, path, body))["results"]
        assert listed == made


CHANGES: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    (SEVERAL, {}, SEVERAL),
    (SEVERAL, {"numerical_value": None}, {name: value for name, value in SEVERAL.items() if name[0] != "n"}),
    (SEVERAL, dict.fromkeys(SEVERAL), {}),
    ({"boolean_value": True}, {"boolean_value": False}, {"boolean_value": False}),
    ({"boolean_value": True}, {"boolean_value": None, "string_value": "x"}, {"string_value": "x"}),
    ({"boolean_value": True}, {"numerical_value": 5}, {"boolean_value": True, "numerical_value": 5.0}),
    ({"boolean_value": True}, {"numerical_value": 1}, {"boolean_value": True, "numerical_value": 1.0}),
    ({"numerical_value": 1, "boolean_value": True}, {"numerical_value": None}, {"boolean_value": True}),
    (
        {"numerical_value": 4, "boolean_value": False, "string_value": "x"},
        {"numerical_value": None},
        {"boolean_value": False, "string_value": "x"},
    ),
    ({"numerical_value": 4, "string_value": "x"}, {"numerical_value": None}, {"string_value": "x"}),
    (
        {"numerical_value": 4, "boolean_value": True},
        {"numerical_value": None, "boolean_value": False},
        {"boolean_value": False},
    ),
    (
        {"numerical_value": 4, "boolean_value": True},
        {"numerical_value": None, "boolean_value": None, "categorical_value": ["a"]},
        {"categorical_value": ["a"]},
    ),
    ({"string_value": "x"}, {"boolean_value": False}, {"string_value": "x", "boolean_value": False}),
    ({"categorical_value": ["a"]}, {"categorical_value": ["b", "c"]}, {"categorical_value": ["b", "c"]}),
    ({"categorical_value": ["a"], "json_value": "1"}, {"categorical_value": []}, {"json_value": "1"}),
]


@pytest.mark.parametrize(("before", "change", "after"), CHANGES, ids=str)
async def test_a_patch_keeps_and_clears(
    speaker: Speaker, before: dict[str, Any], change: dict[str, Any], after: dict[str, Any]
) -> None:
    """Absent stays, null clears, on both routes; nothing else changes."""
    await make_log(speaker)
    for slug, prefix in (("a", "/api/scores/"), ("b", SCORES)):
        made = await score(speaker, evaluator_slug=slug, **before)
        changed = await ask(speaker, "PATCH", f"{prefix}{made['id']}/", change)
        assert given_values(changed) == after
        assert changed["created_at"] == made["created_at"]
        assert given_values(await ask(speaker, "GET", f"/api/scores/{made['id']}")) == after


async def test_a_truth_whose_number_is_cleared_is_what_counts(speaker: Speaker) -> None:
    """Its verdict is judged anew, and filters see that there is no number, as of one that was only ever a truth."""
    await make_log(speaker)
    await make_evaluator(speaker, evaluator_slug="helpfulness", passing_conditions={"primary_score": {"value": 4}})
    both = await score(speaker, numerical_value=4, boolean_value=True)
    await score(speaker, evaluator_slug="tone", boolean_value=True)
    assert both["is_passed"] is True
    assert (await ask(speaker, "PATCH", f"{SCORES}{both['id']}", {"numerical_value": None}))["is_passed"] is False
    null = {"filters": {"numerical_value": {"operator": "isnull", "value": [True]}}}
    assert (await ask(speaker, "POST", "/api/scores/list/", null))["count"] == 2


@pytest.mark.parametrize(("before", "change", "after"), CHANGES[1:2] + CHANGES[3:], ids=str)
async def test_a_second_post_overwrites_what_it_says(
    speaker: Speaker, before: dict[str, Any], change: dict[str, Any], after: dict[str, Any]
) -> None:
    """The second POST is 200 with the same id, and keeps what it does not say."""
    await make_log(speaker)
    made = await score(speaker, prompt_id="p", explanation="because", **before)
    if not any(value not in (None, []) for value in change.values()):
        await score(speaker, status=400, **change)
        return
    again = await score(speaker, status=200, dataset_id="d", **change)
    assert (again["id"], again["created_at"]) == (made["id"], made["created_at"])
    assert given_values(again) == after
    assert (again["prompt_id"], again["dataset_id"], again["explanation"]) == ("p", "d", "because")


async def test_scorers_own_their_scores(speaker: Speaker) -> None:
    """Another key's owner scores beside the first; on the general route the body may name a scorer."""
    await make_log(speaker)
    mine = await score(speaker, numerical_value=1, scorer="somebody@example.com")
    assert mine["scorer"] == "tester"
    other = replace(speaker.principal, owner="ann@example.com")
    body = {"evaluator_slug": "helpfulness", "numerical_value": 2}
    hers = await ask(speaker, "POST", SCORES, body, status=201, principal=other)
    assert (hers["scorer"], hers["id"] != mine["id"]) == ("ann@example.com", True)
    named = {**body, "log_id": LOG, "scorer": "ann@example.com"}
    assert (await ask(speaker, "POST", "/api/scores", named))["id"] == hers["id"]
    nobody = replace(speaker.principal, owner=None)
    assert (await ask(speaker, "POST", SCORES, body, status=201, principal=nobody))["scorer"] == "key-1"
    assert (await ask(speaker, "GET", SCORES))["count"] == 3


async def test_id_and_slug_are_one_evaluator(speaker: Speaker) -> None:
    """Id, slug, slug as id and a versioned id write the same score; an unregistered slug is one of its own."""
    await make_log(speaker)
    evaluator = await make_evaluator(speaker, evaluator_slug="helpfulness")
    spelled = [evaluator["id"], evaluator["id"].upper(), "helpfulness", f"{evaluator['id']}:0"]
    made = [await score(speaker, evaluator_id=spelled[0], numerical_value=1)]
    made += [
        await score(speaker, status=200, evaluator_id=name, evaluator_slug="other", numerical_value=1)
        for name in spelled
    ]
    made += [await score(speaker, status=200, numerical_value=2)]
    assert {one["id"] for one in made} == {made[0]["id"]}
    assert {(one["evaluator_id"], one["evaluator_slug"]) for one in made} == {(evaluator["id"], "helpfulness")}
    lone = await score(speaker, evaluator_slug="other", numerical_value=1)
    assert (lone["evaluator_id"], lone["evaluator_name"], lone["type"]) == (None, None, "llm")


async def test_put_replaces(speaker: Speaker) -> None:
    """What a PUT leaves out is as if it had never been said; log, scorer and creation stay."""
    await make_log(speaker)
    said: dict[str, Any] = {**SEVERAL, "explanation": "because", "environment": "test", "prompt_id": "p"}
    made = await score(speaker, **said)
    replaced = await ask(speaker, "PUT", f"{SCORES}{made['id']}", {"evaluator_slug": "tone", "string_value": "warm"})
    assert given_values(replaced) == {"string_value": "warm"}
    kept = ("id", "created_at", "log_id", "scorer")
    assert [replaced[name] for name in kept] == [made[name] for name in kept]
    assert (replaced["explanation"], replaced["environment"], replaced["prompt_id"]) == (None, "prod", None)
    assert replaced["evaluator_slug"] == "tone"


@pytest.mark.parametrize("prefix", ["/api/scores/", SCORES])
async def test_a_put_that_would_make_a_second_one_is_refused(speaker: Speaker, prefix: str) -> None:
    """Moving a score onto another one's place is 400 and changes neither; the place it left is free again."""
    await make_log(speaker)
    first, second = (
        await score(speaker, numerical_value=1),
        await score(speaker, evaluator_slug="tone", numerical_value=2),
    )
    body = {"evaluator_slug": "helpfulness", "numerical_value": 3}
    assert (await send(speaker, "PUT", f"{prefix}{second['id']}/", body)).status == 400
    assert given_values(await ask(speaker, "GET", f"{SCORES}{second['id']}")) == {"numerical_value": 2.0}
    await ask(speaker, "PUT", f"{prefix}{second['id']}/", {"evaluator_slug": "style", "numerical_value": 3})
    assert (await score(speaker, evaluator_slug="tone", numerical_value=4))["id"] not in {first["id"], second["id"]}


@pytest.mark.parametrize(
    "body",
    [
        {"numerical_value": 1},
        {"evaluator_slug": "a"},
        {"evaluator_id": "none", "numerical_value": 1},
        {"evaluator_slug": "a", "numerical_value": 1, "log_id": "other"},
    ],
    ids=str,
)
async def test_a_bad_put_is_refused(speaker: Speaker, body: dict[str, Any]) -> None:
    """Without evaluator or value, with an unknown evaluator, or onto another log."""
    await make_log(speaker)
    await make_log(speaker, "other")
    made = await score(speaker, numerical_value=5)
    assert (await send(speaker, "PUT", f"/api/scores/{made['id']}", body)).status == 400
    assert given_values(await ask(speaker, "GET", f"/api/scores/{made['id']}")) == {"numerical_value": 5.0}


async def test_a_score_is_found_on_its_own_log_only(speaker: Speaker) -> None:
    """Under another log, in another project or after its deletion it is 404 to every method."""
    await make_log(speaker)
    await make_log(speaker, "other")
    made = await score(speaker, numerical_value=1)
    stranger = await speaker.stranger()
    body = {"evaluator_slug": "a", "numerical_value": 1}
    for method, sent in (("GET", b""), ("PATCH", {}), ("PUT", body), ("DELETE", b"")):
        for path in (f"/api/logs/other/scores/{made['id']}", f"/api/logs/nowhere/scores/{made['id']}"):
            assert read_reply(await send(speaker, method, path, sent)) == {"detail": "Not found."}
        for path in (f"{SCORES}{made['id']}", f"/api/scores/{made['id']}"):
            assert (await send(speaker, method, path, sent, stranger)).status == 404
    assert (await send(speaker, "DELETE", f"{SCORES}{made['id']}")).status == 204
    assert (await send(speaker, "DELETE", f"/api/scores/{made['id']}")).status == 404
    assert (await score(speaker, numerical_value=1))["id"] != made["id"]


async def test_either_id_of_a_traced_span_names_the_log(speaker: Speaker) -> None:
    """A log's own id and its span's id are the same log, for writing, reading and listing."""
    await make_log(speaker, "log-1", span_unique_id="span-1", trace_unique_id="trace-1")
    made = await score(speaker, log="log-1", numerical_value=1)
    again = await score(speaker, status=200, log="span-1", numerical_value=2)
    assert again["id"] == made["id"]
    other = await score(speaker, log="span-1", evaluator_slug="tone", numerical_value=1)
    general = {"log_id": "span-1", "evaluator_slug": "style", "numerical_value": 1}
    whole = await ask(speaker, "POST", "/api/scores/", general, status=201)
    listed = (await ask(speaker, "GET", "/api/scores/"))["results"]
    assert {one["log_id"] for one in (made, again, other, whole, *listed)} == {"log-1"}
    assert [one for one in listed if one["id"] == other["id"]] == [other]
    for one in (other, whole):
        await ask(speaker, "PUT", f"/api/scores/{one['id']}", general | {"evaluator_slug": one["evaluator_slug"]})
        assert (await send(speaker, "DELETE", f"/api/logs/span-1/scores/{one['id']}")).status == 204
    for log in ("log-1", "span-1"):
        assert (await ask(speaker, "GET", f"/api/logs/{log}/scores/{made['id']}"))["numerical_value"] == 2.0
        assert (await ask(speaker, "GET", f"/api/logs/{log}/scores"))["count"] == 1


async def test_whole_and_short_objects(speaker: Speaker) -> None:
    """Reading and changing one score on the general routes shows what was scored and by whom; nothing else does."""
    await make_log(speaker, metadata={"plan": "pro"})
    evaluator = await make_evaluator(speaker, evaluator_slug="helpfulness")
    made = await score(speaker, numerical_value=1)
    body = {"evaluator_slug": "helpfulness", "numerical_value": 1}
    for method, sent in (("GET", b""), ("PATCH", {}), ("PUT", body)):
        whole = await ask(speaker, method, f"/api/scores/{made['id']}", sent)
        assert whole["inputs"] == {"input": "Why?", "output": "Because.", "metrics": {}, "metadata": {"plan": "pro"}}
        assert whole["evaluator"]["id"] == evaluator["id"]
        short = await ask(speaker, method, f"{SCORES}{made['id']}", sent)
        assert not {"inputs", "evaluator"} & short.keys()
    assert not {"inputs", "evaluator"} & made.keys()


async def test_windows_of_time_and_order(speaker: Speaker) -> None:
    """The start is included, the end is not; rows come in the order asked for, ties by time of recording."""
    await make_log(speaker)
    for number in range(4):
        await score(speaker, evaluator_slug=f"e{number}", numerical_value=number % 2)
        speaker.clock.advance()
    window = "start_time=2026-01-01T00:00:01Z&end_time=2026-01-01T00:00:03Z"
    for query, expected in (
        ("", ["e3", "e2", "e1", "e0"]),
        (window, ["e2", "e1"]),
        ("sort_by=created_at", ["e0", "e1", "e2", "e3"]),
        ("sort_by=numerical_value", ["e0", "e2", "e1", "e3"]),
        ("sort_by=-numerical_value", ["e3", "e1", "e2", "e0"]),
        ("sort_by=-evaluator_slug&page_size=2&page=2", ["e1", "e0"]),
        ("environment=prod&page_size=1000", ["e3", "e2", "e1", "e0"]),
        ("environment=test", []),
    ):
        for method, path in (("GET", "/api/scores/"), ("POST", "/api/scores/list"), ("GET", "/api/scores/list/")):
            page = await ask(speaker, method, f"{path}?{query}", {} if method == "POST" else b"")
            assert [row["evaluator_slug"] for row in page["results"]] == expected, query


async def test_only_scores_of_logs_are_shown(speaker: Speaker) -> None:
    """What another dialect scores beside logs is neither listed nor read nor changed here."""
    body = {"target": {"kind": "session", "id": "s"}, "name": "tone", "value": 1}
    made = read_reply(await speaker.speak(NATIVE, "POST", "/v1/scores", body))
    assert (await ask(speaker, "GET", "/api/scores/"))["count"] == 0
    for method, sent in (("GET", b""), ("PATCH", {}), ("DELETE", b"")):
        assert (await send(speaker, method, f"/api/scores/{made['id']}", sent)).status == 404


async def test_permissions(speaker: Speaker) -> None:
    """A key that may only read does not write, one that may only write scores makes no evaluators."""
    await make_log(speaker)
    body = {"evaluator_slug": "a", "numerical_value": 1}
    reader, scorer = speaker.allowed(Permission.READ), speaker.allowed(Permission.WRITE_SCORES)
    assert (await send(speaker, "POST", SCORES, body, reader)).status == 403
    assert (await send(speaker, "POST", SCORES, body, scorer)).status == 201
    assert (await send(speaker, "GET", SCORES, principal=scorer)).status == 403
    assert (await send(speaker, "POST", "/api/evaluators", {"name": "a"}, scorer)).status == 403
    assert (await send(speaker, "POST", "/api/scores/list/", {}, reader)).status == 200


async def test_strict_values(speaker: Speaker) -> None:
    """With the switch on, a value outside of its evaluator's range is refused; without, it is kept."""
    strict = DIALECT.switched({"respan_strict_values"})
    strictly = Speaker(speaker.house, speaker.clock, speaker.principal)
    await make_log(speaker)
    await make_evaluator(speaker, evaluator_slug="helpfulness", score_config={"min_score": 0, "max_score": 5})
    body = {"evaluator_slug": "helpfulness", "numerical_value": 6}
    refused = await strictly.speak(strict, "POST", SCORES, body)
    assert (refused.status, list(read_reply(refused))) == (400, ["non_field_errors"])
    made = await score(speaker, numerical_value=6)
    patched = await strictly.speak(strict, "PATCH", f"{SCORES}{made['id']}", {"numerical_value": 7})
    assert patched.status == 400
    assert (await send(speaker, "PATCH", f"{SCORES}{made['id']}", {"numerical_value": 7})).status == 200
