"""What the outbox asks before a question to a buyer leaves, and what follows when it has left or never will."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from rebond.accounts.audit import record
from rebond.deals.models import ReopenEvent
from rebond.learn.actions.invitations import INVITATION, REMINDER, choose_people, exclude, reminder_key
from rebond.learn.feedback.letters import write_invitation, write_reminder
from rebond.learn.feedback.rules import reminder_moment
from rebond.learn.models import Exclusion, Invitation, InvitationStatus, Response
from rebond.learn.queries.feedback import programme
from rebond.mail.actions import plan_message
from rebond.mail.models import Message, MessageStatus, Scope
from rebond.mail.purposes import Purpose, register

#: Why a question was not sent, as the outbox says it, and as it is counted. Anything else: it could not be delivered.
COUNTED_AS = {
    "suppressed": Exclusion.SUPPRESSED,
    "asked": Exclusion.SUPPRESSED,
    "reopened": Exclusion.REOPENED,
    "switched_off": Exclusion.SWITCHED_OFF,
    "no_sender": Exclusion.NO_SENDER,
    "no_contact": Exclusion.NO_CONTACT,
    "expired": Exclusion.TOO_LATE,
    "too_late": Exclusion.TOO_LATE,
}


def invitation_of(message: Message) -> Invitation | None:
    """The invitation a message of ours is about, with its deal and people."""
    number = message.key.partition(":")[2]
    people = Invitation.objects.select_related("deal", "person", "sender", "reader", "programme")
    return people.filter(pk=int(number)).first() if number.isdigit() else None


def _why_not(invitation: Invitation, now: datetime) -> str:
    """What stops the question and its reminder alike."""
    if invitation.person_id is None:
        return "no_contact"
    if ReopenEvent.objects.filter(close_event=invitation.close_event_id).exists():
        return "reopened"
    if invitation.expires_at is not None and invitation.expires_at <= now:
        return "expired"
    if not programme().is_on:
        return "switched_off"
    return "" if _stays_apart(invitation, now) else "no_sender"


def _stays_apart(invitation: Invitation, now: datetime) -> bool:
    """The deal may have changed hands since: whoever asks must still not own it, whoever reads must be outside it."""
    sender, reader = choose_people(invitation.deal, sender=invitation.sender, reader=invitation.reader)
    if sender is None:
        return False
    if (sender, reader) != (invitation.sender, invitation.reader):
        invitation.sender, invitation.reader = sender, reader
        invitation.save(update_fields=["sender", "reader"])
        record(
            verb="learn.change_who_asks", subject=invitation, actor=None, at=now, sender=sender.pk,
            reader=reader.pk if reader else None,
        )  # fmt: skip
    return True


def guard_invitation(message: Message, now: datetime) -> str:
    """Looked at inside the claim: a reason not to ask, or nothing."""
    invitation = invitation_of(message)
    if invitation is None or invitation.status != InvitationStatus.PLANNED:
        return "not_planned"
    return _why_not(invitation, now)


def invitation_left(message: Message, now: datetime) -> None:
    """The mail server took it (or somebody decided that it did): the one reminder is planned."""
    invitation = invitation_of(message)
    if invitation is None or invitation.sent_at is not None:
        return
    invitation.sent_at = now
    if invitation.status != InvitationStatus.ANSWERED:  # whoever was fast answered before we knew
        invitation.status, invitation.excluded_because = InvitationStatus.SENT, ""
    invitation.save(update_fields=["sent_at", "status", "excluded_because"])
    record(verb="learn.ask_buyer", subject=invitation, actor=None, at=now, deal=invitation.deal_id)
    if invitation.status == InvitationStatus.SENT and invitation.person is not None:
        _plan_reminder(invitation, message, now)


def _plan_reminder(invitation: Invitation, message: Message, now: datetime) -> None:
    zone = invitation.sender.time_zone if invitation.sender else settings.TIME_ZONE
    after = (invitation.programme or programme()).reminder_after
    plan_message(
        key=reminder_key(invitation), purpose=REMINDER, recipient=message.recipient,
        recipient_name=message.recipient_name, sender=invitation.sender, language=invitation.language,
        send_at=reminder_moment(sent_at=now, after_days=after, zone=zone), actor=None, now=now,
    )  # fmt: skip


def invitation_stopped(message: Message, now: datetime) -> None:
    """It will never be sent: counted with its reason, or as one that could not be delivered."""
    invitation = invitation_of(message)
    if invitation is None or invitation.status != InvitationStatus.PLANNED:
        return
    because = None if message.status == MessageStatus.REJECTED else COUNTED_AS.get(message.reason)
    if because is not None:
        exclude(invitation, because, actor=None, now=now)
        return
    invitation.status = InvitationStatus.FAILED
    invitation.save(update_fields=["status"])
    record(verb="learn.could_not_ask", subject=invitation, actor=None, at=now, reason=message.reason)


def guard_reminder(message: Message, now: datetime) -> str:
    """Whoever answered, or was reminded before, is left in peace."""
    invitation = invitation_of(message)
    if invitation is None or invitation.status != InvitationStatus.SENT:
        return "answered" if invitation and invitation.status == InvitationStatus.ANSWERED else "not_sent"
    if invitation.reminded_at is not None:
        return "reminded"
    if Response.objects.filter(invitation=invitation, is_final=True).exists():
        return "answered"
    return _why_not(invitation, now)


def reminder_left(message: Message, now: datetime) -> None:
    """The one reminder went; then silence."""
    invitation = invitation_of(message)
    if invitation is None or invitation.reminded_at is not None:
        return
    invitation.reminded_at = now
    invitation.save(update_fields=["reminded_at"])
    record(verb="learn.remind_buyer", subject=invitation, actor=None, at=now, deal=invitation.deal_id)


#: What the guards answer, as screens say it.
REASONS = {
    "not_planned": _("the question was taken back"),
    "no_contact": _("the person is not in the records any more"),
    "reopened": _("the deal was opened again"),
    "expired": _("the link would be closed already"),
    "switched_off": _("the programme was switched off"),
    "no_sender": _("nobody but the owner could ask"),
    "answered": _("the buyer answered already"),
    "not_sent": _("the question itself did not go"),
    "reminded": _("one reminder went already"),
}
ASK = Purpose(
    INVITATION, Scope.FEEDBACK, write_invitation, guard_invitation, invitation_left, invitation_stopped,
    title=_("Question to a buyer"), reasons=REASONS,
)  # fmt: skip
REMIND = Purpose(
    REMINDER, Scope.FEEDBACK, write_reminder, guard_reminder, reminder_left,
    title=_("Reminder to a buyer"), reasons=REASONS,
)  # fmt: skip


def register_purposes() -> None:
    """Makes both mails known to the outbox, when the program starts."""
    register(ASK)
    register(REMIND)
