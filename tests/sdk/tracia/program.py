"""A program that uses Tracia's published SDK as anybody's would: `program.py scenario`, base URL and key by variables.

Runs under the Python of the SDK's own environment. Each scenario is a function that returns what it saw, printed as
JSON; nothing in here knows whom it speaks to. The model is a stub: no scenario calls one (contract 2signal-tracia,
part 4).
"""

import asyncio
import json
import os
import sys
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from tracia import (  # type: ignore[import-not-found]  # lives in the SDK's own environment
    CreateSpanPayload,
    Eval,
    EvaluateOptions,
    ListSpansOptions,
    LLMProvider,
    Tracia,
    TraciaError,
)

SPAN_ID = "sp_1234567890abcdef"
QUESTION = [{"role": "user", "content": "Hi {{name}}"}]


def client(key: str | None = None, **options: Any) -> Any:
    """Make a client as the vendor's documentation does, with another base URL."""
    return Tracia(key or os.environ["TRACIA_API_KEY"], base_url=os.environ["TRACIA_BASE_URL"], **options)


def payload(span_id: str = SPAN_ID, **members: Any) -> Any:
    """Make the payload of a span."""
    least = {
        "spanId": span_id,
        "model": "gpt-4o",
        "provider": LLMProvider.OPENAI,
        "input": {"messages": []},
        "status": "SUCCESS",
        "latencyMs": 1,
        "inputTokens": 1,
        "outputTokens": 1,
        "totalTokens": 2,
    }
    return CreateSpanPayload(**(least | members))


def dumped(model: Any) -> Any:
    """Return what the SDK made of an answer, under its wire names."""
    return json.loads(model.model_dump_json(by_alias=True))


def refused(call: Callable[[], Any]) -> dict[str, Any]:
    """Make a call that is refused, and return the SDK's error."""
    try:
        answer = call()
    except TraciaError as error:
        return {"code": error.code.value, "message": error.message, "status": error.status_code}
    return {"answered": repr(answer)}


# ── Spans and evaluations ────────────────────────────────────────────────────────────────────────────────


def spans() -> Any:
    """Create a span, read it, evaluate it three ways, and a span whose id needs encoding."""
    with client() as tracia:
        created = tracia.spans.create(
            payload(
                input={"messages": [{"role": "user", "content": "Grüß Gott"}]},
                variables={"name": "Ada"},
                output="Servus.",
                tags=["prod"],
                userId="user_1",
                sessionId="session_1",
                traceId="tr_1234567890abcdef",
            )
        )
        read = tracia.spans.get(SPAN_ID)
        evaluations = [
            tracia.spans.evaluate(SPAN_ID, EvaluateOptions(evaluator="quality", value=Eval.POSITIVE, note="ok")),
            tracia.spans.evaluate(SPAN_ID, EvaluateOptions(evaluator="quality", value=Eval.NEGATIVE)),
            tracia.spans.evaluate(SPAN_ID, EvaluateOptions(evaluator="quality", value=True, note="")),
        ]
        tracia.spans.create(payload("a/b c"))
        odd = tracia.spans.evaluate("a/b c", EvaluateOptions(evaluator="quality", value=1))
        return {
            "created": dumped(created),
            "read": dumped(read),
            "evaluations": [dumped(each) for each in evaluations],
            "odd": dumped(odd),
            "odd_read": tracia.spans.get("a/b c").span_id,
        }


def custom() -> Any:
    """Evaluate by an evaluator that somebody registered, with values that leave the SDK unchecked."""
    with client() as tracia:
        tracia.spans.create(payload())
        values = [8, 8.5, 0.1]
        options = [EvaluateOptions(evaluator="accuracy", value=value) for value in values]
        return [dumped(tracia.spans.evaluate(SPAN_ID, each)) for each in options]


def pages() -> Any:
    """List with the SDK's own way of going on, and with its filters."""
    with client() as tracia:
        for number in range(8):
            members: dict[str, Any] = {
                "tags": ["even" if number % 2 == 0 else "odd", "all"],
                "userId": f"user_{number}",
            }
            if number == 3:
                members |= {"status": "ERROR", "error": "boom", "sessionId": "s"}
            tracia.spans.create(payload(f"sp_{number}", **members))
        met, cursor = [], None
        while True:
            page = tracia.spans.list(ListSpansOptions(limit=3, cursor=cursor))
            met.append([span.span_id for span in page.spans])
            cursor = page.cursor
            if not page.has_more:
                break
        filters = {
            "user": ListSpansOptions(userId="user_5"),
            "session": ListSpansOptions(sessionId="s"),
            "status": ListSpansOptions(status="ERROR"),
            "tags": ListSpansOptions(tags=["all", "odd"]),
            "aware": ListSpansOptions(startDate=datetime(2000, 1, 1, tzinfo=UTC), limit=100),
            "naive": ListSpansOptions(endDate=datetime(2000, 1, 1)),  # noqa: DTZ001 - as users do
            "prompt": ListSpansOptions(promptSlug="welcome"),
        }
        found = {name: [span.span_id for span in tracia.spans.list(each).spans] for name, each in filters.items()}
        return {"pages": met, "default": len(tracia.spans.list().spans), "filters": found}


def errors() -> Any:
    """Provoke what the SDK has classes of errors for."""
    thumbs_up = EvaluateOptions(evaluator="quality", value=1)
    with client() as tracia, client("tr_" + "0" * 64) as stranger:
        tracia.spans.create(payload())
        return {
            "key": refused(lambda: stranger.spans.get(SPAN_ID)),
            "key_evaluating": refused(lambda: stranger.spans.evaluate(SPAN_ID, thumbs_up)),
            "get": refused(lambda: tracia.spans.get("sp_nonexistent")),
            "evaluate": refused(lambda: tracia.spans.evaluate("sp_nonexistent", thumbs_up)),
            "evaluator": refused(
                lambda: tracia.spans.evaluate(SPAN_ID, EvaluateOptions(evaluator="helpfulness", value=1))
            ),
            "value": refused(lambda: tracia.spans.evaluate(SPAN_ID, EvaluateOptions(evaluator="quality", value=8))),
            "limit": refused(lambda: tracia.spans.list(ListSpansOptions(limit=0))),
            "latency": refused(lambda: tracia.spans.create(payload(latencyMs=-1))),
            "prompts": refused(tracia.prompts.list),
            "prompt": refused(lambda: tracia.prompts.delete("welcome")),
            "run": refused(lambda: tracia.prompts.run("welcome", {"name": "Ada"})),
        }


# ── Calls of a model, whose spans are created in the background ──────────────────────────────────────────


def stubbed(tracia: Any, failure: Exception | None = None) -> list[int]:
    """Put a stub in the model's place; return the statuses that its spans are answered with, as they come."""

    def complete(**_: Any) -> Any:
        if failure is not None:
            raise failure
        return SimpleNamespace(
            text="Hello!",
            tool_calls=[],
            provider=LLMProvider.OPENAI,
            finish_reason="stop",
            input_tokens=3,
            output_tokens=2,
            total_tokens=5,
        )

    async def acomplete(**given: Any) -> Any:
        return complete(**given)

    def embed(**_: Any) -> Any:
        return SimpleNamespace(embeddings=[[0.1, 0.2, 0.3]], total_tokens=4, provider=LLMProvider.OPENAI)

    model = tracia._llm_client  # noqa: SLF001 - the contract's own way to do without a model
    model.complete, model.acomplete, model.embed = complete, acomplete, embed
    statuses: list[int] = []
    on_answer(tracia, lambda answer: statuses.append(answer.status_code))
    return statuses


def on_answer(tracia: Any, hook: Callable[[Any], None]) -> None:
    """Look at every answer before the SDK does."""
    http = tracia._http_client._client  # noqa: SLF001 - the SDK has no hooks of its own
    http.event_hooks = {"response": [hook]}


def local() -> Any:
    """Run a model, a session of two calls, an embedding and a failing model; then see what became of their spans."""
    lost: list[str] = []
    with client(on_span_error=lambda _, span: lost.append(span)) as tracia:
        statuses = stubbed(tracia)
        told = {"tags": ["prod"], "user_id": "u", "session_id": "s", "temperature": 0.5}
        run = tracia.run_local(model="gpt-4o", messages=QUESTION, variables={"name": "Ada"}, **told)
        session = tracia.create_session()
        first = session.run_local(model="gpt-4o", messages=QUESTION)
        second = session.run_local(model="gpt-4o", messages=QUESTION)
        embedding = tracia.run_embedding(model="text-embedding-3-small", input="one")
        tracia.flush()
        background = list(statuses)
        ids = [each.span_id for each in (run, first, second, embedding)]
        return {
            "background": background,
            "lost": lost,
            "traces": [each.trace_id for each in (run, first, second, embedding)],
            "spans": [dumped(tracia.spans.get(id)) for id in ids],
            "evaluation": dumped(tracia.spans.evaluate(ids[0], EvaluateOptions(evaluator="quality", value=1))),
        }


def failing() -> Any:
    """Run a model that fails: its span says so."""
    with client() as tracia:
        stubbed(tracia, ValueError("overloaded"))
        raised = refused(lambda: tracia.run_local(model="gpt-4o", messages=QUESTION, span_id=SPAN_ID))
        tracia.flush()
        return {"raised": raised, "span": dumped(tracia.spans.get(SPAN_ID))}


def retried() -> Any:
    """Lose the first answer to a background creation: the SDK sends it again, and nothing is there twice."""
    lost: list[str] = []
    with client(on_span_error=lambda _, span: lost.append(span)) as tracia:
        stubbed(tracia)
        statuses: list[int] = []

        def lose_the_first(answer: Any) -> None:
            statuses.append(answer.status_code)
            if len(statuses) == 1:
                raise ConnectionError("the answer never came")

        on_answer(tracia, lose_the_first)
        tracia.run_local(model="gpt-4o", messages=QUESTION, span_id=SPAN_ID)
        tracia.flush()
        return {"statuses": list(statuses), "lost": lost, "spans": len(tracia.spans.list().spans)}


def impatient() -> Any:
    """Evaluate without waiting for the background: a clean refusal or an evaluation, and surely one after waiting."""
    with client() as tracia:
        stubbed(tracia)
        thumbs_up = EvaluateOptions(evaluator="quality", value=1)
        before = refused(lambda: tracia.spans.evaluate(SPAN_ID, thumbs_up))
        tracia.run_local(model="gpt-4o", messages=QUESTION, span_id=SPAN_ID)
        tracia.flush()
        return {"before": before, "after": dumped(tracia.spans.evaluate(SPAN_ID, thumbs_up))}


async def waiting() -> Any:
    """Do the same with the asynchronous methods."""
    async with client() as tracia:
        stubbed(tracia)
        tracia._get_async_http_client()  # noqa: SLF001 - the SDK makes it in other calls only
        run = await tracia.arun_local(model="gpt-4o", messages=QUESTION)
        await tracia.aflush()
        created = await tracia.spans.acreate(payload())
        evaluation = await tracia.spans.aevaluate(
            run.span_id, EvaluateOptions(evaluator="quality", value=0, note="meh")
        )
        page = await tracia.spans.alist(ListSpansOptions(limit=10))
        try:
            await tracia.spans.aget("sp_nonexistent")
            missing = None
        except TraciaError as error:
            missing = [error.code.value, error.message, error.status_code]
        return {
            "run": [run.span_id, run.trace_id],
            "read": dumped(await tracia.spans.aget(run.span_id)),
            "created": dumped(created),
            "evaluation": dumped(evaluation),
            "listed": [span.span_id for span in page.spans],
            "missing": missing,
        }


SCENARIOS: dict[str, Callable[[], Any]] = {
    scenario.__name__: scenario for scenario in (spans, custom, pages, errors, local, failing, retried, impatient)
}
SCENARIOS_WAITING: dict[str, Callable[[], Coroutine[Any, Any, Any]]] = {"waiting": waiting}


def main(name: str) -> None:
    """Run a scenario and print what it saw."""
    seen = SCENARIOS[name]() if name in SCENARIOS else asyncio.run(SCENARIOS_WAITING[name]())
    sys.stdout.write(json.dumps(seen))


if __name__ == "__main__":
    main(sys.argv[1])
