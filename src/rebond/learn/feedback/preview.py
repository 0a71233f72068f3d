"""The mail to a buyer as it will go, for those who may look at it first; without the personal link."""

from __future__ import annotations

from dataclasses import dataclass

from rebond.learn.feedback.letters import INVITATION, compose
from rebond.learn.feedback.links import sample_link, with_everything
from rebond.learn.models import Invitation
from rebond.mail.outgoing.compose import our_address


@dataclass(frozen=True)
class Preview:
    """What is shown of a mail. ``text`` carries a sample in the place of the link, which opens nothing."""

    sender: str
    reply_to: str
    recipient: str
    subject: str
    text: str
    language: str


def preview(invitation: Invitation) -> Preview:
    """Written by the very writer that writes the mail, in the buyer's language; nothing is stored."""
    whole = with_everything().get(pk=invitation.pk)
    letter, (name, address) = compose(whole, INVITATION, sample_link()), our_address()
    to = f"{whole.person.name} <{whole.person.email}>" if whole.person else ""
    return Preview(
        f"{letter.from_name or name} <{address}>", letter.reply_to, to, letter.subject, letter.text, whole.language
    )
