"""The vendor's later client: a constructor that takes the key, scores with an explanation, logs in bulk.

``program.py <base URL> <Authorization> sync|async``; tells what it parsed as JSON on standard output.
"""

import asyncio
import inspect
import json
import sys
from typing import Any

from respan import AsyncRespanClient, RespanClient  # type: ignore[import-not-found]  # lives in the SDK's own environment

ONCE: Any = {"max_retries": 0}


async def settled(answer: Any) -> Any:
    """Return what either client answers."""
    return await answer if inspect.isawaitable(answer) else answer


async def main(base_url: str, authorization: str, manner: str) -> None:
    """Use the twelve operations that this release has, and what else the earlier one has not."""
    client = (AsyncRespanClient if manner == "async" else RespanClient)(base_url=base_url, authorization=authorization)
    scores, spans, log = client.scores, client.spans, f"bulk-{manner}"
    told: dict[str, Any] = {}

    async def tell(name: str, call: Any, *arguments: Any, **members: Any) -> Any:
        told[name] = await settled(call(*arguments, **members, request_options=ONCE))
        return told[name]

    logs = [{"unique_id": log, "model": "m", "input": "a", "output": "b"}, {"model": 5}]
    await tell("bulk", spans.bulk_create_spans, logs=logs)
    made = await tell(
        "made", scores.create_span_score, log, evaluator_slug="q", numerical_value=1, explanation="because"
    )
    again = {"evaluator_slug": "q", "numerical_value": 2, "explanation": "after all"}
    await tell("again", scores.create_score, log_id=log, **again)
    await tell("kept", scores.update_score, made.id, numerical_value=3)
    await tell("replaced", scores.replace_score, made.id, evaluator_slug="q", boolean_value=False)
    await tell("page", scores.filter_scores, filters={"log_id": {"operator": "", "value": [log]}})
    await tell("whole", scores.retrieve_score, made.id)
    await tell("listed", scores.list_span_scores, log)
    await tell("short", scores.retrieve_span_score, log, made.id)
    await tell("short kept", scores.update_span_score, log, made.id, string_value="x")
    await tell("short replaced", scores.replace_span_score, log, made.id, evaluator_slug="q", categorical_value=["a"])
    await tell("summary", spans.get_spans_summary)
    await tell("traces", client.traces.list_traces, filters={"span_count": {"operator": "gte", "value": [1]}})
    await tell("log", spans.retrieve_span, log)
    await tell("gone", scores.delete_span_score, log, made.id)
    other = await tell("other", scores.create_score, log_id=log, evaluator_slug="q", numerical_value=2)
    await tell("other gone", scores.delete_score, other.id)
    answers = {name: None if result is None else json.loads(result.model_dump_json()) for name, result in told.items()}
    sys.stdout.write(json.dumps(answers))


asyncio.run(main(*sys.argv[1:]))
