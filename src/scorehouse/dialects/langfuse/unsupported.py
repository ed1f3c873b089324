"""What Langfuse serves and this house does not yet: answered with 501, in Langfuse's shape.

Metrics, annotation queues, datasets and experiments, media, prompts, and product feedback, which is not about
traces at all (contract langfuse §2, §14, §15).
"""

from scorehouse.domain.access import Permission
from scorehouse.domain.refusals import Unsupported
from scorehouse.wire.call import Call, Reply
from scorehouse.wire.route import Route

API = "/api/public"
QUEUES = f"{API}/annotation-queues"

PATHS: tuple[tuple[str, str], ...] = (
    ("GET", f"{API}/metrics"),
    ("GET", f"{API}/metrics/daily"),
    ("GET", f"{API}/v2/metrics"),
    ("GET", QUEUES),
    ("POST", QUEUES),
    ("GET", f"{QUEUES}/{{queueId}}"),
    ("GET", f"{QUEUES}/{{queueId}}/items"),
    ("POST", f"{QUEUES}/{{queueId}}/items"),
    ("GET", f"{QUEUES}/{{queueId}}/items/{{itemId}}"),
    ("PATCH", f"{QUEUES}/{{queueId}}/items/{{itemId}}"),
    ("DELETE", f"{QUEUES}/{{queueId}}/items/{{itemId}}"),
    ("POST", f"{QUEUES}/{{queueId}}/assignments"),
    ("DELETE", f"{QUEUES}/{{queueId}}/assignments"),
    ("GET", f"{API}/experiments"),
    ("GET", f"{API}/experiment-items"),
    ("GET", f"{API}/datasets"),
    ("POST", f"{API}/datasets"),
    ("GET", f"{API}/datasets/{{name}}"),
    ("GET", f"{API}/datasets/{{name}}/runs"),
    ("GET", f"{API}/datasets/{{name}}/runs/{{run}}"),
    ("DELETE", f"{API}/datasets/{{name}}/runs/{{run}}"),
    ("GET", f"{API}/v2/datasets"),
    ("POST", f"{API}/v2/datasets"),
    ("GET", f"{API}/v2/datasets/{{name}}"),
    ("GET", f"{API}/dataset-items"),
    ("POST", f"{API}/dataset-items"),
    ("GET", f"{API}/dataset-items/{{id}}"),
    ("DELETE", f"{API}/dataset-items/{{id}}"),
    ("GET", f"{API}/dataset-run-items"),
    ("POST", f"{API}/dataset-run-items"),
    ("POST", f"{API}/media"),
    ("GET", f"{API}/media/{{mediaId}}"),
    ("PATCH", f"{API}/media/{{mediaId}}"),
    ("GET", f"{API}/prompts"),
    ("POST", f"{API}/prompts"),
    ("GET", f"{API}/v2/prompts"),
    ("POST", f"{API}/v2/prompts"),
    ("GET", f"{API}/v2/prompts/{{name}}"),
    ("DELETE", f"{API}/v2/prompts/{{name}}"),
    ("PATCH", f"{API}/v2/prompts/{{name}}/versions/{{version}}"),
    ("POST", f"{API}/feedback"),
)


async def refuse_unsupported(call: Call) -> Reply:
    """Refuse; the server has done so before it asks a handler."""
    raise Unsupported(f"{call.head.method} {call.head.path}")


UNSUPPORTED = tuple(
    Route(
        method=method,
        path=path,
        handler=refuse_unsupported,
        permission=Permission.READ if method == "GET" else Permission.WRITE,
        summary="Not served",
        unsupported=True,
    )
    for method, path in PATHS
)
