"""What fuzzing found stays mended, what it begins with is answered, and the fuzzer can find something."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scorehouse.domain.refusals import Broken, Throttled
from siege.fuzzing import targets
from siege.fuzzing.house import MARKER, SECRET
from siege.fuzzing.judging import TIME_MAX_S, Answer, Finding, judge, judged
from siege.fuzzing.messages import Message, read_message, write_message
from siege.fuzzing.mutations import ODD, Mutator
from siege.fuzzing.seeds import FINDINGS, recorded
from siege.fuzzing.targets import Target, decoders


@pytest.fixture(scope="module")
def fed() -> Iterator[dict[str, Target]]:
    """Every target by its name, with one house for all."""
    every = {each.name: each for each in targets.targets()}
    yield every
    every["requests"].feed.close()  # type: ignore[attr-defined]  # this target is the one that holds a house open


def findings() -> list[Path]:
    """List what was found."""
    return sorted(path for path in FINDINGS.glob("*/*") if path.is_file())


@pytest.mark.parametrize("path", findings(), ids=lambda path: f"{path.parent.name}-{path.name}")
def test_what_was_found_stays_mended(fed: dict[str, Target], path: Path) -> None:
    """An input that once showed a defect shows none."""
    fed[path.parent.name].feed(path.read_bytes())


@pytest.mark.slow
@pytest.mark.parametrize("name", ["requests", "decoders"])
def test_what_it_begins_with_is_no_finding(fed: dict[str, Target], name: str) -> None:
    """Every recorded request, one for each route, and a sample for each decoder."""
    for seed in fed[name].seeds():
        fed[name].feed(seed)


@pytest.mark.slow
def test_changed_requests_are_no_finding(fed: dict[str, Target]) -> None:
    """One change of every recorded request, the same at every run: a taste of what fuzzing does for an hour."""
    for seed, (_, message) in enumerate(recorded()):
        fed["requests"].feed(Mutator(seed, flipped).message(write_message(message)))


def flipped(data: bytes, size: int) -> bytes:
    """Change bytes without the fuzzer: the first becomes the last."""
    return (data[1:] + data[:1])[:size]


# ── That it can find something ───────────────────────────────────────────────────────────────────────────


def test_a_defect_is_a_finding_and_a_refusal_is_none() -> None:
    """Whatever is raised beside refusals, and what takes too long."""
    with pytest.raises(Finding, match="ZeroDivisionError"), judged():
        raise ZeroDivisionError
    with judged():
        refuse()
    times = iter((0.0, TIME_MAX_S + 1))
    with pytest.raises(Finding, match="took"), judged(lambda: next(times)):
        pass


def refuse() -> None:
    """Refuse."""
    raise Throttled


@pytest.mark.parametrize(
    ("answer", "unsupported"),
    [
        (Answer(500, "application/json", b"{}"), False),
        (Answer(501, "application/json", b"{}"), False),
        (Answer(503, "application/json", b"{}"), True),
        (Answer(200, "application/json", b"{"), False),
        (Answer(200, "text/plain", f"key {SECRET}".encode()), False),
        (Answer(200, "text/plain", b"", (("location", MARKER),)), False),
    ],
)
def test_an_answer_that_may_not_be_is_a_finding(answer: Answer, unsupported: bool) -> None:
    """A 5xx, a 501 of a route that is spoken, half a document, and a secret in a body or a header."""
    with pytest.raises(Finding):
        judge(answer, unsupported, (SECRET, MARKER))


@pytest.mark.parametrize("answer", [Answer(501, "application/json", b"{}"), Answer(404, "text/html", b"<")])
def test_an_answer_that_may_be_is_none(answer: Answer) -> None:
    """What is not spoken, and a refusal."""
    judge(answer, True, (SECRET, MARKER))


def test_a_broken_decoder_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A decoder that raises something else than a refusal, by its name in the first line."""

    def broken(data: bytes) -> None:
        raise UnicodeDecodeError("utf-8", data, 0, 1, "is not") if data else Broken

    monkeypatch.setattr(targets, "decoders", lambda: {"broken": broken})
    targets.feed_decoder(b"broken\n")
    targets.feed_decoder(b"another\nx")
    with pytest.raises(Finding, match="UnicodeDecodeError"):
        targets.feed_decoder(b"broken\nx")


def test_every_route_with_a_body_or_a_query_has_a_decoder() -> None:
    """The list is made of the route tables."""
    names = set(decoders())
    assert {"body native POST /v1/scores", "query langfuse GET /api/public/v3/scores", "cursor"} <= names
    assert sum(name.startswith("body ") for name in names) > 50


# ── Requests as text, and their changes ──────────────────────────────────────────────────────────────────

MESSAGE = Message("POST", "/v1/a%20b", "x=1", (("content-type", "application/json"),), b'{"a":\n\n[1]}')


def test_a_request_is_read_as_it_was_written() -> None:
    """There and back, with empty lines in the body."""
    assert read_message(write_message(MESSAGE)) == MESSAGE


@pytest.mark.parametrize(
    "data", [b"", b"\n", b"\n\n", b"GET", b" ", b"\xff\xfe \xff?\xff\n:\n\xff", b"a b c\nd: e: f\n\ng"]
)
def test_any_bytes_are_some_request(data: bytes) -> None:
    """Reading refuses nothing."""
    assert read_message(data).path.startswith("/")


@pytest.mark.parametrize("change", ["message", "document"])
def test_changes_differ_and_are_repeated_by_their_seed(change: str) -> None:
    """The same seed makes the same change; many seeds make many, most of which leave the JSON whole."""
    data = write_message(MESSAGE) if change == "message" else MESSAGE.body

    def changed(seed: int) -> Any:
        return getattr(Mutator(seed, flipped), change)(data)

    made = [changed(seed) for seed in range(200)]
    assert made == [changed(seed) for seed in range(200)]
    assert len(set(made)) > 40


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: repr(odd)[:20])
def test_what_is_odd_can_be_sent(odd: Any) -> None:
    """Every odd value can stand in a tree and in a path."""
    for seed in range(20):
        Mutator(seed, flipped).document(repr([odd]).encode("utf-8", "surrogatepass"))
        Mutator(seed, flipped).message(b"GET /" + str(odd).encode("utf-8", "surrogatepass"))
