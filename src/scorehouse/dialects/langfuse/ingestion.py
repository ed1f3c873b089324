"""POST /api/public/ingestion: a batch of events, each judged by itself (contract langfuse §11).

Langfuse's answer promises and its worker forgets; here an event that is in ``successes`` is on disk, and one that
cannot be stored is in ``errors`` with the reason. Traces and observations are taken in before scores, in
order of their events' timestamps, creations before updates.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from scorehouse.dialects.langfuse.errors import reasons, status_of, write_refusal
from scorehouse.dialects.langfuse.event_shapes import Batch, Event, Failure, IngestionAnswer, Success
from scorehouse.dialects.langfuse.events import LOG, SCORE, SKETCHES, Sketch
from scorehouse.dialects.langfuse.reads import Manner, read_recording
from scorehouse.dialects.langfuse.scores import configs_of, is_browserstack, record_all
from scorehouse.dialects.langfuse.shapes import NewScore
from scorehouse.domain.access import Permission
from scorehouse.domain.instants import Instant
from scorehouse.domain.refusals import Fault, Forbidden, Invalid, Refusal, TooLarge
from scorehouse.domain.traces import SpanSketch, TraceSketch
from scorehouse.services.anchor import anchor
from scorehouse.storage.verbs import Recording
from scorehouse.wire.bodies import convert, decode
from scorehouse.wire.call import Call, Reply, json_reply
from scorehouse.wire.times import parse_time

CREATED = 201
UNKNOWN_ID = "unknown"
"""What an event without a usable id is called in the answer."""


NEVER = Instant(0)


@dataclass(slots=True)
class Item:
    """One event on its way.

    Attributes:
        id: as the answer will name it.
        at: its own time.
        order: by which it is taken in: its time, creations before updates.
        made: what it says, where it was read.
        refusal: why it was refused.
    """

    id: str
    at: Instant = NEVER
    order: tuple[int, bool] = (0, False)
    made: Sketch | NewScore | Recording | None = None
    refusal: Refusal | None = None


EVENTS_MAX = 10_000
"""Events in one batch, a hundred times what the SDKs send: a megabyte holds hundreds of thousands of empty ones."""


async def ingest(call: Call) -> Reply:
    """Take in a batch; 207 with what became of every event, always."""
    batch = decode(call.body, Batch).batch
    if len(batch) > EVENTS_MAX:
        raise TooLarge("batch", EVENTS_MAX, "events")
    may_trace = call.principal.may(Permission.WRITE)
    items = [_read(event, may_trace) for event in batch]
    await _anchor(call, items)
    await _record(call, items)
    answer = IngestionAnswer([], [])
    for item in items:
        if item.refusal is None:
            answer.successes.append(Success(item.id, CREATED))
        else:
            answer.errors.append(_failure(item.id, item.refusal, call))
    return json_reply(207, answer)


async def _anchor(call: Call, items: Sequence[Item]) -> None:
    ordered = sorted(items, key=lambda item: item.order)
    traces = [item.made for item in ordered if isinstance(item.made, TraceSketch)]
    spans = [item.made for item in ordered if isinstance(item.made, SpanSketch)]
    if traces or spans:
        await anchor(call.house, call.project, call.actor, traces, spans)


async def _record(call: Call, items: Sequence[Item]) -> None:
    given = [item.made for item in items if isinstance(item.made, NewScore)]
    if not given:
        return
    configs = await configs_of(call, given)
    manner = Manner(browserstack=is_browserstack(call), from_event=True)
    recorded: list[Item] = []
    for item in sorted(items, key=lambda item: item.order):
        if isinstance(item.made, NewScore):
            try:
                item.made = read_recording(item.made, manner, configs, call.house.mint, item.at)
            except Invalid as refusal:
                item.refusal = refusal.under("body")
            else:
                recorded.append(item)
    recordings = [item.made for item in recorded if isinstance(item.made, Recording)]
    answers = await record_all(call, recordings)
    for item, outcome in zip(recorded, answers, strict=True):
        if isinstance(outcome, Refusal):
            item.refusal = outcome.under("body") if isinstance(outcome, Invalid) else outcome


def _read(said: Any, may_trace: bool) -> Item:
    """Read one event; whatever is wrong with it stays with it."""
    id = said.get("id") if isinstance(said, dict) else None
    item = Item(id if isinstance(id, str) and id else UNKNOWN_ID)
    try:
        event = convert(said, Event)
        item.at = parse_time(event.timestamp, "timestamp", zone_required=True)
        item.order = (item.at, event.type.endswith("-update"))
        item.made = _made(event, item.at, may_trace)
    except Refusal as refusal:
        item.refusal = refusal
    return item


def _made(event: Event, at: Instant, may_trace: bool) -> Sketch | NewScore | None:
    if event.type == LOG:
        return None
    read = SKETCHES.get(event.type)
    if read is None and event.type != SCORE:
        raise Invalid(Fault(("type",), "not_a_choice", "Unknown event type", allowed=(*SKETCHES, SCORE, LOG)))
    if read is not None and not may_trace:
        raise Forbidden(Permission.WRITE)
    try:
        return _read_score(event) if read is None else read(event, at)
    except Invalid as refusal:
        raise refusal.under("body") from refusal


def _read_score(event: Event) -> NewScore:
    given = convert(event.body, NewScore)
    if not given.id:
        raise Invalid(Fault(("id",), "missing", "Expected a string: without an id nothing can be stored"))
    return given


def _failure(id: str, refusal: Refusal, call: Call) -> Failure:
    """Write what became of a refused event; a key that may not is 401 here (contract langfuse §11.1)."""
    status = 401 if isinstance(refusal, Forbidden) else status_of(refusal)
    message = write_refusal(refusal, call.head)["message"]
    return Failure(id, status, message, reasons(refusal))
