"""Traces and spans: taken in at once, merged without loss, listed, changed, deleted (§3.2, §3.3, §4)."""

from typing import Any

import pytest

from tests.dialects.pandaprobe.pandaprobe import (
    A_SPAN,
    A_TRACE,
    KEY,
    OTHER,
    SPAN,
    TRACE,
    UNKNOWN,
    fields,
    listed,
    say,
    score,
    send,
    trace,
)
from tests.dialects.speaking import Speaker

WHOLE_SPAN: dict[str, Any] = {
    "span_id": SPAN,
    "parent_span_id": OTHER,
    "name": "call",
    "kind": "LLM",
    "status": "ERROR",
    "input": {"messages": []},
    "output": [1, None],
    "model": "gpt-x",
    "token_usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 99, "details": {"cached": 1}},
    "metadata": {"k": 1},
    "started_at": "2026-01-01T00:00:00+00:00",
    "ended_at": "2026-01-01T00:00:00.250000+00:00",
    "error": "no",
    "completion_start_time": "2026-01-01T00:00:00.100000+00:00",
    "model_parameters": {"temperature": 0.5},
    "cost": {"input": 0.1, "total": 0.25},
}
WHOLE: dict[str, Any] = {
    "trace_id": TRACE,
    "name": "answer",
    "status": "ERROR",
    "input": {"q": 1},
    "output": False,
    "metadata": {"a": {"x": 1}, "b": 1},
    "started_at": "2026-01-01T00:00:00+00:00",
    "ended_at": "2026-01-01T00:00:01.500000+00:00",
    "session_id": "s-1",
    "user_id": "u-1",
    "tags": ["a", "b"],
    "environment": "prod",
    "release": "1.0",
    "spans": [WHOLE_SPAN],
}


async def read(speaker: Speaker, id: str = TRACE) -> Any:
    """Read a trace."""
    return await say(speaker, "GET", f"/traces/{id}")


async def test_everything_that_is_sent_is_read(speaker: Speaker) -> None:
    """Each member of trace and span comes back as it was, with the figures that are made of them (§4.4)."""
    answer = await say(speaker, "POST", "/traces", WHOLE, 202)
    assert answer["trace_id"] == TRACE
    assert len(answer["task_id"]) == 36
    found = await read(speaker)
    (span,) = found.pop("spans")
    assert (found.pop("total_tokens"), found.pop("total_cost")) == (15, 0.25)
    assert found.pop("project_id") == "00000000-0000-8000-8000-000000000001"
    assert found == {name: value for name, value in WHOLE.items() if name != "spans"}
    assert (span.pop("latency_ms"), span.pop("time_to_first_token_ms"), span.pop("trace_id")) == (250.0, 100.0, TRACE)
    assert span == WHOLE_SPAN


async def test_a_repeat_that_says_less_loses_nothing(speaker: Speaker) -> None:
    """What it leaves out or says to be null stays; defaults of what a trace must have are said anew (§4.5)."""
    await say(speaker, "POST", "/traces", WHOLE, 202)
    null_span = {**dict.fromkeys(WHOLE_SPAN), **A_SPAN, "kind": "TOOL", "status": "OK", "metadata": {}}
    nulls = dict.fromkeys(("input", "output", "ended_at", "session_id", "user_id", "environment", "release"))
    before = await read(speaker)
    for again in ({**A_TRACE, "spans": [A_SPAN]}, {**A_TRACE, **nulls, "spans": [null_span]}):
        await say(speaker, "POST", "/traces", again, 202)
        found = await read(speaker)
        kept = {name for name in before if name not in {"status", "spans"}}
        assert {name: found[name] for name in kept} == {name: before[name] for name in kept}
        assert found["status"] == "COMPLETED"
        changed = {name for name in before["spans"][0] if found["spans"][0][name] != before["spans"][0][name]}
        assert changed == {"kind", "status"}


async def test_a_repeat_that_says_more_wins(speaker: Speaker) -> None:
    """Top-level keys of metadata are replaced, tags unite, spans join (§4.5)."""
    await say(speaker, "POST", "/traces", WHOLE, 202)
    more = {"name": "new", "metadata": {"a": {"y": 2}}, "tags": ["b", "c", "c"], "output": "x", "session_id": "s-2"}
    await trace(speaker, **more, spans=[{**A_SPAN, "span_id": OTHER, "started_at": 0}])
    found = await read(speaker)
    assert (found["name"], found["output"], found["session_id"]) == ("new", "x", "s-2")
    assert found["metadata"] == {"a": {"y": 2}, "b": 1}
    assert found["tags"] == ["a", "b", "c"]
    assert [span["span_id"] for span in found["spans"]] == [OTHER, SPAN]


async def test_ids_are_made_where_none_are_sent(speaker: Speaker) -> None:
    """Of traces and spans, as UUIDs; null is not an id (§4.2)."""
    body = {"name": "t", "started_at": 0, "spans": [{"name": "s", "started_at": 0}] * 2}
    made = (await say(speaker, "POST", "/traces", body, 202))["trace_id"]
    found = await read(speaker, made)
    assert len({made, *(span["span_id"] for span in found["spans"])}) == 3
    assert fields(await say(speaker, "POST", "/traces", {**body, "trace_id": None}, 422)) == ["trace_id"]


@pytest.mark.parametrize("status", ["PENDING", "RUNNING", "COMPLETED", "ERROR"])
@pytest.mark.parametrize("then", ["PENDING", "RUNNING", "COMPLETED", "ERROR"])
async def test_a_trace_has_the_status_that_was_said_last(speaker: Speaker, status: str, then: str) -> None:
    """Sent again or changed; and is found by it, and by no other (§3.3)."""
    await trace(speaker, status=status)
    assert (await read(speaker))["status"] == status
    await trace(speaker, status=then)
    assert (await read(speaker))["status"] == then
    assert (await say(speaker, "PATCH", f"/traces/{TRACE}", {"status": status}))["status"] == status
    for wanted in ("PENDING", "RUNNING", "COMPLETED", "ERROR"):
        assert await listed(speaker, f"/traces?status={wanted}", "status") == ([status] if wanted == status else [])


@pytest.mark.parametrize(
    ("usage", "tokens"),
    [
        ({"prompt_tokens": 3, "completion_tokens": 4}, 7),
        ({"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}, 7),
        ({"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 9}, 7),
        ({"prompt_tokens": 3}, 3),
        ({"total_tokens": 9}, 9),
        ({"prompt_tokens": None, "completion_tokens": "4"}, 4),
        ({"cached": 5, "kind": "x"}, 0),
        ({}, 0),
        (None, 0),
    ],
)
async def test_tokens_are_counted_and_usage_is_shown_as_sent(speaker: Speaker, usage: Any, tokens: int) -> None:
    """Prompt and completion are summed; a total counts where it stands alone (§4.3)."""
    await trace(speaker, spans=[{**A_SPAN, "token_usage": usage}])
    found = await read(speaker)
    assert (found["total_tokens"], found["spans"][0]["token_usage"]) == (tokens, usage)
    assert (await say(speaker, "GET", "/traces"))["items"][0]["total_tokens"] == tokens


@pytest.mark.parametrize("count", ["many", "1.5", 1.5, True, {}, [], -1, 2**64, "99999999999999999999"])
async def test_a_count_that_is_none_is_refused(speaker: Speaker, count: Any) -> None:
    """Their server takes it and then fails every list of the project (§4.5)."""
    body = {**A_TRACE, "spans": [A_SPAN, {**A_SPAN, "token_usage": {"prompt_tokens": count}}]}
    assert fields(await say(speaker, "POST", "/traces", body, 422)) == ["spans -> 1 -> token_usage -> prompt_tokens"]
    assert (await say(speaker, "GET", "/traces"))["total"] == 0


TIMES: list[tuple[Any, str]] = [
    ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00+00:00"),
    ("2026-01-01T02:00:00+02:00", "2026-01-01T00:00:00+00:00"),
    ("2025-12-31T22:00:01.5-02:00", "2026-01-01T00:00:01.500000+00:00"),
    ("2026-01-01T00:00:00", "2026-01-01T00:00:00+00:00"),
    ("2026-01-01 00:00", "2026-01-01T00:00:00+00:00"),
    ("2026-01-01", "2026-01-01T00:00:00+00:00"),
    (1767225600, "2026-01-01T00:00:00+00:00"),
    (1767225600.25, "2026-01-01T00:00:00.250000+00:00"),
    (1767225600250, "2026-01-01T00:00:00.250000+00:00"),
    ("1767225600", "2026-01-01T00:00:00+00:00"),
    ("1767225600250", "2026-01-01T00:00:00.250000+00:00"),
    (0, "1970-01-01T00:00:00+00:00"),
    (-1, "1969-12-31T23:59:59+00:00"),
]


@pytest.mark.parametrize(("given", "shown"), TIMES)
async def test_times_are_read_in_every_notation(speaker: Speaker, given: Any, shown: str) -> None:
    """In bodies and queries; written in UTC, six digits of fraction or none (§1.2)."""
    await trace(speaker, started_at=given)
    assert (await read(speaker))["started_at"] == shown
    asked = str(given).replace("+", "%2B")
    assert (await say(speaker, "GET", f"/traces?started_after={asked}"))["total"] == 1
    assert (await say(speaker, "GET", f"/traces?started_before={asked}"))["total"] == 0


@pytest.mark.parametrize(
    "given",
    [
        "",
        "soon",
        "2026-13-01",
        "2026-02-30",
        "2026-01-01T25:00:00Z",
        "0000-01-01",
        1e30,
        -1e15,
        True,
        [],
        {},
        "1e9",
        None,
    ],
)
async def test_what_is_no_time_is_refused(speaker: Speaker, given: Any) -> None:
    """422 at its place (§1.2)."""
    assert fields(await say(speaker, "POST", "/traces", {**A_TRACE, "started_at": given}, 422)) == ["started_at"]


# ── Lists ────────────────────────────────────────────────────────────────────────────────────────────────


async def fill(speaker: Speaker) -> None:
    """Four traces: a, b and d ended, c did not."""
    told: list[dict[str, Any]] = [
        {"name": "alpha", "started_at": 10, "ended_at": 30, "tags": ["x"], "user_id": "u", "status": "RUNNING"},
        {"name": "Beta_1", "started_at": 20, "ended_at": 21, "tags": ["y", "z"], "session_id": "s"},
        {"name": "be%a", "started_at": 30, "status": "ERROR"},
        {"name": "delta", "started_at": 40, "ended_at": 45, "status": "PENDING"},
    ]
    for number, members in enumerate(told):
        await trace(speaker, trace_id=f"{number:032x}", **members)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["delta", "be%a", "Beta_1", "alpha"]),
        ("sort_order=asc", ["alpha", "Beta_1", "be%a", "delta"]),
        ("session_id=s", ["Beta_1"]),
        ("user_id=u", ["alpha"]),
        ("user_id=U", []),
        ("tags=x&tags=z", ["Beta_1", "alpha"]),
        ("name=ET", ["Beta_1"]),
        ("name=%25", ["be%a"]),
        ("name=_", ["Beta_1"]),
        ("started_after=20&started_before=40", ["be%a", "Beta_1"]),
        ("sort_by=name", ["delta", "be%a", "alpha", "Beta_1"]),
        ("sort_by=ended_at", ["be%a", "delta", "alpha", "Beta_1"]),
        ("sort_by=ended_at&sort_order=asc", ["Beta_1", "alpha", "delta", "be%a"]),
        ("sort_by=latency", ["be%a", "alpha", "delta", "Beta_1"]),
        ("sort_by=latency&sort_order=asc", ["Beta_1", "delta", "alpha", "be%a"]),
        ("sort_by=status&sort_order=asc", ["Beta_1", "be%a", "delta", "alpha"]),
        ("sort_by=status", ["alpha", "delta", "be%a", "Beta_1"]),
        ("sort_by=ended_at&limit=2&offset=1", ["delta", "alpha"]),
        ("sort_by=status&limit=2&offset=1", ["delta", "be%a"]),
        ("limit=1&offset=3", ["alpha"]),
        ("offset=4", []),
        ("status=COMPLETED", ["Beta_1"]),
        ("unknown=1", ["delta", "be%a", "Beta_1", "alpha"]),
    ],
)
async def test_lists_filter_and_sort(speaker: Speaker, query: str, found: list[str]) -> None:
    """Absent values come first when the order falls, last when it rises; statuses sort by their words (§3.3)."""
    await fill(speaker)
    assert await listed(speaker, f"/traces?{query}", "name") == found


async def test_an_item_of_a_list_has_its_figures(speaker: Speaker) -> None:
    """Without the insides, with latency, spans, tokens and cost (§4.4)."""
    await say(speaker, "POST", "/traces", WHOLE, 202)
    (item,) = (await say(speaker, "GET", "/traces"))["items"]
    figures = {"latency_ms": 1500.0, "span_count": 1, "total_tokens": 15, "total_cost": 0.25}
    shown = ("trace_id", "name", "status", "started_at", "ended_at", "session_id", "user_id", "tags", "environment")
    assert item == {**{name: WHOLE[name] for name in (*shown, "release")}, **figures}


async def test_negative_latencies_are_possible(speaker: Speaker) -> None:
    """An end before its start is kept as told (§4.2)."""
    await trace(speaker, started_at=10, ended_at=8)
    assert await listed(speaker, "/traces", "latency_ms") == [-2000.0]


# ── Changes ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, {}),
        ({"name": None, "status": None, "tags": None, "metadata": None, "started_at": "1999-01-01"}, {}),
        ({"input": None, "output": None, "ended_at": None}, {"input": None, "output": None, "ended_at": None}),
        (
            {"session_id": None, "user_id": "", "environment": None, "release": None},
            {"session_id": None, "user_id": None, "environment": None, "release": None},
        ),
        ({"name": "n", "status": "RUNNING", "tags": []}, {"name": "n", "status": "RUNNING", "tags": []}),
        ({"metadata": {"a": None, "c": 1}}, {"metadata": {"a": None, "b": 1, "c": 1}}),
        ({"input": [1], "ended_at": 1767225601, "user_id": "v"}, {"input": [1], "user_id": "v"}),
    ],
)
async def test_a_trace_changes(speaker: Speaker, change: Any, expected: Any) -> None:
    """Only members that are there count, null clears, metadata merges (§4.5)."""
    await say(speaker, "POST", "/traces", WHOLE, 202)
    before = await read(speaker)
    ended = {"ended_at": "2026-01-01T00:00:01+00:00"} if change.get("ended_at") else {}
    changed = await say(speaker, "PATCH", f"/traces/{TRACE}", change)
    assert changed == {**before, **expected, **ended}
    assert await read(speaker) == changed


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, {}),
        ({"name": None, "kind": None, "status": None, "metadata": None, "parent_span_id": None, "started_at": 0}, {}),
        ({"input": None, "output": 0, "model": None}, {"input": None, "output": 0, "model": None}),
        ({"token_usage": None, "cost": None}, {"token_usage": None, "cost": None}),
        ({"token_usage": {"prompt_tokens": 1}, "cost": {"total": 2}}, {"token_usage": {"prompt_tokens": 1}}),
        ({"error": None, "model_parameters": {}}, {"error": None, "model_parameters": {}}),
        ({"kind": "AGENT", "status": "OK", "name": "n"}, {"kind": "AGENT", "status": "OK", "name": "n"}),
        ({"metadata": {"l": 2}}, {"metadata": {"k": 1, "l": 2}}),
        ({"ended_at": None, "completion_start_time": None}, {"ended_at": None, "completion_start_time": None}),
    ],
)
async def test_a_span_changes(speaker: Speaker, change: Any, expected: Any) -> None:
    """As a trace; parent and start cannot be changed (§4.5)."""
    await say(speaker, "POST", "/traces", WHOLE, 202)
    (before,) = (await read(speaker))["spans"]
    changed = await say(speaker, "PATCH", f"/traces/{TRACE}/spans/{SPAN}", change)
    if "ended_at" in change:
        expected = {**expected, "latency_ms": None, "time_to_first_token_ms": None}
    if change.get("cost"):
        expected = {**expected, "cost": {"total": 2.0}}
    assert changed == {**before, **expected}
    assert (await read(speaker))["spans"] == [changed]


async def test_spans_are_added_to_a_trace(speaker: Speaker) -> None:
    """Ids come back in order, made where missing; in order of start, then id, when read (§3.2, §4.4)."""
    await trace(speaker)
    body = [{"name": "b", "started_at": 2}, {**A_SPAN, "started_at": 1}, {**A_SPAN, "span_id": OTHER, "started_at": 1}]
    ids = (await say(speaker, "POST", f"/traces/{TRACE}/spans", body, 201))["span_ids"]
    assert ids[1:] == [SPAN, OTHER]
    assert [span["span_id"] for span in (await read(speaker))["spans"]] == [OTHER, SPAN, ids[0]]


async def test_more_spans_than_a_page_holds_are_all_shown(speaker: Speaker) -> None:
    """1,500 spans of one trace come back, each once."""
    await trace(speaker)
    for part in range(3):
        body = [{"name": f"{part}-{number}", "started_at": number} for number in range(500)]
        await say(speaker, "POST", f"/traces/{TRACE}/spans", body, 201)
    found = await read(speaker)
    assert len({span["span_id"] for span in found["spans"]}) == 1500


async def test_unknown_things_are_not_found(speaker: Speaker) -> None:
    """Traces and spans, another trace's span, another project's trace (§1.4); those stay as they are."""
    await say(speaker, "POST", "/traces", WHOLE, 202)
    await trace(speaker, trace_id=OTHER)
    unknown: list[tuple[str, str, Any]] = [
        ("GET", f"/traces/{UNKNOWN}", b""),
        ("PATCH", f"/traces/{UNKNOWN}", {}),
        ("DELETE", f"/traces/{UNKNOWN}", b""),
        ("POST", f"/traces/{UNKNOWN}/spans", [A_SPAN]),
        ("PATCH", f"/traces/{TRACE}/spans/{UNKNOWN}", {}),
        ("PATCH", f"/traces/{UNKNOWN}/spans/{SPAN}", {}),
        ("PATCH", f"/traces/{OTHER}/spans/{SPAN}", {}),
    ]
    for method, path, body in unknown:
        await say(speaker, method, path, body, 404)
    before = await read(speaker)
    stranger, headers = await speaker.stranger(), {**KEY, "X-Project-Name": "other"}
    theirs: list[tuple[str, str, Any]] = [
        ("GET", f"/traces/{TRACE}", b""),
        ("PATCH", f"/traces/{TRACE}", {"name": "x"}),
        ("DELETE", f"/traces/{TRACE}", b""),
        ("POST", f"/traces/{TRACE}/spans", [A_SPAN]),
    ]
    for method, path, body in theirs:
        await say(speaker, method, path, body, 404, headers=headers, principal=stranger)
    body = {"trace_ids": [TRACE], "add_tags": ["z"]}
    assert (await say(speaker, "POST", "/traces/batch/tags", body, headers=headers, principal=stranger))["updated"] == 0
    assert (await say(speaker, "POST", "/traces/batch/delete", body, headers=headers, principal=stranger)) == {
        "deleted": 0
    }
    await say(speaker, "POST", "/traces", A_TRACE, 202, headers=headers, principal=stranger)
    assert await read(speaker) == before


async def test_a_trace_is_deleted_with_its_scores(speaker: Speaker) -> None:
    """204 without a body, then 404; in a batch unknown and repeated ids do not count (§3.2)."""
    for id in (TRACE, OTHER):
        await trace(speaker, trace_id=id)
        await score(speaker, trace_id=id)
    reply = await send(speaker, "DELETE", f"/traces/{TRACE}")
    assert (reply.status, reply.body) == (204, b"")
    body = {"trace_ids": [TRACE, OTHER, OTHER.upper(), UNKNOWN]}
    assert await say(speaker, "POST", "/traces/batch/delete", body) == {"deleted": 1}
    assert (await say(speaker, "GET", "/evaluations/trace-scores"))["total"] == 0


async def test_many_traces_are_tagged(speaker: Speaker) -> None:
    """Removal first, then addition; only traces that are there count (§3.2)."""
    await trace(speaker, tags=["a", "b"])
    await trace(speaker, trace_id=OTHER)
    body = {"trace_ids": [TRACE, OTHER, UNKNOWN], "add_tags": ["c", "a"], "remove_tags": ["a"]}
    assert await say(speaker, "POST", "/traces/batch/tags", body) == {"updated": 2}
    assert ((await read(speaker))["tags"], (await read(speaker, OTHER))["tags"]) == (["b", "c", "a"], ["c", "a"])
    assert await say(speaker, "POST", "/traces/batch/tags", {"trace_ids": [TRACE]}) == {"updated": 0}
