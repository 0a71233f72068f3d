"""Whether this database was restored or moved: then nothing is sent until a person says so.

Each claim counts one on, in its own transaction, and before anything leaves the number is written into a file of the
data folder as well. A database that finds the file ahead of it was restored from earlier; one that finds none was put
beside another folder; a file written on another machine came here with its folder. In each case mail may have left
that this database knows nothing of.

A whole folder that was copied or put back, this file and all, is told by the file itself: it is only ever written in
place and holds its own inode number (with the inode's generation, where the file system has one, since numbers are
given out again). ``cp``, ``tar`` and ``rsync`` make another file; a folder that was moved keeps its file, and is no
second copy.

What it cannot see: files written over in place (``cp`` onto the folder that is there, ``rsync --inplace``), and a disk
put back as a whole (a snapshot of a virtual machine). Whoever does that halts mail by hand first (docs/operations.md).
Several machines on one PostgreSQL database each have a file of their own; a new one asks once.
"""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
import struct
import time
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from rebond.mail.models import Mark

log = logging.getLogger("rebond.mail")
FOLDER = "mail-mark"
#: Where Linux keeps the name of a machine (machine-id(5)); containers often have none, and are not told apart then.
MACHINE = Path("/etc/machine-id")
#: Seconds between two waits for the disk itself: a crash of the process loses nothing, a power cut at most this.
SYNC_EVERY = 1.0
#: ``FS_IOC_GETVERSION`` of linux/fs.h: the generation of an inode (ext4, XFS, Btrfs).
GET_GENERATION = 0x80087601
_synced: dict[str, float] = {}


@dataclass(frozen=True)
class Kept:
    """What the file says, and which file it is.

    Attributes:
        itself: the file that it was written as; empty in one of before this was kept.
        file: the file that it is.
    """

    number: int
    machine: str
    itself: str = ""
    file: str = ""


def check(*, now: datetime) -> bool:
    """Looks at both; ``False`` when they do not belong together, and then a halt of everything stands."""
    from rebond.mail.actions.marks import first_mark, stop_restored  # which write what is found here

    mark = Mark.objects.first()
    if mark is None:
        first_mark(now=now)
        return True
    kept = read(mark)
    if kept is not None and kept.number > mark.number:
        mark.refresh_from_db()  # another process may have claimed since
    note = _odd(mark, kept)
    if note:
        log.warning("nothing is sent until a person says so: %s", note)
        keep(stop_restored(mark=mark, beyond=kept.number if kept else 0, note=note, now=now), anew=True)
    return not note


def _odd(mark: Mark, kept: Kept | None) -> str:
    """What is wrong, for the log and the outbox; in English, since it is stored."""
    if kept is None:
        return "the data folder knows nothing of this database"
    if kept.number > mark.number:
        return f"the database stands at {mark.number}, the data folder at {kept.number}"
    if kept.machine and machine() and kept.machine != machine():
        return "the data folder was written on another machine"
    copied = kept.itself and kept.itself != kept.file
    return "the data folder was copied or restored" if copied else ""


def read(mark: Mark) -> Kept | None:
    """What the file of this database says; ``None`` when there is none, or none that can be read."""
    try:
        with _path(mark).open("rb") as file:
            return _understood(file.fileno())
    except (OSError, ValueError):
        return None


def keep(mark: Mark, *, anew: bool = False) -> None:
    """Writes the number into the file, unless a higher one stands there; ``anew`` in any case.

    The machine and the file that stand there stay (a copy is found by them), unless ``anew``.

    Raises:
        OSError: it cannot be written; then nothing may be sent, or a restored database would not be noticed.
    """
    path = _path(mark)
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        try:
            there: Kept | None = _understood(descriptor)
        except ValueError:
            there = None
        if anew or there is None or there.number < mark.number:
            known = None if anew else there
            os.pwrite(descriptor, _line(mark, known, _file(descriptor)), 0)
            _sync(descriptor, str(path), known is None)
    finally:
        os.close(descriptor)


def _line(mark: Mark, known: Kept | None, file: str) -> bytes:
    """Of one length always, so that it is written over in place."""
    name = (known.machine if known else machine()) or "-"
    itself = (known.itself if known else "") or file
    return f"{mark.number:020d} {name:<32} {itself:<42}\n".encode("ascii")


def forget(mark: Mark) -> None:
    """Takes the file of a row that was not made after all away."""
    _path(mark).unlink(missing_ok=True)


def _sync(descriptor: int, path: str, at_once: bool) -> None:
    if at_once or time.monotonic() - _synced.get(path, 0) > SYNC_EVERY:
        os.fsync(descriptor)
        _synced[path] = time.monotonic()


def _understood(descriptor: int) -> Kept:
    number, *words = os.pread(descriptor, 200, 0).decode("ascii", "replace").split()[:3] or [""]
    name, itself = (*words, "", "")[:2]
    return Kept(int(number), name.strip("-"), itself, _file(descriptor))


def _file(descriptor: int) -> str:
    """Which file this is, on whatever disk; a copy of it is another."""
    try:
        found = fcntl.ioctl(descriptor, GET_GENERATION, bytes(8))
        generation = str(struct.unpack("=I", found[:4])[0])
    except OSError:
        generation = "-"  # a file system without, e.g. tmpfs, NFS
    return f"{os.fstat(descriptor).st_ino}.{generation}"


def _path(mark: Mark) -> Path:
    folder: Path = settings.CONFIG.data
    return folder / FOLDER / (mark.host or "one")


@lru_cache(1)
def machine() -> str:
    """A fingerprint of this machine's name; empty where it has none."""
    try:
        name = MACHINE.read_text().strip()
    except OSError:
        name = ""
    return hashlib.sha256(b"rebond:" + name.encode()).hexdigest()[:32] if name else ""
