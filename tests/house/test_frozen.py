"""What requests build is made the cheap way (decision 0016)."""

from tests.house.source import Source, package

ROOMS = ("scorehouse.domain.", "scorehouse.storage.")


def dear(source: Source) -> list[str]:
    """Find imports of dataclasses where types are built for every request."""
    if not source.module.startswith(ROOMS):
        return []
    return [source.at(line) for name, line in source.imports() if name.partition(".")[0] == "dataclasses"]


def test_the_rule_sees_a_dataclass() -> None:
    """A dataclass in one of those rooms is found, in another one it is not."""
    text = "from dataclasses import dataclass"
    assert dear(Source("scorehouse/domain/scores.py", text)) == ["scorehouse/domain/scores.py:1"]
    assert dear(Source("scorehouse/wire/route.py", text)) == []


def test_the_words_of_the_house_are_structs() -> None:
    """The nouns of the domain, and the verbs and queries of the store, derive from Frozen."""
    assert [finding for source in package() for finding in dear(source)] == []
