"""The tables of docs/dialects.md, made of what the dialects declare; `make docs` writes them.

Between two marks the page is ours, around them it is written by hand.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from scorehouse.dialects import registered
from scorehouse.wire.losses import Loss

PAGE = Path(__file__).parents[2] / "docs" / "dialects.md"
BEGIN = "<!-- From here on made by `make docs` of what the dialects declare. -->"
END = "<!-- Made until here. -->"

GROUPS: Mapping[str, Sequence[Loss]] = {
    "What is scored": (
        Loss.TARGET_TRACE,
        Loss.TARGET_SPAN,
        Loss.TRACE_OF_SPAN,
        Loss.TARGET_SESSION,
        Loss.TARGET_RUN,
    ),
    "Values": (
        Loss.NUMERIC,
        Loss.NUMBER_OUTSIDE_UNIT,
        Loss.BOOLEAN,
        Loss.CATEGORICAL,
        Loss.MULTI,
        Loss.TEXT,
        Loss.JSON,
        Loss.CORRECTION,
        Loss.OUTCOME,
    ),
    "Several values at once": (
        Loss.NUMBER_FACET,
        Loss.BOOLEAN_FACET,
        Loss.LABEL_FACET,
        Loss.LABELS_FACET,
        Loss.TEXT_FACET,
        Loss.JSON_FACET,
        Loss.COUNTING,
    ),
    "Who and why": (
        Loss.COMMENT,
        Loss.ORIGIN,
        Loss.AUTHOR,
        Loss.EVALUATOR,
        Loss.UNREGISTERED_NAME,
        Loss.SOURCE_RUN,
        Loss.CONFIG,
        Loss.QUEUE,
        Loss.PASSED,
        Loss.COST,
    ),
    "Around it": (
        Loss.METADATA,
        Loss.ENVIRONMENT,
        Loss.ENVIRONMENT_SPELLING,
        Loss.CLIENT_ID,
        Loss.FREE_ID,
        Loss.TIMESTAMP,
        Loss.CREATED_AT,
        Loss.UPDATED_AT,
        Loss.MICROSECONDS,
    ),
    "What can be done": (Loss.RECALL, Loss.CHANGE, Loss.DELETION),
}
"""Every loss in its place."""

IMPLIED: Mapping[Loss, Loss] = {
    Loss.TRACE_OF_SPAN: Loss.TARGET_SPAN,
    Loss.NUMBER_OUTSIDE_UNIT: Loss.NUMERIC,
    Loss.ENVIRONMENT_SPELLING: Loss.ENVIRONMENT,
    Loss.LABELS_FACET: Loss.LABEL_FACET,
}
"""What need not be told as missing where the other is."""

KINDS = frozenset(GROUPS["Values"]) - {Loss.NUMBER_OUTSIDE_UNIT, Loss.OUTCOME}
FACETS = frozenset(GROUPS["Several values at once"]) - {Loss.COUNTING}

BOTH, WRITTEN, SHOWN, NEITHER = "yes", "writes", "reads", "no"


@dataclass(frozen=True, slots=True)
class Column:
    """One edition of a dialect: its title, and what it declares."""

    title: str
    losses: frozenset[Loss]
    shown: frozenset[Loss]

    @property
    def recalls(self) -> bool:
        """Tell whether it reads scores at all."""
        return Loss.RECALL not in self.losses

    @property
    def has_choice(self) -> bool:
        """Tell whether several kinds of value can stand side by side at all, so that one has to be said to count."""
        return len(KINDS - self.losses) > 1 and bool(FACETS - self.losses)

    def cell(self, loss: Loss) -> str:
        """Write what it does with a fact."""
        if loss in self.losses or (loss is Loss.COUNTING and not self.has_choice):
            return SHOWN if loss in self.shown else NEITHER
        return BOTH if self.recalls else WRITTEN


def columns() -> list[Column]:
    """Return all editions in the order of the registry."""
    return [
        Column(edition.title, dialect.losses | edition.losses, dialect.shown | edition.shown)
        for dialect in registered()
        for edition in dialect.editions
    ]


def section() -> str:
    """Write all that is made."""
    return "\n".join([BEGIN, "", "## Who can say what", *_tables(), "", "## From one to another", *_moves(), "", END])


def page(text: str) -> str:
    """Return the page with what is made of the declarations in its place."""
    before, rest = text.split(BEGIN)
    return before + section() + rest.split(END)[1]


def _tables() -> Iterator[str]:
    """Write a table for each group of facts."""
    for title, losses in GROUPS.items():
        yield from ("", f"### {title}", "")
        yield f"| | {' | '.join(column.title for column in columns())} |"
        yield f"|---|{'---|' * len(columns())}"
        for loss in losses:
            yield f"| {loss.value} | {' | '.join(column.cell(loss) for column in columns())} |"


def _moves() -> Iterator[str]:
    """Write for each reader what it does not show of each writer's scores."""
    for reader in columns():
        yield from ("", f"### Missing when {reader.title} reads", "")
        if not reader.recalls:
            yield "Everything: it has no way to read a score."
            continue
        for writer in columns():
            if writer.title != reader.title:
                missing = ", ".join(loss.value for loss in _missing(writer, reader)) or "nothing"
                yield f"- what {writer.title} wrote: {missing}."


def _missing(writer: Column, reader: Column) -> list[Loss]:
    """Return the facts that one can say and the other does not show, in the order of the tables."""
    deeds = GROUPS["What can be done"]
    hidden = {loss for loss in reader.losses - reader.shown if writer.cell(loss) in {BOTH, WRITTEN}}
    return [
        loss
        for losses in GROUPS.values()
        for loss in losses
        if loss in hidden and loss not in deeds and IMPLIED.get(loss) not in hidden
    ]


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text("utf-8")), "utf-8")
