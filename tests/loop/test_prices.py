"""Price lists: made by the worker from everybody's cases, read by pages in one query."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from rebond.accounts.models import Team, User
from rebond.deals.models import Channel, Deal, Outcome, Touch
from rebond.facts import store, warm
from rebond.loop.models import PriceList
from rebond.loop.plays import deal_price
from rebond.loop.prices import ever_code, follows_code, make_all, prices_for, usual_prices, wanted
from rebond.loop.prices.ledger import ratios
from rebond.numbers.pricing import Prices, Rate
from rebond.numbers.touches_queries import monthly
from rebond.worth.models import Assumption, Plan
from rebond.worth.plans.defaults import HOUR_COST
from rebond.worth.queries.answers import ratio, tiles
from rebond.worth.view import View
from tests.factories import make_closed_deal, make_deal, make_user

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _facts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    monkeypatch.setattr(store, "folder", lambda: tmp_path / "facts")
    monkeypatch.setattr("django.utils.timezone.now", lambda: now)
    warm.forget()


def plan(team: Team | None, *, at: datetime, **fields: object) -> Plan:
    values = {"kind": "percent", "basis_points": 800, "valid_from": at.date()} | fields
    return Plan.objects.create(team=team, source="the contract", at=at - DAY, **values)


def sales(
    owner: User, count: int, *, now: datetime, contacts: int = 4, outcome: str = Outcome.WON, **fields: object
) -> None:
    """Deals that ended in the last months, each with contacts: a call, an email and so on; the last is answered."""
    for number in range(count):
        end = now - (10 + number % 200) * DAY
        values = {"opened_at": end - 60 * DAY, "closed_at": end} | fields
        deal, _event = make_closed_deal(outcome, owner=owner, **values)
        contacted(deal, contacts, end - DAY)


def contacted(deal: Deal, count: int, last: datetime) -> None:
    Touch.objects.bulk_create(
        Touch(
            deal=deal, owner=deal.owner, at=last - 5 * (count - 1 - number) * DAY, minutes=6,
            channel=Channel.CALL if number % 2 else Channel.EMAIL,
            result="reached" if number == count - 1 else "no_answer",
        )
        for number in range(count)
    )  # fmt: skip


def of(user: User, now: datetime) -> Prices:
    return prices_for(user, now=now)


def test_without_any_list_it_is_what_is_usual(camille: User, now: datetime) -> None:
    found = of(camille, now)
    assert found == usual_prices(settings.CONFIG.currency)
    assert found.gain is None
    assert {rate.leans for rate in found.rates.values()} == {"usual"}
    assert (
        found.rates[ever_code(0, 0)].value
        > found.rates[ever_code(4, 4)].value
        > found.rates[ever_code(12, 8)].value
        > 0
    )
    assert found.rates[follows_code(0, 0)].value > found.rates[follows_code(12, 8)].value


def test_ones_own_list_then_the_teams_then_the_companys(
    camille: User, nadia: User, yanis: User, admin_user: User, north: Team, now: datetime,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:  # fmt: skip
    for minute, whose in ((1.0, {}), (2.0, {"team": north}), (3.0, {"user": camille})):
        PriceList.objects.create(made_at=now, body=Prices("EUR", None, minute=minute).as_json(), **whose)
    with django_assert_num_queries(1):
        assert of(camille, now).minute == 3.0
    assert [of(user, now).minute for user in (nadia, yanis, admin_user)] == [2.0, 1.0, 1.0]


def test_it_leans_on_the_team_and_then_on_ones_own_as_cases_grow(
    camille: User, nadia: User, yanis: User, admin_user: User, north: Team, now: datetime
) -> None:
    plan(None, at=now, kind="flat", basis_points=None, flat_minor=50_000, currency="EUR")
    sales(camille, 60, now=now)
    sales(camille, 60, now=now, outcome=Outcome.LOST, contacts=6)
    newcomer = make_user("Noé Petit", team=north)
    make_deal("First", owner=newcomer)
    assert make_all(now=now) == 1 + 2 + 2
    own, new = of(camille, now), of(newcomer, now)
    assert own.gain is not None
    assert new.gain is not None
    assert (own.gain.leans, own.gain.own, round(own.gain.value)) == ("own", (60, 60), 50_000)
    assert (new.gain.leans, new.gain.own, new.gain.team) == ("team", (0, 0), (60, 60))
    assert new.gain.hi80 - new.gain.lo80 > own.gain.hi80 - own.gain.lo80
    state = ever_code(1, 1)
    assert (own.rates[state].leans, new.rates[state].leans) == ("own", "team")
    assert own.rates[state].own == (60, 120)
    assert new.rates[state].own == (0, 0)
    assert new.rates[state].team == (60, 120)
    assert own.share is None  # a sum per sale: whatever the amount
    deal_of_hers = deal_price(own, (3, 2), 620_000, "EUR")
    assert deal_of_hers is not None
    assert deal_of_hers.gain.value == pytest.approx(50_000, rel=0.01)


def test_the_first_figures_are_those_of_the_value_of_time_page(camille: User, nadia: User, now: datetime) -> None:
    """Ten sales of €500 over 410 calls and 90 emails are €10.00 a contact."""
    plan(None, at=now, kind="flat", basis_points=None, flat_minor=50_000, currency="EUR")
    for number in range(10):
        end = now - (20 + number) * DAY
        deal, _event = make_closed_deal(Outcome.WON, owner=camille, opened_at=end - 60 * DAY, closed_at=end)
        Touch.objects.bulk_create(
            Touch(deal=deal, owner=camille, at=end - (n + 1) * timedelta(hours=12), minutes=None,
                  channel=Channel.CALL if n < 41 else Channel.EMAIL)
            for n in range(50)
        )  # fmt: skip
    make_all(now=now)
    found = of(camille, now)
    assert found.per_touch["all"].value == 1_000
    assert found.per_sale is not None
    assert found.per_sale.value == 50
    view = View.of(camille, {}, now.date())
    page, by_kind = ratio(view), {tile.name: tile.worth for tile in tiles(view).tiles}
    assert found.per_touch["all"].value == page.per_contact.value
    assert found.per_touch["all"].lo80 == page.per_contact.lo80
    assert found.per_sale.value == page.per_sale.value
    for kind in ("call", "email"):
        assert found.per_touch[kind].value == pytest.approx(by_kind[kind].value)
        assert found.per_touch[kind].lo80 == pytest.approx(by_kind[kind].lo80)
    assert "meeting" not in found.per_touch
    assert of(nadia, now).per_touch["all"].leans == "own"  # the team's own figures, on the team's list


def test_a_seller_with_few_sales_is_told_the_teams_ratio(
    camille: User, yanis: User, north: Team, now: datetime
) -> None:
    plan(None, at=now)
    sales(camille, 8, now=now)
    new = make_user("Noé Petit", team=north)
    sales(new, 2, now=now)
    make_all(now=now)
    rate = of(new, now).per_touch["all"]
    assert (rate.leans, rate.own, rate.team) == ("team", (2, 2), (10, 10))
    assert of(camille, now).per_touch["all"].leans == "own"


def test_without_a_plan_nothing_has_a_price_but_time_still_has_its_cost(camille: User, now: datetime) -> None:
    sales(camille, 6, now=now)
    make_all(now=now)
    found = of(camille, now)
    assert (found.gain, found.share, found.per_touch) == (None, None, {})
    assert found.minute == pytest.approx(3_350 / 60)
    assert deal_price(found, (1, 1), 620_000, "EUR") is None


def test_recorded_commission_says_what_part_of_an_amount_is_earned(camille: User, now: datetime) -> None:
    sales(camille, 12, now=now, commission_minor=62_000)
    make_all(now=now)
    found = of(camille, now)
    assert found.share == pytest.approx(0.1)
    assert found.gain is not None
    assert found.gain.value == pytest.approx(62_000, rel=0.01)


def test_a_negative_margin_makes_a_price_below_nothing_and_breaks_nothing(camille: User, now: datetime) -> None:
    plan(None, at=now, measure="margin", basis_points=-200)
    sales(camille, 60, now=now)
    make_all(now=now)
    found = of(camille, now)
    assert found.gain is not None
    assert found.gain.lo80 < found.gain.value < 0
    assert found.counts_as == "margin"
    worth = deal_price(found, (1, 0), 620_000, "EUR")
    assert worth is not None
    assert worth.lo80 <= worth.value < 0


def test_deals_in_another_currency_are_in_no_sum(camille: User, now: datetime) -> None:
    plan(None, at=now)
    sales(camille, 12, now=now, amount_minor=100_000)
    sales(camille, 3, now=now, amount_minor=90_000_000, currency="USD")
    make_all(now=now)
    found = of(camille, now)
    assert found.currency == "EUR"
    assert found.gain is not None
    assert found.gain.value == pytest.approx(8_000, rel=0.01)
    assert found.gain.own == (12, 12)


def test_a_seller_without_team_has_a_list_too(camille: User, now: datetime) -> None:
    plan(None, at=now)
    alone = make_user("Zoé Seule", team=None)
    sales(alone, 3, now=now)
    sales(camille, 30, now=now)
    make_all(now=now)
    found = of(alone, now)
    assert found.gain is not None
    assert (found.gain.own, found.gain.team) == ((3, 3), (33, 33))  # nobody else in the team: the company's


def test_each_team_has_its_own_hour_and_plan(camille: User, yanis: User, south: Team, now: datetime) -> None:
    plan(None, at=now)
    plan(south, at=now, basis_points=1_200)
    Assumption.objects.create(name=HOUR_COST, team=south, value=6_000, currency="EUR", source="payroll", at=now - DAY)
    for user in (camille, yanis):
        sales(user, 2, now=now)
    make_all(now=now)
    assert (of(camille, now).share, of(yanis, now).share) == (0.08, 0.12)
    assert of(yanis, now).minute == pytest.approx(100.0)


def test_tiers_of_a_year_go_by_what_the_seller_has_sold_in_it(camille: User, nadia: User, now: datetime) -> None:
    plan(
        None, at=now, kind="tiers", basis_points=None, tiers=[[0, 500], [1_000_000, 1_000]], per="year", currency="EUR"
    )
    sales(camille, 3, now=now, amount_minor=600_000)
    make_all(now=now)
    assert (of(camille, now).share, of(nadia, now).share) == (0.1, 0.05)


def test_nothing_is_made_again_while_nothing_has_changed(camille: User, now: datetime) -> None:
    sales(camille, 2, now=now)
    assert make_all(now=now) > 0
    made = PriceList.objects.get(user=camille).made_at
    assert make_all(now=now + timedelta(minutes=10)) == 0
    assert PriceList.objects.get(user=camille).made_at == made
    plan(None, at=now)
    assert make_all(now=now + timedelta(minutes=20)) > 0
    assert PriceList.objects.filter(user=None, team=None).count() == 1
    assert make_all(now=now + DAY) > 0  # another day


def test_they_are_wanted_at_once_after_a_plan_else_every_ten_minutes(camille: User, now: datetime) -> None:
    assert wanted(now=now)
    make_all(now=now)
    assert not wanted(now=now + timedelta(minutes=9))
    assert wanted(now=now + timedelta(minutes=10))
    at = now + timedelta(minutes=1)
    Plan.objects.create(kind="percent", basis_points=800, valid_from=date(2020, 1, 1), at=at)
    assert wanted(now=at + timedelta(seconds=1))
    make_all(now=at + timedelta(seconds=1))
    assert not wanted(now=at + timedelta(seconds=2))


def test_an_empty_installation_has_a_list_for_everybody(now: datetime) -> None:
    assert make_all(now=now) == 1
    kept = PriceList.objects.get()
    assert (kept.user_id, kept.team_id) == (None, None)
    assert Prices.of_json(kept.body).gain is None


def test_the_value_of_going_on_is_chance_times_gain_less_the_work(camille: User, now: datetime) -> None:
    """What a deal's price says adds up to what going on is worth in ``numbers.next_touch``, in sign for clear cases."""
    from rebond import numbers

    plan(None, at=now)
    sales(camille, 60, now=now, contacts=3)
    sales(camille, 60, now=now, contacts=6, outcome=Outcome.LOST)
    for number in range(30):
        quiet = make_deal(f"Quiet {number}", owner=camille, opened_at=now - 300 * DAY)
        contacted(quiet, 8, now - 100 * DAY)
    make_all(now=now)
    found, facts = of(camille, now), warm.current(now.date()).facts()
    assert found.gain is not None
    minutes = 6.0
    asked = numbers.next_touch(
        facts.deals,
        facts.touches,
        as_of=now.date(),
        gain_minor=round(found.gain.value),
        cost_minor=minutes * found.minute,
    )
    clear = [state for state in asked.states if state.verdict != "cannot_tell" and state.n <= 12]
    assert clear
    for state in clear:
        worth = deal_price(found, (state.n, state.silent), None, "")
        assert worth is not None
        assert (worth.value > 0) == (state.verdict == "go_on"), (state.n, state.silent)


def test_reading_a_list_loads_no_statistics(tmp_path: Path) -> None:
    asked = "import sys, django; django.setup(); import rebond.loop.prices as p; p.usual_prices('EUR'); " \
        "print([name for name in sys.argv[1:] if name in sys.modules])"  # fmt: skip
    env = os.environ | {"DJANGO_SETTINGS_MODULE": "rebond.web.settings", "REBOND_DATA": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", asked, "numpy", "scipy", "duckdb", "ibis"], env=env, capture_output=True, text=True,
        check=True, timeout=60,
    )  # fmt: skip
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        None,
        "EUR",
        {"currency": "EUR"},
        {**usual_prices("EUR").as_json(), "rates": {"keep.answers": [0.1, 0.2]}},
    ],
)
def test_a_list_of_another_version_does_not_stand_in_the_way(
    body: object, camille: User, as_camille: Client, now: datetime
) -> None:
    """The next wider one that can be read counts; where there is none, what is usual. Today opens."""
    PriceList.objects.create(user=camille, made_at=now, body=body if body is not None else 0)
    assert prices_for(camille, now=now) == usual_prices(settings.CONFIG.currency)
    company = usual_prices("EUR", gain=Rate(50_000.0, 40_000.0, 60_000.0))
    PriceList.objects.create(made_at=now, body=company.as_json())
    assert prices_for(camille, now=now) == company
    assert as_camille.get("/today").status_code == 200


def test_among_hundreds_of_sellers_each_keeps_their_own_figures() -> None:
    """The pages list the two hundred with most deals; price lists know everybody."""
    import ibis
    import pyarrow as pa

    sellers, day = 230, date(2026, 5, 4)
    ids = [str(number) for number in range(5 * sellers)]
    deals = ibis.memtable(pa.table({
        "id": ids, "outcome": ["won"] * len(ids), "commission_minor": [50_000] * len(ids),
        "amount_minor": [500_000] * len(ids), "opened_at": [day] * len(ids), "closed_at": [day] * len(ids),
        "owner_id": [int(one) // 5 for one in ids], "team_id": [1] * len(ids),
    }))  # fmt: skip
    many = len(ids)
    touches = pa.table({"deal_id": ids, "at": [datetime.combine(day, time(9))] * many, "channel": ["call"] * many,
                        "minutes": [6.0] * many})  # fmt: skip
    roll = monthly(ibis.memtable(touches))
    found = ratios(deals, roll, minutes={"call": 6.0}, since=date(2025, 6, 1), today=date(2026, 6, 9))
    assert len(found["owner"]) == sellers
    assert {one.sales for one in found["owner"].values()} == {5}


def test_a_sale_that_an_import_dated_ahead_brings_nothing_yet(camille: User, north: Team, now: datetime) -> None:
    plan(north, at=now)
    sales(camille, 12, now=now, amount_minor=500_000)
    make_closed_deal(Outcome.WON, owner=camille, closed_at=now + 40 * DAY, amount_minor=900_000_000)
    make_all(now=now)
    gain = prices_for(camille, now=now).gain
    assert gain is not None
    assert gain.own == (12, 12)
    assert round(gain.value) == 40_000
