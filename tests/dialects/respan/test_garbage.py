"""Whatever is sent to whichever route, the answer is a success or a refusal in the vendor's shape, never a crash."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import msgspec
import pytest

from scorehouse.dialects.respan import DIALECT
from scorehouse.wire.call import Reply
from scorehouse.wire.route import Route
from tests.dialects.respan.respan import LOG, make_evaluator, make_log, score, send
from tests.dialects.speaking import Speaker, read_reply

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
RAW = [
    b"",
    b" ",
    b"{",
    b"\xff",
    b'{"a": NaN}',
    b'{"numerical_value": 1e999}',
    b'{"numerical_value": Infinity, "evaluator_slug": "a"}',
    b'{"string_value": "\\ud800", "evaluator_slug": "a"}',
    b'{"filters": ' + b'{"g": {"filter_params": ' * 60 + b"{}" + b"}}" * 60 + b"}",
    b"[" * 300 + b"]" * 300,
]
IDS = ["x", "%00", "%F0%9F%98%80", "a%2Fb", "x" * 3000, "..", "%22", "{}", "null", "a:b", f"{LOG}:9", ":1", "%1F"]
NUMBERS = ["0", "7", "-1", "1e3", "99999999999999999999", "x", "%00"]

FILTERS: list[Any] = [
    {name: condition}
    for name, condition in product(
        ["string_value", "numerical_value", "created_at", "categorical_value", "is_passed", "metadata__a", "scores__a"],
        [{"operator": "gt", "value": garbage} for garbage in GARBAGE]
        + [{"operator": "", "value": [garbage]} for garbage in GARBAGE]
        + [{"operator": "regex", "value": "(a"}, {"value": ["a"] * 1001}],
    )
]

QUERIES = [
    "%FF",
    "=",
    "&&",
    "page=1e3",
    "page=%00",
    "page=99999999999999999999999999",
    "page_size=0",
    "page_size=99999999999999999999",
    "sort_by=-",
    "sort_by=%00&environment=%00",
    "sort_by=metadata__",
    "sort_by=scores__x&search=%00",
    "start_time=soon",
    "end_time=99999-01-01",
    "environment=" + "x" * 5000,
    "include_fields=,,&type=%00&starred=perhaps",
    "a[b]=1&cost[operator]=%00",
    "&".join(f"a{number}=1" for number in range(1500)),
]


async def fill(speaker: Speaker) -> dict[str, str]:
    """Have something to break; return what to put into paths."""
    await make_log(speaker)
    evaluator = await make_evaluator(speaker, evaluator_slug="helpfulness")
    made = await score(speaker, numerical_value=1)
    return {
        "log_id": LOG,
        "unique_id": LOG,
        "trace_unique_id": LOG,
        "score_id": made["id"],
        "evaluator_id": evaluator["id"],
        "version": "0",
    }


def filled(path: str, parameters: dict[str, str]) -> str:
    """Put parameters into a path."""
    for name, value in parameters.items():
        path = path.replace(f"{{{name}}}", value)
    return path


def good_body(shape: Any) -> dict[str, Any]:
    """Return a body that names every member of a shape, so that each can be broken."""
    if isinstance(shape, type) and issubclass(shape, msgspec.Struct):
        least = {"name": "n", "evaluator_slug": "helpfulness", "numerical_value": 1, "log_id": LOG, "logs": []}
        return {name: least.get(name) for name in shape.__struct_fields__}
    return {"trace_unique_id": "t", "span_unique_id": "s", "input": None, "metadata": None}


def bodies_of(route: Route) -> Iterator[Any]:
    """Yield what should be refused, or at least answered."""
    yield from GARBAGE
    yield from RAW
    if route.body is None:
        return
    good = good_body(route.body)
    for name, garbage in product(good, GARBAGE):
        broken = {key: value for key, value in good.items() if value is not None} | {name: garbage}
        yield broken if isinstance(route.body, type) and issubclass(route.body, msgspec.Struct) else [broken]


def fine(reply: Reply) -> bool:
    """Tell whether an answer is one of theirs: an object or nothing, and 501 only for what is never run."""
    body = read_reply(reply)
    if reply.status >= 400:
        assert isinstance(body, dict), reply
        assert body, reply
    return reply.status < 500 or (reply.status == 501 and body["error_code"] == "not_implemented")


@pytest.mark.parametrize("route", DIALECT.routes, ids=lambda route: f"{route.method} {route.path}")
async def test_garbage_is_refused_on_every_route(speaker: Speaker, route: Route) -> None:
    """Bodies of every shape and with every member wrong, ids and numbers that are none."""
    parameters = await fill(speaker)
    for body in bodies_of(route):
        sent = body if isinstance(body, bytes) else msgspec.json.encode(body)
        if route.method == "DELETE":
            sent = b""
        reply = await send(speaker, route.method, filled(route.path, parameters), sent)
        assert fine(reply), (body, reply)
    for name in parameters:
        for garbage in NUMBERS if name == "version" else IDS:
            reply = await send(speaker, route.method, filled(route.path, {**parameters, name: garbage}), {})
            assert fine(reply), (name, garbage, reply)


LISTS = [route for route in DIALECT.routes if route.query is not None and route.path.startswith("/api")]


@pytest.mark.parametrize("route", LISTS, ids=lambda route: f"{route.method} {route.path}")
async def test_garbage_in_queries_and_filters_is_refused(speaker: Speaker, route: Route) -> None:
    """Query strings and filters of every kind are answered or refused."""
    path = filled(route.path, await fill(speaker))
    for query in QUERIES:
        assert fine(await send(speaker, route.method, f"{path}?{query}", {} if route.method == "POST" else b"")), query
    for filters in FILTERS if route.method == "POST" else ():
        assert fine(await send(speaker, "POST", path, {"filters": filters})), filters


async def test_a_refused_score_is_not_stored(speaker: Speaker) -> None:
    """Whatever is wrong with a score, nothing of it stays."""
    await make_log(speaker)
    for body in (
        {"numerical_value": "x"},
        {"string_value": "a\0"},
        {"categorical_value": ["a\x1f"]},
        {"json_value": "{"},
    ):
        reply = await send(speaker, "POST", f"/api/logs/{LOG}/scores", {"evaluator_slug": "a", **body})
        assert reply.status == 400
        assert list(read_reply(reply)) == list(body)
    assert read_reply(await send(speaker, "GET", f"/api/logs/{LOG}/scores"))["count"] == 0
