"""What mail providers tell us: bounces, complaints, arrivals; once each, and from nobody else."""

from __future__ import annotations

import base64
import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from rebond.mail import actions
from rebond.mail.actions.events import Failure, failure
from rebond.mail.boxes import mailbox
from rebond.mail.models import Aftermath, Mailbox, Message, MessageStatus, Received, Suppression
from rebond.mail.reading.statuses import status_in
from tests.mail import purposes
from tests.mail.server import SmtpServer
from tests.mail.test_guards_of_notes import left, note
from tests.mail.test_sending import sent

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.mail.urls_with_events")]
SECRET = "events:long and secret"
HELENE = "helene@valmy.example"


@pytest.fixture(autouse=True)
def _secret(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.ANYMAIL = {"WEBHOOK_SECRET": SECRET}
    monkeypatch.setattr(settings.CONFIG, "mail_from", "Rebond <rebond@ours.example>")


def tell(told: dict[str, Any], secret: str = SECRET, provider: str = "postmark") -> int:
    """One event, as the provider's own computers tell it: signed out, without a form's token."""
    headers = {"HTTP_AUTHORIZATION": f"Basic {base64.b64encode(secret.encode()).decode()}"} if secret else {}
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    path = f"/anymail/{provider}/tracking/"
    return int(client.post(path, json.dumps(told), content_type="application/json", **headers).status_code)  # type: ignore[arg-type]


def bounce(message: Message | None, **more: Any) -> dict[str, Any]:
    values = {
        "RecordType": "Bounce", "ID": 4323372036854775807, "Type": "HardBounce", "TypeCode": 1,
        "MessageID": message.provider_id if message else "somebody-elses", "Email": HELENE,
        "BouncedAt": "2026-06-09T09:00:00Z", "Description": "The server was unable to deliver your message",
        "Details": "smtp;550 5.1.1 The email account that you tried to reach does not exist.",
    }  # fmt: skip
    return values | more


@pytest.fixture
def message(now: datetime) -> Message:
    return left("test:1", now, purpose="test.feedback", provider_id="883953f4-6105-42a2-a16a-77a8eac79483")


def test_a_hard_bounce_silences_the_address_and_is_kept_like_one_that_came_by_mail(
    message: Message, now: datetime
) -> None:
    waits = note("waits", now, purpose="test.feedback", send_at=now + timedelta(days=99))
    assert tell(bounce(message)) == 200
    message.refresh_from_db()
    waits.refresh_from_db()
    assert message.aftermath == Aftermath.BOUNCED_HARD
    assert waits.status == MessageStatus.CANCELLED
    assert Suppression.objects.get().why == "bounced"
    kept = Received.objects.get()
    assert (kept.kind, kept.answers, kept.matched_by, kept.folder) == ("bounce_hard", message, "message_id", "events")
    assert (kept.reading["status"], kept.followed_at is not None) == ("5.1.1", True)


def test_the_same_event_told_again_changes_nothing(message: Message) -> None:
    for _time in range(3):
        assert tell(bounce(message, Type="SoftBounce", Details="smtp;452 4.2.2 full")) == 200
    assert Received.objects.count() == 1
    message.refresh_from_db()
    assert message.aftermath == Aftermath.BOUNCED_SOFT
    assert not Suppression.objects.exists()


@pytest.mark.parametrize("secret", ["", "events:wrong", "wrong:long and secret"])
def test_an_event_that_nobody_vouches_for_is_refused(message: Message, secret: str) -> None:
    assert tell(bounce(message), secret) == 400
    assert not Received.objects.exists()
    assert not Suppression.objects.exists()


def test_without_a_secret_in_the_settings_there_is_no_such_address(message: Message, settings: Any) -> None:
    settings.ROOT_URLCONF = "rebond.web.urls"
    assert settings.CONFIG.webhook_secret == ""
    assert tell(bounce(message)) in (302, 404)
    assert not Received.objects.exists()


@pytest.mark.parametrize(
    ("more", "kind", "aftermath", "silent"),
    [
        ({"Details": ""}, "bounce_hard", "bounced_hard", True),
        ({"Type": "SoftBounce", "Details": ""}, "bounce_soft", "bounced_soft", False),
        ({"Type": "SoftBounce", "Details": "smtp;550 5.2.2 mailbox full"}, "bounce_soft", "bounced_soft", False),
        ({"Type": "Blocked", "Details": "smtp;550 5.7.1 unsigned mail"}, "bounce_policy", "", False),
        ({"Type": "Blocked", "Details": ""}, "bounce_soft", "bounced_soft", False),
        ({"Type": "BadEmailAddress", "Details": ""}, "bounce_hard", "bounced_hard", True),
        ({"RecordType": "SpamComplaint", "Type": "SpamComplaint"}, "complaint", "complained", True),
    ],
)
def test_each_kind_of_event_does_what_its_like_by_mail_does(
    message: Message, more: dict[str, Any], kind: str, aftermath: str, silent: bool
) -> None:
    assert tell(bounce(message, **more)) == 200
    message.refresh_from_db()
    assert (Received.objects.get().kind, message.aftermath) == (kind, aftermath)
    assert Suppression.objects.exists() is silent


@pytest.mark.parametrize(
    "told",
    [
        {"RecordType": "Open", "FirstOpen": True, "ReceivedAt": "2026-06-09T09:00:00Z"},
        {"RecordType": "Click", "ClickLocation": "HTML", "ReceivedAt": "2026-06-09T09:00:00Z"},
        {"RecordType": "Bounce", "Type": "Transient", "ID": 1},
        {"RecordType": "Bounce", "Type": "AutoResponder", "ID": 1},
        {"RecordType": "Something new"},
    ],
)
def test_opens_clicks_and_what_we_do_not_know_leave_no_trace(message: Message, told: dict[str, Any]) -> None:
    before = Message.objects.values().get()
    assert tell({"MessageID": message.provider_id, "Recipient": HELENE, **told}) == 200
    assert Message.objects.values().get() == before
    assert not Received.objects.exists()


@pytest.mark.parametrize("known_by", ["provider_id", "message_id"])
def test_delivered_settles_what_nobody_knew(now: datetime, known_by: str) -> None:
    message = note("lost", now, purpose="test.feedback", status=MessageStatus.UNKNOWN, provider_id="their-number")
    told = {
        "RecordType": "Delivery", "Recipient": HELENE, "DeliveredAt": "2026-06-09T09:00:00Z",
        "MessageID": getattr(message, known_by).strip("<>"),
    }  # fmt: skip
    assert tell(told) == 200
    message.refresh_from_db()
    assert message.status == MessageStatus.ACCEPTED
    assert purposes.told == [("accepted", "lost")]
    assert tell(told) == 200
    assert purposes.told == [("accepted", "lost")]


def test_delivered_does_not_bring_back_what_was_decided(now: datetime) -> None:
    message = note("back", now, purpose="test.feedback", status=MessageStatus.CANCELLED, provider_id="their-number")
    assert not actions.note_delivered(message=message, source="provider", now=now)
    message.refresh_from_db()
    assert message.status == MessageStatus.CANCELLED


def test_another_provider_tells_the_same_in_its_own_words(now: datetime) -> None:
    message = left("test:1", now, purpose="test.feedback")
    told = {
        "event": "hard_bounce", "email": HELENE, "id": 26_224, "date": "2026-06-09 09:00:00",
        "ts_epoch": 1_780_995_600_000,
        "message-id": message.message_id, "reason": "550 5.1.1 no such person",
    }  # fmt: skip
    assert tell(told, provider="brevo") == 200
    assert Received.objects.get().answers == message
    assert Suppression.objects.exists()


def test_an_event_about_a_stranger_changes_nothing(now: datetime) -> None:
    assert tell(bounce(None, Email="nobody@stranger.example")) == 200
    assert not Suppression.objects.exists()
    assert not Received.objects.exists()


# ---- what a failure means, whoever tells of it


@pytest.mark.parametrize(
    ("words", "status", "about"),
    [
        ("550 5.1.1 no such person", "5.1.1", Failure.ADDRESS),
        ("smtp; 550-5.1.10 RESOLVER.ADR.RecipientNotFound", "5.1.10", Failure.ADDRESS),
        ("550 5.2.1 disabled", "5.2.1", Failure.ADDRESS),
        ("552 5.2.2 over quota", "5.2.2", Failure.FOR_GOOD),
        ("550 5.7.515 Access denied", "5.7.515", Failure.POLICY),
        ("550 5.1.8 bad sender", "5.1.8", Failure.POLICY),
        ("450 4.1.1 try again", "4.1.1", Failure.FOR_NOW),
        ("550 no such user here", "5.0.0", Failure.FOR_GOOD),
        ("421", "4.0.0", Failure.FOR_NOW),
        ("", "", Failure.FOR_NOW),
    ],
)
def test_a_servers_words_say_whom_it_is_about(words: str, status: str, about: Failure) -> None:
    assert (status_in(words), failure(status_in(words))) == (status, about)


def test_a_refusal_that_blames_us_rests_the_mailbox_and_not_the_person(now: datetime) -> None:
    house = mailbox.house(now=now)
    messages = [left(f"n{n}", now, f"p{n}@valmy.example") for n in range(3)]
    for message in messages:  # three in one go are one trouble
        actions.note_failure(message=message, address="", status="5.7.1", source="smtp", now=now)
    house.refresh_from_db()
    assert (house.paused_until, house.paused_because) == (now + timedelta(hours=24), "policy")
    assert not Suppression.objects.exists()
    assert not Message.objects.exclude(aftermath="").exists()


def test_each_new_refusal_rests_it_twice_as_long_up_to_a_limit_and_a_month_of_peace_is_forgiven(now: datetime) -> None:
    mailbox.house(now=now)
    at, rests = now, []
    for _time in range(6):
        actions.note_failure(message=None, address="", status="5.7.1", source="smtp", now=at)
        until = Mailbox.objects.get().paused_until
        assert until is not None
        rests.append((until - at) / timedelta(days=1))
        at = until + timedelta(hours=1)
    assert rests == [1, 2, 4, 8, 16, 16]
    at += timedelta(days=31)
    actions.note_failure(message=None, address="", status="5.7.1", source="smtp", now=at)
    assert Mailbox.objects.get().paused_until == at + timedelta(days=1)


def test_a_forged_bounce_silences_nobody_we_have_not_written_to(now: datetime) -> None:
    actions.note_failure(message=None, address="rival@other.example", status="5.1.1", source="bounce", now=now)
    actions.note_complaint(message=None, address="rival@other.example", source="bounce", now=now)
    assert not Suppression.objects.exists()
    message = left("test:1", now)
    actions.note_failure(message=message, address="rival@other.example", status="5.1.1", source="bounce", now=now)
    assert [one.fingerprint for one in Suppression.objects.all()] == [message.fingerprint]


def test_the_strongest_thing_that_came_back_is_kept(now: datetime) -> None:
    message = left("test:1", now)
    heard = [
        actions.note_aftermath(message=message, aftermath=one, now=now)
        for one in ("auto_replied", "bounced_soft", "auto_replied", "replied", "replied", "complained", "bounced_hard")
    ]
    assert heard == [True, True, False, True, False, True, False]
    message.refresh_from_db()
    assert message.aftermath == Aftermath.COMPLAINED
    refused = left("refused", now, "b@valmy.example", status=MessageStatus.REJECTED)
    assert not actions.note_aftermath(message=refused, aftermath="bounced_hard", now=now)


def test_the_settings_know_the_secret_only_when_one_is_set() -> None:
    from rebond.web import settings as made

    assert made.ANYMAIL == {}
    assert settings.CONFIG.webhook_secret == ""


@pytest.mark.parametrize(
    ("answer", "silent", "rests"),
    [
        ("550 5.1.1 no such person", True, False),
        ("550 No such user here", True, False),
        ("550 no", False, False),
        ("554 rejected", False, False),
        ("550 5.7.1 message refused, sender not authenticated", False, True),
        ("552 5.2.2 mailbox full", False, False),
    ],
)
def test_a_refusal_at_the_door_does_what_its_like_by_mail_does(
    now: datetime, answer: str, silent: bool, rests: bool
) -> None:
    mailbox.house(now=now)
    message = left("test:1", now, status=MessageStatus.REJECTED)
    actions.note_refusal(message=message, answer=answer, now=now)
    assert (Suppression.objects.exists(), Mailbox.objects.get().paused_until is not None) == (silent, rests)


def test_a_mail_refused_by_a_real_server_silences_its_address(smtp_server: SmtpServer, now: datetime) -> None:
    smtp_server.refuse("RCPT", "550 5.1.1 no such person", times=1)
    purposes.plan("test:1", now)
    later = purposes.plan("test:2", now, send_at=now + timedelta(days=1))
    assert sent(now) == {"refused": 1}
    later.refresh_from_db()
    assert (later.status, later.reason) == (MessageStatus.CANCELLED, "suppressed")
    assert (Suppression.objects.get().why, Suppression.objects.get().source) == ("bounced", "smtp")
