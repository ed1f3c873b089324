"""Two nodes behind PgBouncer in transaction mode: no statement counts on the connection that an earlier one had."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.faults.test_database import client_of, created, open_trace, score_body, stored
from tests.pgbouncer import PROGRAM, pooled, pooled_url, prepares
from tests.postgresql_server import PostgresqlServer
from tests.server_process import StartServer

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        PROGRAM is None, reason="needs PgBouncer, which no wheel brings: install the package 'pgbouncer'"
    ),
]

WRITERS = 8
EACH = 15


@pytest.fixture
def pooled_database(postgresql: PostgresqlServer) -> Iterator[str]:
    """The URL of a database behind the pooler, which holds fewer connections than the nodes together."""
    name = postgresql.new_database()
    with pooled(postgresql) as folder:
        yield pooled_url(folder, name)
    postgresql.drop_database(name)


@pytest.mark.parametrize("prepared", [False, True])
def test_nodes_share_few_connections(start_server: StartServer, pooled_database: str, prepared: bool) -> None:
    """Twelve connections of two nodes over four of the database: all is stored, patched and told once."""
    if prepared and not prepares():
        pytest.skip("needs a PgBouncer that keeps track of prepared statements")
    settings = {"database_url": pooled_database, "prepare_statements": str(prepared).lower()}
    nodes = [start_server(**settings) for _ in range(2)]
    open_trace(nodes[0])

    def write(writer: int) -> None:
        with client_of(nodes[writer % 2]) as client:
            for number in range(EACH):
                id = f"{writer}-{number}"
                made = client.post("/v1/scores", json=score_body(id=id, comment=id))
                assert made.status_code == 201, made.text
                patched = client.patch(f"/v1/scores/{id}", json={"metadata": {"again": number}})
                assert patched.status_code == 200, patched.text
                assert client.get(f"/v1/scores/{id}").json()["metadata"] == {"again": number}

    with ThreadPoolExecutor(WRITERS) as writers:
        list(writers.map(write, range(WRITERS)))
    ids = sorted(f"{writer}-{number}" for writer in range(WRITERS) for number in range(EACH))
    with client_of(nodes[1]) as client:
        assert sorted(stored(client)) == ids
        assert sorted(created(client)) == ids
