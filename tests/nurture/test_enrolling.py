"""Who is begun after a no, how it pauses and ends."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from rebond.accounts.models import AuditEntry, User
from rebond.base.errors import Conflict, RebondError
from rebond.deals.models import CloseEvent, Deal, DealPerson, Person
from rebond.learn.actions import ReasonGiven
from rebond.loop import close as closing
from rebond.mail.actions import suppress
from rebond.mail.models import Basis, Suppression
from rebond.nurture import actions
from rebond.nurture.models import Enrolment, Standing
from tests.factories import make_closed_deal, make_company, make_deal, make_person
from tests.nurture.conftest import NO_AT, SayNo


def test_a_no_begins_staying_in_touch_at_the_reasons_interval(said_no: SayNo, camille: User) -> None:
    one = said_no("price_vs_alternative")

    assert (one.cadence, one.reason, one.owner, one.step, one.status) == (
        "price", "price_vs_alternative", camille, 1, "active",
    )  # fmt: skip
    assert (one.due_on, one.due_because) == (date(2026, 5, 4), "first"), "60 days on is Friday 1 May, a holiday"
    assert one.due_at == datetime(2026, 5, 4, 6, 30, tzinfo=UTC), "08:30 in Paris, in summer time"
    assert (one.zone, one.zone_from) == ("Europe/Paris", "country")


@pytest.mark.parametrize(
    ("code", "outcome", "competitor", "cadence"),
    [
        ("no_budget", "lost", "", "budget_timing"),
        ("timing", "no_decision", "", "budget_timing"),
        ("missing_capability", "lost", "Norda", "missing"),
        ("sponsor_left", "lost", "", "champion_left"),
        ("not_in_touch", "lost", "", "silent"),
        ("need_changed", "lost", "", "poor_fit"),
        ("not_known_yet", "lost", "Norda", "competitor"),
        ("not_known_yet", "lost", "none", "rest"),
        ("not_known_yet", "no_decision", "", "no_decision"),
    ],
)
def test_reason_end_and_competitor_decide_about_the_policy(
    said_no: SayNo, code: str, outcome: str, competitor: str, cadence: str
) -> None:
    assert said_no(code, outcome, competitor=competitor).cadence == cadence


def test_the_law_it_rests_on_is_written_down_with_it(said_no: SayNo, helene: Person) -> None:
    said_no()

    basis = Basis.objects.get(person=helene, use="keep_in_touch")
    assert (basis.ground, basis.obtained_at) == ("legitimate_interest", NO_AT)
    assert "Maintenance, 3 sites" in basis.evidence


def test_a_canadian_no_is_an_enquiry_of_six_months(said_no: SayNo, helene: Person) -> None:
    one = said_no(country="Canada")

    basis = Basis.objects.get(person=helene)
    assert (basis.ground, basis.expires_at) == ("casl_enquiry", datetime(2026, 9, 2, 9, 0, tzinfo=UTC))
    assert one.zone == "America/Toronto"


def test_three_people_are_begun_nearest_to_the_decision_first(said_no: SayNo, deal: Deal, helene: Person) -> None:
    roles = {
        "Ugo User": "user",
        "Bea Budget": "budget_holder",
        "Otto Opponent": "opponent",
        "Ina Influence": "influencer",
    }
    for name, role in roles.items():
        person = make_person(name, company=helene.company, email=f"{name.split()[0].lower()}@valmy.example")
        DealPerson.objects.create(deal=deal, person=person, role=role)
    mute = make_person("Mia Mute", company=helene.company)
    DealPerson.objects.create(deal=deal, person=mute, role="sponsor")

    said_no()

    assert set(Enrolment.objects.values_list("person__name", flat=True)) == {
        "Hélène Marchetti", "Bea Budget", "Ina Influence",
    }  # fmt: skip


@pytest.mark.parametrize("outcome", ["won", "duplicate", "disqualified", "unknown"])
def test_other_ends_begin_nothing(deal: Deal, camille: User, outcome: str, now: datetime) -> None:
    closing.close(
        deal=deal, outcome=outcome, reasons=[ReasonGiven("not_known_yet")], actor=camille, source="screen", now=now
    )

    assert not Enrolment.objects.exists()


def test_whoever_asked_for_silence_is_left_out(deal: Deal, camille: User, helene: Person, now: datetime) -> None:
    suppress(address=helene.email, scope="keep_in_touch", why="asked", source="test", actor=None, now=now)

    closing.close(deal=deal, outcome="lost", reasons=[ReasonGiven("terms")], actor=camille, source="screen", now=now)

    assert not Enrolment.objects.exists()
    with pytest.raises(Conflict) as refused:
        actions.begin(person=helene, owner=camille, actor=camille, now=now)
    assert refused.value.code == "silent"


def test_another_no_begins_it_anew(said_no: SayNo, camille: User, helene: Person) -> None:
    first = said_no()
    Enrolment.objects.filter(pk=first.pk).update(unanswered=2, step=3)
    other = make_deal("Rollout", owner=camille, company=helene.company, people={helene: "sponsor"})

    closing.close(
        deal=other, outcome="no_decision", reasons=[ReasonGiven("no_consensus")], actor=camille, source="screen",
        now=NO_AT + timedelta(days=40),
    )  # fmt: skip

    first.refresh_from_db()
    second = Enrolment.objects.exclude(pk=first.pk).get()
    assert (first.status, first.ended_because, first.due_on) == ("ended", "replaced", None)
    assert (second.cadence, second.step, second.unanswered, second.deal) == ("no_decision", 1, 0, other)


def test_a_deal_that_opens_again_ends_it(said_no: SayNo, deal: Deal, camille: User) -> None:
    one = said_no()

    closing.reopen(deal=deal, actor=camille, now=NO_AT + timedelta(days=5))

    one.refresh_from_db()
    assert (one.status, one.ended_because, one.due_at) == ("ended", "reopened", None)


def test_a_sale_ends_it_for_the_people_of_that_deal(said_no: SayNo, camille: User, helene: Person) -> None:
    one = said_no()
    other = make_deal("Rollout", owner=camille, company=helene.company, people={helene: "sponsor"})

    closing.close(deal=other, outcome="won", actor=camille, source="screen", now=NO_AT + timedelta(days=50))

    one.refresh_from_db()
    assert (one.status, one.ended_because) == ("ended", "won")


def test_while_another_deal_is_open_it_rests(deal: Deal, camille: User, helene: Person, now: datetime) -> None:
    make_deal("Rollout", owner=camille, company=helene.company, people={helene: "sponsor"})

    closing.close(deal=deal, outcome="lost", reasons=[ReasonGiven("terms")], actor=camille, source="screen", now=now)

    one = Enrolment.objects.get()
    assert (one.status, one.paused_because, one.due_on) == ("paused", "deal_open", None)


def test_pausing_resuming_and_ending_by_hand(said_no: SayNo, camille: User) -> None:
    one, later = said_no(), NO_AT + timedelta(days=10)

    actions.pause(enrolment=one, until=date(2026, 8, 1), actor=camille, now=later)
    assert (one.status, one.due_on, one.paused_until) == ("paused", None, date(2026, 8, 1))
    actions.resume(enrolment=one, actor=camille, now=later)
    assert (one.status, one.due_on) == ("active", date(2026, 5, 4))
    with pytest.raises(Conflict) as twice:
        actions.resume(enrolment=one, actor=camille, now=later)
    actions.end(enrolment=one, actor=camille, now=later)
    actions.end(enrolment=one, actor=camille, now=later)

    assert twice.value.code == "not_paused"
    assert (one.status, one.ended_because) == ("ended", "by_hand")
    assert AuditEntry.objects.filter(verb="nurture.end").count() == 1
    with pytest.raises(Conflict) as over:
        actions.pause(enrolment=one, actor=camille, now=later)
    assert over.value.code == "ended"


def test_ending_it_because_they_asked_silences_them(said_no: SayNo, camille: User) -> None:
    one = said_no()

    actions.end(enrolment=one, because="asked", actor=camille, now=NO_AT)

    assert Suppression.objects.get().scope == "keep_in_touch"


def test_an_interval_of_ones_own_and_its_limits(said_no: SayNo, camille: User) -> None:
    one = said_no()

    actions.set_interval(enrolment=one, ideal_days=21, longest_days=40, actor=camille, now=NO_AT)
    assert one.due_on == date(2026, 3, 23)
    for ideal, longest in ((0, None), (30, 20), (9999, None)):
        with pytest.raises(RebondError) as refused:
            actions.set_interval(enrolment=one, ideal_days=ideal, longest_days=longest, actor=camille, now=NO_AT)
        assert refused.value.code == "bad_interval"
    actions.set_interval(enrolment=one, ideal_days=None, longest_days=None, actor=camille, now=NO_AT)
    assert one.due_on == date(2026, 5, 4)


def test_a_day_chosen_by_hand_is_a_working_day_of_theirs(said_no: SayNo, camille: User) -> None:
    one = said_no()

    actions.choose_day(enrolment=one, on=date(2026, 7, 14), actor=camille, now=NO_AT)

    assert (one.due_on, one.due_because) == (date(2026, 7, 15), "chosen")
    with pytest.raises(RebondError) as refused:
        actions.choose_day(enrolment=one, on=date(2026, 2, 1), actor=camille, now=NO_AT)
    assert refused.value.code == "day_past"


def test_beginning_by_hand_takes_the_last_no(camille: User, helene: Person, now: datetime) -> None:
    lost, event = make_closed_deal(owner=camille, people={helene: "user"}, company=helene.company)
    DealPerson.objects.filter(deal=lost).update(role="user")

    one = actions.begin(person=helene, owner=camille, waits_for="CSV export", actor=camille, now=now)

    assert (one.close_event, one.deal, one.waits_for) == (event, lost, "CSV export")
    assert one.due_on == date(2026, 6, 9), "60 days after the no have passed: today"


def test_nobody_to_reach_and_no_such_cadence_are_refused(camille: User, helene: Person, now: datetime) -> None:
    mute = make_person("Mia Mute")
    for person, cadence, code in (
        (mute, "", "no_way"),
        (helene, "hourly", "unknown_cadence"),
        (helene, "never", "unknown_cadence"),
    ):
        with pytest.raises(RebondError) as refused:
            actions.begin(person=person, owner=camille, cadence=cadence, actor=camille, now=now)
        assert refused.value.code == code
    assert not Enrolment.objects.exists()


def test_first_touches_of_one_seller_are_five_a_day(camille: User, now: datetime) -> None:
    for number in range(12):
        person = make_person(f"Person {number}", email=f"p{number}@valmy.example")
        actions.begin(person=person, owner=camille, actor=camille, now=now)

    days = list(Enrolment.objects.order_by("pk").values_list("due_on", flat=True))
    assert [days.count(day) for day in sorted(set(days))] == [5, 5, 2]


def _history(camille: User, people: int, **fields: Any) -> None:
    for number in range(people):
        firm = make_company(f"Firm {number}", country="France")
        person = make_person(f"Person {number}", company=firm, email=f"p{number}@firm{number}.example")
        at = datetime(2025, 1, 6, 9, 0, tzinfo=UTC) + timedelta(days=number)
        make_closed_deal(owner=camille, closed_at=at, company=firm, people={person: "decision_maker"}, **fields)


def test_everyone_of_an_imports_history_is_begun_spread_and_newest_first(camille: User, now: datetime) -> None:
    _history(camille, 12)
    silent = Person.objects.get(name="Person 3")
    suppress(address=silent.email, scope="all", why="asked", source="test", actor=None, now=now)
    Person.objects.filter(name="Person 4").update(email="")

    done = actions.begin_many(deals=Deal.objects.all(), actor=camille, now=now)
    again = actions.begin_many(deals=Deal.objects.all(), actor=camille, now=now)

    assert (done.begun, done.silent, done.without_way) == (10, 1, 1)
    assert (again.begun, again.already) == (0, 10)
    found = Enrolment.objects.order_by("due_on", "pk").values_list("person__name", "due_on")
    assert [day for _name, day in found] == [date(2026, 6, 9)] * 5 + [date(2026, 6, 10)] * 5
    assert next(iter(found))[0] == "Person 11"
    assert Basis.objects.filter(use="keep_in_touch").count() == 10


def test_beginning_many_takes_the_same_queries_for_ten_as_for_forty(
    camille: User, now: datetime, django_assert_max_num_queries: Any
) -> None:
    _history(camille, 40)

    with django_assert_max_num_queries(36):
        done = actions.begin_many(deals=Deal.objects.all(), actor=camille, now=now)

    assert done.begun == 40


def test_a_reopened_no_of_history_begins_nothing(camille: User, helene: Person, now: datetime) -> None:
    lost, event = make_closed_deal(owner=camille, people={helene: "user"})
    assert CloseEvent.objects.get() == event
    closing.reopen(deal=lost, actor=camille, now=now)

    done = actions.begin_many(deals=Deal.objects.all(), actor=camille, now=now)

    assert done.begun == 0
    assert not Enrolment.objects.filter(status=Standing.ACTIVE).exists()
