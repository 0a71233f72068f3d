"""Was the list right? What is compared, what counts, who sees it; on the screen and on the command line."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from rebond.accounts.models import Team, User
from rebond.cli import main
from rebond.deals.models import Deal, DealPerson, Outcome, Person
from rebond.facts import store, warm
from rebond.jobs.models import Job
from rebond.loop.models import Promise
from rebond.loop.right import rows as right_rows
from rebond.loop.right.answer import Right, right
from rebond.loop.right.looked import DAYS, Looked
from rebond.worth.actions import new_plan, set_assumption
from tests.factories import make_closed_deal, make_deal, make_person, make_touch
from tests.walks import assert_signed_out_is_sent_to_sign_in, assert_wrong_method, status

PAGE = "/today/right"
PART = f"{PAGE}?part=1"
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _facts_of_one_test(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "folder", lambda: tmp_path / "facts")
    warm.forget()
    right_rows.forget()


@pytest.fixture
def then() -> datetime:
    """Two hundred days ago, at noon."""
    return timezone.now().replace(hour=12, minute=0) - 200 * DAY


@pytest.fixture
def plan(north: Team, then: datetime) -> None:
    """Ten percent; an hour costs 60 EUR, so a minute costs one; a call takes six."""
    new_plan(team=None, kind="percent", basis_points=1000, valid_from=(then - 300 * DAY).date(), actor=None, now=then)
    set_assumption(team=None, name="hour_cost", value=6000, currency="EUR", actor=None, now=then)
    Job.objects.all().delete()  # else each look would bring the facts up to date itself


def promised(user: User, at: datetime, worth: int = 5_000, **fields: Any) -> Promise:
    values = {
        "item": "loop.quiet:1", "kind": "loop.quiet", "worth_minor": worth, "lo80_minor": worth, "hi80_minor": worth,
        "gross_minor": worth, "currency": "EUR", "minutes": 5, "team": user.team,
    }  # fmt: skip
    return Promise.objects.create(user=user, at=at, **(values | fields))


def thirty(user: User, at: datetime, **fields: Any) -> None:
    """As many as anything is said of, each about a deal of its own that was never won."""
    for number in range(30):
        deal = make_deal(f"Deal {number}", owner=user, opened_at=at - 20 * DAY)
        promised(user, at - number * timedelta(minutes=1), deal=deal, **fields)


def looked(user: User | None, whose: str = "") -> Right:
    return right(Looked.of(user, whose, timezone.localdate()))


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def net(user: User) -> float:
    """What came of everything promised to ``user``, in all."""
    found = looked(user).whole
    assert found.obtained.value is not None
    return round(found.obtained.value * found.n, 2)


# -- what came


@pytest.mark.usefixtures("plan")
def test_a_sale_within_ninety_days_less_the_minutes_is_what_came(camille: User, then: datetime) -> None:
    thirty(camille, then)
    sold, _event = make_closed_deal(Outcome.WON, owner=camille, closed_at=then + 80 * DAY, amount_minor=620_000,
                                    opened_at=then - 30 * DAY)  # fmt: skip
    promised(camille, then, deal=sold)
    make_touch(sold, at=then + 10 * DAY, channel="call", minutes=20)
    make_touch(sold, at=then + 11 * DAY, channel="call")  # no minutes: six are assumed
    make_touch(sold, at=then - DAY, channel="call", minutes=50)  # before the promise
    make_touch(sold, at=then + 91 * DAY, channel="call", minutes=50)  # after the days that count
    make_touch(sold, at=then + timedelta(minutes=2), channel="call", minutes=5)  # the item's own contact
    assert net(camille) == 62_000 - (20 + 6) * 100 - 31 * 5 * 100


@pytest.mark.usefixtures("plan")
def test_only_sales_of_these_days_count(camille: User, then: datetime) -> None:
    thirty(camille, then)
    for days, earned in ((-1, 1), (0, 10), (DAYS, 100), (DAYS + 1, 1_000)):
        closed = then + days * DAY
        sold = make_closed_deal(Outcome.WON, owner=camille, closed_at=closed, opened_at=then, commission_minor=earned)
        promised(camille, then, deal=sold[0], minutes=0)
    found = looked(camille).whole
    assert found.sales == 2
    assert net(camille) == 110 - 30 * 500


@pytest.mark.usefixtures("plan")
def test_a_deal_that_the_person_opens_later_counts(camille: User, helene: Person, then: datetime) -> None:
    thirty(camille, then)
    lost, _event = make_closed_deal(owner=camille, closed_at=then - DAY, opened_at=then - 60 * DAY)
    promised(camille, then, deal=lost, person=helene)
    before = make_closed_deal(Outcome.WON, owner=camille, closed_at=then + 5 * DAY, opened_at=then - 9 * DAY)[0]
    after = make_closed_deal(Outcome.WON, owner=camille, closed_at=then + 50 * DAY, opened_at=then + 9 * DAY,
                             amount_minor=100_000)[0]  # fmt: skip
    for deal in (lost, before, after):
        DealPerson.objects.create(deal=deal, person=helene)
    found = looked(camille).whole
    assert found.sales == 1
    assert net(camille) == 10_000 - 31 * 500


@pytest.mark.usefixtures("plan")
def test_each_promise_about_one_deal_is_held_against_its_sale(camille: User, then: datetime) -> None:
    thirty(camille, then)
    sold = make_closed_deal(Outcome.WON, owner=camille, closed_at=then + 30 * DAY, opened_at=then)[0]
    for days in range(3):
        promised(camille, then + days * DAY, deal=sold)
    found = looked(camille).whole
    assert (found.sales, found.deals, found.n) == (3, 31, 33)


@pytest.mark.usefixtures("plan")
def test_younger_ones_run_and_those_taken_back_never_count(camille: User, then: datetime) -> None:
    thirty(camille, then)
    promised(camille, timezone.now() - (DAYS - 1) * DAY)
    promised(camille, then, taken_back_at=then)
    promised(camille, then, currency="USD")
    promised(camille, then, explored=True)
    found = looked(camille)
    assert (found.whole.n, found.running, found.foreign, found.explored.n) == (30, 1, 1, 1)


def test_without_a_plan_sales_of_unknown_worth_are_told(as_camille: Client, camille: User, then: datetime) -> None:
    thirty(camille, then)
    promised(camille, then, deal=make_closed_deal(Outcome.WON, owner=camille, closed_at=then + DAY, opened_at=then)[0])
    assert looked(camille).unpriced == 1
    assert "a sale followed whose commission nobody knows" in text(as_camille.get(PART))


@pytest.mark.usefixtures("plan")
def test_what_came_is_kept_until_something_changes(camille: User, then: datetime) -> None:
    thirty(camille, then)
    first = looked(camille)
    assert looked(camille).bands is first.bands
    promised(camille, then)
    assert looked(camille).whole.n == 31
    last = Promise.objects.order_by("pk").last()
    assert last is not None
    Promise.objects.filter(pk=last.pk).update(taken_back_at=then)
    assert looked(camille).whole.n == 30


# -- the screen


def test_the_shell_paints_before_any_sum(as_camille: Client, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(12):
        page = text(as_camille.get(PAGE))
    assert 'data-block="/today/right?whose=own&amp;part=1"' in page
    assert "Everybody sees this; it names nobody." in page


@pytest.mark.usefixtures("plan")
def test_before_thirty_touches_it_says_how_many_more(as_camille: Client, camille: User, then: datetime) -> None:
    promised(camille, then)
    promised(camille, timezone.now())
    page = text(as_camille.get(PART))
    assert "After 30 touches it shows: 29 more to come" in page
    assert "1 promise is younger than 90 days and still running." in page


@pytest.mark.usefixtures("plan")
def test_promised_stands_beside_what_came_with_its_table(as_camille: Client, camille: User, then: datetime) -> None:
    for worth in (-200, 1_000, 5_000, 20_000):
        thirty(camille, then - 40 * DAY, worth=worth)
    for day in range(12):
        sold = make_closed_deal(Outcome.WON, owner=camille, closed_at=then + 30 * DAY, opened_at=then)[0]
        promised(camille, then + day * DAY, 30_000, deal=sold)
        promised(camille, then + day * DAY, explored=True)
    page = text(as_camille.get(PART))
    assert "The list promised" in page
    assert "promised less than €0" in page
    assert "132 touches about 132 deals, at least 90 days ago; a sale followed 12 of them" in page
    assert page.count("<table>") == 2
    assert "Explorations promised €50 a touch" in page
    whole = text(as_camille.get(f"{PAGE}?show=1"))
    assert "The list promised" in whole
    assert "<h1>" in whole


def test_everybody_sees_three_wholes_and_no_name(
    as_camille: Client, camille: User, yanis: User, nadia: User, then: datetime
) -> None:
    thirty(yanis, then)
    assert [looked(camille, whose).whole.n for whose in ("own", "team", "all")] == [0, 0, 30]
    assert status(as_camille, "get", f"{PAGE}?whose=seller-{yanis.pk}") == 404
    page = text(as_camille.get(f"{PART}&whose=all"))
    assert "Yanis" not in page
    assert "30 touches" in page


def test_who_is_in_no_team_has_no_team_to_look_at(as_admin: Client, admin_user: User) -> None:
    assert status(as_admin, "get", f"{PAGE}?whose=team") == 404
    assert status(as_admin, "get", f"{PAGE}?whose=all") == 200


@pytest.mark.django_db
def test_the_door_takes_its_method_alone(as_camille: Client) -> None:
    assert_wrong_method(as_camille, PAGE, "get")
    assert_signed_out_is_sent_to_sign_in(PAGE)


@pytest.mark.usefixtures("plan")
def test_a_thousand_promises_cost_as_many_queries_as_thirty(camille: User, then: datetime) -> None:
    deal, person = make_deal(owner=camille, opened_at=then - DAY), make_person("Somebody")
    asked = []
    for until in (30, 1_000):
        Promise.objects.bulk_create(
            Promise(
                user=camille, team=camille.team, item=f"loop.quiet:{number}", kind="loop.quiet", deal=deal,
                person=person, at=then - number * timedelta(hours=1), worth_minor=number, lo80_minor=0, hi80_minor=0,
                gross_minor=0, currency="EUR", minutes=3,
            )
            for number in range(Promise.objects.count(), until)
        )  # fmt: skip
        looked(camille)
        warm.forget_answers()
        with CaptureQueriesContext(connection) as queries:
            assert looked(camille).whole.n == until
        asked.append(len(queries))
    assert asked[1] <= asked[0] < 30


# -- the command


@pytest.mark.usefixtures("plan")
def test_the_command_says_the_same_as_json(
    camille: User, then: datetime, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    thirty(camille, then)
    sold = make_closed_deal(Outcome.WON, owner=camille, closed_at=then + DAY, opened_at=then, amount_minor=620_000)[0]
    promised(camille, then, 15_000, deal=sold)
    assert main(["right", "--as", "camille@rebond.example", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["as"], said["whose"], said["currency"], said["running"]) == (camille.email, "own", "EUR", 0)
    assert said["whole"]["promised"] == pytest.approx((30 * 50 + 150) / 31, abs=1e-3)
    assert said["whole"]["obtained"]["value"] == pytest.approx((620 - 31 * 5) / 31)
    assert [band["n"] for band in said["bands"]] == [31]
    assert main(["right"]) == 0
    assert "The list promised" in capsys.readouterr().out


def test_a_deal_that_was_erased_takes_its_promise_along(camille: User, then: datetime) -> None:
    thirty(camille, then)
    Deal.objects.all().delete()
    assert looked(camille).whole.n == 0
