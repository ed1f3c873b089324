"""Configs and evaluators: made, listed, read, changed, archived; and what they do to scores."""

from typing import Any

import pytest

from scorehouse.domain.access import Permission
from tests.dialects.native.native import ACCURACY, faults, problem, read, record, send
from tests.dialects.speaking import Speaker, header_of, read_reply

COLLECTIONS = [("configs", {"name": "tone"}), ("evaluators", {"key": "tone"})]

CONFIG: dict[str, Any] = {
    "id": "c-1",
    "name": "tone",
    "kind": "categorical",
    "minimum": None,
    "maximum": None,
    "choices": [{"label": "kind", "number": 1.0}, {"label": "rude", "number": 0.0}],
    "description": "how it sounds",
    "archived": False,
    "metadata": {"a": {"b": 1}},
}

EVALUATOR: dict[str, Any] = {
    **CONFIG,
    "id": "e-1",
    "key": "tone-judge",
    "type": "llm",
    "conditions": [{"facet": "labels", "comparison": "in", "operand": ["kind"]}],
    "version": 2,
    "definition": {"prompt": "Is it kind?"},
}


@pytest.mark.parametrize(("collection", "body"), [("configs", CONFIG), ("evaluators", EVALUATOR)])
async def test_one_is_made_and_read(speaker: Speaker, collection: str, body: dict[str, Any]) -> None:
    """Every member is kept, the answer names the place, and what was read makes another one."""
    reply = await send(speaker, "POST", f"/v1/{collection}", body)
    made = read_reply(reply)
    assert (reply.status, header_of(reply, "location")) == (201, f"/v1/{collection}/{body['id']}")
    times = {"created_at": "2026-01-01T00:00:00.000000Z", "updated_at": "2026-01-01T00:00:00.000000Z"}
    assert made == {**body, **times, "residue": {}}
    assert await read(speaker, f"/v1/{collection}/{body['id']}") == made

    fresh = {**made, "id": "another", **({"key": "another"} if "key" in made else {})}
    assert (await send(speaker, "POST", f"/v1/{collection}", fresh)).status == 201


@pytest.mark.parametrize(("collection", "body"), COLLECTIONS)
async def test_little_needs_to_be_said(speaker: Speaker, collection: str, body: dict[str, Any]) -> None:
    """A name or a key is enough; the house gives an id, and takes any value."""
    made = read_reply(await send(speaker, "POST", f"/v1/{collection}", body))
    assert len(made["id"]) == 32
    assert (made["name"], made["kind"], made["choices"], made["archived"]) == ("tone", None, [], False)


@pytest.mark.parametrize(("collection", "body"), COLLECTIONS)
async def test_a_change_keeps_and_clears(speaker: Speaker, collection: str, body: dict[str, Any]) -> None:
    """Absent members stay, null clears, metadata merge."""
    full = {**body, "minimum": 0, "maximum": 1, "description": "x", "metadata": {"a": 1, "b": {"c": 2}}}
    path = f"/v1/{collection}/{read_reply(await send(speaker, 'POST', f'/v1/{collection}', full))['id']}"
    speaker.clock.advance()
    change = {"maximum": None, "description": None, "metadata": {"a": None, "b": {"d": 3}}}
    changed = read_reply(await send(speaker, "PATCH", path, change))
    assert (changed["minimum"], changed["maximum"], changed["description"]) == (0.0, None, None)
    assert changed["metadata"] == {"b": {"c": 2, "d": 3}}
    assert (changed["created_at"], changed["updated_at"]) == (
        "2026-01-01T00:00:00.000000Z",
        "2026-01-01T00:00:01.000000Z",
    )
    assert await read(speaker, path) == changed


@pytest.mark.parametrize(("collection", "body"), COLLECTIONS)
async def test_they_are_listed(speaker: Speaker, collection: str, body: dict[str, Any]) -> None:
    """Archived ones are listed with the others, and can be told apart."""
    path = f"/v1/{collection}/{read_reply(await send(speaker, 'POST', f'/v1/{collection}', body))['id']}"
    query = f"/v1/{collection}?name=tone&archived="
    assert len((await read(speaker, f"{query}false"))["items"]) == 1
    assert read_reply(await send(speaker, "PATCH", path, {"archived": True}))["archived"] is True
    assert (await read(speaker, f"{query}false"))["items"] == []
    assert len((await read(speaker, f"{query}true"))["items"]) == 1


@pytest.mark.parametrize(
    ("collection", "body", "expected"),
    [
        ("configs", {}, [("/name", "missing")]),
        ("configs", {"name": "x", "key": "x"}, [("/key", "unknown")]),
        ("configs", {"name": "x", "minimum": 2, "maximum": 1}, [("/maximum", "out_of_range")]),
        ("configs", {"name": "x", "choices": [{"label": ""}]}, [("/choices/0/label", "empty")]),
        ("configs", {"name": "x", "choices": [{"label": "a"}] * 2}, [("/choices", "not_unique")]),
        ("configs", {"name": "x", "kind": "colour"}, [("/kind", "not_a_choice")]),
        ("evaluators", {"name": "x"}, [("/key", "missing")]),
        ("evaluators", {"key": "x", "type": "dog"}, [("/type", "not_a_choice")]),
        ("evaluators", {"key": "x", "version": -1}, [("/version", "out_of_range")]),
        (
            "evaluators",
            {"key": "x", "conditions": [{"facet": "number", "comparison": "in", "operand": 1}]},
            [("/conditions/0/operand", "wrong_type")],
        ),
        (
            "evaluators",
            {"key": "x", "conditions": [{"facet": "number", "comparison": "gte", "operand": [1]}]},
            [("/conditions/0/operand", "wrong_type")],
        ),
    ],
)
async def test_a_bad_one_is_refused(
    speaker: Speaker, collection: str, body: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    """Every fault is named at its place, and nothing is stored."""
    before = (await read(speaker, f"/v1/{collection}?total=true"))["total"]
    assert faults(await send(speaker, "POST", f"/v1/{collection}", body)) == expected
    assert (await read(speaker, f"/v1/{collection}?total=true"))["total"] == before


async def test_ids_and_keys_are_taken_once(speaker: Speaker) -> None:
    """A second config of an id, or evaluator of a key, is a conflict."""
    for path, body in (("/v1/configs", CONFIG), ("/v1/evaluators", EVALUATOR)):
        assert (await send(speaker, "POST", path, body)).status == 201
        problem(await send(speaker, "POST", path, body), 409)
    problem(await send(speaker, "POST", "/v1/evaluators", {"key": "tone-judge"}), 409)


@pytest.mark.parametrize(("collection", "body"), COLLECTIONS)
async def test_another_project_sees_none(speaker: Speaker, collection: str, body: dict[str, Any]) -> None:
    """They stay in their project, and who may only write scores makes none."""
    path = f"/v1/{collection}/{read_reply(await send(speaker, 'POST', f'/v1/{collection}', body))['id']}"
    stranger = await speaker.stranger()
    problem(await send(speaker, "GET", path, principal=stranger), 404)
    problem(await send(speaker, "PATCH", path, {"archived": True}, principal=stranger), 404)
    scorer = speaker.allowed(Permission.WRITE_SCORES)
    problem(await send(speaker, "PATCH", path, {"archived": True}, principal=scorer), 403)


async def test_a_config_constrains_the_scores_that_name_it(speaker: Speaker) -> None:
    """A value outside the config is refused at ``/value``; an archived config takes no new scores."""
    await send(speaker, "POST", "/v1/configs", CONFIG)
    good = {**ACCURACY, "name": "tone", "value": "kind", "config": "c-1"}
    assert (await send(speaker, "POST", "/v1/scores", good)).status == 201
    assert faults(await send(speaker, "POST", "/v1/scores", {**good, "value": "loud"})) == [("/value", "not_a_choice")]
    await send(speaker, "PATCH", "/v1/configs/c-1", {"archived": True})
    assert [place for place, _ in faults(await send(speaker, "POST", "/v1/scores", good))] == ["/config"]


async def test_an_evaluator_tells_what_passes(speaker: Speaker) -> None:
    """A score of an evaluator is judged by its conditions."""
    await send(speaker, "POST", "/v1/evaluators", EVALUATOR)
    source = {"origin": "evaluator", "evaluator": "e-1"}
    passed = [
        (await record(speaker, name="tone-judge", value=value, source=source))["passed"] for value in ("kind", "rude")
    ]
    assert passed == [True, False]


@pytest.mark.parametrize(("collection", "body"), COLLECTIONS)
async def test_what_is_not_honoured_is_refused(speaker: Speaker, collection: str, body: dict[str, Any]) -> None:
    """An idempotency key is not ignored where it means nothing."""
    reply = await send(speaker, "POST", f"/v1/{collection}", body, headers={"Idempotency-Key": "once"})
    assert faults(reply) == [("Idempotency-Key", "not_allowed")]
