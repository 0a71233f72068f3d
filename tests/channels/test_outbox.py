"""A message to a channel: planned once, told once; a service that is down, refuses, hangs up, says nothing."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler

import pytest
from django.utils import timezone

from rebond.accounts.models import AuditEntry, User
from rebond.base.errors import Conflict
from rebond.channels import actions, handing, purposes
from rebond.channels.actions.claiming import LEASE
from rebond.channels.actions.telling import PAUSES
from rebond.channels.fates import Answer, Fate
from rebond.channels.models import ChatChannel, Delivery
from rebond.channels.outgoing import send
from rebond.channels.purposes import Said
from rebond.channels.work import send_due
from rebond.jobs.models import Job
from tests.channels.making import make_channel, plan, tell
from tests.channels.server import ChatServer

pytestmark = pytest.mark.django_db


def row(key: str = "tests:1") -> Delivery:
    return Delivery.objects.get(key=key)


@pytest.fixture
def purpose(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Registers a purpose for one test."""
    monkeypatch.setattr(purposes, "_PURPOSES", dict(purposes._PURPOSES))
    return purposes.register


def test_what_is_planned_is_told_once_and_says_so(chat: ChatServer, wins_channel: ChatChannel, now: datetime) -> None:
    plan(wins_channel, now)
    assert tell(now) == {"accepted": 1}
    assert tell(now + timedelta(days=2)) == {}
    assert len(chat.sent) == 1
    assert (row().status, row().answer, row().finished_at) == ("accepted", "200 ok", now)
    assert AuditEntry.objects.filter(verb="channels.accepted").count() == 1


def test_the_same_key_is_one_message(chat: ChatServer, wins_channel: ChatChannel, now: datetime) -> None:
    first = plan(wins_channel, now)
    tell(now)
    again = plan(wins_channel, now + timedelta(hours=1), title="Otherwise")
    assert (again.pk, again.status) == (first.pk, "accepted")
    assert tell(now + timedelta(hours=2)) == {}
    assert len(chat.sent) == 1


def test_what_is_due_queues_a_job_and_the_job_tells_it(chat: ChatServer, wins_channel: ChatChannel) -> None:
    plan(wins_channel, timezone.now())
    plan(wins_channel, timezone.now(), key="tests:2")
    assert [job.name for job in Job.objects.all()] == ["rebond.channels.work.send_due"]
    assert send_due.call() == {"accepted": 2}
    assert len(chat.sent) == 2


def test_what_is_planned_for_later_waits_until_then(chat: ChatServer, wins_channel: ChatChannel, now: datetime) -> None:
    plan(wins_channel, now, send_at=now + timedelta(hours=5))
    assert not Job.objects.exists()
    assert tell(now) == {}
    assert tell(now + timedelta(hours=5)) == {"accepted": 1}


def test_when_time_is_up_what_is_left_is_a_job_of_its_own(wins_channel: ChatChannel, now: datetime) -> None:
    plan(wins_channel, now)
    assert send(clock=lambda: now, until=now) == {"more": 1}
    assert row().status == "planned"


def test_a_service_that_answers_500_for_an_hour_is_told_once_when_it_is_back(
    chat: ChatServer, wins_channel: ChatChannel, now: datetime
) -> None:
    plan(wins_channel, now)
    chat.status, told = 500, []
    for minute in range(0, 130):
        chat.status = 500 if minute < 60 else 200
        told.append(tell(now + timedelta(minutes=minute)))
    assert [one for one in told if one] == [{"again": 1}] * 6 + [{"accepted": 1}]
    assert (row().status, row().attempts) == ("accepted", 7)
    assert len(chat.sent) == 7  # six that it said it did not take


def test_a_service_that_is_down_for_a_day_is_given_up_visibly(
    chat: ChatServer, wins_channel: ChatChannel, now: datetime
) -> None:
    plan(wins_channel, now)
    chat.status, at = 503, now
    while (one := row()).status in ("planned", "deferred"):
        at = one.send_at
        tell(at)
    assert (row().status, row().reason, row().attempts) == ("rejected", "gave_up", len(PAUSES) + 1)
    assert timedelta(hours=24) <= at - now < timedelta(hours=25)


def test_nobody_listening_is_tried_again(chat: ChatServer, now: datetime) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    plan(make_channel(chat, team=None, now=now, address=f"http://127.0.0.1:{port}/hook"), now)
    assert tell(now) == {"again": 1}
    assert (row().status, row().send_at) == ("deferred", now + timedelta(minutes=1))


def test_a_service_that_asks_for_patience_gets_it(chat: ChatServer, wins_channel: ChatChannel, now: datetime) -> None:
    plan(wins_channel, now)
    chat.status, chat.more = 429, {"Retry-After": "1800"}
    assert tell(now) == {"again": 1}
    assert row().send_at == now + timedelta(minutes=30)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 302])
def test_what_a_service_refuses_is_not_tried_again(
    status: int, chat: ChatServer, wins_channel: ChatChannel, now: datetime
) -> None:
    plan(wins_channel, now)
    chat.status, chat.text = status, "no_service"
    assert tell(now) == {"refused": 1}
    assert tell(now + timedelta(days=2)) == {}
    assert (row().status, row().answer) == ("rejected", f"{status} no_service")


# ---- where nobody knows


def _hang_up(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)


def test_a_line_that_goes_dead_after_the_text_has_left_is_unknown_and_stays_so(
    chat: ChatServer, wins_channel: ChatChannel, now: datetime
) -> None:
    plan(wins_channel, now)
    chat.before = _hang_up
    assert tell(now) == {"unknown": 1}
    chat.before = None
    assert tell(now + timedelta(days=2)) == {}
    assert row().status == "unknown"
    assert len(chat.sent) == 1


def test_a_service_that_never_answers_is_unknown(
    chat: ChatServer, wins_channel: ChatChannel, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()
    monkeypatch.setattr(handing, "WHOLE", 0.2)
    chat.before = lambda _handler: bool(go_on.wait(20)) and None
    plan(wins_channel, now)
    assert tell(now) == {"unknown": 1}
    go_on.set()


def test_a_service_that_answers_a_byte_at_a_time_is_cut_off(
    chat: ChatServer, wins_channel: ChatChannel, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each byte comes within any time-out of one read; the whole takes too long."""
    go_on = threading.Event()

    def drip(handler: BaseHTTPRequestHandler) -> None:
        with_patience = b"HTTP/1.1 200 OK\r\nX-Slow: " + b"y" * 10_000
        for place in range(len(with_patience)):
            handler.wfile.write(with_patience[place : place + 1])
            if go_on.wait(0.05):
                return

    monkeypatch.setattr(handing, "WHOLE", 0.3)
    chat.before = drip
    plan(wins_channel, now)
    assert tell(now) == {"unknown": 1}
    go_on.set()


def test_a_gateway_that_waited_in_vain_may_have_passed_it_on(
    chat: ChatServer, wins_channel: ChatChannel, now: datetime
) -> None:
    plan(wins_channel, now)
    chat.status = 504
    assert tell(now) == {"unknown": 1}


@pytest.mark.parametrize(
    ("decision", "status", "again"), [("told", "accepted", 0), ("again", "accepted", 1), ("leave", "skipped", 0)]
)
def test_a_person_says_what_became_of_it(
    decision: str, status: str, again: int, chat: ChatServer, wins_channel: ChatChannel, nadia: User, now: datetime
) -> None:
    plan(wins_channel, now)
    chat.status = 504
    tell(now)
    chat.status = 200
    actions.settle(delivery=row(), decision=decision, actor=nadia, now=now)
    tell(now)
    assert (row().status, len(chat.sent)) == (status, 1 + again)
    with pytest.raises(Conflict):
        actions.settle(delivery=row(), decision=decision, actor=nadia, now=now)


def test_the_services_own_word_counts_even_when_it_comes_late(wins_channel: ChatChannel, now: datetime) -> None:
    plan(wins_channel, now)
    [one] = actions.claim(worker="a", now=now).deliveries
    assert actions.begin(deliveries=[one], now=now, lease=LEASE) == {one.pk}
    later = now + LEASE + timedelta(seconds=1)
    assert actions.recover(now=later) == 1
    assert row().status == "unknown"
    assert actions.note(delivery=one, answer=Answer(Fate.ACCEPTED, "200 ok"), now=later)
    assert row().status == "accepted"


def test_a_worker_that_dies_before_it_begins_leaves_it_to_another(
    chat: ChatServer, wins_channel: ChatChannel, now: datetime
) -> None:
    plan(wins_channel, now)
    [one] = actions.claim(worker="a", now=now).deliveries
    assert tell(now) == {}  # it is another's
    later = now + LEASE + timedelta(seconds=1)
    assert tell(later) == {"recovered": 1, "accepted": 1}
    assert actions.begin(deliveries=[one], now=later, lease=LEASE) == set()  # the first one wakes up
    assert not actions.note(delivery=one, answer=Answer(Fate.AGAIN), now=later)
    assert (row().status, row().attempts, len(chat.sent)) == ("accepted", 1, 1)


# ---- guards, texts, switches


def test_guard_and_text_are_looked_at_when_it_leaves(
    chat: ChatServer, wins_channel: ChatChannel, now: datetime, purpose: Callable[..., None]
) -> None:
    why = [""]
    purpose("tests.any", guard=lambda _one, _at: why[0], write=lambda one, _at: Said(one.title.upper(), one.body))
    plan(wins_channel, now)
    plan(wins_channel, now, key="tests:2", send_at=now + timedelta(hours=1))
    assert tell(now) == {"accepted": 1}
    assert chat.sent[0].said["title"] == "SIGNED"
    why[0] = "not_wanted"
    assert tell(now + timedelta(hours=1)) == {"settled": 1}
    assert (row("tests:2").status, row("tests:2").reason, len(chat.sent)) == ("skipped", "not_wanted", 1)


@pytest.mark.parametrize("what", ["guard", "write"])
def test_a_purpose_that_breaks_holds_nobody_else_up(
    what: str, chat: ChatServer, wins_channel: ChatChannel, now: datetime, purpose: Callable[..., None]
) -> None:
    def broken(_one: Delivery, _at: datetime) -> str:
        raise ZeroDivisionError

    purpose("tests.broken", **{what: broken})
    plan(wins_channel, now, purpose="tests.broken")
    plan(wins_channel, now, key="tests:2")
    assert tell(now) == {"accepted": 1, "settled": 1}
    assert (row().status, row().answer) == ("deferred", "ZeroDivisionError")


def test_taken_back_it_does_not_leave_and_planned_again_it_does(
    chat: ChatServer, wins_channel: ChatChannel, now: datetime
) -> None:
    plan(wins_channel, now, subject="tests:7")
    plan(wins_channel, now, key="tests:2", subject="tests:8")
    assert actions.cancel_deliveries(subject="tests:7", actor=None, now=now) == 1
    assert tell(now) == {"accepted": 1}
    assert (row().status, row().reason) == ("cancelled", "withdrawn")
    plan(wins_channel, now + timedelta(minutes=1), subject="tests:7")
    assert tell(now + timedelta(minutes=1)) == {"accepted": 1}
    assert len(chat.sent) == 2


def test_taken_back_while_a_worker_holds_it_it_does_not_leave(wins_channel: ChatChannel, now: datetime) -> None:
    plan(wins_channel, now, subject="tests:7")
    [one] = actions.claim(worker="a", now=now).deliveries
    assert actions.cancel_deliveries(subject="tests:7", actor=None, now=now) == 1
    assert actions.begin(deliveries=[one], now=now, lease=LEASE) == set()


def test_what_was_told_is_not_taken_back(chat: ChatServer, wins_channel: ChatChannel, now: datetime) -> None:
    plan(wins_channel, now, subject="tests:7")
    tell(now)
    assert actions.cancel_deliveries(subject="tests:7", actor=None, now=now) == 0
    assert row().status == "accepted"


def test_off_nothing_is_told_nor_later_but_a_try_is(
    chat: ChatServer, wins_channel: ChatChannel, nadia: User, now: datetime
) -> None:
    plan(wins_channel, now)
    actions.switch(channel=wins_channel, on=False, actor=nadia, now=now)
    plan(wins_channel, now, key="tests:2")
    assert tell(now) == {"settled": 1}
    actions.try_channel(channel=wins_channel, actor=nadia, now=now)
    assert tell(now) == {"accepted": 1}
    actions.switch(channel=wins_channel, on=True, actor=nadia, now=now)
    assert tell(now) == {}
    assert [row(key).reason for key in ("tests:1", "tests:2")] == ["channel_off", "channel_off"]


def test_ended_its_address_is_forgotten_and_nothing_leaves(
    chat: ChatServer, wins_channel: ChatChannel, nadia: User, now: datetime
) -> None:
    plan(wins_channel, now)
    actions.end_channel(channel=wins_channel, actor=nadia, now=now)
    assert tell(now) == {}
    assert (ChatChannel.objects.get().secret, row().reason, chat.sent) == ("", "channel_ended", [])
    for change in (
        lambda: actions.try_channel(channel=wins_channel, actor=nadia, now=now),
        lambda: actions.switch(channel=wins_channel, on=True, actor=nadia, now=now),
    ):
        with pytest.raises(Conflict):
            change()


def test_under_another_secret_key_it_is_refused_before_anything_leaves(
    chat: ChatServer, wins_channel: ChatChannel, now: datetime, settings: object
) -> None:
    plan(wins_channel, now)
    settings.SECRET_KEY = "another"  # type: ignore[attr-defined]
    assert tell(now) == {"refused": 1}
    assert (row().answer, chat.sent) == ("the address cannot be used", [])


def test_a_worker_that_was_only_slow_cannot_go_on_with_what_another_took_over(
    wins_channel: ChatChannel, now: datetime
) -> None:
    plan(wins_channel, now)
    [slow] = actions.claim(worker="a", now=now).deliveries
    later = now + LEASE + timedelta(seconds=1)
    actions.recover(now=later)
    [quick] = actions.claim(worker="a", now=later).deliveries
    assert actions.begin(deliveries=[slow], now=later, lease=LEASE) == set()
    assert not actions.note(delivery=slow, answer=Answer(Fate.REFUSED), now=later)
    assert actions.begin(deliveries=[quick], now=later, lease=LEASE) == {quick.pk}
    assert actions.note(delivery=quick, answer=Answer(Fate.ACCEPTED), now=later)
    assert row().status == "accepted"
