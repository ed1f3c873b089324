"""The history of a score and the feed of a project."""

import pytest

from tests.dialects.native.native import faults, problem, read, record, send
from tests.dialects.speaking import Speaker


async def test_a_history_tells_what_was_before(speaker: Speaker) -> None:
    """Each change has its time, its actor and the score as it was; the deletion is the last of them."""
    score = await record(speaker)
    path = f"/v1/scores/{score['id']}"
    speaker.clock.advance()
    await send(speaker, "PATCH", path, {"comment": "new"})
    changed = await read(speaker, path)
    speaker.clock.advance()
    await send(speaker, "DELETE", path)

    changes = (await read(speaker, f"{path}/history"))["changes"]
    assert [change["action"] for change in changes] == ["created", "changed", "deleted"]
    assert [change["before"] for change in changes] == [None, score, changed]
    assert [change["at"] for change in changes] == [f"2026-01-01T00:00:0{second}.000000Z" for second in range(3)]
    assert {change["id"] for change in changes} == {score["id"]}
    assert changes[0]["actor"] == {"key": "key-1", "owner": "tester", "dialect": "native"}


async def test_a_change_that_changes_nothing_is_no_change(speaker: Speaker) -> None:
    """Saying again what is so leaves no trace in the history."""
    score = await record(speaker, comment="because")
    speaker.clock.advance()
    await send(speaker, "PATCH", f"/v1/scores/{score['id']}", {"comment": "because"})
    assert len((await read(speaker, f"/v1/scores/{score['id']}/history"))["changes"]) == 1
    assert await read(speaker, f"/v1/scores/{score['id']}") == score


async def test_the_feed_is_followed_from_a_mark(speaker: Speaker) -> None:
    """A follower misses nothing and sees nothing twice; at the end it keeps its mark."""
    begin = (await read(speaker, "/v1/changes"))["mark"]
    ids = [(await record(speaker))["id"] for _ in range(3)]
    first = await read(speaker, f"/v1/changes?after={begin}&limit=2")
    assert [change["id"] for change in first["changes"]] == ids[:2]
    assert first["mark"] == first["changes"][-1]["mark"]
    rest = await read(speaker, f"/v1/changes?after={first['mark']}")
    assert [change["id"] for change in rest["changes"]] == ids[2:]
    end = await read(speaker, f"/v1/changes?after={rest['mark']}")
    assert end == {"changes": [], "mark": rest["mark"]}


async def test_a_history_is_read_part_by_part(speaker: Speaker) -> None:
    """The mark of one part leads to the next."""
    path = f"/v1/scores/{(await record(speaker))['id']}"
    for number in range(3):
        await send(speaker, "PATCH", path, {"value": number})
    first = await read(speaker, f"{path}/history?limit=2")
    rest = await read(speaker, f"{path}/history?after={first['mark']}")
    actions = [change["action"] for part in (first, rest) for change in part["changes"]]
    assert actions == ["created", "changed", "changed", "changed"]
    assert (await read(speaker, f"{path}/history?after={rest['mark']}"))["changes"] == []


async def test_the_feed_is_narrowed(speaker: Speaker) -> None:
    """One kind of things, or one thing, can be followed alone."""
    score = await record(speaker)
    await send(speaker, "POST", "/v1/configs", {"name": "tone"})
    subjects = {change["subject"] for change in (await read(speaker, "/v1/changes"))["changes"]}
    assert {"score", "config"} <= subjects
    configs = (await read(speaker, "/v1/changes?subject=config"))["changes"]
    assert [change["subject"] for change in configs] == ["config"]
    one = (await read(speaker, f"/v1/changes?subject=score&id={score['id']}"))["changes"]
    assert [change["id"] for change in one] == [score["id"]]


@pytest.mark.parametrize(
    ("path", "place", "code"),
    [
        ("/v1/changes?after=x", "after", "malformed"),
        ("/v1/changes?limit=0", "limit", "out_of_range"),
        ("/v1/changes?limit=1001", "limit", "out_of_range"),
        ("/v1/changes?subject=planet", "subject", "not_a_choice"),
        ("/v1/changes?id=s-1", "subject", "missing"),
        ("/v1/changes?colour=red", "colour", "unknown"),
        ("/v1/scores/s-1/history?limit=ten", "limit", "wrong_type"),
    ],
)
async def test_what_does_not_fit_is_refused(speaker: Speaker, path: str, place: str, code: str) -> None:
    """The refusal says which parameter is wrong."""
    assert faults(await send(speaker, "GET", path)) == [(place, code)]


async def test_a_score_that_never_was_has_no_history(speaker: Speaker) -> None:
    """Nothing is found, rather than an empty history."""
    assert problem(await send(speaker, "GET", "/v1/scores/s-1/history"), 404)["kind"] == "score"
