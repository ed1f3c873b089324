"""Time, randomness, environment and output come in at the top and are handed down."""

import ast

import pytest

from tests.house.source import Source, package

AMBIENT = {
    "datetime.date.today",
    "datetime.datetime.now",
    "datetime.datetime.today",
    "datetime.datetime.utcnow",
    "os.environ",
    "os.environb",
    "os.getenv",
    "os.urandom",
    "random",
    "secrets.choice",
    "secrets.randbelow",
    "secrets.randbits",
    "secrets.token_bytes",
    "secrets.token_hex",
    "secrets.token_urlsafe",
    "time.time",
    "time.time_ns",
    "uuid.uuid1",
    "uuid.uuid4",
}
"""What a function can ask of the machine behind its caller's back."""

COMPOSED_IN = ("scorehouse/server/", "scorehouse/cli/", "scorehouse/settings.py")
"""Where the house is put together, and so where the machine may be asked."""

PRINTS_IN = ("scorehouse/cli/",)


def ambient(source: Source) -> list[str]:
    """Find what reads the clock, the environment or a source of randomness, called or merely named."""
    if source.path.startswith(COMPOSED_IN):
        return []
    found = {
        (line, name)
        for name, line in source.names()
        if name in AMBIENT or any(name.startswith(f"{ask}.") for ask in AMBIENT)
    }
    return [f"{source.at(line)}: {name}" for line, name in sorted(found)]


def prints(source: Source) -> list[str]:
    """Find calls of print outside the command line."""
    if source.path.startswith(PRINTS_IN):
        return []
    calls = (node for node in ast.walk(source.tree) if isinstance(node, ast.Call))
    return [source.at(call) for call in calls if isinstance(call.func, ast.Name) and call.func.id == "print"]


@pytest.mark.parametrize(
    "text",
    [
        "import time\ntime.time()",
        "from time import time\ntime()",
        "import time as clock\ndef call(now=clock.time): ...",
        "from datetime import datetime, UTC\ndatetime.now(UTC)",
        "import datetime as dates\ndates.datetime.utcnow()",
        "from uuid import uuid4 as fresh\nfield(default_factory=fresh)",
        "import os\nos.environ['HOME']",
        "from os import environ\nenviron.get('HOME')",
        "import random",
        "from random import choice",
        "import secrets\nsecrets.token_hex(16)",
    ],
)
def test_the_rule_sees_what_is_asked_of_the_machine(text: str) -> None:
    """However it is imported or named, and only below the rooms where the house is put together."""
    assert ambient(Source("scorehouse/services/recording.py", text))
    assert not ambient(Source("scorehouse/server/clock.py", text))


@pytest.mark.parametrize(
    "text",
    [
        "def record(time, random):\n    time.time()\n    random.choice()",
        "import secrets\nsecrets.compare_digest(a, b)",
        "import time\ntime.perf_counter()",
        "from datetime import datetime\ndatetime.fromtimestamp(0)",
    ],
)
def test_the_rule_leaves_alone_what_was_handed_in(text: str) -> None:
    """Names that only look alike, and parts of these modules that ask nothing, pass."""
    assert not ambient(Source("scorehouse/services/recording.py", text))


def test_the_rule_sees_prints() -> None:
    """A print is found anywhere but in the command line; another object's print is not ours."""
    assert prints(Source("scorehouse/server/serve.py", "print('ready')")) == ["scorehouse/server/serve.py:1"]
    assert not prints(Source("scorehouse/cli/serve.py", "print('ready')"))
    assert not prints(Source("scorehouse/server/serve.py", "console.print('ready')"))


def test_nothing_below_the_server_asks_the_machine() -> None:
    """Time, randomness and environment are arguments everywhere below server, cli and settings."""
    assert [finding for source in package() for finding in ambient(source)] == []


def test_only_the_command_line_prints() -> None:
    """No module of the package prints, but for the command line."""
    assert [finding for source in package() for finding in prints(source)] == []
