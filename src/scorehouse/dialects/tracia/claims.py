"""Which requests on the paths shared with 2signal are Tracia's (contract 2signal-tracia §3.2).

Asked only where neither a prefix in the path nor the spelling of the key has decided: ``POST`` and ``GET`` of
``/api/v1/traces``, which Node's SDK called up to 0.2.7.
"""

from msgspec import UNSET, Raw, Struct, UnsetType

from scorehouse.wire.bodies import decode
from scorehouse.wire.call import Head, query_pairs

USER_AGENT = "tracia-sdk"
"""``tracia-sdk/<version>`` from Node, ``tracia-sdk-python/<version>`` from Python (§2.1)."""

OURS = frozenset({"promptSlug", "userId", "sessionId"})
THEIRS = frozenset({"name"})
"""Parameters of the list that only one of the two has."""


class _Glance(Struct, rename="camel"):
    """The members that tell a trace of ours from a batch of theirs, skipped unread."""

    trace_id: Raw | UnsetType = UNSET
    model: Raw | UnsetType = UNSET
    batch: Raw | UnsetType = UNSET


def claims(head: Head, body: bytes) -> bool:
    """Tell whether a request is in Tracia's language."""
    if head.headers.get("user-agent", "").startswith(USER_AGENT):
        return True
    if head.method == "GET":
        names = {name for name, _ in query_pairs(head.query)}
        return bool(names & OURS) and not names & THEIRS
    return bool(body) and _is_trace(body)


def _is_trace(body: bytes) -> bool:
    glance = decode(body, _Glance)
    return glance.trace_id is not UNSET and glance.model is not UNSET and glance.batch is UNSET
