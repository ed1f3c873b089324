"""One table of scores, in both directions: what is written through Langfuse is what the core knows, and back."""

from typing import Any

import pytest

from scorehouse.dialects.langfuse import DIALECT
from scorehouse.domain.changes import Actor
from scorehouse.domain.instants import Instant
from scorehouse.domain.scores import Draft, Origin, Outcome, Score, Source, Status
from scorehouse.domain.targets import RunTarget, SessionTarget, SpanTarget, TraceTarget
from scorehouse.domain.values import Kind, Value, boolean, categorical, numeric, text
from scorehouse.services.find import find_score
from scorehouse.services.record import record_score
from scorehouse.storage.queries import Order, ScoreField, ScoreQuery, Window
from tests.dialects.langfuse.langfuse import Langfuse, event
from tests.dialects.speaking import BEGINNING

ACTOR = Actor("key-1", None, "test")
TARGET = TraceTarget("t")
BASE: dict[str, Any] = {"id": "s", "traceId": "t", "name": "n"}
AT = Instant(BEGINNING - 3_600_000_000)

PAIRS: list[tuple[dict[str, Any], Draft]] = [
    # an item of the array form, and what the core makes of it
    ({**BASE, "value": 0.5}, Draft(id="s", target=TARGET, name="n", value=numeric(0.5))),
    ({**BASE, "value": -7e9}, Draft(id="s", target=TARGET, name="n", value=numeric(-7e9))),
    ({**BASE, "value": 1, "dataType": "BOOLEAN"}, Draft(id="s", target=TARGET, name="n", value=boolean(True))),
    ({**BASE, "value": 0, "dataType": "BOOLEAN"}, Draft(id="s", target=TARGET, name="n", value=boolean(False))),
    ({**BASE, "value": "good"}, Draft(id="s", target=TARGET, name="n", value=categorical("good"))),
    ({**BASE, "value": "x y", "dataType": "TEXT"}, Draft(id="s", target=TARGET, name="n", value=text("x y"))),
    (
        {**BASE, "value": "better", "dataType": "CORRECTION"},
        Draft(id="s", target=TARGET, name="output", value=Value(Kind.CORRECTION, text="better")),
    ),
    (
        {**BASE, "value": 1, "observationId": "o"},
        Draft(id="s", target=SpanTarget("o", "t"), name="n", value=numeric(1)),
    ),
    (
        {"id": "s", "sessionId": "x", "name": "n", "value": 1},
        Draft(id="s", target=SessionTarget("x"), name="n", value=numeric(1)),
    ),
    (
        {"id": "s", "datasetRunId": "r", "name": "n", "value": 1},
        Draft(id="s", target=RunTarget("r"), name="n", value=numeric(1)),
    ),
    (
        {
            **BASE,
            "value": 1,
            "comment": "why",
            "metadata": {"a": [1]},
            "environment": "prod",
            "queueId": "q",
            "timestamp": "2025-12-31T23:00:00.000Z",
        },
        Draft(
            id="s",
            target=TARGET,
            name="n",
            value=numeric(1),
            comment="why",
            metadata={"a": [1]},
            environment="prod",
            queue="q",
            timestamp=AT,
        ),
    ),
]


def facts(score: Score) -> dict[str, Any]:
    """Return what is said of a score, times of recording left out."""
    members = ("id", "target", "name", "value", "outcome", "source", "comment", "environment", "config", "queue")
    return {name: getattr(score, name) for name in (*members, "timestamp")} | {"metadata": dict(score.metadata)}


async def stored(langfuse: Langfuse, id: str = "s") -> Score:
    """Return a score as the core has it."""
    return await find_score(langfuse.speaker.house, langfuse.speaker.principal.project.number, id)


@pytest.mark.parametrize(("item", "draft"), PAIRS, ids=lambda part: str(part)[:70])
async def test_their_shapes_become_our_words(langfuse: Langfuse, item: dict[str, Any], draft: Draft) -> None:
    """Written through Langfuse, the core has exactly these facts."""
    assert (await langfuse.send("POST", "/scores", [item]))[0] == 202
    through_langfuse = await stored(langfuse)
    await langfuse.send("DELETE", "/scores/s")
    number = langfuse.speaker.principal.project.number
    recorded = await record_score(langfuse.speaker.house, number, ACTOR, draft, must_exist=False)
    assert facts(through_langfuse) == facts(recorded.score)


@pytest.mark.parametrize(("item", "draft"), PAIRS, ids=lambda part: str(part)[:70])
async def test_our_words_become_their_shapes(langfuse: Langfuse, item: dict[str, Any], draft: Draft) -> None:
    """Recorded in the core, v2 and v3 show what would have been sent; sent again, it changes nothing."""
    number = langfuse.speaker.principal.project.number
    await record_score(langfuse.speaker.house, number, ACTOR, draft, must_exist=False)
    shown = await langfuse.read("s")
    for name, value in item.items():
        if name == "value":
            continue
        assert shown[name] == ("output" if (name, item.get("dataType")) == ("name", "CORRECTION") else value), name
    (v3,) = (await langfuse.get("/v3/scores", fields="details,subject"))["data"]
    plain = bool(item["value"]) if item.get("dataType") == "BOOLEAN" else item["value"]
    assert v3["value"] == plain
    before = await stored(langfuse)
    assert (await langfuse.send("POST", "/scores", [item]))[0] == 202
    assert await stored(langfuse) == before


ORIGINS = [("API", Origin.API), ("EVAL", Origin.EVALUATOR), ("ANNOTATION", Origin.HUMAN)]


@pytest.mark.parametrize(("source", "origin"), ORIGINS)
async def test_sources(langfuse: Langfuse, source: str, origin: Origin) -> None:
    """Each source is an origin, both ways."""
    config = await langfuse.config(name="n")
    await langfuse.ingest(event("score-create", {**BASE, "value": 1, "source": source, "configId": config}))
    assert (await stored(langfuse)).source == Source(origin=origin)
    assert (await langfuse.read("s"))["source"] == source


UNSPEAKABLE = [
    Draft(id="s", target=TARGET, name="n", value=Value(Kind.MULTI, labels=("a", "b"))),
    Draft(id="s", target=TARGET, name="n", value=Value(Kind.JSON, json='{"a":1}')),
    Draft(id="s", target=TARGET, name="n", value=None, outcome=Outcome(Status.PENDING)),
    Draft(id="s", target=TARGET, name="n", value=None, outcome=Outcome(Status.FAILED, "broke")),
]


@pytest.mark.parametrize("draft", UNSPEAKABLE, ids=str)
async def test_what_cannot_be_said_is_not_listed(langfuse: Langfuse, draft: Draft) -> None:
    """Several labels, JSON and what was not measured are nowhere, and the totals do not count them."""
    number = langfuse.speaker.principal.project.number
    await langfuse.score(id="good", traceId="t")
    await record_score(langfuse.speaker.house, number, ACTOR, draft, must_exist=False)
    for path in ("/scores", "/v2/scores", "/v3/scores"):
        assert await langfuse.ids(path) == ["good"]
    for path in ("/scores/s", "/v2/scores/s"):
        assert (await langfuse.send("GET", path))[0] == 404
    assert (await langfuse.get("/v2/scores"))["meta"]["totalItems"] == 1
    query = ScoreQuery(number, DIALECT.speakable, Order(ScoreField.CREATED_AT), Window(10))
    assert [score.id for score in (await langfuse.speaker.house.store.scores(query)).items] == ["good"]


FACETS = [
    (Value(Kind.NUMERIC, number=0.5, labels=("half",)), "NUMERIC", 0.5, None),
    (Value(Kind.CATEGORICAL, number=2, labels=("two",)), "CATEGORICAL", 2, "two"),
    (Value(Kind.BOOLEAN, boolean=True, number=0.3), "BOOLEAN", 1, "True"),
    (Value(Kind.TEXT, text="x" * 600, number=1), "TEXT", None, "x" * 600),
]


@pytest.mark.parametrize(("value", "data_type", "number", "words"), FACETS)
async def test_the_facet_that_counts_is_shown(
    langfuse: Langfuse, value: Value, data_type: str, number: float | None, words: str | None
) -> None:
    """Of a score that another dialect gave several facets, Langfuse shows the one that its type asks for."""
    project = langfuse.speaker.principal.project.number
    draft = Draft(id="s", target=TARGET, name="n", value=value)
    await record_score(langfuse.speaker.house, project, ACTOR, draft, must_exist=False)
    shown = await langfuse.read("s")
    assert (shown["dataType"], shown.get("value"), shown["stringValue"]) == (data_type, number, words)
