"""Bodies of very many things that say nothing: refused at once, where judging each would stop the server."""

from time import process_time
from typing import Any

import pytest

from scorehouse.dialects import registered
from tests.dialects.speaking import Speaker

EMPTY_SPANS = b'{"resourceSpans":[{"scopeSpans":[{"spans":[' + b"{}," * 100_000 + b"{}]}]}]}"
SCATTERED_SPANS = b'{"resourceSpans":[' + b'{"scopeSpans":[{"spans":[{}]}]},' * 30_000 + b"{}]}"
PROTOBUF_SPANS = bytes.fromhex("0a0412021200") * 100_000

ONE = b'{"facet":"number","comparison":"gte","operand":0.5}'
CONDITION = b'{"operator":"","value":"a"}'
BUNDLES = b",".join(
    b'"b%d":{"filter_params":{%s}}' % (bundle, b",".join(b'"metadata__%d":%s' % (key, CONDITION) for key in range(190)))
    for bundle in range(190)
)

CONDITIONS: list[tuple[str, str, bytes]] = [
    ("native", "/v1/evaluators", b'{"key":"k","name":"n","conditions":[' + (ONE + b",") * 10_000 + ONE + b"]}"),
    *(
        ("respan", path, b'{"filters":{' + filters + b"}}")
        for path in ("/api/scores/list/", "/api/request-logs/list/", "/api/traces/list/", "/api/evaluators/list/")
        for filters in (
            b'"name":[' + b"{}," * 100_000 + b"{}]",
            b",".join(b'"metadata__%d":%s' % (key, CONDITION) for key in range(20_000)),
            BUNDLES,
        )
    ),
    (
        "respan",
        "/api/scores/list/",
        b'{"filters":{"metadata":{"operator_function":"mapContainsKey","operator_args":['
        + b'"a",' * 100_000
        + b'"a"]}}}',
    ),
]
"""Dialect, path and a body of very many conditions."""

MANY: list[tuple[str, str, str, bytes]] = [
    ("langfuse", "/api/public/scores", "application/json", b"[" + b"{}," * 100_000 + b"{}]"),
    ("langfuse", "/api/public/scores", "application/json", b"[" + b"5," * 100_000 + b"5]"),
    ("langfuse", "/api/public/ingestion", "application/json", b'{"batch":[' + b"{}," * 100_000 + b"{}]}"),
    ("respan", "/api/v1/traces/ingest", "application/json", b"[" + b"{}," * 100_000 + b"{}]"),
    *(
        (dialect, path, media, body)
        for dialect, path in (
            ("native", "/v1/traces"),
            ("2signal", "/api/v1/otel/traces"),
            ("langfuse", "/api/public/otel/v1/traces"),
            ("respan", "/api/v2/traces"),
        )
        for media, body in (
            ("application/json", EMPTY_SPANS),
            ("application/json", SCATTERED_SPANS),
            ("application/x-protobuf", PROTOBUF_SPANS),
        )
    ),
]


@pytest.mark.parametrize(("name", "path", "media", "body"), MANY, ids=lambda value: str(value)[:24])
async def test_very_many_are_refused_at_once(speaker: Speaker, name: str, path: str, media: str, body: Any) -> None:
    """A body within its size, of more things than anybody sends: too large, and little of the processor's time."""
    dialect = next(dialect for dialect in registered() if dialect.name == name)
    began = process_time()
    reply = await speaker.speak(dialect, "POST", path, body, headers={"content-type": media})
    assert isinstance(reply.body, bytes)
    assert b"larger than" in reply.body
    assert process_time() - began < 2.0


@pytest.mark.parametrize(("name", "path", "body"), CONDITIONS, ids=lambda value: str(value)[:40])
async def test_very_many_conditions_are_refused_at_once(speaker: Speaker, name: str, path: str, body: Any) -> None:
    """Conditions are counted before they are joined, or given to an evaluator, which holds every score against them."""
    dialect = next(dialect for dialect in registered() if dialect.name == name)
    began = process_time()
    reply = await speaker.speak(dialect, "POST", path, body, headers={"content-type": "application/json"})
    assert 400 <= reply.status < 500
    assert isinstance(reply.body, bytes)
    assert b"must not have more than" in reply.body or b"must not exceed" in reply.body
    assert process_time() - began < 2.0
