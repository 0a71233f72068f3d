"""Who receives a reward, and where: what each kind needs, checked in sentences, kept encrypted, shown masked.

A payee is one JSON document in ``Advocate.payee``, encrypted as the passwords of mailboxes are. Beside it stand
``marks``: fingerprints of the bank account and the legal name, by which two advocates with one of them are noticed
(``refer.risks``) and from which neither can be read. An IBAN is
checked by its length and its check digits (ISO 13616, ``stdnum.iban``).
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from functools import lru_cache

from babel.core import Locale
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from stdnum import iban, numdb
from stdnum.exceptions import ValidationError as NumberError

from rebond.base.errors import RebondError
from rebond.base.text import clean, fold
from rebond.mail.boxes import secrets
from rebond.refer.models import RewardKind

#: Codes of CLDR that no country has: the Union, the euro area, the United Nations, outlying Oceania, samples, unknown.
_NO_COUNTRIES = frozenset({"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"})
#: How long each field may be.
LIMITS = {
    "legal_name": 160, "address": 400, "country": 2, "tax_id": 40, "iban": 42, "account": 80, "charity": 160,
    "company": 160, "email": 254,
}  # fmt: skip
#: What a payout of each kind needs; money goes to an IBAN where the country has them, else to ``account``.
NEEDED: Mapping[str, tuple[str, ...]] = {
    RewardKind.GIFT: ("legal_name", "address", "country"),
    RewardKind.VOUCHER: ("email",),
    RewardKind.DONATION: ("charity",),
    RewardKind.CREDIT: ("company",),
    RewardKind.CASH: ("legal_name", "address", "country", "iban"),
}
#: What it may carry besides.
OPTIONAL: Mapping[str, tuple[str, ...]] = {
    RewardKind.GIFT: ("tax_id",),
    RewardKind.VOUCHER: ("legal_name", "country", "tax_id"),
    RewardKind.DONATION: (),
    RewardKind.CREDIT: ("country",),
    RewardKind.CASH: ("account", "tax_id"),
}
LABELS: Mapping[str, Promise] = {
    "legal_name": _("Full legal name"), "address": _("Postal address"), "country": _("Country"),
    "tax_id": _("Tax number"), "iban": _("IBAN"), "account": _("Bank account"), "charity": _("Charity"),
    "company": _("Company that gets the credit"), "email": _("Address for the voucher"),
}  # fmt: skip
_MISSING: Mapping[str, Promise] = {
    "legal_name": _("The legal name is missing. Nothing was changed. Enter it as it stands on official papers."),
    "address": _("The postal address is missing. Nothing was changed. Enter street, postcode and town."),
    "country": _("The country is missing. Nothing was changed. Choose it from the list."),
    "iban": _("The IBAN is missing. Nothing was changed. It stands on any statement of the account."),
    "account": _("The bank account is missing. Nothing was changed. Enter bank, routing and account number."),
    "charity": _("The charity is missing. Nothing was changed. Enter its name, and its town if it is a common one."),
    "company": _("The company is missing. Nothing was changed. Enter the one whose account gets the credit."),
    "email": _("The address for the voucher is missing. Nothing was changed. Enter an email address."),
}


@dataclass(frozen=True)
class Payee:
    """What one advocate told us, for one kind of reward; fields that were not asked for are empty.

    Attributes:
        kind: of ``RewardKind``.
        country: ISO 3166 code, upper case; ``iban``: compact, upper case; ``account``: a bank account in a country that
            has no IBANs, as the payee wrote it.
    """

    kind: str
    legal_name: str = ""
    address: str = ""
    country: str = ""
    tax_id: str = ""
    iban: str = ""
    account: str = ""
    charity: str = ""
    company: str = ""
    email: str = ""


def fields_for(kind: str) -> tuple[str, ...]:
    """The fields of a form for this kind: the needed ones, then those that may be left empty."""
    return (*NEEDED.get(kind, ()), *OPTIONAL.get(kind, ()))


def parse(kind: str, typed: Mapping[str, str]) -> Payee:
    """What was typed into the form for ``kind``, checked.

    Raises:
        RebondError: ``payee_kind``; ``payee_missing``, ``payee_too_long``, ``payee_country``, ``payee_iban``,
            ``payee_email``, each with ``field``.
    """
    if kind not in NEEDED:
        raise RebondError(
            _("We know no reward of this kind. Nothing was changed. Choose one from the list."), code="payee_kind"
        )
    found = Payee(kind, **{name: _typed(name, typed.get(name, "")) for name in fields_for(kind)})
    found = replace(found, country=_country(found.country), iban=_iban(found.iban), email=_email(found.email))
    if absent := missing(found, kind):
        raise RebondError(_MISSING[absent[0]], code="payee_missing", field=absent[0])
    return found


def _typed(name: str, text: str) -> str:
    if len(text.strip()) > LIMITS[name] and name != "country":
        raise RebondError(
            _("%(field)s: at most %(limit)d characters. Nothing was changed. Shorten it.")
            % {"field": LABELS[name], "limit": LIMITS[name]},
            code="payee_too_long",
            field=name,
        )
    return clean(text, 500)


def _country(text: str) -> str:
    code = text.upper()
    if code and code not in countries():
        raise RebondError(
            _("We know no country with this code. Nothing was changed. Choose it from the list."),
            code="payee_country",
            field="country",
        )
    return code


def _iban(text: str) -> str:
    try:
        return str(iban.validate(text)) if text else ""
    except NumberError as error:
        raise RebondError(
            _(
                "This IBAN does not add up: a digit is wrong or missing. Nothing was changed. "
                "Compare it with a statement of the account."
            ),
            code="payee_iban",
            field="iban",
        ) from error


def _email(text: str) -> str:
    try:
        if text:
            validate_email(text)
    except ValidationError as error:
        raise RebondError(
            _("This is no email address. Nothing was changed. It looks like name@company.com."),
            code="payee_email",
            field="email",
        ) from error
    return text


def missing(payee: Payee | None, kind: str) -> list[str]:
    """The fields a payout of ``kind`` still needs, in the order of the form; empty when it can go out.

    >>> missing(None, "voucher"), missing(Payee("donation", charity="Red Cross"), "donation")
    (['email'], [])
    >>> missing(Payee("cash", "A. Diallo", "1 Main St", "US"), "cash")
    ['account']
    """
    if payee is None:
        return list(NEEDED.get(kind, ()))
    return [name for name in _needed(kind, payee.country) if not getattr(payee, name)]


def _needed(kind: str, country: str) -> list[str]:
    """Where the payee's country has no IBANs, another account number takes its place."""
    names = list(NEEDED.get(kind, ()))
    if "iban" in names and country and not has_ibans(country):
        names[names.index("iban")] = "account"
    return names


def has_ibans(country: str) -> bool:
    """Whether banks of this country have IBANs (the register that ``stdnum`` carries).

    >>> has_ibans("FR"), has_ibans("US")
    (True, False)
    """
    return bool(numdb.get("iban").info(f"{country}00")[0][1])


def seal(payee: Payee) -> str:
    """For ``Advocate.payee``: a JSON document, encrypted.

    >>> opened(seal(Payee("donation", charity="Red Cross"))).charity
    'Red Cross'
    """
    return secrets.hide(json.dumps(asdict(payee), ensure_ascii=False))


def opened(sealed: str) -> Payee | None:
    """What was sealed; ``None`` for nothing, or where it was sealed under another secret key (it is asked anew)."""
    try:
        told = json.loads(secrets.show(sealed) or "null")
    except RebondError:
        return None
    known = {one.name for one in fields(Payee)}
    return Payee(**{name: str(text) for name, text in told.items() if name in known}) if told else None


def marks(payee: Payee) -> list[str]:
    """Fingerprints of the bank account, the legal name and the voucher's address, in the order of their names.

    Each is ``what:hex``, under a key of this installation alone; the same account gives the same mark.
    """
    marked = {"bank": payee.iban or fold(payee.account), "email": payee.email.lower(), "name": fold(payee.legal_name)}
    return [f"{what}:{_mark(what, text)}" for what, text in marked.items() if text]


def _mark(what: str, text: str) -> str:
    whole = f"refer.payee:{what}:{text}".encode()
    return hmac.new(settings.SECRET_KEY.encode(), whole, hashlib.sha256).hexdigest()[:32]


def masked(payee: Payee | None) -> list[tuple[str, str]]:
    """What a screen may show of a payee: label and text, with numbers and addresses covered but for their ends.

    >>> [text for _label, text in masked(Payee("cash", legal_name="Aïcha Diallo", iban="FR7630006000011234567890189"))]
    ['Aïcha Diallo', 'FR76 … 0189']
    """
    if payee is None:
        return []
    shown = [(name, _covered(name, getattr(payee, name))) for name in LABELS]
    return [(str(LABELS[name]), text) for name, text in shown if text]


def _covered(name: str, text: str) -> str:
    if not text or name in ("legal_name", "charity", "company"):
        return text
    if name == "country":
        return country_name(text)
    if name == "email":
        before, _at, domain = text.rpartition("@")
        return f"{before[:1]}…@{domain}"
    if name == "address":
        return f"… {text.replace(chr(10), ' ').split()[-1]}"
    return f"{text[:4]} … {text[-4:]}" if name == "iban" else f"… {text[-3:]}"


def countries() -> dict[str, str]:
    """ISO code to name, sorted by name, in the reader's language."""
    return _countries((get_language() or "en").partition("-")[0])


@lru_cache(maxsize=4)
def _countries(language: str) -> dict[str, str]:
    named = Locale.parse(language).territories
    codes = [code for code in map(str, named) if len(code) == 2 and code.isalpha() and code not in _NO_COUNTRIES]
    return {code: named[code] for code in sorted(codes, key=lambda code: fold(named[code]))}


def country_name(code: str) -> str:
    """The country's name in the reader's language; a code that is not known stands as it is."""
    return countries().get(code, code)
