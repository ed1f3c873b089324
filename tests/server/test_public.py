"""What the server answers itself, without a key."""

from base64 import b64decode
from hashlib import sha256
from html.parser import HTMLParser

import pytest

import scorehouse
from scorehouse.settings import Settings
from tests.server.tiny import Client, Tiny, route


@pytest.fixture
def client() -> Client:
    """Two dialects, one of which has a health of its own."""
    other = Tiny("other", routes=[route("GET", "/health"), route("GET", "/")])
    return Client([Tiny("native", routes=[route("GET", "/v1/{id}")], territory=("/v1",)).build(), other.build()])


async def test_health_says_so(client: Client) -> None:
    """Health needs no key and no disk, and says what PandaProbe's says (contract pandaprobe §1)."""
    client.store.down = True
    answer = await client("GET", "/health", key=None)
    assert answer.status == 200
    assert answer.json["status"] == "healthy"
    assert set(answer.json) == {"status", "version", "environment", "timestamp"}
    assert answer.json["timestamp"] == "1970-01-01T00:00:01+00:00"


async def test_ready_asks_the_store(client: Client) -> None:
    """Ready is 200 while the store can read and write, else 503 with the time to come back."""
    assert (await client("GET", "/ready", key=None)).status == 200
    client.store.down = True
    answer = await client("GET", "/ready", key=None)
    assert (answer.status, answer.headers["retry-after"], answer.json["reason"]) == (503, "7", "The disk refuses.")


@pytest.mark.parametrize("path", ["/", "/health", "/ready", "/metrics", "/native/docs", "/other/openapi.json"])
async def test_only_reading_is_allowed(client: Client, path: str) -> None:
    """The server's own paths are read; anything else is a 405 that says so."""
    assert (await client("GET", path, key=None)).status == 200
    assert (await client("HEAD", path, key=None)).status == 200
    refused = await client("POST", path, key=None)
    assert (refused.status, refused.headers["allow"]) == (405, "GET, HEAD")


async def test_a_dialect_keeps_its_own_under_its_mount(client: Client) -> None:
    """At the root the server's health wins; under the mount the dialect's is reached."""
    assert (await client("GET", "/other/health")).json["dialect"] == "other"


async def test_the_index_lists_every_dialect(client: Client) -> None:
    """Programs get JSON, browsers a page."""
    index = (await client("GET", "/", key=None)).json
    assert index["version"] == scorehouse.__version__
    assert [dialect["name"] for dialect in index["dialects"]] == ["native", "other"]
    for dialect in index["dialects"]:
        assert (await client("GET", dialect["openapi"], key=None)).json["openapi"] == "3.1.0"
        assert (await client("GET", dialect["docs"], key=None)).status == 200
    page = await client("GET", "/", key=None, accept="text/html,*/*")
    assert page.headers["content-type"] == "text/html; charset=utf-8"


class Inline(HTMLParser):
    """Collects what a page has inside style and script, and every address that it names."""

    def __init__(self) -> None:
        super().__init__()
        self.inside: dict[str, str] = {}
        self.addresses: list[str] = []
        self._in = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note where we are."""
        self._in = tag
        self.addresses += [value or "" for name, value in attrs if name in {"src", "href"}]

    def handle_data(self, data: str) -> None:
        """Keep the text of style and script."""
        if self._in in {"style", "script"}:
            self.inside[self._in] = self.inside.get(self._in, "") + data

    def handle_endtag(self, tag: str) -> None:
        """Leave."""
        self._in = ""


@pytest.mark.parametrize("path", ["/", "/native/docs"])
async def test_pages_need_nothing_from_outside(client: Client, path: str) -> None:
    """A page names no other host, and its policy allows exactly its own style and script."""
    answer = await client("GET", path, key=None, accept="text/html")
    page = Inline()
    page.feed(answer.body.decode())
    assert b"://" not in answer.body
    assert all(not address.startswith("//") for address in page.addresses)
    policy = answer.headers["content-security-policy"]
    for element, text in page.inside.items():
        (source,) = (rule.split()[1] for rule in policy.split("; ") if rule.startswith(f"{element}-src"))
        assert b64decode(source.strip("'").removeprefix("sha256-")) == sha256(text.encode()).digest()


async def test_metrics_count_by_dialect_and_route(client: Client) -> None:
    """Requests are counted under the template of their route; paths that callers make up make no new series."""
    await client("GET", "/v1/one")
    await client("GET", "/native/v1/two")
    await client("GET", "/v1/three", key=None)
    await client("GET", "/v1/three/made/up")
    await client("WHATEVER", "/v1/three/made/up")
    await client("WHATEVER", "/health")
    text = (await client("GET", "/metrics", key=None)).body.decode()
    counted = 'scorehouse_requests_total{dialect="native",method="GET",route="%s",status="%s"} %s'
    assert counted % ("/v1/{id}", "2xx", "2.0") in text
    assert counted % ("/v1/{id}", "4xx", "1.0") in text
    assert counted % ("(none)", "4xx", "1.0") in text
    assert 'method="other",route="(none)"' in text
    assert "made/up" not in text
    assert "WHATEVER" not in text
    assert 'scorehouse_request_seconds_count{dialect="native",method="GET",route="/v1/{id}"} 3.0' in text
    assert "scorehouse_requests_in_progress 1.0" in text


async def test_the_histogram_tells_how_long_it_took(client: Client) -> None:
    """A request of 20 ms counts in the bucket up to 25 ms and in all wider ones, not in narrower ones."""
    figures = client.telemetry.route("native", "GET", "/v1/{id}")
    figures.count(200, 0.02)
    text = (await client("GET", "/metrics", key=None)).body.decode()
    bucket = 'scorehouse_request_seconds_bucket{dialect="native",le="%s",method="GET",route="/v1/{id}"} %s'
    assert bucket % ("0.01", "0.0") in text
    assert bucket % ("0.025", "1.0") in text
    assert bucket % ("+Inf", "1.0") in text


# ── Browsers ─────────────────────────────────────────────────────────────────────────────────────────────

PAGE = "https://app.example.org"


def opened(origins: str) -> Client:
    """Serve with some origins allowed."""
    native = Tiny("native", routes=[route("GET", "/v1/{id}")]).build()
    return Client([native], Settings.read({"SCOREHOUSE_CORS_ORIGINS": origins}))


async def test_no_page_may_call_unless_set(client: Client) -> None:
    """Off unless set: no header of the kind, and a preflight is a wrong method like any other."""
    answer = await client("GET", "/v1/1", origin=PAGE)
    assert not [name for name in answer.headers if name.startswith("access-control")]
    asked = await client("OPTIONS", "/v1/1", origin=PAGE, access_control_request_method="GET")
    assert asked.status == 405


@pytest.mark.parametrize(("origins", "said"), [(PAGE, PAGE), (f"https://a.example.org, {PAGE}", PAGE), ("*", "*")])
async def test_an_allowed_page_may_call(origins: str, said: str) -> None:
    """An allowed page is told so, before and with the answer, refusals included."""
    client = opened(origins)
    asked = await client(
        "OPTIONS",
        "/v1/1",
        key=None,
        origin=PAGE,
        access_control_request_method="GET",
        access_control_request_headers="authorization, x-extra",
    )
    assert (asked.status, asked.headers["access-control-allow-origin"]) == (204, said)
    assert asked.headers["access-control-allow-headers"] == "authorization, x-extra"
    assert "GET" in asked.headers["access-control-allow-methods"]
    for key in (None, "nonsense"):
        assert (await client("GET", "/v1/1", key=key, origin=PAGE)).headers["access-control-allow-origin"] == said


async def test_another_page_may_not() -> None:
    """A page that is not on the list is not told that it may."""
    client = opened(PAGE)
    asked = await client("OPTIONS", "/v1/1", origin="https://evil.example", access_control_request_method="GET")
    assert asked.status == 405
    answer = await client("GET", "/v1/1", origin="https://evil.example")
    assert "access-control-allow-origin" not in answer.headers
