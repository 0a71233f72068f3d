"""What goes wrong around a sender: the server is away, the disk is full, the clock jumps."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import datetime, timedelta

import pytest
from django.db import OperationalError, connection

from rebond.mail.actions import LEASE
from rebond.mail.models import Message, MessageStatus
from rebond.mail.outgoing import engine
from rebond.mail.purposes import Letter
from rebond.mail.work.sending import send
from tests.mail import purposes
from tests.mail.purposes import plan
from tests.mail.server import SmtpServer
from tests.mail.test_at_once import beside
from tests.mail.test_sending import sent

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
on_disk = pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL's disk is not ours to fill")


def arrived(server: SmtpServer) -> Counter[str]:
    return Counter(got.mail["Message-ID"] for got in server.received)


def statuses() -> Counter[str]:
    return Counter(Message.objects.values_list("status", flat=True))


@pytest.mark.django_db
def test_a_server_that_is_away_for_an_hour_gets_everything_once_when_it_is_back(
    smtp_server: SmtpServer, now: datetime
) -> None:
    for number in range(60):
        plan(f"test:{number}", now)
    smtp_server.stop()
    for minute in range(0, 60, 5):
        sent(now + minute * MINUTE)
    assert smtp_server.received == []
    smtp_server.start()
    for minute in range(60, 30 * 60, 15):
        sent(now + minute * MINUTE)
    assert statuses() == {MessageStatus.ACCEPTED: 60}
    assert Counter(arrived(smtp_server).values()) == {1: 60}
    print("server away for an hour: 60 of 60 sent once, 0 twice, 0 lost")


@on_disk
@pytest.mark.django_db(transaction=True)
def test_on_a_full_disk_nothing_is_claimed_or_handed_over_and_it_goes_on_when_there_is_room(
    smtp_server: SmtpServer, now: datetime
) -> None:
    for number in range(30):
        purposes.letters[f"test:{number}"] = Letter("s", "much to keep\n" * 2000)
        plan(f"test:{number}", now)
    with _full_disk(), pytest.raises(OperationalError, match="full"):
        sent(now)
    assert (smtp_server.received, statuses()) == ([], {MessageStatus.PLANNED: 30})
    assert sent(now) == {"accepted": 30}
    assert Counter(arrived(smtp_server).values()) == {1: 30}
    print("full disk: 0 handed over without a committed row; then 30 of 30 sent once")


class _full_disk:
    """The database file may not grow."""

    def __enter__(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA page_count")
            (pages,) = cursor.fetchone()
            cursor.execute(f"PRAGMA max_page_count = {pages}")

    def __exit__(self, *_what: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA max_page_count = 1073741823")


@on_disk
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("room_again", [True, False])
def test_a_disk_that_fills_up_while_mail_leaves_loses_no_answer_or_says_that_it_is_not_known(
    smtp_server: SmtpServer, now: datetime, monkeypatch: pytest.MonkeyPatch, room_again: bool
) -> None:
    monkeypatch.setattr(engine, "OWING", 20.0 if room_again else 0.0)
    refused = 0
    true_advance = engine.actions.advance

    def advance(**what: object) -> set[int]:
        """The database as it is on a full disk: what grows the file fails, once the first mail is there."""
        nonlocal refused
        if smtp_server.received and (refused < 30 or not room_again):
            refused += 1
            raise OperationalError("database or disk is full")
        return true_advance(**what)  # type: ignore[arg-type]

    for number in range(20):
        plan(f"test:{number}", now)
    monkeypatch.setattr(engine.actions, "advance", advance)
    sent(now)
    assert refused
    monkeypatch.undo()
    monkeypatch.setattr("rebond.mail.boxes.mailbox.settings.CONFIG.mail_url", smtp_server.url)
    sent(now + LEASE + MINUTE)
    there, fates = arrived(smtp_server), dict(Message.objects.values_list("message_id", "status"))
    assert set(there.values()) == {1}
    assert {fates[name] for name in there} == {"accepted"} if room_again else {"accepted", "unknown"}
    assert all(name in there for name, status in fates.items() if status == "accepted")
    assert set(fates.values()) <= {"accepted", "unknown"}
    print(f"disk filled up in the middle: {len(there)} arrived once, {list(fates.values()).count('unknown')} unknown")


@pytest.mark.django_db(transaction=True)
def test_a_clock_that_jumps_an_hour_either_way_sends_nothing_twice(smtp_server: SmtpServer, now: datetime) -> None:
    for number in range(40):
        plan(f"test:{number}", now)
    smtp_server.hold("TEXT")
    first = beside(lambda: send(clock=lambda: now))
    assert smtp_server.reached["TEXT"].wait(20)
    second = beside(lambda: send(clock=lambda: now + HOUR))  # finds the leases of the first run out
    assert _settled(second, now)
    third = beside(lambda: send(clock=lambda: now - HOUR))
    third.join(20)
    smtp_server.release()
    for thread in (first, second):
        thread.join(30)
    for offset in (timedelta(0), HOUR, -HOUR, 2 * HOUR):
        sent(now + offset)
    counted = arrived(smtp_server)
    assert set(counted.values()) == {1}
    unknown = statuses()[MessageStatus.UNKNOWN]
    assert statuses()[MessageStatus.ACCEPTED] + unknown == 40
    assert len(counted) + unknown >= 40
    assert all(counted[one] for one in Message.objects.filter(status="accepted").values_list("message_id", flat=True))
    print(f"clock jumps: {len(counted)} arrived once, 0 twice, {unknown} unknown")


def _settled(thread: threading.Thread, now: datetime) -> bool:
    """Whether the second one, an hour ahead, waits at the server too, or has ended."""
    for _look in range(200):
        thread.join(0.1)
        begun = Message.objects.filter(status=MessageStatus.DATA_STARTED, lease_until__gt=now + HOUR)
        if not thread.is_alive() or begun.exists():
            return True
    return False
