"""What became of our first mail to somebody who was introduced."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rebond.accounts.models import User
from rebond.mail.models import Aftermath, Message, MessageStatus
from rebond.mail.words import reason_of
from rebond.refer.models import Referral, State

#: What came back, as a referral's page says it; the owner's turn.
CAME_BACK: dict[str, str | Promise] = {
    Aftermath.REPLIED: _("They answered."),
    Aftermath.BOUNCED_HARD: _("It came back: there is no such address. Ask who introduced them for another."),
    Aftermath.BOUNCED_SOFT: _("It came back for now. Ask who introduced them whether the address is right."),
    Aftermath.COMPLAINED: _("They called it unwanted. We leave them in peace."),
}
STOOD: dict[str, str | Promise] = {
    MessageStatus.REJECTED: _("Their mail server refused it. Ask who introduced them for another address."),
    MessageStatus.UNKNOWN: _("Nobody knows whether it left. An administrator decides in the outbox."),
}
#: States in which somebody still has something to do about the letter.
OPEN = (State.AGREED, State.INTRODUCED)


@dataclass(frozen=True)
class Fate:
    """Where the letter stands.

    Attributes:
        code: ``planned``, ``sent``, a value of ``Aftermath``, or a status of the outbox.
        words: one sentence; empty where there is nothing to say beside the status.
        may_undo: it has not begun to leave.
    """

    code: str
    words: str
    message: Message
    may_undo: bool = False

    @property
    def wants_somebody(self) -> bool:
        """An answer, a mail that came back, one that did not leave: somebody has to look."""
        stuck = (MessageStatus.REJECTED, MessageStatus.SKIPPED, MessageStatus.UNKNOWN)
        return self.message.aftermath in CAME_BACK or self.message.status in stuck


def fate_of(referral: Referral) -> Fate | None:
    """What became of this referral's letter; ``None`` when there is none. One query."""
    message = Message.objects.filter(key=referral.message_key).first() if referral.message_key else None
    return _fate(message) if message else None


def _fate(message: Message) -> Fate:
    if message.aftermath in CAME_BACK:
        return Fate(message.aftermath, str(CAME_BACK[message.aftermath]), message)
    if message.status in STOOD:
        return Fate(message.status, str(STOOD[message.status]), message)
    if message.status in (MessageStatus.ACCEPTED, MessageStatus.ASSUMED_SENT):
        return Fate("sent", "", message)
    waits = message.status in (MessageStatus.PLANNED, MessageStatus.DEFERRED, MessageStatus.CLAIMED)
    return Fate("planned" if waits else message.status, reason_of(message), message, may_undo=waits)


def to_look_at(user: User, now: datetime) -> list[tuple[Referral, Fate]]:
    """The seller's own whose letter was answered, came back or did not leave, newest first; two queries."""
    mine = Referral.objects.filter(owner=user, state__in=OPEN, state_at__lte=now).exclude(message_key="")
    referrals = list(mine.select_related("advocate__person", "person", "company").order_by("-state_at", "-pk"))
    keys = [referral.message_key for referral in referrals]
    fates = {one.key: _fate(one) for one in Message.objects.filter(key__in=keys)}
    found = [(referral, fates[referral.message_key]) for referral in referrals if referral.message_key in fates]
    return [(referral, fate) for referral, fate in found if fate.wants_somebody]
