"""Through a socket: keys, media types, sizes, encodings, the setting, and BrowserStack's own curl lines."""

import gzip
import json
import shutil
import subprocess
from base64 import b64encode
from typing import Any

import httpx
import pytest

from tests.dialects.langfuse.langfuse import API, SCORE
from tests.server_process import Server, StartServer

pytestmark = pytest.mark.slow


def basic(server: Server, edition: str = "langfuse") -> dict[str, str]:
    """Return the headers of an edition."""
    return server.headers(edition)


def bearer(server: Server, prefix: str = "pk-lf-") -> dict[str, str]:
    """Return the header of a public key alone."""
    return {"authorization": f"Bearer {prefix}{server.key_id}"}


def call(server: Server, method: str, path: str, headers: dict[str, str], **sent: Any) -> tuple[int, Any]:
    """Send a request; answers status and JSON."""
    answer = httpx.request(method, f"{server.url}{API}{path}", headers=headers, **sent)
    return answer.status_code, answer.json()


WRONG_KEYS = [
    ({}, "No authorization header"),
    ({"authorization": "Basic " + b64encode(b"pk-lf-x:sk-lf-" + b"0" * 64).decode()}, "Invalid credentials"),
    ({"authorization": "Basic " + b64encode(b"pk:sk").decode()}, "Invalid credentials"),
    ({"authorization": "Basic nonsense"}, "Invalid authorization header"),
    ({"authorization": "Token x"}, "Invalid authorization header"),
    ({"authorization": "Bearer pk-lf-unknown"}, "Invalid public key"),
]


@pytest.mark.parametrize(("headers", "message"), WRONG_KEYS)
def test_a_wrong_key(server: Server, headers: dict[str, str], message: str) -> None:
    """401 with a message alone, before the query and the body are looked at; ingestion names the class (§3.1, §3.3)."""
    for method, path in (("POST", "/scores"), ("GET", "/scores?limit=1000"), ("PATCH", "/score-configs/x")):
        status, body = call(server, method, path, headers, content=b"{" if method != "GET" else None)
        assert (status, set(body)) == (401, {"message"})
        assert body["message"].startswith(message)
    status, body = call(server, "POST", "/ingestion", headers, json={"batch": 5})
    assert (status, body["error"]) == (401, "UnauthorizedError")


def test_a_wrong_method_needs_no_key(server: Server) -> None:
    """405 comes before 401, 404 of an unknown path too (§3.1)."""
    assert call(server, "PUT", "/scores", {})[0] == 405
    assert call(server, "GET", "/nothing", {})[0] == 404
    assert call(server, "GET", "/health", {})[1]["status"] == "OK"


def test_the_public_key_alone(server: Server) -> None:
    """It writes scores, by the rules of the edition that it is spelled for, and reads nothing (§3.3)."""
    status, body = call(server, "POST", "/scores", bearer(server), json=SCORE)
    assert status == 200
    assert call(server, "GET", f"/v2/scores/{body['id']}", bearer(server)) == (
        403,
        {"message": "Access denied: this key lacks the permission 'read'."},
    )
    assert call(server, "GET", f"/v2/scores/{body['id']}", basic(server))[0] == 200
    category = {"traceId": "t", "name": "n", "dataType": "CATEGORICAL", "stringValue": "good"}
    assert call(server, "POST", "/scores", bearer(server), json=category)[0] == 400
    assert call(server, "POST", "/scores", bearer(server, "pk-lf-bs-"), json=category)[0] == 200


def test_bodies_that_are_too_large(server: Server) -> None:
    """A score has 1 MiB, a batch 4.5 (§3.5)."""
    large = {**SCORE, "comment": "x" * 1_100_000}
    status, body = call(server, "POST", "/scores", basic(server), json=large)
    assert (status, body["error"]) == (413, "PayloadTooLargeError")
    event = {
        "id": "e",
        "timestamp": "2026-01-01T00:00:00Z",
        "type": "trace-create",
        "body": {"id": "t", "input": "x" * 4_000_000},
    }
    assert call(server, "POST", "/ingestion", basic(server), json={"batch": [event]})[0] == 207
    status, body = call(server, "POST", "/ingestion", basic(server), content=b'{"batch":' + b" " * 4_718_592 + b"[]}")
    assert status == 413


def test_other_content_types(server: Server) -> None:
    """A form is refused with 400; OTLP says so in its own shape (§12.1)."""
    form = basic(server) | {"content-type": "application/x-www-form-urlencoded"}
    assert call(server, "POST", "/scores", form, content=b"a=b")[0] == 400
    status, body = call(server, "POST", "/otel/v1/traces", form, content=b"a=b")
    assert (status, body) == (400, {"error": "Invalid content type"})


SPAN = {"traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": "b7ad6b7169203331", "name": "served"}
EXPORT = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [SPAN]}]}]}).encode()


def test_gzip(server: Server) -> None:
    """Honoured where it is gzip, 400 where it is not (§12.1)."""
    headers = basic(server) | {"content-type": "application/json", "content-encoding": "gzip"}
    assert call(server, "POST", "/otel/v1/traces", headers, content=gzip.compress(EXPORT)) == (200, {})
    assert call(server, "GET", f"/traces/{SPAN['traceId']}", basic(server))[0] == 200
    status, body = call(server, "POST", "/otel/v1/traces", headers, content=EXPORT)
    assert (status, set(body)) == (400, {"error"})


def test_the_setting_that_brings_their_way_back(start_server: StartServer) -> None:
    """SCOREHOUSE_LANGFUSE_ACKNOWLEDGE_DROPS: 200, nothing stored, the reason in a header (decision 0003)."""
    broken = {**SCORE, "id": "s", "configId": "none"}
    for setting, status in (("false", 400), ("true", 200)):
        running = start_server(langfuse_acknowledge_drops=setting)
        answer = httpx.post(f"{running.url}{API}/scores", headers=basic(running), json=broken)
        assert answer.status_code == status
        assert ("x-scorehouse-dropped" in answer.headers) is (status == 200)
        assert call(running, "GET", "/v2/scores", basic(running))[1]["data"] == []


# ── BrowserStack's page (seed langfuse-browserstack) ─────────────────────────────────────────────────────

CURL = shutil.which("curl")

NUMERIC = """{
"traceId": "trace-uuid-1",
"name": "correctness",
"value": 0.92,
"comment": "Answer is accurate and well-referenced."
}"""
CATEGORICAL = """{
"traceId": "trace-uuid-1",
"name": "quality",
"dataType": "CATEGORICAL",
"stringValue": "good"
}"""
BOOLEAN = """{
"traceId": "trace-uuid-1",
"observationId": "obs-uuid-1",
"name": "factual",
"dataType": "BOOLEAN",
"value": 1
}"""


@pytest.mark.skipif(CURL is None, reason="curl is not installed here: BrowserStack's own curl lines were NOT run")
def test_the_curl_lines_of_its_page(server: Server) -> None:
    """Word for word but for host, keys and ids."""
    pair = f"pk-lf-bs-{server.key_id}:sk-lf-bs-{server.secret}"

    def curl(*arguments: str) -> Any:
        command = [str(CURL), "--silent", "--noproxy", "*", *arguments, "-u", pair]
        return json.loads(subprocess.run(command, capture_output=True, check=True, timeout=30).stdout)

    scores = f"{server.url}{API}/scores"
    ids = [
        curl("-X", "POST", scores, "-H", "Content-Type: application/json", "-d", body)["id"]
        for body in (NUMERIC, CATEGORICAL, BOOLEAN)
    ]
    page = curl(f"{scores}?name=correctness&page=1&limit=20")
    assert [item["id"] for item in page["data"]] == ids[:1]
    assert page["meta"] == {"page": 1, "limit": 20, "totalItems": 1, "totalPages": 1}
    shown = [curl(f"{scores}/{id}") for id in ids]
    assert [(item["value"], item["stringValue"], item["dataType"]) for item in shown] == [
        (0.92, None, "NUMERIC"),
        (0, "good", "CATEGORICAL"),
        (1, "True", "BOOLEAN"),
    ]
    assert shown[2]["observationId"] == "obs-uuid-1"
    assert "message" in curl("-X", "DELETE", f"{scores}/{ids[0]}")
    assert curl(f"{scores}/{ids[0]}")["error"] == "LangfuseNotFoundError"
    assert curl(f"{server.url}{API}/score-configs")["data"] == []
    assert curl(f"{server.url}{API}/score-configs/config-uuid-1")["error"] == "LangfuseNotFoundError"
