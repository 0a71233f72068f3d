"""The purpose ``refer.thanks``: a thank-you that a person reads and sends.

One person's letter to another who did them a favour: it asks for no basis of its own, and goes to nobody who wants no
mail about introductions. It leaves in ten seconds, whatever the hour.
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
from rebond.refer.letters import common
from rebond.refer.models import State, Thanks

PURPOSE = "refer.thanks"
SOURCE = "refer"


def thanks_of(message: Message) -> Thanks | None:
    """The thanks a mail belongs to, with its referral and advocate."""
    beside = ("move__referral__advocate__person", "by")
    return Thanks.objects.select_related(*beside).filter(message_key=message.key).first()


def write(message: Message, now: datetime) -> Letter:  # noqa: ARG001
    """The text a person has read, and below it who we are, why they get this and how to object."""
    seller = message.sender.name if message.sender else ""
    with translation.override(message.language):
        because = _("You get this note because you introduced somebody to us.")
    foot = common.foot(message.recipient, message.language, seller, [because])
    return Letter(
        subject=message.subject, text=f"{message.text.rstrip()}\n\n{foot}\n", kept=message.text, from_name=seller,
        reply_to=footer.answers_to(message), headers=common.headers(message.recipient),
    )  # fmt: skip


def guard(message: Message, now: datetime) -> Verdict:  # noqa: ARG001
    """Looked at inside the claim: "" to go, a reason never to."""
    said = thanks_of(message)
    if said is None:
        return "not_planned"
    if said.move.referral.state == State.VOID:
        return "void"
    person = said.move.referral.advocate.person
    if person is None:
        return "advocate_gone"
    return "" if fingerprint(person.email) == message.fingerprint else "address_changed"


@transaction.atomic
def left(message: Message, now: datetime) -> None:
    """The mail server took it: a contact, once."""
    said = thanks_of(message)
    person = said.move.referral.advocate.person if said else None
    if said is None or person is None:
        return
    log_touch(
        deal=None, person=person, channel=Channel.EMAIL, at=now, note=message.subject, source=SOURCE,
        external_id=f"thanks:{said.pk}", actor=said.by, now=now,
    )  # fmt: skip
    record(verb="refer.thanks_left", subject=said, actor=None, at=now, move=said.move_id)


@transaction.atomic
def stopped(message: Message, now: datetime) -> None:
    """It will never be sent, so nobody was thanked: the move is to be thanked for again, by phone perhaps."""
    if (said := thanks_of(message)) is not None:
        record(verb="refer.thanks_stopped", subject=said, actor=None, at=now, reason=message.reason[:40])
        said.delete()


#: What the guard answers, as screens say it.
REASONS = {
    "not_planned": gettext_lazy("the thank-you was taken back"),
    "void": gettext_lazy("the introduction is void"),
    "advocate_gone": gettext_lazy("nothing is kept any more of the person who introduced"),
    "address_changed": gettext_lazy("their address was changed since it was written"),
}
THANKS = Purpose(
    name=PURPOSE, scope=Scope.REFERRAL, write=write, guard=guard, accepted=left, stopped=stopped, reasons=REASONS,
    title=pgettext_lazy("mail", "A thank-you for an introduction"),
)  # fmt: skip


def register_thanks() -> None:
    """Makes thank-yous known to the outbox."""
    register(THANKS)
