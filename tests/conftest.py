"""What every test may rely on: coroutine tests run on asyncio, as the server does; server processes are at hand."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.empty_stores import ENGINES, Place
from tests.postgresql_server import PostgresqlServer
from tests.server_process import Server, StartServer, start

# How long an example takes says what else the machine was doing, unless continuous integration has said so already.
settings.register_profile("patient", settings.default, deadline=None)
settings.load_profile("patient")


def pytest_make_parametrize_id(val: object) -> str | None:
    """Name a case after its value, in the same words in every process: workers must agree on what there is to run."""
    if isinstance(val, set | frozenset):
        return "{" + ", ".join(sorted(map(repr, val))) + "}"
    return str(val) if isinstance(val, dict | list | Exception) else None


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Run coroutine tests on asyncio only: the server has one event loop, and it is asyncio's."""
    return "asyncio"


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresqlServer]:
    """A PostgreSQL server, shared by all tests; one that stops or kills it needs one of its own."""
    running = PostgresqlServer()
    running.start()
    running.make_template()
    yield running
    running.remove()


@pytest.fixture
def database_url(postgresql: PostgresqlServer) -> Iterator[str]:
    """A database on it, with the schema and nothing else."""
    name = postgresql.new_database()
    yield postgresql.url(name)
    postgresql.drop_database(name)


@pytest.fixture(scope="session")
def shared_database(postgresql: PostgresqlServer) -> str:
    """The URL of a database that tests use one after another, each leaving it empty."""
    return postgresql.url(postgresql.new_database())


@pytest.fixture(params=ENGINES)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Where an empty store is, of each engine in turn."""
    if request.param == "sqlite":
        return tmp_path
    url: str = request.getfixturevalue("shared_database")
    return url


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server process with a data folder of its own, shared by the tests of a module."""
    folder = tmp_path_factory.mktemp("server")
    running = start(folder / "data", folder / "log")
    yield running
    assert running.stop() == 0, running.log.read_text()


@pytest.fixture
def start_server(tmp_path: Path) -> Iterator[StartServer]:
    """Start server processes, each on new data unless told; all are stopped after the test."""
    running: list[Server] = []

    def start_one(*, data: Path | None = None, **settings: str) -> Server:
        number = len(running)
        running.append(start(data or tmp_path / f"data-{number}", tmp_path / f"log-{number}", **settings))
        return running[-1]

    yield start_one
    for each in running:
        each.stop()
