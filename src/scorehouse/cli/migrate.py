"""``scorehouse migrate``: bring the schema up to date, move a store to another database, spread it over shards."""

import argparse
import sys
from pathlib import Path

from scorehouse.engines.sql.copying import NotACopy
from scorehouse.engines.sql.copying import copy as copy_store
from scorehouse.engines.sql.migrating import SchemaTooNew
from scorehouse.engines.sql.migrating import migrate as migrate_folder
from scorehouse.engines.sql.migrating_postgresql import migrate_database
from scorehouse.engines.sql.sharding import ShardingRefused, sharding_statements
from scorehouse.engines.sql.sharding import shard as shard_database
from scorehouse.server.composition import place_of
from scorehouse.settings import BadSetting, Record, Settings


def migrate(settings: Settings, options: argparse.Namespace) -> int:
    """Run the migrations that the store has not seen, and say which schema it has now."""
    record = settings.record
    try:
        if record.database_url is None:
            record.data.mkdir(parents=True, exist_ok=True)
            seen, now = migrate_folder(record.data)
        else:
            seen, now = migrate_database(record.database_url, upgrades=True)
    except SchemaTooNew as error:
        raise BadSetting(str(error)) from error
    except OSError as error:
        raise BadSetting(f"The data in {place_of(record)} cannot be opened: {error}.") from error
    told = f"is of schema {now} already" if seen == now else f"had schema {seen or 'none'}, and has {now} now"
    print(f"The data in {place_of(record)} {told}.")
    return 0


def copy(settings: Settings, options: argparse.Namespace) -> int:
    """Copy the whole store to another place, and compare the two."""
    source, target = _place(settings.record), _said(options.to)
    if source == target:
        raise BadSetting("--to must be another place than the one that is copied.")
    try:
        for copied in copy_store(source, target, _tell):
            print(f"{copied.table:<12} {copied.rows:>12} rows alike, {copied.moved} of them copied now")
    except (NotACopy, SchemaTooNew) as error:
        raise BadSetting(str(error)) from error
    except OSError as error:
        raise BadSetting(f"The store cannot be copied: {error}.") from error
    print("The copy is complete.")
    return 0


def shard(settings: Settings, options: argparse.Namespace) -> int:
    """Spread the tables over the machines of a Citus cluster, or show how that would be done."""
    if options.dry_run:
        print("".join(f"{statement};\n" for statement in sharding_statements()), end="")
        return 0
    if settings.record.database_url is None:
        raise BadSetting("SCOREHOUSE_DATABASE_URL must name the database that is to be spread.")
    try:
        done = shard_database(settings.record.database_url)
    except ShardingRefused as error:
        raise BadSetting(str(error)) from error
    except OSError as error:
        raise BadSetting(f"The data in {place_of(settings.record)} cannot be opened: {error}.") from error
    print("".join(f"{statement};\n" for statement in done) or "All tables are spread already.\n", end="")
    return 0


def _place(record: Record) -> Path | str:
    return record.data if record.database_url is None else record.database_url


def _said(text: str) -> Path | str:
    """Read ``--to``: the URL of a database, or a folder."""
    return text if text.startswith(("postgresql://", "postgres://")) else Path(text).expanduser()


def _tell(what: str, table: str, rows: int, total: int) -> None:
    print(f"{what} {table}: {rows} of {total}", file=sys.stderr)
