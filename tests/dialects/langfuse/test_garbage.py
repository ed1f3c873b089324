"""Garbage on every route: a refusal in Langfuse's shape, never a defect, and nothing stored."""

from typing import Any
from urllib.parse import quote

import pytest

from scorehouse.dialects.langfuse import DIALECT
from scorehouse.domain.changes import START
from scorehouse.storage.queries import ChangeQuery
from scorehouse.wire.route import Route
from tests.dialects.langfuse.langfuse import API, Langfuse, event
from tests.dialects.speaking import read_reply

SERVED = [route for route in DIALECT.routes if not route.unsupported]

BODIES: list[Any] = [
    b"",
    b"{",
    b"\xff\xfe\x00",
    b"null",
    b"5",
    b'"text"',
    b"[]",
    b"[null, 5, {}]",
    b"{}",
    b'{"a": 1e999}',
    b'{"value": NaN}',
    b'{"value": 99999999999999999999999999999999}',
    b'{"name": "\\ud800"}',
    b"[" * 100_000,
    b'{"a":' * 100_000,
    {"name": {"a": 1}, "value": [1], "id": {}, "batch": [{"id": 1}], "traceIds": [None], "resourceSpans": [5]},
    {"name": "a\x00b", "traceId": "a\x00b", "value": "a\x00b", "dataType": "CATEGORICAL"},
    {"name": "n", "traceId": "t", "value": 1, "metadata": {"a": "\x00"}},
    {"name": "n", "traceId": "t" * 801, "value": 1},
    {"name": "n", "traceId": "t", "value": 10**30, "timestamp": -1, "dataType": "BOOLEAN"},
]

QUERIES = [
    "limit=x&page=-1&cursor=%00&fields=%FF",
    "filter=%7B",
    "filter=" + quote('[{"type":"string","column":"name","operator":"=","value":"\\ud800"}]'),
    "filter=" + quote('[{"type":"numberObject","column":"metadata","key":"a\\u0000","operator":">","value":1}]'),
    "fromTimestamp=9999999-01-01T00:00:00Z&toTimestamp=0000-00-00T00:00:00Z",
    "name=a%00b",
    "value=1e999&operator=%3D&dataType=x",
    "&".join(f"traceTags=t{place}" for place in range(990)),
    "&".join(f"a{place}=1" for place in range(1100)),
    "scoreIds=" + ",".join(str(place) for place in range(1100)),
    "%",
    "=&=&==",
]

PATH_IDS = ["none", "%00", "%FF", "%2F", quote("ü 1"), "x" * 900, "'; drop table score"]


def path_of(route: Route, id: str = "none") -> str:
    """Fill in the parameters of a route's path."""
    return "/".join(id if part.startswith("{") else part for part in route.path.split("/")).removeprefix(API)


async def changes(langfuse: Langfuse) -> int:
    """Count what was ever stored."""
    number = langfuse.speaker.principal.project.number
    return len(await langfuse.speaker.house.store.changes(ChangeQuery(number, 100, START)))


def assert_refused(status: int, body: Any) -> None:
    """A refusal of the caller's making, with a sentence."""
    assert 400 <= status < 500, body
    assert body.get("message") or body.get("error")


@pytest.mark.parametrize("body", BODIES, ids=lambda body: str(body)[:40])
async def test_bodies_of_garbage(langfuse: Langfuse, body: Any) -> None:
    """Every route that takes a body refuses it, or finds nothing in it to store; nothing is half stored."""
    before = await changes(langfuse)
    for route in SERVED:
        if route.body is None:
            continue
        reply = await langfuse.reply(route.method, path_of(route), body)
        answer = read_reply(reply)
        stored = await changes(langfuse)
        if reply.status not in {200, 202, 207}:
            assert_refused(reply.status, answer)
            assert stored == before, route.path
        elif "id" in answer:  # a whole trace or config, after all
            assert stored == before + 1, route.path
        else:
            nothing = answer.get("accepted") == 0 or answer.get("successes") == []
            assert nothing or answer in ({}, {"message": "Accepted"}), route.path
            assert stored == before, route.path
        before = stored


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query[:40])
async def test_queries_of_garbage(langfuse: Langfuse, query: str) -> None:
    """Every list refuses it, or ignores what it does not know."""
    for route in SERVED:
        if route.method != "GET":
            continue
        status, body = await langfuse.send("GET", f"{path_of(route)}?{query}")
        if status != 200:
            assert_refused(status, body)


@pytest.mark.parametrize("id", PATH_IDS, ids=lambda id: id[:20])
async def test_ids_of_garbage(langfuse: Langfuse, id: str) -> None:
    """A path with an id that cannot be is 400, with one that is not there 404; deletions are answered as ever."""
    for route in SERVED:
        if "{" not in route.path:
            continue
        status, body = await langfuse.send(route.method, path_of(route, id), {"description": "x"})
        if status not in {200, 202}:
            assert_refused(status, body)
        else:
            assert route.method == "DELETE"


WORST: list[dict[str, Any]] = [
    {"id": "s", "traceId": "t", "name": "n", "value": 1, "metadata": {"a": {"b": [[[[]]]]}}, "comment": "x" * 100_000},
    {"id": "\U0001f600", "traceId": "\u202e", "name": "'; --", "value": "\u0001"},
]


async def test_what_is_odd_and_yet_good(langfuse: Langfuse) -> None:
    """Large comments, deep metadata, texts of any script are stored and come back."""
    await langfuse.score(**WORST[0])
    assert len((await langfuse.read("s"))["comment"]) == 100_000
    status, _ = await langfuse.send("POST", "/scores", WORST[1])
    assert status in {200, 400}
    answer = await langfuse.ingest(event("trace-create", {"id": "t", "metadata": {"k" * 1000: [1] * 1000}}))
    assert answer["errors"] == []
