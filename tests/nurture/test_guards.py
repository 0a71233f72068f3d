"""What still stops a note that was planned: the guards that only this room can know, asked inside the claim."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from rebond.accounts.models import User
from rebond.deals.models import Person
from rebond.mail.models import Message
from rebond.mail.purposes import Later
from rebond.nurture import actions
from rebond.nurture.models import Away, Enrolment, Step
from rebond.nurture.notes import NOTE, guard, window
from tests.mail.server import SmtpServer
from tests.nurture.conftest import SayNo, deliver

MAY = datetime(2026, 5, 5, 8, 0, tzinfo=UTC)


@pytest.fixture
def waiting(said_no: SayNo, camille: User) -> Message:
    step = actions.send_note(enrolment=said_no(), subject="A", body="B", actor=camille, now=MAY)
    return Message.objects.get(key=step.message_key)


def change(**fields: object) -> None:
    """Behind the actions' back, as another process may have done since it was planned."""
    Enrolment.objects.update(**fields)


def test_in_order_it_goes(waiting: Message) -> None:
    assert guard(waiting, MAY) == ""


@pytest.mark.parametrize(("fields", "verdict"), [
    ({"status": "ended"}, "ended"),
    ({"status": "paused", "paused_because": "reply"}, "answered"),
    ({"interaction_at": MAY + timedelta(seconds=5)}, "answered"),
    ({"unanswered": 3}, "unanswered"),
])  # fmt: skip
def test_what_stops_it_for_good(waiting: Message, fields: dict[str, object], verdict: str) -> None:
    change(**fields)

    assert guard(waiting, MAY + timedelta(seconds=11)) == verdict
    assert verdict in NOTE.reasons


@pytest.mark.parametrize(("because", "until", "later"), [
    ("away", date(2026, 5, 14), datetime(2026, 5, 15, 6, 30, tzinfo=UTC)),  # a holiday in between
    ("company_reply", date(2026, 5, 18), datetime(2026, 5, 18, 6, 30, tzinfo=UTC)),
    ("by_hand", None, datetime(2026, 5, 6, 6, 30, tzinfo=UTC)),
])  # fmt: skip
def test_what_puts_it_off(waiting: Message, because: str, until: date | None, later: datetime) -> None:
    change(status="paused", paused_because=because, paused_until=until)

    assert guard(waiting, MAY) == Later(later, because)


def test_an_earlier_contact_does_not_stop_it(waiting: Message) -> None:
    change(interaction_at=MAY - timedelta(days=2))

    assert guard(waiting, MAY) == ""


def test_a_seller_who_is_away_holds_back_only_what_nobody_read(waiting: Message, camille: User) -> None:
    Away.objects.create(user=camille, first_on=date(2026, 5, 4), last_on=date(2026, 5, 10), made_at=MAY)
    assert guard(waiting, MAY) == "", "somebody sent it"

    Step.objects.update(automatic=True)

    assert guard(waiting, MAY) == Later(datetime(2026, 5, 11, 6, 30, tzinfo=UTC), "seller_away")


def test_a_step_that_is_gone_sends_nothing(waiting: Message) -> None:
    Step.objects.all().delete()

    assert guard(waiting, MAY) == "not_planned"
    assert window(waiting) is None


def test_their_hours_hold_it_unless_it_was_sent_at_once_at_night(said_no: SayNo, camille: User) -> None:
    one, night = said_no(), datetime(2026, 5, 5, 21, 0, tzinfo=UTC)
    at_once = actions.send_note(enrolment=one, subject="A", body="B", actor=camille, now=night, at_once=True)
    assert window(Message.objects.get(key=at_once.message_key)) is None
    actions.take_back(step=at_once, actor=camille, now=night)

    by_day = actions.send_note(enrolment=one, subject="A", body="B", actor=camille, now=MAY)

    assert window(Message.objects.get(key=by_day.message_key)) == ("Europe/Paris", "FR")


def test_a_note_to_an_address_that_was_corrected_meanwhile_does_not_leave_and_comes_back_to_a_person(
    waiting: Message, helene: Person, post: SmtpServer
) -> None:
    helene.email = "h.marchetti@valmy.example"
    helene.save()

    deliver(MAY + timedelta(seconds=11))

    step, one = Step.objects.get(), Enrolment.objects.get()
    assert post.received == []
    assert (step.status, step.skipped_because) == ("skipped", "address_changed")
    assert (one.status, one.due_on) == ("active", date(2026, 5, 7))
    assert step.skipped_because in NOTE.reasons
