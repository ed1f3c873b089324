"""Evaluations: what is answered, what the core then has, and what is refused (contract 2signal-tracia §2.3)."""

from typing import Any

import msgspec
import pytest

from scorehouse.dialects.tracia import DIALECT
from scorehouse.domain.registry import Constraint, Evaluator
from scorehouse.domain.scores import Origin
from scorehouse.domain.targets import SpanTarget
from scorehouse.domain.values import Kind, numeric
from scorehouse.services.find import find_evaluator
from scorehouse.services.registry import put_evaluator
from scorehouse.wire.call import Call, Head
from tests.dialects.speaking import BEGINNING, Speaker
from tests.dialects.tracia.examples import EVALUATION, SPAN_ID, scores, sent, spoken

PATH = f"/api/v1/spans/{SPAN_ID}/evaluations"


async def register(speaker: Speaker, key: str, name: str, constraint: Constraint, **more: Any) -> None:
    """Register an evaluator, as an operator does through the house's own API."""
    evaluator = Evaluator(
        id=speaker.house.mint(),
        key=key,
        name=name,
        constraint=constraint,
        created_at=BEGINNING,
        updated_at=BEGINNING,
        **more,
    )
    number = speaker.principal.project.number
    actor = Call(Head("POST", "/"), {}, b"", speaker.principal, speaker.house, "native").actor
    await put_evaluator(speaker.house, number, actor, evaluator, create=True)


async def test_the_answer_has_the_seven_keys(speaker: Speaker) -> None:
    """The answer has what the documentation shows, in its forms, and nothing else."""
    await sent(speaker)
    status, answer = await spoken(speaker, "POST", PATH, EVALUATION)
    assert status == 201
    id = answer.pop("id")
    assert id.startswith("eval_")
    assert len(id) > len("eval_")
    assert answer == {
        "evaluatorKey": "quality",
        "evaluatorName": "Quality",
        "value": 1,
        "source": "api",
        "note": None,
        "createdAt": "2026-01-01T00:00:00.000Z",
    }


async def test_the_core_has_the_same_score(speaker: Speaker) -> None:
    """It is a numeric score of the span, named by the evaluator's key, from the API and that evaluator."""
    created = await sent(speaker, traceId="tr_1234567890abcdef")
    _, answer = await spoken(speaker, "POST", PATH, EVALUATION | {"note": "ok"})
    quality = await find_evaluator(speaker.house, speaker.principal.project.number, "quality", by_key=True)
    (score,) = await scores(speaker)
    assert score.id == answer["id"]
    assert score.target == SpanTarget(SPAN_ID, created["traceId"])
    assert (score.name, score.value, score.comment) == ("quality", numeric(1.0), "ok")
    assert (score.source.origin, score.source.evaluator) == (Origin.API, quality.id)


VALUES: list[tuple[bytes, bytes]] = [
    (b"1", b"1"),
    (b"0", b"0"),
    (b"1.0", b"1"),
    (b"-0.0", b"0"),
    (b"8", b"8"),
    (b"8.5", b"8.5"),
    (b"-3", b"-3"),
    (b"0.1", b"0.1"),
    (b"9007199254740992", b"9007199254740992"),
    (b"1e300", b"1e300"),
]


@pytest.mark.parametrize(("given", "answered"), VALUES)
async def test_a_value_is_answered_as_a_number_in_its_form(speaker: Speaker, given: bytes, answered: bytes) -> None:
    """Whole numbers have no fraction; the core has the same number."""
    await register(speaker, "accuracy", "Accuracy", Constraint(Kind.NUMERIC))
    await sent(speaker)
    reply = await speaker.speak(DIALECT, "POST", PATH, b'{"evaluatorKey":"accuracy","value":%s}' % given)
    assert reply.status == 201
    assert isinstance(reply.body, bytes)
    assert b'"value":%s,' % answered in reply.body
    (score,) = await scores(speaker)
    assert score.value is not None
    assert score.value.number == float(given)


NOTES: list[tuple[dict[str, Any], str | None]] = [
    ({}, None),
    ({"note": None}, None),
    ({"note": ""}, ""),
    ({"note": "Response was accurate and helpful"}, "Response was accurate and helpful"),
    ({"note": "tab\tline\n\u00e9 \U0001f600"}, "tab\tline\n\u00e9 \U0001f600"),
]


@pytest.mark.parametrize(("given", "note"), NOTES)
async def test_null_is_no_note_and_an_empty_one_is_kept(speaker: Speaker, given: dict[str, Any], note: Any) -> None:
    """What is answered is what the core has."""
    await sent(speaker)
    _, answer = await spoken(speaker, "POST", PATH, EVALUATION | given)
    (score,) = await scores(speaker)
    assert answer["note"] == note
    assert score.comment == note


async def test_a_repetition_appends(speaker: Speaker) -> None:
    """The same evaluation twice is two scores with two ids."""
    await sent(speaker)
    answers = [await spoken(speaker, "POST", PATH, EVALUATION) for _ in range(2)]
    assert [status for status, _ in answers] == [201, 201]
    recorded = await scores(speaker)
    assert [score.id for score in recorded] == [answer["id"] for _, answer in answers]
    assert len({score.id for score in recorded}) == 2


SPAN_IDS = ["sp_abc123def456", "tr_1234567890abcdef", "a/b c", "100%", "ü?#", "..", "a%2Fb", "+"]


@pytest.mark.parametrize("id", SPAN_IDS)
async def test_a_span_id_is_decoded_after_splitting(speaker: Speaker, id: str) -> None:
    """Both SDKs encode with nothing safe: whatever the id, its span is evaluated."""
    await sent(speaker, spanId=id)
    encoded = "".join(f"%{byte:02X}" for byte in id.encode())
    status, answer = await spoken(speaker, "POST", f"/api/v1/spans/{encoded}/evaluations", EVALUATION)
    assert status == 201, answer
    (score,) = await scores(speaker)
    assert score.target.id == id


REFUSED: list[tuple[str, Any, str]] = [
    ("unregistered", {"evaluatorKey": "accuracy", "value": 1}, "evaluatorKey: no evaluator 'accuracy' is registered"),
    ("by its name", {"evaluatorKey": "Quality", "value": 1}, "evaluatorKey: no evaluator 'Quality' is registered"),
    ("not a thumb", {"evaluatorKey": "quality", "value": 0.5}, "value: must be one of 0, 1"),
    ("too much", {"evaluatorKey": "quality", "value": 8}, "value: must not be above 1"),
    ("too little", {"evaluatorKey": "quality", "value": -1}, "value: must not be below 0"),
    ("the SDK's option", {"evaluator": "quality", "value": 1}, "evaluatorKey: is required"),
    ("no value", {"evaluatorKey": "quality"}, "value: is required"),
    ("Node's NaN", {"evaluatorKey": "quality", "value": None}, "value: must be a number"),
    ("a text", {"evaluatorKey": "quality", "value": "1"}, "value: must be a number"),
    ("a boolean", {"evaluatorKey": "quality", "value": True}, "value: must be a number"),
    ("a list", {"evaluatorKey": "quality", "value": [1]}, "value: must be a number"),
    ("no key", {"evaluatorKey": "", "value": 1}, "evaluatorKey: must be a string of length >= 1"),
    ("null key", {"evaluatorKey": None, "value": 1}, "evaluatorKey: must be a string"),
    ("control in key", {"evaluatorKey": "a\x00", "value": 1}, "evaluatorKey: must not contain control characters"),
    ("note", {"evaluatorKey": "quality", "value": 1, "note": 5}, "note: must be a string or null"),
    ("NUL", {"evaluatorKey": "quality", "value": 1, "note": "\x00"}, "note: must not contain NUL or lone surrogates"),
    ("everything", {}, "evaluatorKey: is required; value: is required"),
]


@pytest.mark.parametrize(("body", "message"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
async def test_what_is_wrong_is_named_in_their_words(speaker: Speaker, body: Any, message: str) -> None:
    """400, INVALID_REQUEST, the member by its wire name; nothing is stored."""
    await sent(speaker)
    status, answer = await spoken(speaker, "POST", PATH, body)
    assert (status, answer["error"]["code"]) == (400, "INVALID_REQUEST")
    assert answer["error"]["message"] == message
    assert await scores(speaker) == ()


async def test_an_archived_evaluator_takes_nothing(speaker: Speaker) -> None:
    """Its key is still known, and refused."""
    await register(speaker, "old", "Old", Constraint(Kind.NUMERIC), archived=True)
    await sent(speaker)
    status, answer = await spoken(speaker, "POST", PATH, {"evaluatorKey": "old", "value": 1})
    assert (status, answer["code"]) == (400, "INVALID_REQUEST")
    assert answer["message"].startswith("evaluatorKey: ")
    assert answer["message"].endswith("is archived")
    assert await scores(speaker) == ()


async def test_an_unknown_span_is_not_found(speaker: Speaker) -> None:
    """404 with the message that the SDKs' tests expect; the span is not mentioned into being."""
    status, answer = await spoken(speaker, "POST", PATH, EVALUATION)
    assert (status, answer["error"]) == (404, {"code": "NOT_FOUND", "message": f"Span not found: {SPAN_ID}"})
    assert await scores(speaker) == ()
    assert (await spoken(speaker, "GET", f"/api/v1/spans/{SPAN_ID}"))[0] == 404


async def test_an_internal_id_is_not_found(speaker: Speaker) -> None:
    """Only the id that the client chose names a span."""
    created = await sent(speaker)
    status, _ = await spoken(speaker, "POST", f"/api/v1/spans/{created['id']}/evaluations", EVALUATION)
    assert status == 404


async def test_spans_and_evaluators_of_another_project_are_out_of_reach(speaker: Speaker) -> None:
    """A stranger's span is not found, and a stranger's evaluator not registered."""
    await register(speaker, "accuracy", "Accuracy", Constraint())
    await sent(speaker)
    stranger = await speaker.stranger()
    accuracy = {"evaluatorKey": "accuracy", "value": 1}
    status, answer = await spoken(speaker, "POST", PATH, accuracy, principal=stranger)
    assert (status, answer["message"]) == (400, "evaluatorKey: no evaluator 'accuracy' is registered")
    status, answer = await spoken(speaker, "GET", f"/api/v1/spans/{SPAN_ID}", principal=stranger)
    assert (status, answer["message"]) == (404, f"Span not found: {SPAN_ID}")


async def test_a_span_found_late_is_evaluated(speaker: Speaker) -> None:
    """Python does not wait for its own background creation: first a clean 404, then, the span being there, 201."""
    assert (await spoken(speaker, "POST", PATH, EVALUATION))[0] == 404
    await sent(speaker)
    assert (await spoken(speaker, "POST", PATH, EVALUATION))[0] == 201


async def test_members_that_nobody_knows_are_passed_over(speaker: Speaker) -> None:
    """A newer client may send more."""
    await sent(speaker)
    body = msgspec.json.encode(EVALUATION | {"source": "dashboard", "weight": 3})
    status, answer = await spoken(speaker, "POST", PATH, body)
    assert (status, answer["source"]) == (201, "api")
