"""docs/dialects.md says what the dialects declare, and nothing older."""

from scorehouse.dialects import registered
from scorehouse.wire.losses import Loss
from tests.matrix.table import BEGIN, END, GROUPS, PAGE, Column, columns, page


def test_every_fact_has_its_place() -> None:
    """A new loss is in one table, so that nobody overlooks it."""
    placed = [loss for losses in GROUPS.values() for loss in losses]
    assert sorted(placed) == sorted(Loss)


def test_the_page_is_up_to_date() -> None:
    """Whoever changes a declaration writes the page anew: `make docs`."""
    text = PAGE.read_text("utf-8")
    assert page(text) == text


def test_an_older_page_is_found() -> None:
    """A page in which one answer differs is not up to date, and is mended without touching what is written by hand."""
    text = PAGE.read_text("utf-8")
    older = text.replace("| yes |", "| reads |", 1)
    assert older != text
    assert page(older) == text
    assert page(f"by hand\n{BEGIN}\n{END}\nby hand").startswith("by hand\n")


def test_cells_say_what_is_declared() -> None:
    """A loss is nothing, one that is shown is read only; what is said is only written by who reads nothing."""
    reader = Column("a", frozenset({Loss.COST, Loss.QUEUE}), frozenset({Loss.COST}))
    writer = Column("b", frozenset({Loss.RECALL}), frozenset())
    assert [reader.cell(loss) for loss in (Loss.COST, Loss.QUEUE, Loss.COMMENT)] == ["reads", "no", "yes"]
    assert writer.cell(Loss.COMMENT) == "writes"


def test_every_edition_is_a_column() -> None:
    """All that is registered is in the tables."""
    assert len(columns()) == sum(len(dialect.editions) for dialect in registered())
