"""Scores: their shapes → our words (contract langfuse §4, §5, §6, §7).

Two sorts of fault are told apart. What Langfuse's own schema refuses is Invalid. What its worker would drop
after having acknowledged it, is Dropped: a config that is unknown, archived or contradicted, a correction
on a session or run. Here both refuse, unless the setting for that says otherwise.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec import UNSET

from scorehouse.dialects.langfuse.environments import read_environment
from scorehouse.dialects.langfuse.errors import Dropped
from scorehouse.dialects.langfuse.parameters import Issue, not_a_choice
from scorehouse.dialects.langfuse.shapes import DataType, NewScore, ScoreSource
from scorehouse.dialects.langfuse.words import BROWSERSTACK_KINDS, DATA_TYPES, KINDS, NAME, ORIGINS
from scorehouse.domain.documents import EMPTY, Fields
from scorehouse.domain.identity import canonical
from scorehouse.domain.instants import Instant
from scorehouse.domain.refusals import Fault, Invalid
from scorehouse.domain.registry import Config
from scorehouse.domain.scores import FROM_API, KEEP, Draft, Patch, Source, SourceParts
from scorehouse.domain.targets import RunTarget, SessionTarget, SpanTarget, Target, TraceTarget
from scorehouse.domain.values import Kind, Value, boolean
from scorehouse.services.house import Mint
from scorehouse.storage.verbs import Recording
from scorehouse.wire.times import parse_time

TEXT_CHARACTERS_MAX = 500
"""Of a TEXT score (contract langfuse §4.2)."""

CORRECTION_NAME = "output"
"""The only name that a correction has."""

TARGETS = ("traceId", "sessionId", "datasetRunId", "observationId")

_SOURCES = {source: Source(origin=origin) for source, origin in ORIGINS.items()}
_SOURCE_PARTS = {source: SourceParts(origin=origin) for source, origin in ORIGINS.items()}


@dataclass(frozen=True, slots=True)
class Manner:
    """How a score came, which decides what of it counts.

    Attributes:
        edition: of BrowserStack: ``stringValue`` is a value, and a trace is required.
        timestamp_counts: the array form carries one.
        from_event: ingestion, which takes EVAL and ``executionTraceId``.
    """

    browserstack: bool = False
    timestamp_counts: bool = False
    from_event: bool = False


def read_recording(
    given: NewScore, manner: Manner, configs: Mapping[str, Config], mint: Mint, envelope: Instant | None = None
) -> Recording:
    """Read one score as something to record, its id being minted where it has none.

    `envelope` is the timestamp of an ingestion event, which is the score's.

    Raises:
        Invalid: it breaks the schema.
        Dropped: it breaks its config, or what only Langfuse's worker checks.
    """
    config = configs.get(canonical(given.config_id)) if given.config_id else None
    kind = _kind(given, manner, config)
    target = _target(given, manner)
    if given.source is not UNSET:
        _check_source(given, manner, kind)
    value = _value(given, manner, kind)
    if given.config_id:
        _check_config(given.config_id, config, kind, value)
    if kind is Kind.CORRECTION and isinstance(target, SessionTarget | RunTarget):
        raise Dropped(Fault(TARGETS[1:3], "custom", "A correction belongs to a trace or an observation"))
    draft = Draft(
        id=given.id or None,
        target=target,
        name=CORRECTION_NAME if kind is Kind.CORRECTION else given.name,
        value=value,
        source=FROM_API if given.source is UNSET else _SOURCES[given.source],
        comment=given.comment if isinstance(given.comment, str) else None,
        metadata=EMPTY if given.metadata is UNSET else read_metadata(given.metadata),
        environment=read_environment(given.environment),
        config=given.config_id or None,
        queue=given.queue_id or None,
        timestamp=_timestamp(given) if manner.timestamp_counts else envelope,
        residue=_residue(given) if manner.from_event else EMPTY,
    )
    if not given.id:
        return Recording(draft=draft, id=mint(), must_exist=False)
    return Recording(draft=draft, id=given.id, if_exists=_patch(given, draft), must_exist=False)


def read_metadata(said: Any) -> Fields:
    """Return metadata as the object that readers will see (contract langfuse §5.1)."""
    if isinstance(said, dict):
        return said
    if said is None:
        return EMPTY
    if isinstance(said, str | list):
        return {"metadata": said}
    return {"metadata": msgspec.json.encode(said).decode()}


def _patch(given: NewScore, draft: Draft) -> Patch:
    """Say what a second write of the same id changes: what is left out stays, null clears (contract §7)."""
    return Patch(
        name=draft.name,
        value=draft.value,
        source=KEEP if given.source is UNSET else _SOURCE_PARTS[given.source],
        comment=KEEP if given.comment is UNSET else draft.comment,
        metadata=KEEP if given.metadata is UNSET else draft.metadata,
        merge_metadata=given.metadata is not None,
        config=KEEP if given.config_id is UNSET else draft.config,
        queue=KEEP if given.queue_id is UNSET else draft.queue,
        residue=draft.residue or KEEP,
    )


def _residue(given: NewScore) -> Mapping[str, Fields]:
    if not isinstance(given.execution_trace_id, str):
        return EMPTY
    return {NAME: {"executionTraceId": given.execution_trace_id}}


def _timestamp(given: NewScore) -> Instant | None:
    if given.timestamp is None:
        return None
    if not isinstance(given.timestamp, str):
        raise Invalid(Fault(("timestamp",), "wrong_type", "Expected a string", _type_of(given.timestamp)))
    return parse_time(given.timestamp, "timestamp", zone_required=True)


# ── Targets and sources ──────────────────────────────────────────────────────────────────────────────────


def _target(given: NewScore, manner: Manner) -> Target:
    """Return what is scored: exactly one of trace, observation with its trace, session, run (contract §4.3)."""
    if given.trace_id and not given.session_id and not given.dataset_run_id:
        return SpanTarget(given.observation_id, given.trace_id) if given.observation_id else TraceTarget(given.trace_id)
    if manner.browserstack and not given.trace_id:
        raise Invalid(Fault(("traceId",), "missing", "Expected a string"))
    if given.session_id and not (given.trace_id or given.observation_id or given.dataset_run_id):
        return SessionTarget(given.session_id)
    if given.dataset_run_id and not (given.trace_id or given.observation_id or given.session_id):
        return RunTarget(given.dataset_run_id)
    sentence = "Provide exactly one of: traceId (with or without observationId), sessionId, datasetRunId"
    raise Invalid(Fault(TARGETS, "custom", sentence))


def _check_source(given: NewScore, manner: Manner, kind: Kind) -> None:
    if given.source is ScoreSource.EVAL and not manner.from_event:
        raise Invalid(not_a_choice(("source",), (ScoreSource.API, ScoreSource.ANNOTATION)))
    if given.source is ScoreSource.ANNOTATION and not given.config_id and kind is not Kind.CORRECTION:
        raise Invalid(Fault(("configId",), "custom", "configId is required for annotation scores"))


# ── Values ───────────────────────────────────────────────────────────────────────────────────────────────


def _kind(given: NewScore, manner: Manner, config: Config | None) -> Kind:
    """Return the kind of value: as said, else the config's, else what the value looks like (contract §5.1, §6)."""
    if given.data_type is not UNSET:
        kind = KINDS[given.data_type]
        if manner.browserstack and kind not in BROWSERSTACK_KINDS:
            raise Invalid(not_a_choice(("dataType",), (DATA_TYPES[each] for each in BROWSERSTACK_KINDS)))
        return kind
    if config is not None and config.constraint.kind is not None and config.constraint.kind in DATA_TYPES:
        return config.constraint.kind
    if isinstance(given.value, str) and not manner.browserstack:
        return Kind.CATEGORICAL
    return Kind.NUMERIC


def _value(given: NewScore, manner: Manner, kind: Kind) -> Value:
    said = given.value
    if manner.browserstack and kind is Kind.CATEGORICAL and said is UNSET:
        said = given.string_value if given.string_value is not None else UNSET
    if said is UNSET:
        raise Invalid(Fault(("value",), "missing", "Expected a number or a string"))
    value = _READERS[kind](said)
    if value is not None:
        return value
    fault = _mismatch(kind, said)
    if given.data_type is UNSET and given.config_id and isinstance(said, float | str):
        raise Dropped(fault)
    raise Invalid(fault)


def _read_number(said: Any) -> Value | None:
    return Value(Kind.NUMERIC, number=said) if isinstance(said, float) else None


def _read_boolean(said: Any) -> Value | None:
    return boolean(said == 1) if isinstance(said, float) and said in {0.0, 1.0} else None


def _read_category(said: Any) -> Value | None:
    return Value(Kind.CATEGORICAL, labels=(said,)) if isinstance(said, str) else None


def _read_text(said: Any) -> Value | None:
    return Value(Kind.TEXT, text=said) if isinstance(said, str) and 0 < len(said) <= TEXT_CHARACTERS_MAX else None


def _read_correction(said: Any) -> Value | None:
    return Value(Kind.CORRECTION, text=said) if isinstance(said, str) else None


_READERS: Mapping[Kind, Callable[[Any], Value | None]] = {
    Kind.NUMERIC: _read_number,
    Kind.BOOLEAN: _read_boolean,
    Kind.CATEGORICAL: _read_category,
    Kind.TEXT: _read_text,
    Kind.CORRECTION: _read_correction,
}


def _mismatch(kind: Kind, said: Any) -> Fault:
    """Say why a value is none of its kind."""
    expected = "number" if kind in {Kind.NUMERIC, Kind.BOOLEAN} else "string"
    given = _type_of(said)
    if given != expected:
        more = (("expected", expected), ("received", given))
        return Issue(("value",), "invalid_type", f"Expected {expected}, received {given}", more=more)
    if kind is Kind.BOOLEAN:
        return Fault(("value",), "custom", "Boolean score value must be either 0 or 1")
    sentence = f"Text score value must have 1 to {TEXT_CHARACTERS_MAX} characters"
    return Fault(("value",), "too_long" if said else "too_short", sentence)


def _type_of(said: Any) -> str:
    if said is None:
        return "null"
    kinds = ((bool, "boolean"), (int | float, "number"), (str, "string"), (list, "array"))
    return next((name for kind, name in kinds if isinstance(said, kind)), "object")


# ── Configs ──────────────────────────────────────────────────────────────────────────────────────────────


def _check_config(id: str, config: Config | None, kind: Kind, value: Value) -> None:
    """Hold a score against its config, as their worker does (contract langfuse §6)."""
    where = ("configId",)
    if kind is Kind.CORRECTION:
        raise Invalid(Fault(where, "custom", "Corrections have no config"))
    if config is None:
        raise Dropped(Fault(where, "custom", f"There is no score config {id} in this project"))
    if config.archived:
        raise Dropped(Fault(where, "custom", "The score config is archived; restore it first"))
    expected = config.constraint.kind
    if expected is not None and expected is not kind:
        told = DATA_TYPES.get(expected, DataType.NUMERIC)
        raise Dropped(Fault(("dataType",), "custom", f"The score config asks for {told}, not {DATA_TYPES[kind]}"))
    faults = config.constraint.faults(value)
    if faults:
        raise Dropped(*faults)
    if kind is Kind.CATEGORICAL and not config.constraint.choices and expected is Kind.CATEGORICAL:
        raise Dropped(Fault(("value",), "custom", "The score config has no categories"))
