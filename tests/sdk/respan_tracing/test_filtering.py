"""Filters keep the rows that the vendor's own evaluator keeps, every operator that it knows on every scalar field.

Operators on texts are among them where a number, a truth or a time stands.

The evaluator is the one that the vendor ships in `respan-tracing` 2.24.0. It is given the rows as the
server answers them, and each filter goes to both.
"""

import json
import random
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.sdk.environments import python_of
from tests.server_process import Server, environment

PROGRAM = Path(__file__).with_name("filtering.py")
PROGRAM_SECONDS_MAX = 120
ROWS = 40

TEXTS = ["", "a", "A", "ab", "Good", "good one", "5", "4.5", "-1e1", "x%y", "x_y"]
NUMBERS = [0.0, 1.0, 4.5, 5.0, -10.0, 1e6]

TEXT_FIELDS = ("string_value", "explanation", "scorer", "evaluator_slug", "prompt_id", "environment", "json_value")
WORD_FIELDS = ("type", "status", "error_message", "evaluator_name")
NUMBER_FIELDS = ("numerical_value", "cost", "prompt_version_number")
TRUTH_FIELDS = ("boolean_value", "is_passed")

EQUALITY = ("", "=", "==", "eq", "equals", "not", "!=", "<>", "ne", "not_equal", "not_equals")
RANKING = ("gt", "gte", "lt", "lte")
TEXTUAL = ("contains", "icontains", "ilike", "startswith", "endswith", "regex")
SPELLED = ["4.5", ".0", "5", "-1", "True", "rue", "F", 5, 4.5, True, "Z", "202"]
"""What operators on texts ask numbers, truths and times for: parts of what they are spelled as."""

PRESENCE = ("has_key", "empty", "is_empty", "isempty", "not_empty", "notEmpty")

pytestmark = pytest.mark.slow


def rows_to_make() -> list[dict[str, Any]]:
    """Make bodies of scores with members left out at random, always the same ones."""
    chance = random.Random(20260512)  # noqa: S311 - the same rows on every run, nothing secret
    rows = []
    for number in range(ROWS):
        row: dict[str, Any] = {
            "evaluator_slug": chance.choice([text for text in TEXTS if text]),
            "log_id": f"log-{number}",
        }
        row["timestamp"] = "2026-01-01T00:00:00Z"
        maybe = {
            "string_value": chance.choice(TEXTS),
            "numerical_value": chance.choice(NUMBERS),
            "boolean_value": chance.choice([True, False]),
            "json_value": chance.choice(["5", '"a"', "{}"]),
            "explanation": chance.choice(TEXTS),
            "scorer": chance.choice(["ann", "bob", "Ann"]),
            "prompt_id": chance.choice(TEXTS[1:]),
            "prompt_version_number": chance.choice([0, 1, 5]),
            "environment": chance.choice(["prod", "test"]),
        }
        row |= {name: value for name, value in maybe.items() if chance.random() < 0.6}
        if not any(name.endswith("_value") for name in row):
            row["boolean_value"] = True
        rows.append(row)
    return rows


def filters() -> list[dict[str, Any]]:
    """List a filter for every operator on every field, with several operands each."""
    asked: list[dict[str, Any]] = []
    for fields, operands in (
        (TEXT_FIELDS + WORD_FIELDS, ["a", "A", "good", "5", "prod", "llm", ""]),
        (NUMBER_FIELDS, [0, 1, 4.5, 5, -10]),
        (TRUTH_FIELDS, [True, False]),
    ):
        is_text = operands[0] == "a"
        operators = (*EQUALITY, *RANKING, *(TEXTUAL if is_text else ()))
        for field in fields:
            asked += [{field: {"operator": operator, "value": [one]}} for operator in operators for one in operands]
            asked += [{field: {"operator": operator, "value": None}} for operator in ("", "not")]
            asked += [{field: {"operator": operator, "value": operands[:2]}} for operator in ("", "in", "not_in")]
            asked += [{field: {"operator": "isnull", "value": [truth]}} for truth in (True, False)]
            asked += [{field: {"operator": operator, "value": [""]}} for operator in PRESENCE]
    for field in (*NUMBER_FIELDS, *TRUTH_FIELDS, "created_at"):
        asked += [{field: {"operator": operator, "value": [one]}} for operator in TEXTUAL for one in SPELLED]
    return asked


def test_the_vendors_evaluator_keeps_the_same_rows(server: Server) -> None:
    """For every filter the server's page has exactly the rows that the vendor's evaluator keeps."""
    asked = filters()
    with httpx.Client(base_url=server.url, headers=server.headers("respan"), trust_env=False) as client:
        for row in rows_to_make():
            assert client.post("/api/scores/", json=row).status_code == 201
        rows = client.post("/api/scores/list/?page_size=100", json={}).json()["results"]
        assert len(rows) == ROWS
        done = subprocess.run(
            [str(python_of("respan_tracing")), str(PROGRAM)],
            input=json.dumps({"rows": rows, "filters": asked}),
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=PROGRAM_SECONDS_MAX,
        )
        assert done.returncode == 0, done.stderr
        kept = json.loads(done.stdout)
        assert len({len(numbers) for numbers in kept}) > 10, "the filters keep many different parts of the rows"
        differing = []
        for one, numbers in zip(asked, kept, strict=True):
            answer = client.post("/api/scores/list/?page_size=100", json={"filters": one})
            assert answer.status_code == 200, (one, answer.text)
            found = {row["id"] for row in answer.json()["results"]}
            if found != {rows[number]["id"] for number in numbers}:
                differing.append((one, len(found), len(numbers)))
    assert differing == []
