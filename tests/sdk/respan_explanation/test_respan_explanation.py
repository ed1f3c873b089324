"""`respan-api` 0.1.46, the last release with scores, which has the explanation, against a real server process."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.sdk.environments import python_of
from tests.server_process import Server, environment

PROGRAM = Path(__file__).with_name("program.py")
PROGRAM_SECONDS_MAX = 120

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("manner", ["sync", "async"])
def test_an_explanation_is_created_kept_and_replaced(server: Server, manner: str) -> None:
    """POST and PUT say the explanation, PATCH keeps it; logs come in bulk, each judged by itself.

    All twelve operations of the release parse into its own types, a deletion into nothing.
    """
    command = [
        str(python_of("respan_explanation")),
        str(PROGRAM),
        server.url,
        server.headers("respan")["Authorization"],
        manner,
    ]
    done = subprocess.run(
        command, env=environment(), capture_output=True, text=True, check=False, timeout=PROGRAM_SECONDS_MAX
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)

    assert (told["bulk"]["success_count"], told["bulk"]["error_count"]) == (1, 1)
    assert [error["index"] for error in told["bulk"]["errors"]] == [1]
    assert told["summary"]["number_of_requests"] >= 1
    assert min(row["span_count"] for row in told["traces"]["results"]) >= 1
    assert told["log"]["unique_id"] == f"bulk-{manner}"
    assert (told["gone"], told["other gone"]) == (None, None)
    assert [row["id"] for row in told["listed"]["results"]] == [told["made"]["id"]]
    assert (told["whole"]["inputs"]["input"], told["short"]["boolean_value"]) == ("a", False)
    assert (told["short kept"]["string_value"], told["short replaced"]["categorical_value"]) == ("x", ["a"])
    assert told["other"]["id"] != told["made"]["id"]
    explanations = [told[name]["explanation"] for name in ("made", "again", "kept", "replaced")]
    assert explanations == ["because", "after all", "after all", None]
    assert len({told[name]["id"] for name in ("made", "again", "kept", "replaced")}) == 1
    assert [told[name]["numerical_value"] for name in ("made", "again", "kept", "replaced")] == [1.0, 2.0, 3.0, None]
    assert [row["boolean_value"] for row in told["page"]["results"]] == [False]
