"""Filters → SQL conditions, with the two-valued meaning that the port promises."""

from sqlalchemy import and_, false, func, not_, or_, true

from scorehouse.domain.refusals import Fault, Invalid
from scorehouse.engines.sql.comparisons import NUMBER, Condition, Scalar
from scorehouse.engines.sql.fields import Fields
from scorehouse.engines.sql.numbers import number_at
from scorehouse.storage.queries import All, Any, Compare, Filter, Not


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
        case Compare(field, operator, operand, key, as_number):
            if field not in fields:
                raise Invalid(Fault(("filter", field), "unknown_field", "cannot be filtered by"))
            if as_number:
                return Scalar(number_at(fields[field], key), NUMBER).compare(operator, operand, ())
            return fields[field].compare(operator, operand, key)
