"""Dates they gave, what shipped, who is away."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from rebond.accounts.models import User
from rebond.base.errors import RebondError
from rebond.deals.models import Person
from rebond.nurture import actions
from rebond.nurture.models import Away, Enrolment, NamedDate, Policy, Signal, StepSwitch
from rebond.nurture.queries import due_for
from rebond.nurture.work.plan import run
from tests.factories import make_deal, make_person
from tests.nurture.conftest import NO_AT, SayNo


def test_a_date_they_gave_moves_the_next_touch_and_dropped_it_moves_back(
    said_no: SayNo, camille: User, helene: Person
) -> None:
    one = said_no("no_budget")
    named = actions.name_date(
        person=helene, kind="budget", on=date(2026, 6, 17), whole_month=True, words="budget in June", actor=camille,
        now=NO_AT,
    )  # fmt: skip
    again = actions.name_date(person=helene, kind="budget", on=date(2026, 6, 1), actor=camille, now=NO_AT)
    one.refresh_from_db()
    assert (named.on, again) == (date(2026, 6, 1), named)
    assert (one.due_on, one.due_because) == (date(2026, 5, 4), "date")

    actions.drop_date(date=named, actor=camille, now=NO_AT)
    actions.drop_date(date=named, actor=camille, now=NO_AT)

    one.refresh_from_db()
    assert (one.due_on, one.due_because) == (date(2026, 6, 1), "first")


def test_a_kind_nobody_knows_and_a_year_out_of_reach_are_refused(camille: User, helene: Person, now: datetime) -> None:
    for kind, on, code in (
        ("whim", date(2026, 7, 1), "unknown_date_kind"),
        ("budget", date(2126, 6, 1), "date_too_far"),
    ):
        with pytest.raises(RebondError) as refused:
            actions.name_date(person=helene, kind=kind, on=on, actor=camille, now=now)
        assert refused.value.code == code
    assert not NamedDate.objects.exists()


def test_a_date_that_has_come_raises_the_person_once(said_no: SayNo, camille: User, helene: Person) -> None:
    said_no("no_budget")
    named = actions.name_date(
        person=helene, kind="decision", on=date(2026, 9, 1), words="we decide in September", actor=camille, now=NO_AT
    )

    run(now=datetime(2026, 8, 31, 8, 0, tzinfo=UTC))
    assert not Signal.objects.exists()
    for hour in (8, 9):
        run(now=datetime(2026, 9, 1, hour, 0, tzinfo=UTC))

    signal = Signal.objects.get()
    assert (signal.owner, signal.kind, signal.ref) == (camille, "date", f"date:{named.pk}")
    assert signal.words.startswith("“we decide in September” · they decide again: 1 September")


def test_a_date_that_comes_while_a_deal_is_open_raises_nobody(said_no: SayNo, camille: User, helene: Person) -> None:
    said_no()
    actions.name_date(person=helene, kind="decision", on=date(2026, 4, 1), actor=camille, now=NO_AT)
    make_deal("Rollout", owner=camille, people={helene: "sponsor"})

    run(now=datetime(2026, 4, 1, 8, 0, tzinfo=UTC))

    assert not Signal.objects.exists()
    assert Enrolment.objects.get().paused_because == "deal_open"


def test_what_they_missed_is_there_and_they_are_due(camille: User, helene: Person, now: datetime) -> None:
    waits = actions.begin(
        person=helene, owner=camille, cadence="missing", waits_for="CSV export", actor=camille, now=now
    )
    other = actions.begin(
        person=make_person("Ugo", email="ugo@x.example"), owner=camille, cadence="missing", waits_for="SSO",
        actor=camille, now=now,
    )  # fmt: skip
    later = now + timedelta(days=3)

    assert actions.shipped(feature="Export", actor=camille, now=later) == 1
    assert actions.shipped(feature="export", actor=camille, now=later) == 0
    assert actions.shipped(feature="  ", actor=camille, now=later) == 0

    waits.refresh_from_db()
    before = other.due_on
    other.refresh_from_db()
    assert (waits.due_on, waits.due_because, other.due_on) == (date(2026, 6, 12), "shipped", before)
    assert due_for(camille, later)[0].why == "what they missed is there: CSV export"
    actions.log_contact(person=helene, channel="call", result="reached", actor=camille, now=later)
    waits.refresh_from_db()
    assert waits.waits_for == ""


def _people(camille: User, now: datetime, count: int) -> None:
    for number in range(count):
        person = make_person(f"P{number}", email=f"p{number}@x.example")
        actions.begin(person=person, owner=camille, first_on=date(2026, 6, 9), actor=camille, now=now)


def test_away_freezes_and_on_return_it_is_spread(camille: User, now: datetime) -> None:
    _people(camille, now, 7)

    actions.set_away(user=camille, first_on=date(2026, 6, 9), last_on=date(2026, 6, 19), actor=camille, now=now)

    assert due_for(camille, now) == []
    days = sorted(Enrolment.objects.values_list("due_on", flat=True))
    assert days == [date(2026, 6, 22)] * 5 + [date(2026, 6, 23)] * 2
    run(now=now + timedelta(days=2))
    assert sorted(Enrolment.objects.values_list("due_on", flat=True)) == days, "run again it moves nobody"


def test_days_away_to_come_leave_today_alone_and_catch_the_rest_when_they_come(camille: User, now: datetime) -> None:
    _people(camille, now, 2)

    actions.set_away(user=camille, first_on=date(2026, 6, 15), last_on=date(2026, 6, 19), actor=camille, now=now)
    assert len(due_for(camille, now)) == 2

    run(now=datetime(2026, 6, 15, 6, 0, tzinfo=UTC))
    assert {one.due_on for one in Enrolment.objects.all()} == {date(2026, 6, 22)}


def test_whoever_is_begun_for_a_seller_who_is_away_is_due_on_their_return(
    camille: User, helene: Person, now: datetime
) -> None:
    actions.set_away(user=camille, first_on=date(2026, 6, 9), last_on=date(2026, 12, 31), actor=camille, now=now)

    one = actions.begin(person=helene, owner=camille, actor=camille, now=now)

    assert one.due_on == date(2027, 1, 1), "60 days on is in August; 1 January is no holiday without a country"


def test_back_after_all_puts_it_back(said_no: SayNo, camille: User) -> None:
    one = said_no()
    away = actions.set_away(
        user=camille, first_on=date(2026, 5, 1), last_on=date(2026, 5, 31), actor=camille, now=NO_AT
    )
    one.refresh_from_db()
    assert one.due_on == date(2026, 6, 1)

    actions.cancel_away(away=away, actor=camille, now=NO_AT)
    actions.cancel_away(away=away, actor=camille, now=NO_AT)

    one.refresh_from_db()
    assert one.due_on == date(2026, 5, 4)


@pytest.mark.parametrize(("first", "last"), [
    (date(2026, 6, 20), date(2026, 6, 10)), (date(2026, 5, 1), date(2026, 5, 9)), (date(2026, 6, 9), date(2029, 1, 1)),
])  # fmt: skip
def test_days_that_make_no_sense_are_refused(camille: User, now: datetime, first: date, last: date) -> None:
    with pytest.raises(RebondError) as refused:
        actions.set_away(user=camille, first_on=first, last_on=last, actor=camille, now=now)
    assert refused.value.code == "bad_days"
    assert not Away.objects.exists()


def test_a_changed_policy_holds_from_the_next_touch_on(said_no: SayNo, camille: User, helene: Person) -> None:
    one = said_no("price_vs_alternative")
    made = actions.set_policy(key="price", values={"every_days": 30, "first_days": 5}, actor=camille, now=NO_AT)
    one.refresh_from_db()
    assert (made.version, made.longest_days, one.due_on) == (2, 180, date(2026, 5, 4))
    may = datetime(2026, 5, 5, 8, 0, tzinfo=UTC)

    actions.log_contact(person=helene, channel="email", actor=camille, now=may)

    one.refresh_from_db()
    assert (one.version, one.due_on) == (2, date(2026, 6, 4))


@pytest.mark.parametrize(("key", "values", "code"), [
    ("hourly", {}, "unknown_cadence"), ("never", {}, "unknown_cadence"), ("price", {"every_days": 0}, "bad_interval"),
    ("price", {"every_days": 400}, "bad_interval"), ("price", {"unanswered_limit": 0}, "bad_interval"),
])  # fmt: skip
def test_a_policy_that_makes_no_sense_is_refused(
    camille: User, now: datetime, key: str, values: dict[str, int], code: str
) -> None:
    with pytest.raises(RebondError) as refused:
        actions.set_policy(key=key, values=values, actor=camille, now=now)
    assert refused.value.code == code
    assert not Policy.objects.exists()


def test_the_first_touch_is_never_switched_to_automatic(camille: User, now: datetime) -> None:
    with pytest.raises(RebondError) as refused:
        actions.switch_step(owner=camille, cadence="price", number=1, on=True, actor=camille, now=now)
    assert refused.value.code == "first_is_human"
    for on in (True, True, False, False):
        actions.switch_step(owner=camille, cadence="price", number=2, on=on, actor=camille, now=now)
    actions.switch_step(owner=camille, cadence="price", number=9, on=True, actor=camille, now=now)

    assert list(StepSwitch.objects.values_list("number", flat=True)) == [StepSwitch.EVERY_LATER]
