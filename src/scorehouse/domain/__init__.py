"""The words of the house: frozen types that cannot be built wrong, and the ways of saying no.

Standard library only (but for what its types are made by), no I/O, no clock. A value of these types has passed its
checks in its constructor, so whoever receives one trusts it.

    identity    ids, their canonical spelling, and the text that may stand in them
    instants    points in time as whole microseconds since 1970, UTC
    numbers     finite doubles
    documents   free-form JSON: metadata, inputs, outputs, vendor residue
    values      what was measured: a declared kind plus facets
    targets     what was measured on: trace, span, session or run
    scores      Draft (as offered), Score (as recorded), Patch (what changes)
    registry    Config and Evaluator: named, constrained dimensions of score
    traces      Trace and Span, and the sketches by which they arrive piecemeal
    patches     TracePatch and SpanPatch: what changes of them by an explicit request
    access      projects, keys, permissions, principals
    changes     the change feed, which is also the history
    refusals    every way to say no
"""
