"""Where sound lies: ``REBOND_DATA/recordings``, under random names, for the program alone, never under static."""

from __future__ import annotations

import os
import re
import shutil
import uuid
from pathlib import Path

from django.conf import settings

from rebond.celebrate.sound.refusals import refusal

#: A file's size, in bytes, and how much of the disk stays free for the database.
MAX_BYTES, KEPT_FREE = 200 * 1024 * 1024, 256 * 1024 * 1024
_NAME = re.compile(r"[0-9a-f]{32}\Z")


def folder() -> Path:
    """The folder, made on first use."""
    place = Path(settings.CONFIG.data) / "recordings"
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    return place


def new_name() -> str:
    """A name nobody can guess, and that says nothing."""
    return uuid.uuid4().hex


def path_of(stored: str) -> Path:
    """Where a stored file lies; ``ValueError`` for what is no name of ours, so that no path ever leaves the folder."""
    if not _NAME.match(stored):
        raise ValueError(stored)
    return folder() / stored


def append(stored: str, at: int, piece: bytes) -> None:
    """Writes a piece at a place, and waits until the disk has it; what a crash left beyond the place is cut off.

    Raises:
        RebondError: ``disk_full``; what was there before stays.
    """
    try:
        descriptor = os.open(path_of(stored), os.O_WRONLY | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.truncate(at)
            file.seek(at)
            file.write(piece)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise refusal("disk_full") from error


def check_room(size: int) -> None:
    """``RebondError`` ``disk_full`` when so many bytes more would fill the disk."""
    if shutil.disk_usage(folder()).free < size + KEPT_FREE:
        raise refusal("disk_full")


def drop(stored: str) -> None:
    """Removes a file; one that is gone is gone."""
    if stored:
        path_of(stored).unlink(missing_ok=True)


def resting_since(moment: float) -> list[str]:
    """Names of ours that nobody wrote to since then (seconds since 1970)."""
    ours = [path for path in folder().iterdir() if _NAME.match(path.name)]
    return [path.name for path in ours if path.stat().st_mtime < moment]


def second_name(stored: str) -> str:
    """The same sound under another name too, so that every ticket for the old one ends with it; empty if it is gone."""
    if not stored:
        return ""
    name = new_name()
    try:
        _linked(path_of(stored), path_of(name))
        os.utime(path_of(name))  # so that it is not taken for a leftover while its row waits to be committed
    except FileNotFoundError:
        return ""
    return name


def _linked(old: Path, new: Path) -> None:
    """A second name; on disks that know none (network shares, some volumes) a copy: nobody's word waits for that."""
    try:
        os.link(old, new)
    except FileNotFoundError:
        raise
    except OSError:
        shutil.copyfile(old, new)
        new.chmod(0o600)
