"""Schemathesis over every dialect's own OpenAPI document: whatever comes, no answer is a defect of the server.

Requests that fit the document and requests that break it, against a real process with a real key. A 501 is an
answer only where the table says that the vendor's endpoint is not spoken.
"""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.schemas import APIOperation

from scorehouse.dialects import registered
from scorehouse.wire.dialect import Dialect
from tests.server_process import Server

EXAMPLES = 15
"""Requests an operation and mode: some thousands in all; `make siege` will take longer."""

UNHURRIED = settings(
    max_examples=EXAMPLES,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
    derandomize=True,
)


def press(operation: APIOperation[Any, Any, Any, Any], mode: GenerationMode, server: Server, dialect: Dialect) -> int:
    """Send generated requests of one operation; returns how many."""
    route = (operation.method.upper(), operation.path)
    is_unsupported = any((item.method, item.path) == route and item.unsupported for item in dialect.routes)
    headers = server.headers(dialect.editions[0].name)
    sent = 0

    @UNHURRIED
    @given(case=operation.as_strategy(generation_mode=mode))
    def send(case: schemathesis.Case[Any]) -> None:
        nonlocal sent
        answer = case.call(base_url=server.url, headers=headers, timeout=30)
        sent += 1
        defect = f"{case.as_curl_command()} was answered {answer.status_code} {answer.text}"
        assert answer.status_code < 500 or (is_unsupported and answer.status_code == 501), defect

    try:
        send()
    except Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE, "only a request without any input cannot be broken"
    return sent


@pytest.mark.slow
@pytest.mark.parametrize("dialect", registered(), ids=lambda dialect: dialect.name)
def test_no_request_is_answered_by_a_defect(server: Server, dialect: Dialect) -> None:
    """Every operation of the document, with fitting and with breaking requests, is answered below 500."""
    schema = schemathesis.openapi.from_url(f"{server.url}/{dialect.name}/openapi.json")
    operations = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]
    assert len(operations) == len({(route.method, route.path) for route in dialect.routes})
    for operation in operations:
        assert press(operation, GenerationMode.POSITIVE, server, dialect) > 0
        press(operation, GenerationMode.NEGATIVE, server, dialect)
