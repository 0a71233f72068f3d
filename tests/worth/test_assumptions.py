"""The Assumptions page: who reads, who sets, what is refused and why, what is stored, what counts on a day."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from rebond.accounts.actions import edit_person
from rebond.accounts.models import AuditEntry, Team, User
from rebond.base.errors import NotAllowed, RebondError
from rebond.jobs.models import Job
from rebond.worth.actions import new_plan, set_assumption
from rebond.worth.models import Assumption, Plan
from rebond.worth.plans import typed
from rebond.worth.plans.words import plan_words, share
from rebond.worth.queries.assumed import assumed, assumptions_state
from rebond.worth.queries.changes import changes
from tests.factories import make_user
from tests.walks import assert_signed_out_is_sent_to_sign_in, assert_wrong_method, status

PAGE, SET, NEW = "/time/assumptions", "/time/assumptions/set", "/time/plans/new"
PERCENT = {"kind": "percent", "measure": "commission", "share": "8", "valid_from": "2026-01-01", "source": "Contract"}


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


# -- what counts


def test_defaults_stand_with_their_source(north: Team) -> None:
    found = assumed(north.pk, on=date(2026, 6, 9), currency="EUR")
    assert found.hour_cost_minor == 3350
    assert found.minutes == {"call": 6.0, "email": 3.0, "meeting": 48.0, "message": 2.0, "other": 5.0}
    assert found.origins["hour_cost"].whose == "default"
    assert found.origins["hour_cost"].source == "Eurostat, hourly labour costs 2024, EU average"
    assert (found.plan, found.counts_as, found.origins["plan"].whose) == (None, "commission", "none")


def test_another_currency_has_no_default_cost(north: Team) -> None:
    assert assumed(north.pk, on=date(2026, 6, 9), currency="USD").hour_cost_minor is None


def test_the_teams_own_goes_before_everybodys_and_back(
    north: Team, south: Team, admin_user: User, now: datetime
) -> None:
    setting: dict[str, Any] = {"name": "hour_cost", "currency": "EUR", "actor": admin_user}
    set_assumption(team=None, value=5000, now=now, **setting)
    set_assumption(team=north, value=6200, source="Payroll", now=now, **setting)
    day = timezone.localdate(now)
    assert assumed(north.pk, on=day, currency="EUR").hour_cost_minor == 6200
    assert assumed(south.pk, on=day, currency="EUR").hour_cost_minor == 5000
    assert assumed(None, on=day, currency="EUR").hour_cost_minor == 5000
    origin = assumed(north.pk, on=day, currency="EUR").origins["hour_cost"]
    assert (origin.whose, origin.source, origin.since, origin.by) == ("team", "Payroll", day, admin_user.name)
    set_assumption(team=north, value=None, now=now, **setting)
    assert assumed(north.pk, on=day, currency="EUR").hour_cost_minor == 5000
    set_assumption(team=None, value=None, now=now, **setting)
    assert assumed(north.pk, on=day, currency="EUR").hour_cost_minor == 3350


def test_a_past_day_is_read_as_it_was(north: Team, admin_user: User, now: datetime) -> None:
    for value, days in ((100, 9), (70, 2)):
        set_assumption(team=north, name="minutes_call", value=value, actor=admin_user, now=now - timedelta(days=days))
    day = timezone.localdate(now)
    ages = (10, 5, 0)
    assert [assumed(north.pk, on=day - timedelta(days=age), currency="EUR").minutes["call"] for age in ages] == [
        6.0,
        10.0,
        7.0,
    ]


def test_it_costs_two_queries_whatever_was_entered(
    north: Team, admin_user: User, now: datetime, django_assert_num_queries: Any
) -> None:
    for number in range(30):
        set_assumption(team=north, name="minutes_call", value=number + 1, actor=admin_user, now=now)
        new_plan(team=north, kind="percent", basis_points=number, valid_from=date(2026, 1, 1), actor=None, now=now)
    with django_assert_num_queries(2):
        found = assumed(north.pk, on=date(2026, 6, 9), currency="EUR")
    assert (found.minutes["call"], found.plan and found.plan.basis_points) == (3.0, 29)


def test_every_change_has_another_state_to_keep_answers_by(north: Team, now: datetime) -> None:
    states = {assumptions_state()}
    new_plan(team=north, kind="percent", basis_points=1, valid_from=date(2026, 1, 1), actor=None, now=now)
    states.add(assumptions_state())
    set_assumption(team=north, name="minutes_call", value=9, actor=None, now=now)
    states.add(assumptions_state())
    assert len(states) == 3


# -- writes


def test_what_is_set_is_kept_audited_and_asks_for_fresh_figures(nadia: User, now: datetime) -> None:
    made = set_assumption(team=nadia.team, name="minutes_email", value=25, source="timed", actor=nadia, now=now)
    assert made is not None
    assert (made.value, made.source, made.by, made.at) == (25, "timed", nadia, now)
    entry = AuditEntry.objects.get(verb="worth.set_assumption")
    assert entry.detail == {"name": "minutes_email", "value": 25, "currency": "", "team": nadia.team_id}
    assert Job.objects.filter(unique_key="facts").count() == 1


def test_saying_the_same_twice_is_once(nadia: User, now: datetime) -> None:
    for _time in range(2):
        set_assumption(team=nadia.team, name="minutes_email", value=25, actor=nadia, now=now)
    assert Assumption.objects.count() == 1
    assert set_assumption(team=nadia.team, name="minutes_call", value=None, actor=nadia, now=now) is None


def test_a_new_plan_leaves_the_one_before_it(nadia: User, now: datetime) -> None:
    for points, day in ((800, date(2025, 1, 1)), (900, date(2026, 7, 1))):
        new_plan(team=nadia.team, kind="percent", basis_points=points, valid_from=day, actor=nadia, now=now)
    assert list(Plan.objects.values_list("basis_points", "valid_from")) == [
        (800, date(2025, 1, 1)), (900, date(2026, 7, 1)),
    ]  # fmt: skip
    assert AuditEntry.objects.filter(verb="worth.new_plan").count() == 2


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"kind": "lottery"}, "bad_plan"),
        ({"kind": "percent", "basis_points": 10_001}, "bad_share"),
        ({"kind": "percent", "basis_points": -10_001, "measure": "margin"}, "bad_share"),
        ({"kind": "percent", "basis_points": -300}, "negative_commission"),
        ({"kind": "flat", "flat_minor": 500}, "bad_currency"),
        ({"kind": "flat", "flat_minor": 500, "currency": "EURO"}, "bad_currency"),
        ({"kind": "flat", "flat_minor": 10**17, "currency": "EUR"}, "bad_number"),
        ({"kind": "flat", "flat_minor": -500, "currency": "EUR"}, "negative_commission"),
        ({"kind": "tiers", "currency": "EUR"}, "bad_tiers"),
        ({"kind": "tiers", "tiers": ((100, 500),), "currency": "EUR"}, "bad_tiers"),
        ({"kind": "tiers", "tiers": ((0, 500), (100, 600), (100, 700)), "currency": "EUR"}, "bad_tiers"),
        ({"kind": "tiers", "tiers": ((0, 500), (100, 20_000)), "currency": "EUR"}, "bad_share"),
        ({"kind": "percent", "basis_points": 1, "valid_from": date(1999, 12, 31)}, "bad_first_day"),
        ({"kind": "percent", "basis_points": 1, "valid_from": date(2029, 1, 1)}, "bad_first_day"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_and_nothing_kept(
    nadia: User, now: datetime, wrong: dict[str, Any], code: str
) -> None:
    plan = {"valid_from": date(2026, 1, 1)} | wrong
    with pytest.raises(RebondError) as refused:
        new_plan(team=nadia.team, actor=nadia, now=now, **plan)
    assert refused.value.code == code
    assert "Nothing was changed." in str(refused.value)
    assert not Plan.objects.exists()


@pytest.mark.parametrize(
    ("name", "value", "currency", "code"),
    [
        ("hour_cost", 0, "EUR", "bad_hour_cost"),
        ("hour_cost", -1, "EUR", "bad_hour_cost"),
        ("hour_cost", 1_000_001, "EUR", "bad_hour_cost"),
        ("hour_cost", 100, "", "bad_currency"),
        ("minutes_call", 0, "", "bad_minutes"),
        ("minutes_call", 6001, "", "bad_minutes"),
        ("minutes_pigeon", 10, "", "unknown_assumption"),
    ],
)
def test_a_number_out_of_range_is_refused(
    nadia: User, now: datetime, name: str, value: int, currency: str, code: str
) -> None:
    with pytest.raises(RebondError) as refused:
        set_assumption(team=nadia.team, name=name, value=value, currency=currency, actor=nadia, now=now)
    assert refused.value.code == code
    assert not Assumption.objects.exists()


def test_only_who_leads_the_team_may(camille: User, nadia: User, south: Team, admin_user: User, now: datetime) -> None:
    for actor, team in ((camille, camille.team), (nadia, south), (nadia, None)):
        with pytest.raises(NotAllowed):
            set_assumption(team=team, name="minutes_call", value=50, actor=actor, now=now)
        with pytest.raises(NotAllowed):
            new_plan(team=team, kind="percent", basis_points=1, valid_from=date(2026, 1, 1), actor=actor, now=now)
    set_assumption(team=nadia.team, name="minutes_call", value=50, actor=nadia, now=now)
    set_assumption(team=None, name="minutes_call", value=50, actor=admin_user, now=now)
    assert Assumption.objects.count() == 2


# -- the page


def test_without_a_plan_it_says_what_cannot_be_said_and_gives_one_form(as_nadia: Client) -> None:
    page = text(as_nadia.get(PAGE))
    assert "Nobody has said yet what a sale earns" in page
    assert "Without it nothing can be said in money" in page
    assert page.count(f'action="{NEW}"') == 1
    assert "An hour costs €33.50" in page
    assert "Eurostat, hourly labour costs 2024, EU average" in page


def test_a_manager_says_what_a_sale_earns(as_nadia: Client, nadia: User) -> None:
    answer = as_nadia.post(NEW, {"team": nadia.team_id, **PERCENT})
    assert (answer.status_code, answer["Location"]) == (302, f"{PAGE}?team={nadia.team_id}")
    plan = Plan.objects.get()
    assert (plan.team, plan.basis_points, plan.valid_from, plan.currency, plan.source) == (
        nadia.team, 800, date(2026, 1, 1), "", "Contract",
    )  # fmt: skip
    page = text(as_nadia.get(PAGE))
    assert "A sale earns its seller 8% of the amount" in page
    assert "A sale of €10,000 earns €800." in page
    assert "entered by Nadia Belkacem" in page


def test_tiers_are_typed_row_by_row(as_nadia: Client, nadia: User) -> None:
    tiers = {"tier_from_0": "0", "tier_share_0": "5", "tier_from_1": "10 000", "tier_share_1": "7,5", "tier_from_2": ""}
    as_nadia.post(
        NEW, {"team": nadia.team_id, **PERCENT, **tiers, "kind": "tiers", "per": "quarter", "currency": "eur"}
    )
    plan = Plan.objects.get()
    assert (plan.tiers, plan.per, plan.currency, plan.basis_points) == (
        [[0, 500], [1_000_000, 750]], "quarter", "EUR", None,
    )  # fmt: skip
    assert "5% up to €10,000; 7.5% from €10,000, on a seller’s sales of the quarter" in text(as_nadia.get(PAGE))


def test_a_negative_margin_is_said_in_words(as_nadia: Client, nadia: User) -> None:
    as_nadia.post(NEW, {"team": nadia.team_id, **PERCENT, "measure": "margin", "share": "-3"})
    page = text(as_nadia.get(PAGE))
    assert "A sale counts as margin: each sale costs 3% of its amount: a negative margin" in page
    assert "A sale of €10,000 costs €300." in page


def test_what_was_typed_stays_beside_the_refusal(as_nadia: Client, nadia: User) -> None:
    answer = as_nadia.post(NEW, {"team": nadia.team_id, **PERCENT, "share": "eight"})
    assert answer.status_code == 400
    page = text(answer)
    assert "“eight” is not a number. Nothing was changed." in page
    assert 'value="eight"' in page
    assert 'value="Contract"' in page
    assert not Plan.objects.exists()


def test_a_row_of_tiers_with_one_half_is_refused(as_nadia: Client, nadia: User) -> None:
    half = {
        "kind": "tiers",
        "per": "deal",
        "currency": "EUR",
        "tier_from_0": "0",
        "tier_share_0": "5",
        "tier_from_1": "9",
    }
    assert as_nadia.post(NEW, {"team": nadia.team_id, **PERCENT, **half}).status_code == 400
    assert not Plan.objects.exists()


def test_a_number_is_set_and_goes_back(as_nadia: Client, nadia: User) -> None:
    asked = {"team": nadia.team_id, "name": "minutes_call", "currency": "EUR"}
    as_nadia.post(SET, {**asked, "value": "7,5", "source": "timed in May"})
    page = text(as_nadia.get(PAGE))
    assert "7.5 min" in page
    assert "set by Nadia Belkacem" in page
    assert "timed in May" in page
    assert page.count("Back to the default") == 1
    as_nadia.post(SET, {**asked, "reset": "1"})
    assert assumed(nadia.team_id, on=timezone.localdate(), currency="EUR").minutes["call"] == 6.0
    assert "Back to the default" not in text(as_nadia.get(PAGE))


def test_a_currency_without_a_default_asks_for_one_field(as_admin: Client) -> None:
    page = text(as_admin.get(f"{PAGE}?currency=usd"))
    assert "What does an hour cost, in USD?" in page
    answer = as_admin.post(SET, {"team": "all", "name": "hour_cost", "currency": "USD", "value": "40"})
    assert answer["Location"] == f"{PAGE}?team=all&currency=USD"
    assert Assumption.objects.get().currency == "USD"
    assert "An hour costs US$40" in text(as_admin.get(answer["Location"]))
    assert "An hour costs €33.50" in text(as_admin.get(PAGE))


def test_an_hour_that_costs_nothing_is_refused_with_what_would_follow(as_nadia: Client, nadia: User) -> None:
    answer = as_nadia.post(SET, {"team": nadia.team_id, "name": "hour_cost", "currency": "EUR", "value": "0"})
    assert answer.status_code == 400
    assert "At 0 every contact would look worth its time" in text(answer)


def test_a_seller_reads_and_is_told_whom_to_ask(as_camille: Client, camille: User, nadia: User) -> None:
    page = text(as_camille.get(PAGE))
    assert "ask Nadia Belkacem" in page
    assert SET not in page
    assert NEW not in page
    for path, data in ((SET, {"name": "minutes_call", "value": "9"}), (NEW, PERCENT)):
        assert as_camille.post(path, {"team": camille.team_id, **data}).status_code == 403
    assert not Assumption.objects.exists()
    assert not Plan.objects.exists()


def test_another_team_is_not_there(as_yanis: Client, as_nadia: Client, north: Team, south: Team) -> None:
    assert status(as_yanis, "get", f"{PAGE}?team={north.pk}") == 404
    assert as_nadia.post(SET, {"team": south.pk, "name": "minutes_call", "value": "9"}).status_code == 404
    assert as_nadia.post(SET, {"team": "all", "name": "minutes_call", "value": "9"}).status_code == 403
    assert status(as_nadia, "get", f"{PAGE}?team=zero") == 404
    assert status(as_nadia, "get", f"{PAGE}?team=all") == 200


def test_an_administrator_chooses_whose(as_admin: Client, north: Team, south: Team) -> None:
    page = text(as_admin.get(f"{PAGE}?team={south.pk}"))
    for name in ("Everybody", "North", "South"):
        assert f">{name}</option>" in page


@pytest.mark.django_db
def test_every_door_takes_its_method_alone(as_nadia: Client) -> None:
    for path, method in ((PAGE, "get"), (SET, "post"), (NEW, "post")):
        assert_wrong_method(as_nadia, path, method)
        assert_signed_out_is_sent_to_sign_in(path, method)


def test_the_page_costs_the_same_however_much_was_entered(
    as_nadia: Client, nadia: User, now: datetime, django_assert_max_num_queries: Any
) -> None:
    for number in range(200):
        new_plan(
            team=nadia.team, kind="percent", basis_points=number, actor=nadia, now=now,
            valid_from=date(2024, 1, 1) + timedelta(days=number),
        )  # fmt: skip
    with django_assert_max_num_queries(20):
        page = text(as_nadia.get(PAGE))
    assert page.count("entered by Nadia") == 12


def test_it_speaks_french(as_nadia: Client, nadia: User, now: datetime) -> None:
    plan = new_plan(
        team=nadia.team, kind="percent", basis_points=850, valid_from=date(2026, 1, 1), actor=nadia, now=now
    )
    with translation.override("fr"):
        assert share(850).startswith("8,5")
        assert "8,5" in plan_words(plan)


# -- what was typed


def test_both_decimal_marks_are_read() -> None:
    assert [str(typed.number(one)) for one in ("8.5", "8,5", "1 200", "10,000", "-3", "0,25")] == [
        "8.5", "8.5", "1200", "10000", "-3", "0.25",
    ]  # fmt: skip


@given(st.text(max_size=30))
def test_whatever_is_typed_is_a_number_or_a_sentence(text_: str) -> None:
    try:
        said: object = typed.number(text_).is_finite()
    except RebondError as error:
        said = error.code
    assert said in (True, "bad_number")


# -- no figure jumps without a word


def test_changes_are_told_with_their_day(
    north: Team, south: Team, nadia: User, admin_user: User, now: datetime
) -> None:
    new_plan(team=north, kind="percent", basis_points=800, valid_from=date(2026, 8, 1), actor=nadia, now=now)
    new_plan(team=north, kind="percent", basis_points=700, valid_from=date(2026, 2, 1), actor=nadia, now=now)
    new_plan(team=south, kind="percent", basis_points=100, valid_from=date(2026, 6, 10), actor=admin_user, now=now)
    set_assumption(team=north, name="minutes_call", value=75, actor=nadia, now=now)
    set_assumption(team=None, name="hour_cost", value=6200, currency="EUR", actor=admin_user, now=now)
    told = changes(north.pk, date(2026, 6, 1), date(2026, 12, 31))
    assert [(change.day, change.sentence) for change in told] == [
        (date(2026, 6, 9), "Set for North: A call, 7.5 min."),
        (date(2026, 6, 9), "Set for everybody: The cost of an hour, €62."),
        (
            date(2026, 6, 9),
            "A plan of North was entered that counts for sales since 1 February 2026: 7% of the amount.",
        ),
        (date(2026, 8, 1), "A new plan of North counts for sales from 1 August 2026 on: 8% of the amount."),
    ]
    assert changes(north.pk, date(2026, 6, 10), date(2026, 7, 1)) == []


def test_who_comes_and_who_leaves_is_told(
    north: Team, south: Team, camille: User, admin_user: User, now: datetime
) -> None:
    edit_person(user=camille, changes={"team": south}, actor=admin_user, now=now)
    edit_person(user=camille, changes={"name": "Camille A."}, actor=admin_user, now=now)
    day = timezone.localdate(now)
    told = {team.name: [one.sentence for one in changes(team.pk, day, day)] for team in (north, south)}
    assert told == {
        "North": ["Camille A. left North; their deals, old and open, went along."],
        "South": ["Camille A. came to South; their deals, old and open, came along."],
    }
    everybodys = [one.sentence for one in changes(None, day, day, everywhere=True)]
    assert everybodys == ["Camille A. went from North to South; their deals, old and open, went along."]


def test_what_another_team_agreed_stays_in_that_team(
    north: Team, south: Team, camille: User, nadia: User, admin_user: User, now: datetime
) -> None:
    """Not on the page of what counts for all, and not for somebody who is in no team."""
    new_plan(team=south, kind="percent", basis_points=1234, valid_from=timezone.localdate(), actor=None,
             now=timezone.now())  # fmt: skip
    set_assumption(team=south, name="minutes_call", value=77, actor=None, now=timezone.now())
    edit_person(user=nadia, changes={"team": south}, actor=admin_user, now=timezone.now())
    alone = make_user("Noor Seule", team=None)
    day = timezone.localdate()
    assert changes(None, day, day) == []
    for user, path in (
        (camille, "/time/assumptions?team=all"), (alone, "/time/assumptions"), (alone, "/time/block/changes"),
    ):  # fmt: skip
        client = Client()
        client.force_login(user)
        text = client.get(path).content.decode()
        assert "12.34%" not in text, path
        assert "7.7 min" not in text, path
        assert "went from" not in text, path


def test_changes_cost_the_same_however_many(
    north: Team, south: Team, admin_user: User, now: datetime, django_assert_num_queries: Any
) -> None:
    for number in range(20):
        seller = make_user(f"Seller{number} X", team=north, email=f"s{number}@rebond.example")
        edit_person(user=seller, changes={"team": south}, actor=admin_user, now=now)
        set_assumption(team=north, name="minutes_call", value=number + 1, actor=admin_user, now=now)
    day = timezone.localdate(now)
    with django_assert_num_queries(5):
        assert len(changes(north.pk, day, day)) == 40
