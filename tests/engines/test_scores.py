"""What the port promises of scores, held against every engine."""

import asyncio

import pytest

from scorehouse.domain.changes import START, Action, Subject
from scorehouse.domain.frozen import field_names, replace
from scorehouse.domain.instants import Instant
from scorehouse.domain.refusals import Conflict, Invalid, NotFound, Refusal
from scorehouse.domain.registry import Choice, Comparison, Config, Constraint, Evaluator, PassCondition
from scorehouse.domain.scores import KEEP, Draft, Facets, Origin, Outcome, Patch, Score, Source, Status
from scorehouse.domain.targets import RunTarget, SessionTarget, SpanTarget, Target, TraceTarget
from scorehouse.domain.traces import SpanSketch, TraceSketch
from scorehouse.domain.values import Kind, Value, boolean, categorical, numeric, text
from scorehouse.storage.queries import ChangeQuery, Compare, Operator, ScoreField
from scorehouse.storage.verbs import Idempotency, PutConfig, PutEvaluator, Recorded, Recording
from tests.engines.stores import ACTOR, FIRST_INSTANT, Room, draft, open_room

VALUES = [
    numeric(0.92, "pass"),
    numeric(-1e308),
    numeric(5e-324),
    boolean(True),
    boolean(False),
    categorical("good", 2.0),
    categorical(""),
    Value(Kind.MULTI, labels=("a", "b", "a")),
    Value(Kind.MULTI),
    text("well\nput ✓"),
    Value(Kind.JSON, json='{"a": [1, 2]}'),
    Value(Kind.CORRECTION, text="better"),
    Value(Kind.NUMERIC, number=4.5, boolean=True, labels=("x",), text="t", json="[]"),
]
TARGETS = [
    TraceTarget("trace-1"),
    SpanTarget("span-1", "trace-1"),
    SessionTarget("session-1"),
    RunTarget("run-1"),
]


@pytest.mark.parametrize("value", VALUES, ids=str)
async def test_every_value_comes_back_as_it_was_recorded(room: Room, value: Value) -> None:
    """Every kind with every facet survives the store."""
    score = await room.record(draft(value=value))
    assert (await room.store.score(room.number, score.id)) == score
    assert score.value == value


@pytest.mark.parametrize("target", TARGETS, ids=str)
async def test_every_fact_comes_back_as_it_was_recorded(room: Room, target: Target) -> None:
    """Every field of a draft survives the store, on every kind of target."""
    offered = Draft(
        id="0A1B2C3D-0000-4000-8000-00000000ABCD",
        target=target,
        name="helpfulness",
        value=None,
        outcome=Outcome(Status.FAILED, "the judge timed out"),
        source=Source(Origin.HUMAN, "marcus@example.com", None, "run-7"),
        comment="because …",
        metadata={"nested": {"list": [1, 2.5, None, "x"]}},
        environment="production",
        queue="queue-1",
        passed=False,
        cost_usd=0.25,
        timestamp=room.now(),
        residue={"vendor": {"odd": True}},
    )
    await room.record(offered)
    found = await room.store.score(room.number, "0a1b2c3d000040008000" + "00000000abcd")
    assert found is not None
    for name in field_names(Draft):
        assert getattr(found, name) == getattr(offered, name), name


async def test_scores_are_added_up_by_their_ids(room: Room) -> None:
    """Name and number of those asked for, in any spelling of the id, and of nobody else's; without a number, none."""
    await room.record(draft(id="0A1B2C3D-0000-4000-8000-00000000ABCD", number=0.1))
    await room.record(draft(id="free", name="thumbs", value=boolean(True)))
    await room.record(draft(id="words", name="note", value=text("well")))
    await room.record(draft(id="other"))
    other = await open_room(room.store, "elsewhere")
    await other.record(draft(id="free", name="not mine"))
    ids = ["0a1b2c3d000040008000" + "00000000abcd", "free", "words", "nobody"]
    found = await room.store.measured(room.number, ids)
    assert sorted(found) == [("accuracy", 0.1), ("note", None), ("thumbs", 1.0)]
    assert list(await room.store.measured(room.number, [])) == []


async def test_times_of_a_recording_elsewhere_are_kept(room: Room) -> None:
    """A score that moved in says when it was recorded and changed where it was; neither in the future, nor before."""
    early, later, now = Instant(1_600_000_000_000_000), Instant(1_650_000_000_000_000), Instant(FIRST_INSTANT)
    offered = ((early, later), (early, None), (later, early), (Instant(2**52), None), (None, None))
    recordings = [
        Recording(draft=draft(), id=room.mint(), must_exist=False, created_at=created, updated_at=updated)
        for created, updated in offered
    ]
    answers = await room.try_recording(*recordings)
    found = await room.scores()
    assert [answer.score for answer in answers if isinstance(answer, Recorded)] == found
    times = [(score.created_at, score.updated_at) for score in found]
    assert times[:3] == [(early, later), (early, early), (later, later)]
    assert all(now <= at <= now + 1000 for at in (*times[3], *times[4]))


async def test_an_answered_score_is_in_the_next_read(room: Room) -> None:
    """Reading right after the answer finds the score, under many concurrent writers."""

    async def write_and_read() -> None:
        score = await room.record(draft())
        assert await room.store.score(room.number, score.id) is not None

    await asyncio.gather(*(write_and_read() for _ in range(50)))
    assert len(await room.scores()) == 50


async def test_an_unknown_target_is_refused_or_mentioned(room: Room) -> None:
    """`must_exist` refuses what nobody sent, writing nothing; otherwise it is mentioned and still refuses others."""
    wanted = Recording(draft=draft("nowhere"), id=room.mint())
    (answer,) = await room.try_recording(wanted)
    assert isinstance(answer, NotFound)
    assert (answer.kind, answer.id) == ("trace", "nowhere")
    assert await room.trace_ids() == []
    await room.record(draft("nowhere"), must_exist=False)
    (answer,) = await room.try_recording(wanted)
    assert isinstance(answer, NotFound), "a trace that is only mentioned was sent by nobody"
    await room.anchor(TraceSketch(id="nowhere"))
    (answer,) = await room.try_recording(wanted)
    assert isinstance(answer, Recorded)


async def test_a_span_is_found_by_id_and_alias_in_its_trace_only(room: Room) -> None:
    """A span target is found by either id, and not under another trace."""
    await room.anchor(TraceSketch(id="t1"), TraceSketch(id="t2"), SpanSketch(id="s1", trace="t1", alias="event-1"))
    for span, trace, expected in [
        ("s1", "t1", True),
        ("event-1", "t1", True),
        ("s1", None, True),
        ("s1", "t2", False),
        ("s2", "t1", False),
        ("s1", "t9", False),
    ]:
        recording = Recording(draft=draft(target=SpanTarget(span, trace)), id=room.mint())
        (answer,) = await room.try_recording(recording)
        assert isinstance(answer, Recorded if expected else NotFound), (span, trace)
    found = await room.scores()
    assert [score.target for score in found] == [SpanTarget("s1", "t1")] * 3


async def test_a_128_bit_id_is_one_id_however_it_is_spelled(room: Room) -> None:
    """A trace sent in hex is scored by UUID, and is shown in the spelling in which it first came."""
    plain = "0af7651916cd43dd8448eb211c80319c"
    spelled = "0AF76519-16CD-43DD-8448-EB211C80319C"
    await room.anchor(TraceSketch(id=plain))
    await room.record(draft(spelled), must_exist=True)
    await room.record(draft(f"urn:uuid:{spelled.lower()}"), must_exist=True)
    assert await room.trace_ids() == [plain]
    listed = await room.scores(Compare(ScoreField.TRACE, Operator.EQUALS, "{" + spelled + "}"))
    assert [score.target for score in listed] == [TraceTarget(plain)] * 2


async def test_an_id_is_unique_in_its_project(room: Room) -> None:
    """The same id is refused in its project, in any spelling, and free in another."""
    id = "0af7651916cd43dd8448eb211c80319c"
    await room.record(draft(id=id))
    again = Recording(draft=draft(id=id.upper()), id=room.mint(), must_exist=False)
    (answer,) = await room.try_recording(again)
    assert isinstance(answer, Conflict)
    other = await open_room(room.store, "other")
    assert (await other.record(draft(id=id))).id == id


async def test_recording_an_id_again_changes_it_where_asked(room: Room) -> None:
    """With `if_exists` the second write patches the first: what it does not say stays."""
    first = await room.record(draft(id="mine", comment="a", metadata={"x": {"y": 1}}))
    patch = Patch(value=numeric(0.7), comment=None, metadata={"x": {"z": 2}}, merge_metadata=True)
    second = await room.record(draft(id="mine", name="ignored"), if_exists=patch)
    assert second == replace(
        first,
        value=numeric(0.7),
        comment=None,
        metadata={"x": {"y": 1, "z": 2}},
        updated_at=second.updated_at,
    )
    assert second.updated_at > first.updated_at
    assert await room.scores() == [second]


async def test_a_sole_score_is_the_same_until_it_is_deleted(room: Room) -> None:
    """What may be there only once is changed by the second offer, and made anew after it was deleted."""

    async def offer(number: float) -> Recorded | Refusal:
        patch = Patch(value=numeric(number))
        recording = Recording(draft=draft(number=number), id=room.mint(), sole=True, if_exists=patch, must_exist=False)
        return (await room.try_recording(recording))[0]

    first, second = await offer(1), await offer(2)
    assert isinstance(first, Recorded)
    assert isinstance(second, Recorded)
    assert (first.created, second.created) == (True, False)
    assert first.score.id == second.score.id
    await room.forget(first.score.id)
    third = await offer(3)
    assert isinstance(third, Recorded)
    assert third.created
    assert third.score.id != first.score.id


async def test_each_of_many_is_judged_by_itself_in_order(room: Room) -> None:
    """One refused score among good ones refuses itself only."""
    await room.anchor(TraceSketch(id="trace-1"))
    drafts = [draft(), draft("nowhere"), draft(id="x"), draft(id="x"), draft()]
    answers = await room.try_recording(*(Recording(draft=item, id=room.mint()) for item in drafts))
    kinds = [type(answer) for answer in answers]
    assert kinds == [Recorded, NotFound, Recorded, Conflict, Recorded]
    assert len(await room.scores()) == 3


async def test_together_is_all_or_none(room: Room) -> None:
    """With `together`, one refusal leaves nothing behind: no score, no name, no mention, no place in the feed."""
    good = Recording(draft=draft("new-trace", name="new-name"), id=room.mint(), must_exist=False)
    bad = Recording(draft=draft("nowhere"), id=room.mint())
    before = await room.changes()
    with pytest.raises(NotFound):
        await room.try_recording(good, bad, together=True)
    assert await room.scores() == []
    assert await room.trace_ids() == []
    assert await room.changes() == before
    assert isinstance((await room.try_recording(good))[0], Recorded)


async def test_a_repeated_request_answers_what_the_first_one_answered(room: Room) -> None:
    """The same idempotency key records once, answers alike, and refuses another request."""
    await room.anchor(TraceSketch(id="trace-1"))
    recordings = [Recording(draft=item, id=room.mint()) for item in (draft(), draft("nowhere"))]
    token = Idempotency("request-1", b"digest")
    first = await room.try_recording(*recordings, idempotency=token)
    again = await room.try_recording(*recordings, idempotency=token)
    assert first[0] == again[0]
    assert [type(answer) for answer in again] == [Recorded, NotFound]
    assert len(await room.scores()) == 1
    with pytest.raises(Conflict):
        await room.try_recording(*recordings, idempotency=Idempotency("request-1", b"other"))


async def test_a_patch_keeps_and_clears(room: Room) -> None:
    """KEEP leaves a field, None clears it, facets change alone; nothing new changes nothing."""
    score = await room.record(draft(value=Value(Kind.NUMERIC, number=1.0, text="t"), comment="c", environment="e"))
    assert await room.revise(score.id, Patch()) == score
    assert await room.revise(score.id, Patch(comment="c")) == score
    changed = await room.revise(score.id, Patch(value=Facets(text=None, labels=("l",)), environment=None))
    expected = Value(Kind.NUMERIC, number=1.0, labels=("l",))
    assert (changed.value, changed.comment, changed.environment) == (expected, "c", None)
    cleared = await room.revise(score.id, Patch(value=Facets(number=None, labels=None)))
    assert cleared.value is None
    assert await room.store.score(room.number, score.id) == cleared
    assert KEEP is Patch().comment


async def test_history_tells_who_when_and_what_was_before(room: Room) -> None:
    """Every change leaves what was there, the deletion included, in order, and the marks grow."""
    first = await room.record(draft())
    second = await room.revise(first.id, Patch(comment="hm"))
    await room.forget(first.id)
    history = await room.changes(first.id)
    assert [(change.action, change.before) for change in history] == [
        (Action.CREATED, None),
        (Action.CHANGED, first),
        (Action.DELETED, second),
    ]
    assert {change.actor for change in history} == {ACTOR}
    assert [change.mark for change in history] == sorted({change.mark for change in history}, key=lambda m: m.sequence)
    assert [change.at for change in history] == [first.created_at, second.updated_at, history[-1].at]


async def test_the_feed_is_read_from_a_mark_without_gap_or_repetition(room: Room) -> None:
    """A follower that resumes after each page's last mark sees every change once."""
    for position in range(7):
        await room.record(draft(id=f"score-{position}"))
    seen, mark = [], START
    while page := await room.store.changes(ChangeQuery(room.number, 3, after=mark, subject=Subject.SCORE)):
        seen += [change.id for change in page]
        mark = page[-1].mark
    assert seen == [f"score-{position}" for position in range(7)]


async def test_what_is_not_there_is_not_found(room: Room) -> None:
    """Unknown ids, and another project's, are NotFound to change and to delete, and None to read."""
    score = await room.record(draft())
    other = await open_room(room.store, "other")
    for stranger, id in ((room, "unknown"), (other, score.id)):
        assert await stranger.store.score(stranger.number, id) is None
        with pytest.raises(NotFound):
            await stranger.revise(id, Patch(comment="x"))
        with pytest.raises(NotFound):
            await stranger.forget(id)
    assert await room.store.score(room.number, score.id) == score
    assert await other.scores() == []


async def test_a_config_numbers_its_categories(room: Room) -> None:
    """A label has the number of its choice, on recording and on change; one that came with a number keeps it."""
    now = room.now()
    choices = (Choice("good", 3.0), Choice("bad", 1.0), Choice("odd"))
    config = Config(
        id="config-1",
        name="scale",
        constraint=Constraint(Kind.CATEGORICAL, choices=choices),
        created_at=now,
        updated_at=now,
    )
    await room.store.perform(PutConfig(room.number, ACTOR, now, config, create=True))
    score = await room.record(draft(value=categorical("good"), config="config-1"))
    assert score.value == categorical("good", 3.0)
    assert (await room.revise(score.id, Patch(value=categorical("bad")))).value == categorical("bad", 1.0)
    assert (await room.revise(score.id, Patch(value=categorical("odd")))).value == categorical("odd")
    assert (await room.revise(score.id, Patch(value=categorical("bad", 7.0)))).value == categorical("bad", 7.0)
    assert await room.store.score(room.number, score.id) == await room.revise(score.id, Patch(name="other"))


async def test_a_change_that_the_config_undoes_is_none(room: Room) -> None:
    """A rename under a config, which names its scores itself, leaves the score as it was, time of change included."""
    now = room.now()
    config = Config(id="config-1", name="scale", constraint=Constraint(Kind.NUMERIC), created_at=now, updated_at=now)
    await room.store.perform(PutConfig(room.number, ACTOR, now, config, create=True))
    score = await room.record(draft(number=5, config="config-1"))
    assert await room.revise(score.id, Patch(name="another")) == score


async def test_a_config_constrains_and_names(room: Room) -> None:
    """A score that names a config takes its name, and is refused outside its bounds or once it is archived."""
    now = room.now()
    config = Config(
        id="config-1",
        name="scale",
        constraint=Constraint(Kind.NUMERIC, minimum=1, maximum=5),
        created_at=now,
        updated_at=now,
    )
    await room.store.perform(PutConfig(room.number, ACTOR, now, config, create=True))
    score = await room.record(draft(number=5, config="config-1"))
    assert (score.name, score.config) == ("scale", "config-1")
    for wrong in (
        draft(number=5.5, config="config-1"),
        draft(config="nothing"),
        draft(value=text("x"), config="config-1"),
    ):
        (answer,) = await room.try_recording(Recording(draft=wrong, id=room.mint(), must_exist=False))
        assert isinstance(answer, Invalid)
    with pytest.raises(Invalid):
        await room.revise(score.id, Patch(value=numeric(0)))
    await room.store.perform(PutConfig(room.number, ACTOR, now, replace(config, archived=True), create=False))
    (answer,) = await room.try_recording(
        Recording(draft=draft(number=2, config="config-1"), id=room.mint(), must_exist=False)
    )
    assert isinstance(answer, Invalid)
    assert (await room.revise(score.id, Patch(value=numeric(2)))).value == numeric(2), "it may keep what it had"


async def test_an_evaluator_judges_and_judges_again(room: Room) -> None:
    """Passed is computed from the evaluator's conditions when recorded and at every change."""
    now = room.now()
    judge = Evaluator(
        id="judge-1",
        key="quality",
        name="Quality",
        constraint=Constraint(None, choices=(Choice("good"), Choice("bad"))),
        conditions=(PassCondition("number", Comparison.AT_LEAST, 3),),
        created_at=now,
        updated_at=now,
    )
    await room.store.perform(PutEvaluator(room.number, ACTOR, now, judge, create=True))
    score = await room.record(draft(number=4, source=Source(evaluator="judge-1")))
    assert score.passed is True
    changed = await room.revise(score.id, Patch(value=numeric(2.5)))
    assert changed.passed is False
    listed = await room.scores(Compare(ScoreField.EVALUATOR_KEY, Operator.EQUALS, "quality"))
    assert listed == [changed]
    twin = replace(judge, id="judge-2")
    with pytest.raises(Conflict):
        await room.store.perform(PutEvaluator(room.number, ACTOR, now, twin, create=True))


async def test_deleting_a_trace_deletes_what_hangs_on_it(room: Room) -> None:
    """Its spans and all scores on it and on them go, each into its history; others stay."""
    await room.anchor(TraceSketch(id="t1"), SpanSketch(id="s1", trace="t1"), TraceSketch(id="t2"))
    gone: list[Score] = [
        await room.record(draft("t1")),
        await room.record(draft(target=SpanTarget("s1", "t1"))),
    ]
    kept = await room.record(draft("t2"))
    assert await room.forget_traces("t1", "unknown", "t1") == 1
    assert await room.scores() == [kept]
    assert await room.span_ids() == []
    assert await room.trace_ids() == ["t2"]
    for score in gone:
        assert (await room.changes(score.id))[-1].before == score
    with pytest.raises(NotFound):
        await room.try_recording(Recording(draft=draft("t1"), id=room.mint()), together=True)
