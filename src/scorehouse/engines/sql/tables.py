r"""The schema, in SQLAlchemy Core; the migrations build exactly this (a test compares them).

**Shards.** Every table but the reference tables (`project`, `access_key`, `voucher`) has `project` first in its primary
key and in every unique key, and joins stay inside a project, so that a distributed PostgreSQL can place the tables
by it.

**Keys.** `key` counts up within a project in order of recording: indexes grow at their right end, rows refer to
each other by small integers, and order of recording is order of the key. External ids stand once a row:
`external_id` in canonical spelling, `spelling` only where they first came spelled otherwise.

**Terms.** Names, authors, environments, users, sessions and runs repeat in millions of rows; `term` holds each text
once. Small closed sets are codes (``codes.py``).

**Types.** Instants are microseconds in big integers; JSON is text, so that what was sent is what is shown; lists are
texts delimited by U+001F on both sides (``\x1fa\x1fb\x1f``), so that a member is found without parsing. Texts compare
by code point, whatever the language of the database.

**Conditions.** Which rows a partial index holds is said once, as SQLite's option, and is so on PostgreSQL too; its own
option would load SQLAlchemy's dialect for it at every start.

**Writers.** Where several nodes write, a project's row in `head` is what they take turns by; it counts the groups that
changed what nodes remember.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.schema import SchemaItem

metadata = MetaData()

TEXT = Text().with_variant(Text(collation="C"), "postgresql")


def _keyed(*rest: str) -> PrimaryKeyConstraint:
    return PrimaryKeyConstraint("project", *(rest or ("key",)))


def _text(name: str, *, required: bool = False) -> Column[str]:
    return Column(name, TEXT, nullable=not required)


def _big(name: str, *, required: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=not required)


def _small(name: str, *, required: bool = False) -> Column[int]:
    return Column(name, SmallInteger, nullable=not required)


def _double(name: str) -> Column[float]:
    return Column(name, Double)


def _truth(name: str, *, required: bool = False) -> Column[bool]:
    return Column(name, Boolean(create_constraint=False), nullable=not required)


def _project() -> Column[int]:
    return Column("project", Integer, nullable=False)


def _table(name: str, *items: SchemaItem) -> Table:
    # Clustered by primary key in SQLite as PostgreSQL's shards are by project: one tree less to write per row.
    return Table(name, metadata, *items, sqlite_with_rowid=False)


project = _table(
    "project",
    Column("number", Integer, primary_key=True, autoincrement=False),
    _text("name", required=True),
    _big("created_at", required=True),
    # 0 for one that stands by itself: NULLs would not make its name unique.
    Column("within", Integer, nullable=False),
    _text("description"),
    UniqueConstraint("within", "name", name="project_name"),
)

access_key = _table(
    "access_key",
    Column("id", TEXT, primary_key=True),
    _project(),
    Column("digest", LargeBinary, nullable=False),
    _text("owner"),
    _text("permissions", required=True),
    _big("created_at", required=True),
    _big("expires_at"),
    _big("revoked_at"),
    UniqueConstraint("digest", name="access_key_digest"),
)

voucher = _table(
    "voucher",
    Column("digest", LargeBinary, primary_key=True),
    Column("challenge", LargeBinary, nullable=False),
    _text("issuer", required=True),
    _project(),
    _text("owner"),
    _text("permissions", required=True),
    _big("expires_at", required=True),
    _big("key_expires_at"),
)

term = _table(
    "term",
    _project(),
    _big("key", required=True),
    _small("kind", required=True),
    _text("text", required=True),
    _keyed(),
    UniqueConstraint("project", "kind", "text", name="term_text"),
)

trace = _table(
    "trace",
    _project(),
    _big("key", required=True),
    _text("external_id", required=True),
    _text("spelling"),
    _truth("known", required=True),
    _text("name"),
    _big("started_at"),
    _big("ended_at"),
    _big("session"),
    _big("user"),
    _big("environment"),
    _text("release"),
    _text("version"),
    _small("health"),
    _text("error"),
    _truth("public"),
    _text("tags"),
    _text("input"),
    _text("output"),
    _text("metadata"),
    _text("residue"),
    _big("created_at", required=True),
    _big("updated_at", required=True),
    _keyed(),
    UniqueConstraint("project", "external_id", name="trace_external_id"),
    Index("trace_started_at", "project", "started_at", "key"),
    Index("trace_age", "project", "environment", "created_at", "key"),
)
Index(
    "trace_session",
    trace.c.project,
    trace.c.session,
    trace.c.started_at,
    sqlite_where=trace.c.session.is_not(None),
)
Index(
    "trace_user",
    trace.c.project,
    trace.c.user,
    sqlite_where=trace.c.user.is_not(None),
)

span = _table(
    "span",
    _project(),
    _big("key", required=True),
    _text("external_id", required=True),
    _text("spelling"),
    _big("trace", required=True),
    _truth("known", required=True),
    _text("alias"),
    _text("parent"),
    _text("name"),
    _small("kind"),
    _big("started_at"),
    _big("ended_at"),
    _big("completion_started_at"),
    _big("session"),
    _big("user"),
    _big("environment"),
    _text("release"),
    _text("version"),
    _small("health"),
    _text("error"),
    _text("tags"),
    _text("input"),
    _text("output"),
    _text("model"),
    _text("model_parameters"),
    _text("usage"),
    _big("tokens_total", required=True),
    _double("cost_usd"),
    _text("metadata"),
    _text("residue"),
    _big("created_at", required=True),
    _big("updated_at", required=True),
    _keyed(),
    UniqueConstraint("project", "trace", "external_id", name="span_external_id_in_trace"),
    Index("span_external_id", "project", "external_id", "key"),
    Index("span_started_at", "project", "started_at", "key"),
)
Index(
    "span_alias",
    span.c.project,
    span.c.alias,
    sqlite_where=span.c.alias.is_not(None),
)

score = _table(
    "score",
    _project(),
    _big("key", required=True),
    _text("external_id", required=True),
    _text("spelling"),
    _small("target_kind", required=True),
    _big("target", required=True),
    _big("trace"),
    _big("name", required=True),
    _small("kind", required=True),
    _double("number"),
    _truth("boolean"),
    _text("labels"),
    _text("text"),
    _text("json"),
    _small("status", required=True),
    _text("reason"),
    _small("origin", required=True),
    _big("author"),
    _big("evaluator"),
    _text("source_run"),
    _text("comment"),
    _text("metadata"),
    _big("environment"),
    _big("config"),
    _text("queue"),
    _truth("passed"),
    _double("cost_usd"),
    _big("timestamp", required=True),
    _big("created_at", required=True),
    _big("updated_at", required=True),
    _text("slot"),
    _text("residue"),
    _keyed(),
    UniqueConstraint("project", "external_id", name="score_external_id"),
    Index("score_timestamp", "project", "timestamp", "key"),
    # For retention: the oldest scores of an environment.
    Index("score_age", "project", "environment", "created_at"),
    # In order of recording: a name that is rare must not cost a walk through all scores.
    Index("score_name_recorded", "project", "name", "key"),
    # Kind and status ride along so that counting a name's scores by time and value reads nothing but the index.
    Index("score_name", "project", "name", "timestamp", "number", "kind", "status"),
)
Index(
    "score_trace",
    score.c.project,
    score.c.trace,
    score.c.key,
    sqlite_where=score.c.trace.is_not(None),
)
Index(
    "score_target",
    score.c.project,
    score.c.target_kind,
    score.c.target,
    score.c.key,
    sqlite_where=score.c.trace.is_(None),
)
Index(
    "score_slot",
    score.c.project,
    score.c.slot,
    unique=True,
    sqlite_where=score.c.slot.is_not(None),
)

config = _table(
    "config",
    _project(),
    _big("key", required=True),
    _text("external_id", required=True),
    _text("spelling"),
    _text("name", required=True),
    _small("kind"),
    _double("minimum"),
    _double("maximum"),
    _text("choices"),
    _text("description"),
    _truth("archived", required=True),
    _text("metadata"),
    _text("residue"),
    _big("created_at", required=True),
    _big("updated_at", required=True),
    _keyed(),
    UniqueConstraint("project", "external_id", name="config_external_id"),
)

evaluator = _table(
    "evaluator",
    _project(),
    _big("key", required=True),
    _text("external_id", required=True),
    _text("spelling"),
    _text("handle", required=True),
    _text("name", required=True),
    _small("type", required=True),
    _small("kind"),
    _double("minimum"),
    _double("maximum"),
    _text("choices"),
    _text("conditions"),
    _text("description"),
    _truth("archived", required=True),
    _big("version", required=True),
    _text("definition"),
    _text("metadata"),
    _text("residue"),
    _big("created_at", required=True),
    _big("updated_at", required=True),
    _keyed(),
    UniqueConstraint("project", "external_id", name="evaluator_external_id"),
    UniqueConstraint("project", "handle", name="evaluator_handle"),
)

change = _table(
    "change",
    _project(),
    _big("sequence", required=True),
    # Orders commits where several nodes write (PostgreSQL); constant where one writer commits in order.
    _big("transaction", required=True),
    _big("at", required=True),
    _big("actor", required=True),
    _small("subject", required=True),
    _small("action", required=True),
    _text("subject_id", required=True),
    _text("before"),
    _keyed("sequence"),
    Index("change_subject", "project", "subject_id", "subject", "sequence"),
)

idempotency = _table(
    "idempotency",
    _project(),
    _text("token", required=True),
    Column("digest", LargeBinary, nullable=False),
    _text("answers", required=True),
    _big("at", required=True),
    _keyed("token"),
    Index("idempotency_at", "project", "at"),
)

retention = _table(
    "retention",
    Column("project", Integer, primary_key=True, autoincrement=False),
    # NULL: for ever, as in `environments`, which is JSON.
    Column("days", Integer),
    _text("environments", required=True),
    _big("at", required=True),
    _big("actor", required=True),
)

head = _table("head", Column("project", Integer, primary_key=True, autoincrement=False), _big("groups", required=True))
