"""Many scores at once: each accepted or refused by itself, answered in order."""

from typing import Any

import pytest

from tests.dialects.native.native import ACCURACY, faults, names, problem, read, send
from tests.dialects.speaking import Speaker, read_reply

BATCH = "/v1/scores/batch"


async def test_all_are_accepted(speaker: Speaker) -> None:
    """When all are stored the status is 200, and each result holds its score."""
    reply = await send(speaker, "POST", BATCH, {"scores": [{**ACCURACY, "name": name} for name in "abc"]})
    answer = read_reply(reply)
    assert reply.status == 200
    assert (answer["created"], answer["updated"], answer["refused"]) == (3, 0, 0)
    assert [result["index"] for result in answer["results"]] == [0, 1, 2]
    assert [result["score"]["name"] for result in answer["results"]] == ["a", "b", "c"]
    assert await names(speaker, "order=name") == ["a", "b", "c"]


async def test_bad_ones_do_not_spoil_their_neighbours(speaker: Speaker) -> None:
    """Faults of shape, of the core's rules and of the store are told each at its item; the good are stored."""
    unknown = {"kind": "trace", "id": "t-1"}
    scores: list[Any] = [
        {**ACCURACY, "name": "first"},
        {**ACCURACY, "name": 7},
        {**ACCURACY, "target": {"kind": "session", "id": ""}},
        "nonsense",
        {**ACCURACY, "target": unknown},
        {**ACCURACY, "config": "c-9"},
        {**ACCURACY, "name": "last"},
    ]
    reply = await send(speaker, "POST", BATCH, {"scores": scores})
    answer = read_reply(reply)
    assert reply.status == 207
    assert (answer["created"], answer["refused"]) == (2, 5)
    assert [result["status"] for result in answer["results"]] == ["created", *["refused"] * 5, "created"]
    problems = [result["problem"] for result in answer["results"] if result["status"] == "refused"]
    assert [problem["status"] for problem in problems] == [422, 422, 422, 404, 422]
    pointers = [error["pointer"] for problem in problems for error in problem.get("errors", [])]
    assert pointers == ["/scores/1/name", "/scores/2/target/id", "/scores/3", "/scores/5/config"]
    assert await names(speaker, "order=name") == ["first", "last"]


async def test_an_id_twice_in_a_batch(speaker: Speaker) -> None:
    """The second of an id is refused, or changes the first where it says so."""
    one = {**ACCURACY, "id": "s-1"}
    refused = read_reply(await send(speaker, "POST", BATCH, {"scores": [one, one]}))
    assert [result["status"] for result in refused["results"]] == ["created", "refused"]
    assert refused["results"][1]["problem"]["status"] == 409

    updating = {**one, "if_exists": "update", "value": 1}
    updated = read_reply(await send(speaker, "POST", BATCH, {"scores": [updating]}))
    assert [result["status"] for result in updated["results"]] == ["updated"]
    assert updated["results"][0]["score"]["value"]["number"] == 1.0


async def test_an_empty_batch_does_nothing(speaker: Speaker) -> None:
    """Nothing to do is done."""
    reply = await send(speaker, "POST", BATCH, {"scores": []})
    assert (reply.status, read_reply(reply)["results"]) == (200, [])


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, ("/scores", "missing")),
        ({"scores": {}}, ("/scores", "wrong_type")),
        ({"scores": [], "more": 1}, ("/more", "unknown")),
        ([], ("", "wrong_type")),
        ({"scores": [ACCURACY] * 1001}, ("/scores", "too_long")),
        ({"scores": [{}] * 1001}, ("/scores", "too_long")),
    ],
)
async def test_a_bad_envelope_refuses_all(speaker: Speaker, body: Any, expected: tuple[str, str]) -> None:
    """What stands around the scores is judged for the whole batch, and nothing is stored."""
    assert faults(await send(speaker, "POST", BATCH, body)) == [expected]
    assert (await read(speaker, "/v1/scores?total=true"))["total"] == 0


async def test_a_batch_of_the_greatest_size(speaker: Speaker) -> None:
    """A thousand scores are taken in one request."""
    reply = await send(speaker, "POST", BATCH, {"scores": [ACCURACY] * 1000})
    assert read_reply(reply)["created"] == 1000


KEY = {"Idempotency-Key": "once"}


async def test_a_score_that_comes_again_is_recorded_once(speaker: Speaker) -> None:
    """The same key with the same request answers the same score; no second one is there."""
    first = await send(speaker, "POST", "/v1/scores", ACCURACY, headers=KEY)
    again = await send(speaker, "POST", "/v1/scores", ACCURACY, headers=KEY)
    assert first.status == again.status == 201
    assert read_reply(again) == read_reply(first)
    assert (await read(speaker, "/v1/scores?total=true"))["total"] == 1


async def test_a_batch_that_comes_again_is_recorded_once(speaker: Speaker) -> None:
    """Accepted and refused items answer as they did."""
    body = {"scores": [ACCURACY, {**ACCURACY, "name": ""}, {**ACCURACY, "config": "c-9"}]}
    first = await send(speaker, "POST", BATCH, body, headers=KEY)
    again = await send(speaker, "POST", BATCH, body, headers=KEY)
    assert (first.status, read_reply(first)["created"]) == (207, 1)
    assert read_reply(again) == read_reply(first)
    assert (await read(speaker, "/v1/scores?total=true"))["total"] == 1


async def test_a_key_belongs_to_one_request(speaker: Speaker) -> None:
    """The same key with another body, or at another path, is a conflict."""
    await send(speaker, "POST", "/v1/scores", ACCURACY, headers=KEY)
    other = {**ACCURACY, "value": 0.75}
    assert problem(await send(speaker, "POST", "/v1/scores", other, headers=KEY), 409)["id"] == "once"
    assert problem(await send(speaker, "POST", BATCH, {"scores": []}, headers=KEY), 409)["id"] == "once"


async def test_another_project_may_use_the_same_key(speaker: Speaker) -> None:
    """Keys are unique in their project only."""
    await send(speaker, "POST", "/v1/scores", ACCURACY, headers=KEY)
    stranger = await speaker.stranger()
    other = {**ACCURACY, "value": 0.75}
    assert (await send(speaker, "POST", "/v1/scores", other, headers=KEY, principal=stranger)).status == 201


@pytest.mark.parametrize(("key", "code"), [("", "empty"), ("x" * 256, "too_long"), ("a\x07b", "bad_character")])
async def test_a_bad_key_is_refused(speaker: Speaker, key: str, code: str) -> None:
    """A key that cannot be kept is refused before anything is recorded."""
    reply = await send(speaker, "POST", "/v1/scores", ACCURACY, headers={"Idempotency-Key": key})
    assert faults(reply) == [("Idempotency-Key", code)]
    assert (await read(speaker, "/v1/scores?total=true"))["total"] == 0
