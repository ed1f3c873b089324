"""The house's own language: everything that the core can say, as plain JSON under ``/v1``.

It is also the example that the other dialects are written after: translate once, in plain sight, and
prefer tables to branches.

    shapes        wire shapes of the things, read and written
    answers       wire shapes around them: problems, results, pages, query strings
    auth          the key, and the lines to paste
    reads         their shapes → our words
    writes        our words → their shapes
    filters       query parameters → filters
    paging        parts of lists
    idempotency   requests that may come again
    errors        refusals → problem documents
    scores, changes, live, traces, registry, exports
                  handlers, a module a noun
    routes        the table, and DIALECT
"""

from scorehouse.dialects.native.routes import DIALECT

__all__ = ["DIALECT"]
