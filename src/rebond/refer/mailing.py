"""The purpose ``refer.ask``: a letter that asks for an introduction, which a person has read and sends.

One message of its own, never part of a question about the decision or of a note to stay in touch. Below it: who we are,
why they get it, and how to object (L01, L14, L18, L20); every rule of asking is looked at again inside the claim.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from rebond.base.dates import local_day
from rebond.mail.actions import note_told
from rebond.mail.addresses import fingerprint
from rebond.mail.models import Message, Scope, Use
from rebond.mail.purposes import Later, Letter, Purpose, Verdict, register
from rebond.mail.rights import footer
from rebond.refer.actions.asking import PURPOSE, has_left, leave
from rebond.refer.eligibility import PASSING, why_not
from rebond.refer.models import AskExclusion, AskStatus, ReferralAsk
from rebond.refer.queries.standing import look_at

#: What passes with time is looked at again so much later.
LOOK_AGAIN = timedelta(days=1)
#: Reasons of the outbox that end the ask as well; after others it may be written again.
ENDING = {code.value: code.value for code in AskExclusion} | {"reopened": AskExclusion.REOPENED.value}


def ask_of(message: Message) -> ReferralAsk | None:
    """The ask a mail belongs to, with its person, owner and deal."""
    beside = ("person__company", "owner", "deal", "close_event", "asked_by")
    return ReferralAsk.objects.select_related(*beside).filter(message_key=message.key).first()


def write(message: Message, now: datetime) -> Letter:  # noqa: ARG001
    """The text a person has read, and below it who we are, why they get this and how to object."""
    ask = ask_of(message)
    seller = message.sender.name if message.sender else ""
    because = _because(ask, seller, message.language)
    foot = footer.footer(message.recipient, message.language, seller, because, Scope.REFERRAL)
    return Letter(
        subject=message.subject, text=f"{message.text.rstrip()}\n\n{foot}\n", kept=message.text, from_name=seller,
        reply_to=footer.answers_to(message), headers=footer.headers(message.recipient, Scope.REFERRAL),
    )  # fmt: skip


def _because(ask: ReferralAsk | None, seller: str, language: str) -> str:
    with translation.override(language):
        if ask is None or ask.deal is None:
            return _("You get this letter because you know us, and we ask you for an introduction.")
        words = {"deal": ask.deal.name, "seller": seller}
        return _("You get this letter because you talked with %(seller)s about %(deal)s.") % words


def guard(message: Message, now: datetime) -> Verdict:
    """Looked at inside the claim: still planned, still to the same address, and every rule of asking holds."""
    ask = ask_of(message)
    if ask is None or ask.person is None or ask.status not in (AskStatus.PLANNED, AskStatus.PASSED):
        return "not_planned"
    if fingerprint(ask.person.email) != message.fingerprint:
        return "address_changed"
    why = why_not(look_at(ask, now).known, written=True, today=local_day(now))
    return Later(now + LOOK_AGAIN, why) if why in PASSING else why


@transaction.atomic
def left(message: Message, now: datetime) -> None:
    """The mail server took it: they are asked, and told of their right to object."""
    note_told(fingerprint=message.fingerprint, use=Use.REFERRAL, now=now)
    ask = ask_of(message)
    if ask is not None:
        has_left(ask=ask, message=message, now=now)


@transaction.atomic
def stopped(message: Message, now: datetime) -> None:
    """It will never be sent: the ask is given up where a rule says so, else it may be asked another way."""
    ask = ask_of(message)
    if ask is not None and ask.asked_at is None:
        leave(ask=ask, now=now, because=ENDING.get(message.reason, ""))


#: What the guards answer, as screens say it.
REASONS = {code.value: code.label for code in AskExclusion} | {
    "not_planned": gettext_lazy("the letter was taken back"),
    "address_changed": gettext_lazy("their address was changed since it was written"),
}
ASK = Purpose(
    name=PURPOSE, scope=Scope.REFERRAL, write=write, guard=guard, accepted=left, stopped=stopped, use=Use.REFERRAL,
    title=pgettext_lazy("mail", "A letter that asks for an introduction"), reasons=REASONS,
)  # fmt: skip


def register_asks() -> None:
    """Makes these letters known to the outbox."""
    register(ASK)
