"""`keywordsai` 1.0.4 against a real server process: logs created and listed, evaluators read."""

import json
import subprocess
from pathlib import Path

import httpx
import pytest

from tests.sdk.environments import python_of
from tests.server_process import Server, environment

PROGRAM = Path(__file__).with_name("program.py")
PROGRAM_SECONDS_MAX = 120

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("suffix", ["", "/api"])
def test_logs_and_evaluators(server: Server, suffix: str) -> None:
    """With and without ``/api`` in its base the client creates logs, pages through them, filters and reads."""
    body = {"name": "Politeness", "evaluator_slug": f"politeness{suffix.replace('/', '-')}"}
    made = httpx.post(f"{server.url}/evaluators/", json=body, headers=server.headers("respan"), trust_env=False)
    key = server.env("respan")["KEYWORDSAI_API_KEY"]
    command = [str(python_of("keywordsai")), str(PROGRAM), server.url + suffix, key, made.json()["id"]]
    done = subprocess.run(
        command, env=environment(), capture_output=True, text=True, check=False, timeout=PROGRAM_SECONDS_MAX
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)

    assert [answer["message"] for answer in told["made"]] == ["log successful"] * 3
    first, second = told["pages"]
    assert first == ["c-2", "c-1"]
    assert second[0] == "c-0"
    assert told["neighbours"][1] is None
    assert told["neighbours"][3].startswith(server.url)
    assert set(told["filtered"]) == {"c-1"}
    assert told["one"]["id"] == told["one"]["asked"]
    assert told["listed"] >= 3
    assert ["Politeness", body["evaluator_slug"]] in told["evaluators"]
    assert told["evaluator"] == "Politeness"
