"""Scores: record one or many, read, list, change, delete, and what happened to one."""

from collections.abc import Sequence

from scorehouse.dialects.native.answers import ItemStatus, ScoreResult, ScoreResults
from scorehouse.dialects.native.errors import write_problem
from scorehouse.dialects.native.filters import fields_of
from scorehouse.dialects.native.idempotency import read_idempotency
from scorehouse.dialects.native.paging import read_listing, write_page
from scorehouse.dialects.native.reads import read_patch, read_recording
from scorehouse.dialects.native.shapes import AnyScores, NewScore, NewScores, ScoreChange
from scorehouse.dialects.native.writes import write_location, write_recorded, write_score
from scorehouse.domain.refusals import Invalid, Refusal
from scorehouse.services.find import find_score
from scorehouse.services.forget import forget_score
from scorehouse.services.house import Mint
from scorehouse.services.record import record_score, record_scores
from scorehouse.services.revise import revise_score
from scorehouse.storage.queries import ScoreField, ScoreQuery
from scorehouse.storage.verbs import Recorded, Recording
from scorehouse.wire.bodies import convert, decode
from scorehouse.wire.call import Call, Head, Reply, json_reply

SCORE_FIELDS = fields_of(ScoreField)

NEWEST = "-timestamp"
"""Scores are listed by when they were measured, as every vendor with a time of measurement does."""

ACCEPTED, PARTLY_REFUSED = 200, 207
"""Statuses of a batch: every item stored, or some refused."""


async def create_score(call: Call) -> Reply:
    """Record one score: 201 with its place; 200 where ``if_exists`` changed one that was there."""
    recording = read_recording(decode(call.body, NewScore), call.house.mint())
    recorded = await record_score(
        call.house,
        call.project,
        call.actor,
        recording.draft,
        id=recording.id,
        must_exist=recording.must_exist,
        if_exists=recording.if_exists,
        idempotency=read_idempotency(call),
    )
    status = 201 if recorded.created else 200
    return json_reply(status, write_score(recorded.score), (write_location("scores", recorded.score.id),))


async def create_scores(call: Call) -> Reply:
    """Record many scores, each accepted or refused by itself, and answer in their order."""
    read = read_recordings(call.body, call.house.mint)
    recordings = [item for item in read if isinstance(item, Recording)]
    answers = iter(
        await record_scores(call.house, call.project, call.actor, recordings, idempotency=read_idempotency(call))
    )
    results = [
        _write_result(index, next(answers) if isinstance(item, Recording) else item, call.head)
        for index, item in enumerate(read)
    ]
    statuses = [result.status for result in results]
    answer = ScoreResults(
        created=statuses.count(ItemStatus.CREATED),
        updated=statuses.count(ItemStatus.UPDATED),
        refused=statuses.count(ItemStatus.REFUSED),
        results=results,
    )
    return json_reply(PARTLY_REFUSED if answer.refused else ACCEPTED, answer)


async def read_score(call: Call) -> Reply:
    """Read one score."""
    return json_reply(200, write_score(await find_score(call.house, call.project, call.parameters["id"])))


async def list_scores(call: Call) -> Reply:
    """List scores."""
    asked = read_listing(call.head.query, SCORE_FIELDS, NEWEST)
    page = await call.house.store.scores(ScoreQuery(call.project, asked.filter, asked.order, asked.window))
    return write_page(page, write_score)


async def change_score(call: Call) -> Reply:
    """Change the members given; absent ones are kept, null clears."""
    patch = read_patch(decode(call.body, ScoreChange))
    score = await revise_score(call.house, call.project, call.actor, call.parameters["id"], patch)
    return json_reply(200, write_score(score))


async def delete_score(call: Call) -> Reply:
    """Delete a score; its history stays."""
    await forget_score(call.house, call.project, call.actor, call.parameters["id"])
    return Reply(204)


def read_recordings(body: bytes, mint: Mint) -> list[Recording | Invalid]:
    """Read a batch: every item a score to record, or what is wrong with it, in order.

    Raises:
        Unreadable: the body is not JSON.
        Invalid: what stands around the items is wrong, or there are too many.
    """
    try:
        items: Sequence[object] = decode(body, NewScores).scores
    except Invalid:
        items = decode(body, AnyScores).scores
    return [_read_item(item, mint) for item in items]


def _read_item(item: object, mint: Mint) -> Recording | Invalid:
    try:
        given = item if isinstance(item, NewScore) else convert(item, NewScore)
        return read_recording(given, mint())
    except Invalid as refusal:
        return refusal


def _write_result(index: int, outcome: Recorded | Refusal, head: Head) -> ScoreResult:
    if isinstance(outcome, Recorded):
        return write_recorded(index, outcome)
    refusal = outcome.under("scores", index) if isinstance(outcome, Invalid) else outcome
    return ScoreResult(index=index, status=ItemStatus.REFUSED, problem=write_problem(refusal, head))
