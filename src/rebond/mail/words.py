"""How screens say what a mail is for, and why one was not sent."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rebond.mail import purposes
from rebond.mail.models import Message

#: The outbox's own reasons; those of a guard come from its purpose.
REASONS: dict[str, str | Promise] = {
    "suppressed": _("This address asked us for silence."),
    "too_late": _("It could not leave in time; after two weeks it would have come out of the blue."),
    "bad_address": _("The address cannot be used."),
    "could_not_be_written": _("Rebond could not write it, several times over. The log says why."),
    "by_hand": _("An administrator took it back."),
    "may_arrive_twice": _("Sent again by an administrator; it may have arrived twice."),
}


def reason_of(message: Message) -> str:
    """Why, in words; the reason's code where nobody named it; empty for none."""
    purpose = purposes.find(message.purpose)
    named = (dict(purpose.reasons) if purpose else {}) | REASONS
    return str(named.get(message.reason, message.reason))


def title_of(message: Message) -> str:
    """What kind of mail this is."""
    purpose = purposes.find(message.purpose)
    return str(purpose.title) if purpose and purpose.title else message.purpose
