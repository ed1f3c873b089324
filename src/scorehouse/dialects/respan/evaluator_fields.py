"""What evaluators can be filtered and ordered by: the members of the answer that the core can compare."""

from collections.abc import Mapping

from scorehouse.dialects.respan.evaluator_reads import KINDS
from scorehouse.dialects.respan.fields import Cases, Fallback, Filterable, Open, Sort, truth_cases, word_cases
from scorehouse.dialects.respan.score_fields import METADATA_PREFIX, RESIDUE
from scorehouse.domain.values import Kind
from scorehouse.storage.queries import All, Any, Compare, Filter, Not, Operator, Order, RegistryField, Scalar

ALIVE = Not(Compare(RegistryField.ARCHIVED, Operator.EQUALS, True))
"""Archived evaluators, and those that were deleted here, are not shown."""


def _kind_words() -> Mapping[Scalar | None, Filter]:
    """Return what an evaluator is said to measure whose maker did not use the vendor's word."""
    words: dict[Scalar | None, Filter] = {}
    for word, kind in KINDS.items():
        if all(kind is not KINDS[str(other)] for other in words):
            words[word] = Compare(RegistryField.KIND, Operator.EQUALS, str(kind))
    numerical = words["numerical"]
    unconstrained = Compare(RegistryField.KIND, Operator.IS_NULL, True)
    corrected = Compare(RegistryField.KIND, Operator.EQUALS, str(Kind.CORRECTION))
    return words | {"numerical": Any((numerical, unconstrained, corrected))}


def _kept(name: str, sort: Sort = Sort.TEXT, shown_absent: Scalar | None = None) -> Open:
    return Open(sort, RegistryField.RESIDUE, (RESIDUE, name), shown_absent)


EVALUATOR_FIELDS: dict[str, Filterable] = {
    "id": Open(Sort.TEXT, RegistryField.ID),
    "name": Open(Sort.TEXT, RegistryField.NAME),
    "evaluator_slug": Open(Sort.TEXT, RegistryField.KEY),
    "slug": Open(Sort.TEXT, RegistryField.KEY),
    "description": Open(Sort.TEXT, RegistryField.DESCRIPTION, shown_absent=""),
    "type": word_cases(RegistryField.TYPE, {"llm": "llm", "human": "human", "code": "code"}),
    "score_value_type": Fallback(_kept("score_value_type"), Cases(Sort.TEXT, _kind_words())),
    "eval_class": _kept("eval_class", shown_absent=""),
    "starred": truth_cases(RegistryField.RESIDUE, (RESIDUE, "starred"), absent=False),
    "created_at": Open(Sort.MOMENT, RegistryField.CREATED_AT),
    "updated_at": Open(Sort.MOMENT, RegistryField.UPDATED_AT),
}

NEWEST_FIRST = Order(RegistryField.CREATED_AT)


def evaluator_field(name: str) -> Filterable | None:
    """Find a field of evaluators by its name."""
    return EVALUATOR_FIELDS.get(name)


def no_metadata(key: str) -> Filterable:
    """Return what stands under a key of the metadata, which the vendor's evaluators do not have: nothing."""
    return Cases(Sort.TEXT, {None: All()} if key != METADATA_PREFIX else {})
