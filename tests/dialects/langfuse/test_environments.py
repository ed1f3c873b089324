"""Environments: never an error (contract langfuse §4.4)."""

from typing import Any

import pytest

from tests.dialects.langfuse.langfuse import Langfuse

CASES = [
    ("langfuse-test", "test"),
    ("langfuse_experiment", "experiment"),
    ("langfuse", "default"),
    ("langfuselangfuse-x", "x"),
    (".invalid!", "default"),
    ("Production", "production"),
    ("abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqr", "abcdefghijklmnopqrstuvwxyzabcdefghijklmn"),
    ("langfuse-LANGFUSE_x", "x"),
    ("my-langfuse", "my-langfuse"),
    ("", "default"),
    ("ümlaut", "default"),
    (None, "default"),
    (7, "default"),
    (["a"], "default"),
    ({"a": 1}, "default"),
]


@pytest.mark.parametrize(("sent", "stored"), CASES)
async def test_an_environment_is_normalised(langfuse: Langfuse, sent: Any, stored: str) -> None:
    """What is sent becomes what the contract's table says, and is found by that name."""
    id = await langfuse.score(environment=sent)
    assert (await langfuse.read(id))["environment"] == stored
    assert await langfuse.ids(environment=stored) == [id]


async def test_default_is_what_said_nothing(langfuse: Langfuse) -> None:
    """Scores without an environment are found by `default`, beside those that said it, and by nothing else."""
    silent, told, other = (
        await langfuse.score(),
        await langfuse.score(environment="default"),
        await langfuse.score(environment="prod"),
    )
    assert set(await langfuse.ids(environment="default")) == {silent, told}
    assert set(await langfuse.ids(environment="prod,default")) == {silent, told, other}
    assert set(await langfuse.ids(environment=["prod", "default"])) == {silent, told, other}
    assert await langfuse.ids(environment="elsewhere") == []
