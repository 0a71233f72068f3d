"""Workers that were slow or dead: what they held is taken over, and what they still say does not count twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from rebond.base.errors import Conflict
from rebond.mail import actions
from rebond.mail.models import Message, MessageStatus
from tests.mail import purposes
from tests.mail.purposes import plan
from tests.mail.test_sending import row

pytestmark = pytest.mark.django_db
LATE = actions.LEASE + timedelta(seconds=1)
MOVES: list[Callable[[Message, datetime], bool]] = [
    lambda message, now: actions.begin_data(message=message, now=now),
    lambda message, now: actions.accept(message=message, answer="250 stale", now=now),
    lambda message, now: actions.defer(message=message, answer="451 stale", now=now),
    lambda message, now: actions.reject(message=message, answer="550 stale", now=now),
    lambda message, now: actions.lose(message=message, answer="stale", now=now),
]


def claimed(now: datetime, worker: str = "a") -> Message:
    (mail,) = actions.claim(worker=worker, now=now).mails
    return mail.message


@pytest.mark.parametrize("worker", ["a", "b"], ids=["the same worker", "another worker"])
@pytest.mark.parametrize("begun", [False, True])
def test_a_worker_whose_lease_ran_out_can_do_nothing_to_what_was_taken_over(
    now: datetime, worker: str, begun: bool
) -> None:
    plan("test:1", now)
    stale = claimed(now)
    assert actions.recover(now=now + LATE) == 1
    fresh = claimed(now + LATE, worker)
    if begun:
        assert actions.begin_data(message=fresh, now=now + LATE)
    before = Message.objects.values().get()
    assert [move(stale, now + LATE) for move in MOVES] == [False] * 5
    assert Message.objects.values().get() == before
    assert (before["attempts"], purposes.told) == (1, [])


def test_a_lease_that_runs_is_left_alone_and_begins_anew_with_the_text(now: datetime) -> None:
    plan("test:1", now)
    mail = claimed(now)
    assert actions.recover(now=now + actions.LEASE) == 0
    assert actions.begin_data(message=mail, now=now + actions.LEASE)
    assert actions.recover(now=now + actions.LEASE + actions.LEASE) == 0
    assert actions.recover(now=now + actions.LEASE + LATE) == 1
    assert row("test:1").status == MessageStatus.UNKNOWN


def test_an_answer_that_comes_late_is_believed_unless_somebody_has_decided(now: datetime) -> None:
    plan("late", now)
    late = claimed(now)
    actions.begin_data(message=late, now=now)
    actions.recover(now=now + LATE)
    assert row("late").status == MessageStatus.UNKNOWN
    assert actions.accept(message=late, answer="250 OK", now=now + LATE)
    assert (row("late").status, purposes.told) == (MessageStatus.ACCEPTED, [("accepted", "late")])

    plan("decided", now)
    decided = claimed(now)
    actions.begin_data(message=decided, now=now)
    actions.recover(now=now + LATE)
    actions.resolve_unknown(message=row("decided"), delivered=False, actor=None, now=now + LATE)
    assert not actions.accept(message=decided, answer="250 OK", now=now + LATE)
    assert (row("decided").status, row("decided").attempts) == (MessageStatus.PLANNED, 0)


@pytest.mark.parametrize("status", [s for s in MessageStatus.values if s != "unknown"])
@pytest.mark.parametrize("delivered", [True, False])
def test_only_an_unknown_mail_can_be_decided_about(now: datetime, status: str, delivered: bool) -> None:
    message = plan("test:1", now)
    Message.objects.filter(pk=message.pk).update(status=status)
    with pytest.raises(Conflict) as conflict:
        actions.resolve_unknown(message=message, delivered=delivered, actor=None, now=now)
    assert conflict.value.code == "not_unknown"
    assert (row("test:1").status, purposes.told) == (status, [])
