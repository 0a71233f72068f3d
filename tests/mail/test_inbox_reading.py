"""A real mailbox (Dovecot) read: what is kept, what is passed by, and what happens when the server plays tricks."""

from __future__ import annotations

import imaplib
import itertools
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from rebond.accounts.models import User
from rebond.deals.models import Person
from rebond.mail import incoming
from rebond.mail.inbox import sync, words
from rebond.mail.inbox.imap import ENOUGH, Line, Trouble
from rebond.mail.models import Aftermath, Folder, Kind, Mailbox, MatchedBy, Message, Received
from rebond.mail.work import inbox as reading_work
from rebond.mail.work.inbox import read
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
    yield
    inbox_mails.answered.clear()


@pytest.fixture
def note(smtp_server: SmtpServer, helene: Person, now: datetime) -> Message:
    """A note of ours that Hélène's server took two days ago."""
    return sent_note("note:1", now)


# ---- what is kept


def test_a_real_answer_is_kept_and_followed_and_the_mailbox_stays_as_it_was(
    note: Message, imap_server: ImapServer, smtp_server: SmtpServer, now: datetime
) -> None:
    (got,) = smtp_server.received
    imap_server.deliver(raw(text="Yes, call me.", In_Reply_To=got.mail["Message-ID"]), at=now - HOUR)
    done = look(now)
    assert (done.seen, done.kept, done.problem) == (1, 1, "")

    kept = Received.objects.get()
    assert (kept.kind, kept.text, kept.answers, kept.matched_by) == (
        Kind.HUMAN, "Yes, call me.", note, MatchedBy.MESSAGE_ID,
    )  # fmt: skip
    assert (kept.received_at, kept.followed_at, kept.folder, kept.uid) == (now - HOUR, now, "INBOX", 1)
    note.refresh_from_db()
    assert note.aftermath == Aftermath.REPLIED
    assert inbox_mails.answered == [("note:1", "human")]

    (file,) = imap_server.files()
    assert "S" not in file.name.partition(":2,")[2]  # never marked as seen
    with imaplib.IMAP4(imap_server.host, imap_server.dovecot.port) as client:
        client.login(imap_server.user, PASSWORD)
        client.select("INBOX", readonly=True)
        assert client.search(None, "UNSEEN")[1] == [b"1"]


def test_a_second_look_asks_for_nothing_it_has_seen(note: Message, imap_server: ImapServer, now: datetime) -> None:
    imap_server.deliver(raw(answers=note, number=1), at=now - HOUR)
    look(now)
    assert look(now).seen == 0
    imap_server.deliver(raw(answers=note, number=2), at=now - HOUR)
    assert (look(now).seen, Received.objects.count()) == (1, 2)
    folder = inbox(now)
    assert (folder.seen, folder.kept, folder.uidnext, folder.read_at) == (2, 2, 3, now)
    assert folder.modseq > 0  # CONDSTORE is there


def test_two_thousand_mails_of_strangers_are_passed_by_and_none_is_opened(
    note: Message, imap_server: ImapServer, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[int] = []
    really = Line.text
    monkeypatch.setattr(Line, "text", lambda self, uid: opened.append(uid) or really(self, uid))
    for number in range(2_000):
        imap_server.deliver(
            raw(sender=f"Somebody <n{number}@elsewhere.example>", number=number, text="private"), at=now - HOUR
        )
    imap_server.deliver(raw(answers=note, number=9_999), at=now - HOUR)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        done = look(now)
    assert (done.seen, done.kept) == (2_001, 1)
    assert opened == [2_001]
    assert Received.objects.count() == 1
    assert (inbox(now).seen, inbox(now).kept) == (2_001, 1)
    batches = -(-2_001 // sync.BATCH)
    assert len(asked) < 14 * batches + 80  # by batch, not by mail


def test_only_the_last_month_is_looked_at_first(note: Message, imap_server: ImapServer, now: datetime) -> None:
    imap_server.deliver(raw(answers=note, number=1), at=now - timedelta(days=90))
    imap_server.deliver(raw(answers=note, number=2), at=now - timedelta(days=20))
    look(now)
    assert [one.message_id for one in Received.objects.all()] == ["mail-2@valmy.example"]


def test_a_month_without_any_mail_begins_at_the_end(imap_server: ImapServer, now: datetime) -> None:
    for number in range(3):
        imap_server.deliver(raw(number=number), at=now - timedelta(days=400))
    assert look(now).seen == 0
    assert inbox(now).uidnext == 4


def test_a_run_ends_when_its_time_is_up_and_the_next_goes_on(
    note: Message, imap_server: ImapServer, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync, "BATCH", 3)
    monkeypatch.setattr(sync, "AT_MOST", 4)
    for number in range(8):
        imap_server.deliver(raw(answers=note, number=number), at=now - HOUR)
    done = look(now, until=now + HOUR)
    assert (done.seen, done.more) == (6, True)
    done = look(now, until=now + HOUR)
    assert (done.seen, done.more) == (2, False)
    assert Received.objects.count() == 8
    assert look(now, until=now).more is False  # nothing is left


def test_a_run_whose_time_is_up_within_a_batch_goes_on_behind_the_last_mail(
    note: Message, imap_server: ImapServer, now: datetime
) -> None:
    for number in range(6):
        imap_server.deliver(raw(answers=note, number=number), at=now - HOUR)
    ticks = itertools.count()
    done = read(house(now), clock=lambda: now + timedelta(seconds=next(ticks)), until=now + timedelta(seconds=8))
    assert done.more
    assert 0 < done.seen < 6
    assert (inbox(now).uidnext, Received.objects.count()) == (done.seen + 1, done.seen)
    assert look(now).seen == 6 - done.seen
    assert Received.objects.count() == 6


def test_of_a_huge_mail_only_the_beginning_is_fetched(
    note: Message, imap_server: ImapServer, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched: list[int] = []
    really = Line.text

    def counted(self: Line, uid: int) -> bytes | None:
        got = really(self, uid)
        fetched.append(len(got or b""))
        return got

    monkeypatch.setattr(Line, "text", counted)
    head = raw(answers=note, Content_Type='multipart/mixed; boundary="b"', text="").decode()
    part = "--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nSee the plans attached.\r\n--b\r\n"
    film = "Content-Type: video/mp4\r\nContent-Transfer-Encoding: base64\r\n\r\n" + ("QUJD" * 19 + "\r\n") * 650_000
    imap_server.deliver((head + part + film + "--b--\r\n").encode(), at=now - HOUR)
    look(now)
    assert fetched == [ENOUGH]
    assert Received.objects.get().text == "See the plans attached."


# ---- what is private, and what is only near


def test_a_seller_s_own_mailbox_gives_what_concerns_people_here_and_nothing_else(
    imap_server: ImapServer, camille: User, helene: Person, now: datetime
) -> None:
    box = mailbox_of(camille, imap_server.url, now)
    imap_server.deliver(raw(sender="Aunt <aunt@family.example>", number=1, text="Sunday?"), at=now - HOUR)
    imap_server.deliver(raw(sender="HELENE@valmy.example", number=2, text="Are you free?"), at=now - HOUR)
    imap_server.deliver(raw(sender=f"Camille <{camille.email}>", number=3, text="Note to self"), at=now - HOUR)
    look(now, box)
    kept = Received.objects.get()
    assert (kept.text, kept.person, kept.matched_by, kept.answers) == ("Are you free?", helene, MatchedBy.ADDRESS, None)


def test_a_copy_of_our_own_mail_is_no_answer(
    note: Message, imap_server: ImapServer, smtp_server: SmtpServer, now: datetime
) -> None:
    imap_server.deliver(smtp_server.received[0].raw, at=now - HOUR)
    done = look(now)
    assert (done.seen, done.kept, Received.objects.count()) == (1, 0, 0)


def test_a_report_about_somebody_else_s_mail_is_read_and_not_kept(
    note: Message, imap_server: ImapServer, now: datetime
) -> None:
    imap_server.deliver(report("stranger@elsewhere.example", "<private@home.example>"), at=now - HOUR)
    done = look(now)
    assert (done.seen, done.kept) == (1, 0)


def report(failed: str, original: str) -> bytes:
    """A delivery report (RFC 3464) that returns the headers of the mail."""
    return f"""From: Mail Delivery System <MAILER-DAEMON@mx.example>
To: rebond@ours.example
Subject: Undelivered Mail Returned to Sender
Message-ID: <dsn-{abs(hash(failed))}@mx.example>
Date: Tue, 9 Jun 2026 06:00:00 +0000
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="=b"

--=b
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--=b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; {failed}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 <{failed}>: Recipient address rejected: User unknown

--=b
Content-Type: text/rfc822-headers

From: rebond@ours.example
To: {failed}
Message-ID: {original}
Subject: Hello

--=b--
""".replace("\n", "\r\n").encode()


def test_a_report_in_the_junk_folder_counts_and_a_forged_sender_there_does_not(
    note: Message, imap_server: ImapServer, now: datetime
) -> None:
    imap_server.deliver(raw(number=1, text="Buy this"), at=now - HOUR, folder="Junk")
    imap_server.deliver(report("helene@valmy.example", note.message_id), at=now - HOUR, folder="Junk")
    look(now)
    kept = Received.objects.get()
    assert (kept.kind, kept.answers, kept.folder) == (Kind.BOUNCE_HARD, note, "Junk")
    note.refresh_from_db()
    assert note.aftermath == Aftermath.BOUNCED_HARD


# ---- what the server does


def test_a_folder_made_anew_is_read_again_and_nothing_is_taken_twice(
    note: Message, imap_server: ImapServer, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[int] = []
    really = Line.text
    monkeypatch.setattr(Line, "text", lambda self, uid: opened.append(uid) or really(self, uid))
    first, second = raw(answers=note, number=1), raw(answers=note, number=2)
    imap_server.deliver(first, at=now - HOUR)
    look(now)
    before = inbox(now)
    imap_server.begin_again()
    imap_server.deliver(second, at=now - HOUR)
    imap_server.deliver(first, at=now - HOUR)
    done = look(now)
    after = inbox(now)
    assert after.uidvalidity != before.uidvalidity
    assert (done.seen, done.kept, after.uidnext) == (2, 1, 3)
    assert Received.objects.count() == 2
    assert len(inbox_mails.answered) == 2
    assert opened == [1, 1]  # the second mail of the new numbers is known by its Message-ID, and stays closed


def test_a_server_put_back_to_an_earlier_day_is_read_again(
    note: Message, imap_server: ImapServer, now: datetime
) -> None:
    imap_server.deliver(raw(answers=note, number=1), at=now - HOUR)
    look(now)
    Folder.objects.filter(name="INBOX").update(uidnext=50, modseq=5_000)
    imap_server.deliver(raw(answers=note, number=2), at=now - HOUR)
    look(now)
    assert Received.objects.count() == 2
    assert inbox(now).uidnext == 3


def test_a_mail_that_is_deleted_between_its_headers_and_its_text_is_passed_by(
    note: Message, imap_server: ImapServer, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        imap_server.deliver(raw(answers=note, number=number), at=now - HOUR)
    really = Line.heads

    def gone_after(self: Line, uids: Any) -> Any:
        found = really(self, uids)
        with imaplib.IMAP4(imap_server.host, imap_server.dovecot.port) as client:
            client.login(imap_server.user, PASSWORD)
            client.select("INBOX")
            client.store("2", "+FLAGS", "\\Deleted")
            client.expunge()
        return found

    monkeypatch.setattr(Line, "heads", gone_after)
    done = look(now)
    assert (done.seen, done.kept, done.problem) == (3, 2, "")


def test_a_server_killed_in_the_middle_of_a_fetch_costs_nothing(
    note: Message, imap_server: ImapServer, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync, "BATCH", 4)
    for number in range(10):
        imap_server.deliver(raw(answers=note, number=number), at=now - HOUR)
    asked: list[int] = []
    really = Line.text

    def killed(self: Line, uid: int) -> bytes | None:
        asked.append(uid)
        if uid == 6:
            imap_server.kill()
        return really(self, uid)

    monkeypatch.setattr(Line, "text", killed)
    done = look(now)
    folder = inbox(now)
    assert (done.problem, folder.problem.split(":")[0], folder.problem_since) == ("unreachable", "unreachable", now)
    assert (folder.uidnext, Received.objects.count()) == (5, 5)  # what was taken is kept; the batch is begun again
    assert look(now).problem == "unreachable"

    imap_server.start()
    monkeypatch.setattr(Line, "text", really)
    done = look(now + HOUR)
    assert (done.seen, done.kept, done.problem) == (6, 5, "")
    folder = inbox(now)
    assert (folder.problem, folder.problem_since, folder.seen) == ("", None, 10)
    assert Received.objects.count() == 10
    assert len(inbox_mails.answered) == 10


def test_a_wrong_password_is_said_in_words_and_mended_by_itself(
    note: Message, imap_server: ImapServer, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    imap_server.deliver(raw(answers=note), at=now - HOUR)
    monkeypatch.setattr(settings.CONFIG, "inbox_url", imap_server.url.replace(PASSWORD, "wrong"))
    assert look(now).problem == "login"
    folder = inbox(now)
    assert "did not accept the name or the password" in words.problem_of(folder)
    assert "Authentication failed" in words.server_said(folder)
    assert "wrong" not in folder.problem
    monkeypatch.setattr(settings.CONFIG, "inbox_url", imap_server.url)
    assert (look(now).problem, words.problem_of(inbox(now)), Received.objects.count()) == ("", "", 1)


def test_a_certificate_nobody_vouches_for_gets_no_password(
    now: datetime, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    made: Path = request.getfixturevalue("certificate")
    given: list[bytes] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made)
    with _encrypted(context, given) as port:
        monkeypatch.setattr(settings.CONFIG, "inbox_url", f"imaps://us:{PASSWORD}@127.0.0.1:{port}")
        assert look(now).problem == "tls"
    assert "could not prove" in words.problem_of(inbox(now))
    assert given == []


class _encrypted:
    """A server that speaks TLS with a certificate of its own making."""

    def __init__(self, context: ssl.SSLContext, given: list[bytes]) -> None:
        self.plain, self.context, self.given = socket.create_server(("127.0.0.1", 0)), context, given

    def __enter__(self) -> int:
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()
        return int(self.plain.getsockname()[1])

    def _serve(self) -> None:
        line, _peer = self.plain.accept()
        try:
            with self.context.wrap_socket(line, server_side=True) as secure:
                secure.sendall(b"* OK ready\r\n")
                self.given.append(secure.recv(1000))
        except (OSError, ssl.SSLError):
            line.close()

    def __exit__(self, *_what: object) -> None:
        self.thread.join(10)
        self.plain.close()


def test_a_password_with_accents_is_sent_as_it_is(
    imap_server: ImapServer, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings.CONFIG, "inbox_url", imap_server.url.replace(PASSWORD, "%C3%A9t%C3%A9"))
    assert look(now).problem == "login"  # asked, and refused: not broken on our side


def test_a_sent_folder_that_is_not_there_spoils_nothing_else(
    note: Message, imap_server: ImapServer, now: datetime
) -> None:
    unknown("note:9", now - HOUR)
    imap_server.deliver(raw(answers=note), at=now - HOUR)
    Mailbox.objects.filter(pk=house(now).pk).update(sent_folder="Nowhere")
    done = look(now)
    assert (done.kept, done.problem, inbox(now).problem) == (1, "", "")
    assert Folder.objects.get(name="Nowhere").problem.startswith("odd: ")
    assert house(now) in reading_work.due_now(now)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("[AUTHENTICATIONFAILED] no", "login"),
        ("[UNAVAILABLE] Temporary failure", "busy"),
        ("Too many simultaneous connections. (Failure)", "busy"),
        ("[LIMIT] Rate limit hit", "busy"),
    ],
)
def test_a_refusal_to_sign_in_is_told_from_being_asked_to_come_less_often(said: str, code: str) -> None:
    from rebond.mail.inbox.imap import talking

    with pytest.raises(Trouble) as told, talking("login"):
        raise imaplib.IMAP4.error(said)
    assert (told.value.code, told.value.said) == (code, said)
