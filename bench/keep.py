"""Everyone who said no: 100,000 people begun at once, and what a seller's Today asks for then (SQLite).

100 sellers, 100,000 lost deals with one person each, reasons, 5,000 dates that buyers gave. ``begin_many`` works out
every next touch (interval, the person's zone and holidays, five first touches a day per seller), writes why we may
write, and is timed as a whole. Then everybody is made due, and one seller's list, the counts of the page, a round of
the planner, a look for signs and an address that asks for silence are timed; the list's queries are counted.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from bench.measure import Figure, main, own_folder

PEOPLE, SELLERS, DATES = 100_000, 100, 5_000
PLANNED_IN, LIST_IN, SILENT_IN, MOST_QUERIES = 30, 100, 1000, 12
TIMES = 15
REASONS = ("no_budget", "timing", "price_vs_alternative", "missing_capability", "value_unclear", "incumbent_kept")
COUNTRIES = ("France", "Germany", "USA", "Canada", "Spain", "")


def build(now: datetime) -> None:
    """The company: every deal ended in a no within the last two years."""
    from rebond.accounts.models import Team, User
    from rebond.base.text import fold
    from rebond.deals.models import CloseEvent, Company, Deal, DealPerson, Person
    from rebond.learn.models import ReasonAssertion
    from rebond.nurture.models import NamedDate

    rng, times = random.Random(4), {"created_at": now, "updated_at": now}
    team = Team.objects.create(name="North")
    sellers = [
        User.objects.create_user(f"s{number}@rebond.example", name=f"Seller {number}", team=team)
        for number in range(SELLERS)
    ]
    firms = [
        Company(name=f"Firm {number}", folded=fold(f"Firm {number}"), country=COUNTRIES[number % 6], **times)
        for number in range(PEOPLE // 4)
    ]
    Company.objects.bulk_create(firms, batch_size=500)
    people = [
        Person(
            name=f"Person {number}", email=f"p{number}@firm{number // 4}.example", company=firms[number // 4], **times
        )
        for number in range(PEOPLE)
    ]
    Person.objects.bulk_create(people, batch_size=500)
    deals = [_deal(number, sellers[number % SELLERS], firms[number // 4], rng, now, times) for number in range(PEOPLE)]
    Deal.objects.bulk_create(deals, batch_size=500)
    DealPerson.objects.bulk_create(
        [
            DealPerson(deal=deal, person=person, role="decision_maker")
            for deal, person in zip(deals, people, strict=True)
        ],
        batch_size=500,
    )
    events = [
        CloseEvent(deal=deal, outcome="lost", closed_at=deal.closed_at, recorded_at=deal.closed_at, source="import")
        for deal in deals
    ]
    CloseEvent.objects.bulk_create(events, batch_size=500)
    ReasonAssertion.objects.bulk_create(
        [
            ReasonAssertion(
                close_event=event, source="seller", code=rng.choice(REASONS), taxonomy_version=1, at=event.recorded_at
            )
            for event in events
        ],
        batch_size=500,
    )
    NamedDate.objects.bulk_create(
        [
            NamedDate(person=person, kind="budget", on=(now + timedelta(days=rng.randrange(400))).date(), said_at=now)
            for person in rng.sample(people, DATES)
        ],
        batch_size=500,
    )


def _deal(number: int, owner: Any, firm: Any, rng: random.Random, now: datetime, times: dict[str, datetime]) -> Any:
    from rebond.deals.models import Deal

    closed = now - timedelta(days=rng.randrange(1, 730))
    return Deal(
        name=f"Maintenance {number}", owner=owner, team=owner.team, company=firm, outcome="lost", closed_at=closed,
        opened_at=closed - timedelta(days=60), **times,
    )  # fmt: skip


def timed(do: Callable[[], Any]) -> float:
    """Median milliseconds of ``do``, warm."""
    do()
    found = []
    for _time in range(TIMES):
        started = time.perf_counter()
        do()
        found.append((time.perf_counter() - started) * 1000)
    return statistics.median(found)


def figures() -> list[Figure]:
    """All of it, on a throw-away data folder."""
    with own_folder():
        from django.db import connection
        from django.test.utils import CaptureQueriesContext
        from django.utils import timezone

        from rebond.accounts.models import User
        from rebond.deals.models import Deal
        from rebond.loop.readiness import look_for_signs
        from rebond.nurture import actions
        from rebond.nurture.models import Enrolment
        from rebond.nurture.queries import due_for, standing_counts
        from rebond.nurture.work.plan import run

        now = timezone.now()
        build(now)
        bases = _timed_bases()
        started, busy = time.perf_counter(), time.process_time()
        done = actions.begin_many(deals=Deal.objects.all(), actor=None, now=now)
        whole, busy = time.perf_counter() - started, time.process_time() - busy
        planned = whole - sum(bases)
        if done.begun != PEOPLE:
            raise RuntimeError(f"{done} instead of {PEOPLE} people")
        fullest = _fullest_day()
        Enrolment.objects.update(due_on=now.date(), due_because="interval")
        seller = User.objects.filter(name="Seller 7").get()
        with CaptureQueriesContext(connection) as asked:
            found = due_for(seller, now)
        if len(found) != 30:
            raise RuntimeError(f"{len(found)} instead of 30 are due")
        return [
            Figure("next touches of 100,000 people worked out and written", planned, "s", PLANNED_IN,
                   beside=f"{PEOPLE / planned:,.0f} people a second"),
            Figure("the same with the lawful basis of each written down", whole, "s", PLANNED_IN,
                   beside=f"{busy:.1f} s of processor time"),
            Figure("first touches of one seller on the fullest day", fullest, "people", 5),
            Figure("Today: a seller's due list, 30 of 1,000, with evidence", timed(lambda: due_for(seller, now)),
                   "ms", LIST_IN, beside=_plan_of_list(seller, now)),
            Figure("queries of that list", len(asked), "queries", MOST_QUERIES),
            Figure("the counts beside it", timed(lambda: standing_counts(seller, now)), "ms", LIST_IN),
            Figure("one round of the planner when nothing is ripe", timed(lambda: run(now=now)), "ms"),
            Figure("one look for signs of readiness when nothing is new", timed(lambda: look_for_signs(now=now)), "ms"),
            Figure("an address asks for silence: stored, and staying in touch ended", timed(_silence(now)), "ms",
                   SILENT_IN),
        ]  # fmt: skip


def _silence(now: datetime) -> Callable[[], Any]:
    """Somebody else each time."""
    from rebond.deals.models import Person
    from rebond.mail.actions import suppress

    addresses = iter(Person.objects.order_by("pk").values_list("email", flat=True)[: TIMES + 1])
    return lambda: suppress(address=next(addresses), scope="all", why="asked", source="bench", actor=None, now=now)


def _timed_bases() -> list[float]:
    """Seconds of each batch of lawful bases, from now on: another room's part of the same run."""
    from rebond.nurture.actions import many

    note, took = many.note_many, []

    def timed_note(**named: Any) -> int:
        started = time.perf_counter()
        noted = note(**named)
        took.append(time.perf_counter() - started)
        return noted

    many.note_many = timed_note
    return took


def _fullest_day() -> float:
    from django.db.models import Count

    from rebond.nurture.models import DueBecause, Enrolment

    firsts = Enrolment.objects.filter(due_because=DueBecause.FIRST).order_by()
    return float(max(firsts.values("owner", "due_on").annotate(n=Count("pk")).values_list("n", flat=True)))


def _plan_of_list(seller: Any, now: datetime) -> str:
    """Which index the database takes for the list."""
    from rebond.nurture.queries.due import due

    said = due(seller, now)[:30].explain()
    return next((line.strip(" 0123456789") for line in said.splitlines() if "enrolment" in line), "")


if __name__ == "__main__":
    main(figures, __doc__)
