"""Exports: of one trace, of many, as JSON and as CSV (contract 2signal-tracia §1.6)."""

import csv
import io
import json
from typing import Any

import pytest

from scorehouse.dialects.twosignal import DIALECT
from scorehouse.domain.access import Permission
from scorehouse.domain.refusals import Unavailable
from scorehouse.wire.call import Reply
from tests.dialects.speaking import Speaker, header_of, whole
from tests.dialects.twosignal.twosignal import (
    SPAN,
    TRACE,
    exported,
    ingest,
    invalid,
    native,
    read,
    refusal,
    score,
    send,
    span_event,
    trace_event,
)

TRACE_MEMBERS = (
    "id projectId name startTime endTime metadata tags totalCost totalTokens status durationMs createdAt spans scores"
)
SPAN_MEMBERS = (
    "id traceId parentSpanId projectId name type startTime endTime durationMs input output model modelParameters "
    "promptTokens completionTokens totalTokens cost status errorMessage metadata createdAt"
)
SCORE_MEMBERS = "id traceId spanId projectId evaluatorName value label reasoning createdAt"
COLUMNS = (
    "id name status startTime endTime durationMs totalCost totalTokens tags metadata spanCount scoreCount createdAt "
    "scores"
)


async def table(speaker: Speaker, query: str = "") -> list[dict[str, str]]:
    """Export as CSV, and read it as any program would."""
    reply = await send(speaker, "GET", f"/api/v1/export/traces?format=csv{query}")
    assert reply.status == 200
    assert reply.media == "text/csv; charset=utf-8"
    assert isinstance(reply.body, bytes)
    return list(csv.DictReader(io.StringIO(reply.body.decode(), newline=""), strict=True))


async def test_the_members_of_an_export(speaker: Speaker) -> None:
    """Trace, span and score have the members that the vendor's own tools declare, and no others."""
    await ingest(speaker, trace_event(), span_event())
    await score(speaker)
    trace = await exported(speaker)
    assert list(trace) == TRACE_MEMBERS.split()
    assert list(trace["spans"][0]) == SPAN_MEMBERS.split()
    assert list(trace["scores"][0]) == SCORE_MEMBERS.split()


async def test_an_empty_trace(speaker: Speaker) -> None:
    """Without spans and scores the lists are there, and empty."""
    await ingest(speaker, trace_event())
    trace = await exported(speaker)
    assert (trace["spans"], trace["scores"]) == ([], [])


async def test_order(speaker: Speaker) -> None:
    """Spans by their start, those without one last; scores as they were recorded."""
    await ingest(
        speaker,
        span_event("none", "e-1"),
        span_event("late", "e-2", startTime="2026-04-03T10:05:02Z"),
        span_event("early", "e-3", startTime="2026-04-03T10:05:01Z"),
    )
    for name in "cab":
        await score(speaker, evaluatorName=name)
    trace = await exported(speaker)
    assert [span["id"] for span in trace["spans"]] == ["early", "late", "none"]
    assert [found["evaluatorName"] for found in trace["scores"]] == ["c", "a", "b"]


async def test_more_than_a_page(speaker: Speaker) -> None:
    """Neither spans nor scores nor traces end at a page, and none comes twice."""
    await ingest(speaker, *(span_event(f"s-{number}", f"e-{number}") for number in range(250)))
    for number in range(205):
        await score(speaker, evaluatorName=f"n-{number}")
    trace = await exported(speaker)
    assert sorted(span["id"] for span in trace["spans"]) == sorted(f"s-{number}" for number in range(250))
    assert [found["evaluatorName"] for found in trace["scores"]] == [f"n-{number}" for number in range(205)]

    await ingest(speaker, *(trace_event(f"t-{number}", f"x-{number}") for number in range(201)))
    everything = await read(speaker, "/api/v1/export/traces")
    assert [each["id"] for each in everything] == [*(f"t-{number}" for number in reversed(range(201))), TRACE]
    assert everything[-1] == trace
    assert [row["id"] for row in await table(speaker)] == [each["id"] for each in everything]


async def test_an_events_parent_beyond_the_page(speaker: Speaker) -> None:
    """A parent named by its event is found although it stands on another page."""
    parent = span_event("parent", "e-parent", startTime="2026-04-03T10:05:00Z")
    children = [
        span_event(f"s-{n}", f"e-{n}", parentSpanId="e-parent", startTime="2026-04-03T10:05:01Z") for n in range(250)
    ]
    await ingest(speaker, *children, parent)
    spans = (await exported(speaker))["spans"]
    assert {span["parentSpanId"] for span in spans if span["id"] != "parent"} == {"parent"}


async def test_an_event_names_a_parent_in_its_own_trace_only(speaker: Speaker) -> None:
    """Programs that number their events anew in every trace, as the documentation does, get each trace's own spans."""
    for trace in ("t-1", "t-2"):
        await ingest(
            speaker,
            span_event(f"{trace}-child", "evt-1", traceId=trace, parentSpanId="evt-2"),
            span_event(f"{trace}-parent", "evt-2", traceId=trace),
        )
    await ingest(speaker, span_event("orphan", "evt-1", traceId="t-3", parentSpanId="evt-2"))
    spans = [span for trace in await read(speaker, "/api/v1/export/traces") for span in trace["spans"]]
    parents = {span["id"]: span["parentSpanId"] for span in spans if span["parentSpanId"] is not None}
    assert parents == {"t-1-child": "t-1-parent", "t-2-child": "t-2-parent", "orphan": "evt-2"}


async def test_bundles_and_single_traces_say_the_same(speaker: Speaker) -> None:
    """Whether a trace is read with others or alone makes no difference to what is exported of it."""
    sizes = [0, 1, 150, 70, 1, 250, 3, 0]
    for number, size in enumerate(sizes):
        trace = f"t-{number}"
        spans = (span_event(f"s-{number}-{n}", f"e-{number}-{n}", traceId=trace) for n in range(size))
        await ingest(speaker, trace_event(trace, f"x-{number}"), *spans)
        for name in "ab"[: number % 3]:
            await score(speaker, traceId=trace, evaluatorName=name)
    everything = await read(speaker, "/api/v1/export/traces")
    assert everything == [await exported(speaker, f"t-{number}") for number in reversed(range(len(sizes)))]
    assert [len(trace["spans"]) for trace in everything] == sizes[::-1]
    assert [len(trace["scores"]) for trace in everything] == [number % 3 for number in reversed(range(len(sizes)))]


async def test_many_are_streamed(speaker: Speaker) -> None:
    """A large export arrives in parts, none of which is the whole."""
    await ingest(speaker, *(span_event(f"s-{n}", f"e-{n}", traceId=f"t-{n}", input="x" * 10_000) for n in range(100)))
    reply: Reply = await speaker.speak(DIALECT, "GET", "/api/v1/export/traces")
    assert not isinstance(reply.body, bytes)
    parts = [part async for part in reply.body]
    assert len(parts) >= 10
    assert max(map(len, parts)) < 100_000
    assert len(json.loads(b"".join(parts))["data"]) == 100


async def test_nothing_to_export(speaker: Speaker) -> None:
    """An empty list, and a table of its header alone."""
    assert await read(speaker, "/api/v1/export/traces") == []
    reply = await send(speaker, "GET", "/api/v1/export/traces?format=csv")
    assert isinstance(reply.body, bytes)
    assert reply.body.decode() == ",".join(COLUMNS.split()) + "\r\n"


async def test_filters(speaker: Speaker) -> None:
    """By status and by time, both bounds inclusive, in both formats."""
    await ingest(speaker, trace_event("t-1", "e-1", startTime="2026-04-03T10:00:00Z"))
    await ingest(speaker, trace_event("t-2", "e-2", startTime="2026-04-03T11:00:00Z"))
    await ingest(speaker, span_event("s", "e-3", traceId="t-2", status="ERROR"))
    cases = {
        "": ["t-2", "t-1"],
        "&status=ERROR": ["t-2"],
        "&status=OK": ["t-1"],
        "&from=2026-04-03T11:00:00Z": ["t-2"],
        "&to=2026-04-03T10:00:00Z": ["t-1"],
        "&from=2026-04-03T10:00:00Z&to=2026-04-03T11:00:00Z": ["t-2", "t-1"],
        "&from=2026-04-04": [],
    }
    for query, expected in cases.items():
        assert [trace["id"] for trace in await read(speaker, f"/api/v1/export/traces?format=json{query}")] == expected
        assert [row["id"] for row in await table(speaker, query)] == expected


async def test_a_row_of_the_table(speaker: Speaker) -> None:
    """What is a list or an object is JSON; what nobody told is empty; the scores are all there."""
    await ingest(speaker, trace_event(tags=["a", "b,c"], metadata={"k": 'say "hi"'}, startTime="2026-04-03T10:00:00Z"))
    await ingest(speaker, span_event(cost=0.0034, usage={"totalTokens": 7}))
    await score(speaker, label="pass", reasoning='quoted "text",\nand a line', spanId=SPAN)
    (row,) = await table(speaker)
    scores = json.loads(row.pop("scores"))
    assert scores == (await exported(speaker))["scores"]
    assert json.loads(row.pop("tags")) == ["a", "b,c"]
    assert json.loads(row.pop("metadata")) == {"k": 'say "hi"'}
    assert row == {
        "id": TRACE,
        "name": "agent",
        "status": "OK",
        "startTime": "2026-04-03T10:00:00.000Z",
        "endTime": "",
        "durationMs": "",
        "totalCost": "0.0034",
        "totalTokens": "7",
        "spanCount": "1",
        "scoreCount": "1",
        "createdAt": "2026-01-01T00:00:00.000Z",
    }


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", '=HYPERLINK("x","y")'])
async def test_no_cell_is_a_formula(speaker: Speaker, name: str) -> None:
    """A spreadsheet shows such a name and does not run it; the JSON export has it as it is."""
    await ingest(speaker, trace_event(name=name))
    (row,) = await table(speaker)
    assert row["name"] == f"'{name}"
    assert (await exported(speaker))["name"] == name


async def test_a_harmless_cell_is_left_alone(speaker: Speaker) -> None:
    """Nothing is put before a text that no spreadsheet would run."""
    await ingest(speaker, trace_event(name="a=b 'c' \"d\", e\nf"))
    assert (await table(speaker))[0]["name"] == "a=b 'c' \"d\", e\nf"


async def test_a_table_is_a_download(speaker: Speaker) -> None:
    """A browser saves it instead of showing it."""
    reply = await send(speaker, "GET", "/api/v1/export/traces?format=csv")
    assert header_of(reply, "content-disposition") == 'attachment; filename="traces.csv"'


@pytest.mark.parametrize("query", ["format=xml", "format=", "format=CSV", "status=x", "from=x", "to=2026-02-30"])
async def test_a_bad_query_is_refused(speaker: Speaker, query: str) -> None:
    """Before the first byte of an answer."""
    invalid(await send(speaker, "GET", f"/api/v1/export/traces?{query}"))


async def test_what_is_not_there(speaker: Speaker) -> None:
    """An unknown trace is 404; so is one of another project, whose bulk export is empty."""
    refusal(await send(speaker, "GET", "/api/v1/export/traces/nowhere"), 404, "NOT_FOUND")
    await ingest(speaker, trace_event())
    stranger = await speaker.stranger()
    refusal(await send(speaker, "GET", f"/api/v1/export/traces/{TRACE}", principal=stranger), 404, "NOT_FOUND")
    assert await read(speaker, "/api/v1/export/traces", principal=stranger) == []


async def test_reading_takes_its_scope(speaker: Speaker) -> None:
    """A key that may only write is refused."""
    await ingest(speaker, trace_event())
    writer = speaker.allowed(Permission.WRITE)
    for path in ("/api/v1/export/traces", f"/api/v1/export/traces/{TRACE}"):
        refusal(await send(speaker, "GET", path, principal=writer), 403, "FORBIDDEN")


async def test_a_store_that_fails_is_told_before_the_answer_begins(
    speaker: Speaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An export that cannot be read is a refusal, not half an answer."""

    async def refuse(query: Any) -> Any:
        raise Unavailable("The disk refuses.")

    monkeypatch.setattr(speaker.house.store, "traces", refuse)
    for path in ("/api/v1/export/traces", f"/api/v1/export/traces/{TRACE}"):
        refusal(await whole(await speaker.speak(DIALECT, "GET", path)), 503, "SERVICE_UNAVAILABLE")


async def test_scores_of_other_dialects_are_in_the_export(speaker: Speaker) -> None:
    """What was written in the house's own language is read back here."""
    await ingest(speaker, trace_event())
    target = {"kind": "trace", "id": TRACE}
    body = {"name": "tone", "target": target, "value": 0.25, "comment": "dry"}
    recorded = await native(speaker, "POST", "/v1/scores", body)
    (found,) = (await exported(speaker))["scores"]
    said = {"id": recorded["id"], "evaluatorName": "tone", "value": 0.25, "label": None, "reasoning": "dry"}
    assert said.items() <= found.items()
