"""A program instrumented with the published 2signal SDK, as people write them; run by the SDK's own Python.

It is told where to report by the SDK's variables alone. What it learned (ids, answers) it writes as JSON on
standard output; whatever the SDK has to complain of it logs on standard error. Every scenario runs on a thread of
its own, because a thread that once opened a span stays inside that span's trace.
"""

import asyncio
import json
import logging
import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import httpx
from twosignal import TwoSignal, observe  # type: ignore[import-not-found]  # in its own environment only
from twosignal.client import _get_context  # type: ignore[import-not-found]  # in its own environment only
from twosignal.types import SpanBody, SpanEvent, SpanType, SpanUsage  # type: ignore[import-not-found]  # in its own environment only

LATER_SPANS = 130

Learned = dict[str, Any]


def here() -> dict[str, str]:
    """Return the ids of what is being traced: there is no public way to learn them."""
    return dict(_get_context())


def score(**body: Any) -> Learned:
    """Post a score as the documentation shows it, and return what was answered."""
    answer = httpx.post(
        f"{os.environ['TWOSIGNAL_BASE_URL']}/api/v1/scores",
        headers={"Authorization": f"Bearer {os.environ['TWOSIGNAL_API_KEY']}"},
        json=body,
    )
    return {"status": answer.status_code, "body": answer.json()}


def nested_spans() -> Learned:
    """Open a span inside a span, and score the inner one, the outer one and the trace."""
    client = TwoSignal(flush_interval=60, deployment_id="shop-v1")
    agent = client.span("agent", SpanType.AGENT, input={"q": "hi"}, metadata={"team": "a"})
    with client.session("chat-1"), agent as outer:
        ids = {"outer": here()}
        with client.span("model", SpanType.LLM, input=[{"role": "user", "n": None, "x": float("nan")}]) as inner:
            ids["inner"] = here()
            inner["output"] = {"text": "hello 😀"}
        outer["output"] = "done"
    client.flush()
    trace = ids["outer"]["trace_id"]
    scores = [
        score(traceId=trace, evaluatorName="accuracy", value=0.92, label="pass", reasoning="close"),
        score(traceId=trace, spanId=ids["outer"]["span_id"], evaluatorName="tone", value=1),
        score(traceId=trace, spanId=ids["inner"]["span_id"], evaluatorName="hallucination-check", value=0.0),
    ]
    client.shutdown()
    return {**ids, "scores": scores}


def observed() -> Learned:
    """Decorate a function and one that it calls; score the current span by what the SDK calls its id."""
    client = TwoSignal(flush_interval=60)
    ids: dict[str, dict[str, str]] = {}

    @observe(name="inner", span_type=SpanType.TOOL)  # type: ignore[untyped-decorator]  # see the imports
    def inner(number: int) -> int:
        ids["inner"] = here()
        return number + 1

    @observe  # type: ignore[untyped-decorator]  # see the imports
    def outer(number: int) -> int:
        ids["outer"] = here()
        return int(inner(number)) * 2

    result = outer(20)
    client.flush()
    scores = [
        score(traceId=each["trace_id"], spanId=each["span_id"], evaluatorName="custom-similarity", value=0.5)
        for each in (ids["inner"], ids["outer"])
    ]
    client.shutdown()
    return {**ids, "result": result, "scores": scores}


def observed_coroutine() -> Learned:
    """Decorate a coroutine function."""
    client = TwoSignal(flush_interval=60)
    ids: dict[str, dict[str, str]] = {}

    @observe(name="later")  # type: ignore[untyped-decorator]  # see the imports
    async def later() -> str:
        ids["later"] = here()
        await asyncio.sleep(0)
        return "ok"

    asyncio.run(later())
    client.shutdown()
    return ids


def leaking() -> Learned:
    """Open many spans one after another on one thread: all after the first name a trace that is not sent with them."""
    client = TwoSignal(flush_interval=60)
    with client.span("first"):
        first = here()
    client.flush()
    for number in range(LATER_SPANS):
        with client.span(f"later-{number}"):
            pass
    client.shutdown()
    return first


def failing() -> Learned:
    """Let a decorated function fail, which runs once more untraced, and a span fail."""
    client = TwoSignal(flush_interval=60)
    ids: list[dict[str, str]] = []

    @observe  # type: ignore[untyped-decorator]  # see the imports
    def fails() -> None:
        ids.append(_get_context() or {})
        raise ValueError("boom")

    with suppress(ValueError):
        fails()
    with suppress(KeyError), client.span("fails too"):
        ids.append(here())
        nothing: dict[str, str] = {}
        nothing["missing"]
    client.shutdown()
    return {"observed": ids[0], "again": ids[1], "span": ids[2]}


def one_by_one() -> Learned:
    """Send every event in a request of its own: children come before their parents, spans after their trace."""
    client = TwoSignal(flush_interval=60, max_batch_size=1)
    with client.span("a"), client.span("b"), client.span("c"):
        ids = here()
    client.shutdown()
    return ids


def at_once() -> Learned:
    """Report from many threads of one client while its background thread flushes."""
    client = TwoSignal(flush_interval=0.01, max_batch_size=3)
    found: list[dict[str, str]] = []

    def work(number: int) -> None:
        with client.span(f"worker-{number}"), client.span("step"):
            found.append(here())
            client.flush()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    client.shutdown()
    return {"traces": [ids["trace_id"] for ids in found]}


def model_call() -> Learned:
    """Send what the SDK's wrappers of model clients send: model, parameters, usage, cost."""
    client = TwoSignal(flush_interval=60)
    with client.span("agent"):
        usage = SpanUsage(prompt_tokens=10, completion_tokens=5)
        body = SpanBody(trace_id=here()["trace_id"], name="chat", type=SpanType.LLM, model="gpt-4o", usage=usage)
        body.cost, body.model_parameters, body.parent_span_id = 0.0034, {"temperature": 0.2}, "run-id-never-sent"
        client._emit(SpanEvent(body=body))  # noqa: SLF001 - what the wrappers call
        ids = {**here(), "call": body.id}
    client.shutdown()
    return ids


def beyond_scores() -> Learned:
    """Ask for what is not served: the SDK answers None and the program goes on."""
    client = TwoSignal(flush_interval=60, model_routing="cheap")
    answer = {
        "validate": client.validate("out", [{"type": "contains", "config": {"text": "o"}}]),
        "route_model": client.route_model("which?"),
    }
    client.shutdown()
    return answer


SCENARIOS: tuple[Callable[[], Learned], ...] = (
    nested_spans,
    observed,
    observed_coroutine,
    leaking,
    failing,
    one_by_one,
    at_once,
    model_call,
    beyond_scores,
)


def main() -> None:
    """Run all scenarios, each on a new thread, and write what they learned."""
    logging.basicConfig(level=logging.WARNING, format="%(name)s: %(message)s")
    learned: dict[str, Learned] = {}
    for scenario in SCENARIOS:

        def run(scenario: Callable[[], Learned] = scenario) -> None:
            learned[scenario.__name__] = scenario()

        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
    json.dump(learned, sys.stdout)


main()
