"""No statement needs a project that it does not name: the conformance suite runs on tables divided by project.

That it never asks beyond is asserted when the suite ends (`conftest`); here is proven that it would be noticed.
"""

import psycopg
import pytest

from tests.engines.spread import spread_database, strays
from tests.postgresql_server import PostgresqlServer


@pytest.fixture
def spread_url(postgresql: PostgresqlServer) -> str:
    """A database with divided tables."""
    return spread_database(postgresql)


JOIN = "SELECT 1 FROM head JOIN term ON term.key = head.groups {and_} WHERE head.project = 1"

QUESTIONS = [
    ("SELECT 1 FROM score WHERE project = 1 AND external_id = 'x'", []),
    (JOIN.format(and_="AND term.project = head.project"), []),
    (JOIN.format(and_=""), ["term_others"]),
    ("SELECT 1 FROM score WHERE external_id = 'x'", ["score_others"]),
    ("DELETE FROM change WHERE at < 5", ["change_others"]),
    ("UPDATE head SET groups = 1", ["head_others"]),
]


@pytest.mark.parametrize(("statement", "found"), QUESTIONS)
def test_a_statement_that_names_no_project_is_noticed(spread_url: str, statement: str, found: list[str]) -> None:
    """A join or a condition without the project reaches the rows of others, and that table is told."""
    with psycopg.connect(spread_url) as connection:
        connection.execute("INSERT INTO head (project, groups) VALUES (1, 1)")
        connection.execute(statement.encode())
    assert strays(spread_url) == found
