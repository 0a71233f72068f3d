"""Mails that come in, for tests: as bytes of a server, and as what was understood of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from rebond.accounts.models import User
from rebond.mail import actions
from rebond.mail.boxes import mailbox, secrets
from rebond.mail.inbox import sync
from rebond.mail.models import Folder, Mailbox, Message, MessageStatus, Received
from rebond.mail.purposes import Purpose, find, register
from rebond.mail.reading import Failed, Reading
from rebond.mail.work.inbox import read
from rebond.mail.work.sending import send
from tests.mail.purposes import plan, write

#: (key, kind) of every answer that a purpose heard of.
answered: list[tuple[str, str]] = []
NOTE = Purpose(
    "test.answered", "keep_in_touch", write,
    answered=lambda message, received, now: answered.append((message.key, received.meant)),
)  # fmt: skip
if find("test.answered") is None:
    register(NOTE)


def sent_note(key: str, now: datetime, **more: Any) -> Message:
    """A note that left two days ago, through the real server when one is set; to Hélène unless told otherwise."""
    then = now - timedelta(days=2)
    planned = plan(key, then, purpose="test.answered", **more)
    send(clock=lambda: then)
    planned.refresh_from_db()
    return planned


def understood(kind: str, *, answers: Message | None = None, number: int = 1, **more: Any) -> Reading:
    """A mail as the reader gives it back; from Hélène unless told otherwise."""
    values: dict[str, Any] = {
        "text": "Thank you, let us talk in June.", "message_id": f"answer-{number}@valmy.example",
        "from_address": "helene@valmy.example", "from_name": "Hélène Marchetti", "subject": "Re: hello",
        "references": (answers.message_id.strip("<>"),) if answers else (), "rule": "test",
    }  # fmt: skip
    return Reading(kind=kind, **(values | more))


def bounce(kind: str, *, answers: Message | None = None, status: str = "5.1.1", **more: Any) -> Reading:
    """A report of a mail server."""
    failed = (Failed("helene@valmy.example", "failed", status, "550 no such person"),)
    values = {"from_address": "mailer-daemon@valmy.example", "failed": failed, "text": ""}
    return understood(kind, answers=answers, **(values | more))


def take(reading: Reading, now: datetime, *, box: Mailbox | None = None, uid: int = 1) -> Received | None:
    """What the reader of a mailbox does with it."""
    box = box or mailbox.house(now=now)
    return actions.take_in(mailbox=box, reading=reading, folder="INBOX", uidvalidity=1, uid=uid, now=now)


def mailbox_of(user: User, url: str, now: datetime) -> Mailbox:
    """A seller's own mailbox, read at ``url``."""
    return Mailbox.objects.create(
        owner=user, address=user.email, way_in=secrets.hide(url), created_at=now, updated_at=now
    )


def raw(
    *, sender: str = "Hélène Marchetti <helene@valmy.example>", answers: Message | None = None, number: int = 1,
    text: str = "Thank you, let us talk in June.", **headers: str,
) -> bytes:  # fmt: skip
    """A mail as a server keeps it; ``Message_ID=""`` leaves that header out."""
    named = {
        "From": sender, "To": "rebond@ours.example", "Subject": "Re: hello", "Date": "Tue, 9 Jun 2026 06:00:00 +0000",
        "Message-ID": f"<mail-{number}@valmy.example>", "In-Reply-To": answers.message_id if answers else "",
        "MIME-Version": "1.0", "Content-Type": "text/plain; charset=utf-8",
    }  # fmt: skip
    named |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{name}: {value}" for name, value in named.items() if value]
    return ("\r\n".join([*lines, "", text, ""])).encode()


def unknown(key: str, now: datetime, **more: Any) -> Message:
    """A mail whose sender died while it handed it over."""
    message = plan(key, now, purpose="test.answered", **more)
    for mail in actions.claim(worker="a", now=now).mails:
        actions.begin_data(message=mail.message, now=now)
        actions.lose(message=mail.message, answer="gone", now=now)
    message.refresh_from_db()
    assert message.status == MessageStatus.UNKNOWN
    return message


def house(now: datetime) -> Mailbox:
    return mailbox.house(now=now)


def look(now: datetime, box: Mailbox | None = None, **more: Any) -> sync.Looked:
    """Reads the installation's mailbox at a time that stands still."""
    return read(box or house(now), clock=lambda: now, **more)


def inbox(now: datetime, box: Mailbox | None = None) -> Folder:
    return Folder.objects.get(mailbox=box or house(now), name="INBOX")
