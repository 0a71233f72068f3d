"""Odd companies and a stated answer each: no plan, a negative margin, one deal, no sale, a giant sale, two currencies,
a seller who changed team."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from rebond.accounts.models import Role, Team, User
from rebond.deals.models import Outcome
from rebond.worth.queries import answers
from rebond.worth.queries.answers import BLOCKS
from rebond.worth.time import blocks
from rebond.worth.view import View
from tests.factories import make_user
from tests.worth.company import flat_plan, sold, view

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("facts_of_one_test")]


def built(name: str, seen: View) -> blocks.Block:
    return blocks.build(name, seen, now=timezone.now())


def whole(user: User | None, **params: str) -> dict[str, dict[str, object]]:
    """Every block's answer as JSON, which no figure may break (NaN is none)."""
    seen = view(user, **params)
    found = {name: answer(seen).as_json() for name, answer in BLOCKS.items()}
    json.dumps(found, allow_nan=False, default=str)
    for name in blocks.BUILDERS:
        built(name, seen)
    return found


def test_without_a_plan_there_is_no_money_but_contacts_a_sale(camille: User) -> None:
    sold(camille, 12, contacts=10)
    found = answers.ratio(view(camille))
    assert (found.has_plan, found.per_contact.code, found.average) == (False, "no_commission", None)
    assert (found.per_sale.value, found.per_sale.k) == (10.0, 12)
    whole(camille)


def test_a_negative_margin_says_what_every_contact_cost(camille: User, north: Team) -> None:
    flat_plan(north, -20_000)
    sold(camille, 12, contacts=10)
    found = answers.ratio(view(camille)).per_contact
    assert found.value == -2_000.0
    assert found.lo80 is not None
    assert found.hi80 is not None
    assert found.lo80 <= found.value <= found.hi80
    more = built("ratio", view(camille)).more
    assert more["headline"] == "Every contact has cost €20: sales brought less than nothing"
    assert more["steps"]["worth"] == "−€20"
    whole(camille)


def test_a_seller_with_one_deal_is_told_how_many_more(camille: User, north: Team) -> None:
    flat_plan(north)
    sold(camille, 1, contacts=12)
    found = whole(camille)
    assert found["ratio"]["money_per_contact"]["note"] == "too few: 4 more sales"  # type: ignore[index]
    assert built("ratio", view(camille)).more["missing"].startswith("Too few to say: 4 more sales")


def test_a_team_without_a_sale_in_a_year_has_an_answer(nadia: User, camille: User, north: Team) -> None:
    flat_plan(north)
    sold(camille, 20, contacts=8, outcome=Outcome.LOST)
    sold(camille, 8, contacts=8, days_ago=500)
    found = whole(nadia)
    assert (found["ratio"]["sales"], found["ratio"]["contacts"]) == (0, 160)
    assert built("ratio", view(nadia)).more["missing"].startswith("Too few to say: 5 more sales")
    assert whole(nadia, period="all")["ratio"]["sales"] == 8


def test_one_sale_of_a_hundred_million_is_said_with_the_figure_without_it(camille: User, north: Team) -> None:
    sold(camille, 14, contacts=10, commission_minor=50_000)
    sold(camille, 1, contacts=10, amount_minor=10_000_000_000, commission_minor=1_000_000_000)
    found = answers.ratio(view(camille))
    assert found.largest_share is not None
    assert found.largest_share > 0.99
    assert found.per_contact.lo80 is None
    assert found.without_largest is not None
    assert found.without_largest.value == pytest.approx(5_000.0)
    more = built("ratio", view(camille)).more
    assert more["largest"] == "One sale brings over 99% of this; without it a contact brought €50."
    whole(camille)


def test_money_of_another_currency_is_in_no_sum_and_that_is_said(camille: User, north: Team) -> None:
    flat_plan(north)
    sold(camille, 12, contacts=10)
    sold(camille, 3, contacts=10, currency="USD")
    found = answers.ratio(view(camille))
    assert (found.currency, found.sales, found.other_currency) == ("EUR", 15, 3)
    others = built("ratio", view(camille)).more["others"]
    assert others == "3 sales in another currency are counted as sales, their amounts are in no sum."
    whole(camille)


def test_a_seller_who_changed_team_keeps_the_own_figures_and_each_team_its_deals(
    camille: User, nadia: User, north: Team, south: Team
) -> None:
    olga = make_user("Olga Petit", team=south, role=Role.MANAGER)
    flat_plan(north)
    flat_plan(south, 20_000)
    sold(camille, 10, contacts=10)
    camille.team = south
    camille.save()
    sold(camille, 6, contacts=10, team=south)
    assert answers.ratio(view(camille)).sales == 16
    assert answers.ratio(view(nadia, whose=f"seller-{camille.pk}")).sales == 10
    assert answers.ratio(view(olga, whose=f"seller-{camille.pk}")).sales == 6
    own = answers.ratio(view(camille))
    assert own.average == pytest.approx((10 * 50_000 + 6 * 20_000) / 16)
    whole(camille)


def test_a_plan_that_changes_is_in_the_figures_at_once_and_old_sales_keep_the_old_one(
    camille: User, north: Team
) -> None:
    flat_plan(north)
    sold(camille, 10, contacts=10, days_ago=60)
    assert answers.ratio(view(camille)).average == 50_000
    flat_plan(north, 90_000, since=timezone.localdate() - timedelta(days=20))
    sold(camille, 10, contacts=10, days_ago=5)
    assert answers.ratio(view(camille)).average == 70_000
