"""Take in configs and evaluators: made, or changed to what is offered.

A config is its id, and an evaluator its key (decision record 0007): an evaluator that is here under another id keeps
it, and becomes what is offered in everything else.
"""

from collections.abc import Sequence

from scorehouse.domain.frozen import replace
from scorehouse.domain.identity import canonical
from scorehouse.domain.refusals import Refusal
from scorehouse.domain.registry import Config, Evaluator
from scorehouse.services.export import What
from scorehouse.services.offers import Inlet, Offer, Refused, Tally, add
from scorehouse.services.registry import put_config, put_evaluator
from scorehouse.storage.queries import (
    Any,
    Compare,
    ConfigQuery,
    EvaluatorQuery,
    Operator,
    Order,
    RegistryField,
    Window,
)

_ORDER = Order(RegistryField.CREATED_AT)


async def take_configs(into: Inlet, offers: Sequence[Offer], tally: Tally) -> list[Refused]:
    """Make or change configs; returns what was refused, and adds to both sides."""
    refused = []
    for offer in offers:
        assert isinstance(offer.thing, Config)  # noqa: S101 - what is offered among the configs is one
        add(tally.offered, [(What.CONFIGS, None)])
        try:
            await _take_config(into, offer.thing)
        except Refusal as refusal:
            if refusal.retryable:
                raise
            refused.append(Refused(offer.row, refusal))
        if await _config(into, offer.thing) == offer.thing:
            add(tally.stored, [(What.CONFIGS, None)])
    return refused


async def take_evaluators(into: Inlet, offers: Sequence[Offer], tally: Tally) -> list[Refused]:
    """Make or change evaluators; returns what was refused, and adds to both sides."""
    refused = []
    for offer in offers:
        assert isinstance(offer.thing, Evaluator)  # noqa: S101 - what is offered among the evaluators is one
        add(tally.offered, [(What.EVALUATORS, None)])
        try:
            await _take_evaluator(into, offer.thing)
        except Refusal as refusal:
            if refusal.retryable:
                raise
            refused.append(Refused(offer.row, refusal))
        here = await _evaluator(into, offer.thing)
        if here is not None and here == replace(offer.thing, id=here.id):
            add(tally.stored, [(What.EVALUATORS, None)])
    return refused


async def _take_config(into: Inlet, config: Config) -> None:
    here = await _config(into, config)
    if here != config:
        await put_config(into.house, into.project, into.actor, config, create=here is None)


async def _take_evaluator(into: Inlet, evaluator: Evaluator) -> None:
    here = await _evaluator(into, evaluator)
    if here is None:
        await put_evaluator(into.house, into.project, into.actor, evaluator, create=True)
    elif here != (same := replace(evaluator, id=here.id)):
        await put_evaluator(into.house, into.project, into.actor, same, create=False)


async def _config(into: Inlet, config: Config) -> Config | None:
    """Return the config of this id here."""
    page = await into.house.store.configs(
        ConfigQuery(into.project, _equals(RegistryField.ID, config.id), _ORDER, Window(1))
    )
    return next(iter(page.items), None)


async def _evaluator(into: Inlet, evaluator: Evaluator) -> Evaluator | None:
    """Return the evaluator of this id here, else that of this key."""
    wanted = Any((_equals(RegistryField.ID, evaluator.id), _equals(RegistryField.KEY, evaluator.key)))
    page = await into.house.store.evaluators(EvaluatorQuery(into.project, wanted, _ORDER, Window(2)))
    found = {canonical(one.id): one for one in page.items}
    return found.get(canonical(evaluator.id)) or next(iter(page.items), None)


def _equals(field: RegistryField, text: str) -> Compare:
    return Compare(field, Operator.EQUALS, text)
