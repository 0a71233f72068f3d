"""From planned to sent, against a real mail server: what it got, and what is stored."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.conf import settings

from rebond.accounts.models import AuditEntry, User
from rebond.jobs.models import Job
from rebond.mail import actions
from rebond.mail.models import Message, MessageStatus
from rebond.mail.outgoing import smtp
from rebond.mail.work.sending import send, send_due
from tests.mail import purposes
from tests.mail.purposes import SECRET, plan
from tests.mail.server import SmtpServer

pytestmark = pytest.mark.django_db
A_YEAR = timedelta(days=365)


def sent(at: datetime) -> dict[str, int]:
    """Sends everything due at a time that stands still."""
    return dict(send(clock=lambda: at))


def row(key: str) -> Message:
    return Message.objects.get(key=key)


def test_a_planned_mail_arrives_whole_and_is_kept_without_its_personal_link(
    smtp_server: SmtpServer, camille: User, now: datetime
) -> None:
    planned = plan("test:1", now, sender=camille, actor=camille, language="fr")
    assert (planned.status, planned.planned_at, planned.subject) == (MessageStatus.PLANNED, now, "")
    assert sent(now) == {"accepted": 1}

    (got,) = smtp_server.received
    assert (got.sender, got.recipients) == ("rebond@ours.example", ["helene@valmy.example"])
    mail = got.mail
    assert mail["From"] == "Camille Aubry <rebond@ours.example>"
    assert mail["To"] == "Hélène Marchetti <helene@valmy.example>"
    assert mail["Reply-To"] == "camille@rebond.example"
    assert mail["Subject"] == "E-mail test:1"
    assert mail["Date"].datetime == now
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert f"List-Unsubscribe: <{SECRET}/{'x' * 120}>\r\n".encode() in got.raw
    assert got.text == f"Hello Hélène Marchetti,\n\n{SECRET}\n.\nBye\n"
    html = mail.get_body(("html",))
    assert html is not None
    assert SECRET in html.get_content()
    assert got.raw.isascii()
    assert max(len(line) for line in got.raw.split(b"\r\n")) < 998

    kept = row("test:1")
    assert (kept.status, kept.attempts, kept.finished_at, kept.lease_until) == (MessageStatus.ACCEPTED, 1, now, None)
    assert (kept.subject, kept.text) == ("E-mail test:1", "Hello Hélène Marchetti,\n\n[link]")
    assert kept.message_id == mail["Message-ID"]
    assert kept.message_id.endswith("@ours.example>")
    assert kept.answer == "250 2.0.0 taken"
    assert purposes.told == [("accepted", "test:1")]
    assert SECRET not in str(Message.objects.values_list())


def test_the_audit_log_names_each_step_and_no_address(smtp_server: SmtpServer, camille: User, now: datetime) -> None:
    plan("test:1", now, actor=camille)
    sent(now)
    steps = AuditEntry.objects.filter(verb__startswith="mail.").order_by("pk")
    assert [(step.verb, step.actor) for step in steps] == [("mail.plan", camille), ("mail.accept", None)]
    assert "valmy" not in str([step.detail for step in steps])


def test_the_same_key_is_planned_once_and_sent_once(smtp_server: SmtpServer, now: datetime) -> None:
    first = plan("test:1", now)
    again = plan("test:1", now, recipient="somebody.else@valmy.example", send_at=now + timedelta(days=9))
    assert again.pk == first.pk
    assert (again.recipient, again.send_at) == ("helene@valmy.example", now)
    sent(now)
    assert plan("test:1", now).status == MessageStatus.ACCEPTED
    assert sent(now + timedelta(days=1)) == {}
    assert len(smtp_server.received) == 1
    assert Message.objects.count() == 1


def test_what_is_due_is_sent_at_once_by_one_job_and_what_is_not_waits(smtp_server: SmtpServer, now: datetime) -> None:
    plan("later", now, send_at=now + timedelta(hours=1))
    assert not Job.objects.exists()
    plan("now", now)
    plan("now too", now)
    job = Job.objects.get()
    assert (job.name, job.run_at) == ("rebond.mail.work.sending.send_due", now)
    assert sent(now) == {"accepted": 2}
    assert row("later").status == MessageStatus.PLANNED
    assert sent(now + timedelta(minutes=59)) == {}
    assert sent(now + timedelta(hours=1)) == {"accepted": 1}


def test_many_mails_go_over_few_lines_and_a_refused_one_does_not_spoil_the_next(
    smtp_server: SmtpServer, now: datetime
) -> None:
    smtp_server.refuse("RCPT", "552 5.3.4 too large for this one", times=1)
    for number in range(23):
        plan(f"test:{number}", now)
    assert sent(now) == {"accepted": 22, "refused": 1}
    assert len({got.peer for got in smtp_server.received}) <= 6
    assert len({got.mail["Message-ID"] for got in smtp_server.received}) == 22


def test_without_a_mail_server_nothing_is_sent_and_all_stays_planned(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings.CONFIG, "mail_url", "")
    plan("test:1", now)
    assert sent(now) == {}
    assert (row("test:1").status, row("test:1").attempts) == (MessageStatus.PLANNED, 0)


@pytest.mark.parametrize("url", ["localhost:25", "http://x.example", "smtp://", "smtp://x:port", "smtp://[::1"])
def test_a_setting_that_is_no_mail_server_loses_nothing(
    now: datetime, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setattr(settings.CONFIG, "mail_url", url)
    plan("test:1", now)
    assert send_due.call() == {}
    assert row("test:1").status == MessageStatus.PLANNED


def test_the_job_stops_after_a_while_and_queues_the_rest(
    smtp_server: SmtpServer, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(actions.BATCH + 1):
        plan(f"test:{number}", now)
    looks = iter(range(1_000_000))
    done = send(clock=lambda: now + timedelta(seconds=next(looks)), until=now + timedelta(seconds=3))
    assert done["more"] == 1
    assert 0 < done["accepted"] <= actions.BATCH
    waits = Message.objects.filter(status=MessageStatus.PLANNED, attempts=0, worker="", lease_until=None)
    assert done["accepted"] + waits.count() == actions.BATCH + 1  # what was claimed and not begun is given back
    monkeypatch.setattr("rebond.mail.work.sending.RUN", timedelta(0))
    Job.objects.all().delete()
    assert send_due.call() == {}
    assert Job.objects.get().unique_key == "mail.send_due:a"


# ---- what the server says


def test_a_server_that_is_down_is_tried_again_later_with_the_same_message_id(
    smtp_server: SmtpServer, now: datetime
) -> None:
    smtp_server.stop()
    made = plan("test:1", now)
    plan("test:2", now)
    assert sent(now) == {"again": 2}
    waiting = row("test:1")
    assert (waiting.status, waiting.send_at) == (MessageStatus.DEFERRED, now + timedelta(minutes=15))
    assert "refused" in waiting.answer
    assert sent(now + timedelta(minutes=14)) == {}
    smtp_server.start()
    assert sent(now + timedelta(minutes=15)) == {"accepted": 2}
    assert made.message_id in {got.mail["Message-ID"] for got in smtp_server.received}
    assert row("test:1").message_id == made.message_id
    assert sorted(purposes.told) == [("accepted", "test:1"), ("accepted", "test:2")]


def test_a_server_that_puts_off_is_asked_five_times_in_growing_pauses_and_then_no_more(
    smtp_server: SmtpServer, now: datetime
) -> None:
    smtp_server.refuse("RCPT", "451 4.7.1 greylisted, try later")
    plan("test:1", now)
    pauses, at = [], now
    for _try in range(4):
        assert sent(at) == {"again": 1}
        pauses.append(row("test:1").send_at - at)
        at = row("test:1").send_at
    assert pauses == [timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4), timedelta(hours=24)]
    assert purposes.told == []
    sent(at)
    assert (row("test:1").status, row("test:1").attempts) == (MessageStatus.REJECTED, 5)
    assert sent(at + A_YEAR) == {}
    assert purposes.told == [("stopped", "test:1")]
    assert smtp_server.received == []


@pytest.mark.parametrize("place", ["RCPT", "DATA", "TEXT"])
def test_a_refusal_is_final_and_the_purpose_is_told(smtp_server: SmtpServer, now: datetime, place: str) -> None:
    smtp_server.refuse(place, "550 5.1.1 <helene@valmy.example> unknown here")
    plan("test:1", now)
    assert sent(now) == {"refused": 1}
    refused = row("test:1")
    assert (refused.status, refused.finished_at) == (MessageStatus.REJECTED, now)
    assert refused.answer == "550 5.1.1 <helene@valmy.example> unknown here"
    assert purposes.told == [("stopped", "test:1")]
    entry = AuditEntry.objects.get(verb="mail.reject")
    assert entry.detail == {"key": "test:1", "code": "550"}
    smtp_server.behave()
    assert sent(now + A_YEAR) == {}


@pytest.mark.parametrize("place", ["MAIL", "RCPT", "DATA", "TEXT"])
def test_a_put_off_at_any_place_is_tried_again(smtp_server: SmtpServer, now: datetime, place: str) -> None:
    smtp_server.refuse(place, "452 4.3.1 disk full", times=1)
    plan("test:1", now)
    assert sent(now) == {"again": 1}
    assert sent(now + timedelta(minutes=15)) == {"accepted": 1}
    assert len(smtp_server.received) == 1


def test_a_refused_sender_is_our_fault_and_writes_nobody_off(smtp_server: SmtpServer, now: datetime) -> None:
    smtp_server.refuse("MAIL", "550 5.7.1 you may not send as rebond@ours.example", times=1)
    plan("test:1", now)
    assert sent(now) == {"again": 1}
    assert row("test:1").status == MessageStatus.DEFERRED
    assert sent(now + timedelta(minutes=15)) == {"accepted": 1}


def test_a_line_that_dies_after_the_text_leaves_the_mail_unknown_and_unsent_until_somebody_decides(
    smtp_server: SmtpServer, admin_user: User, now: datetime
) -> None:
    smtp_server.take_and_hang_up()
    plan("test:1", now)
    plan("test:2", now + timedelta(seconds=1))
    assert sent(now) == {"unknown": 1}
    assert row("test:1").status == MessageStatus.UNKNOWN
    assert len(smtp_server.received) == 1
    smtp_server.behave()
    assert sent(now + timedelta(minutes=1)) == {"accepted": 1}  # the other one, over a new line
    assert sent(now + timedelta(hours=71)) == {}
    assert ("accepted", "test:1") not in purposes.told
    actions.resolve_unknown(message=row("test:1"), delivered=True, actor=admin_user, now=now)
    assert row("test:1").status == MessageStatus.ASSUMED_SENT
    assert ("accepted", "test:1") in purposes.told
    assert sent(now + A_YEAR) == {}


def test_a_server_that_never_answers_the_text_is_not_waited_for_without_end(
    smtp_server: SmtpServer, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "PATIENCE_AFTER_TEXT", 0.2)
    smtp_server.hold("TEXT")
    plan("test:1", now)
    assert sent(now) == {"unknown": 1}
    assert "timed out" in row("test:1").answer


def test_a_server_that_never_answers_before_the_text_is_tried_again(
    smtp_server: SmtpServer, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "PATIENCE", 0.2)
    smtp_server.hold("RCPT")
    plan("test:1", now)
    assert sent(now) == {"again": 1}
    assert smtp_server.received == []


def test_wherever_the_line_is_cut_no_mail_is_sent_twice_and_none_is_silently_lost(
    smtp_server: SmtpServer, now: datetime
) -> None:
    fates = []
    for cut in [*range(1, 110, 9), *range(110, 1800, 211)]:
        key = f"cut:{cut}"
        smtp_server.drop_after(cut)
        plan(key, now)
        sent(now)
        fates.append(row(key).status)
        smtp_server.behave()
        sent(now + timedelta(minutes=15))
        arrived = [got for got in smtp_server.received if got.mail["Message-ID"] == row(key).message_id]
        expected = {MessageStatus.ACCEPTED: 1, MessageStatus.UNKNOWN: 0}
        assert len(arrived) == expected[MessageStatus(row(key).status)]
    assert fates[0] == MessageStatus.DEFERRED  # before the text: safe to try again
    assert MessageStatus.UNKNOWN in fates  # in the text
    assert set(fates) <= {MessageStatus.DEFERRED, MessageStatus.UNKNOWN, MessageStatus.ACCEPTED}
