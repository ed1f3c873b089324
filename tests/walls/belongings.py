"""What the neighbour has: everything a project can hold, under names that nobody else would use.

`belongings` says by kind what can be named of it from outside; `fill` puts it there, through real routes, and on top
of it every recorded conversation of every dialect, so that ids that clients choose for themselves are taken too.
"""

import json
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from scorehouse.dialects import OURS, registered
from scorehouse.wire.dialect import Dialect
from tests.dialects.exchanges import conversations, replay
from tests.walls.twins import THEIR_KEY, Request, Twin, open_project

MARK = "behind-the-wall"

TRACE = "0b570b570b570b570b570b570b570b57"
SPAN = "0b570b570b570b57"


def _score(id: str, target: Mapping[str, Any]) -> Request:
    document = {
        "id": f"{MARK}-{id}",
        "name": f"{MARK}-name",
        "value": {"kind": "categorical", "labels": [f"{MARK}-label"], "number": 0.125},
        "target": target,
        "comment": f"{MARK}-comment",
        "metadata": {MARK: MARK},
        "environment": f"{MARK}-environment",
        "queue": f"{MARK}-queue",
        "source": {"author": f"{MARK}-author", "run": f"{MARK}-run"},
    }
    return Request("POST", "/v1/scores", document, {"idempotency-key": f"{MARK}-{id}"})


SPANS = {
    "resourceSpans": [
        {
            "scopeSpans": [
                {
                    "spans": [
                        {
                            "traceId": TRACE,
                            "spanId": SPAN,
                            "name": f"{MARK}-span-name",
                            "startTimeUnixNano": "1767225600000000000",
                            "endTimeUnixNano": "1767225601000000000",
                            "attributes": [
                                {"key": "session.id", "value": {"stringValue": f"{MARK}-session"}},
                                {"key": "user.id", "value": {"stringValue": f"{MARK}-user"}},
                            ],
                        }
                    ]
                }
            ]
        }
    ]
}

FILLING: tuple[Request, ...] = (
    Request(
        "POST",
        "/v1/evaluators",
        {"id": f"{MARK}-evaluator", "key": f"{MARK}-key", "name": f"{MARK}-evaluator-name", "kind": "numeric"},
    ),
    Request("POST", "/v1/configs", {"id": f"{MARK}-config", "name": f"{MARK}-config-name", "kind": "numeric"}),
    Request("POST", "/v1/traces", SPANS, {"content-type": "application/json"}),
    _score("trace-score", {"kind": "trace", "id": TRACE}),
    _score("span-score", {"kind": "span", "id": SPAN, "trace": TRACE}),
    _score("session-score", {"kind": "session", "id": f"{MARK}-session"}),
    _score("run-score", {"kind": "run", "id": f"{MARK}-run"}),
    _score("gone", {"kind": "trace", "id": TRACE}),
    Request("PATCH", f"/v1/scores/{MARK}-trace-score", {"comment": f"{MARK}-changed"}),
    Request("DELETE", f"/v1/scores/{MARK}-gone"),
    Request("PUT", "/v1/retention", {"days": 90, "environments": {f"{MARK}-environment": 7}}),
)

BELONGINGS: Mapping[str, str] = {
    "score": f"{MARK}-trace-score",
    "score of a span": f"{MARK}-span-score",
    "score of a session": f"{MARK}-session-score",
    "deleted score": f"{MARK}-gone",
    "trace": TRACE,
    "span": SPAN,
    "session": f"{MARK}-session",
    "run": f"{MARK}-run",
    "config": f"{MARK}-config",
    "evaluator": f"{MARK}-evaluator",
    "evaluator key": f"{MARK}-key",
    "score name": f"{MARK}-name",
    "evaluator name": f"{MARK}-evaluator-name",
    "label": f"{MARK}-label",
    "user": f"{MARK}-user",
    "author": f"{MARK}-author",
    "queue": f"{MARK}-queue",
    "environment": f"{MARK}-environment",
    "project": "theirs",
    "key": THEIR_KEY,
}
"""Kind → what the neighbour has of it."""

LISTS = (
    *("/v1/scores", "/v1/traces", "/v1/spans", "/v1/sessions", "/v1/configs", "/v1/evaluators", "/v1/changes"),
    *("/v1/export?what=scores", "/v1/export?what=traces", "/v1/export?what=spans"),
    *("/v1/retention", f"/v1/scores/{MARK}-trace-score/history"),
)
"""Where the neighbour looks for everything."""


@cache
def native() -> Dialect:
    """Return the house's own dialect."""
    return next(dialect for dialect in registered() if dialect.name == "native")


async def fill(twin: Twin) -> None:
    """Fill the neighbour's project."""
    for request in FILLING:
        heard = await twin.ask_as_neighbour(native(), request)
        assert heard.status < 300, (request, heard.body)
    for dialect in registered():
        for recorded in recordings(dialect.name).values():
            await replay(twin.neighbour, dialect, list(recorded))


async def inventory(twin: Twin) -> dict[str, bytes]:
    """Let the neighbour list everything that they have."""
    return {path: (await twin.ask_as_neighbour(native(), Request("GET", path))).body for path in LISTS}


async def tokens(twin: Twin) -> dict[str, str]:
    """Return what the neighbour was given to go on reading with: a cursor, and a mark in the feed."""
    page = json.loads((await twin.ask_as_neighbour(native(), Request("GET", "/v1/scores?limit=1"))).body)
    feed = json.loads((await twin.ask_as_neighbour(native(), Request("GET", "/v1/changes?limit=5"))).body)
    return {"cursor": page["next"], "mark": feed["changes"][-1]["mark"]}


async def keep_count(full: Twin, empty: Twin) -> None:
    """Open as many projects in the empty house as there are in the full one.

    Ids of PandaProbe's projects are their numbers, in order of opening: how many there are is no secret (SECURITY.md).
    """
    for project in await full.neighbour.house.store.projects(full.neighbour.principal.project.number):
        if project.name != full.me.principal.project.name:
            await open_project(empty.neighbour.house, f"not {project.name}", empty.neighbour.principal.project.number)


@cache
def recordings(name: str) -> Mapping[str, tuple[dict[str, Any], ...]]:
    """Return the recorded conversations of a dialect, by their names."""
    packages = {package.DIALECT.name: package for package in map(import_module, OURS)}
    paths = conversations(Path(packages[name].__path__[0])) if name in packages else []
    return {path.stem: tuple(json.loads(path.read_text("utf-8"))) for path in paths}
