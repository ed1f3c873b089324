"""Traces and spans change by patches: what is kept stays, None clears, what nobody sent is not there."""

from collections.abc import AsyncIterator
from pathlib import Path
from secrets import token_hex

import pytest

from scorehouse.domain.changes import Action, Actor, Subject
from scorehouse.domain.frozen import replace
from scorehouse.domain.instants import Instant
from scorehouse.domain.patches import MetadataOverlay, SpanPatch, TracePatch
from scorehouse.domain.refusals import Invalid, NotFound
from scorehouse.domain.scores import Draft, MetadataParts, Patch
from scorehouse.domain.targets import TraceTarget
from scorehouse.domain.traces import Health, SpanKind, SpanSketch, TraceSketch
from scorehouse.domain.values import numeric
from scorehouse.engines.sql import open_sqlite
from scorehouse.services.anchor import anchor
from scorehouse.services.find import find_span, find_trace
from scorehouse.services.house import House
from scorehouse.services.record import record_score
from scorehouse.services.revise import retag_traces, revise_score, revise_span, revise_trace
from scorehouse.storage.queries import ChangeQuery
from scorehouse.storage.verbs import OpenProject

ACTOR = Actor("key", None, "test")
TRACE = "a1b2c3d4-e5f6-7890-abcd-ef1234567890"
SAME_TRACE = "A1B2C3D4E5F67890ABCDEF1234567890"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """A house with one project, and in it a trace with a span."""
    store = await open_sqlite(tmp_path, queue_rows_max=1000, read_threads=1)
    house = House(store, lambda: Instant(5_000_000), iter(f"{n:032x}" for n in range(1, 1000)).__next__, token_hex)
    await store.perform(OpenProject("one", house.clock()))
    await store.perform(OpenProject("two", house.clock()))
    trace = TraceSketch(
        id=TRACE,
        name="run",
        session="s",
        tags=("a", "b"),
        input={"q": 1},
        metadata={"keep": {"x": 1}, "k": 1},
        residue={"v": {"word": 1, "other": 2}, "w": {"own": 1}},
    )
    span = SpanSketch(
        id="span", trace=TRACE, alias="alias", name="step", model="m", usage={"input": 2}, metadata={"k": 1}
    )
    await anchor(house, 1, ACTOR, [trace], [span])
    yield house
    await store.close()


async def test_a_trace_keeps_what_a_patch_does_not_name_and_clears_what_it_names_none(house: House) -> None:
    """Fields change, clear and stay by themselves, whatever spelling of the id is asked for."""
    patch = TracePatch(name="new", session=None, health=Health.ERROR, tags=("c", "c"), input=None, output=[1])
    trace = await revise_trace(house, 1, ACTOR, SAME_TRACE, patch)
    assert (trace.id, trace.name, trace.session, trace.health) == (TRACE, "new", None, Health.ERROR)
    assert (trace.tags, trace.input, trace.output) == (("c",), None, [1])
    assert trace.metadata == {"keep": {"x": 1}, "k": 1}
    assert trace == await find_trace(house, 1, TRACE)


@pytest.mark.parametrize(
    ("change", "after"),
    [
        ({"n": 1}, {"n": 1}),
        (MetadataOverlay({"keep": {"y": 2}, "k": None}), {"keep": {"y": 2}, "k": None}),
        (MetadataParts({"keep": {"y": 2}, "k": None}), {"keep": {"x": 1, "y": 2}}),
    ],
)
async def test_metadata_changes_whole_or_in_parts(house: House, change: object, after: object) -> None:
    """A whole object replaces, an overlay replaces by top-level key, parts merge as RFC 7396 says."""
    trace = await revise_trace(house, 1, ACTOR, TRACE, TracePatch(metadata=change))  # type: ignore[arg-type]  # the table's cells are typed loosely
    assert trace.metadata == after


async def test_residue_changes_member_by_member(house: House) -> None:
    """Members are laid over their dialect's; None takes one away; another dialect's stay."""
    trace = await revise_trace(house, 1, ACTOR, TRACE, TracePatch(residue={"v": {"word": None, "third": 3}}))
    assert trace.residue == {"v": {"other": 2, "third": 3}, "w": {"own": 1}}


async def test_a_span_changes(house: House) -> None:
    """A span is found by id or alias, with or without its trace, and answered as it now stands."""
    patch = SpanPatch(kind=SpanKind.LLM, model=None, usage={"input": 3, "output": 4}, cost_usd=0.5)
    span = await revise_span(house, 1, ACTOR, "alias", patch, trace=SAME_TRACE)
    assert (span.id, span.name, span.kind, span.model) == ("span", "step", SpanKind.LLM, None)
    assert span == await find_span(house, 1, "span")
    assert (await find_trace(house, 1, TRACE)).rollup.tokens_total == 7
    assert await revise_span(house, 1, ACTOR, "span", SpanPatch()) == span


async def test_only_what_somebody_sent_in_this_project_is_found(house: House) -> None:
    """Unknown ids, merely mentioned traces, another trace and another project are NotFound."""
    draft = Draft(target=TraceTarget("mentioned"), name="n", value=numeric(1))
    await record_score(house, 1, ACTOR, draft, must_exist=False)
    for project, id in ((1, "unknown"), (1, "mentioned"), (2, TRACE)):
        with pytest.raises(NotFound):
            await revise_trace(house, project, ACTOR, id, TracePatch(name="x"))
    for project, id, trace in ((1, "span", "other"), (1, "unknown", None), (2, "span", None)):
        with pytest.raises(NotFound):
            await revise_span(house, project, ACTOR, id, SpanPatch(name="x"), trace=trace)


async def test_tags_are_taken_before_they_are_given(house: House) -> None:
    """A tag in both lists stays, at the end; unknown, mentioned and repeated ids do not count."""
    draft = Draft(target=TraceTarget("mentioned"), name="n", value=numeric(1))
    await record_score(house, 1, ACTOR, draft, must_exist=False)
    ids = (TRACE, SAME_TRACE, "unknown", "mentioned")
    assert await retag_traces(house, 1, ACTOR, ids, add=("c", "a"), remove=("a", "z")) == 1
    assert (await find_trace(house, 1, TRACE)).tags == ("b", "c", "a")


async def test_a_change_takes_a_place_in_the_feed_and_a_patch_that_changes_nothing_does_not(house: House) -> None:
    """One entry for the trace, one for the span's trace, none for repetitions."""
    for _ in range(2):
        await revise_trace(house, 1, ACTOR, TRACE, TracePatch(name="new"))
        await revise_span(house, 1, ACTOR, "span", SpanPatch(name="new"))
    feed = await house.store.changes(ChangeQuery(1, 100))
    assert [(item.subject, item.action) for item in feed] == [
        (Subject.TRACE, Action.CREATED),
        (Subject.TRACE, Action.CHANGED),
        (Subject.TRACE, Action.CHANGED),
    ]


async def test_a_touched_score_counts_as_changed(house: House) -> None:
    """A patch that says nothing new changes nothing, and with `touch` the time of change."""
    draft = Draft(target=TraceTarget(TRACE), name="n", value=numeric(1))
    score = (await record_score(house, 1, ACTOR, draft)).score
    later = House(house.store, lambda: Instant(9_000_000), house.mint, token_hex)
    assert await revise_score(later, 1, ACTOR, score.id, Patch(name="n")) == score
    touched = await revise_score(later, 1, ACTOR, score.id, Patch(touch=True))
    assert touched == replace(score, updated_at=Instant(9_000_000))
    assert await house.store.score(1, score.id) == touched


@pytest.mark.parametrize(
    "build",
    [
        lambda: TracePatch(name="\0"),
        lambda: TracePatch(tags=("a\x1fb",)),
        lambda: SpanPatch(usage={"input": -1}),
        lambda: SpanPatch(cost_usd=float("nan")),
        lambda: TracePatch(metadata=MetadataOverlay({"k": "\ud800"})),
    ],
)
def test_a_patch_that_could_not_be_stored_cannot_be_built(build: object) -> None:
    """The rules of sketches hold for patches."""
    with pytest.raises(Invalid):
        build()  # type: ignore[operator]  # the table's cells are typed loosely
