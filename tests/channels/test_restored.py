"""A database that was put back from earlier: what was due may have been told, and is not told again by itself."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client

from rebond.channels.models import ChatChannel, Delivery
from rebond.mail import actions as mail
from rebond.mail.models import Halt, Mark
from tests.channels.making import plan, tell
from tests.channels.server import ChatServer

pytestmark = pytest.mark.django_db


def test_what_was_due_is_unknown_and_what_is_planned_since_waits_until_somebody_says_go_on(
    as_admin: Client, chat: ChatServer, wins_channel: ChatChannel, now: datetime
) -> None:
    assert tell(now) == {}  # a first look, which makes the mark
    one, backup = plan(wins_channel, now, key="tests:before"), Mark.objects.get().number
    assert tell(now) == {"accepted": 1}
    chat.sent.clear()
    Delivery.objects.filter(pk=one.pk).update(status="planned", attempts=0)  # as it stood in the copy ...
    Mark.objects.update(number=backup)  # ... that was put back
    assert tell(now + timedelta(minutes=1)) == {"doubted": 1}
    plan(wins_channel, now + timedelta(minutes=2), key="tests:since")
    assert tell(now + timedelta(minutes=2)) == {}
    assert chat.sent == []
    assert "restored or moved" in as_admin.get("/channels").text
    mail.lift_halt(halt=Halt.objects.get(), actor=None, now=now + timedelta(minutes=3))
    assert tell(now + timedelta(minutes=3)) == {"accepted": 1}
    one.refresh_from_db()
    assert (one.status, one.reason) == ("unknown", "restored")
    assert "may have been told before" in as_admin.get(f"/channels/{wins_channel.pk}").text
