"""A program that uses Langfuse's Python SDK of generation 4, as people write them; run by the SDK's own Python.

It is told where to report by the SDK's variables alone. What it learned it writes as JSON on standard output;
what the SDK has to complain of it logs on standard error.
"""

import json
import logging
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

from langfuse import Langfuse, propagate_attributes  # type: ignore[import-not-found]  # in its own environment only
from langfuse.api.core import ApiError  # type: ignore[import-not-found]  # in its own environment only

MEASURED_AT = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)  # noqa: UP017 - as people write it on every Python

Learned = dict[str, Any]


def trace(langfuse: Langfuse) -> Learned:
    """Trace nested observations with user, session, tags and metadata, and score them by every call there is."""
    with langfuse.start_as_current_observation(name="root", as_type="span", input={"q": "?"}) as root:
        with (
            propagate_attributes(
                user_id="u1", session_id="s1", tags=["a", "b"], metadata={"tm": "1"}, trace_name="my-trace"
            ),
            langfuse.start_as_current_observation(name="llm", as_type="generation", model="gpt-4o") as generation,
        ):
            generation.update(output="hello", usage_details={"input": 3, "output": 4}, cost_details={"total": 0.5})
            langfuse.score_current_span(name="span-number", value=0.9, comment="fine", metadata={"n": 1, "t": "1"})
            langfuse.score_current_trace(name="trace-category", value="good", data_type="CATEGORICAL")
            generation.score(name="generation-boolean", value=1, data_type="BOOLEAN")
            generation.score_trace(name="trace-number", value=2)
        root.update(output="done")
        return {"trace": root.trace_id, "root": root.id, "generation": generation.id}


def score(langfuse: Langfuse, traced: Learned, config: str) -> Learned:
    """Score by id: with a config and a time, a session, a run; one twice; and a bad one among good ones."""
    id = traced["trace"]
    langfuse.create_score(
        score_id="own-1", trace_id=id, name="ignored", value=3, config_id=config, timestamp=MEASURED_AT
    )
    langfuse.create_score(score_id="own-2", session_id="s1", name="mood", value="calm")
    langfuse.create_score(score_id="own-3", dataset_run_id="run-1", name="remark", value="so so", data_type="TEXT")
    langfuse.create_score(score_id="own-4", trace_id=id, name="output", value="better", data_type="CORRECTION")
    langfuse.flush()
    langfuse.create_score(score_id="own-1", trace_id=id, name="x", value=4, config_id=config, timestamp=MEASURED_AT)
    langfuse.create_score(score_id="bad-1", trace_id=id, name="too-high", value=99, config_id=config)
    langfuse.create_score(score_id="good-1", trace_id=id, name="neighbour", value=0.25)
    langfuse.flush()
    created = langfuse.api.scores.create(id="good-3", trace_id=id, name="object", value="v", environment="Staging")
    refused: Learned = {}
    try:
        langfuse.api.scores.create(id="bad-2", trace_id=id, name="too-high", value=99, config_id=config)
    except ApiError as error:
        refused = {"status": error.status_code, "body": error.body}
    return {"object": created.id, "refused": refused}


def configure(langfuse: Langfuse) -> str:
    """Create a config, and return its id."""
    created = langfuse.api.score_configs.create(
        name="rating", data_type="NUMERIC", min_value=0, max_value=5, description="stars"
    )
    return str(created.id)


def manage(langfuse: Langfuse, config: str) -> Learned:
    """Read, change and archive the config; delete a score, and one that is not there."""
    configs = langfuse.api.score_configs
    read, listed = configs.get_by_id(config), configs.get(limit=10)
    changed = configs.update(config, description="one to five", is_archived=True)
    before = [item.id for item in langfuse.api.scores.get_many(score_ids="good-3").data]
    langfuse.api.legacy.score_v1.delete("good-3")
    langfuse.api.legacy.score_v1.delete("good-3")
    return {
        "read": read.dict(),
        "listed": [item.id for item in listed.data],
        "changed": changed.dict(),
        "before": before,
        "after": [item.id for item in langfuse.api.scores.get_many(score_ids="good-3").data],
    }


def read(langfuse: Langfuse, traced: Learned) -> Learned:
    """Read back with the client's own calls."""
    api, id = langfuse.api, traced["trace"]
    pages = [api.scores.get_many(limit=4, page=page) for page in (1, 2, 3)]
    return {
        "pages": [[item.dict() for item in page.data] for page in pages],
        "meta": pages[0].meta.dict(),
        "by_id": api.scores.get_by_id("own-2").dict(),
        "bounded": [s.id for s in api.scores.get_many(name="neighbour", value=0.2, operator=">=").data],
        "of_user": [s.name for s in api.scores.get_many(user_id="u1").data],
        "v3": [s.id for s in api.scores_v3.get_many_v3(trace_id=id).data],
        "trace": api.trace.get(id).dict(),
        "traces": [item.dict() for item in api.trace.list(tags=["a", "b"]).data],
        "session": api.sessions.get("s1").dict(),
        "observations": [item.dict() for item in api.observations.get_many(trace_id=id, fields="basic,io").data],
        "observation": api.legacy.observations_v1.get(traced["generation"]).dict(),
        "observations_v1": [item.dict() for item in api.legacy.observations_v1.get_many(trace_id=id).data],
    }


def unsupported(langfuse: Langfuse) -> Learned:
    """Ask for what is not served: the client raises, and says what it was told."""
    once = {"max_retries": 0}
    api = langfuse.api
    calls: dict[str, Callable[[], Any]] = {
        "metrics": lambda: api.metrics.metrics(query="{}", request_options=once),
        "older metrics": lambda: api.legacy.metrics_v1.metrics(query="{}", request_options=once),
        "queues": lambda: api.annotation_queues.list_queues(request_options=once),
        "dataset": lambda: api.datasets.get("d", request_options=once),
    }
    told: Learned = {}
    for name, call in calls.items():
        try:
            call()
        except ApiError as error:
            told[name] = {"status": error.status_code, "body": error.body}
    prompt = langfuse.get_prompt("p", fallback="fall back", max_retries=0)
    return told | {"prompt": prompt.prompt}


def main() -> None:
    """Go through everything, once."""
    logging.basicConfig(level=logging.INFO)
    langfuse = Langfuse()
    learned: Learned = {"auth": langfuse.auth_check()}
    config = configure(langfuse)
    traced = trace(langfuse)
    langfuse.flush()
    learned |= {"config": config, "traced": traced, "scored": score(langfuse, traced, config)}
    learned |= {"read": read(langfuse, traced), "managed": manage(langfuse, config)}
    learned["unsupported"] = unsupported(langfuse)
    langfuse.shutdown()
    print(json.dumps(learned, default=str))  # noqa: T201 - what it learned is what it prints


if __name__ == "__main__":
    main()
