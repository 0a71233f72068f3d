"""Parquet files beside the database, and the one small file that says which of them count.

A writer adds files under new names and then replaces ``state.json`` in one step: killed at any moment, readers see the
facts of before or of after, never half of each. Files of the state before stay until the next change, for readers that
are still at them.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings

#: Of the layout of these files: another number means starting anew.
VERSION = 3
#: Files that are read late stay for so many seconds after they are out of the state, for readers still at them.
STAY = 120
#: The one file that says which of them count; its time is the last change of the facts.
STATE = "state.json"


def folder() -> Path:
    """Where the facts are: beside the database."""
    return Path(settings.CONFIG.data) / "facts"


@dataclass
class State:
    """Which files hold the facts, and how far they reach.

    Attributes:
        touches, rolls: parts, each of touches with its roll-up.
        beside, beside_roll: contacts that name no deal, each with the deal it counts for (see ``facts.contacts``).
        unplaced: those that count for none.
        people, people_seen: who takes part in which deal, and by what it is told that this changed.
        seen, said_seen: what was written lately and is in the files (``facts.written``, ``from_records.SeenSince``).
        beside_of: the deals that ``beside`` was made of.
        left: files that are out of the state, and until when (seconds of the clock) they stay.
    """

    zone: str = ""
    deals: str = ""
    said: str = ""
    touches: list[str] = field(default_factory=list)
    rolls: list[str] = field(default_factory=list)
    beside: str = ""
    beside_roll: str = ""
    beside_of: str = ""
    unplaced: int = 0
    people: str = ""
    people_seen: str = ""
    latest: str = ""
    seen: dict[str, dict[str, list[int]]] = field(default_factory=dict)
    said_seen: str = ""
    last_touch: int = 0
    said_until: str = ""
    left: dict[str, float] = field(default_factory=dict)
    version: int = VERSION

    @property
    def files(self) -> set[str]:
        """Names of the files it needs."""
        single = (self.deals, self.said, self.beside, self.beside_roll, self.people)
        return {name for name in (*single, *self.touches, *self.rolls) if name}


class Store:
    """The folder of the facts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextmanager
    def alone(self) -> Iterator[None]:
        """One writer at a time; a second waits, then finds little left to do."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def state(self) -> State:
        """The state on disk; an empty one when there is none, it is of another version, or a file of it is gone."""
        try:
            found = State(**json.loads((self.folder / STATE).read_text()))
        except (OSError, ValueError, TypeError):
            return State()
        there = all((self.folder / name).is_file() for name in found.files)
        return found if found.version == VERSION and found.deals and there else State()

    def path(self, name: str) -> str:
        """A file of the state as an engine opens it."""
        return str(self.folder / name)

    def size(self, name: str) -> int:
        """Bytes of a file of the state."""
        return (self.folder / name).stat().st_size

    def write(self, kind: str, schema: Any, batches: Iterable[Any]) -> str:
        """Keeps batches of Arrow as a new file; returns its name."""
        import pyarrow.parquet as pq

        name = f"{kind}-{uuid.uuid4().hex}.parquet"
        path = self.folder / name
        with path.open("xb") as file, pq.ParquetWriter(file, schema, compression="zstd") as writer:
            for batch in batches:
                writer.write_batch(batch)
        _settle(path)
        return name

    def replace(self, state: State) -> None:
        """Makes ``state`` the one that counts, then removes what neither it nor the one before needs."""
        before = self.state()
        now = time.time()
        out = [name for name in before.files - state.files if not name.startswith("deals")]
        left = {name: until for name, until in before.left.items() if until > now}
        state.left = left | dict.fromkeys(out, now + STAY)
        needed = before.files | state.files | set(state.left) | {STATE}
        draft = self.folder / f"state-{uuid.uuid4().hex}.json"
        draft.write_text(json.dumps(asdict(state), indent=1))
        _settle(draft)
        draft.replace(self.folder / STATE)
        for path in self.folder.iterdir():
            if path.suffix in (".parquet", ".json") and path.name not in needed:
                path.unlink(missing_ok=True)


def _settle(path: Path) -> None:
    """On the disk, not only in its queue."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
