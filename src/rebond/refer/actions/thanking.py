"""Never forget to thank: for each introduction that moved, once, in writing or in words; or decide not to."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from rebond.accounts.audit import record
from rebond.accounts.models import User
from rebond.base.errors import Conflict, RebondError
from rebond.base.text import clean
from rebond.deals.actions import log_touch, unlog_touch
from rebond.deals.models import Channel, Person, Touch
from rebond.mail.actions import cancel_message, plan_message
from rebond.mail.addresses import usable
from rebond.mail.boxes import mailbox
from rebond.mail.models import Scope
from rebond.mail.purposes import Letter
from rebond.mail.queries import suppressed
from rebond.refer.letters import common
from rebond.refer.letters.thanks import PURPOSE, SOURCE
from rebond.refer.models import Advocate, Move, Referral, State, Thanks

#: How long a letter can still be taken back before it leaves.
UNDO = timedelta(seconds=10)
#: The same button pressed twice within so long is once.
TWICE = timedelta(minutes=2)
LONGEST_SUBJECT, LONGEST_BODY = 200, 20_000


def why_not_by_mail(advocate: Advocate) -> str:
    """Why no thank-you may be mailed to them, in words; empty where one may."""
    person = advocate.person
    if person is None:
        return _("Nothing is kept any more of the person who introduced, so there is nobody to write to.")
    if not usable(person.email):
        return _("We have no address of %(name)s that can be used.") % {"name": person.name}
    if suppressed([person.email], Scope.REFERRAL):
        return _("%(name)s asked not to be written to. We leave them in peace.") % {"name": person.name}
    return ""


@transaction.atomic
def thank(
    *, move: Move, channel: str, subject: str = "", body: str = "", language: str = "", actor: User, now: datetime
) -> Thanks:
    """Thanks the advocate for one move; pressed twice it is once.

    Args:
        channel: of ``deals.models.Channel``. ``email`` with a subject and a body: the letter as its seller read it, in
            ``language`` (theirs when empty), ten seconds to undo. Anything else: it was said, and is logged.

    Raises:
        RebondError: ``unknown_channel``, ``note_empty``.
        Conflict: ``thanked_before``, ``cannot_write``, ``void``.
    """
    if channel not in Channel.values:
        raise RebondError(
            _("We do not know this kind of contact. Nothing was saved. Choose call, email, meeting or message."),
            code="unknown_channel",
        )
    referral = _locked(move)
    if before := _before(move, actor, now):
        return before
    by_mail = channel == Channel.EMAIL
    subject, body = clean(subject, LONGEST_SUBJECT), clean(body, LONGEST_BODY)
    person = _whom(referral, by_mail, subject, body)
    said = _keep(move, channel, subject if by_mail else "", body if by_mail else "", actor, now)
    if by_mail:
        _plan(said, person, language or common.advocate_language(referral.advocate, actor), actor, now)
    else:
        _log(said, person, actor, now)
    return said


@transaction.atomic
def no_thanks(*, move: Move, actor: User, now: datetime) -> Thanks:
    """Somebody decided not to thank for this move; it does not come back. ``Conflict`` ``thanked_before``."""
    _locked(move)
    return _before(move, actor, now) or _keep(move, "", "", "", actor, now)


def _locked(move: Move) -> Referral:
    beside = Referral.objects.select_for_update(of=("self",)).select_related("advocate__person")
    return beside.get(pk=move.referral_id)


def _before(move: Move, actor: User, now: datetime) -> Thanks | None:
    """The same a moment ago: the button was pressed twice."""
    before = Thanks.objects.filter(move=move).first()
    if before is None or (before.by_id == actor.pk and before.at > now - TWICE):
        return before
    raise Conflict(_("They were thanked for this already. Nothing was sent."), code="thanked_before")


def _whom(referral: Referral, by_mail: bool, subject: str, body: str) -> Person:
    person = referral.advocate.person
    problem = why_not_by_mail(referral.advocate) if by_mail or person is None else ""
    if problem or person is None:
        words = _("%(problem)s Nothing was sent and nothing was changed. Thank them when you speak to them.")
        raise Conflict(words % {"problem": problem}, code="cannot_write")
    if referral.state == State.VOID:
        raise Conflict(_("This introduction is void. Nothing was sent and nothing was changed."), code="void")
    if by_mail and not (subject and body):
        raise RebondError(_("A mail needs a subject and a text. Nothing was sent. Fill in both."), code="note_empty")
    return person


def _keep(move: Move, channel: str, subject: str, body: str, actor: User, now: datetime) -> Thanks:
    said = Thanks.objects.create(move=move, at=now, by=actor, channel=channel, subject=subject, body=body)
    record(verb="refer.thank", subject=said, actor=actor, at=now, move=move.pk, channel=channel)
    return said


def _plan(said: Thanks, person: Person, language: str, actor: User, now: datetime) -> None:
    said.message_key = f"{PURPOSE}:{said.pk}"
    said.save(update_fields=["message_key"])
    plan_message(
        key=said.message_key, purpose=PURPOSE, recipient=person.email, recipient_name=person.name, sender=actor,
        language=language, letter=Letter(said.subject, said.body), mailbox=mailbox.of(actor), send_at=now + UNDO,
        actor=actor, now=now,
    )  # fmt: skip


def _log(said: Thanks, person: Person, actor: User, now: datetime) -> None:
    result = "reached" if said.channel == Channel.CALL else ""
    log_touch(
        deal=None, person=person, channel=said.channel, at=now, result=result, note=_("Thanked for an introduction."),
        source=SOURCE, external_id=f"thanks:{said.pk}", actor=actor, now=now,
    )  # fmt: skip


@transaction.atomic
def undo_thanks(*, thanks: Thanks, actor: User, now: datetime) -> bool:
    """Taken back: the move is to be thanked for again. ``False`` when the mail has left already: thanked it stays."""
    if thanks.message_key and not cancel_message(key=thanks.message_key, reason="not_planned", actor=actor, now=now):
        return False
    for touch in Touch.objects.filter(source=SOURCE, external_id=f"thanks:{thanks.pk}"):
        unlog_touch(touch=touch, actor=actor, now=now)
    record(verb="refer.undo_thanks", subject=thanks, actor=actor, at=now, move=thanks.move_id)
    thanks.delete()
    return True
