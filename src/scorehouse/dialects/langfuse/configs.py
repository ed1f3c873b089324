"""Score configs: list, get, create, patch (contract langfuse §10). There is no DELETE; a config is archived."""

import re
from collections.abc import Iterator, Sequence

from msgspec import UNSET

from scorehouse.dialects.langfuse.errors import BadRequest
from scorehouse.dialects.langfuse.paging import read_page
from scorehouse.dialects.langfuse.parameters import Parameters
from scorehouse.dialects.langfuse.shapes import Category, ConfigChange, ConfigPage, NewConfig
from scorehouse.dialects.langfuse.words import CONFIG_DATA_TYPES, CONFIG_KINDS
from scorehouse.dialects.langfuse.writes import BOOLEAN_CATEGORIES, write_config
from scorehouse.domain.frozen import replace
from scorehouse.domain.refusals import Fault, Invalid, NotFound
from scorehouse.domain.registry import CHOICES_MAX, Choice, Config, Constraint
from scorehouse.domain.values import Kind
from scorehouse.services.find import find_config
from scorehouse.services.registry import put_config
from scorehouse.storage.queries import Compare, ConfigQuery, Operator, Order, RegistryField
from scorehouse.wire.bodies import decode
from scorehouse.wire.call import Call, Reply, json_reply

NAME = re.compile(r"[A-Za-z0-9_ .()-]{1,35}")

SPEAKABLE = Compare(RegistryField.KIND, Operator.ONE_OF, tuple(map(str, CONFIG_DATA_TYPES)))
"""The configs that Langfuse can express."""


async def list_configs(call: Call) -> Reply:
    """List configs, the newest first, archived ones included."""
    parameters = Parameters(call.head.query)
    page = read_page(parameters)
    parameters.check()
    query = ConfigQuery(call.project, SPEAKABLE, Order(RegistryField.CREATED_AT), page.window)
    found = await call.house.store.configs(query)
    data = [write_config(config, call.principal.project.name) for config in found.items]
    return json_reply(200, ConfigPage(data, page.meta(found.total)))


async def read_config(call: Call) -> Reply:
    """Read one config."""
    return json_reply(200, write_config(await _config(call), call.principal.project.name))


async def create_config(call: Call) -> Reply:
    """Create a config; 200 with the whole of it."""
    given = decode(call.body, NewConfig)
    kind = CONFIG_KINDS[given.data_type]
    faults = [*_name_faults(given.name), *_faults(kind, given.min_value, given.max_value, given.categories)]
    if faults:
        raise Invalid(*faults)
    now = call.house.clock()
    config = Config(
        id=call.house.mint(),
        name=given.name,
        constraint=Constraint(kind, given.min_value, given.max_value, _choices(kind, given.categories)),
        description=given.description,
        created_at=now,
        updated_at=now,
    )
    put = await put_config(call.house, call.project, call.actor, config, create=True)
    return json_reply(200, write_config(put, call.principal.project.name))


async def change_config(call: Call) -> Reply:
    """Change the members given; what comes out has to be a config again. Scores that exist are not touched."""
    given = decode(call.body, ConfigChange)
    if all(getattr(given, name) is UNSET for name in given.__struct_fields__):
        raise Invalid(Fault((), "custom", "Request body cannot be empty: at least one field is needed"))
    before = await _config(call)
    after = _changed(before, given)
    put = await put_config(call.house, call.project, call.actor, after, create=False)
    return json_reply(200, write_config(put, call.principal.project.name))


async def _config(call: Call) -> Config:
    config = await find_config(call.house, call.project, call.parameters["configId"])
    if config.constraint.kind not in CONFIG_DATA_TYPES:
        raise NotFound("config", call.parameters["configId"])
    return replace(config, updated_at=call.house.clock()) if call.head.method == "PATCH" else config


def _changed(before: Config, given: ConfigChange) -> Config:
    kind, constraint = before.constraint.kind or Kind.NUMERIC, before.constraint
    minimum = constraint.minimum if given.min_value is UNSET else given.min_value
    maximum = constraint.maximum if given.max_value is UNSET else given.max_value
    categories = None if given.categories is UNSET else given.categories
    name = before.name if given.name is UNSET else given.name
    faults = [] if given.name is UNSET else _name_faults(given.name)
    faults += _faults(kind, minimum, maximum, categories, changing=True)
    if faults:
        raise BadRequest(*faults)
    choices = constraint.choices if categories is None else _choices(kind, categories)
    return replace(
        before,
        name=name,
        constraint=Constraint(kind, minimum, maximum, choices),
        description=before.description if given.description is UNSET else given.description,
        archived=before.archived if given.is_archived is UNSET else given.is_archived,
    )


# ── Rules ────────────────────────────────────────────────────────────────────────────────────────────────


def _name_faults(name: str) -> list[Fault]:
    if NAME.fullmatch(name):
        return []
    sentence = "Names have 1 to 35 letters, digits, underscores, spaces, periods, parentheses and hyphens"
    return [Fault(("name",), "custom", sentence)]


def _faults(
    kind: Kind,
    minimum: float | None,
    maximum: float | None,
    categories: Sequence[Category] | None,
    changing: bool = False,
) -> list[Fault]:
    """Find what is wrong with a config as a whole; `changing` one need not say its categories again."""
    faults: list[Fault] = []
    if kind is not Kind.NUMERIC and (minimum is not None or maximum is not None):
        faults.append(Fault(("minValue",), "custom", "minValue and maxValue are for NUMERIC configs only"))
    elif minimum is not None and maximum is not None and minimum >= maximum:
        faults.append(Fault(("maxValue",), "custom", "maxValue must be greater than minValue"))
    if kind is not Kind.CATEGORICAL and categories is not None:
        faults.append(Fault(("categories",), "custom", "Categories are for CATEGORICAL configs only"))
    elif kind is Kind.CATEGORICAL and categories is None and not changing:
        faults.append(Fault(("categories",), "custom", "A CATEGORICAL config needs categories: [{label, value}]"))
    elif categories is not None:
        faults.extend(_category_faults(categories))
    return faults


def _category_faults(categories: Sequence[Category]) -> Iterator[Fault]:
    labels: set[str] = set()
    values: set[float] = set()
    if len(categories) > CHOICES_MAX:
        yield Fault(("categories",), "too_long", f"There may be at most {CHOICES_MAX} categories")
        return
    for place, category in enumerate(categories):
        if not category.label:
            yield Fault(("categories", place, "label"), "custom", "Category labels must not be empty")
        elif category.label in labels:
            sentence = f"Duplicate category label: {category.label}, category labels must be unique"
            yield Fault(("categories", place, "label"), "custom", sentence)
        if category.value in values:
            sentence = f"Duplicate category value: {category.value:g}, category values must be unique"
            yield Fault(("categories", place, "value"), "custom", sentence)
        labels.add(category.label)
        values.add(category.value)


def _choices(kind: Kind, categories: Sequence[Category] | None) -> tuple[Choice, ...]:
    if kind is Kind.BOOLEAN:
        return tuple(Choice(label, number) for label, number in BOOLEAN_CATEGORIES)
    return tuple(Choice(category.label, category.value) for category in categories or ())
