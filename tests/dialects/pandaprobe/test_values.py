"""Values are texts: taken if they can be aggregated, kept as sent, never shown when they no longer hold (§6.2)."""

from typing import Any

import pytest

from scorehouse.dialects.native import DIALECT as NATIVE
from scorehouse.dialects.pandaprobe.values import read_value, write_value
from scorehouse.domain.values import Kind, Value, boolean, categorical, numeric
from tests.dialects.pandaprobe.pandaprobe import SCORES, SESSION_SCORES, fields, say, score, session_score, trace
from tests.dialects.speaking import Speaker, read_reply

WRITTEN: list[tuple[str, str, Value]] = [
    ("0.92", "NUMERIC", numeric(0.92)),
    ("0.0", "NUMERIC", numeric(0.0)),
    ("1.0", "NUMERIC", numeric(1.0)),
    ("true", "BOOLEAN", boolean(True)),
    ("false", "BOOLEAN", boolean(False)),
    ("PASS", "CATEGORICAL", categorical("PASS")),
    ("", "CATEGORICAL", categorical("")),
    ("ßé 😀", "CATEGORICAL", categorical("ßé 😀")),
]
READ: list[tuple[str, str, Value]] = [
    ("0", "NUMERIC", numeric(0.0)),
    ("1", "NUMERIC", numeric(1.0)),
    (".5", "NUMERIC", numeric(0.5)),
    ("1.", "NUMERIC", numeric(1.0)),
    ("+0.5", "NUMERIC", numeric(0.5)),
    ("-0", "NUMERIC", numeric(0.0)),
    ("1e-3", "NUMERIC", numeric(0.001)),
    ("1e0", "NUMERIC", numeric(1.0)),
    (" 0.5 ", "NUMERIC", numeric(0.5)),
    ("1.0000000000000001", "NUMERIC", numeric(1.0)),
    ("0e-400", "NUMERIC", numeric(0.0)),
    ("5e-324", "NUMERIC", numeric(5e-324)),
    ("TRUE", "BOOLEAN", boolean(True)),
    ("False", "BOOLEAN", boolean(False)),
]
REFUSED: list[tuple[str, str]] = [
    *((text, "NUMERIC") for text in ("1.5", "-0.1", "nan", "inf", "-inf", "", " ", "high", "0x1", "1,0", "1e400")),
    *(
        (text, "NUMERIC")
        for text in ("0_1", "\u0660.\u0665", "\u00a00.5", "1e-400", "1.0000001", "--1", "e1", ".", "0.5.", "true")
    ),
    *((text, "BOOLEAN") for text in ("1", "0", "yes", " true", "true ", "", "\u017false", "null")),
    ("a\x1fb", "CATEGORICAL"),
]


@pytest.mark.parametrize(("text", "data_type", "value"), WRITTEN)
def test_these_texts_and_values_are_each_others(text: str, data_type: str, value: Value) -> None:
    """What is written is read back as the same value."""
    assert write_value(value) == text
    assert read_value(text, data_type) == value


@pytest.mark.parametrize(("text", "data_type", "value"), [*WRITTEN, *READ])
async def test_a_value_is_shown_as_it_was_sent(speaker: Speaker, text: str, data_type: str, value: Value) -> None:
    """The text comes back letter for letter, from traces and sessions; the house holds what it stands for."""
    await trace(speaker)
    of_trace = await score(speaker, value=text, data_type=data_type)
    of_session = await session_score(speaker, value=text, data_type=data_type)
    assert (of_trace["value"], of_trace["data_type"]) == (text, data_type)
    assert (await say(speaker, "GET", SCORES))["items"] == [of_trace]
    assert (await say(speaker, "GET", SESSION_SCORES))["items"] == [of_session]
    assert of_session["value"] == text
    stored = await speaker.house.store.score(1, of_trace["id"])
    assert stored is not None
    assert stored.value == value


@pytest.mark.parametrize(("text", "data_type"), REFUSED)
async def test_a_value_that_cannot_be_aggregated_is_refused(speaker: Speaker, text: str, data_type: str) -> None:
    """A fault of the whole body, said as one (§1.4); nothing is stored."""
    await trace(speaker)
    body = {"trace_id": "a1b2c3d4-e5f6-7890-abcd-ef1234567890", "name": "n", "value": text, "data_type": data_type}
    answer = await say(speaker, "POST", SCORES, body, 422)
    assert fields(answer) == [""]
    assert answer["errors"][0]["message"].startswith("Value error, ")
    assert (await say(speaker, "GET", SCORES))["total"] == 0


@pytest.mark.parametrize(
    ("text", "data_type", "changed", "shown"),
    [
        ("+0.5", "NUMERIC", 0.25, "0.25"),
        ("+0.5", "NUMERIC", 0.5, "+0.5"),
        ("+0.5", "NUMERIC", 7, "7.0"),
        ("TRUE", "BOOLEAN", False, "false"),
        ("TRUE", "BOOLEAN", True, "TRUE"),
    ],
)
async def test_a_text_that_no_longer_holds_is_not_shown(
    speaker: Speaker, text: str, data_type: str, changed: Any, shown: str
) -> None:
    """Another API changes the value: its new text is shown, the one sent once only if it says the same."""
    await trace(speaker)
    id = (await score(speaker, value=text, data_type=data_type))["id"]
    reply = await speaker.speak(NATIVE, "PATCH", f"/v1/scores/{id}", {"value": changed})
    assert reply.status == 200, reply.body
    assert (await say(speaker, "GET", SCORES))["items"][0]["value"] == shown


@pytest.mark.parametrize(
    ("value", "data_type", "shown"),
    [
        (0.25, "NUMERIC", "0.25"),
        (4.5, "NUMERIC", "4.5"),
        (True, "BOOLEAN", "true"),
        ({"kind": "categorical", "labels": ["good"]}, "CATEGORICAL", "good"),
    ],
)
async def test_what_another_api_wrote_is_read(speaker: Speaker, value: Any, data_type: str, shown: str) -> None:
    """Numbers outside 0 to 1 too: they can be read, not written."""
    body = {"name": "n", "value": value, "target": {"kind": "session", "id": "s"}}
    assert read_reply(await speaker.speak(NATIVE, "POST", "/v1/scores", body))["id"]
    (found,) = (await say(speaker, "GET", SESSION_SCORES))["items"]
    assert (found["data_type"], found["value"]) == (data_type, shown)


@pytest.mark.parametrize("kind", [Kind.TEXT, Kind.MULTI, Kind.JSON])
async def test_what_cannot_be_said_is_not_listed(speaker: Speaker, kind: Kind) -> None:
    """Texts, several labels and JSON of other APIs do not appear, and do not count."""
    values: dict[Kind, dict[str, Any]] = {
        Kind.TEXT: {"text": "t"},
        Kind.MULTI: {"labels": ["a", "b"]},
        Kind.JSON: {"json": {"a": 1}},
    }
    body = {"name": "n", "value": {"kind": kind, **values[kind]}, "target": {"kind": "session", "id": "s"}}
    reply = await speaker.speak(NATIVE, "POST", "/v1/scores", body)
    assert reply.status == 201, reply.body
    assert (await say(speaker, "GET", SESSION_SCORES))["total"] == 0
