"""The wire shapes of evaluators and their versions (contract respan §8)."""

from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType

from scorehouse.dialects.respan.shapes import ListQuery

ScoreValueType = Literal[
    "numerical",
    "boolean",
    "percentage",
    "single_select",
    "multi_select",
    "text",
    "json",
    "comment",
    "categorical",
]
EvaluatorKind = Literal["llm", "human", "code"]


class ChoiceShape(Struct, kw_only=True):
    """One choice: its name, and what it stands for."""

    name: str
    value: str | float | bool | None = None


class ScoreConfigShape(Struct, kw_only=True, omit_defaults=True):
    """Which numbers, or which choices."""

    min_score: float | None = None
    max_score: float | None = None
    choices: list[ChoiceShape] | None = None


class EvaluatorBody(Struct, kw_only=True):
    """The body of every change of an evaluator: absent keeps, null clears."""

    name: str | UnsetType = UNSET
    type: EvaluatorKind | None | UnsetType = UNSET
    score_value_type: ScoreValueType | None | UnsetType = UNSET
    evaluator_slug: str | None | UnsetType = UNSET
    description: str | None | UnsetType = UNSET
    eval_class: str | None | UnsetType = UNSET
    score_config: ScoreConfigShape | None | UnsetType = UNSET
    passing_conditions: dict[str, Any] | None | UnsetType = UNSET
    llm_config: dict[str, Any] | None | UnsetType = UNSET
    code_config: dict[str, Any] | None | UnsetType = UNSET
    configurations: dict[str, Any] | None | UnsetType = UNSET
    categorical_choices: list[ChoiceShape] | None | UnsetType = UNSET
    custom_required_fields: list[Any] | None | UnsetType = UNSET
    tags: list[Any] | None | UnsetType = UNSET
    starred: bool | None | UnsetType = UNSET
    version_description: str | None | UnsetType = UNSET


class NewEvaluator(EvaluatorBody, kw_only=True):
    """The body of POST and PUT: `name` has to be there."""

    name: str


class PersonShape(Struct, kw_only=True):
    """Who made or changed something; keys have an owner and no first or last name."""

    first_name: str = ""
    last_name: str = ""
    email: str = ""


class EvaluatorListQuery(ListQuery, kw_only=True):
    """The query string of a list of evaluators."""

    sort_by: str | None = None
    search: str | None = None
    type: str | None = None
    score_value_type: str | None = None
    starred: str | None = None


class EvaluatorShape(Struct, kw_only=True):
    """An evaluator, or one version of it. `slug` is for the vendor's older client, which knows no other name."""

    id: str
    version_id: str
    version: int
    is_read_only: bool
    version_description: str | None
    name: str
    evaluator_slug: str
    slug: str
    type: str
    score_value_type: str
    eval_class: str
    description: str
    score_config: dict[str, Any]
    passing_conditions: dict[str, Any]
    llm_config: dict[str, Any] | None
    code_config: dict[str, Any] | None
    configurations: dict[str, Any]
    categorical_choices: list[Any]
    custom_required_fields: list[Any]
    starred: bool
    tags: list[Any]
    created_at: str
    updated_at: str
    created_by: PersonShape
    updated_by: PersonShape
    editor: PersonShape
    organization: int
    version_count: int


class CountShape(Struct):
    """A summary of a list of evaluators."""

    total_count: int


class RunBody(Struct, kw_only=True):
    """What an evaluator would be run on."""

    inputs: dict[str, Any] = {}
    generation_method: str | None = None
