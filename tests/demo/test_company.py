from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db.models import Count

from rebond.accounts.models import User
from rebond.deals.models import Deal, Person, Touch
from rebond.demo.company import build
from rebond.learn.models import Debrief
from rebond.loop.queries import today_for
from rebond.mail.models import Received
from rebond.nurture.models import Given

NOW = datetime(2026, 6, 9, 9, 0, tzinfo=UTC)


@pytest.mark.django_db
def test_the_company_looks_like_sales_data_and_todays_list_is_alive() -> None:
    build(now=NOW)
    deals = Deal.objects.all()
    counts = dict(deals.values_list("outcome").annotate(count=Count("pk")))
    decided = counts["won"] + counts["lost"] + counts["no_decision"] + counts["lost_in_house"]
    assert 800 <= deals.count() <= 1400
    assert 0.17 <= counts["won"] / decided <= 0.33
    assert counts["open"] > 30
    assert set(Touch.objects.values_list("channel", flat=True).distinct()) >= {"call", "email", "meeting"}
    assert (NOW - deals.earliest("opened_at").opened_at).days > 1000  # type: ignore[operator]
    assert Person.objects.filter(name="Hélène Marchetti").exists()
    assert set(User.objects.values_list("language", flat=True)) == {"en", "fr"}
    assert Debrief.objects.filter(finished_at__isnull=False).count() >= 10
    august = deals.filter(opened_at__month=8).count()
    assert august < 0.7 * deals.filter(opened_at__month=9).count()
    items = today_for(User.objects.get(email="camille@rebond.example"), now=NOW).items
    kinds = {item.key.split(":")[0] for item in items}
    always = {"learn.debrief", "learn.action", "loop.quiet", "nurture.keep", "nurture.signal", "worth.right"}
    assert kinds - {"refer.ask"} == always | {"refer.thank"}
    assert Given.objects.filter(sent_at__isnull=False).count() >= 10
    assert set(Received.objects.values_list("kind", flat=True)) == {"human", "out_of_office", "stop"}
    assert 6 <= len(items) <= 26


@pytest.mark.django_db
def test_two_builds_of_one_day_are_alike() -> None:
    import random

    from rebond.demo.history import invent

    first, second = (invent(random.Random(5), NOW) for _ in range(2))
    assert [(d.record, d.touches, d.people, d.stays) for d in first] == [
        (d.record, d.touches, d.people, d.stays) for d in second
    ]
