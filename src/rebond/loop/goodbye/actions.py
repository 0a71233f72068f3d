"""Ending a conversation kindly, keeping it against the advice, and taking either back (M22): what joins the rooms.

A goodbye closes the deal the one way there is (``loop.close``), plans the note through the outbox, and the person moves
to staying in touch; the goodbye is the first contact there. Taking it back cancels a note that has not left, opens the
deal again, and ends staying in touch with its people.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from rebond.accounts.models import User
from rebond.base.errors import Conflict, RebondError
from rebond.base.text import clean
from rebond.deals.actions import log_touch, unlog_touch
from rebond.deals.models import Channel, CloseSource, Deal, Outcome, Person, Touch
from rebond.deals.queries import contacts_of
from rebond.learn import taxonomy
from rebond.learn.actions import ReasonGiven
from rebond.loop import close as closing
from rebond.mail.actions import cancel_message, plan_message
from rebond.mail.addresses import usable
from rebond.mail.boxes import mailbox
from rebond.mail.models import Message, MessageStatus, Scope
from rebond.mail.purposes import Letter
from rebond.mail.queries import suppressed
from rebond.nurture.actions import log_contact
from rebond.worth import actions as worth_actions
from rebond.worth.actions.conversations import LONGEST_BODY, LONGEST_SUBJECT, PURPOSE
from rebond.worth.models import Goodbye
from rebond.worth.queries.conversations import Going

#: How long a note can still be taken back before it leaves.
UNDO = timedelta(seconds=10)
#: The same button pressed twice within so long is once.
TWICE = timedelta(minutes=2)
#: What an end after unanswered follow-ups is called, and the ends a seller may choose.
FADED, ENDS = "not_in_touch", (Outcome.NO_DECISION, Outcome.LOST)


@dataclass(frozen=True)
class TakenBack:
    """A goodbye that was taken back; ``note_gone``: its note had left already."""

    goodbye: Goodbye
    note_gone: bool


def person_of(deal: Deal) -> Person | None:
    """Whom to say goodbye to: who decides, else the nearest to it."""
    part = contacts_of([deal]).get(deal.pk)
    return part.person if part else None


def why_not_by_mail(person: Person | None) -> str:
    """Why no note may be written to them, in words; empty where one may."""
    if person is None:
        return _("Nobody is named on this deal, so there is nobody to write to.")
    if not usable(person.email):
        return _("We have no address of %(name)s that can be used.") % {"name": person.name}
    if suppressed([person.email], Scope.KEEP_IN_TOUCH):
        return _("%(name)s asked not to be written to. We leave them in peace.") % {"name": person.name}
    return ""


def usual_reason() -> str:
    """The code of "the conversation faded"; "not known yet" where the list has no such reason any more."""
    codes = {code for _group, reasons in taxonomy.current().choices() for code, _label in reasons}
    return FADED if FADED in codes else taxonomy.NOT_KNOWN_YET


@transaction.atomic
def say_goodbye(
    *, deal: Deal, subject: str = "", body: str = "", by_mail: bool, outcome: str = Outcome.NO_DECISION,
    reason: str = "", to: int | None = None, going: Going | None = None, currency: str = "", actor: User, now: datetime,
) -> Goodbye:  # fmt: skip
    """Ends the conversation kindly; pressed twice it is once.

    Args:
        to: the id of the person the note was written to; it leaves for nobody else.
        subject, body: the note as its seller read and sent it.
        by_mail: ``False``: it was said, on the phone.
        outcome: ``no_decision`` or ``lost``.
        reason: a code of the list of reasons; "the conversation faded" when missing.
        going: what going on was worth, kept for looking back.

    Raises:
        RebondError: ``note_empty``, ``no_address``, ``unknown_outcome``, ``unknown_reason``.
        Conflict: ``cannot_write``, ``other_person``, ``already_closed``.
    """
    locked = Deal.objects.select_for_update(of=("self",)).get(pk=deal.pk)
    if not locked.is_open and (before := _just_said(deal, actor, now)):
        return before
    if outcome not in ENDS:
        raise RebondError(
            _("A goodbye ends in “no decision” or “lost”. Nothing was changed. Choose one of them."),
            code="unknown_outcome",
        )
    person = person_of(deal)
    subject, body = clean(subject, LONGEST_SUBJECT), clean(body, LONGEST_BODY)
    if by_mail and locked.is_open:
        _may_write(person, subject, body, to)
    event = closing.close(
        deal=deal, outcome=outcome, reasons=[ReasonGiven(reason or usual_reason())], actor=actor,
        source=CloseSource.SCREEN, now=now,
    )  # fmt: skip
    said = worth_actions.note_goodbye(
        close_event=event, person=person, subject=subject if by_mail else "", body=body if by_mail else "",
        language=language_for(person, actor), going=going, currency=currency, actor=actor, now=now,
    )  # fmt: skip
    if by_mail:
        _plan(said, actor, now)
    else:
        _log_call(said, actor, now)
    return said


def _just_said(deal: Deal, actor: User, now: datetime) -> Goodbye | None:
    """The same goodbye a moment ago: the button was pressed twice."""
    lately = Goodbye.objects.filter(deal=deal, by=actor, undone_at=None, at__gt=now - TWICE)
    return lately.select_related("close_event", "person").order_by("-pk").first()


def _may_write(person: Person | None, subject: str, body: str, to: int | None) -> None:
    if to is not None and (person is None or person.pk != to):
        raise Conflict(
            _("Somebody else is to be written to on this deal since you opened this note. Nothing was sent and nothing "
              "was changed. Open it again: it is addressed anew."),
            code="other_person",
        )  # fmt: skip
    if problem := why_not_by_mail(person):
        words = _("%(problem)s Nothing was sent and nothing was changed. Say it by phone, or close the deal.")
        raise Conflict(words % {"problem": problem}, code="cannot_write")
    if not subject or not body:
        raise RebondError(_("A note needs a subject and a text. Nothing was sent. Fill in both."), code="note_empty")


def language_for(person: Person | None, seller: User) -> str:
    """The person's language, else the seller's."""
    return (person.language if person else "") or seller.language or "en"


def _plan(said: Goodbye, actor: User, now: datetime) -> None:
    if said.person is not None:
        plan_message(
            key=said.message_key, purpose=PURPOSE, recipient=said.person.email, recipient_name=said.person.name,
            sender=actor, language=said.language, letter=Letter(said.subject, said.body), mailbox=mailbox.of(actor),
            send_at=now + UNDO, actor=actor, now=now,
        )  # fmt: skip


def _log_call(said: Goodbye, actor: User, now: datetime) -> None:
    """A conversation took place; it is the first of staying in touch."""
    if said.person is not None:
        log_contact(person=said.person, channel=Channel.CALL, result="reached", actor=actor, now=now)
    else:
        log_touch(deal=said.deal, channel=Channel.CALL, at=now, result="reached", actor=actor, now=now)


@transaction.atomic
def undo_goodbye(*, goodbye: Goodbye, actor: User, now: datetime) -> TakenBack:
    """Taken back: the note does not leave if it has not, the deal is open again, staying in touch with them ends.

    Raises:
        Conflict: ``undone_before``, ``not_closed`` (opened again by other means, or ended anew since).
    """
    last = goodbye.deal.close_events.order_by("-recorded_at", "-pk").first()
    worth_actions.take_goodbye_back(goodbye=goodbye, actor=actor, now=now)
    if goodbye.deal.is_open or last != goodbye.close_event:
        raise Conflict(_("This deal was opened again already. Nothing was changed."), code="not_closed")
    gone = bool(goodbye.message_key) and not _stop(goodbye, actor, now)
    closing.reopen(deal=goodbye.deal, actor=actor, now=now)
    if not goodbye.message_key:
        for call in _call_of(goodbye):
            unlog_touch(touch=call, actor=actor, now=now)
    return TakenBack(goodbye, gone)


def _stop(goodbye: Goodbye, actor: User, now: datetime) -> bool:
    """Whether the note does not leave: it is taken back now, or never left."""
    if cancel_message(key=goodbye.message_key, reason="reopened", actor=actor, now=now):
        return True
    never = (MessageStatus.SKIPPED, MessageStatus.CANCELLED, MessageStatus.REJECTED)
    return Message.objects.filter(key=goodbye.message_key, status__in=never).exists()


def _call_of(goodbye: Goodbye) -> list[Touch]:
    """The call that the goodbye had logged."""
    calls = Touch.objects.filter(channel=Channel.CALL, at=goodbye.at, owner=goodbye.by, result="reached")
    whose = calls.filter(person=goodbye.person, deal=None) if goodbye.person else calls.filter(deal=goodbye.deal)
    return list(whose.order_by("pk")[:1])
