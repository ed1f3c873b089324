"""Things as columns: how many of them are read at once without building an object for each.

Exports move millions of rows whose facts go from disk to a file as they are. A batch is some of those rows, a column
at a time, which is also how columnar files want them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum, auto
from json import dumps
from typing import Any, overload

from scorehouse.domain.documents import Document
from scorehouse.domain.frozen import Frozen
from scorehouse.domain.refusals import Fault, Invalid
from scorehouse.domain.scores import Score
from scorehouse.domain.targets import SpanTarget
from scorehouse.storage.queries import EVERYTHING, Filter, check_size

BATCH_ROWS_MAX = 5000
"""Rows of one batch: enough to make what a batch costs by itself small, little enough to hold a few of them."""

PLACES_END = 2**63 - 1
"""Behind every place in the order of recording."""


class Sort(Enum):
    """What a column holds, beside None for what is absent.

    TEXT a str; NUMBER a float; COUNT an int; TRUTH a bool; TIME an Instant; TEXTS a sequence of str;
    JSON the text of a JSON document.
    """

    TEXT = auto()
    NUMBER = auto()
    COUNT = auto()
    TRUTH = auto()
    TIME = auto()
    TEXTS = auto()
    JSON = auto()


class Column(Frozen, frozen=True):
    """One column: its name, what it holds, and whether few different values stand in it many times."""

    name: str
    sort: Sort
    repeats: bool = False


Columns = tuple[Column, ...]

REPEATING = frozenset(
    {
        "name",
        "target_kind",
        "kind",
        "status",
        "origin",
        "author",
        "evaluator",
        "environment",
        "config",
        "queue",
        "user",
        "release",
        "version",
        "health",
        "model",
        "key",
        "owner",
        "dialect",
        "subject",
        "action",
    }
)
"""Names of the columns in which few texts stand many times."""


class Coded(Sequence[Any]):
    """Cells in which few words stand many times, as a database holds them: a code for each, and what the codes mean.

    Whoever reads it reads words; a writer that can do with the codes is spared a look-up for every cell. A code without
    a word stands for None, as None does.
    """

    def __init__(self, codes: Sequence[int | None], words: Mapping[Any, Any]) -> None:
        self.codes = codes
        self.words = words

    def __len__(self) -> int:
        return len(self.codes)

    def __iter__(self) -> Iterator[Any]:
        return map(self.words.get, self.codes)

    @overload
    def __getitem__(self, place: int) -> Any: ...
    @overload
    def __getitem__(self, place: slice) -> "Coded": ...
    def __getitem__(self, place: int | slice) -> Any:
        if isinstance(place, slice):
            return Coded(self.codes[place], self.words)
        code = self.codes[place]
        return None if code is None else self.words.get(code)


Batch = Sequence[Sequence[Any]]
"""Some rows, a column at a time, in the order of their Columns; all of the same length.

Columns that are the same throughout may be one and the same sequence, so that a writer need write it once only."""


def columns(**sorts: Sort) -> Columns:
    """Return columns of these names and sorts."""
    return tuple(Column(name, sort, name in REPEATING) for name, sort in sorts.items())


def batch_of(rows: Iterable[Sequence[Any]], width: int) -> Batch:
    """Turn rows into a batch of so many columns."""
    turned = tuple(zip(*rows, strict=True))
    return turned or ((),) * width


def is_constant(cells: Sequence[Any]) -> bool:
    """Tell that one value, or None, stands in a column throughout: so it is in most columns of most batches.

    Floats never pass for constant: zeros of both signs are equal, and not the same.
    """
    if isinstance(cells, Coded):
        cells = cells.codes
    return (
        bool(cells)
        and cells[0] == cells[-1]
        and not isinstance(cells[0], float)
        and cells.count(cells[0]) == len(cells)
    )


SCORE_COLUMNS = columns(
    id=Sort.TEXT,
    name=Sort.TEXT,
    target_kind=Sort.TEXT,
    target=Sort.TEXT,
    trace=Sort.TEXT,
    kind=Sort.TEXT,
    number=Sort.NUMBER,
    boolean=Sort.TRUTH,
    labels=Sort.TEXTS,
    text=Sort.TEXT,
    json=Sort.JSON,
    status=Sort.TEXT,
    reason=Sort.TEXT,
    origin=Sort.TEXT,
    author=Sort.TEXT,
    evaluator=Sort.TEXT,
    run=Sort.TEXT,
    comment=Sort.TEXT,
    metadata=Sort.JSON,
    environment=Sort.TEXT,
    config=Sort.TEXT,
    queue=Sort.TEXT,
    passed=Sort.TRUTH,
    cost_usd=Sort.NUMBER,
    timestamp=Sort.TIME,
    created_at=Sort.TIME,
    updated_at=Sort.TIME,
    residue=Sort.JSON,
    sole=Sort.TRUTH,
)
"""A score as columns. `target` is the id of what was scored; `trace` is that of a span, None for other targets.
`kind` is None for a score without a value, `labels` where there are none, `metadata` and `residue` where empty, `sole`
where there may be others like it."""


def score_row(score: Score) -> tuple[Any, ...]:
    """Write a score as a row of SCORE_COLUMNS."""
    value, target, source = score.value, score.target, score.source
    facets = (None,) * 6 if value is None else (value.kind, value.number, value.boolean, value.labels or None)
    texts = () if value is None else (value.text, value.json)
    return (
        score.id,
        score.name,
        target.kind,
        target.id,
        target.trace if isinstance(target, SpanTarget) else None,
        *facets,
        *texts,
        score.outcome.status,
        score.outcome.reason,
        source.origin,
        source.author,
        source.evaluator,
        source.run,
        score.comment,
        json_text(dict(score.metadata) or None),
        score.environment,
        score.config,
        score.queue,
        score.passed,
        score.cost_usd,
        score.timestamp,
        score.created_at,
        score.updated_at,
        json_text(dict(score.residue) or None),
        score.sole or None,
    )


def json_text(document: Document) -> str | None:
    """Write a JSON document as text; None stays None."""
    return None if document is None else dumps(document, ensure_ascii=False, separators=(",", ":"))


class BatchQuery(Frozen, frozen=True):
    """Asks for the scores of a project that pass a filter, in order of recording, as a batch.

    Attributes:
        after: the `next` of the batch before; 0 for the first one.
        until: the last place that may be in it, so that several readers can share the way.
        limit: 1 to BATCH_ROWS_MAX rows; a store may return fewer where they are large.
        expected: what a batch of the same filter said to expect, so that this one need not find it out anew.
    """

    project: int
    filter: Filter = EVERYTHING
    after: int = 0
    until: int = PLACES_END
    limit: int = BATCH_ROWS_MAX
    expected: Any = None

    def __post_init__(self) -> None:
        check_size(self.filter)
        if not 1 <= self.limit <= BATCH_ROWS_MAX:
            raise Invalid(Fault(("limit",), "out_of_range", f"must lie between 1 and {BATCH_ROWS_MAX}"))


class ScoreBatch(Frozen, frozen=True):
    """A batch of SCORE_COLUMNS.

    Attributes:
        next: where the next one starts, None when there is none.
        expected: for the next BatchQuery; means something to the store that said it, and is no promise.
    """

    batch: Batch
    next: int | None
    expected: Any = None
