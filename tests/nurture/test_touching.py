"""Calls, meetings, and notes that leave through a real mail server."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from rebond.accounts.models import User
from rebond.base.errors import Conflict, RebondError
from rebond.deals.models import Deal, DealPerson, Person, Touch
from rebond.mail.actions import suppress
from rebond.mail.models import Basis, Message
from rebond.nurture import actions
from rebond.nurture.models import Enrolment, Given, NamedDate, Piece, Signal, Step
from tests.factories import make_deal, make_person
from tests.mail.server import SmtpServer
from tests.nurture.conftest import SayNo, deliver

#: A Tuesday morning, after the first touch is due (4 May).
MAY = datetime(2026, 5, 5, 8, 0, tzinfo=UTC)


@pytest.fixture
def piece(db: None) -> Piece:
    return Piece.objects.create(
        title="Total cost in three years", kind="template", language="en", summary="What it costs in all", text="…",
        review_on=date(2027, 1, 1), created_at=MAY, updated_at=MAY,
    )  # fmt: skip


def send_to(one: Enrolment, camille: User, at: datetime = MAY, piece: Piece | None = None) -> Step:
    return actions.send_note(
        enrolment=one, subject="A thought", body="Hello Hélène,\n\nhere it is.", piece=piece, actor=camille, now=at
    )


def test_a_note_leaves_after_ten_seconds_and_the_next_follows_from_it(
    said_no: SayNo, camille: User, post: SmtpServer, piece: Piece
) -> None:
    one = said_no()
    step = send_to(one, camille, piece=piece)
    deliver(MAY + timedelta(seconds=9))
    assert not post.received

    deliver(MAY + timedelta(seconds=11))

    step.refresh_from_db()
    one.refresh_from_db()
    touch, given = Touch.objects.get(), Given.objects.get()
    assert (step.status, step.number, step.touch) == ("done", 1, touch)
    assert (touch.deal, touch.material, touch.material_name, touch.owner) == (None, "helpful", piece.title, camille)
    assert given.sent_at == MAY + timedelta(seconds=11)
    assert (one.step, one.unanswered, one.due_on) == (2, 1, date(2026, 9, 2)), "120 days on"
    assert one.due_because == "interval"


def test_what_arrives_says_who_we_are_why_and_how_to_stop(said_no: SayNo, camille: User, post: SmtpServer) -> None:
    send_to(said_no(), camille)
    deliver(MAY + timedelta(seconds=11))

    mail = post.received[0].mail
    text = post.received[0].text
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "<https://" in mail["List-Unsubscribe"] or "<http://" in mail["List-Unsubscribe"]
    assert mail["List-Id"]
    assert "camille@rebond.example" in mail["Reply-To"]
    assert "You get this note because you talked with Camille Aubry about Maintenance, 3 sites, until 2 March" in text
    assert text.index("here it is.") < text.index("You get this note")
    assert Basis.objects.get(use="keep_in_touch").told_at is not None


def test_a_note_written_at_night_waits_for_their_morning_unless_told(
    said_no: SayNo, camille: User, post: SmtpServer
) -> None:
    one, friday_night = said_no(), datetime(2026, 5, 8, 21, 0, tzinfo=UTC)
    step = send_to(one, camille, friday_night)

    message = Message.objects.get(key=step.message_key)
    assert message.send_at == datetime(2026, 5, 11, 6, 30, tzinfo=UTC), "Monday, 08:30 in Paris"
    actions.take_back(step=step, actor=camille, now=friday_night)
    actions.send_note(enrolment=one, subject="Now", body="Now", actor=camille, now=friday_night, at_once=True)
    deliver(friday_night + timedelta(seconds=11))

    assert [received.mail["Subject"] for received in post.received] == ["Now"]


def test_taken_back_in_time_it_can_be_written_again(
    said_no: SayNo, camille: User, post: SmtpServer, piece: Piece
) -> None:
    one = said_no()
    actions.take_back(step=send_to(one, camille, piece=piece), actor=camille, now=MAY)
    assert (Step.objects.count(), Given.objects.count()) == (0, 0)

    send_to(one, camille, MAY + timedelta(minutes=1), piece)
    deliver(MAY + timedelta(minutes=2))

    assert len(post.received) == 1
    assert Step.objects.get().number == 1
    assert sorted(Message.objects.filter(purpose="nurture.note").values_list("status", flat=True)) == [
        "accepted", "cancelled",
    ]  # fmt: skip


def test_what_has_left_cannot_be_taken_back(said_no: SayNo, camille: User, post: SmtpServer) -> None:
    step = send_to(said_no(), camille)
    deliver(MAY + timedelta(seconds=11))

    with pytest.raises(Conflict) as refused:
        actions.take_back(step=step, actor=camille, now=MAY + timedelta(seconds=12))

    assert refused.value.code == "already_leaving"
    assert len(post.received) == 1


def test_a_step_and_a_piece_are_never_given_twice(
    said_no: SayNo, camille: User, post: SmtpServer, piece: Piece
) -> None:
    one = said_no()
    send_to(one, camille, piece=piece)
    with pytest.raises(Conflict) as twice:
        send_to(one, camille)
    deliver(MAY + timedelta(seconds=11))
    one.refresh_from_db()
    with pytest.raises(Conflict) as again:
        send_to(one, camille, MAY + timedelta(days=120), piece)

    assert (twice.value.code, again.value.code) == ("leaving_already", "piece_given")
    assert Step.objects.count() == 1


def test_what_cannot_be_sent_is_said_before_it_is_planned(
    said_no: SayNo, camille: User, helene: Person, now: datetime
) -> None:
    one = said_no()
    with pytest.raises(RebondError) as empty:
        actions.send_note(enrolment=one, subject=" ", body="x", actor=camille, now=MAY)
    make_deal("Rollout", owner=camille, people={helene: "sponsor"})
    with pytest.raises(Conflict) as open_deal:
        send_to(one, camille)
    Person.objects.update(email="")
    with pytest.raises(RebondError) as nowhere:
        send_to(one, camille)
    Person.objects.update(email=helene.email)
    actions.pause(enrolment=one, actor=camille, now=MAY)
    with pytest.raises(Conflict) as paused:
        send_to(one, camille)
    suppress(address=helene.email, scope="keep_in_touch", why="asked", source="t", actor=None, now=MAY)
    with pytest.raises(Conflict) as silent:
        send_to(one, camille)

    codes = [error.value.code for error in (empty, open_deal, silent, nowhere, paused)]
    assert codes == ["note_empty", "deal_open", "silent", "no_address", "not_active"]
    assert not Message.objects.filter(purpose="nurture.note").exists()


def test_silence_asked_for_while_it_waits_wins_and_ends_it(
    said_no: SayNo, camille: User, helene: Person, post: SmtpServer, piece: Piece
) -> None:
    one = said_no()
    step = send_to(one, camille, piece=piece)

    suppress(address=helene.email, scope="keep_in_touch", why="asked", source="t", actor=None, now=MAY)
    deliver(MAY + timedelta(minutes=1))

    one.refresh_from_db()
    step.refresh_from_db()
    assert not post.received
    assert (step.status, step.skipped_because) == ("skipped", "suppressed")
    assert (one.status, one.ended_because) == ("ended", "asked")
    assert not Given.objects.exists(), "the piece was not given after all"


def test_a_deal_that_opens_while_it_waits_stops_it(
    said_no: SayNo, camille: User, helene: Person, post: SmtpServer
) -> None:
    one = said_no()
    step = send_to(one, camille)
    make_deal("Rollout", owner=camille, people={helene: "sponsor"})

    deliver(MAY + timedelta(minutes=1))

    one.refresh_from_db()
    step.refresh_from_db()
    assert not post.received
    assert (step.status, step.skipped_because) == ("skipped", "deal_open")
    assert (one.status, one.paused_because) == ("paused", "deal_open")


@pytest.mark.parametrize(
    ("answer", "status", "because", "due_on"),
    [
        ("550 5.1.1 no such person", "ended", "no_address", None),
        ("554 5.3.2 not now, not here", "active", "", date(2026, 5, 7)),
    ],
)
def test_what_is_refused_ends_it_or_comes_back_to_a_person(
    said_no: SayNo, camille: User, post: SmtpServer, answer: str, status: str, because: str, due_on: date | None
) -> None:
    one = said_no()
    Person.objects.update(phone="+33 1 23 45 67 89")
    post.refuse("RCPT", answer)
    step = send_to(one, camille)

    deliver(MAY + timedelta(minutes=1))

    step.refresh_from_db()
    one.refresh_from_db()
    assert step.status == "skipped"
    assert (one.status, one.ended_because, one.step, one.due_on) == (status, because, 2, due_on)


def test_a_call_that_reached_them_restarts_the_interval(said_no: SayNo, camille: User, helene: Person) -> None:
    one = said_no()
    Enrolment.objects.update(unanswered=2)

    touch = actions.log_contact(person=helene, channel="call", result="reached", note="Busy", actor=camille, now=MAY)

    one.refresh_from_db()
    step = Step.objects.get()
    assert (one.interaction_at, one.unanswered, one.step, one.due_on) == (MAY, 0, 2, date(2026, 9, 2))
    assert (step.channel, step.status, step.touch, step.answered_at) == ("call", "done", touch, MAY)
    assert touch.deal is None


def test_nobody_answered_comes_again_in_two_working_days(said_no: SayNo, camille: User, helene: Person) -> None:
    one = said_no()
    friday = datetime(2026, 5, 15, 8, 0, tzinfo=UTC)

    actions.log_contact(person=helene, channel="call", result="no_answer", actor=camille, now=friday)

    one.refresh_from_db()
    assert (one.due_on, one.step, one.unanswered, one.due_because) == (date(2026, 5, 19), 1, 0, "first")
    assert not Step.objects.exists()


def test_a_voicemail_is_a_touch_without_an_answer(said_no: SayNo, camille: User, helene: Person) -> None:
    one = said_no()

    actions.log_contact(person=helene, channel="call", result="voicemail", actor=camille, now=MAY)

    one.refresh_from_db()
    assert (one.unanswered, one.interaction_at, one.touched_at, one.step) == (1, None, MAY, 2)


def test_they_called_a_colleague_and_the_seller_hears_of_it(
    said_no: SayNo, nadia: User, camille: User, helene: Person
) -> None:
    one = said_no()

    actions.log_contact(person=helene, channel="call", direction="in", note="Budget is there", actor=nadia, now=MAY)

    one.refresh_from_db()
    signal = Signal.objects.get()
    assert (signal.owner, signal.kind, signal.words) == (camille, "called", "Budget is there")
    assert one.interaction_at == MAY


def test_speaking_to_them_takes_a_waiting_note_back(
    said_no: SayNo, camille: User, helene: Person, post: SmtpServer
) -> None:
    one = said_no()
    send_to(one, camille)

    actions.log_contact(person=helene, channel="meeting", actor=camille, now=MAY + timedelta(seconds=3))
    deliver(MAY + timedelta(minutes=1))

    assert not post.received
    assert list(Step.objects.values_list("number", "channel", "status")) == [(1, "meeting", "done")]


def test_three_without_an_answer_wait_for_one_and_then_end(said_no: SayNo, camille: User, helene: Person) -> None:
    from rebond.nurture.work.plan import run

    one = said_no()
    at = MAY
    for _number in range(3):
        actions.log_contact(person=helene, channel="message", actor=camille, now=at)
        at += timedelta(days=120)
    one.refresh_from_db()
    assert (one.status, one.unanswered, one.due_because) == ("active", 3, ""), "nothing is due, we wait"
    assert one.due_on is not None
    last_day = datetime.combine(one.due_on, datetime.min.time(), UTC)

    run(now=last_day - timedelta(days=2))
    one.refresh_from_db()
    assert one.status == "active"
    run(now=last_day + timedelta(hours=8))

    one.refresh_from_db()
    assert (one.status, one.ended_because) == ("ended", "unanswered")


def test_skipping_writes_it_down_and_counts_from_today(said_no: SayNo, camille: User) -> None:
    one = said_no()

    step = actions.skip_step(enrolment=one, actor=camille, now=MAY)

    assert (step.number, step.status, step.skipped_because) == (1, "skipped", "by_hand")
    assert (one.step, one.touched_at, one.due_on) == (2, None, date(2026, 9, 2))


def test_a_touch_uses_up_the_date_that_brought_it(said_no: SayNo, camille: User, helene: Person) -> None:
    said_no("no_budget")
    actions.name_date(person=helene, kind="budget", on=date(2026, 6, 1), actor=camille, now=MAY)
    actions.name_date(person=helene, kind="contract_end", on=date(2026, 12, 1), actor=camille, now=MAY)

    actions.log_contact(person=helene, channel="email", actor=camille, now=MAY)

    assert list(NamedDate.objects.filter(settled_at=None).values_list("kind", flat=True)) == ["contract_end"]
    assert Enrolment.objects.get().due_on == date(2026, 8, 3), "90 days after 5 May; the contract comes later"


def test_logging_for_somebody_we_do_not_stay_in_touch_with_is_just_a_contact(camille: User, now: datetime) -> None:
    person = make_person("Nora New")

    actions.log_contact(person=person, channel="call", actor=camille, now=now)

    assert Touch.objects.get().person == person
    assert not Step.objects.exists()


def test_two_colleagues_with_a_note_hold_a_third_back(
    said_no: SayNo, deal: Deal, camille: User, helene: Person, post: SmtpServer
) -> None:
    for number in range(2):
        person = make_person(f"P{number}", company=helene.company, email=f"p{number}@valmy.example")
        DealPerson.objects.create(deal=deal, person=person, role="user")
    said_no()
    steps = [send_to(one, camille) for one in Enrolment.objects.order_by("pk")]
    assert len(steps) == 3

    deliver(MAY + timedelta(minutes=1))

    waiting = Message.objects.get(purpose="nurture.note", status="planned")
    assert len(post.received) == 2
    deliver(MAY + timedelta(hours=2))
    waiting.refresh_from_db()
    assert len(post.received) == 2
    assert waiting.send_at >= MAY + timedelta(days=14)
