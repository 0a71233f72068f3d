"""Which ground lets us write to somebody, where, and until when. Rules only: no database, no clock.

Sources: GDPR art. 6(1) and 21; CNIL, "La prospection commerciale par courrier électronique", and its rule of three
years after the prospect's last own act; CPCE L34-5; CASL s. 10(9) to 10(14) (Canada); CAN-SPAM (United States: no
ground is needed beforehand, a way out is).
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable
from datetime import datetime, timedelta

from rebond.mail.models import Basis, Ground
from rebond.mail.rights.countries import CANADA, FRANCE

#: CNIL's rule for France. Other countries name no figure; we take the same there, as the strictest that is published.
KEPT_MONTHS = 36
ENQUIRY_MONTHS, PURCHASE_MONTHS = 6, 24
#: How long before it runs out a basis is shown, so that somebody can ask once (L19).
SOON = timedelta(days=30)

#: Grounds that the person's own act renews.
RENEWED = frozenset({Ground.CONSENT, Ground.LEGITIMATE_INTEREST, Ground.CUSTOMER})
#: Grounds of Canadian law alone; and the only ones that count there, beside consent (L21).
CASL = frozenset({Ground.CASL_ENQUIRY, Ground.CASL_PURCHASE})

#: Addresses of an office and not of a person (CNIL: "adresses génériques"); no basis is needed for them in France.
_ROLES = frozenset((
    "info", "infos", "contact", "contacts", "hello", "bonjour", "accueil", "office", "bureau", "sales", "ventes",
    "commercial", "service", "services", "support", "secretariat", "direction", "administration", "kontakt",
    "informacion", "contacto", "ventas",
))  # fmt: skip


def expires(ground: str, obtained_at: datetime, last_act_at: datetime | None, country: str) -> datetime | None:
    """When a basis runs out: nothing is sent at or after that moment; ``None`` for never.

    Args:
        ground: of ``Ground``.
        obtained_at: when it began: the consent, the enquiry, the purchase, the end of the deal.
        last_act_at: the last thing the person did themselves (a reply, an answer, a click); an open is none.
        country: ISO code of the recipient's country; empty when nobody knows.

    >>> from datetime import UTC
    >>> march = datetime(2026, 3, 12, tzinfo=UTC)
    >>> str(expires("legitimate_interest", march, None, "FR"))[:10]
    '2029-03-12'
    >>> str(expires("casl_enquiry", march, datetime(2026, 5, 1, tzinfo=UTC), "CA"))[:10]
    '2026-09-12'
    >>> expires("consent", march, None, "CA") is None
    True
    """
    ground = Ground(ground)
    if ground == Ground.CASL_ENQUIRY:
        return months_after(obtained_at, ENQUIRY_MONTHS)
    if ground == Ground.CASL_PURCHASE:
        return months_after(obtained_at, PURCHASE_MONTHS)
    if ground == Ground.CONSENT and country == CANADA:
        return None  # express consent lasts until it is withdrawn (CASL s. 10(1))
    return months_after(max(obtained_at, last_act_at or obtained_at), KEPT_MONTHS)


def months_after(moment: datetime, months: int) -> datetime:
    """The same day and hour so many months later; the month's last day where there is no such day.

    >>> str(months_after(datetime(2026, 8, 31), 6))[:10], str(months_after(datetime(2024, 2, 29), 36))[:10]
    ('2027-02-28', '2027-02-28')
    """
    years, month = divmod(moment.month - 1 + months, 12)
    year = moment.year + years
    return moment.replace(year=year, month=month + 1, day=min(moment.day, calendar.monthrange(year, month + 1)[1]))


def counts_in(ground: str, country: str) -> bool:
    """Whether a ground means anything where the recipient is.

    >>> counts_in("legitimate_interest", "CA"), counts_in("casl_enquiry", "CA"), counts_in("casl_enquiry", "FR")
    (False, True, False)
    """
    if country == CANADA:
        return ground == Ground.CONSENT or ground in CASL
    return not country or ground not in CASL


def in_force(basis: Basis, country: str, now: datetime) -> bool:
    """Whether this one lets us write at ``now``."""
    runs = basis.expires_at is None or basis.expires_at > now
    return basis.withdrawn_at is None and runs and counts_in(basis.ground, country)


def may_write(bases: Iterable[Basis], use: str, country: str, now: datetime) -> Basis | None:
    """Of one address's bases the one that lasts longest and lets us write for ``use``; ``None`` when none does."""
    standing = [basis for basis in bases if basis.use == use and in_force(basis, country, now)]
    return max(standing, key=_lasts, default=None)


def _lasts(basis: Basis) -> tuple[bool, float, int]:
    return basis.expires_at is None, basis.expires_at.timestamp() if basis.expires_at else 0.0, basis.pk or 0


def is_role(address: str) -> bool:
    """Whether an address is an office's and not a person's (L18).

    >>> is_role("info@valmy.example"), is_role("contact.paris@valmy.example"), is_role("helene@valmy.example")
    (True, True, False)
    """
    return re.split(r"[.+_\-\d]", address.strip().lower().partition("@")[0], maxsplit=1)[0] in _ROLES


def needs_none(address: str, country: str) -> bool:
    """An office's address in France: no basis is needed (L18); a way out still is."""
    return country == FRANCE and is_role(address)


def ground_for(country: str) -> str:
    """What the end of a deal with somebody who took part gives us: their enquiry in Canada, our interest elsewhere.

    >>> ground_for("CA"), ground_for("")
    ('casl_enquiry', 'legitimate_interest')
    """
    return (Ground.CASL_ENQUIRY if country == CANADA else Ground.LEGITIMATE_INTEREST).value
