"""Every operation on scores of the vendor's client, told as JSON on standard output.

``program.py <base URL> <Authorization> sync|async``. What the client parses is told as it parsed it; what it
raises, by the class of its own and the body. A result of the synchronous and of the asynchronous client has
to be the same, so both run this one program.
"""

import asyncio
import datetime as dt
import inspect
import json
import sys
from typing import Any

from respan import AsyncRespanClient, RespanClient  # type: ignore[import-not-found]  # lives in the SDK's own environment
from respan.core.api_error import ApiError  # type: ignore[import-not-found]  # lives in the SDK's own environment

ONCE = {"max_retries": 0}


class Teller:
    """Runs calls of either client, and tells what came of them."""

    def __init__(self, client: Any, authorization: str) -> None:
        self.client = client
        self.authorization = authorization
        self.told: dict[str, Any] = {}

    async def tell(self, name: str, method: str, /, *arguments: Any, **more: Any) -> Any:
        """Call `method` of a resource (``scores.create_score``) and tell its result under `name`."""
        resource, _, operation = method.partition(".")
        bound = getattr(getattr(self.client, resource), operation)
        try:
            result = bound(*arguments, authorization=self.authorization, request_options=ONCE, **more)
            if inspect.isawaitable(result):
                result = await result
        except ApiError as error:
            self.told[name] = {"raised": type(error).__name__, "status": error.status_code, "body": error.body}
            return None
        self.told[name] = {"type": type(result).__name__, "result": plain(result)}
        return result


def plain(result: Any) -> Any:
    """Write what the client parsed as JSON."""
    if hasattr(result, "model_dump"):
        return json.loads(result.model_dump_json())
    return result


async def score(teller: Teller) -> None:
    """Use all thirteen operations."""
    log = (await teller.tell("log", "spans.create_span", model="m", input="a", output="b")).unique_id
    on_log = await teller.tell(
        "create_span_score", "scores.create_span_score", log, evaluator_slug="helpfulness", numerical_value=4.5
    )
    await teller.tell(
        "create_span_score again",
        "scores.create_span_score",
        log,
        evaluator_slug="helpfulness",
        categorical_value=["good", "short"],
        json_value='{"rating": 5}',
    )
    await teller.tell("list_span_scores", "scores.list_span_scores", log, page=1, page_size=5)
    await teller.tell("retrieve_span_score", "scores.retrieve_span_score", log, on_log.id)
    await teller.tell(
        "update_span_score", "scores.update_span_score", log, on_log.id, json_value=None, boolean_value=True
    )
    await teller.tell(
        "replace_span_score", "scores.replace_span_score", log, on_log.id, evaluator_slug="tone", string_value="warm"
    )
    general = await teller.tell(
        "create_score",
        "scores.create_score",
        log_id=log,
        evaluator_slug="general",
        scorer="ann@example.com",
        timestamp=dt.datetime(2026, 4, 10, 12, tzinfo=dt.UTC),
        numerical_value=1,
        prompt_version_number=2,
    )
    await teller.tell("retrieve_score", "scores.retrieve_score", general.id)
    await teller.tell("update_score", "scores.update_score", general.id, string_value="x")
    await teller.tell("replace_score", "scores.replace_score", general.id, evaluator_slug="general", numerical_value=2)
    start = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    await teller.tell("list_scores", "scores.list_scores", page=1, page_size=1, start_time=start)
    await teller.tell(
        "filter_scores",
        "scores.filter_scores",
        page_size=10,
        sort_by="numerical_value",
        filters={"log_id": {"operator": "", "value": [log]}, "numerical_value": [{"operator": "gte", "value": [2]}]},
        is_exporting=False,
    )
    await teller.tell("delete_span_score", "scores.delete_span_score", log, on_log.id)
    await teller.tell("delete_score", "scores.delete_score", general.id)
    await teller.tell("gone", "scores.retrieve_score", general.id)


async def fail(teller: Teller) -> None:
    """Meet the client's own exceptions."""
    await teller.tell("no evaluator", "scores.create_score", log_id="l", numerical_value=1)
    await teller.tell("bad filter", "scores.filter_scores", filters={"colour": {"operator": "", "value": ["x"]}})
    await teller.tell("no log", "scores.list_span_scores", "nowhere")
    good, teller.authorization = teller.authorization, "Bearer 12345678.notakeyatall"
    await teller.tell("bad key", "scores.list_scores")
    teller.authorization = good


async def page_logs(teller: Teller, is_async: bool) -> None:
    """Go through the logs by the client's pager, which stops only at an empty page."""
    for number in range(5):
        await teller.tell("made", "spans.create_span", model="paged", input="a", output="b", span_name=f"span-{number}")
    asked = {
        "authorization": teller.authorization,
        "operator": "AND",
        "page": 1,
        "page_size": 2,
        "filters": {"model": {"operator": "", "value": ["paged"]}},
    }
    found = teller.client.spans.list_spans(**asked)
    rows = [row async for row in await found] if is_async else list(found)
    teller.told["paged"] = [row["span_name"] for row in rows]


async def evaluate(teller: Teller) -> None:
    """Make an evaluator, score by it, commit it."""
    made = await teller.tell(
        "create_evaluator",
        "evaluators.create_evaluator",
        name="Quality",
        type="human",
        score_value_type="numerical",
        evaluator_slug="quality-of-answers",
        passing_conditions={"primary_score": {"operator": "gte", "value": 3}},
    )
    log = (await teller.tell("log", "spans.create_span", model="m", input="a", output="b")).unique_id
    for name, value in (("passed", 3), ("failed", 2)):
        await teller.tell(name, "scores.create_span_score", log, evaluator_id=made.id, numerical_value=value)
    await teller.tell("retrieve_span", "spans.retrieve_span", log)
    await teller.tell("summary", "spans.get_spans_summary", filters={"unique_id": {"operator": "", "value": [log]}})
    await teller.tell("commit", "evaluators.create_evaluator_version", made.id, version_description="first")
    await teller.tell("versions", "evaluators.list_evaluator_versions", made.id)
    await teller.tell("read-only", "evaluators.update_evaluator_version", made.id, 0, name="x")
    await teller.tell("run", "evaluators.run_evaluator", made.id, inputs={"input": "a", "output": "b"})
    await teller.tell("evaluators", "evaluators.list_evaluators_root", page_size=100)
    await teller.tell("delete_evaluator", "evaluators.delete_evaluator", made.id)


async def main(base_url: str, authorization: str, manner: str) -> None:
    """Do all of it, and tell."""
    is_async = manner == "async"
    teller = Teller((AsyncRespanClient if is_async else RespanClient)(base_url=base_url), authorization)
    await score(teller)
    await fail(teller)
    await page_logs(teller, is_async)
    await evaluate(teller)
    sys.stdout.write(json.dumps(teller.told))


asyncio.run(main(*sys.argv[1:]))
