"""Several lines, several ways out, one writer: who goes where, and that one's trouble is nobody else's."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from rebond.accounts.models import AuditEntry, User
from rebond.mail import actions
from rebond.mail.boxes import secrets
from rebond.mail.models import Mailbox, Message, MessageStatus
from rebond.mail.outgoing import restored
from rebond.mail.purposes import _PURPOSES, Later, Letter
from tests.mail import purposes
from tests.mail.purposes import plan
from tests.mail.server import SmtpServer, serving
from tests.mail.test_sending import row, sent

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def box_of(owner: User, url: str, now: datetime) -> Mailbox:
    return Mailbox.objects.create(
        owner=owner, address=owner.email, name=owner.name, way_out=secrets.hide(url), created_at=now, updated_at=now
    )


def test_each_mailbox_sends_through_its_own_server_under_its_own_name(
    smtp_server: SmtpServer, camille: User, yanis: User, now: datetime
) -> None:
    purposes.letters |= {key: Letter("s", "t") for key in ("hers", "his", "ours")}
    with serving() as own:
        plan("hers", now, mailbox=box_of(camille, own.url, now))
        plan("his", now, mailbox=box_of(yanis, "", now))  # his address, the installation's server
        plan("ours", now)
        assert sent(now) == {"accepted": 3}
        (hers,) = own.received
        assert (hers.sender, hers.mail["From"].addresses[0].addr_spec) == (camille.email, camille.email)
        assert {got.mail["From"].addresses[0].addr_spec for got in smtp_server.received} == {
            yanis.email, "rebond@ours.example",
        }  # fmt: skip
        assert hers.mail["From"].addresses[0].display_name == camille.name


def test_a_mailbox_whose_server_is_away_or_cannot_be_read_keeps_its_mail_and_the_others_leave(
    smtp_server: SmtpServer, camille: User, yanis: User, now: datetime
) -> None:
    with serving() as own:
        away = own.url
    boxes = [box_of(camille, away, now), box_of(yanis, "nonsense://x", now)]
    for number in range(3):
        plan(f"away:{number}", now, mailbox=boxes[0])
        plan(f"unreadable:{number}", now, mailbox=boxes[1])
        plan(f"ours:{number}", now + timedelta(seconds=1))
    assert sent(now + timedelta(seconds=1)) == {"accepted": 3, "again": 3}
    assert {row(f"away:{number}").status for number in range(3)} == {MessageStatus.DEFERRED}
    unread = Message.objects.filter(mailbox=boxes[1])
    assert set(unread.values_list("status", "attempts")) == {(MessageStatus.PLANNED, 0)}


def test_without_a_server_of_the_installation_a_mailbox_of_its_own_still_sends(
    camille: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings.CONFIG, "mail_url", "")
    with serving() as own:
        plan("hers", now, mailbox=box_of(camille, own.url, now))
        plan("ours", now)
        assert sent(now) == {"accepted": 1}
        assert len(own.received) == 1
    assert row("ours").status == MessageStatus.PLANNED


def test_a_server_that_lets_few_lines_in_is_served_by_those(smtp_server: SmtpServer, now: datetime) -> None:
    smtp_server.most_lines = 2
    for number in range(40):
        plan(f"test:{number}", now)
    assert sent(now) == {"accepted": 40}
    assert Message.objects.filter(attempts=1).count() == 40
    assert len({got.peer for got in smtp_server.received}) <= 2


def test_a_server_that_hangs_up_after_some_mails_is_called_again(smtp_server: SmtpServer, now: datetime) -> None:
    smtp_server.mails_a_line = 3
    for number in range(30):
        plan(f"test:{number}", now)
    assert sent(now) == {"accepted": 30}
    assert Counter(got.recipients[0] for got in smtp_server.received) == {"helene@valmy.example": 30}


def test_a_mail_that_is_told_to_wait_is_planned_again_with_the_reason(smtp_server: SmtpServer, now: datetime) -> None:
    purposes.guards["test:1"] = Later(now + HOUR, "outside_hours")
    plan("test:1", now)
    assert sent(now) == {"settled": 1}
    waits = row("test:1")
    assert (waits.status, waits.send_at, waits.reason, waits.attempts) == ("planned", now + HOUR, "outside_hours", 0)
    assert AuditEntry.objects.get(verb="mail.put_off").detail == {"key": "test:1", "reason": "outside_hours"}
    assert purposes.told == []
    purposes.guards.clear()
    assert sent(now + HOUR - timedelta(seconds=1)) == {}
    assert sent(now + HOUR) == {"accepted": 1}


def test_many_that_are_put_off_do_not_hide_those_that_may_go(smtp_server: SmtpServer, now: datetime) -> None:
    for number in range(2 * actions.BATCH):
        purposes.guards[f"later:{number}"] = Later(now + HOUR, "outside_hours")
        plan(f"later:{number}", now)
    plan("now", now)
    assert sent(now) == {"settled": 2 * actions.BATCH, "accepted": 1}


def test_one_purpose_that_breaks_when_it_is_told_leaves_its_own_mail_only(
    smtp_server: SmtpServer, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(message: Message, _now: datetime) -> None:
        message.__class__.objects.filter(pk=message.pk).update(subject="half done")
        raise ZeroDivisionError

    monkeypatch.setitem(_PURPOSES, "test.colleague", replace(purposes.COLLEAGUE, accepted=broken))
    for number in range(12):
        plan(f"test:{number}", now, purpose="test.colleague" if number == 5 else "test.feedback")
    assert sent(now) == {"accepted": 11, "broken": 1}
    assert (row("test:5").status, row("test:5").subject) == (MessageStatus.DATA_STARTED, "Email test:5")
    assert len(smtp_server.received) == 12
    assert sent(now + HOUR) == {"recovered": 1}
    assert row("test:5").status == MessageStatus.UNKNOWN


def test_a_claim_takes_as_many_questions_for_twenty_mails_as_for_two(now: datetime) -> None:
    restored.check(now=now)
    counts = []
    for many in (2, 20):
        for number in range(many):
            plan(f"test:{many}:{number}", now)
        with CaptureQueriesContext(connection) as asked:
            assert len(actions.claim(worker="a", now=now).mails) == many
        counts.append(sum("SAVEPOINT" not in one["sql"] and "SET" not in one["sql"] for one in asked.captured_queries))
    assert counts[0] == counts[1]


def test_a_commit_for_all_lines_takes_as_many_questions_for_twenty_mails_as_for_two(now: datetime) -> None:
    counts = []
    for many in (2, 20):
        for number in range(many):
            plan(f"test:{many}:{number}", now)
        mails = [one.message for one in actions.claim(worker="a", now=now).mails]
        with CaptureQueriesContext(connection) as asked:
            assert actions.advance(begun=mails, now=now) == {one.pk for one in mails}
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_what_nobody_could_say_for_three_days_is_taken_as_sent_and_says_so(
    smtp_server: SmtpServer, now: datetime
) -> None:
    smtp_server.take_and_hang_up()
    plan("test:1", now)
    assert sent(now) == {"unknown": 1}
    smtp_server.behave()
    assert sent(now + timedelta(hours=72)) == {}
    assert sent(now + timedelta(hours=72, seconds=1)) == {"assumed": 1}
    taken = row("test:1")
    assert (taken.status, taken.reason, taken.lease_until) == ("assumed_sent", "assumed_after_72_hours", None)
    assert purposes.told == [("accepted", "test:1")]
    assert AuditEntry.objects.get(verb="mail.assume").actor is None
