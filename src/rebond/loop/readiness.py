"""Signs of readiness that come from other rooms, joined here since practices never import each other.

* A buyer's answer that says we may contact them: only a shared one (never a confidential or an anonymous answer), and
  only once its seller may see it, that is after their own debrief.
* The CRM: a new open deal with somebody in touch, the planned close of their lost deal moved, a lost deal at another
  stage. What our own people typed here themselves is no news to them.

Each sign is noted once, by its ``ref``; looking again is harmless. That a mail was opened is never a sign (L28).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils import translation
from django.utils.translation import gettext as _

from rebond.base.dates import parse_day, show_day
from rebond.deals.models import Deal, DealPerson, FieldChange, Outcome, Person, StageChange, StageKind
from rebond.learn.models import Consent, Invitation, Mode, Verbatim
from rebond.nurture.actions import note_signal
from rebond.nurture.models import Enrolment, Signal, SignalKind, Standing

#: How far back each look goes: longer than any holiday of the server.
LOOK_BACK = timedelta(days=14)
#: A debrief may be finished long after the buyer answered; the answer may be shown from then on.
ANSWERS_BACK = timedelta(days=120)
#: Of each kind in one look, the newest.
AT_MOST = 500


@dataclass(frozen=True)
class Sign:
    """A sign before it is noted; ``words`` are made in the language of who will read them."""

    person: Person
    kind: str
    ref: str
    at: datetime
    words: Callable[[], str]
    language: str


def look_for_signs(*, now: datetime) -> int:
    """Notes what is new; how many signs."""
    found = {sign.ref: sign for source in (_answers, _new_deals, _moved_closes, _moved_stages) for sign in source(now)}
    known = set(Signal.objects.filter(ref__in=list(found)).values_list("ref", flat=True))
    return sum(_note(sign, now) for ref, sign in found.items() if ref not in known)


@transaction.atomic
def _note(sign: Sign, now: datetime) -> bool:
    with translation.override(sign.language):
        words = sign.words()
    return note_signal(person=sign.person, kind=sign.kind, ref=sign.ref, words=words, at=sign.at, now=now) is not None


def _answers(now: datetime) -> Iterator[Sign]:
    """Shared answers that say we may contact them, which their seller may see."""
    allowed = Invitation.objects.filter(
        response__is_final=True, response__mode=Mode.SHARED, response__may_contact=True, person__isnull=False,
        response__submitted_at__gte=now - ANSWERS_BACK, close_event__debrief__finished_at__isnull=False,
    )  # fmt: skip
    # By when they could first be read, newest first: so none is missed while others fill the limit.
    readable = Greatest("response__submitted_at", "close_event__debrief__finished_at")
    asked = list(allowed.select_related("person", "response", "deal__owner").order_by(readable.desc(), "-pk")[:AT_MOST])
    words = _quotable([one.response.pk for one in asked])
    for one in asked:
        answer, language = one.response, one.deal.owner.language if one.deal.owner else "en"
        if one.person and answer.submitted_at:
            said = _as_said(words.get(answer.pk, ""))
            yield Sign(one.person, SignalKind.SURVEY, f"survey:{answer.pk}", answer.submitted_at, said, language)


def _quotable(answers: list[UUID]) -> dict[UUID, str]:
    """Per answer the first text that may be quoted with their name; one query."""
    named = Verbatim.objects.filter(response__in=answers, consent=Consent.NAMED, removed_at=None).exclude(text="")
    return dict(named.order_by("-asked").values_list("response", "text"))


def _as_said(words: str) -> Callable[[], str]:
    return lambda: words


def _new_deals(now: datetime) -> Iterator[Sign]:
    """Open deals that began after staying in touch did, of another hand than the one that stays in touch."""
    opened = Deal.objects.filter(outcome=Outcome.OPEN, opened_at__gte=now - LOOK_BACK).order_by("-opened_at", "-pk")
    # From the deals, which are few, to their people: the other way round everybody in touch would be looked at.
    parts = DealPerson.objects.filter(
        deal__in=list(opened.values_list("pk", flat=True)[:AT_MOST]),
        person__enrolments__status__in=(Standing.ACTIVE, Standing.PAUSED),
        deal__opened_at__gt=F("person__enrolments__started_at"),
    ).exclude(deal__source="typed", deal__owner=F("person__enrolments__owner"))  # fmt: skip
    found = list(parts.select_related("deal", "person").order_by("-pk")[:AT_MOST])
    owners = _owners([part.person_id for part in found])
    for part in found:
        deal, person = part.deal, part.person
        ref, at = f"deal:{deal.pk}:{person.pk}", deal.opened_at or now
        yield Sign(person, SignalKind.STAGE, ref, at, _opened(deal.name), owners.get(person.pk, "en"))


def _opened(deal: str) -> Callable[[], str]:
    """Looked up when it is written, in its reader's language."""
    return lambda: _("a new deal with them is open: %(deal)s") % {"deal": deal}


def _moved_closes(now: datetime) -> Iterator[Sign]:
    """The planned close of a deal that was lost moved to a day that is still to come."""
    changes = FieldChange.objects.filter(field="expected_close", at__gte=now - LOOK_BACK).select_related("deal")
    newest = list(changes.order_by("-pk")[:AT_MOST])
    following = _following([change.deal_id for change in newest])
    for change in newest:
        day = parse_day(change.after)
        for one in following.get(change.deal_id, []):
            if day and day > now.date() and change.at > one.started_at and change.by_id != one.owner_id:
                ref = f"close:{change.pk}:{one.person_id}"
                yield _sign(one, ref, change.at, _planned(change.deal.name, change.after))


def _sign(one: Enrolment, ref: str, at: datetime, words: Callable[[], str]) -> Sign:
    return Sign(one.person, SignalKind.STAGE, ref, at, words, one.owner.language if one.owner else "en")


def _planned(deal: str, after: str) -> Callable[[], str]:
    return lambda: _("%(deal)s is planned to close on %(day)s") % {"deal": deal, "day": show_day(parse_day(after))}


def _moved_stages(now: datetime) -> Iterator[Sign]:
    """A deal that was lost stands at an open stage again in the CRM."""
    moves = StageChange.objects.filter(entered_at__gte=now - LOOK_BACK, stage__kind=StageKind.OPEN)
    newest = list(moves.select_related("deal", "stage").order_by("-pk")[:AT_MOST])
    following = _following([move.deal_id for move in newest])
    for move in newest:
        for one in following.get(move.deal_id, []):
            if move.entered_at > one.started_at:
                ref = f"stage:{move.pk}:{one.person_id}"
                yield _sign(one, ref, move.entered_at, _stands(move.deal.name, move.stage.name))


def _stands(deal: str, stage: str) -> Callable[[], str]:
    return lambda: _("%(deal)s stands at “%(stage)s”") % {"deal": deal, "stage": stage}


def _following(deals: list[int]) -> dict[int, list[Enrolment]]:
    """Per deal those who are in touch after its no; one query."""
    found: dict[int, list[Enrolment]] = {}
    theirs = Enrolment.objects.filter(deal__in=set(deals)).exclude(status=Standing.ENDED)
    for one in theirs.select_related("person", "owner").order_by("pk"):
        if one.deal_id:
            found.setdefault(one.deal_id, []).append(one)
    return found


def _owners(people: list[int]) -> dict[int, str]:
    """Per person the language of who stays in touch with them; one query."""
    going = Enrolment.objects.filter(person__in=set(people)).exclude(status=Standing.ENDED)
    return {person: language or "en" for person, language in going.values_list("person", "owner__language")}
