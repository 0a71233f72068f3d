"""What holds a note back: the mail room's own guards, in the order of the specification, for a whole batch at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from rebond.accounts.models import User
from rebond.mail import actions, purposes
from rebond.mail.addresses import fingerprint
from rebond.mail.boxes import mailbox
from rebond.mail.guarding import guards
from rebond.mail.models import Aftermath, Basis, Mailbox, Message, MessageStatus, Wish
from rebond.mail.outgoing.compose import message_id
from rebond.mail.purposes import Later, Letter, Purpose, Verdict
from tests.mail.test_guards import silence

pytestmark = pytest.mark.django_db
HELENE = "helene@valmy.example"
#: What the note's own guard says, by key.
said: dict[str, Verdict] = {}
asked_in_order: list[str] = []
hours: dict[str, tuple[str, str] | None] = {}


def own_guard(message: Message, now: datetime) -> Verdict:
    asked_in_order.append(message.key)
    if message.key.startswith("breaks"):
        raise RuntimeError("the programmer slipped")
    return said.get(message.key, "")


NOTE = Purpose(
    "test.note", "keep_in_touch", lambda message, now: Letter("Hello", "Hello"), own_guard, use="keep_in_touch",
    cadence=True, window=lambda message: hours.get(message.key, hours.get("")),
)  # fmt: skip
ASK = Purpose("test.ask", "feedback", lambda message, now: Letter("Hello", "Hello"))
INSIDE = Purpose("test.inside", "", lambda message, now: Letter("Hello", "Hello"))
for one in (NOTE, ASK, INSIDE):
    purposes.register(one)


@pytest.fixture(autouse=True)
def _our_company(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(settings.CONFIG, "mail_from", "Rebond <rebond@ours.example>")
    yield
    said.clear()
    asked_in_order.clear()
    hours.clear()


@pytest.fixture
def house(now: datetime) -> Mailbox:
    """Signed off, so that notes may leave."""
    box = mailbox.house(now=now)
    actions.sign_off(mailbox=box, words="a test without DNS", actor=None, now=now)
    return box


def basis(now: datetime, address: str = HELENE, **more: Any) -> Basis:
    values = {"use": "keep_in_touch", "ground": "legitimate_interest", "source": "test", "obtained_at": now, "at": now}
    return Basis.objects.create(fingerprint=fingerprint(address), **(values | more))


def note(key: str, now: datetime, address: str = HELENE, **more: Any) -> Message:
    values: dict[str, Any] = {"purpose": "test.note", "planned_at": now, "send_at": now}
    return Message.objects.create(
        key=key, recipient=address, fingerprint=fingerprint(address), message_id=message_id(key), **(values | more)
    )


def left(key: str, at: datetime, address: str = HELENE, **more: Any) -> Message:
    values = {"status": MessageStatus.ACCEPTED, "finished_at": at, "send_at": at, "planned_at": at}
    return note(key, at, address, **(values | more))


def verdict(message: Message, now: datetime) -> object:
    return guards.look_at([message], now)[message.pk]


def reason(message: Message, now: datetime) -> str:
    found = verdict(message, now)
    return found.reason if isinstance(found, Later) else str(found)


# ---- one by one, in order


def test_a_note_with_a_reason_to_be_sent_goes(house: Mailbox, now: datetime) -> None:
    basis(now)
    assert verdict(note("test:1", now), now) == ""


def test_all_that_holds_a_note_back_is_said_in_the_order_of_the_specification(
    house: Mailbox, now: datetime, camille: User
) -> None:
    """Everything is wrong at once; each time the first thing is put right, the next one is said."""
    late = now - timedelta(days=15)
    hours[""] = ("Pacific/Auckland", "NZ")  # nine hours ahead of noon in Paris: night
    for number in range(6):
        left(f"before:{number}", now - timedelta(days=13 - number), aftermath=Aftermath.BOUNCED_SOFT,
             aftermath_at=now - timedelta(days=2, hours=number))  # fmt: skip
    Mailbox.objects.filter(pk=house.pk).update(is_on=False, paused_until=now + timedelta(hours=5), found={}, per_day=1)
    left("today", now - timedelta(minutes=5), "b@valmy.example")
    everything = actions.halt(covers="everything", because="operator", actor=camille, now=now)
    notes = actions.halt(covers="cadence", because="complaints", actor=None, now=now)
    silence(now, scope="keep_in_touch")
    message = note("test:1", now, send_at=late)
    said["test:1"] = "enrolment_ended"

    heard = [reason(message, now)]
    actions.lift_halt(halt=everything, actor=camille, now=now)
    heard.append(reason(message, now))
    actions.lift_halt(halt=notes, actor=camille, now=now)
    message.refresh_from_db()
    steps: list[Any] = [
        lambda: actions.turn_mailbox(mailbox=_again(house), on=True, actor=camille, now=now),
        lambda: actions.resume_mailbox(mailbox=_again(house), actor=camille, now=now),
        lambda: actions.sign_off(mailbox=_again(house), words="a relay of our own", actor=camille, now=now),
        lambda: actions.lift_suppression(address=HELENE, scope="keep_in_touch", actor=camille, now=now),
        lambda: basis(now),
        lambda: Message.objects.filter(pk=message.pk).update(send_at=now),
        said.clear,
        lambda: Message.objects.filter(pk__in=_keys("before:5", "before:4")).update(finished_at=late),
        lambda: Message.objects.filter(key__in=[f"before:{n}" for n in range(4)]).update(finished_at=late),
        lambda: Message.objects.filter(key="before:0").update(finished_at=now - timedelta(days=366)),
        lambda: Message.objects.filter(key__startswith="before").update(aftermath=""),
        hours.clear,
        lambda: Mailbox.objects.update(per_day=2),
    ]
    for step in steps:
        heard.append(reason(message, now))
        step()
        message.refresh_from_db()
    assert heard == [
        "halted", "halted", "mailbox_off", "mailbox_rests", "mailbox_not_checked", "suppressed", "no_basis", "too_late",
        "enrolment_ended", "too_soon", "too_soon", "enough_this_year", "came_back", "outside_hours", "daily_quota",
    ]  # fmt: skip
    assert verdict(message, now) == ""


def _again(box: Mailbox) -> Mailbox:
    return Mailbox.objects.get(pk=box.pk)


def _keys(*keys: str) -> list[int]:
    return list(Message.objects.filter(key__in=keys).order_by("pk").values_list("pk", flat=True))


def test_the_notes_own_guard_is_asked_only_when_nothing_before_it_says_no(house: Mailbox, now: datetime) -> None:
    basis(now)
    silence(now, "b@valmy.example", scope="all")
    messages = [note("silent", now, "b@valmy.example"), note("mine", now), note("unfounded", now, "c@valmy.example")]
    guards.look_at(messages, now)
    assert asked_in_order == ["mine"]


def test_a_later_of_the_notes_own_is_handed_on(house: Mailbox, now: datetime) -> None:
    basis(now)
    said["away"] = Later(now + timedelta(days=9), "out_of_office")
    assert verdict(note("away", now), now) == said["away"]


def test_a_guard_that_breaks_and_a_purpose_that_is_gone_hold_up_nobody_else(house: Mailbox, now: datetime) -> None:
    basis(now)
    messages = [note("breaks", now), note("gone", now, purpose="refer.gone"), note("fine", now)]
    found = guards.look_at(messages, now)
    assert isinstance(found[messages[0].pk], guards.Broken)
    assert isinstance(found[messages[1].pk], guards.Broken)
    assert found[messages[2].pk] == ""


# ---- what is not a note


def test_a_question_about_a_decision_is_held_by_nothing_that_is_for_notes(house: Mailbox, now: datetime) -> None:
    Mailbox.objects.update(is_on=False, per_minute=1, found={})
    actions.halt(covers="cadence", because="operator", actor=None, now=now)
    left("note", now - timedelta(days=1))
    asks = [note(f"ask:{n}", now, purpose="test.ask") for n in range(3)]
    assert set(guards.look_at(asks, now).values()) == {""}
    actions.halt(covers="everything", because="operator", actor=None, now=now)
    assert reason(asks[0], now) == "halted"


def test_a_question_counts_when_a_note_looks_back_and_mail_to_colleagues_does_not(
    house: Mailbox, now: datetime
) -> None:
    basis(now)
    left("inside", now - timedelta(days=1), purpose="test.inside")
    message = note("test:1", now)
    assert verdict(message, now) == ""
    asked_at = now - timedelta(days=13, hours=23)
    left("ask", asked_at, purpose="test.ask")
    assert verdict(message, now) == Later(asked_at + timedelta(days=14), "too_soon")
    assert verdict(message, asked_at + timedelta(days=14)) == ""


@pytest.mark.parametrize("status", ["claimed", "data_started", "unknown", "assumed_sent"])
def test_what_may_have_left_counts_as_left(house: Mailbox, now: datetime, status: str) -> None:
    basis(now)
    left("before", now - timedelta(days=1), status=status, finished_at=None)
    assert reason(note("test:1", now), now) == "too_soon"


@pytest.mark.parametrize("status", ["planned", "skipped", "cancelled", "rejected"])
def test_what_never_left_does_not(house: Mailbox, now: datetime, status: str) -> None:
    basis(now)
    left("before", now - timedelta(days=1), status=status)
    assert verdict(note("test:1", now), now) == ""


# ---- how often


def test_the_seventh_mail_of_a_year_waits_until_the_first_is_a_year_old(house: Mailbox, now: datetime) -> None:
    basis(now)
    first = now - timedelta(days=360)
    for number in range(6):
        left(f"n{number}", first + timedelta(days=20 * number))
    assert verdict(note("test:1", now), now) == Later(first + timedelta(days=365), "enough_this_year")


@pytest.mark.parametrize(("rhythm", "days"), [("half_year", 182), ("year", 365)])
def test_a_person_who_wants_less_gets_less(house: Mailbox, now: datetime, rhythm: str, days: int) -> None:
    basis(now)
    Wish.objects.create(fingerprint=fingerprint(HELENE), rhythm=rhythm, at=now)
    before = now - timedelta(days=20)
    left("before", before)
    assert verdict(note("test:1", now), now) == Later(before + timedelta(days=days), "too_soon")


def test_two_notes_to_one_person_in_one_batch_are_one(house: Mailbox, now: datetime) -> None:
    basis(now)
    first, second = note("a", now), note("b", now, " Helene@Valmy.example".strip())
    assert guards.look_at([first, second], now) == {
        first.pk: "", second.pk: Later(now + timedelta(days=14), "too_soon"),
    }  # fmt: skip


def test_three_mails_that_came_back_in_thirty_days_rest_the_address_and_two_do_not(
    house: Mailbox, now: datetime
) -> None:
    basis(now)
    came = [now - timedelta(days=days) for days in (29, 20, 15)]
    for number, at in enumerate(came[:2]):
        left(f"n{number}", at, aftermath=Aftermath.BOUNCED_SOFT, aftermath_at=at)
    message = note("test:1", now)
    assert verdict(message, now) == ""
    left("n3", came[2], aftermath=Aftermath.BOUNCED_SOFT, aftermath_at=came[2])
    assert verdict(message, now) == Later(came[0] + timedelta(days=30), "came_back")
    assert verdict(message, came[0] + timedelta(days=30)) == ""


# ---- hours and quota


def test_outside_their_hours_a_note_waits_for_them_and_a_holiday_is_no_working_day(
    house: Mailbox, now: datetime
) -> None:
    basis(now)
    hours["test:1"] = ("Europe/Paris", "FR")
    message = note("test:1", now)
    assert verdict(message, now) == ""  # Tuesday, 10:00 in Paris
    evening = datetime(2026, 7, 13, 18, 0, tzinfo=UTC)
    Message.objects.update(send_at=evening)
    message.refresh_from_db()
    assert verdict(message, evening) == Later(datetime(2026, 7, 15, 6, 30, tzinfo=UTC), "outside_hours")


def test_what_waits_two_weeks_then_waits_for_working_hours_too(house: Mailbox, now: datetime) -> None:
    basis(now)
    hours["test:1"] = ("Europe/Paris", "FR")
    left("before", datetime(2026, 6, 6, 8, 0, tzinfo=UTC))  # a Saturday
    assert verdict(note("test:1", now), now) == Later(datetime(2026, 6, 22, 6, 30, tzinfo=UTC), "too_soon")


def test_a_batch_keeps_to_the_mailboxs_minute_and_the_rest_is_spread_over_the_next_ones(
    house: Mailbox, now: datetime
) -> None:
    Mailbox.objects.update(per_minute=3)
    left("just now", now - timedelta(seconds=30), "x@valmy.example")
    left("a while ago", now - timedelta(seconds=61), "y@valmy.example")
    messages = [note(f"n{n}", now, f"p{n}@valmy.example", mailbox=house) for n in range(9)]
    for message in messages:
        basis(now, message.recipient)
    found = list(guards.look_at(messages, now).values())
    assert found[:2] == ["", ""]
    waits = [one.until - now for one in found[2:] if isinstance(one, Later)]
    assert waits == [timedelta(minutes=m) for m in (1, 1, 1, 2, 2, 2, 3)]


def test_what_is_over_the_day_leaves_the_next_days(house: Mailbox, now: datetime, camille: User) -> None:
    Mailbox.objects.update(per_day=2)
    own = Mailbox.objects.create(
        owner=camille, address="camille@ours.example", created_at=now, updated_at=now, checked_at=now
    )
    left("yesterday", now - timedelta(hours=10, seconds=1), "x@valmy.example")  # a second before midnight in Paris
    left("today", now - timedelta(hours=9), "y@valmy.example")
    messages = [note(f"n{n}", now, f"p{n}@valmy.example") for n in range(5)]
    mine = note("mine", now, "q@valmy.example", mailbox=own)
    for message in (*messages, mine):
        basis(now, message.recipient)
    found = guards.look_at([*messages, mine], now)
    midnight = datetime(2026, 6, 9, 22, 0, tzinfo=UTC)
    expected = ["", *(Later(midnight + timedelta(days=days), "daily_quota") for days in (0, 0, 1, 1))]
    assert [found[message.pk] for message in messages] == expected
    assert found[mine.pk] == ""


def test_a_batch_of_any_size_costs_the_same_queries(house: Mailbox, now: datetime) -> None:
    few = [note(f"few:{n}", now, f"f{n}@valmy.example") for n in range(2)]
    many = [note(f"many:{n}", now, f"m{n}@valmy.example") for n in range(200)]
    for message in (*few, *many):
        basis(now, message.recipient)
        left(f"old:{message.pk}", now - timedelta(days=100), message.recipient)

    def asked(messages: list[Message]) -> int:
        with CaptureQueriesContext(
            connection,
        ) as caught:
            assert set(guards.look_at(messages, now).values()) == {""}
        return sum("SAVEPOINT" not in one["sql"] for one in caught.captured_queries)

    assert asked(few) == asked(many) <= 12


# ---- before a note is planned


def test_a_screen_hears_the_same_without_planning_anything(house: Mailbox, now: datetime) -> None:
    def ask(address: str = HELENE, at: datetime = now, box: Mailbox | None = house) -> Verdict:
        return guards.preview(address, "keep_in_touch", True, box, "Europe/Paris", "FR", at)

    assert ask() == "no_basis"
    basis(now)
    assert ask() == ""
    assert ask("no address") == "no_basis"
    sunday = datetime(2026, 6, 14, 8, 0, tzinfo=UTC)
    assert ask(at=sunday) == Later(datetime(2026, 6, 15, 6, 30, tzinfo=UTC), "outside_hours")
    before = now - timedelta(days=1)
    left("before", before)
    assert ask() == Later(before + timedelta(days=14), "too_soon")
    silence(now, scope="all")
    assert ask() == "suppressed"
    assert Message.objects.count() == 1
