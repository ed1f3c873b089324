"""The vendor's later client: a constructor that takes the key, scores with an explanation, logs in bulk.

``program.py <base URL> <Authorization>``; tells what it parsed as JSON on standard output.
"""

import json
import sys
from typing import Any

from respan import RespanClient  # type: ignore[import-not-found]  # lives in the SDK's own environment

ONCE: Any = {"max_retries": 0}


def main(base_url: str, authorization: str) -> None:
    """Use what this release has and the earlier one has not."""
    client = RespanClient(base_url=base_url, authorization=authorization)
    logs = [{"unique_id": "bulk-1", "model": "m", "input": "a", "output": "b"}, {"model": 5}]
    bulk = client.spans.bulk_create_spans(logs=logs, request_options=ONCE)
    made = client.scores.create_span_score(
        "bulk-1", evaluator_slug="q", numerical_value=1, explanation="because", request_options=ONCE
    )
    again = client.scores.create_score(
        log_id="bulk-1", evaluator_slug="q", numerical_value=2, explanation="after all", request_options=ONCE
    )
    kept = client.scores.update_score(made.id, numerical_value=3, request_options=ONCE)
    replaced = client.scores.replace_score(made.id, evaluator_slug="q", boolean_value=False, request_options=ONCE)
    page = client.scores.filter_scores(filters={"log_id": {"operator": "", "value": ["bulk-1"]}}, request_options=ONCE)
    summary = client.spans.get_spans_summary(request_options=ONCE)
    traces = client.traces.list_traces(filters={"span_count": {"operator": "gte", "value": [1]}}, request_options=ONCE)
    log = client.spans.retrieve_span("bulk-1", request_options=ONCE)
    told = {
        "summary": summary,
        "traces": traces,
        "log": log,
        "bulk": bulk,
        "made": made,
        "again": again,
        "kept": kept,
        "replaced": replaced,
        "page": page,
    }
    sys.stdout.write(json.dumps({name: json.loads(result.model_dump_json()) for name, result in told.items()}))


main(*sys.argv[1:])
