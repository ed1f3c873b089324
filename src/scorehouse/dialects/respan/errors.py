"""Our refusals as the vendor's errors: ``detail``, ``error``, or a map of fields (contract respan §11).

A table says the status of every refusal, another how faults of the core are called by the vendor. `refuse` is
total: a refusal that the table does not name is written as its nearest ancestor, a bare one as a defect of ours.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from scorehouse.domain.refusals import (
    Broken,
    Conflict,
    Fault,
    Forbidden,
    Invalid,
    NotFound,
    Path,
    Refusal,
    Throttled,
    TooLarge,
    Unavailable,
    Unidentified,
    UnknownPath,
    Unreadable,
    Unsupported,
    UnsupportedMedia,
    WrongMethod,
)
from scorehouse.wire.call import Head, Reply, json_reply

BAD_KEY = (
    "Your API key is invalid or expired, please check your API key at https://platform.respan.ai/platform/api/api-keys"
)
NOT_FOUND = "Not found."
EVALUATOR_REQUIRED = "Either evaluator_id or evaluator_slug must be provided"
WHOLE = "non_field_errors"
"""The vendor's framework puts there what is wrong with a body as a whole."""

STATUSES: Mapping[type[Refusal], int] = {
    Unreadable: 400,
    Invalid: 400,
    Conflict: 400,
    Unidentified: 401,
    Forbidden: 403,
    NotFound: 404,
    UnknownPath: 404,
    WrongMethod: 405,
    TooLarge: 413,
    UnsupportedMedia: 415,
    Throttled: 429,
    Broken: 500,
    Refusal: 500,
    Unsupported: 501,
    Unavailable: 503,
}
"""A conflict is 400: 409 is what the vendor's own client sends again, twice (contract respan §5)."""

CONFLICTING: Mapping[str, str] = {"evaluator": "evaluator_slug"}
"""What a conflict is with → the field to blame."""

TableT = TypeVar("TableT")

BAD_PARAMETER = "bad_parameter"
BAD_FILTER = "bad_filter"
NO_EVALUATOR = "no_evaluator"

IN_DETAIL = frozenset({BAD_PARAMETER, BAD_FILTER})
"""Codes of faults that are told in a sentence rather than in a map of fields."""

UNMAPPED = frozenset({"filter", "limit", "offset", "page", "page_size"})
"""First members of paths that are no fields of a body."""

FIELDS: Mapping[Path, str] = {
    ("source", "author"): "scorer",
    ("source", "evaluator"): "evaluator_id",
    ("comment",): "explanation",
    ("value",): WHOLE,
    ("key",): "evaluator_slug",
    ("minimum",): "score_config",
    ("maximum",): "score_config",
    ("choices",): "score_config",
    ("label",): "score_config",
    ("facet",): "passing_conditions",
    ("operand",): "passing_conditions",
    ("usage",): "usage",
    ("session",): "thread_identifier",
    ("user",): "customer_identifier",
    ("trace",): "trace_unique_id",
    ("alias",): "span_unique_id",
    ("parent",): "span_parent_id",
    ("cost_usd",): "cost",
    ("error",): "error_message",
    ("started_at",): "start_time",
    ("ended_at",): "timestamp",
    ("residue",): WHOLE,
    ("definition",): "configurations",
}
"""Where the core finds a fault → what the vendor calls it."""

MESSAGES: Mapping[str, str] = {
    "is required": "This field is required.",
    "must be a string": "Not a valid string.",
    "must be a number": "A valid number is required.",
    "must be an integer": "A valid integer is required.",
    "must be a boolean": "Must be a valid boolean.",
    "must be an array": "Expected a list of items.",
    "must be an object": "Expected a dictionary of items.",
    "must not be empty": "This field may not be blank.",
}
"""What the wire's reader says → how the vendor's framework says it."""


Body = dict[str, Any]

BODIES: Mapping[type[Refusal], Callable[[Any, Head], Body]] = {
    Refusal: lambda refusal, head: {"detail": "A server error occurred.", "error_code": "internal_error"},
    Unreadable: lambda refusal, head: {"detail": refusal.message},
    TooLarge: lambda refusal, head: {"detail": refusal.message},
    UnsupportedMedia: lambda refusal, head: {"detail": refusal.message},
    Invalid: lambda refusal, head: _faults(refusal.faults),
    Conflict: lambda refusal, head: {CONFLICTING.get(refusal.kind, WHOLE): [refusal.message]},
    Unidentified: lambda refusal, head: {"detail": BAD_KEY},
    Forbidden: lambda refusal, head: {"detail": "You do not have permission to perform this action."},
    NotFound: lambda refusal, head: {"error": "Trace not found"} if refusal.kind == "trace" else {"detail": NOT_FOUND},
    UnknownPath: lambda refusal, head: {"detail": NOT_FOUND},
    WrongMethod: lambda refusal, head: {"detail": f'Method "{head.method}" not allowed.'},
    Throttled: lambda refusal, head: {"detail": "Rate limit exceeded", "retry_after": refusal.retry_after_s},
    Unavailable: lambda refusal, head: {
        "detail": refusal.message,
        "error_code": "unavailable",
        "retry_after": refusal.retry_after_s,
    },
    Unsupported: lambda refusal, head: {"detail": refusal.message, "error_code": "not_implemented"},
}


def refuse(refusal: Refusal, head: Head) -> Reply:
    """Write any refusal with the vendor's status and body."""
    headers = [("www-authenticate", 'Bearer realm="api"')] if isinstance(refusal, Unidentified) else []
    return json_reply(_nearest(STATUSES, refusal), body_of(refusal, head), headers)


def body_of(refusal: Refusal, head: Head) -> Body:
    """Write the body of a refusal."""
    return _nearest(BODIES, refusal)(refusal, head)


def _nearest(table: Mapping[type[Refusal], TableT], refusal: Refusal) -> TableT:
    return next(table[ancestor] for ancestor in type(refusal).__mro__ if ancestor in table)


def bad_parameter(name: str, message: str) -> Invalid:
    """Refuse a query parameter."""
    return Invalid(Fault((name,), BAD_PARAMETER, message))


def bad_filter(message: str) -> Invalid:
    """Refuse a filter or a sort order, in a sentence that names what is wrong."""
    return Invalid(Fault((), BAD_FILTER, message))


def bad_field(name: str, message: str) -> Invalid:
    """Refuse one field of a body."""
    return Invalid(Fault((name,), "malformed", message))


def _faults(faults: tuple[Fault, ...]) -> Body:
    first = faults[0]
    if first.code == NO_EVALUATOR:
        return {"error": EVALUATOR_REQUIRED}
    if first.code in IN_DETAIL or not first.path or first.path[0] in UNMAPPED:
        return {"detail": _sentence(first)}
    fields: dict[str, list[str]] = {}
    for fault in faults:
        fields.setdefault(_field(fault.path), []).append(_message(fault))
    return fields


def _sentence(fault: Fault) -> str:
    where = ".".join(str(part) for part in fault.path)
    return f"{where}: {fault.message}" if where else fault.message


def _field(path: Path) -> str:
    for length in range(len(path), 0, -1):
        if path[:length] in FIELDS:
            return FIELDS[path[:length]]
    return str(path[0])


def _message(fault: Fault) -> str:
    plain = fault.message.removesuffix(" or null")
    known = MESSAGES.get(plain)
    if known is not None:
        return known
    within = ".".join(str(part) for part in fault.path[1:]) if _field(fault.path) == fault.path[0] else ""
    sentence = f"{plain[:1].upper()}{plain[1:]}".removesuffix(".")
    return f"{within}: {plain}" if within else f"{sentence}."
