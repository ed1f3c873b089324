"""Retention policies: what can be said, and what it means for an environment."""

import pytest

from scorehouse.domain.instants import Instant
from scorehouse.domain.refusals import Invalid
from scorehouse.domain.retention import DAY_MICROSECONDS, RetentionPolicy

WRONG = [
    (None, {}, ("days",), "missing"),
    (None, {"production": None}, ("days",), "missing"),
    (0, {}, ("days",), "out_of_range"),
    (-1, {}, ("days",), "out_of_range"),
    (36_501, {}, ("days",), "out_of_range"),
    (1, {"dev": 0}, ("environments", "dev"), "out_of_range"),
    (1, {"": 1}, ("environments", ""), "empty"),
    (1, {"a\nb": 1}, ("environments", "a\nb"), "bad_character"),
    (1, {str(number): 1 for number in range(101)}, ("environments",), "too_long"),
]


@pytest.mark.parametrize(("days", "environments", "path", "code"), WRONG)
def test_what_means_nothing_cannot_be_said(
    days: int | None, environments: dict[str, int | None], path: tuple[str, ...], code: str
) -> None:
    """A policy that ends nothing, or ends it at once, or names what no score can say, is no policy."""
    with pytest.raises(Invalid) as refused:
        RetentionPolicy(days, environments)
    assert [(fault.path, fault.code) for fault in refused.value.faults] == [(path, code)]


def test_an_environment_has_its_own_age_or_that_of_everything() -> None:
    """What names no environment, or one that the policy does not name, has the age for everything."""
    policy = RetentionPolicy(90, {"dev": 7, "production": None})
    assert [policy.days_of(name) for name in (None, "staging", "dev", "production")] == [90, 90, 7, None]
    now = Instant(1_000 * DAY_MICROSECONDS)
    assert policy.bound("dev", now) == 993 * DAY_MICROSECONDS
    assert policy.bound("production", now) is None


def test_a_policy_does_not_change_with_what_it_was_made_of() -> None:
    """The mapping that it was given may go on to be something else."""
    given: dict[str, int | None] = {"dev": 7}
    policy = RetentionPolicy(None, given)
    given["dev"] = 1
    assert policy.days_of("dev") == 7
    with pytest.raises(TypeError):
        policy.environments["dev"] = 1  # type: ignore[index]  # that it cannot be is what is tested
