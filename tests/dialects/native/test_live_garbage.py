"""Whatever parameters a stream is asked with, it begins and goes on, or is refused in the dialect's words.

The fuzzing over the OpenAPI documents leaves streams out, because they do not end; this asks what that would.
"""

import asyncio
from urllib.parse import urlencode

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from scorehouse.dialects.native.filters import OPERATORS
from scorehouse.dialects.native.scores import SCORE_FIELDS
from tests.dialects.native.native import record, send
from tests.dialects.speaking import Speaker, read_reply

PATH = "/v1/scores/stream"
EXAMPLES = 80
PARTS = 2
"""Of a stream that began: its first line, and what its first look at the feed tells."""

TEXTS = st.text(max_size=12)
NUMBERS = st.one_of(st.integers().map(str), st.floats().map(str))
MARKS = st.one_of(st.just("0.0"), st.builds("{}.{}".format, st.integers(), st.integers()), TEXTS)
TREES = st.sampled_from(
    [
        "{}",
        "[]",
        "null",
        '{"any": []}',
        '{"not": {"not": {"all": []}}}',
        '{"field": "metadata", "key": ["a.b", ""], "operand": null}',
        '{"field": "number", "operator": "ge", "operand": "high"}',
        '{"all": [' + '{"field": "name", "operand": "x"},' * 300 + "{}]}",
        "[" * 500,
    ]
)
VALUES = st.one_of(
    TEXTS, NUMBERS, TREES, st.sampled_from(["true", "null", "2026-01-01", "a,b", "\x00", "%", "(", ".*"])
)
FIELDS = st.sampled_from(sorted(SCORE_FIELDS))
NAMES = st.one_of(
    FIELDS,
    st.builds("{}.{}".format, FIELDS, st.sampled_from(sorted(OPERATORS))),
    st.builds("{}.{}".format, FIELDS, TEXTS),
    st.sampled_from(["after", "filter", "limit", "cursor", "order", "total", "offset"]),
    TEXTS,
)
QUERIES = st.one_of(
    st.lists(st.tuples(NAMES, VALUES), max_size=4).map(urlencode),
    st.text(st.characters(codec="ascii", exclude_characters="\0\r\n"), max_size=20),
)


@given(query=QUERIES, mark=st.one_of(st.none(), MARKS), header=st.one_of(st.none(), MARKS))
@example(query="", mark=f"{2**63}.{2**63}", header=None)
@example(query="", mark=None, header=f"0.{2**64}")
@example(query="", mark="-1.-1", header=None)
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_garbage_is_refused_or_followed(
    speaker: Speaker, query: str, mark: str | None, header: str | None
) -> None:
    """No parameter, value or mark breaks a stream; one that is refused takes no place, one that is left frees it."""
    await record(speaker, comment="because", metadata={"a": 1})
    asked = query if mark is None else f"{query}&{urlencode({'after': mark})}"
    headers = {} if header is None else {"Last-Event-ID": header}
    reply = await send(speaker, "GET", f"{PATH}?{asked}", headers=headers)
    if isinstance(reply.body, bytes):
        assert reply.status in {400, 422}, reply
        assert read_reply(reply)["status"] == reply.status
    else:
        assert reply.status == 200
        async with asyncio.timeout(10):
            for _ in range(PARTS):
                assert await anext(reply.body)
        await reply.body.aclose()  # type: ignore[attr-defined]  # the stream is an async generator
    assert speaker.house.followers.present == 0
