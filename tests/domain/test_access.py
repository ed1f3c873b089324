"""What a key may do, and what can name a project."""

from itertools import combinations

import pytest

from scorehouse.domain.access import EVERYTHING, Key, Permission, Principal, Project, checked_project_name
from scorehouse.domain.instants import Instant
from scorehouse.domain.refusals import Invalid

PROJECT = Project(1, "default", Instant(0))


def test_permissions_stand_alone() -> None:
    """No permission implies another, but that who may write may write scores."""
    for count in range(len(Permission) + 1):
        for held in combinations(Permission, count):
            principal = Principal(PROJECT, "k", None, frozenset(held))
            for permission in Permission:
                covered = permission is Permission.WRITE_SCORES and Permission.WRITE in held
                assert principal.may(permission) is (permission in held or covered)


def test_keys_open_something() -> None:
    """A key without any permission is not made."""
    assert Key("k", PROJECT, None, EVERYTHING, Instant(0)).permissions == set(Permission)
    with pytest.raises(Invalid):
        Key("k", PROJECT, None, frozenset(), Instant(0))


@pytest.mark.parametrize("name", ["", " a", "a ", "a\n", "a" * 256, "\ud800"])
def test_project_names_refused(name: str) -> None:
    """A name that people would mistake or no engine could store is refused."""
    with pytest.raises(Invalid):
        Project(1, name, Instant(0))


@pytest.mark.parametrize("name", ["a", "Team A", "é", "a" * 255])
def test_project_names_taken(name: str) -> None:
    """Any other name will do."""
    assert checked_project_name(name) == name
