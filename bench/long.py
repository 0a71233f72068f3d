"""The long view at 100,000 deals and 1,000,000 touches: the page, and each block from warm facts.

The company of ``bench.lists``, with a goal of the year in sales and one in money for the whole and for a seller. Asked
by an administrator, who sees all, and by a seller who looks at their own. Every block is made anew (nothing
remembered); what a day's first look at the chance takes, back-test included, stands beside it.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from bench.company import TODAY
from bench.lists import DEALS, TOUCHES
from bench.measure import ROOT, Figure, main, signed_in, timed, use_folder

TIMES = 5
MOST_MS = 300


def fill_goals() -> None:
    """A goal of the running year in sales and in money, for the company and for one seller; three marks."""
    from datetime import timedelta

    from rebond.accounts.models import User
    from rebond.horizon.actions.goals import Aim, set_goal
    from rebond.horizon.actions.marks import add_mark
    from rebond.horizon.models import Counts, GoalKind, Period

    day = TODAY.date()
    seller = User.objects.get(email="seller0@rebond.example")
    for whose, sales in ((None, 9000), (seller, 60)):
        for counts, target in ((Counts.SALES, sales), (Counts.MONEY, sales * 1_000_000)):
            aim = Aim(whose, None, GoalKind.QUOTA, counts, Period.YEAR, day.replace(month=1, day=1), target,
                      "EUR" if counts == Counts.MONEY else "")  # fmt: skip
            set_goal(aim=aim, today=day, actor=None, now=TODAY)
    for back in (40, 120, 300):
        add_mark(team=None, on=day - timedelta(days=back), text="A new price list", today=day, actor=None, now=TODAY)


def build(folder: Path, deals: int = DEALS, touches: int = TOUCHES) -> None:
    """The company, in a process of its own."""
    subprocess.run(
        [sys.executable, "-m", "bench.long", "--build", str(folder), str(deals), str(touches)], cwd=ROOT, check=True
    )


def blocks(who: str) -> Iterator[Figure]:
    """Each block from warm facts, made anew each time: the median."""
    from rebond.accounts.models import User
    from rebond.facts import warm
    from rebond.horizon import blocks as of_page
    from rebond.horizon.view import View
    from rebond.horizon.warm import facts_for, forget_days

    view = View.of(User.objects.get(email=f"{who}@rebond.example"), {}, TODAY.date())
    facts_for(view)
    name = who.rstrip("0")
    for block in of_page.titles():
        forget_days()
        warm.forget_answers()
        make = partial(of_page.build, block, view)
        first = timed(make)
        times = []
        for _time in range(TIMES):
            warm.forget_answers()
            times.append(timed(make))
        beside = f"the day's first: {first:.0f} ms" if block == "chance" else ""
        yield Figure(f"{block}, {name}", statistics.median(times), "ms", MOST_MS, beside=beside)


def page(who: str) -> Figure:
    """The page before any sum."""
    client = signed_in(who)
    client.get("/long")
    took = statistics.median(timed(lambda: client.get("/long")) for _time in range(TIMES))
    return Figure(f"page before any sum, {who.rstrip('0')}", took, "ms", MOST_MS)


def measured(folder: Path) -> Iterator[Figure]:
    """Everything, on a company that is there, one by one."""
    use_folder(folder)
    from rebond.facts import warm
    from rebond.web.server import settle_memory

    settle_memory()  # as the server does
    yield Figure("first refresh of all", timed(warm.refresh) / 1000, "s")
    for who in ("admin", "seller0"):
        yield page(who)
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
        fill_goals()
    elif sys.argv[1:2] == ["--on"]:
        from bench.measure import print_table

        for one in measured(Path(sys.argv[2])):
            print_table([one])
            sys.stdout.flush()
    else:
        main(figures, __doc__)
