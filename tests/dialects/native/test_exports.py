"""Moving out through ``GET /v1/export``: everything, filtered, in every format, and what changed since a mark."""

import csv
import io
import json
from collections.abc import Collection
from typing import Any

import pyarrow.parquet
import pytest

from scorehouse.dialects.langfuse import DIALECT as LANGFUSE
from scorehouse.dialects.native import DIALECT
from scorehouse.dialects.native.exports import MARK_HEADER, begin_export
from scorehouse.domain.changes import Actor
from scorehouse.domain.traces import SpanSketch, TraceSketch
from scorehouse.services.anchor import anchor
from scorehouse.wire.call import Reply
from tests.dialects.native.native import ACCURACY, faults, problem, read, record, send
from tests.dialects.speaking import Speaker, header_of, read_reply, whole

ACTOR = Actor("key-1", "tester", "native")


async def export(speaker: Speaker, query: str = "", **options: Any) -> tuple[list[dict[str, Any]], str]:
    """Export as JSON Lines; return the rows and the mark."""
    reply = await export_reply(speaker, query, **options)
    assert isinstance(reply.body, bytes)
    mark = header_of(reply, MARK_HEADER)
    assert mark is not None
    return [json.loads(line) for line in reply.body.splitlines()], mark


async def export_reply(speaker: Speaker, query: str, **options: Any) -> Reply:
    """Export, and return the whole answer."""
    reply = await whole(await send(speaker, "GET", f"/v1/export?{query}", **options))
    assert reply.status == 200, reply.body
    return reply


async def test_every_fact_of_a_score_is_exported(speaker: Speaker) -> None:
    """A row says what reading the score says, in columns."""
    target = {"kind": "span", "id": "s-1", "trace": "t-1", "must_exist": False}
    said = {
        "target": target,
        "value": {"kind": "json", "number": 0.25, "labels": ["b", "a"], "text": "", "json": {"a": [1, None]}},
        "source": {"origin": "human", "author": "ann", "run": "run-1"},
        "comment": 'because, "so"\n',
        "metadata": {"k": {"deep": True}},
        "environment": "production",
        "queue": "q-1",
        "cost_usd": 0.5,
        "timestamp": "2025-12-31T23:59:59.123456Z",
    }
    score = await record(speaker, **said)
    ((row,), _) = await export(speaker)
    value, source = score["value"], score["source"]
    assert row == {
        "id": score["id"],
        "name": "accuracy",
        "target_kind": "span",
        "target": "s-1",
        "trace": "t-1",
        **value,
        **score["outcome"],
        **source,
        **{name: score[name] for name in ("comment", "metadata", "environment", "config", "queue", "passed")},
        "cost_usd": 0.5,
        "timestamp": score["timestamp"],
        "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-01-01T00:00:00Z",
        "residue": None,
        "sole": None,
        "deleted": False,
    }


async def test_an_export_is_filtered_like_a_list(speaker: Speaker) -> None:
    """The same parameters find the same scores, in order of recording."""
    for number in range(6):
        await record(speaker, value=number / 10, name="even" if number % 2 == 0 else "odd")
    rows, _ = await export(speaker, "name=even&number.gte=0.2")
    assert [row["number"] for row in rows] == [0.2, 0.4]
    rows, _ = await export(speaker, 'filter={"any":[{"field":"number","operand":0.1},{"field":"name","operand":"x"}]}')
    assert [row["number"] for row in rows] == [0.1]


async def test_csv_and_parquet_say_the_same(speaker: Speaker) -> None:
    """The rows of the other formats are those of JSON Lines."""
    for number in range(3):
        await record(speaker, value=number / 10, comment="" if number else None)
    rows, _ = await export(speaker)
    reply = await export_reply(speaker, "format=csv")
    assert isinstance(reply.body, bytes)
    assert reply.media == "text/csv; charset=utf-8"
    table = list(csv.DictReader(io.StringIO(reply.body.decode(), newline="")))
    assert [(row["id"], float(row["number"]), row["deleted"]) for row in table] == [
        (row["id"], row["number"], "false") for row in rows
    ]
    reply = await export_reply(speaker, "format=parquet")
    assert isinstance(reply.body, bytes)
    read_back = pyarrow.parquet.read_table(io.BytesIO(reply.body)).to_pylist()
    assert [(row["id"], row["number"], row["comment"]) for row in read_back] == [
        (row["id"], row["number"], row["comment"]) for row in rows
    ]


async def test_a_second_export_brings_what_changed(speaker: Speaker) -> None:
    """After the mark: what is new, what changed as it now is, what was deleted as it was; then nothing."""
    kept, changed, deleted = [await record(speaker, comment=word) for word in ("kept", "changed", "deleted")]
    rows, mark = await export(speaker)
    assert len(rows) == 3
    await send(speaker, "PATCH", f"/v1/scores/{changed['id']}", {"comment": "new"})
    await send(speaker, "PATCH", f"/v1/scores/{changed['id']}", {"value": 1})
    await send(speaker, "DELETE", f"/v1/scores/{deleted['id']}")
    new = await record(speaker)
    passing = await record(speaker)
    await send(speaker, "DELETE", f"/v1/scores/{passing['id']}")
    rows, later = await export(speaker, f"after={mark}")
    assert {row["id"]: (row["comment"], row["number"], row["deleted"]) for row in rows} == {
        changed["id"]: ("new", 1.0, False),
        deleted["id"]: ("deleted", 0.5, True),
        new["id"]: (None, 0.5, False),
        passing["id"]: (None, 0.5, True),
    }
    assert kept["id"] not in {row["id"] for row in rows}
    assert await export(speaker, f"after={later}") == ([], later)


async def test_what_stops_to_pass_is_told_as_deleted(speaker: Speaker) -> None:
    """A copy of what passes a filter can be kept by what later exports with that filter bring."""
    score = await record(speaker, value=0.9)
    _, mark = await export(speaker, "number.gte=0.5")
    await send(speaker, "PATCH", f"/v1/scores/{score['id']}", {"value": 0.1})
    await record(speaker, value=0.2)
    rows, _ = await export(speaker, f"number.gte=0.5&after={mark}")
    assert [(row["id"], row["deleted"]) for row in rows] == [(score["id"], True)]


async def test_traces_spans_configs_evaluators_and_history_are_exported(speaker: Speaker) -> None:
    """Each kind has its columns, its filter, and what changed of it since a mark."""
    project = speaker.principal.project.number
    trace = TraceSketch(id="t-1", name="chat", user="ann", tags=("x", "y"), input={"q": 1})
    span = SpanSketch(id="s-1", trace="t-1", model="m", usage={"input": 3})
    await anchor(speaker.house, project, ACTOR, traces=(trace,), spans=(span,))
    await send(speaker, "POST", "/v1/configs", {"id": "c-1", "name": "tone", "minimum": 0})
    await send(speaker, "POST", "/v1/evaluators", {"key": "judge", "conditions": []})
    (traces, mark) = await export(speaker, "what=traces&user=ann")
    assert [(row["id"], row["tags"], row["input"], row["span_count"]) for row in traces] == [
        ("t-1", ["x", "y"], {"q": 1}, 1)
    ]
    assert [(row["id"], row["trace"], row["usage"]) for row in (await export(speaker, "what=spans"))[0]] == [
        ("s-1", "t-1", {"input": 3})
    ]
    assert [(row["id"], row["minimum"]) for row in (await export(speaker, "what=configs"))[0]] == [("c-1", 0.0)]
    keys = [row["key"] for row in (await export(speaker, "what=evaluators"))[0]]
    assert keys == ["quality", "judge"]
    await send(speaker, "PATCH", "/v1/configs/c-1", {"archived": True})
    await anchor(speaker.house, project, ACTOR, traces=(TraceSketch(id="t-2"),))
    await send(speaker, "DELETE", "/v1/traces/t-1")
    rows, _ = await export(speaker, f"what=traces&after={mark}")
    assert {row["id"]: row["deleted"] for row in rows} == {"t-2": False, "t-1": True}
    assert [row["archived"] for row in (await export(speaker, f"what=configs&after={mark}"))[0]] == [True]
    assert (await export(speaker, f"what=evaluators&after={mark}"))[0] == []
    assert (await export(speaker, f"what=spans&after={mark}"))[0] == []
    history, _ = await export(speaker, "what=history")
    told = (await read(speaker, "/v1/changes"))["changes"]
    assert [(row["mark"], row["subject"], row["action"], row["id"]) for row in history] == [
        (change["mark"], change["subject"], change["action"], change["id"]) for change in told
    ]


async def test_history_keeps_what_a_score_was(speaker: Speaker) -> None:
    """A change of a score has the score as it was, in columns."""
    score = await record(speaker, comment="old")
    await send(speaker, "PATCH", f"/v1/scores/{score['id']}", {"comment": "new"})
    rows, _ = await export(speaker, "what=history")
    mine = [row for row in rows if row["subject"] == "score"]
    assert [(row["action"], row["before_comment"]) for row in mine] == [("created", None), ("changed", "old")]


async def test_a_vendors_shape_is_that_of_its_own_reads(speaker: Speaker) -> None:
    """A row is what the vendor's API answers of that score, to the letter, filtered like a list of ours."""
    trace = {"kind": "trace", "id": "t-1", "must_exist": False}
    score = await record(speaker, target=trace, comment="because", metadata={"k": 1})
    await record(speaker, target=trace, value=0.1)
    await anchor(speaker.house, 1, ACTOR, traces=(TraceSketch(id="t-1", user="ann", tags=("x",)),), spans=())
    rows, _ = await export(speaker, "shape=langfuse&number.gte=0.5")
    listed = await speaker.speak(LANGFUSE, "GET", f"/api/public/v2/scores?scoreIds={score['id']}")
    assert rows == read_reply(listed)["data"]
    assert rows[0]["trace"] == {"userId": "ann", "tags": ["x"], "environment": "default", "sessionId": None}


async def test_what_a_shape_leaves_out_is_said_beforehand(speaker: Speaker) -> None:
    """How many scores the vendor has no row for, and which facts its rows never have, stand in headers."""
    await record(speaker)
    await record(speaker, target={"kind": "span", "id": "s-1", "trace": "t-1", "must_exist": False}, value=0.25)
    await record(speaker, value="text")
    reply = await export_reply(speaker, "shape=respan")
    assert isinstance(reply.body, bytes)
    assert [json.loads(line)["numerical_value"] for line in reply.body.splitlines()] == [0.25]
    assert header_of(reply, "scorehouse-left-out") == "2"
    said = header_of(reply, "scorehouse-unsaid")
    assert said is not None
    assert {"metadata", "score configs", "scores of sessions"} <= set(said.split("; "))


async def test_a_shape_brings_what_changed_and_counts_what_is_gone(speaker: Speaker) -> None:
    """After a mark only what changed is there, as it is now; that a score is gone no row says, so it is counted."""
    changed, gone = [await record(speaker) for _ in range(2)]
    await record(speaker)
    _, mark = await export(speaker)
    await send(speaker, "PATCH", f"/v1/scores/{changed['id']}", {"comment": "new"})
    await send(speaker, "DELETE", f"/v1/scores/{gone['id']}")
    project = speaker.principal.project
    begun = await begin_export(speaker.house, project, f"shape=langfuse&after={mark}")
    rows = [json.loads(line) for line in b"".join([part async for part in begun.parts]).splitlines()]
    assert [(row["id"], row["comment"]) for row in rows] == [(changed["id"], "new")]
    assert (begun.tally.gone, begun.tally.left_out) == (1, 0)
    later = await export_reply(speaker, f"shape=langfuse&after={begun.mark}")
    assert (later.body, header_of(later, "scorehouse-left-out")) == (b"", None)


async def test_an_export_stays_in_its_project(speaker: Speaker) -> None:
    """Another project's export has nothing of this one."""
    await record(speaker)
    assert (await export(speaker, principal=await speaker.stranger()))[0] == []


async def test_many_pages_are_one_export(speaker: Speaker) -> None:
    """More rows than a page or a batch holds come once each, in order; so do their changes."""
    for start in range(0, 6000, 1000):
        scores = [{**ACCURACY, "id": f"score-{start + number}"} for number in range(1000)]
        assert (await send(speaker, "POST", "/v1/scores/batch", {"scores": scores})).status == 200
    expected = [f"score-{number}" for number in range(6000)]
    assert [row["id"] for row in (await export(speaker))[0]] == expected
    assert [row["id"] for row in (await export(speaker, "after=0.0"))[0]] == expected


@pytest.mark.parametrize("passing", [(), range(0, 80, 9), range(40, 80), range(80), (0, 1, 2, 70, 79)])
async def test_lanes_leave_nothing_out(
    speaker: Speaker, monkeypatch: pytest.MonkeyPatch, passing: Collection[int]
) -> None:
    """However those that pass the filter lie, and with gaps where scores were deleted: all of them, once, in order."""
    monkeypatch.setattr("scorehouse.services.export.LANE_ROWS", 3)
    scores = [{**ACCURACY, "id": f"score-{number}", "value": float(number in passing)} for number in range(80)]
    assert (await send(speaker, "POST", "/v1/scores/batch", {"scores": scores})).status == 200
    for gone in (0, 1, 2, 3, 44, 79):
        await send(speaker, "DELETE", f"/v1/scores/score-{gone}")
    rows, _ = await export(speaker, "number=1")
    expected = [f"score-{number}" for number in passing if number not in {0, 1, 2, 3, 44, 79}]
    assert [row["id"] for row in rows] == expected


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ("what=everything", [("what", "not_a_choice")]),
        ("format=xlsx", [("format", "not_a_choice")]),
        ("after=then", [("after", "malformed")]),
        ("limit=5", [("limit", "unknown")]),
        ("nonsense=1", [("nonsense", "unknown")]),
        ("what=history&name=x", [("name", "unknown")]),
        ("what=configs&key=x", [("key", "unknown")]),
        ("what=traces&number=1", [("number", "unknown")]),
        ("shape=nobody", [("shape", "not_a_choice")]),
        ("shape=native", [("shape", "not_a_choice")]),
        ("shape=langfuse&format=parquet", [("format", "not_allowed")]),
        ("shape=langfuse&what=traces", [("what", "not_allowed")]),
        ("shape=langfuse&limit=5", [("limit", "unknown")]),
    ],
)
async def test_what_cannot_be_exported_is_refused(speaker: Speaker, query: str, wrong: list[tuple[str, str]]) -> None:
    """Before the first byte, with the place of the fault."""
    assert faults(await send(speaker, "GET", f"/v1/export?{query}")) == wrong


async def test_parquet_without_its_extra_is_no_failure(speaker: Speaker, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server without pyarrow says that it does not have this format."""
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    assert "parquet" in problem(await send(speaker, "GET", "/v1/export?format=parquet"), 501)["detail"]
    assert "/v1/export" in {route.path for route in DIALECT.routes}
