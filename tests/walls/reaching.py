"""Routes → requests that reach over the wall, made of the tables of the dialects.

Every path parameter is filled with what the neighbour has of its kind, every text of a query and of a body with all
that it has. Bodies come from the recorded exchanges of routes that take the same shape, or stand in EXAMPLES. So a new
route is covered by itself, or cannot be filled: then `requests_of` raises Undescribed, which says what is missing.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain, product
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from scorehouse.dialects import registered
from scorehouse.server.mounts import Found, Mounts
from scorehouse.server.telemetry import Telemetry
from scorehouse.wire.dialect import Dialect, Opened
from scorehouse.wire.route import Route
from tests.walls.belongings import BELONGINGS, MARK, native, recordings
from tests.walls.twins import MY_KEY, THEIR_KEY, Request

EXAMPLES_MAX = 3
"""Recorded bodies of one route that are tried: those with the most members."""


MAIN = ("score", "trace")
"""What is tried in a place whose name says nothing."""

NAMED = ("score", "trace", "span", "session", "config", "evaluator", "score name")
"""What is put into all places of a body at once that name something."""


class Undescribed(Exception):
    """A route that cannot be filled until it is described in a table of this module."""


SCORES = ("score", "score of a span", "score of a session", "deleted score")

PARAMETERS: Mapping[str, tuple[str, ...]] = {
    "id": tuple(BELONGINGS),
    "scoreId": SCORES,
    "score_id": SCORES,
    "trace_id": ("trace",),
    "traceId": ("trace",),
    "trace_unique_id": ("trace",),
    "spanId": ("span", "trace"),
    "span_id": ("span",),
    "observationId": ("span", "trace"),
    "log_id": ("span", "trace"),
    "unique_id": ("span", "trace"),
    "sessionId": ("session",),
    "session_id": ("session", "score of a session"),
    "configId": ("config",),
    "evaluator_id": ("evaluator", "evaluator key"),
    "version": ("evaluator",),
    "organization_id": ("own org", "org"),
    "project_id": ("project id", "own project id"),
    "key_id": ("key id", "own key id"),
}
"""Path parameter → the kinds of what it may name."""

EXAMPLES: Mapping[tuple[str, str], tuple[Any, ...]] = {
    ("native", "NewEvaluator"): ({"id": "e-1", "key": "k-1", "name": "judge", "kind": "numeric"},),
    ("native", "EvaluatorChange"): ({"name": "judge", "description": "of tone"},),
    ("native", "NewRetention"): ({"days": 90, "environments": {"development": 7}},),
    ("langfuse", "TraceBody"): ({"id": "t-1", "name": "n", "sessionId": "s-1", "userId": "u-1", "tags": ["a"]},),
    ("langfuse", "TraceIds"): ({"traceIds": ["t-1", "t-2"]},),
    ("pandaprobe", "NewSessionScore"): ({"session_id": "s-1", "name": "n", "value": "0.5", "data_type": "NUMERIC"},),
    ("pandaprobe", "NewProject"): ({"name": "another"}, {"name": "theirs"}),
    ("pandaprobe", "ProjectChange"): ({"name": "yet another"}, {"name": "theirs"}, {"description": "ours"}),
    ("pandaprobe", "NewKey"): ({"name": "another", "expiration": "90d", "scopes": ["read"]},),
    ("pandaprobe", "NewCode"): (
        {
            "org_id": "00000000-0000-8000-9000-000000000002",
            "project_id": "00000000-0000-8000-8000-000000000002",
            "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
            "label": "laptop",
        },
    ),
    ("pandaprobe", "CodeExchange"): ({"code": "00" * 32, "code_verifier": "dBjftJeZ4CVP-mB92K27uhbUJU1p1r"},),
    ("respan", "FilterBody"): (
        {"filters": {"id": {"operator": "", "value": ["x-1"]}}},
        {"filters": {"unique_id": {"operator": "not", "value": ["x-1"]}}},
        {"filters": {"trace_unique_id": {"operator": "", "value": ["x-1"]}}},
    ),
}
"""Dialect and shape of a body → bodies that are accepted, where none is recorded."""

HEADERS: tuple[tuple[str, str], ...] = (
    ("x-project-name", "project"),
    ("x-project-id", "project id"),
    ("x-organization-id", "org"),
    ("x-request-id", "deleted score"),
    ("idempotency-key", "score"),
)
"""Header → what it names of the neighbour's."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What is known of the neighbour, and who reaches for it.

    Attributes:
        belongings: kind → what is named.
        project: this side's own name.
    """

    belongings: Mapping[str, str]
    project: str

    def texts(self, name: str) -> list[str]:
        """Return what may stand under this name: what is of a kind that the name speaks of, or else MAIN."""
        spoken = [kind for kind in self.belongings if kind.split()[0] in name.lower()]
        return [self.belongings[kind] for kind in spoken or MAIN]


def requests_of(dialect: Dialect, route: Route, reach: Reach, brief: bool = False) -> Iterator[Request]:
    """Make the requests that reach over the wall through one route; briefly, by its path and headers alone."""
    headers = headers_of(dialect, reach.project)
    examples = bodies_of(dialect, route)
    paths = list(_paths(route, reach))
    for path in paths:
        yield from (Request(route.method, path, body, headers) for body in examples)
    if route.unsupported:
        return
    path, body = paths[0], examples[0]
    for name, kind in HEADERS:
        yield Request(route.method, path, body, {**headers, name: reach.belongings[kind]})
    if brief:
        return
    for query in _queries(dialect, route, reach):
        yield Request(route.method, f"{path}?{query}", body, headers)
    for example in examples:
        for changed in _bodies(example, reach):
            yield Request(route.method, path, changed, headers)


def headers_of(dialect: Dialect, project: str) -> dict[str, str]:
    """Return the headers that the dialect tells people to paste, with a project of this name."""
    paste = dialect.editions[0].paste(Opened("http://house", "0" * 64, "0" * 16, project))
    return {"content-type": "application/json", **{name.lower(): text for name, text in paste.headers.items()}}


# ── Paths and queries ────────────────────────────────────────────────────────────────────────────────────


def _paths(route: Route, reach: Reach) -> Iterator[str]:
    """Fill a path in every way; raises Undescribed for a parameter that PARAMETERS does not have."""
    segments = route.path.split("/")
    choices: list[Sequence[str]] = []
    for segment in segments:
        if not segment.startswith("{"):
            choices.append((segment,))
        elif route.unsupported:
            choices.append((MARK,))
        elif segment[1:-1] in PARAMETERS:
            kinds = PARAMETERS[segment[1:-1]]
            choices.append([quote(reach.belongings[kind], safe="") for kind in kinds])
        else:
            raise Undescribed(f"{route.method} {route.path}: say in PARAMETERS what {segment} may name.")
    yield from ("/".join(filled) for filled in product(*choices))


def _queries(dialect: Dialect, route: Route, reach: Reach) -> Iterator[str]:
    """Ask with every parameter that takes a text for everything, and as was recorded."""
    recorded = {request.path.partition("?")[2] for request in recorded_of(dialect, route)}
    yield from sorted(recorded - {""})
    if route.query is None:
        return
    for member in msgspec.structs.fields(route.query):
        if _takes_texts(member.type):
            yield from (urlencode({member.encode_name: text}) for text in reach.texts(member.encode_name))
    if dialect is native() and any(member.name == "filter" for member in msgspec.structs.fields(route.query)):
        for field, operator in product(("id", "name"), ("=", "!=")):
            for text in reach.texts(field):
                condition = {"field": field, "operator": operator, "value": text}
                yield urlencode({"filter": json.dumps(condition), "total": "true"})


def _takes_texts(shape: Any) -> bool:
    """Tell whether a parameter may be any text."""
    try:
        msgspec.convert(MARK, shape, strict=False)
    except msgspec.ValidationError:
        return False
    return True


# ── Bodies ───────────────────────────────────────────────────────────────────────────────────────────────


def bodies_of(dialect: Dialect, route: Route) -> tuple[Any, ...]:
    """Return bodies that the route accepts; raises Undescribed where none is known."""
    if route.body is None or route.unsupported:
        return (b"",)
    recorded = [request.body for request in recorded_of(dialect, route) if request.body != b""]
    if not recorded:
        same = (other for other in dialect.routes if other.body is route.body and other is not route)
        recorded = [request.body for other in same for request in recorded_of(dialect, other) if request.body != b""]
    described = EXAMPLES.get((dialect.name, getattr(route.body, "__name__", "")), ())
    different = {repr(sorted(map(repr, places(body)))): body for body in recorded}
    fullest = sorted(different.values(), key=lambda body: -len(list(places(body))))[:EXAMPLES_MAX]
    if not (fullest or described):
        raise Undescribed(
            f"{dialect.name} {route.method} {route.path}: record an exchange, or describe it in EXAMPLES."
        )
    return (*described, *fullest)


def _bodies(body: Any, reach: Reach) -> Iterator[Any]:
    """Put each text of the neighbour's in each place of a body, and one of them in all that name something."""
    where = [place for place, value in places(body) if isinstance(value, str)]
    for place in where:
        yield from (put(body, place, text) for text in reach.texts(_name(place)))
    named = [place for place in where if _name(place).endswith(("id", "ids", "name", "key", "slug"))]
    for kind in NAMED if named else ():
        changed = body
        for place in named:
            changed = put(changed, place, reach.belongings[kind])
        yield changed


def _name(place: tuple[Any, ...]) -> str:
    """Return the name of a member, for one of a list that of the list, in lower case."""
    return next((step.lower() for step in reversed(place) if isinstance(step, str)), "")


def places(node: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Yield every leaf of a document with its place; members of lists share the name of the list's member."""
    if isinstance(node, dict):
        yield from chain.from_iterable(places(value, (*place, name)) for name, value in node.items())
    elif isinstance(node, list):
        yield from chain.from_iterable(places(value, (*place, index)) for index, value in enumerate(node))
    else:
        yield place, node


def put(node: Any, place: tuple[Any, ...], value: Any) -> Any:
    """Return the document with another value at a place."""
    if not place:
        return value
    step, *rest = place
    if isinstance(node, dict):
        return {**node, step: put(node[step], tuple(rest), value)}
    return [put(each, tuple(rest), value) if index == step else each for index, each in enumerate(node)]


# ── Recordings ───────────────────────────────────────────────────────────────────────────────────────────


def recorded_of(dialect: Dialect, route: Route) -> tuple[Request, ...]:
    """Return the recorded requests of a route that were answered well, in their first form."""
    return _recorded(dialect.name).get((route.method, route.path), ())


@cache
def _recorded(name: str) -> Mapping[tuple[str, str], tuple[Request, ...]]:
    dialect = next(each for each in registered() if each.name == name)
    mounts = Mounts((dialect,), Telemetry())
    found: dict[tuple[str, str], tuple[Request, ...]] = {}
    for exchange in chain.from_iterable(recordings(name).values()):
        asked, status = exchange["request"], exchange["reply"]["status"]
        path, _, query = asked["path"].replace("<", "").replace(">", "").partition("?")
        place = mounts.find(asked["method"], path)
        if isinstance(place, Found) and status < 300:
            route = place.seats[0].route
            request = Request(route.method, f"{path}?{query}", asked.get("body", b""))
            found[route.method, route.path] = (*found.get((route.method, route.path), ()), request)
    return found


def reaching(belongings: Mapping[str, str], number: int, own: int) -> Mapping[str, str]:
    """Add how PandaProbe spells ids of projects and organizations, by their numbers, and of keys, on both sides."""
    numbered = {
        "project id": f"000000000000800080{number:014x}",
        "org": f"000000000000800090{number:014x}",
        "key id": THEIR_KEY.zfill(32),
        "own project id": f"000000000000800080{own:014x}",
        "own org": f"000000000000800090{own:014x}",
        "own key id": MY_KEY.zfill(32),
    }
    spelled = {kind: "-".join((id[:8], id[8:12], id[12:16], id[16:20], id[20:])) for kind, id in numbered.items()}
    return {**belongings, **spelled}


__all__ = ["Reach", "Undescribed", "reaching", "requests_of"]
