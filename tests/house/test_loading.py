"""What a process loads: a server on SQLite starts without what only PostgreSQL, a migration or Parquet needs."""

import json
import subprocess
import sys
from collections.abc import Sequence
from inspect import signature
from pathlib import Path
from pkgutil import resolve_name

import pytest

from scorehouse.cli import COMMANDS
from scorehouse.engines.sql.migrating import migrate
from tests.server_process import environment

ELSEWHERE = ("alembic", "mako", "psycopg", "pyarrow", "sqlalchemy.dialects.postgresql")
"""Loaded where it is needed; without the extra for Parquet they were a fifth of a server's memory at rest."""

NOT_FOR_HELP = ("scorehouse.dialects", "scorehouse.engines", "sqlalchemy", "starlette", "uvicorn", "uvloop")

SERVING = """
import asyncio
from scorehouse.cli.serve import Settings, application, open_premises

async def start():
    async with open_premises(Settings.read({{}}, {{"data": {data!r}}})) as premises:
        application(premises)

asyncio.run(start())
"""


def loaded(code: str, names: Sequence[str]) -> list[str]:
    """Run some code in an interpreter of its own; return which of these modules it has loaded in the end."""
    # Installed with the tests' tools; structlog and mako take them where they find them, operators do not have them.
    hidden = "import sys\nsys.modules['rich'] = sys.modules['pygments'] = None\n"
    asked = f"\nimport json\nprint(json.dumps([name for name in {list(names)!r} if name in sys.modules]))"
    command = [sys.executable, "-c", hidden + code + asked]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    found: list[str] = json.loads(done.stdout)
    return found


def test_serving_on_sqlite_loads_what_it_needs(tmp_path: Path) -> None:
    """A store that is up to date is opened and served without alembic and without what speaks to PostgreSQL."""
    migrate(tmp_path)
    assert loaded(SERVING.format(data=str(tmp_path)), ELSEWHERE) == []


def test_a_new_store_is_migrated_by_alembic(tmp_path: Path) -> None:
    """What one start spares another one loads: the check above can fail."""
    assert {"alembic", "mako"} <= {*loaded(SERVING.format(data=str(tmp_path)), ELSEWHERE)}


def test_help_loads_next_to_nothing() -> None:
    """What every command line loads, whatever it asks for, is neither a database library nor a web server."""
    assert loaded("import scorehouse.cli", NOT_FOR_HELP) == []


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_where_the_table_says(command: str) -> None:
    """The name of each command leads to a function of settings and options."""
    assert [*signature(resolve_name(COMMANDS[command])).parameters] == ["settings", "options"]
