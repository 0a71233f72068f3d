"""Where a person's clock stands: from their company's country, else the seller's; where it comes from is kept.

Countries with one zone are known by Unicode's table (CLDR, through Babel); of those with several the one most
companies are in is taken, which is right to within the hours of a working day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.core import get_global

from rebond.mail.guarding.windows import OPENS, instant
from rebond.mail.rights.countries import code_of

#: The zone most companies of a large country keep.
MAIN_ZONE = {
    "AR": "America/Argentina/Buenos_Aires", "AU": "Australia/Sydney", "BR": "America/Sao_Paulo",
    "CA": "America/Toronto", "CD": "Africa/Kinshasa", "CL": "America/Santiago", "CN": "Asia/Shanghai",
    "CY": "Asia/Nicosia", "DE": "Europe/Berlin", "EC": "America/Guayaquil", "ES": "Europe/Madrid",
    "FM": "Pacific/Pohnpei", "GL": "America/Nuuk", "ID": "Asia/Jakarta", "KI": "Pacific/Tarawa", "KZ": "Asia/Almaty",
    "MH": "Pacific/Majuro", "MN": "Asia/Ulaanbaatar", "MX": "America/Mexico_City", "MY": "Asia/Kuala_Lumpur",
    "NZ": "Pacific/Auckland", "PF": "Pacific/Tahiti", "PG": "Pacific/Port_Moresby", "PS": "Asia/Gaza",
    "PT": "Europe/Lisbon", "RU": "Europe/Moscow", "UA": "Europe/Kyiv", "UM": "Pacific/Wake",
    "US": "America/New_York", "UZ": "Asia/Tashkent",
}  # fmt: skip
FROM_COUNTRY, FROM_SELLER = "country", "seller"
#: Where nothing else is known.
LAST_RESORT = "Europe/Paris"


@dataclass(frozen=True)
class Place:
    """Whose clock and whose holidays count for a person.

    Attributes:
        zone: IANA name; ``origin``: ``country`` or ``seller``.
        country: ISO 3166, two letters; empty when nobody knows, then only weekends are kept.
    """

    zone: str
    origin: str
    country: str = ""


def place_of(country: str, sellers_zone: str) -> Place:
    """A person's place.

    Args:
        country: as typed on the company, in words or as a code.
        sellers_zone: of whoever stays in touch.

    >>> place_of("France", "America/New_York")
    Place(zone='Europe/Paris', origin='country', country='FR')
    >>> place_of("Atlantis", "America/New_York").zone
    'America/New_York'
    """
    return _place(country.strip(), sellers_zone)


@lru_cache(maxsize=4096)
def _place(country: str, sellers_zone: str) -> Place:
    code = code_of(country) if country else ""
    zone = zone_of(code)
    return Place(zone, FROM_COUNTRY, code) if zone else Place(known(sellers_zone), FROM_SELLER, code)


def zone_of(code: str) -> str:
    """The zone of a country by its code; empty when there is none.

    >>> zone_of("FR"), zone_of("US"), zone_of("")
    ('Europe/Paris', 'America/New_York', '')
    """
    if code in MAIN_ZONE:
        return MAIN_ZONE[code]
    zones: list[str] = get_global("territory_zones").get(code, [])
    return next((zone for zone in zones if exists(zone)), "")


@lru_cache(maxsize=1024)
def exists(zone: str) -> bool:
    """Whether this machine's tables know a zone."""
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def known(zone: str) -> str:
    """The zone itself, or the last resort when nobody knows it."""
    return zone if exists(zone) else LAST_RESORT


def day_in(zone: str, moment: datetime) -> date:
    """The day it is there."""
    return moment.astimezone(ZoneInfo(known(zone))).date()


@lru_cache(maxsize=8192)
def opens(day: date, zone: str) -> datetime:
    """When working hours begin on a day there, in UTC.

    >>> opens(date(2026, 3, 30), "Europe/Paris").isoformat(), opens(date(2026, 3, 27), "Europe/Paris").isoformat()
    ('2026-03-30T06:30:00+00:00', '2026-03-27T07:30:00+00:00')
    """
    return instant(day, OPENS, known(zone))
