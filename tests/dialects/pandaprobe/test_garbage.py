"""Whatever is sent to whichever route, the answer is a refusal of theirs or a success, and never a crash."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

from scorehouse.dialects.pandaprobe import DIALECT
from scorehouse.wire.call import Reply
from scorehouse.wire.route import Route
from tests.dialects.pandaprobe.pandaprobe import (
    A_SPAN,
    A_TRACE,
    KEY,
    OTHER,
    SCORE,
    SESSION_SCORE,
    SPAN,
    TRACE,
    score,
    send,
    session_score,
    trace,
)
from tests.dialects.speaking import Speaker

GARBAGE: list[Any] = [
    None,
    True,
    -1,
    2**70,
    1e308,
    "",
    "\0",
    "\x1f",
    "x" * 5000,
    "😀",
    [],
    [None],
    [[]],
    {},
    {"": None},
    {"a": {"b": [1, {"c": "\0"}]}},
]

GOOD: dict[str, Any] = {
    "NewTraceScore": {**SCORE, "reason": "r", "metadata": {}, "data_type": "NUMERIC", "source": "ANNOTATION"},
    "NewSessionScore": {**SESSION_SCORE, "reason": "r", "metadata": {}},
    "ScoreChange": {"value": "1", "reason": "r", "metadata": {}},
    "NewTrace": {
        **A_TRACE,
        **dict.fromkeys(("input", "output", "ended_at", "session_id", "user_id", "environment", "release")),
        "trace_id": OTHER,
        "status": "ERROR",
        "metadata": {},
        "tags": [],
        "spans": [],
    },
    "TraceChange": dict.fromkeys(
        ("name", "status", "input", "output", "metadata", "ended_at", "session_id", "user_id", "tags", "environment")
    ),
    "SpanChange": dict.fromkeys(
        ("name", "kind", "status", "input", "model", "token_usage", "metadata", "ended_at", "completion_start_time")
    ),
    "TraceDeletion": {"trace_ids": [OTHER]},
    "TraceTagging": {"trace_ids": [TRACE], "add_tags": ["a"], "remove_tags": []},
    "NewProject": {"name": "p", "description": ""},
    "ProjectChange": {"name": "default", "description": ""},
    "NewKey": {"name": "k", "expiration": "90d", "scopes": ["read"]},
    "NewCode": {
        "org_id": "00000000-0000-8000-9000-000000000001",
        "project_id": "00000000-0000-8000-8000-000000000001",
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_challenge_method": "S256",
        "label": "l",
        "expires_days": 90,
    },
    "CodeExchange": {"code": "c", "code_verifier": "v"},
}

PATHS = {"{trace_id}": TRACE, "{score_id}": OTHER, "{span_id}": SPAN, "{session_id}": "s-1"}
IDS = ["x", "%00", "%F0%9F%98%80", "a%2Fb", "x" * 3000, "..", "%22", "{}", "null", TRACE + "0"]
HEADERS = {**KEY, "Authorization": "Bearer k"}


def filled(path: str, ids: dict[str, str]) -> str:
    """Put ids into a path."""
    for name, id in ids.items():
        path = path.replace(name, id)
    return path.replace("{organization_id}", "00000000-0000-8000-9000-000000000001")


def mangled(good: Any) -> Iterator[Any]:
    """Yield bodies with one member wrong, or as a list of that."""
    for name, garbage in product(good, GARBAGE):
        yield {**good, name: garbage}


async def fill(speaker: Speaker) -> None:
    """Have something to break."""
    await trace(speaker, session_id="s-1", spans=[A_SPAN])
    await score(speaker)
    await session_score(speaker)


def fine(reply: Reply) -> bool:
    """Tell whether an answer is one of theirs: no crash, and 501 only in their shape."""
    assert isinstance(reply.body, bytes)
    return reply.status < 500 or (reply.status == 501 and reply.body.startswith(b'{"detail":'))


@pytest.mark.parametrize("route", DIALECT.routes, ids=lambda route: f"{route.method} {route.path}")
async def test_garbage_is_refused_on_every_route(speaker: Speaker, route: Route) -> None:
    """Bodies of every shape and with every member wrong, ids and parameters that are none."""
    await fill(speaker)
    path = filled(route.path, PATHS)
    shape = getattr(route.body, "__name__", "")
    bodies: list[Any] = [*GARBAGE, b"\xff", b"{", b"[" * 300 + b"]" * 300]
    if route.body is not None:
        bodies += list(mangled(GOOD[shape])) if shape in GOOD else [[body] for body in mangled(A_SPAN)]
    for body in bodies:
        reply = await send(speaker, route.method, path, body, headers=HEADERS)
        assert fine(reply), (body, reply)
    for id in IDS:
        reply = await send(speaker, route.method, filled(route.path, dict.fromkeys(PATHS, id)), {}, headers=HEADERS)
        assert fine(reply), (id, reply)


QUERIES = [
    "%FF",
    "=",
    "&&",
    "limit=1e3",
    "limit=true",
    "offset=1.5",
    "tags=%00",
    "tags=",
    "tags=" + "&tags=".join("abcdefgh" * 150),
    "name=" + "x" * 5000,
    "query=%00&sort_by=",
    "has_error=&user_id=%1f",
    "started_after=1e400&started_before=-99999999999999999",
    "date_from=99999999999999999&date_to=0000-00-00",
    "trace_id=&session_id=" + "%F0%9F%98%80" * 500,
    "&".join(f"a{number}=1" for number in range(1500)),
]


@pytest.mark.parametrize("query", QUERIES, ids=range(len(QUERIES)))
async def test_garbage_in_queries_is_refused(speaker: Speaker, query: str) -> None:
    """Every route that reads a query string survives it."""
    await fill(speaker)
    for route in DIALECT.routes:
        if route.method == "GET":
            path = filled(route.path, PATHS)
            reply = await send(speaker, "GET", f"{path}?{query}", headers=HEADERS)
            assert fine(reply), (path, reply)


@pytest.mark.parametrize("value", ["\u00ff" * 300, "\t", "'; --", "{}", "0" * 5000, "😀".encode().decode("latin-1")])
async def test_garbage_in_headers_is_refused(speaker: Speaker, value: str) -> None:
    """In each header that is read; nothing is opened."""
    for name in ("X-API-Key", "X-Project-Name", "X-Project-ID", "X-Organization-ID", "X-Request-ID", "Authorization"):
        for base in (KEY, {"Authorization": "Bearer k", "X-Project-ID": "00000000-0000-8000-8000-000000000001"}):
            reply = await send(speaker, "GET", "/traces", headers={**base, name: value})
            assert fine(reply), (name, reply)
    assert len(await speaker.house.store.projects()) <= 2
