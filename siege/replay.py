"""What a disk would hold after a power cut: rebuilt from a record of every change and every sync of every file.

At any moment, what was synced is on the disk; of what was written since, any part may be, whole or in sectors, in any
order. A file itself is there for good once it, or its folder, was synced, as Linux' file systems keep it.
"""

import random
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

RECORD = struct.Struct("<IIQQ")
"""As `struct record` in faults.c."""

OPEN, WRITE, TRUNCATE, SYNC, UNLINK = range(1, 6)

SECTOR_BYTES = 512
"""What a disk writes whole."""


class Change(NamedTuple):
    """One change of a file, or a sync of it or of a folder.

    Attributes:
        offset: of a write; the new length for TRUNCATE; for SYNC where in the record it began.
        ends: where in the record it ends.
    """

    what: int
    path: str
    offset: int
    data: bytes
    ends: int


def read_record(log: Path) -> Iterator[Change]:
    """Read a record of changes, in order; one that was cut off at its end is left out."""
    with log.open("rb") as file:
        size = log.stat().st_size
        while file.tell() + RECORD.size <= size:
            what, path_bytes, offset, length = RECORD.unpack(file.read(RECORD.size))
            path = file.read(path_bytes).decode()
            data = file.read(length)
            if file.tell() > size or len(data) < length:
                return
            yield Change(what, path, offset, data, file.tell())


@dataclass
class File:
    """One file on the disk.

    Attributes:
        synced: what is there for sure; None where the file itself is not.
        pending: what came since, oldest first.
    """

    synced: bytearray | None = None
    pending: list[Change] = field(default_factory=list)

    def sync(self, began: int) -> None:
        """Make lasting what was written before a place in the record."""
        lasting = [change for change in self.pending if change.ends <= began]
        self.pending = self.pending[len(lasting) :]
        self.synced = applied(self.synced or bytearray(), lasting)

    def after_a_cut(self, chance: random.Random, keeps: float) -> bytearray | None:
        """Return what the disk may hold: each pending change is kept with this probability, a write in sectors."""
        if self.synced is None and (not self.pending or chance.random() >= max(keeps, 0.5)):
            return None
        kept: list[Change] = []
        for change in self.pending:
            kept += _part(change, chance, keeps)
        return applied(bytearray(self.synced or b""), kept)


class Disk:
    """All files of a folder, as a record tells of them; `syncs` is false for a disk that lies about syncing."""

    def __init__(self) -> None:
        self.files: dict[str, File] = {}
        self.syncs = True

    def take(self, change: Change) -> None:
        """Let one more change happen."""
        if change.what == SYNC:
            if self.syncs:
                self._sync(change)
        elif change.what == UNLINK:
            self.files.pop(change.path, None)  # Kept or gone, SQLite unlinks only what it does not need any more.
        else:
            self.files.setdefault(change.path, File()).pending.append(change)

    def write_image(self, folder: Path, chance: random.Random, keeps: float) -> None:
        """Write what may be there after a cut into a folder."""
        folder.mkdir(parents=True)
        for path, file in self.files.items():
            content = file.after_a_cut(chance, keeps)
            if content is not None:
                (folder / Path(path).name).write_bytes(content)

    def _sync(self, change: Change) -> None:
        file = self.files.get(change.path)
        if file is not None:
            file.sync(change.offset)
            return
        for path, held in self.files.items():
            if str(Path(path).parent) == change.path and held.synced is None:
                held.synced = bytearray()


def applied(content: bytearray, changes: list[Change]) -> bytearray:
    """Apply changes to what a file holds."""
    for change in changes:
        if change.what == TRUNCATE:
            del content[change.offset :]
            content.extend(bytes(max(0, change.offset - len(content))))
        elif change.what == WRITE:
            content.extend(bytes(max(0, change.offset - len(content))))
            content[change.offset : change.offset + len(change.data)] = change.data
    return content


def _part(change: Change, chance: random.Random, keeps: float) -> Iterator[Change]:
    """Yield what became of a pending change: nothing, all of it, or some of its sectors."""
    if change.what != WRITE or keeps in {0.0, 1.0}:
        if chance.random() < keeps:
            yield change
        return
    if chance.random() < 0.5:
        if chance.random() < keeps:
            yield change
        return
    for start in range(0, len(change.data), SECTOR_BYTES):
        if chance.random() < keeps:
            yield change._replace(offset=change.offset + start, data=change.data[start : start + SECTOR_BYTES])
