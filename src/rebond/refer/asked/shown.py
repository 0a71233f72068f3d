"""Everything that the page of an ask, and its item on Today, show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from rebond.accounts.models import User
from rebond.base.dates import local_day, show_day
from rebond.base.play import Draft, Evidence
from rebond.deals.models import Channel, Outcome, Touch
from rebond.mail.addresses import usable
from rebond.refer.access import may_write
from rebond.refer.actions.asking import PASSES
from rebond.refer.asked import words
from rebond.refer.drafts import Facts, Text, ask_letter, introduction, script
from rebond.refer.eligibility import why_not
from rebond.refer.known import About
from rebond.refer.models import AskExclusion, AskMoment, AskStatus, Referral, ReferralAsk, State
from rebond.refer.queries.programme import offered, why_not_offered
from rebond.refer.queries.standing import NOT_HELD, Looked, look_at
from rebond.refer.terms import own_disclosure, terms


@dataclass(frozen=True)
class Page:
    """One ask.

    Attributes:
        standing: where it stands, in a sentence; ``held``: why they are not asked today, empty when they may be.
        evidence: why this person; ``script``: what to say, ten seconds; ``letter``: the draft, or why none may leave.
        forward: the introduction that they forward.
        offer: what may be promised, as lines; empty for no reward, then ``no_offer`` says why.
        referrals: what came of it.
        to_answer: it was asked, and they have not answered; ``to_ask``: it may still be asked.
        may: the reader may write; ``own``: it is the reader's own.
    """

    ask: ReferralAsk
    who: str
    standing: str
    held: str
    evidence: Sequence[Evidence]
    script: str
    language: str
    letter: Draft
    forward: Text
    offer: Sequence[str]
    no_offer: str
    referrals: Sequence[Referral]
    to_ask: bool
    to_answer: bool
    may: bool
    own: bool
    passes: Sequence[tuple[str, str]]


def shown(ask: ReferralAsk, user: User, *, variant: int = 0, now: datetime) -> Page:
    """The page of one ask; a constant number of queries."""
    looked = look_at(ask, now)
    about = looked.about.seen_by(user.pk)
    language = language_of(ask, user)
    facts, today = facts_of(ask, about, user, language, now), local_day(now)
    referrals = list(Referral.objects.filter(ask=ask).select_related("person", "company").order_by("pk"))
    own, open_ones = ask.owner_id == user.pk, ask.status in (AskStatus.PLANNED, AskStatus.PASSED) or _late(ask)
    programme, rules = offered(today)
    return Page(
        ask=ask, who=ask.person.name if ask.person else _("somebody whose record was erased"),
        standing=words.standing(ask, own=own), held=held(looked, written=False, now=now, own=own),
        evidence=[*words.evidence(ask, about), *_met(ask)],
        script=script(facts, language=language, variant=variant), language=language,
        letter=draft_of(ask, user, looked, variant=variant, now=now),
        forward=introduction(facts, language=language, variant=variant),
        offer=terms(programme, rules, translation.get_language() or "en").lines if rules else (),
        no_offer="" if rules else why_not_offered(today), referrals=referrals,
        to_ask=open_ones and not ask.message_key and ask.person is not None,
        to_answer=any(one.state == State.ASKED for one in referrals), may=may_write(user, ask.owner_id), own=own,
        passes=[(one.value, str(one.label)) for one in PASSES],
    )  # fmt: skip


def _late(ask: ReferralAsk) -> bool:
    return ask.status == AskStatus.EXCLUDED and ask.because == AskExclusion.TOO_LATE


def held(looked: Looked, *, written: bool, now: datetime, own: bool = True) -> str:
    """Why they are not asked today, as a sentence; empty when they may be. ``own``: read by its seller, who alone
    knows what was said in the debrief."""
    code = why_not(looked.known, written=written, today=local_day(now))
    if not code:
        return ""
    if code == AskExclusion.NO_THANKS_YET:
        day = show_day(looked.known.letter_from)
        return _("A letter may follow from %(day)s on: the debrief and its thank-you come first.") % {"day": day}
    if not own and code not in words.FOR_ALL:
        return _("They are not asked now.")
    return _("They are not asked now: %(why)s.") % {"why": AskExclusion(code).label}


def language_of(ask: ReferralAsk, user: User) -> str:
    """The person's language, else the seller's."""
    wanted = ask.language or (ask.person.language if ask.person else "") or user.language or "en"
    return "fr" if wanted.startswith("fr") else "en"


def facts_of(ask: ReferralAsk, about: About, user: User, language: str, now: datetime) -> Facts:
    """What the drafts may say. What the introduction brings whoever forwards it is told in it, by them (L24)."""
    person, deal = ask.person, ask.deal
    programme, rules = offered(local_day(now))
    return Facts(
        seller=user.name, ours=settings.CONFIG.legal_name, to_name=person.name if person else "",
        advocate=person.name if person else "",
        advocate_company=person.company.name if person and person.company else "",
        deal=deal.name if deal else "", named=about.named, outside=about.outside, poor_fit=about.poor_fit,
        customer=deal is not None and deal.outcome == Outcome.WON,
        acquainted=ask.moment == AskMoment.BY_HAND and (deal is None or deal.outcome == Outcome.OPEN),
        disclosure=own_disclosure(programme, language, rules), seller_email=user.email or "",
    )  # fmt: skip


def draft_of(
    ask: ReferralAsk, user: User, looked: Looked, *, variant: int = 0, back: str = "", other: str = "", now: datetime
) -> Draft:  # fmt: skip
    """The letter, or why none may be written."""
    url, person = reverse("refer:send_ask", args=[ask.pk]), ask.person
    fields = {"next": back} if back else {}
    problem = _problem(ask, user, looked, now)
    if person is None or problem:
        return Draft(person.name if person else "", "", "", "", url, problem=problem, fields=fields)
    language = language_of(ask, user)
    facts = facts_of(ask, looked.about.seen_by(user.pk), user, language, now)
    text = ask_letter(facts, language=language, variant=variant)
    here = f"{reverse('refer:ask', args=[ask.pk])}?{urlencode({'draft': variant + 1})}"
    return Draft(
        to=person.name, address=person.email, subject=text.subject, body=text.body, send_url=url, language=language,
        why_may=_why_may(ask), fields=fields, other_url=other or here,
    )  # fmt: skip


def _problem(ask: ReferralAsk, user: User, looked: Looked, now: datetime) -> str:
    if ask.status == AskStatus.ASKED:
        return _("They were asked already. One ask is enough for half a year.")
    if ask.message_key:
        return _("The letter is on its way.")
    if ask.person is None:
        return _("Their record was erased, so there is nobody to write to.")
    if not usable(ask.person.email):
        return _("We have no address of %(name)s that can be used. Ask by phone.") % {"name": ask.person.name}
    return held(looked, written=True, now=now, own=ask.owner_id == user.pk)


def _why_may(ask: ReferralAsk) -> str:
    if ask.close_event is not None:
        day = show_day(ask.close_event.closed_at or ask.close_event.recorded_at)
        return _("talked with us until %(day)s") % {"day": day}
    return _("they know us")


def _met(ask: ReferralAsk) -> list[Evidence]:
    """The last meeting with them; one query."""
    held_ones = Touch.objects.filter(person=ask.person_id, channel=Channel.MEETING).exclude(result__in=NOT_HELD)
    last = held_ones.order_by("-at").first() if ask.person_id else None
    return [Evidence(_("You met them"), show_day(last.at))] if last else []
