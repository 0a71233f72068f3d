"""Halts on the outbox screen and the command line; what the outbox says of mailboxes, reasons and the aftermath."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest
from django.test import Client

from rebond.accounts.models import User
from rebond.base.errors import NotAllowed
from rebond.commands import mail as command
from rebond.mail import actions
from rebond.mail.models import Halt, Mailbox, Message, MessageStatus
from rebond.mail.purposes import Later
from tests.mail import purposes
from tests.mail.purposes import plan
from tests.mail.server import SmtpServer
from tests.mail.test_sending import row, sent

pytestmark = pytest.mark.django_db


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def rebond(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, object]:
    """``rebond mail ...``, in this process; its JSON."""
    import argparse

    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    assert command.run(parser.parse_args([*words, "--json"])) == 0
    said: dict[str, object] = json.loads(capsys.readouterr().out)
    return said


@pytest.mark.parametrize(
    ("covers", "because", "says"),
    [
        ("everything", "operator", "All mail is stopped: one of us stopped it."),
        ("cadence", "operator", "Notes to people we stay in touch with are stopped: one of us stopped them."),
        ("everything", "restored", "this database was restored or moved"),
        ("cadence", "complaints", "too many called them unwanted"),
    ],
)
def test_the_outbox_says_what_is_stopped_why_and_how_to_go_on(
    as_admin: Client, admin_user: User, now: datetime, covers: str, because: str, says: str
) -> None:
    assert "/lift" not in page(as_admin, "/outbox")
    halt = actions.halt(
        covers=covers, because=because, note="a note", since=now - timedelta(days=1), actor=admin_user, now=now
    )
    shown = page(as_admin, "/outbox")
    assert says in shown
    assert "a note" in shown
    assert admin_user.name in shown
    assert f'<form method="post" action="/outbox/halt/{halt.pk}/lift">' in shown


def test_the_command_line_stops_and_lets_go(
    smtp_server: SmtpServer, admin_user: User, now: datetime, capsys: pytest.CaptureFixture[str]
) -> None:
    plan("test:1", now)
    halted = rebond(capsys, "halt", "--everything", "--because", "a trial", "--as", admin_user.email)
    assert (halted["covers"], halted["because"], halted["note"]) == ("everything", "operator", "a trial")
    assert Halt.objects.get().by == admin_user
    assert sent(now) == {}
    halts = rebond(capsys, "status")["halts"]
    assert isinstance(halts, list)
    assert [one["note"] for one in halts] == ["a trial"]
    rebond(capsys, "halt", "--cadence", "--as", admin_user.email)
    lifted = rebond(capsys, "lift", "--as", admin_user.email)
    assert (len(lifted["lifted"]), lifted["unknown"]) == (2, 0)  # type: ignore[arg-type]
    assert not Halt.objects.filter(lifted_at=None).exists()
    assert rebond(capsys, "lift")["lifted"] == []
    assert sent(now) == {"accepted": 1}


def test_only_an_administrator_stops_mail_from_the_command_line(
    camille: User, now: datetime, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in (("halt", "--everything"), ("lift",)):
        with pytest.raises(NotAllowed):
            rebond(capsys, *words, "--as", camille.email)
    assert not Halt.objects.exists()


def test_the_outbox_shows_the_mailbox_the_reason_of_waiting_and_what_came_back(
    as_admin: Client, camille: User, smtp_server: SmtpServer, now: datetime
) -> None:
    box = Mailbox.objects.create(owner=camille, address=camille.email, created_at=now, updated_at=now)
    purposes.guards["later"] = Later(now + timedelta(hours=1), "outside_hours")
    plan("later", now, mailbox=box)
    plan("sent", now)
    sent(now)
    Message.objects.filter(key="sent").update(aftermath="bounced_hard", aftermath_at=now, provider_id="b7bc-1")
    shown = page(as_admin, "/outbox")
    assert f"from {camille.email}" in shown
    assert "It leaves in their working hours." in shown
    assert "Came back: no such address" in shown
    one = page(as_admin, f"/outbox/{row('sent').pk}")
    assert "Came back: no such address" in one
    assert "b7bc-1" in one
    assert camille.email in page(as_admin, f"/outbox/{row('later').pk}")


def test_an_unknown_mail_says_until_when_a_person_may_decide(
    as_admin: Client, smtp_server: SmtpServer, now: datetime
) -> None:
    smtp_server.take_and_hang_up()
    plan("test:1", now)
    sent(now)
    shown = page(as_admin, f"/outbox/{row('test:1').pk}")
    assert "If nobody decides, Rebond takes it as sent on" in shown
    Message.objects.filter(key="test:1").update(reason="restored")
    assert "It may have left before the database was restored or moved." in page(
        as_admin, f"/outbox/{row('test:1').pk}"
    )
    actions.assume_sent(now=now + timedelta(days=4))
    assert row("test:1").status == MessageStatus.ASSUMED_SENT
    assert "Nobody could say for three days" in page(as_admin, f"/outbox/{row('test:1').pk}")
