"""What an operator may choose of this dialect; the defaults are what the README describes."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Switches, all off unless turned on.

    Attributes:
        lenient_filters: drop conditions on unknown fields or with unknown operators silently, as the vendor did
            until the middle of 2026, instead of refusing them (contract respan §9.3).
        strict_values: hold scores to the range and the choices of their evaluator (contract respan §6.2).
    """

    lenient_filters: bool = False
    strict_values: bool = False
