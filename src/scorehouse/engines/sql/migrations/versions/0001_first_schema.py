"""The first schema."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Make every table."""
    _access_key()
    _change()
    _config()
    _evaluator()
    _head()
    _idempotency()
    _project()
    _score()
    _span()
    _term()
    _trace()


def downgrade() -> None:
    """Drop every table."""
    for name in (
        "trace",
        "term",
        "span",
        "score",
        "project",
        "idempotency",
        "head",
        "evaluator",
        "config",
        "change",
        "access_key",
    ):
        op.drop_table(name)


def _access_key() -> None:
    op.create_table(
        "access_key",
        sa.Column("id", TEXT, primary_key=True),
        sa.Column("project", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("owner", TEXT, nullable=True),
        sa.Column("permissions", TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.UniqueConstraint("digest", name="access_key_digest"),
        sqlite_with_rowid=False,
    )


def _change() -> None:
    op.create_table(
        "change",
        sa.Column("project", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("transaction", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.SmallInteger(), nullable=False),
        sa.Column("action", sa.SmallInteger(), nullable=False),
        sa.Column("subject_id", TEXT, nullable=False),
        sa.Column("before", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("project", "sequence"),
        sqlite_with_rowid=False,
    )
    op.create_index("change_subject", "change", ["project", "subject_id", "subject", "sequence"])


def _config() -> None:
    op.create_table(
        "config",
        sa.Column("project", sa.Integer(), nullable=False),
        sa.Column("key", sa.BigInteger(), nullable=False),
        sa.Column("external_id", TEXT, nullable=False),
        sa.Column("spelling", TEXT, nullable=True),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=True),
        sa.Column("minimum", sa.Double(), nullable=True),
        sa.Column("maximum", sa.Double(), nullable=True),
        sa.Column("choices", TEXT, nullable=True),
        sa.Column("description", TEXT, nullable=True),
        sa.Column("archived", sa.Boolean(), nullable=False),
        sa.Column("metadata", TEXT, nullable=True),
        sa.Column("residue", TEXT, nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("project", "key"),
        sa.UniqueConstraint("project", "external_id", name="config_external_id"),
        sqlite_with_rowid=False,
    )


def _evaluator() -> None:
    op.create_table(
        "evaluator",
        sa.Column("project", sa.Integer(), nullable=False),
        sa.Column("key", sa.BigInteger(), nullable=False),
        sa.Column("external_id", TEXT, nullable=False),
        sa.Column("spelling", TEXT, nullable=True),
        sa.Column("handle", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("type", sa.SmallInteger(), nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=True),
        sa.Column("minimum", sa.Double(), nullable=True),
        sa.Column("maximum", sa.Double(), nullable=True),
        sa.Column("choices", TEXT, nullable=True),
        sa.Column("conditions", TEXT, nullable=True),
        sa.Column("description", TEXT, nullable=True),
        sa.Column("archived", sa.Boolean(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("definition", TEXT, nullable=True),
        sa.Column("metadata", TEXT, nullable=True),
        sa.Column("residue", TEXT, nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("project", "key"),
        sa.UniqueConstraint("project", "external_id", name="evaluator_external_id"),
        sa.UniqueConstraint("project", "handle", name="evaluator_handle"),
        sqlite_with_rowid=False,
    )


def _head() -> None:
    op.create_table(
        "head",
        sa.Column("project", sa.Integer(), primary_key=True, autoincrement=False, nullable=False),
        sa.Column("groups", sa.BigInteger(), nullable=False),
        sqlite_with_rowid=False,
    )


def _idempotency() -> None:
    op.create_table(
        "idempotency",
        sa.Column("project", sa.Integer(), nullable=False),
        sa.Column("token", TEXT, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("answers", TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("project", "token"),
        sqlite_with_rowid=False,
    )
    op.create_index("idempotency_at", "idempotency", ["project", "at"])


def _project() -> None:
    op.create_table(
        "project",
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("within", sa.Integer(), nullable=False),
        sa.UniqueConstraint("within", "name", name="project_name"),
        sqlite_with_rowid=False,
    )


def _score() -> None:
    op.create_table(
        "score",
        sa.Column("project", sa.Integer(), nullable=False),
        sa.Column("key", sa.BigInteger(), nullable=False),
        sa.Column("external_id", TEXT, nullable=False),
        sa.Column("spelling", TEXT, nullable=True),
        sa.Column("target_kind", sa.SmallInteger(), nullable=False),
        sa.Column("target", sa.BigInteger(), nullable=False),
        sa.Column("trace", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("number", sa.Double(), nullable=True),
        sa.Column("boolean", sa.Boolean(), nullable=True),
        sa.Column("labels", TEXT, nullable=True),
        sa.Column("text", TEXT, nullable=True),
        sa.Column("json", TEXT, nullable=True),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("reason", TEXT, nullable=True),
        sa.Column("origin", sa.SmallInteger(), nullable=False),
        sa.Column("author", sa.BigInteger(), nullable=True),
        sa.Column("evaluator", sa.BigInteger(), nullable=True),
        sa.Column("source_run", TEXT, nullable=True),
        sa.Column("comment", TEXT, nullable=True),
        sa.Column("metadata", TEXT, nullable=True),
        sa.Column("environment", sa.BigInteger(), nullable=True),
        sa.Column("config", sa.BigInteger(), nullable=True),
        sa.Column("queue", TEXT, nullable=True),
        sa.Column("passed", sa.Boolean(), nullable=True),
        sa.Column("cost_usd", sa.Double(), nullable=True),
        sa.Column("timestamp", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("slot", TEXT, nullable=True),
        sa.Column("residue", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("project", "key"),
        sa.UniqueConstraint("project", "external_id", name="score_external_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("score_name", "score", ["project", "name", "timestamp", "number", "kind", "status"])
    op.create_index("score_name_recorded", "score", ["project", "name", "key"])
    op.create_index(
        "score_slot",
        "score",
        ["project", "slot"],
        unique=True,
        sqlite_where=sa.text("slot IS NOT NULL"),
        postgresql_where=sa.text("slot IS NOT NULL"),
    )
    op.create_index(
        "score_target",
        "score",
        ["project", "target_kind", "target", "key"],
        sqlite_where=sa.text("trace IS NULL"),
        postgresql_where=sa.text("trace IS NULL"),
    )
    op.create_index("score_timestamp", "score", ["project", "timestamp", "key"])
    op.create_index(
        "score_trace",
        "score",
        ["project", "trace", "key"],
        sqlite_where=sa.text("trace IS NOT NULL"),
        postgresql_where=sa.text("trace IS NOT NULL"),
    )


def _span() -> None:
    op.create_table(
        "span",
        sa.Column("project", sa.Integer(), nullable=False),
        sa.Column("key", sa.BigInteger(), nullable=False),
        sa.Column("external_id", TEXT, nullable=False),
        sa.Column("spelling", TEXT, nullable=True),
        sa.Column("trace", sa.BigInteger(), nullable=False),
        sa.Column("known", sa.Boolean(), nullable=False),
        sa.Column("alias", TEXT, nullable=True),
        sa.Column("parent", TEXT, nullable=True),
        sa.Column("name", TEXT, nullable=True),
        sa.Column("kind", sa.SmallInteger(), nullable=True),
        sa.Column("started_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("completion_started_at", sa.BigInteger(), nullable=True),
        sa.Column("session", sa.BigInteger(), nullable=True),
        sa.Column("user", sa.BigInteger(), nullable=True),
        sa.Column("environment", sa.BigInteger(), nullable=True),
        sa.Column("release", TEXT, nullable=True),
        sa.Column("version", TEXT, nullable=True),
        sa.Column("health", sa.SmallInteger(), nullable=True),
        sa.Column("error", TEXT, nullable=True),
        sa.Column("tags", TEXT, nullable=True),
        sa.Column("input", TEXT, nullable=True),
        sa.Column("output", TEXT, nullable=True),
        sa.Column("model", TEXT, nullable=True),
        sa.Column("model_parameters", TEXT, nullable=True),
        sa.Column("usage", TEXT, nullable=True),
        sa.Column("tokens_total", sa.BigInteger(), nullable=False),
        sa.Column("cost_usd", sa.Double(), nullable=True),
        sa.Column("metadata", TEXT, nullable=True),
        sa.Column("residue", TEXT, nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("project", "key"),
        sa.UniqueConstraint("project", "trace", "external_id", name="span_external_id_in_trace"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "span_alias",
        "span",
        ["project", "alias"],
        sqlite_where=sa.text("alias IS NOT NULL"),
        postgresql_where=sa.text("alias IS NOT NULL"),
    )
    op.create_index("span_external_id", "span", ["project", "external_id", "key"])
    op.create_index("span_started_at", "span", ["project", "started_at", "key"])


def _term() -> None:
    op.create_table(
        "term",
        sa.Column("project", sa.Integer(), nullable=False),
        sa.Column("key", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("text", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("project", "key"),
        sa.UniqueConstraint("project", "kind", "text", name="term_text"),
        sqlite_with_rowid=False,
    )


def _trace() -> None:
    op.create_table(
        "trace",
        sa.Column("project", sa.Integer(), nullable=False),
        sa.Column("key", sa.BigInteger(), nullable=False),
        sa.Column("external_id", TEXT, nullable=False),
        sa.Column("spelling", TEXT, nullable=True),
        sa.Column("known", sa.Boolean(), nullable=False),
        sa.Column("name", TEXT, nullable=True),
        sa.Column("started_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("session", sa.BigInteger(), nullable=True),
        sa.Column("user", sa.BigInteger(), nullable=True),
        sa.Column("environment", sa.BigInteger(), nullable=True),
        sa.Column("release", TEXT, nullable=True),
        sa.Column("version", TEXT, nullable=True),
        sa.Column("health", sa.SmallInteger(), nullable=True),
        sa.Column("error", TEXT, nullable=True),
        sa.Column("public", sa.Boolean(), nullable=True),
        sa.Column("tags", TEXT, nullable=True),
        sa.Column("input", TEXT, nullable=True),
        sa.Column("output", TEXT, nullable=True),
        sa.Column("metadata", TEXT, nullable=True),
        sa.Column("residue", TEXT, nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("project", "key"),
        sa.UniqueConstraint("project", "external_id", name="trace_external_id"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "trace_session",
        "trace",
        ["project", "session", "started_at"],
        sqlite_where=sa.text("session IS NOT NULL"),
        postgresql_where=sa.text("session IS NOT NULL"),
    )
    op.create_index("trace_started_at", "trace", ["project", "started_at", "key"])
    op.create_index(
        "trace_user",
        "trace",
        ["project", "user"],
        sqlite_where=sa.text('"user" IS NOT NULL'),
        postgresql_where=sa.text('"user" IS NOT NULL'),
    )
