"""The server: where HTTP meets the house.

::

    request ─► mounts ─► arbitration ─► admission ─► intake ─► handler ─► sending
               which     which of two   who, and     the       (a dia-    the answer
               path      dialects       may they     body      lect's)

mounts       paths → routes, at the root and under ``/<dialect>/``
arbitration  which dialect a request on a shared path is meant for
keyring      any vendor's spelling of a key → the bare secret
admission    who asks, whether they may, and whether they ask too fast
intake       the body: its media type, its encoding, its limit, its time
application  the ASGI callable: all of these in order, and refusals in the words of the path's owner
sending      Reply → ASGI messages
cors         which browsers' pages may call
public       the server's own paths: index, health, readiness, metrics, documents
telemetry    what is counted and timed
clock        time and ids
keys         projects and keys: open, list, revoke
composition  settings → everything above, wired
serving      the process: socket, event loop, orderly shutdown
logs         structured log lines
"""
