"""Writers of the embedded database queue: inside a process without sleeping, between processes by a lock file."""

from __future__ import annotations

import fcntl
import threading
from pathlib import Path

from rebond.web.sqlite.base import Queue


def is_free(name: str) -> bool:
    """Whether another process could write now."""
    with Path(f"{name}-writers").open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def test_a_writer_keeps_other_processes_waiting_until_it_leaves(tmp_path: Path) -> None:
    name = str(tmp_path / "db")
    queue = Queue(name, 1)
    queue.enter()
    assert not is_free(name)
    queue.leave()
    assert is_free(name)


def test_the_second_thread_gets_its_turn_when_the_first_leaves(tmp_path: Path) -> None:
    first, second = (Queue(str(tmp_path / "db"), 5) for _number in range(2))
    first.enter()
    waiting = threading.Thread(target=second.enter)
    waiting.start()
    waiting.join(0.05)
    assert waiting.is_alive()
    first.leave()
    waiting.join(5)
    assert second.held


def test_who_waited_too_long_goes_on_and_leaves_the_others_place_alone(tmp_path: Path) -> None:
    first, second = (Queue(str(tmp_path / "db"), 0.01) for _number in range(2))
    first.enter()
    second.enter()
    assert not second.held
    second.close()
    assert first.held
    assert not is_free(str(tmp_path / "db"))


def test_closing_a_connection_gives_the_place_back(tmp_path: Path) -> None:
    name = str(tmp_path / "db")
    queue = Queue(name, 1)
    queue.enter()
    queue.close()
    assert is_free(name)
