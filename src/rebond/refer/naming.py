"""Who was named, as it may be stored (pure): cleaned, an address that could be one, a phone number in one spelling."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from rebond.base.errors import RebondError
from rebond.base.text import clean, fold
from rebond.mail.addresses import normalised, usable

#: Most characters of each, as the columns hold them.
LIMITS = {"name": 200, "email": 254, "phone": 60, "company_name": 200, "why": 500}
#: Digits of a number that is kept as it was typed, where we do not know the country.
FEWEST_DIGITS, MOST_DIGITS = 6, 15


@dataclass(frozen=True)
class Named:
    """Who was named, as it was typed; ``why``: what they would gain."""

    name: str
    email: str = ""
    phone: str = ""
    company_name: str = ""
    why: str = ""


def tidy(named: Named, *, region: str = "") -> Named:
    """The same, as it may be stored: one line each, the address in lower case, the phone in E.164.

    Args:
        region: ISO code of the country whose way of writing numbers is tried first; empty for not known.

    Raises:
        RebondError: ``name_missing``, ``too_long``, ``bad_address``, ``bad_phone``, ``no_way``.

    >>> tidy(Named(" Paul\\n Roux ", "Paul@Lumen.example", "01 99 00 12 34"), region="FR")
    Named(name='Paul Roux', email='paul@lumen.example', phone='+33199001234', company_name='', why='')
    """
    found = Named(**{field: _line(getattr(named, field), field) for field in LIMITS})
    if not found.name:
        raise RebondError(_("A name is needed. Nothing was kept. Type who it is."), code="name_missing")
    found = replace(found, email=_address(found.email), phone=_phone(found.phone, region))
    if not (found.email or found.phone or found.company_name):
        raise RebondError(
            _("How could we reach them? Nothing was kept. Add an address, a phone number or their company."),
            code="no_way",
        )
    return found


def _line(text: str, field: str) -> str:
    """Cleaned, without line breaks; never cut, since half a name would be somebody else's."""
    found = " ".join(clean(text, len(text)).split())
    if len(found) > LIMITS[field]:
        raise RebondError(
            _("This is too long: %(have)d characters, and %(most)d at most. Nothing was kept. Shorten it.")
            % {"have": len(found), "most": LIMITS[field]},
            code="too_long",
            field=field,
        )
    return found


def _address(text: str) -> str:
    if not text:
        return ""
    found = normalised(text)
    if not usable(found) or len(found) > LIMITS["email"]:
        raise RebondError(
            _("“%(text)s” is not an email address. Nothing was kept. Correct it, or leave it empty.")
            % {"text": text[:80]},
            code="bad_address",
            field="email",
        )
    return found


def _phone(text: str, region: str) -> str:
    if not text:
        return ""
    import phonenumbers  # a megabyte of numbering plans: loaded where somebody is named

    try:
        number = phonenumbers.parse(text, region or None)
    except phonenumbers.NumberParseException:
        number = None
    if number is not None and phonenumbers.is_possible_number(number):
        return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    digits = "".join(char for char in text if char.isdigit())
    if not region and not text.startswith("+") and FEWEST_DIGITS <= len(digits) <= MOST_DIGITS:
        return digits
    raise RebondError(
        _("“%(text)s” is not a phone number. Nothing was kept. Write it with + and the country, or leave it empty.")
        % {"text": text[:40]},
        code="bad_phone",
        field="phone",
    )


def folded(name: str, company_name: str) -> str:
    """How two spellings of one name at one company meet; empty where either is missing.

    >>> folded("Hélène  Marchetti", "Groupe VALMY"), folded("Hélène", "")
    ('helene marchetti|groupe valmy', '')
    """
    return f"{fold(name)}|{fold(company_name)}"[:420] if name and company_name else ""
