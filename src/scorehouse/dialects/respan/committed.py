"""Committed versions of evaluators, as they stand in the evaluator's residue: whole answers, oldest first."""

from typing import Any

from scorehouse.dialects.respan.score_fields import RESIDUE
from scorehouse.domain.documents import EMPTY
from scorehouse.domain.refusals import NotFound
from scorehouse.domain.registry import Evaluator

VERSIONS_MAX = 1000
"""Committed versions of one evaluator; the oldest ones go."""

NUMBER_DIGITS_MAX = 18

Json = dict[str, Any]


def committed(evaluator: Evaluator) -> list[Json]:
    """List the committed versions, oldest first."""
    versions = evaluator.residue.get(RESIDUE, EMPTY).get("versions")
    return [one | {"version_count": evaluator.version + 1} for one in versions] if isinstance(versions, list) else []


def find_committed(evaluator: Evaluator, number: int) -> Json:
    """Return a committed version by its number, or refuse with NotFound."""
    for version in committed(evaluator):
        if version.get("version") == number:
            return version
    raise NotFound("version", str(number))


def version_number(text: str) -> int:
    """Read the number of a version; NotFound for what cannot be one."""
    if not (text.isascii() and text.isdigit() and len(text) <= NUMBER_DIGITS_MAX):
        raise NotFound("version", text)
    return int(text)
