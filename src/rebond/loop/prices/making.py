"""Price lists made from the facts and the records: one for each seller, each team, the company. The worker's part.

Everything is counted for everybody at once (one grouped query a figure) and then leant: a seller's cases on the team's,
the team's on the company's, those on what is usual. Derived data: what is written here can be made again from what it
was made of, so no audit entry is kept of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from hashlib import blake2b
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from rebond.accounts.models import Team, User
from rebond.deals.models import Deal
from rebond.loop.models import PriceList
from rebond.loop.prices.book import Book
from rebond.numbers.pricing import Prices
from rebond.nurture.models import Step
from rebond.refer.models import Move, ReferralAsk
from rebond.worth.plans.defaults import DEFAULTS
from rebond.worth.queries.assumed import assumptions_state


def make_all(*, now: datetime) -> int:
    """Makes every price list anew, where the facts, the plans or the day have changed; how many were written."""
    from rebond.facts import warm

    today = now.astimezone(ZoneInfo(settings.TIME_ZONE)).date()
    warm.refresh()
    state = _state(today)
    if PriceList.objects.filter(user=None, team=None, facts=state).exists():
        return 0
    book = Book(warm.current(today).facts(), today=today, now=now)
    return _write(list(_lists(book)), state=state, now=now)


def _state(today: date) -> str:
    """What the lists in force are told apart by."""
    from rebond.facts import warm

    last = Step.objects.aggregate(last=Max("pk"))["last"]
    moved = Move.objects.aggregate(last=Max("pk"))["last"]
    asked = ReferralAsk.objects.aggregate(last=Max("asked_at"))["last"]
    seen = (*warm.state_key()[1:], today, assumptions_state(), last, moved, asked, sorted(DEFAULTS))
    return blake2b(repr(seen).encode(), digest_size=16).hexdigest()


Made = tuple[int | None, int | None, Prices]


def _lists(book: Book) -> Iterator[Made]:
    """The user's key, the team's key, the list."""
    yield None, None, book.prices(None, None)
    for team in Team.objects.order_by("pk").values_list("pk", flat=True):
        yield None, team, book.prices(None, team)
    owners = Deal.objects.filter(owner__isnull=False).values("owner")
    sellers = User.objects.filter(pk__in=owners) | User.objects.filter(pk__in=book.owners)
    for seller, team in sellers.order_by("pk").values_list("pk", "team").distinct():
        yield seller, None, book.prices(seller, team)


@transaction.atomic
def _write(lists: list[Made], *, state: str, now: datetime) -> int:
    """All lists at once, so that nobody is priced by half of them; those of who has no case any more go."""
    PriceList.objects.all().delete()
    PriceList.objects.bulk_create(
        [
            PriceList(user_id=user, team_id=team, made_at=now, facts=state, body=prices.as_json())
            for user, team, prices in lists
        ],
        batch_size=100,
    )
    return len(lists)
