"""Retention: a policy a project, and indexes that lead to what is oldest in an environment."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the table and the indexes."""
    op.create_table(
        "retention",
        sa.Column("project", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("days", sa.Integer(), nullable=True),
        sa.Column("environments", TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("project"),
        sqlite_with_rowid=False,
    )
    op.create_index("score_age", "score", ["project", "environment", "created_at"])
    op.create_index("trace_age", "trace", ["project", "environment", "created_at", "key"])


def downgrade() -> None:
    """Drop them."""
    op.drop_index("trace_age", "trace")
    op.drop_index("score_age", "score")
    op.drop_table("retention")
