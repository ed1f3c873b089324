"""Numbers that can be measured, stored and averaged: finite doubles."""

from math import isfinite

from scorehouse.domain.refusals import Fault, Invalid


def checked_number(number: float, *path: str | int) -> float:
    """Return `number` as a double; an integer that no double holds exactly becomes the nearest.

    Raises:
        Invalid: it is NaN, infinite, or beyond all doubles, with the fault at `path`.
    """
    try:
        double = float(number)
    except OverflowError:
        double = float("inf")
    if not isfinite(double):
        raise Invalid(Fault(path, "not_finite", "must be a finite number"))
    return double
