"""What their server has and this one does not speak: 501 in their shape."""

from scorehouse.dialects.pandaprobe.management import ORGANIZATION
from scorehouse.domain.access import Permission
from scorehouse.domain.refusals import Unsupported
from scorehouse.wire.call import Call, Reply
from scorehouse.wire.route import BATCH, Route


async def not_served(call: Call) -> Reply:
    """Refuse what is not spoken here; the server does so before it asks."""
    raise Unsupported(f"{call.head.method} {call.head.path}")


NOT_SERVED = (
    ("GET", "/evaluations/providers"),
    *(
        (method, f"/evaluations/{kind}-runs{path}")
        for kind in ("trace", "session")
        for method, path in (
            ("GET", "/template"),
            ("POST", ""),
            ("POST", "/batch"),
            ("GET", ""),
            ("GET", "/{run_id}"),
            ("DELETE", "/{run_id}"),
            ("POST", "/{run_id}/retry"),
            ("GET", "/{run_id}/scores"),
        )
        if (kind, path) != ("session", "/template")
    ),
    *(("GET", f"/evaluations/analytics/trace-scores/{name}") for name in ("summary", "trend", "distribution")),
    *(
        ("GET", f"/evaluations/analytics/session-scores/{name}")
        for name in ("summary", "trend", "distribution", "history/{session_id}", "comparison")
    ),
    ("POST", "/evaluations/monitors"),
    ("GET", "/evaluations/monitors"),
    ("GET", "/evaluations/monitors/{monitor_id}"),
    ("PATCH", "/evaluations/monitors/{monitor_id}"),
    ("DELETE", "/evaluations/monitors/{monitor_id}"),
    *(("POST", f"/evaluations/monitors/{{monitor_id}}/{action}") for action in ("pause", "resume", "trigger")),
    ("GET", "/evaluations/monitors/{monitor_id}/runs"),
    ("GET", "/traces/analytics"),
    ("GET", "/traces/users"),
    ("GET", "/sessions/analytics"),
    ("POST", "/organizations"),
    ("PATCH", ORGANIZATION),
    ("DELETE", ORGANIZATION),
    ("DELETE", f"{ORGANIZATION}/projects/{{project_id}}"),
    ("GET", f"{ORGANIZATION}/members"),
    ("PATCH", f"{ORGANIZATION}/members/{{user_id}}"),
    ("DELETE", f"{ORGANIZATION}/members/{{user_id}}"),
    ("POST", f"{ORGANIZATION}/invitations"),
    ("GET", f"{ORGANIZATION}/invitations"),
    ("DELETE", f"{ORGANIZATION}/invitations/{{invitation_id}}"),
    ("GET", "/me/invitations"),
    ("POST", "/me/invitations/{invitation_id}/accept"),
    ("POST", "/me/invitations/{invitation_id}/decline"),
    ("GET", f"{ORGANIZATION}/subscriptions"),
    *(("GET", f"{ORGANIZATION}/subscriptions/{name}") for name in ("usage", "billing", "invoices")),
    *(("POST", f"{ORGANIZATION}/subscriptions/{name}") for name in ("checkout", "portal")),
    ("GET", "/subscriptions/plans"),
)

NOT_SERVED_TO_ANYBODY = (("POST", "/webhooks/stripe"),)
"""The same, where not even a key is asked for (contract pandaprobe §2)."""

UNSERVED = tuple(
    Route(
        method=method,
        path=path,
        handler=not_served,
        permission=permission,
        summary="Not served here",
        unsupported=True,
        limits=BATCH,
    )
    for routes, permission in ((NOT_SERVED, Permission.READ), (NOT_SERVED_TO_ANYBODY, None))
    for method, path in routes
)
