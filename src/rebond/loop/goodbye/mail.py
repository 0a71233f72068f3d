"""The purpose ``worth.goodbye``: the last note of an open conversation, which a person has read and sends.

It is one person's letter to another about an offer they talk of, so no basis of its own is asked for; but it leads into
staying in touch, so it says who writes, why, and how to object, as the first note there must (GDPR 21(4), L01, L14),
and whoever asked to be left in peace gets none. It leaves in ten seconds, whatever the hour.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from rebond.accounts.audit import record
from rebond.deals.actions import log_touch
from rebond.deals.models import Channel
from rebond.mail.addresses import fingerprint
from rebond.mail.models import Message, Scope
from rebond.mail.purposes import Letter, Purpose, Verdict, register
from rebond.mail.rights import footer
from rebond.nurture.actions import log_contact
from rebond.worth.actions.conversations import PURPOSE
from rebond.worth.models import Goodbye


def goodbye_of(message: Message) -> Goodbye | None:
    """The goodbye a mail belongs to, with its deal and person."""
    beside = ("deal", "person", "by", "close_event")
    return Goodbye.objects.select_related(*beside).filter(message_key=message.key).first()


def write(message: Message, now: datetime) -> Letter:  # noqa: ARG001
    """The text a person has read, and below it who we are, why they get this and how to object."""
    said = goodbye_of(message)
    seller = message.sender.name if message.sender else ""
    foot = footer.footer(message.recipient, message.language, seller, _because(said, seller, message.language))
    return Letter(
        subject=message.subject, text=f"{message.text.rstrip()}\n\n{foot}\n", kept=message.text, from_name=seller,
        reply_to=footer.answers_to(message), headers=footer.headers(message.recipient, Scope.KEEP_IN_TOUCH),
    )  # fmt: skip


def _because(said: Goodbye | None, seller: str, language: str) -> str:
    with translation.override(language):
        if said is None:
            return _("You get this note because you have been in touch with us.")
        words = {"deal": said.deal.name, "seller": seller}
        return _("You get this note because you talked with %(seller)s about %(deal)s.") % words


def guard(message: Message, now: datetime) -> Verdict:  # noqa: ARG001
    """Looked at inside the claim: the goodbye still stands, and the address is still theirs."""
    said = goodbye_of(message)
    if said is None or said.person is None:
        return "not_planned"
    if said.undone_at is not None or hasattr(said.close_event, "reopening"):
        return "reopened"
    return "address_changed" if fingerprint(said.person.email) != message.fingerprint else ""


@transaction.atomic
def left(message: Message, now: datetime) -> None:
    """The mail server took it: the first contact of staying in touch, so that nobody checks in next week."""
    said = goodbye_of(message)
    if said is None or said.person is None:
        return
    if said.undone_at is None:
        log_contact(person=said.person, channel=Channel.EMAIL, note=message.subject, actor=said.by, now=now)
    else:  # taken back in the moment in which it left: a contact of the deal, which is open again
        log_touch(
            deal=said.deal, person=said.person, channel=Channel.EMAIL, at=now, note=message.subject, actor=said.by,
            now=now,
        )  # fmt: skip
    record(verb="loop.goodbye_left", subject=said, actor=None, at=now, deal=said.deal_id)


#: What the guard answers, as screens say it.
REASONS = {
    "not_planned": gettext_lazy("the goodbye was taken back"),
    "reopened": gettext_lazy("the deal is open again"),
    "address_changed": gettext_lazy("their address was changed since it was written"),
}
GOODBYE = Purpose(
    name=PURPOSE, scope=Scope.KEEP_IN_TOUCH, write=write, guard=guard, accepted=left,
    title=pgettext_lazy("mail", "A goodbye that leaves the door open"), reasons=REASONS,
)  # fmt: skip


def register_goodbye() -> None:
    """Makes goodbyes known to the outbox."""
    register(GOODBYE)
