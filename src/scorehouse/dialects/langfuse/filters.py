"""Query parameters of score lists → filters (contract langfuse §9.5, §9.6).

One table a version: parameter, the column of `filter` that overrides it, and what it asks for.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from scorehouse.dialects.langfuse.conditions import (
    LIST,
    NUMBER,
    OBJECT,
    TEXT,
    TIME,
    TRUTH,
    Column,
    Conditions,
    environment_column,
    plain,
    read_conditions,
    says,
    worded,
)
from scorehouse.dialects.langfuse.environments import in_environments
from scorehouse.dialects.langfuse.parameters import Issue, Parameters, finite, no_number
from scorehouse.dialects.langfuse.shapes import DataType
from scorehouse.dialects.langfuse.words import (
    BROWSERSTACK_KINDS,
    DATA_TYPES,
    KINDS,
    ORIGINS,
    SPEAKABLE,
    SPEAKABLE_BROWSERSTACK,
    SPEAKABLE_V1,
    TRUTHS,
)
from scorehouse.domain.refusals import Fault
from scorehouse.domain.values import Kind
from scorehouse.storage.queries import Any as AnyOf
from scorehouse.storage.queries import (
    Compare,
    Filter,
    Not,
    Operand,
    Operator,
    ScoreField,
    all_of,
    between,
    equals,
    one_of,
)

OPERATORS: Mapping[str, Operator] = {
    "<": Operator.BELOW,
    ">": Operator.ABOVE,
    "<=": Operator.AT_MOST,
    ">=": Operator.AT_LEAST,
    "=": Operator.EQUALS,
}
DIFFERS = "!="

TRACE_PARAMETERS = ("userId", "traceTags")
"""Filters on the trace of a score; with one of them the environment is asked of the trace as well."""

DATA_TYPE_WORDS: Mapping[str, Kind] = {str(data_type): kind for data_type, kind in KINDS.items()}
SOURCE_WORDS = {str(source): origin for source, origin in ORIGINS.items()}

Ask = Callable[[Parameters], Filter | None]


@dataclass(frozen=True, slots=True)
class Simple:
    """A simple parameter: the columns of `filter` that override it, and what it asks for."""

    columns: tuple[str, ...]
    ask: Ask


def _tags(parameters: Parameters) -> Filter | None:
    tags = parameters.texts("traceTags")
    return None if tags is None else Compare(ScoreField.TRACE_TAGS, Operator.HAS_ALL, tuple(tags))


def _environment(parameters: Parameters) -> Filter | None:
    environments = parameters.texts("environment")
    own = in_environments(ScoreField.ENVIRONMENT, environments)
    if own is None or not any(parameters.text(name) for name in TRACE_PARAMETERS):
        return own
    return all_of(own, in_environments(ScoreField.TRACE_ENVIRONMENT, environments))


def _data_type(parameters: Parameters) -> Filter | None:
    kind = parameters.choice("dataType", DATA_TYPE_WORDS)
    return equals(ScoreField.KIND, kind)


def _browserstack_data_type(parameters: Parameters) -> Filter | None:
    words = {str(DATA_TYPES[kind]): kind for kind in BROWSERSTACK_KINDS}
    return equals(ScoreField.KIND, parameters.choice("dataType", words))


def _value(parameters: Parameters) -> Filter | None:
    """Ask for a value only where the operator is told as well: either alone has no effect."""
    words = {**OPERATORS, DIFFERS: Operator.EQUALS}
    operator, number = parameters.choice("operator", words), parameters.number("value")
    if operator is None or number is None:
        return None
    term = Compare(ScoreField.NUMBER, operator, number)
    if parameters.text("operator") != DIFFERS:
        return term
    return all_of(Not(term), Compare(ScoreField.NUMBER, Operator.IS_NULL, False))


def _browserstack_value(parameters: Parameters) -> Filter | None:
    """Ask for exactly this value unless an operator says otherwise (seed langfuse-browserstack, List Scores)."""
    operator, number = parameters.choice("operator", OPERATORS), parameters.number("value")
    return None if number is None else Compare(ScoreField.NUMBER, operator or Operator.EQUALS, number)


def _times(parameters: Parameters) -> Filter | None:
    return between(ScoreField.TIMESTAMP, parameters.moment("fromTimestamp"), parameters.moment("toTimestamp"))


def _browserstack_times(parameters: Parameters) -> Filter | None:
    """Ask for times of recording, both ends inclusive: ``Created at or after``, ``Created at or before``."""
    start, end = parameters.moment("fromTimestamp"), parameters.moment("toTimestamp")
    return between(ScoreField.CREATED_AT, start, end, end_inclusive=True)


def _text_ask(name: str, field: ScoreField) -> Ask:
    return lambda parameters: equals(field, parameters.text(name))


def _list_ask(name: str, field: ScoreField) -> Ask:
    return lambda parameters: one_of(field, parameters.texts(name))


def _source(parameters: Parameters) -> Filter | None:
    return equals(ScoreField.ORIGIN, parameters.choice("source", SOURCE_WORDS))


V1: tuple[Simple, ...] = (
    Simple(("name",), _text_ask("name", ScoreField.NAME)),
    Simple(("userId",), _text_ask("userId", ScoreField.TRACE_USER)),
    Simple(("trace_tags", "traceTags"), _tags),
    Simple(("environment",), _environment),
    Simple(("source",), _source),
    Simple(("dataType",), _data_type),
    Simple(("configId",), _text_ask("configId", ScoreField.CONFIG)),
    Simple(("queueId",), _text_ask("queueId", ScoreField.QUEUE)),
    Simple(("id",), _list_ask("scoreIds", ScoreField.ID)),
    Simple(("value",), _value),
    Simple(("timestamp",), _times),
)

V2: tuple[Simple, ...] = (
    *V1,
    Simple(("traceId",), _text_ask("traceId", ScoreField.TRACE)),
    Simple(("observationId",), _list_ask("observationId", ScoreField.SPAN)),
    Simple(("sessionId",), _text_ask("sessionId", ScoreField.SESSION)),
    Simple(("datasetRunId",), _text_ask("datasetRunId", ScoreField.RUN)),
)

_REPLACED = {"value": _browserstack_value, "timestamp": _browserstack_times, "dataType": _browserstack_data_type}

BROWSERSTACK: tuple[Simple, ...] = (
    *(Simple(simple.columns, _REPLACED.get(simple.columns[0], simple.ask)) for simple in V1),
    Simple(("traceId",), _text_ask("traceId", ScoreField.TRACE)),
)


def _string_value(operator: Operator, operand: Operand, key: tuple[str, ...]) -> Filter:
    """Compare the stored text: a category's label, a text, or the words of a boolean (contract langfuse §4.2)."""
    if operator is Operator.IS_NULL:
        return Compare(ScoreField.KIND, Operator.EQUALS, str(Kind.NUMERIC))
    truths = [truth for truth, word in TRUTHS.items() if says(word, operator, operand)]
    return AnyOf(
        (
            all_of(_of_kinds(Kind.CATEGORICAL), Compare(ScoreField.LABELS, operator, operand)),
            all_of(_of_kinds(Kind.TEXT, Kind.CORRECTION), Compare(ScoreField.TEXT, operator, operand)),
            *(all_of(_of_kinds(Kind.BOOLEAN), Compare(ScoreField.BOOLEAN, Operator.EQUALS, each)) for each in truths),
        )
    )


def _of_kinds(*kinds: Kind) -> Filter:
    return Compare(ScoreField.KIND, Operator.ONE_OF, tuple(map(str, kinds)))


COLUMNS: Mapping[str, Column] = {
    "id": plain(TEXT, ScoreField.ID),
    "timestamp": plain(TIME, ScoreField.TIMESTAMP),
    "environment": environment_column(ScoreField.ENVIRONMENT),
    "traceId": plain(TEXT, ScoreField.TRACE),
    "observationId": plain(TEXT, ScoreField.SPAN),
    "sessionId": plain(TEXT, ScoreField.SESSION),
    "name": plain(TEXT, ScoreField.NAME),
    "value": plain(NUMBER, ScoreField.NUMBER),
    "booleanValue": plain(TRUTH, ScoreField.BOOLEAN),
    "source": worded(ScoreField.ORIGIN, {word: (origin,) for word, origin in SOURCE_WORDS.items()}),
    "comment": plain(TEXT, ScoreField.COMMENT),
    "authorUserId": plain(TEXT, ScoreField.AUTHOR),
    "dataType": worded(ScoreField.KIND, {word: (kind,) for word, kind in DATA_TYPE_WORDS.items()}),
    "stringValue": Column(TEXT, _string_value),
    "metadata": plain(OBJECT, ScoreField.METADATA),
    "traceName": plain(TEXT, ScoreField.TRACE_NAME),
    "userId": plain(TEXT, ScoreField.TRACE_USER),
    "trace_tags": plain(LIST, ScoreField.TRACE_TAGS),
    "traceTags": plain(LIST, ScoreField.TRACE_TAGS),
    "evaluatorId": plain(TEXT, ScoreField.EVALUATOR),
}


def asked_of_v1(parameters: Parameters) -> Filter:
    """Read the filters of a v1 list; faults are left in `parameters`."""
    return _asked(parameters, V1, SPEAKABLE_V1)


def asked_of_v2(parameters: Parameters) -> Filter:
    """Read the filters of a v2 list; faults are left in `parameters`."""
    return _asked(parameters, V2, SPEAKABLE)


def asked_of_browserstack(parameters: Parameters) -> Filter:
    """Read the filters of BrowserStack's list; faults are left in `parameters`."""
    return _asked(parameters, BROWSERSTACK, SPEAKABLE_BROWSERSTACK)


def _asked(parameters: Parameters, table: tuple[Simple, ...], speakable: Filter) -> Filter:
    conditions: Conditions = read_conditions(parameters.text("filter"), COLUMNS)
    asked = [simple.ask(parameters) for simple in table if conditions.columns.isdisjoint(simple.columns)]
    return all_of(speakable, *asked, conditions.filter)


# ── v3 ───────────────────────────────────────────────────────────────────────────────────────────────────

V3_NAMES = (
    "limit",
    "cursor",
    "fields",
    "id",
    "name",
    "source",
    "dataType",
    "environment",
    "configId",
    "queueId",
    "authorUserId",
    "traceId",
    "observationId",
    "sessionId",
    "experimentId",
    "value",
    "valueMin",
    "valueMax",
    "fromTimestamp",
    "toTimestamp",
    *TRACE_PARAMETERS,  # known, and refused unless empty
)

V3_LISTS: Mapping[str, ScoreField] = {
    "id": ScoreField.ID,
    "name": ScoreField.NAME,
    "configId": ScoreField.CONFIG,
    "queueId": ScoreField.QUEUE,
    "authorUserId": ScoreField.AUTHOR,
    "traceId": ScoreField.TRACE,
    "observationId": ScoreField.SPAN,
    "sessionId": ScoreField.SESSION,
    "experimentId": ScoreField.RUN,
}

V3_TARGETS = ("traceId", "sessionId", "experimentId")


def asked_of_v3(parameters: Parameters) -> Filter:
    """Read the filters of a v3 list, which knows its parameters and refuses all others."""
    _check_v3(parameters)
    kinds = parameters.choices("dataType", DATA_TYPE_WORDS)
    return all_of(
        SPEAKABLE,
        *(one_of(field, parameters.texts(name)) for name, field in V3_LISTS.items()),
        one_of(ScoreField.KIND, kinds),
        one_of(ScoreField.ORIGIN, parameters.choices("source", SOURCE_WORDS)),
        in_environments(ScoreField.ENVIRONMENT, parameters.texts("environment")),
        _v3_bounds(parameters, kinds),
        _v3_values(parameters, kinds),
        between(
            ScoreField.TIMESTAMP,
            parameters.moment("fromTimestamp", lenient=True),
            parameters.moment("toTimestamp", lenient=True),
        ),
    )


def _check_v3(parameters: Parameters) -> None:
    unknown = [name for name in parameters.names() if name not in V3_NAMES]
    if unknown:
        sentence = f"Unrecognized keys: {', '.join(unknown)}"
        parameters.faults.append(Issue((), "unrecognized_keys", sentence, more=(("keys", unknown),)))
    for name in TRACE_PARAMETERS:
        if parameters.texts(name):
            parameters.faults.append(Fault((name,), "custom", f"{name} is not supported here; use the v2 list"))
    if sum(parameters.texts(name) is not None for name in V3_TARGETS) > 1:
        sentence = "Provide at most one of traceId, sessionId and experimentId"
        parameters.faults.append(Fault(V3_TARGETS, "custom", sentence))
    if parameters.texts("observationId") and not parameters.texts("traceId"):
        parameters.faults.append(Fault(("observationId",), "custom", "observationId needs traceId"))


def _v3_bounds(parameters: Parameters, kinds: list[Kind] | None) -> Filter | None:
    least, most = parameters.number("valueMin"), parameters.number("valueMax")
    if least is None and most is None:
        return None
    if kinds != [Kind.NUMERIC]:
        parameters.faults.append(
            Fault(("dataType",), "custom", f"valueMin and valueMax need dataType={DataType.NUMERIC}")
        )
    return between(ScoreField.NUMBER, least, most, end_inclusive=True)


def _v3_values(parameters: Parameters, kinds: list[Kind] | None) -> Filter | None:
    texts = parameters.texts("value")
    if texts is None:
        return None
    kind = kinds[0] if kinds is not None and len(kinds) == 1 else None
    if kind is Kind.NUMERIC:
        numbers = [finite(text) for text in texts]
        if None in numbers:
            parameters.faults.append(no_number(("value",)))
        return one_of(ScoreField.NUMBER, [number for number in numbers if number is not None])
    if kind is Kind.BOOLEAN:
        if not {"true", "false"}.issuperset(texts):
            parameters.faults.append(Fault(("value",), "custom", "Boolean values are true and false"))
        return AnyOf(tuple(Compare(ScoreField.BOOLEAN, Operator.EQUALS, text == "true") for text in texts))
    if kind is Kind.CATEGORICAL:
        return Compare(ScoreField.LABELS, Operator.HAS_ANY, tuple(texts))
    sentence = "value needs exactly one dataType, of NUMERIC, BOOLEAN and CATEGORICAL"
    parameters.faults.append(Fault(("dataType",), "custom", sentence))
    return None
