"""The mail a mailbox writes to itself, to see how it comes back: the purpose ``mail.self_check`` (L02)."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rebond.mail.models import Mailbox, Message, Scope
from rebond.mail.purposes import Letter, Purpose, register
from rebond.mail.rights.footer import headers

NAME = "mail.self_check"


def write(message: Message, now: datetime) -> Letter:  # noqa: ARG001
    """With the headers that a note has, since they are what the signature must cover."""
    text = _(
        "Rebond wrote this to itself, to see whether mail from this address arrives, and how it is signed. "
        "There is nothing to do; it may be deleted."
    )
    return Letter(
        subject=_("A check of this mailbox by Rebond"),
        text=text,
        headers=headers(message.recipient, Scope.KEEP_IN_TOUCH),
    )


SELF_CHECK = Purpose(NAME, "", write, title=gettext_lazy("Check of a mailbox"))


def key_of(mailbox: Mailbox, number: int) -> str:
    """Names the mailbox and the try."""
    return f"{NAME}:{mailbox.pk}:{number}"


def install() -> None:
    """Makes the purpose known; called when the room is ready."""
    register(SELF_CHECK)
