"""The vendor's tracing SDK: a workflow with a task in it, exported as OTLP.

``program.py <base URL with /api> <key>``; tells the ids of its spans as JSON on standard output.
"""

import json
import sys

from opentelemetry import trace
from respan_tracing import RespanTelemetry, get_client, task, workflow  # type: ignore[import-not-found]  # lives in the SDK's own environment

told: dict[str, str] = {}


def main(base_url: str, key: str) -> None:
    """Trace, and wait until everything is sent."""
    telemetry = RespanTelemetry(
        app_name="test", api_key=key, base_url=base_url, is_batching_enabled=False, is_auto_instrument=False
    )

    @task(name="answer")  # type: ignore[untyped-decorator]  # the SDK ships no types
    def answer(question: str) -> str:
        told["task"] = f"{trace.get_current_span().get_span_context().span_id:016x}"
        get_client().update_current_span(
            respan_params={
                "customer_identifier": "user-1",
                "thread_identifier": "thread-1",
                "trace_group_identifier": "group-1",
                "metadata": {"plan": "pro"},
            }
        )
        return f"{question}: 42"

    @workflow(name="ask")  # type: ignore[untyped-decorator]  # the SDK ships no types
    def ask() -> object:
        context = trace.get_current_span().get_span_context()
        told["workflow"], told["trace"] = f"{context.span_id:016x}", f"{context.trace_id:032x}"
        return answer("why")

    ask()
    telemetry.flush()
    sys.stdout.write(json.dumps(told))


main(*sys.argv[1:])
