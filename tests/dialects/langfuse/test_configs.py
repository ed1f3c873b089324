"""Score configs, and scores that name one (contract langfuse §6, §10)."""

from typing import Any

import pytest

from tests.dialects.langfuse.langfuse import SCORE, SWITCHED, Langfuse, event, paths

GOOD = {"label": "good", "value": 1}
BAD = {"label": "bad", "value": 0}

CREATED: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"name": "n", "dataType": "NUMERIC"}, {"minValue": None, "maxValue": None, "categories": None}),
    ({"name": "n", "dataType": "NUMERIC", "minValue": 0}, {"minValue": 0, "maxValue": None}),
    ({"name": "n", "dataType": "NUMERIC", "minValue": -1.5, "maxValue": 0}, {"minValue": -1.5, "maxValue": 0}),
    ({"name": "n", "dataType": "CATEGORICAL", "categories": [GOOD, BAD]}, {"categories": [GOOD, BAD]}),
    ({"name": "n", "dataType": "CATEGORICAL", "categories": []}, {"categories": []}),
    (
        {"name": "n", "dataType": "BOOLEAN"},
        {"categories": [{"label": "True", "value": 1}, {"label": "False", "value": 0}], "minValue": None},
    ),
    ({"name": "n", "dataType": "TEXT", "description": "words"}, {"categories": None, "description": "words"}),
    ({"name": "A b_1 (x.y)-z", "dataType": "TEXT"}, {"name": "A b_1 (x.y)-z"}),
    ({"name": "n" * 35, "dataType": "TEXT"}, {"name": "n" * 35}),
]


@pytest.mark.parametrize(("sent", "shown"), CREATED, ids=str)
async def test_a_config_is_created_and_read(langfuse: Langfuse, sent: dict[str, Any], shown: dict[str, Any]) -> None:
    """POST answers 200 with the whole of it; GET by id and the list show the same."""
    status, created = await langfuse.send("POST", "/score-configs", sent)
    assert status == 200
    assert shown.items() <= created.items()
    assert (created["dataType"], created["isArchived"]) == (sent["dataType"], False)
    assert await langfuse.get(f"/score-configs/{created['id']}") == created
    assert (await langfuse.get("/score-configs"))["data"] == [created]


REFUSED: list[tuple[dict[str, Any], list[Any]]] = [
    ({}, ["name"]),
    ({"dataType": "NUMERIC"}, ["name"]),
    ({"name": "n"}, ["dataType"]),
    ({"name": "", "dataType": "NUMERIC"}, ["name"]),
    ({"name": "n" * 36, "dataType": "NUMERIC"}, ["name"]),
    ({"name": "a/b", "dataType": "NUMERIC"}, ["name"]),
    ({"name": "ü", "dataType": "NUMERIC"}, ["name"]),
    ({"name": "n", "dataType": "CORRECTION"}, ["dataType"]),
    ({"name": "n", "dataType": "NUMERIC", "minValue": 1, "maxValue": 1}, ["maxValue"]),
    ({"name": "n", "dataType": "NUMERIC", "minValue": 2, "maxValue": 1}, ["maxValue"]),
    ({"name": "n", "dataType": "NUMERIC", "minValue": "1"}, ["minValue"]),
    ({"name": "n", "dataType": "NUMERIC", "categories": [GOOD]}, ["categories"]),
    ({"name": "n", "dataType": "BOOLEAN", "categories": [GOOD]}, ["categories"]),
    ({"name": "n", "dataType": "TEXT", "categories": []}, ["categories"]),
    ({"name": "n", "dataType": "BOOLEAN", "minValue": 0}, ["minValue"]),
    ({"name": "n", "dataType": "CATEGORICAL"}, ["categories"]),
    ({"name": "n", "dataType": "CATEGORICAL", "categories": [{"label": "", "value": 1}]}, ["categories", 0, "label"]),
    (
        {"name": "n", "dataType": "CATEGORICAL", "categories": [GOOD, {**BAD, "label": "good"}]},
        ["categories", 1, "label"],
    ),
    ({"name": "n", "dataType": "CATEGORICAL", "categories": [GOOD, {**BAD, "value": 1}]}, ["categories", 1, "value"]),
    ({"name": "n", "dataType": "CATEGORICAL", "categories": [{"label": "good"}]}, ["categories", 0, "value"]),
    ({"name": "n", "dataType": "CATEGORICAL", "categories": "good"}, ["categories"]),
    ({"name": "n", "dataType": "NUMERIC", "description": 5}, ["description"]),
]


@pytest.mark.parametrize(("sent", "where"), REFUSED, ids=str)
async def test_a_config_that_breaks_a_rule_is_not_created(
    langfuse: Langfuse, sent: dict[str, Any], where: list[Any]
) -> None:
    """400 with an issue at the member (contract §10, POST rules)."""
    status, body = await langfuse.send("POST", "/score-configs", sent)
    assert status == 400
    assert where in paths(body)
    assert (await langfuse.get("/score-configs"))["data"] == []


PATCHED: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ({"dataType": "NUMERIC"}, {"name": "renamed"}, {"name": "renamed"}),
    ({"dataType": "NUMERIC", "minValue": 0}, {"maxValue": 5}, {"minValue": 0, "maxValue": 5}),
    ({"dataType": "NUMERIC", "minValue": 0}, {"minValue": 2}, {"minValue": 2}),
    ({"dataType": "NUMERIC"}, {"isArchived": True}, {"isArchived": True}),
    ({"dataType": "NUMERIC", "description": "a"}, {"description": "b"}, {"description": "b"}),
    ({"dataType": "NUMERIC"}, {"dataType": "TEXT", "description": "b"}, {"dataType": "NUMERIC"}),
    ({"dataType": "CATEGORICAL", "categories": [GOOD]}, {"categories": [BAD]}, {"categories": [BAD]}),
    ({"dataType": "CATEGORICAL", "categories": [GOOD]}, {"description": "x"}, {"categories": [GOOD]}),
]


@pytest.mark.parametrize(("sent", "change", "shown"), PATCHED, ids=str)
async def test_a_config_is_changed(
    langfuse: Langfuse, sent: dict[str, Any], change: dict[str, Any], shown: dict[str, Any]
) -> None:
    """PATCH changes what it names and answers the whole; the data type is not changeable and ignored."""
    id = await langfuse.config(**sent)
    before = await langfuse.get(f"/score-configs/{id}")
    langfuse.speaker.clock.advance()
    status, changed = await langfuse.send("PATCH", f"/score-configs/{id}", change)
    assert status == 200
    assert changed == {**before, **shown, "description": changed["description"], "updatedAt": changed["updatedAt"]}
    assert changed["updatedAt"] > before["updatedAt"]
    assert await langfuse.get(f"/score-configs/{id}") == changed


UNPATCHED: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"dataType": "NUMERIC"}, {}, "issues"),
    ({"dataType": "NUMERIC"}, {"dataType": "TEXT"}, "issues"),
    ({"dataType": "NUMERIC"}, {"minValue": None}, "issues"),
    ({"dataType": "NUMERIC"}, {"isArchived": "yes"}, "issues"),
    ({"dataType": "NUMERIC", "minValue": 3}, {"maxValue": 3}, "InvalidRequestError"),
    ({"dataType": "NUMERIC"}, {"categories": [GOOD]}, "InvalidRequestError"),
    ({"dataType": "BOOLEAN"}, {"categories": [GOOD]}, "InvalidRequestError"),
    ({"dataType": "BOOLEAN"}, {"maxValue": 3}, "InvalidRequestError"),
    ({"dataType": "CATEGORICAL", "categories": [GOOD]}, {"categories": [GOOD, GOOD]}, "InvalidRequestError"),
    ({"dataType": "NUMERIC"}, {"name": "a/b"}, "InvalidRequestError"),
]


@pytest.mark.parametrize(("sent", "change", "error"), UNPATCHED, ids=str)
async def test_a_change_that_breaks_a_rule(
    langfuse: Langfuse, sent: dict[str, Any], change: dict[str, Any], error: str
) -> None:
    """What breaks the schema has issues, what breaks the merged config one message; nothing changes."""
    id = await langfuse.config(**sent)
    before = await langfuse.get(f"/score-configs/{id}")
    status, body = await langfuse.send("PATCH", f"/score-configs/{id}", change)
    assert status == 400
    assert isinstance(body["error"], list) if error == "issues" else body["error"] == error
    assert await langfuse.get(f"/score-configs/{id}") == before


async def test_configs_are_listed_newest_first(langfuse: Langfuse) -> None:
    """Archived ones included, in pages; duplicates of a name are allowed."""
    ids = []
    for _ in range(3):
        ids.append(await langfuse.config())
        langfuse.speaker.clock.advance()
    await langfuse.send("PATCH", f"/score-configs/{ids[1]}", {"isArchived": True})
    assert await langfuse.ids("/score-configs") == ids[::-1]
    page = await langfuse.get("/score-configs", page=2, limit=2)
    assert [config["id"] for config in page["data"]] == [ids[0]]
    assert page["meta"] == {"page": 2, "limit": 2, "totalItems": 3, "totalPages": 2}


@pytest.mark.parametrize(("method", "status"), [("GET", 404), ("PATCH", 404), ("DELETE", 405)])
async def test_a_config_that_is_not_there(langfuse: Langfuse, method: str, status: int) -> None:
    """Unknown ids are 404; nothing can be deleted (contract §10)."""
    answer, body = await langfuse.send(method, "/score-configs/none", {"description": "x"})
    assert answer == status
    assert body["error"] == {404: "LangfuseNotFoundError", 405: "MethodNotAllowedError"}[status]


# ── Scores that name a config (§6) ───────────────────────────────────────────────────────────────────────

TAKEN: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ({"dataType": "NUMERIC", "minValue": 0, "maxValue": 1}, {"value": 0}, {"value": 0, "dataType": "NUMERIC"}),
    ({"dataType": "NUMERIC", "minValue": 0, "maxValue": 1}, {"value": 1}, {"value": 1, "dataType": "NUMERIC"}),
    ({"dataType": "NUMERIC"}, {"value": 7, "dataType": "NUMERIC"}, {"value": 7}),
    ({"dataType": "BOOLEAN"}, {"value": 1}, {"value": 1, "stringValue": "True", "dataType": "BOOLEAN"}),
    ({"dataType": "CATEGORICAL", "categories": [GOOD, BAD]}, {"value": "good"}, {"value": 1, "stringValue": "good"}),
    ({"dataType": "CATEGORICAL", "categories": [GOOD, BAD]}, {"value": "bad"}, {"value": 0, "stringValue": "bad"}),
    ({"dataType": "TEXT"}, {"value": "words"}, {"dataType": "TEXT", "stringValue": "words"}),
]


@pytest.mark.parametrize(("config", "score", "shown"), TAKEN, ids=str)
async def test_a_config_gives_name_and_type(
    langfuse: Langfuse, config: dict[str, Any], score: dict[str, Any], shown: dict[str, Any]
) -> None:
    """The name is the config's, the type is taken from it, bounds are inclusive, categories have numbers (§6)."""
    config_id = await langfuse.config(name="the config", **config)
    id = await langfuse.score(name="another", configId=config_id, **score)
    read = await langfuse.read(id)
    assert {"name": "the config", "configId": config_id, **shown}.items() <= read.items()


NUMERIC = {"dataType": "NUMERIC", "minValue": 0, "maxValue": 1}
CATEGORICAL = {"dataType": "CATEGORICAL", "categories": [GOOD, BAD]}

BROKEN: list[tuple[dict[str, Any] | None, dict[str, Any], str]] = [
    (None, {"value": 1}, "configId"),
    (NUMERIC, {"value": 1.01}, "value"),
    (NUMERIC, {"value": -0.01}, "value"),
    (NUMERIC, {"value": "1"}, "value"),
    (NUMERIC, {"value": 1, "dataType": "BOOLEAN"}, "dataType"),
    (CATEGORICAL, {"value": "ugly"}, "value"),
    (CATEGORICAL, {"value": 1}, "value"),
    ({"dataType": "CATEGORICAL", "categories": []}, {"value": "any"}, "value"),
    ({"dataType": "BOOLEAN"}, {"value": 2}, "value"),
    ({"dataType": "TEXT"}, {"value": 1}, "value"),
    ({"dataType": "NUMERIC", "archived": True}, {"value": 1}, "configId"),
]
"""Config (None: unknown), score, and the member at fault: rows 1, 3, 5 to 9 of the contract's table (§6)."""


async def broken(langfuse: Langfuse, config: dict[str, Any] | None, score: dict[str, Any]) -> dict[str, Any]:
    """Make a score that breaks its config."""
    members = dict(config or {})
    archived = members.pop("archived", False)
    id = "none" if config is None else await langfuse.config(**members)
    if archived:
        await langfuse.send("PATCH", f"/score-configs/{id}", {"isArchived": True})
    return {**SCORE, "id": "broken", "configId": id, **score}


@pytest.mark.parametrize(("config", "score", "where"), BROKEN, ids=str)
async def test_what_langfuse_drops_is_refused(
    langfuse: Langfuse, config: dict[str, Any] | None, score: dict[str, Any], where: str
) -> None:
    """The object form answers 400, the array and ingestion name it; nothing is stored in any of them."""
    sent = await broken(langfuse, config, score)
    status, body = await langfuse.send("POST", "/scores", sent)
    assert (status, paths(body)) == (400, [[where]])
    status, body = await langfuse.send("POST", "/scores", [sent])
    assert (status, body["rejected"]) == (207, 1)
    assert body["errors"][0]["message"].startswith(f"accuracy: {where}: ")
    answer = await langfuse.ingest(event("score-create", sent))
    assert (answer["successes"], answer["errors"][0]["status"]) == ([], 400)
    assert answer["errors"][0]["error"].startswith(f"body.{where}: ")
    assert await langfuse.ids() == []


@pytest.mark.parametrize(("config", "score", "where"), BROKEN, ids=str)
async def test_their_way_by_the_switch(
    langfuse: Langfuse, config: dict[str, Any] | None, score: dict[str, Any], where: str
) -> None:
    """Switched, the object form acknowledges and stores nothing, but still says why; the others are as before."""
    langfuse.dialect = SWITCHED
    sent = await broken(langfuse, config, score)
    reply = await langfuse.reply("POST", "/scores", sent)
    assert (reply.status, reply.body) == (200, b'{"id":"broken"}')
    assert dict(reply.headers)["x-scorehouse-dropped"].startswith(f"{where}: ")
    assert (await langfuse.send("POST", "/scores", [sent]))[0] == 207
    assert await langfuse.ids() == []


async def test_the_switch_excuses_no_broken_schema(langfuse: Langfuse) -> None:
    """What Langfuse refuses at once is 400 in both ways; what is good is stored in both."""
    langfuse.dialect = SWITCHED
    assert (await langfuse.send("POST", "/scores", {"name": "n"}))[0] == 400
    correction = {"sessionId": "s", "name": "n", "dataType": "CORRECTION", "value": "x", "id": "c"}
    assert await langfuse.send("POST", "/scores", correction) == (200, {"id": "c"})
    assert await langfuse.ids() == []
    assert await langfuse.ids() == [] != [await langfuse.score()]


async def test_a_config_of_another_project(langfuse: Langfuse) -> None:
    """It is unknown here, for reading, changing and scoring."""
    config = await langfuse.config()
    other = Langfuse(langfuse.speaker, await langfuse.speaker.stranger())
    assert (await other.send("GET", f"/score-configs/{config}"))[0] == 404
    assert (await other.send("PATCH", f"/score-configs/{config}", {"isArchived": True}))[0] == 404
    assert (await other.send("POST", "/scores", {**SCORE, "configId": config}))[0] == 400
    assert (await other.get("/score-configs"))["data"] == []


async def test_changing_a_config_never_touches_scores(langfuse: Langfuse) -> None:
    """Renamed and narrowed, it leaves what was scored under it as it was (contract §10)."""
    config = await langfuse.config(name="old", maxValue=10)
    id = await langfuse.score(value=9, configId=config)
    await langfuse.send("PATCH", f"/score-configs/{config}", {"name": "new", "maxValue": 5, "isArchived": True})
    shown = await langfuse.read(id)
    assert (shown["name"], shown["value"]) == ("old", 9)
