"""Whatever happens to a reader and to its server, in whatever order: every answer is taken once and followed once."""

from __future__ import annotations

import itertools
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from hypothesis import example, given
from hypothesis import strategies as st

from rebond.deals.models import Person
from rebond.mail import incoming
from rebond.mail.boxes import mailbox
from rebond.mail.inbox import sync
from rebond.mail.inbox.heads import read_head
from rebond.mail.inbox.imap import Trouble, _answers, _arrived, _ranges, place_of
from rebond.mail.models import Folder, Message, Received
from rebond.mail.work.inbox import read
from tests.browser.product import REBOND, environment
from tests.mail import inbox_mails
from tests.mail.imap_server import PASSWORD, Dovecot, ImapServer
from tests.mail.inbox_mails import raw, sent_note
from tests.mail.server import SmtpServer

ROOT = Path(__file__).resolve().parents[2]
HOUR = timedelta(hours=1)
THEN = datetime(2026, 6, 9, 7, 0, tzinfo=UTC)


class Died(BaseException):
    """A reader that is gone from one statement to the next."""


@pytest.fixture
def note(smtp_server: SmtpServer, helene: Person, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Iterator[Message]:
    monkeypatch.setattr(incoming, "_LISTENERS", [])
    yield sent_note("note:1", now)
    inbox_mails.answered.clear()


def dies_at(number: int) -> Callable[..., Any]:
    """Gone before the statement of that number."""
    statements = itertools.count(1)

    def watch(execute: Callable[..., Any], *rest: Any) -> Any:
        if next(statements) == number:
            raise Died
        return execute(*rest)

    return watch


@pytest.mark.django_db
def test_a_reader_that_dies_at_any_statement_loses_and_doubles_nothing(
    note: Message, imap_server: ImapServer, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync, "BATCH", 3)
    box, numbers, deaths = mailbox.house(now=now), itertools.count(1), 0
    for at in range(2, 160, 4):
        imap_server.deliver(raw(answers=note, number=next(numbers)), at=now - HOUR)
        try:
            with connection.execute_wrapper(dies_at(at)):
                read(box, clock=lambda: now)
        except Died:
            deaths += 1
    read(box, clock=lambda: now)
    sent = next(numbers) - 1
    assert deaths > 25
    assert set(Received.objects.values_list("message_id", flat=True)) == {
        f"mail-{one}@valmy.example" for one in range(1, sent + 1)
    }
    assert Received.objects.filter(followed_at=None).count() == 0
    folder = Folder.objects.get(name="INBOX")
    assert (folder.seen, folder.uidnext) == (sent, sent + 1)


class Life:
    """One mailbox through random days: what was there when it was read well must have been taken, once."""

    def __init__(self, server: ImapServer, note: Message, now: datetime, seed: int) -> None:
        self.server, self.note, self.now, self.dice = server, note, now, random.Random(seed)
        self.box, self.number, self.read_well = mailbox.house(now=now), 0, set[str]()

    def step(self) -> None:
        often, seldom = (self.ours, self.read), (self.stranger, self.deleted, self.begin_again, self.down)
        self.dice.choice(3 * often + seldom)()

    def ours(self) -> None:
        self.number += 1
        headers = {"Message_ID": ""} if self.dice.random() < 0.2 else {}
        text = f"Answer {self.number}"
        self.server.deliver(raw(answers=self.note, number=self.number, text=text, **headers), at=self.now - HOUR)

    def stranger(self) -> None:
        self.number += 1
        sender = f"Somebody <s{self.number}@elsewhere.example>"
        self.server.deliver(raw(sender=sender, number=self.number, text="private"), at=self.now - HOUR)

    def there(self) -> set[str]:
        mails = [message_from_bytes(file.read_bytes()) for file in self.server.files()]
        return {str(mail.get_payload()).strip() for mail in mails if mail["In-Reply-To"]}

    def read(self) -> None:
        self.now += timedelta(hours=2)
        there = self.there()
        assert read(self.box, clock=lambda: self.now).problem == ""
        self.read_well |= there

    def deleted(self) -> None:
        if files := self.server.files():
            self.dice.choice(files).unlink()

    def begin_again(self) -> None:
        if (self.server.home / "dovecot-uidlist").exists():
            self.server.begin_again()

    def down(self) -> None:
        self.server.kill()
        assert read(self.box, clock=lambda: self.now).problem == "unreachable"
        self.server.start()


@pytest.mark.django_db
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_mailbox_through_random_days(note: Message, imap_server: ImapServer, now: datetime, seed: int) -> None:
    life = Life(imap_server, note, now, seed)
    for _step in range(40):
        life.step()
    life.read()
    taken = Counter(Received.objects.values_list("text", flat=True))
    assert set(taken) == life.read_well
    assert set(taken.values()) <= {1}
    assert len(inbox_mails.answered) == len(taken) > 3
    assert Folder.objects.get(name="INBOX").problem == ""


# ---- processes of their own


def _process(env: dict[str, str], *steps: str) -> int:
    done = subprocess.run(
        [sys.executable, "-m", "tests.mail.reader", *steps], env=env, cwd=ROOT, timeout=120, check=False
    )
    return done.returncode


def _killed(dovecot: Dovecot, folder: Path, *, mails: int, kills: int, seed: int) -> tuple[int, str]:
    """Readers that are killed -9 at a random statement; how many were, and what the last one says."""
    server, dice = ImapServer(dovecot), random.Random(seed)
    env = environment(folder) | {
        "PYTHONPATH": str(ROOT), "REBOND_MAIL_FROM": "Rebond <rebond@ours.example>", "REBOND_INBOX_URL": server.url,
    }  # fmt: skip
    subprocess.run(
        [str(REBOND), "mail", "status"], env=env, capture_output=True, timeout=120, check=True
    )  # the database
    assert _process(env, "begin") == 0
    made = Message(message_id=(folder / "note").read_text())
    died = 0
    for turn in range(kills):
        for one in range(mails // kills):
            number = turn * (mails // kills) + one
            server.deliver(raw(answers=made, number=number), at=datetime.now(UTC) - HOUR)
        died += _process(env, f"die {dice.randint(15, 60)}") == -signal.SIGKILL
    assert _process(env, "read", "count") == 0
    return died, (folder / "count").read_text()


@pytest.mark.soak
def test_forty_readers_killed_in_the_middle(
    dovecot: Dovecot, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    died, counted = _killed(dovecot, tmp_path / "data", mails=2_000, kills=40, seed=2)
    with capsys.disabled():
        sys.stdout.write(f"\n{died} of 40 readers killed -9 over 2,000 mails: {counted}\n")
    assert died >= 35
    assert counted == "received 2000, followed 2000, answered 2000, seen 2000"


# ---- what comes over the wire


@given(st.binary(max_size=400))
@example(b"From: =?utf-8?q?=\r\nTo: <<>>\r\nMessage-ID: <a\r\nReferences: <\xff@x>\r\n\r\n")
@example(b'From: "a\r\n b" <x@y.example>, \r\n\r\n')
def test_any_header_is_read_somehow(rubbish: bytes) -> None:
    head = read_head(
        1, 2, THEN, b"In-Reply-To: <one@ours.example>\r\nX: " + rubbish.replace(b"\n", b"") + b"\r\n" + rubbish
    )
    assert "one@ours.example" in head.references
    assert all(" " not in one and len(one) <= 250 for one in head.references)
    assert head.from_address == head.from_address.lower()


@given(st.sets(st.integers(1, 400)))
def test_ranges_name_the_same_numbers(uids: set[int]) -> None:
    named: set[int] = set()
    for part in _ranges(uids).split(","):
        if part:
            first, _colon, last = part.partition(":")
            named |= set(range(int(first), int(last or first) + 1))
    assert named == uids


def test_a_server_may_name_the_number_before_the_bytes_or_behind_them() -> None:
    before = (b'1 (UID 7 INTERNALDATE " 9-Jun-2026 09:00:00 +0200" RFC822.SIZE 12 BODY[] {5}', b"hello")
    behind = (b"2 (BODY[] {3}", b"you")
    told = [before, b")", behind, b" UID 9 RFC822.SIZE 3)", b"3 (FLAGS (\\Seen) UID 10)"]
    assert list(_answers(told)) == [(7, 12, THEN, b"hello"), (9, 3, datetime(1970, 1, 1, tzinfo=UTC), b"you")]


@pytest.mark.parametrize(
    "text", [b"", b"yesterday", b"31-Feb-2026 09:00:00 +0200", b"09-Xxx-2026 09:00:00 +0200", b"\xff"]
)
def test_a_date_that_is_none_is_the_beginning_of_time(text: bytes) -> None:
    assert _arrived(text).year == 1970


@pytest.mark.parametrize(
    "url", ["", "imap.valmy.example", "http://a:b@c", "imaps://host-alone", "imaps://a:b@c:port", "//a"]
)
def test_what_is_no_address_of_a_mailbox_says_how_to_write_one(url: str) -> None:
    from rebond.base.errors import RebondError

    with pytest.raises(RebondError) as told:
        place_of(url)
    assert told.value.code == "bad_inbox_url"


def test_a_password_is_in_no_trouble_and_no_place_that_is_printed() -> None:
    place = place_of(f"imaps://us:{PASSWORD}@mail.valmy.example")
    assert place.password == PASSWORD
    assert PASSWORD not in repr(place)
    assert str(Trouble("login", "no\nway")) == "('login', 'no\\nway')"
    assert Trouble("login", "no\nway").said == "no way"
