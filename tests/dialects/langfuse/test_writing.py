"""POST /api/public/scores: one object and an array, what is taken, what is refused (contract langfuse §4, §5)."""

from typing import Any

import pytest

from tests.dialects.langfuse.langfuse import SCORE, Langfuse, paths

TARGETS = [
    ({"traceId": "t"}, {"traceId": "t", "observationId": None, "sessionId": None, "datasetRunId": None}),
    (
        {"traceId": "t", "observationId": "o"},
        {"traceId": "t", "observationId": "o", "sessionId": None, "datasetRunId": None},
    ),
    ({"sessionId": "s"}, {"traceId": None, "observationId": None, "sessionId": "s", "datasetRunId": None}),
    ({"datasetRunId": "r"}, {"traceId": None, "observationId": None, "sessionId": None, "datasetRunId": "r"}),
    (
        {"traceId": "t", "observationId": None, "sessionId": "", "datasetRunId": None},
        {"traceId": "t", "observationId": None, "sessionId": None, "datasetRunId": None},
    ),
]


@pytest.mark.parametrize(("target", "shown"), TARGETS)
async def test_exactly_one_target(langfuse: Langfuse, target: dict[str, Any], shown: dict[str, Any]) -> None:
    """Each of the four targets is taken, whether or not it exists, and read back (contract §4.3)."""
    status, body = await langfuse.send("POST", "/scores", {"name": "n", "value": 1, **target})
    assert status == 200
    assert shown.items() <= (await langfuse.read(body["id"])).items()


WRONG_TARGETS = [
    {},
    {"observationId": "o"},
    {"traceId": "t", "sessionId": "s"},
    {"traceId": "t", "datasetRunId": "r"},
    {"sessionId": "s", "datasetRunId": "r"},
    {"sessionId": "s", "observationId": "o"},
    {"traceId": "", "sessionId": None},
]


@pytest.mark.parametrize("target", WRONG_TARGETS)
async def test_no_target_or_two_are_refused(langfuse: Langfuse, target: dict[str, Any]) -> None:
    """The issue names all four members, as the contract has it (§5.1)."""
    status, body = await langfuse.send("POST", "/scores", {"name": "n", "value": 1, **target})
    assert status == 400
    assert paths(body) == [["traceId", "sessionId", "datasetRunId", "observationId"]]
    assert body["error"][0]["code"] == "custom"
    assert await langfuse.ids() == []


VALUES: list[tuple[dict[str, Any], str, Any, Any, Any]] = [
    # sent, data type, v2 value, v2 stringValue, v3 value (contract §4.2)
    ({"value": 0.25}, "NUMERIC", 0.25, None, 0.25),
    ({"value": -7}, "NUMERIC", -7, None, -7),
    ({"value": 0, "dataType": "NUMERIC"}, "NUMERIC", 0, None, 0),
    ({"value": 1e300}, "NUMERIC", 1e300, None, 1e300),
    ({"value": 1, "dataType": "BOOLEAN"}, "BOOLEAN", 1, "True", True),
    ({"value": 0, "dataType": "BOOLEAN"}, "BOOLEAN", 0, "False", False),
    ({"value": 1.0, "dataType": "BOOLEAN"}, "BOOLEAN", 1, "True", True),
    ({"value": "good"}, "CATEGORICAL", 0, "good", "good"),
    ({"value": "", "dataType": "CATEGORICAL"}, "CATEGORICAL", 0, "", ""),
    ({"value": "so so", "dataType": "TEXT"}, "TEXT", "absent", "so so", "so so"),
    ({"value": "x" * 500, "dataType": "TEXT"}, "TEXT", "absent", "x" * 500, "x" * 500),
    ({"value": "y" * 5000, "dataType": "CORRECTION"}, "CORRECTION", 0, "y" * 5000, "y" * 5000),
    ({"value": "", "dataType": "CORRECTION"}, "CORRECTION", 0, "", ""),
]


@pytest.mark.parametrize("case", VALUES, ids=lambda case: str(case[0])[:60])
async def test_a_value_is_written_and_read(langfuse: Langfuse, case: tuple[dict[str, Any], str, Any, Any, Any]) -> None:
    """Every data type goes in as the contract says and comes out of v2 and v3 in their two ways (§4.2)."""
    sent, data_type, number, text, plain = case
    id = await langfuse.score(**sent)
    shown = await langfuse.read(id)
    assert (shown["dataType"], shown.get("value", "absent"), shown["stringValue"]) == (data_type, number, text)
    assert isinstance(shown.get("value", 0.0), int | float)
    assert not isinstance(shown.get("value", 0), bool)
    (item,) = (await langfuse.get("/v3/scores"))["data"]
    assert (item["dataType"], item["value"]) == (data_type, plain)
    assert isinstance(item["value"], bool) is isinstance(plain, bool)


WRONG_VALUES = [
    {"value": True},
    {"value": {"a": 1}},
    {"value": [1]},
    {"value": None},
    {"value": "1", "dataType": "NUMERIC"},
    {"value": True, "dataType": "NUMERIC"},
    {"value": 2, "dataType": "BOOLEAN"},
    {"value": -1, "dataType": "BOOLEAN"},
    {"value": 0.5, "dataType": "BOOLEAN"},
    {"value": True, "dataType": "BOOLEAN"},
    {"value": "True", "dataType": "BOOLEAN"},
    {"value": 1, "dataType": "CATEGORICAL"},
    {"value": "", "dataType": "TEXT"},
    {"value": "x" * 501, "dataType": "TEXT"},
    {"value": 1, "dataType": "TEXT"},
    {"value": 1, "dataType": "CORRECTION"},
    {"value": "\x00"},
    {"value": "a\x1fb"},
]


@pytest.mark.parametrize("sent", WRONG_VALUES, ids=str)
async def test_a_value_of_the_wrong_type_is_refused(langfuse: Langfuse, sent: dict[str, Any]) -> None:
    """Nothing is coerced: 400 with the path of the value, and nothing stored (contract §5.1)."""
    status, body = await langfuse.send("POST", "/scores", {**SCORE, **sent})
    assert (status, paths(body)) == (400, [["value"]])
    assert await langfuse.ids() == []


WRONG_MEMBERS: list[tuple[dict[str, Any], list[list[Any]]]] = [
    ({"name": ""}, [["name"]]),
    ({"name": 5}, [["name"]]),
    ({"name": None}, [["name"]]),
    ({"name": "a\nb"}, [["name"]]),
    ({"name": "n" * 1001}, [["name"]]),
    ({"id": "x" * 801}, [["id"]]),
    ({"id": "a\rb"}, [["id"]]),
    ({"id": 5}, [["id"]]),
    ({"dataType": None}, [["dataType"]]),
    ({"dataType": "numeric"}, [["dataType"]]),
    ({"dataType": "JSON"}, [["dataType"]]),
    ({"traceId": 5}, [["traceId"]]),
    ({"comment": 5}, [["comment"]]),
    ({"comment": "a\x00b"}, [["comment"]]),
    ({"configId": 5}, [["configId"]]),
    ({"queueId": ["q"]}, [["queueId"]]),
    ({"source": "EVAL"}, [["source"]]),
    ({"source": "OTHER"}, [["source"]]),
    ({"source": None}, [["source"]]),
    ({"source": "ANNOTATION"}, [["configId"]]),
    ({"metadata": {"a": "\x00"}}, [["metadata"]]),
    ({"name": 5, "dataType": "x", "source": 7}, [["name"], ["dataType"], ["source"]]),
]


@pytest.mark.parametrize(("members", "where"), WRONG_MEMBERS, ids=str)
async def test_a_broken_member_is_named(langfuse: Langfuse, members: dict[str, Any], where: list[list[Any]]) -> None:
    """400 with an issue for each broken member, and nothing stored (contract §5.1)."""
    status, body = await langfuse.send("POST", "/scores", {**SCORE, **members})
    assert status == 400
    assert sorted(paths(body)) == sorted(where)
    assert all(issue["code"] and issue["message"] for issue in body["error"])
    assert await langfuse.ids() == []


@pytest.mark.parametrize("member", ["name", "value"])
async def test_what_is_required_is_missed(langfuse: Langfuse, member: str) -> None:
    """Name and value; the issue says that nothing was there."""
    status, body = await langfuse.send("POST", "/scores", {k: v for k, v in SCORE.items() if k != member})
    assert (status, paths(body)) == (400, [[member]])
    assert (body["error"][0]["code"], body["error"][0]["received"]) == ("invalid_type", "undefined")


METADATA: list[tuple[Any, dict[str, Any]]] = [
    ({"n": 12, "t": "12", "deep": {"l": [1, None, True]}}, {"n": 12, "t": "12", "deep": {"l": [1, None, True]}}),
    (None, {}),
    ("plain", {"metadata": "plain"}),
    (5, {"metadata": "5"}),
    (True, {"metadata": "true"}),
    ([1, "a"], {"metadata": [1, "a"]}),
    ({}, {}),
]


@pytest.mark.parametrize(("sent", "shown"), METADATA)
async def test_metadata_is_always_an_object(langfuse: Langfuse, sent: Any, shown: dict[str, Any]) -> None:
    """Roots that are none are wrapped; numbers stay numbers and texts texts (contract §5.1)."""
    id = await langfuse.score(metadata=sent)
    assert (await langfuse.read(id))["metadata"] == shown
    (item,) = (await langfuse.get("/v3/scores", fields="details"))["data"]
    assert item["metadata"] == shown


async def test_what_else_a_score_carries(langfuse: Langfuse) -> None:
    """Comment, queue and source come back; unknown members have no effect; a timestamp is the time of receipt."""
    config = await langfuse.config()
    id = await langfuse.score(
        comment="why",
        queueId="queue-1",
        source="ANNOTATION",
        configId=config,
        timestamp="2020-01-01T00:00:00Z",
        authorUserId="me",
        executionTraceId="exec",
        stringValue="ignored",
        nonsense={"a": 1},
    )
    shown = await langfuse.read(id)
    assert (shown["comment"], shown["queueId"], shown["source"]) == ("why", "queue-1", "ANNOTATION")
    assert (shown["authorUserId"], shown["executionTraceId"], shown["stringValue"]) == (None, None, None)
    assert shown["timestamp"] == "2026-01-01T00:00:00.000Z"


@pytest.mark.parametrize("id", ["", None])
async def test_an_id_is_made_where_none_is_given(langfuse: Langfuse, id: str | None) -> None:
    """Empty and null mean none; every score gets its own."""
    first, second = await langfuse.score(id=id), await langfuse.score(id=id)
    assert first != second
    assert set(await langfuse.ids()) == {first, second}


@pytest.mark.parametrize("id", ["a", "ü-1 2", "x" * 800, "a/b?c", "0123456789ABCDEF0123456789abcdef"])
async def test_an_id_that_was_given_is_kept(langfuse: Langfuse, id: str) -> None:
    """As it was spelled, and it finds the score."""
    assert await langfuse.score(id=id) == id
    assert (await langfuse.read(id))["id"] == id
    assert await langfuse.ids(scoreIds="nothing") == []


async def test_a_correction_is_called_output(langfuse: Langfuse) -> None:
    """Its name is forced, a config is not allowed, and only traces and observations have one (contract §4.2)."""
    correction = {"dataType": "CORRECTION", "value": "better"}
    id = await langfuse.score(**correction, name="other")
    assert (await langfuse.read(id))["name"] == "output"
    assert await langfuse.score(**correction, observationId="o", source="ANNOTATION")
    status, body = await langfuse.send("POST", "/scores", {**SCORE, **correction, "configId": "c"})
    assert (status, paths(body)) == (400, [["configId"]])
    for target in ("sessionId", "datasetRunId"):
        status, body = await langfuse.send("POST", "/scores", {"name": "n", target: "x", **correction})
        assert status == 400
        assert body["message"] == "Invalid request data"
    assert len(await langfuse.ids()) == 2


# ── The array form ───────────────────────────────────────────────────────────────────────────────────────


async def test_an_array_that_is_taken_whole(langfuse: Langfuse) -> None:
    """202 and the one word that Python's parser knows; ids, times and values are kept (contract §5.2)."""
    items = [
        {**SCORE, "id": "a", "timestamp": "2025-05-01T10:00:00+02:00"},
        {"name": "s", "sessionId": "s1", "value": "calm", "id": "b"},
        {"name": "r", "datasetRunId": "r1", "value": 1.0, "dataType": "BOOLEAN"},
    ]
    assert await langfuse.send("POST", "/scores", items) == (202, {"message": "Accepted"})
    assert (await langfuse.read("a"))["timestamp"] == "2025-05-01T08:00:00.000Z"
    assert (await langfuse.read("b"))["timestamp"] == "2026-01-01T00:00:00.000Z"
    assert len(await langfuse.ids()) == 3


async def test_an_empty_array(langfuse: Langfuse) -> None:
    """Nothing was refused, so it is 202 (contract §21)."""
    assert await langfuse.send("POST", "/scores", []) == (202, {"message": "Accepted"})


REFUSED_ITEMS: list[tuple[Any, str]] = [
    ({"name": "no value", "traceId": "t"}, "no value: value"),
    ({"name": "no target", "value": 1}, "no target: "),
    ({"name": "typed", "traceId": "t", "value": "x", "dataType": "NUMERIC"}, "typed: value"),
    ({"name": "timed", "traceId": "t", "value": 1, "timestamp": "yesterday"}, "timed: timestamp"),
    ({"name": "timed", "traceId": "t", "value": 1, "timestamp": "2026-01-01T00:00:00"}, "timed: timestamp"),
    ({"name": "timed", "traceId": "t", "value": 1, "timestamp": 5}, "timed: timestamp"),
    ({"name": "configured", "traceId": "t", "value": 1, "configId": "nope"}, "configured: configId"),
    ({"traceId": "t", "value": 1}, "unnamed: name"),
    ({"name": 7, "traceId": "t", "value": 1}, "unnamed: name"),
    (5, "unnamed: "),
    (None, "unnamed: "),
    ([], "unnamed: "),
    ("score", "unnamed: "),
]


@pytest.mark.parametrize(("item", "reason"), REFUSED_ITEMS, ids=str)
async def test_a_refused_item_is_named_and_its_neighbours_are_taken(langfuse: Langfuse, item: Any, reason: str) -> None:
    """207 with counts and `<name>: <reason>`; what was good stays (contract §5.2)."""
    status, body = await langfuse.send("POST", "/scores", [{**SCORE, "id": "a"}, item, {**SCORE, "id": "b"}])
    assert status == 207
    assert (body["accepted"], body["rejected"], len(body["errors"])) == (2, 1, 1)
    assert body["errors"][0]["message"].startswith(reason)
    assert set(await langfuse.ids()) == {"a", "b"}


async def test_an_array_of_which_nothing_is_good(langfuse: Langfuse) -> None:
    """207 with nothing accepted (contract §21)."""
    status, body = await langfuse.send("POST", "/scores", [1, {"name": "x"}])
    assert (status, body["accepted"], body["rejected"]) == (207, 0, 2)


async def test_an_array_beyond_one_transaction(langfuse: Langfuse) -> None:
    """A mebibyte holds more scores than one commit takes; all arrive, and the refused one is counted once."""
    items: list[Any] = [{"id": f"s{place}", "traceId": "t", "name": "n", "value": place} for place in range(1500)]
    items[1200] = {"name": "bad"}
    status, body = await langfuse.send("POST", "/scores", items)
    assert (status, body["accepted"], body["rejected"]) == (207, 1499, 1)
    assert (await langfuse.get("/v2/scores", limit=1))["meta"]["totalItems"] == 1499


BODIES = [b"", b"{", b"[", b'"score"', b"5", b"null", b"\xff\xfe", b'{"name": NaN}', b"[" * 5000, b'{"a":' * 5000]


@pytest.mark.parametrize("body", BODIES, ids=lambda body: repr(body[:12]))
async def test_what_is_no_score_at_all(langfuse: Langfuse, body: bytes) -> None:
    """Not JSON, not an object, nested without end: 400, with a message."""
    status, answer = await langfuse.send("POST", "/scores", body)
    assert status == 400
    assert answer["message"]
    assert answer["error"]
