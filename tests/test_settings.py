"""Settings: read once, from flags, environment and defaults, or refused in one clear sentence."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scorehouse.settings import BadSetting, LogFormat, LogLevel, Settings


def leaves(tree: Any) -> Iterator[tuple[str, Any]]:
    """Yield every name and value of a tree of dataclasses."""
    for member in dataclasses.fields(tree):
        value = getattr(tree, member.name)
        if dataclasses.is_dataclass(value):
            yield from leaves(value)
        else:
            yield member.name, value


def test_nothing_set_is_the_defaults() -> None:
    """The defaults that the users are promised."""
    settings = Settings.read({})
    assert settings == Settings()
    assert (settings.address.host, settings.address.port) == ("127.0.0.1", 4480)
    assert settings.record.data == Path("scorehouse-data")
    assert settings.address.cors_origins == ()
    assert settings.record.key is None


GOOD = [
    ("host", "::1", "::1"),
    ("port", "0", 0),
    ("port", "65535", 65535),
    ("public_url", "https://a.example/scores/", "https://a.example/scores"),
    ("cors_origins", "https://a.example, http://b.example:8080", ("https://a.example", "http://b.example:8080")),
    ("cors_origins", "*", ("*",)),
    ("data", "/srv/data", Path("/srv/data")),
    ("key", "sh_abc", "sh_abc"),
    ("rate_limit", "0.5", 0.5),
    ("shutdown_grace_s", "1.5", 1.5),
    ("log_level", "WARNING", LogLevel.WARNING),
    ("log_format", "json", LogFormat.JSON),
    ("log_requests", "yes", True),
    ("log_requests", "0", False),
    ("read_threads", "64", 64),
    ("queue_rows_max", "10", 10),
    ("database_url", "postgresql://u:p@h:5433/d?sslmode=require", "postgresql://u:p@h:5433/d?sslmode=require"),
    ("database_url", "postgres:///d?host=socket-folder", "postgres:///d?host=socket-folder"),
    ("prepare_statements", "false", False),
]


@pytest.mark.parametrize(("name", "text", "value"), GOOD)
def test_a_variable_is_read(name: str, text: str, value: object) -> None:
    """Each variable is SCOREHOUSE_ and the name, and changes that setting alone."""
    settings = Settings.read({f"SCOREHOUSE_{name.upper()}": text, "HOST": "other"})
    changed = dict(leaves(settings))
    assert changed.pop(name) == value
    default = dict(leaves(Settings()))
    default.pop(name)
    assert changed == default


def test_a_flag_wins() -> None:
    """A flag wins over its variable, a variable over the default; what is set to nothing is not set."""
    environment = {"SCOREHOUSE_PORT": "1", "SCOREHOUSE_HOST": "", "SCOREHOUSE_DATA": "there"}
    settings = Settings.read(environment, {"port": "2", "data": None})
    assert (settings.address.port, settings.address.host) == (2, "127.0.0.1")
    assert settings.record.data == Path("there")


BAD = [
    ("port", "65536"),
    ("port", "-1"),
    ("port", "80.0"),
    ("port", "٣"),
    ("port", "9" * 5000),
    ("host", "a\nb"),
    ("public_url", "scores.example.org"),
    ("public_url", "ftp://a.example"),
    ("public_url", "http://"),
    ("public_url", "http://a.example/?x"),
    ("public_url", "http://[::1"),
    ("public_url", "http://a.example:99999"),
    ("cors_origins", "a.example"),
    ("cors_origins", "https://a.example/path"),
    ("rate_limit", "-1"),
    ("rate_limit", "nan"),
    ("rate_limit", "inf"),
    ("shutdown_grace_s", "0"),
    ("body_timeout_s", "soon"),
    ("body_timeout_s", "nan"),
    ("log_level", "loud"),
    ("log_requests", "maybe"),
    ("read_threads", "0"),
    ("data", "a\0b"),
    ("write_connections", "0"),
]


@pytest.mark.parametrize(("name", "text"), BAD)
def test_a_wrong_value_is_refused_in_a_sentence(name: str, text: str) -> None:
    """The sentence names the variable, or the flag where that was used, says what would be right, and ends."""
    with pytest.raises(BadSetting, match=rf"^SCOREHOUSE_{name.upper()} must be .*\.$"):
        Settings.read({f"SCOREHOUSE_{name.upper()}": text})
    with pytest.raises(BadSetting, match=rf"^--{name.replace('_', '-')} must be .*\.$"):
        Settings.read({}, {name: text})


def test_a_secret_is_not_repeated() -> None:
    """A refusal never shows a key."""
    with pytest.raises(BadSetting) as refused:
        Settings.read({"SCOREHOUSE_KEY": "hunter2\n"})
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("text", ["mysql://u:hunter2@h/d", "host=h password=hunter2", "postgresql://u:hunter2@h/d e"])
def test_a_database_url_is_refused_without_its_password(text: str) -> None:
    """What is no URL of a PostgreSQL database is refused, and not shown."""
    with pytest.raises(BadSetting, match=r"^SCOREHOUSE_DATABASE_URL must be .*\.$") as refused:
        Settings.read({"SCOREHOUSE_DATABASE_URL": text})
    assert "hunter2" not in str(refused.value)


def test_the_list_of_settings_is_the_tree() -> None:
    """Every leaf is described once, under names that follow from its own; secrets have no flag."""
    described = {setting.name: setting for setting in Settings.described()}
    assert list(described) == [name for name, _ in leaves(Settings())]
    assert len(described) == len(Settings.described())
    for name, setting in described.items():
        assert setting.variable == f"SCOREHOUSE_{name.upper()}"
        assert setting.flag == (None if name in {"key", "database_url"} else f"--{name.replace('_', '-')}")
        assert setting.description.endswith(".")


def test_a_default_reads_as_itself() -> None:
    """What is shown as the default, given as a flag, changes nothing."""
    shown = {setting.name: setting.default for setting in Settings.described() if setting.default}
    assert Settings.read({}, shown) == Settings()
