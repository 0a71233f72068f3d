"""Several workers at the same moment, and one that is killed -9: each channel is told once at most."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client

from rebond.channels.actions.claiming import LEASE
from rebond.channels.models import ChatChannel, Delivery
from rebond.channels.outgoing import send
from tests.channels.making import plan, tell
from tests.channels.server import ChatServer

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[2]


def test_four_workers_at_once_tell_each_message_once(
    chat: ChatServer, wins_channel: ChatChannel, now: datetime
) -> None:
    for number in range(30):
        plan(wins_channel, now, key=f"tests:{number}", title=f"Win {number}")
    start, done = threading.Barrier(4), []

    def work() -> None:
        try:
            start.wait(20)
            done.append(send(clock=lambda: now))
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _one in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert sum(done, Counter()) == {"accepted": 30}
    assert sorted(sent.said["title"] for sent in chat.sent) == sorted(f"Win {number}" for number in range(30))


def test_the_same_win_planned_four_times_at_once_is_planned_once(wins_channel: ChatChannel, now: datetime) -> None:
    start, found = threading.Barrier(4), []

    def say() -> None:
        try:
            start.wait(20)
            found.append(plan(wins_channel, now).pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=say) for _one in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(found) == 4
    assert set(found) == {Delivery.objects.get().pk}


def test_killed_while_it_hands_over_it_is_unknown_and_never_told_twice(
    chat: ChatServer, wins_channel: ChatChannel, now: datetime
) -> None:
    plan(wins_channel, now)
    go_on = threading.Event()
    chat.before = lambda _handler: bool(go_on.wait(30)) and None
    worker = _worker(now)
    while not chat.sent:
        assert worker.poll() is None
        time.sleep(0.01)
    worker.kill()
    worker.wait(20)
    go_on.set()
    assert Delivery.objects.get().status == "started"
    assert tell(now) == {}  # it may be alive yet
    assert tell(now + LEASE + timedelta(seconds=1)) == {"recovered": 1}
    assert tell(now + timedelta(days=3)) == {}
    assert Delivery.objects.get().status == "unknown"
    assert len(chat.sent) == 1


def test_killed_between_claim_and_hand_over_another_tells_it_once(
    chat: ChatServer, wins_channel: ChatChannel, now: datetime
) -> None:
    plan(wins_channel, now)
    _killed_at("begin", now)
    assert (Delivery.objects.get().status, chat.sent) == ("claimed", [])
    assert tell(now) == {}  # it may be alive yet
    assert tell(now + LEASE + timedelta(seconds=1)) == {"recovered": 1, "accepted": 1}
    assert tell(now + timedelta(days=3)) == {}
    one = Delivery.objects.get()
    assert (one.status, one.attempts, len(chat.sent)) == ("accepted", 1, 1)


def test_killed_before_it_could_write_that_it_was_taken_it_is_unknown_and_the_page_says_so(
    chat: ChatServer, wins_channel: ChatChannel, as_nadia: Client, now: datetime
) -> None:
    plan(wins_channel, now)
    _killed_at("note", now)
    assert (Delivery.objects.get().status, len(chat.sent)) == ("started", 1)
    assert tell(now + LEASE + timedelta(seconds=1)) == {"recovered": 1}
    assert tell(now + timedelta(days=3)) == {}
    assert (Delivery.objects.get().status, len(chat.sent)) == ("unknown", 1)
    assert "Of 1 message nobody knows whether it arrived" in as_nadia.get("/channels").text
    shown = as_nadia.get(f"/channels/{wins_channel.pk}").text
    assert "Look in the channel, then say" in shown
    assert "Tell it again" in shown


def _killed_at(stop: str, now: datetime) -> None:
    """A worker that comes as far as that move, and no further."""
    with _worker(now, stop) as worker:
        assert worker.stdout is not None
        assert worker.stdout.readline() == b"here\n"
        worker.kill()


def _worker(now: datetime, stop: str = "") -> subprocess.Popen[bytes]:
    here = {
        "REBOND_TEST_DATABASE": str(connection.settings_dict["NAME"]), "REBOND_TEST_NOW": now.isoformat(),
        "REBOND_TEST_STOP": stop,
    }  # fmt: skip
    connection.close()
    command = [sys.executable, "-m", "tests.channels.sender"]
    return subprocess.Popen(command, cwd=ROOT, env={**os.environ, **here}, stdout=subprocess.PIPE)
