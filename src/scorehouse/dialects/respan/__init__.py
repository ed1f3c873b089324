"""Respan's API, once Keywords AI's: thirteen operations on scores, filters, evaluators, logs and traces.

Read ``README.md`` for what is served and decided. Beside the files that every dialect has::

    options            what an operator may choose
    operators, fields, filters    the filter grammar → filters of the core
    score_fields, log_fields, trace_fields, evaluator_fields    what can be filtered by
    scores             the operations on scores
    evaluators, versions, committed, evaluator_shapes/_reads/_writes
    logs, log_scores, log_shapes/_reads/_writes
    traces, otlp, trace_writes
"""

from scorehouse.dialects.respan.routes import DIALECT

__all__ = ["DIALECT"]
