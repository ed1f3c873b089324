"""Load by wrk, and what it measured."""

import json
import secrets
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_SCRIPT = """
wrk.method = {method}
wrk.body = {body}
{headers}
if wrk.body:find("~fresh~", 1, true) then
  local body, made = wrk.body, 0
  local function fresh() made = made + 1; return string.format("{seed}%08x", made) end
  request = function() return wrk.format(nil, nil, nil, (body:gsub("~fresh~", fresh))) end
end
done = function(summary, latency, requests)
  local bad = summary.errors.connect + summary.errors.read + summary.errors.write
    + summary.errors.status + summary.errors.timeout
  io.write(string.format(
    '\\n{{"requests": %d, "microseconds": %d, "p50": %d, "p99": %d, "bad": %d}}\\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), bad))
end
"""


FRESH = "~fresh~"
"""Stands in a body where every occurrence of every request gets a text of its own: 16 hex digits."""


@dataclass(frozen=True)
class Request:
    """What one client sends, over and over, but for the FRESH parts of its body."""

    url: str
    body: str
    headers: Mapping[str, str]
    method: str = "POST"


@dataclass(frozen=True)
class Measured:
    """What wrk saw.

    Attributes:
        rate: requests answered with 2xx or 3xx, a second.
        p50_ms, p99_ms: latency.
        bad: answers of other statuses, and errors of sockets.
    """

    rate: float
    p50_ms: float
    p99_ms: float
    bad: int


def press(request: Request, connections: int, seconds: int) -> Measured:
    """Send a request over so many connections for so long."""
    lines = [f"wrk.headers[ {_lua(name)} ] = {_lua(value)}" for name, value in request.headers.items()]
    script = _SCRIPT.format(
        method=_lua(request.method), body=_lua(request.body), headers="\n".join(lines), seed=secrets.token_hex(4)
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "request.lua"
        path.write_text(script)
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s", str(path), request.url]
        output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    seen = json.loads(output.strip().splitlines()[-1])
    good = seen["requests"] - seen["bad"]
    return Measured(good / seen["microseconds"] * 1e6, seen["p50"] / 1000, seen["p99"] / 1000, seen["bad"])


def _lua(text: str) -> str:
    """Write a text as a Lua literal."""
    level = "="
    while f"]{level}]" in text:
        level += "="
    return f"[{level}[{text}]{level}]"
