"""What came in moves staying in touch: told as the inbox tells it, and told again when it was misread."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from rebond.accounts.models import User
from rebond.deals.models import Deal, DealPerson, Person, Touch
from rebond.mail.actions import correct, take_in
from rebond.mail.boxes import mailbox
from rebond.mail.models import Mailbox, Message, Received, Suppression
from rebond.mail.reading import Reading
from rebond.nurture import actions
from rebond.nurture.actions.hearing import hear
from rebond.nurture.models import Enrolment, Given, Piece, Signal, Step
from rebond.nurture.work.plan import run
from tests.factories import make_closed_deal, make_deal, make_person, make_user
from tests.mail.server import SmtpServer
from tests.nurture.conftest import SayNo, deliver

MAY = datetime(2026, 5, 5, 8, 0, tzinfo=UTC)
#: Their answer, two days later.
THEN = MAY + timedelta(days=2)


def came(kind: str, at: datetime = THEN, **more: Any) -> Received:
    """What the reader of the inbox hands over; from Hélène unless told otherwise."""
    answers: Message | None = more.pop("answers", None)
    values: dict[str, Any] = {
        "text": "Hello Camille,\n\nOur budget is free from June on. Call me.",
        "message_id": f"{kind}-{at.isoformat()}@valmy.example",
        "from_address": "helene@valmy.example", "from_name": "Hélène Marchetti", "subject": "Re: A thought",
        "references": (answers.message_id.strip("<>"),) if answers else (), "rule": "test", "sent_at": at,
    }  # fmt: skip
    received = take_in(
        mailbox=mailbox.house(now=at), reading=Reading(kind=kind, **(values | more)), folder="INBOX", uidvalidity=1,
        uid=1, now=at,
    )  # fmt: skip
    assert received is not None
    assert received.followed_at is not None, "something broke on the way"
    return received


@pytest.fixture
def sent(said_no: SayNo, camille: User, post: SmtpServer) -> Message:
    """A note with a piece has reached Hélène."""
    piece = Piece.objects.create(
        title="Total cost", kind="article", language="en", summary="s", text="t", review_on=date(2027, 1, 1),
        created_at=MAY, updated_at=MAY,
    )  # fmt: skip
    step = actions.send_note(
        enrolment=said_no(), subject="A thought", body="Hello", piece=piece, actor=camille, now=MAY
    )
    deliver(MAY + timedelta(seconds=11))
    return Message.objects.get(key=step.message_key)


def test_a_reply_pauses_restarts_the_interval_and_raises_her_on_today(sent: Message, camille: User) -> None:
    received = came("human", answers=sent)

    one, signal, step, given = Enrolment.objects.get(), Signal.objects.get(), Step.objects.get(), Given.objects.get()
    touch = Touch.objects.get(direction="in")
    assert (one.status, one.paused_because, one.due_on) == ("paused", "reply", None)
    assert (one.interaction_at, one.unanswered) == (THEN, 0)
    assert (signal.owner, signal.kind, signal.ref) == (camille, "reply", f"received:{received.pk}")
    assert signal.words.startswith("“Our budget is free from June on.”")
    assert (step.answered_at, given.replied_at) == (THEN, THEN)
    assert (touch.channel, touch.result, touch.external_id, touch.deal) == (
        "email", "replied", f"received:{received.pk}", None,
    )  # fmt: skip


def test_heard_twice_is_once(sent: Message) -> None:
    received = came("human", answers=sent)
    hear(received, THEN)
    hear(received, THEN + timedelta(hours=1))

    assert (Signal.objects.count(), Touch.objects.filter(direction="in").count()) == (1, 1)
    assert Enrolment.objects.get().interaction_at == THEN


def test_a_mail_that_answers_nothing_is_written_by_themselves(said_no: SayNo) -> None:
    said_no()

    came("human")

    assert Signal.objects.get().kind == "wrote"


def test_not_yet_goes_on_from_the_answer(sent: Message, camille: User) -> None:
    came("human", answers=sent)

    actions.settle_signal(signal=Signal.objects.get(), verdict="not_yet", actor=camille, now=THEN + timedelta(hours=1))

    one = Enrolment.objects.get()
    assert (one.status, one.due_on) == ("active", date(2026, 9, 4)), "120 days after the answer"


def test_out_of_office_waits_for_the_working_day_of_return(sent: Message) -> None:
    came("out_of_office", answers=sent, return_on=date(2026, 5, 14))

    one = Enrolment.objects.get()
    assert (one.status, one.paused_because) == ("paused", "away")
    assert one.paused_until == date(2026, 5, 15), "the 14th is Ascension Day"
    assert one.unanswered == 1, "an automatic answer is no answer"
    assert not Signal.objects.exists()

    run(now=datetime(2026, 5, 14, 8, 0, tzinfo=UTC))
    assert Enrolment.objects.get().status == "paused"
    run(now=datetime(2026, 5, 15, 8, 0, tzinfo=UTC))
    one.refresh_from_db()
    assert (one.status, one.due_on) == ("active", date(2026, 9, 2))


def test_away_without_a_day_is_two_weeks_and_due_on_return_when_it_was_due(said_no: SayNo) -> None:
    said_no()
    came("out_of_office")
    one = Enrolment.objects.get()
    assert one.paused_until == date(2026, 5, 21)

    run(now=datetime(2026, 5, 21, 8, 0, tzinfo=UTC))

    one.refresh_from_db()
    assert (one.status, one.due_on, one.due_because) == ("active", date(2026, 5, 21), "return")


def test_a_note_that_waits_while_they_are_away_is_taken_back(said_no: SayNo, camille: User, post: SmtpServer) -> None:
    one = said_no()
    actions.send_note(enrolment=one, subject="A", body="B", actor=camille, now=MAY)

    came("out_of_office", at=MAY + timedelta(seconds=5))
    deliver(MAY + timedelta(minutes=1))

    assert not post.received
    assert not Step.objects.exists()


def test_left_ends_it_and_names_who_follows(sent: Message, camille: User) -> None:
    came("left", answers=sent, successor_name="Marc Petit", successor_address="marc@valmy.example")

    one, signal = Enrolment.objects.get(), Signal.objects.get()
    assert (one.status, one.ended_because) == ("ended", "left")
    assert (signal.kind, signal.words) == ("successor", "Now in charge: Marc Petit, marc@valmy.example")
    assert not Person.objects.filter(email="marc@valmy.example").exists(), "adding him is the seller's own click"


@pytest.mark.parametrize(("kind", "ended"), [("stop", "asked"), ("complaint", "asked"), ("bounce_hard", "no_address")])
def test_what_ends_it(sent: Message, kind: str, ended: str) -> None:
    came(kind, answers=sent)

    one = Enrolment.objects.get()
    assert (one.status, one.ended_because, one.due_on) == ("ended", ended, None)


@pytest.mark.parametrize("kind", ["auto_reply", "bounce_soft", "other"])
def test_what_changes_nothing(sent: Message, kind: str) -> None:
    before = Enrolment.objects.values().get()

    came(kind, answers=sent)

    assert Enrolment.objects.values().get() == before
    assert not Signal.objects.exists()


def test_a_reply_leaves_colleagues_in_peace_for_two_weeks(
    said_no: SayNo, deal: Deal, camille: User, helene: Person
) -> None:
    colleague = make_person("Ugo User", company=helene.company, email="ugo@valmy.example")
    DealPerson.objects.create(deal=deal, person=colleague, role="user")
    said_no()

    came("human")

    his = Enrolment.objects.get(person=colleague)
    assert (his.status, his.paused_because, his.paused_until) == ("paused", "company_reply", date(2026, 5, 21))
    run(now=datetime(2026, 5, 21, 8, 0, tzinfo=UTC))
    his.refresh_from_db()
    assert (his.status, his.due_on) == ("active", date(2026, 5, 21))


def test_during_an_open_deal_it_is_that_deals_contact_and_no_sign(
    camille: User, deal: Deal, helene: Person, now: datetime
) -> None:
    came("human", at=now)

    touch = Touch.objects.get()
    assert (touch.deal, touch.person, touch.direction) == (deal, helene, "in")
    assert not Signal.objects.exists()


def test_somebody_nobody_knows_raises_nothing(camille: User, now: datetime) -> None:
    make_person("Nora New", email="nora@new.example")

    came("human", at=now, from_address="nora@new.example")

    assert not Signal.objects.exists()


def test_away_that_was_a_reply_after_all(sent: Message, admin_user: User) -> None:
    received = came("out_of_office", answers=sent, return_on=date(2026, 5, 18))

    correct(received=received, kind="human", actor=admin_user, now=THEN + timedelta(hours=2))

    one = Enrolment.objects.get()
    assert (one.status, one.paused_because, one.paused_until) == ("paused", "reply", None)
    assert (one.interaction_at, one.unanswered) == (THEN, 0)
    assert Signal.objects.get().kind == "reply"


def test_a_reply_that_was_an_absence_after_all_leaves_nothing_behind(sent: Message, admin_user: User) -> None:
    received = came("human", answers=sent)
    Received.objects.update(reading=received.reading | {"return_on": "2026-05-18"})

    correct(received=received, kind="out_of_office", actor=admin_user, now=THEN + timedelta(hours=2))

    one, step, given = Enrolment.objects.get(), Step.objects.get(), Given.objects.get()
    assert (one.status, one.paused_because, one.paused_until) == ("paused", "away", date(2026, 5, 18))
    assert (one.interaction_at, one.unanswered, step.answered_at, given.replied_at) == (None, 1, None, None)
    assert not Signal.objects.exists()
    assert not Touch.objects.filter(direction="in").exists()

    correct(received=received, kind="human", actor=admin_user, now=THEN + timedelta(hours=3))
    one.refresh_from_db()
    assert (one.paused_because, one.interaction_at) == ("reply", THEN)
    assert Touch.objects.filter(direction="in").count() == 1


def test_a_stop_that_was_none_takes_it_up_again(sent: Message, admin_user: User) -> None:
    received = came("stop", answers=sent)
    assert Suppression.objects.filter(lifted_at=None).exists()

    correct(received=received, kind="other", actor=admin_user, now=THEN + timedelta(hours=2))

    one = Enrolment.objects.get()
    assert (one.status, one.ended_because, one.due_on) == ("active", "", date(2026, 9, 2))
    assert not Suppression.objects.filter(lifted_at=None).exists()


def test_another_mail_of_theirs_keeps_the_pause(sent: Message, admin_user: User) -> None:
    came("human", answers=sent)
    second = came("human", at=THEN + timedelta(hours=5))

    correct(received=second, kind="other", actor=admin_user, now=THEN + timedelta(hours=6))

    one = Enrolment.objects.get()
    assert (one.status, one.paused_because, one.interaction_at) == ("paused", "reply", THEN)
    assert Signal.objects.count() == 1


def test_an_answer_long_after_a_piece_is_not_put_down_to_it(sent: Message) -> None:
    came("human", at=MAY + timedelta(days=61), answers=sent)

    assert Given.objects.get().replied_at is None


def test_what_one_of_us_paused_stays_so(said_no: SayNo, camille: User) -> None:
    one = said_no()
    actions.pause(enrolment=one, actor=camille, now=MAY)

    came("out_of_office")

    one.refresh_from_db()
    assert (one.status, one.paused_because) == ("paused", "by_hand")


def test_a_reply_and_then_ready_with_a_deal(sent: Message, camille: User, helene: Person) -> None:
    came("human", answers=sent)
    deal = make_deal("Second try", owner=camille, people={helene: "decision_maker"})

    actions.settle_signal(
        signal=Signal.objects.get(), verdict="ready", deal=deal, actor=camille, now=THEN + timedelta(hours=1)
    )

    one, signal = Enrolment.objects.get(), Signal.objects.get()
    assert (one.status, one.paused_because) == ("paused", "deal_open")
    assert (signal.verdict, signal.settled_deal, signal.settled_by) == ("ready", deal, camille)


# ---- words that one colleague alone may read


@pytest.fixture
def own_box(camille: User) -> Mailbox:
    return Mailbox.objects.create(address="camille@ours.example", owner=camille, created_at=MAY, updated_at=MAY)


def wrote_to(box: Mailbox, at: datetime = THEN) -> Received:
    """Hélène writes to Camille's own address, of her own accord."""
    reading = Reading(
        kind="human", text="Between us: Marc is leaving, and 40 k are free in June. Call me.", rule="test", sent_at=at,
        message_id="own@valmy.example", from_address="helene@valmy.example", from_name="Hélène Marchetti",
        subject="Quietly", references=(),
    )  # fmt: skip
    received = take_in(mailbox=box, reading=reading, folder="INBOX", uidvalidity=1, uid=1, now=at)
    assert received is not None
    return received


@pytest.mark.parametrize("who", ["teammate", "manager", "admin"])
def test_what_came_by_itself_to_a_seller_s_own_mailbox_is_read_by_nobody_else_anywhere(
    said_no: SayNo, own_box: Mailbox, camille: User, nadia: User, admin_user: User, who: str
) -> None:
    said_no()
    received = wrote_to(own_box)
    signal, touch = Signal.objects.get(), Touch.objects.get(direction="in")
    assert (signal.kind, signal.words, touch.note, touch.result) == ("wrote", "", "", "replied")

    reader = {"teammate": make_user("Thomas Girard", team=camille.team), "manager": nadia, "admin": admin_user}[who]
    other, own = Client(), Client()
    other.force_login(reader)
    own.force_login(camille)
    person, today = f"/keep/{received.person_id}", f"/today?item=nurture.signal:{signal.pk}"
    for page in (person, today, "/keep", "/inbox", f"/inbox/{received.pk}", f"/people/{received.person_id}"):
        shown = other.get(page, follow=True).text
        assert "Between us" not in shown
        assert "40 k" not in shown
        assert "Quietly" not in shown
    copy = other.post(f"/people/{received.person_id}/export")
    assert "Between us" not in copy.text
    if who == "admin":
        assert copy.json()["complete"] is False
        assert copy.json()["kept"]["mails_received"][0]["left_out"] == "words"
    assert "Between us" in own.get(person).text
    assert "Between us" in own.get(today).text


def test_an_answer_to_a_note_is_read_by_the_team_in_whichever_mailbox_it_arrives(
    sent: Message, own_box: Mailbox, nadia: User
) -> None:
    reading = Reading(
        kind="human", text="Our budget is free from June on. Call me.", rule="test", sent_at=THEN,
        message_id="answer@valmy.example", from_address="helene@valmy.example", from_name="Hélène Marchetti",
        subject="Re: A thought", references=(sent.message_id.strip("<>"),),
    )  # fmt: skip
    take_in(mailbox=own_box, reading=reading, folder="INBOX", uidvalidity=1, uid=1, now=THEN)
    assert Signal.objects.get().words.startswith("“Our budget")
    client = Client()
    client.force_login(nadia)
    assert "Our budget is free" in client.get(f"/keep/{Enrolment.objects.get().person_id}").text


# ---- two records of one person


def test_an_answer_pauses_staying_in_touch_with_the_other_record_of_the_same_address(
    sent: Message, helene: Person
) -> None:
    older = make_person("H. Marchetti", email="helene@valmy.example")
    Enrolment.objects.update(person=older)  # as if that record had been begun, and hers is the one an answer finds

    came("human", answers=sent)

    one = Enrolment.objects.get()
    assert (one.person, one.status, one.paused_because) == (older, "paused", "reply")
    assert Signal.objects.get().person == older


def test_two_records_with_one_address_are_one_person(said_no: SayNo, camille: User, helene: Person) -> None:
    first = said_no()
    twin = make_person("H. Marchetti", email="helene@valmy.example")

    second = actions.begin(person=twin, owner=camille, actor=camille, now=THEN)

    first.refresh_from_db()
    assert (first.status, first.ended_because, second.status) == ("ended", "replaced", "active")
    lost, _event = make_closed_deal(owner=camille, people={helene: "user"})
    done = actions.begin_many(deals=type(lost).objects.filter(pk=lost.pk), actor=camille, now=THEN)
    assert (done.begun, done.already) == (0, 1)


def test_an_office_address_joins_nobody(said_no: SayNo, camille: User, helene: Person) -> None:
    helene.email = "info@valmy.example"
    helene.save()
    first = said_no()
    actions.begin(person=make_person("Reception", email=helene.email), owner=camille, actor=camille, now=THEN)
    first.refresh_from_db()
    assert first.status == "active"
