"""Requests that may come again: what they answered is kept for a day."""

from typing import Any

from sqlalchemy import bindparam, delete, insert, select

from scorehouse.domain.identity import canonical
from scorehouse.domain.refusals import Conflict, Fault, Invalid, NotFound, Refusal
from scorehouse.engines.sql import tables
from scorehouse.engines.sql.lists import decode_json, encode_json
from scorehouse.engines.sql.score_rows import score_of, select_scores
from scorehouse.engines.sql.transaction import Transaction
from scorehouse.storage.verbs import Recorded, RecordScores

KEPT_FOR_MICROSECONDS = 24 * 3600 * 1_000_000

_kept = tables.idempotency
_OF_TOKEN = select(_kept.c.digest, _kept.c.answers).where(
    _kept.c.project == bindparam("project"), _kept.c.token == bindparam("token")
)
_INSERT = insert(_kept)
_SWEEP = delete(_kept).where(_kept.c.project == bindparam("project"), _kept.c.at < bindparam("before"))
_SCORE = select_scores(tables.score).where(
    tables.score.c.project == bindparam("project"), tables.score.c.external_id == bindparam("id")
)

Answers = tuple[Recorded | Refusal, ...]


def recall(tx: Transaction, verb: RecordScores) -> Answers | None:
    """Return what this request answered the first time, None if it comes for the first time.

    Raises:
        Conflict: the token came with another request.
    """
    if verb.idempotency is None:
        return None
    row = tx.one(_OF_TOKEN, {"project": verb.project, "token": verb.idempotency.key})
    if row is None:
        return None
    digest, answers = row
    if bytes(digest) != verb.idempotency.digest:
        message = "This idempotency key came with another request."
        raise Conflict(message, "idempotency key", verb.idempotency.key)
    return tuple(_answer_of(tx, verb.project, kept) for kept in decode_json(answers))


def remember(tx: Transaction, verb: RecordScores, answers: Answers) -> None:
    """Keep what this request answers, and forget what is older than a day."""
    if verb.idempotency is None:
        return
    kept = encode_json([_kept_of(answer) for answer in answers]).decode()
    tx.run(_SWEEP, {"project": verb.project, "before": verb.at - KEPT_FOR_MICROSECONDS})
    tx.insert(_INSERT, (verb.project, verb.idempotency.key, verb.idempotency.digest, kept, verb.at))


def _kept_of(answer: Recorded | Refusal) -> list[Any]:
    match answer:
        case Recorded():
            return ["recorded", answer.score.id, answer.created]
        case Invalid():
            faults = answer.faults
            return ["invalid", [[list(f.path), f.code, f.message, f.given, list(f.allowed)] for f in faults]]
        case NotFound():
            return ["not_found", answer.kind, answer.id]
        case Conflict():
            return ["conflict", answer.message, answer.kind, answer.id]
        case _:
            raise TypeError(f"a verb does not answer {answer!r}")


def _answer_of(tx: Transaction, project: int, kept: list[Any]) -> Recorded | Refusal:
    match kept:
        case ["recorded", str(id), bool(created)]:
            row = tx.one(_SCORE, {"project": project, "id": canonical(id)})
            return NotFound("score", id) if row is None else Recorded(score_of(row), created)
        case ["invalid", list(faults)]:
            return Invalid(*(Fault(tuple(f[0]), f[1], f[2], f[3], tuple(f[4])) for f in faults))
        case ["not_found", kind, id]:
            return NotFound(kind, id)
        case ["conflict", message, kind, id]:
            return Conflict(message, kind, id)
        case _:
            raise TypeError(f"nothing like {kept!r} is kept")
