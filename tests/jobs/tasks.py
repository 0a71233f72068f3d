"""Tasks that the tests queue; real worker processes import them too."""

from __future__ import annotations

import time
from pathlib import Path

from django_tasks import task


@task()
def add(a: int, b: int) -> int:
    return a + b


@task()
def break_down(why: str) -> None:
    raise ValueError(why)


@task()
def write_slowly(path: str) -> None:
    """Leaves one line when it begins and one when it ends: both count as an effect that may come again."""
    with Path(path).open("a") as file:
        file.write("begun\n")
    time.sleep(0.05)
    with Path(path).open("a") as file:
        file.write("ended\n")
