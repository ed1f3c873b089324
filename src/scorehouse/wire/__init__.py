"""The outer seam: what a dialect is, and the grammars that several dialects share.

dialect    Dialect, Edition, KeySpelling, Paste
route      Route, Limits, Handler
call       Head, Call, Reply: a request and its answer, without a server or a socket
bodies     bytes and query strings → typed structs, with every fault named
times      ISO 8601 in and out
cursors    opaque page cursors
otlp       OTLP/HTTP traces: an export in, an answer out
exported   what was exported, in one neutral form; read by otlp_json and otlp_protobuf
semantics  what the attributes of an exported span mean
losses     facts of the core that a dialect may be unable to say
openapi    routes and shapes → an OpenAPI 3.1 document
"""
