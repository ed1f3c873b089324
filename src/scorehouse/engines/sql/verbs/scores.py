"""Record, revise and forget scores."""

from typing import Any, TypeVar

from sqlalchemy import bindparam, delete, insert, select, update

from scorehouse.domain.changes import Action, Subject
from scorehouse.domain.frozen import Frozen, replace
from scorehouse.domain.identity import canonical
from scorehouse.domain.instants import Instant
from scorehouse.domain.refusals import Conflict, Fault, Invalid, NotFound, Refusal
from scorehouse.domain.scores import Draft, Patch, Score, ScoreFacts, Source, located
from scorehouse.domain.values import Value
from scorehouse.engines.sql import tables
from scorehouse.engines.sql.codes import ORIGINS, STATUSES, TARGETS, TermKind
from scorehouse.engines.sql.keys import next_key, term_key
from scorehouse.engines.sql.lists import dump_object
from scorehouse.engines.sql.memory import Judge, Rule
from scorehouse.engines.sql.score_rows import score_of, select_scores, snapshot, spelling_of, value_columns
from scorehouse.engines.sql.statements import Row
from scorehouse.engines.sql.transaction import Transaction
from scorehouse.engines.sql.verbs import idempotency
from scorehouse.engines.sql.verbs.feed import note
from scorehouse.engines.sql.verbs.judges import judge_of, named_judge, rule_of
from scorehouse.engines.sql.verbs.places import Place, place_of
from scorehouse.storage.verbs import (
    AS_SAID,
    ForgetScore,
    Judging,
    ProjectVerb,
    Recorded,
    Recording,
    RecordScores,
    ReviseScore,
)

FactsT = TypeVar("FactsT", Draft, Score)

IDS_ASKED_MAX = 32
"""Ids in one question for those that are recorded; what is missing to this number is filled up."""

_score = tables.score
_IN_PROJECT = _score.c.project == bindparam("project")

_INSERT = insert(_score)
_BY_ID = select_scores(_score).where(_IN_PROJECT, _score.c.external_id == bindparam("id"))
_IS_RECORDED = select(_score.c.key).where(_IN_PROJECT, _score.c.external_id == bindparam("id"))
_IS_TAKEN = select(_score.c.key).where(_IN_PROJECT, _score.c.slot == bindparam("slot"))
_ID_PARAMETERS = tuple(f"id_{place}" for place in range(IDS_ASKED_MAX))
_ARE_RECORDED = select(_score.c.external_id).where(
    _IN_PROJECT, _score.c.external_id.in_([bindparam(name) for name in _ID_PARAMETERS])
)
_BY_SLOT = select_scores(_score).where(_IN_PROJECT, _score.c.slot == bindparam("slot"))
_SLOT = select(_score.c.slot, _score.c.target).where(_IN_PROJECT, _score.c.key == bindparam("row"))
_UPDATE_SLOT = update(_score).where(_IN_PROJECT, _score.c.key == bindparam("row")).values(slot=bindparam("new_slot"))
_DELETE = delete(_score).where(_IN_PROJECT, _score.c.key == bindparam("key"))

_CHANGEABLE = (
    "name",
    "kind",
    "number",
    "boolean",
    "labels",
    "text",
    "json",
    "status",
    "reason",
    "origin",
    "author",
    "evaluator",
    "source_run",
    "comment",
    "metadata",
    "environment",
    "config",
    "queue",
    "passed",
    "cost_usd",
    "updated_at",
    "residue",
)
_UPDATE = (
    update(_score)
    .where(_IN_PROJECT, _score.c.key == bindparam("row"))
    .values({name: bindparam(f"new_{name}") for name in _CHANGEABLE})
)


class _Verdict(Frozen, frozen=True):
    """What the registry says of a score: surrogate keys, the name it imposes, its value, and whether it passes.

    The value of a category has the number that its config maps it to.
    """

    judge: Judge | None
    rule: Rule | None
    name: str
    value: Value | None
    passed: bool | None


def record(tx: Transaction, verb: RecordScores) -> tuple[Recorded | Refusal, ...]:
    """Record scores, each judged by itself; see RecordScores."""
    before = idempotency.recall(tx, verb)
    if before is not None:
        return before
    new = _new_ids(tx, verb)
    if verb.together and len(verb.recordings) > 1:
        answers: tuple[Recorded | Refusal, ...] = _all_or_none(tx, verb, new)
    elif verb.together:
        answers = tuple(_record_one(tx, verb, recording, new) for recording in verb.recordings)
    else:
        answers = tuple(_judged(tx, verb, recording, new) for recording in verb.recordings)
    idempotency.remember(tx, verb, answers)
    return answers


def revise(tx: Transaction, verb: ReviseScore) -> Score:
    """Change a score; see ReviseScore."""
    row = tx.one(_BY_ID, {"project": verb.project, "id": canonical(verb.id)})
    if row is None:
        raise NotFound("score", verb.id)
    return _change(tx, verb, row, verb.patch, verb.judging).score


def forget(tx: Transaction, verb: ForgetScore) -> Score:
    """Delete a score; see ForgetScore."""
    row = tx.one(_BY_ID, {"project": verb.project, "id": canonical(verb.id)})
    if row is None:
        raise NotFound("score", verb.id)
    return remove(tx, verb, row)


def remove(tx: Transaction, verb: ProjectVerb[Any], row: Row) -> Score:
    """Delete the score of a row of `select_scores`, keeping what it was in its history."""
    score = score_of(row)
    tx.run(_DELETE, {"project": verb.project, "key": row[0]})
    id = canonical(score.id)
    note(tx, verb, Subject.SCORE, Action.DELETED, id, before=snapshot(score))
    return score


def _new_ids(tx: Transaction, verb: RecordScores) -> set[str]:
    """Return which of the ids that clients chose are nobody's yet, asking for many at once; none for a single one."""
    if len(verb.recordings) < 2:
        return set()
    chosen = {canonical(item.draft.id) for item in verb.recordings if item.draft.id is not None}
    ids = list(chosen)
    for start in range(0, len(ids), IDS_ASKED_MAX):
        some = ids[start : start + IDS_ASKED_MAX]
        asked = dict(zip(_ID_PARAMETERS, some + some[:1] * (IDS_ASKED_MAX - len(some)), strict=True))
        found = tx.all(_ARE_RECORDED, {"project": verb.project, **asked}, some)
        chosen.difference_update(id for (id,) in found)
    return chosen


def _judged(tx: Transaction, verb: RecordScores, recording: Recording, new: set[str]) -> Recorded | Refusal:
    try:
        return _record_one(tx, verb, recording, new)
    except Refusal as refusal:
        return refusal


def _all_or_none(tx: Transaction, verb: RecordScores, new: set[str]) -> tuple[Recorded, ...]:
    tx.savepoint("SAVEPOINT")
    try:
        answers = tuple(_record_one(tx, verb, recording, new) for recording in verb.recordings)
    except Refusal:
        tx.savepoint("ROLLBACK TO")
        tx.memory.forget()
        raise
    finally:
        tx.savepoint("RELEASE")
    return answers


def _record_one(tx: Transaction, verb: RecordScores, recording: Recording, new: set[str]) -> Recorded:
    draft = recording.draft
    if draft.id is not None:
        existing = _recorded(tx, verb.project, draft.id, new)
        if existing is not None:
            return _change_existing(tx, verb, existing, recording)
    draft = _named(tx, verb.project, draft, recording.judging)
    place = place_of(tx, verb, draft.target, recording.must_exist)
    if recording.sole and place.mention is None:
        slot = _slot_of(draft, place.target, _judge_key(tx, verb.project, draft))
        existing = _holder(tx, verb.project, slot)
        if existing is not None:
            return _change_existing(tx, verb, existing, recording)
    verdict = _verdict(tx, verb.project, draft, recording.judging)
    named = recording if draft is recording.draft else replace(recording, draft=draft)
    score = _insert(tx, verb, named, place.settle(tx, verb), verdict)
    return Recorded(score, True, verdict.judge.evaluator if verdict.judge else None)


def _recorded(tx: Transaction, project: int, id: str, new: set[str]) -> Row | None:
    """Return the row of a score, None if there is none: most are new, which an index tells and no join has to.

    An id of `new` is asked for no more, once: from then on it may be taken.
    """
    external_id = canonical(id)
    if external_id in new:
        new.discard(external_id)
        return None
    where = {"project": project, "id": external_id}
    return None if tx.one(_IS_RECORDED, where, (external_id,)) is None else tx.one(_BY_ID, where)


def _holder(tx: Transaction, project: int, slot: str) -> Row | None:
    """Return the row of the score that is the only one in its slot, None if there is none."""
    where = {"project": project, "slot": slot}
    return None if tx.one(_IS_TAKEN, where, (slot,)) is None else tx.one(_BY_SLOT, where)


def _change_existing(tx: Transaction, verb: RecordScores, existing: Row, recording: Recording) -> Recorded:
    if recording.if_exists is None:
        raise Conflict("This score exists.", "score", recording.draft.id or recording.draft.name)
    judging = replace(recording.judging, named=None)
    return _change(tx, verb, existing, recording.if_exists, judging)


def _named(tx: Transaction, project: int, facts: FactsT, judging: Judging, kept: str | None = None) -> FactsT:
    """Return the facts with the evaluator that the client names, and its key for a name.

    Raises:
        Invalid: none of this name is registered, and has to be; or it is archived, and not the one that is `kept`.
    """
    if judging.named is None:
        return facts
    judge = named_judge(tx, project, judging.named)
    if judge is not None and (facts.source.evaluator, facts.name) == (judge.evaluator.id, judge.evaluator.key):
        return facts
    if judge is not None:
        judge_of(tx, project, judge.evaluator.id, kept)
        source = replace(facts.source, evaluator=judge.evaluator.id)
        return replace(facts, name=judge.evaluator.key, source=source)
    if judging.registered:
        raise Invalid(Fault(("source", "evaluator"), "unknown", f"no evaluator '{judging.named}' is registered"))
    return facts


def _judge_key(tx: Transaction, project: int, facts: ScoreFacts) -> int | None:
    judge = judge_of(tx, project, facts.source.evaluator, facts.source.evaluator)
    return judge.key if judge else None


def _slot_of(facts: ScoreFacts, target: int | None, judge: int | None) -> str:
    """Write what there may be only one score of: its target, dimension and author."""
    dimension = f"name {facts.name}" if judge is None else f"evaluator {judge}"
    return f"{facts.target.kind} {target}\x1f{dimension}\x1f{facts.source.author or ''}"


def _verdict(
    tx: Transaction, project: int, facts: ScoreFacts, judging: Judging, before: ScoreFacts | None = None
) -> _Verdict:
    """Hold a score against its config and its evaluator. An archived one it may keep (`before`), but not take up.

    Raises:
        Invalid: it breaks their constraint, or they are unknown or archived.
    """
    kept = facts if judging.retired else before
    judge = judge_of(tx, project, facts.source.evaluator, kept.source.evaluator if kept else None)
    rule = rule_of(tx, project, facts.config, kept.config if kept else None)
    if facts.value is not None and judging.binding:
        faults = judge.evaluator.constraint.faults(facts.value) if judge else []
        faults += rule.config.constraint.faults(facts.value) if rule else []
        if faults:
            raise Invalid(*faults)
    passed = judge.evaluator.judge(facts.value) if judge else facts.passed
    if rule is None:
        return _Verdict(judge, rule, facts.name, facts.value, passed)
    value = None if facts.value is None else rule.config.constraint.numbered(facts.value)
    return _Verdict(judge, rule, rule.config.name, value, passed)


def _insert(tx: Transaction, verb: RecordScores, recording: Recording, place: Place, verdict: _Verdict) -> Score:
    draft, project = recording.draft, verb.project
    id = draft.id or recording.id
    external_id, spelling = spelling_of(id)
    timestamp = verb.at if draft.timestamp is None else draft.timestamp
    created_at, updated_at = _recorded_at(verb.at, recording)
    source = draft.source
    slot = _slot_of(draft, place.target, verdict.judge.key if verdict.judge else None) if recording.sole else None
    tx.insert(
        _INSERT,
        (
            project,
            next_key(tx, _score, project),
            external_id,
            spelling,
            TARGETS.number[draft.target.kind],
            place.target,
            place.trace,
            term_key(tx, project, TermKind.NAME, verdict.name),
            *value_columns(verdict.value),
            STATUSES.number[draft.outcome.status],
            draft.outcome.reason,
            ORIGINS.number[source.origin],
            term_key(tx, project, TermKind.AUTHOR, source.author),
            verdict.judge.key if verdict.judge else None,
            source.run,
            draft.comment,
            dump_object(draft.metadata),
            term_key(tx, project, TermKind.ENVIRONMENT, draft.environment),
            verdict.rule.key if verdict.rule else None,
            draft.queue,
            verdict.passed,
            draft.cost_usd,
            timestamp,
            created_at,
            updated_at,
            slot,
            dump_object(draft.residue),
        ),
        (external_id,) if slot is None else (external_id, slot),
    )
    note(tx, verb, Subject.SCORE, Action.CREATED, external_id)
    return Score(
        id=id,
        target=located(draft.target, place.trace_shown, place.span_shown),
        name=verdict.name,
        value=verdict.value,
        outcome=draft.outcome,
        source=source,
        comment=draft.comment,
        metadata=draft.metadata,
        environment=draft.environment,
        config=draft.config,
        queue=draft.queue,
        passed=verdict.passed,
        cost_usd=draft.cost_usd,
        timestamp=timestamp,
        created_at=created_at,
        updated_at=updated_at,
        residue=draft.residue,
        sole=recording.sole,
    )


def _recorded_at(now: Instant, recording: Recording) -> tuple[Instant, Instant]:
    """Return when a score was recorded and last changed, which may have been elsewhere."""
    if recording.created_at is None and recording.updated_at is None:
        return now, now
    created_at = min(recording.created_at or now, now)
    return created_at, min(max(recording.updated_at or created_at, created_at), now)


def _change(tx: Transaction, verb: ProjectVerb[Any], row: Row, patch: Patch, judging: Judging = AS_SAID) -> Recorded:
    before = score_of(row)
    after = _named(tx, verb.project, patch.apply(before, verb.at), judging, before.source.evaluator)
    if after is before:
        kept = judge_of(tx, verb.project, before.source.evaluator, before.source.evaluator)
        return Recorded(before, False, kept.evaluator if kept else None)
    verdict = _verdict(tx, verb.project, after, judging, before)
    after = replace(after, name=verdict.name, value=verdict.value, passed=verdict.passed, updated_at=before.updated_at)
    if after == before and not patch.touch:
        return Recorded(before, False, verdict.judge.evaluator if verdict.judge else None)
    after = replace(after, updated_at=verb.at)
    _keep_sole(tx, verb, row[0], before, after)
    tx.run(_UPDATE, {"project": verb.project, "row": row[0], **_new_columns(tx, verb.project, after, verdict)})
    id = canonical(before.id)
    note(tx, verb, Subject.SCORE, Action.CHANGED, id, before=snapshot(before))
    return Recorded(after, False, verdict.judge.evaluator if verdict.judge else None)


def _keep_sole(tx: Transaction, verb: ProjectVerb[Any], key: int, before: Score, after: Score) -> None:
    """Move a sole score along with what it is the only one of.

    Raises:
        Conflict: there is one already.
    """
    if (before.name, before.source) == (after.name, after.source):
        return
    row = tx.one(_SLOT, {"project": verb.project, "row": key})
    if row is None or row[0] is None:
        return
    slot = _slot_of(after, row[1], _judge_key(tx, verb.project, after))
    holder = _holder(tx, verb.project, slot)
    if holder is not None and holder[0] != key:
        raise Conflict("Such a score exists.", "score", score_of(holder).id)
    tx.run(_UPDATE_SLOT, {"project": verb.project, "row": key, "new_slot": slot})


def _new_columns(tx: Transaction, project: int, score: Score, verdict: _Verdict) -> dict[str, Any]:
    source: Source = score.source
    values = (
        term_key(tx, project, TermKind.NAME, score.name),
        *value_columns(score.value),
        STATUSES.number[score.outcome.status],
        score.outcome.reason,
        ORIGINS.number[source.origin],
        term_key(tx, project, TermKind.AUTHOR, source.author),
        verdict.judge.key if verdict.judge else None,
        source.run,
        score.comment,
        dump_object(score.metadata),
        term_key(tx, project, TermKind.ENVIRONMENT, score.environment),
        verdict.rule.key if verdict.rule else None,
        score.queue,
        score.passed,
        score.cost_usd,
        score.updated_at,
        dump_object(score.residue),
    )
    return {f"new_{name}": value for name, value in zip(_CHANGEABLE, values, strict=True)}
