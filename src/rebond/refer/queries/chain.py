"""Who introduced whom on the way to a deal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from rebond.accounts.models import User
from rebond.deals.models import Deal, Person
from rebond.mail.addresses import fingerprint
from rebond.refer.access import referrals_for
from rebond.refer.models import Referral, State
from rebond.refer.states import WITH_DEAL

#: Links shown at most; each costs one query.
LONGEST = 12
#: States in which an introduction happened.
HAPPENED = WITH_DEAL | {State.INTRODUCED}


@dataclass(frozen=True)
class Link:
    """One introduction of a chain: ``advocate`` introduced ``referred``; ids of persons where they are records."""

    referral: Referral
    advocate: str
    advocate_person: int | None
    referred: str
    referred_person: int | None
    at: datetime


def chain_of(deal: Deal, user: User | None) -> list[Link]:
    """Who introduced whom, oldest first, as far as ``user`` may see the introductions; empty where nobody did.

    At most ``LONGEST`` links; nobody introduces twice in it, so that a ring ends where it would begin anew.
    """
    seen_by = referrals_for(user)
    found = _first(seen_by.filter(deal=deal, state__in=WITH_DEAL))
    links: list[Link] = []
    seen: set[int] = set()
    while found is not None and found.advocate_id not in seen and len(links) < LONGEST:
        links.append(_link(found))
        seen.add(found.advocate_id)
        found = _before(found.advocate.person, seen_by)
    return links[::-1]


def by_introduction(deal: Deal) -> bool:
    """Whether somebody's introduction led to it, whoever may see that one; one query."""
    return Referral.objects.filter(deal=deal, state__in=WITH_DEAL).exists()


def _before(person: Person | None, seen_by: QuerySet[Referral]) -> Referral | None:
    """The introduction by which an advocate came to us."""
    if person is None:
        return None
    theirs = Q(person=person)
    if person.email:
        theirs |= Q(fingerprint=fingerprint(person.email))
    return _first(seen_by.filter(theirs, state__in=HAPPENED))


def _first(found: QuerySet[Referral]) -> Referral | None:
    return found.select_related("advocate__person", "person").order_by("registered_at", "pk").first()


def _link(referral: Referral) -> Link:
    introducer = referral.advocate.person
    return Link(
        referral=referral,
        advocate=introducer.name if introducer else "",
        advocate_person=introducer.pk if introducer else None,
        referred=referral.name or referral.company_name,
        referred_person=referral.person_id,
        at=referral.registered_at or referral.created_at,
    )
