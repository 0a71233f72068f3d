"""Whichever day and hour the demo company is built, what the documents walk through is there."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from rebond.accounts.models import User
from rebond.deals.models import Deal, Person
from rebond.demo import people
from rebond.demo.company import build
from rebond.demo.history import invent
from rebond.learn.actions import ReasonGiven
from rebond.learn.models import Invitation
from rebond.loop.close import close
from rebond.loop.queries import today_for

#: As the demo was invented before, Hélène had three more deals on this evening, and had been asked after one of them.
FIRST = datetime(2026, 11, 26, 17, 0, tzinfo=UTC)
ALWAYS = {"learn.debrief", "learn.action", "loop.quiet", "nurture.keep", "nurture.signal", "worth.right"}


def days() -> list[object]:
    """One by default; with ``--soak`` a year and a half of them, at every hour and weekday, the leap day among them."""
    odd = [FIRST + timedelta(days=13 * number, hours=5 * number) for number in range(1, 41)]
    odd += [datetime(2028, 2, 29, 0, 30, tzinfo=UTC), datetime(2026, 12, 31, 23, 30, tzinfo=UTC)]
    return [FIRST, *(pytest.param(day, marks=pytest.mark.soak) for day in odd)]


def test_nobody_else_is_invented_where_helene_works() -> None:
    for number in range(6):
        now = FIRST + timedelta(days=7 * number, hours=number)
        deals = invent(random.Random(number), now)
        assert len(deals) > 500
        assert people.KNOWN_COMPANY not in {deal.company for deal in deals}


@pytest.mark.django_db
@pytest.mark.parametrize("now", days(), ids=str)
def test_helene_can_be_asked_and_today_is_alive(now: datetime) -> None:
    build(now=now)
    camille = User.objects.get(email="camille@rebond.example")
    kinds = {item.key.split(":")[0] for item in today_for(camille, now=now).items}
    assert kinds >= ALWAYS
    helene = Person.objects.get(email="helene.marchetti@groupe-valmy.example")
    deal = Deal.objects.get(deal_people__person=helene)
    why = [ReasonGiven("no_budget")]
    close(deal=deal, outcome="lost", reasons=why, actor=camille, closed_at=now, source="screen", now=now)
    assert Invitation.objects.get(person=helene).status == "planned"
