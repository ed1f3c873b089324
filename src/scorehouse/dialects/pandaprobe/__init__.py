"""PandaProbe's API: traces, spans, sessions, and the scores on traces and sessions, at the root of the server.

shapes           wire shapes of what is sent and asked
answers          wire shapes of what is answered
auth             the two ways to show a key, and the lines to paste
projects         the project that a request names, and the ids of projects and organizations
requests         bodies, query strings and path parameters, with the vendor's locations of faults
values           values as texts, verbatim as long as they stand
reads            their shapes → our words
writes           our words → their shapes
paging           limit and offset, and lists whose absent values come first
errors           refusals → their statuses and bodies
trace_scores     handlers, a module a noun
session_scores
traces
spans
sessions
metrics
organizations
keys
logins
management       the table of the management plane
unserved         what is answered with 501
routes           the other tables, and DIALECT
pages/           the page on which a command line is logged in
"""

from scorehouse.dialects.pandaprobe.routes import DIALECT

__all__ = ["DIALECT"]
