"""A program that uses the published PandaProbe SDK as its documents say; it knows nothing of Scorehouse.

It prints what each scenario learned as one JSON object. Whatever the SDK logs goes to standard error.
"""

import asyncio
import json
import logging
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch
from uuid import UUID

import httpx
import pandaprobe  # type: ignore[import-not-found]  # in its own environment only
from pandaprobe.api import NotFoundError, PlatformClient  # type: ignore[import-not-found]  # in its own environment only

logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(name)s %(levelname)s %(message)s")
logging.getLogger("httpx").setLevel(logging.ERROR)

USER = {"messages": [{"role": "user", "content": "hello"}]}
ASSISTANT = {"messages": [{"role": "assistant", "content": "world"}]}
UNKNOWN = "3c90c3cc-0d44-4b50-8888-8dd25736052a"


def traced_and_scored() -> dict[str, Any]:
    """Trace nested spans, and score the trace at once, with every data type."""
    with pandaprobe.start_trace(
        "agent", input=USER, session_id="chat-1", user_id="ada", tags=["a", "b"], metadata={"team": "x"}
    ) as trace:
        with trace.span("plan", kind="CHAIN") as plan:
            plan.set_output({"steps": 1})
            with trace.span("model", kind="LLM", model="gpt-x") as model:
                model.set_input(USER)
                model.set_output(ASSISTANT)
                model.set_token_usage(prompt_tokens=10, completion_tokens=5, total_tokens=15)
                model.set_cost(total=0.25, input=0.1)
                model.set_model_parameters({"temperature": 0.5})
                model.set_completion_start_time(datetime.now(UTC))
        trace.set_output(ASSISTANT)
    id = trace.trace_id
    pandaprobe.score(id, "accuracy", "0.92", reason="close", metadata={"judge": {"v": 1}})
    pandaprobe.score(id, "thumbs_up", "true", data_type="BOOLEAN")
    pandaprobe.score(UUID(id), "verdict", "PASS", data_type="CATEGORICAL")
    pandaprobe.flush()
    return {"trace": id}


def failed() -> dict[str, Any]:
    """Trace a span that raises."""
    with (
        suppress(ZeroDivisionError),
        pandaprobe.start_trace("broken", input=USER) as trace,
        trace.span("tool", kind="TOOL"),
    ):
        _ = 1 / 0
    pandaprobe.flush()
    return {"trace": trace.trace_id}


def sent_later(trace: str) -> dict[str, Any]:
    """Add spans to a trace, and change both, by the client's low level."""
    client = pandaprobe.get_client()
    transport = client._transport  # noqa: SLF001 - the SDK has no public name for its low level
    span = "22222222-2222-4333-8444-555555555555"
    moment = datetime(2026, 1, 1, tzinfo=UTC).isoformat()
    transport.enqueue_spans(trace, [{"span_id": span, "name": "late", "started_at": moment}])
    transport.enqueue_update_span(trace, span, {"status": "OK", "output": "x"})
    transport.enqueue_update_trace(trace, {"user_id": None, "metadata": {"later": True}})
    client.flush()
    return {"span": span}


def answered_late(trace: str) -> dict[str, Any]:
    """Lose the first answer to a score, as a bad network does; the SDK sends the request again."""
    post, attempts = httpx.Client.post, []

    def lossy(self: httpx.Client, *arguments: Any, **options: Any) -> httpx.Response:
        response = post(self, *arguments, **options)
        attempts.append(options["headers"]["X-Request-ID"])
        if len(attempts) == 1:
            raise httpx.ReadError("the answer was lost")
        return response

    with patch.object(httpx.Client, "post", lossy):
        pandaprobe.score(trace, "lost", "0.5")
        pandaprobe.flush()
    return {"attempts": len(attempts), "ids": len(set(attempts))}


def refused(trace: str) -> dict[str, Any]:
    """Send what the server refuses; the SDK logs it and goes on."""
    pandaprobe.score(trace, "wrong", "1.5")
    pandaprobe.score(UNKNOWN, "lost", "1")
    pandaprobe.score(trace, "after", "1")
    pandaprobe.flush()
    try:
        pandaprobe.score(trace, "number", 0.5)
    except ValueError as error:
        return {"raised": type(error).__name__}
    return {"raised": None}


def in_another_project() -> dict[str, Any]:
    """Name a project that does not exist yet."""
    client = pandaprobe.Client(project_name="made by name")
    with client.trace("inner", input=USER) as trace:
        trace.set_output(ASSISTANT)
    client.score(trace.trace_id, "accuracy", "1")
    client.flush()
    client.shutdown()
    return {"trace": trace.trace_id}


def read_back(trace: str, broken: str) -> dict[str, Any]:
    """Read with the asynchronous client."""
    return asyncio.run(_read_back(trace, broken))


async def _read_back(trace: str, broken: str) -> dict[str, Any]:
    async with PlatformClient(pandaprobe.get_client()) as client:
        whole = await client.traces.wait_visible(trace, timeout=5)
        page = await client.traces.list(session_id="chat-1", limit=10)
        failures = await client.traces.list(status="ERROR")
        every = [item.name async for item in client.traces.iterate(max_items=100)]
        metrics = [metric.name for metric in await client.evaluations.metrics()]
        try:
            await client.traces.get(UNKNOWN)
            unknown = None
        except NotFoundError as error:
            unknown = [error.status_code, bool(error.request_id)]
        return {
            "name": whole.name,
            "status": whole.status,
            "output": whole.output,
            "tags": whole.tags,
            "spans": sorted([span.name, span.kind, span.status] for span in whole.spans),
            "total": page.total,
            "failures": [str(item.trace_id) == broken for item in failures.items],
            "every": sorted(every),
            "metrics": metrics,
            "unknown": unknown,
        }


def main() -> None:
    """Run every scenario, in order."""
    learned: dict[str, Any] = {"traced_and_scored": traced_and_scored(), "failed": failed()}
    trace, broken = learned["traced_and_scored"]["trace"], learned["failed"]["trace"]
    later: dict[str, Callable[[], dict[str, Any]]] = {
        "sent_later": lambda: sent_later(trace),
        "read_back": lambda: read_back(trace, broken),
        "in_another_project": in_another_project,
        "answered_late": lambda: answered_late(trace),
        "refused": lambda: refused(trace),
    }
    for name, scenario in later.items():
        sys.stderr.write(f"{name}\n")
        learned[name] = scenario()
    pandaprobe.shutdown()
    sys.stdout.write(json.dumps(learned))


main()
