"""Who gets nothing, and why one mail was not sent: looked at inside the claim, and always said."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from rebond.accounts.models import AuditEntry, User
from rebond.mail import actions, purposes
from rebond.mail.actions import cancel_message, lift_suppression, move_message, suppress
from rebond.mail.models import Message, MessageStatus, Suppression
from rebond.mail.purposes import Letter, Purpose
from rebond.mail.queries import suppressed
from tests.mail import purposes as ours
from tests.mail.purposes import plan
from tests.mail.server import SmtpServer
from tests.mail.test_sending import row, sent

pytestmark = pytest.mark.django_db
HELENE = "helene@valmy.example"


def silence(now: datetime, address: str = HELENE, scope: str = "feedback", actor: User | None = None) -> Suppression:
    return suppress(address=address, scope=scope, why="asked", source="survey", actor=actor, now=now)


# ---- suppression


def test_silence_cancels_what_waits_tells_its_purpose_and_stops_what_is_planned_after(
    smtp_server: SmtpServer, now: datetime
) -> None:
    plan("waits", now, send_at=now + timedelta(hours=1))
    plan("other", now, recipient="somebody.else@valmy.example")
    silence(now, " Helene@VALMY.example ")
    waits = row("waits")
    assert (waits.status, waits.reason, waits.finished_at) == (MessageStatus.CANCELLED, "suppressed", now)
    assert ours.told == [("stopped", "waits")]
    plan("after", now)
    assert sent(now) == {"accepted": 1, "settled": 1}
    assert (row("after").status, row("after").reason) == (MessageStatus.SKIPPED, "suppressed")
    assert [got.recipients for got in smtp_server.received] == [["somebody.else@valmy.example"]]
    assert ours.told[1:] == [("stopped", "after"), ("accepted", "other")]


def test_silence_said_between_the_claim_and_the_text_still_wins(smtp_server: SmtpServer, now: datetime) -> None:
    plan("test:1", now)
    (mail,) = actions.claim(worker="a", now=now).mails
    silence(now)
    assert not actions.begin_data(message=mail.message, now=now)
    assert (row("test:1").status, row("test:1").reason) == (MessageStatus.CANCELLED, "suppressed")
    assert sent(now) == {}
    assert smtp_server.received == []


@pytest.mark.parametrize(
    ("scope", "purpose", "goes"),
    [
        ("feedback", "test.feedback", False),
        ("all", "test.feedback", False),
        ("all", "test.colleague", False),
        ("feedback", "test.colleague", True),
    ],
)
def test_a_scope_silences_its_own_purposes_and_all_silences_everything(
    smtp_server: SmtpServer, now: datetime, scope: str, purpose: str, goes: bool
) -> None:
    plan("before", now, purpose=purpose)
    silence(now, scope=scope)
    plan("after", now, purpose=purpose)
    sent(now)
    assert len(smtp_server.received) == (2 if goes else 0)
    assert row("before").status == (MessageStatus.ACCEPTED if goes else MessageStatus.CANCELLED)
    assert row("after").status == (MessageStatus.ACCEPTED if goes else MessageStatus.SKIPPED)


def test_twice_is_once_and_lifted_is_history(smtp_server: SmtpServer, now: datetime, camille: User) -> None:
    first, again = silence(now, actor=camille), silence(now, "HELENE@valmy.example")
    assert first.pk == again.pk
    assert AuditEntry.objects.filter(verb="mail.suppress").count() == 1
    assert HELENE not in str(Suppression.objects.values_list()) + str(AuditEntry.objects.values_list())
    assert lift_suppression(address=HELENE, scope="feedback", actor=camille, now=now)
    assert not lift_suppression(address=HELENE, scope="feedback", actor=camille, now=now)
    plan("test:1", now)
    assert sent(now) == {"accepted": 1}
    assert silence(now).pk != first.pk
    first.refresh_from_db()
    assert (first.lifted_at, first.lifted_by) == (now, camille)


@pytest.mark.parametrize(("scope", "why"), [("everything", "asked"), ("all", "bored")])
def test_a_scope_or_reason_that_does_not_exist_is_a_slip(now: datetime, scope: str, why: str) -> None:
    with pytest.raises(ValueError, match="is not a valid"):
        suppress(address=HELENE, scope=scope, why=why, source="x", actor=None, now=now)
    assert not Suppression.objects.exists()


def test_who_is_silent_is_answered_for_many_at_once_in_one_query(
    now: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    silence(now)
    silence(now, "b@bücher.example", scope="all")
    asked = [HELENE.upper(), "b@xn--bcher-kva.example", "c@valmy.example", *(f"{n}@x.example" for n in range(1000))]
    with django_assert_num_queries(1):
        assert suppressed(asked, "feedback") == {HELENE.upper(), "b@xn--bcher-kva.example"}
    assert suppressed(asked, "") == {"b@xn--bcher-kva.example"}
    assert suppressed([], "feedback") == set()


# ---- the other guards


def test_a_guard_that_says_no_leaves_its_reason_and_tells_its_purpose(smtp_server: SmtpServer, now: datetime) -> None:
    ours.guards["test:1"] = "changed"
    plan("test:1", now)
    assert sent(now) == {"settled": 1}
    skipped = row("test:1")
    assert (skipped.status, skipped.reason, skipped.finished_at) == (MessageStatus.SKIPPED, "changed", now)
    assert (skipped.subject, skipped.text, smtp_server.received) == ("", "", [])
    assert ours.told == [("stopped", "test:1")]
    assert AuditEntry.objects.get(verb="mail.skip").detail == {"key": "test:1", "reason": "changed"}
    ours.guards.clear()
    assert sent(now + timedelta(days=1)) == {}


def test_silence_is_looked_at_before_lateness_and_lateness_before_the_guard(
    smtp_server: SmtpServer, now: datetime
) -> None:
    ours.guards["late"] = "changed"
    plan("late", now)
    plan("silent", now, recipient="b@valmy.example")
    Suppression.objects.all().delete()
    Suppression.objects.create(
        fingerprint=row("silent").fingerprint, scope="all", why="asked", source="x", at=now
    )  # as if said after it was planned, by a version that cancelled nothing
    sent(now + timedelta(days=14, seconds=1))
    assert (row("late").reason, row("silent").reason) == ("too_late", "suppressed")


def test_after_two_weeks_to_the_second_a_mail_still_goes(smtp_server: SmtpServer, now: datetime) -> None:
    plan("test:1", now)
    assert sent(now + timedelta(days=14)) == {"accepted": 1}


@pytest.mark.parametrize(
    "address",
    ["", "helene", "helene@", "a@b.example\nBcc: c@d.example", f"{'a' * 300}@valmy.example", "ſ@valmy.example"],
)
def test_an_address_that_cannot_be_used_is_skipped_and_says_so(
    smtp_server: SmtpServer, now: datetime, address: str
) -> None:
    plan("bad", now, recipient=address)
    plan("good", now)
    assert sent(now) == {"settled": 1, "accepted": 1}
    assert row("bad").reason == "bad_address"
    assert [got.recipients for got in smtp_server.received] == [[HELENE]]


@pytest.mark.parametrize("broken", [RuntimeError("no such deal"), Letter("S", "T", headers={"Bcc": "x@y.example"})])
def test_a_mail_that_cannot_be_written_holds_up_nobody_and_is_given_up_in_the_end(
    smtp_server: SmtpServer, now: datetime, broken: Letter | Exception
) -> None:
    ours.letters["broken"] = broken
    plan("broken", now - timedelta(seconds=1), send_at=now - timedelta(seconds=1))
    plan("good", now)
    assert sent(now) == {"settled": 1, "accepted": 1}
    assert (row("broken").status, row("broken").answer) == (
        MessageStatus.DEFERRED,
        type(broken).__name__.replace("Letter", "ValueError"),
    )
    at = now
    for _try in range(4):
        at = row("broken").send_at
        sent(at)
    assert (row("broken").status, row("broken").reason) == (MessageStatus.SKIPPED, "could_not_be_written")
    assert ours.told == [("accepted", "good"), ("stopped", "broken")]
    assert len(smtp_server.received) == 1


def test_a_purpose_that_no_room_knows_is_put_off_and_harms_nobody(smtp_server: SmtpServer, now: datetime) -> None:
    plan("gone", now, purpose="nobody.knows")
    plan("good", now)
    assert sent(now) == {"settled": 1, "accepted": 1}
    assert row("gone").status == MessageStatus.DEFERRED


def test_a_purpose_that_breaks_on_the_good_news_leaves_its_own_mail_unknown_and_the_next_one_goes(
    smtp_server: SmtpServer, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(message: Message, now: datetime) -> None:
        raise RuntimeError("the programmer slipped")

    monkeypatch.setitem(
        purposes._PURPOSES, "test.colleague", Purpose("test.colleague", "", ours.write, accepted=broken)
    )
    plan("test:1", now, purpose="test.colleague")
    plan("test:2", now)
    assert sent(now) == {"broken": 1, "accepted": 1}
    later = now + actions.LEASE + timedelta(seconds=1)
    assert sent(later) == {"recovered": 1}
    assert row("test:1").status == MessageStatus.UNKNOWN
    assert len(smtp_server.received) == 2


def test_one_name_is_one_purpose() -> None:
    purposes.register(ours.FEEDBACK)
    with pytest.raises(ValueError, match="registered twice"):
        purposes.register(Purpose("test.feedback", "", ours.write))


# ---- taken back, moved


def test_a_mail_is_taken_back_until_its_text_has_begun_and_not_after(smtp_server: SmtpServer, now: datetime) -> None:
    for key in ("planned", "claimed", "begun"):
        plan(key, now)
    mails = {mail.message.key: mail.message for mail in actions.claim(worker="a", now=now).mails}
    plan("planned too", now)
    assert actions.begin_data(message=mails["begun"], now=now)
    back = {
        key: cancel_message(key=key, reason="deal_reopened", actor=None, now=now)
        for key in ("planned too", "claimed", "begun", "nobody knows it")
    }
    assert back == {"planned too": True, "claimed": True, "begun": False, "nobody knows it": False}
    assert not cancel_message(key="claimed", reason="again", actor=None, now=now)
    assert not actions.begin_data(message=mails["claimed"], now=now)
    assert (row("claimed").status, row("claimed").reason) == (MessageStatus.CANCELLED, "deal_reopened")
    assert row("begun").status == MessageStatus.DATA_STARTED
    assert ours.told == []  # who takes it back knows it


def test_a_mail_that_waits_can_be_moved(smtp_server: SmtpServer, now: datetime) -> None:
    plan("test:1", now, send_at=now + timedelta(days=3))
    assert move_message(key="test:1", send_at=now + timedelta(days=1), actor=None, now=now)
    assert sent(now + timedelta(days=1)) == {"accepted": 1}
    assert not move_message(key="test:1", send_at=now, actor=None, now=now)
    assert not move_message(key="nobody knows it", send_at=now, actor=None, now=now)


# ---- nothing anybody typed becomes a header

EVIL = "Hi\r\nBcc: everybody@valmy.example\r\n\r\n<b>body</b>"


def test_line_breaks_in_what_people_typed_add_no_header_and_no_recipient(
    smtp_server: SmtpServer, now: datetime
) -> None:
    ours.letters["evil"] = Letter(
        subject=EVIL, text="Hello\r\n.\r\nMAIL FROM:<x@y.example>\r\n", from_name=EVIL + "\u2028X: y",
        headers={"List-Unsubscribe": f"<https://x.example>{EVIL}"},
    )  # fmt: skip
    plan("evil", now, recipient_name=EVIL + '", <x@y.example>')
    assert sent(now) == {"accepted": 1}
    (got,) = smtp_server.received
    assert got.recipients == [HELENE]
    assert [name for name in got.mail.keys() if name.lower() in ("bcc", "cc", "x")] == []  # noqa: SIM118
    assert got.mail["From"].addresses[0].addr_spec == "rebond@ours.example"
    assert [one.addr_spec for one in got.mail["To"].addresses] == [HELENE]
    assert got.mail["Subject"] == "Hi Bcc: everybody@valmy.example <b>body</b>"
    assert got.text == "Hello\n.\nMAIL FROM:<x@y.example>\n"
    assert "\n" not in row("evil").subject + row("evil").recipient_name


@pytest.mark.parametrize("name", ["Bcc", "to", "X-A: b\r\nBcc", "Été", "", "A B"])
def test_a_letter_cannot_set_our_headers_or_strange_ones(smtp_server: SmtpServer, now: datetime, name: str) -> None:
    ours.letters["evil"] = Letter("Subject", "Text", headers={name: "x@y.example"})
    plan("evil", now)
    assert sent(now) == {"settled": 1}
    assert smtp_server.received == []
    assert row("evil").answer == "ValueError"
