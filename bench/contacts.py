"""A logged contact at 100,000 deals and 1,000,000 touches: until it is in the numbers, and the numbers themselves.

The company of ``bench.patterns``, whose touches lie anywhere in two years (873,000 rows of the roll-up by month, twice
what real ones give). The worker's refresh after one contact, opening what it wrote in a web process, and contacts and
hours of everybody and of one seller, from warm facts. Figures of the questions are for all time and for a year.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from bench.measure import Figure, main, timed, use_folder

TIMES = 5
MOST_MS, REFRESH_WITHIN = 300, 3
USUAL = {"call": 12, "email": 6, "meeting": 60, "message": 3, "other": 10}
BY = ("owner", "segment")


def _resident() -> float:
    """Megabytes of this process."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1000


def one_contact() -> list[Figure]:
    """From the write to the facts that hold it."""
    from django.utils import timezone

    from rebond.deals.actions import log_touch
    from rebond.deals.models import Deal
    from rebond.facts import warm

    today = timezone.localdate()
    spent = []
    for deal in Deal.objects.filter(outcome="open").order_by("pk")[:TIMES]:
        now = timezone.now()
        logged = timed(lambda deal=deal, now=now: log_touch(deal=deal, channel="call", at=now, actor=None, now=now))
        refreshed = timed(warm.refresh)
        spent.append((logged, refreshed, timed(lambda: warm.current(today).facts())))
    logged, refreshed, opened = (statistics.median(column) for column in zip(*spent, strict=True))
    return [
        Figure("logging a contact", logged, "ms"),
        Figure("refresh after one contact, by the worker", refreshed / 1000, "s", REFRESH_WITHIN),
        Figure("opening what it wrote, in a web process that had the facts of before", opened, "ms"),
    ]


def opening() -> list[Figure]:
    """A web process that has nothing in memory."""
    from django.utils import timezone

    from rebond.facts import warm

    before = _resident()
    took = timed(lambda: warm.current(timezone.localdate()).facts())
    return [
        Figure("opening the facts for the first time", took, "ms"),
        Figure("memory of that", _resident() - before, "MB"),
    ]


def questions(who: str) -> Iterator[Figure]:
    """Contacts and hours, for all time and for a year."""
    from django.utils import timezone

    from rebond import numbers
    from rebond.accounts.models import User
    from rebond.facts import warm

    today, user = timezone.localdate(), User.objects.get(email=f"{who}@rebond.example")
    facts = warm.current(today).facts()
    deals = facts.deals if user.is_admin else facts.deals.filter(facts.deals.owner_id == user.pk)
    deals = deals.mutate(commission_minor=(deals.amount_minor * 0.05).round().cast("int64"))
    roll: Any = facts.roll
    for since in (None, date(today.year - 1, today.month, 1)):
        said = f"{'of a year' if since else 'of all time'}, {who.rstrip('0')}"
        for name, ask in (
            ("contacts", lambda since=since: numbers.touches(
                deals, rollup=roll, as_of=today, since=since, by=("channel", *BY), corrected=False)),
            ("hours", lambda since=since: numbers.hours(
                deals, roll, as_of=today, since=since, minutes=USUAL, by=BY)),
        ):  # fmt: skip
            ask()
            worked = time.process_time()
            median = statistics.median(timed(ask) for _time in range(TIMES))
            worked = (time.process_time() - worked) / TIMES * 1000
            yield Figure(f"{name} {said}", median, "ms", MOST_MS, beside=f"{worked:.0f} ms of the processors")


def measured(folder: Path) -> Iterator[Figure]:
    """Everything, on a company that is there, one by one."""
    use_folder(folder)
    from rebond.facts import warm

    yield Figure("first refresh of all", timed(warm.refresh) / 1000, "s")
    yield Figure("refresh that finds nothing", timed(warm.refresh) / 1000, "s", REFRESH_WITHIN)
    yield from opening()
    yield from one_contact()
    for who in ("admin", "seller0"):
        yield from questions(who)


def figures() -> list[Figure]:
    from bench import patterns

    with tempfile.TemporaryDirectory(prefix="rebond-bench-") as name:
        folder = Path(name, "full")
        patterns.build(folder)
        return list(measured(folder))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--on"]:
        from bench.measure import print_table

        for one in measured(Path(sys.argv[2])):
            print_table([one])
            sys.stdout.flush()
    else:
        main(figures, __doc__)
