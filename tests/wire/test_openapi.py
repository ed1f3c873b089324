"""A dialect's OpenAPI document says what its table says, in a form that tools can read."""

import json
from collections.abc import Iterator
from typing import Any, Literal

import jsonschema_rs
import msgspec
import pytest
import schemathesis
from schemathesis.core.result import Ok

from scorehouse.dialects import registered
from scorehouse.domain.access import Permission
from scorehouse.wire.dialect import Dialect
from scorehouse.wire.openapi import document
from scorehouse.wire.route import OTLP
from tests.server.tiny import Tiny, echo, route


class Thing(msgspec.Struct, rename="camel"):
    """A thing."""

    display_name: str
    size: int | None = None
    tags: list[str] | msgspec.UnsetType = msgspec.UNSET


class Asked(msgspec.Struct):
    """A query string."""

    kind: Literal["a", "b"]
    limit: int = 50
    since: str | None = None


class Nothing(msgspec.Struct):
    """Has no members."""


async def make_thing(call: Any) -> Any:
    """Stand for a handler."""
    return await echo(call)


SMALL = Tiny(
    "small",
    routes=[
        route("POST", "/things", make_thing, Permission.WRITE, body=Thing, replies={201: Thing}),
        route("GET", "/things", query=Asked, replies={200: list[Thing]}),
        route("GET", "/things/{thing_id}/parts/{part}", replies={200: Thing}),
        route("DELETE", "/things/{thing_id}", replies={204: None}),
        route("GET", "/open", permission=None, replies={200: Nothing}),
        route("POST", "/otlp", limits=OTLP, body=dict[str, Any], replies={200: Nothing}),
        route("POST", "/late", unsupported=True),
    ],
).build()


@pytest.fixture
def small() -> Any:
    """The document of a small dialect, as clients get it."""
    return json.loads(msgspec.json.encode(document(SMALL, "1.2.3")))


def test_every_route_is_an_operation(small: Any) -> None:
    """Paths, methods, summaries; names from handlers where those are unique, else from the path."""
    operations = {
        (method.upper(), path): operation["operationId"]
        for path, methods in small["paths"].items()
        for method, operation in methods.items()
    }
    assert operations == {
        ("POST", "/things"): "make_thing",
        ("GET", "/things"): "get_things",
        ("GET", "/things/{thing_id}/parts/{part}"): "get_things_thing_id_parts_part",
        ("DELETE", "/things/{thing_id}"): "delete_things_thing_id",
        ("GET", "/open"): "get_open",
        ("POST", "/otlp"): "post_otlp",
        ("POST", "/late"): "post_late",
    }
    assert small["info"]["version"] == "1.2.3"
    assert small["servers"] == [{"url": "/small"}]


def test_parameters_come_from_path_and_query(small: Any) -> None:
    """Path parameters are required texts; query parameters have the struct's types, defaults and requirement."""
    asked = {each["name"]: each for each in small["paths"]["/things"]["get"]["parameters"]}
    assert [each["in"] for each in asked.values()] == ["query"] * 3
    assert asked["kind"]["required"]
    assert asked["kind"]["schema"] == {"enum": ["a", "b"]}
    assert asked["limit"] == {
        "name": "limit",
        "in": "query",
        "required": False,
        "schema": {"type": "integer", "default": 50},
    }
    in_path = small["paths"]["/things/{thing_id}/parts/{part}"]["get"]["parameters"]
    assert [(each["name"], each["in"], each["required"]) for each in in_path] == [
        ("thing_id", "path", True),
        ("part", "path", True),
    ]


def test_bodies_and_answers_name_their_shapes(small: Any) -> None:
    """Shapes are components under their wire names; every media type of a body is listed."""
    making = small["paths"]["/things"]["post"]
    reference = {"$ref": "#/components/schemas/Thing"}
    assert making["requestBody"]["content"] == {"application/json": {"schema": reference}}
    assert making["responses"]["201"]["content"]["application/json"]["schema"] == reference
    thing = small["components"]["schemas"]["Thing"]
    assert thing["required"] == ["displayName"]
    assert set(thing["properties"]) == {"displayName", "size", "tags"}
    taken = small["paths"]["/otlp"]["post"]["requestBody"]["content"]
    assert set(taken) == {"application/json", "application/x-protobuf"}
    assert "content" not in small["paths"]["/things/{thing_id}"]["delete"]["responses"]["204"]


def test_refusals_are_in_the_dialects_words(small: Any) -> None:
    """Statuses and bodies of refusals are those that the dialect's writer makes."""
    responses = small["paths"]["/things"]["post"]["responses"]
    assert {"201", "400", "401", "403", "404", "409", "413", "415", "429", "500", "503"} == set(responses)
    assert responses["401"]["content"]["application/json"]["example"]["by"] == "small"
    assert "501" in small["paths"]["/late"]["post"]["responses"]
    assert "401" not in small["paths"]["/open"]["get"]["responses"]


def test_security_says_how_keys_travel(small: Any) -> None:
    """The scheme is read off what the dialect tells people to send; an open route needs none."""
    assert small["components"]["securitySchemes"] == {"key": {"type": "http", "scheme": "bearer"}}
    assert small["paths"]["/things"]["post"]["security"] == [{"key": []}]
    assert small["paths"]["/things"]["post"]["x-scope"] == "write"
    assert small["paths"]["/open"]["get"]["security"] == []


# ── Every registered dialect ─────────────────────────────────────────────────────────────────────────────


def references(node: Any) -> Iterator[str]:
    """Yield every reference in a document."""
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for child in node.values():
            yield from references(child)
    elif isinstance(node, list):
        for child in node:
            yield from references(child)


@pytest.fixture(params=[*registered(), SMALL], ids=lambda dialect: dialect.name)
def spoken(request: pytest.FixtureRequest) -> tuple[Dialect, Any]:
    """Each dialect with its document, as clients get it."""
    dialect: Dialect = request.param
    return dialect, json.loads(msgspec.json.encode(document(dialect, "1.2.3")))


def test_the_document_is_whole(spoken: tuple[Dialect, Any]) -> None:
    """Every route is there once, operations have unique names, and every reference leads to a component."""
    dialect, written = spoken
    operations = [operation for methods in written["paths"].values() for operation in methods.values()]
    assert len(operations) == len(dialect.routes)
    assert len({operation["operationId"] for operation in operations}) == len(operations)
    known = {f"#/components/schemas/{name}" for name in written["components"]["schemas"]}
    assert set(references(written)) <= known


def test_every_schema_is_one(spoken: tuple[Dialect, Any]) -> None:
    """Each component is a valid JSON schema of draft 2020-12, the dialect of OpenAPI 3.1."""
    _, written = spoken
    for schema in written["components"]["schemas"].values():
        jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})


def test_a_fuzzer_can_read_it(spoken: tuple[Dialect, Any]) -> None:
    """schemathesis, which fuzzes the server by it, loads the document and finds every operation in it."""
    dialect, written = spoken
    schema = schemathesis.openapi.from_dict(written)
    found = [each.ok() for each in schema.get_all_operations() if isinstance(each, Ok)]
    assert len(found) == len(dialect.routes)
    assert {(each.method.upper(), each.path) for each in found} == {(each.method, each.path) for each in dialect.routes}
