"""Asking buyers: planned by rule at each close, left out with a reason that is counted, taken back at a reopening."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from rebond.accounts.access import require_admin
from rebond.accounts.audit import record
from rebond.accounts.models import User
from rebond.base.errors import Conflict, NotAllowed, RebondError
from rebond.base.text import clean
from rebond.deals.models import CloseEvent, Deal, DealPerson, Person
from rebond.learn.feedback import rules
from rebond.learn.feedback.tokens import digest_of, new_nonce, token_of
from rebond.learn.models import BY_HAND, Exclusion, FeedbackProgramme, Invitation, InvitationStatus, Mode
from rebond.learn.queries.feedback import asked_lately, colleagues_for, programme, touched_by
from rebond.mail.actions import cancel_message, plan_message
from rebond.mail.models import Scope
from rebond.mail.queries import suppressed

INVITATION, REMINDER = "learn.invitation", "learn.reminder"
#: What an administrator may change; each change is a new version.
EDITABLE = (
    "is_on", "include_wins", "mode", "delay_min", "delay_max", "reminder_after", "expires_after", "company_name",
    "contact", "sender", "reader",
)  # fmt: skip
TEXTS = {"company_name": 120, "contact": 200}


def invitation_key(invitation: Invitation) -> str:
    """The outbox's key of the question to one buyer; never twice."""
    return f"{INVITATION}:{invitation.pk}"


def reminder_key(invitation: Invitation) -> str:
    """The outbox's key of the one reminder."""
    return f"{REMINDER}:{invitation.pk}"


@dataclass(frozen=True)
class _Asking:
    """What all invitations of one close have in common."""

    event: CloseEvent
    programme: FeedbackProgramme
    sender: User | None
    reader: User | None
    actor: User | None
    now: datetime
    rng: random.Random

    def row(self, **fields: Any) -> Invitation:
        """One invitation, not stored yet."""
        kept = self.programme if self.programme.pk else None
        return Invitation(
            close_event=self.event, deal=self.event.deal, programme=kept, mode=self.programme.mode,
            sender=self.sender, reader=self.reader, planned_at=self.now, **fields,
        )  # fmt: skip


@transaction.atomic(savepoint=False)
def plan_invitations(
    *, close_event: CloseEvent, actor: User | None, now: datetime, rng: random.Random | None = None
) -> list[Invitation]:
    """Plans the question to up to three buyers of a close, or writes down why nobody is asked.

    One row per person asked or left out; one row without a person where nobody could be. Asked once per close event:
    what is planned already is returned. Ends that no buyer decided have no row at all.

    Args:
        rng: draws the delay and the hour; the system's own generator when missing.
    """
    in_force = programme()
    if not rules.eligible(close_event.outcome, include_wins=in_force.include_wins):
        return []
    if before := list(close_event.invitations.order_by("pk")):
        return before
    sender, reader = choose_people(close_event.deal, sender=in_force.sender, reader=in_force.reader)
    asking = _Asking(close_event, in_force, sender, reader, actor, now, rng or random.SystemRandom())
    people = rules.whom(DealPerson.objects.filter(deal=close_event.deal_id).select_related("person"))
    nobody = _why_nobody(asking, people)
    return [_leave_out(asking, None, nobody)] if nobody else _ask(asking, people)


def choose_people(deal: Deal, *, sender: User | None, reader: User | None) -> tuple[User | None, User | None]:
    """Who asks and who reads for ``deal``: these two where the rules allow them, else whom the rules name."""
    colleagues = colleagues_for(deal, sender, reader)
    place = {"owner_id": deal.owner_id, "team_id": deal.team_id}
    asks = rules.from_whom(**place, preferred=sender, colleagues=colleagues)
    reads = rules.who_reads(**place, touched=touched_by(deal), preferred=reader, colleagues=colleagues)
    return asks, reads


def _why_nobody(asking: _Asking, people: Sequence[Person]) -> Exclusion | None:
    if not asking.programme.is_on:
        return Exclusion.SWITCHED_OFF
    if not people:
        return Exclusion.NO_CONTACT
    return Exclusion.NO_SENDER if asking.sender is None else None


def _ask(asking: _Asking, people: Sequence[Person]) -> list[Invitation]:
    """Nearest first, until three are asked; who may not be asked on the way is written down."""
    silent = _silent(people, asking.now)
    rows: list[Invitation] = []
    asked = 0
    for person in people:
        if asked == rules.MOST_PEOPLE:
            break
        asked += person.email not in silent
        because = silent.get(person.email)
        rows.append(_leave_out(asking, person, because) if because else _invite(asking, person))
    return rows


def _silent(people: Sequence[Person], now: datetime) -> dict[str, Exclusion]:
    """Of these people's addresses those that are not asked, and why."""
    addresses = [person.email for person in people]
    lately = dict.fromkeys(asked_lately(addresses, now=now), Exclusion.ASKED_RECENTLY)
    return lately | dict.fromkeys(suppressed(addresses, Scope.FEEDBACK), Exclusion.SUPPRESSED)


def _invite(asking: _Asking, person: Person) -> Invitation:
    delay, nonce = rules.draw_delay(asking.programme, asking.rng), new_nonce()
    zone = asking.sender.time_zone if asking.sender else settings.TIME_ZONE
    send_at = rules.send_moment(delay_days=delay, zone=zone, rng=asking.rng, now=asking.now)
    invitation = asking.row(
        person=person, language=rules.language_of(person, settings.LANGUAGE_CODE), delay_days=delay, send_at=send_at,
        expires_at=send_at + timedelta(days=asking.programme.expires_after), nonce=nonce,
        token_digest=digest_of(token_of(nonce)),
    )  # fmt: skip
    invitation.save()
    plan_message(
        key=invitation_key(invitation), purpose=INVITATION, recipient=person.email, recipient_name=person.name,
        sender=asking.sender, language=invitation.language, send_at=send_at, actor=asking.actor, now=asking.now,
    )  # fmt: skip
    record(
        verb="learn.plan_invitation", subject=invitation, actor=asking.actor, at=asking.now,
        deal=asking.event.deal_id, delay_days=delay,
    )  # fmt: skip
    return invitation


def _leave_out(asking: _Asking, person: Person | None, because: Exclusion) -> Invitation:
    invitation = asking.row(person=person, status=InvitationStatus.EXCLUDED, excluded_because=because)
    invitation.save()
    record(
        verb="learn.leave_out", subject=invitation, actor=asking.actor, at=asking.now,
        deal=asking.event.deal_id, because=because.value,
    )  # fmt: skip
    return invitation


@transaction.atomic
def take_invitations_back(*, close_event: CloseEvent, actor: User | None, now: datetime) -> int:
    """A deal was opened again: what has not left stays here, and nobody is reminded. What left may still be answered.

    Returns how many planned questions were taken back.
    """
    taken = 0
    for invitation in close_event.invitations.order_by("pk"):
        if invitation.status == InvitationStatus.SENT:
            cancel_message(key=reminder_key(invitation), reason=Exclusion.REOPENED, actor=actor, now=now)
        elif invitation.status == InvitationStatus.PLANNED and _take_back(invitation, "reopened", actor, now):
            exclude(invitation, Exclusion.REOPENED, actor=actor, now=now)
            taken += 1
    return taken


@transaction.atomic
def exclude_invitation(*, invitation: Invitation, because: str, actor: User, now: datetime) -> None:
    """Somebody who leads and does not own the deal leaves a buyer out, for one of ``BY_HAND``; counted by name.

    Raises:
        NotAllowed: the deal's owner, or somebody who leads nobody.
        RebondError: ``unknown_exclusion``.
        Conflict: ``not_planned``; it left, or is leaving.
    """
    if not may_exclude(actor, invitation):
        raise NotAllowed(
            _("Who is asked is decided by rule. Only a manager who does not own the deal may leave a buyer out.")
        )
    if because not in BY_HAND:
        raise RebondError(
            _("Choose one of the reasons. The question is still planned."), code="unknown_exclusion", field="because"
        )
    if invitation.status != InvitationStatus.PLANNED or not _take_back(invitation, because, actor, now):
        raise Conflict(
            _("This question has left, is leaving now, or will not go. Nothing was changed."), code="not_planned"
        )
    exclude(invitation, Exclusion(because), actor=actor, now=now)


def may_exclude(user: User, invitation: Invitation) -> bool:
    """A manager or administrator who does not own the deal; the seller has no veto."""
    return user.is_lead and invitation.deal.owner_id != user.pk


def _take_back(invitation: Invitation, reason: str, actor: User | None, now: datetime) -> bool:
    return cancel_message(key=invitation_key(invitation), reason=reason, actor=actor, now=now)


def exclude(invitation: Invitation, because: Exclusion, *, actor: User | None, now: datetime) -> None:
    """Writes down that a planned question will not be asked, and why; inside the caller's transaction."""
    invitation.status, invitation.excluded_because = InvitationStatus.EXCLUDED, because
    invitation.excluded_by = actor if because in BY_HAND else None
    invitation.save(update_fields=["status", "excluded_because", "excluded_by"])
    record(
        verb="learn.exclude_invitation", subject=invitation, actor=actor, at=now,
        deal=invitation.deal_id, because=because.value,
    )  # fmt: skip


@transaction.atomic
def set_programme(*, changes: Mapping[str, Any], actor: User | None, now: datetime) -> FeedbackProgramme:
    """A new version of the rules; what is planned keeps those it was planned under, but nothing leaves while it is off.

    Args:
        changes: some of ``EDITABLE``; the others stay.

    Raises:
        NotAllowed: not an administrator.
        RebondError: ``bad_programme`` with its ``field``.
    """
    if actor is not None:
        require_admin(actor)
    last = programme()
    values = {name: changes.get(name, getattr(last, name)) for name in EDITABLE}
    values |= {name: clean(values[name], most) for name, most in TEXTS.items()}
    made = FeedbackProgramme(version=last.version + 1, at=now, by=actor, **values)
    _check(made)
    made.save()
    changed = [name for name in EDITABLE if getattr(last, name) != values[name]]
    record(verb="learn.set_programme", subject=made, actor=actor, at=now, version=made.version, changed=changed)
    return made


def _check(made: FeedbackProgramme) -> None:
    wrong = rules.wrong_field(made)
    if wrong is None and made.mode not in (Mode.CONFIDENTIAL, Mode.ANONYMOUS):
        wrong = "mode", _("Only the buyer may share an answer. Choose confidential or anonymous.")
    if wrong is None:
        wrong = next(
            ((name, _("Choose somebody who can sign in."))
             for name in ("sender", "reader")
             if (user := getattr(made, name)) is not None and not (user.is_active and user.email)), None,
        )  # fmt: skip
    if wrong:
        field, what_to_do = wrong
        raise RebondError(
            _("The rules are as they were. %(what_to_do)s") % {"what_to_do": what_to_do},
            code="bad_programme", field=field,
        )  # fmt: skip
