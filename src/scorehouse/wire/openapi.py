"""A dialect → its OpenAPI 3.1 document, from the same table that serves it.

Nothing is written twice: paths, parameters, bodies and answers come from the routes and their structs, the security
scheme from the headers that the dialect tells people to paste, and its refusals by asking its writer
for one of each kind. A document is what fuzzing runs against, so what it says must be so.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from scorehouse.domain import refusals
from scorehouse.domain.refusals import Fault, Refusal
from scorehouse.wire.call import Head
from scorehouse.wire.dialect import Dialect, Opened
from scorehouse.wire.route import Route

Json = dict[str, Any]

REFERENCE = "#/components/schemas/{name}"
SCHEME = "key"
SAMPLE = Opened("http://127.0.0.1:4480", "0" * 64, "0" * 16, "default")
"""What a dialect is asked to write paste lines for, to learn which header carries its key."""

_REASONS = {
    200: "Done",
    201: "Created",
    202: "Accepted",
    204: "Done, without a body",
    207: "Each item has its own status",
    307: "Elsewhere",
}


def document(dialect: Dialect, version: str) -> Json:
    """Write the OpenAPI 3.1 document of a dialect; `version` is the server's."""
    components, schemas = _schemas(dialect.routes)
    paths: dict[str, Json] = {}
    names = _operation_names(dialect.routes)
    security = _security_scheme(dialect)
    for route, name in zip(dialect.routes, names, strict=True):
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(dialect, route, name, schemas)
    return {
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "info": {
            "title": f"Scorehouse: {dialect.title}",
            "version": version,
            "description": f"The dialect `{dialect.name}`, also served at its own paths without the prefix.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": f"/{dialect.name}"}],
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": {SCHEME: security}},
    }


# ── Operations ───────────────────────────────────────────────────────────────────────────────────────────


def _operation(dialect: Dialect, route: Route, name: str, schemas: "_Schemas") -> Json:
    operation: Json = {"operationId": name, "summary": route.summary}
    parameters = [*_path_parameters(route), *_query_parameters(route, schemas)]
    if parameters:
        operation["parameters"] = parameters
    if route.body is not None:
        operation["requestBody"] = {"required": True, "content": _content(route, schemas)}
    operation["responses"] = _responses(dialect, route, schemas)
    operation["security"] = [] if route.permission is None else [{SCHEME: []}]
    if route.permission is not None:
        operation["x-scope"] = str(route.permission)
    if route.unsupported:
        operation["deprecated"] = True
    return operation


def _path_parameters(route: Route) -> Iterator[Json]:
    for segment in route.path.split("/"):
        if segment.startswith("{"):
            schema = {"type": "string", "minLength": 1}
            yield {"name": segment[1:-1], "in": "path", "required": True, "schema": schema}


def _query_parameters(route: Route, schemas: "_Schemas") -> Iterator[Json]:
    if route.query is None:
        return
    for member in msgspec.structs.fields(route.query):
        schema = schemas[member.type]
        if not member.required and member.default not in {msgspec.NODEFAULT, msgspec.UNSET, None}:
            schema = {**schema, "default": msgspec.to_builtins(member.default)}
        yield {"name": member.encode_name, "in": "query", "required": member.required, "schema": schema}


def _content(route: Route, schemas: "_Schemas") -> Json:
    """Describe a body in every media type that the route takes; only JSON has a schema that can be written."""
    return {media: {"schema": schemas[route.body]} if media.endswith("json") else {} for media in route.limits.media}


def _responses(dialect: Dialect, route: Route, schemas: "_Schemas") -> Json:
    responses: Json = {}
    for status, shape in route.replies.items():
        response: Json = {"description": _REASONS.get(status, "Answered")}
        if shape is not None:
            response["content"] = {route.answers: {"schema": schemas[shape]}}
        responses[str(status)] = response
    head = Head(route.method, route.path, headers={})
    for refusal in _refusals_of(route):
        reply = dialect.refuse(refusal, head)
        said: Json = {"description": refusal.message}
        if isinstance(reply.body, bytes) and reply.body:
            said["content"] = {reply.media.partition(";")[0]: _example(reply.body, reply.media)}
        responses.setdefault(str(reply.status), said)
    return responses


def _example(body: bytes, media: str) -> Json:
    return {"example": msgspec.json.decode(body) if "json" in media else body.decode()}


def _refusals_of(route: Route) -> Iterator[Refusal]:
    """Yield one of each refusal that the route can answer with, the likeliest meaning of a status first."""
    if route.unsupported:
        yield refusals.Unsupported(route.path)
    if route.permission is not None:
        yield refusals.Unidentified("unknown")
        yield refusals.Forbidden(route.permission)
        yield refusals.Throttled()
    if "{" in route.path or route.method != "GET":
        yield refusals.NotFound("thing", "id")
    if route.body is not None or route.query is not None:
        yield refusals.Invalid(Fault(("member",), "missing", "is required"))
    yield refusals.Unreadable("What was sent cannot be read.")
    if route.method != "GET":
        yield refusals.Conflict("It contradicts what is stored.", "thing", "id")
        yield refusals.TooLarge("request body", route.limits.body_bytes_max, "bytes")
        yield refusals.UnsupportedMedia("text/plain", route.limits.media)
    yield refusals.Unavailable("The house is full or closing.")
    yield refusals.Broken()


def _operation_names(routes: Sequence[Route]) -> list[str]:
    """Name operations after their handlers; where one serves several, after method and path."""
    handlers = [getattr(route.handler, "__name__", "") for route in routes]
    return [
        name if name.isidentifier() and handlers.count(name) == 1 else _path_name(route)
        for name, route in zip(handlers, routes, strict=True)
    ]


def _path_name(route: Route) -> str:
    words = "".join(letter if letter.isalnum() else " " for letter in route.path).split()
    return "_".join((route.method.lower(), *words))


# ── Schemas and security ─────────────────────────────────────────────────────────────────────────────────


class _Schemas:
    """The JSON schema of every type that the routes name."""

    def __init__(self, types: Sequence[Any], schemas: Sequence[Json]) -> None:
        self._by_type = {_identity(each): schema for each, schema in zip(types, schemas, strict=True)}

    def __getitem__(self, shape: Any) -> Json:
        return self._by_type[_identity(shape)]


def _schemas(routes: Iterable[Route]) -> tuple[Json, _Schemas]:
    types = list({_identity(shape): shape for route in routes for shape in _types(route)}.values())
    schemas, components = msgspec.json.schema_components(types, ref_template=REFERENCE)
    return components, _Schemas(types, list(schemas))


def _types(route: Route) -> Iterator[Any]:
    if route.body is not None:
        yield route.body
    if route.query is not None:
        yield from (member.type for member in msgspec.structs.fields(route.query))
    yield from (shape for shape in route.replies.values() if shape is not None)


def _identity(shape: Any) -> tuple[str, int]:
    """Tell types apart: equal unions and generics are one, but ``1 == True`` must not make literals so."""
    return repr(shape), id(shape) if isinstance(shape, type) else 0


def _security_scheme(dialect: Dialect) -> Json:
    """Read off the headers to paste how the dialect's keys travel."""
    headers = {name.lower(): value for name, value in dialect.editions[0].paste(SAMPLE).headers.items()}
    scheme = headers.get("authorization", "").partition(" ")[0].lower()
    if scheme in {"bearer", "basic"}:
        return {"type": "http", "scheme": scheme}
    name = next((name for name, value in headers.items() if SAMPLE.secret in value), "authorization")
    return {"type": "apiKey", "in": "header", "name": name}
