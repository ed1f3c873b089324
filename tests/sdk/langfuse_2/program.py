"""A program that uses Langfuse's Python SDK of generation 2, as people wrote them; run by the SDK's own Python.

It is told where to report by the SDK's variables alone. What it learned it writes as JSON on standard output;
what the SDK has to complain of it logs on standard error.
"""

import json
import logging
from collections.abc import Callable
from typing import Any

from langfuse import Langfuse  # type: ignore[import-not-found]  # in its own environment only
from langfuse.api import (  # type: ignore[import-not-found]  # in its own environment only
    CreateScoreConfigRequest,
    CreateScoreRequest,
)
from langfuse.api.core import ApiError  # type: ignore[import-not-found]  # in its own environment only

Learned = dict[str, Any]


def trace(langfuse: Langfuse) -> Learned:
    """Trace nested observations with user, session, tags and metadata, and score them by every call there is."""
    whole = langfuse.trace(name="my-trace", user_id="u1", session_id="s1", tags=["b"], metadata={"tm": 1})
    root = whole.span(name="root", input={"q": "?"})
    generation = root.generation(name="llm", model="gpt-4o")
    generation.end(output="hello", usage={"input": 3, "output": 4, "unit": "TOKENS"})
    root.event(name="noticed", level="WARNING")
    root.end(output="done")
    generation.score(name="generation-boolean", value=1, data_type="BOOLEAN")
    root.score(name="span-number", value=0.9, comment="fine")
    whole.score(name="trace-category", value="good")
    langfuse.score(trace_id=whole.id, name="trace-number", value=2)
    whole.update(tags=["a"], output="all done")
    return {"trace": whole.id, "root": root.id, "generation": generation.id}


def score(langfuse: Langfuse, traced: Learned, config: str) -> Learned:
    """Score by id: with a config; one twice; and a bad one among good ones; and as an object."""
    id = traced["trace"]
    langfuse.score(id="own-1", trace_id=id, name="ignored", value=3, config_id=config)
    langfuse.flush()
    langfuse.score(id="own-1", trace_id=id, name="ignored", value=4, config_id=config)
    langfuse.score(id="bad-1", trace_id=id, name="too-high", value=99, config_id=config)
    langfuse.score(id="good-1", trace_id=id, name="neighbour", value=0.25)
    langfuse.flush()
    wanted = CreateScoreRequest(id="good-3", traceId=id, name="object", value="v")
    return {"object": langfuse.api.score.create(request=wanted).id}


def configure(langfuse: Langfuse) -> str:
    """Create a config, and return its id."""
    wanted = CreateScoreConfigRequest(name="rating", dataType="NUMERIC", minValue=0, maxValue=5, description="stars")
    return str(langfuse.api.score_configs.create(request=wanted).id)


def read(langfuse: Langfuse, traced: Learned, config: str) -> Learned:
    """Read back with the client's own calls; delete a score, and one that is not there."""
    api, id = langfuse.api, traced["trace"]
    pages = [api.score.get(limit=4, page=page) for page in (1, 2)]
    learned = {
        "pages": [[item.dict() for item in page.data] for page in pages],
        "by_id": api.score.get_by_id("own-1").dict(),
        "bounded": [s.id for s in api.score.get(name="neighbour", value=0.2, operator=">=").data],
        "of_user": [s.name for s in api.score.get(user_id="u1").data],
        "trace": langfuse.fetch_trace(id).data.dict(),
        "traces": [item.dict() for item in langfuse.fetch_traces(tags=["a", "b"]).data],
        "sessions": [item.dict() for item in langfuse.fetch_sessions().data],
        "session": api.sessions.get("s1").dict(),
        "observation": langfuse.fetch_observation(traced["generation"]).data.dict(),
        "observations": [item.dict() for item in langfuse.fetch_observations(trace_id=id).data],
        "config": api.score_configs.get_by_id(config).dict(),
        "configs": [item.id for item in api.score_configs.get().data],
        "health": api.health.health().dict(),
    }
    api.score.delete("good-3")
    api.score.delete("good-3")
    return learned | {"after": [s.id for s in api.score.get(name="object").data]}


def unsupported(langfuse: Langfuse) -> Learned:
    """Ask for what is not served: the client raises, and says what it was told."""
    once = {"max_retries": 0}
    api = langfuse.api
    calls: dict[str, Callable[[], Any]] = {
        "metrics": lambda: api.metrics.daily(request_options=once),
        "dataset": lambda: api.datasets.get("d", request_options=once),
    }
    told: Learned = {}
    for name, call in calls.items():
        try:
            call()
        except ApiError as error:
            told[name] = {"status": error.status_code, "body": error.body}
    return told | {"prompt": langfuse.get_prompt("p", fallback="fall back", max_retries=1).prompt}


def main() -> None:
    """Go through everything, once."""
    logging.basicConfig(level=logging.INFO)
    langfuse = Langfuse()
    learned: Learned = {"auth": langfuse.auth_check()}
    config = configure(langfuse)
    traced = trace(langfuse)
    langfuse.flush()
    learned |= {"config": config, "traced": traced, "scored": score(langfuse, traced, config)}
    learned |= {"read": read(langfuse, traced, config), "unsupported": unsupported(langfuse)}
    langfuse.shutdown()
    print(json.dumps(learned, default=str))  # noqa: T201 - what it learned is what it prints


if __name__ == "__main__":
    main()
