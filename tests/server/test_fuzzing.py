"""schemathesis over every dialect's OpenAPI document, against a real process: no answer is a defect of ours."""

from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode

from scorehouse.dialects import registered
from scorehouse.wire.dialect import Dialect
from scorehouse.wire.route import EVENT_STREAM
from tests.server_process import Server

EXAMPLES_PER_OPERATION = 20


@pytest.mark.slow
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("dialect", registered(), ids=lambda dialect: dialect.name)
def test_whatever_comes_is_answered(server: Server, dialect: Dialect, mode: GenerationMode) -> None:
    """Whatever the document allows (positive) and whatever it does not (negative), no operation answers with a 5xx.

    A 501 is no defect: the vendor has it, the house does not speak it, and the route says so.
    """
    endless = {route.path for route in dialect.routes if route.answers == EVENT_STREAM}
    unsupported = {(route.method, route.path) for route in dialect.routes if route.unsupported}
    written = httpx.get(f"{server.url}/{dialect.name}/openapi.json").json()
    for result in schemathesis.openapi.from_dict(written).get_all_operations():
        assert isinstance(result, Ok), result
        operation = result.ok()
        if operation.path in endless:
            continue  # its answer does not end; tests/dialects/native/test_live.py asks it what this test would
        highest = 501 if (operation.method.upper(), operation.path) in unsupported else 499
        if mode is GenerationMode.POSITIVE or operation.body or operation.query:
            fuzz(operation, mode, server, dialect.name, highest)
    assert httpx.get(f"{server.url}/ready").status_code == 200


def fuzz(operation: Any, mode: GenerationMode, server: Server, dialect: str, highest: int) -> None:
    """Call an operation with generated requests; no answer has a status above the highest."""

    @settings(
        max_examples=EXAMPLES_PER_OPERATION,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        answer = case.call(base_url=f"{server.url}/{dialect}", headers=server.headers(dialect))
        assert answer.status_code <= highest, (case.as_curl_command(), answer.status_code, answer.text)

    ask()
