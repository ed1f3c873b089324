"""The same id again: what is fixed, kept, cleared and merged (contract langfuse §7)."""

from typing import Any

import pytest

from tests.dialects.langfuse.langfuse import SCORE, Langfuse, event

FIRST: dict[str, Any] = {
    **SCORE,
    "id": "score-1",
    "comment": "first",
    "metadata": {"a": 1, "deep": {"x": 1, "y": 1}},
    "environment": "prod",
    "queueId": "queue-1",
}

SECONDS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"value": 0.75}, {"value": 0.75, "comment": "first", "queueId": "queue-1", "metadata": FIRST["metadata"]}),
    ({"value": 1, "dataType": "BOOLEAN"}, {"dataType": "BOOLEAN", "value": 1, "stringValue": "True"}),
    ({"value": "good"}, {"dataType": "CATEGORICAL", "value": 0, "stringValue": "good"}),
    ({"name": "renamed"}, {"name": "renamed", "value": 0.5}),
    ({"comment": "second"}, {"comment": "second"}),
    ({"comment": None}, {"comment": None}),
    ({"queueId": None}, {"queueId": None}),
    ({"metadata": {"b": 2, "deep": {"y": 2}}}, {"metadata": {"a": 1, "b": 2, "deep": {"x": 1, "y": 2}}}),
    ({"metadata": None}, {"metadata": {}}),
    ({"metadata": {}}, {"metadata": FIRST["metadata"]}),
    ({"environment": "staging"}, {"environment": "prod"}),
    ({"traceId": "trace-2", "observationId": "o"}, {"traceId": "trace-1", "observationId": None}),
]


@pytest.mark.parametrize(("second", "shown"), SECONDS, ids=str)
async def test_a_second_write(langfuse: Langfuse, second: dict[str, Any], shown: dict[str, Any]) -> None:
    """Fixed: target and environment. Kept: what is left out. Cleared: what is null. Metadata merges deeply."""
    await langfuse.score(**FIRST)
    status, body = await langfuse.send("POST", "/scores", {**SCORE, "id": "score-1", **second})
    assert (status, body) == (200, {"id": "score-1"})
    assert shown.items() <= (await langfuse.read("score-1")).items()
    assert await langfuse.ids() == ["score-1"]


async def test_times_of_a_second_write(langfuse: Langfuse) -> None:
    """`updatedAt` moves, `createdAt` and `timestamp` do not, also where the array form says another one."""
    await langfuse.score(**FIRST)
    langfuse.speaker.clock.advance(60)
    again = [{**SCORE, "id": "score-1", "value": 0.75, "timestamp": "2030-01-01T00:00:00Z"}]
    assert (await langfuse.send("POST", "/scores", again))[0] == 202
    shown = await langfuse.read("score-1")
    assert shown["createdAt"] == shown["timestamp"] == "2026-01-01T00:00:00.000Z"
    assert shown["updatedAt"] == "2026-01-01T00:01:00.000Z"
    assert shown["value"] == 0.75


async def test_a_resend_changes_nothing(langfuse: Langfuse) -> None:
    """The same body again is the same score, `updatedAt` included: clients resend after a lost answer."""
    await langfuse.score(**FIRST)
    before = await langfuse.read("score-1")
    langfuse.speaker.clock.advance(60)
    await langfuse.score(**FIRST)
    assert await langfuse.read("score-1") == before


async def test_a_source_that_is_left_out_stays(langfuse: Langfuse) -> None:
    """An evaluator's score stays one when somebody adds a comment."""
    await langfuse.ingest(event("score-create", {**SCORE, "id": "score-1", "source": "EVAL"}))
    await langfuse.score(id="score-1", comment="seen")
    assert (await langfuse.read("score-1"))["source"] == "EVAL"


async def test_ids_in_any_spelling_are_one(langfuse: Langfuse) -> None:
    """A UUID with and without hyphens is one score, shown as it first came."""
    await langfuse.score(id="019B7713-0800-7000-8000-00000000ABCD")
    await langfuse.score(id="019b771308007000800000000000abcd", value=0.9)
    (shown,) = (await langfuse.get("/v2/scores"))["data"]
    assert (shown["id"], shown["value"]) == ("019B7713-0800-7000-8000-00000000ABCD", 0.9)


async def test_a_bad_write_leaves_the_good_one(langfuse: Langfuse) -> None:
    """A refused item for an id that exists drops that item only (contract §7)."""
    items = [FIRST, {**SCORE, "id": "score-1"} | {"value": None}, {**SCORE, "id": "score-1", "value": 0.75}]
    status, body = await langfuse.send("POST", "/scores", items)
    assert (status, body["rejected"]) == (207, 1)
    assert (await langfuse.read("score-1"))["value"] == 0.75


async def test_a_kept_config_still_rules(langfuse: Langfuse) -> None:
    """A second write that does not name the config is held to it, and named after it; null lets go of it."""
    config = await langfuse.config(name="stars", maxValue=5)
    await langfuse.score(id="score-1", value=3, configId=config)
    status, _ = await langfuse.send("POST", "/scores", {**SCORE, "id": "score-1", "value": 9})
    assert status == 400
    await langfuse.score(id="score-1", value=4)
    shown = await langfuse.read("score-1")
    assert (shown["name"], shown["value"], shown["configId"]) == ("stars", 4, config)
    await langfuse.score(id="score-1", value=9, configId=None, name="free")
    shown = await langfuse.read("score-1")
    assert (shown["name"], shown["value"], shown["configId"]) == ("free", 9, None)


async def test_a_kept_config_still_numbers_its_categories(langfuse: Langfuse) -> None:
    """A second label gets the number of its category, also where the config is not named again (contract §4.2)."""
    categories = [{"label": "good", "value": 3}, {"label": "bad", "value": 1}]
    config = await langfuse.config(dataType="CATEGORICAL", categories=categories)
    await langfuse.score(id="score-1", value="good", configId=config)
    assert (await langfuse.read("score-1"))["value"] == 3
    await langfuse.score(id="score-1", value="bad")
    shown = await langfuse.read("score-1")
    assert (shown["value"], shown["stringValue"]) == (1, "bad")
