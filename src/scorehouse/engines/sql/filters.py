"""Filters → SQL conditions, with the two-valued meaning that the port promises."""

from sqlalchemy import and_, false, func, not_, or_, true

from scorehouse.domain.refusals import Fault, Invalid
from scorehouse.engines.sql.comparisons import NUMBER, Comparable, Condition, Scalar
from scorehouse.engines.sql.fields import Fields, SpansOf, span_fields
from scorehouse.engines.sql.numbers import number_at
from scorehouse.engines.sql.texts import as_members, as_text
from scorehouse.storage.queries import All, Any, Compare, Field, Filter, HasSpan, Not, Reading, TraceField


def condition_of(filter: Filter, fields: Fields) -> Condition:
    """Write a filter as a condition that is true where the filter holds, and false or NULL where it does not.

    Raises:
        Invalid: it compares a field that the thing asked for does not have.
    """
    match filter:
        case All(terms):
            return and_(true(), *(condition_of(term, fields) for term in terms))
        case Any(terms):
            return or_(false(), *(condition_of(term, fields) for term in terms))
        case Not(term):
            # NULL means "does not hold", so its negation holds.
            return not_(func.coalesce(condition_of(term, fields), false()))
        case HasSpan(term):
            spans = _holder(TraceField.SPANS, fields)
            if not isinstance(spans, SpansOf):
                raise TypeError("the spans of a trace are no field")
            return spans.any(condition_of(term, span_fields(spans.span)))
        case Compare(field, operator, operand, key, reading):
            holder = _holder(field, fields)
            if reading is Reading.NUMBER:
                return Scalar(number_at(holder, key), NUMBER).compare(operator, operand, ())
            if reading is Reading.TEXT:
                holder = as_text(field, holder, key)
            if reading is Reading.MEMBERS:
                holder = as_members(holder, key)
            return holder.compare(operator, operand, key)


def _holder(field: Field, fields: Fields) -> Comparable:
    if field not in fields:
        raise Invalid(Fault(("filter", field), "unknown_field", "cannot be filtered by"))
    return fields[field]
