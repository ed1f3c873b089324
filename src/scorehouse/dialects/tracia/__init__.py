"""Tracia's API (contract 2signal-tracia, parts 2 to 4): spans, their evaluations, and the older family of traces.

shapes        wire shapes, read and written
auth          the key, and the lines to paste
reads         their shapes → our words
writes        our words → their shapes
paging        parts of the list of spans
errors        refusals → the body that both their documentation and their SDKs read
claims        which requests on a path shared with 2signal are theirs
spans, evaluations, traces    handlers, a module a noun
routes        the table, and DIALECT
"""

from scorehouse.dialects.tracia.routes import DIALECT

__all__ = ["DIALECT"]
