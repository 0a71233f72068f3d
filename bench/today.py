"""Today, ranked by worth, for a seller with 5,000 people to stay in touch with and some hundred quiet deals.

The company has 100,000 deals and 1,000,000 contacts (SQLite). The page is asked for through the whole stack (session,
middleware, templates), beside the same page of a company with one deal, in turns, so that other work on the machine
meets both; its queries are counted. Then the parts: everything that may come on the list with its price, the ranking,
and the 30 and more items that are written out.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench.keep import timed
from bench.measure import ROOT, Figure, main, use_folder

DEALS, TOUCHES, PEOPLE = 100_000, 1_000_000, 5_000
ROUNDS = 3
MOST_MS, MOST_QUERIES, MOST_KB = 150, 40, 150
WHO = "seller0@rebond.example"
COUNTRIES = ("France", "Germany", "USA", "Canada", "Spain", "")


def ask(folder: Path) -> dict[str, Any]:
    """The page and its parts, in this process, on what is in ``folder``."""
    use_folder(folder)
    from django.conf import settings
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext
    from django.utils import timezone

    from rebond.accounts.models import User
    from rebond.loop.queries import SOURCES, filled, listed_for
    from rebond.loop.today import cut, rank
    from rebond.web.server import settle_memory

    settle_memory()  # as the server does
    settings.ALLOWED_HOSTS = ["testserver"]
    user, client, now = User.objects.get(email=WHO), Client(), timezone.now()
    client.force_login(user)
    page = timed(lambda: client.get("/today"))
    with CaptureQueriesContext(connection) as queries:
        answer = client.get("/today")
    listed = listed_for(user, now=now)
    found, shown = list(listed.candidates), [*listed.ranked.fitting, *listed.ranked.waiting[:30]]
    return {
        "ms": page, "queries": len(queries), "kb": len(answer.content) / 1000, "things": len(found),
        "priced": sum(one.price is not None for one in found),
        "candidates": timed(
            lambda: [one for source in SOURCES for one in source.candidates(user=user, now=now, prices=listed.prices)]
        ),
        "rank": timed(lambda: cut(rank(found, listed.day), listed.day)),
        "fill": timed(lambda: filled(user, shown, listed.prices, now=now)), "shown": len(shown),
    }  # fmt: skip


def in_touch(seller: Any, count: int) -> None:
    """So many people who said no to ``seller`` and are due, with all that an enrolment brings."""
    from bench.company import TODAY
    from rebond.accounts.models import User
    from rebond.base.text import fold
    from rebond.deals.models import CloseEvent, Company, Deal, DealPerson, Person
    from rebond.nurture import actions
    from rebond.nurture.models import Enrolment

    made, closed = {"created_at": TODAY, "updated_at": TODAY}, TODAY - timedelta(days=200)
    firms = [
        Company(name=f"Firm {number}", folded=fold(f"Firm {number}"), country=COUNTRIES[number % 6], **made)
        for number in range(count // 4)
    ]
    Company.objects.bulk_create(firms, batch_size=500)
    people = [
        Person(
            name=f"Person {number}", email=f"p{number}@firm{number // 4}.example" if number % 5 else "",
            company=firms[number // 4], phone="+33 1 99 00 12 34", **made,
        )
        for number in range(count)
    ]  # fmt: skip
    Person.objects.bulk_create(people, batch_size=500)
    deals = [
        Deal(
            name=f"Renewal of {person.name}", owner=seller, team=seller.team, company=person.company, outcome="lost",
            closed_at=closed, opened_at=closed - timedelta(days=60), **made,
        )
        for person in people
    ]  # fmt: skip
    Deal.objects.bulk_create(deals, batch_size=500)
    parts = [
        DealPerson(deal=deal, person=person, role="decision_maker") for deal, person in zip(deals, people, strict=True)
    ]
    DealPerson.objects.bulk_create(parts, batch_size=500)
    ends = [CloseEvent(deal=deal, outcome="lost", closed_at=closed, recorded_at=closed, source="csv") for deal in deals]
    CloseEvent.objects.bulk_create(ends, batch_size=500)
    from django.utils import timezone

    now = timezone.now()
    actions.begin_many(deals=Deal.objects.filter(pk__in=[deal.pk for deal in deals]), actor=None, now=now)
    for number, pk in enumerate(Enrolment.objects.order_by("pk").values_list("pk", flat=True)):
        due_on = (now - timedelta(days=number % 200)).date()
        Enrolment.objects.filter(pk=pk).update(due_on=due_on, due_because=("interval", "date", "first")[number % 3])
    User.objects.filter(pk=seller.pk).update(day_minutes=90)


def price_list() -> None:
    """What a worker would have made of the facts: one list for the whole company."""
    from bench.company import TODAY
    from rebond.loop.models import PriceList
    from rebond.numbers.deal_codes import MOST_MADE, MOST_SILENT, ever_code, follows_code
    from rebond.numbers.pricing import Prices, Rate

    rates = {
        "keep.answers": Rate(0.22, 0.16, 0.29, (9, 41), (90, 410), "own"),
        "keep.buys": Rate(0.08, 0.04, 0.13, (1, 9), (8, 90), "team"),
        "signal.buys": Rate(0.2, 0.1, 0.33, (2, 8), (19, 90), "team"),
    }
    for made in range(MOST_MADE + 1):
        for silent in range(min(made, MOST_SILENT) + 1):
            ever = 0.3 / (1 + silent) - 0.01 * made / 2
            rates[ever_code(made, silent)] = Rate(max(ever, 0.004), max(ever, 0.004) / 1.5, max(ever, 0.004) * 1.5)
            rates[follows_code(made, silent)] = Rate(45.0, 30.0, 60.0)
    gain = Rate(45_000.0, 40_000.0, 51_000.0, (12, 12), (480, 480), "own")
    prices = Prices("EUR", gain, share=0.1, minute=75.0, minutes={"call": 5.0}, rates=rates)
    PriceList.objects.create(made_at=TODAY, body=prices.as_json())


def build(folder: Path, deals: int, touches: int, people: int) -> None:
    """A company in ``folder``; in a process of its own."""
    use_folder(folder)
    from bench import company

    sellers = company.staff()
    company.fill(sellers, deals=deals, touches=touches)
    in_touch(sellers[0], people)
    price_list()


def _process(*arguments: str) -> str:
    command = [sys.executable, "-m", "bench.today", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True).stdout


def compared(full: Path, empty: Path) -> list[Figure]:
    """Both companies in turns."""
    rounds = [tuple(json.loads(_process("--ask", str(folder))) for folder in (full, empty)) for _ in range(ROUNDS)]
    large, small = (statistics.median(found[at]["ms"] for found in rounds) for at in (0, 1))
    seen = rounds[0][0]

    def part(name: str) -> float:
        return statistics.median(found[0][name] for found in rounds)

    things = f"{seen['things']:,} things, {seen['priced']:,} of them with a price"
    return [
        Figure("Today of a seller with 5,000 people in touch", large, "ms", MOST_MS, beside=things),
        Figure("the same against an empty company's Today", large / small, "x", beside=f"{small:.1f} ms there"),
        Figure("queries of it", seen["queries"], "queries", MOST_QUERIES),
        Figure("size of it", seen["kb"], "KB", MOST_KB),
        Figure("of it: everything that may come on the list, with its price", part("candidates"), "ms"),
        Figure("of it: ranked and cut", part("rank"), "ms"),
        Figure("of it: those that are shown written out", part("fill"), "ms", beside=f"{seen['shown']} items"),
    ]


def figures() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="rebond-bench-") as name:
        full, empty = Path(name, "full"), Path(name, "empty")
        _process("--build", str(full), str(DEALS), str(TOUCHES), str(PEOPLE))
        _process("--build", str(empty), "1", "0", "0")
        return compared(full, empty)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--ask"]:
        print(json.dumps(ask(Path(sys.argv[2]))))
    elif sys.argv[1:2] == ["--build"]:
        build(Path(sys.argv[2]), *map(int, sys.argv[3:6]))
    else:
        main(figures, __doc__)
