"""After every no: what the contacts were worth and how many more a yes takes, on the deal's page and after a list."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from rebond.accounts.models import User
from rebond.deals.models import Deal
from rebond.learn.actions import ReasonGiven
from rebond.loop import close as closing
from rebond.loop.after_no import after_no, line_of
from rebond.numbers.pricing import Rate
from tests.factories import make_deal, make_touch
from tests.worth.talks import keep_prices, price_list

pytestmark = pytest.mark.django_db
WORTH = {
    "all": Rate(1_000.0, 800.0, 1_300.0, own=(12, 12)), "call": Rate(1_900.0, 1_400.0, 2_500.0, own=(12, 12)),
    "email": Rate(310.0, 240.0, 390.0, own=(12, 12)),
}  # fmt: skip
SALE = Rate(41.0, 28.0, 63.0, own=(12, 12))


@pytest.fixture
def lost(deal: Deal, camille: User, now: datetime) -> Deal:
    """Two emails and a call, then no."""
    for hour, channel in enumerate(("email", "email", "call")):
        make_touch(deal, at=now.replace(hour=hour), channel=channel)
    closing.close(deal=deal, outcome="lost", reasons=[ReasonGiven("timing")], actor=camille, source="screen", now=now)
    return deal


def page(client: Client, deal: Deal) -> str:
    return client.get(reverse("loop:deal", args=[deal.pk])).content.decode()


def test_the_last_call_and_the_way_to_a_yes(lost: Deal, as_camille: Client, camille: User) -> None:
    keep_prices(price_list(per_touch=WORTH, per_sale=SALE), user=camille)

    text = page(as_camille, lost)

    assert "This call was worth about €19 (likely €14–25); on average 41 more contacts to a yes (28–63)." in text
    assert "3 contacts of yours went into this no. They count" in text


def test_another_kind_of_contact_is_counted_among_all(
    lost: Deal, now: datetime, as_camille: Client, camille: User
) -> None:
    keep_prices(price_list(per_touch=WORTH, per_sale=SALE), user=camille)
    make_touch(lost, at=now, channel="message")

    assert "Each contact was worth about €10 (likely €8–13)" in page(as_camille, lost)


def test_a_newcomer_is_told_what_will_be_said(lost: Deal, as_camille: Client) -> None:
    text = page(as_camille, lost)

    assert "After five sales we say here what each contact was worth" in text
    assert "€" not in text.split('id="after-no"')[1].split("</div>")[0]


def test_too_few_sales_for_a_range_are_said_in_its_place(lost: Deal, as_camille: Client, camille: User) -> None:
    bare = {kind: Rate(rate.value, rate.value, rate.value, own=(6, 6)) for kind, rate in WORTH.items()}
    keep_prices(price_list(per_touch=bare, per_sale=Rate(41.0, 41.0, 41.0, own=(6, 6))), user=camille)

    text = page(as_camille, lost)

    assert "This call was worth about €19; on average 41 more contacts to a yes. Too few sales for a range." in text
    assert "likely" not in text.split('id="after-no"')[1].split("</div>")[0]


def test_it_stays_as_long_as_the_no_does(lost: Deal, camille: User, as_camille: Client, now: datetime) -> None:
    keep_prices(price_list(per_touch=WORTH, per_sale=SALE))
    assert 'id="after-no"' in page(as_camille, lost)

    closing.reopen(deal=lost, actor=camille, now=timezone.now())
    assert 'id="after-no"' not in page(as_camille, lost)
    closing.close(deal=lost, outcome="won", actor=camille, source="screen", now=timezone.now())
    assert 'id="after-no"' not in page(as_camille, lost)


def test_own_figures_are_for_oneself_and_who_leads(
    lost: Deal, camille: User, nadia: User, yanis: User, now: datetime
) -> None:
    keep_prices(price_list(per_touch=WORTH, per_sale=SALE), user=camille)

    assert line_of(lost, camille, now=now) == line_of(lost, nadia, now=now)
    assert line_of(lost, yanis, now=now) is None


def test_after_a_list_it_is_one_line(camille: User, as_camille: Client) -> None:
    keep_prices(price_list(per_touch=WORTH, per_sale=SALE))
    deals = [make_deal(f"Deal {n}", owner=camille) for n in range(2)]
    make_touch(deals[0])

    answer = as_camille.post(
        reverse("loop:bulk_close"),
        {"deal": [deal.pk for deal in deals], "outcome": "lost", "reason": "timing"},
        follow=True,
    )

    assert (
        "Each contact was worth about €10 (likely €8–13); on average 41 more to a yes (28–63)."
        in answer.content.decode()
    )


def test_a_no_without_a_contact_says_only_what_is_true(camille: User, now: datetime) -> None:
    keep_prices(price_list(per_touch=WORTH, per_sale=SALE))
    with translation.override("en"):
        said = after_no(camille, now=now).sentence("", 0)

    assert said == "A no without a contact. On average 41 contacts to a yes (28–63)."


def test_a_margin_below_zero_has_both_its_ends(lost: Deal, as_camille: Client, camille: User) -> None:
    below = {"all": Rate(-350.0, -800.0, 120.0, own=(12, 12)), "call": Rate(-350.0, -800.0, 120.0, own=(12, 12))}
    keep_prices(price_list(per_touch=below, per_sale=SALE), user=camille)

    assert "This call was worth about −€3.50 (likely −€8 to €1.20)" in page(as_camille, lost)


def test_a_contact_of_a_few_euros_keeps_its_cents(lost: Deal, as_camille: Client, camille: User) -> None:
    small = {"all": Rate(310.0, 260.0, 370.0, own=(12, 12)), "call": Rate(310.0, 260.0, 370.0, own=(12, 12))}
    keep_prices(price_list(per_touch=small, per_sale=SALE), user=camille)

    assert "This call was worth about €3.10 (likely €2.60 to €3.70)" in page(as_camille, lost)
