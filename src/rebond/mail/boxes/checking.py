"""How a mailbox's check ends: the mail that came back is looked at, and the rest of it is examined."""

from __future__ import annotations

from datetime import datetime
from email import message_from_bytes, policy
from email.utils import parseaddr

from django.utils.translation import gettext as _

from rebond.accounts.models import User
from rebond.base.errors import RebondError
from rebond.mail import actions, doctor
from rebond.mail.addresses import normalised
from rebond.mail.boxes.mailbox import way_in_of
from rebond.mail.doctor import servers, signature
from rebond.mail.doctor.finding import Finding
from rebond.mail.inbox.imap import Trouble
from rebond.mail.models import Mailbox, Message

#: A check mail is small; more is something else.
LARGEST = 512 * 1024


def conclude(mailbox: Mailbox, raw: bytes, *, actor: User | None, now: datetime) -> Finding:
    """How a mail of this mailbox is signed, as it arrived; kept with the mailbox.

    Raises:
        RebondError: ``not_this_mailbox`` when it is no mail from its address, ``too_large``.
    """
    if len(raw) > LARGEST:
        raise RebondError(_("This is too large for a check mail. Nothing was changed."), code="too_large")
    sender = parseaddr(str(message_from_bytes(raw, policy=policy.compat32).get("From", "")))[1]
    if normalised(sender) != normalised(mailbox.address):
        raise RebondError(
            _("This is no mail from %(address)s. Nothing was changed. Take the whole source of the check mail.")
            % {"address": mailbox.address},
            code="not_this_mailbox",
        )
    found = signature.check(raw, mailbox.address.rpartition("@")[2], doctor.names())
    actions.note_signature(mailbox=mailbox, finding=found, actor=actor, now=now)
    return found


def look_for(mailbox: Mailbox, message: Message, *, now: datetime) -> Finding | None:
    """Looks for the check mail in the mailbox; ``None`` when it has not arrived, or cannot be read from here."""
    try:
        url = way_in_of(mailbox)
        raw = servers.fetch(url, message.message_id) if url else None
    except (Trouble, RebondError):
        return None
    return conclude(mailbox, raw, actor=None, now=now) if raw else None


def examine(mailbox: Mailbox, *, actor: User | None, now: datetime) -> list[Finding]:
    """Servers and domain of one mailbox, looked at now, with the installation itself for its own; kept with it."""
    found = [*(doctor.examine_house(now) if mailbox.is_house else []), *doctor.examine(mailbox, doctor.names())]
    kept = {"findings": [one.as_json() for one in found], "examined_at": now.isoformat()}
    actions.note_found(mailbox=mailbox, found=kept, actor=actor, now=now)
    return found
