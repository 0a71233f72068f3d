"""What the letters of this practice share: whose names, in which language, what stands below, where answers go."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils import translation
from django.utils.translation import gettext as _

from rebond.accounts.models import User
from rebond.mail.models import Scope
from rebond.mail.queries import language_of
from rebond.mail.rights import footer
from rebond.refer.models import Advocate, Referral


def advocate_name(referral: Referral) -> str:
    """The whole name of who introduced; empty once they are erased."""
    person = referral.advocate.person
    return person.name if person else ""


def referred_name(referral: Referral) -> str:
    """Whom they named, else the company; empty once nothing of it is kept."""
    return referral.name or referral.company_name or (referral.company.name if referral.company else "")


def address_of(referral: Referral) -> str:
    """Where the referred person is written to: the address that was given, else their record's."""
    return referral.email or (referral.person.email if referral.person else "")


def advocate_language(advocate: Advocate, owner: User | None) -> str:
    """The language they chose, else their record's, else their seller's: ``en`` or ``fr``."""
    person = advocate.person
    wished = language_of([person.email]).get(person.email, "") if person and person.email else ""
    recorded = person.language if person else ""
    return _ours(wished or advocate.language or recorded or (owner.language if owner else ""))


def referred_language(referral: Referral, seller: User | None) -> str:
    """The referred person's language, else the advocate's, who knows them."""
    address, person = address_of(referral), referral.person
    wished = language_of([address]).get(address, "") if address else ""
    recorded = person.language if person else ""
    return _ours(wished or recorded) if wished or recorded else advocate_language(referral.advocate, seller)


def _ours(language: str) -> str:
    return "fr" if language.startswith("fr") else "en"


def foot(address: str, language: str, seller: str, parts: Iterable[str]) -> str:
    """Who writes, then each part, then how to object, apart from everything else (GDPR 21(4); L14, L18, L20)."""
    company, postal = footer.who_we_are()
    name = ", ".join(part for part in (" ".join(seller.split()), company) if part)
    who = "\n".join(line for line in ("-- ", name, *postal.splitlines()) if line)
    with translation.override(language):
        object_to = _("You may object at any time, without a reason, and we never write to you about this again:")
    shown = [who, *(part.strip() for part in parts), f"{object_to}\n{footer.link(address, Scope.REFERRAL)}"]
    return "\n\n".join(part for part in shown if part)


def headers(address: str) -> dict[str, str]:
    """One click ends it (RFC 8058), as for every letter to somebody outside."""
    return footer.headers(address, Scope.REFERRAL)
