"""Take in configs and evaluators: made, or changed to what is offered.

A config is its id, and an evaluator its key (decision record 0007): an evaluator that is here under another id keeps
it, and becomes what is offered in everything else.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

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

ThingT = TypeVar("ThingT", Config, Evaluator)

_ORDER = Order(RegistryField.CREATED_AT)


async def take_configs(into: Inlet, offers: Sequence[Offer], tally: Tally) -> list[Refused]:
    """Make or change configs; returns what was refused, and adds to both sides."""
    return await _take_each(into, offers, tally, _Kind(What.CONFIGS, Config, _take_config, _is_config_here))


async def take_evaluators(into: Inlet, offers: Sequence[Offer], tally: Tally) -> list[Refused]:
    """Make or change evaluators; returns what was refused, and adds to both sides."""
    return await _take_each(into, offers, tally, _Kind(What.EVALUATORS, Evaluator, _take_evaluator, _is_evaluator_here))


@dataclass(frozen=True, slots=True)
class _Kind(Generic[ThingT]):
    """What is done with one kind of registered thing.

    Attributes:
        what: what it is counted as.
        type: of the things.
        take: makes one, or changes it to what is offered.
        is_here: tells whether one stands here as it is offered.
    """

    what: What
    type: type[ThingT]
    take: Callable[[Inlet, ThingT], Awaitable[None]]
    is_here: Callable[[Inlet, ThingT], Awaitable[bool]]


async def _take_each(into: Inlet, offers: Sequence[Offer], tally: Tally, kind: _Kind[ThingT]) -> list[Refused]:
    refused = []
    for offer in offers:
        thing = offer.thing
        assert isinstance(thing, kind.type)  # noqa: S101 - what is offered among the things of a kind is one
        add(tally.offered, [(kind.what, None)])
        try:
            await kind.take(into, thing)
        except Refusal as refusal:
            if refusal.retryable:
                raise
            refused.append(Refused(offer.row, refusal))
        if await kind.is_here(into, thing):
            add(tally.stored, [(kind.what, None)])
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


async def _is_config_here(into: Inlet, config: Config) -> bool:
    return await _config(into, config) == config


async def _is_evaluator_here(into: Inlet, evaluator: Evaluator) -> bool:
    here = await _evaluator(into, evaluator)
    return here is not None and here == replace(evaluator, id=here.id)


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
