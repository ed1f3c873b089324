"""The wire shapes of scores, and what lists of all things share (contract respan §3, §4, §7).

Unknown members are ignored: the vendor's examples send some. A value member that is absent keeps what was
there, one that is null clears it.
"""

from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType

Integer = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
"""A whole number that fits 64 bits."""


class ScoreValues(Struct, kw_only=True):
    """The five values, of which several may be given; also the body of PATCH."""

    numerical_value: float | None | UnsetType = UNSET
    string_value: str | None | UnsetType = UNSET
    boolean_value: bool | None | UnsetType = UNSET
    categorical_value: list[str] | None | UnsetType = UNSET
    json_value: str | None | UnsetType = UNSET


class NewLogScore(ScoreValues, kw_only=True):
    """The body of POST and PUT where the path names the log. `scorer` is taken and not heeded there."""

    evaluator_id: str | None = None
    evaluator_slug: str | None = None
    timestamp: str | None = None
    environment: str | None = None
    prompt_id: str | None = None
    prompt_version_number: Integer | None = None
    dataset_id: str | None = None
    automation_id: str | None = None
    scorer: str | None = None
    explanation: str | None = None


class NewScore(NewLogScore, kw_only=True):
    """The body of POST and PUT on the general routes."""

    log_id: str | None = None


class FilterBody(Struct, kw_only=True):
    """The body of a filtered list. `operator` joins the fields; `is_exporting` is the dashboard's and not heeded."""

    filters: dict[str, Any] | None = None
    operator: str | None = None
    is_exporting: bool | None = None


class ScoreShape(Struct, kw_only=True):
    """A score, every member always there."""

    id: str
    created_at: str
    type: str | None
    environment: str | None
    numerical_value: float | None
    string_value: str | None
    boolean_value: bool | None
    categorical_value: list[str] | None
    json_value: str | None
    is_passed: bool | None
    cost: float | None
    evaluator_id: str | None
    evaluator_slug: str | None
    evaluator_name: str | None
    scorer: str | None
    log_id: str | None
    prompt_id: str | None
    prompt_version_number: int | None
    dataset_id: str | None
    automation_id: str | None
    status: str | None
    error_message: str | None
    explanation: str | None


class ScoreInputs(Struct, kw_only=True):
    """What was scored, out of the log."""

    input: Any = None
    output: Any = None
    metrics: dict[str, Any] = {}
    metadata: dict[str, Any] = {}


class WholeScore(ScoreShape, kw_only=True):
    """A score as one general operation answers it: with what was scored, and by whom."""

    inputs: ScoreInputs
    evaluator: dict[str, Any] | None


class ListQuery(Struct, kw_only=True):
    """What every list takes. Numbers are read by `paging`, which refuses in the vendor's words."""

    page: int | None = None
    page_size: int | None = None


class ScoreListQuery(ListQuery, kw_only=True):
    """The query string of a list of scores."""

    sort_by: str | None = None
    start_time: str | None = None
    end_time: str | None = None
    environment: str | None = None


class ListShape(Struct, kw_only=True):
    """A page of anything: `count` is the number of rows on it."""

    count: int
    next: str | None
    previous: str | None
    current_filters: dict[str, Any]
    results: list[Any]


class ScoreListShape(ListShape, kw_only=True):
    """A page of scores."""

    results: list[ScoreShape]


class DetailShape(Struct):
    """A refusal in a sentence."""

    detail: str
