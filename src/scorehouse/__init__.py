"""Scorehouse: one self-hosted home for the evaluation scores of LLM applications.

The rooms, from the street to the cellar (each imports only what stands below it)::

    cli            serve, keys
    server         ASGI application, mounts, limits, clock, telemetry
    dialects       one folder a vendor's API        engines   one folder a kind of storage
    wire           the outer seam: Dialect, Route, Call, Reply
    services       the verbs: record, revise, find, forget, anchor, admit
    storage        the inner seam: the port and its closed queries
    domain         the words: frozen types, invariants, refusals
"""

__version__ = "0.1.0"
