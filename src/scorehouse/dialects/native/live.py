"""Live: what happens to scores, as server-sent events.

An event's ``id`` is its mark, which a browser sends back as ``Last-Event-ID`` when it connects again. A block without
data tells a mark alone: at the start, as a heartbeat, and before the server ends the stream.
"""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

import msgspec

from scorehouse.dialects.native.answers import LiveChange
from scorehouse.dialects.native.paging import AFTER, read_unwindowed
from scorehouse.dialects.native.reads import read_mark
from scorehouse.dialects.native.scores import SCORE_FIELDS
from scorehouse.dialects.native.writes import write_live_change, write_mark
from scorehouse.domain.changes import Mark
from scorehouse.services.follow import Part, follow_scores
from scorehouse.wire.call import Call, Reply
from scorehouse.wire.route import EVENT_STREAM

RETRY_MS = 2000
"""How long a browser waits before it connects again."""

LAST_EVENT_ID = "last-event-id"

_encode = msgspec.json.Encoder().encode


async def stream_scores(call: Call) -> Reply:
    """Tell what happens to scores, from a mark on, or from now."""
    given, rest = read_unwindowed(call.head.query, (AFTER,))
    filter = rest.filter(SCORE_FIELDS)
    resumed = call.head.headers.get(LAST_EVENT_ID)
    if resumed:
        after = read_mark(resumed, LAST_EVENT_ID)
    elif AFTER in given:
        after = read_mark(given[AFTER], AFTER)
    else:
        after = await call.house.store.mark(call.project)
    call.house.followers.check()
    parts = follow_scores(call.house, call.project, after, filter)
    headers = (("cache-control", "no-store"), ("x-accel-buffering", "no"))
    return Reply(200, _events(parts, after), EVENT_STREAM, headers)


async def _events(parts: AsyncGenerator[Part, None], after: Mark) -> AsyncIterator[bytes]:
    yield b"retry: %d\n: from\nid: %s\n\n" % (RETRY_MS, write_mark(after).encode())
    async with aclosing(parts):
        async for part in parts:
            yield _write_part(part)


def _write_part(part: Part) -> bytes:
    """Write a part; nothing stands between its events and the mark behind them, which may be further on."""
    events = [_write_event(write_live_change(told.change, told.score)) for told in part.told]
    note = b"end" if part.last else b"heartbeat"
    mark = write_mark(part.mark)
    if part.last or not part.told or write_mark(part.told[-1].change.mark) != mark:
        events.append(b": %s\nid: %s\n\n" % (note, mark.encode()))
    return b"".join(events)


def _write_event(change: LiveChange) -> bytes:
    return b"id: %s\nevent: %s\ndata: %s\n\n" % (change.mark.encode(), change.action.encode(), _encode(change))
