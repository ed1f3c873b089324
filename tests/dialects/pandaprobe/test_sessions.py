"""Sessions: groups of traces, listed, read and deleted (§3.4, §4.4)."""

from typing import Any

import pytest

from tests.dialects.pandaprobe.pandaprobe import A_SPAN, KEY, UNKNOWN, fields, listed, say, session_score, trace
from tests.dialects.speaking import Speaker


async def fill(speaker: Speaker) -> None:
    """Sessions run-1 (three traces, one of them failed), Run-2 and a%b, and a trace without a session."""
    told: list[dict[str, Any]] = [
        {"session_id": "run-1", "started_at": 10, "ended_at": 12, "user_id": "u", "tags": ["x", "y"]},
        {"session_id": "run-1", "started_at": 5, "user_id": "v", "tags": ["y", "z"], "status": "ERROR"},
        {"session_id": "Run-2", "started_at": 20, "ended_at": 30, "user_id": "u"},
        {"session_id": "a%b", "started_at": 1},
        {"started_at": 0},
        {"session_id": "run-1", "started_at": 8, "ended_at": 9},
    ]
    for number, members in enumerate(told):
        usage = {"prompt_tokens": 10 * number, "completion_tokens": 1}
        span = {**A_SPAN, "token_usage": usage, "cost": {"total": float(number)}}
        await trace(speaker, trace_id=f"{number:032x}", spans=[span], **members)
        speaker.clock.advance(1)


async def test_a_session_is_summed_up(speaker: Speaker) -> None:
    """Counted by hand over its three traces (§4.4)."""
    await fill(speaker)
    (item,) = (await say(speaker, "GET", "/sessions?query=run-1"))["items"]
    assert item == {
        "session_id": "run-1",
        "trace_count": 3,
        "first_trace_at": "1970-01-01T00:00:05+00:00",
        "last_trace_at": "1970-01-01T00:00:12+00:00",
        "total_latency_ms": 3000.0,
        "has_error": True,
        "user_id": "v",
        "tags": ["x", "y", "z"],
        "total_span_count": 3,
        "total_tokens": 63,
        "total_cost": 6.0,
    }
    found = await say(speaker, "GET", "/sessions/run-1?limit=2")
    traces = found.pop("traces")
    assert found == item
    assert [each["started_at"][17:19] for each in traces] == ["05", "08"]
    assert [len(each["spans"]) for each in traces] == [1, 1]
    assert traces[0] == await say(speaker, "GET", f"/traces/{traces[0]['trace_id']}")
    rest = (await say(speaker, "GET", "/sessions/run-1?offset=2"))["traces"]
    assert [each["started_at"][17:19] for each in rest] == ["10"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["run-1", "a%b", "Run-2"]),
        ("sort_order=asc", ["Run-2", "a%b", "run-1"]),
        ("sort_by=trace_count", ["run-1", "a%b", "Run-2"]),
        ("sort_by=trace_count&sort_order=asc", ["Run-2", "a%b", "run-1"]),
        ("sort_by=latency", ["a%b", "Run-2", "run-1"]),
        ("sort_by=latency&sort_order=asc", ["run-1", "Run-2", "a%b"]),
        ("sort_by=cost", ["run-1", "a%b", "Run-2"]),
        ("query=RUN", ["run-1", "Run-2"]),
        ("query=%25", ["a%b"]),
        ("query=_", []),
        ("has_error=true", ["run-1"]),
        ("has_error=false", ["a%b", "Run-2"]),
        ("user_id=u", ["Run-2", "run-1"]),
        ("tags=z&tags=x", ["run-1"]),
        ("started_after=9&started_before=20", ["run-1"]),
        ("limit=1&offset=1", ["a%b"]),
        ("sort_by=latency&limit=2&offset=1", ["Run-2", "run-1"]),
    ],
)
async def test_lists_filter_and_sort(speaker: Speaker, query: str, found: list[str]) -> None:
    """By the newest trace unless asked otherwise; those without a latency first when it falls (§3.4)."""
    await fill(speaker)
    assert await listed(speaker, f"/sessions?{query}", "session_id") == found


async def test_filters_choose_traces_before_they_are_grouped(speaker: Speaker) -> None:
    """Figures are those of the traces that pass; an error of another trace does not count."""
    await fill(speaker)
    items = (await say(speaker, "GET", "/sessions?user_id=u"))["items"]
    assert [(item["session_id"], item["trace_count"], item["has_error"]) for item in items] == [
        ("Run-2", 1, False),
        ("run-1", 1, False),
    ]


async def test_a_session_is_deleted_with_its_traces_not_its_scores(speaker: Speaker) -> None:
    """The number of traces, then 404 (§3.4); another project's is not found."""
    await fill(speaker)
    await session_score(speaker, session_id="run-1")
    stranger, headers = await speaker.stranger(), {**KEY, "X-Project-Name": "other"}
    for method in ("GET", "DELETE"):
        await say(speaker, method, "/sessions/run-1", status=404, headers=headers, principal=stranger)
    assert await say(speaker, "DELETE", "/sessions/run-1") == {"deleted": 3}
    await say(speaker, "DELETE", "/sessions/run-1", status=404)
    await say(speaker, "GET", "/sessions/run-1", status=404)
    assert (await say(speaker, "GET", "/traces"))["total"] == 3
    assert len(await say(speaker, "GET", "/evaluations/session-scores/run-1")) == 1


async def test_a_fixed_path_hides_a_session_of_its_name(speaker: Speaker) -> None:
    """A session named ``analytics`` cannot be read, as with them (§1.1)."""
    await trace(speaker, session_id="analytics")
    await say(speaker, "GET", "/sessions/analytics", status=501)
    assert await say(speaker, "DELETE", "/sessions/analytics") == {"deleted": 1}


@pytest.mark.parametrize(
    ("path", "at"),
    [
        ("/sessions?limit=201&offset=-1&sort_by=name", ["limit", "offset", "sort_by"]),
        ("/sessions?has_error=maybe&started_after=x", ["has_error", "started_after"]),
        ("/sessions?started_after=2026-02-30&started_before=2026-02-31", ["started_after", "started_before"]),
        ("/sessions/s?limit=1001", ["limit"]),
        ("/sessions/s?limit=0", ["limit"]),
        ("/sessions?sort_order=up", ["sort_order"]),
    ],
)
async def test_what_is_wrong_with_a_query_is_named(speaker: Speaker, path: str, at: list[str]) -> None:
    """At ``query -> name``, in order of declaration (§1.3, §1.4)."""
    assert fields(await say(speaker, "GET", path, status=422)) == [f"query -> {name}" for name in at]
    await say(speaker, "GET", f"/sessions/{UNKNOWN}", status=404)
