"""Langfuse, and BrowserStack's edition of it (contract langfuse §4, §5, §9, §11; seed langfuse-browserstack)."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from zlib import crc32

from hypothesis import strategies as st

from scorehouse.domain.scores import Origin, Outcome
from scorehouse.domain.targets import RunTarget, SessionTarget, SpanTarget, TargetKind, TraceTarget
from scorehouse.domain.values import Kind
from scorehouse.wire.losses import Loss
from tests.matrix.facts import COUNTS, Facts, Heard
from tests.matrix.voice import Changed, Place, Read, Request, Voice, heard, iso, microseconds, one_of, told, within

API = "/api/public"
DATA_TYPES = {
    Kind.NUMERIC: "NUMERIC",
    Kind.BOOLEAN: "BOOLEAN",
    Kind.CATEGORICAL: "CATEGORICAL",
    Kind.TEXT: "TEXT",
    Kind.CORRECTION: "CORRECTION",
}
SOURCES = {Origin.API: "API", Origin.HUMAN: "ANNOTATION", Origin.EVALUATOR: "EVAL"}
V1_LACKS = frozenset({Loss.TARGET_SESSION, Loss.TARGET_RUN, Loss.CORRECTION})
"""v1 knows traces and observations, and no corrections (§4.1, §9.4)."""

V3_LACKS = frozenset({Loss.AUTHOR, Loss.QUEUE})
"""v3 tells them of annotations only (§9.3)."""

BROWSERSTACK_LACKS = V1_LACKS | {Loss.TEXT, Loss.METADATA, Loss.QUEUE, Loss.TIMESTAMP, Loss.AUTHOR}
"""BrowserStack's page has no such members, and three data types."""

BROWSERSTACK_KINDS = frozenset({Kind.NUMERIC, Kind.BOOLEAN, Kind.CATEGORICAL})
CLIENT_SCORE = "c0ffee00-0000-4000-8000-{:012x}"
"""The id that an SDK mints where ingestion needs one."""


def utter(facts: Facts, now: str) -> Request | None:
    """Say a score in the form that can say all of it: an event, an array, or an object (§5)."""
    if not _can_say(facts):
        return None
    body = _body(facts)
    if facts.origin is Origin.EVALUATOR or facts.residue:
        body.setdefault("id", CLIENT_SCORE.format(crc32(facts.name.encode())))
        at = now if facts.timestamp is None else iso(facts.timestamp)
        event = {"id": "event", "type": "score-create", "timestamp": at, "body": body | dict(facts.residue)}
        return Request("POST", f"{API}/ingestion", {"batch": [event]})
    if facts.timestamp is not None:
        return Request("POST", f"{API}/scores", [body | {"timestamp": iso(facts.timestamp)}])
    return Request("POST", f"{API}/scores", body)


def utter_browserstack(facts: Facts, now: str) -> Request | None:
    """Say a number, truth or category of a trace, a category as ``stringValue``."""
    if facts.trace is None or facts.value is None or facts.value.kind not in BROWSERSTACK_KINDS:
        return None
    request = utter(facts, now)
    if request is not None and facts.value.kind is Kind.CATEGORICAL and isinstance(request.body, dict):
        body = request.body["batch"][0]["body"] if "batch" in request.body else request.body
        body["stringValue"] = body.pop("value")
    return request


def assumed(facts: Facts) -> Heard:
    """Return the only name that a correction has (§4.1)."""
    return {"name": "output"} if facts.value is not None and facts.value.kind is Kind.CORRECTION else {}


def hear(row: Mapping[str, Any]) -> Heard:
    """Hear a score of v1, v2 or BrowserStack's page."""
    found = _plain(row) | _value(row["dataType"], row.get("value"), row["stringValue"])
    found |= {name: row[key] for name, key in OPTIONAL.items() if key in row}
    if "timestamp" in row:
        found["timestamp"] = microseconds(row["timestamp"])
    if "executionTraceId" in row:
        execution = row["executionTraceId"]
        found["residue"] = {} if execution is None else {"executionTraceId": execution}
    targets = {
        TargetKind.SPAN: row["observationId"],
        TargetKind.TRACE: row["traceId"],
        TargetKind.SESSION: row.get("sessionId"),
        TargetKind.RUN: row.get("datasetRunId"),
    }
    kind = next((kind for kind, id in targets.items() if id is not None), None)
    if kind is not None:
        found["target"] = (kind, targets[kind])
    return found | {"trace": row["traceId"], "comment": row["comment"], "config": row["configId"]}


def hear_v3(row: Mapping[str, Any]) -> Heard:
    """Hear a score of v3 with all its groups."""
    subject, value = row["subject"], row["value"]
    kinds = {"trace": TargetKind.TRACE, "observation": TargetKind.SPAN}
    kinds |= {"session": TargetKind.SESSION, "experiment": TargetKind.RUN}
    found = _plain(row) | _value(row["dataType"], value, value)
    found |= {
        "target": (kinds[subject["kind"]], subject["id"]),
        "trace": subject["id"] if subject["kind"] == "trace" else subject.get("traceId"),
        "timestamp": microseconds(row["timestamp"]),
        "comment": row["comment"],
        "config": row["configId"],
        "metadata": row["metadata"],
    }
    if row["source"] == "ANNOTATION":
        found |= {"author": row["authorUserId"], "queue": row["queueId"]}
    return found


OPTIONAL = {"author": "authorUserId", "queue": "queueId", "metadata": "metadata"}


def reads(place: Place) -> tuple[Read, ...]:
    """Read it in all three versions, by id and in lists, and in its trace."""
    return (*_first_version(place, V1_LACKS), *_later_versions(place))


def reads_browserstack(place: Place) -> tuple[Read, ...]:
    """Read it on BrowserStack's page; the later versions are Langfuse's."""
    return (*_first_version(place, BROWSERSTACK_LACKS), *_later_versions(place))


def _first_version(place: Place, lacks: frozenset[Loss]) -> tuple[Read, ...]:
    many = within(f"{API}/scores?scoreIds={{}}", place.id)
    one = within(f"{API}/scores/{{}}", place.id)
    return (
        Read(name="v1", request=Request("GET", one), hear=_hear_one, lacks=lacks),
        Read(name="v1 list", request=Request("GET", many), hear=partial(_in_list, place), lacks=lacks),
    )


def _later_versions(place: Place) -> tuple[Read, ...]:
    one, many = within(f"{API}/v2/scores/{{}}", place.id), within(f"{API}/v2/scores?scoreIds={{}}", place.id)
    third = within(f"{API}/v3/scores?fields=details,subject,annotation&id={{}}", place.id)
    found = [
        Read(name="v2", request=Request("GET", one), hear=_hear_one),
        Read(name="v2 list", request=Request("GET", many), hear=partial(_in_list, place)),
        Read(
            name="v3",
            request=Request("GET", third),
            hear=lambda body: heard(hear_v3, one_of(body["data"], place.id)),
            lacks=V3_LACKS,
        ),
    ]
    if place.facts.trace is not None:
        request = Request("GET", within(f"{API}/traces/{{}}", place.facts.trace))
        embedded = Read(
            name="trace",
            request=request,
            hear=lambda body: heard(hear, one_of(body["scores"], place.id)),
            lacks=V1_LACKS,
        )
        found.append(embedded)
    return tuple(found)


def write_again(place: Place, truth: Heard, new: Heard) -> Changed | None:
    """Write the same id once more: what is left out stays (§7)."""
    if new["kind"] not in DATA_TYPES:
        return None
    body = told(id=place.id, name=truth["name"], dataType=DATA_TYPES[new["kind"]], **_target(place.facts))
    body |= {"value": _said_value(new), "comment": new["comment"]}
    if _is_off_limits(new) or (new["kind"] is Kind.CORRECTION and place.facts.trace is None):
        return None
    renamed = {"name": "output"} if new["kind"] is Kind.CORRECTION else {}
    return Changed(Request("POST", f"{API}/scores", body), {**new, **renamed})


def write_again_browserstack(place: Place, truth: Heard, new: Heard) -> Changed | None:
    """Write the same id once more, in this edition."""
    if place.facts.trace is None or new["kind"] not in BROWSERSTACK_KINDS:
        return None
    return write_again(place, truth, new)


def forget(place: Place) -> Request:
    """Delete it."""
    return Request("DELETE", within(f"{API}/scores/{{}}", place.id))


def _can_say(facts: Facts) -> bool:
    value = facts.value
    if value is None or value.kind not in DATA_TYPES or facts.outcome != Outcome():
        return False
    if value.kind is Kind.CORRECTION:
        return facts.config is None and not isinstance(facts.target, SessionTarget | RunTarget)
    return facts.origin is not Origin.HUMAN or facts.config is not None


def _body(facts: Facts) -> dict[str, Any]:
    value = facts.value
    assert value is not None
    facets = {"number": value.number, "boolean": value.boolean, "labels": value.labels, "text": value.text}
    return told(
        id=facts.id,
        name=facts.name,
        value=_said_value({"kind": value.kind, **facets}),
        dataType=DATA_TYPES[value.kind],
        comment=facts.comment,
        metadata=dict(facts.metadata) or None,
        environment=facts.environment,
        configId=facts.config,
        queueId=facts.queue,
        source=None if facts.origin is Origin.API else SOURCES[facts.origin],
        **_target(facts),
    )


def _target(facts: Facts) -> dict[str, Any]:
    match facts.target:
        case TraceTarget(trace):
            return {"traceId": trace}
        case SpanTarget(span, trace):
            return {"observationId": span, "traceId": trace}
        case SessionTarget(session):
            return {"sessionId": session}
        case RunTarget(run):
            return {"datasetRunId": run}


def _said_value(facets: Heard) -> Any:
    kind = facets["kind"]
    if kind is Kind.CATEGORICAL:
        return facets["labels"][0]
    if kind is Kind.BOOLEAN:
        return int(facets["boolean"])
    return facets[COUNTS[kind]]


def _is_off_limits(new: Heard) -> bool:
    """Tell whether a text is longer or shorter than a TEXT score may be (§4.2)."""
    return new["kind"] is Kind.TEXT and not 0 < len(new["text"]) <= 500


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": row["id"],
        "name": row["name"],
        "environment": None if row["environment"] == "default" else row["environment"],
        "origin": next(origin for origin, word in SOURCES.items() if word == row["source"]),
        "created_at": microseconds(row["createdAt"]),
        "updated_at": microseconds(row["updatedAt"]),
    }


def _value(data_type: str, number: Any, text: Any) -> dict[str, Any]:
    """Hear a value; 0 of a category says the same as no number (§4.2)."""
    kind = next(kind for kind, word in DATA_TYPES.items() if word == data_type)
    if kind is Kind.NUMERIC:
        return {"kind": kind, "number": number}
    if kind is Kind.BOOLEAN:
        return {"kind": kind, "boolean": bool(number)}
    if kind is Kind.CATEGORICAL:
        numbered = {"number": number} if number and not isinstance(number, str) else {}
        return {"kind": kind, "labels": (text,), **numbered}
    return {"kind": kind, "text": text}


def _hear_one(body: Any) -> Heard | None:
    return hear(body) if "dataType" in body else None


def _in_list(place: Place, body: Any) -> Heard | None:
    return heard(hear, one_of(body["data"], place.id))


EXECUTIONS = st.fixed_dictionaries({}, optional={"executionTraceId": st.text("abc-0", min_size=1)})

VOICES = (
    Voice(
        edition="langfuse",
        utter=utter,
        reads=reads,
        assumed=assumed,
        changes=(write_again,),
        forget=forget,
        residue=EXECUTIONS,
    ),
    Voice(
        edition="browserstack",
        utter=utter_browserstack,
        reads=reads_browserstack,
        assumed=assumed,
        changes=(write_again_browserstack,),
        forget=forget,
        residue=EXECUTIONS,
    ),
)
