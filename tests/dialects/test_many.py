"""Bodies of very many things that say nothing: refused at once, where judging each would stop the server."""

from time import process_time
from typing import Any

import pytest

from scorehouse.dialects import registered
from tests.dialects.speaking import Speaker

EMPTY_SPANS = b'{"resourceSpans":[{"scopeSpans":[{"spans":[' + b"{}," * 100_000 + b"{}]}]}]}"
SCATTERED_SPANS = b'{"resourceSpans":[' + b'{"scopeSpans":[{"spans":[{}]}]},' * 30_000 + b"{}]}"
PROTOBUF_SPANS = bytes.fromhex("0a0412021200") * 100_000

MANY: list[tuple[str, str, str, bytes]] = [
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
