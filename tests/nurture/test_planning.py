"""What time alone brings about, also when two look at once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from rebond.accounts.models import User
from rebond.deals.models import Deal, DealPerson, Person, ReopenEvent, Touch
from rebond.jobs.models import Schedule
from rebond.loop import close as closing
from rebond.loop.schedules import install
from rebond.mail.models import Message
from rebond.nurture import actions, drafts
from rebond.nurture.actions import planning
from rebond.nurture.drafts import Written
from rebond.nurture.models import Enrolment, Given, Piece, Step
from rebond.nurture.queries import coming, due_for, signals_for, standing_counts
from rebond.nurture.work.plan import plan_due, run
from tests.factories import make_deal, make_person
from tests.mail.server import SmtpServer
from tests.nurture.conftest import NO_AT, SayNo, deliver

MAY = datetime(2026, 5, 5, 8, 0, tzinfo=UTC)
SEPTEMBER = datetime(2026, 9, 3, 8, 0, tzinfo=UTC)


@pytest.fixture
def drafted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A draft without a library."""
    monkeypatch.setattr(
        drafts, "draft_for", lambda enrolment, *, now, **_more: Written("A thought", "Hello again", "en", None, "")
    )


def second_step(one: Enrolment, camille: User, helene: Person) -> None:
    """The first touch was a call of Camille's; the second is due in September."""
    actions.log_contact(person=helene, channel="call", result="voicemail", actor=camille, now=MAY)
    one.refresh_from_db()
    assert (one.step, one.due_on) == (2, date(2026, 9, 2))


def test_a_switched_step_leaves_by_itself_and_once(
    said_no: SayNo, camille: User, helene: Person, post: SmtpServer, drafted: None
) -> None:
    one = said_no()
    second_step(one, camille, helene)
    actions.switch_step(owner=camille, cadence="price", number=2, on=True, actor=camille, now=MAY)

    assert planning.send_automatic(now=SEPTEMBER - timedelta(days=3)) == 0
    assert planning.send_automatic(now=SEPTEMBER) == 1
    assert planning.send_automatic(now=SEPTEMBER) == 0
    deliver(SEPTEMBER + timedelta(seconds=11))

    step = Step.objects.get(number=2)
    assert (step.automatic, step.status, step.by) == (True, "done", None)
    assert post.received[0].text.startswith("Hello again")
    assert Touch.objects.get(channel="email").owner == camille


def test_the_drafts_own_words_leave_by_themselves(
    said_no: SayNo, camille: User, helene: Person, post: SmtpServer
) -> None:
    second_step(said_no(), camille, helene)
    actions.switch_step(owner=camille, cadence="price", number=2, on=True, actor=camille, now=MAY)

    assert run(now=SEPTEMBER) == {"automatic": 1}
    deliver(SEPTEMBER + timedelta(seconds=11))

    assert "Hélène" in post.received[0].text
    assert "{" not in post.received[0].text, "every placeholder was filled"


def test_nothing_leaves_by_itself_that_nobody_switched_and_never_the_first(
    said_no: SayNo, camille: User, helene: Person, drafted: None
) -> None:
    one = said_no()
    for number in (2, 4):
        actions.switch_step(owner=camille, cadence="price", number=number, on=True, actor=camille, now=NO_AT)
    assert planning.send_automatic(now=MAY) == 0, "the first touch is a person's"

    second_step(one, camille, helene)
    actions.switch_step(owner=camille, cadence="price", number=2, on=False, actor=camille, now=MAY)

    assert planning.send_automatic(now=SEPTEMBER) == 0
    assert [due.enrolment for due in due_for(camille, SEPTEMBER)] == [one], "it waits on her list"
    assert not Message.objects.filter(purpose="nurture.note").exists()


def test_every_later_step_is_one_switch(said_no: SayNo, camille: User, helene: Person, drafted: None) -> None:
    one = said_no()
    second_step(one, camille, helene)
    Enrolment.objects.update(step=6)
    actions.switch_step(owner=camille, cadence="price", number=4, on=True, actor=camille, now=MAY)

    assert planning.send_automatic(now=SEPTEMBER) == 1


def test_what_leaves_by_itself_waits_while_its_seller_is_away(
    said_no: SayNo, camille: User, helene: Person, drafted: None
) -> None:
    second_step(said_no(), camille, helene)
    actions.switch_step(owner=camille, cadence="price", number=2, on=True, actor=camille, now=MAY)
    actions.set_away(user=camille, first_on=date(2026, 9, 1), last_on=date(2026, 9, 11), actor=camille, now=MAY)

    assert "automatic" not in run(now=SEPTEMBER)
    assert run(now=datetime(2026, 9, 14, 8, 0, tzinfo=UTC)) == {"automatic": 1}


def test_a_draft_that_cannot_be_sent_stays_on_the_list(
    said_no: SayNo, camille: User, helene: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    second_step(said_no(), camille, helene)
    actions.switch_step(owner=camille, cadence="price", number=2, on=True, actor=camille, now=MAY)
    monkeypatch.setattr(drafts, "draft_for", lambda *_a, **_k: Written("", "", "en", None, "nothing fits"))

    assert planning.send_automatic(now=SEPTEMBER) == 0
    assert len(due_for(camille, SEPTEMBER)) == 1


def test_a_round_of_planning_run_twice_does_nothing_more(
    said_no: SayNo, camille: User, helene: Person, drafted: None
) -> None:
    second_step(said_no(), camille, helene)
    actions.switch_step(owner=camille, cadence="price", number=2, on=True, actor=camille, now=MAY)
    actions.name_date(person=helene, kind="decision", on=date(2026, 9, 1), actor=camille, now=MAY)
    Enrolment.objects.update(due_on=date(2026, 9, 2), due_at=SEPTEMBER - timedelta(hours=2))

    first = run(now=SEPTEMBER)
    rows = list(Enrolment.objects.order_by("pk").values())

    assert first == {"dates": 1, "automatic": 1}
    assert run(now=SEPTEMBER) == {}
    assert list(Enrolment.objects.order_by("pk").values()) == rows


def test_a_step_that_breaks_holds_up_no_other(said_no: SayNo, monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    from rebond.nurture.work import plan

    def breaks(*, now: datetime) -> int:
        raise RuntimeError("slipped")

    one = said_no()
    Enrolment.objects.update(status="paused", paused_because="away", paused_until=date(2026, 5, 5), due_on=None)
    monkeypatch.setattr(plan, "STEPS", (("broken", breaks), *plan.STEPS))

    assert run(now=MAY) == {"woken": 1}

    one.refresh_from_db()
    assert one.status == "active"
    assert "planning step broken broke" in caplog.text


def test_a_deal_that_opens_rests_it_and_one_that_goes_lets_it_go_on(
    said_no: SayNo, camille: User, helene: Person
) -> None:
    one = said_no()
    other = make_deal("Rollout", owner=camille, people={helene: "sponsor"})

    assert run(now=MAY) == {"deals": 1}
    one.refresh_from_db()
    assert (one.status, one.paused_because, due_for(camille, MAY)) == ("paused", "deal_open", [])
    assert run(now=MAY) == {}

    closing.close(deal=other, outcome="duplicate", actor=camille, source="screen", now=MAY)
    assert run(now=MAY) == {"deals": 1}
    one.refresh_from_db()
    assert (one.status, one.due_on) == ("active", date(2026, 5, 5))


def test_a_deal_that_opens_within_a_year_of_a_piece_counts_for_it_once(
    camille: User, helene: Person, deal: Deal, now: datetime
) -> None:
    piece = Piece.objects.create(
        title="T", kind="article", language="en", summary="s", text="t", review_on=date(2027, 1, 1), created_at=now,
        updated_at=now,
    )  # fmt: skip
    ugo = make_person("Ugo", email="ugo@x.example")
    for person, sent in ((helene, now - timedelta(days=300)), (ugo, now - timedelta(days=400))):
        Given.objects.create(person=person, piece=piece, at=sent, sent_at=sent)
    Deal.objects.update(opened_at=now - timedelta(days=20))
    DealPerson.objects.create(deal=deal, person=ugo, role="user")

    assert planning.note_reopened(now=now) == 1
    assert planning.note_reopened(now=now) == 0

    assert Given.objects.get(person=helene).reopened_at == now - timedelta(days=20)
    assert Given.objects.get(person=ugo).reopened_at is None


def test_a_reopened_deal_counts_too(said_no: SayNo, camille: User, helene: Person, deal: Deal) -> None:
    piece = Piece.objects.create(
        title="T", kind="article", language="en", summary="s", text="t", review_on=date(2027, 1, 1), created_at=NO_AT,
        updated_at=NO_AT,
    )  # fmt: skip
    said_no()
    actions.log_contact(person=helene, channel="email", piece=piece, actor=camille, now=MAY)
    closing.reopen(deal=deal, actor=camille, now=MAY + timedelta(days=9))
    assert ReopenEvent.objects.exists()

    assert planning.note_reopened(now=MAY + timedelta(days=10)) == 1
    assert Given.objects.get().reopened_at == MAY + timedelta(days=9)


def test_the_planner_comes_round_every_ten_minutes(db: None, now: datetime) -> None:
    install(now=now)

    schedule = Schedule.objects.get(name="nurture.plan")
    assert (schedule.task, schedule.cron) == ("rebond.nurture.work.plan.plan_due", "*/10 * * * *")
    assert plan_due.func() == {}


def test_the_due_list_says_why_and_shows_what_we_know(said_no: SayNo, camille: User, helene: Person) -> None:
    said_no("no_budget")
    actions.name_date(
        person=helene, kind="budget", on=date(2026, 6, 1), words="budget in June", actor=camille, now=NO_AT
    )

    (due,) = due_for(camille, MAY)

    assert due.why == "their budget opens: 1 June"
    assert [str(fact.text) for fact in due.evidence] == [
        "“budget in June”", "Said no to Maintenance, 3 sites: No budget, or budget cut",
    ]  # fmt: skip
    assert (due.band, due.held) == ("not_yet", "")
    assert due.basis is not None


def test_whoever_may_not_be_written_to_is_shown_with_the_reason(said_no: SayNo, camille: User, helene: Person) -> None:
    from rebond.mail.models import Basis

    said_no()
    Basis.objects.update(expires_at=MAY)

    (due,) = due_for(camille, MAY)

    assert (due.held, due.basis) == ("nothing lets us write to them any more", None)


def test_a_note_on_its_way_is_not_due_and_what_comes_is_listed_apart(
    said_no: SayNo, camille: User, nadia: User
) -> None:
    one = said_no()
    assert [due.enrolment for due in coming(camille, NO_AT)] == [one]
    assert due_for(nadia, MAY) == []
    assert [due.enrolment for due in due_for(nadia, MAY, team=nadia.team)] == [one], "who leads sees the team's"

    actions.send_note(enrolment=one, subject="A", body="B", actor=camille, now=MAY)

    assert due_for(camille, MAY) == []
    assert standing_counts(camille, MAY) == {"due": 0, "active": 1, "paused": 0, "ended": 0, "signals": 0}


def test_thirty_due_take_as_many_queries_as_three(
    camille: User, now: datetime, django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        person = make_person(f"P{number}", email=f"p{number}@x.example")
        one = actions.begin(person=person, owner=camille, first_on=now.date(), actor=camille, now=now)
        actions.note_signal(person=one.person, kind="wrote", ref=f"test:{number}", at=now, now=now)

    with django_assert_max_num_queries(10):
        assert len(due_for(camille, now)) == 30
    with django_assert_max_num_queries(1):
        assert len([signal.person.company for signal in signals_for(camille)]) == 30


def test_staying_in_touch_changes_no_figure_of_a_closed_deal(
    said_no: SayNo, as_nadia: Client, camille: User, helene: Person, deal: Deal, post: SmtpServer
) -> None:
    """Touches after the close belong to the person alone: touches to a sale, last contact and so on stay."""
    one = said_no()
    deal.refresh_from_db()
    before = (deal.last_touch_at, deal.updated_at, deal.touches.count())

    actions.send_note(enrolment=one, subject="A", body="B", actor=camille, now=MAY)
    deliver(MAY + timedelta(seconds=11))
    actions.log_contact(person=helene, channel="call", result="reached", actor=camille, now=MAY + timedelta(days=1))

    deal.refresh_from_db()
    assert Touch.objects.filter(person=helene).count() == 2
    assert (deal.last_touch_at, deal.updated_at, deal.touches.count()) == before
    assert not Touch.objects.filter(deal__isnull=False).exists()
