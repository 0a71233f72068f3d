"""Whether a referred person is known to us already, and why: first valid registration wins, losers are told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce, Lower
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rebond.base.text import fold
from rebond.deals.models import Company, Deal, Outcome, Person, Touch
from rebond.refer.models import Referral, State
from rebond.refer.states import STANDING

#: Days after a contact in which a person counts as known already.
TOUCHED_DAYS = 90

#: Every code as the team reads it.
WORDS: Mapping[str, Promise] = {
    "open_deal": _("A deal with them, or with their company, was open already when they were named."),
    "touched": _("Somebody here was in touch with them within the 90 days before they were named."),
    "named_before": _("Somebody else named them first; that introduction stands."),
    "by_hand": _("We knew them already."),
}
#: The same as the advocate reads it: no names, no deal.
FOR_THEM: Mapping[str, Promise] = {
    "open_deal": _("We were already in conversation with them, or with their company, when you named them."),
    "touched": _("We had been in touch with them in the weeks before you named them."),
    "named_before": _("Somebody else had named them to us before you did."),
    "by_hand": _("We knew them already."),
}


@dataclass(frozen=True)
class Known:
    """Why somebody is known already (``open_deal``, ``touched``, ``named_before``), and the earlier referral."""

    code: str
    evidence: str = ""
    earlier: Referral | None = None


def words(code: str, *, for_them: bool = False) -> str:
    """A reason as a sentence, for the team or for the advocate; an unknown one reads as "we knew them already"."""
    texts = FOR_THEM if for_them else WORDS
    return str(texts.get(code, texts["by_hand"]))


def keys_of(referral: Referral) -> list[str]:
    """By what two referrals of one person meet: address; name and company; name and phone. Empty ones are none.

    >>> keys_of(Referral(name="Paul Roux", phone="+33199001234", folded="paul roux|lumen habitat"))
    ['name:paul roux|lumen habitat', 'phone:+33199001234 paul roux']
    """
    found = {
        f"address:{referral.fingerprint}": referral.fingerprint,
        f"name:{referral.folded}": referral.folded,
        f"phone:{referral.phone} {fold(referral.name)}": referral.phone and referral.name,
    }
    return [key for key, given in found.items() if given]


def same_person(referral: Referral) -> QuerySet[Referral]:
    """Referrals that may be of the same person, of any advocate, without this one (``keys_of`` decides on phones)."""
    meet = Q(pk__in=())
    if referral.fingerprint:
        meet |= Q(fingerprint=referral.fingerprint)
    if referral.folded:
        meet |= Q(folded=referral.folded)
    if referral.phone:
        meet |= Q(phone=referral.phone)
    return Referral.objects.filter(meet).exclude(pk=referral.pk)


def known_already(referral: Referral, now: datetime) -> Known | None:
    """Why the referred is known to us already, as of the moment they were named; ``None``: they are new."""
    since = referral.registered_at or now
    return _named_before(referral, since) or _open_deal(referral, since) or _touched(referral, since)


def _named_before(referral: Referral, since: datetime) -> Known | None:
    """An earlier registration that stands; or a later one that was faster, where both were introduced at once."""
    keys, mine = set(keys_of(referral)), (since, referral.pk or 0)
    standing = same_person(referral).filter(state__in=STANDING).exclude(registered_at=None)
    for other in standing.order_by("registered_at", "pk"):
        first = other.registered_at is not None and (other.registered_at, other.pk) < mine
        if (first or other.state != State.AGREED) and keys & set(keys_of(other)):
            return Known("named_before", f"refer.referral:{other.pk}", other)
    return None


def people_like(*, email: str, name: str, company_name: str, known: int | None = None) -> QuerySet[Person]:
    """Records that are this person: by address whatever its case, else by name at a company of that name."""
    same = Q(pk=known) if known else Q(pk__in=())
    found = Person.objects.annotate(address=Lower("email"))
    if email:
        same |= Q(address=email.lower())
    if name and company_name:
        at = Company.objects.filter(folded=fold(company_name)[:200])
        names = [
            pk for pk, one in Person.objects.filter(company__in=at).values_list("pk", "name") if fold(one) == fold(name)
        ]
        same |= Q(pk__in=names)
    return found.filter(same)


def _people(referral: Referral) -> list[int]:
    found = people_like(
        email=referral.email, name=referral.name, company_name=referral.company_name, known=referral.person_id
    )
    return list(found.order_by("pk").values_list("pk", flat=True)[:20])


def _open_deal(referral: Referral, since: datetime) -> Known | None:
    people = _people(referral)
    theirs = Q(deal_people__person__in=people) | Q(company__people__in=people)
    if referral.company_name:
        theirs |= Q(company__folded=fold(referral.company_name)[:200])
    deals = Deal.objects.filter(theirs, outcome=Outcome.OPEN).exclude(pk=referral.deal_id or 0)
    found = deals.annotate(began=Coalesce("opened_at", "created_at")).filter(began__lt=since).order_by("pk").first()
    return Known("open_deal", f"deals.deal:{found.pk}") if found else None


def _touched(referral: Referral, since: datetime) -> Known | None:
    lately = Touch.objects.filter(
        person__in=_people(referral), at__lt=since, at__gte=since - timedelta(days=TOUCHED_DAYS)
    )
    found = lately.order_by("-at", "-pk").first()
    return Known("touched", f"deals.touch:{found.pk}") if found else None
