"""Imports: 5,000 deals against Django's own bulk_create, and the memory of an import of 200,000.

The import reads and checks the CSV file, finds owners, companies and stages, and writes deals, companies, close events,
stays in stages, search entries, its checkpoint and the audit log. The first peer writes the deal rows only, from
objects that are in memory already; the second the same tables as the import, still without reading or looking anything
up. All three commit every 1,000 rows on the same database, in turns.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench import company
from bench.measure import REBOND, Figure, main, own_folder, resident, serving

DEALS = 5_000
MANY = 200_000
ROUNDS = 5
BATCH = 1000


def imported(file: Path, source: str) -> Callable[[], None]:
    """What ``rebond import deals FILE`` does between its first and its last line."""
    from django.utils import timezone

    from rebond.connect.csv import actions

    def run() -> None:
        with file.open("rb") as opened:
            stored = actions.keep_file(iter(lambda: opened.read(1 << 20), b""))
        started = actions.begin(
            kind="deals", file_name=file.name, stored_as=stored, choices={}, team=None, source=source, actor=None,
            now=timezone.now(),
        )  # fmt: skip
        started.status, started.total = "ready", actions.look(started).total
        started.save()
        actions.start(run=started, actor=None, now=timezone.now())
        actions.carry_out(run=started, clock=timezone.now)
        if started.created != DEALS:
            raise RuntimeError(f"{started.created} of {DEALS} deals went in")

    return run


def rows(source: str) -> list[Any]:
    """The deals of the last import as objects that were never saved."""
    from rebond.deals.models import Deal

    copies = list(Deal.objects.filter(source="once").select_related("company", "stage").order_by("pk"))
    for copy in copies:
        copy.pk, copy.source, copy._state.adding = None, source, True
    return copies


def bulk(made: list[Any]) -> Callable[[], None]:
    """The first peer: one table."""
    from django.db import transaction

    from rebond.deals.models import Deal

    def run() -> None:
        for start in range(0, len(made), BATCH):
            with transaction.atomic():
                Deal.objects.bulk_create(made[start : start + BATCH])

    return run


def bulk_all(made: list[Any]) -> Callable[[], None]:
    """The second peer: every table an import of deals writes."""
    from django.db import transaction

    from rebond.deals.actions.indexing import index_deals
    from rebond.deals.models import CloseEvent, Deal, StageChange

    def run() -> None:
        for start in range(0, len(made), BATCH):
            some = made[start : start + BATCH]
            with transaction.atomic():
                Deal.objects.bulk_create(some)
                StageChange.objects.bulk_create(
                    [StageChange(deal=deal, stage=deal.stage, entered_at=deal.opened_at) for deal in some]
                )
                CloseEvent.objects.bulk_create(
                    [
                        CloseEvent(
                            deal=deal, outcome=deal.outcome, closed_at=deal.closed_at, recorded_at=deal.updated_at,
                            source="import",
                        )
                        for deal in some
                        if deal.closed_at
                    ]
                )  # fmt: skip
                index_deals(some)

    return run


def seconds(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def speed(folder: Path) -> list[Figure]:
    file = folder / "deals.csv"
    company.write_csv(file, DEALS)
    seconds(imported(file, "once"))
    taken = []
    for turn in range(ROUNDS):
        alone, all_tables = rows(f"alone{turn}"), rows(f"all{turn}")
        taken.append((seconds(imported(file, f"again{turn}")), seconds(bulk(alone)), seconds(bulk_all(all_tables))))
    ours, alone_s, all_s = (statistics.median(column) for column in zip(*taken, strict=True))
    ratio = statistics.median(mine / peer for mine, peer, _all in taken)
    ratio_all = statistics.median(mine / peer for mine, _alone, peer in taken)
    return [
        Figure(
            "5,000 deals, against bulk_create of the deal rows", ratio, "x", 5,
            beside=f"{ours:.2f} s against {alone_s:.2f} s",
        ),
        Figure(
            "5,000 deals, against bulk_create into the same tables", ratio_all, "x",
            beside=f"{ours:.2f} s against {all_s:.2f} s",
        ),
    ]  # fmt: skip


def memory(folder: Path) -> list[Figure]:
    """``rebond import deals`` in its own process; its largest resident memory, over the idle server's."""
    file = folder / "many.csv"
    company.write_csv(file, MANY)
    with serving(folder) as server:
        idle = server.resident()
    started = time.perf_counter()
    command = [str(REBOND), "import", "deals", str(file), "--yes", "--json", "--source", "many"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=sys.stderr)
    peak = 0.0
    while process.poll() is None:
        time.sleep(0.2)
        peak = max(peak, peak_of(process.pid))
    if process.returncode:
        raise RuntimeError(f"the import ended with {process.returncode}")
    taken = time.perf_counter() - started
    return [
        Figure(
            "200,000 deals: memory over the idle server's", peak - idle, "MB", 300,
            beside=f"{peak:.0f} MB at most, the idle server {idle:.0f} MB",
        ),
        Figure("200,000 deals: rows a second", MANY / taken, "a second", beside=f"{taken:.0f} s"),
    ]  # fmt: skip


def peak_of(pid: int) -> float:
    """The most megabytes a process has held so far (VmHWM of proc(5)); 0 when it has just ended."""
    try:
        return resident(pid, "VmHWM")
    except (FileNotFoundError, ProcessLookupError, StopIteration):
        return 0.0


def figures() -> list[Figure]:
    with own_folder() as folder:
        return speed(folder) + memory(folder)


if __name__ == "__main__":
    main(figures, __doc__)
