"""Record, revise and forget scores."""

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import bindparam, delete, insert, update

from scorehouse.domain.changes import Action, Subject
from scorehouse.domain.identity import canonical
from scorehouse.domain.refusals import Conflict, Invalid, NotFound, Refusal
from scorehouse.domain.scores import Patch, Score, ScoreFacts, Source, located
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
from scorehouse.engines.sql.verbs.judges import judge_of, rule_of
from scorehouse.engines.sql.verbs.places import Place, place_of
from scorehouse.storage.verbs import ForgetScore, ProjectVerb, Recorded, Recording, RecordScores, ReviseScore

_score = tables.score
_IN_PROJECT = _score.c.project == bindparam("project")

_INSERT = insert(_score)
_BY_ID = select_scores(_score).where(_IN_PROJECT, _score.c.external_id == bindparam("id"))
_BY_SLOT = select_scores(_score).where(_IN_PROJECT, _score.c.slot == bindparam("slot"))
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


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What the registry says of a score: surrogate keys, the name it imposes, and whether the score passes."""

    judge: Judge | None
    rule: Rule | None
    name: str
    passed: bool | None


def record(tx: Transaction, verb: RecordScores) -> tuple[Recorded | Refusal, ...]:
    """Record scores, each judged by itself; see RecordScores."""
    before = idempotency.recall(tx, verb)
    if before is not None:
        return before
    if verb.together and len(verb.recordings) > 1:
        answers: tuple[Recorded | Refusal, ...] = _all_or_none(tx, verb)
    elif verb.together:
        answers = tuple(_record_one(tx, verb, recording) for recording in verb.recordings)
    else:
        answers = tuple(_judged(tx, verb, recording) for recording in verb.recordings)
    idempotency.remember(tx, verb, answers)
    return answers


def revise(tx: Transaction, verb: ReviseScore) -> Score:
    """Change a score; see ReviseScore."""
    row = tx.one(_BY_ID, {"project": verb.project, "id": canonical(verb.id)})
    if row is None:
        raise NotFound("score", verb.id)
    return _change(tx, verb, row, verb.patch)


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


def _judged(tx: Transaction, verb: RecordScores, recording: Recording) -> Recorded | Refusal:
    try:
        return _record_one(tx, verb, recording)
    except Refusal as refusal:
        return refusal


def _all_or_none(tx: Transaction, verb: RecordScores) -> tuple[Recorded, ...]:
    tx.savepoint("SAVEPOINT")
    try:
        answers = tuple(_record_one(tx, verb, recording) for recording in verb.recordings)
    except Refusal:
        tx.savepoint("ROLLBACK TO")
        tx.memory.forget()
        raise
    finally:
        tx.savepoint("RELEASE")
    return answers


def _record_one(tx: Transaction, verb: RecordScores, recording: Recording) -> Recorded:
    existing = _existing(tx, verb.project, recording)
    if existing is not None:
        if recording.if_exists is None:
            raise Conflict("A score of this id exists.", "score", recording.draft.id or recording.slot or "")
        return Recorded(_change(tx, verb, existing, recording.if_exists), created=False)
    draft = recording.draft
    place = place_of(tx, verb, draft.target, recording.must_exist)
    verdict = _verdict(tx, verb.project, draft)
    return Recorded(_insert(tx, verb, recording, place.settle(tx, verb), verdict), created=True)


def _existing(tx: Transaction, project: int, recording: Recording) -> Row | None:
    if recording.slot is not None:
        row = tx.one(_BY_SLOT, {"project": project, "slot": recording.slot})
        if row is not None:
            return row
    if recording.draft.id is None:
        return None
    return tx.one(_BY_ID, {"project": project, "id": canonical(recording.draft.id)})


def _verdict(tx: Transaction, project: int, facts: ScoreFacts, before: Score | None = None) -> _Verdict:
    """Hold a score against its config and its evaluator. An archived one it may keep (`before`), but not take up.

    Raises:
        Invalid: it breaks their constraint, or they are unknown or archived.
    """
    judge = judge_of(tx, project, facts.source.evaluator, before.source.evaluator if before else None)
    rule = rule_of(tx, project, facts.config, before.config if before else None)
    if facts.value is not None:
        faults = judge.evaluator.constraint.faults(facts.value) if judge else []
        faults += rule.config.constraint.faults(facts.value) if rule else []
        if faults:
            raise Invalid(*faults)
    passed = judge.evaluator.judge(facts.value) if judge else facts.passed
    return _Verdict(judge, rule, rule.config.name if rule else facts.name, passed)


def _insert(tx: Transaction, verb: RecordScores, recording: Recording, place: Place, verdict: _Verdict) -> Score:
    draft, project = recording.draft, verb.project
    id = draft.id or recording.id
    external_id, spelling = spelling_of(id)
    timestamp = verb.at if draft.timestamp is None else draft.timestamp
    source = draft.source
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
            *value_columns(draft.value),
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
            verb.at,
            verb.at,
            recording.slot,
            dump_object(draft.residue),
        ),
    )
    note(tx, verb, Subject.SCORE, Action.CREATED, external_id)
    return Score(
        id=id,
        target=located(draft.target, place.trace_shown),
        name=verdict.name,
        value=draft.value,
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
        created_at=verb.at,
        updated_at=verb.at,
        residue=draft.residue,
    )


def _change(tx: Transaction, verb: ProjectVerb[Any], row: Row, patch: Patch) -> Score:
    before = score_of(row)
    after = patch.apply(before, verb.at)
    if after is before:
        return before
    verdict = _verdict(tx, verb.project, after, before)
    after = replace(after, name=verdict.name, passed=verdict.passed)
    tx.run(_UPDATE, {"project": verb.project, "row": row[0], **_new_columns(tx, verb.project, after, verdict)})
    id = canonical(before.id)
    note(tx, verb, Subject.SCORE, Action.CHANGED, id, before=snapshot(before))
    return after


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
