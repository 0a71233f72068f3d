"""When a mailbox is read, by whom, and what its Sent folder settles; against a real server (Dovecot)."""

from __future__ import annotations

import imaplib
import itertools
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.db import connection

from rebond.accounts.models import AuditEntry, User
from rebond.deals.models import Person
from rebond.jobs.models import Job
from rebond.mail import incoming
from rebond.mail.inbox import sync
from rebond.mail.models import Mailbox, Message, MessageStatus, Received
from rebond.mail.work import inbox as reading_work
from rebond.mail.work.inbox import read_inbox, read_inboxes
from tests.mail import inbox_mails
from tests.mail.imap_server import PASSWORD, ImapServer
from tests.mail.inbox_mails import house, inbox, look, mailbox_of, raw, sent_note, unknown
from tests.mail.server import SmtpServer
from tests.mail.test_secure import certificate  # noqa: F401

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _heard_nothing(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(incoming, "_LISTENERS", [])
    inbox_mails.answered.clear()  # by whichever test came before
    yield
    inbox_mails.answered.clear()


@pytest.fixture
def note(smtp_server: SmtpServer, helene: Person, now: datetime) -> Message:
    """A note of ours that Hélène's server took two days ago."""
    return sent_note("note:1", now)


# ---- when


def test_a_mailbox_that_fails_is_left_alone_ever_longer_and_never_holds_up_another(
    imap_server: ImapServer, camille: User, helene: Person, now: datetime
) -> None:
    broken = mailbox_of(camille, "imap://us:x@127.0.0.1:9", now - timedelta(days=1))
    at, tries = now, []
    while at < now + timedelta(hours=4):
        if broken in reading_work.due_now(at):
            tries.append(at)
            assert look(at, broken).problem == "unreachable"
        assert house(at) in reading_work.due_now(at)
        at += timedelta(minutes=1)
    gaps = [int((later - earlier).total_seconds() // 60) for earlier, later in itertools.pairwise(tries)]
    assert gaps[:6] == [1, 1, 2, 4, 8, 16]
    assert gaps[-1] == 60
    Mailbox.objects.filter(pk=broken.pk).update(updated_at=at)  # somebody entered another password
    assert broken in reading_work.due_now(at)


def test_a_wrong_password_is_not_tried_every_minute(imap_server: ImapServer, camille: User, now: datetime) -> None:
    box = mailbox_of(camille, imap_server.url.replace(PASSWORD, "wrong"), now - timedelta(days=1))
    look(now, box)
    assert box not in reading_work.due_now(now + timedelta(minutes=9))
    assert box in reading_work.due_now(now + timedelta(minutes=10))


def test_the_worker_queues_one_job_for_each_mailbox_and_reads_it(
    note: Message, imap_server: ImapServer, camille: User
) -> None:
    box = mailbox_of(camille, ImapServer(imap_server.dovecot).url, note.planned_at)
    Mailbox.objects.create(address="no-way-in@ours.example", created_at=note.planned_at, updated_at=note.planned_at)
    assert read_inboxes.call() == 2
    assert read_inboxes.call() == 2
    jobs = {job.kwargs["mailbox_id"]: job for job in Job.objects.filter(name__endswith="read_inbox")}
    assert set(jobs) == {box.pk, Mailbox.objects.get(is_house=True).pk}
    assert Job.objects.filter(name__endswith="read_inbox").count() == 2
    assert read_inbox.call(mailbox_id=box.pk) == {"seen": 0, "kept": 0, "left": 0}
    assert read_inbox.call(mailbox_id=999_999) == {}


@pytest.mark.django_db(transaction=True)
def test_two_readers_at_once_take_every_mail_once(
    note: Message, imap_server: ImapServer, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync, "BATCH", 5)
    for number in range(40):
        imap_server.deliver(raw(answers=note, number=number), at=now - HOUR)
    box, together = house(now), threading.Barrier(2, timeout=20)

    def reads() -> None:
        try:
            together.wait()
            for _turn in range(2):
                look(now, box)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as readers:
        for reader in [readers.submit(reads) for _one in range(2)]:
            reader.result(60)
    assert Received.objects.count() == 40
    assert sorted(inbox_mails.answered) == [("note:1", "human")] * 40
    assert (inbox(now).seen, inbox(now).uidnext) == (40, 41)


# ---- the Sent folder


def test_a_copy_in_the_sent_folder_settles_what_nobody_knew(
    smtp_server: SmtpServer, imap_server: ImapServer, now: datetime
) -> None:
    left, lost = unknown("note:1", now - HOUR), unknown("note:2", now - HOUR)
    copy = raw(sender="rebond@ours.example", Message_ID=left.message_id)
    imap_server.deliver(copy, at=now - HOUR, folder="Sent")
    imap_server.deliver(raw(sender="rebond@ours.example", Message_ID=lost.message_id), at=now - HOUR)  # a blind copy
    done = look(now)
    assert (done.left, done.kept) == (1, 0)
    left.refresh_from_db()
    lost.refresh_from_db()
    assert (left.status, left.reason) == (MessageStatus.ASSUMED_SENT, "found_in_sent")
    assert lost.status == MessageStatus.UNKNOWN
    assert AuditEntry.objects.get(verb="mail.found_in_sent").detail == {"key": "note:1"}
    assert look(now).left == 0


def test_the_sent_folder_may_be_named_and_only_the_mailbox_it_left_from_is_asked(
    smtp_server: SmtpServer, imap_server: ImapServer, camille: User, now: datetime
) -> None:
    left = unknown("note:1", now - HOUR)
    box = mailbox_of(camille, imap_server.url, now)
    Mailbox.objects.filter(pk=box.pk).update(sent_folder="Envoyés")
    box.refresh_from_db()
    with imaplib.IMAP4(imap_server.host, imap_server.dovecot.port) as client:
        client.login(imap_server.user, PASSWORD)
        client.create("Envoy&AOk-s")
        client.append("Envoy&AOk-s", "", "", raw(Message_ID=left.message_id))
    assert look(now, box).left == 0  # it left from the house mailbox
    Message.objects.filter(pk=left.pk).update(mailbox=box)
    assert look(now, box).left == 1
