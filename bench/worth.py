"""Value of time at 100,000 deals and 1,000,000 touches: the page, and each block from warm facts.

The company of ``bench.lists`` with a plan of 8 %, durations on a tenth of the contacts, an answer to one in five. Asked
by an administrator, who sees all, and by a seller (one of forty). ``first time``: with nothing remembered, but the SQL
of the question written (``facts.quick``: once a process, day and period); then again.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from bench.company import TODAY
from bench.lists import DEALS, TOUCHES
from bench.measure import ROOT, Figure, main, signed_in, timed, use_folder

TIMES = 5
MOST_MS = 300


def fill_terms() -> None:
    """A plan, minutes on some contacts, answers on some; straight into the tables."""
    from django.db import connection, transaction

    from rebond.worth.models import Plan

    Plan.objects.create(
        team=None, kind="percent", basis_points=800, valid_from=date(2020, 1, 1), source="made", at=TODAY
    )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE deals_touch SET minutes = 5 + id % 40 WHERE id % 10 = 3")
        cursor.execute("UPDATE deals_touch SET direction = 'in' WHERE id % 5 = 1")


def build(folder: Path, deals: int = DEALS, touches: int = TOUCHES) -> None:
    """The company, in a process of its own."""
    subprocess.run(
        [sys.executable, "-m", "bench.worth", "--build", str(folder), str(deals), str(touches)], cwd=ROOT, check=True
    )


def opened() -> list[Figure]:
    """What a web process does once, and after each change: opening the facts, numbering the contacts."""
    from rebond.facts import warm
    from rebond.worth.queries.steps import steps_for

    day = TODAY.date()
    return [
        Figure("first refresh of all", timed(warm.refresh) / 1000, "s"),
        Figure("opening the facts, once a process", timed(lambda: warm.current(day).facts()) / 1000, "s"),
        Figure("numbering all contacts, once a process", timed(lambda: steps_for(day)) / 1000, "s"),
    ]


def blocks(who: str) -> list[Figure]:
    """Each block as it is served: with nothing remembered, and again."""
    from rebond.accounts.models import User
    from rebond.facts import warm
    from rebond.worth.queries.basis import facts_for
    from rebond.worth.time.blocks import BUILDERS
    from rebond.worth.view import View

    client, name = signed_in(who), who.rstrip("0")
    view = View.of(User.objects.get(email=f"{who}@rebond.example"), {}, TODAY.date())
    laid = Figure(f"laying out their deals, once a state and process, {name}", timed(lambda: facts_for(view)), "ms")
    found = [laid, Figure(f"page before any sum, {name}", statistics.median(_asked(client, "/time")), "ms", MOST_MS)]
    for block in BUILDERS:
        path = f"/time/block/{block}?part=1"
        client.get(path)
        first = [timed(lambda path=path: (warm.forget_answers(), client.get(path))) for _time in range(TIMES)]
        found.append(Figure(f"{block}, {name}, first time", statistics.median(first), "ms", MOST_MS))
        again = statistics.median(_asked(client, path))
        found.append(Figure(f"{block}, {name}, again", again, "ms", MOST_MS))
    return found


def _asked(client: Any, path: str) -> list[float]:
    client.get(path)
    return [timed(lambda: client.get(path)) for _time in range(TIMES)]


def measured(folder: Path) -> Iterator[Figure]:
    """Everything, on a company that is there, one by one."""
    use_folder(folder)
    from rebond.web.server import settle_memory

    settle_memory()  # as the server does
    yield from opened()
    for who in ("admin", "seller0"):
        yield from blocks(who)


def figures() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="rebond-bench-") as name:
        folder = Path(name, "full")
        build(folder)
        return list(measured(folder))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--build"]:
        from bench import company

        use_folder(Path(sys.argv[2]))
        company.fill(company.staff(), deals=int(sys.argv[3]), touches=int(sys.argv[4]))
        fill_terms()
    elif sys.argv[1:2] == ["--on"]:
        from bench.measure import print_table

        for one in measured(Path(sys.argv[2])):
            print_table([one])
            sys.stdout.flush()
    else:
        main(figures, __doc__)
