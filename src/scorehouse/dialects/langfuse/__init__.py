"""Langfuse's public API, as far as it is about scores, and BrowserStack's edition of it.

Two editions of one dialect: which one is meant, the spelling of the key tells. Translation goes through
plain tables; what each module holds:

    shapes         wire shapes of scores and configs
    trace_shapes   wire shapes of traces, observations and sessions
    event_shapes   wire shapes of ingestion events
    auth           the key pair, and the lines to paste
    environments   names of environments
    parameters     query strings, read with every fault named
    filters        query parameters → filters
    conditions     the `filter` JSON → filters
    reads          scores: their shapes → our words
    events         ingestion events → sketches and scores
    attributes     attributes of exported spans → sketches
    writes         scores, configs, traces, observations, sessions: our words → their shapes
    paging         pages and cursors
    errors         refusals → their bodies
    scores …       handlers, a module a noun
    routes         the table, and DIALECT
"""

from scorehouse.dialects.langfuse.routes import DIALECT

__all__ = ["DIALECT"]
