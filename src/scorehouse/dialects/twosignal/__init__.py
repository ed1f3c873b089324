"""2signal: scores, batch ingestion, the list of traces, exports and OTLP, all under ``/api/v1``.

shapes        wire shapes, read and written
auth          the key, and the lines to paste
reads         their shapes → our words
writes        our words → their shapes
filters       query parameters → filters, and what this dialect can show at all
paging        parts of lists
tabular       traces as CSV
errors        refusals → their statuses and bodies
scores        handlers, a module a noun
traces
exports
routes        the table, and DIALECT
"""

from scorehouse.dialects.twosignal.routes import DIALECT

__all__ = ["DIALECT"]
