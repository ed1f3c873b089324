"""``scorehouse import --from``: every vendor as a source, spoken by a server of ours in another process."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import httpx
import pytest

from scorehouse.cli.fetching import ATTEMPTS, asked_pause, fetch
from scorehouse.domain.identity import canonical
from scorehouse.settings import BadSetting
from scorehouse.wire.sources import Ask
from tests.cli.test_import import exported, rows
from tests.cli.test_keys import scorehouse
from tests.server_process import Server, StartServer

TRACE = {"kind": "trace", "id": "0af7651916cd43dd8448eb211c80319c", "must_exist": False}
SPAN = {"kind": "span", "id": "b7ad6b7169203331", "trace": TRACE["id"], "must_exist": False}
SESSION = {"kind": "session", "id": "chat"}
JUDGED = {"origin": "evaluator"}
HUMAN = {"origin": "human", "author": "ann"}


def many(target: Callable[[int], Any], count: int, **more: Any) -> list[dict[str, Any]]:
    """Make more scores than a page of the vendor holds, with exact numbers from 0 to 1, which all of them take."""
    return [{"name": f"n{i % 3}", "value": i / 512, "target": target(i), **more} for i in range(count)]


@dataclass(frozen=True, slots=True)
class Vendor:
    """What is scored there, and what the vendor can say of it.

    Attributes:
        key: how its key is written, of a server's headers.
        scores: to be recorded there, all of which it can show.
        lost: columns that its API does not tell.
        measured: column of the source that it tells as the time of measurement.
        digits: of a time's fraction that it tells.
    """

    key: Callable[[Server], str]
    scores: list[dict[str, Any]]
    lost: frozenset[str] = frozenset()
    measured: str = "created_at"
    digits: int = 6


def bearer(server: Server, name: str) -> str:
    """Return the token of a Bearer header."""
    return server.headers(name)["Authorization"].removeprefix("Bearer ")


def on_trace(_: int) -> dict[str, Any]:
    """Score the one trace."""
    return TRACE


FACETS = {"number": 2, "boolean": False, "labels": ["a", "b"], "text": "t"}

VENDORS: dict[str, Vendor] = {
    "langfuse": Vendor(
        lambda server: (
            f"{server.env('langfuse')['LANGFUSE_PUBLIC_KEY']}:{server.env('langfuse')['LANGFUSE_SECRET_KEY']}"
        ),
        [
            *many(on_trace, 230, timestamp="2025-05-05T05:05:05.123Z"),
            {"name": "span", "value": 0.5, "target": SPAN, "comment": "why", "metadata": {"k": [1]}, "source": HUMAN},
            {"name": "session", "value": True, "target": SESSION, "environment": "production", "queue": "q-1"},
            {"name": "mood", "value": "calm", "target": SESSION, "config": "config-1"},
            {
                "name": "note",
                "value": {"kind": "text", "text": "say"},
                "target": TRACE,
                "source": {"origin": "evaluator"},
            },
            {"name": "better", "value": {"kind": "correction", "text": "so"}, "target": TRACE},
            {"name": "run", "value": -1e-7, "target": {"kind": "run", "id": "run-1"}},
        ],
        measured="timestamp",
        digits=3,
    ),
    "pandaprobe": Vendor(
        lambda server: f"{server.headers('pandaprobe')['X-API-Key']}:{server.project}",
        [
            *many(on_trace, 230),
            {"name": "session", "value": True, "target": SESSION, "source": HUMAN},
            {"name": "mood", "value": "calm", "target": TRACE, "comment": "why", "metadata": {"k": [1]}},
            {"name": "lost", "value": None, "target": TRACE, "outcome": {"status": "failed", "reason": "timeout"}},
        ],
    ),
    "2signal": Vendor(
        lambda server: bearer(server, "2signal"),
        [
            *many(lambda i: {"kind": "trace", "id": f"trace-{i % 120}", "must_exist": False}, 300),
            {"name": "span", "value": {"number": 0.5, "labels": ["good"]}, "target": SPAN, "comment": "why"},
        ],
        digits=3,
    ),
    "respan": Vendor(
        lambda server: bearer(server, "respan"),
        [
            *many(lambda i: {**SPAN, "id": f"{i % 120:032x}"}, 230, environment="prod"),
            {
                "name": "all",
                "value": {"number": 2, "boolean": False, "labels": ["a", "b"], "text": "t"},
                "target": SPAN,
            },
            {"name": "thumbs", "value": True, "target": SPAN, "comment": "why", "source": HUMAN, "cost_usd": 0.25},
        ],
        lost=frozenset({"trace", "sole"}),
    ),
}


def fill(server: Server, vendor: Vendor) -> None:
    """Send the traces that carry the scores, and record them."""
    httpx.post(
        f"{server.url}/v1/configs",
        json={"id": "config-1", "name": "mood", "kind": "categorical", "choices": CALM},
        headers=server.headers(),
    )
    numbered = [{**score, "id": f"{number:032x}"} for number, score in enumerate(vendor.scores, 1)]
    made = httpx.post(f"{server.url}/v1/scores/batch", json={"scores": numbered}, headers=server.headers())
    assert made.status_code == 200, made.text
    targets = [score["target"] for score in numbered]
    traces = [target for target in targets if target["kind"] in {"trace", "span"}]
    ids = sorted({target.get("trace", target["id"]) for target in traces})
    body = {"timestamp": NOW}
    events = [{"type": "trace-create", "id": f"e-{id}", "timestamp": NOW, "body": {"id": id, **body}} for id in ids]
    # Vendors show scores of traces that somebody sent; what only scores mention is not one of them.
    url, headers = f"{server.url}/api/public/ingestion", server.headers("langfuse")
    assert httpx.post(url, json={"batch": events}, headers=headers).status_code == 207


NOW = "2026-01-01T00:00:00.000Z"
CALM = [{"label": "calm", "number": 1}, {"label": "cross", "number": 0}]


def take(server: Server, name: str, data: Path, *more: str) -> "CompletedProcess[str]":
    """Import from a server that speaks this vendor's dialect."""
    command = ("import", "--from", name, "--url", server.url, "--refused", str(data.with_suffix(".refused")), *more)
    return scorehouse(data, *command, import_key=VENDORS[name].key(server))


def told(row: Mapping[str, Any], vendor: Vendor) -> dict[str, Any]:
    """Return of an exported row what the vendor tells: its own time of measurement, cut to its digits."""
    time = row[vendor.measured].removesuffix("Z")
    whole, _, fraction = time.partition(".")
    kept = fraction.ljust(6, "0")[: vendor.digits].rstrip("0")
    facts = {name: cell for name, cell in row.items() if name not in vendor.lost | {"created_at", "updated_at"}}
    # Each vendor spells ids of 128 bits in its own way.
    ids = {name: canonical(row[name]) for name in ("id", "target")}
    return {**facts, **ids, "timestamp": f"{whole}.{kept}" if kept else whole}


def facts(path: Path, vendor: Vendor, measured: str) -> dict[str, dict[str, Any]]:
    """Read an export as facts by id."""
    read = [json.loads(line) for line in path.read_text().splitlines()]
    shape = Vendor(vendor.key, [], vendor.lost, measured, vendor.digits)
    return {canonical(row["id"]): told(row, shape) for row in read}


@pytest.mark.slow
@pytest.mark.parametrize("name", VENDORS)
def test_what_a_vendor_holds_comes_in(start_server: StartServer, tmp_path: Path, name: str) -> None:
    """Every score is here with its id, name, value, target, author, comment and time as the vendor tells them, once."""
    server, vendor, data = start_server(), VENDORS[name], tmp_path / "mine"
    fill(server, vendor)
    ended = take(server, name, data)
    refused = data.with_suffix(".refused")
    assert (ended.returncode, ended.stderr) == (0, ""), (ended.stdout, refused.exists() and refused.read_text()[:2000])
    assert " 0 deleted, 0 refused" in ended.stdout
    here = exported(data, tmp_path / "here.jsonl")
    there = exported(server.data, tmp_path / "there.jsonl")
    assert facts(here, vendor, "timestamp") == facts(there, vendor, vendor.measured)
    again = take(server, name, data)
    assert again.returncode == 0, again.stdout
    assert rows(exported(data, tmp_path / "again.jsonl")) == rows(here)
    history = scorehouse(data, "export", "history").stdout
    assert history.count('"subject":"score"') == len(vendor.scores)


@pytest.mark.slow
def test_an_interrupted_import_goes_on_where_it_was(start_server: StartServer, tmp_path: Path) -> None:
    """The state file holds what is yet to be asked, and never the key; from there only the rest is asked for."""
    server, state, data = start_server(), tmp_path / "state", tmp_path / "mine"
    fill(server, VENDORS["langfuse"])
    path = "/api/public/v2/scores?fields=score&limit=100&page=3"
    asks = [{"path": path, "body": None, "label": "scores"}]
    state.write_text(json.dumps({"url": server.url, "asks": asks, "brought": {"scores": 200}}))
    configs = take(server, "langfuse", tmp_path / "other", "--state", str(tmp_path / "other-state"))
    assert configs.returncode == 0
    assert server.secret not in (tmp_path / "other-state").read_text()
    ended = take(server, "langfuse", data, "--state", str(state))
    assert "36 rows" in ended.stdout
    assert json.loads(state.read_text())["asks"] == []


@pytest.mark.slow
def test_rate_limits_are_obeyed(start_server: StartServer, tmp_path: Path) -> None:
    """A vendor that answers 429 with Retry-After is asked again when it said, and nothing is missing."""
    server = start_server(rate_limit="2")
    vendor = VENDORS["pandaprobe"]
    made = httpx.post(
        f"{server.url}/v1/scores/batch",
        json={"scores": [{**score, "id": f"{n:032x}"} for n, score in enumerate(vendor.scores, 1)]},
        headers=server.headers(),
    )
    assert made.status_code == 200
    ended = take(server, "pandaprobe", tmp_path / "mine")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    figures = httpx.get(f"{server.url}/metrics").text.splitlines()
    refused = [line for line in figures if "requests_total" in line and "pandaprobe" in line and "4xx" in line]
    assert refused, "the limit was never met, so nothing was proved"


def test_a_wrong_key_is_said_in_a_line(server: Server, tmp_path: Path) -> None:
    """What the vendor answered is shown; nothing is tried again."""
    ended = scorehouse(tmp_path / "x", "import", "--from", "respan", "--url", server.url, import_key="wrong")
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1)
    assert "401" in ended.stderr
    ended = scorehouse(tmp_path / "x", "import", "--from", "respan", "--url", server.url)
    assert "SCOREHOUSE_IMPORT_KEY" in ended.stderr


NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "pause_s"),
    [
        ("5", 5.0),
        ("0.5", 0.5),
        ("Thu, 01 Jan 2026 12:00:30 GMT", 30.0),
        ("Thu, 01 Jan 2026 11:00:00 GMT", 0.0),
        ("999999", 3600.0),
        ("soon", None),
        ("", None),
    ],
)
def test_a_pause_is_as_long_as_asked(said: str, pause_s: float | None) -> None:
    """Seconds and dates are read, bounded, and what is neither is nothing."""
    headers = Message()
    headers["Retry-After"] = said
    assert asked_pause(headers, NOON) == pause_s


async def test_a_vendor_that_is_away_is_tried_for_a_while() -> None:
    """With longer and longer pauses, and then it is said."""
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    with pytest.raises(BadSetting, match="cannot be reached"):
        await fetch("http://127.0.0.1:9", Ask("/x"), {}, sleep)
    assert pauses == [min(2.0**attempt, 60.0) for attempt in range(ATTEMPTS)]


async def test_only_http_is_asked() -> None:
    """A base URL of another scheme would read files of this machine."""
    with pytest.raises(BadSetting, match="--url"):
        await fetch("file:///etc", Ask("/passwd"), {})
