"""Facts of the core that a dialect may be unable to say.

A dialect lists those it loses. The law: what it does not list must survive being written through it and
read back through it or through any other dialect that does not list it either. The zero value of the
declaration is honest: a dialect that lists nothing promises everything. What it cannot say it may still be able to
show, where another dialect said it; such facts stand in `Dialect.shown` as well.

The law is held by ``tests/matrix``, over all pairs of dialects and in both directions: what survives must not be
listed.
"""

from enum import StrEnum


class Loss(StrEnum):
    """One fact of a score, or of what can be done with it, as fine as vendors differ."""

    RECALL = "reading scores back"
    CHANGE = "changes of a score"
    DELETION = "deletions of a score"
    CLIENT_ID = "an id chosen by the client"
    FREE_ID = "ids that are not 128 bits"
    TARGET_TRACE = "scores of whole traces"
    TARGET_SPAN = "scores of spans"
    TARGET_SESSION = "scores of sessions"
    TARGET_RUN = "scores of dataset or experiment runs"
    TRACE_OF_SPAN = "the trace of a scored span"
    UNREGISTERED_NAME = "names that no evaluator is registered for"
    NUMERIC = "numeric values"
    NUMBER_OUTSIDE_UNIT = "numbers below 0 or above 1"
    BOOLEAN = "boolean values"
    CATEGORICAL = "categorical values"
    MULTI = "several labels at once"
    TEXT = "text values"
    JSON = "JSON values"
    CORRECTION = "corrections"
    NUMBER_FACET = "a number beside another value"
    BOOLEAN_FACET = "a boolean beside another value"
    LABEL_FACET = "a label beside another value"
    LABELS_FACET = "several labels beside another value"
    TEXT_FACET = "a text beside another value"
    JSON_FACET = "JSON beside another value"
    COUNTING = "which of several values counts"
    OUTCOME = "failed and pending evaluations"
    COMMENT = "comments"
    METADATA = "metadata"
    ENVIRONMENT = "environments"
    ENVIRONMENT_SPELLING = "environments with capitals, blanks or more than 40 characters"
    TIMESTAMP = "a time of measurement apart from the time of recording"
    CREATED_AT = "times of recording"
    UPDATED_AT = "times of change"
    MICROSECONDS = "times finer than milliseconds"
    ORIGIN = "whether API, person or evaluator measured"
    AUTHOR = "authors"
    EVALUATOR = "the evaluator that measured"
    SOURCE_RUN = "the evaluation run that measured"
    CONFIG = "score configs"
    QUEUE = "annotation queues"
    PASSED = "passed or not"
    COST = "what the evaluation cost"
