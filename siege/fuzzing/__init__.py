"""Fuzzing: bytes that nobody would send, against everything that reads bytes from outside.

    targets     what is fed: the whole application, and each decoder by itself, much faster
    judging     what counts as a finding
    messages    a request as text, so that a finding can be read, mended by hand and replayed
    seeds       where it begins: every recorded exchange of every dialect
    mutations   how one input becomes another: by structure (a JSON tree, a query, a cursor), not only by bytes
    steered     atheris, which keeps what reaches new code; runs in an environment of its own
    findings/   what was found, one file each, replayed by ``make test``

``python -m siege.fuzzing --minutes 60`` gives every target its share of the time; see ``__main__``.
"""
