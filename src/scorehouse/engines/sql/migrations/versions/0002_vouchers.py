"""Projects have descriptions; vouchers stand for keys that are not made yet."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Add the column and the table."""
    op.add_column("project", sa.Column("description", TEXT, nullable=True))
    op.create_table(
        "voucher",
        sa.Column("digest", sa.LargeBinary(), primary_key=True),
        sa.Column("challenge", sa.LargeBinary(), nullable=False),
        sa.Column("issuer", TEXT, nullable=False),
        sa.Column("project", sa.Integer(), nullable=False),
        sa.Column("owner", TEXT, nullable=True),
        sa.Column("permissions", TEXT, nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("key_expires_at", sa.BigInteger(), nullable=True),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("voucher")
    op.drop_column("project", "description")
