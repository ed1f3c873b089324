"""The scores that the matrix draws have everything that a score can have: what is never drawn is never tried."""

from collections.abc import Callable, Mapping

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from scorehouse.domain.frozen import field_names
from scorehouse.domain.identity import is_128_bit
from scorehouse.domain.scores import Origin, Status
from scorehouse.domain.targets import TargetKind
from scorehouse.domain.values import Kind
from scorehouse.wire.losses import Loss
from tests.matrix.facts import FACETS, Facts, is_spelled_freely, scores
from tests.matrix.specimens import DEEDS, specimens

Has = Callable[[Facts], bool]

OPTIONAL = ("id", "comment", "metadata", "environment", "timestamp", "author", "evaluator", "run", "config", "queue")
"""Facts that are there or not; so are these three, of which False and 0 are something."""

NULLABLE = ("passed", "cost", "value")


def beside(facet: str) -> Has:
    """Ask for a facet that is not the one that counts."""
    counting = {Kind.CATEGORICAL: "labels", Kind.MULTI: "labels", Kind.NUMERIC: "number", Kind.CORRECTION: "text"}
    return lambda facts: (
        facts.value is not None
        and getattr(facts.value, facet) not in {None, ()}
        and counting.get(facts.value.kind, str(facts.value.kind)) != facet
    )


def has(read: Callable[[Facts], object], *those: object) -> dict[str, Has]:
    """Ask for each of those by itself."""

    def asked(one: object) -> Has:
        return lambda facts: read(facts) == one

    return {repr(one): asked(one) for one in those}


def there(name: str) -> dict[str, Has]:
    """Ask for a fact to be there, and not to be there."""
    blank: tuple[object, ...] = (None,) if name in NULLABLE else (None, {})
    return {
        f"with {name}": lambda facts: getattr(facts, name) not in blank,
        f"without {name}": lambda facts: getattr(facts, name) in blank,
    }


DRAWN: Mapping[str, Has] = {
    **has(lambda facts: facts.value and facts.value.kind, *Kind),
    **has(lambda facts: facts.target.kind, *TargetKind),
    **has(lambda facts: facts.origin, *Origin),
    **has(lambda facts: facts.outcome.status, *Status),
    **{f"{facet} beside": beside(facet) for facet in FACETS},
    **{said: asked for name in (*OPTIONAL, *NULLABLE) for said, asked in there(name).items()},
    "not passed": lambda facts: facts.passed is False,
    "a comment that is empty": lambda facts: facts.comment == "",
    "a reason of failure": lambda facts: facts.outcome.reason is not None,
    "a negative number": lambda facts: facts.value is not None and (facts.value.number or 0) < 0,
    "an environment spelled freely": lambda facts: is_spelled_freely(facts.environment),
    "a short environment": lambda facts: bool(facts.environment) and not is_spelled_freely(facts.environment),
    "a list in a document": lambda facts: any(isinstance(value, list) for value in facts.metadata.values()),
    "an id of 128 bits, once it is numbered": lambda facts: is_128_bit(f"{facts.id}{1:08x}"),
}
"""What there is to say of a score → how to tell that one says it."""


def test_everything_that_can_be_said_is_drawn() -> None:
    """Of somebody who loses nothing every such score comes up sooner or later."""
    missing = dict(DRAWN)

    @given(scores(frozenset(), st.just({})))
    @settings(max_examples=2000, database=None, deadline=None, derandomize=True, phases=[Phase.generate])
    def draw(facts: Facts) -> None:
        for name in [name for name, asked in missing.items() if asked(facts)]:
            del missing[name]

    draw()
    assert list(missing) == []


def test_every_fact_is_among_them() -> None:
    """A fact that the core learns has to be drawn as well."""
    named = {"target", "name", "value", "outcome", "origin", "residue"} | set(OPTIONAL) | set(NULLABLE)
    assert set(field_names(Facts)) == named


def test_every_loss_has_a_specimen() -> None:
    """A loss that no score shows could be declared by anybody."""
    assert [loss for loss in Loss if loss not in DEEDS and not list(specimens(loss, frozenset()))] == []
