"""The live stream of scores: what is told, from where, to whom, and when it ends."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from tests.dialects.native.native import faults, problem, record, send
from tests.dialects.speaking import Speaker

PATH = "/v1/scores/stream"


@dataclass(frozen=True, slots=True)
class Block:
    """One block of a stream: its fields by name; comments under the empty name."""

    fields: dict[str, str]

    @property
    def data(self) -> Any:
        """What the event says."""
        return json.loads(self.fields["data"])


class Listener:
    """Reads a stream block by block."""

    def __init__(self, parts: AsyncIterator[bytes]) -> None:
        self._parts = parts
        self._text = ""

    async def block(self) -> Block:
        """Wait for the next block."""
        async with asyncio.timeout(10):
            while "\n\n" not in self._text:
                self._text += (await anext(self._parts)).decode()
        text, _, self._text = self._text.partition("\n\n")
        return Block(dict(line.partition(": ")[::2] if line[0] != ":" else ("", line[2:]) for line in text.split("\n")))

    async def events(self, count: int) -> list[Block]:
        """Wait for so many events, passing over blocks without one."""
        found: list[Block] = []
        while len(found) < count:
            block = await self.block()
            if "event" in block.fields:
                found.append(block)
        return found

    async def rest(self) -> str:
        """Read until the stream ends."""
        async with asyncio.timeout(10):
            return self._text + "".join([part.decode() async for part in self._parts])


@asynccontextmanager
async def listening(speaker: Speaker, query: str = "", **options: Any) -> AsyncIterator[Listener]:
    """Open a stream, and close it in the end."""
    reply = await send(speaker, "GET", f"{PATH}{query}", **options)
    assert (reply.status, reply.media) == (200, "text/event-stream"), reply.body
    assert not isinstance(reply.body, bytes)
    try:
        yield Listener(reply.body)
    finally:
        await reply.body.aclose()  # type: ignore[attr-defined]  # the stream is an async generator


async def test_a_stream_tells_what_happens_from_now_on(speaker: Speaker) -> None:
    """What was there before is not told; creation, change and deletion are, with the score before and after."""
    await record(speaker, name="earlier")
    async with listening(speaker) as listener:
        assert (await listener.block()).fields["id"]
        score = await record(speaker)
        path = f"/v1/scores/{score['id']}"
        (created,) = await listener.events(1)
        await send(speaker, "PATCH", path, {"comment": "new"})
        (changed,) = await listener.events(1)
        await send(speaker, "DELETE", path)
        (deleted,) = await listener.events(1)
    assert [block.fields["event"] for block in (created, changed, deleted)] == ["created", "changed", "deleted"]
    assert (created.data["score"], created.data["before"]) == (score, None)
    assert (changed.data["score"]["comment"], changed.data["before"]) == ("new", score)
    assert (deleted.data["score"], deleted.data["before"]["comment"]) == (None, "new")
    assert created.data["actor"] == {"key": "key-1", "owner": "tester", "dialect": "native"}
    assert created.data["mark"] == created.fields["id"]


@pytest.mark.parametrize("by_header", [True, False])
async def test_a_stream_goes_on_where_another_ended(speaker: Speaker, by_header: bool) -> None:
    """From the mark of the first event the next stream tells the second one on, nothing twice, nothing left out."""
    ids = [(await record(speaker))["id"] for _ in range(3)]
    async with listening(speaker, "?after=0.0") as listener:
        (first,) = await listener.events(1)
    assert first.data["id"] == ids[0]
    mark = first.fields["id"]
    options = {"headers": {"Last-Event-ID": mark}} if by_header else {}
    # A browser that connects again repeats the address it was given; what it has seen since counts.
    query = "?after=0.0" if by_header else f"?after={mark}"
    async with listening(speaker, query, **options) as listener:
        assert [block.data["id"] for block in await listener.events(2)] == ids[1:]


async def test_a_filter_tells_what_passes_or_passed(speaker: Speaker) -> None:
    """A score that never passed is not told; one that stops to pass is told once more, without its present state."""
    score = await record(speaker, value=0.9)
    await record(speaker, value=0.1)
    path = f"/v1/scores/{score['id']}"
    async with listening(speaker, "?number.gte=0.5") as listener:
        await listener.block()
        for value in (0.2, 0.3, 0.7):
            await send(speaker, "PATCH", path, {"value": value})
        await record(speaker, value=0.4)
        await send(speaker, "DELETE", path)
        last = await record(speaker, value=0.8)
        told: list[Any] = []
        while not told or told[-1]["id"] != last["id"]:
            told += [block.data for block in await listener.events(1)]
    mine = [event for event in told if event["id"] == score["id"]]
    assert mine[0]["before"]["value"]["number"] == 0.9
    assert (mine[-1]["action"], mine[-1]["score"]) == ("deleted", None)
    assert {event["id"] for event in told} == {score["id"], last["id"]}


async def test_a_filter_on_the_trace_hides_no_deletion(speaker: Speaker) -> None:
    """Whether the trace of a score that is gone passed cannot be known any more, so the deletion is told."""
    target = {"kind": "trace", "id": "t-1", "must_exist": False}
    score = await record(speaker, target=target)
    await record(speaker, target=target)
    async with listening(speaker, "?trace_user=ann&after=0.0") as listener:
        await send(speaker, "DELETE", f"/v1/scores/{score['id']}")
        (block,) = await listener.events(1)
    assert (block.data["action"], block.data["id"]) == ("deleted", score["id"])


async def test_another_project_is_silent(speaker: Speaker) -> None:
    """Nothing of another project is told."""
    stranger = await speaker.stranger()
    async with listening(speaker, principal=stranger) as listener:
        await listener.block()
        await record(speaker, name="ours")
        assert (await send(speaker, "POST", "/v1/scores", score_of("theirs"), principal=stranger)).status == 201
        (block,) = await listener.events(1)
    assert block.data["score"]["name"] == "theirs"


def score_of(name: str) -> dict[str, Any]:
    """Return a score to record."""
    return {"name": name, "value": 1, "target": {"kind": "session", "id": "s"}}


async def test_a_quiet_stream_has_a_heartbeat_with_a_mark(speaker: Speaker) -> None:
    """Without news a mark comes all the same, past what did not pass the filter."""
    speaker.house.followers.heartbeat_s = 0.05
    async with listening(speaker, "?name=never") as listener:
        start = (await listener.block()).fields["id"]
        await record(speaker)
        block = await listener.block()
        while block.fields["id"] == start:
            assert "data" not in block.fields
            block = await listener.block()
        assert (block.fields[""], "data" in block.fields) == ("heartbeat", False)


async def test_a_listener_that_takes_nothing_is_let_go(speaker: Speaker) -> None:
    """Who was away longer than the house's patience gets a mark to go on from, and the stream ends."""
    speaker.house.followers.patience_s = 0.01
    await record(speaker)
    async with listening(speaker, "?after=0.0") as listener:
        (event,) = await listener.events(1)
        await asyncio.sleep(0.05)
        rest = await listener.rest()
    assert rest == f": end\nid: {event.fields['id']}\n\n"
    assert speaker.house.followers.present == 0


async def test_closing_the_house_ends_every_stream(speaker: Speaker) -> None:
    """A stream that waits ends at once with its mark, and no new one begins."""
    async with listening(speaker) as listener:
        start = (await listener.block()).fields["id"]
        reading = asyncio.ensure_future(listener.rest())
        await asyncio.sleep(0.05)
        speaker.house.followers.closing.set()
        assert (await reading).endswith(f": end\nid: {start}\n\n")
    problem(await send(speaker, "GET", PATH), 503)


async def test_there_are_only_so_many_streams(speaker: Speaker) -> None:
    """One more is refused; a place that was left is free again."""
    speaker.house.followers.most = 1
    async with listening(speaker) as listener:
        await listener.block()
        await listener.block()
        problem(await send(speaker, "GET", PATH), 503)
    assert speaker.house.followers.present == 0
    async with listening(speaker) as listener:
        await listener.block()


@pytest.mark.parametrize(
    ("query", "headers", "wrong"),
    [
        ("?after=yesterday", {}, [("after", "malformed")]),
        ("", {"Last-Event-ID": "yesterday"}, [("last-event-id", "malformed")]),
        ("?limit=5", {}, [("limit", "unknown")]),
        ("?order=name", {}, [("order", "unknown")]),
        ("?nonsense=1", {}, [("nonsense", "unknown")]),
        ("?number.gte=high", {}, [("number.gte", "wrong_type")]),
    ],
)
async def test_what_cannot_be_followed_is_refused(
    speaker: Speaker, query: str, headers: dict[str, str], wrong: list[tuple[str, str]]
) -> None:
    """A mark that is none, a window and unknown parameters are refused, and no place is taken."""
    assert faults(await send(speaker, "GET", PATH + query, headers=headers)) == wrong
    assert speaker.house.followers.present == 0
