"""Projects, keys and vouchers ↔ rows, shared by the writer and the readers."""

from sqlalchemy import select

from scorehouse.domain.access import Key, Permission, Project, Voucher
from scorehouse.engines.sql import tables
from scorehouse.engines.sql.statements import Row

_key, _project, _voucher = tables.access_key, tables.project, tables.voucher

PROJECT_COLUMNS = (_project.c.number, _project.c.name, _project.c.created_at, _project.c.within, _project.c.description)

SELECT_PROJECTS = select(*PROJECT_COLUMNS)
SELECT_KEYS = select(
    _key.c.id,
    _key.c.owner,
    _key.c.permissions,
    _key.c.created_at,
    _key.c.expires_at,
    _key.c.revoked_at,
    *PROJECT_COLUMNS,
).join(_project, _project.c.number == _key.c.project)
SELECT_VOUCHERS = select(
    _voucher.c.digest,
    _voucher.c.challenge,
    _voucher.c.issuer,
    _voucher.c.owner,
    _voucher.c.permissions,
    _voucher.c.expires_at,
    _voucher.c.key_expires_at,
    *PROJECT_COLUMNS,
).join(_project, _project.c.number == _voucher.c.project)


def project_of(row: Row) -> Project:
    """Read a row of SELECT_PROJECTS."""
    number, name, created_at, within, description = row
    return Project(number, name, created_at, within or None, description or "")


def key_of(row: Row) -> Key:
    """Read a row of SELECT_KEYS."""
    id, owner, permissions, created_at, expires_at, revoked_at, *project = row
    allowed = _permissions_of(permissions)
    return Key(id, project_of(tuple(project)), owner, allowed, created_at, expires_at, revoked_at)


def voucher_of(row: Row) -> Voucher:
    """Read a row of SELECT_VOUCHERS."""
    digest, challenge, issuer, owner, permissions, expires_at, key_expires_at, *project = row
    of = project_of(tuple(project))
    allowed = _permissions_of(permissions)
    return Voucher(bytes(digest), bytes(challenge), issuer, of, owner, allowed, expires_at, key_expires_at)


def permissions_text(permissions: frozenset[Permission]) -> str:
    """Write permissions as words with blanks between, in order of declaration."""
    return " ".join(permission for permission in Permission if permission in permissions)


def _permissions_of(text: str) -> frozenset[Permission]:
    return frozenset(Permission(word) for word in text.split(" "))
