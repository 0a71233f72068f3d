"""The note to one person as a screen shows it: the draft, why we may write, when it would leave, or why it may not."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rebond.accounts.models import User
from rebond.base.play import Draft
from rebond.mail.boxes import mailbox
from rebond.mail.guarding import guards
from rebond.mail.models import Use
from rebond.mail.purposes import Later
from rebond.mail.queries.basis import basis_for
from rebond.mail.rights.countries import code_of
from rebond.nurture.drafts import draft_for
from rebond.nurture.keep.words import leaves_at, may_write_because
from rebond.nurture.models import Enrolment, Paused, Piece, Standing

#: What a guard says, for who stands before the screen: what holds it back, and what is possible instead.
_NEVER: dict[str, str | Promise] = {
    "suppressed": gettext_lazy("They asked not to be written to. Call only if they call."),
    "no_basis": gettext_lazy(
        "Nothing allows us to write to them now. Call them, or enter what they agreed to on their privacy page."
    ),
    "bad_address": gettext_lazy("Their address cannot be used. Call them, and ask for the right one."),
}
_WAITS: dict[str, str | Promise] = {
    "halted": gettext_lazy("when an administrator lets notes leave again"),
    "mailbox_off": gettext_lazy("when the mailbox is on again"),
    "mailbox_rests": gettext_lazy("when the mailbox has rested"),
    "mailbox_not_checked": gettext_lazy("once the mailbox has passed its self-check"),
    "too_soon": gettext_lazy("%(when)s, since they had mail from us lately"),
    "enough_this_year": gettext_lazy("%(when)s, since they had enough mail from us this year"),
    "came_back": gettext_lazy("%(when)s, since mail to them came back lately"),
}


def draft_of(
    enrolment: Enrolment,
    user: User,
    *,
    variant: int = 0,
    other_url: str = "",
    piece: Piece | None = None,
    back: str = "",
    now: datetime,
) -> Draft:
    """The draft of an enrolment's next note; with ``problem`` and without words when nothing may be sent."""
    person = enrolment.person
    leaves, problem = looks(enrolment, user, now)
    send = reverse("nurture:send", args=[person.pk])
    if problem:
        return Draft(person.name, person.email, "", "", send, problem=problem)
    written = draft_for(enrolment, now=now, variant=variant, piece=piece)
    basis = basis_for([person.email], Use.KEEP_IN_TOUCH, now).get(person.email)
    return Draft(
        to=person.name,
        address=person.email,
        subject=written.subject,
        body=written.body,
        send_url=send,
        why_may=may_write_because(basis) if basis else "",
        language=written.language,
        piece=written.piece.title if written.piece else "",
        piece_why=written.piece_why,
        leaves=leaves,
        other_url=other_url if written.variants > 1 else "",
        fields={
            "piece": str(written.piece.pk) if written.piece else "",
            "number": str(enrolment.step),
            "next": back or reverse("loop:today"),
        },
    )


def looks(enrolment: Enrolment, user: User, now: datetime) -> tuple[str, str]:
    """When a note would leave, in words (empty: at once), and why none may (empty: one may)."""
    if problem := _not_now(enrolment):
        return "", problem
    person = enrolment.person
    country = code_of(person.company.country) if person.company else ""
    own = mailbox.of(user)
    verdict = guards.preview(person.email, Use.KEEP_IN_TOUCH, True, own, enrolment.zone, country, now)
    if isinstance(verdict, Later):
        return _later(verdict, enrolment, user, now), ""
    return "", str(_NEVER.get(verdict, _("Nothing may be sent to them now. Call them instead."))) if verdict else ""


def _not_now(enrolment: Enrolment) -> str:
    if not enrolment.person.email:
        return _("We have no address of theirs. Call them, and ask for one.")
    if enrolment.status == Standing.ENDED:
        return _("Staying in touch with them is over. Begin it anew first.")
    if enrolment.status == Standing.PAUSED and enrolment.paused_because == Paused.DEAL_OPEN:
        return _("A deal with them is open; what you write belongs there.")
    if enrolment.status == Standing.PAUSED:
        return _("Staying in touch is paused. Go on first, or answer from your own mail program.")
    return ""


def _later(verdict: Later, enrolment: Enrolment, user: User, now: datetime) -> str:
    when = leaves_at(verdict.until, enrolment.zone, user.time_zone, now)
    return str(_WAITS.get(verdict.reason, "%(when)s")) % {"when": when}


def their_clock(enrolment: Enrolment, now: datetime) -> str:
    """What time it is where they are."""
    return timezone.localtime(now, ZoneInfo(enrolment.zone)).strftime("%H:%M")
