"""Projects and keys ↔ rows, shared by the writer and the readers."""

from sqlalchemy import select

from scorehouse.domain.access import Key, Permission, Project
from scorehouse.engines.sql import tables
from scorehouse.engines.sql.statements import Row

SELECT_KEYS = select(
    tables.access_key.c.id,
    tables.access_key.c.owner,
    tables.access_key.c.permissions,
    tables.access_key.c.created_at,
    tables.access_key.c.expires_at,
    tables.access_key.c.revoked_at,
    tables.project.c.number,
    tables.project.c.name,
    tables.project.c.created_at,
    tables.project.c.within,
).join(tables.project, tables.project.c.number == tables.access_key.c.project)


def project_of(row: Row) -> Project:
    """Read a row of the table of projects."""
    number, name, created_at, within = row
    return Project(number, name, created_at, within or None)


def key_of(row: Row) -> Key:
    """Read a row of SELECT_KEYS."""
    id, owner, permissions, created_at, expires_at, revoked_at, *project = row
    allowed = frozenset(Permission(word) for word in permissions.split(" "))
    return Key(id, project_of(tuple(project)), owner, allowed, created_at, expires_at, revoked_at)


def permissions_text(permissions: frozenset[Permission]) -> str:
    """Write permissions as words with blanks between, in order of declaration."""
    return " ".join(permission for permission in Permission if permission in permissions)
