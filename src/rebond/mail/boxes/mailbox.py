"""Which mailbox a mail leaves from, and the addresses of its servers."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings

from rebond.accounts.models import User
from rebond.mail.boxes import secrets
from rebond.mail.models import Mailbox
from rebond.mail.outgoing import smtp

if TYPE_CHECKING:
    from rebond.mail.outgoing.provider import Provider


def house(*, now: datetime) -> Mailbox:
    """The installation's own mailbox, made on first use and kept as the settings say (``REBOND_MAIL_FROM`` ...)."""
    from rebond.mail.actions.mailboxes import keep_house

    return keep_house(now=now)


def of(user: User) -> Mailbox | None:
    """Their own mailbox, if they have one and it is on."""
    return Mailbox.objects.filter(owner=user, is_on=True).first()


def way_out_of(mailbox: Mailbox | None) -> smtp.Server | Provider | None:
    """How mail leaves from it; the installation's way for ``None``; ``None`` when no way is set.

    Raises:
        RebondError: ``bad_mail_url`` or ``secret_key_changed``.
    """
    url = secrets.show(mailbox.way_out) if mailbox is not None else ""
    return read_way_out(url or settings.CONFIG.mail_url.strip())


def read_way_out(url: str) -> smtp.Server | Provider | None:
    """A way out taken apart: ``smtp://`` and its sisters, or ``provider+name://``; ``None`` for an empty one."""
    if url.startswith("provider+"):
        from rebond.mail.outgoing import provider  # loads the providers' library: only where one is used

        return provider.read(url)
    return smtp.read(url) if url else None


def way_in_of(mailbox: Mailbox) -> str:
    """The decrypted ``imap://`` or ``imaps://`` address that its answers are read from; empty when nothing is read.

    Raises:
        RebondError: ``secret_key_changed``.
    """
    if mailbox.is_house:
        return settings.CONFIG.inbox_url.strip()
    return secrets.show(mailbox.way_in)
