"""The drafts of one referral's page: what the advocate passes on, our one first message, the thank-you."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from rebond.accounts.models import User
from rebond.base.play import Draft
from rebond.refer import gift
from rebond.refer.actions.introducing import why_not_write
from rebond.refer.actions.thanking import why_not_by_mail
from rebond.refer.drafts import Facts, Text, first_contact, introduction, thanks
from rebond.refer.letters import common
from rebond.refer.models import Mode, Move, Referral
from rebond.refer.terms import disclosure, own_disclosure

LANGUAGES = ("en", "fr")


def facts_of(referral: Referral, seller: User, language: str) -> Facts:
    """What a text may say of us and of both sides; the advocate's person and company are loaded."""
    person = referral.advocate.person
    return Facts(
        seller=seller.name,
        ours=settings.CONFIG.legal_name,
        advocate=person.name if person else "",
        advocate_company=person.company.name if person and person.company else "",
        referred=referral.name,
        referred_company=referral.company_name,
        disclosure=disclosure(referral.programme, language),
    )


def to_pass_on(referral: Referral, user: User, *, language: str, variant: int) -> Text:
    """What the advocate writes to both, or forwards: in their own voice, about whoever looks after it."""
    facts = replace(facts_of(referral, referral.owner or user, language), disclosure=_own(referral, language))
    return introduction(facts, language=language, variant=variant)


def _own(referral: Referral, language: str) -> str:
    """The reward in the advocate's own voice; nothing where they want none."""
    wanted = referral.advocate.wants != gift.NONE
    return own_disclosure(referral.programme, language) if wanted else ""


def first_message(referral: Referral, user: User, *, language: str, variant: int, now: datetime) -> Draft:
    """Our one first message, or why none may be written."""
    url, to = reverse("refer:introduce", args=[referral.pk]), common.referred_name(referral)
    fields = {"mode": Mode.FIRST_CONTACT.value, "language": language}
    problem = why_not_write(referral, now)
    if problem:
        return Draft(to, "", "", "", url, problem=problem, fields=fields)
    said = facts_of(referral, user, language)
    text = first_contact(said, language=language, variant=variant)
    return Draft(
        to=to, address=common.address_of(referral), subject=text.subject, body=text.body, send_url=url,
        language=language, why_may=_("introduced by %(name)s") % {"name": said.advocate}, fields=fields,
        other_url=_other(referral, variant, language, mode=Mode.FIRST_CONTACT.value),
    )  # fmt: skip


def thank_you(referral: Referral, move: Move, user: User, *, language: str, variant: int) -> Draft:
    """The thank-you for one move, to the advocate; where none may be mailed it is said, not written."""
    person, url = referral.advocate.person, reverse("refer:thank", args=[referral.pk])
    fields = {"move": str(move.pk), "language": language}
    problem = why_not_by_mail(referral.advocate)
    if person is None or problem:
        return Draft(person.name if person else "", "", "", "", url, problem=problem, fields=fields)
    text = thanks(
        _thanks_facts(referral, user, person.name), state=move.to_state, language=language, variant=variant
    )  # fmt: skip
    return Draft(
        to=person.name, address=person.email, subject=text.subject, body=text.body, send_url=url, language=language,
        why_may=_("they introduced somebody to us"), fields=fields, other_url=_other(referral, variant, language),
    )  # fmt: skip


def _thanks_facts(referral: Referral, user: User, to: str) -> Facts:
    return Facts(
        seller=user.name, ours=settings.CONFIG.legal_name, to_name=to, advocate=to, referred=referral.name,
        referred_company=referral.company_name,
    )  # fmt: skip


def _other(referral: Referral, variant: int, language: str, **more: str) -> str:
    asked = {"draft": str(variant + 1), "language": language} | more
    return f"{reverse('refer:referral', args=[referral.pk])}?{urlencode(asked)}"
