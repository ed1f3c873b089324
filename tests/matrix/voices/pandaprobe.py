"""PandaProbe (contract pandaprobe §5, §6)."""

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from scorehouse.domain.identity import hyphenated, is_128_bit
from scorehouse.domain.scores import Origin, Outcome, Status
from scorehouse.domain.targets import SessionTarget, TargetKind, TraceTarget
from scorehouse.domain.values import Kind
from scorehouse.wire.losses import Loss
from tests.matrix.facts import Facts, Heard
from tests.matrix.voice import Changed, Place, Read, Request, Voice, microseconds, told, within

KEY = {"X-API-Key": "sk_pp_0", "X-Project-Name": "default", "Content-Type": "application/json"}
SOURCES = {Origin.API: "PROGRAMMATIC", Origin.HUMAN: "ANNOTATION", Origin.EVALUATOR: "AUTOMATED"}
DATA_TYPES = {Kind.NUMERIC: "NUMERIC", Kind.BOOLEAN: "BOOLEAN", Kind.CATEGORICAL: "CATEGORICAL"}
STATUSES = {"SUCCESS": Status.COMPLETED, "FAILED": Status.FAILED, "PENDING": Status.PENDING}
TRACES, SESSIONS = "/evaluations/trace-scores", "/evaluations/session-scores"
SESSION_LACKS = frozenset({Loss.ENVIRONMENT, Loss.CONFIG})
"""What a score of a session has no member for (§5.2)."""


def utter(facts: Facts, now: str) -> Request | None:
    """Say a number from 0 to 1, a truth or a category of a trace or a session (§6.1)."""
    value, target = facts.value, facts.target
    if value is None or value.kind not in DATA_TYPES or facts.outcome != Outcome():
        return None
    if value.kind is Kind.NUMERIC and not 0 <= (value.number or 0) <= 1:
        return None
    oddly = bool(facts.residue)
    if oddly and value.kind is Kind.CATEGORICAL:
        return None
    text = _text(value.kind, {"number": value.number, "boolean": value.boolean, "labels": value.labels})
    body: dict[str, Any] = told(reason=facts.comment) | {
        "name": facts.name,
        "value": _oddly(text) if oddly else text,
        "data_type": DATA_TYPES[value.kind],
        "source": SOURCES[facts.origin],
        "metadata": facts.metadata,
    }
    if isinstance(target, SessionTarget):
        return Request("POST", SESSIONS, body | {"session_id": target.session}, KEY)
    if not isinstance(target, TraceTarget) or not is_128_bit(target.trace):
        return None
    return Request("POST", TRACES, body | {"trace_id": hyphenated(target.trace)}, KEY)


def hear(row: Mapping[str, Any]) -> Heard:
    """Hear a score of a trace or of a session; a reason of a failure may be either of two."""
    on_trace = "trace_id" in row
    found = {
        "id": row["id"],
        "target": (TargetKind.TRACE, row["trace_id"]) if on_trace else (TargetKind.SESSION, row["session_id"]),
        "trace": row.get("trace_id"),
        "name": row["name"],
        "status": STATUSES[row["status"]],
        "metadata": row["metadata"],
        "origin": next(origin for origin, word in SOURCES.items() if word == row["source"]),
        "author": row["author_user_id"],
        "run": row["eval_run_id"],
        "created_at": microseconds(row["created_at"]),
        "updated_at": microseconds(row["updated_at"]),
        **_value(row),
    }
    if row["status"] != "FAILED":
        found["comment"] = row["reason"]
    if on_trace:
        found |= {"environment": row["environment"], "config": row["config_id"]}
    return found


def reads(place: Place) -> tuple[Read, ...]:
    """Read it in lists by its name, and on its trace or session (§6.6, §6.7)."""
    name, target = place.facts.name, place.facts.target
    traces = Request("GET", within(f"{TRACES}?name={{}}", name), headers=KEY)
    sessions = Request("GET", within(f"{SESSIONS}?name={{}}", name), headers=KEY)
    found = [
        Read(name="list of trace scores", request=traces, hear=lambda body: _only(body["items"], place)),
        Read(
            name="list of session scores",
            request=sessions,
            hear=lambda body: _only(body["items"], place),
            lacks=SESSION_LACKS | {Loss.TARGET_TRACE},
        ),
    ]
    if isinstance(target, SessionTarget):
        request = Request("GET", within(f"{SESSIONS}/{{}}", target.session), headers=KEY)
        found[0] = Read(**_parts(found[0]) | {"lacks": frozenset({Loss.TARGET_SESSION})})
        found.append(Read(name="session", request=request, hear=lambda body: _only(body, place), lacks=SESSION_LACKS))
    if isinstance(target, TraceTarget) and is_128_bit(target.trace):
        request = Request("GET", within(f"{TRACES}/{{}}", hyphenated(target.trace)), headers=KEY)
        found.append(Read(name="newest of the trace", request=request, hear=lambda body: _only(body, place)))
    return tuple(found)


def patch(place: Place, truth: Heard, new: Heard) -> Changed | None:
    """Change value and reason of a trace's score; it is an annotation from then on (§6.8)."""
    if truth["target"][0] is not TargetKind.TRACE or not is_128_bit(place.id) or new["kind"] not in DATA_TYPES:
        return None
    if new["comment"] is None or (new["number"] is not None and not 0 <= new["number"] <= 1):
        return None
    body = {"value": _text(new["kind"], new), "reason": new["comment"]}
    request = Request("PATCH", within(f"{TRACES}/{{}}", hyphenated(place.id)), body, KEY)
    return Changed(request, {**new, "origin": Origin.HUMAN, "residue": {}})


def forget(place: Place) -> Request | None:
    """Delete a score that has a UUID."""
    path = {TargetKind.TRACE: TRACES, TargetKind.SESSION: SESSIONS}.get(place.facts.target.kind)
    if path is None or not is_128_bit(place.id):
        return None
    return Request("DELETE", within(f"{path}/{{}}", hyphenated(place.id)), headers=KEY)


def _text(kind: Kind, facets: Mapping[str, Any]) -> str:
    texts = {
        Kind.NUMERIC: lambda: repr(facets["number"]),
        Kind.BOOLEAN: lambda: str(facets["boolean"]).lower(),
        Kind.CATEGORICAL: lambda: str(facets["labels"][0]),
    }
    return texts[kind]()


def _oddly(text: str) -> str:
    """Spell a value in a way in which nobody else would: it has to come back so."""
    return text.upper() if text in {"true", "false"} else f"+{text}"


def _value(row: Mapping[str, Any]) -> dict[str, Any]:
    text = row["value"]
    if text is None:
        return {}
    if row["data_type"] == "NUMERIC":
        odd = {"spelling": "odd"} if text.startswith("+") else {}
        return {"kind": Kind.NUMERIC, "number": float(text), "residue": odd}
    if row["data_type"] == "BOOLEAN":
        odd = {"spelling": "odd"} if text.isupper() else {}
        return {"kind": Kind.BOOLEAN, "boolean": text.lower() == "true", "residue": odd}
    return {"kind": Kind.CATEGORICAL, "labels": (text,), "residue": {}}


def _only(rows: list[Any], place: Place) -> Heard | None:
    """Return the only score of this name; its id may be one that stands for another."""
    found = [row for row in rows if row["name"] == place.facts.name]
    assert len(found) <= 1, found
    return hear(found[0]) if found else None


def _parts(read: Read) -> dict[str, Any]:
    return {"name": read.name, "request": read.request, "hear": read.hear, "lacks": read.lacks}


VOICES = (
    Voice(
        edition="pandaprobe",
        utter=utter,
        reads=reads,
        echo=hear,
        changes=(patch,),
        forget=forget,
        residue=st.sampled_from([{}, {"spelling": "odd"}]),
        residue_spells=True,
    ),
)
