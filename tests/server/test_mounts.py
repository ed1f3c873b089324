"""Paths → routes: fixed before parameters, slashes, mounts, and who refuses what is unknown."""

import pytest

from scorehouse.domain.access import Permission
from scorehouse.wire.dialect import Slash
from scorehouse.wire.route import Limits
from tests.server.tiny import SECRET, Client, Tiny, route

ALPHA = Tiny(
    "alpha",
    territory=("/api",),
    routes=[
        route("GET", "/api/scores"),
        route("GET", "/api/scores/list"),
        route("GET", "/api/scores/{id}"),
        route("DELETE", "/api/scores/{id}"),
        route("GET", "/api/scores/{id}/history"),
        route("GET", "/api/{kind}/list/all"),
        route("GET", "/api/logs/{log}/scores/{score}"),
    ],
)

PLACES = [
    ("GET", "/api/scores", {}),
    ("GET", "/api/scores/", {}),
    ("GET", "/api/scores/list", {}),
    ("GET", "/api/scores/list/", {}),
    ("DELETE", "/api/scores/list", {"id": "list"}),
    ("GET", "/api/scores/list/history", {"id": "list"}),
    ("GET", "/api/scores/list/all", {"kind": "scores"}),
    ("GET", "/api/scores/s%2F1", {"id": "s/1"}),
    ("GET", "/api/scores/%25", {"id": "%"}),
    ("GET", "/api/scores/a+b", {"id": "a+b"}),
    ("GET", "/api/scores/%F0%9F%8E%B2/", {"id": "🎲"}),
    ("GET", "/api/logs/l%201/scores/2", {"log": "l 1", "score": "2"}),
    ("GET", "/%61pi/scores", {}),
]


@pytest.mark.parametrize(("method", "path", "parameters"), PLACES)
@pytest.mark.parametrize("mount", ["", "/alpha"])
async def test_paths_lead_to_routes(mount: str, method: str, path: str, parameters: dict[str, str]) -> None:
    """The most fixed path that has the method wins; parameters are decoded after the path is split."""
    answer = await Client([ALPHA.build()])(method, mount + path)
    assert (answer.status, answer.json["parameters"], answer.json["path"]) == (200, parameters, path)


NOWHERE = [
    "/api/scores//",
    "/api//scores",
    "/api/scores/a/b",
    "/api%2Fscores",
    "/API/scores",
    "//api/scores",
    "/api/scores/a/",
]


@pytest.mark.parametrize("path", NOWHERE[:-1])
async def test_other_spellings_lead_nowhere(path: str) -> None:
    """Empty segments, encoded slashes and capitals make other paths."""
    assert (await Client([ALPHA.build()])("GET", path)).status == 404


def both(**one: object) -> Client:
    """Serve two dialects of neighbouring territories, and native."""
    beta = Tiny("beta", territory=("/api/beta", "/b"), routes=[route("GET", "/b/{id}")], **one)  # type: ignore[arg-type]  # whatever a Tiny takes
    return Client([ALPHA.build(), beta.build(), Tiny("native").build()])


OWNERS = [
    ("/api", "alpha"),
    ("/api/x", "alpha"),
    ("/apis", "native"),
    ("/api/beta", "beta"),
    ("/api/beta/x", "beta"),
    ("/api/betas", "alpha"),
    ("/b/1/2", "beta"),
    ("/elsewhere", "native"),
    ("/beta", "beta"),
    ("/beta/api/x", "beta"),
    ("/alpha/b/1", "alpha"),
    ("/native/api", "native"),
    ("/%zz", "native"),
    ("/api/%zz", "alpha"),
    ("/beta/api/%zz", "beta"),
]


@pytest.mark.parametrize(("path", "owner"), OWNERS)
async def test_unknown_paths_are_refused_by_their_owner(path: str, owner: str) -> None:
    """The mount decides, then the longest territory in whole segments, then native."""
    assert (await both()("GET", path)).json["by"] == owner


SLASHES = [
    (Slash.SAME, "/b/1/", 200),
    (Slash.DIFFERENT, "/b/1/", 404),
    (Slash.REDIRECT, "/b/1/", 307),
    (Slash.REDIRECT, "/beta/b/1/", 307),
    (Slash.REDIRECT, "/b/1", 200),
    (Slash.REDIRECT, "/b//", 404),
]


@pytest.mark.parametrize(("slash", "path", "status"), SLASHES)
async def test_a_trailing_slash_means_what_the_vendor_says(slash: Slash, path: str, status: int) -> None:
    """Nothing, another path, or a redirect that needs no key and keeps path and query."""
    answer = await both(slash=slash)("GET", f"{path}?x=%20", key=None if status == 307 else SECRET)
    assert answer.status == status
    if status == 307:
        assert answer.headers["location"] == f"{path[:-1]}?x=%20"


# ── Shared paths ─────────────────────────────────────────────────────────────────────────────────────────

SHARED = "/api/v1/traces"
WRITE = Permission.WRITE

LEFT = Tiny(
    "left",
    prefixes=("ts_", "2s_"),
    routes=[route("POST", SHARED, permission=WRITE), route("GET", SHARED), route("GET", f"{SHARED}/{{traceId}}")],
)
RIGHT = Tiny(
    "right",
    prefixes=("tr_",),
    editions={"right-hand": "rh_"},
    routes=[
        route("POST", SHARED, permission=WRITE, limits=Limits(body_bytes_max=100, encodings=("gzip",))),
        route("GET", SHARED),
        route("DELETE", SHARED),
        route("GET", f"{SHARED}/{{id}}"),
    ],
    claims=lambda head, body: head.headers.get("user-agent", "").startswith("right") or b'"model"' in body,
)

JUDGEMENTS = [
    ("GET", SHARED, {"key": f"ts_{SECRET}"}, "left"),
    ("GET", SHARED, {"key": f"2s_{SECRET}"}, "left"),
    ("GET", SHARED, {"key": f"tr_{SECRET}"}, "right"),
    ("GET", SHARED, {"key": f"rh_{SECRET}"}, "right"),
    ("GET", SHARED, {}, "left"),
    ("GET", SHARED, {"user_agent": "right/1"}, "right"),
    ("GET", SHARED, {"key": f"ts_{SECRET}", "user_agent": "right/1"}, "left"),
    ("GET", SHARED, {"key": f"native_{SECRET}", "user_agent": "right/1"}, "right"),
    ("GET", f"/left{SHARED}", {"key": f"tr_{SECRET}"}, "left"),
    ("GET", f"/right{SHARED}", {"key": f"ts_{SECRET}"}, "right"),
    ("POST", SHARED, {"body": b'{"model": 1}'}, "right"),
    ("POST", SHARED, {"body": b'{"batch": 1}'}, "left"),
    ("POST", SHARED, {"body": b'{"model": 1}', "key": f"ts_{SECRET}"}, "left"),
    ("POST", f"{SHARED}/", {"body": b'{"model": 1}'}, "right"),
    ("DELETE", SHARED, {"key": f"ts_{SECRET}"}, "right"),
]


@pytest.mark.parametrize(("method", "path", "request_", "dialect"), JUDGEMENTS)
async def test_a_shared_path_is_decided(method: str, path: str, request_: dict[str, str], dialect: str) -> None:
    """Mount, then spelling of the key, then claims on head and body, then the order of registration."""
    client = Client([LEFT.build(), RIGHT.build(), Tiny("native").build()])
    answer = await client(method, path, **request_)  # type: ignore[arg-type]  # a table of keyword arguments
    assert (answer.status, answer.json["dialect"]) == (200, dialect)


async def test_each_names_its_parameters_as_it_likes() -> None:
    """On a shared template the names of parameters are the chosen dialect's."""
    client = Client([LEFT.build(), RIGHT.build()])
    assert (await client("GET", f"{SHARED}/7", key=f"ts_{SECRET}")).json["parameters"] == {"traceId": "7"}
    assert (await client("GET", f"{SHARED}/7", key=f"tr_{SECRET}")).json["parameters"] == {"id": "7"}


REFUSED = [
    ("POST", SHARED, {"key": None}, "left", 401),
    ("POST", SHARED, {"key": None, "user_agent": "right/1"}, "right", 401),
    ("POST", SHARED, {"key": f"tr_{'0' * 64}"}, "right", 401),
    ("POST", SHARED, {"body": b"x" * 101, "key": f"tr_{SECRET}"}, "right", 413),
    ("POST", SHARED, {"body": b"x" * 101}, "left", 200),
    ("PATCH", SHARED, {"key": f"tr_{SECRET}"}, "right", 405),
    ("PATCH", SHARED, {"key": f"ts_{SECRET}"}, "left", 405),
    ("PATCH", SHARED, {"key": None}, "left", 405),
]


@pytest.mark.parametrize(("method", "path", "request_", "dialect", "status"), REFUSED)
async def test_refusals_on_a_shared_path(
    method: str, path: str, request_: dict[str, str], dialect: str, status: int
) -> None:
    """Whoever is known to be meant refuses, by its own limits; before that is known, the first registered."""
    answer = await Client([LEFT.build(), RIGHT.build()])(method, path, **request_)  # type: ignore[arg-type]  # a table of keyword arguments
    assert (answer.status, answer.json.get("by", answer.json.get("dialect"))) == (status, dialect)


async def test_the_methods_of_a_shared_path_are_everybodys() -> None:
    """At the root, Allow lists what anyone takes there; under a mount, what its dialect takes."""
    client = Client([LEFT.build(), RIGHT.build()])
    assert (await client("PUT", SHARED)).headers["allow"] == "DELETE, GET, POST"
    assert (await client("PUT", f"/left{SHARED}")).headers["allow"] == "GET, POST"
