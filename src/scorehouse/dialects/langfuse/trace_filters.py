"""Query parameters of traces, observations and sessions → filters (contract langfuse §13)."""

from collections.abc import Mapping

from scorehouse.dialects.langfuse.conditions import (
    LIST,
    MICROSECONDS,
    NUMBER,
    OBJECT,
    TEXT,
    TIME,
    TRUTH,
    Column,
    environment_column,
    first_of,
    plain,
    read_conditions,
    says,
    scaled,
    within,
)
from scorehouse.dialects.langfuse.environments import in_environments
from scorehouse.dialects.langfuse.parameters import Parameters, not_a_choice
from scorehouse.dialects.langfuse.words import LEVELS, NAME, OBSERVATION_TYPES, SPAN_KINDS
from scorehouse.domain.instants import Instant
from scorehouse.domain.traces import Health, SpanKind
from scorehouse.storage.queries import Any as AnyOf
from scorehouse.storage.queries import (
    Compare,
    Field,
    Filter,
    Not,
    Operand,
    Operator,
    Order,
    SessionField,
    SpanField,
    TraceField,
    all_of,
    equals,
)

TRACE_ORDERS: Mapping[str, TraceField] = {
    "id": TraceField.ID,
    "timestamp": TraceField.STARTED_AT,
    "name": TraceField.NAME,
    "userId": TraceField.USER,
    "sessionId": TraceField.SESSION,
    "release": TraceField.RELEASE,
    "version": TraceField.VERSION,
    "environment": TraceField.ENVIRONMENT,
    "latency": TraceField.LATENCY,
    "createdAt": TraceField.CREATED_AT,
    "updatedAt": TraceField.UPDATED_AT,
}
DIRECTIONS = {"asc": False, "desc": True}

KIND_WORDS: Mapping[str, tuple[SpanKind, ...]] = {
    word: tuple(kind for kind, shown in OBSERVATION_TYPES.items() if shown == word) for word in SPAN_KINDS
}

AVERAGES = plain(frozenset({"numberObject"}), TraceField.SCORE_AVERAGE)
CATEGORIES = plain(frozenset({"categoryOptions"}), TraceField.SCORE_LABELS)
"""Scores of a trace, by name; their columns are called what Langfuse's own interface calls them, in either way."""

TRACE_COLUMNS: Mapping[str, Column] = {
    "id": plain(TEXT, TraceField.ID),
    "name": plain(TEXT, TraceField.NAME),
    "timestamp": first_of(TIME, TraceField.STARTED_AT, TraceField.CREATED_AT),
    "userId": plain(TEXT, TraceField.USER),
    "sessionId": plain(TEXT, TraceField.SESSION),
    "environment": environment_column(TraceField.ENVIRONMENT),
    "version": plain(TEXT, TraceField.VERSION),
    "release": plain(TEXT, TraceField.RELEASE),
    "tags": plain(LIST, TraceField.TAGS),
    "metadata": plain(OBJECT, TraceField.METADATA),
    "latency": scaled(TraceField.LATENCY, MICROSECONDS),
    "errorCount": plain(NUMBER, TraceField.ERRORS),
    "scores_avg": AVERAGES,
    "Scores (numeric)": AVERAGES,
    "score_categories": CATEGORIES,
    "Scores (categorical)": CATEGORIES,
}


def _level(operator: Operator, operand: Operand, key: tuple[str, ...]) -> Filter:
    """Compare the level that is shown: as told, else ERROR for what failed and DEFAULT for the rest."""
    if operator is Operator.IS_NULL:
        return AnyOf()
    told, failed = (NAME, "level"), Compare(SpanField.HEALTH, Operator.EQUALS, str(Health.ERROR))
    untold = Compare(SpanField.RESIDUE, Operator.IS_NULL, True, told)
    terms: list[Filter] = [Compare(SpanField.RESIDUE, operator, operand, told)]
    if says("ERROR", operator, operand):
        terms.append(all_of(untold, failed))
    if says("DEFAULT", operator, operand):
        terms.append(all_of(untold, Not(failed)))
    return AnyOf(tuple(terms))


def _type(operator: Operator, operand: Operand, key: tuple[str, ...]) -> Filter:
    """Compare the type that is shown; what has none is a span."""
    if operator is Operator.IS_NULL:
        return AnyOf()
    kinds = [kind for word, kinds in KIND_WORDS.items() if says(word, operator, operand) for kind in kinds]
    term = Compare(SpanField.KIND, Operator.ONE_OF, tuple(map(str, kinds)))
    return AnyOf((term, Compare(SpanField.KIND, Operator.IS_NULL, True))) if SpanKind.SPAN in kinds else term


def _root(operator: Operator, operand: Operand, key: tuple[str, ...]) -> Filter:
    """Compare whether an observation is a logical root."""
    if operator is Operator.IS_NULL:
        return AnyOf()
    marked = Compare(SpanField.RESIDUE, Operator.EQUALS, True, (NAME, "isAppRoot"))
    root = AnyOf((Compare(SpanField.PARENT, Operator.IS_NULL, True), marked))
    return root if operand is True else Not(root)


OBSERVATION_COLUMNS: Mapping[str, Column] = {
    "id": plain(TEXT, SpanField.ID),
    "type": Column(TEXT, _type),
    "name": plain(TEXT, SpanField.NAME),
    "traceId": plain(TEXT, SpanField.TRACE),
    "parentObservationId": plain(TEXT, SpanField.PARENT),
    "startTime": first_of(TIME, SpanField.STARTED_AT, SpanField.CREATED_AT),
    "endTime": plain(TIME, SpanField.ENDED_AT),
    "environment": environment_column(SpanField.ENVIRONMENT),
    "level": Column(TEXT, _level),
    "statusMessage": plain(TEXT, SpanField.ERROR),
    "version": plain(TEXT, SpanField.VERSION),
    "userId": plain(TEXT, SpanField.USER),
    "sessionId": plain(TEXT, SpanField.SESSION),
    "isRootObservation": Column(TRUTH, _root),
    "latency": scaled(SpanField.LATENCY, MICROSECONDS),
    "inputTokens": Column(NUMBER, within(SpanField.USAGE, "input")),
    "outputTokens": Column(NUMBER, within(SpanField.USAGE, "output")),
    "totalTokens": plain(NUMBER, SpanField.TOKENS_TOTAL),
    "tokens": plain(NUMBER, SpanField.TOKENS_TOTAL),
    "inputCost": Column(NUMBER, within(SpanField.RESIDUE, NAME, "costDetails", "input")),
    "outputCost": Column(NUMBER, within(SpanField.RESIDUE, NAME, "costDetails", "output")),
    "totalCost": plain(NUMBER, SpanField.COST_USD),
    "model": plain(TEXT, SpanField.MODEL),
    "providedModelName": plain(TEXT, SpanField.MODEL),
    "promptName": Column(TEXT, within(SpanField.RESIDUE, NAME, "promptName")),
    "promptVersion": Column(NUMBER, within(SpanField.RESIDUE, NAME, "promptVersion")),
    "input": plain(TEXT, SpanField.INPUT),
    "output": plain(TEXT, SpanField.OUTPUT),
    "metadata": plain(OBJECT, SpanField.METADATA),
}


def asked_of_traces(parameters: Parameters) -> Filter:
    """Read the filters of the list of traces: those that somebody sent."""
    conditions = read_conditions(parameters.text("filter"), TRACE_COLUMNS)
    tags = parameters.texts("tags")
    simple: Mapping[str, Filter | None] = {
        "userId": equals(TraceField.USER, parameters.text("userId")),
        "name": equals(TraceField.NAME, parameters.text("name")),
        "tags": None if tags is None else Compare(TraceField.TAGS, Operator.HAS_ALL, tuple(tags)),
        "environment": in_environments(TraceField.ENVIRONMENT, parameters.texts("environment")),
        "sessionId": equals(TraceField.SESSION, parameters.text("sessionId")),
        "version": equals(TraceField.VERSION, parameters.text("version")),
        "release": equals(TraceField.RELEASE, parameters.text("release")),
        "timestamp": _within_times(
            parameters, ("fromTimestamp", "toTimestamp"), (TraceField.STARTED_AT, TraceField.CREATED_AT)
        ),
    }
    known = Compare(TraceField.KNOWN, Operator.EQUALS, True)
    asked = (term for column, term in simple.items() if column not in conditions.columns)
    return all_of(known, *asked, conditions.filter)


def read_trace_order(parameters: Parameters) -> Order:
    """Read ``orderBy=<column>.<asc|desc>``; the newest first where nothing is said."""
    text = parameters.text("orderBy")
    if text is None:
        return Order(TraceField.STARTED_AT)
    column, _, direction = text.partition(".")
    field, descending = TRACE_ORDERS.get(column), DIRECTIONS.get(direction.lower())
    if field is None or descending is None:
        parameters.faults.append(not_a_choice(("orderBy",), (f"{name}.asc" for name in TRACE_ORDERS)))
        return Order(TraceField.STARTED_AT)
    return Order(field, descending)


def asked_of_observations(parameters: Parameters, of_user: Filter | None, *, v2: bool) -> Filter:
    """Read the filters of a list of observations; `of_user` asks for those of a user's traces."""
    conditions = read_conditions(parameters.text("filter"), OBSERVATION_COLUMNS)
    kind = parameters.choice("type", KIND_WORDS)
    level = parameters.choice("level", {word: word for word in LEVELS})
    simple: Mapping[str, Filter | None] = {
        "name": equals(SpanField.NAME, parameters.text("name")),
        "userId": of_user,
        "traceId": equals(SpanField.TRACE, parameters.text("traceId")),
        "type": None if kind is None else _type(Operator.EQUALS, parameters.text("type") or "", ()),
        "level": None if level is None else _level(Operator.EQUALS, level, ()),
        "parentObservationId": _parent(parameters, v2=v2),
        "environment": in_environments(SpanField.ENVIRONMENT, parameters.texts("environment")),
        "version": equals(SpanField.VERSION, parameters.text("version")),
        "startTime": _within_times(
            parameters, ("fromStartTime", "toStartTime"), (SpanField.STARTED_AT, SpanField.CREATED_AT)
        ),
    }
    asked = [term for column, term in simple.items() if column not in conditions.columns]
    is_root = parameters.truth("isRootObservation") if v2 else None
    if is_root is not None and "isRootObservation" not in conditions.columns:
        asked.append(_root(Operator.EQUALS, is_root, ()))
    known = Compare(SpanField.KNOWN, Operator.EQUALS, True)
    return all_of(known, *asked, conditions.filter)


def asked_of_sessions(parameters: Parameters) -> Filter:
    """Read the filters of the list of sessions."""
    return all_of(
        in_environments(SessionField.ENVIRONMENT, parameters.texts("environment")),
        _within_times(parameters, ("fromTimestamp", "toTimestamp"), (SessionField.CREATED_AT,)),
    )


def _parent(parameters: Parameters, *, v2: bool) -> Filter | None:
    """Ask for the children of an observation; in v2 an empty value asks for those without a parent."""
    id = parameters.text("parentObservationId")
    if id is None and v2 and parameters.given("parentObservationId"):
        return Compare(SpanField.PARENT, Operator.IS_NULL, True)
    return equals(SpanField.PARENT, id)


def _within_times(parameters: Parameters, names: tuple[str, str], fields: tuple[Field, ...]) -> Filter:
    """Ask for ``from <= time < to``, the time being the first of these fields that is there."""
    build = first_of(TIME, *fields).build
    bounds: tuple[tuple[Instant | None, Operator], ...] = (
        (parameters.moment(names[0]), Operator.AT_LEAST),
        (parameters.moment(names[1]), Operator.BELOW),
    )
    return all_of(*(build(operator, moment, ()) for moment, operator in bounds if moment is not None))
